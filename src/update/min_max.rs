//! `$min` and `$max`: by the order of all values, across types.

use std::cmp::Ordering;
use std::slice;

use crate::error::Result;
use crate::update::operand::{Operand, Value};
use crate::update::operator::Outcome;
use crate::value::{Bson, compare_raw};

#[derive(Debug, Clone)]
pub(super) struct MinMax {
    operand: Operand,
    /// How the operand must compare with the current value to replace it.
    replaces_when: Ordering,
}

impl MinMax {
    pub(super) fn parse_min(value: &Bson) -> Result<Self> {
        Ok(Self { operand: Operand::parse(value)?, replaces_when: Ordering::Less })
    }

    pub(super) fn parse_max(value: &Bson) -> Result<Self> {
        Ok(Self { operand: Operand::parse(value)?, replaces_when: Ordering::Greater })
    }

    pub(super) fn value(&self) -> Value<'_> {
        self.operand.value.borrowed()
    }

    pub(super) fn update(&self, current: &Value<'_>) -> Outcome<'_> {
        if compare_raw(self.operand.value.raw(), current.raw()) == self.replaces_when {
            Outcome::Value(self.value())
        } else {
            Outcome::Unchanged
        }
    }

    pub(super) fn operands(&self) -> &[Operand] {
        slice::from_ref(&self.operand)
    }
}
