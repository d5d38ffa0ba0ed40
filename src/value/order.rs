//! The order of all values, across types: what sorting, ranges, indexes and `$cmp` use.
//!
//! Numbers of different types are compared by value and exactly; NaN is the lowest number.
//! Strings are compared by their UTF-8 bytes.

use std::cmp::Ordering;

use crate::value::{Bson, Document, Kind, RawDoc, RawValue, encode_value_into, kind_of};

/// Compares two owned values.
pub fn compare(left: &Bson, right: &Bson) -> Ordering {
    let ranks = kind_of(left).rank().cmp(&kind_of(right).rank());
    ranks.then_with(|| match (left, right) {
        (Bson::String(a) | Bson::Symbol(a), Bson::String(b) | Bson::Symbol(b)) => {
            a.as_bytes().cmp(b.as_bytes())
        }
        (Bson::Document(a), Bson::Document(b)) => compare_documents(a, b),
        (Bson::Array(a), Bson::Array(b)) => compare_arrays(a, b),
        _ => with_raw(left, |left| with_raw(right, |right| compare_raw(left, right))),
    })
}

/// Whether two values are the same to the database (`1` and `1.0` are).
pub fn equal(left: &Bson, right: &Bson) -> bool {
    compare(left, right) == Ordering::Equal
}

/// Compares a stored value with one of a request.
pub fn compare_raw_to_bson(left: RawValue<'_>, right: &Bson) -> Ordering {
    left.kind().rank().cmp(&kind_of(right).rank()).then_with(|| match (left, right) {
        (RawValue::Document(a), Bson::Document(b)) => compare_raw_document(a, b),
        (RawValue::Array(a), Bson::Array(b)) => compare_raw_array(a, b),
        _ => with_raw(right, |right| compare_raw(left, right)),
    })
}

/// Compares two documents: element by element, first by type, then by key, then by value.
pub fn compare_documents(left: &Document, right: &Document) -> Ordering {
    let mut others = right.iter();
    for (key, value) in left {
        let Some((other_key, other)) = others.next() else { return Ordering::Greater };
        let order = kind_of(value)
            .rank()
            .cmp(&kind_of(other).rank())
            .then_with(|| key.as_bytes().cmp(other_key.as_bytes()))
            .then_with(|| compare(value, other));
        if order != Ordering::Equal {
            return order;
        }
    }
    if others.next().is_some() { Ordering::Less } else { Ordering::Equal }
}

fn compare_arrays(left: &[Bson], right: &[Bson]) -> Ordering {
    left.iter()
        .zip(right)
        .map(|(a, b)| compare(a, b))
        .find(|order| *order != Ordering::Equal)
        .unwrap_or_else(|| left.len().cmp(&right.len()))
}

fn compare_raw_document(left: RawDoc<'_>, right: &Document) -> Ordering {
    let mut others = right.iter();
    for element in left.elements() {
        let Some((other_key, other)) = others.next() else { return Ordering::Greater };
        let value = element.value();
        let order = value
            .kind()
            .rank()
            .cmp(&kind_of(other).rank())
            .then_with(|| element.key_bytes().cmp(other_key.as_bytes()))
            .then_with(|| compare_raw_to_bson(value, other));
        if order != Ordering::Equal {
            return order;
        }
    }
    if others.next().is_some() { Ordering::Less } else { Ordering::Equal }
}

fn compare_raw_array(left: RawDoc<'_>, right: &[Bson]) -> Ordering {
    let mut others = right.iter();
    for value in left.values() {
        let Some(other) = others.next() else { return Ordering::Greater };
        match compare_raw_to_bson(value, other) {
            Ordering::Equal => {}
            order => return order,
        }
    }
    if others.next().is_some() { Ordering::Less } else { Ordering::Equal }
}

