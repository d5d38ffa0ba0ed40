//! Whether the holder that is asked still answers: one that is only stopped keeps its connections.
//!
//! Its threads greet whoever connects, however busy it is. So when a request has waited for a
//! while, it is greeted anew; if that stays without an answer, the process does not run.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use crate::clock::Stopwatch;
use crate::share::client::Client;

impl Client {
    /// Looks after requests that wait, until this process holds the store or has closed it.
    pub(super) fn watch(self: &Arc<Self>) {
        let mut silent: Option<Stopwatch> = None;
        while let Some(process) = self.wait_for_late_answers(silent.is_some()) {
            if self.connect().is_ok() {
                silent = None;
                continue;
            }
            // It may be another one's turn by now, or nobody's.
            if self.holder() != Some(process) {
                silent = None;
                continue;
            }
            match &silent {
                None => {
                    self.tell_of(process.into());
                    silent = Some(Stopwatch::start());
                }
                Some(since) if since.elapsed() >= self.patience.silence_max => {
                    self.give_up(process);
                    silent = None;
                }
                Some(_) => {}
            }
        }
    }

    /// Waits until a request has waited too long, and answers who should have answered it; `None`
    /// when nobody needs to be asked any more.
    fn wait_for_late_answers(&self, is_silent: bool) -> Option<u32> {
        let notice_after = self.patience.notice_after();
        let mut pause = if is_silent { notice_after / 4 } else { Duration::ZERO };
        let mut state = self.state();
        loop {
            if state.closed || state.held.is_some() {
                return None;
            }
            if pause.is_zero() {
                let oldest = state.pending.values().map(|pending| pending.since.elapsed()).max();
                match (oldest, state.holder) {
                    (Some(waited), Some(process)) if waited >= notice_after => {
                        return Some(process);
                    }
                    (Some(waited), Some(_)) => pause = notice_after.saturating_sub(waited),
                    // Between two holders the one who looks for the next keeps the time.
                    (Some(_), None) => pause = notice_after,
                    (None, _) => {
                        state = self.asked.wait(state).unwrap_or_else(PoisonError::into_inner);
                        continue;
                    }
                }
            }
            let waited = self.asked.wait_timeout(state, pause);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            pause = Duration::ZERO;
        }
    }
}
