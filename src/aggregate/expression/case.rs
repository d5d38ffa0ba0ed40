//! `$toLower`, `$toUpper`, `$strcasecmp`: letters of ASCII only; numbers and dates are printed,
//! missing and null are empty texts.

use crate::aggregate::expression::operand::to_text;
use crate::aggregate::variables::Operand;
use crate::error::Result;
use crate::value::Bson;

pub(super) fn to_lower(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let [input] = arguments else { return Ok(None) };
    Ok(Some(Bson::String(to_text(input)?.to_ascii_lowercase())))
}

pub(super) fn to_upper(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let [input] = arguments else { return Ok(None) };
    Ok(Some(Bson::String(to_text(input)?.to_ascii_uppercase())))
}

pub(super) fn strcasecmp(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let [left, right] = arguments else { return Ok(None) };
    let (left, right) = (to_text(left)?, to_text(right)?);
    let upper = |text: &str| text.to_ascii_uppercase().into_bytes();
    Ok(Some(Bson::Int32(upper(&left).cmp(&upper(&right)) as i32)))
}
