//! A store in memory.
//!
//! The state is one [`Root`] that copies in constant time. A job takes it out and changes it in
//! place while readers wait; a job that turns out long puts the state before it back first, so
//! that a reader waits for some microseconds at most.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::Result;
use crate::store::GeoCells;
use crate::store::catalog::Catalog;
use crate::store::keyspace::{Cleared, Old, ReadKeys, Section, Span, Visit, WriteKeys};
use crate::store::meta::CountersAhead;
use crate::store::reader::Reader;
use crate::store::tree::{Bytes, Tree};
use crate::store::writer::{Change, Ended, Shared, Writer, run_job, store_counters, undo};

/// Entries a job may look at before readers go on without it.
const VISITS_BEFORE_SHARING: u32 = 256;

/// The whole state of a store.
#[derive(Debug, Clone, Default)]
pub(crate) struct Root {
    sections: Arc<BTreeMap<Section, Tree>>,
    catalog: Arc<Catalog>,
}

#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// Held by the one job that runs.
    writing: Mutex<()>,
    root: Mutex<Root>,
}

impl Memory {
    pub(crate) fn root(&self) -> Root {
        lock(&self.root).clone()
    }

    pub(crate) fn write<T>(
        &self,
        geo: Option<&dyn GeoCells>,
        work: impl FnOnce(&mut Writer<'_>) -> Result<T>,
    ) -> Result<T> {
        let _alone = lock(&self.writing);
        let mut held = lock(&self.root);
        let root = std::mem::take(&mut *held);
        let mut shared =
            Shared { catalog: Arc::clone(&root.catalog), counters: CountersAhead::new() };
        let mut session =
            Session { home: &self.root, held: RefCell::new(Some(held)), root, changed: false };
        let mut ended = run_job(&mut session, &mut shared, (geo, false), work);
        if let Err(error) = store_counters(&mut session, &mut shared) {
            debug_assert!(false, "a tree does not fail");
            ended = Ended::Broken(error);
        }
        session.root.catalog = shared.catalog;
        let Session { home, held, root, .. } = session;
        let mut home = held.into_inner().unwrap_or_else(|| lock(home));
        *home = root;
        match ended {
            Ended::Applied { answer, .. } => Ok(answer),
            Ended::Refused(error) | Ended::Broken(error) => Err(error),
        }
    }

    /// Goes back to an earlier state.
    pub(crate) fn restore(&self, earlier: &Root) {
        let _alone = lock(&self.writing);
        let later = std::mem::replace(&mut *lock(&self.root), earlier.clone());
        // Freeing what was written since takes its time; nobody waits for the lock meanwhile.
        drop(later);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic in a job is caught before it gets here, so nothing behind a lock is half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Root {
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Reader<'_>) -> Result<T>) -> Result<T> {
        work(&Reader::new(self, &self.catalog))
    }

    fn put(&mut self, section: Section, key: &[u8], value: Bytes) -> Old {
        Arc::make_mut(&mut self.sections).entry(section).or_default().put(key, value)
    }

    fn remove(&mut self, section: Section, key: &[u8]) -> Old {
        Arc::make_mut(&mut self.sections).get_mut(&section)?.remove(key)
    }
}

impl ReadKeys for Root {
    fn get(&self, section: Section, key: &[u8], found: &mut dyn FnMut(&[u8])) -> Result<bool> {
        let value = self.sections.get(&section).and_then(|tree| tree.get(key));
        Ok(value.map(found).is_some())
    }

    fn scan(&self, section: Section, span: Span<'_>, visit: &mut Visit<'_>) -> Result<()> {
        match self.sections.get(&section) {
            Some(tree) => tree.scan(span, visit),
            None => Ok(()),
        }
    }
}

/// A job at work.
struct Session<'a> {
    home: &'a Mutex<Root>,
    /// Keeps readers out while the state is not at home.
    held: RefCell<Option<MutexGuard<'a, Root>>>,
    root: Root,
    changed: bool,
}

impl Session<'_> {
    /// Puts the state before this job home and lets readers in.
    fn share(&self, before: impl FnOnce() -> Root) {
        if let Some(mut home) = self.held.borrow_mut().take() {
            *home = before();
        }
    }
}

impl ReadKeys for Session<'_> {
    fn get(&self, section: Section, key: &[u8], found: &mut dyn FnMut(&[u8])) -> Result<bool> {
        self.root.get(section, key, found)
    }

    fn scan(&self, section: Section, span: Span<'_>, visit: &mut Visit<'_>) -> Result<()> {
        let mut visits = 0_u32;
        self.root.scan(section, span, &mut |key, value| -> Result<ControlFlow<()>> {
            visits = visits.saturating_add(1);
            if visits == VISITS_BEFORE_SHARING && !self.changed {
                self.share(|| self.root.clone());
            }
            visit(key, value)
        })
    }
}

impl WriteKeys for Session<'_> {
    fn put(&mut self, section: Section, key: &[u8], value: &[u8]) -> Result<Old> {
        self.changed = true;
        Ok(self.root.put(section, key, Bytes::new(value)))
    }

    fn remove(&mut self, section: Section, key: &[u8]) -> Result<Old> {
        self.changed = true;
        Ok(self.root.remove(section, key))
    }

    fn clear(&mut self, section: Section) -> Result<Cleared> {
        self.changed = true;
        let tree = Arc::make_mut(&mut self.root.sections).remove(&section);
        Ok(Cleared::Tree(tree.unwrap_or_default()))
    }

    fn restore_cleared(&mut self, section: Section, cleared: Cleared) -> Result<()> {
        if let Cleared::Tree(tree) = cleared {
            Arc::make_mut(&mut self.root.sections).insert(section, tree);
        }
        Ok(())
    }

    fn share_before(&mut self, changes: &[Change]) {
        if self.held.borrow().is_none() {
            return;
        }
        let home = Mutex::default();
        let mut before = Session {
            home: &home,
            held: RefCell::new(None),
            root: self.root.clone(),
            changed: true,
        };
        let undone = undo(&mut before, &mut CountersAhead::new(), changes);
        debug_assert!(undone.is_ok(), "a tree does not fail");
        let before = before.root;
        self.share(|| before);
    }

    fn as_read(&self) -> &dyn ReadKeys {
        self
    }
}
