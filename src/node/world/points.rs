//! Points in time of a world, and coming back to them.

use std::sync::atomic::Ordering;
use std::sync::{PoisonError, RwLockWriteGuard};

use crate::error::Result;
use crate::node::world::World;
use crate::store::Mark;

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
        let mark = self.engine()?.store()?.mark()?;
        *self.baseline.lock().unwrap_or_else(PoisonError::into_inner) = Some(mark);
        Ok(())
    }

    /// Back to the baseline; without one, to no collections at all.
    pub fn set_back_to_baseline(&self) -> Result<()> {
        let _settled = self.wait_for_files();
        let engine = self.engine()?.local()?;
        engine.end_what_began()?;
        let mut baseline = self.baseline.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mark) = &*baseline {
            return engine.store().restore(mark);
        }
        engine.store().write(|writer| {
            let collections: Vec<_> = writer.reader().catalog().all().cloned().collect();
            for collection in collections {
                writer.drop_collection(&collection.env, &collection.name)?;
            }
            Ok(())
        })?;
        *baseline = Some(engine.store().mark()?);
        Ok(())
    }

    /// Back to the state in which the data was opened, with no functions chosen.
    pub fn begin_again(&self) -> Result<()> {
        self.forget_functions();
        // Data that was never opened has nothing in it.
        if self.opened.get().is_none() {
            return Ok(());
        }
        let _settled = self.wait_for_files();
        let engine = self.engine()?.local()?;
        engine.end_what_began()?;
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mark) = &*first {
            engine.store().restore(mark)?;
        }
        self.set_baseline()
    }

    /// Back to a mark of this world's store.
    pub fn set_back_to(&self, mark: &Mark) -> Result<()> {
        let _settled = self.wait_for_files();
        let engine = self.engine()?.local()?;
        engine.end_what_began()?;
        engine.store().restore(mark)
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
