//! `$slice`: the first or last items, or some from a position on.

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

pub(super) fn slice(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let [array, second, third @ ..] = arguments else { return Ok(None) };
    if is_nullish(array) || is_nullish(second) {
        return Ok(Some(Bson::Null));
    }
    let Some(items) = as_array(array) else {
        let found = type_name(array);
        let text = format!("First argument to $slice must be an array, but is of type: {found}");
        return Err(Error::mongo(28724, text));
    };
    if !is_number(second) {
        let found = type_name(second);
        let text =
            format!("Second argument to $slice must be a numeric value, but is of type: {found}");
        return Err(Error::mongo(28725, text));
    }
    let second = integer(second, 28726, "Second")?;
    let distance = usize::try_from(second.unsigned_abs()).unwrap_or(usize::MAX);
    let (start, end) = match third.first() {
        None if second < 0 => (items.len().saturating_sub(distance), items.len()),
        None => (0, distance.min(items.len())),
        Some(count) if is_nullish(count) => return Ok(Some(Bson::Null)),
        Some(count) => {
            let start = if second < 0 {
                items.len().saturating_sub(distance)
            } else {
                distance.min(items.len())
            };
            (start, start.saturating_add(positive_count(count)?).min(items.len()))
        }
    };
    Ok(Some(Bson::Array(items.get(start..end).unwrap_or_default().to_vec())))
}

fn positive_count(count: &Operand<'_>) -> Result<usize> {
    if !is_number(count) {
        let found = type_name(count);
        let text = format!("Third argument to $slice must be numeric, but is of type: {found}");
        return Err(Error::mongo(28727, text));
    }
    let count = integer(count, 28728, "Third")?;
    usize::try_from(count).ok().filter(|count| *count > 0).ok_or_else(|| {
        Error::mongo(28729, format!("Third argument to $slice must be positive: {count}"))
    })
}

fn integer(value: &Operand<'_>, code: i32, which: &str) -> Result<i32> {
    to_exact_i32(value).ok_or_else(|| {
        let number = double_text(value.as_deref().map_or(f64::NAN, to_f64));
        let problem = "argument to $slice can't be represented as a 32-bit integer";
        Error::mongo(code, format!("{which} {problem}: {number}"))
    })
}
