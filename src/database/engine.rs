//! The embedded engine: requests over a store in this process.
//!
//! A short call runs on the caller's thread ([`LocalEngine::try_execute`]); anything longer, and
//! every write that waits for a disk, is handed over ([`LocalEngine::execute_async`]). A write
//! that meets a transaction's lock waits without a thread until the lock is released.

use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::clock::Clock;
use crate::clock::Entropy;
use crate::clock::Stopwatch;
use crate::database::command::Command;
use crate::database::command::Engine;
use crate::database::command::Reply;
use crate::database::command::Request;
use crate::database::core::Core;
use crate::database::core::Prepared;
use crate::database::core::guarded;
use crate::database::cost;
use crate::database::job::Job;
use crate::database::locks::LockKey;
use crate::database::locks::Parked;
use crate::database::locks::Wake;
use crate::database::receipt;
use crate::database::receipt::Receipt;
use crate::database::receipt::RequestId;
use crate::database::scans::UnindexedScan;
use crate::database::target::Direct;
use crate::database::target::lock_timeout;
use crate::database::transaction::Permit;
use crate::database::workers::Workers;
use crate::error::{Error, ErrorKind, Result};
use crate::limits::READ_THREADS_MAX;
use crate::store::Store;
use crate::store::Writer;

/// Called once with the answer, on any thread.
type Done = Box<dyn FnOnce(Result<Reply>) + Send>;

#[derive(Debug, Clone)]
pub struct Settings {
    /// A write to a collection that does not exist makes it. The service refuses.
    pub create_missing_collections: bool,
    /// How long a write waits for a transaction that holds its document.
    pub lock_patience: Duration,
    /// How long a check or compaction waits for transactions to end.
    pub upkeep_patience: Duration,
    /// How long one operation may take.
    pub time_limit: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            create_missing_collections: false,
            lock_patience: Duration::from_secs(15),
            upkeep_patience: Duration::from_secs(5),
            time_limit: Duration::from_secs(15),
        }
    }
}

pub struct LocalEngine {
    core: Arc<Core>,
    workers: Workers,
}

/// What came of an attempt to execute a request at once.
pub enum Attempt {
    Done(Result<Reply>),
    /// A transaction holds a document that the request wants to write.
    Pending(Pending),
}

/// A write that waits for a lock. Dropping it gives the write up.
pub struct Pending {
    core: Arc<Core>,
    job: Arc<Job>,
    key: LockKey,
    ticket: Ticket,
    since: Stopwatch,
}

/// What a write carries until it is applied.
#[derive(Clone, Copy)]
struct Ticket {
    /// The era in which it was sent: it must not reach the data of a later one.
    era: u64,
    receipt: Option<Receipt>,
}

impl Ticket {
    /// Does `work`, in the right era alone; with a receipt, unless it was done before.
    fn once(
        self,
        core: &Core,
        writer: &mut Writer<'_>,
        work: impl FnOnce(&mut Writer<'_>) -> Result<Reply>,
    ) -> Result<Reply> {
        core.check_era(self.era)?;
        match self.receipt {
            Some(receipt) => receipt.once(writer, work),
            None => work(writer),
        }
    }
}

impl Pending {
    /// Calls `done` when the lock was released and the write executed, or when the patience of
    /// the settings is over.
    pub fn finish(self, done: impl FnOnce(Result<Reply>) + Send + 'static) {
        park(self, Box::new(done));
    }
}

impl LocalEngine {
    pub fn new(store: Store, clock: Arc<Clock>, entropy: Arc<Entropy>, settings: Settings) -> Self {
        Self {
            core: Arc::new(Core::new(store, clock, entropy, settings)),
            workers: Workers::new("wx-local-read", READ_THREADS_MAX),
        }
    }

    pub fn store(&self) -> &Store {
        &self.core.store
    }

    pub fn clock(&self) -> &Arc<Clock> {
        &self.core.clock
    }

    pub fn entropy(&self) -> &Arc<Entropy> {
        &self.core.entropy
    }

    pub fn settings(&self) -> &Settings {
        &self.core.settings
    }

    /// Whether `request` is short enough to run on the caller's thread: no disk to wait for, and
    /// few documents to look at.
    pub fn is_immediate(&self, request: &Request) -> bool {
        cost::is_immediate(&self.core, request)
    }

