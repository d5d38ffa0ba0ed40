//! `$indexOfBytes`, `$indexOfCP`.

use crate::aggregate::expression::index_of_array::search_bounds;
use crate::aggregate::expression::operand::as_text;
use crate::aggregate::expression::operand::is_nullish;
use crate::aggregate::expression::operand::length;
use crate::aggregate::expression::operand::type_name;
use crate::aggregate::variables::Operand;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;

pub(super) fn index_of_bytes(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let [input, wanted, bounds @ ..] = arguments else { return Ok(None) };
    if is_nullish(input) {
        return Ok(Some(Bson::Null));
    }
    let (text, token) = texts("$indexOfBytes", (40091, 40092), input, wanted)?;
    let (start, end) = search_bounds("$indexOfBytes", bounds, text.len())?;
    let found =
        text.as_bytes().get(start..end).and_then(|searched| find_bytes(searched, token.as_bytes()));
    Ok(Some(found.map_or(Bson::Int32(-1), |at| length(start + at))))
}

/// The token must lie before the end of what is searched.
fn find_bytes(searched: &[u8], token: &[u8]) -> Option<usize> {
    if token.is_empty() {
        return Some(0);
    }
    searched.windows(token.len()).position(|window| window == token)
}

pub(super) fn index_of_code_points(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let [input, wanted, bounds @ ..] = arguments else { return Ok(None) };
    if is_nullish(input) {
        return Ok(Some(Bson::Null));
    }
    let (text, token) = texts("$indexOfCP", (40093, 40094), input, wanted)?;
    let (start, end) = search_bounds("$indexOfCP", bounds, text.chars().count())?;
    if text.is_empty() && token.is_empty() {
        return Ok(Some(Bson::Int32(0)));
    }
    // Here only the start of the token must lie before the end, unlike in $indexOfBytes.
    let starts = text.char_indices().map(|(byte, _)| byte).enumerate();
    let mut searched = starts.skip(start).take(end.saturating_sub(start));
    let found =
        searched.find(|(_, byte)| text.get(*byte..).is_some_and(|rest| rest.starts_with(token)));
    Ok(Some(found.map_or(Bson::Int32(-1), |(at, _)| length(at))))
}

fn texts<'s>(
    name: &str,
    (first, second): (i32, i32),
    input: &'s Operand<'_>,
    wanted: &'s Operand<'_>,
) -> Result<(&'s str, &'s str)> {
    let text = |value: &'s Operand<'_>, code, which: &str| {
        as_text(value).ok_or_else(|| {
            let found = type_name(value);
            let text = format!("{name} requires a string as the {which} argument, found: {found}");
            Error::mongo(code, text)
        })
    };
    Ok((text(input, first, "first")?, text(wanted, second, "second")?))
}
