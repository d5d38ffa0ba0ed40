//! `$in`: whether an array has a value.

use crate::aggregate::expression::comparison::order;
use crate::aggregate::expression::operand::as_array;
use crate::aggregate::expression::operand::type_name;
use crate::aggregate::variables::Operand;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;

pub(super) fn in_array(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let [value, array] = arguments else { return Ok(None) };
    let Some(items) = as_array(array) else {
        let found = type_name(array);
        let text = format!("$in requires an array as a second argument, found: {found}");
        return Err(Error::mongo(40081, text));
    };
    let found = items.iter().any(|item| order(value.as_deref(), Some(item)).is_eq());
    Ok(Some(Bson::Boolean(found)))
}
