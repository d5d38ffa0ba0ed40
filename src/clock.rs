//! The only sources of time and randomness.
//!
//! Everything that needs "now" or chance takes a [`Clock`] or an [`Entropy`], so a test can fix
//! both and any run replays from a seed.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Wall-clock time in milliseconds since the Unix epoch.
#[derive(Debug, Default)]
pub struct Clock {
    /// Frozen time, or `i64::MIN` while the system's clock is followed.
    fixed_ms: AtomicI64,
    /// Added to the system's clock while it is followed.
    offset_ms: AtomicI64,
}

const FOLLOWING: i64 = i64::MIN;

impl Clock {
    /// A clock that follows the system's.
    pub fn system() -> Self {
        Self { fixed_ms: AtomicI64::new(FOLLOWING), offset_ms: AtomicI64::new(0) }
    }

    /// A clock that stands still at `now_ms` until it is moved.
    pub fn fixed(now_ms: i64) -> Self {
        Self { fixed_ms: AtomicI64::new(now_ms), offset_ms: AtomicI64::new(0) }
    }

    pub fn now_ms(&self) -> i64 {
        match self.fixed_ms.load(Ordering::Acquire) {
            FOLLOWING => system_now_ms().saturating_add(self.offset_ms.load(Ordering::Acquire)),
            fixed => fixed,
        }
    }

    pub fn is_fixed(&self) -> bool {
        self.fixed_ms.load(Ordering::Acquire) != FOLLOWING
    }

    /// Stops the clock at `now_ms`.
    pub fn set(&self, now_ms: i64) {
        self.fixed_ms.store(now_ms, Ordering::Release);
    }

    /// Moves the clock by `by_ms`, whether it stands still or follows the system's.
    pub fn advance(&self, by_ms: i64) {
        match self.fixed_ms.load(Ordering::Acquire) {
            FOLLOWING => {
                self.offset_ms.fetch_add(by_ms, Ordering::AcqRel);
            }
            fixed => self.fixed_ms.store(fixed.saturating_add(by_ms), Ordering::Release),
        }
    }

    /// Follows the system's clock again.
    pub fn reset(&self) {
        self.offset_ms.store(0, Ordering::Release);
        self.fixed_ms.store(FOLLOWING, Ordering::Release);
    }
}

#[allow(clippy::disallowed_methods, reason = "this is the one place that reads the system's clock")]
fn system_now_ms() -> i64 {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX)
}

/// Measures how long work takes. Never part of an answer.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    #[allow(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the system's clock"
    )]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Randomness: from the operating system, or replayed from a seed.
#[derive(Debug)]
pub struct Entropy {
    state: Mutex<u64>,
}

impl Entropy {
    /// Seeded by the operating system.
    #[allow(clippy::disallowed_methods, reason = "this is the one place that asks for randomness")]
    pub fn system() -> Self {
        let mut seed = [0_u8; 8];
        // Without the system's randomness the process id and the time still tell processes apart.
        if getrandom::fill(&mut seed).is_err() {
            let mixed = system_now_ms().unsigned_abs() ^ (u64::from(std::process::id()) << 32);
            seed = mixed.to_le_bytes();
        }
        Self::seeded(u64::from_le_bytes(seed))
    }

    /// The same seed gives the same numbers.
    pub fn seeded(seed: u64) -> Self {
        Self { state: Mutex::new(seed) }
    }

    /// The next 64 random bits (`SplitMix64`). Not for secrets: see [`secret_bytes`].
    pub fn next_u64(&self) -> u64 {
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = *state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

/// Unpredictable bytes for tokens and signing keys.
///
/// # Errors
/// The operating system has no randomness to give.
#[allow(clippy::disallowed_methods, reason = "this is the one place that asks for randomness")]
pub fn secret_bytes() -> std::io::Result<[u8; 32]> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_moves_only_when_told() {
        let clock = Clock::fixed(1_000);
        clock.advance(500);
        assert_eq!(clock.now_ms(), 1_500);
        clock.set(7);
        assert_eq!(clock.now_ms(), 7);
        clock.reset();
        assert!(clock.now_ms() > 1_600_000_000_000);
    }

    #[test]
    fn the_same_seed_gives_the_same_numbers() {
        let (first, second) = (Entropy::seeded(9), Entropy::seeded(9));
        assert_eq!(first.next_u64(), second.next_u64());
        assert_ne!(first.next_u64(), first.next_u64());
    }
}
