//! MongoDB's refusals, by number.

use crate::error::Error;
use crate::limits::DOCUMENT_BYTES_MAX;

pub(super) fn bad_value(text: impl Into<String>) -> Error {
    Error::mongo(2, text)
}

pub(super) fn failed_to_parse(text: impl Into<String>) -> Error {
    Error::mongo(9, text)
}

pub(super) fn type_mismatch(text: impl Into<String>) -> Error {
    Error::mongo(14, text)
}

pub(super) fn overflow(text: impl Into<String>) -> Error {
    Error::mongo(15, text)
}

pub(super) fn path_not_viable(text: impl Into<String>) -> Error {
    Error::mongo(28, text)
}

pub(super) fn cannot_backfill_array(text: impl Into<String>) -> Error {
    Error::mongo(34, text)
}

pub(super) fn conflict(text: impl Into<String>) -> Error {
    Error::mongo(40, text)
}

pub(super) fn dollar_prefixed(text: impl Into<String>) -> Error {
    Error::mongo(52, text)
}

pub(super) fn invalid_reference(text: impl Into<String>) -> Error {
    Error::mongo(55, text)
}

pub(super) fn empty_field_name(text: impl Into<String>) -> Error {
    Error::mongo(56, text)
}

pub(super) fn immutable_field(text: impl Into<String>) -> Error {
    Error::mongo(66, text)
}

pub(super) fn updated_too_large() -> Error {
    Error::mongo(
        17_419,
        format!("Resulting document after update is larger than {DOCUMENT_BYTES_MAX}"),
    )
}
