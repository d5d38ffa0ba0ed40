//! How the documents of a query are reached.

use crate::query::Bound;
use crate::store::KeyRange;
use crate::value::Bson;

/// A way to documents that may match. The filter is checked on every one of them, so no answer
/// depends on the way.
#[derive(Debug, Clone, PartialEq)]
pub enum Access {
    /// The one document with this `_id`.
    Id(Bson),
    /// The documents with one of these `_id`s.
    Ids(Vec<Bson>),
    /// Every document.
    Collection,
    /// The documents that an index names.
    Index(IndexScan),
    /// Nothing can match.
    Nothing,
}

#[derive(Debug, Clone, PartialEq)]
pub struct IndexScan {
    /// The position of the index in its collection's list.
    pub index: usize,
    /// What is asked of the index's fields, from the first. Fields beyond are free.
    pub bounds: Vec<Bound>,
    /// Disjoint, in the order of the keys.
    pub ranges: Vec<KeyRange>,
    /// Whether the documents come in the order of the sort, and from which end they are read.
    pub sorted: Option<ReadFrom>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadFrom {
    Start,
    End,
}

/// What a query looked at to give its answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Examined {
    pub keys: u64,
    pub documents: u64,
}
