//! `$literal` and its other name `$const`: a value as it stands.

use crate::aggregate::expression::Expression;
use crate::aggregate::expression::scope::Scope;
use crate::error::Result;
use crate::value::Bson;

#[allow(clippy::unnecessary_wraps, reason = "the signature of every parser")]
pub(super) fn parse(_: &'static str, value: &Bson, _: &Scope) -> Result<Expression> {
    Ok(Expression::literal(value))
}
