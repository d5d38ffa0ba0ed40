//! Update documents (`{"$set": {..}, "$inc": {..}}`) parsed once and applied to stored documents.
//!
//! An [`Update`] is a tree of the paths it names, as in MongoDB: conflicts are found while it is
//! built, and paths are applied in their order in the tree, whatever their order in the request.

mod storable;

use crate::error::{Error, ErrorKind, Result};
use crate::value::{Document, FieldPath, RawDoc, encode_document, to_document};

pub use storable::{check_storable, check_storable_raw};

/// A parsed update document.
#[derive(Debug, Clone, Default)]
pub struct Update {
    now_ms: Option<i64>,
}

impl Update {
    /// Parses a document of update operators. An empty one is accepted and changes nothing.
    pub fn parse(_update: &Document) -> Result<Self> {
        Err(Error::new(ErrorKind::Unsupported, "updates"))
    }

    /// Gives `$currentDate` its time. Without it such an update fails when it is applied.
    #[must_use]
    pub fn with_now(mut self, now_ms: i64) -> Self {
        self.now_ms = Some(now_ms);
        self
    }

    /// Whether the update names no path at all.
    pub fn is_empty(&self) -> bool {
        true
    }

    /// The array before `.$` when the update uses the positional operator.
    pub fn needs_positional(&self) -> Option<&FieldPath> {
        None
    }

    /// Applies the update to stored bytes. `positional` is the array index that the query matched.
    /// `None`: the document is as it was.
    pub fn apply_raw(
        &self,
        _raw: RawDoc<'_>,
        _positional: Option<usize>,
    ) -> Result<Option<Vec<u8>>> {
        Err(Error::new(ErrorKind::Unsupported, "updates"))
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
    /// `$setOnInsert` takes effect here and nowhere else.
    pub fn apply_to_insert(&self, _document: Document) -> Result<Document> {
        Err(Error::new(ErrorKind::Unsupported, "updates"))
    }
}
