//! Filters, projections and sort keys over stored bytes.
//!
//! Everything here is parsed once from a request and then applied to many documents through
//! [`RawDoc`](crate::value::RawDoc), without decoding them. One file per operator family.

mod arithmetic;
mod bits;
mod bounds;
mod comparison;
mod context;
mod element;
mod filter;
mod json_schema;
mod membership;
mod node;
mod number;
mod parse;
mod projection;
mod sort;
mod walk;

pub mod geo;
pub mod regex;

#[cfg(test)]
mod tests;

pub use bounds::{Bound, FieldBounds, index_values};
pub use context::{ExpressionParser, ParseContext, Predicate};
pub use filter::{Filter, GeoNear, ValueFilter};
pub use projection::Projection;
pub use sort::{Sort, SortKey};

/// MongoDB's numbers for what a parser refuses.
const BAD_VALUE: i32 = 2;
const NO_SUCH_KEY: i32 = 4;
const FAILED_TO_PARSE: i32 = 9;
const TYPE_MISMATCH: i32 = 14;
const OVERFLOW: i32 = 15;
const INDEX_NOT_FOUND: i32 = 27;
const QUERY_FEATURE_NOT_ALLOWED: i32 = 224;
