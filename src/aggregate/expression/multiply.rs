//! `$multiply`.

use crate::aggregate::expression::number::Number;
use crate::aggregate::expression::operand::int_or_long;
use crate::aggregate::expression::operand::is_nullish;
use crate::aggregate::expression::operand::type_name;
use crate::aggregate::variables::Operand;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;

pub(super) fn multiply(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let mut product = Number::Int(1);
    for argument in arguments.iter() {
        match argument.as_deref().and_then(Number::of) {
            Some(factor) => product = times(product, factor),
            None if is_nullish(argument) => return Ok(Some(Bson::Null)),
            None => {
                return Err(Error::mongo(
                    16555,
                    format!("$multiply only supports numeric types, not {}", type_name(argument)),
                ));
            }
        }
    }
    Ok(Some(match product {
        Number::Int(number) => Bson::Int32(number),
        Number::Long(number) => Bson::Int64(number),
        Number::Double(number) => Bson::Double(number),
        Number::Decimal(number) => number.into(),
    }))
}

/// An int that grows becomes a long, a long that grows a double.
fn times(left: Number, right: Number) -> Number {
    if matches!(left, Number::Decimal(_)) || matches!(right, Number::Decimal(_)) {
        return Number::Decimal(left.to_decimal().multiply(right.to_decimal()));
    }
    let (Some(a), Some(b)) = (left.integer(), right.integer()) else {
        return Number::Double(left.to_f64() * right.to_f64());
    };
    let both_int = matches!((left, right), (Number::Int(_), Number::Int(_)));
    match a.checked_mul(b) {
        Some(product) if both_int => match int_or_long(product) {
            Bson::Int32(product) => Number::Int(product),
            _ => Number::Long(product),
        },
        Some(product) => Number::Long(product),
        None => Number::Double(left.to_f64() * right.to_f64()),
    }
}
