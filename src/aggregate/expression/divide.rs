//! `$divide`: always a double, or a decimal if one is among the operands.

use crate::aggregate::expression::number::DivisionRefusals;
use crate::aggregate::expression::number::Number;
use crate::aggregate::expression::number::dividend_and_divisor;
use crate::aggregate::variables::Operand;
use crate::error::Result;
use crate::value::Bson;

const REFUSALS: DivisionRefusals =
    DivisionRefusals { name: "$divide", not_a_number: 16609, by_zero: 16608 };

pub(super) fn divide(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let Some((a, b)) = dividend_and_divisor(&REFUSALS, arguments)? else {
        return Ok(Some(Bson::Null));
    };
    if matches!(a, Number::Decimal(_)) || matches!(b, Number::Decimal(_)) {
        return Ok(Some(a.to_decimal().divide(b.to_decimal()).into()));
    }
    Ok(Some(Bson::Double(a.to_f64() / b.to_f64())))
}
