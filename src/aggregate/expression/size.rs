//! `$size`.

use crate::aggregate::expression::operand::as_array;
use crate::aggregate::expression::operand::length;
use crate::aggregate::expression::operand::type_name;
use crate::aggregate::variables::Operand;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;

pub(super) fn size(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let [input] = arguments else { return Ok(None) };
    let Some(items) = as_array(input) else {
        let found = type_name(input);
        let text = format!("The argument to $size must be an array, but was of type: {found}");
        return Err(Error::mongo(17124, text));
    };
    Ok(Some(length(items.len())))
}
