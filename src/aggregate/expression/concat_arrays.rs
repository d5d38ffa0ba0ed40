//! `$concatArrays`.

use crate::aggregate::expression::budget::Budget;
use crate::aggregate::expression::operand::as_array;
use crate::aggregate::expression::operand::into_array;
use crate::aggregate::expression::operand::is_nullish;
use crate::aggregate::expression::operand::type_name;
use crate::aggregate::variables::Operand;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;

pub(super) fn concat_arrays(
    arguments: &mut [Operand<'_>],
    budget: &Budget,
) -> Result<Option<Bson>> {
    for argument in arguments.iter() {
        if is_nullish(argument) {
            return Ok(Some(Bson::Null));
        }
        if as_array(argument).is_none() {
            let found = type_name(argument);
            let text = format!("$concatArrays only supports arrays, not {found}");
            return Err(Error::mongo(28664, text));
        }
        if let Some(value) = argument.as_deref() {
            budget.reserve_copy(value)?;
        }
    }
    let mut joined = Vec::new();
    for argument in arguments {
        joined.extend(into_array(argument.take()).unwrap_or_default());
    }
    Ok(Some(Bson::Array(joined)))
}
