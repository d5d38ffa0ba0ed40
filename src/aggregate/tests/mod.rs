//! Pipelines from the request to the answer, over collections in memory.

mod accumulators;
mod documented;
mod errors;
mod joins;
mod joins_by_value;
mod limits;
mod properties;
mod stages;

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

use crate::aggregate::Collections;
use crate::aggregate::Execution;
use crate::aggregate::Pipeline;
use crate::aggregate::Visit;
use crate::clock::Entropy;
use crate::error::Result;
use crate::query::Filter;
use crate::query::Sort;
use crate::value::Bson;
use crate::value::Document;
use crate::value::FieldPath;
use crate::value::RawDoc;
use crate::value::encode_document;
use crate::value::to_document;
use bson::doc;

/// Collections in memory.
pub(super) struct Fake {
    pub collections: RefCell<BTreeMap<String, Vec<Vec<u8>>>>,
    pub geo_paths: Vec<FieldPath>,
    /// Paths that `has_index` says yes for.
    pub indexed: Vec<&'static str>,
    /// Whether `scan_sorted` gives an order.
    pub sorts: bool,
    /// Documents visited by scans.
    pub visited: Cell<usize>,
    entropy: Entropy,
}

impl Fake {
    pub fn of(documents: Bson) -> Self {
        Self::with(&[("c", documents)])
    }

    pub fn with(collections: &[(&str, Bson)]) -> Self {
        let encode = |documents: &Bson| {
            let Bson::Array(items) = documents else { panic!("documents are an array") };
            items.iter().map(|item| encode_document(item.as_document().unwrap())).collect()
        };
        let collections =
            collections.iter().map(|(name, documents)| ((*name).to_owned(), encode(documents)));
        Self {
            collections: RefCell::new(collections.collect()),
            geo_paths: Vec::new(),
            indexed: Vec::new(),
            sorts: false,
            visited: Cell::new(0),
            entropy: Entropy::seeded(7),
        }
    }

    pub fn run(&self, stages: Bson) -> Result<Vec<Document>> {
        self.run_within(stages, crate::limits::STAGE_MEMORY_BYTES_MAX)
    }

    pub fn run_within(&self, stages: Bson, memory_bytes_max: usize) -> Result<Vec<Document>> {
        let pipeline = parse(stages)?;
        let execution = Execution { memory_bytes_max, ..Execution::new(self) };
        let mut results = Vec::new();
        pipeline.run("c", &execution, &mut |bytes| {
            results.push(to_document(RawDoc::new(bytes)));
            Ok(())
        })?;
        Ok(results)
    }
}

pub(super) fn parse(stages: Bson) -> Result<Pipeline> {
    let Bson::Array(stages) = stages else { panic!("stages are an array") };
    let stages: Vec<Document> =
        stages.into_iter().map(|stage| stage.as_document().unwrap().clone()).collect();
    Pipeline::parse(&stages)
}

/// The answer of `stages` over `documents`.
pub(super) fn answer(documents: Bson, stages: Bson) -> Bson {
    let shown = stages.to_string();
    let results = Fake::of(documents).run(stages);
    let results = results.unwrap_or_else(|error| panic!("{shown}: {error}"));
    Bson::Array(results.into_iter().map(Bson::Document).collect())
}

/// Code and text of the refusal of `stages` over `documents`.
pub(super) fn refusal(documents: Bson, stages: Bson) -> (i32, String) {
    let shown = stages.to_string();
    match Fake::of(documents).run(stages) {
        Err(error) => (error.mongo_code(), error.message().to_owned()),
        Ok(results) => panic!("{shown} gave {results:?}"),
    }
}

impl Collections for Fake {
    fn scan(&self, collection: &str, filter: Option<&Filter>, visit: &mut Visit<'_>) -> Result<()> {
        let documents = self.collections.borrow().get(collection).cloned().unwrap_or_default();
        for document in &documents {
            self.visited.set(self.visited.get() + 1);
            let document = RawDoc::new(document);
            let matches = filter.map_or(Ok(true), |filter| filter.matches(document))?;
            if matches && visit(document)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn scan_sorted(
        &self,
        collection: &str,
        filter: Option<&Filter>,
        sort: &Sort,
        visit: &mut Visit<'_>,
    ) -> Result<bool> {
        if !self.sorts {
            return Ok(false);
        }
        let mut found = Vec::new();
        self.scan(collection, filter, &mut |document| {
            found.push(document.as_bytes().to_vec());
            Ok(ControlFlow::Continue(()))
        })?;
        found.sort_by_cached_key(|document| sort.key(RawDoc::new(document)));
        for document in &found {
            if visit(RawDoc::new(document))?.is_break() {
                break;
            }
        }
        Ok(true)
    }

    fn has_index(&self, _collection: &str, path: &FieldPath) -> bool {
        self.indexed.contains(&path.as_str())
    }

    fn geo_paths(&self, _collection: &str) -> Result<Vec<FieldPath>> {
        Ok(self.geo_paths.clone())
    }

    fn replace_contents(&self, collection: &str, documents: Vec<Vec<u8>>) -> Result<()> {
        self.collections.borrow_mut().insert(collection.to_owned(), documents);
        Ok(())
    }

    fn stats(&self, collection: &str) -> Result<Document> {
        Ok(doc! {
            "ns": format!("test.{collection}"), "count": 2, "storageStats": {"size": 5},
            "latencyStats": {"reads": 1},
        })
    }

    fn index_stats(&self, _collection: &str) -> Result<Vec<Document>> {
        Ok(vec![doc! {"name": "_id_"}, doc! {"name": "a_1"}])
    }

    fn random(&self) -> u64 {
        self.entropy.next_u64()
    }

    fn now_ms(&self) -> i64 {
        1_000
    }
}
