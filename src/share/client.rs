//! The follower's side: requests to whoever holds the store, until this process holds it itself.
//!
//! Requests wait in a table until they are answered. When the connection is lost, they are sent
//! again to the next holder, or executed here if that is this process: a write that was stored
//! has a receipt, so it is not stored twice. What belongs to a transaction fails, because the
//! transaction went with its holder.

use std::collections::BTreeMap;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::Entropy;
use crate::clock::Stopwatch;
use crate::database::Command;
use crate::database::LocalEngine;
use crate::database::Request;
use crate::error::{Error, ErrorKind, Result};
use crate::share::Done;
use crate::share::Open;
use crate::share::Patience;
use crate::share::endpoint::Endpoint;
use crate::share::holder::described;
use crate::share::wire::{
    Answer, FRAME_BYTES_MAX, HELLO_BYTES_MAX, Hello, Question, VERSION, Welcome, read_frame,
    write_frame,
};

/// Between two looks for a holder. Several processes look at once after one has died.
const LOOK_INTERVAL: Duration = Duration::from_millis(5);

/// The holder's part of greeting: it may be busy, but somebody who answers nothing is no holder.
const GREETING_PATIENCE: Duration = Duration::from_secs(1);

/// Who holds the store, from one process's view.
pub enum Found {
    /// This process does.
    Held(Arc<LocalEngine>),
    /// Another does, at the end of this connection.
    Served { stream: UnixStream, process: u32 },
}

/// One process's requests to the others.
pub struct Client {
    id: u64,
    directory: PathBuf,
    open: Open,
    pub(super) patience: Patience,
    state: Mutex<State>,
    /// Notified when a request begins to wait, and when the watch is to look again.
    pub(super) asked: Condvar,
}

pub(super) struct State {
    next: u64,
    pub(super) pending: BTreeMap<u64, Pending>,
    /// To the thread that writes; `None` between two holders.
    outgoing: Option<Sender<Arc<[u8]>>>,
    stream: Option<UnixStream>,
    /// The process at the other end, as long as known.
    pub(super) holder: Option<u32>,
    pub(super) held: Option<Arc<LocalEngine>>,
    pub(super) closed: bool,
}

impl State {
    /// Takes the unanswered requests that are chosen off the table, in order.
    fn take(&mut self, is_chosen: impl Fn(&Pending) -> bool) -> Vec<Pending> {
        let chosen = |(number, pending): (&u64, &Pending)| is_chosen(pending).then_some(*number);
        let numbers: Vec<u64> = self.pending.iter().filter_map(chosen).collect();
        numbers.iter().filter_map(|number| self.pending.remove(number)).collect()
    }
}

pub(super) struct Pending {
    question: Question,
    frame: Arc<[u8]>,
    pub(super) since: Stopwatch,
    done: Done,
}

impl Pending {
    /// Whether what was asked went with the holder it was sent to.
    fn dies_with_its_holder(&self) -> bool {
        let request = &self.question.request;
        // A commit has a receipt if it was stored.
        request.transaction.is_some() && !matches!(request.command, Command::CommitTransaction)
    }
}

impl Client {
    pub fn new(directory: PathBuf, open: Open, patience: Patience) -> Self {
        let state = State {
            next: 1,
            pending: BTreeMap::new(),
            outgoing: None,
            stream: None,
            holder: None,
            held: None,
            closed: false,
        };
        let (id, state) = (Entropy::system().next_u64(), Mutex::new(state));
        Self { id, directory, open, patience, state, asked: Condvar::new() }
    }

    pub fn holder(&self) -> Option<u32> {
        self.state().holder
    }

    /// Sends a request; `done` is called on another thread. It comes back when this process holds
    /// the store by now.
    pub fn send(&self, request: Request, done: Done) {
        let mut state = self.state();
        if let Some(engine) = state.held.clone() {
            drop(state);
            return engine.execute_async(request, done);
        }
        let number = state.next;
        let answered_below = state.pending.keys().next().copied().unwrap_or(number);
        let question = Question { number, answered_below, request };
        let frame: Arc<[u8]> = match question.encode() {
            Ok(frame) => frame.into(),
            Err(error) => {
                drop(state);
                return done(Err(error));
            }
        };
        state.next += 1;
        if let Some(outgoing) = &state.outgoing {
            // A lost connection is noticed by who reads from it, and everything is sent again.
            let _ = outgoing.send(Arc::clone(&frame));
        }
        let since = Stopwatch::start();
        let was_empty = state.pending.is_empty();
        state.pending.insert(number, Pending { question, frame, since, done });
        if was_empty {
            self.asked.notify_all();
        }
    }

