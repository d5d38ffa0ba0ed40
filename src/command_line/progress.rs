//! The line that shows how far long work has come.

use std::fmt::Write as _;
use std::time::Duration;

/// Characters of a bar.
const BAR: usize = 24;

/// A line within `columns`, without its end. `progress` is the steps done, and how many there are
/// if that is known.
pub fn progress_line(
    what: &str,
    (done, total): (u64, Option<u64>),
    elapsed: Duration,
    columns: usize,
) -> String {
    let mut line = what.to_owned();
    // Writing to a text does not fail.
    if let Some(total) = total.filter(|total| *total > 0) {
        let done = u128::from(done.min(total));
        let part = |whole: usize| {
            usize::try_from(done * whole as u128 / u128::from(total)).unwrap_or(whole)
        };
        let (filled, percent) = (part(BAR), part(100));
        let (bar, rest) = ("#".repeat(filled), ".".repeat(BAR.saturating_sub(filled)));
        let _ = write!(line, " [{bar}{rest}] {percent:>3} %");
    }
    let _ = write!(line, "  {} s", elapsed.as_secs());
    // A line that wraps could not be drawn over.
    line.chars().take(columns.saturating_sub(1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(done: u64, total: Option<u64>, columns: usize) -> String {
        progress_line("import", (done, total), Duration::from_millis(3900), columns)
    }

    #[test]
    fn a_known_end_gives_a_bar_and_an_unknown_one_the_time() {
        assert_eq!(line(0, Some(8), 80), format!("import [{}]   0 %  3 s", ".".repeat(24)));
        let half = format!("import [{}{}]  50 %  3 s", "#".repeat(12), ".".repeat(12));
        assert_eq!(line(4, Some(8), 80), half);
        assert_eq!(line(9, Some(8), 80), format!("import [{}] 100 %  3 s", "#".repeat(24)));
        assert_eq!(line(u64::MAX, Some(u64::MAX), 80), line(8, Some(8), 80));
        for total in [None, Some(0)] {
            assert_eq!(line(5, total, 80), "import  3 s");
        }
    }

    #[test]
    fn it_never_wraps() {
        for columns in [0, 1, 10, 40] {
            assert!(line(4, Some(8), columns).chars().count() <= columns.saturating_sub(1));
        }
    }
}
