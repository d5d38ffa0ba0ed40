//! Records kept by the engine, beside the documents.

use std::sync::Arc;

use crate::cloud::records::Records;
use crate::cloud::records::Visit;
use crate::database::Command;
use crate::database::Engine;
use crate::database::Reply;
use crate::database::Request;
use crate::database::Upkeep;
use crate::error::{Error, ErrorKind, Result};

/// The environment of requests that concern none.
const NO_ENV: &str = "system";

/// [`Records`] through an engine, so that a process that does not hold the store has them too.
pub struct EngineRecords {
    engine: Arc<dyn Engine>,
}

impl EngineRecords {
    pub fn new(engine: Arc<dyn Engine>) -> Self {
        Self { engine }
    }

    fn ask(&self, command: Command) -> Result<Reply> {
        self.engine.execute(Request { env: NO_ENV.to_owned(), transaction: None, command })
    }
}

impl Records for EngineRecords {
    fn get(&self, table: &str, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let (table, key) = (table.to_owned(), key.to_vec());
        match self.ask(Command::GetRecord { table, key })? {
            Reply::Record(record) => Ok(record),
            _ => Err(unexpected()),
        }
    }

    fn put(&self, table: &str, key: &[u8], value: &[u8]) -> Result<()> {
        let (table, key, value) = (table.to_owned(), key.to_vec(), value.to_vec());
        self.ask(Command::PutRecord { table, key, value }).map(drop)
    }

    fn remove(&self, table: &str, key: &[u8]) -> Result<bool> {
        let (table, key) = (table.to_owned(), key.to_vec());
        match self.ask(Command::RemoveRecord { table, key })? {
            Reply::Removed(removed) => Ok(removed),
            _ => Err(unexpected()),
        }
    }

    fn scan(&self, table: &str, prefix: &[u8], visit: &mut Visit<'_>) -> Result<()> {
        let (table, prefix) = (table.to_owned(), prefix.to_vec());
        let Reply::Records(records) = self.ask(Command::ScanRecords { table, prefix })? else {
            return Err(unexpected());
        };
        for (key, value) in records {
            if !visit(&key, &value)? {
                break;
            }
        }
        Ok(())
    }

    fn sync(&self) -> Result<()> {
        self.ask(Command::Sync).map(drop)
    }

    fn is_marked(&self) -> Result<bool> {
        match self.ask(Command::Upkeep(Upkeep::CountMarks))? {
            Reply::Count(marks) => Ok(marks > 0),
            _ => Err(unexpected()),
        }
    }
}

fn unexpected() -> Error {
    Error::new(ErrorKind::Internal, "the engine answered another question")
}
