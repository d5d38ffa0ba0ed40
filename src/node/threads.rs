//! Threads for work that waits: for files, or until a delay is over that a test asked for.
//!
//! They are the process's, as files are: however many calls are under way, there are a few.

use std::collections::BTreeMap;
use std::sync::{Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::Stopwatch;
use crate::database::Workers;
use crate::limits::FILE_THREADS_MAX;

type Job = Box<dyn FnOnce() + Send>;

static WORKERS: LazyLock<Workers> =
    LazyLock::new(|| Workers::new("wx-local-files", FILE_THREADS_MAX));

static DELAYS: LazyLock<Delays> = LazyLock::new(|| Delays {
    began: Stopwatch::start(),
    waiting: Mutex::default(),
    sooner: Condvar::new(),
});

/// Runs `job` on another thread; here when the system has none to give.
pub fn run(job: impl FnOnce() + Send + 'static) {
    WORKERS.run(job);
}

/// As [`run`], when `delay` is over. Those that wait for that have one thread together.
pub fn run_after(delay: Duration, job: impl FnOnce() + Send + 'static) {
    if delay.is_zero() {
        return run(job);
    }
    DELAYS.add(delay, Box::new(job));
}

struct Delays {
    /// What times are told from.
    began: Stopwatch,
    waiting: Mutex<Waiting>,
    sooner: Condvar,
}

#[derive(Default)]
struct Waiting {
    /// By when they are due, then by their order.
    jobs: BTreeMap<(Duration, u64), Job>,
    newest: u64,
    is_watched: bool,
}

impl Delays {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&'static self, delay: Duration, job: Job) {
        let mut waiting = self.waiting();
        waiting.newest += 1;
        let key = (self.began.elapsed().saturating_add(delay), waiting.newest);
        waiting.jobs.insert(key, job);
        let is_watched = std::mem::replace(&mut waiting.is_watched, true);
        drop(waiting);
        self.sooner.notify_one();
        if is_watched {
            return;
        }
        let thread = std::thread::Builder::new().name("wx-local-delay".to_owned());
        if thread.spawn(|| self.watch()).is_err() {
            self.watch();
        }
    }

    /// Hands over what is due, until nothing is left.
    fn watch(&self) {
        let mut waiting = self.waiting();
        while let Some((due, _)) = waiting.jobs.keys().next().copied() {
            let left = due.saturating_sub(self.began.elapsed());
            if left.is_zero() {
                let job = waiting.jobs.pop_first().map(|(_, job)| job);
                drop(waiting);
                job.into_iter().for_each(run);
                waiting = self.waiting();
            } else {
                let woken = self.sooner.wait_timeout(waiting, left);
                (waiting, _) = woken.unwrap_or_else(PoisonError::into_inner);
            }
        }
        waiting.is_watched = false;
    }
}
