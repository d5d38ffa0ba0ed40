//! Order-preserving encoding of values: comparing the bytes compares the values.

use crate::error::{Error, ErrorKind, Result};
use crate::value::{Bson, RawValue};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

/// Appends the key of `value`. No key is the beginning of another.
pub fn encode_key(_key: &mut Vec<u8>, _value: RawValue<'_>, _: Direction) -> Result<()> {
    Err(Error::new(ErrorKind::Unsupported, "keys are not there yet"))
}

/// As [`encode_key`].
pub fn encode_key_bson(_key: &mut Vec<u8>, _value: &Bson, _: Direction) -> Result<()> {
    Err(Error::new(ErrorKind::Unsupported, "keys are not there yet"))
}
