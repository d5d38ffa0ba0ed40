//! Arithmetic on 128-bit decimals: 34 digits, rounded half to even, as IEEE 754-2008 has it.
//!
//! The bson crate reads and prints them; here they are taken apart into sign, coefficient and
//! exponent. Intermediate results are kept as decimal digits, so every operation rounds once.

mod digits;

use std::fmt;

use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;

use digits::{add_digits, digits_of, is_less, multiply_digits, number_of, subtract_digits};

/// Digits of a coefficient.
const DIGITS: usize = 34;
const DIGITS_I64: i64 = 34;
const EXPONENT_MIN: i64 = -6176;
const EXPONENT_MAX: i64 = 6111;
const EXPONENT_BIAS: i64 = 6176;
const COEFFICIENT_MAX: u128 = 10_u128.pow(34) - 1;
const INFINITY_BITS: u128 = 0b11110 << 122;
const NAN_BITS: u128 = 0b11111 << 122;
const SIGN_BIT: u128 = 1 << 127;

/// A decimal taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    negative: bool,
    class: Class,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    NotANumber,
    Infinite,
    /// `coefficient * 10^exponent`; the exponent is in range and so is the coefficient.
    Finite {
        coefficient: u128,
        exponent: i32,
    },
}

/// Which way [`Decimal::to_integral`] goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    TowardZero,
    Up,
    Down,
}

impl Decimal {
    pub const ZERO: Self = Self::finite(false, 0, 0);
    pub const NAN: Self = Self { negative: false, class: Class::NotANumber };

    const fn finite(negative: bool, coefficient: u128, exponent: i32) -> Self {
        Self { negative, class: Class::Finite { coefficient, exponent } }
    }

    const fn infinite(negative: bool) -> Self {
        Self { negative, class: Class::Infinite }
    }

    pub fn is_nan(self) -> bool {
        self.class == Class::NotANumber
    }

    pub fn is_infinite(self) -> bool {
        self.class == Class::Infinite
    }

    pub fn is_zero(self) -> bool {
        matches!(self.class, Class::Finite { coefficient: 0, .. })
    }

    /// Below zero; neither NaN nor any zero is.
    pub fn is_negative(self) -> bool {
        self.negative && !self.is_nan() && !self.is_zero()
    }

    #[must_use]
    pub fn abs(self) -> Self {
        Self { negative: false, ..self }
    }

