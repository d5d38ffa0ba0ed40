//! Jobs that nobody waits for: one thread applies them, and tells each when it is stored.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, JoinHandle};

use crate::error::{Error, ErrorKind, Result};
use crate::store::disk::Disk;
use crate::store::open::{Afterwards, Session};
use crate::store::{GeoCells, Writer};

/// Told what became of the commit that its job is part of.
type Finish = Box<dyn FnOnce(Result<()>)>;

trait Job: Send {
    fn run(self: Box<Self>, session: &mut Session<'_>) -> Finish;

    /// The job was not tried.
    fn refuse(self: Box<Self>, error: Error);
}

struct Work<W, D> {
    work: W,
    done: D,
}

impl<T, W, D> Job for Work<W, D>
where
    T: 'static,
    W: FnOnce(&mut Writer<'_>) -> Result<T> + Send,
    D: FnOnce(Result<T>) + Send + 'static,
{
    fn run(self: Box<Self>, session: &mut Session<'_>) -> Finish {
        let Self { work, done } = *self;
        let answer = session.run(work);
        Box::new(move |committed| done(committed.and(answer)))
    }

    fn refuse(self: Box<Self>, error: Error) {
        (self.done)(Err(error));
    }
}

/// The thread and the way to it. Dropped, it finishes what it was given.
pub(crate) struct Queue {
    sender: Option<Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

impl Queue {
    pub(crate) fn start(disk: Arc<Disk>, geo: Option<Arc<dyn GeoCells>>) -> Result<Self> {
        let (sender, receiver) = channel();
        let thread = Builder::new()
            .name("store-writer".into())
            .spawn(move || run_all(&disk, geo.as_deref(), &receiver))
            .map_err(|error| {
                Error::new(ErrorKind::Storage, format!("cannot start the writer: {error}"))
            })?;
        Ok(Self { sender: Some(sender), thread: Some(thread) })
    }

    pub(crate) fn submit<T: 'static>(
        &self,
        work: impl FnOnce(&mut Writer<'_>) -> Result<T> + Send + 'static,
        done: impl FnOnce(Result<T>) + Send + 'static,
    ) {
        let job: Box<dyn Job> = Box::new(Work { work, done });
        // The thread ends only after the sender is gone.
        let unsent = match &self.sender {
            Some(sender) => sender.send(job).err().map(|unsent| unsent.0),
            None => Some(job),
        };
        if let Some(job) = unsent {
            job.refuse(Error::new(ErrorKind::Internal, "the store's writer has ended"));
        }
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        self.sender = None;
        let Some(thread) = self.thread.take() else { return };
        // The last user of a store may be a `done`, which runs on the thread itself.
        if thread.thread().id() != std::thread::current().id() {
            // A panic of the thread was reported when it happened.
            let _ = thread.join();
        }
    }
}

fn run_all(disk: &Disk, geo: Option<&dyn GeoCells>, receiver: &Receiver<Box<dyn Job>>) {
    while let Ok(first) = receiver.recv() {
        let (mut next, mut finishes) = (Some(first), Vec::new());
        let committed = disk.write(geo, Afterwards::Commit, &mut |session| {
            while let Some(job) = next.take() {
                finishes.push(job.run(session));
                if !session.is_full() {
                    next = receiver.try_recv().ok();
                }
            }
        });
        for finish in finishes {
            guarded(|| finish(committed.clone()));
        }
        if let (Some(job), Err(error)) = (next, committed) {
            guarded(|| job.refuse(error));
        }
    }
}

/// A `done` that panics must not take the thread, and with it every later job, along.
fn guarded(call: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(call)).is_err() {
        tracing::error!("the receiver of a stored write's answer panicked");
    }
}
