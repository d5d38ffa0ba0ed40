//! Order-preserving encoding of values: comparing the bytes compares the values.
//!
//! `encode(a) < encode(b)` exactly when [`compare_raw`](crate::value::compare_raw) says `a < b`,
//! and equal values (`1` and `1.0`) have equal keys. No key is the beginning of another, so keys
//! can be put one after the other. The layout is part of the stored format:
//! `docs/storage-format.md`.

use std::cmp::Ordering;

use crate::error::{Error, ErrorKind, Result};
use crate::limits::REQUEST_DEPTH_MAX;
use crate::value::order::{DecimalParts, decimal_parts};
use crate::value::{Bson, Kind, RawDoc, RawValue, encode_value_into, kind_of, numeric_order};

/// The direction of one field of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

// The first byte of a key. In the order of all values; numbers take four.
const END: u8 = 0x00;
const MIN_KEY: u8 = 0x01;
const UNDEFINED: u8 = 0x02;
const NULL: u8 = 0x03;
const NOT_A_NUMBER: u8 = 0x04;
const NEGATIVE: u8 = 0x05;
const ZERO: u8 = 0x06;
const POSITIVE: u8 = 0x07;
const STRING: u8 = 0x08;
const DOCUMENT: u8 = 0x09;
const ARRAY: u8 = 0x0A;
const BINARY: u8 = 0x0B;
const OBJECT_ID: u8 = 0x0C;
const BOOLEAN: u8 = 0x0D;
const DATE_TIME: u8 = 0x0E;
const TIMESTAMP: u8 = 0x0F;
const REGEX: u8 = 0x10;
const DB_POINTER: u8 = 0x11;
const CODE: u8 = 0x12;
const CODE_WITH_SCOPE: u8 = 0x13;
const MAX_KEY: u8 = 0x14;

/// After the double nearest to zero: the number is that double.
const EXACT: u8 = 0x00;
/// After the double nearest to zero: the number is farther from zero, and its digits follow.
const INEXACT: u8 = 0x01;

/// Appends the key of `value`.
///
/// # Errors
/// The value is nested deeper than any stored document can be.
pub fn encode_key(key: &mut Vec<u8>, value: RawValue<'_>, direction: Direction) -> Result<()> {
    let start = key.len();
    encode(key, value, REQUEST_DEPTH_MAX)?;
    turn(key, start, direction);
    Ok(())
}

/// As [`encode_key`], of an owned value.
pub fn encode_key_bson(key: &mut Vec<u8>, value: &Bson, direction: Direction) -> Result<()> {
    match value {
        // The types that ids and filters mostly have need no detour through bytes.
        Bson::String(text) => encode_key(key, RawValue::String(text), direction),
        Bson::Int32(number) => encode_key(key, RawValue::Int32(*number), direction),
        Bson::Int64(number) => encode_key(key, RawValue::Int64(*number), direction),
        Bson::Double(number) => encode_key(key, RawValue::Double(*number), direction),
        Bson::ObjectId(id) => encode_key(key, RawValue::ObjectId(id.bytes()), direction),
        Bson::Null => encode_key(key, RawValue::Null, direction),
        _ => {
            // A document of one element lends the value as a raw one.
            let kind =
                if matches!(value, Bson::DbPointer(_)) { Kind::Null } else { kind_of(value) };
            let mut bytes = vec![0, 0, 0, 0, kind as u8, 0];
            encode_value_into(&mut bytes, value);
            bytes.push(0);
            let length = i32::try_from(bytes.len()).map_err(|_| too_large())?;
            bytes[..4].copy_from_slice(&length.to_le_bytes());
            let raw = RawDoc::new(&bytes).get("").ok_or_else(too_large)?;
            encode_key(key, raw, direction)
        }
    }
}

/// Appends the key of a cell of a geometric index. Cells are ordered as numbers without sign.
pub fn encode_cell(key: &mut Vec<u8>, cell: u64) {
    key.push(TIMESTAMP);
    key.extend_from_slice(&cell.to_be_bytes());
}

fn too_large() -> Error {
    Error::new(ErrorKind::LimitExceeded, "the value is too large for an index key")
}