/// Compares two stored values.
pub fn compare_raw(left: RawValue<'_>, right: RawValue<'_>) -> Ordering {
    let (left_kind, right_kind) = (left.kind(), right.kind());
    if left_kind.rank() != right_kind.rank() {
        return left_kind.rank().cmp(&right_kind.rank());
    }
    match (left, right) {
        (RawValue::String(a) | RawValue::Symbol(a), RawValue::String(b) | RawValue::Symbol(b))
        | (RawValue::Code(a), RawValue::Code(b)) => a.as_bytes().cmp(b.as_bytes()),
        (RawValue::Document(a), RawValue::Document(b)) => compare_elements(a, b, true),
        (RawValue::Array(a), RawValue::Array(b)) => compare_elements(a, b, false),
        (
            RawValue::Binary { subtype: a_subtype, bytes: a },
            RawValue::Binary { subtype: b_subtype, bytes: b },
        ) => a.len().cmp(&b.len()).then(a_subtype.cmp(&b_subtype)).then_with(|| a.cmp(b)),
        (RawValue::ObjectId(a), RawValue::ObjectId(b)) => a.cmp(&b),
        (RawValue::Boolean(a), RawValue::Boolean(b)) => a.cmp(&b),
        (RawValue::DateTime(a), RawValue::DateTime(b)) => a.cmp(&b),
        (RawValue::Timestamp(a), RawValue::Timestamp(b)) => a.cmp(&b),
        (
            RawValue::Regex { pattern: a, options: a_options },
            RawValue::Regex { pattern: b, options: b_options },
        ) => a.cmp(b).then_with(|| a_options.cmp(b_options)),
        (
            RawValue::DbPointer { namespace: a, id: a_id },
            RawValue::DbPointer { namespace: b, id: b_id },
        ) => a.len().cmp(&b.len()).then_with(|| a.cmp(b)).then(a_id.cmp(&b_id)),
        (
            RawValue::CodeWithScope { code: a, scope: a_scope },
            RawValue::CodeWithScope { code: b, scope: b_scope },
        ) => a.cmp(b).then_with(|| compare_elements(a_scope, b_scope, true)),
        _ if left_kind.is_number() => numeric_order(left, right).unwrap_or(Ordering::Equal),
        _ => Ordering::Equal,
    }
}

fn compare_elements(left: RawDoc<'_>, right: RawDoc<'_>, with_keys: bool) -> Ordering {
    let mut others = right.elements();
    for element in left.elements() {
        let Some(other) = others.next() else { return Ordering::Greater };
        let (value, other_value) = (element.value(), other.value());
        let mut order = value.kind().rank().cmp(&other_value.kind().rank());
        if with_keys {
            order = order.then_with(|| element.key_bytes().cmp(other.key_bytes()));
        }
        order = order.then_with(|| compare_raw(value, other_value));
        if order != Ordering::Equal {
            return order;
        }
    }
    if others.next().is_some() { Ordering::Less } else { Ordering::Equal }
}

/// Compares two numbers by value; `None` when one is not a number.
pub fn numeric_order(left: RawValue<'_>, right: RawValue<'_>) -> Option<Ordering> {
    use RawValue::{Decimal128, Double, Int32, Int64};
    Some(match (left, right) {
        (Int32(a), Int32(b)) => a.cmp(&b),
        (Int32(a), Int64(b)) => i64::from(a).cmp(&b),
        (Int64(a), Int32(b)) => a.cmp(&i64::from(b)),
        (Int64(a), Int64(b)) => a.cmp(&b),
        (Double(a), Double(b)) => compare_doubles(a, b),
        (Double(a), Int32(b)) => compare_doubles(a, f64::from(b)),
        (Int32(a), Double(b)) => compare_doubles(f64::from(a), b),
        (Double(a), Int64(b)) => compare_int64_double(b, a).reverse(),
        (Int64(a), Double(b)) => compare_int64_double(a, b),
        (Decimal128(_), _) | (_, Decimal128(_)) => decimal_order(left, right)?,
        _ => return None,
    })
}

/// NaN is equal to itself and below every other number; -0 equals 0.
fn compare_doubles(left: f64, right: f64) -> Ordering {
    left.partial_cmp(&right).unwrap_or_else(|| right.is_nan().cmp(&left.is_nan()))
}

#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "ranges checked")]
fn compare_int64_double(integer: i64, double: f64) -> Ordering {
    const TWO_POW_63: f64 = 9_223_372_036_854_775_808.0;
    if double.is_nan() || double < -TWO_POW_63 {
        Ordering::Greater
    } else if double >= TWO_POW_63 {
        Ordering::Less
    } else {
        // The truncated double is an exact i64; the rest decides between neighbours.
        let whole = double.trunc();
        integer.cmp(&(whole as i64)).then_with(|| compare_doubles(0.0, double - whole))
    }
}

