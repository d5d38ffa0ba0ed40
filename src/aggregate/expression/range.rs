//! `$range`.

use crate::aggregate::expression::budget::Budget;
use crate::aggregate::expression::operand::is_number;
use crate::aggregate::expression::operand::quoted;
use crate::aggregate::expression::operand::to_exact_i32;
use crate::aggregate::expression::operand::type_name;
use crate::aggregate::variables::Operand;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;

pub(super) fn range(arguments: &mut [Operand<'_>], budget: &Budget) -> Result<Option<Bson>> {
    let [start, end, step @ ..] = arguments else { return Ok(None) };
    let start = bound(
        start,
        (34443, 34444),
        ("a numeric starting value, found value of type: ", "a starting value"),
    )?;
    let end = bound(
        end,
        (34445, 34446),
        ("a numeric ending value, found value of type: ", "an ending value"),
    )?;
    let step = match step.first() {
        // The missing space is the service's.
        Some(step) => bound(
            step,
            (34447, 34448),
            ("a numeric step value, found value of type:", "a step value"),
        )?,
        None => 1,
    };
    if step == 0 {
        return Err(Error::mongo(34449, "$range requires a non-zero step value"));
    }
    let (start, end, step) = (i64::from(start), i64::from(end), i64::from(step));
    let distance = if step > 0 { end - start } else { start - end };
    let count = distance.max(0).unsigned_abs().div_ceil(step.unsigned_abs());
    budget.reserve_array(usize::try_from(count).unwrap_or(usize::MAX))?;
    let mut values = Vec::new();
    let mut current = start;
    for _ in 0..count {
        // Between two ints lie only ints.
        values.push(Bson::Int32(i32::try_from(current).unwrap_or_default()));
        current += step;
    }
    Ok(Some(Bson::Array(values)))
}

fn bound(
    value: &Operand<'_>,
    (not_numeric, not_integral): (i32, i32),
    (numeric, named): (&str, &str),
) -> Result<i32> {
    if !is_number(value) {
        let text = format!("$range requires {numeric}{}", type_name(value));
        return Err(Error::mongo(not_numeric, text));
    }
    to_exact_i32(value).ok_or_else(|| {
        Error::mongo(
            not_integral,
            format!(
                "$range requires {named} that can be represented as a 32-bit integer, found \
                 value: {}",
                quoted(value)
            ),
        )
    })
}
