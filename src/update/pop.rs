//! `$pop`: 1 removes the last element, -1 the first.

use crate::error::Result;
use crate::update::array::{array_of, items_of};
use crate::update::failure::type_mismatch;
use crate::update::operand::Value;
use crate::update::operator::Outcome;
use crate::update::place::Place;
use crate::value::Bson;

#[derive(Debug, Clone, Copy)]
pub(super) struct Pop {
    from_front: bool,
}

impl Pop {
    /// Any value is accepted: all but negative numbers remove the last element.
    pub(super) fn parse(value: &Bson) -> Self {
        let from_front = match value {
            Bson::Int32(number) => *number < 0,
            Bson::Int64(number) => *number < 0,
            Bson::Double(number) => *number < 0.0,
            Bson::Decimal128(number) => number.to_string().starts_with('-'),
            _ => false,
        };
        Self { from_front }
    }

    pub(super) fn update(self, current: &Value<'_>, here: &Place<'_>) -> Result<Outcome<'static>> {
        let Some(array) = current.container().filter(|_| current.is_array()) else {
            return Err(type_mismatch(format!(
                "Path '{}' contains an element of non-array type '{}'",
                here.dotted(),
                current.kind_name()
            )));
        };
        let items = items_of(array);
        let rest = match (items.split_first(), items.split_last()) {
            (Some((_, rest)), _) if self.from_front => rest,
            (_, Some((_, rest))) => rest,
            _ => return Ok(Outcome::Unchanged),
        };
        Ok(Outcome::Value(array_of(rest)))
    }
}
