//! Open capabilities: names, conversion of keys, signatures, and the shape of replies.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value};
use sha2::Sha256;

use crate::error::Error;
use crate::limits::REQUEST_DEPTH_MAX;
use crate::sdk::Input;
use crate::sdk::call::{check_options, typed_property, wrong_type};
use crate::sdk::encode::{Result, json_text_with_big_integers};
use crate::sdk::error_code::error_code;
use crate::sdk::failure::{Failure, Row, wrap};
use crate::sdk::messages;
use crate::sdk::query_state::property_name;
use crate::sdk::result::Api;
use crate::sdk::{Object, Tag};
use crate::value::hex_text;

/// The two proxies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proxy {
    OpenApi,
    CloudPay,
}

impl Proxy {
    /// `openapi.<path>` or `cloudPay.<path>`.
    pub fn display_name(self, path: &[&str]) -> String {
        let root = match self {
            Self::OpenApi => "openapi",
            Self::CloudPay => "cloudPay",
        };
        format!("{root}.{}", path.join("."))
    }
}

/// `cloud.openapi({..})`: options replace earlier ones as a whole. Thrown.
pub fn check_proxy_options(options: &Input) -> Result<()> {
    match options {
        Input::Null => Err(Failure::error(messages::PROXY_OPTIONS)),
        options if options.type_of() == "object" => Ok(()),
        _ => Err(Failure::error(messages::PROXY_OPTIONS)),
    }
}

/// `camelCase` to `snake_case`: every capital, but the first letter, gets an underscore.
pub fn to_snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for (index, letter) in name.char_indices() {
        if letter.is_ascii_uppercase() {
            if index > 0 {
                snake.push('_');
            }
            snake.push(letter.to_ascii_lowercase());
        } else {
            snake.push(letter);
        }
    }
    snake
}

/// `snake_case` to `camelCase`: an underscore and a small letter become a capital.
pub fn to_camel(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        match letters.peek() {
            Some(next) if letter == '_' && next.is_ascii_lowercase() => {
                camel.push(next.to_ascii_uppercase());
                letters.next();
            }
            _ => camel.push(letter),
        }
    }
    camel
}

/// The caller's data with `snake_case` keys at every depth. Renamed keys move to the end.
pub fn snake_data(data: &Input) -> Result<Input> {
    match data {
        Input::Text(text) => Ok(Input::Text(to_snake(text))),
        other => snake_value(other, 0),
    }
}

fn snake_value(value: &Input, depth: usize) -> Result<Input> {
    if depth > REQUEST_DEPTH_MAX {
        return Err(Failure::stack_exceeded());
    }
    match value {
        Input::Object(object) if object.tag == Tag::Object => {
            let mut entries = object.entries.clone();
            for (key, value) in &object.entries {
                let converted = to_snake(key);
                let value = snake_value(value, depth + 1)?;
                if converted != *key {
                    entries.retain(|(name, _)| name != key);
                }
                match entries.iter_mut().find(|(name, _)| *name == converted) {
                    Some((_, present)) => *present = value,
                    None => entries.push((converted, value)),
                }
            }
            Ok(Input::Object(Object::plain(entries)))
        }
        Input::List(items) => {
            let items = items.iter().map(|item| snake_value(item, depth + 1));
            Ok(Input::List(items.collect::<Result<_>>()?))
        }
        Input::Circular => Err(Failure::stack_exceeded()),
        other => Ok(other.clone()),
    }
}

/// A reply with `camelCase` keys at every depth. Renamed keys move to the end.
pub fn camel_reply(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(camel_fields(fields)),
        Value::Array(items) => Value::Array(items.into_iter().map(camel_reply).collect()),
        other => other,
    }
}

fn camel_fields(fields: Map<String, Value>) -> Map<String, Value> {
    let names: Vec<String> = fields.keys().cloned().collect();
    let mut converted = fields;
    for name in names {
        let camel = to_camel(&name);
        let value = converted.get_mut(&name).map(Value::take).map(camel_reply);
        let Some(value) = value else { continue };
        if camel == name {
            converted.insert(name, value);
        } else {
            // Parsed JSON is no deeper than the parser's limit, so this recursion ends.
            converted.shift_remove(&name);
            converted.insert(camel, value);
        }
    }
    converted
}

/// One top-level property of an open API call.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    pub key: String,
    pub value: PairValue,
}

#[derive(Debug, Clone, PartialEq)]
pub enum PairValue {
    /// JSON text.
    Json(String),
    /// The bytes of the property `value` of an object with a content type.
    File { file_name: String, content_type: String, is_known_type: bool },
}

/// What an open API call sends: its data's properties, converted unless `convert_case` is off.
pub fn request_pairs(data: &Input, convert_case: bool) -> Result<Vec<Pair>> {
    let data = if convert_case { snake_data(data)? } else { data.clone() };
    let entries: Vec<(String, Input)> = match data {
        Input::Object(object) => object.entries,
        Input::List(items) => indexed(items),
        Input::Text(text) => {
            indexed(text.chars().map(|letter| Input::Text(letter.to_string())).collect())
        }
        _ => Vec::new(),
    };
    let mut pairs = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let value = match file_part(&key, &value) {
            Some(file) => file,
            None => match json_text_with_big_integers(&value)? {
                Some(text) => PairValue::Json(text),
                None => continue,
            },
        };
        pairs.push(Pair { key, value });
    }
    Ok(pairs)
}

