//! The little arithmetic on decimals that totals need: 34 significant digits, half to even.

use bson::Decimal128;

/// Significant digits of a decimal.
const DIGITS_MAX: usize = 34;

/// A finite decimal.
#[derive(Debug, Clone, Copy)]
struct Parts {
    negative: bool,
    digits: u128,
    exponent: i32,
}

pub(crate) fn from_i128(number: i128) -> Decimal128 {
    build(number < 0, number.unsigned_abs(), 0, false)
}

/// The nearest decimal.
pub(crate) fn from_f64(number: f64) -> Decimal128 {
    if number.is_nan() {
        return special("NaN");
    }
    if number.is_infinite() {
        return special(if number > 0.0 { "Infinity" } else { "-Infinity" });
    }
    format!("{number:.33e}").parse().unwrap_or_else(|_| special("NaN"))
}

pub(crate) fn to_f64(number: Decimal128) -> f64 {
    number.to_string().parse().unwrap_or(f64::NAN)
}

pub(crate) fn add(left: Decimal128, right: Decimal128) -> Decimal128 {
    let (Some(a), Some(b)) = (parts(left), parts(right)) else {
        return from_f64(to_f64(left) + to_f64(right));
    };
    // The one with the higher exponent is brought down to the other's.
    let (high, low) = if a.exponent >= b.exponent { (a, b) } else { (b, a) };
    if high.digits == 0 {
        return build(low.negative, low.digits, low.exponent, false);
    }
    if low.digits == 0 && high.exponent == low.exponent {
        return build(high.negative, high.digits, high.exponent, false);
    }
    let mut high = high;
    let mut low = low;
    while high.exponent > low.exponent && high.digits < 10_u128.pow(36) {
        high.digits *= 10;
        high.exponent -= 1;
    }
    let mut is_inexact = false;
    while high.exponent > low.exponent && low.digits > 0 {
        is_inexact |= !low.digits.is_multiple_of(10);
        low.digits /= 10;
        low.exponent += 1;
    }
    if high.negative == low.negative {
        return build(high.negative, high.digits + low.digits, high.exponent, is_inexact);
    }
    // What was cut off the lower one is missing from the difference.
    let low_digits = low.digits + u128::from(is_inexact);
    if high.digits >= low_digits {
        build(high.negative, high.digits - low_digits, high.exponent, is_inexact)
    } else {
        build(low.negative, low_digits - high.digits, high.exponent, is_inexact)
    }
}

/// Divides by a count.
pub(crate) fn divide(number: Decimal128, count: u64) -> Decimal128 {
    let Some(Parts { negative, digits, mut exponent }) = parts(number) else { return number };
    let divisor = u128::from(count.max(1));
    let mut quotient = digits / divisor;
    let mut rest = digits % divisor;
    while rest != 0 && quotient < 10_u128.pow(36) {
        rest *= 10;
        quotient = quotient * 10 + rest / divisor;
        rest %= divisor;
        exponent -= 1;
    }
    build(negative, quotient, exponent, rest != 0)
}

/// None for infinities and NaN.
fn parts(number: Decimal128) -> Option<Parts> {
    let text = number.to_string();
    let (negative, text) =
        text.strip_prefix('-').map_or((false, text.as_str()), |rest| (true, rest));
    let (mantissa, exponent) = text.split_once(['E', 'e']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits: u128 = [whole, fraction].concat().parse().ok()?;
    let exponent: i32 = exponent.trim_start_matches('+').parse().ok()?;
    Some(Parts { negative, digits, exponent: exponent - i32::try_from(fraction.len()).ok()? })
}

/// Rounds to what a decimal holds; `is_inexact` tells that the true value is a little greater.
fn build(negative: bool, mut digits: u128, mut exponent: i32, is_inexact: bool) -> Decimal128 {
    let limit = 10_u128.pow(u32::try_from(DIGITS_MAX).unwrap_or(34));
    let mut is_inexact = is_inexact;
    while digits >= limit {
        let cut = digits % 10;
        digits /= 10;
        exponent += 1;
        let is_last = digits < limit;
        if is_last && (cut > 5 || (cut == 5 && (is_inexact || digits % 2 == 1))) {
            digits += 1;
        }
        is_inexact |= cut != 0;
    }
    let sign = if negative { "-" } else { "" };
    let overflow = if negative { "-Infinity" } else { "Infinity" };
    format!("{sign}{digits}E{exponent}").parse().unwrap_or_else(|_| special(overflow))
}

fn special(text: &str) -> Decimal128 {
    text.parse().unwrap_or_else(|_| Decimal128::from_bytes([0; 16]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal128 {
        text.parse().unwrap()
    }

    #[test]
    fn adds_with_34_digits() {
        let cases = [
            ("0.1", "0.2", "0.3"),
            ("1", "-1", "0"),
            ("1.50", "2", "3.50"),
            ("1E+40", "1", "1.000000000000000000000000000000000E+40"),
            ("9999999999999999999999999999999999", "1", "1.000000000000000000000000000000000E+34"),
            ("1E+35", "-1", "9.999999999999999999999999999999999E+34"),
            ("Infinity", "1", "Infinity"),
            ("NaN", "1", "NaN"),
        ];
        for (left, right, sum) in cases {
            assert_eq!(add(decimal(left), decimal(right)).to_string(), sum, "{left} + {right}");
            assert_eq!(add(decimal(right), decimal(left)).to_string(), sum, "{right} + {left}");
        }
    }

    #[test]
    fn divides_by_a_count() {
        let cases = [
            ("1", 3, "0.3333333333333333333333333333333333"),
            ("2", 3, "0.6666666666666666666666666666666667"),
            ("0.6", 3, "0.2"),
            ("-1", 4, "-0.25"),
            ("0", 4, "0"),
        ];
        for (number, count, mean) in cases {
            assert_eq!(divide(decimal(number), count).to_string(), mean, "{number} / {count}");
        }
    }
}
