//! Sums and products of 128-bit decimals: 34 digits, ties to even, as IEEE 754 has it.

use std::cmp::Ordering;

const DIGITS_MAX: usize = 34;
const EXPONENT_MIN: i64 = -6176;
const EXPONENT_MAX: i64 = 6111;

/// A decimal taken apart: `digits * 10^exponent`.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Decimal {
    NotANumber,
    Infinite {
        negative: bool,
    },
    Finite {
        negative: bool,
        /// Most significant first, without leading zeros; none for zero.
        digits: Vec<u8>,
        exponent: i64,
    },
}

impl Decimal {
    pub(super) fn read(number: &bson::Decimal128) -> Self {
        Self::parse(&number.to_string())
    }

    pub(super) fn from_integer(number: i64) -> Self {
        Self::parse(&number.to_string())
    }

    /// MongoDB reads a double as a decimal of 15 digits: 0.1 is 0.100000000000000.
    pub(super) fn from_double(number: f64) -> Self {
        if number.is_nan() {
            Self::NotANumber
        } else if number.is_infinite() {
            Self::Infinite { negative: number < 0.0 }
        } else if number == 0.0 {
            Self::Finite { negative: number.is_sign_negative(), digits: Vec::new(), exponent: 0 }
        } else {
            Self::parse(&format!("{number:.14e}"))
        }
    }

    pub(super) fn is_nan(&self) -> bool {
        matches!(self, Self::NotANumber)
    }

    fn parse(text: &str) -> Self {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        if text.starts_with("Inf") {
            return Self::Infinite { negative };
        }
        let (mantissa, exponent) = text.split_once(['E', 'e']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let is_number = !mantissa.is_empty()
            && whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
        let Ok(exponent) = exponent.trim_start_matches('+').parse::<i64>() else {
            return Self::NotANumber;
        };
        if !is_number {
            return Self::NotANumber;
        }
        let digits = whole.bytes().chain(fraction.bytes()).map(|byte| byte - b'0');
        let digits = digits.skip_while(|digit| *digit == 0).collect();
        Self::Finite { negative, digits, exponent: exponent - length(fraction.len()) }
    }

    pub(super) fn sum(&self, other: &Self) -> Self {
        let (
            Self::Finite { negative, digits, exponent },
            Self::Finite {
                negative: other_negative,
                digits: other_digits,
                exponent: other_exponent,
            },
        ) = (self, other)
        else {
            return self.sum_of_infinite(other);
        };
        let shared = *exponent.min(other_exponent);
        let a = shifted(digits, exponent - shared);
        let b = shifted(other_digits, other_exponent - shared);
        if negative == other_negative {
            return Self::finite(*negative, added(&a, &b), shared);
        }
        match compared(&a, &b) {
            Ordering::Equal => Self::finite(false, Vec::new(), shared),
            Ordering::Greater => Self::finite(*negative, subtracted(&a, &b), shared),
            Ordering::Less => Self::finite(*other_negative, subtracted(&b, &a), shared),
        }
    }

    fn sum_of_infinite(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::NotANumber, _) | (_, Self::NotANumber) => Self::NotANumber,
            (Self::Infinite { negative: a }, Self::Infinite { negative: b }) if a != b => {
                Self::NotANumber
            }
            (Self::Infinite { .. }, _) => self.clone(),
            _ => other.clone(),
        }
    }

    pub(super) fn product(&self, other: &Self) -> Self {
        match (self, other) {
            (
                Self::Finite { negative, digits, exponent },
                Self::Finite {
                    negative: other_negative,
                    digits: other_digits,
                    exponent: other_exponent,
                },
            ) => Self::finite(
                negative != other_negative,
                multiplied(digits, other_digits),
                exponent + other_exponent,
            ),
            (Self::NotANumber, _) | (_, Self::NotANumber) => Self::NotANumber,
            // Infinity times zero.
            (Self::Finite { digits, .. }, _) | (_, Self::Finite { digits, .. })
                if digits.is_empty() =>
            {
                Self::NotANumber
            }
            _ => Self::Infinite { negative: self.is_negative() != other.is_negative() },
        }
    }

    fn is_negative(&self) -> bool {
        match self {
            Self::NotANumber => false,
            Self::Infinite { negative } | Self::Finite { negative, .. } => *negative,
        }
    }

    /// Brings digits and exponent into the range of the format.
    fn finite(negative: bool, digits: Vec<u8>, exponent: i64) -> Self {
        let mut digits: Vec<u8> = digits.into_iter().skip_while(|digit| *digit == 0).collect();
        let mut exponent = exponent;
        let too_fine = usize::try_from(EXPONENT_MIN - exponent).unwrap_or_default();
        let dropped = digits.len().saturating_sub(DIGITS_MAX).max(too_fine);
        if dropped > 0 {
            digits = rounded(digits, dropped);
            exponent += length(dropped);
            if digits.len() > DIGITS_MAX {
                // A carry out of the first digit: the last one is 0.
                digits.pop();
                exponent += 1;
            }
        }
        if exponent > EXPONENT_MAX {
            let excess = exponent - EXPONENT_MAX;
            if !digits.is_empty() {
                if length(digits.len()) + excess > length(DIGITS_MAX) {
                    return Self::Infinite { negative };
                }
                digits = shifted(&digits, excess);
            }
            exponent = EXPONENT_MAX;
        }
        Self::Finite { negative, digits, exponent }
    }

    pub(super) fn to_decimal128(&self) -> bson::Decimal128 {
        let text = match self {
            Self::NotANumber => "NaN".to_owned(),
            Self::Infinite { negative: false } => "Infinity".to_owned(),
            Self::Infinite { negative: true } => "-Infinity".to_owned(),
            Self::Finite { negative, digits, exponent } => {
                let sign = if *negative { "-" } else { "" };
                let digits: String = digits.iter().map(|digit| char::from(b'0' + digit)).collect();
                let digits = if digits.is_empty() { "0" } else { &digits };
                format!("{sign}{digits}E{exponent}")
            }
        };
        text.parse().expect("digits and exponent are in the range of the format")
    }
}

