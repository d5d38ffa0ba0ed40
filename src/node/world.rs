//! One world: a store with its engine, files, functions, clock and caller.
//!
//! The program has one world per data directory. Under a test runner each realm, and so each test
//! file, has one of its own in memory.

mod ending;
mod opening;
mod points;
mod recover;
mod setup;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, Weak};
use std::time::Duration;

use crate::clock::{Clock, Entropy};
use crate::cloud::calls::{CallLog, json_bytes};
use crate::cloud::container::Target;
use crate::cloud::files::FileStore;
use crate::cloud::functions::{FunctionDefinition, OpenData, Project, not_found};
use crate::cloud::latest::Latest;
use crate::cloud::open_api::PayBook;
use crate::cloud::{EngineRecords, Identity};
use crate::error::Result;
use crate::node::context::LogLine;
use crate::node::fault::{Fault, Met};
use crate::node::progress::Progress;
use crate::node::requests::RequestLog;
use crate::node::surroundings::Surroundings;
use crate::sdk::context::EnvsGiven;
use crate::share::{SharedEngine, SharedMark};
use crate::store::Durability;

pub use ending::rest_at_end;
pub use recover::recover;

/// The environment of requests that name none.
pub const DEFAULT_ENV: &str = "local";

/// Runs and diagnostics kept. Ours.
const RECORDS_MAX: usize = 10_000;

/// Bytes of the events, logs and answers of runs kept. Ours.
const INVOCATION_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Everything one set of data needs. Opened at its first use: loading the package touches no disk.
pub struct World {
    /// Tells worlds of one process apart.
    pub id: String,
    pub clock: Arc<Clock>,
    pub entropy: Arc<Entropy>,
    pub calls: CallLog,
    pub open_data: OpenData,
    pub pay_book: PayBook,
    pub requests: RequestLog,
    pub envs_given: EnvsGiven,
    pub progress: Progress,
    pub settings: WorldSettings,
    /// The caller of code that runs outside any invocation.
    caller: RwLock<Identity>,
    functions: Mutex<FunctionSources>,
    faults: Mutex<Vec<Fault>>,
    invocations: Mutex<Latest<InvocationRecord>>,
    diagnostics: Mutex<Vec<Diagnostic>>,
    /// Diagnostics that were printed, by their name and place: not again after a reset.
    printed: Mutex<HashSet<(String, String)>>,
    prints_logs: AtomicBool,
    /// Nothing is kept on disk, whatever the settings say.
    in_memory: AtomicBool,
    /// Grows whenever the data is set back.
    epoch: AtomicU64,
    /// Held by work that changes files; whoever sets the data back waits for it.
    pub files_at_work: RwLock<()>,
    /// What `reset` comes back to.
    baseline: Mutex<Option<SharedMark>>,
    /// In memory: what the data was opened with.
    first: Mutex<Option<SharedMark>>,
    opened: OnceLock<Result<Opened>>,
    /// One attempt to open it at a time.
    opening: Mutex<()>,
}

/// What stands behind a service of cloud hosting.
#[derive(Clone)]
pub enum Route {
    Server(Target),
    /// A function of the test, which its script has.
    Function,
}

/// Where functions come from.
#[derive(Clone, Default)]
struct FunctionSources {
    project: Option<Project>,
    /// Names of functions that a test registered.
    registered: HashSet<String>,
    /// Services of cloud hosting that a test routed: to a server, or to a function of its own.
    containers: HashMap<String, Route>,
}

/// One run of a function that has ended.
#[derive(Debug, Clone)]
pub struct InvocationRecord {
    pub function: String,
    pub request_id: String,
    pub source: Option<String>,
    pub openid: Option<String>,
    /// 1 for a function called from outside.
    pub depth: usize,
    pub event: serde_json::Value,
    pub duration: Duration,
    pub log: Vec<LogLine>,
    /// The answer as JSON text, or what the caller was told.
    pub answer: std::result::Result<String, String>,
}

impl InvocationRecord {
    /// What keeping it takes, about: its texts.
    fn bytes(&self) -> usize {
        let answer = match &self.answer {
            Ok(text) | Err(text) => text.len(),
        };
        let log: usize = self.log.iter().map(|line| line.text.len()).sum();
        self.function.len() + json_bytes(&self.event) + log + answer
    }
}

/// A pitfall that was met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub name: String,
    pub text: String,
    /// The line of the program, as in a stack.
    pub site: String,
}

impl Diagnostic {
    /// What tells it from others of its name. What is found out when the call is long over has no
    /// place; its text tells it apart.
    fn place(&self) -> &str {
        if self.site.is_empty() { &self.text } else { &self.site }
    }

