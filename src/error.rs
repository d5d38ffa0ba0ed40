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
        let message = message.into();
        // What a function threw is its own affair.
        let is_ours = kind != ErrorKind::FunctionFailed;
        let message = if is_ours { shortened(message) } else { message };
        Self { kind, mongo_code: 0, message }
    }

    /// A refusal in MongoDB's words, with MongoDB's error number (2 `BadValue`, 9 `FailedToParse`,
    /// 14 `TypeMismatch`, 28 `PathNotViable`, 40 `ConflictingUpdateOperators` ..).
    pub fn mongo(mongo_code: i32, message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Database, mongo_code, message: shortened(message.into()) }
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

/// Letters of a message at most, and of its beginning and its end where it has more: whoever
/// quotes what was given need not look how long it is.
const MESSAGE_LETTERS_MAX: usize = 1_000;
const BEGINNING_LETTERS: usize = 600;
const END_LETTERS: usize = 200;

fn shortened(message: String) -> String {
    let place = |at: usize| message.char_indices().nth(at).map(|(place, _)| place);
    if message.len() <= MESSAGE_LETTERS_MAX || place(MESSAGE_LETTERS_MAX).is_none() {
        return message;
    }
    let beginning = place(BEGINNING_LETTERS).unwrap_or_default();
    let end = message.char_indices().rev().nth(END_LETTERS - 1).map_or(0, |(place, _)| place);
    let bytes_left_out = end.saturating_sub(beginning);
    format!("{} .. ({bytes_left_out} bytes) .. {}", &message[..beginning], &message[end..])
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_message_keeps_its_beginning_and_its_end() {
        for letter in ["n", "中", "😀"] {
            for count in [0, 1, 999, 1_000] {
                let text = letter.repeat(count);
                assert_eq!(Error::new(ErrorKind::Internal, text.as_str()).message(), text);
            }
            for count in [1_001, 5_000, 1_000_000] {
                let text = format!("begin {} end", letter.repeat(count));
                let error = Error::mongo(2, text);
                let message = error.message();
                assert!(message.chars().count() < 850, "{count}");
                assert!(message.starts_with("begin ") && message.ends_with(" end"), "{message}");
                let left_out =
                    message.split(['(', ' ']).find_map(|word| word.parse::<usize>().ok());
                assert!(left_out.is_some_and(|bytes| bytes < count * letter.len()), "{message}");
            }
        }
    }
}
