//! Write locks of transactions on documents and unique values, and the plain writes that wait for
//! them.
//!
//! Only transactions hold locks. Another transaction that wants one fails at once; a plain write
//! is parked here and resumed when the lock is free or its patience is over.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::Stopwatch;

/// What is locked: one document, or one value of a unique index, of one collection of one
/// environment.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LockKey(Box<[u8]>);

impl LockKey {
    /// `id` is the canonical form of the `_id`: equal ids have equal bytes.
    pub fn new(env: &str, collection: &str, id: &[u8]) -> Self {
        Self::of(env, collection, "", id)
    }

    /// `key` is what the index's entries of this value begin with.
    pub fn unique(env: &str, collection: &str, index: &str, key: &[u8]) -> Self {
        Self::of(env, collection, index, key)
    }

    /// Names are free of NUL, and no index has an empty one, so no two keys run together.
    fn of(env: &str, collection: &str, index: &str, key: &[u8]) -> Self {
        let names = [env, "\0", collection, "\0", index, "\0"];
        Self([names.concat().as_bytes(), key].concat().into())
    }
}

/// The number of a transaction inside this process.
pub type Holder = u64;

/// How a parked write goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// The lock was released: try again.
    Retry,
    /// The lock was held for too long: fail.
    TimedOut,
}

/// A write that waits for a lock.
pub struct Parked {
    key: LockKey,
    since: Stopwatch,
    resume: Box<dyn FnOnce(Wake) + Send>,
}

impl Parked {
    pub fn new(key: LockKey, since: Stopwatch, resume: impl FnOnce(Wake) + Send + 'static) -> Self {
        Self { key, since, resume: Box::new(resume) }
    }

    pub fn resume(self, wake: Wake) {
        (self.resume)(wake);
    }
}

#[derive(Default)]
pub struct LockTable {
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    held: HashMap<LockKey, Holder>,
    keys: HashMap<Holder, Vec<LockKey>>,
    parked: Vec<Parked>,
}

impl LockTable {
    /// Whether `holder` has the lock now: false when another transaction has it.
    pub fn acquire(&self, key: &LockKey, holder: Holder) -> bool {
        let mut inner = self.inner();
        if let Some(current) = inner.held.get(key) {
            return *current == holder;
        }
        inner.held.insert(key.clone(), holder);
        inner.keys.entry(holder).or_default().push(key.clone());
        true
    }

    pub fn is_held(&self, key: &LockKey) -> bool {
        self.inner().held.contains_key(key)
    }

    /// Whether any transaction holds any lock. Plain writes ask before they build keys.
    pub fn is_empty(&self) -> bool {
        self.inner().held.is_empty()
    }

    /// Drops the locks of one transaction and returns the writes that waited for one of them, in
    /// the order of their arrival. The caller resumes them.
    #[must_use]
    pub fn release(&self, holder: Holder) -> Vec<Parked> {
        let mut inner = self.inner();
        for key in inner.keys.remove(&holder).unwrap_or_default() {
            inner.held.remove(&key);
        }
        let Inner { held, parked, .. } = &mut *inner;
        parked.extract_if(.., |waiting| !held.contains_key(&waiting.key)).collect()
    }

    /// Keeps a write until its lock is released. Returns it when the lock is free already.
    #[must_use]
    pub fn park(&self, waiting: Parked) -> Option<Parked> {
        let mut inner = self.inner();
        if inner.held.contains_key(&waiting.key) {
            inner.parked.push(waiting);
            None
        } else {
            Some(waiting)
        }
    }

    /// Takes out the writes that have waited for `patience` or longer.
    #[must_use]
    pub fn impatient(&self, patience: Duration) -> Vec<Parked> {
        let mut inner = self.inner();
        inner.parked.extract_if(.., |waiting| waiting.since.elapsed() >= patience).collect()
    }

    pub fn has_parked(&self) -> bool {
        !self.inner().parked.is_empty()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    fn key(id: &str) -> LockKey {
        LockKey::new("env", "todos", id.as_bytes())
    }

    fn waiting(id: &str, retried: &Arc<AtomicU32>, timed_out: &Arc<AtomicU32>) -> Parked {
        let (retried, timed_out) = (Arc::clone(retried), Arc::clone(timed_out));
        Parked::new(key(id), Stopwatch::start(), move |wake| {
            let counter = if wake == Wake::Retry { retried } else { timed_out };
            counter.fetch_add(1, Ordering::Relaxed);
        })
    }

    #[test]
    fn a_lock_belongs_to_one_holder_until_it_is_released() {
        let table = LockTable::default();
        assert!(table.acquire(&key("a"), 1) && table.acquire(&key("a"), 1));
        assert!(!table.acquire(&key("a"), 2) && table.acquire(&key("b"), 2));
        assert!(table.is_held(&key("a")) && !table.is_held(&key("c")));
        assert!(table.release(1).is_empty());
        assert!(table.acquire(&key("a"), 2));
        assert!(table.release(2).is_empty() && table.is_empty());
    }

    #[test]
    fn keys_of_different_collections_and_environments_differ() {
        let keys = [
            LockKey::new("e", "c", b"x"),
            LockKey::new("e", "d", b"x"),
            LockKey::new("f", "c", b"x"),
            LockKey::new("e", "c", b"y"),
            LockKey::new("ec", "", b"x"),
            LockKey::unique("e", "c", "i", b"x"),
            LockKey::unique("e", "c", "j", b"x"),
            LockKey::new("e", "c", b"i\0x"),
        ];
        for (at, key) in keys.iter().enumerate() {
            assert!(keys.iter().skip(at + 1).all(|other| other != key), "{key:?}");
        }
    }

    #[test]
    fn releasing_returns_the_writes_that_waited_for_it_and_no_others() {
        let table = LockTable::default();
        let (retried, timed_out) = (Arc::default(), Arc::default());
        table.acquire(&key("a"), 1);
        table.acquire(&key("b"), 2);
        assert!(table.park(waiting("a", &retried, &timed_out)).is_none());
        assert!(table.park(waiting("b", &retried, &timed_out)).is_none());
        assert!(table.park(waiting("free", &retried, &timed_out)).is_some());
        table.release(1).into_iter().for_each(|parked| parked.resume(Wake::Retry));
        assert_eq!(retried.load(Ordering::Relaxed), 1);
        assert!(table.has_parked());
        assert!(table.impatient(Duration::from_hours(1)).is_empty());
        table.impatient(Duration::ZERO).into_iter().for_each(|it| it.resume(Wake::TimedOut));
        assert_eq!(timed_out.load(Ordering::Relaxed), 1);
        assert!(!table.has_parked());
    }
}
