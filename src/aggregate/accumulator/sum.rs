//! `$sum`: the total of the numbers of a group, 0 without any. Integers stay integers until they
//! leave the range of a long.

use crate::aggregate::accumulator::total::Total;
use crate::value::Bson;
use crate::value::RawValue;

#[derive(Debug, Default)]
pub(crate) struct Sum {
    total: Total,
}

impl Sum {
    #[inline]
    pub fn add(&mut self, value: Option<RawValue<'_>>) {
        self.total.add(value);
    }

    pub fn result(&self) -> Bson {
        self.total.sum()
    }
}
