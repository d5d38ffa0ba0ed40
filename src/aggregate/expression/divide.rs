//! `$divide`: always a double, or a decimal if one is among the operands.

use crate::aggregate::expression::number::Number;
use crate::aggregate::expression::operand::is_nullish;
use crate::aggregate::expression::operand::type_name;
use crate::aggregate::variables::Operand;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;

pub(super) fn divide(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let [left, right] = arguments else { return Ok(None) };
    let (Some(a), Some(b)) =
        (left.as_deref().and_then(Number::of), right.as_deref().and_then(Number::of))
    else {
        if is_nullish(left) || is_nullish(right) {
            return Ok(Some(Bson::Null));
        }
        let (left, right) = (type_name(left), type_name(right));
        let text = format!("$divide only supports numeric types, not {left} and {right}");
        return Err(Error::mongo(16609, text));
    };
    let by_zero = || Error::mongo(16608, "can't $divide by zero");
    if matches!(a, Number::Decimal(_)) || matches!(b, Number::Decimal(_)) {
        let divisor = b.to_decimal();
        if divisor.is_zero() {
            return Err(by_zero());
        }
        return Ok(Some(a.to_decimal().divide(divisor).into()));
    }
    if b.to_f64() == 0.0 {
        return Err(by_zero());
    }
    Ok(Some(Bson::Double(a.to_f64() / b.to_f64())))
}
