//! Numbers of any BSON type as machine numbers.

use crate::value::{Bson, RawValue};

const TWO_POW_63: f64 = 9_223_372_036_854_775_808.0;

pub(super) fn is_number(value: &Bson) -> bool {
    matches!(value, Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_) | Bson::Decimal128(_))
}

/// The number as a double; `None` when the value is not a number.
#[allow(clippy::cast_precision_loss, reason = "a double is what is asked for")]
pub(super) fn to_f64(value: &Bson) -> Option<f64> {
    match value {
        Bson::Int32(number) => Some(f64::from(*number)),
        Bson::Int64(number) => Some(*number as f64),
        Bson::Double(number) => Some(*number),
        Bson::Decimal128(number) => number.to_string().parse().ok(),
        _ => None,
    }
}

#[allow(clippy::cast_precision_loss, reason = "a double is what is asked for")]
pub(super) fn raw_to_f64(value: RawValue<'_>) -> Option<f64> {
    match value {
        RawValue::Int32(number) => Some(f64::from(number)),
        RawValue::Int64(number) => Some(number as f64),
        RawValue::Double(number) => Some(number),
        RawValue::Decimal128(bytes) => bson::Decimal128::from_bytes(bytes).to_string().parse().ok(),
        _ => None,
    }
}

/// The number cut toward zero and to the range of an `i32`; zero for anything else.
#[allow(clippy::cast_possible_truncation, reason = "the cast saturates")]
pub(super) fn to_i32_truncated(value: &Bson) -> i32 {
    match value {
        Bson::Int32(number) => *number,
        Bson::Int64(number) => {
            i32::try_from(*number).unwrap_or(if *number < 0 { i32::MIN } else { i32::MAX })
        }
        other => to_f64(other).map_or(0, |number| number as i32),
    }
}

/// The number cut toward zero; `None` for NaN, infinities and numbers beyond 64 bits.
#[allow(clippy::cast_possible_truncation, reason = "the range is checked")]
pub(super) fn whole(value: RawValue<'_>) -> Option<i64> {
    match value {
        RawValue::Int32(number) => Some(i64::from(number)),
        RawValue::Int64(number) => Some(number),
        other => {
            let number = raw_to_f64(other)?;
            (-TWO_POW_63..TWO_POW_63).contains(&number).then_some(number as i64)
        }
    }
}

/// The number when it is exactly a 64-bit integer.
#[allow(clippy::float_cmp, clippy::cast_precision_loss, reason = "exactness is the question")]
pub(super) fn exact_i64(value: &Bson) -> Option<i64> {
    match value {
        Bson::Int32(number) => Some(i64::from(*number)),
        Bson::Int64(number) => Some(*number),
        Bson::Double(number) => {
            whole(RawValue::Double(*number)).filter(|integer| *integer as f64 == *number)
        }
        Bson::Decimal128(_) => {
            let integer = whole(RawValue::Double(to_f64(value)?))?;
            crate::value::equal(value, &Bson::Int64(integer)).then_some(integer)
        }
        _ => None,
    }
}
