//! Room that is kept for the day on which the disk is full.
//!
//! To remove something is to write: a record of the log, and when that has no more room, pages of
//! the tables. So a file of zeros is held, and given up when the store is to become smaller.

use std::sync::Arc;

use crate::error::Result;
use crate::store::backend::Device;
use crate::store::failure::io_error;

/// Bytes that are kept.
const SPARE_BYTES: u64 = 512 * 1024;

#[derive(Debug)]
pub(crate) struct Spare {
    device: Arc<dyn Device>,
    is_kept: bool,
}

impl Spare {
    pub(crate) fn new(device: Arc<dyn Device>) -> Self {
        Self { device, is_kept: false }
    }

    /// Keeps the room, or fails where the disk has none.
    pub(crate) fn keep(&mut self) -> Result<()> {
        if self.is_kept {
            return Ok(());
        }
        let filled = || {
            let length = self.device.len()?;
            if length < SPARE_BYTES {
                self.device.set_len(SPARE_BYTES)?;
                // A hole takes no room.
                let zeros = vec![0; usize::try_from(SPARE_BYTES - length).unwrap_or_default()];
                self.device.write(length, &zeros)?;
            }
            Ok(())
        };
        filled().map_err(|error| {
            // Half of it would be taken for the whole.
            let _ = self.device.set_len(0);
            io_error(error)
        })?;
        self.is_kept = true;
        Ok(())
    }

    /// Gives the room up.
    pub(crate) fn give_up(&mut self) -> Result<()> {
        self.is_kept = false;
        self.device.set_len(0).map_err(io_error)
    }
}
