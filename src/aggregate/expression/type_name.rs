//! `$type`: the name of a value's type.

use crate::aggregate::expression::operand::type_name;
use crate::aggregate::variables::Operand;
use crate::error::Result;
use crate::value::Bson;

#[allow(clippy::unnecessary_wraps, reason = "the signature of every operator")]
pub(super) fn type_name_of(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    Ok(Some(Bson::String(arguments.first().map_or("missing", type_name).to_owned())))
}
