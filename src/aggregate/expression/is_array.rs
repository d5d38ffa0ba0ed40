//! `$isArray`.

use crate::aggregate::expression::operand::as_array;
use crate::aggregate::variables::Operand;
use crate::error::Result;
use crate::value::Bson;

#[allow(clippy::unnecessary_wraps, reason = "the signature of every operator")]
pub(super) fn is_array(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    Ok(Some(Bson::Boolean(arguments.first().is_some_and(|value| as_array(value).is_some()))))
}