    #[must_use]
    pub fn negated(self) -> Self {
        Self { negative: !self.negative, ..self }
    }

    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let (left, left_exponent, right, right_exponent) = match (self.class, other.class) {
            (Class::NotANumber, _) | (_, Class::NotANumber) => return Self::NAN,
            (Class::Infinite, Class::Infinite) if self.negative != other.negative => {
                return Self::NAN;
            }
            (Class::Infinite, _) => return self,
            (_, Class::Infinite) => return other,
            (
                Class::Finite { coefficient: left, exponent: left_exponent },
                Class::Finite { coefficient: right, exponent: right_exponent },
            ) => (left, left_exponent, right, right_exponent),
        };
        // The operand with the larger exponent is written out to the other's.
        if left_exponent < right_exponent {
            return other.plus(self);
        }
        let apart = i64::from(left_exponent) - i64::from(right_exponent);
        // Further apart than this the smaller operand only tells on which side of a tie it is.
        let zeros = apart.min(2 * DIGITS_I64 + 2);
        let right = if zeros < apart { u128::from(right != 0) } else { right };
        let exponent = i64::from(left_exponent) - zeros;
        let mut high = digits_of(left);
        high.extend(std::iter::repeat_n(0, usize::try_from(zeros).unwrap_or_default()));
        let low = digits_of(right);
        let (negative, sum) = if self.negative == other.negative {
            (self.negative, add_digits(&high, &low))
        } else if is_less(&high, &low) {
            (other.negative, subtract_digits(&low, &high))
        } else {
            let difference = subtract_digits(&high, &low);
            // An exact zero is positive unless both operands were negative.
            (self.negative && difference.iter().any(|&digit| digit != 0), difference)
        };
        Self::rounded(negative, &sum, exponent)
    }

    #[must_use]
    pub fn subtract(self, other: Self) -> Self {
        self.plus(other.negated())
    }

    #[must_use]
    pub fn multiply(self, other: Self) -> Self {
        let negative = self.negative != other.negative;
        match (self.class, other.class) {
            (Class::NotANumber, _) | (_, Class::NotANumber) => Self::NAN,
            (Class::Infinite, _) | (_, Class::Infinite) => {
                if self.is_zero() || other.is_zero() {
                    Self::NAN
                } else {
                    Self::infinite(negative)
                }
            }
            (
                Class::Finite { coefficient: left, exponent: left_exponent },
                Class::Finite { coefficient: right, exponent: right_exponent },
            ) => {
                let product = multiply_digits(&digits_of(left), &digits_of(right));
                let exponent = i64::from(left_exponent) + i64::from(right_exponent);
                Self::rounded(negative, &product, exponent)
            }
        }
    }

    #[must_use]
    pub fn divide(self, other: Self) -> Self {
        let negative = self.negative != other.negative;
        let (numerator, denominator, ideal) = match (self.class, other.class) {
            (Class::NotANumber, _)
            | (_, Class::NotANumber)
            | (Class::Infinite, Class::Infinite) => return Self::NAN,
            (Class::Infinite, _) => return Self::infinite(negative),
            (_, Class::Infinite) => {
                return Self::rounded(negative, &[0], EXPONENT_MIN);
            }
            (
                Class::Finite { coefficient: left, exponent: left_exponent },
                Class::Finite { coefficient: right, exponent: right_exponent },
            ) => (left, right, i64::from(left_exponent) - i64::from(right_exponent)),
        };
        if denominator == 0 {
            return if numerator == 0 { Self::NAN } else { Self::infinite(negative) };
        }
        let mut quotient = Vec::with_capacity(2 * DIGITS);
        // Below the denominator, so ten times it stays below 10^35.
        let mut remainder = 0_u128;
        let mut step = |remainder: &mut u128, digit: u8| {
            *remainder = *remainder * 10 + u128::from(digit);
            let quotient_digit = u8::try_from(*remainder / denominator).unwrap_or_default();
            *remainder %= denominator;
            if quotient_digit != 0 || !quotient.is_empty() {
                quotient.push(quotient_digit);
            }
            quotient.len()
        };
        for digit in digits_of(numerator) {
            step(&mut remainder, digit);
        }
        let mut exponent = ideal;
        while remainder != 0 && step(&mut remainder, 0) <= DIGITS + 1 {
            exponent -= 1;
        }
        if remainder != 0 {
            // What is left over only decides a tie.
            exponent -= 2;
            quotient.push(1);
        }
        while exponent < ideal && quotient.last() == Some(&0) {
            quotient.pop();
            exponent += 1;
        }
        Self::rounded(negative, &quotient, exponent)
    }

    /// What is left of `self` after taking `other` off it as often as it goes; has `self`'s sign.
    #[must_use]
    pub fn remainder(self, other: Self) -> Self {
        let (left, left_exponent, right, right_exponent) = match (self.class, other.class) {
            (Class::NotANumber | Class::Infinite, _) | (_, Class::NotANumber) => return Self::NAN,
            (_, Class::Infinite) => return self,
            (
                Class::Finite { coefficient: left, exponent: left_exponent },
                Class::Finite { coefficient: right, exponent: right_exponent },
            ) => (left, left_exponent, right, right_exponent),
        };
        if right == 0 {
            return Self::NAN;
        }
        let mut coefficient = left % right;
        if left_exponent >= right_exponent {
            for _ in right_exponent..left_exponent {
                coefficient = coefficient * 10 % right;
            }
            return Self::finite(self.negative, coefficient, right_exponent);
        }
        coefficient = left;
        let scale = right_exponent.abs_diff(left_exponent);
        if let Some(right) = 10_u128.checked_pow(scale).and_then(|scale| right.checked_mul(scale)) {
            coefficient %= right;
        }
        Self::finite(self.negative, coefficient, left_exponent)
    }

    /// The nearest whole number in one direction.
    #[must_use]
    pub fn to_integral(self, rounding: Rounding) -> Self {
        let Class::Finite { coefficient, exponent } = self.class else { return self };
        if exponent >= 0 {
            // A larger exponent is written out where 34 digits are enough.
            let zeros = u32::try_from(exponent).unwrap_or_default();
            let written = 10_u128
                .checked_pow(zeros)
                .and_then(|scale| coefficient.checked_mul(scale))
                .filter(|written| *written <= COEFFICIENT_MAX);
            return match written {
                Some(written) => Self::finite(self.negative, written, 0),
                None => self,
            };
        }
        let (whole, exact) = match 10_u128.checked_pow(exponent.unsigned_abs()) {
            Some(scale) => (coefficient / scale, coefficient.is_multiple_of(scale)),
            None => (0, coefficient == 0),
        };
        let away = match rounding {
            Rounding::TowardZero => false,
            Rounding::Up => !self.negative,
            Rounding::Down => self.negative,
        };
        Self::finite(self.negative, whole + u128::from(away && !exact), 0)
    }

    /// The whole part, if it fits.
    pub fn to_i64(self) -> Option<i64> {
        let whole = self.to_integral(Rounding::TowardZero);
        let Class::Finite { coefficient, exponent: 0 } = whole.class else { return None };
        let magnitude = i128::try_from(coefficient).ok()?;
        i64::try_from(if self.negative { -magnitude } else { magnitude }).ok()
    }

    /// The integer it is, if it is one and fits.
    pub fn to_exact_i64(self) -> Option<i64> {
        let integer = self.to_i64()?;
        self.subtract(Self::from(integer)).is_zero().then_some(integer)
    }

    pub fn to_f64(self) -> f64 {
        let magnitude = match self.class {
            Class::NotANumber => f64::NAN,
            Class::Infinite => f64::INFINITY,
            Class::Finite { coefficient, exponent } => {
                format!("{coefficient}e{exponent}").parse().unwrap_or(f64::NAN)
            }
        };
        if self.negative { -magnitude } else { magnitude }
    }

    /// A double as the service converts one: to 15 significant digits, all of them written.
    pub fn from_f64_15_digits(number: f64) -> Self {
        if number == 0.0 {
            return Self::finite(number.is_sign_negative(), 0, 0);
        }
        Self::from_scientific(number, &format!("{:.14e}", number.abs()))
    }

    /// A double to 34 digits, without trailing zeros after the point: what sums are made of.
    pub fn from_f64_34_digits(number: f64) -> Self {
        let decimal = Self::from_scientific(number, &format!("{:.33e}", number.abs()));
        let Class::Finite { mut coefficient, mut exponent } = decimal.class else { return decimal };
        while exponent < 0 && coefficient.is_multiple_of(10) {
            coefficient /= 10;
            exponent += 1;
        }
        Self::finite(decimal.negative, coefficient, exponent)
    }

    /// Reads Rust's `1.5e-7` form of `number`.
    fn from_scientific(number: f64, text: &str) -> Self {
        if number.is_nan() {
            return Self::NAN;
        }
        if number.is_infinite() {
            return Self::infinite(number < 0.0);
        }
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits: Vec<u8> =
            whole.bytes().chain(fraction.bytes()).map(|byte| byte.wrapping_sub(b'0')).collect();
        let places = i64::try_from(fraction.len()).unwrap_or_default();
        let exponent = exponent.parse::<i64>().unwrap_or_default() - places;
        Self::rounded(number.is_sign_negative(), &digits, exponent)
    }

    /// Reads a number as users write one; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
        let starts_well = rest.starts_with(|c: char| c.is_ascii_digit() || c == '.');
        let named = ["nan", "inf", "infinity"].iter().any(|name| rest.eq_ignore_ascii_case(name));
        if !starts_well && !named {
            return None;
        }
        text.parse::<bson::Decimal128>().ok().map(Self::from)
    }

    /// The decimal nearest to `digits * 10^exponent`, ties to the even one.
    fn rounded(negative: bool, digits: &[u8], exponent: i64) -> Self {
        let start = digits.iter().position(|&digit| digit != 0).unwrap_or(digits.len());
        let digits = digits.get(start..).unwrap_or_default();
        let length = i64::try_from(digits.len()).unwrap_or(i64::MAX);
        let excess = (length - DIGITS_I64).max(EXPONENT_MIN - exponent).max(0);
        let kept = usize::try_from(length - excess).unwrap_or_default();
        let mut coefficient = number_of(&digits[..kept]);
        let mut exponent = exponent + excess;
        if excess > 0 && length >= excess {
            let rest = digits.get(kept..).unwrap_or_default();
            let half = rest.first().copied().unwrap_or_default();
            let beyond = rest.iter().skip(1).any(|&digit| digit != 0);
            if half > 5 || half == 5 && (beyond || !coefficient.is_multiple_of(2)) {
                coefficient += 1;
            }
        }
        if coefficient > COEFFICIENT_MAX {
            coefficient /= 10;
            exponent += 1;
        }
        while exponent > EXPONENT_MAX && coefficient != 0 && coefficient * 10 <= COEFFICIENT_MAX {
            coefficient *= 10;
            exponent -= 1;
        }
        if exponent > EXPONENT_MAX && coefficient != 0 {
            return Self::infinite(negative);
        }
        let exponent = exponent.clamp(EXPONENT_MIN, EXPONENT_MAX);
        Self::finite(negative, coefficient, i32::try_from(exponent).unwrap_or_default())
    }
}

