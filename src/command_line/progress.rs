//! The line that shows how far long work has come.

use std::fmt::Write as _;
use std::time::Duration;

/// Characters of a bar.
const BAR: usize = 24;

/// What the parts of long work are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Unit {
    /// So many that the share counts.
    #[default]
    Share,
    /// Collections, one after the other.
    Collection,
    /// Steps of different kinds.
    Step,
}

/// How far long work has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SoFar {
    pub unit: Unit,
    pub done: u64,
    /// 0: nobody knows.
    pub total: u64,
}

/// A line within `columns`, without its end.
pub fn progress_line(what: &str, so_far: SoFar, elapsed: Duration, columns: usize) -> String {
    let SoFar { unit, done, total } = so_far;
    let mut line = what.to_owned();
    // Writing to a text does not fail.
    if unit == Unit::Share && total > 0 {
        let done = u128::from(done.min(total));
        let part = |whole: usize| {
            usize::try_from(done * whole as u128 / u128::from(total)).unwrap_or(whole)
        };
        let (filled, percent) = (part(BAR), part(100));
        let (bar, rest) = ("#".repeat(filled), ".".repeat(BAR.saturating_sub(filled)));
        let _ = write!(line, " [{bar}{rest}] {percent:>3} %");
    }
    let _ = write!(line, "  {} s", elapsed.as_secs());
    let part = match unit {
        Unit::Share => None,
        Unit::Collection => Some("collection"),
        Unit::Step => Some("step"),
    };
    if let Some(part) = part.filter(|_| total > 0) {
        let _ = write!(line, "  {part} {} of {total}", done.saturating_add(1).min(total));
    }
    // A line that wraps could not be drawn over.
    line.chars().take(columns.saturating_sub(1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(done: u64, total: u64, columns: usize) -> String {
        let so_far = SoFar { unit: Unit::Share, done, total };
        progress_line("import", so_far, Duration::from_millis(3900), columns)
    }

    #[test]
    fn a_known_end_gives_a_bar_and_an_unknown_one_the_time() {
        assert_eq!(line(0, 8, 80), format!("import [{}]   0 %  3 s", ".".repeat(24)));
        let half = format!("import [{}{}]  50 %  3 s", "#".repeat(12), ".".repeat(12));
        assert_eq!(line(4, 8, 80), half);
        assert_eq!(line(9, 8, 80), format!("import [{}] 100 %  3 s", "#".repeat(24)));
        assert_eq!(line(u64::MAX, u64::MAX, 80), line(8, 8, 80));
        assert_eq!(line(5, 0, 80), "import  3 s");
    }

    #[test]
    fn parts_that_differ_are_counted() {
        for (unit, done, total, expected) in [
            (Unit::Collection, 0, 5, "check  1 s  collection 1 of 5"),
            (Unit::Collection, 4, 5, "check  1 s  collection 5 of 5"),
            (Unit::Collection, 5, 5, "check  1 s  collection 5 of 5"),
            (Unit::Collection, 0, 0, "check  1 s"),
            (Unit::Step, 1, 2, "check  1 s  step 2 of 2"),
        ] {
            let so_far = SoFar { unit, done, total };
            assert_eq!(progress_line("check", so_far, Duration::from_secs(1), 80), expected);
        }
    }

    #[test]
    fn it_never_wraps() {
        for columns in [0, 1, 10, 40] {
            assert!(line(4, 8, columns).chars().count() <= columns.saturating_sub(1));
        }
    }
}
