//! What concerns a store on disk as a whole: marks, going back, compacting, looking at its pages.

use std::sync::PoisonError;
use std::time::Duration;

use redb::Savepoint;

use crate::error::{ErrorKind, Result};
use crate::store::disk::{Disk, Latest, lock};
use crate::store::failure::{
    caught, compaction_error, database_error, savepoint_error, stopped, storage_error,
};
use crate::store::files::note_commit;
use crate::store::log::Changes;
use crate::store::meta::first_to_sweep;
use crate::store::open::Open;
use crate::store::tables::WriteTables;

/// How often, and how long in between, readers at work are waited for.
const READERS_ATTEMPTS: u32 = 50;
const READERS_PAUSE: Duration = Duration::from_millis(2);

impl Disk {
    /// Leaves the files as closing does, unless somebody is writing: the program ends.
    pub(crate) fn rest(&self) {
        let Ok(mut slot) = self.open.try_lock() else { return };
        self.commit(&mut slot);
        if let Ok(opened) = self.opened.try_read()
            && let Some(opened) = &*opened
        {
            opened.rest();
        }
    }

    /// A point to come back to.
    pub(crate) fn mark(&self) -> Result<Savepoint> {
        let mut slot = lock(&self.open);
        self.commit(&mut slot);
        let transaction = self.begin_write()?;
        let savepoint = transaction.ephemeral_savepoint().map_err(savepoint_error)?;
        transaction.abort().map_err(storage_error)?;
        Ok(savepoint)
    }

    pub(crate) fn restore(&self, savepoint: &Savepoint) -> Result<()> {
        let mut slot = lock(&self.open);
        self.commit(&mut slot);
        let mut transaction = self.begin_write()?;
        transaction.restore_savepoint(savepoint).map_err(savepoint_error)?;
        {
            let mut unused = Changes::default();
            let mut tables = WriteTables::new(&transaction, &mut unused);
            note_commit(&mut tables, self.next_commit()?)?;
        }
        let committed = self.with_opened(|opened| {
            self.store_in_tables(&mut lock(&opened.log), transaction)?;
            opened.check_places()
        });
        // The versions of the catalog that is back may have been others' since.
        *lock(&self.latest) = Latest::default();
        if committed.is_err() {
            self.reopen();
        }
        committed
    }

    /// Gives back what is free in the file; returns whether the file could be made smaller.
    pub(crate) fn compact(&self) -> Result<bool> {
        let mut slot = lock(&self.open);
        self.sweep_all(&mut slot)?;
        let mut latest = lock(&self.latest);
        latest.view = None;
        let mut opened = self.opened.write().unwrap_or_else(PoisonError::into_inner);
        let opened = opened.as_mut().ok_or_else(stopped)?;
        undisturbed(|| caught(|| opened.database.compact().map_err(compaction_error)))
    }

    fn sweep_all(&self, slot: &mut Option<Open>) -> Result<()> {
        self.commit(slot);
        loop {
            let mut open = self.begin()?;
            let more = {
                let mut tables = WriteTables::new(&open.transaction, &mut open.changes);
                open.changed = first_to_sweep(&tables)?.is_some();
                tables.sweep()?
            };
            self.commit_open(open)?;
            if !more {
                return Ok(());
            }
        }
    }

    /// Whether redb finds all its checksums and pages in order.
    pub(crate) fn check_pages(&self) -> Result<bool> {
        let mut slot = lock(&self.open);
        self.commit(&mut slot);
        let mut latest = lock(&self.latest);
        latest.view = None;
        let mut opened = self.opened.write().unwrap_or_else(PoisonError::into_inner);
        let opened = opened.as_mut().ok_or_else(stopped)?;
        undisturbed(|| caught(|| opened.database.check_integrity().map_err(database_error)))
    }
}

/// Does what no reader may see, once the readers that are at work have ended. Nobody can begin
/// meanwhile, so it waits for those alone, and not for a snapshot that stays.
fn undisturbed<T>(mut work: impl FnMut() -> Result<T>) -> Result<T> {
    for _ in 0..READERS_ATTEMPTS {
        match work() {
            Err(error) if error.kind() == ErrorKind::StoreBusy => std::thread::sleep(READERS_PAUSE),
            done => return done,
        }
    }
    work()
}
