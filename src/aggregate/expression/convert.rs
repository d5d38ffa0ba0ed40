//! `$convert` and its short forms (`$toInt`, `$toString` ..).

use std::borrow::Cow;

use bson::oid::ObjectId;

use crate::aggregate::expression::Expression;
use crate::aggregate::expression::Form;
use crate::aggregate::expression::Node;
use crate::aggregate::expression::arguments;
use crate::aggregate::expression::arguments::required;
use crate::aggregate::expression::date;
use crate::aggregate::expression::date::CONVERSION_FAILURE;
use crate::aggregate::expression::logic::truthy;
use crate::aggregate::expression::operand::double_text;
use crate::aggregate::expression::operand::is_nullish;
use crate::aggregate::expression::operand::is_number;
use crate::aggregate::expression::operand::kind_named;
use crate::aggregate::expression::operand::kind_numbered;
use crate::aggregate::expression::operand::to_exact_i32;
use crate::aggregate::expression::operand::to_f64;
use crate::aggregate::expression::operand::type_name;
use crate::aggregate::expression::parse;
use crate::aggregate::expression::parse::folded;
use crate::aggregate::expression::scope::Scope;
use crate::aggregate::variables::Operand;
use crate::aggregate::variables::Variables;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;
use crate::value::Kind;
use crate::value::decimal::Decimal;
use crate::value::kind_of;

/// The error number `FailedToParse`.
const FAILED_TO_PARSE: i32 = 9;

#[derive(Debug)]
struct Convert {
    input: Expression,
    to: Expression,
    on_error: Option<Expression>,
    on_null: Option<Expression>,
}

pub(super) fn parse(_: &'static str, value: &Bson, scope: &Scope) -> Result<Expression> {
    let fields = arguments::named(value, FAILED_TO_PARSE, |found| {
        format!("$convert expects an object of named arguments but found: {found}")
    })?;
    let (mut input, mut to, mut on_error, mut on_null) = (None, None, None, None);
    for (field, value) in fields {
        let part = match field.as_str() {
            "input" => &mut input,
            "to" => &mut to,
            "onError" => &mut on_error,
            "onNull" => &mut on_null,
            other => {
                let text = format!("$convert found an unknown argument: {other}");
                return Err(Error::mongo(FAILED_TO_PARSE, text));
            }
        };
        *part = Some(parse::operand(value, scope)?);
    }
    let input = required(input, FAILED_TO_PARSE, "Missing 'input' parameter to $convert")?;
    let to = required(to, FAILED_TO_PARSE, "Missing 'to' parameter to $convert")?;
    convert(Convert { input, to, on_error, on_null })
}

/// `{$toInt: x}` and `{$toInt: [x]}`.
pub(super) fn parse_short(name: &'static str, value: &Bson, scope: &Scope) -> Result<Expression> {
    let target = match name {
        "$toBool" => Kind::Boolean,
        "$toDate" => Kind::DateTime,
        "$toDecimal" => Kind::Decimal128,
        "$toDouble" => Kind::Double,
        "$toInt" => Kind::Int32,
        "$toLong" => Kind::Int64,
        "$toObjectId" => Kind::ObjectId,
        _ => Kind::String,
    };
    let mut operands = arguments::list(value, scope)?;
    let count = operands.len();
    if let (Some(input), 1) = (operands.pop(), count) {
        let to = Expression::literal(&Bson::String(target.name().to_owned()));
        convert(Convert { input, to, on_error: None, on_null: None })
    } else {
        let text = format!("{name} requires a single argument, got {count}");
        Err(Error::mongo(50723, text))
    }
}

fn convert(convert: Convert) -> Result<Expression> {
    let optional = [&convert.on_error, &convert.on_null];
    let constant = convert.input.is_constant()
        && convert.to.is_constant()
        && optional.into_iter().flatten().all(Expression::is_constant);
    folded(Node::Form(Box::new(convert)), constant)
}

