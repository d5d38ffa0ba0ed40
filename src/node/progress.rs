//! How far long work on a world has come: for whoever waits for it on a terminal.

use std::io::{BufRead, Read};
use std::sync::atomic::{AtomicU64, Ordering};

/// Steps done and expected, in the unit of the work: bytes of a file, or documents.
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicU64,
    /// 0: nobody knows.
    total: AtomicU64,
}

impl Progress {
    /// New work begins.
    pub fn begin(&self, total: u64) {
        self.done.store(0, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }

    pub fn add(&self, steps: u64) {
        self.done.fetch_add(steps, Ordering::Relaxed);
    }

    /// Steps done, and how many there are if that is known.
    pub fn so_far(&self) -> (u64, Option<u64>) {
        let total = self.total.load(Ordering::Relaxed);
        (self.done.load(Ordering::Relaxed), Some(total).filter(|total| *total > 0))
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
