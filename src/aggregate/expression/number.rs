//! Numbers of the four types, and the arguments of operators that take one number.

use crate::aggregate::expression::operand::is_nullish;
use crate::aggregate::expression::operand::type_name;
use crate::aggregate::variables::Operand;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;
use crate::value::decimal::Decimal;

/// A number, by width: an operation's result has the type of its widest operand.
#[derive(Debug, Clone, Copy)]
pub(super) enum Number {
    Int(i32),
    Long(i64),
    Double(f64),
    Decimal(Decimal),
}

impl Number {
    pub(super) fn of(value: &Bson) -> Option<Self> {
        match value {
            Bson::Int32(number) => Some(Self::Int(*number)),
            Bson::Int64(number) => Some(Self::Long(*number)),
            Bson::Double(number) => Some(Self::Double(*number)),
            Bson::Decimal128(number) => Some(Self::Decimal((*number).into())),
            _ => None,
        }
    }

    /// As a double; a long may lose its last digits.
    #[allow(clippy::cast_precision_loss, reason = "the service converts to the nearest double")]
    pub(super) fn to_f64(self) -> f64 {
        match self {
            Self::Int(number) => f64::from(number),
            Self::Long(number) => number as f64,
            Self::Double(number) => number,
            Self::Decimal(number) => number.to_f64(),
        }
    }

    /// A double keeps 15 digits.
    pub(super) fn to_decimal(self) -> Decimal {
        match self {
            Self::Int(number) => i64::from(number).into(),
            Self::Long(number) => number.into(),
            Self::Double(number) => Decimal::from_f64_15_digits(number),
            Self::Decimal(number) => number,
        }
    }

    pub(super) fn is_zero(self) -> bool {
        match self {
            Self::Decimal(number) => number.is_zero(),
            _ => self.to_f64() == 0.0,
        }
    }

    /// The integer of an int or a long.
    pub(super) fn integer(self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(i64::from(number)),
            Self::Long(number) => Some(number),
            Self::Double(_) | Self::Decimal(_) => None,
        }
    }
}

/// What an operator that divides is called, and the numbers of its refusals.
pub(super) struct DivisionRefusals {
    pub name: &'static str,
    pub not_a_number: i32,
    pub by_zero: i32,
}

/// The two arguments of an operator that divides, the second not zero. `None` where the answer is
/// null.
pub(super) fn dividend_and_divisor(
    refusals: &DivisionRefusals,
    arguments: &[Operand<'_>],
) -> Result<Option<(Number, Number)>> {
    let [left, right] = arguments else { return Ok(None) };
    let name = refusals.name;
    let number = |operand: &Operand<'_>| operand.as_deref().and_then(Number::of);
    let (Some(dividend), Some(divisor)) = (number(left), number(right)) else {
        if is_nullish(left) || is_nullish(right) {
            return Ok(None);
        }
        let (left, right) = (type_name(left), type_name(right));
        let text = format!("{name} only supports numeric types, not {left} and {right}");
        return Err(Error::mongo(refusals.not_a_number, text));
    };
    if divisor.is_zero() {
        return Err(Error::mongo(refusals.by_zero, format!("can't {name} by zero")));
    }
    Ok(Some((dividend, divisor)))
}

/// The one argument of `name`: a number, or `None` where the answer is null.
pub(super) fn only_number(name: &str, arguments: &[Operand<'_>]) -> Result<Option<Number>> {
    let Some(argument) = arguments.first().filter(|argument| !is_nullish(argument)) else {
        return Ok(None);
    };
    match argument.as_deref().and_then(Number::of) {
        Some(number) => Ok(Some(number)),
        None => Err(Error::mongo(
            28765,
            format!("{name} only supports numeric types, not {}", type_name(argument)),
        )),
    }
}

/// The answer of a function on doubles, through which decimals go too.
pub(super) fn through_f64(number: Number, function: impl FnOnce(f64) -> f64) -> Bson {
    let result = function(number.to_f64());
    match number {
        Number::Decimal(_) => Decimal::from_f64_34_digits(result).into(),
        _ => Bson::Double(result),
    }
}