/// The first keys of all values comparable with values of this type: `(lowest, above)`, where no
/// key of the type is below the one and none is at or above the other. For ranges, which never
/// cross from one type to another.
pub fn type_bounds(kind: Kind, direction: Direction) -> (Vec<u8>, Vec<u8>) {
    let (low, high) = match kind {
        Kind::MinKey => (MIN_KEY, MIN_KEY),
        Kind::Undefined => (UNDEFINED, UNDEFINED),
        Kind::Null => (NULL, NULL),
        Kind::Double | Kind::Int32 | Kind::Int64 | Kind::Decimal128 => (NOT_A_NUMBER, POSITIVE),
        Kind::String | Kind::Symbol => (STRING, STRING),
        Kind::Document => (DOCUMENT, DOCUMENT),
        Kind::Array => (ARRAY, ARRAY),
        Kind::Binary => (BINARY, BINARY),
        Kind::ObjectId => (OBJECT_ID, OBJECT_ID),
        Kind::Boolean => (BOOLEAN, BOOLEAN),
        Kind::DateTime => (DATE_TIME, DATE_TIME),
        Kind::Timestamp => (TIMESTAMP, TIMESTAMP),
        Kind::Regex => (REGEX, REGEX),
        Kind::DbPointer => (DB_POINTER, DB_POINTER),
        Kind::Code => (CODE, CODE),
        Kind::CodeWithScope => (CODE_WITH_SCOPE, CODE_WITH_SCOPE),
        Kind::MaxKey => (MAX_KEY, MAX_KEY),
    };
    match direction {
        Direction::Ascending => (vec![low], vec![high + 1]),
        Direction::Descending => (vec![!high], vec![!low + 1]),
    }
}

/// The lowest bytes above everything that begins with `key`; `None` if there are none.
pub fn successor(key: &[u8]) -> Option<Vec<u8>> {
    let kept = key.iter().rposition(|&byte| byte != 0xFF)?;
    let mut above = key[..=kept].to_vec();
    above[kept] += 1;
    Some(above)
}

fn turn(key: &mut [u8], start: usize, direction: Direction) {
    if direction == Direction::Descending {
        for byte in &mut key[start..] {
            *byte = !*byte;
        }
    }
}

fn encode(key: &mut Vec<u8>, value: RawValue<'_>, depth_left: usize) -> Result<()> {
    match value {
        RawValue::MinKey => key.push(MIN_KEY),
        RawValue::Undefined => key.push(UNDEFINED),
        RawValue::Null => key.push(NULL),
        RawValue::MaxKey => key.push(MAX_KEY),
        RawValue::Double(_) | RawValue::Int32(_) | RawValue::Int64(_) | RawValue::Decimal128(_) => {
            number(key, value);
        }
        RawValue::String(text) | RawValue::Symbol(text) => tagged_text(key, STRING, text),
        RawValue::Code(code) => tagged_text(key, CODE, code),
        RawValue::Document(document) => {
            key.push(DOCUMENT);
            elements(key, document, depth_left)?;
        }
        RawValue::Array(items) => {
            key.push(ARRAY);
            let depth_left = one_level_less(depth_left)?;
            for item in items.values() {
                encode(key, item, depth_left)?;
            }
            key.push(END);
        }
        RawValue::Binary { subtype, bytes } => {
            key.push(BINARY);
            length(key, bytes.len());
            key.push(subtype);
            key.extend_from_slice(bytes);
        }
        RawValue::ObjectId(id) => {
            key.push(OBJECT_ID);
            key.extend_from_slice(&id);
        }
        RawValue::Boolean(flag) => key.extend_from_slice(&[BOOLEAN, u8::from(flag)]),
        RawValue::DateTime(ms) => {
            key.push(DATE_TIME);
            // With the sign turned over negative times stand before positive ones.
            key.extend_from_slice(&(ms.cast_unsigned() ^ (1 << 63)).to_be_bytes());
        }
        RawValue::Timestamp(bits) => {
            key.push(TIMESTAMP);
            key.extend_from_slice(&bits.to_be_bytes());
        }
        RawValue::Regex { pattern, options } => {
            tagged_text(key, REGEX, pattern);
            text(key, options.as_bytes());
        }
        RawValue::DbPointer { namespace, id } => {
            key.push(DB_POINTER);
            length(key, namespace.len());
            key.extend_from_slice(namespace.as_bytes());
            key.extend_from_slice(&id);
        }
        RawValue::CodeWithScope { code, scope } => {
            tagged_text(key, CODE_WITH_SCOPE, code);
            elements(key, scope, depth_left)?;
        }
    }
    Ok(())
}

fn one_level_less(depth_left: usize) -> Result<usize> {
    depth_left.checked_sub(1).ok_or_else(|| {
        Error::new(ErrorKind::InvalidParam, "the value is nested too deep for an index key")
    })
}

