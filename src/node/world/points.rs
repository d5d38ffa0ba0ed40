//! Points in time of a world, and coming back to them.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{PoisonError, RwLockWriteGuard};

use crate::cloud::ProjectFile;
use crate::cloud::files::FILE_TABLE;
use crate::database::{Replacement, staging_env};
use crate::error::Result;
use crate::node::world::{DEFAULT_ENV, World, setup};
use crate::share::SharedMark;

impl World {
    /// Keeps the data in memory. Returns whether it does: a store that is open stays where it is.
    pub fn keep_in_memory(&self) -> bool {
        if self.opened.get().is_none() {
            self.in_memory.store(true, Ordering::Release);
        }
        self.in_memory.load(Ordering::Acquire) || self.settings.directory.is_none()
    }

    /// Grows whenever the data is set back: what began under another epoch is late.
    pub fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// From now on `set_back_to_baseline` comes back to the state as it is now.
    pub fn set_baseline(&self) -> Result<()> {
        let mark = self.engine()?.mark()?;
        *self.baseline.lock().unwrap_or_else(PoisonError::into_inner) = Some(mark);
        Ok(())
    }

    /// Back to the baseline; without one, to no data at all.
    pub fn set_back_to_baseline(&self) -> Result<()> {
        let _settled = self.wait_for_files();
        let engine = self.engine()?;
        let mut baseline = self.baseline.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mark) = &*baseline {
            return engine.restore(mark);
        }
        self.empty()?;
        *baseline = Some(engine.mark()?);
        Ok(())
    }

    /// Drops all collections and files of all environments, for every user of the data. What the
    /// configuration lists is there again at once.
    pub fn empty(&self) -> Result<()> {
        let engine = self.engine()?;
        let file = ProjectFile::read(&self.settings.project)?.unwrap_or_default();
        let staged = staging_env();
        setup::make_collections(engine, &staged, &file)?;
        let names: BTreeSet<_> = file.collections.into_iter().map(|setup| setup.name).collect();
        let names = names.into_iter().collect();
        let alone = Some(vec![FILE_TABLE.to_owned()]);
        engine.replace(DEFAULT_ENV, Replacement { staged, names, alone })
    }

    /// Back to the state in which the data was opened, with no functions chosen.
    pub fn begin_again(&self) -> Result<()> {
        self.forget_functions();
        // Data that was never opened has nothing in it.
        if self.opened.get().is_none() {
            return Ok(());
        }
        let _settled = self.wait_for_files();
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mark) = &*first {
            self.engine()?.restore(mark)?;
        }
        self.set_baseline()
    }

    /// Back to a mark of this world's store.
    pub fn set_back_to(&self, mark: &SharedMark) -> Result<()> {
        let _settled = self.wait_for_files();
        self.engine()?.restore(mark)
    }

    /// Work on files that began before the epoch ended is done when this returns; none goes on
    /// before its answer is dropped.
    fn wait_for_files(&self) -> RwLockWriteGuard<'_, ()> {
        self.files_at_work.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// What began before this is late from now on.
    pub fn end_epoch(&self) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
    }

    /// Forgets what happened: runs, calls, diagnostics, faults, orders and open data.
    pub fn forget(&self) {
        self.calls.clear();
        self.open_data.clear();
        self.pay_book.clear();
        self.clear_faults();
        self.take_invocations();
        self.diagnostics.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.clock.reset();
    }
}
