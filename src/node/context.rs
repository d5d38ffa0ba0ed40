//! Who is calling, through every `await`: Node's own `AsyncLocalStorage`.
//!
//! The storage is one for the whole thread, not one for each realm: a function loaded by a test
//! must see the caller that the test chose, whichever copy of the package either of them got.

use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use crate::clock::Stopwatch;
use crate::cloud::Identity;
use crate::cloud::functions::Invocation;
use crate::node::js::{Js, Kept, Outcome, Reference, Type, Value};
use crate::node::opened::Opened;
use crate::node::world::World;

thread_local! {
    /// The storage of this JavaScript thread, to the end of its environment. A destructor would run
    /// when the thread ends, and that may be without it.
    static STORAGE: RefCell<ManuallyDrop<Option<Reference>>> =
        const { RefCell::new(ManuallyDrop::new(None)) };
    /// Whether any frame was ever entered: until then no call pays for looking.
    static ENTERED: Cell<bool> = const { Cell::new(false) };
    /// Runs of this thread that look at the time themselves.
    static LIMITED_RUNS: Cell<usize> = const { Cell::new(0) };
}

/// Whether any run of the process was ever ended: until then no call pays for looking. Runs end on
/// another thread than their own.
static HAS_ENDED_RUNS: AtomicBool = AtomicBool::new(false);

/// Lines kept of one run, and their bytes. Ours.
const LOG_LINES_MAX: usize = 10_000;
const LOG_BYTES_MAX: usize = 4 * 1024 * 1024;

/// What holds inside an invocation, or inside `as(..)`.
pub struct Frame {
    pub world: Arc<World>,
    pub identity: Identity,
    /// The run of a function; `None` inside `as(..)` alone.
    pub run: Option<Arc<Run>>,
}

/// A frame as the storage holds it.
pub struct Entered {
    frame: Frame,
    /// The world's epoch that the code belongs to. Frames inside others share theirs.
    epoch: Arc<AtomicU64>,
    /// The run that the code belongs to, also inside `as(..)` in it.
    within: Option<Arc<Run>>,
}

impl Deref for Entered {
    type Target = Frame;

    fn deref(&self) -> &Frame {
        &self.frame
    }
}

/// One run of a cloud function. Whoever carries it out, on whichever thread, has the same one.
pub struct Run {
    pub invocation: Invocation,
    /// The open capabilities that the function declares, if it has a file to declare them in.
    pub permissions: Option<Vec<String>>,
    began: OnceLock<Stopwatch>,
    log: Mutex<Log>,
    /// Begun by it and neither committed nor rolled back.
    transactions: Mutex<Vec<Opened>>,
    has_ended: AtomicBool,
    /// What it may take where nobody can end it in time; 0 for what somebody can.
    limit_ms: AtomicU64,
}

#[derive(Default)]
struct Log {
    lines: Vec<LogLine>,
    bytes: usize,
    is_full: bool,
}

impl Run {
    pub fn new(invocation: Invocation, permissions: Option<Vec<String>>) -> Self {
        Self {
            invocation,
            permissions,
            began: OnceLock::new(),
            log: Mutex::default(),
            transactions: Mutex::default(),
            has_ended: AtomicBool::new(false),
            limit_ms: AtomicU64::new(0),
        }
    }

    /// The function is called now.
    pub fn begin(&self) {
        self.began.get_or_init(Stopwatch::start);
    }

    /// How long the function has run.
    pub fn duration(&self) -> Duration {
        self.began.get().map(Stopwatch::elapsed).unwrap_or_default()
    }

    /// Its time is over, or its process is gone: what it still asks for is not done, and what it
    /// left open is rolled back.
    pub fn end(&self) {
        self.has_ended.store(true, Ordering::Release);
        HAS_ENDED_RUNS.store(true, Ordering::Release);
        let open = std::mem::take(&mut *self.transactions());
        open.into_iter().for_each(Opened::roll_back);
    }

    /// It runs on the thread that is to end it, which hears of the time only when the run awaits
    /// something: whatever it asks for from now on looks at the time first.
    pub fn limit(&self, limit_ms: u64) {
        if self.limit_ms.swap(limit_ms, Ordering::AcqRel) == 0 && limit_ms > 0 {
            LIMITED_RUNS.set(LIMITED_RUNS.get() + 1);
        }
    }

    /// Its outcome is known. How long it took, if it was limited.
    pub fn settle(&self) -> Option<Duration> {
        let limit_ms = self.limit_ms.swap(0, Ordering::AcqRel);
        if limit_ms == 0 {
            return None;
        }
        LIMITED_RUNS.set(LIMITED_RUNS.get().saturating_sub(1));
        self.end_if_late(limit_ms);
        Some(self.duration())
    }

    fn end_if_late(&self, limit_ms: u64) {
        if limit_ms > 0 && self.duration() >= Duration::from_millis(limit_ms) {
            self.end();
        }
    }

    fn is_over(&self) -> bool {
        self.end_if_late(self.limit_ms.load(Ordering::Acquire));
        self.has_ended.load(Ordering::Acquire)
    }

    /// Keeps a transaction that it has begun.
    pub fn opens(&self, transaction: Opened) {
        let mut open = self.transactions();
        if self.has_ended.load(Ordering::Acquire) {
            drop(open);
            return transaction.roll_back();
        }
        open.push(transaction);
    }

    /// The end of a transaction is on its way.
    pub fn closes(&self, id: &str) {
        self.transactions().retain(|open| open.id != id);
    }

