//! `$mod`: the remainder, with the sign of the dividend.

use crate::aggregate::expression::number::DivisionRefusals;
use crate::aggregate::expression::number::Number;
use crate::aggregate::expression::number::dividend_and_divisor;
use crate::aggregate::expression::operand::to_exact_i32;
use crate::aggregate::variables::Operand;
use crate::error::Result;
use crate::value::Bson;

const REFUSALS: DivisionRefusals =
    DivisionRefusals { name: "$mod", not_a_number: 16611, by_zero: 16610 };

pub(super) fn modulo(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let Some((a, b)) = dividend_and_divisor(&REFUSALS, arguments)? else {
        return Ok(Some(Bson::Null));
    };
    if matches!(a, Number::Decimal(_)) || matches!(b, Number::Decimal(_)) {
        return Ok(Some(a.to_decimal().remainder(b.to_decimal()).into()));
    }
    // A divisor that is a double but a small whole number counts as an integer.
    let divisor = b.integer().or_else(|| arguments.last().and_then(to_exact_i32).map(i64::from));
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
