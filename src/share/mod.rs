//! Several processes, one data directory.
//!
//! A store has one process that holds it. That process serves the others through a local socket
//! in the directory, with a token that only the owner can read. The others send it their
//! requests; when it goes away, one of them takes over. A [`SharedEngine`] is either of the two,
//! and nobody above needs to know which.
//!
//! The store is shared on Unix. Elsewhere the second process is told that the store is busy.

#[cfg(unix)]
mod client;
#[cfg(unix)]
mod commands;
#[cfg(unix)]
mod endpoint;
#[cfg(unix)]
mod fields;
#[cfg(unix)]
mod holder;
#[cfg(unix)]
mod server;
mod shared_engine;
mod upkeep;
#[cfg(unix)]
mod watch;
#[cfg(unix)]
mod wire;

use std::time::Duration;

use crate::database::LocalEngine;
use crate::database::Reply;
use crate::error::Result;
use crate::limits::HOLDER_NOTICE_MS;

pub use shared_engine::{SharedEngine, SharedPermit};
pub use upkeep::SharedMark;

/// Called once with the answer, on any thread.
pub type Done = Box<dyn FnOnce(Result<Reply>) + Send>;

/// How long others are waited for, and what happens meanwhile.
pub struct Patience {
    /// Silence of the holder after which what waits for it fails.
    pub silence_max: Duration,
    /// Told in words what the user should know while something waits; on any thread.
    pub tell: Box<dyn Fn(&str) + Send + Sync>,
}

impl Patience {
    /// Silence after which the user is told.
    pub fn notice_after(&self) -> Duration {
        Duration::from_millis(HOLDER_NOTICE_MS).min(self.silence_max / 2)
    }
}

/// Opens the store and puts an engine over it; `StoreBusy` while another process holds it.
pub type Open = Box<dyn Fn() -> Result<LocalEngine> + Send + Sync>;
