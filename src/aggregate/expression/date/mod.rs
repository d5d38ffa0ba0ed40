//! Operators on dates, and what they share: the calendar, time zones, formats, texts.
//!
//! A date is milliseconds since the epoch. The calendar is the proleptic Gregorian one and knows
//! every year that milliseconds reach; only zones with a history are limited to years jiff knows.

pub(crate) mod calendar;
mod format;
mod names;
pub(super) mod from_parts;
pub(super) mod from_string;
pub(super) mod part;
pub(super) mod text;
mod text_format;
pub(super) mod to_parts;
pub(super) mod to_string;
pub(super) mod zone;

use crate::error::Result;
use calendar::Civil;
use zone::Zone;

/// The error number of values that cannot be converted: what `onError` answers to.
pub(super) const CONVERSION_FAILURE: i32 = 241;

/// The default format of `$dateToString`.
const ISO_FORMAT: &str = "%Y-%m-%dT%H:%M:%S.%LZ";

/// A date as texts show it: `2019-05-14T09:38:51.686Z`. Years outside 0 to 9999 are refused.
pub(crate) fn iso_text(ms: i64) -> Result<String> {
    format::formatted(ISO_FORMAT, ms, &Zone::Utc)
}

/// A timestamp as `$toLower` and its like show it: `May 14 09:38:51:7`.
pub(super) fn timestamp_text(seconds: u32, increment: u32) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let civil = Civil::of_ms(i64::from(seconds) * 1000);
    let month = usize::try_from(civil.month - 1).ok().and_then(|at| MONTHS.get(at));
    format!(
        "{} {:2} {:02}:{:02}:{:02}:{increment:x}",
        month.copied().unwrap_or_default(),
        civil.day,
        civil.hour,
        civil.minute,
        civil.second
    )
}