/// A number as sign, digits and exponent, for comparing with decimals.
fn decimal_order(left: RawValue<'_>, right: RawValue<'_>) -> Option<Ordering> {
    let (left, right) = (decimal_parts(left)?, decimal_parts(right)?);
    Some(left.compare(&right))
}

#[derive(Debug)]
pub(super) enum DecimalParts {
    NotANumber,
    Infinite {
        negative: bool,
    },
    /// `0.digits * 10^scale`; no digits for zero.
    Finite {
        negative: bool,
        digits: String,
        scale: i64,
    },
}

pub(super) fn decimal_parts(value: RawValue<'_>) -> Option<DecimalParts> {
    Some(match value {
        RawValue::Int32(number) => parse_decimal(&number.to_string()),
        RawValue::Int64(number) => parse_decimal(&number.to_string()),
        RawValue::Double(number) if number.is_nan() => DecimalParts::NotANumber,
        RawValue::Double(number) if number.is_infinite() => {
            DecimalParts::Infinite { negative: number < 0.0 }
        }
        // Every double is a finite decimal; 1074 places print the smallest one exactly.
        RawValue::Double(number) => parse_decimal(&format!("{number:.1074}")),
        RawValue::Decimal128(bytes) => {
            parse_decimal(&bson::Decimal128::from_bytes(bytes).to_string())
        }
        _ => return None,
    })
}

fn parse_decimal(text: &str) -> DecimalParts {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    if text.starts_with("NaN") {
        return DecimalParts::NotANumber;
    }
    if text.starts_with("Inf") {
        return DecimalParts::Infinite { negative };
    }
    let (mantissa, exponent) = text.split_once('E').unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all: String = [whole, fraction].concat();
    let significant = all.trim_start_matches('0');
    let leading = i64::try_from(all.len() - significant.len()).unwrap_or_default();
    let digits = significant.trim_end_matches('0').to_owned();
    let whole_length = i64::try_from(whole.len()).unwrap_or_default();
    let exponent: i64 = exponent.trim_start_matches('+').parse().unwrap_or_default();
    DecimalParts::Finite { negative, digits, scale: whole_length - leading + exponent }
}

impl DecimalParts {
    fn compare(&self, other: &Self) -> Ordering {
        self.magnitude_class().cmp(&other.magnitude_class()).then_with(|| match (self, other) {
            // Zeros are equal however many places they are written with.
            (Self::Finite { digits, .. }, _) if digits.is_empty() => Ordering::Equal,
            (
                Self::Finite { negative, digits, scale },
                Self::Finite { digits: other_digits, scale: other_scale, .. },
            ) => {
                let order = scale.cmp(other_scale).then_with(|| digits.cmp(other_digits));
                if *negative { order.reverse() } else { order }
            }
            _ => Ordering::Equal,
        })
    }

    /// NaN, -infinity, negative, zero, positive, infinity.
    fn magnitude_class(&self) -> u8 {
        match self {
            Self::NotANumber => 0,
            Self::Infinite { negative: true } => 1,
            Self::Finite { digits, .. } if digits.is_empty() => 3,
            Self::Finite { negative: true, .. } => 2,
            Self::Finite { negative: false, .. } => 4,
            Self::Infinite { negative: false } => 5,
        }
    }
}

