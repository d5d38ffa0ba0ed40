//! Values as hashable bytes: two values have the same key exactly when the database takes them for
//! equal. Numbers are equal by value across their types, and the order of an object's keys counts.

use std::cmp::Ordering;

use crate::value::Kind;
use crate::value::RawDoc;
use crate::value::RawValue;
use crate::value::numeric_order;

/// Stands for a missing value, which differs from null.
const MISSING: u8 = 0xFF;
/// Ends the elements of an object or array.
const END: u8 = 0xFE;

const INTEGER: u8 = b'i';
const DOUBLE: u8 = b'd';
const NOT_A_NUMBER: u8 = b'n';
const DECIMAL: u8 = b'm';

/// Appends the key of a value. Keys tell where they end, so that several may follow each other.
pub(crate) fn append_key(key: &mut Vec<u8>, value: RawValue<'_>) {
    key.push(value.kind().rank());
    match value {
        RawValue::Double(number) => append_double(key, number),
        RawValue::Int32(number) => append_integer(key, i64::from(number)),
        RawValue::Int64(number) => append_integer(key, number),
        RawValue::Decimal128(bytes) => append_decimal(key, bytes),
        RawValue::String(text) | RawValue::Symbol(text) | RawValue::Code(text) => {
            append_bytes(key, text.as_bytes());
        }
        RawValue::Document(inner) => append_elements(key, inner, true),
        RawValue::Array(inner) => append_elements(key, inner, false),
        RawValue::Binary { subtype, bytes } => {
            key.push(subtype);
            append_bytes(key, bytes);
        }
        RawValue::ObjectId(id) => key.extend_from_slice(&id),
        RawValue::Boolean(flag) => key.push(u8::from(flag)),
        RawValue::DateTime(number) => key.extend_from_slice(&number.to_le_bytes()),
        RawValue::Timestamp(bits) => key.extend_from_slice(&bits.to_le_bytes()),
        RawValue::Regex { pattern, options } => {
            append_bytes(key, pattern.as_bytes());
            append_bytes(key, options.as_bytes());
        }
        RawValue::DbPointer { namespace, id } => {
            append_bytes(key, namespace.as_bytes());
            key.extend_from_slice(&id);
        }
        RawValue::CodeWithScope { code, scope } => {
            append_bytes(key, code.as_bytes());
            append_elements(key, scope, true);
        }
        RawValue::Undefined | RawValue::Null | RawValue::MinKey | RawValue::MaxKey => {}
    }
}

/// Appends the key of a value that may be missing.
pub(crate) fn append_optional_key(key: &mut Vec<u8>, value: Option<RawValue<'_>>) {
    match value {
        Some(value) => append_key(key, value),
        None => key.push(MISSING),
    }
}

fn append_elements(key: &mut Vec<u8>, document: RawDoc<'_>, with_names: bool) {
    for element in document.elements() {
        if with_names {
            append_bytes(key, element.key_bytes());
        }
        append_key(key, element.value());
    }
    // An element starts with the length of its name, below 2^24, or with a rank: never with END.
    key.push(END);
}

fn append_bytes(key: &mut Vec<u8>, bytes: &[u8]) {
    // Big-endian, so that the first byte is small: documents are far below 2^31 bytes.
    key.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    key.extend_from_slice(bytes);
}

fn append_integer(key: &mut Vec<u8>, number: i64) {
    key.push(INTEGER);
    key.extend_from_slice(&number.to_le_bytes());
}

#[allow(clippy::cast_possible_truncation, reason = "the range is checked")]
fn append_double(key: &mut Vec<u8>, number: f64) {
    const TWO_POW_63: f64 = 9_223_372_036_854_775_808.0;
    if number.is_nan() {
        key.push(NOT_A_NUMBER);
    } else if number.fract() == 0.0 && (-TWO_POW_63..TWO_POW_63).contains(&number) {
        append_integer(key, number as i64);
    } else {
        key.push(DOUBLE);
        key.extend_from_slice(&number.to_bits().to_le_bytes());
    }
}

