//! What the engine's threads share, and how a request is read, prepared and finished.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::clock::Clock;
use crate::clock::Entropy;
use crate::database::admin;
use crate::database::aggregate::Aggregated;
use crate::database::aggregate::aggregate;
use crate::database::command::Command;
use crate::database::command::Reply;
use crate::database::command::Request;
use crate::database::deadline::Deadline;
use crate::database::engine::Settings;
use crate::database::explain;
use crate::database::find;
use crate::database::find::CountPlan;
use crate::database::find::FindPlan;
use crate::database::id::IdSource;
use crate::database::insert::Ids;
use crate::database::job::DocumentWork;
use crate::database::job::Job;
use crate::database::locks::Holder;
use crate::database::locks::Parked;
use crate::database::locks::Wake;
use crate::database::overlay::Overlay;
use crate::database::pace::Pace;
use crate::database::records;
use crate::database::scans::Reading;
use crate::database::scans::Scans;
use crate::database::staged::Staged;
use crate::database::staged::Surroundings;
use crate::database::transaction;
use crate::database::transaction::State;
use crate::database::transaction::Transaction;
use crate::database::transaction::Transactions;
use crate::database::upkeep;
use crate::database::upkeep::Marks;
use crate::database::view::View;
use crate::error::{Error, ErrorKind, Result};
use crate::store::Store;
use crate::store::Writer;

/// How often parked writes are looked after.
const WATCH_INTERVAL: Duration = Duration::from_millis(10);

/// MongoDB's number for a command that no transaction may hold.
const NOT_IN_TRANSACTION: i32 = 263;

pub struct Core {
    pub store: Store,
    pub clock: Arc<Clock>,
    pub entropy: Arc<Entropy>,
    pub settings: Settings,
    pub transactions: Transactions,
    pub scans: Scans,
    pub pace: Pace,
    /// Held for other processes.
    pub marks: Marks,
    ids: IdSource,
    watching: AtomicBool,
    /// Ends whenever the store goes back to an earlier state.
    era: AtomicU64,
}

/// A request after its reading part.
pub enum Prepared {
    Answered(Reply),
    Write(Job),
    Commit(Commit),
}

/// The writes of a transaction on their way into the store.
pub struct Commit {
    number: Holder,
    overlay: Overlay,
}

impl Commit {
    pub fn apply(&self, writer: &mut Writer<'_>) -> Result<Reply> {
        self.overlay.replay(writer).map_err(|error| match error.kind() {
            // The operation itself was allowed: the index is newer than it. A retry meets the
            // violation in its operation.
            ErrorKind::DuplicateKey => Error::new(ErrorKind::TransactionConflict, error.message()),
            _ => error,
        })?;
        Ok(Reply::Done)
    }
}

/// Runs `work`; a panic becomes an error.
pub fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_default();
        Err(Error::new(
            ErrorKind::Internal,
            format!("the database met a defect of its own: {text}"),
        ))
    })
}

impl Core {
    pub fn new(store: Store, clock: Arc<Clock>, entropy: Arc<Entropy>, settings: Settings) -> Self {
        let ids = IdSource::new(&entropy);
        Self {
            store,
            clock,
            entropy,
            settings,
            transactions: Transactions::default(),
            scans: Scans::default(),
            pace: Pace::default(),
            marks: Marks::default(),
            ids,
            watching: AtomicBool::new(false),
            era: AtomicU64::new(0),
        }
    }