/// Lends an owned value as a raw one. Documents and arrays are encoded for it.
fn with_raw<T>(value: &Bson, use_raw: impl FnOnce(RawValue<'_>) -> T) -> T {
    match value {
        Bson::Double(number) => use_raw(RawValue::Double(*number)),
        Bson::String(text) => use_raw(RawValue::String(text)),
        Bson::Boolean(flag) => use_raw(RawValue::Boolean(*flag)),
        Bson::Null | Bson::DbPointer(_) => use_raw(RawValue::Null),
        Bson::Int32(number) => use_raw(RawValue::Int32(*number)),
        Bson::Int64(number) => use_raw(RawValue::Int64(*number)),
        Bson::DateTime(date) => use_raw(RawValue::DateTime(date.timestamp_millis())),
        Bson::ObjectId(id) => use_raw(RawValue::ObjectId(id.bytes())),
        Bson::Symbol(text) => use_raw(RawValue::Symbol(text)),
        Bson::JavaScriptCode(code) => use_raw(RawValue::Code(code)),
        Bson::Decimal128(number) => use_raw(RawValue::Decimal128(number.bytes())),
        Bson::Undefined => use_raw(RawValue::Undefined),
        Bson::MinKey => use_raw(RawValue::MinKey),
        Bson::MaxKey => use_raw(RawValue::MaxKey),
        Bson::RegularExpression(regex) => use_raw(RawValue::Regex {
            pattern: regex.pattern.as_str(),
            options: regex.options.as_str(),
        }),
        Bson::Binary(binary) => {
            use_raw(RawValue::Binary { subtype: u8::from(binary.subtype), bytes: &binary.bytes })
        }
        Bson::Timestamp(stamp) => {
            use_raw(RawValue::Timestamp((u64::from(stamp.time) << 32) | u64::from(stamp.increment)))
        }
        Bson::Document(_) | Bson::Array(_) | Bson::JavaScriptCodeWithScope(_) => {
            let mut bytes = Vec::new();
            encode_value_into(&mut bytes, value);
            use_raw(match kind_of(value) {
                Kind::Array => RawValue::Array(RawDoc::new(&bytes)),
                _ => RawValue::Document(RawDoc::new(&bytes)),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::bson;

    fn decimal(text: &str) -> Bson {
        Bson::Decimal128(text.parse().unwrap())
    }

    #[test]
    fn values_of_all_types_stand_in_one_order() {
        let ordered = [
            Bson::MinKey,
            Bson::Null,
            bson!(f64::NAN),
            bson!(f64::NEG_INFINITY),
            Bson::Int64(i64::MIN),
            bson!(-1.5),
            decimal("-1.25"),
            bson!(0),
            bson!(0.1),
            bson!(1),
            decimal("1.5"),
            Bson::Int64(9_007_199_254_740_993),
            bson!(9_007_199_254_740_994.0),
            Bson::Int64(i64::MAX),
            bson!(9_223_372_036_854_775_808.0),
            decimal("1E+30"),
            bson!(f64::INFINITY),
            bson!(""),
            bson!("a"),
            bson!("文"),
            bson!({}),
            bson!({"a": 1}),
            bson!({"a": 1, "b": 1}),
            bson!({"b": 1}),
            bson!([]),
            bson!([1]),
            bson!([1, 2]),
            bson!([2]),
            Bson::ObjectId(bson::oid::ObjectId::from_bytes([1; 12])),
            bson!(false),
            bson!(true),
            Bson::DateTime(bson::DateTime::from_millis(0)),
            Bson::MaxKey,
        ];
        for (at, left) in ordered.iter().enumerate() {
            for (other_at, right) in ordered.iter().enumerate() {
                assert_eq!(compare(left, right), at.cmp(&other_at), "{left} with {right}");
                let holder = crate::value::encode_document(&bson::doc! {"v": left.clone()});
                let raw = RawDoc::new(&holder).get("v").unwrap();
                assert_eq!(compare_raw_to_bson(raw, right), at.cmp(&other_at), "{left} : {right}");
            }
        }
    }

    #[test]
    fn equal_numbers_of_different_types_are_equal() {
        let ones = [bson!(1), Bson::Int64(1), bson!(1.0), decimal("1"), decimal("1.00")];
        for left in &ones {
            for right in &ones {
                assert!(equal(left, right), "{left} and {right}");
            }
        }
        assert!(equal(&bson!(-0.0), &bson!(0)));
        let zeros =
            [bson!(0), bson!(0.0), bson!(-0.0), decimal("0"), decimal("-0"), decimal("0E+3")];
        for left in &zeros {
            for right in &zeros {
                assert!(equal(left, right), "{left} and {right}");
            }
        }
        assert!(equal(&bson!(0.1), &bson!(0.1)) && !equal(&bson!(0.1), &decimal("0.1")));
    }

    #[test]
    fn key_order_matters_in_documents() {
        assert!(!equal(&bson!({"a": 1, "b": 2}), &bson!({"b": 2, "a": 1})));
    }
}
