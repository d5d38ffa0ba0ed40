//! Automatic `_id`s in the service's format: 32 lower-case hexadecimal digits.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::clock::{Clock, Entropy};

/// Hands out `_id`s: node (8 digits), Unix seconds (8), a counter that grows by one (8) and
/// chance (8).
#[derive(Debug)]
pub struct IdSource {
    node: u32,
    counter: AtomicU32,
}

impl IdSource {
    /// The node number and the counter's start are drawn from `entropy`.
    pub fn new(entropy: &Entropy) -> Self {
        let drawn = entropy.next_u64();
        Self { node: high(drawn), counter: AtomicU32::new(low(drawn)) }
    }

    pub fn next(&self, clock: &Clock, entropy: &Entropy) -> String {
        let seconds = clock.now_ms().div_euclid(1_000);
        let seconds = u32::try_from(seconds & 0xFFFF_FFFF).unwrap_or_default();
        let counter = self.counter.fetch_add(1, Ordering::Relaxed);
        let chance = low(entropy.next_u64());
        format!("{:08x}{seconds:08x}{counter:08x}{chance:08x}", self.node)
    }
}

#[allow(clippy::cast_possible_truncation, reason = "one half is wanted")]
fn low(bits: u64) -> u32 {
    bits as u32
}

fn high(bits: u64) -> u32 {
    low(bits >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_the_services_format() {
        let (clock, entropy) = (Clock::fixed(0x665e_be5c_i64 * 1_000 + 999), Entropy::seeded(1));
        let source = IdSource::new(&entropy);
        let (first, second) = (source.next(&clock, &entropy), source.next(&clock, &entropy));
        for id in [&first, &second] {
            assert_eq!(id.len(), 32, "{id}");
            assert!(id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')), "{id}");
            assert_eq!(&id[8..16], "665ebe5c");
        }
        assert_eq!(first[..8], second[..8]);
        assert_ne!(first[24..], second[24..]);
        let counter = |id: &str| u32::from_str_radix(&id[16..24], 16).unwrap();
        assert_eq!(counter(&second), counter(&first).wrapping_add(1));
    }

    #[test]
    fn the_same_seed_and_clock_give_the_same_ids() {
        let ids = || {
            let (clock, entropy) = (Clock::fixed(5_000), Entropy::seeded(3));
            let source = IdSource::new(&entropy);
            [source.next(&clock, &entropy), source.next(&clock, &entropy)]
        };
        assert_eq!(ids(), ids());
    }
}
