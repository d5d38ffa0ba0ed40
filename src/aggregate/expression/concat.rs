//! `$concat`.

use crate::aggregate::expression::budget::Budget;
use crate::aggregate::expression::operand::as_text;
use crate::aggregate::expression::operand::is_nullish;
use crate::aggregate::expression::operand::type_name;
use crate::aggregate::variables::Operand;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;

pub(super) fn concat(arguments: &mut [Operand<'_>], budget: &Budget) -> Result<Option<Bson>> {
    let mut joined = String::new();
    for argument in arguments.iter() {
        if is_nullish(argument) {
            return Ok(Some(Bson::Null));
        }
        let Some(text) = as_text(argument) else {
            let text = format!("$concat only supports strings, not {}", type_name(argument));
            return Err(Error::mongo(16702, text));
        };
        budget.reserve(text.len())?;
        joined.push_str(text);
    }
    Ok(Some(Bson::String(joined)))
}
