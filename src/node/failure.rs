//! Failures to JavaScript error objects of the caller's realm.

use std::any::Any;

use crate::node::convert;
use crate::node::js::{Js, Outcome, Value};
use crate::node::realm::Realm;
use crate::sdk::failure::{Failure, FailureClass};

/// A defect of ours that reached the caller: it says so, and nothing was changed.
pub fn internal(message: impl Into<String>) -> Failure {
    Failure::error(format!("wx-server-sdk-local: internal error: {}", message.into()))
}

/// A value that is larger than any document could be.
pub fn too_large(message: impl Into<String>) -> Failure {
    Failure::new(FailureClass::RangeError, message)
}

/// What a caught panic says.
pub fn from_panic(panic: &(dyn Any + Send)) -> Failure {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "unknown".to_owned());
    internal(text)
}

/// The error object, made by the realm's own constructors so that `instanceof` holds.
pub fn error_object<'s>(js: Js<'s>, realm: &Realm, failure: &Failure) -> Outcome<Value<'s>> {
    let make = realm.helper(js, |helpers| &helpers.make_error)?;
    let extra = js.object()?;
    for (key, value) in properties(js, failure)? {
        js.set(extra, key, value)?;
    }
    let arguments = [
        js.text(class_name(failure.class))?,
        js.text(&failure.message)?,
        extra,
        js.text(&failure.stack_prefix)?,
    ];
    let error = js.call(make, js.undefined()?, &arguments)?;
    if let Some(hint) = &failure.hint {
        let cause = error_object(js, realm, &Failure::error(hint))?;
        js.define_hidden(error, js.text("cause")?, cause)?;
    }
    Ok(error)
}

fn properties<'s, 'a>(js: Js<'s>, failure: &Failure) -> Outcome<Vec<(&'a str, Value<'s>)>> {
    let mut properties = Vec::new();
    if let Some(code) = &failure.code {
        properties.push(("code", js.text(code)?));
    }
    if let Some(id) = &failure.request_id {
        properties.push(("requestId", js.text(id)?));
    }
    if let Some(number) = failure.err_code {
        properties.push(("errCode", js.number(convert::number_of(number))?));
    }
    if let Some(text) = &failure.err_msg {
        properties.push(("errMsg", js.text(text)?));
    }
    if failure.has_undefined_request_id {
        properties.push(("requestID", js.undefined()?));
    }
    Ok(properties)
}

fn class_name(class: FailureClass) -> &'static str {
    match class {
        FailureClass::Error => "Error",
        FailureClass::TypeError => "TypeError",
        FailureClass::RangeError => "RangeError",
        FailureClass::SyntaxError => "SyntaxError",
        FailureClass::CloudSdk => "CloudSDKError",
        FailureClass::Tcb => "TcbError",
        FailureClass::Bson => "BSONError",
        FailureClass::BsonType => "BSONTypeError",
    }
}
