//! `insert`: one call stores all of its documents or none.

use crate::clock::Clock;
use crate::clock::Entropy;
use crate::database::id::IdSource;
use crate::database::server_date::resolve_encoded;
use crate::database::target::Target;
use crate::error::{Error, ErrorKind, Result};
use crate::limits::REQUEST_DEPTH_MAX;
use crate::update::check_storable_raw;
use crate::value::Bson;
use crate::value::DocumentWriter;
use crate::value::Kind;
use crate::value::RawDoc;
use crate::value::RawValue;
use crate::value::to_bson;
use crate::value::validate_document;

/// MongoDB's number for an `_id` of a type that none may have.
const INVALID_ID: i32 = 53;

/// Documents ready to be stored.
pub struct InsertPlan {
    pub collection: String,
    documents: Vec<(Bson, Vec<u8>)>,
}

/// Where automatic `_id`s come from.
#[derive(Clone, Copy)]
pub struct Ids<'a> {
    pub source: &'a IdSource,
    pub clock: &'a Clock,
    pub entropy: &'a Entropy,
}

impl Ids<'_> {
    pub fn next(&self) -> Bson {
        Bson::String(self.source.next(self.clock, self.entropy))
    }
}

impl InsertPlan {
    /// Documents come from outside: their bytes are checked here.
    pub fn parse(collection: String, documents: Vec<Vec<u8>>, ids: Ids<'_>) -> Result<Self> {
        let now_ms = ids.clock.now_ms();
        let prepared = documents.into_iter().map(|document| {
            validate_document(&document, REQUEST_DEPTH_MAX)
                .map_err(|error| if document.is_empty() { no_document() } else { error })?;
            let document = resolve_encoded(&document, now_ms)?.unwrap_or(document);
            let (id, document) = with_id(document, ids)?;
            check_storable_raw(&document)?;
            Ok((id, document))
        });
        Ok(Self { collection, documents: prepared.collect::<Result<_>>()? })
    }

    /// The `_id`s in the order of the documents.
    pub fn apply(&self, target: &mut dyn Target) -> Result<Vec<Bson>> {
        let collection = target.collection_for_writing(&self.collection)?;
        for (id, document) in &self.documents {
            target.insert(&collection, id, document)?;
        }
        Ok(self.documents.iter().map(|(id, _)| id.clone()).collect())
    }
}

fn no_document() -> Error {
    Error::new(ErrorKind::InvalidParam, "a document to add must be an object")
}

/// The document with its `_id` as the first field, an automatic one if it has none.
pub fn with_id(document: Vec<u8>, ids: Ids<'_>) -> Result<(Bson, Vec<u8>)> {
    let raw = RawDoc::new(&document);
    let Some(given) = raw.get("_id") else {
        let id = ids.next();
        let document = with_id_first(&id, raw);
        return Ok((id, document));
    };
    check_id(given)?;
    let id = to_bson(given);
    if raw.elements().next().is_some_and(|element| element.key() == "_id") {
        return Ok((id, document));
    }
    let document = with_id_first(&id, raw);
    Ok((id, document))
}

/// The fields of `raw` after `id`.
pub fn with_id_first(id: &Bson, raw: RawDoc<'_>) -> Vec<u8> {
    let mut writer = DocumentWriter::with_capacity(raw.as_bytes().len() + 64);
    writer.append("_id", id);
    for element in raw.elements().filter(|element| element.key() != "_id") {
        writer.append_encoded(element.key(), element.kind_byte(), element.value_bytes());
    }
    writer.finish()
}

/// Which types an `_id` may have. The service documents strings and numbers; what MongoDB stores
/// besides is accepted but for null, which nobody means.
pub fn check_id(id: RawValue<'_>) -> Result<()> {
    match id.kind() {
        kind @ (Kind::Array | Kind::Regex | Kind::Undefined | Kind::Null) => Err(Error::mongo(
            INVALID_ID,
            format!("The '_id' value cannot be of type {}", kind.name()),
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Document;
    use crate::value::encode_document;
    use crate::value::to_document;
    use bson::{bson, doc};

    fn with_ids<T>(test: impl FnOnce(Ids<'_>) -> T) -> T {
        let (clock, entropy) = (Clock::fixed(1_000), Entropy::seeded(1));
        let source = IdSource::new(&entropy);
        test(Ids { source: &source, clock: &clock, entropy: &entropy })
    }

    fn prepared(document: &Document) -> Result<Document> {
        with_ids(|ids| {
            let (_, bytes) = with_id(encode_document(document), ids)?;
            Ok(to_document(RawDoc::new(&bytes)))
        })
    }

    #[test]
    fn a_missing_id_is_made_and_a_given_one_moved_to_the_front() {
        let made = prepared(&doc! {"a": 1}).unwrap();
        assert_eq!(made.keys().collect::<Vec<_>>(), ["_id", "a"]);
        assert_eq!(made.get_str("_id").unwrap().len(), 32);
        let moved = prepared(&doc! {"a": 1, "_id": "x", "b": [1]}).unwrap();
        assert_eq!(moved, doc! {"_id": "x", "a": 1, "b": [1]});
        assert_eq!(moved.keys().next().unwrap(), "_id");
    }

    #[test]
    fn an_id_of_an_impossible_type_is_refused_in_mongodbs_words() {
        let text = |text: &str| bson::raw::CString::try_from(text).unwrap();
        let regex = bson::Regex { pattern: text("a"), options: text("") };
        for (id, name) in [
            (bson!([1]), "array"),
            (Bson::RegularExpression(regex), "regex"),
            (Bson::Undefined, "undefined"),
            (Bson::Null, "null"),
        ] {
            let error = prepared(&doc! {"_id": id}).unwrap_err();
            assert_eq!(error.mongo_code(), 53);
            assert_eq!(error.message(), format!("The '_id' value cannot be of type {name}"));
        }
        for id in [bson!("x"), bson!(5), bson!(1.5), bson!(true), bson!({"a": 1})] {
            assert!(prepared(&doc! {"_id": id.clone()}).is_ok(), "{id}");
        }
    }

    #[test]
    fn what_is_no_document_is_refused() {
        for bytes in [vec![], vec![1, 2, 3], vec![5, 0, 0, 0, 1]] {
            let refused = with_ids(|ids| InsertPlan::parse("c".into(), vec![bytes], ids).err());
            assert_eq!(refused.unwrap().kind(), ErrorKind::InvalidParam);
        }
    }
}
