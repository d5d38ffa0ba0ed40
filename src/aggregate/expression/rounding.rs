//! `$ceil`, `$floor`, `$trunc`: integers stay as they are.

use crate::aggregate::expression::number::Number;
use crate::aggregate::expression::number::only_number;
use crate::aggregate::variables::Operand;
use crate::error::Result;
use crate::value::Bson;
use crate::value::decimal::Rounding;

pub(super) fn ceil(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    round("$ceil", arguments, f64::ceil, Rounding::Up)
}

pub(super) fn floor(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    round("$floor", arguments, f64::floor, Rounding::Down)
}

pub(super) fn trunc(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    round("$trunc", arguments, f64::trunc, Rounding::TowardZero)
}

fn round(
    name: &str,
    arguments: &[Operand<'_>],
    of_double: fn(f64) -> f64,
    of_decimal: Rounding,
) -> Result<Option<Bson>> {
    let Some(number) = only_number(name, arguments)? else { return Ok(Some(Bson::Null)) };
    Ok(Some(match number {
        Number::Int(number) => Bson::Int32(number),
        Number::Long(number) => Bson::Int64(number),
        Number::Double(number) => Bson::Double(of_double(number)),
        Number::Decimal(number) => number.to_integral(of_decimal).into(),
    }))
}
