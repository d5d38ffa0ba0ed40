//! The time one operation may take.

use std::cell::Cell;
use std::time::Duration;

use crate::clock::Stopwatch;
use crate::error::{Error, ErrorKind, Result};

/// Reading the clock costs as much as looking at a small document.
const STEPS_PER_LOOK: u32 = 256;

pub struct Deadline {
    started: Stopwatch,
    limit: Duration,
    steps: Cell<u32>,
}

impl Deadline {
    pub fn new(limit: Duration) -> Self {
        Self { started: Stopwatch::start(), limit, steps: Cell::new(0) }
    }

    /// Called once for every document or key that is looked at.
    pub fn step(&self) -> Result<()> {
        let steps = self.steps.get() + 1;
        if steps < STEPS_PER_LOOK {
            self.steps.set(steps);
            return Ok(());
        }
        self.steps.set(0);
        self.check()
    }

    pub fn check(&self) -> Result<()> {
        if self.started.elapsed() <= self.limit {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Timeout,
            format!("the operation took longer than {} ms", self.limit.as_millis()),
        ))
    }

    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_looked_at_once_in_many_steps() {
        let late = Deadline::new(Duration::ZERO);
        let refused = (1..=STEPS_PER_LOOK).find(|_| late.step().is_err());
        assert_eq!(refused, Some(STEPS_PER_LOOK));
        assert_eq!(late.check().unwrap_err().kind(), ErrorKind::Timeout);
        let early = Deadline::new(Duration::from_hours(1));
        assert!((0..1_000).all(|_| early.step().is_ok()));
    }
}