    /// As it is printed.
    pub fn line(&self) -> String {
        let Self { name, text, site } = self;
        let place = if site.is_empty() { String::new() } else { format!("\n    {site}") };
        format!("[wx-server-sdk-local] {name}: {text}{place}")
    }
}

struct Opened {
    /// What is still to be told of how it was opened.
    notice: Mutex<Option<String>>,
    has_notice: AtomicBool,
    engine: Arc<SharedEngine>,
    files: Arc<FileStore>,
    records: Arc<EngineRecords>,
}

/// What the surroundings say about a world.
#[derive(Debug, Clone, PartialEq)]
pub struct WorldSettings {
    /// `None`: in memory.
    pub directory: Option<PathBuf>,
    pub durability: Durability,
    pub strict: bool,
    pub diagnostics: bool,
    /// Silence of another process that holds the data after which calls are given up.
    pub holder_timeout: Duration,
    /// Whether an undeclared open capability is refused, and not only told of.
    pub enforces_permissions: bool,
    /// Where the functions are, if said.
    pub functions: Option<PathBuf>,
    /// The default caller, if said.
    pub openid: Option<String>,
    /// Where the project's `project.config.json` lies, else the working directory.
    pub project: PathBuf,
}

/// Worlds on disk, found by their canonical directory.
static ON_DISK: Mutex<Option<HashMap<PathBuf, Weak<World>>>> = Mutex::new(None);

impl World {
    pub fn new(settings: WorldSettings) -> Arc<Self> {
        let seed = settings.project.file_name().map(|name| name.to_string_lossy().into_owned());
        let entropy = Arc::new(Entropy::system());
        let mut caller = Identity::default_user(seed.as_deref().unwrap_or(DEFAULT_ENV));
        if let Some(openid) = &settings.openid {
            caller.openid = Some(openid.clone());
        }
        Arc::new(Self {
            id: format!("{:016x}", entropy.next_u64()),
            clock: Arc::new(Clock::system()),
            entropy,
            calls: CallLog::default(),
            open_data: OpenData::default(),
            pay_book: PayBook::default(),
            requests: RequestLog::default(),
            envs_given: EnvsGiven::default(),
            progress: Progress::default(),
            caller: RwLock::new(caller),
            functions: Mutex::default(),
            faults: Mutex::default(),
            invocations: Mutex::new(Latest::new(RECORDS_MAX, INVOCATION_BYTES_MAX)),
            diagnostics: Mutex::default(),
            printed: Mutex::default(),
            prints_logs: AtomicBool::new(true),
            in_memory: AtomicBool::new(false),
            epoch: AtomicU64::new(0),
            files_at_work: RwLock::default(),
            baseline: Mutex::default(),
            first: Mutex::default(),
            settings,
            opened: OnceLock::new(),
            opening: Mutex::new(()),
        })
    }

    /// The world that a program in the given surroundings works in.
    pub fn of_surroundings(surroundings: &Surroundings) -> Arc<Self> {
        let settings = surroundings.settings();
        let Some(directory) = settings.directory.clone() else { return Self::new(settings) };
        let key = canonical(&directory);
        let mut worlds = ON_DISK.lock().unwrap_or_else(PoisonError::into_inner);
        let worlds = worlds.get_or_insert_default();
        worlds.retain(|_, world| world.strong_count() > 0);
        if let Some(world) = worlds.get(&key).and_then(Weak::upgrade) {
            return world;
        }
        let world = Self::new(settings);
        worlds.insert(key, Arc::downgrade(&world));
        world
    }

    pub fn caller(&self) -> Identity {
        self.caller.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn set_caller(&self, caller: Identity) {
        *self.caller.write().unwrap_or_else(PoisonError::into_inner) = caller;
    }

    /// An id in the form of the service's: a UUID.
    pub fn request_id(&self) -> String {
        let (high, low) = (self.entropy.next_u64(), self.entropy.next_u64());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xFFFF,
            high & 0xFFF,
            0x8000 | (low >> 48 & 0x3FFF),
            low & 0xFFFF_FFFF_FFFF
        )
    }

    // ---- functions ---------------------------------------------------------------------------

    fn sources(&self) -> MutexGuard<'_, FunctionSources> {
        self.functions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn is_registered(&self, name: &str) -> bool {
        self.sources().registered.contains(name)
    }

    pub fn register(&self, name: &str) {
        self.sources().registered.insert(name.to_owned());
    }

    /// From now on a service is a server, a function of the test, or nothing.
    pub fn route(&self, service: &str, route: Option<Route>) {
        let mut sources = self.sources();
        match route {
            Some(route) => sources.containers.insert(service.to_owned(), route),
            None => sources.containers.remove(service),
        };
    }

