//! `wx.cloud.callContainer` of a page: its checks, and the request that it becomes.

use std::fmt::Write;

use crate::limits::{CONTAINER_REQUEST_BYTES_MAX, CONTAINER_TIMEOUT_MS_MAX};
use crate::sdk::Input;
use crate::sdk::call::{call_env, check_options, typed_property};
use crate::sdk::context::EnvSetting;
use crate::sdk::encode::{Result, json_text, number::number_text};
use crate::sdk::failure::Failure;
use crate::sdk::result::Api;

/// The methods that the service accepts.
const METHODS: [&str; 4] = ["GET", "POST", "PUT", "DELETE"];

/// Headers of the page that never reach a service: it does not say where it comes from or who asks.
const OWN_HEADERS: [&str; 6] =
    ["host", "referer", "connection", "content-length", "transfer-encoding", "upgrade"];

const CONTENT_TYPE: &str = "content-type";
const SERVICE: &str = "x-wx-service";

/// A checked call of a service.
#[derive(Debug, Clone, PartialEq)]
pub struct ContainerCall {
    pub service: String,
    pub env: EnvSetting,
    pub method: String,
    /// With its query.
    pub path: String,
    /// In small letters, without those of the platform.
    pub headers: Vec<(String, String)>,
    /// Absent when there is none, or when it is binary.
    pub body: Option<String>,
    pub timeout_ms: u64,
    pub answer: AnswerKind,
}

/// What the page wants of the answer's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerKind {
    /// Parsed where it is JSON.
    Json,
    Text,
    Binary,
}

/// Checks the options; the data of `binary_bytes` is sent as it is. Rejected.
pub fn container_call(options: &Input, binary_bytes: Option<usize>) -> Result<ContainerCall> {
    check_options(Api::ClientCallContainer.name(), options)?;
    let Input::Text(path) = typed_property(options, "path", "string")? else {
        return Err(refused(-501_000, "Path access permission error"));
    };
    if !path.starts_with('/') || path.contains(char::is_control) {
        return Err(refused(-501_000, "Path access permission error"));
    }
    let method = text(options, "method").unwrap_or("GET").to_ascii_uppercase();
    if !METHODS.contains(&method.as_str()) {
        return Err(refused(102_005, &format!("method {method} is not supported")));
    }
    let (mut headers, service) = headers(options);
    let (path, body) = match options.property("data") {
        _ if binary_bytes.is_some() => (path.clone(), None),
        None => (path.clone(), None),
        Some(data) if method == "GET" => (with_query(path, data)?, None),
        Some(Input::Text(text)) => (path.clone(), Some(text.clone())),
        Some(data) => (path.clone(), json_text(data)?),
    };
    let bytes = binary_bytes.or(body.as_ref().map(String::len)).unwrap_or(0);
    if bytes > CONTAINER_REQUEST_BYTES_MAX {
        let text = format!("the request has {bytes} bytes, the most is 100 KB");
        return Err(refused(-606_001, &text));
    }
    if !headers.iter().any(|(name, _)| name == CONTENT_TYPE) {
        headers.push((CONTENT_TYPE.to_owned(), "application/json".to_owned()));
    }
    let answer = match (text(options, "responseType"), text(options, "dataType")) {
        (Some("arraybuffer"), _) => AnswerKind::Binary,
        (_, None | Some("json")) => AnswerKind::Json,
        _ => AnswerKind::Text,
    };
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    let timeout_ms = match options.property("timeout") {
        Some(Input::Number(timeout)) if *timeout > 0.0 => *timeout as u64,
        _ => CONTAINER_TIMEOUT_MS_MAX,
    };
    Ok(ContainerCall {
        service,
        env: call_env(options),
        method,
        path,
        headers,
        body,
        timeout_ms: timeout_ms.min(CONTAINER_TIMEOUT_MS_MAX),
        answer,
    })
}

/// An error of the platform before the service, as a page is told of it.
pub fn refused(number: i64, message: &str) -> Failure {
    Failure::client(Api::ClientCallContainer.name(), number, message)
}

fn text<'a>(options: &'a Input, key: &str) -> Option<&'a str> {
    match options.property(key) {
        Some(Input::Text(text)) => Some(text),
        _ => None,
    }
}

