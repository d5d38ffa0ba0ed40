//! MongoDB Extended JSON: text on the wire, in exports and in snapshots.

use serde_json::Value;

use crate::error::{Error, ErrorKind, Result};
use crate::value::{Bson, Document};

/// Parses canonical or relaxed Extended JSON.
pub fn parse(text: &str) -> Result<Bson> {
    // serde_json refuses text nested deeper than 128 levels, which is below our own limit.
    let json: Value = serde_json::from_str(text)
        .map_err(|error| Error::new(ErrorKind::InvalidParam, format!("invalid JSON: {error}")))?;
    from_json(json)
}

/// Parses a document; anything else is refused.
pub fn parse_document(text: &str) -> Result<Document> {
    match parse(text)? {
        Bson::Document(document) => Ok(document),
        _ => Err(Error::new(ErrorKind::InvalidParam, "expected a JSON object")),
    }
}

/// Reads Extended JSON that is parsed already.
pub fn from_json(json: Value) -> Result<Bson> {
    Bson::try_from(json).map_err(|error| {
        Error::new(ErrorKind::InvalidParam, format!("invalid extended JSON: {error}"))
    })
}

/// Keeps every type: `{"$numberInt":"1"}`.
pub fn to_canonical(value: Bson) -> Value {
    value.into_canonical_extjson()
}

/// Numbers and dates in their readable form where nothing is lost.
pub fn to_relaxed(value: Bson) -> Value {
    value.into_relaxed_extjson()
}
