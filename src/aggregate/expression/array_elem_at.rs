//! `$arrayElemAt`: negative positions count from the end, beyond the ends is missing.

use crate::aggregate::expression::operand::as_array;
use crate::aggregate::expression::operand::double_text;
use crate::aggregate::expression::operand::is_nullish;
use crate::aggregate::expression::operand::is_number;
use crate::aggregate::expression::operand::to_exact_i32;
use crate::aggregate::expression::operand::to_f64;
use crate::aggregate::expression::operand::type_name;
use crate::aggregate::variables::Operand;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;

pub(super) fn array_elem_at(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let [array, index] = arguments else { return Ok(None) };
    if is_nullish(array) || is_nullish(index) {
        return Ok(Some(Bson::Null));
    }
    let Some(items) = as_array(array) else {
        let found = type_name(array);
        let text = format!("$arrayElemAt's first argument must be an array, but is {found}");
        return Err(Error::mongo(28689, text));
    };
    if !is_number(index) {
        let found = type_name(index);
        return Err(Error::mongo(
            28690,
            format!("$arrayElemAt's second argument must be a numeric value, but is {found}"),
        ));
    }
    let Some(at) = to_exact_i32(index) else {
        let number = double_text(index.as_deref().map_or(f64::NAN, to_f64));
        return Err(Error::mongo(
            28691,
            format!(
                "$arrayElemAt's second argument must be representable as a 32-bit integer: {number}"
            ),
        ));
    };
    let distance = usize::try_from(at.unsigned_abs()).unwrap_or(usize::MAX);
    let at = if at < 0 { items.len().checked_sub(distance) } else { Some(distance) };
    Ok(at.and_then(|at| items.get(at)).cloned())
}
