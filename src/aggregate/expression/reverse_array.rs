//! `$reverseArray`.

use crate::aggregate::expression::operand::as_array;
use crate::aggregate::expression::operand::into_array;
use crate::aggregate::expression::operand::is_nullish;
use crate::aggregate::expression::operand::type_name;
use crate::aggregate::variables::Operand;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;

pub(super) fn reverse_array(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let [input] = arguments else { return Ok(None) };
    if is_nullish(input) {
        return Ok(Some(Bson::Null));
    }
    if as_array(input).is_none() {
        let found = type_name(input);
        let text =
            format!("The argument to $reverseArray must be an array, but was of type: {found}");
        return Err(Error::mongo(34435, text));
    }
    let mut items = into_array(input.take()).unwrap_or_default();
    items.reverse();
    Ok(Some(Bson::Array(items)))
}