fn indexed(items: Vec<Input>) -> Vec<(String, Input)> {
    items.into_iter().enumerate().map(|(index, item)| (index.to_string(), item)).collect()
}

/// `{contentType, value: Buffer, fileName?}`, with either spelling of the content type. After
/// conversion `fileName` is `file_name`, which nobody reads.
fn file_part(key: &str, value: &Input) -> Option<PairValue> {
    let content_type = ["contentType", "content_type"]
        .iter()
        .find_map(|name| value.property(name).filter(|value| value.is_truthy()))?;
    let Input::Object(buffer) = value.property("value")? else { return None };
    let is_buffer = buffer.tag == Tag::Other("Uint8Array".to_owned()) && buffer.to_json.is_some();
    if !is_buffer {
        return None;
    }
    let content_type = property_name(content_type);
    let extension = extension(&content_type);
    let file_name = match value.property("fileName") {
        Some(Input::Text(name)) if !name.is_empty() => name.clone(),
        _ => format!("{key}.{}", extension.unwrap_or("png")),
    };
    Some(PairValue::File { file_name, content_type, is_known_type: extension.is_some() })
}

/// The extension of a MIME type. Where a type has several, the official list has its own first.
fn extension(content_type: &str) -> Option<&'static str> {
    match content_type {
        "image/jpeg" => Some("jpeg"),
        "audio/mpeg" => Some("mpga"),
        "video/mp4" => Some("mp4"),
        "video/mpeg" => Some("mpeg"),
        "video/quicktime" => Some("qt"),
        "image/tiff" => Some("tif"),
        "image/svg+xml" => Some("svg"),
        "text/plain" => Some("txt"),
        "text/html" => Some("html"),
        "application/octet-stream" => Some("bin"),
        other => mime_guess::get_mime_extensions_str(other)?.first().copied(),
    }
}

/// A reply as an open API sends it.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// Fields of the result, without `errMsg` and `errCode`.
    Fields(Map<String, Value>),
    /// `{contentType, buffer}`: the body is handed over as bytes.
    Bytes,
}

/// Reads a reply of `openapi.<path>`.
pub fn open_api_reply(
    api: &str,
    content_type: &str,
    body: &[u8],
    convert_case: bool,
) -> Result<Reply> {
    let is_json = content_type.contains("application/json");
    if !is_json && !content_type.contains("text/plain") {
        return Ok(Reply::Bytes);
    }
    let text = String::from_utf8_lossy(body);
    match serde_json::from_str(&text) {
        Ok(value) => reply_fields(api, value, convert_case).map(Reply::Fields),
        Err(_) if is_json => Err(Failure::cloud_sdk(
            -601_001,
            format!(
                "{api}:fail wechat server internal error, response body is invalid json: {text}"
            ),
        )),
        Err(_) => {
            let mut fields = Map::new();
            fields.insert("result".to_owned(), Value::String(text.into_owned()));
            Ok(Reply::Fields(fields))
        }
    }
}

/// A JSON reply: a business error fails, its two fields go, keys are converted.
pub fn reply_fields(api: &str, value: Value, convert_case: bool) -> Result<Map<String, Value>> {
    let Value::Object(mut fields) = value else { return Ok(Map::new()) };
    let code = fields.shift_remove("errcode").and_then(|code| code.as_i64()).unwrap_or(0);
    let text = fields.shift_remove("errmsg");
    if code != 0 {
        let text = match text {
            Some(Value::String(text)) => text,
            Some(other) => other.to_string(),
            None => "undefined".to_owned(),
        };
        return Err(Failure::cloud_sdk(code, format!("{api}:fail {text}")));
    }
    Ok(if convert_case { camel_fields(fields) } else { fields })
}

/// An error of the engine as an open capability reports it.
pub fn open_failure(api: &str, error: &Error) -> Failure {
    use crate::error::ErrorKind;
    match error.kind() {
        ErrorKind::OpenApiNotFound => system_failure(-604_100),
        ErrorKind::OpenApiDenied => system_failure(-604_101),
        _ => {
            debug_assert!(!error_code(error.kind()).code.is_empty(), "every kind has a code");
            wrap(api, error, Row::Numbered)
        }
    }
}

/// An error of the capability's gateway.
pub fn system_failure(code: i64) -> Failure {
    Failure::cloud_sdk(code, format!("system error: error code: {code}"))
}

