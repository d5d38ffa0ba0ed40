//! How quick the disk has been, to decide who waits for it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// What a write takes at most of a disk that somebody's thread may wait for.
const QUICK: Duration = Duration::from_millis(4);

/// Slow writes in a row that make a disk slow. One may be slow for other reasons: there is little
/// processor time, or the log began anew.
const SLOW_IN_A_ROW: u32 = 3;

/// How many of the last writes were slow in a row. A disk is slow until it has shown that it is
/// not.
#[derive(Debug)]
pub struct Pace(AtomicU32);

impl Default for Pace {
    fn default() -> Self {
        Self(AtomicU32::new(SLOW_IN_A_ROW))
    }
}

impl Pace {
    pub fn is_quick(&self) -> bool {
        self.0.load(Ordering::Relaxed) < SLOW_IN_A_ROW
    }

    /// Notes what a write took from its beginning to its being stored.
    pub fn note(&self, taken: Duration) {
        let before = self.0.load(Ordering::Relaxed);
        // Of two that note at once one may be lost, which does no harm.
        let slow = if taken < QUICK { 0 } else { before.saturating_add(1) };
        self.0.store(slow, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_quick_write_makes_a_disk_quick_and_some_slow_ones_in_a_row_make_it_slow() {
        let pace = Pace::default();
        assert!(!pace.is_quick(), "nothing is known");
        let (quick, slow) = (QUICK / 2, QUICK);
        let cases = [
            (quick, true),
            (slow, true),
            (slow, true),
            (quick, true),
            (slow, true),
            (slow, true),
            (slow, false),
            (slow, false),
            (quick, true),
        ];
        for (at, (taken, is_quick)) in cases.into_iter().enumerate() {
            pace.note(taken);
            assert_eq!(pace.is_quick(), is_quick, "write {at}");
        }
    }
}
