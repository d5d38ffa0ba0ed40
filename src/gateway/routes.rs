//! What the server answers.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{self, DefaultBodyLimit, Path, Query, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};
use http_body::Body as _;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::cloud::files::{FileReader, FileStore};
use crate::error::{Error, ErrorKind};
use crate::gateway::body::FileBody;
use crate::gateway::guard::{Guard, Refusal};
use crate::gateway::range::{Part, part_wanted};
use crate::gateway::{ADMIN_PATH, FILES_PATH, RunAnswer, RunRequest, Runner, admin};
use crate::limits::FUNCTION_EVENT_BYTES_MAX;
use crate::share::SharedEngine;

/// Largest request of the official client, in bytes: a document of the largest size, with the types
/// of its values spelt out. Ours.
const ADMIN_BYTES_MAX: usize = 64 * 1024 * 1024;

pub struct State {
    pub guard: Guard,
    pub files: Arc<FileStore>,
    pub engine: Arc<SharedEngine>,
    pub env: String,
    pub runner: Runner,
}

pub type Shared = extract::State<Arc<State>>;

pub fn router(state: State) -> Router {
    let state = Arc::new(state);
    Router::new()
        .route("/invoke/{function}", post(invoke))
        .route(&format!("{FILES_PATH}/{{*file}}"), get(file).put(put_file))
        .route(ADMIN_PATH, post(admin::answer).layer(DefaultBodyLimit::max(ADMIN_BYTES_MAX)))
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
        .layer(DefaultBodyLimit::max(FUNCTION_EVENT_BYTES_MAX))
        .layer(middleware::from_fn_with_state(Arc::clone(&state), check))
        .with_state(state)
}

/// Before anything else, the body's reading included.
async fn check(extract::State(state): Shared, request: Request, next: Next) -> Response {
    let (guard, headers, path) = (&state.guard, request.headers(), request.uri().path());
    let checked = guard.check_place(headers).and_then(|()| match path {
        ADMIN_PATH => guard.check_client(headers),
        path if path.starts_with(&format!("{FILES_PATH}/")) => Ok(()),
        _ => guard.check_token(headers),
    });
    match checked {
        Ok(()) => next.run(request).await,
        Err(refusal) => refused(refusal),
    }
}

#[derive(Deserialize)]
struct Caller {
    openid: Option<String>,
}

/// `POST /invoke/<name>?openid=<id>` with the event as JSON.
async fn invoke(
    extract::State(state): Shared,
    Path(function): Path<String>,
    Query(caller): Query<Caller>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let body = match body {
        Ok(body) => body,
        Err(error) => return failure(error.status().as_u16(), &error.body_text()),
    };
    let event = match event_of(&body) {
        Ok(event) => event,
        Err(text) => return failure(400, &text),
    };
    let (answer, answered) = oneshot::channel();
    let openid = caller.openid.filter(|openid| !openid.is_empty());
    (state.runner)(RunRequest { function, event, openid, env: None, answer });
    match answered.await {
        Ok(RunAnswer { status, body }) => answer_json(status, body),
        Err(_) => failure(503, "the server is stopping"),
    }
}

fn event_of(body: &[u8]) -> Result<String, String> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok("{}".to_owned());
    }
    match serde_json::from_slice(body) {
        Ok(event @ Value::Object(_)) => Ok(event.to_string()),
        Ok(_) => Err("the event must be a JSON object".to_owned()),
        Err(error) => Err(format!("the event is not JSON: {error}")),
    }
}

