//! Objects of the user that the service reads as Extended JSON: `{$oid: ".."}`, `{$date: ..}`.
//!
//! What only looks like one stays an object, and is refused where it is used.

use bson::oid::ObjectId;
use bson::raw::CString;
use bson::spec::BinarySubtype;
use bson::{Binary, DateTime, Decimal128, JavaScriptCodeWithScope, Regex, Timestamp};

use crate::value::{Bson, Document};

/// The value that a document stands for; the document itself if it stands for nothing.
pub(crate) fn interpret(document: Document) -> Bson {
    let special = match document.iter().next() {
        Some((key, value)) if key.starts_with('$') => match document.len() {
            1 => from_one_key(key, value),
            2 => from_two_keys(&document),
            _ => None,
        },
        _ => None,
    };
    special.unwrap_or(Bson::Document(document))
}

fn from_one_key(key: &str, value: &Bson) -> Option<Bson> {
    Some(match (key, value) {
        ("$oid", Bson::String(hex)) => Bson::ObjectId(ObjectId::parse_str(hex).ok()?),
        ("$date", value) => Bson::DateTime(date(value)?),
        ("$numberInt", Bson::String(digits)) => Bson::Int32(digits.parse().ok()?),
        ("$numberLong", Bson::String(digits)) => Bson::Int64(digits.parse().ok()?),
        ("$numberDouble", Bson::String(digits)) => Bson::Double(double(digits)?),
        ("$numberDecimal", Bson::String(digits)) => {
            Bson::Decimal128(digits.parse::<Decimal128>().ok()?)
        }
        ("$regularExpression", Bson::Document(parts)) => {
            regex(parts.get_str("pattern").ok()?, parts.get_str("options").ok()?, parts.len())?
        }
        ("$timestamp", Bson::Document(parts)) => Bson::Timestamp(Timestamp {
            time: unsigned(parts.get("t")?)?,
            increment: unsigned(parts.get("i")?)?,
        }),
        ("$binary", Bson::Document(parts)) => binary(parts)?,
        ("$uuid", Bson::String(text)) => uuid(text)?,
        ("$symbol", Bson::String(text)) => Bson::Symbol(text.clone()),
        ("$code", Bson::String(code)) => Bson::JavaScriptCode(code.clone()),
        ("$minKey", Bson::Int32(1)) => Bson::MinKey,
        ("$maxKey", Bson::Int32(1)) => Bson::MaxKey,
        ("$undefined", Bson::Boolean(true)) => Bson::Undefined,
        _ => return None,
    })
}

fn from_two_keys(document: &Document) -> Option<Bson> {
    let code = document.get_str("$code").ok()?;
    let scope = document.get_document("$scope").ok()?;
    Some(Bson::JavaScriptCodeWithScope(JavaScriptCodeWithScope {
        code: code.to_owned(),
        scope: scope.clone(),
    }))
}

/// Milliseconds as any integer, or ISO text.
fn date(value: &Bson) -> Option<DateTime> {
    match value {
        Bson::Int32(ms) => Some(DateTime::from_millis(i64::from(*ms))),
        Bson::Int64(ms) => Some(DateTime::from_millis(*ms)),
        Bson::String(text) => DateTime::parse_rfc3339_str(text).ok(),
        _ => None,
    }
}

fn double(digits: &str) -> Option<f64> {
    match digits {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        digits => digits.parse().ok(),
    }
}

pub(crate) fn regex(pattern: &str, options: &str, parts: usize) -> Option<Bson> {
    if parts != 2 {
        return None;
    }
    // BSON keeps options in alphabetical order.
    let mut letters: Vec<char> = options.chars().collect();
    letters.sort_unstable();
    let options = CString::try_from(letters.into_iter().collect::<String>()).ok()?;
    let pattern = CString::try_from(pattern).ok()?;
    Some(Bson::RegularExpression(Regex { pattern, options }))
}

fn unsigned(value: &Bson) -> Option<u32> {
    match value {
        Bson::Int32(number) => u32::try_from(*number).ok(),
        Bson::Int64(number) => u32::try_from(*number).ok(),
        _ => None,
    }
}

fn binary(parts: &Document) -> Option<Bson> {
    let subtype = u8::from_str_radix(parts.get_str("subType").ok()?, 16).ok()?;
    Binary::from_base64(parts.get_str("base64").ok()?, BinarySubtype::from(subtype))
        .ok()
        .map(Bson::Binary)
}

fn uuid(text: &str) -> Option<Bson> {
    let digits: String = text.chars().filter(|digit| *digit != '-').collect();
    let number = u128::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 32)?;
    let bytes = number.to_be_bytes().to_vec();
    Some(Bson::Binary(Binary { subtype: BinarySubtype::Uuid, bytes }))
}