    /// Whether `request` is a write that the disk is expected to have within a short call: a small
    /// one, while the disk is quick and nobody else writes. [`try_execute`](Self::try_execute) then
    /// saves the way to the writer's thread and back.
    pub fn is_quick_write(&self, request: &Request) -> bool {
        self.core.pace.is_quick()
            && request.transaction.is_none()
            && cost::is_small_write(request)
            && self.core.store.is_idle()
    }

    /// Executes now, on this thread. Only a lock can keep it from finishing.
    pub fn try_execute(&self, request: Request) -> Attempt {
        let core = &self.core;
        core.expire_transactions();
        let ticket = self.ticket(None);
        let is_small = cost::is_small_write(&request);
        match guarded(|| core.prepare(request)) {
            Err(error) => Attempt::Done(Err(error)),
            Ok(Prepared::Answered(reply)) => Attempt::Done(Ok(reply)),
            Ok(Prepared::Write(job)) => {
                let since = Stopwatch::start();
                let mut blocked = None;
                let outcome = guarded(|| {
                    let work = |writer: &mut Writer<'_>| {
                        ticket
                            .once(core, writer, |writer| run_job(core, &job, writer, &mut blocked))
                    };
                    if is_small { core.store.write_small(work) } else { core.store.write(work) }
                });
                core.pace.note(since.elapsed());
                match blocked {
                    Some(key) if outcome.is_err() => Attempt::Pending(Pending {
                        core: Arc::clone(core),
                        job: Arc::new(job),
                        key,
                        ticket,
                        since,
                    }),
                    _ => Attempt::Done(outcome),
                }
            }
            Ok(Prepared::Commit(commit)) => {
                let outcome = guarded(|| {
                    let apply = |writer: &mut Writer<'_>| commit.apply(writer);
                    core.store.write(|writer| ticket.once(core, writer, apply))
                });
                Attempt::Done(core.finish_commit(&commit, outcome))
            }
        }
    }

    /// Executes without holding up the caller. Writes to a disk that arrive together share a
    /// commit.
    pub fn execute_async(&self, request: Request, done: Done) {
        if self.is_immediate(&request) {
            match self.try_execute(request) {
                Attempt::Done(outcome) => done(outcome),
                Attempt::Pending(pending) => pending.finish(done),
            }
            return;
        }
        let (core, ticket) = (Arc::clone(&self.core), self.ticket(None));
        // The writer's thread of a disk does the work; a store in memory has none.
        if cost::is_plain_write(&request) && !core.store.is_memory() {
            start(core, request, ticket, done);
        } else {
            self.workers.run(move || start(core, request, ticket, done));
        }
    }

    /// As [`execute_async`](Self::execute_async), for a request that may come again under the same
    /// id: what it writes is written once, and answered the same each time.
    pub fn execute_repeatable(&self, id: RequestId, request: Request, done: Done) {
        if !receipt::is_needed(&request) {
            return self.execute_async(request, done);
        }
        let receipt = Receipt { id, now_ms: self.core.clock.now_ms() };
        let (core, ticket) = (Arc::clone(&self.core), self.ticket(Some(receipt)));
        if cost::is_plain_write(&request) {
            // Here and now: writes of one client are applied in the order they were sent in.
            return start(core, request, ticket, done);
        }
        self.workers.run(move || {
            if matches!(request.command, Command::CommitTransaction) {
                // The transaction is gone if it was committed, so nothing else tells.
                match receipt.find(&core) {
                    Ok(None) => {}
                    Ok(Some(reply)) => return answer(core, Ok(reply), done),
                    Err(error) => return answer(core, Err(error), done),
                }
            }
            start(core, request, ticket, done);
        });
    }

    /// Queries of a collection that lacked an index, each kind once.
    pub fn take_unindexed_scans(&self, env: &str, collection: &str) -> Vec<UnindexedScan> {
        self.core.scans.take(env, collection)
    }

    /// Forgets the answers to requests that nobody will send again.
    pub fn remove_old_receipts(&self) -> Result<()> {
        receipt::remove_old(&self.core)
    }

    fn ticket(&self, receipt: Option<Receipt>) -> Ticket {
        Ticket { era: self.core.era(), receipt }
    }

    /// Whatever was begun before is over: open transactions, and writes that were sent and are not
    /// applied yet. The store is about to go back to an earlier state.
    pub fn end_what_began(&self) -> Result<()> {
        self.core.end_what_began()
    }

