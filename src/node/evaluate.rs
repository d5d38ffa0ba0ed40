//! Batches of commands over documents at hand: the entry of the differential tests.
//!
//! Each batch has an engine of its own over a store in memory; each case finds the batch's
//! documents as they were given.

use std::sync::Arc;

use crate::clock::Clock;
use crate::clock::Entropy;
use crate::database::{Command, Engine, Find, LocalEngine, Reply, Request, Settings, Update};
use crate::error::{Error, ErrorKind, Result};
use crate::store::{Location, Store, StoreOptions};
use crate::value::ejson;
use crate::value::{Bson, Document, RawDoc, encode_document, to_document};

const COLLECTION: &str = "documents";
const ENV: &str = "evaluate";
/// The one time of every batch.
const NOW_MS: i64 = 1_700_000_000_000;

struct Bench {
    engine: LocalEngine,
    documents: Vec<Vec<u8>>,
    /// A write has changed the stored documents.
    is_changed: bool,
}

/// Answers a batch, `{"documents": [..], "cases": [..]}`, with one reply a case:
/// `{"documents": [..]}` or `{"error": text, "code": MongoDB's number}`.
///
/// A case is `{"pipeline": [..]}`, `{"filter": {..}, "update": {..}}` (answered with all documents
/// after it) or `{"filter": {..}}` with `sort`, `projection`, `skip` and `limit`.
pub fn evaluate(batch: &str) -> Result<String> {
    let batch = ejson::parse_document(batch)?;
    let mut bench = Bench::open(&documents_of(&batch, "documents")?)?;
    let mut replies = Vec::new();
    for case in documents_of(&batch, "cases")? {
        let reply = match bench.answer(&case) {
            Ok(documents) => bson::doc! {"documents": documents},
            Err(error) => bson::doc! {"error": error.message(), "code": error.mongo_code()},
        };
        replies.push(Bson::Document(reply));
    }
    Ok(ejson::to_relaxed(Bson::Array(replies)).to_string())
}

impl Bench {
    fn open(documents: &[Document]) -> Result<Self> {
        let store = Store::open(StoreOptions::new(Location::Memory))?;
        let clock = Arc::new(Clock::fixed(NOW_MS));
        let entropy = Arc::new(Entropy::seeded(0));
        let bench = Self {
            engine: LocalEngine::new(store, clock, entropy, Settings::default()),
            documents: documents.iter().map(encode_document).collect(),
            is_changed: false,
        };
        bench.ask(Command::CreateCollection { name: COLLECTION.into() })?;
        bench.fill()?;
        Ok(bench)
    }

    fn answer(&mut self, case: &Document) -> Result<Vec<Document>> {
        if self.is_changed {
            let everything = Document::new();
            self.ask(Command::Delete {
                collection: COLLECTION.into(),
                filter: everything,
                multi: true,
            })?;
            self.fill()?;
            self.is_changed = false;
        }
        let filter = document_of(case, "filter").unwrap_or_default();
        if let Some(update) = document_of(case, "update") {
            self.is_changed = true;
            let collection = COLLECTION.into();
            self.ask(Command::Update(Update { collection, filter, update, multi: true }))?;
            return self
                .ask(Command::Find(Find { collection: COLLECTION.into(), ..Find::default() }));
        }
        if case.contains_key("pipeline") {
            let pipeline = documents_of(case, "pipeline")?;
            return self.ask(Command::Aggregate { collection: COLLECTION.into(), pipeline });
        }
        self.ask(Command::Find(Find {
            collection: COLLECTION.into(),
            filter,
            sort: document_of(case, "sort").unwrap_or_default(),
            skip: number_of(case, "skip").unwrap_or_default(),
            limit: number_of(case, "limit"),
            projection: document_of(case, "projection"),
        }))
    }

    fn fill(&self) -> Result<()> {
        let documents = self.documents.clone();
        self.ask(Command::Insert { collection: COLLECTION.into(), documents }).map(drop)
    }

    fn ask(&self, command: Command) -> Result<Vec<Document>> {
        let request = Request { env: ENV.into(), transaction: None, command };
        match self.engine.execute(request)? {
            Reply::Documents(documents) => {
                Ok(documents.iter().map(|bytes| to_document(RawDoc::new(bytes))).collect())
            }
            _ => Ok(Vec::new()),
        }
    }
}

fn documents_of(document: &Document, field: &str) -> Result<Vec<Document>> {
    let refused = || {
        let message = format!("'{field}' must be an array of documents");
        Error::new(ErrorKind::InvalidParam, message)
    };
    let items = document.get_array(field).map_err(|_| refused())?;
    items.iter().map(|item| item.as_document().cloned().ok_or_else(refused)).collect()
}

fn document_of(document: &Document, field: &str) -> Option<Document> {
    document.get_document(field).ok().cloned()
}

fn number_of(document: &Document, field: &str) -> Option<u64> {
    document.get_i32(field).ok().and_then(|number| u64::try_from(number).ok())
}