impl Form for Convert {
    fn evaluate<'v>(&'v self, variables: &'v Variables<'v>) -> Result<Operand<'v>> {
        let null = || Ok(Some(Cow::Owned(Bson::Null)));
        let to = self.to.operand(variables)?;
        let input = self.input.operand(variables)?;
        let target = if is_nullish(&to) { None } else { Some(target_of(&to)?) };
        let Some(value) = input.as_deref().filter(|_| !is_nullish(&input)) else {
            return match &self.on_null {
                Some(on_null) => on_null.operand(variables),
                None => null(),
            };
        };
        let Some(target) = target else { return null() };
        match (converted(value, target), &self.on_error) {
            (Ok(value), _) => Ok(Some(Cow::Owned(value))),
            (Err(error), Some(on_error)) if error.mongo_code() == CONVERSION_FAILURE => {
                on_error.operand(variables)
            }
            (Err(error), _) => Err(error),
        }
    }
}

/// The type that `to` names. `None` is "missing", to which nothing converts.
fn target_of(to: &Operand<'_>) -> Result<Option<Kind>> {
    if let Some(Bson::String(name)) = to.as_deref() {
        if name == "missing" {
            return Ok(None);
        }
        let unknown = || Error::mongo(2, format!("Unknown type name: {name}"));
        return kind_named(name).map(Some).ok_or_else(unknown);
    }
    if !is_number(to) {
        let found = type_name(to);
        let text = format!("$convert's 'to' argument must be a string or number, but is {found}");
        return Err(Error::mongo(FAILED_TO_PARSE, text));
    }
    let Some(code) = to_exact_i32(to) else {
        let text = "In $convert, numeric 'to' argument is not an integer";
        return Err(Error::mongo(FAILED_TO_PARSE, text));
    };
    if code == 0 {
        return Ok(None);
    }
    kind_numbered(code).map(Some).ok_or_else(|| {
        let problem = "numeric value for 'to' does not correspond to a BSON type";
        Error::mongo(FAILED_TO_PARSE, format!("In $convert, {problem}: {code}"))
    })
}

fn failure(text: impl Into<String>) -> Error {
    Error::mongo(CONVERSION_FAILURE, text)
}

fn overflow(number: impl std::fmt::Display) -> Error {
    let problem = "Conversion would overflow target type in $convert with no onError value";
    failure(format!("{problem}: {number}"))
}

/// One value as another type.
fn converted(value: &Bson, target: Option<Kind>) -> Result<Bson> {
    let result = match target {
        Some(Kind::Boolean) => Some(to_bool(value)),
        Some(Kind::Double) => to_double(value)?,
        Some(Kind::String) => to_string(value)?,
        Some(Kind::ObjectId) => to_object_id(value)?,
        Some(Kind::DateTime) => to_date(value)?,
        Some(Kind::Int32) => to_int(value)?,
        Some(Kind::Int64) => to_long(value)?,
        Some(Kind::Decimal128) => to_decimal(value)?,
        _ => None,
    };
    result.ok_or_else(|| {
        let (from, to) = (kind_of(value).name(), target.map_or("missing", Kind::name));
        let with = "in $convert with no onError value";
        failure(format!("Unsupported conversion from {from} to {to} {with}"))
    })
}

fn to_bool(value: &Bson) -> Bson {
    Bson::Boolean(truthy(Some(value)))
}

fn to_double(value: &Bson) -> Result<Option<Bson>> {
    Ok(Some(Bson::Double(match value {
        Bson::Boolean(flag) => f64::from(u8::from(*flag)),
        Bson::Double(_) | Bson::Int32(_) | Bson::Int64(_) => to_f64(value),
        Bson::Decimal128(number) => {
            let number = Decimal::from(*number);
            let double = number.to_f64();
            let lost = double.is_infinite() && !number.is_infinite()
                || double.abs() < f64::MIN_POSITIVE && !number.is_zero();
            if lost {
                return Err(overflow(number));
            }
            double
        }
        Bson::DateTime(date) => to_f64(&Bson::Int64(date.timestamp_millis())),
        Bson::String(text) => parse_double(text)?,
        _ => return Ok(None),
    })))
}

