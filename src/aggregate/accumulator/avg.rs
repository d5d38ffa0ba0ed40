//! `$avg`: the mean of the numbers of a group as a double or a decimal, null without any.

use crate::aggregate::accumulator::numeric;
use crate::aggregate::expression::summation::NumericSum;
use crate::value::Bson;
use crate::value::RawValue;

#[derive(Debug, Default)]
pub(crate) struct Avg {
    total: NumericSum,
}

impl Avg {
    #[inline]
    pub fn add(&mut self, value: Option<RawValue<'_>>) {
        if let Some(number) = value.and_then(numeric) {
            self.total.add(&number);
        }
    }

    pub fn result(&self) -> Bson {
        self.total.mean().unwrap_or(Bson::Null)
    }
}