fn length(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// `digits * 10^places`.
fn shifted(digits: &[u8], places: i64) -> Vec<u8> {
    let mut shifted = digits.to_vec();
    if !digits.is_empty() {
        shifted.resize(digits.len() + usize::try_from(places).unwrap_or_default(), 0);
    }
    shifted
}

fn compared(a: &[u8], b: &[u8]) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

fn added(a: &[u8], b: &[u8]) -> Vec<u8> {
    let (mut a, mut b) = (a.iter().rev(), b.iter().rev());
    let (mut sum, mut carry) = (Vec::new(), 0);
    loop {
        let (left, right) = (a.next(), b.next());
        if left.is_none() && right.is_none() && carry == 0 {
            break;
        }
        let digit = left.unwrap_or(&0) + right.unwrap_or(&0) + carry;
        sum.push(digit % 10);
        carry = digit / 10;
    }
    sum.reverse();
    sum
}

/// `a - b` where `a` is not less.
fn subtracted(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut b = b.iter().rev();
    let (mut difference, mut borrow) = (Vec::with_capacity(a.len()), 0);
    for digit in a.iter().rev() {
        let taken = b.next().unwrap_or(&0) + borrow;
        borrow = u8::from(*digit < taken);
        difference.push(digit + 10 * borrow - taken);
    }
    difference.reverse();
    difference
}

fn multiplied(a: &[u8], b: &[u8]) -> Vec<u8> {
    // Both have at most 34 digits, so a column holds at most 34 * 81.
    let mut columns = vec![0_u32; a.len() + b.len()];
    for (i, left) in a.iter().rev().enumerate() {
        for (column, right) in columns.iter_mut().skip(i).zip(b.iter().rev()) {
            *column += u32::from(*left) * u32::from(*right);
        }
    }
    let mut carry = 0;
    let mut product: Vec<u8> = columns
        .into_iter()
        .map(|column| {
            let total = column + carry;
            carry = total / 10;
            u8::try_from(total % 10).unwrap_or_default()
        })
        .collect();
    product.reverse();
    product
}

/// Drops the last `dropped` digits, ties to even.
fn rounded(mut digits: Vec<u8>, dropped: usize) -> Vec<u8> {
    if dropped > digits.len() {
        return Vec::new();
    }
    let rest = digits.split_off(digits.len() - dropped);
    let is_odd = digits.last().is_some_and(|digit| digit % 2 == 1);
    let up = match rest.split_first() {
        Some((5, below)) => is_odd || below.iter().any(|digit| *digit != 0),
        Some((first, _)) => *first > 5,
        None => false,
    };
    if up { added(&digits, &[1]) } else { digits }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::read(&text.parse().unwrap())
    }

    #[test]
    fn sums_keep_the_finer_exponent_and_round_to_34_digits() {
        let nines = "9999999999999999999999999999999999";
        let cases = [
            ("1.5", "2.25", "3.75"),
            ("1.50", "1.5", "3.00"),
            ("1", "-1", "0"),
            ("-1.5", "0.5", "-1.0"),
            ("0.5", "-1.5", "-1.0"),
            ("1E+3", "1", "1001"),
            (nines, "1", "1.000000000000000000000000000000000E+34"),
            ("1E+40", "1", "1.000000000000000000000000000000000E+40"),
            (nines, "0.5", "1.000000000000000000000000000000000E+34"),
            ("1000000000000000000000000000000000", "0.5", "1000000000000000000000000000000000"),
            ("Infinity", "1", "Infinity"),
            ("Infinity", "-Infinity", "NaN"),
            ("NaN", "1", "NaN"),
            ("9.999999999999999999999999999999999E+6144", "1E+6144", "Infinity"),
        ];
        for (left, right, expected) in cases {
            let sum = decimal(left).sum(&decimal(right)).to_decimal128();
            assert_eq!(sum.to_string(), expected, "{left} + {right}");
        }
    }

    #[test]
    fn products_add_exponents_and_round() {
        let cases = [
            ("1.5", "2", "3.0"),
            ("-1.5", "2.0", "-3.00"),
            ("0", "5", "0"),
            ("3333333333333333333333333333333333", "3", "9999999999999999999999999999999999"),
            ("6666666666666666666666666666666666", "2", "1.333333333333333333333333333333333E+34"),
            ("1E-6176", "0.1", "0E-6176"),
            ("Infinity", "0", "NaN"),
            ("-Infinity", "2", "-Infinity"),
            ("1E+6144", "10", "Infinity"),
        ];
        for (left, right, expected) in cases {
            let product = decimal(left).product(&decimal(right)).to_decimal128();
            assert_eq!(product.to_string(), expected, "{left} * {right}");
        }
    }

    #[test]
    fn doubles_have_15_digits() {
        assert_eq!(Decimal::from_double(0.1).to_decimal128().to_string(), "0.100000000000000");
        assert_eq!(Decimal::from_double(-2.5).to_decimal128().to_string(), "-2.50000000000000");
        assert_eq!(Decimal::from_double(0.0).to_decimal128().to_string(), "0");
        assert!(Decimal::from_double(f64::NAN).is_nan());
    }
}
