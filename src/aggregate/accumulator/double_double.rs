//! A sum of doubles with twice their precision.

/// The unevaluated sum of two doubles.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct DoubleDouble {
    sum: f64,
    /// What rounding took from `sum`.
    rest: f64,
    /// The plain sum: infinities and NaN come out of it.
    plain: f64,
    pub is_used: bool,
}

impl DoubleDouble {
    #[inline]
    pub fn add(&mut self, number: f64) {
        self.is_used = true;
        self.plain += number;
        let sum = self.sum + number;
        let part = sum - self.sum;
        let error = (self.sum - (sum - part)) + (number - part);
        let rest = self.rest + error;
        self.sum = sum + rest;
        self.rest = rest - (self.sum - sum);
    }

    /// Adds an integer of any size without rounding it first.
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "the parts are rounded on purpose, and what rounding took is added as well"
    )]
    pub fn add_integer(&mut self, integer: i128) {
        let mut rest = integer;
        // Each step takes 53 bits: three take a sum of 2^63 longs.
        for _ in 0..3 {
            if rest == 0 {
                break;
            }
            let part = rest as f64;
            self.add(part);
            rest -= part as i128;
        }
    }

    pub fn value(self) -> f64 {
        if self.sum.is_finite() { self.sum } else { self.plain }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_a_plain_sum_loses() {
        let mut total = DoubleDouble::default();
        for _ in 0..10 {
            total.add(0.1);
        }
        assert!((total.value() - 1.0).abs() == 0.0);
        let mut total = DoubleDouble::default();
        for number in [1e16, 1.0, -1e16] {
            total.add(number);
        }
        assert!((total.value() - 1.0).abs() == 0.0);
        total.add_integer(i128::from(i64::MAX));
        total.add_integer(-i128::from(i64::MAX));
        assert!((total.value() - 1.0).abs() == 0.0);
    }

    #[test]
    fn infinities_and_nan_are_the_plain_sum() {
        let of = |numbers: &[f64]| {
            let mut total = DoubleDouble::default();
            numbers.iter().for_each(|number| total.add(*number));
            total.value()
        };
        assert!(of(&[f64::INFINITY, 1.0]).is_infinite());
        assert!(of(&[f64::INFINITY, f64::NEG_INFINITY]).is_nan());
        assert!(of(&[f64::NAN, 1.0]).is_nan());
        assert!(of(&[f64::MAX, f64::MAX]).is_infinite());
    }
}