    /// Opens the store or connects to its holder, whichever comes first.
    pub fn find(&self, patience: Duration) -> Result<Found> {
        let since = Stopwatch::start();
        let mut is_told = false;
        loop {
            match (self.open)() {
                Err(error) if error.kind() == ErrorKind::StoreBusy => {}
                outcome => return outcome.map(|engine| Found::Held(Arc::new(engine))),
            }
            match self.connect() {
                Ok((stream, process)) => return Ok(Found::Served { stream, process }),
                Err(_) if since.elapsed() < patience && !self.state().closed => {
                    if since.elapsed() >= self.patience.notice_after() && !is_told {
                        self.tell_waiting();
                        is_told = true;
                    }
                    std::thread::sleep(LOOK_INTERVAL);
                }
                Err(error) => return Err(unreachable(&self.directory, &error)),
            }
        }
    }

    /// Greets the holder; it answers within a second, unless it does not run.
    pub(super) fn connect(&self) -> std::io::Result<(UnixStream, u32)> {
        let endpoint = Endpoint::read(&self.directory)?;
        let mut stream = endpoint.connect()?;
        stream.set_read_timeout(Some(GREETING_PATIENCE))?;
        let hello = Hello { version: VERSION, token: endpoint.token, client: self.id };
        write_frame(&mut stream, &hello.encode())?;
        let frame = read_frame(&mut stream, HELLO_BYTES_MAX)?;
        let welcome = Welcome::decode(&frame).map_err(std::io::Error::other)?;
        stream.set_read_timeout(None)?;
        Ok((stream, welcome.process))
    }

    /// Follows whoever holds the store until this process does, which `take_over` is told.
    pub fn follow(
        self: &Arc<Self>,
        stream: UnixStream,
        process: u32,
        take_over: impl FnOnce(Arc<LocalEngine>) + Send + 'static,
    ) -> Result<()> {
        self.attach(stream.try_clone().map_err(|error| no_thread(&error))?, process)?;
        let client = Arc::clone(self);
        let thread = std::thread::Builder::new().name("wx-local-follow".to_owned());
        thread.spawn(move || client.run(stream, take_over)).map_err(|error| no_thread(&error))?;
        let client = Arc::clone(self);
        let thread = std::thread::Builder::new().name("wx-local-watch".to_owned());
        thread.spawn(move || client.watch()).map_err(|error| no_thread(&error))?;
        Ok(())
    }

    fn run(self: Arc<Self>, mut stream: UnixStream, take_over: impl FnOnce(Arc<LocalEngine>)) {
        loop {
            self.receive(&stream);
            if !self.detach() {
                return;
            }
            match self.find_again() {
                None => return,
                Some(Found::Held(engine)) => {
                    take_over(Arc::clone(&engine));
                    return self.execute_here(&engine);
                }
                Some(Found::Served { stream: next, process }) => {
                    let attached = next.try_clone().map_err(|error| no_thread(&error));
                    // Otherwise the next reading ends at once, and it begins anew.
                    if attached.and_then(|copy| self.attach(copy, process)).is_err() {
                        let _ = next.shutdown(Shutdown::Both);
                    }
                    stream = next;
                }
            }
        }
    }

    /// Delivers answers until the connection is lost.
    fn receive(&self, mut stream: &UnixStream) {
        while let Ok(frame) = read_frame(&mut stream, FRAME_BYTES_MAX) {
            let Ok(answer) = Answer::decode(&frame) else { return };
            let answered = self.state().pending.remove(&answer.number);
            if let Some(answered) = answered {
                (answered.done)(answer.outcome);
            }
        }
    }

    /// Sends over this connection from now on, first what is unanswered.
    fn attach(&self, stream: UnixStream, process: u32) -> Result<()> {
        let (sender, receiver) = channel::<Arc<[u8]>>();
        let mut writing = stream.try_clone().map_err(|error| no_thread(&error))?;
        let thread = std::thread::Builder::new().name("wx-local-ask".to_owned());
        thread
            .spawn(move || {
                while let Ok(frame) = receiver.recv() {
                    if write_frame(&mut writing, &frame).is_err() {
                        // Wakes whoever reads from it.
                        let _ = writing.shutdown(Shutdown::Both);
                        return;
                    }
                }
            })
            .map_err(|error| no_thread(&error))?;
        let mut state = self.state();
        for pending in state.pending.values() {
            // As in `send`.
            let _ = sender.send(Arc::clone(&pending.frame));
        }
        if state.closed {
            let _ = stream.shutdown(Shutdown::Both);
        }
        state.outgoing = Some(sender);
        state.stream = Some(stream);
        state.holder = Some(process);
        Ok(())
    }

