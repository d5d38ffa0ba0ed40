//! The holder's side: other processes' requests, executed by this one's engine.
//!
//! Threads of its own throughout, so that a process whose JavaScript is busy, or stopped at a
//! breakpoint, still serves the others. None of them keeps a process alive.

use std::collections::{HashMap, HashSet};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::database::Command;
use crate::database::Engine;
use crate::database::LocalEngine;
use crate::database::Reply;
use crate::database::Request;
use crate::database::Upkeep;
use crate::error::Result;
use crate::limits::{SHARE_BACKLOG_BYTES_MAX, SHARE_CLIENTS_MAX};
use crate::share::endpoint::Endpoint;
use crate::share::wire::{
    Answer, FRAME_BYTES_MAX, HELLO_BYTES_MAX, Hello, Question, VERSION, Welcome, read_frame,
    write_frame,
};

/// How long somebody who connects may take to show the token.
const HELLO_PATIENCE: Duration = Duration::from_secs(1);

/// Serves until it is dropped.
pub struct Server(Arc<Shared>);

struct Shared {
    stopped: AtomicBool,
    endpoint: Mutex<Option<Endpoint>>,
    clients: Mutex<Clients>,
}

#[derive(Default)]
struct Clients {
    streams: HashMap<u64, UnixStream>,
    next: u64,
    progress: HashMap<u64, Arc<Progress>>,
}

/// The number below which a client has all its answers. A connection that the client has given up
/// may still hold older requests, whose receipts are gone: they must not be executed again.
type Progress = Mutex<u64>;

