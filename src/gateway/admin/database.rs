//! The ten database actions, as commands of the engine.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};
use tokio::sync::oneshot;

use crate::database::{Command, Find, Reply, Request, Update};
use crate::error::{Error, ErrorKind, Result};
use crate::gateway::admin::extended_json::document;
use crate::gateway::admin::{Answer, Fields, Refusal, env_of, internal, text, with_data};
use crate::gateway::routes::State;
use crate::limits::{QUERY_ROWS_DEFAULT, QUERY_ROWS_MAX};
use crate::sdk::request::negative_skip;
use crate::sdk::result::Api;
use crate::value::{Bson, Document, RawDoc, ejson, encode_document, to_document};

pub async fn answer(state: &Arc<State>, action: &str, fields: &Fields) -> Answer {
    let Some(api) = api_of(action, fields) else {
        return Err(Refusal::invalid(format!("action 'database.{action}' is not served here")));
    };
    let refused = |error: Error| Refusal::of(api, &error);
    let command = command(api, action, fields).map_err(refused)?;
    let transaction = match text(fields, "transactionId") {
        "" => None,
        id => Some(id.to_owned()),
    };
    let request = Request { env: env_of(state, fields), transaction, command };
    let reply = execute(state, request).await.map_err(refused)?;
    shape(action, reply).map_err(refused)
}

/// The call that the client reports: it decides the wording of errors.
fn api_of(action: &str, fields: &Fields) -> Option<Api> {
    let of_document = text(fields, "queryType") == "DOC";
    Some(match action {
        "addCollection" => Api::CreateCollection,
        "insertDocument" => Api::CollectionAdd,
        "getDocument" if of_document => Api::DocumentGet,
        "getDocument" => Api::CollectionGet,
        "modifyDocument" if !of_document => Api::CollectionUpdate,
        "modifyDocument" if flag(fields, "merge") => Api::DocumentUpdate,
        "modifyDocument" => Api::DocumentSet,
        "removeDocument" if of_document => Api::DocumentRemove,
        "removeDocument" => Api::CollectionRemove,
        "calculateDocument" => Api::CollectionCount,
        "aggregateDocuments" => Api::CollectionAggregate,
        "startTransaction" | "commitTransaction" | "abortTransaction" => Api::Transaction,
        _ => return None,
    })
}

fn command(api: Api, action: &str, fields: &Fields) -> Result<Command> {
    let collection = collection_name(fields);
    let filter = || document(text(fields, "query"));
    let multi = flag(fields, "multi");
    Ok(match api {
        Api::CreateCollection => Command::CreateCollection { name: collection },
        Api::CollectionAdd => Command::Insert { collection, documents: documents(fields)? },
        Api::CollectionGet => Command::Find(find(collection, fields)?),
        Api::DocumentGet => Command::Find(Find { limit: Some(1), ..find(collection, fields)? }),
        Api::DocumentSet => Command::Replace {
            collection,
            filter: filter()?,
            replacement: document(text(fields, "data"))?,
            upsert: flag(fields, "upsert"),
        },
        Api::CollectionUpdate | Api::DocumentUpdate => Command::Update(Update {
            collection,
            filter: filter()?,
            update: document(text(fields, "data"))?,
            multi,
        }),
        Api::CollectionRemove | Api::DocumentRemove => {
            Command::Delete { collection, filter: filter()?, multi }
        }
        Api::CollectionCount => Command::Count { collection, filter: filter()? },
        Api::CollectionAggregate => Command::Aggregate { collection, pipeline: pipeline(fields)? },
        _ => match action {
            "startTransaction" => Command::StartTransaction,
            "commitTransaction" => Command::CommitTransaction,
            _ => Command::AbortTransaction,
        },
    })
}

/// The client does not check that it is a text.
fn collection_name(fields: &Fields) -> String {
    match fields.get("collectionName") {
        Some(Json::String(name)) => name.clone(),
        Some(other) => other.to_string(),
        None => "undefined".to_owned(),
    }
}

fn flag(fields: &Fields, name: &str) -> bool {
    fields.get(name).and_then(Json::as_bool).unwrap_or(false)
}

