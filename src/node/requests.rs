//! What the engine is asked, as canonical extended JSON: for tests that compare it with what the
//! official client sends.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value as Json, json};

use crate::database::{Command, Find, Request, Update};
use crate::value::{Bson, Document, RawDoc, ejson, to_document};

/// Older requests are dropped: a test that never looks must not fill the memory.
const REQUESTS_MAX: usize = 10_000;

/// The requests of a world since they were last taken. Nothing is kept before the first time.
#[derive(Default)]
pub struct RequestLog {
    is_on: AtomicBool,
    requests: Mutex<VecDeque<Json>>,
}

impl RequestLog {
    pub fn note(&self, request: &Request) {
        if !self.is_on.load(Ordering::Relaxed) {
            return;
        }
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        if requests.len() == REQUESTS_MAX {
            requests.pop_front();
        }
        requests.push_back(describe(request));
    }

    /// Hands over what was kept, oldest first, and keeps from now on.
    pub fn take(&self) -> Json {
        self.is_on.store(true, Ordering::Relaxed);
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        Json::Array(requests.drain(..).collect())
    }
}

fn describe(request: &Request) -> Json {
    let mut described = Map::new();
    described.insert("env".to_owned(), json!(request.env));
    described.insert("transaction".to_owned(), json!(request.transaction.is_some()));
    for (name, value) in parts(&request.command) {
        described.insert(name.to_owned(), value);
    }
    Json::Object(described)
}

fn parts(command: &Command) -> Vec<(&'static str, Json)> {
    match command {
        Command::Find(find) => found(find),
        Command::Insert { collection, documents } => {
            let documents = documents.iter().map(|bytes| stored(&to_document(RawDoc::new(bytes))));
            vec![
                ("command", json!("insert")),
                ("collection", json!(collection)),
                ("documents", Json::Array(documents.collect())),
            ]
        }
        Command::Count { collection, filter } => {
            vec![
                ("command", json!("count")),
                ("collection", json!(collection)),
                ("filter", stored(filter)),
            ]
        }
        Command::Update(Update { collection, filter, update, multi }) => vec![
            ("command", json!("update")),
            ("collection", json!(collection)),
            ("filter", stored(filter)),
            ("update", stored(update)),
            ("multi", json!(multi)),
        ],
        Command::Replace { collection, filter, replacement, upsert } => vec![
            ("command", json!("replace")),
            ("collection", json!(collection)),
            ("filter", stored(filter)),
            ("update", stored(replacement)),
            ("upsert", json!(upsert)),
        ],
        Command::Delete { collection, filter, multi } => vec![
            ("command", json!("delete")),
            ("collection", json!(collection)),
            ("filter", stored(filter)),
            ("multi", json!(multi)),
        ],
        Command::Aggregate { collection, pipeline } => vec![
            ("command", json!("aggregate")),
            ("collection", json!(collection)),
            ("stages", Json::Array(pipeline.iter().map(stored).collect())),
        ],
        _ => vec![("command", json!("other"))],
    }
}

fn found(find: &Find) -> Vec<(&'static str, Json)> {
    vec![
        ("command", json!("find")),
        ("collection", json!(find.collection)),
        ("filter", stored(&find.filter)),
        ("sort", stored(&find.sort)),
        ("skip", json!(find.skip)),
        ("limit", json!(find.limit)),
        ("projection", find.projection.as_ref().map_or(Json::Null, stored)),
    ]
}

fn stored(document: &Document) -> Json {
    ejson::to_canonical(Bson::Document(document.clone()))
}
