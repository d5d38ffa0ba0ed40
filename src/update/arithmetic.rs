//! `$inc` and `$mul`.
//!
//! 32-bit integers widen to 64 bits when they overflow; 64-bit ones fail. With a double the result
//! is a double, with a decimal a decimal.

use crate::error::Result;
use crate::update::failure::{bad_value, type_mismatch};
use crate::update::operand::Value;
use crate::update::operator::Outcome;
use crate::update::place::{Context, Place};
use crate::value::decimal::Decimal;
use crate::value::{Bson, RawValue, shell_document};

#[derive(Debug, Clone)]
pub(super) struct Arithmetic {
    operation: Operation,
    operand: Number,
}

#[derive(Debug, Clone, Copy)]
enum Operation {
    Increment,
    Multiply,
}

#[derive(Debug, Clone, Copy)]
enum Number {
    Int32(i32),
    Int64(i64),
    Double(f64),
    Decimal(bson::Decimal128),
}

impl Arithmetic {
    /// `path` is the whole path of the request: the error text quotes it.
    pub(super) fn parse_increment(path: &str, value: &Bson) -> Result<Self> {
        Self::parse(Operation::Increment, path, value)
    }

    pub(super) fn parse_multiply(path: &str, value: &Bson) -> Result<Self> {
        Self::parse(Operation::Multiply, path, value)
    }

    fn parse(operation: Operation, path: &str, value: &Bson) -> Result<Self> {
        let operand = match value {
            Bson::Int32(number) => Number::Int32(*number),
            Bson::Int64(number) => Number::Int64(*number),
            Bson::Double(number) => Number::Double(*number),
            Bson::Decimal128(number) => Number::Decimal(*number),
            other => {
                let verb = match operation {
                    Operation::Increment => "increment",
                    Operation::Multiply => "multiply",
                };
                return Err(type_mismatch(format!(
                    "Cannot {verb} with non-numeric argument: {}",
                    shell_document(path, other)
                )));
            }
        };
        Ok(Self { operation, operand })
    }

    /// A missing field counts as 0; the result has the operand's type.
    pub(super) fn create(&self) -> Value<'static> {
        let result = match self.operation {
            Operation::Increment => None,
            Operation::Multiply => self.operand.product(Number::Int32(0)),
        };
        result.unwrap_or(self.operand).value()
    }

    pub(super) fn update(
        &self,
        current: &Value<'_>,
        here: &Place<'_>,
        context: &Context<'_>,
    ) -> Result<Outcome<'static>> {
        let Some(before) = Number::read(current.raw()) else {
            return Err(type_mismatch(format!(
                "Cannot apply {} to a value of non-numeric type. {{{}}} has the field '{}' of \
                 non-numeric type {}",
                self.operation.name(),
                context.id_text(),
                here.name,
                current.kind_name()
            )));
        };
        let after = match self.operation {
            Operation::Increment => self.operand.sum(before),
            Operation::Multiply => self.operand.product(before),
        };
        let Some(after) = after else {
            return Err(bad_value(format!(
                "Failed to apply {} operations to current value ({}) for document {{{}}}",
                self.operation.name(),
                before.debug_text(),
                context.id_text()
            )));
        };
        Ok(if after.is_identical(before) {
            Outcome::Unchanged
        } else {
            Outcome::Value(after.value())
        })
    }
}

impl Operation {
    fn name(self) -> &'static str {
        match self {
            Self::Increment => "$inc",
            Self::Multiply => "$mul",
        }
    }
}

impl Number {
    fn read(value: RawValue<'_>) -> Option<Self> {
        Some(match value {
            RawValue::Int32(number) => Self::Int32(number),
            RawValue::Int64(number) => Self::Int64(number),
            RawValue::Double(number) => Self::Double(number),
            RawValue::Decimal128(bytes) => Self::Decimal(bson::Decimal128::from_bytes(bytes)),
            _ => return None,
        })
    }

    fn value(self) -> Value<'static> {
        Value::new(&match self {
            Self::Int32(number) => Bson::Int32(number),
            Self::Int64(number) => Bson::Int64(number),
            Self::Double(number) => Bson::Double(number),
            Self::Decimal(number) => Bson::Decimal128(number),
        })
    }

    /// `None`: the result does not fit into 64 bits.
    fn sum(self, other: Self) -> Option<Self> {
        Some(match (self, other) {
            (Self::Decimal(_), _) | (_, Self::Decimal(_)) => {
                Self::Decimal(self.decimal().plus(other.decimal()).into())
            }
            (Self::Double(_), _) | (_, Self::Double(_)) => {
                Self::Double(self.double() + other.double())
            }
            (Self::Int32(a), Self::Int32(b)) => Self::narrowest(i64::from(a) + i64::from(b)),
            _ => Self::Int64(self.integer().checked_add(other.integer())?),
        })
    }

    /// `None`: the result does not fit into 64 bits.
    fn product(self, other: Self) -> Option<Self> {
        Some(match (self, other) {
            (Self::Decimal(_), _) | (_, Self::Decimal(_)) => {
                Self::Decimal(self.decimal().multiply(other.decimal()).into())
            }
            (Self::Double(_), _) | (_, Self::Double(_)) => {
                Self::Double(self.double() * other.double())
            }
            (Self::Int32(a), Self::Int32(b)) => Self::narrowest(i64::from(a) * i64::from(b)),
            _ => Self::Int64(self.integer().checked_mul(other.integer())?),
        })
    }

    fn narrowest(number: i64) -> Self {
        i32::try_from(number).map_or(Self::Int64(number), Self::Int32)
    }

    fn integer(self) -> i64 {
        match self {
            Self::Int32(number) => i64::from(number),
            Self::Int64(number) => number,
            Self::Double(_) | Self::Decimal(_) => 0,
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "MongoDB adds a long to a double as a double")]
    fn double(self) -> f64 {
        match self {
            Self::Double(number) => number,
            other => other.integer() as f64,
        }
    }

    fn decimal(self) -> Decimal {
        match self {
            Self::Decimal(number) => number.into(),
            Self::Double(number) => Decimal::from_f64_15_digits(number),
            other => other.integer().into(),
        }
    }

    /// Same type and same value. NaN is not identical to itself: to MongoDB it always changes.
    #[allow(clippy::float_cmp, reason = "exactly the same value is meant")]
    fn is_identical(self, other: Self) -> bool {
        match (self, other) {
            (Self::Int32(a), Self::Int32(b)) => a == b,
            (Self::Int64(a), Self::Int64(b)) => a == b,
            (Self::Double(a), Self::Double(b)) => a == b,
            (Self::Decimal(_), Self::Decimal(_)) => {
                !self.decimal().is_nan() && self.value().equals(other.value().raw())
            }
            _ => false,
        }
    }

    /// `(NumberInt)5`, as MongoDB prints a number that it could not work with.
    fn debug_text(self) -> String {
        match self {
            Self::Int32(number) => format!("(NumberInt){number}"),
            Self::Int64(number) => format!("(NumberLong){number}"),
            Self::Double(number) => format!("(NumberDouble){number}"),
            Self::Decimal(number) => format!("(NumberDecimal){number}"),
        }
    }
}
