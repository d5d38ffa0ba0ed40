//! Update documents (`{"$set": {..}, "$inc": {..}}`) parsed once and applied to stored documents.
//!
//! An [`Update`] is a tree of the paths it names, as in MongoDB: conflicts are found while it is
//! built, and paths are applied in byte order, whatever their order in the request. It is applied
//! to bytes: what no path touches is copied. On an error nothing has happened.

mod add_to_set;
mod apply;
mod arithmetic;
mod array;
mod bit;
mod current_date;
mod failure;
mod min_max;
mod operand;
mod operator;
mod parse;
mod place;
mod pop;
mod pull;
mod pull_all;
mod push;
mod rename;
mod set;
mod storable;
mod tree;
mod unset;

#[cfg(test)]
mod tests;

use crate::error::Result;
use crate::limits::DOCUMENT_BYTES_MAX;
use crate::update::apply::apply_fields;
use crate::update::failure::updated_too_large;
use crate::update::parse::parse_update;
use crate::update::place::Context;
use crate::update::tree::Fields;
use crate::value::{Document, FieldPath, RawDoc, encode_document, to_document};

pub use storable::{check_storable, check_storable_raw};

/// A parsed update document.
#[derive(Debug, Clone)]
pub struct Update {
    root: Fields,
    /// The path before the first `.$`.
    positional: Option<FieldPath>,
    now_ms: Option<i64>,
}

impl Update {
    /// Parses a document of update operators. An empty one is accepted and changes nothing; an
    /// empty operator (`{"$set": {}}`) is refused, as MongoDB 4.0 does.
    pub fn parse(update: &Document) -> Result<Self> {
        let (root, positional) = parse_update(update)?;
        Ok(Self { root, positional, now_ms: None })
    }

    /// Gives `$currentDate` its time. Without it such an update fails when it is applied.
    #[must_use]
    pub fn with_now(mut self, now_ms: i64) -> Self {
        self.now_ms = Some(now_ms);
        self
    }

    /// Whether the update names no path at all.
    pub fn is_empty(&self) -> bool {
        self.root.is_empty()
    }

    /// The array before `.$` when the update uses the positional operator.
    pub fn needs_positional(&self) -> Option<&FieldPath> {
        self.positional.as_ref()
    }

    /// Applies the update to stored bytes. `positional` is the array index that the query matched.
    ///
    /// `None`: nothing to change. `Some`: MongoDB counts the document as modified, even where its
    /// bytes come out the same (`$push` with `$sort` on a sorted array, `$currentDate` within a
    /// millisecond, `$unset` of an array element that is null).
    pub fn apply_raw(&self, raw: RawDoc<'_>, positional: Option<usize>) -> Result<Option<Vec<u8>>> {
        self.apply_in(&Context::new(raw, positional, self.now_ms))
    }

    /// [`apply_raw`](Self::apply_raw) for an owned document.
    pub fn apply(
        &self,
        document: &Document,
        positional: Option<usize>,
    ) -> Result<Option<Document>> {
        let bytes = encode_document(document);
        let changed = self.apply_raw(RawDoc::new(&bytes), positional)?;
        Ok(changed.map(|bytes| to_document(RawDoc::new(&bytes))))
    }

    /// The document that an upsert inserts: `document` holds the equalities of the filter.
    /// `$setOnInsert` takes effect here and nowhere else. `_id` stands where it was put: whoever
    /// inserts adds a missing one and moves it to the front.
    pub fn apply_to_insert(&self, document: Document) -> Result<Document> {
        let bytes = encode_document(&document);
        let context = Context::new(RawDoc::new(&bytes), None, self.now_ms).for_insert();
        let changed = self.apply_in(&context)?;
        Ok(changed.map_or(document, |bytes| to_document(RawDoc::new(&bytes))))
    }

    fn apply_in(&self, context: &Context<'_>) -> Result<Option<Vec<u8>>> {
        match apply_fields(&self.root, context.root, None, context)? {
            Some(bytes) if bytes.len() > DOCUMENT_BYTES_MAX => Err(updated_too_large()),
            changed => Ok(changed),
        }
    }
}
