//! `$pullAll`: removes the elements equal to one of a list.

use crate::error::Result;
use crate::update::failure::bad_value;
use crate::update::operand::{Operand, Value};
use crate::update::operator::Outcome;
use crate::update::pull::remove_from;
use crate::value::{Bson, compare_raw, kind_of};

#[derive(Debug, Clone)]
pub(super) struct PullAll {
    /// In the order of all values, so that a long list does not make the work quadratic.
    sorted: Vec<Operand>,
}

impl PullAll {
    pub(super) fn parse(value: &Bson) -> Result<Self> {
        let Bson::Array(items) = value else {
            return Err(bad_value(format!(
                "$pullAll requires an array argument but was given a {}",
                kind_of(value).name()
            )));
        };
        let mut sorted = items.iter().map(Operand::parse).collect::<Result<Vec<_>>>()?;
        sorted.sort_by(|a, b| compare_raw(a.value.raw(), b.value.raw()));
        Ok(Self { sorted })
    }

    pub(super) fn update(&self, current: &Value<'_>) -> Result<Outcome<'static>> {
        remove_from(current, |item| {
            Ok(self
                .sorted
                .binary_search_by(|operand| compare_raw(operand.value.raw(), item))
                .is_ok())
        })
    }
}
