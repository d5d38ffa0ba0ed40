//! `callFunction`: its checks, the text of the event, and how a result is read back.

use serde::de::IgnoredAny;

use crate::sdk::Input;
use crate::sdk::context::EnvSetting;
use crate::sdk::encode::{Result, json_text};
use crate::sdk::failure::Failure;
use crate::sdk::messages;
use crate::sdk::result::Api;

/// A checked call of a function.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionCall {
    pub name: String,
    /// The event as JSON.
    pub event_text: String,
    /// `config.env`, which goes before the one of `init`.
    pub env: EnvSetting,
    pub timeout_ms: Option<f64>,
}

/// What a function's reply becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FunctionResult {
    /// Valid JSON, to be parsed in the caller's realm.
    Json(String),
    Text(String),
}

/// Checks the options of `callFunction`. Rejected.
pub fn function_call(options: &Input) -> Result<FunctionCall> {
    let api = Api::CallFunction.name();
    check_options(api, options)?;
    let name = typed_property(options, "name", "string")?;
    if options.property("data").is_some() {
        typed_property(options, "data", "object")?;
    }
    let Input::Text(name) = name else { return Err(invalid(messages::FUNCTION_NAME_EMPTY)) };
    if name.is_empty() {
        return Err(invalid(messages::FUNCTION_NAME_EMPTY));
    }
    let event_text = match options.property("data") {
        None => "{}".to_owned(),
        Some(data) => json_text(data)
            .map_err(|_| invalid(messages::CIRCULAR_DATA))?
            .unwrap_or_else(|| "{}".to_owned()),
    };
    let timeout_ms = match options.property("timeout") {
        Some(Input::Number(timeout)) => Some(*timeout),
        _ => None,
    };
    Ok(FunctionCall { name: name.clone(), event_text, env: call_env(options), timeout_ms })
}

/// What is wrong with a call that has passed its type checks: these carry an own `requestID`.
fn invalid(text: &str) -> Failure {
    let mut failure = Failure::tcb("INVALID_PARAM", text).wrapped(Api::CallFunction.name());
    failure.has_undefined_request_id = true;
    failure
}

/// Reads a reply: JSON where it is JSON, and a JSON text in JSON once more.
pub fn function_result(reply: &str) -> FunctionResult {
    if serde_json::from_str::<IgnoredAny>(reply).is_err() {
        return FunctionResult::Text(reply.to_owned());
    }
    if !reply.trim_start().starts_with('"') {
        return FunctionResult::Json(reply.to_owned());
    }
    match serde_json::from_str::<String>(reply) {
        Ok(inner) if serde_json::from_str::<IgnoredAny>(&inner).is_ok() => {
            FunctionResult::Json(inner)
        }
        Ok(inner) => FunctionResult::Text(inner),
        Err(_) => FunctionResult::Json(reply.to_owned()),
    }
}

/// `options.config.env`.
pub(crate) fn call_env(options: &Input) -> EnvSetting {
    options
        .property("config")
        .and_then(|config| config.property("env"))
        .map(EnvSetting::parse)
        .unwrap_or_default()
}

/// Options must be there and must be an object.
pub(crate) fn check_options(api: &str, options: &Input) -> Result<()> {
    if !options.is_truthy() {
        return Err(Failure::missing_options(api, api, options.type_of()));
    }
    if options.tag_name() != "object" {
        let tag = options.tag_name();
        return Err(Failure::cloud_sdk(
            -1,
            format!("parameter should be object instead of {tag}; "),
        ));
    }
    Ok(())
}

/// A property that must have a type.
pub(crate) fn typed_property<'a>(options: &'a Input, name: &str, tag: &str) -> Result<&'a Input> {
    let value = options.property(name).unwrap_or(&Input::Absent);
    if value.tag_name() == tag {
        return Ok(value);
    }
    Err(Failure::cloud_sdk(-1, wrong_type(name, tag, value)))
}

pub(crate) fn wrong_type(name: &str, tag: &str, value: &Input) -> String {
    format!("parameter.{name} should be {tag} instead of {};", value.tag_name())
}
