//! An engine over a store that this process or another one holds.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::database::Attempt;
use crate::database::Engine;
use crate::database::LocalEngine;
use crate::database::Permit;
use crate::database::Reply;
use crate::database::Request;
use crate::database::UnindexedScan;
use crate::error::{Error, ErrorKind, Result};
#[cfg(unix)]
use crate::share::client::{Client, Found};
#[cfg(unix)]
use crate::share::server::Server;
use crate::share::{Done, Open, Patience};
use crate::store::Store;

/// Serves other processes while it holds the store, and is served while another process does.
pub struct SharedEngine {
    role: Arc<Role>,
    /// Transactions with an answer to come, while another process holds them.
    in_flight: Arc<Mutex<HashSet<String>>>,
}

/// A process that holds the store holds it to its end.
#[derive(Default)]
struct Role {
    held: OnceLock<Held>,
    #[cfg(unix)]
    client: OnceLock<Arc<Client>>,
}

struct Held {
    #[cfg(unix)]
    _server: Option<Server>,
    engine: Arc<LocalEngine>,
}

/// Held from the start of an operation of a transaction until its answer is delivered.
pub struct SharedPermit(#[allow(dead_code, reason = "dropping it is its use")] PermitKind);

enum PermitKind {
    Local(#[allow(dead_code, reason = "dropping it is its use")] Permit),
    Remote { transaction: String, in_flight: Arc<Mutex<HashSet<String>>> },
}

impl Drop for PermitKind {
    fn drop(&mut self) {
        if let Self::Remote { transaction, in_flight } = self {
            in_flight.lock().unwrap_or_else(PoisonError::into_inner).remove(transaction);
        }
    }
}

impl SharedEngine {
    /// An engine of this process alone.
    pub fn alone(engine: LocalEngine) -> Self {
        let role = Arc::new(Role::default());
        role.hold(Arc::new(engine), None);
        Self { role, in_flight: Arc::default() }
    }

    /// The engine of a data directory, which other processes may use too. `patience` says how long
    /// one of those is waited for that does not answer.
    ///
    /// # Errors
    /// `StoreBusy` if a process holds the store and does not answer; else what `open` fails with.
    #[cfg(unix)]
    pub fn open(directory: PathBuf, open: Open, patience: Patience) -> Result<Self> {
        // The thread that opens stands still meanwhile.
        let first_wait = patience.silence_max / 2;
        let client = Arc::new(Client::new(directory.clone(), open, patience));
        let role = Arc::new(Role::default());
        match client.find(first_wait)? {
            Found::Held(engine) => role.hold(engine, Some(directory)),
            Found::Served { stream, process } => {
                let successor = Arc::downgrade(&role);
                client.follow(stream, process, move |engine| {
                    // Nobody needs the store any more if there is no role.
                    if let Some(role) = successor.upgrade() {
                        role.hold(engine, Some(directory));
                    }
                })?;
                // Nothing else sets it.
                let _ = role.client.set(client);
            }
        }
        Ok(Self { role, in_flight: Arc::default() })
    }

    /// The engine of a data directory. Other processes are told that the store is busy.
    #[cfg(not(unix))]
    pub fn open(_directory: PathBuf, open: Open, _patience: Patience) -> Result<Self> {
        open().map(Self::alone)
    }

    /// The engine of this process, for what only the holder of a store can do.
    ///
    /// # Errors
    /// `StoreBusy` while another process holds the store.
    pub fn local(&self) -> Result<&Arc<LocalEngine>> {
        self.role.held.get().map(|held| &held.engine).ok_or_else(|| {
            let holder = match self.holder() {
                Some(process) => format!("process {process}"),
                None => "another process".to_owned(),
            };
            Error::new(
                ErrorKind::StoreBusy,
                format!(
                    "{holder} holds the store, and only it can do this: do it there, end that \
                     process, or give this one a directory of its own (WX_LOCAL_DATA_DIR)"
                ),
            )
        })
    }

    /// The store, as [`local`](Self::local).
    pub fn store(&self) -> Result<&Store> {
        self.local().map(|engine| engine.store())
    }

    /// Whether nothing is kept on disk.
    pub fn is_memory(&self) -> bool {
        self.role.held.get().is_some_and(|held| held.engine.store().is_memory())
    }

    /// The other process that holds the store.
    pub fn holder(&self) -> Option<u32> {
        #[cfg(unix)]
        return self.role.client.get().and_then(|client| client.holder());
        #[cfg(not(unix))]
        None
    }

    /// The way to the other process that holds the store.
    #[cfg(unix)]
    pub(super) fn follower(&self) -> Option<&Arc<Client>> {
        self.role.client.get().filter(|_| self.role.held.get().is_none())
    }

    /// See [`LocalEngine::is_immediate`]. Never while another process holds the store.
    pub fn is_immediate(&self, request: &Request) -> bool {
        self.role.held.get().is_some_and(|held| held.engine.is_immediate(request))
    }

    /// See [`LocalEngine::is_quick_write`]. Never while another process holds the store.
    pub fn is_quick_write(&self, request: &Request) -> bool {
        self.role.held.get().is_some_and(|held| held.engine.is_quick_write(request))
    }

    /// See [`LocalEngine::try_execute`]. Waits for the answer while another process holds the
    /// store.
    pub fn try_execute(&self, request: Request) -> Attempt {
        match self.role.held.get() {
            Some(held) => held.engine.try_execute(request),
            None => Attempt::Done(self.execute(request)),
        }
    }

    /// See [`LocalEngine::execute_async`].
    pub fn execute_async(&self, request: Request, done: Done) {
        if let Some(held) = self.role.held.get() {
            return held.engine.execute_async(request, done);
        }
        #[cfg(unix)]
        if let Some(client) = self.role.client.get() {
            return client.send(request, done);
        }
        done(Err(Error::new(ErrorKind::Internal, "the store has no holder")));
    }

    /// See [`LocalEngine::take_unindexed_scans`]. Only the holder of the store knows of any.
    pub fn take_unindexed_scans(&self, env: &str, collection: &str) -> Vec<UnindexedScan> {
        let held = self.role.held.get();
        held.map(|held| held.engine.take_unindexed_scans(env, collection)).unwrap_or_default()
    }

    /// See [`LocalEngine::permit`].
    pub fn permit(&self, env: &str, transaction: &str) -> Result<SharedPermit> {
        if let Some(held) = self.role.held.get() {
            return held.engine.permit(env, transaction).map(PermitKind::Local).map(SharedPermit);
        }
        let mut in_flight = self.in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        if !in_flight.insert(transaction.to_owned()) {
            return Err(Error::new(ErrorKind::TransactionBusy, "Transaction is busy"));
        }
        let (transaction, in_flight) = (transaction.to_owned(), Arc::clone(&self.in_flight));
        Ok(SharedPermit(PermitKind::Remote { transaction, in_flight }))
    }
}

impl Engine for SharedEngine {
    fn execute(&self, request: Request) -> Result<Reply> {
        if let Some(held) = self.role.held.get() {
            return held.engine.execute(request);
        }
        let (sender, receiver) = channel();
        let done = move |outcome| {
            // The receiver waits below.
            let _ = sender.send(outcome);
        };
        self.execute_async(request, Box::new(done));
        receiver
            .recv()
            .unwrap_or_else(|_| Err(Error::new(ErrorKind::Internal, "a request was given up")))
    }
}

impl Role {
    #[cfg(unix)]
    fn hold(&self, engine: Arc<LocalEngine>, shared_in: Option<PathBuf>) {
        let server = shared_in.map(|directory| Server::start(Arc::clone(&engine), directory));
        // Nobody holds a store twice.
        let _ = self.held.set(Held { _server: server, engine });
    }

    #[cfg(not(unix))]
    fn hold(&self, engine: Arc<LocalEngine>, _shared_in: Option<PathBuf>) {
        let _ = self.held.set(Held { engine });
    }
}

#[cfg(unix)]
impl Drop for Role {
    fn drop(&mut self) {
        if let Some(client) = self.client.get() {
            client.close();
        }
    }
}
