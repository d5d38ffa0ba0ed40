//! Replies as bytes: for another process, and for the receipt of a write.

use crate::database::command::Reply;
use crate::database::command::Updated;
use crate::database::upkeep::Compacted;
use crate::error::{Error, ErrorKind, Result};
use crate::limits::DOCUMENT_DEPTH_MAX;
use crate::store::Report;
use crate::value::Bson;
use crate::value::Document;
use crate::value::RawDoc;
use crate::value::RawValue;
use crate::value::encode_document;
use crate::value::to_bson;
use crate::value::to_document;
use crate::value::validate_document;
use bson::Binary;
use bson::spec::BinarySubtype;

const KIND: &str = "kind";
const VALUE: &str = "value";

/// Levels that a reply adds around a document, an explanation's own included.
const DEPTH_MAX: usize = DOCUMENT_DEPTH_MAX * 2;

/// One BSON document.
pub fn encode_reply(reply: &Reply) -> Vec<u8> {
    let (kind, value) = match reply {
        Reply::Done => ("done", Bson::Null),
        Reply::Inserted(ids) => ("inserted", Bson::Array(ids.clone())),
        Reply::Documents(documents) => ("documents", binaries(documents)),
        Reply::Count(count) => ("count", whole(*count)),
        Reply::Updated(updated) => ("updated", Bson::Document(encode_updated(updated))),
        Reply::Deleted(count) => ("deleted", whole(*count)),
        Reply::Names(names) => {
            ("names", Bson::Array(names.iter().cloned().map(Bson::String).collect()))
        }
        Reply::TransactionStarted(id) => ("transaction", Bson::String(id.clone())),
        Reply::Explained(document) => ("explained", Bson::Document(document.clone())),
        Reply::Record(record) => ("record", record.as_deref().map_or(Bson::Null, binary)),
        Reply::Records(records) => {
            let pairs =
                records.iter().map(|(key, value)| Bson::Array(vec![binary(key), binary(value)]));
            ("records", Bson::Array(pairs.collect()))
        }
        Reply::Removed(removed) => ("removed", Bson::Boolean(*removed)),
        Reply::Checked(report) => ("checked", Bson::Document(encode_report(report))),
        Reply::Compacted(compacted) => ("compacted", Bson::Document(encode_compacted(compacted))),
    };
    let mut document = Document::new();
    document.insert(KIND, kind);
    document.insert(VALUE, value);
    encode_document(&document)
}

/// # Errors
/// The bytes are no reply.
pub fn decode_reply(bytes: &[u8]) -> Result<Reply> {
    validate_document(bytes, DEPTH_MAX)?;
    let raw = RawDoc::new(bytes);
    let (Some(RawValue::String(kind)), Some(value)) = (raw.get(KIND), raw.get(VALUE)) else {
        return Err(malformed());
    };
    Ok(match (kind, value) {
        ("done", _) => Reply::Done,
        ("inserted", RawValue::Array(ids)) => Reply::Inserted(ids.values().map(to_bson).collect()),
        ("documents", RawValue::Array(documents)) => {
            Reply::Documents(documents.values().map(bytes_of).collect::<Result<_>>()?)
        }
        ("count", value) => Reply::Count(count_of(value)?),
        ("updated", RawValue::Document(updated)) => Reply::Updated(decode_updated(updated)?),
        ("deleted", value) => Reply::Deleted(count_of(value)?),
        ("names", RawValue::Array(names)) => {
            Reply::Names(names.values().map(text_of).collect::<Result<_>>()?)
        }
        ("transaction", id) => Reply::TransactionStarted(text_of(id)?),
        ("explained", RawValue::Document(document)) => Reply::Explained(to_document(document)),
        ("record", RawValue::Null) => Reply::Record(None),
        ("record", value) => Reply::Record(Some(bytes_of(value)?)),
        ("records", RawValue::Array(records)) => {
            Reply::Records(records.values().map(pair_of).collect::<Result<_>>()?)
        }
        ("removed", RawValue::Boolean(removed)) => Reply::Removed(removed),
        ("checked", RawValue::Document(report)) => Reply::Checked(decode_report(report)?),
        ("compacted", RawValue::Document(raw)) => Reply::Compacted(decode_compacted(raw)?),
        _ => return Err(malformed()),
    })
}

fn encode_updated(updated: &Updated) -> Document {
    let mut document = Document::new();
    document.insert("matched", whole(updated.matched));
    document.insert("modified", whole(updated.modified));
    if let Some(id) = &updated.upserted {
        document.insert("upserted", id.clone());
    }
    document
}

fn encode_report(report: &Report) -> Document {
    let mut document = Document::new();
    document.insert("collections", whole(report.collections));
    document.insert("documents", whole(report.documents));
    document.insert("indexEntries", whole(report.index_entries));
    let problems = report.problems.iter().cloned().map(Bson::String).collect();
    document.insert("problems", Bson::Array(problems));
    document.insert("omitted", whole(report.problems_omitted));
    document
}

