//! Whether a write stands alone, or has others beside it that would share its commit.

use std::cell::Cell;

/// What a realm knows of its writes.
#[derive(Default)]
pub struct Solitude {
    /// A write was stored at once, and the code that sent it has not awaited anything since.
    has_written: Cell<bool>,
    is_crowded: Cell<bool>,
}

impl Solitude {
    /// Whether a write that is sent now is alone. It is not if others are `under_way` or the same
    /// stretch of code has sent one before it; nor is the first one after such a crowd, since more
    /// are likely to follow.
    pub fn admits(&self, under_way: bool) -> bool {
        let has_company = under_way || self.has_written.get();
        !self.is_crowded.replace(has_company) && !has_company
    }

    pub fn written(&self) {
        self.has_written.set(true);
    }

    pub fn awaited(&self) {
        self.has_written.set(false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_is_alone_when_each_is_awaited_before_the_next() {
        let solitude = Solitude::default();
        for _ in 0..3 {
            assert!(solitude.admits(false));
            solitude.written();
            solitude.awaited();
        }
    }

    #[test]
    fn a_write_beside_others_is_not_alone_nor_is_the_first_after_them() {
        let solitude = Solitude::default();
        assert!(solitude.admits(false));
        solitude.written();
        assert!(!solitude.admits(false), "nothing was awaited since the last one");
        solitude.awaited();
        assert!(!solitude.admits(true), "others are under way");
        assert!(!solitude.admits(false), "the first after a crowd");
        assert!(solitude.admits(false));
    }
}
