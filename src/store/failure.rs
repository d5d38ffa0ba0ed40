//! redb's errors in our words.

use std::cell::Cell;
use std::fmt::Display;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use redb::{
    CommitError, CompactionError, DatabaseError, SavepointError, StorageError, TableError,
    TransactionError,
};

use crate::error::{Error, ErrorKind, Result};
use crate::store::checksums::Damage;

/// What follows a text that says what is damaged.
const WHAT_TO_DO: &str = "nothing was changed. `npx wx-server-sdk-local check` says more, and \
                          `check --repair <new directory>` recovers what can be recovered";

/// What was stored cannot be read as it was written.
pub(crate) fn damage_error(what: impl Display) -> Error {
    Error::new(ErrorKind::Storage, format!("the store is damaged: {what}; {WHAT_TO_DO}"))
}

thread_local! {
    /// Whether a panic of this thread is caught, and told as an error.
    static IS_CAUGHT: Cell<bool> = const { Cell::new(false) };
}

/// Does what redb may panic at, on a file that is not as redb left it. Nothing is printed then.
pub(crate) fn caught<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !IS_CAUGHT.get() {
                others(panic);
            }
        }));
    });
    let outer = IS_CAUGHT.replace(true);
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    IS_CAUGHT.set(outer);
    done.unwrap_or_else(|_| Err(damage_error("its tables cannot be read")))
}

#[allow(clippy::needless_pass_by_value, reason = "it is what map_err hands over")]
pub(crate) fn io_error(error: io::Error) -> Error {
    if let Some(damage) = error.get_ref().and_then(|cause| cause.downcast_ref::<Damage>()) {
        return damage_error(damage);
    }
    if matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) {
        return disk_full(error);
    }
    Error::new(ErrorKind::Storage, format!("the store cannot be read or written: {error}"))
}

/// How a text begins that says so.
const DISK_FULL: &str = "the disk is full, nothing was stored";

pub(crate) fn disk_full(more: impl Display) -> Error {
    Error::new(ErrorKind::Storage, format!("{DISK_FULL}: {more}"))
}

pub(crate) fn is_disk_full(error: &Error) -> bool {
    error.message().starts_with(DISK_FULL)
}

pub(crate) fn storage_error(error: StorageError) -> Error {
    let text = match error {
        StorageError::Io(error) => return io_error(error),
        StorageError::PreviousIo => "the store stopped at an earlier failure of the disk".into(),
        StorageError::Corrupted(what) => return damage_error(what),
        error => format!("the store cannot be used: {error}"),
    };
    Error::new(ErrorKind::Storage, text)
}

pub(crate) fn table_error(error: TableError) -> Error {
    match error {
        TableError::Storage(error) => storage_error(error),
        error => damage_error(error),
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
