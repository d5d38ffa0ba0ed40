//! What the user is told while a thread with JavaScript may be waiting.

use std::io::Write as _;

use crate::share::Tell;

/// Tells on stderr, if anything is to be told at all.
pub fn on_stderr(tells: bool) -> Tell {
    Box::new(move |text| {
        if tells {
            // Nobody is there to be told that it failed.
            let _ = writeln!(std::io::stderr(), "[wx-server-sdk-local] {text}");
        }
    })
}
