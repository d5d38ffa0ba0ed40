//! `$sum`: the total of the numbers of a group, 0 without any. Integers stay integers until they
//! leave the range of a long.

use crate::aggregate::accumulator::numeric;
use crate::aggregate::expression::summation::NumericSum;
use crate::value::Bson;
use crate::value::RawValue;

#[derive(Debug, Default)]
pub(crate) struct Sum {
    total: NumericSum,
}

impl Sum {
    #[inline]
    pub fn add(&mut self, value: Option<RawValue<'_>>) {
        if let Some(number) = value.and_then(numeric) {
            self.total.add(&number);
        }
    }

    pub fn result(&self) -> Bson {
        self.total.total()
    }
}
