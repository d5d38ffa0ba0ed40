//! redb's errors in our words.

use redb::{
    CommitError, CompactionError, DatabaseError, SavepointError, StorageError, TableError,
    TransactionError,
};

use crate::error::{Error, ErrorKind};

#[allow(clippy::needless_pass_by_value, reason = "it is what map_err hands over")]
pub(crate) fn io_error(error: std::io::Error) -> Error {
    let text = if error.kind() == std::io::ErrorKind::StorageFull {
        format!("the disk is full, nothing was stored: {error}")
    } else {
        format!("the store cannot be read or written: {error}")
    };
    Error::new(ErrorKind::Storage, text)
}

pub(crate) fn storage_error(error: StorageError) -> Error {
    let text = match error {
        StorageError::Io(error) => return io_error(error),
        StorageError::PreviousIo => "the store stopped at an earlier failure of the disk".into(),
        error => format!("the store is damaged or not usable: {error}"),
    };
    Error::new(ErrorKind::Storage, text)
}

pub(crate) fn table_error(error: TableError) -> Error {
    match error {
        TableError::Storage(error) => storage_error(error),
        error => Error::new(ErrorKind::Storage, format!("the store is damaged: {error}")),
    }
}

pub(crate) fn stopped() -> Error {
    Error::new(ErrorKind::Storage, "the store could not be opened again after a failure")
}

pub(crate) fn transaction_error(error: TransactionError) -> Error {
    match error {
        TransactionError::Storage(error) => storage_error(error),
        error => Error::new(ErrorKind::Internal, error.to_string()),
    }
}

pub(crate) fn commit_error(error: CommitError) -> Error {
    match error {
        CommitError::Storage(error) => storage_error(error),
        error => Error::new(ErrorKind::Storage, error.to_string()),
    }
}

pub(crate) fn savepoint_error(error: SavepointError) -> Error {
    match error {
        SavepointError::Storage(error) => storage_error(error),
        SavepointError::InvalidSavepoint => Error::new(
            ErrorKind::InvalidParam,
            "the mark is gone: the store was set back to an earlier one",
        ),
        error => Error::new(ErrorKind::Internal, error.to_string()),
    }
}

pub(crate) fn database_error(error: DatabaseError) -> Error {
    match error {
        DatabaseError::Storage(error) => storage_error(error),
        DatabaseError::DatabaseAlreadyOpen => {
            Error::new(ErrorKind::StoreBusy, "the store is held by another process")
        }
        DatabaseError::UpgradeRequired(version) => Error::new(
            ErrorKind::StoreTooNew,
            format!("the store's file has version {version}, which this version does not read"),
        ),
        DatabaseError::TransactionInProgress => {
            Error::new(ErrorKind::StoreBusy, "the store is in use by a reader or a mark")
        }
        error => Error::new(ErrorKind::Storage, error.to_string()),
    }
}

pub(crate) fn compaction_error(error: CompactionError) -> Error {
    match error {
        CompactionError::Storage(error) => storage_error(error),
        error => Error::new(
            ErrorKind::StoreBusy,
            format!("the store cannot be compacted while a state of it is held: {error}"),
        ),
    }
}
