//! How far long work on a world has come: for whoever waits for it on a terminal.

use std::io::{BufRead, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

pub use crate::command_line::{SoFar, Unit};

/// Steps done and expected, in the unit of the work: bytes of a file, or documents.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicU64,
    /// 0: nobody knows.
    total: AtomicU64,
    unit: Mutex<Unit>,
}

impl Progress {
    /// New work begins, of which the share that is done is of interest.
    pub fn begin(&self, total: u64) {
        self.at(Unit::Share, 0, total);
    }

    /// So many parts are done, and the next one begins.
    pub fn at(&self, unit: Unit, done: u64, total: u64) {
        *self.unit.lock().unwrap_or_else(PoisonError::into_inner) = unit;
        self.done.store(done, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }

    pub fn add(&self, steps: u64) {
        self.done.fetch_add(steps, Ordering::Relaxed);
    }

    pub fn so_far(&self) -> SoFar {
        SoFar {
            unit: *self.unit.lock().unwrap_or_else(PoisonError::into_inner),
            done: self.done.load(Ordering::Relaxed),
            total: self.total.load(Ordering::Relaxed),
        }
    }
}

/// A reader whose bytes are steps.
pub struct Counted<'a, R> {
    pub reader: R,
    pub progress: &'a Progress,
}

impl<R: BufRead> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.progress.add(read as u64);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Counted<'_, R> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        self.reader.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.progress.add(amount as u64);
        self.reader.consume(amount);
    }
}
