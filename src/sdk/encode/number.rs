//! Numbers as the service stores them after canonical Extended JSON.

use crate::value::Bson;

/// Least and greatest doubles that the official client prints as a 64-bit integer.
const INT64_MIN: f64 = -9_223_372_036_854_775_808.0;
const INT64_MAX: f64 = 9_223_372_036_854_775_808.0;

/// Every double below this magnitude is printed with all its digits.
const EXACT_MAX: f64 = 9_007_199_254_740_992.0;

/// An integer in the range of int32 (with -0) becomes one; other integers become int64; the rest
/// and what does not fit stay doubles.
pub fn number(value: f64) -> Bson {
    if value.fract() != 0.0 || !value.is_finite() {
        return Bson::Double(value);
    }
    #[allow(clippy::cast_possible_truncation, reason = "the range was checked")]
    if value >= f64::from(i32::MIN) && value <= f64::from(i32::MAX) {
        Bson::Int32(value as i32)
    } else if value.abs() < EXACT_MAX {
        Bson::Int64(value as i64)
    } else if (INT64_MIN..=INT64_MAX).contains(&value) {
        // The client prints the shortest digits that name the double and pads with zeros, so the
        // integer read back is not the double's own value; the very greatest does not fit at all.
        number_text(value).parse().map_or(Bson::Double(value), Bson::Int64)
    } else {
        Bson::Double(value)
    }
}

/// A number as `Number.prototype.toString` prints it.
pub fn number_text(value: f64) -> String {
    ryu_js::Buffer::new().format(value).to_owned()
}
