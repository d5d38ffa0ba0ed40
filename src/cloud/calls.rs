//! What was asked of the services: the testing kit's `calls()`.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::cloud::latest::Latest;

/// Calls kept; older ones are forgotten first.
const CALLS_MAX: usize = 10_000;

/// Bytes of arguments and results kept, counted as JSON text.
const BYTES_MAX: usize = 16 * 1024 * 1024;

/// One call of an open capability, a function or another service.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// `openapi.subscribeMessage.send`, `cloudPay.unifiedOrder`, `callFunction` ..
    pub api: String,
    pub arguments: Value,
    pub outcome: Outcome,
    pub at_ms: i64,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Result(Value),
    /// What the caller was told.
    Failure(String),
}

/// Keeps the latest calls in order, within a bound.
#[derive(Debug)]
pub struct CallLog {
    kept: Mutex<Latest<Call>>,
}

impl Default for CallLog {
    fn default() -> Self {
        Self { kept: Mutex::new(Latest::new(CALLS_MAX, BYTES_MAX)) }
    }
}

impl CallLog {
    pub fn record(&self, call: Call) {
        let bytes = call.api.len() + call.bytes();
        self.kept().push(call, bytes);
    }

    /// The calls kept, oldest first; with `api` those of that name or below it
    /// (`openapi.security` is above `openapi.security.msgSecCheck`).
    pub fn calls(&self, api: Option<&str>) -> Vec<Call> {
        let wanted = |call: &&Call| api.is_none_or(|api| is_or_is_below(&call.api, api));
        self.kept().iter().filter(wanted).cloned().collect()
    }

    /// How many calls were dropped to stay within the bound.
    pub fn forgotten(&self) -> u64 {
        self.kept().forgotten()
    }

    pub fn clear(&self) {
        self.kept().take();
    }

    fn kept(&self) -> MutexGuard<'_, Latest<Call>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Call {
    fn bytes(&self) -> usize {
        let outcome = match &self.outcome {
            Outcome::Result(value) => json_bytes(value),
            Outcome::Failure(text) => text.len(),
        };
        json_bytes(&self.arguments) + outcome
    }
}

/// How long a value is as JSON text.
pub fn json_bytes(value: &Value) -> usize {
    struct Count(usize);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    let _ = serde_json::to_writer(&mut count, value);
    count.0
}

fn is_or_is_below(api: &str, wanted: &str) -> bool {
    api.strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn call(api: &str, arguments: Value) -> Call {
        Call { api: api.into(), arguments, outcome: Outcome::Result(Value::Null), at_ms: 1 }
    }

    #[test]
    fn calls_come_back_in_order_and_by_name() {
        let log = CallLog::default();
        for api in ["openapi.security.msgSecCheck", "openapi.securityX.a", "callFunction"] {
            log.record(call(api, json!({"a": 1})));
        }
        assert_eq!(log.calls(None).len(), 3);
        assert_eq!(log.calls(Some("openapi.security")).len(), 1);
        assert_eq!(log.calls(Some("callFunction")).len(), 1);
        log.clear();
        assert_eq!(log.calls(None), []);
    }

    #[test]
    fn the_log_stays_within_its_bounds() {
        let log = CallLog::default();
        for index in 0..=CALLS_MAX {
            log.record(call("a", json!(index)));
        }
        assert_eq!((log.calls(None).len(), log.forgotten()), (CALLS_MAX, 1));
        assert_eq!(log.calls(None)[0].arguments, json!(1));
        log.record(call("big", json!("x".repeat(BYTES_MAX))));
        assert_eq!(log.calls(None).len(), 1);
    }
}
