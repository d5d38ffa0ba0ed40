//! `$substrBytes` (also known as `$substr`) and `$substrCP`.
// As the service documents them, a negative start gives an empty text and a negative length the
// rest; MongoDB 4.0 itself refuses a negative start, and `$substrCP` a negative length.

use crate::aggregate::expression::Expression;
use crate::aggregate::expression::Function;
use crate::aggregate::expression::arguments;
use crate::aggregate::expression::arguments::Arity;
use crate::aggregate::expression::operand::is_number;
use crate::aggregate::expression::operand::quoted;
use crate::aggregate::expression::operand::to_exact_i32;
use crate::aggregate::expression::operand::to_text;
use crate::aggregate::expression::operand::to_truncated_i64;
use crate::aggregate::expression::operand::type_name;
use crate::aggregate::expression::parse;
use crate::aggregate::expression::scope::Scope;
use crate::aggregate::variables::Operand;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;

const BYTES: &str = "$substrBytes";
const CODE_POINTS: &str = "$substrCP";

/// The old name: every text of the service says `$substrBytes`.
pub(super) fn parse_substr(_: &'static str, value: &Bson, scope: &Scope) -> Result<Expression> {
    let operands = arguments::list(value, scope)?;
    arguments::check_arity(BYTES, Arity::Exactly(3), operands.len())?;
    parse::call(Function::Plain(bytes), operands, false)
}

pub(super) fn bytes(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let [input, start, count] = arguments else { return Ok(None) };
    let text = to_text(input)?;
    let start = whole_number(start, 16034, "starting index")?;
    let count = whole_number(count, 16035, "length")?;
    let Ok(start) = usize::try_from(start) else { return Ok(Some(Bson::String(String::new()))) };
    let end = usize::try_from(count).map_or(text.len(), |count| start.saturating_add(count));
    let refusal = |code, problem: &str| {
        Err(Error::mongo(code, format!("{BYTES}:  Invalid range, {problem}")))
    };
    if start < text.len() && !text.is_char_boundary(start) {
        return refusal(28656, "starting index is a UTF-8 continuation byte.");
    }
    if end < text.len() && !text.is_char_boundary(end) {
        return refusal(28657, "ending index is in the middle of a UTF-8 character.");
    }
    let piece = text.get(start..end.min(text.len())).unwrap_or_default();
    Ok(Some(Bson::String(piece.to_owned())))
}

fn whole_number(value: &Operand<'_>, code: i32, what: &str) -> Result<i64> {
    if let Some(number @ (Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_))) = value.as_deref() {
        return Ok(to_truncated_i64(number));
    }
    let found = type_name(value);
    let text = format!("{BYTES}:  {what} must be a numeric type (is BSON type {found})");
    Err(Error::mongo(code, text))
}

pub(super) fn code_points(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let [input, start, count] = arguments else { return Ok(None) };
    let text = to_text(input)?;
    let start = small_integer(start, (34450, 34451), "starting index")?;
    let count = small_integer(count, (34452, 34453), "length")?;
    let Ok(start) = usize::try_from(start) else { return Ok(Some(Bson::String(String::new()))) };
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    Ok(Some(Bson::String(text.chars().skip(start).take(count).collect())))
}

fn small_integer(
    value: &Operand<'_>,
    (not_numeric, not_integral): (i32, i32),
    what: &str,
) -> Result<i32> {
    if !is_number(value) {
        let found = type_name(value);
        let text = format!("{CODE_POINTS}: {what} must be a numeric type (is BSON type {found})");
        return Err(Error::mongo(not_numeric, text));
    }
    to_exact_i32(value).ok_or_else(|| {
        let problem = "cannot be represented as a 32-bit integral value";
        let value = quoted(value);
        Error::mongo(not_integral, format!("{CODE_POINTS}: {what} {problem}: {value}"))
    })
}
