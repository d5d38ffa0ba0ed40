//! `$sqrt`.

use crate::aggregate::expression::number::only_number;
use crate::aggregate::expression::number::through_f64;
use crate::aggregate::variables::Operand;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;

pub(super) fn sqrt(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let Some(number) = only_number("$sqrt", arguments)? else { return Ok(Some(Bson::Null)) };
    if number.to_f64() < 0.0 {
        let text = "$sqrt's argument must be greater than or equal to 0";
        return Err(Error::mongo(28714, text));
    }
    Ok(Some(through_f64(number, f64::sqrt)))
}