    fn transactions(&self) -> MutexGuard<'_, Vec<Opened>> {
        self.transactions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a line of its log; the last one kept says that there were more.
    pub fn print(&self, line: LogLine) {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.bytes = log.bytes.saturating_add(line.text.len());
        if log.lines.len() < LOG_LINES_MAX && log.bytes <= LOG_BYTES_MAX {
            log.lines.push(line);
        } else if !log.is_full {
            log.is_full = true;
            let text = format!(
                "[wx-server-sdk-local] the rest of this log is not kept: {LOG_LINES_MAX} lines and \
                 {LOG_BYTES_MAX} bytes of a run are"
            );
            log.lines.push(LogLine { level: "warn".to_owned(), text });
        }
    }

    /// What it has printed so far.
    pub fn log(&self) -> Vec<LogLine> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).lines.clone()
    }
}

/// One line of an invocation's log.
#[derive(Debug, Clone, PartialEq)]
pub struct LogLine {
    /// `log`, `info`, `warn`, `error` or `debug`.
    pub level: String,
    pub text: String,
}

/// Makes the storage; `require` loads Node's module.
pub fn prepare(js: Js<'_>, require: Value<'_>) -> Outcome<()> {
    if STORAGE.with_borrow(|storage| storage.is_some()) {
        return Ok(());
    }
    let hooks = js.call(require, js.undefined()?, &[js.text("async_hooks")?])?;
    let storage = js.construct(js.get(hooks, "AsyncLocalStorage")?, &[])?;
    let kept = js.keep(storage)?;
    js.at_end(forget)?;
    STORAGE.with_borrow_mut(|storage| {
        // The `require` of a test runner may have come here in between.
        storage.get_or_insert(kept);
    });
    Ok(())
}

/// Gives the storage back.
fn forget() {
    ENTERED.set(false);
    drop(ManuallyDrop::into_inner(STORAGE.take()));
}

/// Runs `work` with `frame` as its context, and everything it awaits.
pub fn enter<'s>(js: Js<'s>, frame: Frame, work: Value<'_>) -> Outcome<Value<'s>> {
    let outer = entered(js)?;
    let epoch = match &outer {
        Some(outer) if Arc::ptr_eq(&outer.frame.world, &frame.world) => Arc::clone(&outer.epoch),
        _ => Arc::new(AtomicU64::new(frame.world.epoch())),
    };
    let within = frame.run.clone().or_else(|| outer?.within.clone());
    let storage = storage(js)?;
    let run = js.get(storage, "run")?;
    let entered = js.external(Entered { frame, epoch, within })?;
    ENTERED.with(|entered| entered.set(true));
    js.call(run, storage, &[entered, work])
}

/// Runs `work`, which runs no code of the user's, in no frame.
pub fn outside<T>(js: Js<'_>, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    if !ENTERED.get() {
        return work();
    }
    let storage = storage(js)?;
    let frame = js.call(js.get(storage, "getStore")?, storage, &[])?;
    let enter = js.get(storage, "enterWith")?;
    js.call(enter, storage, &[js.undefined()?])?;
    let outcome = work();
    js.call(enter, storage, &[frame])?;
    outcome
}

/// The frame of the running code.
pub fn current(js: Js<'_>) -> Outcome<Option<Kept<Entered>>> {
    entered(js)
}

/// The run that the running code belongs to, also inside `as(..)` in it.
pub fn run_of(js: Js<'_>) -> Outcome<Option<Arc<Run>>> {
    Ok(entered(js)?.and_then(|entered| entered.within.clone()))
}

/// Whether a run may be over: any was ever [ended](Run::end), or has to look for itself.
pub fn may_be_over() -> bool {
    HAS_ENDED_RUNS.load(Ordering::Acquire) || LIMITED_RUNS.get() > 0
}

/// Whether the running code belongs to a run that was ended, or whose time is over.
pub fn is_over(js: Js<'_>) -> Outcome<bool> {
    if !may_be_over() {
        return Ok(false);
    }
    Ok(run_of(js)?.is_some_and(|run| run.is_over()))
}

/// Whether the running code began before its world was last set back: it belongs to a test that
/// has ended.
pub fn is_late(js: Js<'_>) -> Outcome<bool> {
    let late = |entered: Kept<Entered>| {
        entered.epoch.load(Ordering::Acquire) != entered.frame.world.epoch()
    };
    Ok(entered(js)?.is_some_and(late))
}

/// The running code set `world` back itself: what it does from here on is not late.
pub fn catch_up(js: Js<'_>, world: &Arc<World>) -> Outcome<()> {
    if let Some(entered) = entered(js)?
        && Arc::ptr_eq(&entered.frame.world, world)
    {
        entered.epoch.store(world.epoch(), Ordering::Release);
    }
    Ok(())
}

fn entered(js: Js<'_>) -> Outcome<Option<Kept<Entered>>> {
    if !ENTERED.with(Cell::get) {
        return Ok(None);
    }
    let storage = storage(js)?;
    let get = js.get(storage, "getStore")?;
    let held = js.call(get, storage, &[])?;
    match js.type_of(held)? {
        Type::External => js.held::<Entered>(held).map(Some),
        _ => Ok(None),
    }
}

fn storage(js: Js<'_>) -> Outcome<Value<'_>> {
    STORAGE.with_borrow(|storage| match &**storage {
        Some(storage) => js.resolve(storage),
        None => js.undefined(),
    })
}
