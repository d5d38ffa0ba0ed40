//! The latest of what happened, within bounds.

use std::collections::VecDeque;

/// Keeps the latest items in order; the oldest are forgotten first.
#[derive(Debug)]
pub struct Latest<T> {
    kept: VecDeque<(T, usize)>,
    bytes: usize,
    forgotten: u64,
    count_max: usize,
    bytes_max: usize,
}

impl<T> Latest<T> {
    pub const fn new(count_max: usize, bytes_max: usize) -> Self {
        Self { kept: VecDeque::new(), bytes: 0, forgotten: 0, count_max, bytes_max }
    }

    /// The latest item is always kept, however many bytes it has.
    pub fn push(&mut self, item: T, bytes: usize) {
        self.bytes += bytes;
        self.kept.push_back((item, bytes));
        while self.kept.len() > self.count_max
            || (self.bytes > self.bytes_max && self.kept.len() > 1)
        {
            if let Some((_, bytes)) = self.kept.pop_front() {
                self.bytes -= bytes;
                self.forgotten += 1;
            }
        }
    }

    /// Oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.kept.iter().map(|(item, _)| item)
    }

    /// How many were dropped to stay within the bounds.
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Everything that is kept, oldest first; from here on it is empty.
    pub fn take(&mut self) -> Vec<T> {
        self.bytes = 0;
        self.forgotten = 0;
        std::mem::take(&mut self.kept).into_iter().map(|(item, _)| item).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(latest: &Latest<u32>) -> Vec<u32> {
        latest.iter().copied().collect()
    }

    #[test]
    fn the_oldest_go_first_by_count_and_by_bytes() {
        let mut latest = Latest::new(3, 100);
        for item in 0..5 {
            latest.push(item, 10);
        }
        assert_eq!((kept(&latest), latest.forgotten()), (vec![2, 3, 4], 2));
        latest.push(5, 85);
        assert_eq!((kept(&latest), latest.forgotten()), (vec![4, 5], 4));
        latest.push(6, 1_000);
        assert_eq!(kept(&latest), [6], "the latest, however large");
        latest.push(7, 1);
        assert_eq!(kept(&latest), [7]);
    }

    #[test]
    fn what_is_taken_is_forgotten_of() {
        let mut latest = Latest::new(2, 100);
        for item in 0..3 {
            latest.push(item, 60);
        }
        assert_eq!(latest.take(), [2]);
        assert_eq!((kept(&latest), latest.forgotten()), (vec![], 0));
        latest.push(3, 60);
        assert_eq!(kept(&latest), [3], "bytes are counted anew");
    }
}
