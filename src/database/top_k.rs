//! The first `k` of many, in order, holding no more than `k` at once.

use std::collections::BinaryHeap;

use crate::error::{Error, Result};

/// Most entries held while sorting. Ours; the service limits a sort without an index to 32 MB.
const ENTRIES_MAX: usize = 2_000_000;

/// Keeps the smallest `k` items. Items differ, so the order is total: ties of a sort key are
/// decided by the position of the document, which makes the sort stable.
pub struct TopK<T> {
    heap: BinaryHeap<T>,
    wanted: usize,
}

impl<T: Ord> TopK<T> {
    pub fn new(wanted: usize) -> Self {
        Self { heap: BinaryHeap::new(), wanted }
    }

    pub fn push(&mut self, item: T) -> Result<()> {
        if self.heap.len() < self.wanted {
            if self.heap.len() == ENTRIES_MAX {
                return Err(sort_too_large());
            }
            self.heap.push(item);
        } else if let Some(mut largest) = self.heap.peek_mut()
            && item < *largest
        {
            *largest = item;
        }
        Ok(())
    }

    /// The kept items, smallest first.
    pub fn into_sorted(self) -> Vec<T> {
        self.heap.into_sorted_vec()
    }
}

fn sort_too_large() -> Error {
    Error::mongo(
        96,
        "Executor error during find command :: caused by :: errmsg: \"Sort operation used more \
         than the maximum 33554432 bytes of RAM. Add an index, or specify a smaller limit.\"",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Entropy;

    #[test]
    fn keeps_what_a_full_sort_would_keep() {
        let entropy = Entropy::seeded(4);
        for (count, wanted) in [(0, 5), (5, 0), (10, 3), (100, 100), (100, 1_000), (1_000, 17)] {
            let items: Vec<(u64, usize)> =
                (0..count).map(|at| (entropy.next_u64() % 7, at)).collect();
            let mut top = TopK::new(wanted);
            for item in &items {
                top.push(*item).unwrap();
            }
            let mut expected = items;
            expected.sort_unstable();
            expected.truncate(wanted);
            assert_eq!(top.into_sorted(), expected, "{wanted} of {count}");
        }
    }
}
