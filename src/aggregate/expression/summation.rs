//! Sums, means and deviations that lose nothing on the way: what `$add`, `$sum`, `$avg` and the
//! standard deviations are made of, as expressions and as accumulators.

use crate::aggregate::expression::operand::int_or_long;
use crate::aggregate::expression::operand::to_f64;
use crate::value::Bson;
use crate::value::decimal::Decimal;

/// The widest type met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum Width {
    #[default]
    Int,
    Long,
    Double,
    Decimal,
}

/// A running sum of numbers of any type.
#[derive(Debug, Clone, Default)]
pub struct NumericSum {
    width: Width,
    count: u64,
    /// Exact for more integers than can be added in a lifetime.
    integers: i128,
    doubles: DoubleDouble,
    decimals: Option<Decimal>,
}

impl NumericSum {
    /// Adds a number. Says false, and adds nothing, for any other value.
    pub fn add(&mut self, value: &Bson) -> bool {
        let width = match value {
            Bson::Int32(number) => {
                self.integers += i128::from(*number);
                Width::Int
            }
            Bson::Int64(number) => {
                self.integers += i128::from(*number);
                Width::Long
            }
            Bson::Double(number) => {
                self.doubles.add(*number);
                Width::Double
            }
            Bson::Decimal128(number) => {
                let number = Decimal::from(*number);
                self.decimals = Some(self.decimals.map_or(number, |sum| sum.plus(number)));
                Width::Decimal
            }
            _ => return false,
        };
        self.width = self.width.max(width);
        self.count += 1;
        true
    }

    /// Adds the milliseconds of a date, which do not widen the sum.
    pub(crate) fn add_date(&mut self, ms: i64) {
        self.integers += i128::from(ms);
    }

    /// How many numbers were added.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The sum: of ints an int or a long, of longs a long, a double where it does not fit.
    pub fn total(&self) -> Bson {
        match (self.width, i64::try_from(self.integers)) {
            (Width::Int, Ok(integer)) => int_or_long(integer),
            (Width::Long, Ok(integer)) => Bson::Int64(integer),
            (Width::Decimal, _) => self.to_decimal().into(),
            _ => Bson::Double(self.to_f64()),
        }
    }

    /// The mean of the numbers, a double or a decimal; `None` without any.
    #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    pub fn mean(&self) -> Option<Bson> {
        if self.count == 0 {
            return None;
        }
        Some(if self.width == Width::Decimal {
            let count = i64::try_from(self.count).unwrap_or(i64::MAX);
            self.to_decimal().divide(count.into()).into()
        } else {
            Bson::Double(self.to_f64() / self.count as f64)
        })
    }

    /// The sum rounded to the nearest integer, halves away from zero, if it fits.
    #[allow(clippy::cast_possible_truncation, reason = "the range is checked afterwards")]
    pub(crate) fn to_rounded_i64(&self) -> Option<i64> {
        if self.width == Width::Decimal {
            return self.to_decimal().to_i64();
        }
        let (whole, rest) = self.doubles.whole_and_rest();
        if !whole.is_finite() {
            return None;
        }
        // A cast of a float saturates, so a sum that is too large stays too large.
        let total = self.integers.checked_add(whole as i128)?.checked_add(rest.round() as i128)?;
        i64::try_from(total).ok()
    }

    #[allow(clippy::cast_precision_loss, reason = "split into a part and what the part lost")]
    #[allow(clippy::cast_possible_truncation, reason = "the part came from an i128")]
    fn to_f64(&self) -> f64 {
        let mut sum = self.doubles;
        if self.integers != 0 {
            let high = self.integers as f64;
            sum.add(high);
            sum.add((self.integers - high as i128) as f64);
        }
        sum.to_f64()
    }

    fn to_decimal(&self) -> Decimal {
        let (high, low) = self.doubles.parts();
        let mut sum = Decimal::from(self.integers);
        if high != 0.0 || low != 0.0 {
            sum = sum.plus(Decimal::from_f64_34_digits(high));
            sum = sum.plus(Decimal::from_f64_34_digits(low));
        }
        match self.decimals {
            Some(decimals) if sum.is_zero() => decimals,
            Some(decimals) => decimals.plus(sum),
            None => sum,
        }
    }
}

/// A sum of doubles with twice their digits.
#[derive(Debug, Clone, Copy, Default)]
struct DoubleDouble {
    sum: f64,
    /// What the sum lost to rounding.
    lost: f64,
    /// The plain sum, for when infinities are among the terms.
    plain: f64,
}

impl DoubleDouble {
    fn add(&mut self, number: f64) {
        self.plain += number;
        let sum = self.sum + number;
        let virtual_term = sum - self.sum;
        let error = (self.sum - (sum - virtual_term)) + (number - virtual_term);
        self.lost += error;
        let normalized = sum + self.lost;
        self.lost += sum - normalized;
        self.sum = normalized;
    }

    fn to_f64(self) -> f64 {
        if self.sum.is_finite() && self.lost.is_finite() { self.sum } else { self.plain }
    }

    /// The sum as two doubles, the second below the first's precision.
    fn parts(self) -> (f64, f64) {
        if self.sum.is_finite() && self.lost.is_finite() {
            (self.sum, self.lost)
        } else {
            (self.plain, 0.0)
        }
    }

    fn whole_and_rest(self) -> (f64, f64) {
        let (high, low) = self.parts();
        let whole = high.round();
        (whole, high - whole + low)
    }
}

/// A running standard deviation (Welford's method).
#[derive(Debug, Clone, Default)]
pub struct StandardDeviation {
    count: u64,
    mean: f64,
    squares: f64,
}

impl StandardDeviation {
    /// Adds a number; anything else is passed over.
    #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    pub fn add(&mut self, value: &Bson) {
        if !crate::value::kind_of(value).is_number() {
            return;
        }
        let number = to_f64(value);
        self.count += 1;
        let delta = number - self.mean;
        self.mean += delta / self.count as f64;
        self.squares += delta * (number - self.mean);
    }

    /// Of the whole population; `None` without numbers.
    pub fn population(&self) -> Option<f64> {
        self.over(self.count)
    }

    /// Of a sample; `None` with fewer than two numbers.
    pub fn sample(&self) -> Option<f64> {
        self.over(self.count.saturating_sub(1))
    }

    #[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    fn over(&self, count: u64) -> Option<f64> {
        (count > 0).then(|| (self.squares / count as f64).sqrt())
    }
}
