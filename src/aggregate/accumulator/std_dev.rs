//! `$stdDevPop` and `$stdDevSamp`: standard deviation by Welford's method. What is not a number
//! does not count.

use crate::aggregate::accumulator::total::to_f64;
use crate::value::Bson;
use crate::value::RawValue;

#[derive(Debug)]
pub(crate) struct StdDev {
    /// One less is divided by for a sample.
    is_sample: bool,
    count: u32,
    mean: f64,
    squares: f64,
}

impl StdDev {
    pub fn of_population() -> Self {
        Self { is_sample: false, count: 0, mean: 0.0, squares: 0.0 }
    }

    pub fn of_sample() -> Self {
        Self { is_sample: true, ..Self::of_population() }
    }

    pub fn add(&mut self, value: Option<RawValue<'_>>) {
        let Some(number) = value.and_then(to_f64) else { return };
        self.count = self.count.saturating_add(1);
        let delta = number - self.mean;
        if delta != 0.0 {
            self.mean += delta / f64::from(self.count);
            self.squares += delta * (number - self.mean);
        }
    }

    /// Null where the deviation is not defined.
    pub fn result(&self) -> Bson {
        let divisor = if self.is_sample { self.count.saturating_sub(1) } else { self.count };
        if divisor == 0 {
            return Bson::Null;
        }
        Bson::Double((self.squares / f64::from(divisor)).sqrt())
    }
}