/// The headers that a page may send, and the service that it names.
fn headers(options: &Input) -> (Vec<(String, String)>, String) {
    let mut service = String::new();
    let mut headers = Vec::new();
    let Some(Input::Object(given)) = options.property("header") else { return (headers, service) };
    for (name, value) in &given.entries {
        let Some(value) = scalar(value) else { continue };
        let name = name.to_ascii_lowercase();
        if name == SERVICE {
            service = value;
        } else if !name.starts_with("x-wx-") && !OWN_HEADERS.contains(&name.as_str()) {
            headers.push((name, value));
        }
    }
    (headers, service)
}

fn scalar(value: &Input) -> Option<String> {
    match value {
        Input::Text(text) => Some(text.clone()),
        Input::Number(number) => Some(number_text(*number)),
        Input::Boolean(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// The data of a GET stands in its path.
fn with_query(path: &str, data: &Input) -> Result<String> {
    let query = match data {
        Input::Text(text) => text.clone(),
        Input::Object(object) => {
            let mut pairs = Vec::with_capacity(object.entries.len());
            for (key, value) in &object.entries {
                let value = match scalar(value) {
                    Some(text) => text,
                    None => json_text(value)?.unwrap_or_default(),
                };
                pairs.push(format!("{}={}", escaped(key), escaped(&value)));
            }
            pairs.join("&")
        }
        _ => String::new(),
    };
    if query.is_empty() {
        return Ok(path.to_owned());
    }
    let joint = if path.contains('?') { '&' } else { '?' };
    Ok(format!("{path}{joint}{query}"))
}

/// As `encodeURIComponent` writes it.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sdk::Object;

    fn object(entries: &[(&str, Input)]) -> Input {
        let entries = entries.iter().map(|(key, value)| ((*key).to_owned(), value.clone()));
        Input::Object(Object::plain(entries.collect()))
    }
    fn text(text: &str) -> Input {
        Input::Text(text.to_owned())
    }
    fn call(entries: &[(&str, Input)]) -> Result<ContainerCall> {
        container_call(&object(entries), None)
    }

    #[test]
    fn a_call_becomes_a_request() {
        let header = object(&[
            ("X-WX-SERVICE", text("api")),
            ("X-WX-OPENID", text("forged")),
            ("Referer", text("x")),
            ("Accept", text("a")),
            ("N", Input::Number(1.0)),
        ]);
        let data = object(&[("q", text("茶 &")), ("n", Input::Number(2.0))]);
        let get =
            call(&[("path", text("/a?b=1")), ("header", header.clone()), ("data", data.clone())]);
        let get = get.unwrap();
        assert_eq!((get.method.as_str(), get.service.as_str()), ("GET", "api"));
        assert_eq!(get.path, "/a?b=1&q=%E8%8C%B6%20%26&n=2");
        let sent: Vec<_> = get.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(sent, ["accept", "n", "content-type"]);
        assert_eq!((get.body, get.timeout_ms, get.answer), (None, 15_000, AnswerKind::Json));
        let post = [
            ("path", text("/a")),
            ("method", text("post")),
            ("data", data),
            ("timeout", Input::Number(9e9)),
            ("dataType", text("text")),
        ];
        let post = call(&post).unwrap();
        assert_eq!(post.body.as_deref(), Some(r#"{"q":"茶 &","n":2}"#));
        assert_eq!((post.path.as_str(), post.timeout_ms), ("/a", 15_000));
        assert_eq!(post.answer, AnswerKind::Text);
    }

    #[test]
    fn what_the_platform_refuses_has_its_number() {
        let path = ("path", text("/a"));
        let cases = [
            (call(&[]), -1),
            (call(&[("path", text("a"))]), -501_000),
            (call(&[path.clone(), ("method", text("PATCH"))]), 102_005),
            (
                call(&[
                    path.clone(),
                    ("method", text("POST")),
                    ("data", text(&"x".repeat(102_401))),
                ]),
                -606_001,
            ),
            (container_call(&object(std::slice::from_ref(&path)), Some(102_401)), -606_001),
        ];
        for (refused, number) in cases {
            assert_eq!(refused.unwrap_err().err_code, Some(number));
        }
        assert!(container_call(&object(&[path]), Some(102_400)).is_ok());
    }
}
