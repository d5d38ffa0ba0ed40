//! How the documents of a query are reached.

use std::sync::LazyLock;

use crate::database::admin;
use crate::query::Bound;
use crate::store::CollectionInfo;
use crate::store::IndexDefinition;
use crate::store::IndexField;
use crate::store::IndexId;
use crate::store::IndexInfo;
use crate::store::IndexOrder;
use crate::store::KeyRange;
use crate::value::Bson;
use crate::value::FieldPath;

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
    pub index: IndexAt,
    /// What is asked of the index's fields, from the first. Fields beyond are free.
    pub bounds: Vec<Bound>,
    /// Disjoint, in the order of the keys.
    pub ranges: Vec<KeyRange>,
    /// Whether the documents come in the order of the sort, and from which end they are read.
    pub sorted: Option<ReadFrom>,
}

/// Which index of a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexAt {
    /// The one on `_id` that every collection has.
    Id,
    /// By its position in the collection's list.
    Listed(usize),
}

impl IndexAt {
    pub fn of(self, collection: &CollectionInfo) -> Option<&IndexInfo> {
        match self {
            Self::Id => Some(&ID_INDEX),
            Self::Listed(position) => collection.indexes.get(position),
        }
    }
}

/// The index on `_id` as if it stood in a list. No `_id` is an array.
static ID_INDEX: LazyLock<IndexInfo> = LazyLock::new(|| IndexInfo {
    // Its keys are not among the entries of indexes, so the number is never used.
    id: IndexId(0),
    definition: IndexDefinition {
        name: admin::ID_INDEX.to_owned(),
        fields: vec![IndexField {
            path: FieldPath::parse("_id").expect("it is a path"),
            order: IndexOrder::Ascending,
        }],
        unique: true,
    },
    multikey: false,
});

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
