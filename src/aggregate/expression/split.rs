//! `$split`.

use crate::aggregate::expression::budget::Budget;
use crate::aggregate::expression::operand::as_text;
use crate::aggregate::expression::operand::is_nullish;
use crate::aggregate::expression::operand::type_name;
use crate::aggregate::variables::Operand;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;

pub(super) fn split(arguments: &mut [Operand<'_>], budget: &Budget) -> Result<Option<Bson>> {
    let [input, separator] = arguments else { return Ok(None) };
    if is_nullish(input) || is_nullish(separator) {
        return Ok(Some(Bson::Null));
    }
    let refusal = |code, which: &str, value: &Operand<'_>| {
        Error::mongo(
            code,
            format!(
                "$split requires an expression that evaluates to a string as a {which} argument, \
                 found: {}",
                type_name(value)
            ),
        )
    };
    let text = as_text(input).ok_or_else(|| refusal(40085, "first", input))?;
    let separator = as_text(separator).ok_or_else(|| refusal(40086, "second", separator))?;
    if separator.is_empty() {
        return Err(Error::mongo(40087, "$split requires a non-empty separator"));
    }
    budget.reserve(text.len())?;
    let mut pieces = Vec::new();
    for piece in text.split(separator) {
        budget.reserve_array(1)?;
        pieces.push(Bson::String(piece.to_owned()));
    }
    Ok(Some(Bson::Array(pieces)))
}