    /// Where a service is, if it was routed.
    pub fn container(&self, service: &str) -> Option<Route> {
        self.sources().containers.get(service).cloned()
    }

    /// From now on functions come from this directory.
    pub fn use_functions(&self, directory: &Path) -> Result<()> {
        let project = Project::at(directory)?;
        self.sources().project = Some(project);
        Ok(())
    }

    /// Functions come from where those of `other` come from.
    pub fn inherit_functions(&self, other: &Self) {
        let inherited = other.sources().clone();
        *self.sources() = inherited;
    }

    fn forget_functions(&self) {
        *self.sources() = FunctionSources::default();
    }

    /// The function of that name, as it is on disk now.
    pub fn function(&self, name: &str) -> Result<FunctionDefinition> {
        self.project()?.ok_or_else(not_found)?.function(name)
    }

    /// What there is instead of a function that was not found.
    pub fn known_functions(&self, missing: &str) -> String {
        let project = self.project().ok().flatten();
        let place = match &project {
            Some(project) => format!(" in {}", project.functions_root.display()),
            None => ", and no directory of functions was found: name it with functions.use() in a \
                     test, or with --functions-dir"
                .to_owned(),
        };
        let mut names: BTreeSet<String> = self.sources().registered.iter().cloned().collect();
        names.extend(project.and_then(|project| project.names().ok()).into_iter().flatten());
        let known = if names.is_empty() {
            String::new()
        } else {
            format!("; there is {}", Vec::from_iter(names).join(", "))
        };
        format!("there is no function '{missing}'{place}{known}")
    }

    /// The project around the working directory, or the one that was chosen.
    pub fn project(&self) -> Result<Option<Project>> {
        let mut sources = self.sources();
        if sources.project.is_none() {
            sources.project = match &self.settings.functions {
                Some(directory) => Some(Project::at(directory)?),
                None => Project::discover(&self.settings.project)?,
            };
        }
        Ok(sources.project.clone())
    }

    // ---- what happened -----------------------------------------------------------------------

    pub fn record_invocation(&self, record: InvocationRecord) {
        let bytes = record.bytes();
        self.ended().push(record, bytes);
    }

    /// The runs that have ended and were not taken, oldest first.
    pub fn invocations(&self) -> Vec<InvocationRecord> {
        self.ended().iter().cloned().collect()
    }

    /// The runs that ended since the last call, oldest first.
    pub fn take_invocations(&self) -> Vec<InvocationRecord> {
        self.ended().take()
    }

    fn ended(&self) -> MutexGuard<'_, Latest<InvocationRecord>> {
        self.invocations.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a diagnostic, unless it is known.
    pub fn note(&self, found: &Diagnostic) {
        let mut diagnostics = self.diagnostics.lock().unwrap_or_else(PoisonError::into_inner);
        let is_known = diagnostics
            .iter()
            .any(|known| known.name == found.name && known.place() == found.place());
        if !is_known && diagnostics.len() < RECORDS_MAX {
            diagnostics.push(found.clone());
        }
    }

    /// Whether a diagnostic is to be printed: its place in the program is new.
    pub fn prints(&self, found: &Diagnostic) -> bool {
        let mut printed = self.printed.lock().unwrap_or_else(PoisonError::into_inner);
        printed.len() < RECORDS_MAX
            && printed.insert((found.name.clone(), found.place().to_owned()))
    }

    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        self.diagnostics.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether what a function prints goes to the console as well as to its log.
    pub fn prints_logs(&self) -> bool {
        self.prints_logs.load(Ordering::Relaxed)
    }

    pub fn set_prints_logs(&self, prints: bool) {
        self.prints_logs.store(prints, Ordering::Relaxed);
    }

    pub fn inject_fault(&self, fault: Fault) {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).push(fault);
    }

    pub fn clear_faults(&self) {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// What a test wants `api` to meet now.
    pub fn injected_fault(&self, api: &str) -> Option<Met> {
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let at = faults.iter().position(|fault| fault.applies_to(api))?;
        let fault = faults.get_mut(at)?;
        let met = fault.met_by(api);
        if let Some(times) = &mut fault.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                faults.remove(at);
            }
        }
        Some(met)
    }
}

/// The directory's one true name, also when it does not exist yet.
fn canonical(directory: &Path) -> PathBuf {
    directory.canonicalize().unwrap_or_else(|_| {
        match (directory.parent().map(Path::canonicalize), directory.file_name()) {
            (Some(Ok(parent)), Some(name)) => parent.join(name),
            _ => directory.to_path_buf(),
        }
    })
}
