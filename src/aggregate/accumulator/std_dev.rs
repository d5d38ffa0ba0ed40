//! `$stdDevPop` and `$stdDevSamp`: standard deviations. What is not a number does not count.

use crate::aggregate::accumulator::numeric;
use crate::aggregate::expression::summation::StandardDeviation;
use crate::value::Bson;
use crate::value::RawValue;

#[derive(Debug, Default)]
pub(crate) struct StdDev {
    /// Of a sample; otherwise of a whole population.
    is_sample: bool,
    deviation: StandardDeviation,
}

impl StdDev {
    pub fn of_population() -> Self {
        Self::default()
    }

    pub fn of_sample() -> Self {
        Self { is_sample: true, ..Self::default() }
    }

    pub fn add(&mut self, value: Option<RawValue<'_>>) {
        if let Some(number) = value.and_then(numeric) {
            self.deviation.add(&number);
        }
    }

    /// Null where the deviation is not defined.
    pub fn result(&self) -> Bson {
        let deviation =
            if self.is_sample { self.deviation.sample() } else { self.deviation.population() };
        deviation.map_or(Bson::Null, Bson::Double)
    }
}
