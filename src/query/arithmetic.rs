//! `$mod`.

use crate::error::{Error, Result};
use crate::query::BAD_VALUE;
use crate::query::number::{is_number, to_i32_truncated, whole};
use crate::value::{Bson, RawValue};

/// Numbers whose whole part leaves a remainder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Modulo {
    divisor: i64,
    remainder: i64,
}

impl Modulo {
    pub(super) fn parse(operand: &Bson) -> Result<Self> {
        let malformed = |what: &str| Err(Error::mongo(BAD_VALUE, format!("malformed mod, {what}")));
        let Bson::Array(items) = operand else { return malformed("needs to be an array") };
        let Some(divisor) = items.first() else { return malformed("not enough elements") };
        if !is_number(divisor) {
            return malformed("divisor not a number");
        }
        let Some(remainder) = items.get(1) else { return malformed("not enough elements") };
        if items.len() > 2 {
            return malformed("too many elements");
        }
        let divisor = i64::from(to_i32_truncated(divisor));
        if divisor == 0 {
            return Err(Error::mongo(BAD_VALUE, "divisor cannot be 0"));
        }
        // A remainder that is no number counts as zero: MongoDB 4.0 checks the divisor twice.
        Ok(Self { divisor, remainder: i64::from(to_i32_truncated(remainder)) })
    }

    pub(super) fn matches(&self, value: Option<RawValue<'_>>) -> bool {
        value
            .and_then(whole)
            .is_some_and(|number| number.wrapping_rem(self.divisor) == self.remainder)
    }
}
