//! `$pow`.

use crate::aggregate::expression::number::Number;
use crate::aggregate::expression::operand::int_or_long;
use crate::aggregate::expression::operand::is_nullish;
use crate::aggregate::expression::operand::type_name;
use crate::aggregate::variables::Operand;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;
use crate::value::decimal::Decimal;

pub(super) fn pow(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let [left, right] = arguments else { return Ok(None) };
    if is_nullish(left) || is_nullish(right) {
        return Ok(Some(Bson::Null));
    }
    let number = |value: &Operand<'_>, code, what: &str| {
        value.as_deref().and_then(Number::of).ok_or_else(|| {
            Error::mongo(code, format!("$pow's {what} must be numeric, not {}", type_name(value)))
        })
    };
    let base = number(left, 28762, "base")?;
    let exponent = number(right, 28763, "exponent")?;
    if base.to_f64() == 0.0 && exponent.to_f64() < 0.0 {
        return Err(Error::mongo(28764, "$pow cannot take a base of 0 and a negative exponent"));
    }
    let double = || base.to_f64().powf(exponent.to_f64());
    Ok(Some(match (base, exponent) {
        (Number::Decimal(_), _) | (_, Number::Decimal(_)) => decimal_power(base, exponent).into(),
        _ => match (base.integer(), exponent.integer()) {
            (Some(integer), Some(power)) => match integer_power(integer, power) {
                None => Bson::Double(double()),
                Some(result) if matches!((base, exponent), (Number::Int(_), Number::Int(_))) => {
                    int_or_long(result)
                }
                Some(result) => Bson::Int64(result),
            },
            _ => Bson::Double(double()),
        },
    }))
}

/// The power, if it is an integer that fits.
fn integer_power(base: i64, exponent: i64) -> Option<i64> {
    match (base, exponent) {
        (1, _) => Some(1),
        (-1, _) => Some(if exponent % 2 == 0 { 1 } else { -1 }),
        _ => base.checked_pow(u32::try_from(exponent).ok()?),
    }
}

/// Whole powers are multiplied out; others go through doubles.
fn decimal_power(base: Number, exponent: Number) -> Decimal {
    const MULTIPLIED_MAX: i64 = 1024;
    let Some(mut left) =
        exponent.to_decimal().to_exact_i64().filter(|n| (0..=MULTIPLIED_MAX).contains(n))
    else {
        return Decimal::from_f64_34_digits(base.to_f64().powf(exponent.to_f64()));
    };
    let (mut result, mut square) = (Decimal::from(1_i64), base.to_decimal());
    while left > 0 {
        if left % 2 == 1 {
            result = result.multiply(square);
        }
        square = square.multiply(square);
        left /= 2;
    }
    result
}
