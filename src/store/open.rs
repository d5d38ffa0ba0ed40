//! The open transaction of a store on disk, and those who wait for its commit.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use redb::WriteTransaction;

use crate::error::{Error, Result};
use crate::store::GeoCells;
use crate::store::disk::lock;
use crate::store::keyspace::WriteKeys;
use crate::store::log::Changes;
use crate::store::writer::{Ended, Shared, Writer, run_job};

/// Jobs that share one commit at most, so that the first of them is not kept waiting.
const JOBS_PER_COMMIT: usize = 4_096;

/// A transaction that takes jobs.
pub(super) struct Open {
    pub(super) transaction: WriteTransaction,
    pub(super) shared: Shared,
    pub(super) changes: Changes,
    pub(super) jobs: usize,
    /// Whether a job has changed anything.
    pub(super) changed: bool,
    /// Whether every job that did has made the store smaller.
    pub(super) is_smaller: bool,
    /// Why nothing of this transaction may be committed.
    pub(super) broken: Option<Error>,
    pub(super) outcome: Arc<Outcome>,
    /// Whether it has commits that are in the log already, and were acknowledged.
    pub(super) is_logged: bool,
}

/// What becomes of the open transaction when the log has its changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Afterwards {
    /// It is committed. No reader waits for a sync meanwhile.
    Commit,
    /// It stays open for the next job. A reader may have to wait for that job's sync.
    StayOpen,
}

impl Open {
    pub(super) fn is_full(&self) -> bool {
        self.jobs >= JOBS_PER_COMMIT || self.broken.is_some()
    }
}

/// What became of a commit.
#[derive(Default)]
pub(super) struct Outcome {
    result: Mutex<Option<Result<()>>>,
    known: Condvar,
}

impl Outcome {
    pub(super) fn announce(&self, result: Result<()>) {
        *lock(&self.result) = Some(result);
        self.known.notify_all();
    }

    pub(super) fn wait(&self) -> Result<()> {
        let mut result = lock(&self.result);
        loop {
            if let Some(result) = &*result {
                return result.clone();
            }
            result = self.known.wait(result).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// The open transaction while jobs are applied to it.
pub(crate) struct Session<'a> {
    pub(super) tables: &'a mut dyn WriteKeys,
    pub(super) shared: &'a mut Shared,
    pub(super) geo: Option<&'a dyn GeoCells>,
    pub(super) is_disk_full: bool,
    pub(super) jobs: usize,
    pub(super) changed: bool,
    pub(super) is_smaller: bool,
    pub(super) broken: Option<Error>,
}

impl Session<'_> {
    /// Whether this transaction should be committed before more is applied.
    pub(crate) fn is_full(&self) -> bool {
        self.jobs >= JOBS_PER_COMMIT || self.broken.is_some()
    }

    pub(crate) fn run<T>(&mut self, work: impl FnOnce(&mut Writer<'_>) -> Result<T>) -> Result<T> {
        self.jobs += 1;
        let rules = (self.geo, self.is_disk_full);
        match run_job(self.tables, self.shared, rules, work) {
            Ended::Applied { answer, changed, is_smaller } => {
                self.changed |= changed;
                self.is_smaller &= is_smaller || !changed;
                Ok(answer)
            }
            Ended::Refused(error) => Err(error),
            Ended::Broken(error) => {
                self.broken.get_or_insert_with(|| error.clone());
                Err(error)
            }
        }
    }
}
