//! Dotted field paths: `address.city`, `items.0.price`.

use std::cmp::Ordering;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::limits::PATH_SEGMENTS_MAX;

/// A parsed field path. Never empty; a segment may be empty, which no stored field matches. A clone
/// shares what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FieldPath(Arc<Parts>);

#[derive(Debug, PartialEq, Eq, Hash)]
struct Parts {
    text: Box<str>,
    segments: Vec<Box<str>>,
}

impl FieldPath {
    pub fn parse(text: &str) -> Result<Self> {
        let segments: Vec<Box<str>> = text.split('.').map(Into::into).collect();
        // Whoever walks the path recurses once a segment: without a limit a request ends the
        // process.
        if segments.len() > PATH_SEGMENTS_MAX {
            return Err(Error::new(
                ErrorKind::InvalidParam,
                format!(
                    "field path has {} segments, the most is {PATH_SEGMENTS_MAX}",
                    segments.len()
                ),
            ));
        }
        Ok(Self(Arc::new(Parts { text: text.into(), segments })))
    }

    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    pub fn segments(&self) -> &[Box<str>] {
        &self.0.segments
    }

    pub fn first(&self) -> &str {
        &self.0.segments[0]
    }

    pub fn has_empty_segment(&self) -> bool {
        self.0.segments.iter().any(|segment| segment.is_empty())
    }

    /// Whether one path is the other or leads to it: two such paths cannot both be updated.
    pub fn conflicts_with(&self, other: &Self) -> bool {
        let shared = self.0.segments.len().min(other.0.segments.len());
        self.0.segments[..shared] == other.0.segments[..shared]
    }
}

/// In the order of the segments: what a path leads to follows it, before anything else does.
impl Ord for FieldPath {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.segments.cmp(&other.0.segments)
    }
}

impl PartialOrd for FieldPath {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The array position that a path segment names: digits without a leading zero.
pub fn array_index(segment: &str) -> Option<usize> {
    let canonical = segment == "0" || !segment.starts_with('0');
    if canonical && !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit()) {
        segment.parse().ok()
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_cut_at_its_dots() {
        let path = FieldPath::parse("a.0.b").unwrap();
        assert_eq!(path.segments().len(), 3);
        assert_eq!(path.as_str(), "a.0.b");
        assert!(FieldPath::parse("a..b").unwrap().has_empty_segment());
        assert!(FieldPath::parse(&"a.".repeat(PATH_SEGMENTS_MAX)).is_err());
    }

    #[test]
    fn conflicts_are_equal_paths_and_ancestors() {
        let conflict = |a: &str, b: &str| {
            FieldPath::parse(a).unwrap().conflicts_with(&FieldPath::parse(b).unwrap())
        };
        assert!(conflict("a", "a.b") && conflict("a.b", "a") && conflict("a.b", "a.b"));
        assert!(!conflict("a", "ab") && !conflict("a.b", "a.c"));
    }

    #[test]
    fn only_plain_digits_are_an_index() {
        assert_eq!(array_index("0"), Some(0));
        assert_eq!(array_index("12"), Some(12));
        for text in ["", "01", "-1", "1a", "+1", "99999999999999999999999"] {
            assert_eq!(array_index(text), None, "{text}");
        }
    }
}
