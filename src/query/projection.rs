//! Projections: which fields of a document are returned.

use crate::error::Result;
use crate::query::context::ParseContext;
use crate::value::{Document, RawDoc};

/// A parsed projection.
#[derive(Debug, Clone)]
pub struct Projection {}

impl Projection {
    pub fn parse(_spec: &Document, _context: &ParseContext<'_>) -> Result<Self> {
        Ok(Self {})
    }

    /// The projected document's bytes. Fields keep the document's order.
    pub fn apply(&self, document: RawDoc<'_>) -> Result<Vec<u8>> {
        Ok(document.as_bytes().to_vec())
    }
}