impl From<i64> for Decimal {
    fn from(number: i64) -> Self {
        Self::finite(number < 0, u128::from(number.unsigned_abs()), 0)
    }
}

impl From<i128> for Decimal {
    fn from(number: i128) -> Self {
        Self::rounded(number < 0, &digits_of(number.unsigned_abs()), 0)
    }
}

impl From<bson::Decimal128> for Decimal {
    fn from(number: bson::Decimal128) -> Self {
        let bits = u128::from_le_bytes(number.bytes());
        let negative = bits & SIGN_BIT != 0;
        if bits & NAN_BITS == NAN_BITS {
            return Self::NAN;
        }
        if bits & NAN_BITS == INFINITY_BITS {
            return Self::infinite(negative);
        }
        // The second form of the encoding only holds coefficients that are too large: they are
        // zero.
        let (exponent, coefficient) = if bits & (0b11 << 125) == 0b11 << 125 {
            ((bits >> 111) & 0x3FFF, 0)
        } else {
            ((bits >> 113) & 0x3FFF, bits & ((1 << 113) - 1))
        };
        let coefficient = if coefficient > COEFFICIENT_MAX { 0 } else { coefficient };
        let exponent = i64::try_from(exponent).unwrap_or_default() - EXPONENT_BIAS;
        let exponent = exponent.clamp(EXPONENT_MIN, EXPONENT_MAX);
        Self::finite(negative, coefficient, i32::try_from(exponent).unwrap_or_default())
    }
}

