//! Failures and delays that a test asks for.

use std::time::Duration;

use crate::sdk::failure::Failure;
use crate::sdk::messages::error_code_text;

/// What a call meets in place of its work, or before it.
#[derive(Debug, Clone, Default)]
pub struct Fault {
    /// The display name it applies to; everything when empty.
    pub api: String,
    /// How often it is still to happen; `None` for ever.
    pub times: Option<u64>,
    /// Without it the call is only delayed.
    pub error: Option<FaultError>,
    /// A defect of ours: the call panics. For tests of the boundary.
    pub panics: bool,
    pub delay: Duration,
}

/// The service's failure that a test asked for.
#[derive(Debug, Clone)]
pub struct FaultError {
    pub err_code: i64,
    pub message: String,
}

/// What a call has met.
#[derive(Debug)]
pub struct Met {
    pub failure: Option<Failure>,
    pub panics: bool,
    pub delay: Duration,
}

impl Met {
    /// Panics if that was asked for, as a defect of ours would.
    pub fn maybe_panic(panics: bool) {
        if panics {
            std::panic::resume_unwind(Box::new("a panic that a test asked for"));
        }
    }
}

impl Fault {
    /// The call itself, or a group above it: `collection` is above `collection.get`.
    pub fn applies_to(&self, api: &str) -> bool {
        let below = |rest: &str| rest.is_empty() || rest.starts_with('.');
        self.api.is_empty() || api.strip_prefix(self.api.as_str()).is_some_and(below)
    }

    pub fn met_by(&self, api: &str) -> Met {
        Met { failure: self.failure(api), panics: self.panics, delay: self.delay }
    }

    fn failure(&self, api: &str) -> Option<Failure> {
        let error = self.error.as_ref()?;
        let text = error_code_text(error.err_code);
        let parts = [error.err_code.to_string(), text.to_owned(), error.message.clone()];
        let parts: Vec<&str> =
            parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
        Some(Failure::final_error(error.err_code, format!("{api}:fail {}", parts.join(" "))))
    }
}
