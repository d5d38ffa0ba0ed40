//! Transactions: a snapshot to read, an overlay to write, locks on what was written.
//!
//! Between two calls a transaction holds a snapshot and locks in memory, never a write
//! transaction of the store. It ends by a commit, an abort, an error of one of its operations (as
//! in MongoDB), or its age, which is noticed by the next call that looks.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use crate::clock::Clock;
use crate::clock::Entropy;
use crate::database::locks::Holder;
use crate::database::locks::LockTable;
use crate::database::locks::Parked;
use crate::database::overlay::Overlay;
use crate::error::{Error, ErrorKind, Result};
use crate::limits::TRANSACTION_LIFE_MS;
use crate::limits::TRANSACTION_OPERATIONS_MAX;
use crate::store::Snapshot;

/// Most transactions open at once. Ours: each holds a snapshot.
const TRANSACTIONS_MAX: usize = 1_000;

pub struct Transaction {
    pub id: String,
    pub number: Holder,
    /// Of the store, when it began: it ends with it.
    pub era: u64,
    env: String,
    started_ms: i64,
    state: Mutex<State>,
    /// Whether a caller has an answer of this transaction still to come.
    in_flight: AtomicBool,
}

pub struct State {
    pub snapshot: Snapshot,
    pub overlay: Overlay,
    operations: usize,
}

/// Held by a caller from the start of an operation until its answer is delivered. A second
/// operation of the same transaction is refused meanwhile.
pub struct Permit(Arc<Transaction>);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.in_flight.store(false, Ordering::Release);
    }
}

impl Transaction {
    /// The transaction for one operation or its end.
    pub fn enter(&self) -> Result<MutexGuard<'_, State>> {
        match self.state.try_lock() {
            Ok(state) => Ok(state),
            // An operation met a defect half way: what it staged cannot be trusted.
            Err(TryLockError::Poisoned(_)) => Err(not_found()),
            Err(TryLockError::WouldBlock) => Err(busy()),
        }
    }

    fn has_expired(&self, now_ms: i64) -> bool {
        now_ms.saturating_sub(self.started_ms) >= TRANSACTION_LIFE_MS
    }
}

impl State {
    /// Counts one operation; false when there were too many.
    pub fn count_operation(&mut self) -> bool {
        self.operations += 1;
        self.operations <= TRANSACTION_OPERATIONS_MAX
    }
}

#[derive(Default)]
pub struct Transactions {
    live: Mutex<HashMap<String, Arc<Transaction>>>,
    numbers: AtomicU64,
    pub locks: LockTable,
}

impl Transactions {
    /// The id of a new transaction that reads a snapshot, taken in the given era.
    pub fn start(
        &self,
        env: &str,
        (snapshot, era): (Snapshot, u64),
        clock: &Clock,
        entropy: &Entropy,
    ) -> Result<String> {
        let mut live = self.live();
        if live.len() >= TRANSACTIONS_MAX {
            return Err(Error::new(
                ErrorKind::LimitExceeded,
                format!("{TRANSACTIONS_MAX} transactions are open: commit or abort some"),
            ));
        }
        let id = format!("{:016x}{:016x}", entropy.next_u64(), entropy.next_u64());
        let transaction = Transaction {
            id: id.clone(),
            number: self.numbers.fetch_add(1, Ordering::Relaxed),
            era,
            env: env.to_owned(),
            started_ms: clock.now_ms(),
            state: Mutex::new(State { snapshot, overlay: Overlay::default(), operations: 0 }),
            in_flight: AtomicBool::new(false),
        };
        live.insert(id.clone(), Arc::new(transaction));
        Ok(id)
    }

    pub fn find(&self, id: &str, env: &str) -> Result<Arc<Transaction>> {
        let live = self.live();
        let found = live.get(id).filter(|transaction| transaction.env == env);
        found.cloned().ok_or_else(not_found)
    }

    pub fn is_live(&self, id: &str) -> bool {
        self.live().contains_key(id)
    }

    /// Allows one operation to be in flight.
    pub fn permit(&self, id: &str, env: &str) -> Result<Permit> {
        let transaction = self.find(id, env)?;
        if transaction.in_flight.swap(true, Ordering::AcqRel) {
            Err(busy())
        } else {
            Ok(Permit(transaction))
        }
    }

    /// Takes the transaction off the list: no operation finds it any more. Its locks stay until
    /// [`release`](Self::release).
    pub fn remove(&self, id: &str) {
        self.live().remove(id);
    }

    /// Drops the locks of an ended transaction; the caller resumes who waited for them.
    #[must_use]
    pub fn release(&self, number: Holder) -> Vec<Parked> {
        self.locks.release(number)
    }

    /// Ends the transactions that have lived too long or began in another era; the caller resumes
    /// who waited for them.
    #[must_use]
    pub fn expire(&self, now_ms: i64, era: u64) -> Vec<Parked> {
        let mut live = self.live();
        if live.is_empty() {
            return Vec::new();
        }
        let expired: Vec<Holder> = live
            .extract_if(|_, open| open.era != era || open.has_expired(now_ms))
            .map(|(_, transaction)| transaction.number)
            .collect();
        drop(live);
        expired.into_iter().flat_map(|number| self.locks.release(number)).collect()
    }

    /// Ends every transaction; the caller resumes who waited for them.
    #[must_use]
    pub fn end_all(&self) -> Vec<Parked> {
        let ended: Vec<Holder> =
            self.live().drain().map(|(_, transaction)| transaction.number).collect();
        ended.into_iter().flat_map(|number| self.locks.release(number)).collect()
    }

    fn live(&self) -> MutexGuard<'_, HashMap<String, Arc<Transaction>>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub fn not_found() -> Error {
    Error::new(
        ErrorKind::TransactionNotFound,
        "Transaction does not exist on the server, transaction must be commit or abort in 30 \
         seconds",
    )
}

fn busy() -> Error {
    Error::new(ErrorKind::TransactionBusy, "Transaction is busy")
}

/// Whether an operation that failed so has ended its transaction: what MongoDB refuses while it
/// executes. What the service refuses before that leaves the transaction as it was.
pub fn ends_transaction(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Database
            | ErrorKind::DuplicateKey
            | ErrorKind::TransactionConflict
            | ErrorKind::Timeout
            | ErrorKind::Storage
            | ErrorKind::Internal
    )
}