    pub fn ids(&self) -> Ids<'_> {
        Ids { source: &self.ids, clock: &self.clock, entropy: &self.entropy }
    }

    pub fn deadline(&self) -> Deadline {
        Deadline::new(self.settings.time_limit)
    }

    /// Reads and answers, or parses what is to be written.
    pub fn prepare(&self, request: Request) -> Result<Prepared> {
        let Request { env, transaction, command } = request;
        check_env(&env)?;
        if let Some(id) = transaction {
            return self.prepare_in_transaction(&env, &id, command);
        }
        match command {
            Command::StartTransaction => {
                let era = self.era();
                let snapshot = self.store.snapshot()?;
                let id =
                    self.transactions.start(&env, (snapshot, era), &self.clock, &self.entropy)?;
                Ok(Prepared::Answered(Reply::TransactionStarted(id)))
            }
            Command::CommitTransaction | Command::AbortTransaction => Err(transaction::not_found()),
            Command::Upkeep(upkeep) => upkeep::prepare(self, &env, upkeep),
            command if is_read(&command) => {
                let deadline = self.deadline();
                self.store
                    .read(|reader| self.read(&View::new(reader, None, &env), command, &deadline))
            }
            command => match Job::parse(&env, command, self.ids())? {
                Some(job) => Ok(Prepared::Write(job)),
                None => Err(Error::new(ErrorKind::Internal, "a command neither reads nor writes")),
            },
        }
    }

    fn read(&self, view: &View<'_>, command: Command, deadline: &Deadline) -> Result<Prepared> {
        let now_ms = self.clock.now_ms();
        let reply = match command {
            Command::ListCollections => Reply::Names(admin::list_collections(view)),
            Command::ListIndexes { collection } => {
                Reply::Documents(admin::list_indexes(view, &collection)?)
            }
            Command::Find(find) => {
                let plan = FindPlan::parse(find, now_ms)?;
                let found = find::find(view, &plan, deadline)?;
                let reading = Reading {
                    filter: &plan.filter,
                    sort: Some(&plan.sort),
                    examined: found.examined,
                    found: (plan.skip.saturating_add(found.documents.len())) as u64,
                };
                self.scans.note(view.env(), &plan.collection, &reading);
                Reply::Documents(found.documents)
            }
            Command::Count { collection, filter } => {
                let plan = CountPlan::parse(collection, filter, now_ms)?;
                let (found, examined) = find::count(view, &plan, deadline)?;
                let reading = Reading { filter: &plan.filter, sort: None, examined, found };
                self.scans.note(view.env(), &plan.collection, &reading);
                Reply::Count(found)
            }
            Command::Aggregate { collection, pipeline } => {
                match aggregate(self, view, &collection, pipeline, deadline)? {
                    Aggregated::Documents(documents) => Reply::Documents(documents),
                    Aggregated::Contents(name, documents) => {
                        let job = Job::replace_contents(view.env(), name, documents);
                        return Ok(Prepared::Write(job));
                    }
                }
            }
            Command::Explain(command) => {
                Reply::Explained(explain::explain(self, view, *command, deadline)?)
            }
            Command::GetRecord { table, key } => Reply::Record(records::get(self, &table, &key)?),
            Command::ScanRecords { table, prefix } => {
                Reply::Records(records::scan(self, &table, &prefix)?)
            }
            Command::Sync => {
                self.store.flush()?;
                Reply::Done
            }
            _ => return Err(Error::new(ErrorKind::Internal, "the command is no read")),
        };
        Ok(Prepared::Answered(reply))
    }

    fn prepare_in_transaction(&self, env: &str, id: &str, command: Command) -> Result<Prepared> {
        let transaction = self.transactions.find(id, env)?;
        if transaction.era != self.era() {
            self.end(&transaction);
            return Err(transaction::not_found());
        }
        let mut state = transaction.enter()?;
        match command {
            Command::CommitTransaction => {
                self.transactions.remove(id);
                let overlay = std::mem::take(&mut state.overlay);
                if overlay.is_empty() {
                    resume(self.transactions.release(transaction.number));
                    return Ok(Prepared::Answered(Reply::Done));
                }
                return Ok(Prepared::Commit(Commit { number: transaction.number, overlay }));
            }
            Command::AbortTransaction => {
                self.end(&transaction);
                return Ok(Prepared::Answered(Reply::Done));
            }
            _ => {}
        }
        if !state.count_operation() {
            self.end(&transaction);
            return Err(transaction::not_found());
        }
        let outcome = self.operate(env, &transaction, &mut state, command);
        let ended = matches!(&outcome, Err(error) if transaction::ends_transaction(error));
        // It may have expired while the operation ran; its new locks must not stay.
        if ended || !self.transactions.is_live(id) {
            self.end(&transaction);
        }
        outcome.map(Prepared::Answered)
    }

    /// One operation inside a transaction.
    fn operate(
        &self,
        env: &str,
        transaction: &Transaction,
        state: &mut State,
        command: Command,
    ) -> Result<Reply> {
        let deadline = self.deadline();
        if is_read(&command) {
            let overlay = &state.overlay;
            let prepared = state.snapshot.read(|reader| {
                self.read(&View::new(reader, Some(overlay), env), command, &deadline)
            })?;
            return match prepared {
                Prepared::Answered(reply) => Ok(reply),
                Prepared::Write(_) | Prepared::Commit(_) => Err(not_in_transaction("$out")),
            };
        }
        let name = command_name(&command);
        let Some(work) = DocumentWork::parse(command, self.ids())? else {
            return Err(not_in_transaction(name));
        };
        let around = Surroundings {
            env,
            store: &self.store,
            snapshot: &state.snapshot,
            locks: &self.transactions.locks,
            holder: transaction.number,
            create_missing: self.settings.create_missing_collections,
        };
        let mut staged = Staged::new(around, &mut state.overlay);
        let reply = work.apply(&mut staged, &deadline)?;
        staged.finish()?;
        Ok(reply)
    }

    fn end(&self, transaction: &Transaction) {
        self.transactions.remove(&transaction.id);
        resume(self.transactions.release(transaction.number));
    }

    /// Releases what a commit held, whatever came of it.
    pub fn finish_commit(&self, commit: &Commit, outcome: Result<Reply>) -> Result<Reply> {
        resume(self.transactions.release(commit.number));
        outcome
    }

    pub fn expire_transactions(&self) {
        resume(self.transactions.expire(self.clock.now_ms(), self.era()));
    }

    pub fn era(&self) -> u64 {
        self.era.load(Ordering::Acquire)
    }

    pub fn end_era(&self) {
        self.era.fetch_add(1, Ordering::AcqRel);
    }

    /// Whatever was begun before is over: open transactions, and writes that were sent and are not
    /// applied yet. The store is about to go back to an earlier state.
    pub fn end_what_began(&self) -> Result<()> {
        self.end_era();
        self.end_transactions();
        self.store.flush()
    }

    /// Refuses what was sent in an era that has ended. Asked by whoever holds the writer, and so
    /// before the store goes back or after it.
    pub fn check_era(&self, era: u64) -> Result<()> {
        if era == self.era() {
            return Ok(());
        }
        let text = "the write was sent before the data was set back, and was dropped";
        Err(Error::new(ErrorKind::Late, text))
    }

    pub fn end_transactions(&self) {
        resume(self.transactions.end_all());
    }

    /// Sees to it that parked writes are resumed when their transaction expires or their patience
    /// ends, even if no call comes. The thread lives as long as there are any.
    pub fn watch_locks(core: &Arc<Self>) {
        if core.watching.swap(true, Ordering::AcqRel) {
            return;
        }
        // A store that is closed meanwhile is not kept open by its watcher.
        let watched = Arc::downgrade(core);
        let thread = std::thread::Builder::new().name("wx-local-locks".to_owned());
        let watch = move || {
            loop {
                std::thread::sleep(WATCH_INTERVAL);
                let Some(core) = watched.upgrade() else { return };
                if !core.look_after_parked() {
                    return;
                }
            }
        };
        if thread.spawn(watch).is_err() {
            core.watching.store(false, Ordering::Release);
        }
    }

    /// Whether the watcher is still needed.
    fn look_after_parked(&self) -> bool {
        self.expire_transactions();
        for parked in self.transactions.locks.impatient(self.settings.lock_patience) {
            parked.resume(Wake::TimedOut);
        }
        if self.transactions.locks.has_parked() {
            return true;
        }
        self.watching.store(false, Ordering::Release);
        // One may have been parked between the two lines; its caller found a watcher at work.
        self.transactions.locks.has_parked() && !self.watching.swap(true, Ordering::AcqRel)
    }
}