    /// Reserves a transaction for one operation until the permit is dropped. Callers whose answers
    /// are delivered later than they are computed hold one, so that a second operation in flight
    /// is refused as by the service.
    pub fn permit(&self, env: &str, transaction: &str) -> Result<Permit> {
        self.core.expire_transactions();
        self.core.transactions.permit(transaction, env)
    }
}

impl Engine for LocalEngine {
    /// Waits for locks: never call it from a thread that a transaction needs to go on.
    fn execute(&self, request: Request) -> Result<Reply> {
        match self.try_execute(request) {
            Attempt::Done(outcome) => outcome,
            Attempt::Pending(pending) => {
                let (sender, receiver) = channel();
                pending.finish(move |outcome| {
                    // The receiver waits below.
                    let _ = sender.send(outcome);
                });
                receiver.recv().unwrap_or_else(|_| {
                    Err(Error::new(ErrorKind::Internal, "a waiting write was given up"))
                })
            }
        }
    }
}

fn run_job(
    core: &Core,
    job: &Job,
    writer: &mut Writer<'_>,
    blocked: &mut Option<LockKey>,
) -> Result<Reply> {
    let create_missing = core.settings.create_missing_collections;
    let mut target = Direct::new(writer, &job.env, &core.transactions.locks, create_missing);
    let outcome = job.apply(&mut target, core.settings.time_limit);
    *blocked = target.into_blocked();
    if outcome.is_ok() && job.ends_era() {
        // By whoever holds the writer: what was applied before is gone, what comes is late.
        core.end_era();
    }
    outcome
}

/// Gives the answer. Whoever gets the last one may close the store and open it again at once, so
/// nothing of it is held here any more.
fn answer<T>(held: T, outcome: Result<Reply>, done: Done) {
    drop(held);
    done(outcome);
}

fn start(core: Arc<Core>, request: Request, ticket: Ticket, done: Done) {
    core.expire_transactions();
    match guarded(|| core.prepare(request)) {
        Err(error) => answer(core, Err(error), done),
        Ok(Prepared::Answered(reply)) => answer(core, Ok(reply), done),
        Ok(Prepared::Write(job)) => submit(core, Arc::new(job), ticket, Stopwatch::start(), done),
        Ok(Prepared::Commit(commit)) => {
            let commit = Arc::new(commit);
            let (applied, working) = (Arc::clone(&commit), Arc::clone(&core));
            core.store.clone().submit(
                move |writer| {
                    guarded(|| ticket.once(&working, writer, |writer| applied.apply(writer)))
                },
                move |outcome| {
                    let outcome = core.finish_commit(&commit, outcome);
                    answer((core, commit), outcome, done);
                },
            );
        }
    }
}

/// Queues a write. When it meets a lock it is parked and queued again later.
fn submit(core: Arc<Core>, job: Arc<Job>, ticket: Ticket, since: Stopwatch, done: Done) {
    let blocked: Arc<Mutex<Option<LockKey>>> = Arc::default();
    let (found, queued, working) = (Arc::clone(&blocked), Arc::clone(&job), Arc::clone(&core));
    core.store.clone().submit(
        move |writer| {
            let mut key = None;
            let outcome = guarded(|| {
                ticket.once(&working, writer, |writer| run_job(&working, &queued, writer, &mut key))
            });
            *found.lock().unwrap_or_else(PoisonError::into_inner) = key;
            outcome
        },
        move |outcome| {
            let key = blocked.lock().unwrap_or_else(PoisonError::into_inner).take();
            core.pace.note(since.elapsed());
            match key {
                Some(key) if outcome.is_err() => {
                    park(Pending { core, job, key, ticket, since }, done);
                }
                _ => answer((core, job), outcome, done),
            }
        },
    );
}

fn park(pending: Pending, done: Done) {
    let Pending { core, job, key, ticket, since } = pending;
    let resumed = Arc::clone(&core);
    let parked = Parked::new(key, since, move |wake| match wake {
        Wake::Retry => submit(resumed, job, ticket, since, done),
        Wake::TimedOut => answer((resumed, job), Err(lock_timeout()), done),
    });
    match core.transactions.locks.park(parked) {
        Some(free) => free.resume(Wake::Retry),
        None => Core::watch_locks(&core),
    }
}
