//! `$strLenBytes`, `$strLenCP`: null and missing are refused.

use crate::aggregate::expression::operand::as_text;
use crate::aggregate::expression::operand::length;
use crate::aggregate::expression::operand::type_name;
use crate::aggregate::variables::Operand;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;

pub(super) fn bytes(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let text = only_text("$strLenBytes", 34473, arguments)?;
    Ok(Some(length(text.len())))
}

pub(super) fn code_points(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let text = only_text("$strLenCP", 34471, arguments)?;
    Ok(Some(length(text.chars().count())))
}

fn only_text<'s>(name: &str, code: i32, arguments: &'s [Operand<'_>]) -> Result<&'s str> {
    arguments.first().and_then(as_text).ok_or_else(|| {
        let found = arguments.first().map_or("missing", type_name);
        Error::mongo(code, format!("{name} requires a string argument, found: {found}"))
    })
}