fn resume(parked: Vec<Parked>) {
    for waiting in parked {
        waiting.resume(Wake::Retry);
    }
}

fn check_env(env: &str) -> Result<()> {
    if env.contains('\0') {
        return Err(Error::new(ErrorKind::InvalidEnv, "an environment id has no NUL character"));
    }
    Ok(())
}

fn not_in_transaction(name: &str) -> Error {
    Error::mongo(
        NOT_IN_TRANSACTION,
        format!("Cannot run '{name}' in a multi-document transaction."),
    )
}

/// Whether a command only reads. `$out` reads first.
pub fn is_read(command: &Command) -> bool {
    matches!(
        command,
        Command::ListCollections
            | Command::Find(_)
            | Command::Count { .. }
            | Command::Aggregate { .. }
            | Command::ListIndexes { .. }
            | Command::Explain(_)
            | Command::GetRecord { .. }
            | Command::ScanRecords { .. }
            | Command::Sync
    )
}

/// MongoDB's name of a command.
fn command_name(command: &Command) -> &'static str {
    match command {
        Command::CreateCollection { .. } => "create",
        Command::DropCollection { .. } => "drop",
        Command::ListCollections => "listCollections",
        Command::Insert { .. } => "insert",
        Command::Find(_) => "find",
        Command::Count { .. } => "count",
        Command::Update(_) | Command::Replace { .. } => "update",
        Command::Delete { .. } => "delete",
        Command::Aggregate { .. } => "aggregate",
        Command::DropIndex { .. } => "dropIndexes",
        Command::CreateIndex { .. } | Command::ChangeIndexes { .. } => "createIndexes",
        Command::Upkeep(_) => "upkeep",
        Command::ListIndexes { .. } => "listIndexes",
        Command::Explain(_) => "explain",
        Command::StartTransaction => "startTransaction",
        Command::CommitTransaction => "commitTransaction",
        Command::AbortTransaction => "abortTransaction",
        Command::GetRecord { .. } | Command::ScanRecords { .. } => "getRecord",
        Command::PutRecord { .. } => "putRecord",
        Command::RemoveRecord { .. } => "removeRecord",
        Command::Sync => "fsync",
    }
}
