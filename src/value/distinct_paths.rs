//! Paths of which none leads to another one.

use std::collections::BTreeMap;

use crate::value::FieldPath;

/// Paths that were claimed, each with its number. In order, what a path leads to follows it at
/// once: whether a path conflicts with any of them is seen by its neighbours.
#[derive(Debug, Default)]
pub struct DistinctPaths(BTreeMap<FieldPath, usize>);

impl DistinctPaths {
    /// Adds a path. Else answers with it and the first one that was claimed of those that are the
    /// same, lead to it, or it leads to.
    pub fn claim(&mut self, path: FieldPath) -> Result<(), (FieldPath, FieldPath)> {
        let before = self.0.range(..=&path).next_back();
        let after = self.0.range(&path..).next();
        if before.into_iter().chain(after).any(|(known, _)| known.conflicts_with(&path)) {
            let conflicting = self.0.iter().filter(|(known, _)| known.conflicts_with(&path));
            let first = conflicting.min_by_key(|(_, number)| **number);
            let first = first.map_or_else(|| path.clone(), |(known, _)| known.clone());
            return Err((path, first));
        }
        let number = self.0.len();
        self.0.insert(path, number);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn path(text: &str) -> FieldPath {
        FieldPath::parse(text).unwrap()
    }

    #[test]
    fn the_first_one_that_conflicts_is_named() {
        let mut paths = DistinctPaths::default();
        for text in ["a.c", "a.b.d", "ab", "a-b", "", "b.0"] {
            paths.claim(path(text)).unwrap();
        }
        for (text, other) in
            [("a", "a.c"), ("a.b", "a.b.d"), ("a.c.x.y", "a.c"), ("ab", "ab"), ("b.0.c", "b.0")]
        {
            assert_eq!(paths.claim(path(text)), Err((path(text), path(other))), "{text}");
        }
        for text in ["a.b.e", "a.bc", "abc", "b.1", "c"] {
            assert_eq!(paths.claim(path(text)), Ok(()), "{text}");
        }
    }

    #[test]
    fn a_hundred_thousand_paths_are_soon_claimed() {
        let mut paths = DistinctPaths::default();
        for number in 0..100_000 {
            paths.claim(path(&format!("a.{}.b", number * 7919 % 100_003))).unwrap();
        }
        assert!(paths.claim(path("a")).is_err());
    }

    proptest! {
        #[test]
        fn it_decides_as_one_that_looks_at_all(
            texts in prop::collection::vec("[ab]{0,2}(\\.[ab!]{0,2}){0,3}", 1..24),
        ) {
            let mut paths = DistinctPaths::default();
            let mut all: Vec<FieldPath> = Vec::new();
            for text in texts {
                let path = path(&text);
                if let Some(known) = all.iter().find(|known| known.conflicts_with(&path)) {
                    prop_assert_eq!(paths.claim(path.clone()), Err((path, known.clone())));
                } else {
                    prop_assert_eq!(paths.claim(path.clone()), Ok(()));
                    all.push(path);
                }
            }
        }
    }
}
