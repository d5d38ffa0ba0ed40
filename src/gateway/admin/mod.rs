//! The service's one endpoint, for the official client: every call but the content of files is a
//! `POST` whose field `action` names the operation.
//!
//! A failure is a body with a `code` under the status 200; a success has none.

mod database;
mod extended_json;
mod functions;
pub mod storage;

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State as Extracted;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use serde_json::{Map, Value as Json, json};

use crate::clock::secret_bytes;
use crate::error::{Error, ErrorKind};
use crate::gateway::routes::{Shared, State, answer_json};
use crate::sdk::error_code::error_code;
use crate::sdk::result::Api;
use crate::sdk::service_text::service_message;
use crate::value::hex_text;

const NO_OPEN_CAPABILITIES: &str = "open capabilities and payment are not served to the official \
                                    package: run the function with wx-server-sdk-local, where \
                                    they are answered and can be mocked";

/// A request's fields, or those of an answer.
pub type Fields = Map<String, Json>;

pub type Answer = std::result::Result<Fields, Refusal>;

/// What the client turns into an error.
pub struct Refusal {
    code: String,
    message: String,
    /// Of the run of a function, if one was refused.
    request_id: Option<String>,
}

impl Refusal {
    fn invalid(message: impl Into<String>) -> Self {
        Self { code: "INVALID_PARAM".to_owned(), message: message.into(), request_id: None }
    }

    /// The service's code and words for an error that `api` met.
    fn of(api: Api, error: &Error) -> Self {
        Self {
            code: error_code(error.kind()).code.to_owned(),
            message: service_message(api.name(), error),
            request_id: None,
        }
    }
}

pub async fn answer(Extracted(state): Shared, headers: HeaderMap, body: Bytes) -> Response {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let answered = match serde_json::from_slice(&body) {
        // Only open capabilities and payment are asked for in parts.
        _ if kind.is_some_and(|kind| kind.starts_with("multipart/")) => {
            Err(Refusal::invalid(NO_OPEN_CAPABILITIES))
        }
        Ok(Json::Object(fields)) => dispatch(&state, &fields).await,
        Ok(_) => Err(Refusal::invalid("the request must be a JSON object")),
        Err(error) => Err(Refusal::invalid(format!("the request is not JSON: {error}"))),
    };
    let mut fields = match answered {
        Ok(fields) => fields,
        Err(refusal) => {
            let mut fields = Map::new();
            fields.insert("code".to_owned(), json!(refusal.code));
            fields.insert("message".to_owned(), json!(refusal.message));
            if let Some(id) = refusal.request_id {
                fields.insert("requestId".to_owned(), json!(id));
            }
            fields
        }
    };
    fields.entry("requestId").or_insert_with(|| json!(request_id()));
    answer_json(200, Json::Object(fields).to_string())
}

async fn dispatch(state: &Arc<State>, fields: &Fields) -> Answer {
    let action = text(fields, "action");
    match action {
        "functions.invokeFunction" => functions::invoke(state, fields).await,
        "storage.getUploadMetadata" => storage::upload_metadata(state, fields),
        "storage.batchGetDownloadUrl" => storage::download_urls(state, fields),
        "storage.batchDeleteFile" => storage::delete(state, fields),
        "wx.api" => Err(Refusal::invalid(NO_OPEN_CAPABILITIES)),
        _ => match action.strip_prefix("database.") {
            Some(action) => database::answer(state, action, fields).await,
            None => Err(Refusal::invalid(format!("action '{action}' is not served here"))),
        },
    }
}

/// A field's text; empty when it has none.
fn text<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.get(name).and_then(Json::as_str).unwrap_or_default()
}

/// The environment that a request means.
fn env_of(state: &State, fields: &Fields) -> String {
    match text(fields, "envName") {
        "" => state.env.clone(),
        env => env.to_owned(),
    }
}

/// `{data: value}`.
fn with_data(value: Json) -> Fields {
    let mut fields = Map::new();
    fields.insert("data".to_owned(), value);
    fields
}

/// An id in the form of the service's.
fn request_id() -> String {
    let bytes = secret_bytes().unwrap_or_default();
    let digits = hex_text(&bytes[..16]);
    [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| digits.get(part).unwrap_or("")).join("-")
}

fn internal(text: &str) -> Error {
    Error::new(ErrorKind::Internal, text)
}
