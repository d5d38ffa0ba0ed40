//! Filters, projections and sort keys over stored bytes.
//!
//! Everything here is parsed once from a request and then applied to many documents through
//! [`RawDoc`](crate::value::RawDoc), without decoding them. One file per operator family.

mod bounds;
mod context;
mod filter;
mod projection;
mod sort;

pub mod geo;
pub mod regex;

pub use bounds::{Bound, FieldBounds, index_values};
pub use context::{ExpressionParser, ParseContext, Predicate};
pub use filter::{Filter, GeoNear, ValueFilter};
pub use projection::Projection;
pub use sort::{Sort, SortKey};