fn to_string(value: &Bson) -> Result<Option<Bson>> {
    Ok(Some(Bson::String(match value {
        Bson::String(text) => text.clone(),
        Bson::Boolean(flag) => flag.to_string(),
        Bson::Int32(number) => number.to_string(),
        Bson::Int64(number) => number.to_string(),
        Bson::Decimal128(number) => number.to_string(),
        Bson::Double(number) if number.is_nan() => "NaN".into(),
        Bson::Double(number) if number.is_infinite() => {
            if *number > 0.0 {
                "Infinity".into()
            } else {
                "-Infinity".into()
            }
        }
        Bson::Double(number) => double_text(*number),
        Bson::ObjectId(id) => id.to_hex(),
        Bson::DateTime(date) => date::iso_text(date.timestamp_millis())?,
        _ => return Ok(None),
    })))
}

fn to_object_id(value: &Bson) -> Result<Option<Bson>> {
    let text = match value {
        Bson::ObjectId(id) => return Ok(Some(Bson::ObjectId(*id))),
        Bson::String(text) => text,
        _ => return Ok(None),
    };
    let problem = if text.len() == 24 {
        "Invalid character found in hex string".to_owned()
    } else {
        format!("Invalid string length for parsing to OID, expected 24 but found {}", text.len())
    };
    let id = ObjectId::parse_str(text).map_err(|_| {
        let with = "in $convert with no onError value";
        failure(format!("Failed to parse objectId '{text}' {with}: {problem}"))
    })?;
    Ok(Some(Bson::ObjectId(id)))
}

fn to_date(value: &Bson) -> Result<Option<Bson>> {
    let ms = match value {
        Bson::DateTime(date) => date.timestamp_millis(),
        Bson::ObjectId(id) => id.timestamp().timestamp_millis(),
        Bson::String(text) => date::text::parse(text, &date::zone::Zone::Utc)?,
        Bson::Double(_) | Bson::Int64(_) | Bson::Decimal128(_) => whole_number(value)?,
        _ => return Ok(None),
    };
    Ok(Some(Bson::DateTime(bson::DateTime::from_millis(ms))))
}

fn to_int(value: &Bson) -> Result<Option<Bson>> {
    Ok(Some(Bson::Int32(match value {
        Bson::Boolean(flag) => i32::from(*flag),
        Bson::Int32(number) => *number,
        // The service leaves the number out here.
        Bson::Int64(number) => i32::try_from(*number).map_err(|_| overflow(""))?,
        Bson::Double(number) => {
            check_finite(value)?;
            let fits = *number >= f64::from(i32::MIN) && *number <= f64::from(i32::MAX);
            fits.then(|| truncated(*number))
                .and_then(|number| i32::try_from(number).ok())
                .ok_or_else(|| overflow(double_text(*number)))?
        }
        Bson::Decimal128(number) => {
            let whole = whole_number(value)?;
            i32::try_from(whole).map_err(|_| overflow(number))?
        }
        Bson::String(text) => parse_integer(text, i64::from(i32::MIN), i64::from(i32::MAX))
            .and_then(|number| i32::try_from(number).map_err(|_| overflow(text)))?,
        _ => return Ok(None),
    })))
}

fn to_long(value: &Bson) -> Result<Option<Bson>> {
    Ok(Some(Bson::Int64(match value {
        Bson::Boolean(flag) => i64::from(*flag),
        Bson::Int32(number) => i64::from(*number),
        Bson::Int64(number) => *number,
        Bson::Double(_) | Bson::Decimal128(_) => whole_number(value)?,
        Bson::DateTime(date) => date.timestamp_millis(),
        Bson::String(text) => parse_integer(text, i64::MIN, i64::MAX)?,
        _ => return Ok(None),
    })))
}

