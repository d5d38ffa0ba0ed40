//! `$bitsAllSet`, `$bitsAllClear`, `$bitsAnySet`, `$bitsAnyClear`.

use crate::error::{Error, Result};
use crate::query::number::{exact_i64, is_number, to_f64};
use crate::query::{BAD_VALUE, FAILED_TO_PARSE};
use crate::value::{Bson, RawValue, shell_text};

/// What is asked of the chosen bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BitQuestion {
    AllSet,
    AllClear,
    AnySet,
    AnyClear,
}

/// A question about bits of an integer or of binary data. Bit 0 is the lowest of the first byte;
/// an integer's sign is extended for ever, binary data is followed by zeros.
#[derive(Debug, Clone)]
pub(super) struct BitTest {
    question: BitQuestion,
    positions: Vec<u32>,
}

impl BitTest {
    /// Reads a list of positions, a mask, or binary data; `field` is named in the error text.
    pub(super) fn parse(question: BitQuestion, operand: &Bson, field: &str) -> Result<Self> {
        let positions = match operand {
            Bson::Array(items) => {
                let mut positions = items.iter().map(position).collect::<Result<Vec<u32>>>()?;
                positions.sort_unstable();
                positions.dedup();
                positions
            }
            Bson::Binary(binary) => set_bits(&binary.bytes),
            number if is_number(number) => set_bits(&mask(number)?.to_le_bytes()),
            other => {
                return Err(Error::mongo(
                    BAD_VALUE,
                    format!(
                        "{field} takes an Array, a number, or a BinData but received: {}",
                        shell_text(other)
                    ),
                ));
            }
        };
        Ok(Self { question, positions })
    }

    pub(super) fn matches(&self, value: Option<RawValue<'_>>) -> bool {
        match value {
            Some(RawValue::Binary { bytes, .. }) => self.answer(|position| {
                let byte = bytes.get(position as usize / 8).copied().unwrap_or(0);
                byte >> (position % 8) & 1 == 1
            }),
            Some(value) => exact_number(value)
                .is_some_and(|number| self.answer(|position| number >> position.min(63) & 1 == 1)),
            None => false,
        }
    }

    fn answer(&self, is_set: impl Fn(u32) -> bool) -> bool {
        let mut bits = self.positions.iter().map(|position| is_set(*position));
        match self.question {
            BitQuestion::AllSet => bits.all(|bit| bit),
            BitQuestion::AllClear => bits.all(|bit| !bit),
            BitQuestion::AnySet => bits.any(|bit| bit),
            BitQuestion::AnyClear => bits.any(|bit| !bit),
        }
    }
}

fn exact_number(value: RawValue<'_>) -> Option<i64> {
    match value {
        RawValue::Int32(_) | RawValue::Int64(_) | RawValue::Double(_) | RawValue::Decimal128(_) => {
            exact_i64(&crate::value::to_bson(value))
        }
        _ => None,
    }
}

fn set_bits(bytes: &[u8]) -> Vec<u32> {
    let mut positions = Vec::new();
    let mut first = 0_u32;
    for byte in bytes {
        positions.extend((0..8).filter(|bit| byte >> bit & 1 == 1).map(|bit| first + bit));
        first = first.saturating_add(8);
    }
    positions
}

fn mask(number: &Bson) -> Result<i64> {
    let text = || shell_text(number);
    let Some(mask) = exact_i64(number) else {
        return Err(Error::mongo(FAILED_TO_PARSE, format!("Expected an integer: {}", text())));
    };
    if mask < 0 {
        return Err(Error::mongo(
            FAILED_TO_PARSE,
            format!("Expected a positive number in: {}", text()),
        ));
    }
    Ok(mask)
}

fn position(item: &Bson) -> Result<u32> {
    let refuse = |what: &str| {
        Err(Error::mongo(BAD_VALUE, format!("bit positions {what}{}", shell_text(item))))
    };
    let Some(number) = to_f64(item) else { return refuse("must be an integer but got: ") };
    if number.is_nan() {
        return refuse("cannot take a NaN: ");
    }
    if number > f64::from(i32::MAX) || number < f64::from(i32::MIN) {
        return refuse("cannot be represented as a 32-bit signed integer: ");
    }
    match exact_i64(item) {
        None => refuse("must be an integer but got: "),
        Some(position) => match u32::try_from(position) {
            Ok(position) => Ok(position),
            Err(_) => refuse("must be >= 0 but got: "),
        },
    }
}
