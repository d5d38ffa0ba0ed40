//! Threads for work that is too long for the caller's thread.
//!
//! A thread starts when there is work for it and ends after a while without any, so whoever is
//! idle costs nothing and keeps no process alive.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a thread waits for more work before it ends.
const IDLE: Duration = Duration::from_secs(2);

type Job = Box<dyn FnOnce() + Send>;

pub struct Workers {
    shared: Arc<Shared>,
}

struct Shared {
    /// Of the threads, as the system shows it.
    name: &'static str,
    threads_max: usize,
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
    /// Up to `threads_max` threads at once.
    pub fn new(name: &'static str, threads_max: usize) -> Self {
        let (queue, arrived) = (Mutex::default(), Condvar::new());
        Self { shared: Arc::new(Shared { name, threads_max, queue, arrived }) }
    }

    /// Runs `job` on a worker thread, or here when the system refuses to start the only one.
    pub fn run(&self, job: impl FnOnce() + Send + 'static) {
        let mut queue = self.shared.queue();
        queue.jobs.push_back(Box::new(job));
        if queue.jobs.len() <= queue.idle || queue.threads >= self.shared.threads_max {
            drop(queue);
            self.shared.arrived.notify_one();
            return;
        }
        queue.threads += 1;
        drop(queue);
        let shared = Arc::clone(&self.shared);
        let thread = std::thread::Builder::new().name(self.shared.name.to_owned());
        if thread.spawn(move || shared.work()).is_err() && self.shared.lose_thread() == 0 {
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

    /// Answers how many are left: each looks for work once more before it ends.
    fn lose_thread(&self) -> usize {
        let mut queue = self.queue();
        queue.threads -= 1;
        queue.threads
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
        let workers = Workers::new("test", 4);
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
    fn there_are_never_more_threads_than_asked_for() {
        let workers = Workers::new("test", 3);
        let (begun, waits) = (channel(), channel());
        let doors = Arc::new(Mutex::new(waits.1));
        for _ in 0..50 {
            let (sender, doors) = (begun.0.clone(), Arc::clone(&doors));
            workers.run(move || {
                sender.send(()).expect("the test listens");
                let door = doors.lock().expect("no test panics with it");
                door.recv().expect("the test opens it");
            });
        }
        for _ in 0..3 {
            begun.1.recv().expect("three begin");
        }
        assert_eq!(workers.shared.queue().threads, 3);
        assert_eq!(workers.shared.queue().jobs.len(), 47);
        for _ in 0..50 {
            waits.0.send(()).expect("a job waits");
        }
        for _ in 3..50 {
            begun.1.recv().expect("the others follow");
        }
    }

    #[test]
    fn jobs_given_before_the_end_are_done() {
        let (sender, receiver) = channel();
        let workers = Workers::new("test", 4);
        for number in 0..10 {
            let sender = sender.clone();
            workers.run(move || sender.send(number).expect("the test listens"));
        }
        drop((workers, sender));
        assert_eq!(receiver.iter().count(), 10);
    }
}
