//! Sort keys.

use crate::error::Result;
use crate::value::{Document, FieldPath, RawDoc};

/// A parsed sort specification.
#[derive(Debug, Clone)]
pub struct Sort {
    fields: Vec<(FieldPath, bool)>,
}

/// What a document is ordered by. Keys of one [`Sort`] compare with each other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SortKey {}

impl Sort {
    pub fn parse(_spec: &Document) -> Result<Self> {
        Ok(Self { fields: Vec::new() })
    }

    pub fn key(&self, _document: RawDoc<'_>) -> SortKey {
        SortKey {}
    }

    /// The paths in order of priority; the flag tells ascending.
    pub fn paths(&self) -> impl Iterator<Item = (&FieldPath, bool)> {
        self.fields.iter().map(|(path, ascending)| (path, *ascending))
    }

    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }
}