impl Server {
    /// Begins to serve; what that takes happens on a thread. A directory in which no socket can
    /// be made is not shared, and the others are told that the store is busy.
    pub fn start(engine: Arc<LocalEngine>, directory: PathBuf) -> Self {
        let shared = Arc::new(Shared {
            stopped: AtomicBool::new(false),
            endpoint: Mutex::default(),
            clients: Mutex::default(),
        });
        let serving = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("wx-local-share".to_owned());
        let started = thread.spawn(move || match Endpoint::announce(&directory) {
            Ok((listener, endpoint)) => serving.serve(&listener, endpoint, &engine),
            Err(error) => tracing::warn!("the store cannot be shared: {error}"),
        });
        if let Err(error) = started {
            tracing::warn!("the store cannot be shared: {error}");
        }
        Self(shared)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.0.stopped.store(true, Ordering::SeqCst);
        let endpoint = lock(&self.0.endpoint).take();
        if let Some(endpoint) = endpoint {
            // Wakes whoever accepts; a failure means that nobody does.
            let _ = endpoint.connect();
            endpoint.withdraw();
        }
        for stream in lock(&self.0.clients).streams.values() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Shared {
    fn serve(
        self: &Arc<Self>,
        listener: &UnixListener,
        endpoint: Endpoint,
        engine: &Arc<LocalEngine>,
    ) {
        let token: Arc<[u8]> = endpoint.token.clone().into();
        *lock(&self.endpoint) = Some(endpoint);
        if let Err(error) = engine.remove_old_receipts() {
            tracing::warn!("old receipts stay: {error}");
        }
        while !self.stopped.load(Ordering::SeqCst) {
            let Ok((stream, _)) = listener.accept() else {
                // Out of descriptors, most likely: some are closed before long.
                std::thread::sleep(Duration::from_millis(20));
                continue;
            };
            let Some(place) = self.admit(&stream) else { continue };
            let (shared, engine, token) =
                (Arc::clone(self), Arc::clone(engine), Arc::clone(&token));
            let thread = std::thread::Builder::new().name("wx-local-client".to_owned());
            let started = thread.spawn(move || {
                if let Some(client) = greet(&stream, &token) {
                    let progress = shared.progress_of(client);
                    attend(&stream, client, &engine, &progress);
                    drop(progress);
                    shared.forget(client);
                }
                lock(&shared.clients).streams.remove(&place);
                let _ = stream.shutdown(Shutdown::Both);
            });
            if started.is_err() {
                lock(&self.clients).streams.remove(&place);
            }
        }
        if let Some(endpoint) = lock(&self.endpoint).take() {
            endpoint.withdraw();
        }
    }

    fn progress_of(&self, client: u64) -> Arc<Progress> {
        Arc::clone(lock(&self.clients).progress.entry(client).or_default())
    }

    /// Forgets a client of which this was the last connection.
    fn forget(&self, client: u64) {
        let progress = &mut lock(&self.clients).progress;
        if progress.get(&client).is_some_and(|progress| Arc::strong_count(progress) == 1) {
            progress.remove(&client);
        }
    }

    /// A place among the clients, unless there are too many or the server has stopped.
    fn admit(&self, stream: &UnixStream) -> Option<u64> {
        let mut clients = lock(&self.clients);
        if clients.streams.len() >= SHARE_CLIENTS_MAX || self.stopped.load(Ordering::SeqCst) {
            return None;
        }
        let copy = stream.try_clone().ok()?;
        let place = clients.next;
        clients.next += 1;
        clients.streams.insert(place, copy);
        Some(place)
    }
}

/// The client that shows the token.
fn greet(mut stream: &UnixStream, token: &[u8]) -> Option<u64> {
    stream.set_read_timeout(Some(HELLO_PATIENCE)).ok()?;
    let frame = read_frame(&mut stream, HELLO_BYTES_MAX).ok()?;
    let hello = Hello::decode(&frame).ok()?;
    if hello.version != VERSION || !is_same(&hello.token, token) {
        return None;
    }
    stream.set_read_timeout(None).ok()?;
    write_frame(&mut stream, &Welcome { process: std::process::id() }.encode()).ok()?;
    Some(hello.client)
}

/// Compares in a time that does not tell where two tokens differ.
fn is_same(given: &[u8], token: &[u8]) -> bool {
    let difference = given.iter().zip(token).fold(0, |all, (a, b)| all | (a ^ b));
    given.len() == token.len() && difference == 0
}

/// Answers on their way to one client.
struct Outbox {
    frames: Mutex<Option<Sender<Vec<u8>>>>,
    backlog: Mutex<usize>,
    shrunk: Condvar,
    /// Open transactions of the client, with their environments.
    transactions: Mutex<HashMap<String, String>>,
    /// Points in time that are kept for the client.
    marks: Mutex<HashSet<u64>>,
}

impl Outbox {
    fn send(&self, frame: Vec<u8>) {
        *lock(&self.backlog) += frame.len();
        if let Some(frames) = &*lock(&self.frames) {
            // The client is gone when nobody receives.
            let _ = frames.send(frame);
        }
    }

    /// Waits until the client has read enough of what it asked for.
    fn wait_for_room(&self) {
        let mut backlog = lock(&self.backlog);
        while *backlog > SHARE_BACKLOG_BYTES_MAX {
            backlog = self.shrunk.wait(backlog).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn write_all(&self, frames: &Receiver<Vec<u8>>, mut stream: &UnixStream) {
        let mut broken = false;
        while let Ok(frame) = frames.recv() {
            if !broken && write_frame(&mut stream, &frame).is_err() {
                broken = true;
                let _ = stream.shutdown(Shutdown::Both);
            }
            let mut backlog = lock(&self.backlog);
            *backlog = backlog.saturating_sub(frame.len());
            drop(backlog);
            self.shrunk.notify_all();
        }
    }
}

/// Executes what a client asks until it goes away, and ends its transactions then.
fn attend(stream: &UnixStream, client: u64, engine: &Arc<LocalEngine>, progress: &Progress) {
    let (sender, receiver) = channel();
    let outbox = Arc::new(Outbox {
        frames: Mutex::new(Some(sender)),
        backlog: Mutex::default(),
        shrunk: Condvar::new(),
        transactions: Mutex::default(),
        marks: Mutex::default(),
    });
    let Ok(writing) = stream.try_clone() else { return };
    let writer = Arc::clone(&outbox);
    let thread = std::thread::Builder::new().name("wx-local-answer".to_owned());
    if thread.spawn(move || writer.write_all(&receiver, &writing)).is_err() {
        return;
    }
    let mut reading = stream;
    while let Ok(frame) = read_frame(&mut reading, FRAME_BYTES_MAX) {
        let question = match Question::decode(&frame) {
            Ok(question) => question,
            // Whoever is only cut off asks again.
            Err(error) => match Question::number_of(&frame) {
                Some(number) => {
                    outbox.send(Answer { number, outcome: Err(error) }.encode());
                    continue;
                }
                None => break,
            },
        };
        {
            let mut answered_below = lock(progress);
            *answered_below = question.answered_below.max(*answered_below);
            if question.number >= *answered_below {
                execute(question, client, engine, &outbox);
            }
        }
        outbox.wait_for_room();
    }
    // Nothing is sent any more, and the thread that writes ends.
    lock(&outbox.frames).take();
    let open = std::mem::take(&mut *lock(&outbox.transactions));
    for (id, env) in open {
        abort(engine, env, id);
    }
    let marks = std::mem::take(&mut *lock(&outbox.marks));
    for mark in marks {
        release(engine, mark);
    }
}

fn execute(question: Question, client: u64, engine: &Arc<LocalEngine>, outbox: &Arc<Outbox>) {
    let (id, number) = (question.id(client), question.number);
    let request = question.request;
    let (env, transaction) = (request.env.clone(), request.transaction.clone());
    let upkeep = match &request.command {
        Command::Upkeep(upkeep) => Some(upkeep.clone()),
        _ => None,
    };
    let ends = matches!(request.command, Command::CommitTransaction | Command::AbortTransaction);
    let (answering, executor) = (Arc::clone(outbox), Arc::clone(engine));
    let done = Box::new(move |outcome: Result<Reply>| {
        match (&outcome, transaction) {
            (Ok(Reply::TransactionStarted(started)), _) => {
                lock(&answering.transactions).insert(started.clone(), env.clone());
                if lock(&answering.frames).is_none() {
                    // The client went away meanwhile.
                    lock(&answering.transactions).remove(started);
                    abort(&executor, env, started.clone());
                }
            }
            (_, Some(ended)) if ends => {
                lock(&answering.transactions).remove(&ended);
            }
            _ => {}
        }
        match (&outcome, upkeep) {
            (Ok(Reply::Count(mark)), Some(Upkeep::Mark)) => {
                lock(&answering.marks).insert(*mark);
                if lock(&answering.frames).is_none() {
                    release(&executor, *mark);
                }
            }
            (_, Some(Upkeep::Release { mark })) => {
                lock(&answering.marks).remove(&mark);
            }
            _ => {}
        }
        answering.send(Answer { number, outcome }.encode());
    });
    engine.execute_repeatable(id, request, done);
}

fn abort(engine: &LocalEngine, env: String, transaction: String) {
    let command = Command::AbortTransaction;
    // It may have ended by itself.
    let _ = engine.execute(Request { env, transaction: Some(transaction), command });
}

fn release(engine: &LocalEngine, mark: u64) {
    let command = Command::Upkeep(Upkeep::Release { mark });
    // One that is gone is released.
    let _ = engine.execute(Request { env: String::new(), transaction: None, command });
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
