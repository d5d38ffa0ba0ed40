//! `$mod`: the remainder, with the sign of the dividend.

use crate::aggregate::expression::number::Number;
use crate::aggregate::expression::operand::is_nullish;
use crate::aggregate::expression::operand::to_exact_i32;
use crate::aggregate::expression::operand::type_name;
use crate::aggregate::variables::Operand;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;

pub(super) fn modulo(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let [left, right] = arguments else { return Ok(None) };
    let (Some(a), Some(b)) =
        (left.as_deref().and_then(Number::of), right.as_deref().and_then(Number::of))
    else {
        if is_nullish(left) || is_nullish(right) {
            return Ok(Some(Bson::Null));
        }
        let (left, right) = (type_name(left), type_name(right));
        let text = format!("$mod only supports numeric types, not {left} and {right}");
        return Err(Error::mongo(16611, text));
    };
    let by_zero = || Error::mongo(16610, "can't $mod by zero");
    if matches!(a, Number::Decimal(_)) || matches!(b, Number::Decimal(_)) {
        let divisor = b.to_decimal();
        if divisor.is_zero() {
            return Err(by_zero());
        }
        return Ok(Some(a.to_decimal().remainder(divisor).into()));
    }
    if b.to_f64() == 0.0 {
        return Err(by_zero());
    }
    // A divisor that is a double but a small whole number counts as an integer.
    let divisor = b.integer().or_else(|| to_exact_i32(right).map(i64::from));
    Ok(Some(match (a.integer(), divisor) {
        (Some(dividend), Some(divisor)) => {
            let remainder = dividend.wrapping_rem(divisor);
            let long = matches!(a, Number::Long(_)) || matches!(b, Number::Long(_));
            match i32::try_from(remainder) {
                Ok(remainder) if !long => Bson::Int32(remainder),
                _ => Bson::Int64(remainder),
            }
        }
        _ => Bson::Double(a.to_f64() % b.to_f64()),
    }))
}
