//! The parts of WeChat that cannot exist offline, failures on demand, and what was recorded.

use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use crate::cloud::calls::Outcome as Answered;
use crate::cloud::open_api::{documented, is_pay_method, suggestion};
use crate::node::fault::{Fault, FaultError};
use crate::node::js::{Outcome, Type, Value};
use crate::node::native::Functions;
use crate::node::native::testing::{
    Options, argument, held, json_of, misuse, plain, text_argument,
};
use crate::node::realm::Call;
use crate::node::world::InvocationRecord;
use crate::sdk::Input;
use crate::sdk::result::Api;

pub const FUNCTIONS: Functions = &[
    ("testMock", mock),
    ("testMockName", mock_name),
    ("testOpenData", open_data),
    ("testCloudId", cloud_id),
    ("testFault", inject),
    ("testClearFaults", clear_faults),
    ("testCalls", calls),
    ("testDiagnostics", diagnostics),
    ("testInvocations", invocations),
    ("testRequests", requests),
];

/// A fault that says no more: the service's own trouble.
const SYSTEM_ERROR: i64 = -501_001;

/// Delays are bounded: a mistake in the unit must not hang a test. One hour.
const DELAY_MS_MAX: u64 = 3_600_000;

/// What the engine was asked since the last time: for the tests of this package.
fn requests(call: Call<'_>) -> Outcome<Value<'_>> {
    call.js.text(&held(call, "_requests")?.world.requests.take().to_string())
}

/// The name that a mock is kept under: `group`, a dot, and the path without it. `undefined` for all
/// of them.
fn mock_name(call: Call<'_>) -> Outcome<Value<'_>> {
    let group = call.js.to_text(call.argument(1))?;
    let name = format!("{group}.unmock");
    held(call, &name)?;
    if call.js.type_of(call.argument(2))? == Type::Undefined {
        return call.js.undefined();
    }
    let path = text_argument(call, 2, &name, "the path")?;
    call.js.text(&full_name(&group, &path))
}

fn full_name(group: &str, path: &str) -> String {
    let path = path.strip_prefix(group).and_then(|rest| rest.strip_prefix('.')).unwrap_or(path);
    format!("{group}.{path}")
}

fn mock(call: Call<'_>) -> Outcome<Value<'_>> {
    let js = call.js;
    let group = js.to_text(call.argument(1))?;
    let name: &'static str = if group == "cloudPay" { "cloudPay.mock" } else { "openapi.mock" };
    held(call, name)?;
    let path = text_argument(call, 2, name, "the path")?;
    if !matches!(js.type_of(call.argument(3))?, Type::Object | Type::Function) {
        let text = format!(
            "the answer of {path} must be an object or a function of the request that returns one"
        );
        return Err(misuse(name, text));
    }
    let options = argument(call, 4, name)?;
    let options = Options::of(name, &options, &["undocumented"])?;
    let full = full_name(&group, &path);
    let path = full.split_once('.').map_or("", |(_, path)| path);
    let known = if group == "cloudPay" { is_pay_method(path) } else { documented(path).is_some() };
    if !known && !options.flag("undocumented")?.unwrap_or(false) {
        let near = suggestion(path).filter(|_| group == "openapi");
        let near = near.map(|near| format!("did you mean '{near}'? ")).unwrap_or_default();
        let text = format!(
            "WeChat documents no '{path}': {near}to mock it all the same, add \
             {{ undocumented: true }} as the third argument"
        );
        return Err(misuse(name, text));
    }
    js.text(&full)
}

fn open_data(call: Call<'_>) -> Outcome<Value<'_>> {
    const NAME: &str = "openData.set";
    let handle = held(call, NAME)?;
    let id = text_argument(call, 1, NAME, "the cloudID")?;
    let value = argument(call, 2, NAME)?;
    if value.is_absent() {
        return Err(misuse(NAME, "the data is missing: openData.set('id', { phoneNumber: '..' })"));
    }
    let world = &handle.world;
    world.open_data.set(&id, json_of(NAME, &value)?, world.clock.now_ms());
    call.js.undefined()
}

fn cloud_id(call: Call<'_>) -> Outcome<Value<'_>> {
    const NAME: &str = "openData.cloudID";
    held(call, NAME)?;
    call.js.text(&text_argument(call, 1, NAME, "the cloudID")?)
}

// ---- faults -------------------------------------------------------------------------------------

fn inject(call: Call<'_>) -> Outcome<Value<'_>> {
    const NAME: &str = "faults.inject";
    let handle = held(call, NAME)?;
    let options = argument(call, 1, NAME)?;
    if options.is_absent() {
        let text = "say what is to fail: faults.inject({ api: 'collection.add', times: 1 })";
        return Err(misuse(NAME, text));
    }
    let options = Options::of(NAME, &options, &["api", "times", "error", "delay"])?;
    let times = options.count("times")?;
    if times == Some(0) {
        return Err(misuse(NAME, "times must be 1 or more; without it the fault always happens"));
    }
    let delay_ms = options.count("delay")?.unwrap_or(0);
    if delay_ms > DELAY_MS_MAX {
        return Err(misuse(NAME, format!("a delay is at most {DELAY_MS_MAX} milliseconds")));
    }
    let panics = matches!(options.get("error"), Some(Input::Text(text)) if text == "panic");
    let error = match options.get("error") {
        _ if panics => None,
        Some(error) => Some(fault_error(&options, error)?),
        None if delay_ms > 0 => None,
        None => Some(FaultError { err_code: SYSTEM_ERROR, message: String::new() }),
    };
    let api = options.text("api")?.unwrap_or_default();
    check_api(NAME, &api)?;
    let delay = Duration::from_millis(delay_ms);
    handle.world.inject_fault(Fault { api, times, error, panics, delay });
    call.js.undefined()
}

/// A fault of a call that does not exist would never happen.
fn check_api(name: &str, api: &str) -> Outcome<()> {
    let fault = Fault { api: api.to_owned(), ..Fault::default() };
    let group = api.split('.').next().unwrap_or_default();
    let known = Api::NAMED.iter().any(|known| fault.applies_to(known.name()));
    if known || matches!(group, "openapi" | "cloudPay") {
        return Ok(());
    }
    let names: Vec<&str> = Api::NAMED.iter().map(|known| known.name()).collect();
    let text = format!(
        "there is no call '{api}'; there is {}, openapi.<path>, cloudPay.<method>, and groups of them \
         like 'collection'",
        names.join(", ")
    );
    Err(misuse(name, text))
}

fn fault_error(options: &Options<'_>, error: &Input) -> Outcome<FaultError> {
    let (number, message) = match error {
        Input::Number(number) => (*number, String::new()),
        Input::Object(_) => {
            let parts = Options::of(options.name, error, &["errCode", "errMsg"])?;
            let Some(Input::Number(number)) = parts.get("errCode") else {
                return options.wrong("error.errCode", "a number", error);
            };
            (*number, parts.text("errMsg")?.unwrap_or_default())
        }
        other => {
            return options.wrong("error", "an errCode or { errCode, errMsg }", other);
        }
    };
    if number.fract() != 0.0 || number.abs() > f64::from(i32::MAX) {
        return options.wrong("error", "a whole errCode of the service, like -501001", error);
    }
    #[allow(clippy::cast_possible_truncation, reason = "checked above")]
    Ok(FaultError { err_code: number as i64, message })
}

fn clear_faults(call: Call<'_>) -> Outcome<Value<'_>> {
    held(call, "faults.clear")?.world.clear_faults();
    call.js.undefined()
}

// ---- what happened ------------------------------------------------------------------------------

fn calls(call: Call<'_>) -> Outcome<Value<'_>> {
    const NAME: &str = "calls";
    let handle = held(call, NAME)?;
    let api = match call.js.type_of(call.argument(1))? {
        Type::Undefined => None,
        _ => Some(text_argument(call, 1, NAME, "the name of a call")?),
    };
    let calls: Vec<Json> = handle
        .world
        .calls
        .calls(api.as_deref())
        .into_iter()
        .map(|recorded| {
            let mut entry = Map::new();
            entry.insert("api".into(), recorded.api.into());
            entry.insert("arguments".into(), recorded.arguments);
            let (key, value) = match recorded.outcome {
                Answered::Result(value) => ("result", value),
                Answered::Failure(text) => ("error", text.into()),
            };
            entry.insert(key.into(), value);
            entry.insert("at".into(), recorded.at_ms.into());
            Json::Object(entry)
        })
        .collect();
    plain(call.js, call.realm, &Json::Array(calls))
}

fn diagnostics(call: Call<'_>) -> Outcome<Value<'_>> {
    let met: Vec<Json> = held(call, "diagnostics")?
        .world
        .diagnostics()
        .into_iter()
        .map(|met| json!({ "name": met.name, "text": met.text, "site": met.site }))
        .collect();
    plain(call.js, call.realm, &Json::Array(met))
}

fn invocations(call: Call<'_>) -> Outcome<Value<'_>> {
    let ended = held(call, "invocations")?.world.invocations();
    let ended: Vec<Json> = ended.into_iter().map(invocation).collect();
    plain(call.js, call.realm, &Json::Array(ended))
}

fn invocation(record: InvocationRecord) -> Json {
    let mut entry = Map::new();
    entry.insert("function".into(), record.function.into());
    entry.insert("requestId".into(), record.request_id.into());
    for (key, value) in [("source", record.source), ("openid", record.openid)] {
        if let Some(value) = value {
            entry.insert(key.into(), value.into());
        }
    }
    entry.insert("depth".into(), record.depth.into());
    entry.insert("event".into(), record.event);
    entry.insert("durationMs".into(), (record.duration.as_secs_f64() * 1000.0).into());
    let log: Vec<Json> = record
        .log
        .into_iter()
        .map(|line| json!({ "level": line.level, "text": line.text }))
        .collect();
    entry.insert("log".into(), log.into());
    match record.answer {
        Ok(text) => {
            let value = serde_json::from_str(&text).unwrap_or(Json::String(text));
            entry.insert("result".into(), value);
        }
        Err(text) => {
            entry.insert("error".into(), text.into());
        }
    }
    Json::Object(entry)
}
