//! The one error type of the crate.
//!
//! An error says what a caller can do about it ([`ErrorKind`]) and carries the text of whoever
//! refused: MongoDB 4.0's own wording for a query, the operating system's for a disk. The numbers
//! and the Chinese texts of the service are added above, in `sdk`.

use std::fmt;

/// What went wrong, at the granularity a caller can act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The request itself is malformed: the caller must change it.
    InvalidParam,
    /// The database refused a filter, an update, a pipeline or a document.
    /// `mongo_code` holds MongoDB's number.
    Database,
    /// A write met a value that a unique index holds already.
    DuplicateKey,
    /// The collection does not exist.
    CollectionNotFound,
    /// The collection exists already.
    CollectionExists,
    /// The caller may not do this (security rules).
    PermissionDenied,
    /// Two transactions want the same document, or a snapshot is out of date.
    TransactionConflict,
    /// The transaction was committed, aborted or has expired.
    TransactionNotFound,
    /// Two operations of one transaction are in flight at once.
    TransactionBusy,
    /// The work took longer than allowed.
    Timeout,
    /// A limit on memory, rows or bytes was reached.
    LimitExceeded,
    /// The environment id is not valid.
    InvalidEnv,
    /// The file does not exist.
    FileNotFound,
    /// The file may not be read or written by this caller.
    FileDenied,
    /// The signature of a temporary URL is wrong or has expired.
    FileSignature,
    /// The function does not exist.
    FunctionNotFound,
    /// The function was found and failed.
    FunctionFailed,
    /// The function did not answer in time.
    FunctionTimeout,
    /// An open capability that does not exist, or that nobody mocked.
    OpenApiNotFound,
    /// An open capability that the function did not declare.
    OpenApiDenied,
    /// The store failed. The message carries the operating system's reason.
    Storage,
    /// The store is held by a process that does not answer.
    StoreBusy,
    /// The data was set back to an earlier state after the request was sent.
    Late,
    /// The store's file was written by a newer version.
    StoreTooNew,
    /// Part of the contract that this version does not offer.
    Unsupported,
    /// A defect of ours: an invariant did not hold, or a panic was caught.
    Internal,
}

/// An error of any layer below `sdk`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    mongo_code: i32,
    message: String,
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, mongo_code: 0, message: message.into() }
    }

    /// A refusal in MongoDB's words, with MongoDB's error number (2 `BadValue`, 9 `FailedToParse`,
    /// 14 `TypeMismatch`, 28 `PathNotViable`, 40 `ConflictingUpdateOperators` ..).
    pub fn mongo(mongo_code: i32, message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Database, mongo_code, message: message.into() }
    }

    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// MongoDB's error number, 0 where the refusal is not MongoDB's.
    pub fn mongo_code(&self) -> i32 {
        self.mongo_code
    }

    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
