//! Recovering a damaged data directory into a new one.

use std::path::Path;
use std::sync::Arc;

use crate::clock::{Clock, Entropy};
use crate::cloud::EngineRecords;
use crate::cloud::Records;
use crate::cloud::files::{FileStore, copy_bodies};
use crate::database::{Engine, LocalEngine, Settings, SphereCells};
use crate::error::Result;
use crate::store::{Location, Report, Store, StoreOptions, salvage};

/// Recovers what can be. The report says what the new directory has, with the number of its
/// files; its problems are what could not be recovered.
pub fn recover(from: &Path, into: &Path) -> Result<(Report, u64)> {
    let mut report = salvage(from, into, Some(Arc::new(SphereCells)))?;
    copy_bodies(from, into)?;
    let store = Store::open(StoreOptions {
        geo: Some(Arc::new(SphereCells)),
        ..StoreOptions::new(Location::Directory(into.to_owned()))
    })?;
    let (clock, entropy) = (Arc::new(Clock::system()), Arc::new(Entropy::system()));
    let engine = LocalEngine::new(store, Arc::clone(&clock), entropy, Settings::default());
    let records = Arc::new(EngineRecords::new(Arc::new(engine) as Arc<dyn Engine>));
    let records: Arc<dyn Records> = records;
    let files = FileStore::open(records, clock, Some(into.to_owned()), "")?;
    let count = files.check(&mut |problem| report.add(problem))?;
    Ok((report, count))
}
