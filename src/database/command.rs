//! What can be asked of a database, and what it answers.

use crate::database::upkeep::Compacted;
use crate::database::upkeep::Upkeep;
use crate::error::Result;
use crate::store::Report;
use crate::value::{Bson, Document};

/// One operation on one environment, inside a transaction or on its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    pub env: String,
    /// The transaction the operation belongs to.
    pub transaction: Option<String>,
    pub command: Command,
}

/// An operation. Documents to store are encoded BSON; `{"$tcb_server_date": {"offset": n}}`
/// anywhere in a document, filter or update stands for the time of execution plus `n` ms.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    CreateCollection {
        name: String,
    },
    DropCollection {
        name: String,
    },
    ListCollections,
    Insert {
        collection: String,
        documents: Vec<Vec<u8>>,
    },
    Find(Find),
    Count {
        collection: String,
        filter: Document,
    },
    Update(Update),
    /// Replaces the one document that matches `filter`, or with `upsert` inserts it.
    Replace {
        collection: String,
        filter: Document,
        replacement: Document,
        upsert: bool,
    },
    Delete {
        collection: String,
        filter: Document,
        multi: bool,
    },
    Aggregate {
        collection: String,
        pipeline: Vec<Document>,
    },
    CreateIndex {
        collection: String,
        index: Document,
    },
    DropIndex {
        collection: String,
        name: String,
    },
    /// Drops indexes, those that there are, and makes others: all of it or nothing.
    ChangeIndexes {
        collection: String,
        dropped: Vec<String>,
        made: Vec<Document>,
    },
    ListIndexes {
        collection: String,
    },
    /// What [`Command::Find`], `Count`, `Update`, `Delete` or `Aggregate` would do.
    Explain(Box<Command>),
    StartTransaction,
    CommitTransaction,
    AbortTransaction,
    /// Records of the services beside the database. They belong to no environment.
    GetRecord {
        table: String,
        key: Vec<u8>,
    },
    PutRecord {
        table: String,
        key: Vec<u8>,
        value: Vec<u8>,
    },
    RemoveRecord {
        table: String,
        key: Vec<u8>,
    },
    /// The records of a table whose keys begin with `prefix`, in order.
    ScanRecords {
        table: String,
        prefix: Vec<u8>,
    },
    /// Returns when everything written so far is durable.
    Sync,
    Upkeep(Upkeep),
}

impl Command {
    /// Whether it may change what is stored.
    pub fn is_write(&self) -> bool {
        match self {
            Self::CreateCollection { .. }
            | Self::DropCollection { .. }
            | Self::Insert { .. }
            | Self::Update(_)
            | Self::Replace { .. }
            | Self::Delete { .. }
            | Self::CreateIndex { .. }
            | Self::DropIndex { .. }
            | Self::ChangeIndexes { .. }
            | Self::Upkeep(Upkeep::Replace(_))
            | Self::CommitTransaction
            | Self::PutRecord { .. }
            | Self::RemoveRecord { .. } => true,
            Self::ListCollections
            | Self::Find(_)
            | Self::Count { .. }
            | Self::Aggregate { .. }
            | Self::ListIndexes { .. }
            | Self::Explain(_)
            | Self::StartTransaction
            | Self::AbortTransaction
            | Self::GetRecord { .. }
            | Self::ScanRecords { .. }
            | Self::Upkeep(_)
            | Self::Sync => false,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Find {
    pub collection: String,
    pub filter: Document,
    /// Field paths with 1 or -1, in order of priority.
    pub sort: Document,
    pub skip: u64,
    /// Most documents returned; `None` for all.
    pub limit: Option<u64>,
    pub projection: Option<Document>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Update {
    pub collection: String,
    pub filter: Document,
    /// Update operators: `{"$set": {..}, "$inc": {..}}`. An empty one changes nothing.
    pub update: Document,
    pub multi: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    Done,
    /// The `_id` of each inserted document, in order.
    Inserted(Vec<Bson>),
    /// Encoded BSON documents.
    Documents(Vec<Vec<u8>>),
    Count(u64),
    Updated(Updated),
    Deleted(u64),
    Names(Vec<String>),
    TransactionStarted(String),
    Explained(Document),
    Record(Option<Vec<u8>>),
    Records(Vec<(Vec<u8>, Vec<u8>)>),
    Removed(bool),
    Checked(Report),
    Compacted(Compacted),
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Updated {
    pub matched: u64,
    /// Documents whose stored bytes changed.
    pub modified: u64,
    /// The `_id` of the document that an upsert inserted.
    pub upserted: Option<Bson>,
}

/// Something that executes requests: the embedded store, or another process that holds it.
pub trait Engine: Send + Sync {
    /// Executes one request. A failed request changed nothing.
    fn execute(&self, request: Request) -> Result<Reply>;
}
