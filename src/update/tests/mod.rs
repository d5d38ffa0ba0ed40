//! Tables of updates with what they make of a document. Texts and codes are MongoDB 4.0's.

#![allow(clippy::too_many_lines, reason = "tables")]
#![allow(clippy::needless_pass_by_value, reason = "cases are written as values")]

mod arrays;
mod fields;
mod numbers;
mod paths;
mod properties;
mod refusals;
mod storable;

use bson::{Bson, Document, doc};

use crate::update::Update;
use crate::value::{RawDoc, encode_document, to_document, validate_document};

/// What an update is expected to do.
#[derive(Debug, Clone)]
pub(super) enum Expected {
    Changed(Document),
    /// Nothing to do.
    Same,
    /// Counted as a change by MongoDB, with the same bytes.
    Touched,
    Refused(i32, &'static str),
}

pub(super) use Expected::{Changed, Refused, Same, Touched};

pub(super) type Case = (Document, Document, Expected);

/// Applies each update to its document and compares bytes: order and types matter.
pub(super) fn check(cases: impl IntoIterator<Item = Case>) {
    for (document, update, expected) in cases {
        check_positional(document, update, None, expected);
    }
}

pub(super) fn check_positional(
    document: Document,
    update: Document,
    positional: Option<usize>,
    expected: Expected,
) {
    let label = format!("{update} on {document}");
    let bytes = encode_document(&document);
    let outcome = Update::parse(&update).map(|update| update.with_now(1_500)).and_then(|update| {
        let raw = update.apply_raw(RawDoc::new(&bytes), positional)?;
        let owned = update.apply(&document, positional)?;
        let decoded = raw.as_ref().map(|raw| to_document(RawDoc::new(raw)));
        assert_eq!(decoded, owned, "{label}");
        Ok(raw)
    });
    match (outcome, expected) {
        (Ok(Some(raw)), Changed(expected)) => {
            validate_document(&raw, 200).expect(&label);
            let actual = to_document(RawDoc::new(&raw));
            assert_eq!(raw, encode_document(&expected), "{label}: {actual} for {expected}");
        }
        (Ok(Some(raw)), Touched) => assert_eq!(raw, bytes, "{label}"),
        (Ok(None), Same) => {}
        (Err(error), Refused(code, text)) => {
            assert_eq!((error.mongo_code(), error.message()), (code, text), "{label}");
        }
        (outcome, expected) => {
            let outcome = outcome.map(|raw| raw.map(|raw| to_document(RawDoc::new(&raw))));
            panic!("{label}: {outcome:?} for {expected:?}");
        }
    }
}

pub(super) fn decimal(text: &str) -> Bson {
    Bson::Decimal128(text.parse().unwrap())
}

#[test]
fn an_empty_update_changes_nothing() {
    let update = Update::parse(&doc! {}).unwrap();
    assert!(update.is_empty() && update.needs_positional().is_none());
    assert_eq!(update.apply(&doc! {"a": 1}, None).unwrap(), None);
    assert!(!Update::parse(&doc! {"$set": {"a": 1}}).unwrap().is_empty());
}

#[test]
fn set_on_insert_acts_on_inserts_only() {
    let update =
        Update::parse(&doc! {"$setOnInsert": {"a": 1, "b.c": 2}, "$set": {"d": 3}}).unwrap();
    assert_eq!(update.apply(&doc! {"_id": 1}, None).unwrap(), Some(doc! {"_id": 1, "d": 3}));
    assert_eq!(
        update.apply_to_insert(doc! {"_id": 1}).unwrap(),
        doc! {"_id": 1, "a": 1, "b": {"c": 2}, "d": 3}
    );
    // An idle operator meets no obstacle either.
    check([(doc! {"b": 1}, doc! {"$setOnInsert": {"b.c": 1}}, Same)]);
    let id = Update::parse(&doc! {"$setOnInsert": {"_id": 7}}).unwrap();
    assert_eq!(id.apply_to_insert(doc! {"a": 1}).unwrap(), doc! {"a": 1, "_id": 7});
    assert_eq!(
        Update::parse(&doc! {}).unwrap().apply_to_insert(doc! {"a": 1}).unwrap(),
        doc! {"a": 1}
    );
}

#[test]
fn an_update_can_be_shared_between_threads() {
    fn shared<T: Send + Sync + Clone>() {}
    shared::<Update>();
}