fn append_decimal(key: &mut Vec<u8>, bytes: [u8; 16]) {
    let text = bson::Decimal128::from_bytes(bytes).to_string();
    let decimal = RawValue::Decimal128(bytes);
    if let Ok(nearest) = text.parse::<f64>()
        && (nearest.is_nan()
            || numeric_order(decimal, RawValue::Double(nearest)) == Some(Ordering::Equal))
    {
        return append_double(key, nearest);
    }
    let (negative, digits, exponent) = decimal_parts(&text);
    if digits.is_empty() {
        return append_integer(key, 0);
    }
    if let Some(number) = exact_integer(negative, &digits, exponent) {
        return append_integer(key, number);
    }
    key.push(DECIMAL);
    key.push(u8::from(negative));
    append_bytes(key, digits.as_bytes());
    key.extend_from_slice(&exponent.to_le_bytes());
}

/// Sign, significant digits and power of ten of a finite decimal's text.
fn decimal_parts(text: &str) -> (bool, String, i32) {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (mantissa, exponent) = text.split_once(['E', 'e']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all = [whole, fraction].concat();
    let trimmed = all.trim_end_matches('0');
    let dropped = i32::try_from(all.len() - trimmed.len()).unwrap_or_default();
    let places = i32::try_from(fraction.len()).unwrap_or_default();
    let exponent: i32 = exponent.trim_start_matches('+').parse().unwrap_or_default();
    (negative, trimmed.trim_start_matches('0').to_owned(), exponent - places + dropped)
}

fn exact_integer(negative: bool, digits: &str, exponent: i32) -> Option<i64> {
    let exponent = u32::try_from(exponent).ok().filter(|exponent| *exponent < 19)?;
    let number: i128 = digits.parse().ok()?;
    let number = number.checked_mul(10_i128.checked_pow(exponent)?)?;
    i64::try_from(if negative { -number } else { number }).ok()
}

/// The key of a value in a buffer of its own.
pub(crate) fn key_of(value: RawValue<'_>) -> Vec<u8> {
    let mut key = Vec::new();
    append_key(&mut key, value);
    key
}

/// Whether a value is neither null nor undefined.
pub(crate) fn is_present(value: RawValue<'_>) -> bool {
    !matches!(value.kind(), Kind::Null | Kind::Undefined)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Bson;
    use crate::value::encode_document;
    use crate::value::equal;
    use bson::bson;
    use bson::doc;

    fn decimal(text: &str) -> Bson {
        Bson::Decimal128(text.parse().unwrap())
    }

    #[test]
    fn keys_are_equal_exactly_where_values_are() {
        let values = [
            bson!(1),
            bson!(1.0),
            Bson::Int64(1),
            decimal("1.0"),
            decimal("10E-1"),
            bson!(0),
            bson!(-0.0),
            decimal("-0"),
            bson!(f64::NAN),
            decimal("NaN"),
            bson!(f64::INFINITY),
            decimal("Infinity"),
            bson!(0.5),
            decimal("0.5"),
            decimal("0.1"),
            bson!(0.1),
            Bson::Int64(i64::MAX),
            bson!(9_223_372_036_854_775_808.0),
            decimal("9223372036854775808"),
            decimal("9223372036854775807"),
            Bson::Int64(9_007_199_254_740_993),
            decimal("9007199254740993"),
            decimal("9.007199254740993E+15"),
            decimal("1E+40"),
            bson!(1e40),
            bson!("a"),
            Bson::Symbol("a".into()),
            Bson::JavaScriptCode("a".into()),
            bson!({"a": 1, "b": 2}),
            bson!({"b": 2, "a": 1}),
            bson!({"a": 1.0, "b": 2}),
            bson!([1, 2]),
            bson!([1.0, 2]),
            bson!([[1, 2]]),
            bson!([[1], 2]),
            bson!([]),
            bson!({}),
            Bson::Null,
            bson!(true),
            bson!(false),
            Bson::MinKey,
            Bson::MaxKey,
            Bson::DateTime(bson::DateTime::from_millis(1)),
            Bson::Timestamp(bson::Timestamp { time: 0, increment: 1 }),
            bson!({"a": [1, {"b": null}]}),
            bson!({"a": [1, {"b": 0}]}),
            bson!(["a", "b"]),
            bson!(["ab"]),
            bson!({"a": {}}),
            bson!({"a": []}),
        ];
        let key = |value: &Bson| {
            let bytes = encode_document(&doc! {"v": value.clone()});
            key_of(RawDoc::new(&bytes).get("v").unwrap())
        };
        for left in &values {
            for right in &values {
                assert_eq!(key(left) == key(right), equal(left, right), "{left} and {right}");
            }
        }
        let mut missing = Vec::new();
        append_optional_key(&mut missing, None);
        assert_ne!(missing, key(&Bson::Null));
    }
}
