//! Questions that operators ask of evaluated values.

use std::borrow::Cow;

use crate::aggregate::text::optional_text;
use crate::aggregate::variables::Operand;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;
use crate::value::Kind;
use crate::value::decimal::Decimal;
use crate::value::general_number_text;
use crate::value::kind_of;

/// Missing, null or undefined.
pub(crate) fn is_nullish(value: &Operand<'_>) -> bool {
    matches!(value.as_deref(), None | Some(Bson::Null | Bson::Undefined))
}

/// The service's name of the value's type.
pub(crate) fn type_name(value: &Operand<'_>) -> &'static str {
    value.as_deref().map_or("missing", |value| kind_of(value).name())
}

pub(crate) fn is_number(value: &Operand<'_>) -> bool {
    value.as_deref().is_some_and(|value| kind_of(value).is_number())
}

pub(crate) fn as_array<'v>(value: &'v Operand<'_>) -> Option<&'v [Bson]> {
    match value.as_deref() {
        Some(Bson::Array(items)) => Some(items),
        _ => None,
    }
}

pub(crate) fn as_text<'v>(value: &'v Operand<'_>) -> Option<&'v str> {
    match value.as_deref() {
        Some(Bson::String(text)) => Some(text),
        _ => None,
    }
}

/// The items of an array, copied only if they are somebody else's.
pub(crate) fn into_array(value: Operand<'_>) -> Option<Vec<Bson>> {
    match value {
        Some(Cow::Owned(Bson::Array(items))) => Some(items),
        Some(Cow::Borrowed(Bson::Array(items))) => Some(items.clone()),
        _ => None,
    }
}

/// Any number as a double; NaN for what is no number.
#[allow(clippy::cast_precision_loss, reason = "the service converts a long to the nearest double")]
pub(crate) fn to_f64(value: &Bson) -> f64 {
    match value {
        Bson::Int32(number) => f64::from(*number),
        Bson::Int64(number) => *number as f64,
        Bson::Double(number) => *number,
        Bson::Decimal128(number) => Decimal::from(*number).to_f64(),
        _ => f64::NAN,
    }
}

/// The integer that a number of any type is equal to.
#[allow(clippy::cast_possible_truncation, reason = "the range is checked")]
#[allow(clippy::float_cmp, reason = "a whole number is exactly its truncation")]
pub(crate) fn to_exact_i64(value: &Bson) -> Option<i64> {
    const TWO_POW_63: f64 = 9_223_372_036_854_775_808.0;
    match value {
        Bson::Int32(number) => Some(i64::from(*number)),
        Bson::Int64(number) => Some(*number),
        Bson::Double(number) => {
            let fits = *number >= -TWO_POW_63 && *number < TWO_POW_63;
            (fits && number.trunc() == *number).then_some(*number as i64)
        }
        Bson::Decimal128(number) => Decimal::from(*number).to_exact_i64(),
        _ => None,
    }
}

/// The 32-bit integer that a number of any type is equal to.
pub(crate) fn to_exact_i32(value: &Operand<'_>) -> Option<i32> {
    to_exact_i64(value.as_deref()?).and_then(|number| i32::try_from(number).ok())
}

/// A number without its fraction; out of range it is the nearest long.
#[allow(clippy::cast_possible_truncation, reason = "a float cast saturates")]
pub(crate) fn to_truncated_i64(value: &Bson) -> i64 {
    match value {
        Bson::Int32(number) => i64::from(*number),
        Bson::Int64(number) => *number,
        Bson::Double(number) => *number as i64,
        Bson::Decimal128(number) => {
            let number = Decimal::from(*number);
            number.to_i64().unwrap_or(if number.is_negative() { i64::MIN } else { i64::MAX })
        }
        _ => 0,
    }
}

/// An int where it fits, else a long.
pub(crate) fn int_or_long(number: i64) -> Bson {
    i32::try_from(number).map_or(Bson::Int64(number), Bson::Int32)
}

/// A length as a number of the database.
pub(crate) fn length(length: usize) -> Bson {
    int_or_long(i64::try_from(length).unwrap_or(i64::MAX))
}

/// Milliseconds of what the database takes for a date: dates, timestamps, object ids.
pub(crate) fn to_date_ms(value: &Bson) -> Result<i64> {
    match value {
        Bson::DateTime(date) => Ok(date.timestamp_millis()),
        Bson::Timestamp(stamp) => Ok(i64::from(stamp.time) * 1000),
        Bson::ObjectId(id) => Ok(id.timestamp().timestamp_millis()),
        other => Err(Error::mongo(
            16006,
            format!("can't convert from BSON type {} to Date", kind_of(other).name()),
        )),
    }
}

/// What string operators read: numbers and dates are printed, missing and null are empty.
pub(crate) fn to_text<'v>(value: &'v Operand<'_>) -> Result<Cow<'v, str>> {
    Ok(match value.as_deref() {
        None | Some(Bson::Null | Bson::Undefined) => Cow::Borrowed(""),
        Some(Bson::String(text) | Bson::Symbol(text) | Bson::JavaScriptCode(text)) => {
            Cow::Borrowed(text)
        }
        Some(Bson::Double(number)) => Cow::Owned(double_text(*number)),
        Some(Bson::Int32(number)) => Cow::Owned(number.to_string()),
        Some(Bson::Int64(number)) => Cow::Owned(number.to_string()),
        Some(Bson::Decimal128(number)) => Cow::Owned(number.to_string()),
        Some(Bson::DateTime(date)) => Cow::Owned(super::date::iso_text(date.timestamp_millis())?),
        Some(Bson::Timestamp(stamp)) => {
            Cow::Owned(super::date::timestamp_text(stamp.time, stamp.increment))
        }
        Some(other) => {
            return Err(Error::mongo(
                16007,
                format!("can't convert from BSON type {} to String", kind_of(other).name()),
            ));
        }
    })
}

/// A double as the service prints one in results and most texts: up to 16 digits.
pub(crate) fn double_text(number: f64) -> String {
    general_number_text(number, 16)
}

/// A value as the service's aggregation quotes one in an error: `{a: [1, "x"]}`, `MISSING`.
pub(crate) fn quoted(value: &Operand<'_>) -> String {
    optional_text(value.as_deref())
}

const KINDS: [Kind; 21] = [
    Kind::Double,
    Kind::String,
    Kind::Document,
    Kind::Array,
    Kind::Binary,
    Kind::Undefined,
    Kind::ObjectId,
    Kind::Boolean,
    Kind::DateTime,
    Kind::Null,
    Kind::Regex,
    Kind::DbPointer,
    Kind::Code,
    Kind::Symbol,
    Kind::CodeWithScope,
    Kind::Int32,
    Kind::Timestamp,
    Kind::Int64,
    Kind::Decimal128,
    Kind::MaxKey,
    Kind::MinKey,
];

/// The type with one of the service's names.
pub(crate) fn kind_named(name: &str) -> Option<Kind> {
    KINDS.into_iter().find(|kind| kind.name() == name)
}

/// The type with one of the service's numbers.
pub(crate) fn kind_numbered(number: i32) -> Option<Kind> {
    KINDS.into_iter().find(|kind| match kind {
        Kind::MinKey => number == -1,
        other => i32::from(*other as u8) == number,
    })
}