/// A temporary URL, which carries its own signature. `HEAD` is answered without the content.
async fn file(extract::State(state): Shared, uri: Uri, headers: HeaderMap) -> Response {
    let asked = uri.path_and_query().map_or("", |path| path.as_str());
    let asked = asked.strip_prefix(FILES_PATH).unwrap_or(asked).trim_start_matches('/');
    let opened = state.files.verify_url(asked).and_then(|id| {
        let kind = mime_guess::from_path(&id.path).first_or_octet_stream();
        Ok((kind, state.files.read(&id.env, &id.path)?))
    });
    match opened {
        Ok((kind, reader)) => {
            let mut response = content(reader, &headers);
            let is_content = response.status().is_success();
            let headers = response.headers_mut();
            if is_content && let Ok(kind) = kind.as_ref().parse() {
                headers.insert(header::CONTENT_TYPE, kind);
            }
            let mut insert = |name, value| headers.insert(name, HeaderValue::from_static(value));
            insert(header::ACCEPT_RANGES, "bytes");
            // A stored page must not run with this server's origin.
            insert(header::CONTENT_SECURITY_POLICY, "sandbox");
            insert(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
            response
        }
        Err(error) => failure(status_of(&error), error.message()),
    }
}

/// The content that is wanted, with its length and place.
fn content(reader: FileReader, wanted: &HeaderMap) -> Response {
    let size_bytes = reader.size_bytes();
    let (status, body, length, place) = match part_wanted(wanted, size_bytes) {
        Part::Whole => (StatusCode::OK, Ok(FileBody::new(reader)), size_bytes, None),
        Part::Bytes { start, length } => {
            let place = format!("bytes {start}-{}/{size_bytes}", start + length - 1);
            let body = FileBody::part(reader, start, length);
            (StatusCode::PARTIAL_CONTENT, body, length, Some(place))
        }
        Part::Nothing => {
            let mut response = failure(416, &format!("the file has {size_bytes} bytes"));
            place_of(&mut response, &format!("bytes */{size_bytes}"));
            return response;
        }
    };
    let mut response = match body {
        Ok(body) => Response::new(Body::new(body)),
        Err(error) => return failure(500, &error.to_string()),
    };
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    if let Some(place) = place {
        place_of(&mut response, &place);
    }
    response
}

fn place_of(response: &mut Response, place: &str) {
    if let Ok(place) = place.parse() {
        response.headers_mut().insert(header::CONTENT_RANGE, place);
    }
}

/// The content of a file that the official client uploads, to a URL that carries its own signature.
/// What is received is visible when all of it is.
async fn put_file(extract::State(state): Shared, uri: Uri, mut body: Body) -> Response {
    let asked = uri.path_and_query().map_or("", |path| path.as_str());
    let asked = asked.strip_prefix(FILES_PATH).unwrap_or(asked).trim_start_matches('/');
    let stored = async {
        let id = state.files.verify_upload_url(asked)?;
        let mut upload = state.files.begin(&id.env, &id.path, None)?;
        while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
            let frame = frame.map_err(|error| Error::new(ErrorKind::Storage, error.to_string()))?;
            if let Some(piece) = frame.data_ref() {
                upload.write(piece)?;
            }
        }
        // Syncing to the disk takes long: other requests go on.
        let finished = tokio::task::spawn_blocking(move || upload.finish()).await;
        finished.unwrap_or_else(|error| Err(Error::new(ErrorKind::Internal, error.to_string())))
    };
    match stored.await {
        Ok(_) => Response::new(Body::empty()),
        Err(error) => {
            let mut response = Response::new(Body::from(admin::storage::refusal(&error)));
            *response.status_mut() =
                StatusCode::from_u16(status_of(&error)).unwrap_or(StatusCode::FORBIDDEN);
            response
        }
    }
}

fn status_of(error: &Error) -> u16 {
    match error.kind() {
        ErrorKind::FileNotFound => 404,
        ErrorKind::FileSignature | ErrorKind::FileDenied => 403,
        _ => 500,
    }
}

async fn unknown(uri: Uri) -> Response {
    failure(404, &format!("there is no {}: POST /invoke/<function>", uri.path()))
}

fn refused(refusal: Refusal) -> Response {
    failure(refusal.status(), refusal.text())
}

fn failure(status: u16, text: &str) -> Response {
    answer_json(status, json!({ "errMsg": text }).to_string())
}

pub fn answer_json(status: u16, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
