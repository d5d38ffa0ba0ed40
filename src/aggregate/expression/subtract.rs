//! `$subtract`: numbers, two dates, or milliseconds from a date.

use crate::aggregate::expression::number::Number;
use crate::aggregate::expression::operand::int_or_long;
use crate::aggregate::expression::operand::is_nullish;
use crate::aggregate::expression::operand::to_truncated_i64;
use crate::aggregate::expression::operand::type_name;
use crate::aggregate::variables::Operand;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;
use crate::value::kind_of;

pub(super) fn subtract(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let [left, right] = arguments else { return Ok(None) };
    if let (Some(a), Some(b)) =
        (left.as_deref().and_then(Number::of), right.as_deref().and_then(Number::of))
    {
        return Ok(Some(difference(a, b)));
    }
    if is_nullish(left) || is_nullish(right) {
        return Ok(Some(Bson::Null));
    }
    match (left.as_deref(), right.as_deref()) {
        (Some(Bson::DateTime(a)), Some(Bson::DateTime(b))) => {
            Ok(Some(Bson::Int64(a.timestamp_millis().saturating_sub(b.timestamp_millis()))))
        }
        (Some(Bson::DateTime(date)), Some(number)) if kind_of(number).is_number() => {
            let ms = date.timestamp_millis().saturating_sub(to_truncated_i64(number));
            Ok(Some(Bson::DateTime(bson::DateTime::from_millis(ms))))
        }
        (Some(Bson::DateTime(_)), _) => {
            Err(Error::mongo(16613, format!("cant $subtract a {} from a Date", type_name(right))))
        }
        // The missing space is the service's.
        _ => Err(Error::mongo(
            16556,
            format!("cant $subtract a{} from a {}", type_name(right), type_name(left)),
        )),
    }
}

fn difference(left: Number, right: Number) -> Bson {
    match (left, right) {
        (Number::Decimal(_), _) | (_, Number::Decimal(_)) => {
            left.to_decimal().subtract(right.to_decimal()).into()
        }
        (Number::Int(a), Number::Int(b)) => int_or_long(i64::from(a) - i64::from(b)),
        _ => match (left.integer(), right.integer()) {
            // Longs wrap around, as they do in the service.
            (Some(a), Some(b)) => Bson::Int64(a.wrapping_sub(b)),
            _ => Bson::Double(left.to_f64() - right.to_f64()),
        },
    }
}
