//! Bytes to owned values.

use bson::oid::ObjectId;
use bson::raw::CString;
use bson::spec::BinarySubtype;
use bson::{Binary, DateTime, Decimal128, JavaScriptCodeWithScope, Regex, Timestamp};

use crate::value::{Bson, Document, RawDoc, RawValue};

/// Decodes a whole document.
pub fn to_document(raw: RawDoc<'_>) -> Document {
    raw.elements().map(|element| (element.key().to_owned(), to_bson(element.value()))).collect()
}

/// Decodes one value.
pub fn to_bson(raw: RawValue<'_>) -> Bson {
    match raw {
        RawValue::Double(number) => Bson::Double(number),
        RawValue::String(text) => Bson::String(text.to_owned()),
        RawValue::Document(inner) => Bson::Document(to_document(inner)),
        RawValue::Array(inner) => Bson::Array(inner.values().map(to_bson).collect()),
        RawValue::Binary { subtype, bytes } => {
            Bson::Binary(Binary { subtype: BinarySubtype::from(subtype), bytes: bytes.to_vec() })
        }
        RawValue::Undefined => Bson::Undefined,
        RawValue::ObjectId(bytes) => Bson::ObjectId(ObjectId::from_bytes(bytes)),
        RawValue::Boolean(value) => Bson::Boolean(value),
        RawValue::DateTime(ms) => Bson::DateTime(DateTime::from_millis(ms)),
        RawValue::Null | RawValue::DbPointer { .. } => Bson::Null,
        RawValue::Regex { pattern, options } => regex(pattern, options),
        RawValue::Code(code) => Bson::JavaScriptCode(code.to_owned()),
        RawValue::Symbol(text) => Bson::Symbol(text.to_owned()),
        RawValue::CodeWithScope { code, scope } => {
            Bson::JavaScriptCodeWithScope(JavaScriptCodeWithScope {
                code: code.to_owned(),
                scope: to_document(scope),
            })
        }
        RawValue::Int32(number) => Bson::Int32(number),
        RawValue::Timestamp(bits) => {
            let bytes = bits.to_le_bytes();
            let (increment, time) = bytes.split_at(4);
            Bson::Timestamp(Timestamp {
                time: u32::from_le_bytes(time.try_into().unwrap_or_default()),
                increment: u32::from_le_bytes(increment.try_into().unwrap_or_default()),
            })
        }
        RawValue::Int64(number) => Bson::Int64(number),
        RawValue::Decimal128(bytes) => Bson::Decimal128(Decimal128::from_bytes(bytes)),
        RawValue::MinKey => Bson::MinKey,
        RawValue::MaxKey => Bson::MaxKey,
    }
}

fn regex(pattern: &str, options: &str) -> Bson {
    // Neither text holds a NUL: both were read up to one.
    match (CString::try_from(pattern), CString::try_from(options)) {
        (Ok(pattern), Ok(options)) => Bson::RegularExpression(Regex { pattern, options }),
        _ => Bson::Null,
    }
}
