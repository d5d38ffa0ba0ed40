//! What a pipeline needs from the database below it.

use std::ops::ControlFlow;

use crate::error::Result;
use crate::query::Filter;
use crate::query::Sort;
use crate::query::geo::Point;
use crate::value::Document;
use crate::value::FieldPath;
use crate::value::RawDoc;

/// Called for each document found; `Break` ends the scan.
pub type Visit<'v> = dyn FnMut(RawDoc<'_>) -> Result<ControlFlow<()>> + 'v;

/// Where geometries are looked for.
#[derive(Debug, Clone, Copy)]
pub struct Circle<'c> {
    pub path: &'c FieldPath,
    pub center: Point,
    pub radius_m: f64,
}

/// The collections of one database, as of one moment.
pub trait Collections {
    /// Visits the documents of `collection` that match `filter`, in natural order. The
    /// implementation applies the filter, by an index where it can. A collection that does not
    /// exist is empty.
    fn scan(&self, collection: &str, filter: Option<&Filter>, visit: &mut Visit<'_>) -> Result<()>;

    /// Like [`scan`](Self::scan) in the order of `sort`, equal keys in natural order, where an
    /// index gives that order without sorting. False when none does; nothing was visited then.
    fn scan_sorted(
        &self,
        _collection: &str,
        _filter: Option<&Filter>,
        _sort: &Sort,
        _visit: &mut Visit<'_>,
    ) -> Result<bool> {
        Ok(false)
    }

    /// Whether a [`scan`](Self::scan) with an equality on `path` avoids reading the whole
    /// collection. `$lookup` asks before it reads a collection as a whole.
    fn has_index(&self, _collection: &str, _path: &FieldPath) -> bool {
        false
    }

    /// The paths of the geographic indexes of a collection, for `$geoNear`.
    fn geo_paths(&self, collection: &str) -> Result<Vec<FieldPath>>;

    /// Like [`scan`](Self::scan) for the documents that have a geometry at `circle.path` not
    /// farther from its centre than its radius, and maybe others. False when no index knows them;
    /// nothing was visited then.
    fn scan_circle(
        &self,
        _collection: &str,
        _filter: Option<&Filter>,
        _circle: &Circle<'_>,
        _visit: &mut Visit<'_>,
    ) -> Result<bool> {
        Ok(false)
    }

    /// Replaces the contents of a collection, which is created where it does not exist, for
    /// `$out`. A document without `_id` is given one. Either all of it happens or nothing.
    fn replace_contents(&self, collection: &str, documents: Vec<Vec<u8>>) -> Result<()>;

    /// What `$collStats` reports: the full name as `ns`, `host` if there is one, and the number
    /// of documents as `count`; as sub-documents `storageStats` and `latencyStats`.
    fn stats(&self, collection: &str) -> Result<Document>;

    /// One document an index, as `$indexStats` reports them.
    fn index_stats(&self, collection: &str) -> Result<Vec<Document>>;

    /// The next 64 random bits, for `$sample`.
    fn random(&self) -> u64;

    /// Milliseconds since the Unix epoch, for `$collStats`.
    fn now_ms(&self) -> i64;
}
