//! The memory of one blocking stage.

use crate::error::Error;
use crate::error::Result;

/// Counts what a stage keeps and refuses more than it may.
#[derive(Debug)]
pub(crate) struct Memory {
    used_bytes: usize,
    max_bytes: usize,
    /// MongoDB's refusal, made from the limit.
    refusal: fn(usize) -> Error,
}

impl Memory {
    pub fn new(max_bytes: usize, refusal: fn(usize) -> Error) -> Self {
        Self { used_bytes: 0, max_bytes, refusal }
    }

    pub fn take(&mut self, bytes: usize) -> Result<()> {
        self.used_bytes = self.used_bytes.saturating_add(bytes);
        if self.used_bytes > self.max_bytes {
            return Err((self.refusal)(self.max_bytes));
        }
        Ok(())
    }

    pub fn give_back(&mut self, bytes: usize) {
        self.used_bytes = self.used_bytes.saturating_sub(bytes);
    }
}

pub(crate) fn group_refusal(_max_bytes: usize) -> Error {
    Error::mongo(
        16945,
        "Exceeded memory limit for $group, but didn't allow external sort. Pass \
         allowDiskUse:true to opt in.",
    )
}

pub(crate) fn sort_refusal(max_bytes: usize) -> Error {
    Error::mongo(
        16819,
        format!(
            "Sort exceeded memory limit of {max_bytes} bytes, but did not opt in to external \
             sorting. Aborting operation. Pass allowDiskUse:true to opt in."
        ),
    )
}
