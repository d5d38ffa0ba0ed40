//! The service's words for functions that cannot be called or fail.

use crate::error::{Error, ErrorKind};

/// No function of that name.
pub fn not_found() -> Error {
    Error::new(ErrorKind::FunctionNotFound, "FunctionName parameter could not be found.")
}

/// The function did not answer within its time.
pub fn timed_out(timeout_ms: u64) -> Error {
    let seconds = timeout_ms.div_ceil(1000);
    let text = format!("Invoking task timed out after {seconds} seconds");
    Error::new(ErrorKind::FunctionTimeout, text)
}

/// The function threw: `reason` is what the thrown value says of itself, with its stack if any.
pub fn execution_failed(reason: &str) -> Error {
    Error::new(ErrorKind::FunctionFailed, reason)
}

/// Why a function has no answer whose process has ended.
pub fn exited(code: &str) -> String {
    format!("{code} code exit unexpected")
}

/// Why a function has no answer that wanted more memory than there is for it.
pub fn out_of_memory(memory_mb: u64) -> String {
    format!(
        "FUNCTIONS_MEMORY_LIMIT_EXCEEDED: the function needs more than {memory_mb} MB of memory"
    )
}

/// The environment's rules do not let this caller call the function.
pub fn denied() -> Error {
    Error::new(ErrorKind::PermissionDenied, "PERMISSION_DENIED")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_told_in_whole_seconds() {
        let cases =
            [(3000, "3 seconds"), (20_000, "20 seconds"), (1, "1 seconds"), (2500, "3 seconds")];
        for (timeout_ms, text) in cases {
            let error = timed_out(timeout_ms);
            assert_eq!(error.message(), format!("Invoking task timed out after {text}"));
            assert_eq!(error.kind(), ErrorKind::FunctionTimeout);
        }
    }

    #[test]
    fn a_process_that_ended_is_told_with_its_code_and_one_without_memory_with_its_limit() {
        for code in ["0", "1", "145", "SIGKILL"] {
            assert_eq!(exited(code), format!("{code} code exit unexpected"));
        }
        assert_eq!(
            out_of_memory(1024),
            "FUNCTIONS_MEMORY_LIMIT_EXCEEDED: the function needs more than 1024 MB of memory"
        );
    }
}
