//! Threads for reads that are too long for the caller's thread.
//!
//! A thread starts when there is work for it and ends after a while without any, so an idle
//! engine costs nothing and keeps no process alive.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Most threads at once.
const THREADS_MAX: usize = 4;

/// How long a thread waits for more work before it ends.
const IDLE: Duration = Duration::from_secs(2);

type Job = Box<dyn FnOnce() + Send>;

#[derive(Default)]
pub struct Workers {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    arrived: Condvar,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    threads: usize,
    idle: usize,
    closed: bool,
}

impl Workers {
    /// Runs `job` on a worker thread, or here when the system refuses to start one.
    pub fn run(&self, job: impl FnOnce() + Send + 'static) {
        let mut queue = self.shared.queue();
        queue.jobs.push_back(Box::new(job));
        if queue.jobs.len() <= queue.idle || queue.threads >= THREADS_MAX {
            drop(queue);
            self.shared.arrived.notify_one();
            return;
        }
        queue.threads += 1;
        drop(queue);
        let shared = Arc::clone(&self.shared);
        let thread = std::thread::Builder::new().name("wx-local-read".to_owned());
        if thread.spawn(move || shared.work()).is_err() {
            self.shared.queue().threads -= 1;
            while let Some(job) = self.shared.next_job() {
                job();
            }
        }
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.shared.queue().closed = true;
        self.shared.arrived.notify_all();
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_job(&self) -> Option<Job> {
        self.queue().jobs.pop_front()
    }

    fn work(&self) {
        let mut queue = self.queue();
        loop {
            if let Some(job) = queue.jobs.pop_front() {
                drop(queue);
                // A defect in one job must not end the others'; the job reports its own panic.
                let _ = catch_unwind(AssertUnwindSafe(job));
                queue = self.queue();
                continue;
            }
            if queue.closed {
                break;
            }
            queue.idle += 1;
            let (woken, waited) =
                self.arrived.wait_timeout(queue, IDLE).unwrap_or_else(PoisonError::into_inner);
            queue = woken;
            queue.idle -= 1;
            if waited.timed_out() && queue.jobs.is_empty() {
                break;
            }
        }
        queue.threads -= 1;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn every_job_runs_even_after_one_panicked() {
        let workers = Workers::default();
        let (sender, receiver) = channel();
        for number in 0..100 {
            let sender = sender.clone();
            workers.run(move || {
                assert!(number != 7, "a defect");
                sender.send(number).expect("the test listens");
            });
        }
        drop(sender);
        let mut seen: Vec<i32> = receiver.iter().collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..100).filter(|number| *number != 7).collect::<Vec<_>>());
    }

    #[test]
    fn jobs_given_before_the_end_are_done() {
        let (sender, receiver) = channel();
        let workers = Workers::default();
        for number in 0..10 {
            let sender = sender.clone();
            workers.run(move || sender.send(number).expect("the test listens"));
        }
        drop((workers, sender));
        assert_eq!(receiver.iter().count(), 10);
    }
}