    /// Gives up the connection, and what went with the holder; returns whether to look for
    /// another one.
    fn detach(&self) -> bool {
        let mut state = self.state();
        state.outgoing = None;
        state.stream = None;
        state.holder = None;
        let gone = state.take(Pending::dies_with_its_holder);
        let closed = state.closed;
        drop(state);
        for pending in gone {
            (pending.done)(Err(Error::new(
                ErrorKind::TransactionNotFound,
                "Transaction does not exist on the server: the process that held the store, and \
                 the transaction with it, has ended",
            )));
        }
        !closed
    }

    /// Gives up a holder that does not answer: what was asked of it fails, and it may do it still.
    pub(super) fn give_up(&self, process: u32) {
        let mut state = self.state();
        let unanswered = std::mem::take(&mut state.pending);
        if let Some(stream) = &state.stream {
            // The one who reads from it looks for another holder, or for this one again.
            let _ = stream.shutdown(Shutdown::Both);
        }
        drop(state);
        let holder = described(process.into());
        for (_, pending) in unanswered {
            let error = no_answer(&pending.question.request, &holder);
            (pending.done)(Err(error));
        }
    }

    /// As [`find`](Self::find), for as long as it takes; requests that have waited too long fail.
    fn find_again(&self) -> Option<Found> {
        let mut is_told = false;
        loop {
            let error = match self.find(Duration::from_millis(100)) {
                Ok(found) => return Some(found),
                Err(error) => error,
            };
            let mut state = self.state();
            // A store that does not open will not open for the next request either.
            let lasting = error.kind() != ErrorKind::StoreBusy;
            let (most, notice) = (self.patience.silence_max, self.patience.notice_after());
            let failed = state.take(|pending| lasting || pending.since.elapsed() >= most);
            let is_late = |pending: &Pending| pending.since.elapsed() >= notice;
            let is_to_be_told = !is_told && state.pending.values().any(is_late);
            let closed = state.closed;
            drop(state);
            if is_to_be_told {
                self.tell_waiting();
                is_told = true;
            }
            for pending in failed {
                (pending.done)(Err(error.clone()));
            }
            if closed {
                return None;
            }
            if lasting {
                std::thread::sleep(LOOK_INTERVAL);
            }
        }
    }

    /// Tells whom this waits for, where that is known.
    fn tell_waiting(&self) {
        if let Ok(endpoint) = Endpoint::read(&self.directory) {
            self.tell_of(endpoint.process);
        }
    }

    /// Tells of a holder that is waited for.
    pub(super) fn tell_of(&self, process: i64) {
        let (directory, holder) = (self.directory.display(), described(process));
        (self.patience.tell)(&format!("waiting for the data in '{directory}': {holder}"));
    }

    /// Executes what is unanswered with the engine that this process has by now.
    fn execute_here(&self, engine: &Arc<LocalEngine>) {
        loop {
            let mut state = self.state();
            let Some((_, pending)) = state.pending.pop_first() else {
                // Under the lock: later requests find the engine.
                state.held = Some(Arc::clone(engine));
                self.asked.notify_all();
                return;
            };
            drop(state);
            let Pending { question, done, .. } = pending;
            engine.execute_repeatable(question.id(self.id), question.request, done);
        }
    }

    /// Ends the following; unanswered requests fail.
    pub fn close(&self) {
        let mut state = self.state();
        state.closed = true;
        state.held = None;
        state.outgoing = None;
        if let Some(stream) = state.stream.take() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        let pending = std::mem::take(&mut state.pending);
        drop(state);
        self.asked.notify_all();
        for (_, pending) in pending {
            (pending.done)(Err(Error::new(ErrorKind::StoreBusy, "the store was closed meanwhile")));
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unreachable(directory: &Path, error: &std::io::Error) -> Error {
    let holder = Endpoint::read(directory)
        .map(|endpoint| format!("; as announced, {}", described(endpoint.process)))
        .unwrap_or_default();
    Error::new(
        ErrorKind::StoreBusy,
        format!(
            "the store in '{}' is held by a process that does not serve it ({error}){holder}",
            directory.display()
        ),
    )
}

/// A request that was sent to a holder which does not run.
fn no_answer(request: &Request, holder: &str) -> Error {
    let is_write =
        request.command.is_write() || matches!(request.command, Command::CommitTransaction);
    let outcome = if is_write {
        "whether this was stored is not known, it may be once the process goes on: look before you \
         try again"
    } else {
        "nothing was read"
    };
    Error::new(
        ErrorKind::StoreBusy,
        format!("the process that holds the data does not answer: {holder}; {outcome}"),
    )
}

fn no_thread(error: &std::io::Error) -> Error {
    Error::new(ErrorKind::Storage, format!("the store cannot be shared: {error}"))
}
