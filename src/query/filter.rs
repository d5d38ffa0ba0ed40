//! A parsed filter and what can be asked of it.

use crate::error::Result;
use crate::query::bounds::FieldBounds;
use crate::query::context::ParseContext;
use crate::query::geo::Point;
use crate::value::{Bson, Document, FieldPath, RawDoc, RawValue};

/// A parsed query document.
#[derive(Debug, Clone)]
pub struct Filter {}

/// A top-level `$nearSphere` or `$near`: the answer is ordered by distance from `point`.
#[derive(Debug, Clone, PartialEq)]
pub struct GeoNear {
    pub path: FieldPath,
    pub point: Point,
    /// Smallest distance in metres, inclusive.
    pub min_m: f64,
    /// Largest distance in metres, inclusive; infinite without `$maxDistance`.
    pub max_m: f64,
}

/// A condition on a bare value, such as an array element.
#[derive(Debug, Clone)]
pub struct ValueFilter {}

impl Filter {
    pub fn parse(_filter: &Document, _context: &ParseContext<'_>) -> Result<Self> {
        Ok(Self {})
    }

    /// Reads a condition on a bare value: a plain value, an operator document, or per-field
    /// conditions on the fields of an object.
    pub fn parse_value(_condition: &Bson, _context: &ParseContext<'_>) -> Result<ValueFilter> {
        Ok(ValueFilter {})
    }

    pub fn matches(&self, _document: RawDoc<'_>) -> Result<bool> {
        Ok(true)
    }

    /// The index in the array at `array_path` of the element that made the filter match:
    /// what `arr.$` stands for in an update.
    pub fn positional_index(
        &self,
        _document: RawDoc<'_>,
        _array_path: &FieldPath,
    ) -> Result<Option<usize>> {
        Ok(None)
    }

    pub fn geo_near(&self) -> Option<&GeoNear> {
        None
    }

    /// Whether the filter has no condition and matches every document.
    pub fn is_empty(&self) -> bool {
        true
    }

    /// What an index may conclude; see [`FieldBounds`].
    pub fn bounds(&self) -> Vec<FieldBounds> {
        Vec::new()
    }

    /// The value of `_id` when the filter asks for exactly one, so that at most one document
    /// can match. The whole filter must still be checked on that document.
    pub fn equality_on_id(&self) -> Option<&Bson> {
        None
    }
}

impl ValueFilter {
    pub fn matches(&self, _value: RawValue<'_>) -> Result<bool> {
        Ok(true)
    }
}