fn to_decimal(value: &Bson) -> Result<Option<Bson>> {
    Ok(Some(match value {
        Bson::Boolean(flag) => Decimal::from(i64::from(*flag)).into(),
        Bson::DateTime(date) => Decimal::from(date.timestamp_millis()).into(),
        Bson::String(text) => {
            refuse_hexadecimal(text)?;
            let problem =
                if text.is_empty() { "Empty string" } else { "Failed to parse string to decimal" };
            Decimal::parse(text).ok_or_else(|| unparsable(text, problem))?.into()
        }
        Bson::Decimal128(number) => Bson::Decimal128(*number),
        Bson::Double(_) | Bson::Int32(_) | Bson::Int64(_) => Decimal::try_from(value)?.into(),
        _ => return Ok(None),
    }))
}

fn check_finite(value: &Bson) -> Result<()> {
    let number = to_f64(value);
    let what = match () {
        () if number.is_nan() => "NaN",
        () if number.is_infinite() => "infinity",
        () => return Ok(()),
    };
    let with = "in $convert with no onError value";
    Err(failure(format!("Attempt to convert {what} value to integer type {with}")))
}

#[allow(clippy::cast_possible_truncation, reason = "the range is checked by the caller")]
fn truncated(number: f64) -> i64 {
    number as i64
}

/// A long, a double or a decimal without its fraction, if that fits a long.
fn whole_number(value: &Bson) -> Result<i64> {
    const TWO_POW_63: f64 = 9_223_372_036_854_775_808.0;
    match value {
        Bson::Decimal128(number) => {
            let number = Decimal::from(*number);
            // A decimal may be finite and yet too large for a double.
            if number.is_nan() || number.is_infinite() {
                check_finite(value)?;
            }
            number.to_i64().ok_or_else(|| overflow(number))
        }
        Bson::Double(number) => {
            check_finite(value)?;
            let fits = *number >= -TWO_POW_63 && *number < TWO_POW_63;
            fits.then(|| truncated(*number)).ok_or_else(|| overflow(double_text(*number)))
        }
        Bson::Int64(number) => Ok(*number),
        _ => Ok(0),
    }
}

fn unparsable(text: &str, problem: &str) -> Error {
    let with = "in $convert with no onError value";
    failure(format!("Failed to parse number '{text}' {with}: {problem}"))
}

fn refuse_hexadecimal(text: &str) -> Result<()> {
    if text.starts_with("0x") {
        let with = "in $convert with no onError value";
        return Err(failure(format!("Illegal hexadecimal input {with}: {text}")));
    }
    Ok(())
}

/// Digits of base ten with a sign before them, and nothing else.
fn parse_integer(text: &str, min: i64, max: i64) -> Result<i64> {
    refuse_hexadecimal(text)?;
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() {
        return Err(unparsable(text, "No digits"));
    }
    let negative = text.starts_with('-');
    let mut number = 0_i64;
    for byte in digits.chars() {
        let Some(digit) = byte.to_digit(10).map(i64::from) else {
            return Err(unparsable(text, &format!("Bad digit \"{byte}\" while parsing {text}")));
        };
        let signed = if negative { -digit } else { digit };
        number = number
            .checked_mul(10)
            .and_then(|number| number.checked_add(signed))
            .filter(|number| (min..=max).contains(number))
            .ok_or_else(|| unparsable(text, if negative { "Underflow" } else { "Overflow" }))?;
    }
    Ok(number)
}

fn parse_double(text: &str) -> Result<f64> {
    refuse_hexadecimal(text)?;
    if text.is_empty() {
        return Err(unparsable(text, "Empty string"));
    }
    if text.starts_with(|c: char| c.is_ascii_whitespace()) {
        return Err(unparsable(text, "Leading whitespace"));
    }
    let number: f64 =
        text.parse().map_err(|_| unparsable(text, "Did not consume whole number."))?;
    let named = text.bytes().any(|byte| byte.eq_ignore_ascii_case(&b'i'));
    if number.is_infinite() && !named {
        return Err(unparsable(text, "Out of range"));
    }
    Ok(number)
}
