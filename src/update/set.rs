//! `$set` and `$setOnInsert`.

use std::slice;

use crate::error::Result;
use crate::update::operand::{Operand, Value};
use crate::update::operator::Outcome;
use crate::value::Bson;

#[derive(Debug, Clone)]
pub(super) struct Set {
    operand: Operand,
}

impl Set {
    pub(super) fn parse(value: &Bson) -> Result<Self> {
        Ok(Self { operand: Operand::parse(value)? })
    }

    pub(super) fn value(&self) -> Value<'_> {
        self.operand.value.borrowed()
    }

    /// Only the same bytes are no change: MongoDB 4.0 stores `1.0` over `1`.
    pub(super) fn update(&self, current: &Value<'_>) -> Outcome<'_> {
        if current.is_identical(&self.operand.value) {
            Outcome::Unchanged
        } else {
            Outcome::Value(self.value())
        }
    }

    pub(super) fn operands(&self) -> &[Operand] {
        slice::from_ref(&self.operand)
    }
}
