//! `$avg`: the mean of the numbers of a group as a double, null without any.

use crate::aggregate::accumulator::total::Total;
use crate::value::Bson;
use crate::value::RawValue;

#[derive(Debug, Default)]
pub(crate) struct Avg {
    total: Total,
    count: u64,
}

impl Avg {
    #[inline]
    pub fn add(&mut self, value: Option<RawValue<'_>>) {
        self.count += u64::from(self.total.add(value));
    }

    pub fn result(&self) -> Bson {
        if self.count == 0 { Bson::Null } else { self.total.mean(self.count) }
    }
}