impl From<Decimal> for bson::Decimal128 {
    fn from(number: Decimal) -> Self {
        let magnitude = match number.class {
            Class::NotANumber => NAN_BITS,
            Class::Infinite => INFINITY_BITS,
            Class::Finite { coefficient, exponent } => {
                let biased = u128::try_from(i64::from(exponent) + EXPONENT_BIAS);
                (biased.unwrap_or_default() << 113) | coefficient
            }
        };
        let sign = if number.negative { SIGN_BIT } else { 0 };
        Self::from_bytes((sign | magnitude).to_le_bytes())
    }
}

impl From<Decimal> for Bson {
    fn from(number: Decimal) -> Self {
        Self::Decimal128(number.into())
    }
}

impl TryFrom<&Bson> for Decimal {
    type Error = Error;

    /// Any number as a decimal.
    fn try_from(value: &Bson) -> Result<Self> {
        match value {
            Bson::Int32(number) => Ok(i64::from(*number).into()),
            Bson::Int64(number) => Ok((*number).into()),
            Bson::Double(number) => Ok(Self::from_f64_15_digits(*number)),
            Bson::Decimal128(number) => Ok((*number).into()),
            other => Err(Error::mongo(
                16008,
                format!(
                    "can't convert from BSON type {} to decimal",
                    crate::value::kind_of(other).name()
                ),
            )),
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        bson::Decimal128::from(*self).fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse::<bson::Decimal128>().unwrap().into()
    }

    fn check(operation: fn(Decimal, Decimal) -> Decimal, cases: &[(&str, &str, &str)]) {
        for (left, right, expected) in cases {
            let result = operation(decimal(left), decimal(right));
            assert_eq!(result.to_string(), *expected, "{left} and {right}");
        }
    }

    #[test]
    fn parts_and_bytes_are_two_views_of_one_number() {
        for text in [
            "0",
            "-0",
            "1",
            "-1.50",
            "9.999999999999999999999999999999999E+6144",
            "1E-6176",
            "NaN",
            "Infinity",
            "-Infinity",
            "0E-10",
            "123456789012345678901234567890.1234",
        ] {
            let original: bson::Decimal128 = text.parse().unwrap();
            assert_eq!(bson::Decimal128::from(Decimal::from(original)), original, "{text}");
        }
    }

    #[test]
    fn sums_are_exact_or_rounded_once() {
        check(
            Decimal::plus,
            &[
                ("1.5", "2.25", "3.75"),
                ("1", "-1", "0"),
                ("1.0", "-1.00", "0.00"),
                ("-1", "-1", "-2"),
                ("1", "-3", "-2"),
                ("1E+3", "1", "1001"),
                (
                    "9999999999999999999999999999999999",
                    "1",
                    "1.000000000000000000000000000000000E+34",
                ),
                ("1E+34", "5", "1.000000000000000000000000000000000E+34"),
                (
                    "1000000000000000000000000000000001E+1",
                    "5",
                    "1.000000000000000000000000000000002E+34",
                ),
                ("1E+40", "1E-40", "1.000000000000000000000000000000000E+40"),
                ("1E+40", "-1E-40", "1.000000000000000000000000000000000E+40"),
                ("9.999999999999999999999999999999999E+6144", "9E+6144", "Infinity"),
                ("Infinity", "-Infinity", "NaN"),
                ("NaN", "1", "NaN"),
                ("0", "1E+100", "1.000000000000000000000000000000000E+100"),
            ],
        );
        check(Decimal::subtract, &[("1", "0.9", "0.1"), ("-1", "-Infinity", "Infinity")]);
    }

    #[test]
    fn products_and_quotients_have_34_digits() {
        check(
            Decimal::multiply,
            &[
                ("1.5", "-2", "-3.0"),
                (
                    "9999999999999999999999999999999999",
                    "9999999999999999999999999999999999",
                    "9.999999999999999999999999999999998E+67",
                ),
                ("0", "Infinity", "NaN"),
                ("1E+6000", "1E+6000", "Infinity"),
                ("1E-6000", "1E-6000", "0E-6176"),
                ("0.1", "0.1", "0.01"),
            ],
        );
        check(
            Decimal::divide,
            &[
                ("1", "3", "0.3333333333333333333333333333333333"),
                ("2", "3", "0.6666666666666666666666666666666667"),
                ("10", "4", "2.5"),
                ("6", "2", "3"),
                ("1.00", "2", "0.50"),
                ("100", "10", "10"),
                ("1", "0", "Infinity"),
                ("0", "0", "NaN"),
                ("-1", "Infinity", "-0E-6176"),
                ("0", "5", "0"),
            ],
        );
    }

    #[test]
    fn remainders_keep_the_sign_of_the_dividend() {
        check(
            Decimal::remainder,
            &[
                ("7", "3", "1"),
                ("-7", "3", "-1"),
                ("7.5", "2", "1.5"),
                ("1E+30", "7", "1"),
                ("1", "1E+40", "1"),
                ("5", "Infinity", "5"),
                ("5", "0", "NaN"),
            ],
        );
    }

    #[test]
    fn rounds_to_whole_numbers_in_three_directions() {
        for (text, toward_zero, up, down) in [
            ("1.5", "1", "2", "1"),
            ("-1.5", "-1", "-1", "-2"),
            ("2", "2", "2", "2"),
            ("0.0000000000000000000000000000000000000001", "0", "1", "0"),
            ("1E+2", "100", "100", "100"),
            ("NaN", "NaN", "NaN", "NaN"),
        ] {
            let round = |rounding| decimal(text).to_integral(rounding).to_string();
            assert_eq!(round(Rounding::TowardZero), toward_zero, "{text}");
            assert_eq!(round(Rounding::Up), up, "{text}");
            assert_eq!(round(Rounding::Down), down, "{text}");
        }
    }

    #[test]
    fn converts_to_and_from_other_numbers() {
        assert_eq!(Decimal::from_f64_15_digits(2.5).to_string(), "2.50000000000000");
        assert_eq!(Decimal::from_f64_15_digits(0.1).to_string(), "0.100000000000000");
        assert_eq!(Decimal::from_f64_15_digits(0.0).to_string(), "0");
        assert_eq!(Decimal::from_f64_34_digits(3.0).to_string(), "3");
        assert_eq!(Decimal::from_f64_34_digits(-0.5).to_string(), "-0.5");
        assert_eq!(
            Decimal::from_f64_34_digits(0.1).to_string(),
            "0.1000000000000000055511151231257827"
        );
        assert!((decimal("1.25E+2").to_f64() - 125.0).abs() < f64::EPSILON);
        assert_eq!(decimal("-9.9").to_i64(), Some(-9));
        assert_eq!(decimal("9223372036854775808").to_i64(), None);
        assert_eq!(decimal("5.00").to_exact_i64(), Some(5));
        assert_eq!(decimal("5.01").to_exact_i64(), None);
        assert_eq!(Decimal::parse("abc"), None);
        assert_eq!(Decimal::parse("-1.5").map(|n| n.to_string()), Some("-1.5".into()));
    }
}