fn documents(fields: &Fields) -> Result<Vec<Vec<u8>>> {
    let items = fields.get("data").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    // An item without a text is one that the client could not spell: it is no document.
    let texts = items.iter().map(|item| item.as_str().unwrap_or("null"));
    texts.map(|text| Ok(encode_document(&document(text)?))).collect()
}

fn find(collection: String, fields: &Fields) -> Result<Find> {
    let number = |name: &str| fields.get(name).and_then(Json::as_f64);
    let skip = number("offset").unwrap_or(0.0);
    if skip < 0.0 {
        return Err(negative_skip(skip));
    }
    let rows = fields.get("limit").and_then(Json::as_i64).unwrap_or(QUERY_ROWS_DEFAULT);
    let projection = match text(fields, "projection") {
        "" => None,
        projection => Some(document(projection)?),
    };
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "casts of floats saturate; a negative number was refused"
    )]
    let skip = skip as u64;
    Ok(Find {
        collection,
        filter: document(text(fields, "query"))?,
        sort: document(text(fields, "order"))?,
        skip,
        limit: Some(rows.unsigned_abs().min(QUERY_ROWS_MAX.unsigned_abs())),
        projection,
    })
}

fn pipeline(fields: &Fields) -> Result<Vec<Document>> {
    let stages = fields.get("stages").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    let stage = |stage: &Json| {
        let key = stage.get("stageKey").and_then(Json::as_str).unwrap_or_default();
        let value = match stage.get("stageValue").and_then(Json::as_str) {
            Some(value) => ejson::parse(value)?,
            None => Bson::Null,
        };
        let mut document = Document::new();
        document.insert(key, value);
        Ok(document)
    };
    stages.iter().map(stage).collect()
}

/// Waits for the engine without a thread.
async fn execute(state: &Arc<State>, request: Request) -> Result<Reply> {
    // Held until the answer is there: a second operation in flight is refused.
    let permit = match &request.transaction {
        Some(transaction) => Some(state.engine.permit(&request.env, transaction)?),
        None => None,
    };
    let (sender, receiver) = oneshot::channel();
    let done = move |reply| {
        // The client may have gone.
        let _ = sender.send(reply);
    };
    state.engine.execute_async(request, Box::new(done));
    let reply = receiver.await.unwrap_or_else(|_| Err(internal("the request was given up")));
    drop(permit);
    reply
}

/// An answer's fields.
fn shape(action: &str, reply: Reply) -> Result<Fields> {
    Ok(match reply {
        Reply::Done => {
            let mut fields = Map::new();
            let ended = match action {
                "commitTransaction" => Some("committed"),
                "abortTransaction" => Some("aborted"),
                _ => None,
            };
            if let Some(ended) = ended {
                fields.insert(ended.to_owned(), json!(1));
            }
            fields
        }
        Reply::TransactionStarted(id) => {
            let mut fields = Map::new();
            fields.insert("transactionId".to_owned(), json!(id));
            fields
        }
        Reply::Inserted(ids) => {
            let ids: Vec<Json> = ids.into_iter().map(id).collect();
            with_data(json!({ "insertedIds": ids }))
        }
        Reply::Documents(documents) => {
            let text = |bytes: &Vec<u8>| {
                let document = to_document(RawDoc::new(bytes));
                Json::String(ejson::to_canonical(Bson::Document(document)).to_string())
            };
            with_data(json!({ "list": documents.iter().map(text).collect::<Vec<_>>() }))
        }
        Reply::Count(total) => with_data(json!({ "total": total })),
        Reply::Updated(updated) => {
            with_data(json!({ "updated": updated.modified, "upsert_id": updated.upserted.map(id) }))
        }
        Reply::Deleted(count) => with_data(json!({ "deleted": count })),
        _ => return Err(Error::new(ErrorKind::Internal, "the engine answered another question")),
    })
}

/// An id as the client hands it on: texts and numbers are themselves.
fn id(id: Bson) -> Json {
    ejson::to_relaxed(id)
}
