//! An engine over a store in memory, and short forms of its requests.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by panicking"
)]
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::sync::Arc;
use std::time::Duration;

use bson::{Bson, Document, doc};
use wx_server_sdk_local::clock::{Clock, Entropy};
use wx_server_sdk_local::database::{
    Command, Engine, Find, LocalEngine, Reply, Request, Settings, SphereCells, Update, Updated,
};
use wx_server_sdk_local::error::{Error, ErrorKind, Result};
use wx_server_sdk_local::store::{Location, Store, StoreOptions};
use wx_server_sdk_local::value::{RawDoc, encode_document, to_document};

pub const NOW_MS: i64 = 1_700_000_000_000;
pub const ENV: &str = "env-1";

#[derive(Clone)]
pub struct World {
    pub engine: Arc<LocalEngine>,
    pub clock: Arc<Clock>,
}

pub fn world() -> World {
    world_with(Location::Memory, Settings::default())
}

pub fn impatient_world() -> World {
    let settings = Settings { lock_patience: Duration::from_millis(60), ..Settings::default() };
    world_with(Location::Memory, settings)
}

pub fn world_with(location: Location, settings: Settings) -> World {
    let mut options = StoreOptions::new(location);
    options.geo = Some(Arc::new(SphereCells));
    let store = Store::open(options).expect("a fresh store opens");
    let clock = Arc::new(Clock::fixed(NOW_MS));
    let entropy = Arc::new(Entropy::seeded(11));
    let engine = LocalEngine::new(store, Arc::clone(&clock), entropy, settings);
    World { engine: Arc::new(engine), clock }
}

pub fn insert(collection: &str, documents: &[Document]) -> Command {
    let documents = documents.iter().map(encode_document).collect();
    Command::Insert { collection: collection.into(), documents }
}

pub fn find(collection: &str, filter: Document) -> Find {
    Find { collection: collection.into(), filter, ..Find::default() }
}

pub fn count(collection: &str, filter: Document) -> Command {
    Command::Count { collection: collection.into(), filter }
}

pub fn update(collection: &str, filter: Document, update: Document) -> Command {
    Command::Update(Update { collection: collection.into(), filter, update, multi: true })
}

pub fn replace(collection: &str, filter: Document, replacement: Document) -> Command {
    Command::Replace { collection: collection.into(), filter, replacement, upsert: true }
}

pub fn delete(collection: &str, filter: Document) -> Command {
    Command::Delete { collection: collection.into(), filter, multi: true }
}

pub fn create_index(collection: &str, index: Document) -> Command {
    Command::CreateIndex { collection: collection.into(), index }
}

pub fn request(transaction: Option<&str>, command: Command) -> Request {
    Request { env: ENV.into(), transaction: transaction.map(Into::into), command }
}

impl World {
    pub fn ask(&self, command: Command) -> Result<Reply> {
        self.ask_as(None, command)
    }

    pub fn ask_in(&self, transaction: &str, command: Command) -> Result<Reply> {
        self.ask_as(Some(transaction), command)
    }

    fn ask_as(&self, transaction: Option<&str>, command: Command) -> Result<Reply> {
        self.engine.execute(request(transaction, command))
    }

    /// A new collection with documents.
    pub fn fill(&self, collection: &str, documents: &[Document]) {
        self.ask(Command::CreateCollection { name: collection.into() }).expect("a new collection");
        self.ask(insert(collection, documents)).expect("documents to start with");
    }

    pub fn index(&self, collection: &str, index: Document) {
        self.ask(create_index(collection, index)).expect("a new index");
    }

    pub fn find(&self, find: Find) -> Result<Vec<Document>> {
        self.ask(Command::Find(find)).map(documents)
    }

    pub fn find_in(&self, transaction: &str, find: Find) -> Result<Vec<Document>> {
        self.ask_in(transaction, Command::Find(find)).map(documents)
    }

    /// Everything a collection holds, in natural order.
    pub fn all(&self, collection: &str) -> Vec<Document> {
        self.find(find(collection, doc! {})).expect("the collection exists")
    }

    pub fn updated(&self, command: Command) -> Result<Updated> {
        self.ask(command).map(|reply| match reply {
            Reply::Updated(updated) => updated,
            other => panic!("an update answered {other:?}"),
        })
    }

    pub fn start(&self) -> String {
        match self.ask(Command::StartTransaction) {
            Ok(Reply::TransactionStarted(id)) => id,
            other => panic!("a start answered {other:?}"),
        }
    }

    pub fn commit(&self, transaction: &str) -> Result<Reply> {
        self.ask_in(transaction, Command::CommitTransaction)
    }

    pub fn abort(&self, transaction: &str) -> Result<Reply> {
        self.ask_in(transaction, Command::AbortTransaction)
    }

    pub fn explain(&self, command: Command) -> Document {
        match self.ask(Command::Explain(Box::new(command))) {
            Ok(Reply::Explained(document)) => document,
            other => panic!("an explain answered {other:?}"),
        }
    }
}

pub fn documents(reply: Reply) -> Vec<Document> {
    match reply {
        Reply::Documents(documents) => {
            documents.iter().map(|bytes| to_document(RawDoc::new(bytes))).collect()
        }
        other => panic!("a search answered {other:?}"),
    }
}

pub fn ids(documents: &[Document]) -> Vec<Bson> {
    documents.iter().map(|document| document.get("_id").cloned().unwrap_or(Bson::Null)).collect()
}

/// Kind and number of a refusal.
pub fn refusal<T: std::fmt::Debug>(outcome: Result<T>) -> (ErrorKind, i32) {
    let error = error(outcome);
    (error.kind(), error.mongo_code())
}

pub fn error<T: std::fmt::Debug>(outcome: Result<T>) -> Error {
    outcome.expect_err("the request is refused")
}