/// Elements are ordered by type, then key, then value; a document that ends is before one that
/// goes on.
fn elements(key: &mut Vec<u8>, document: RawDoc<'_>, depth_left: usize) -> Result<()> {
    let depth_left = one_level_less(depth_left)?;
    for element in document.elements() {
        let value = element.value();
        key.push(value.kind().rank() + 1);
        text(key, element.key_bytes());
        encode(key, value, depth_left)?;
    }
    key.push(END);
    Ok(())
}

fn tagged_text(key: &mut Vec<u8>, tag: u8, value: &str) {
    key.push(tag);
    text(key, value.as_bytes());
}

/// Text ends with two zero bytes; a zero byte in it becomes 00 FF, so that a longer text stands
/// after its beginning.
fn text(key: &mut Vec<u8>, bytes: &[u8]) {
    for (index, part) in bytes.split(|&byte| byte == 0).enumerate() {
        if index > 0 {
            key.extend_from_slice(&[0x00, 0xFF]);
        }
        key.extend_from_slice(part);
    }
    key.extend_from_slice(&[0x00, 0x00]);
}

fn length(key: &mut Vec<u8>, length: usize) {
    // Documents end far below 4 GiB.
    key.extend_from_slice(&u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes());
}

/// A number is its sign, the largest double not beyond it (seen from zero), and, if that is not
/// the number itself, its decimal digits. Numbers with the same double are told apart by the
/// digits; those of a negative number are inverted.
fn number(key: &mut Vec<u8>, value: RawValue<'_>) {
    let (negative, nearest, exact) = match value {
        RawValue::Double(number) => (number < 0.0, number.abs(), true),
        RawValue::Int32(number) => (number < 0, f64::from(number).abs(), true),
        RawValue::Int64(number) => int64(number),
        _ => decimal(value),
    };
    if nearest.is_nan() {
        key.push(NOT_A_NUMBER);
        return;
    }
    if nearest == 0.0 && exact {
        key.push(ZERO);
        return;
    }
    key.push(if negative { NEGATIVE } else { POSITIVE });
    let start = key.len();
    key.extend_from_slice(&nearest.to_bits().to_be_bytes());
    if exact {
        key.push(EXACT);
    } else {
        digits(key, value);
    }
    if negative {
        turn(key, start, Direction::Descending);
    }
}

#[allow(clippy::cast_precision_loss, reason = "the lost part is what `exact` tells")]
fn int64(number: i64) -> (bool, f64, bool) {
    let magnitude = number.unsigned_abs();
    let mut nearest = magnitude as f64;
    let order = numeric_order(
        RawValue::Int64(number),
        RawValue::Double(nearest.copysign(if number < 0 { -1.0 } else { 1.0 })),
    );
    let beyond = if number < 0 { Ordering::Greater } else { Ordering::Less };
    if order == Some(beyond) {
        nearest = nearest.next_down();
    }
    (number < 0, nearest, order == Some(Ordering::Equal))
}

fn decimal(value: RawValue<'_>) -> (bool, f64, bool) {
    let (negative, digits, scale) = match decimal_parts(value) {
        Some(DecimalParts::Infinite { negative }) => return (negative, f64::INFINITY, true),
        Some(DecimalParts::Finite { negative, digits, scale }) => (negative, digits, scale),
        Some(DecimalParts::NotANumber) | None => return (false, f64::NAN, true),
    };
    if digits.is_empty() {
        return (false, 0.0, true);
    }
    let parsed: f64 = format!("0.{digits}E{scale}").parse().unwrap_or(f64::MAX);
    let mut nearest = parsed.min(f64::MAX);
    let signed = if negative { -nearest } else { nearest };
    let order = numeric_order(value, RawValue::Double(signed));
    let beyond = if negative { Ordering::Greater } else { Ordering::Less };
    if order == Some(beyond) {
        nearest = nearest.next_down();
    }
    (negative, nearest, order == Some(Ordering::Equal))
}

fn digits(key: &mut Vec<u8>, value: RawValue<'_>) {
    key.push(INEXACT);
    if let Some(DecimalParts::Finite { digits, scale, .. }) = decimal_parts(value) {
        // A decimal's exponent is within a few thousand of zero.
        let scale = i32::try_from(scale).unwrap_or_default();
        key.extend_from_slice(&(scale.cast_unsigned() ^ (1 << 31)).to_be_bytes());
        key.extend_from_slice(digits.as_bytes());
    }
    key.push(END);
}

#[cfg(test)]
#[path = "key_tests.rs"]
mod tests;
