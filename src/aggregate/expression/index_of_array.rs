//! `$indexOfArray`, and the bounds that the searches in arrays and texts share.

use crate::aggregate::expression::comparison::order;
use crate::aggregate::expression::operand::as_array;
use crate::aggregate::expression::operand::is_nullish;
use crate::aggregate::expression::operand::length;
use crate::aggregate::expression::operand::quoted;
use crate::aggregate::expression::operand::to_exact_i32;
use crate::aggregate::expression::operand::type_name;
use crate::aggregate::variables::Operand;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;

pub(super) fn index_of_array(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let [array, wanted, bounds @ ..] = arguments else { return Ok(None) };
    if is_nullish(array) {
        return Ok(Some(Bson::Null));
    }
    let Some(items) = as_array(array) else {
        let found = type_name(array);
        let text = format!("$indexOfArray requires an array as a first argument, found: {found}");
        return Err(Error::mongo(40090, text));
    };
    let (start, end) = search_bounds("$indexOfArray", bounds, items.len())?;
    let searched = items.get(start..end).unwrap_or_default();
    let found = searched.iter().position(|item| order(Some(item), wanted.as_deref()).is_eq());
    Ok(Some(found.map_or(Bson::Int32(-1), |at| length(start + at))))
}

/// Start and end of a search; the end is at most `length`.
pub(super) fn search_bounds(
    name: &str,
    bounds: &[Operand<'_>],
    length: usize,
) -> Result<(usize, usize)> {
    let start = match bounds.first() {
        Some(start) => bound(name, "starting index", start)?,
        None => 0,
    };
    let end = match bounds.get(1) {
        Some(end) => bound(name, "ending index", end)?.min(length),
        None => length,
    };
    Ok((start, end))
}

fn bound(name: &str, what: &str, value: &Operand<'_>) -> Result<usize> {
    let Some(number) = to_exact_i32(value) else {
        // The missing space is the service's.
        return Err(Error::mongo(
            40096,
            format!(
                "{name}requires an integral {what}, found a value of type: {}, with value: {}",
                type_name(value),
                quoted(value)
            ),
        ));
    };
    usize::try_from(number).map_err(|_| {
        let value = quoted(value);
        Error::mongo(40097, format!("{name} requires a nonnegative {what}, found: {value}"))
    })
}