fn decode_report(raw: RawDoc<'_>) -> Result<Report> {
    let count = |name| raw.get(name).ok_or_else(malformed).and_then(count_of);
    let Some(RawValue::Array(problems)) = raw.get("problems") else { return Err(malformed()) };
    Ok(Report {
        collections: count("collections")?,
        documents: count("documents")?,
        index_entries: count("indexEntries")?,
        problems: problems.values().map(text_of).collect::<Result<_>>()?,
        problems_omitted: count("omitted")?,
    })
}

fn encode_compacted(compacted: &Compacted) -> Document {
    let mut document = Document::new();
    document.insert("before", whole(compacted.before_bytes));
    document.insert("after", whole(compacted.after_bytes));
    document.insert("isSmaller", compacted.is_smaller);
    document
}

fn decode_compacted(raw: RawDoc<'_>) -> Result<Compacted> {
    let count = |name| raw.get(name).ok_or_else(malformed).and_then(count_of);
    Ok(Compacted {
        before_bytes: count("before")?,
        after_bytes: count("after")?,
        is_smaller: matches!(raw.get("isSmaller"), Some(RawValue::Boolean(true))),
    })
}

fn decode_updated(raw: RawDoc<'_>) -> Result<Updated> {
    let count = |name| raw.get(name).ok_or_else(malformed).and_then(count_of);
    Ok(Updated {
        matched: count("matched")?,
        modified: count("modified")?,
        upserted: raw.get("upserted").map(to_bson),
    })
}

fn binary(bytes: &[u8]) -> Bson {
    Bson::Binary(Binary { subtype: BinarySubtype::Generic, bytes: bytes.to_vec() })
}

fn binaries(documents: &[Vec<u8>]) -> Bson {
    Bson::Array(documents.iter().map(|document| binary(document)).collect())
}

fn whole(count: u64) -> Bson {
    Bson::Int64(i64::try_from(count).unwrap_or(i64::MAX))
}

fn count_of(value: RawValue<'_>) -> Result<u64> {
    match value {
        RawValue::Int64(count) => u64::try_from(count).map_err(|_| malformed()),
        _ => Err(malformed()),
    }
}

fn bytes_of(value: RawValue<'_>) -> Result<Vec<u8>> {
    match value {
        RawValue::Binary { bytes, .. } => Ok(bytes.to_vec()),
        _ => Err(malformed()),
    }
}

fn text_of(value: RawValue<'_>) -> Result<String> {
    match value {
        RawValue::String(text) => Ok(text.to_owned()),
        _ => Err(malformed()),
    }
}

fn pair_of(value: RawValue<'_>) -> Result<(Vec<u8>, Vec<u8>)> {
    let RawValue::Array(pair) = value else { return Err(malformed()) };
    let mut values = pair.values();
    match (values.next(), values.next(), values.next()) {
        (Some(key), Some(value), None) => Ok((bytes_of(key)?, bytes_of(value)?)),
        _ => Err(malformed()),
    }
}

fn malformed() -> Error {
    Error::new(ErrorKind::Internal, "the bytes are no reply of the database")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reply_comes_back_as_it_went() {
        let mut explained = Document::new();
        explained.insert("stage", "IXSCAN");
        let replies = [
            Reply::Done,
            Reply::Inserted(vec![Bson::String("a".into()), Bson::Int32(7), Bson::Double(0.5)]),
            Reply::Documents(vec![encode_document(&explained), encode_document(&Document::new())]),
            Reply::Count(3),
            Reply::Updated(Updated { matched: 2, modified: 1, upserted: None }),
            Reply::Updated(Updated { matched: 0, modified: 0, upserted: Some(Bson::Null) }),
            Reply::Deleted(9),
            Reply::Names(vec!["todos".into(), String::new()]),
            Reply::TransactionStarted("t".into()),
            Reply::Explained(explained),
            Reply::Record(None),
            Reply::Record(Some(vec![0, 255])),
            Reply::Records(vec![(vec![1], vec![]), (vec![], vec![2])]),
            Reply::Removed(true),
            Reply::Checked(Report::default()),
            Reply::Checked(Report {
                collections: 1,
                documents: 2,
                index_entries: 3,
                problems: vec!["why".into()],
                problems_omitted: 4,
            }),
            Reply::Compacted(Compacted { before_bytes: 2, after_bytes: 1, is_smaller: true }),
        ];
        for reply in replies {
            assert_eq!(decode_reply(&encode_reply(&reply)), Ok(reply));
        }
    }

    #[test]
    fn bytes_that_are_no_reply_are_refused() {
        let mut unknown = Document::new();
        unknown.insert(KIND, "count");
        unknown.insert(VALUE, "many");
        for bytes in [vec![], vec![1, 2, 3], encode_document(&unknown)] {
            assert!(decode_reply(&bytes).is_err(), "{bytes:?}");
        }
    }
}
