//! `$abs`.

use crate::aggregate::expression::number::Number;
use crate::aggregate::expression::number::only_number;
use crate::aggregate::expression::operand::int_or_long;
use crate::aggregate::variables::Operand;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;

pub(super) fn abs(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let Some(number) = only_number("$abs", arguments)? else { return Ok(Some(Bson::Null)) };
    Ok(Some(match number {
        Number::Int(number) => int_or_long(i64::from(number).abs()),
        Number::Long(number) => match number.checked_abs() {
            Some(number) => Bson::Int64(number),
            None => return Err(Error::mongo(28680, "can't take $abs of long long min")),
        },
        Number::Double(number) => Bson::Double(number.abs()),
        Number::Decimal(number) => number.abs().into(),
    }))
}
