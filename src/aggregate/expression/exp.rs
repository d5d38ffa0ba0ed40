//! `$exp`.

use crate::aggregate::expression::number::only_number;
use crate::aggregate::expression::number::through_f64;
use crate::aggregate::variables::Operand;
use crate::error::Result;
use crate::value::Bson;

pub(super) fn exp(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let Some(number) = only_number("$exp", arguments)? else { return Ok(Some(Bson::Null)) };
    Ok(Some(through_f64(number, f64::exp)))
}
