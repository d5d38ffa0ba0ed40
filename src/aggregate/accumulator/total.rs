//! Adding numbers of all types without losing what fits: integers are added exactly, doubles with
//! twice their precision, so that the order of the documents does not show in the answer.

use crate::aggregate::accumulator::decimal;
use crate::aggregate::accumulator::double_double::DoubleDouble;
use crate::value::Bson;
use crate::value::RawValue;

/// A sum of numbers, and the widest type among them.
#[derive(Debug, Default)]
pub(crate) struct Total {
    integers: i128,
    doubles: DoubleDouble,
    decimal: Option<bson::Decimal128>,
    width: Width,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Width {
    #[default]
    Int32,
    Int64,
    Double,
    Decimal,
}

impl Total {
    /// Adds a number; false for anything else.
    #[inline]
    pub fn add(&mut self, value: Option<RawValue<'_>>) -> bool {
        match value {
            Some(RawValue::Int32(number)) => self.integers += i128::from(number),
            Some(RawValue::Int64(number)) => {
                self.integers += i128::from(number);
                self.width = self.width.max(Width::Int64);
            }
            Some(RawValue::Double(number)) => {
                self.doubles.add(number);
                self.width = self.width.max(Width::Double);
            }
            Some(RawValue::Decimal128(bytes)) => {
                self.add_decimal(bson::Decimal128::from_bytes(bytes));
            }
            _ => return false,
        }
        true
    }

    fn add_decimal(&mut self, number: bson::Decimal128) {
        self.width = Width::Decimal;
        self.decimal = Some(match self.decimal {
            Some(total) => decimal::add(total, number),
            None => number,
        });
    }

    pub fn sum(&self) -> Bson {
        match self.width {
            Width::Int32 | Width::Int64 => match (i32::try_from(self.integers), self.width) {
                (Ok(small), Width::Int32) => Bson::Int32(small),
                _ => i64::try_from(self.integers)
                    .map_or_else(|_| Bson::Double(self.as_f64()), Bson::Int64),
            },
            Width::Double => Bson::Double(self.as_f64()),
            Width::Decimal => Bson::Decimal128(self.as_decimal()),
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "a count of documents is below 2^53")]
    pub fn mean(&self, count: u64) -> Bson {
        match self.width {
            Width::Decimal => Bson::Decimal128(decimal::divide(self.as_decimal(), count)),
            _ => Bson::Double(self.as_f64() / count as f64),
        }
    }

    fn as_f64(&self) -> f64 {
        let mut total = self.doubles;
        total.add_integer(self.integers);
        total.value()
    }

    fn as_decimal(&self) -> bson::Decimal128 {
        let mut total = decimal::from_i128(self.integers);
        if self.doubles.is_used {
            total = decimal::add(total, decimal::from_f64(self.doubles.value()));
        }
        match self.decimal {
            Some(number) => decimal::add(total, number),
            None => total,
        }
    }
}

/// A number of any type as a double.
#[allow(clippy::cast_precision_loss, reason = "the nearest double is meant")]
pub(crate) fn to_f64(value: RawValue<'_>) -> Option<f64> {
    Some(match value {
        RawValue::Int32(number) => f64::from(number),
        RawValue::Int64(number) => number as f64,
        RawValue::Double(number) => number,
        RawValue::Decimal128(bytes) => decimal::to_f64(bson::Decimal128::from_bytes(bytes)),
        _ => return None,
    })
}