/// `signature(options)`: names of parameters and the secret; `None` for an unknown type. Thrown.
pub fn signature(options: &Input) -> Result<Option<Signature>> {
    if let Input::Absent | Input::Null = options {
        return Err(Failure::reading(options.null_text(), "type"));
    }
    if options.property("type") != Some(&Input::Text("midas".to_owned())) {
        return Ok(None);
    }
    let Some(Input::List(params)) = options.property("params") else {
        return Err(Failure::error(messages::SIGNATURE_PARAMS));
    };
    let secret = options.property("secret").filter(|secret| secret.is_truthy());
    let Some(secret) = secret else { return Err(Failure::error(messages::SIGNATURE_SECRET)) };
    Ok(Some(Signature {
        params: params.iter().map(property_name).collect(),
        secret: property_name(secret),
    }))
}

/// A signature to compute when the call is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    pub params: Vec<String>,
    pub secret: String,
}

/// The path that a `midas` API signs; `None` for every other API.
pub fn midas_path(api: &str) -> Option<&'static str> {
    Some(match api {
        "openapi.midas.getBalance" => "/cgi-bin/midas/getbalance",
        "openapi.midas.getBalanceSandbox" => "/cgi-bin/midas/sandbox/getbalance",
        "openapi.midas.pay" => "/cgi-bin/midas/pay",
        "openapi.midas.paySandbox" => "/cgi-bin/midas/sandbox/pay",
        "openapi.midas.cancelPay" => "/cgi-bin/midas/cancelpay",
        "openapi.midas.cancelPaySandbox" => "/cgi-bin/midas/sandbox/cancelpay",
        "openapi.midas.present" => "/cgi-bin/midas/present",
        "openapi.midas.presentSandbox" => "/cgi-bin/midas/sandbox/present",
        _ => return None,
    })
}

impl Signature {
    /// The digest over the named values of `data`, whose keys are converted already.
    pub fn compute(&self, path: &str, data: &Input) -> Result<String> {
        let mut names: Vec<&String> = self.params.iter().collect();
        names.sort_by(|first, second| first.encode_utf16().cmp(second.encode_utf16()));
        let mut parts = Vec::with_capacity(names.len());
        for name in names {
            let name = to_snake(name);
            let Some(value) = data.property(&name) else {
                return Err(Failure::error(format!(
                    "Cannot compute signature: lack of param '{name}'"
                )));
            };
            parts.push(format!("{name}={}", property_name(value)));
        }
        let text = format!("{}&org_loc={path}&method=POST&secret={}", parts.join("&"), self.secret);
        let mut digest = Hmac::<Sha256>::new_from_slice(self.secret.as_bytes())
            .expect("HMAC takes keys of any length");
        digest.update(text.as_bytes());
        Ok(hex_text(&digest.finalize().into_bytes()))
    }
}

/// The cloud ids of `getOpenData(options)`. A text is taken for a list of its letters. Rejected.
pub fn open_data_ids(options: &Input) -> Result<Vec<String>> {
    let api = Api::GetOpenData.name();
    if !options.is_truthy() {
        return Err(Failure::missing_options(api, api, options.type_of()));
    }
    match options.property("list") {
        Some(Input::List(ids)) => Ok(ids.iter().map(property_name).collect()),
        Some(Input::Text(text)) if !text.is_empty() => {
            Ok(text.chars().map(|letter| letter.to_string()).collect())
        }
        Some(list) if list.is_truthy() => Ok(Vec::new()),
        _ => Err(Failure::error(messages::OPEN_DATA_LIST).wrapped(api)),
    }
}

/// Checks `getVoIPSign(options)`: all faults are reported together. Rejected.
pub fn check_voip_sign(options: &Input) -> Result<()> {
    check_options(Api::GetVoipSign.name(), options)?;
    let faults: String = [("groupId", "string"), ("timestamp", "number"), ("nonce", "string")]
        .iter()
        .filter_map(|(name, tag)| {
            let value = options.property(name).unwrap_or(&Input::Absent);
            (value.tag_name() != *tag).then(|| wrong_type(name, tag, value))
        })
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(Failure::cloud_sdk(-1, faults)) }
}

/// Checks `getCloudCallSign(options)`. Rejected.
pub fn check_cloud_call_sign(options: &Input) -> Result<()> {
    let api = Api::GetCloudCallSign.name();
    if options.is_truthy() {
        Ok(())
    } else {
        Err(Failure::missing_options(api, api, options.type_of()))
    }
}

/// Checks `callOpenAPI(options)`: its name and data. Rejected.
pub fn call_open_api(options: &Input) -> Result<(String, Input)> {
    check_options(Api::CallOpenApi.name(), options)?;
    let Input::Text(name) = typed_property(options, "api", "string")? else {
        return Ok((String::new(), Input::Absent));
    };
    match options.property("data").filter(|data| data.is_truthy()) {
        None => Ok((name.clone(), Input::Absent)),
        Some(_) => Ok((name.clone(), typed_property(options, "data", "object")?.clone())),
    }
}

/// A failure inside the service behind `getOpenData` and its kin.
pub fn svrkit_failure(api: Api, text: &str) -> Failure {
    Failure::final_error(-601_001, format!("{}:fail -601001 system error. {text}", api.name()))
}
