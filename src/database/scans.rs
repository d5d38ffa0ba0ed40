//! Queries that an index would help, for whoever tells the programmer.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::database::plan::Examined;
use crate::limits::SCANS_NOTED_MAX;
use crate::limits::UNINDEXED_SCAN_DOCUMENTS;
use crate::query::Bound;
use crate::query::Filter;
use crate::query::Sort;

/// Documents read for each one found, from which on an index would help.
const READ_PER_FOUND: u64 = 10;

/// A query that read many documents to find few.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnindexedScan {
    pub collection: String,
    pub documents: u64,
    pub found: u64,
    /// Fields that would make an index for the query, in this order.
    pub fields: Vec<String>,
}

/// What a query did.
pub struct Reading<'a> {
    pub filter: &'a Filter,
    pub sort: Option<&'a Sort>,
    pub examined: Examined,
    pub found: u64,
}

impl Reading<'_> {
    /// The fields of an index that the query lacks; none if it is well as it is.
    fn wanted_fields(&self) -> Vec<String> {
        // Every other way to documents looks at keys.
        let is_scan = self.examined.keys == 0
            && self.examined.documents >= UNINDEXED_SCAN_DOCUMENTS
            && self.found.saturating_mul(READ_PER_FOUND) <= self.examined.documents;
        if is_scan { index_fields(self.filter, self.sort) } else { Vec::new() }
    }
}

/// Fields with one value come first, then those of the order, then those of a range.
fn index_fields(filter: &Filter, sort: Option<&Sort>) -> Vec<String> {
    let bounds = filter.bounds();
    let single = |bound: &Bound| matches!(bound, Bound::Points(points) if points.len() == 1);
    let of_kind = |is_single| {
        let bounds = bounds.iter().filter(move |field| single(&field.bound) == is_single);
        bounds.filter(|field| !matches!(field.bound, Bound::Cells(_))).map(|field| &field.path)
    };
    let sorted = sort.into_iter().flat_map(Sort::paths).map(|(path, _)| path);
    let mut fields: Vec<String> = Vec::new();
    for path in of_kind(true).chain(sorted).chain(of_kind(false)) {
        if path.as_str() != "_id" && !fields.iter().any(|field| field == path.as_str()) {
            fields.push(path.as_str().to_owned());
        }
    }
    fields
}

/// The scans that nobody was told of yet. Each kind of query is told once.
#[derive(Default)]
pub struct Scans {
    has_untold: AtomicBool,
    noted: Mutex<Noted>,
}

#[derive(Default)]
struct Noted {
    known: HashSet<(String, String, Vec<String>)>,
    untold: Vec<(String, UnindexedScan)>,
}

impl Scans {
    pub fn note(&self, env: &str, collection: &str, reading: &Reading<'_>) {
        let fields = reading.wanted_fields();
        if fields.is_empty() {
            return;
        }
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let kind = (env.to_owned(), collection.to_owned(), fields.clone());
        if noted.known.len() >= SCANS_NOTED_MAX || !noted.known.insert(kind) {
            return;
        }
        let scan = UnindexedScan {
            collection: collection.to_owned(),
            documents: reading.examined.documents,
            found: reading.found,
            fields,
        };
        noted.untold.push((env.to_owned(), scan));
        self.has_untold.store(true, Ordering::Release);
    }

    /// Hands over the scans of one collection.
    pub fn take(&self, env: &str, collection: &str) -> Vec<UnindexedScan> {
        if !self.has_untold.load(Ordering::Acquire) {
            return Vec::new();
        }
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let (taken, left): (Vec<_>, Vec<_>) = std::mem::take(&mut noted.untold)
            .into_iter()
            .partition(|(of_env, scan)| of_env == env && scan.collection == collection);
        self.has_untold.store(!left.is_empty(), Ordering::Release);
        noted.untold = left;
        taken.into_iter().map(|(_, scan)| scan).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::parse;
    use bson::{Document, doc};

    fn fields(mut filter: Document, sort: &Document, documents: u64, found: u64) -> Vec<String> {
        let filter = parse::filter(&mut filter, 0).unwrap();
        let sort = Sort::parse(sort).unwrap();
        let examined = Examined { keys: 0, documents };
        Reading { filter: &filter, sort: Some(&sort), examined, found }.wanted_fields()
    }

    #[test]
    fn an_index_is_wanted_where_much_was_read_for_little() {
        let many = UNINDEXED_SCAN_DOCUMENTS;
        let none: Vec<String> = Vec::new();
        assert_eq!(fields(doc! {"a": 1}, &doc! {}, many, 3), ["a"]);
        assert_eq!(fields(doc! {"a": 1}, &doc! {}, many - 1, 3), none);
        assert_eq!(fields(doc! {"a": 1}, &doc! {}, many, many / 10 + 1), none);
        // Nothing that an index could narrow.
        assert_eq!(fields(doc! {"a": {"$ne": 1}}, &doc! {}, many, 3), none);
        assert_eq!(fields(doc! {}, &doc! {}, many, 3), none);
        assert_eq!(fields(doc! {}, &doc! {"_id": 1}, many, 3), none);
    }

    #[test]
    fn the_fields_stand_in_the_order_that_serves_best() {
        let filter = doc! {"range": {"$gt": 1}, "a": 1, "list": {"$in": [1, 2]}, "b": 2};
        let wanted = fields(filter, &doc! {"at": -1, "a": 1}, UNINDEXED_SCAN_DOCUMENTS, 20);
        assert_eq!(wanted, ["a", "b", "at", "range", "list"]);
    }

    #[test]
    fn each_kind_of_query_is_told_once() {
        let scans = Scans::default();
        let filter = parse::filter(&mut doc! {"a": 1}, 0).unwrap();
        let reading = Reading {
            filter: &filter,
            sort: None,
            examined: Examined { keys: 0, documents: UNINDEXED_SCAN_DOCUMENTS },
            found: 0,
        };
        scans.note("e", "c", &reading);
        scans.note("e", "c", &reading);
        scans.note("e", "other", &reading);
        assert!(scans.take("f", "c").is_empty());
        assert_eq!(scans.take("e", "c").len(), 1);
        scans.note("e", "c", &reading);
        assert!(scans.take("e", "c").is_empty());
        assert_eq!(scans.take("e", "other").len(), 1);
    }
}
