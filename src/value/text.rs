//! Values as MongoDB prints them in error texts: `{_id: "x", a: [1, 2.5]}`.
// MongoDB 4.0 renders the offending element with BSONObj::toString; the texts reach user code.

use std::fmt::Write;

use crate::value::{Bson, RawValue, hex_text, to_bson};

/// MongoDB abbreviates what is longer than the first number to the second, in bytes.
const LONG_TEXT_BYTES: usize = 160;
const CUT_TEXT_BYTES: usize = 150;
const LONG_BINARY_BYTES: usize = 80;
const CUT_BINARY_BYTES: usize = 70;

/// One value as MongoDB prints it.
pub fn shell_text(value: &Bson) -> String {
    let mut text = String::new();
    write_value(&mut text, value);
    text
}

/// One raw value as MongoDB prints it.
pub fn shell_text_raw(value: RawValue<'_>) -> String {
    shell_text(&to_bson(value))
}

/// `{key: value}` for one element, as update errors quote it.
pub fn shell_document(key: &str, value: &Bson) -> String {
    format!("{{{key}: {}}}", shell_text(value))
}

fn write_value(text: &mut String, value: &Bson) {
    // Writing to a String cannot fail.
    let _ = match value {
        Bson::Double(number) => {
            text.push_str(&double_text(*number));
            Ok(())
        }
        Bson::String(value) | Bson::Symbol(value) => {
            // The length counts a terminator.
            if value.len() + 1 > LONG_TEXT_BYTES {
                write!(text, "\"{}...\"", cut(value, CUT_TEXT_BYTES))
            } else {
                write!(text, "\"{value}\"")
            }
        }
        Bson::Array(items) if items.is_empty() => write!(text, "[]"),
        Bson::Document(document) if document.is_empty() => write!(text, "{{}}"),
        Bson::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index == 0 { " " } else { ", " });
                write_value(text, item);
            }
            text.push_str(" ]");
            Ok(())
        }
        Bson::Document(document) => {
            text.push('{');
            for (index, (key, value)) in document.iter().enumerate() {
                let _ = write!(text, "{} {key}: ", if index == 0 { "" } else { "," });
                write_value(text, value);
            }
            text.push_str(" }");
            Ok(())
        }
        Bson::Boolean(flag) => write!(text, "{flag}"),
        Bson::Null => write!(text, "null"),
        Bson::Undefined => write!(text, "undefined"),
        Bson::RegularExpression(regex) => {
            write!(text, "/{}/{}", regex.pattern.as_str(), regex.options.as_str())
        }
        Bson::JavaScriptCode(code) => write!(text, "{code}"),
        Bson::JavaScriptCodeWithScope(code) => write!(text, "CodeWScope( {})", code.code),
        Bson::Int32(number) => write!(text, "{number}"),
        Bson::Int64(number) => write!(text, "{number}"),
        Bson::Timestamp(stamp) => write!(text, "Timestamp({}, {})", stamp.time, stamp.increment),
        Bson::Binary(binary) => {
            let is_long = binary.bytes.len() > LONG_BINARY_BYTES;
            let shown = if is_long { CUT_BINARY_BYTES } else { binary.bytes.len() };
            let hex = hex_text(&binary.bytes[..shown]).to_uppercase();
            let dots = if is_long { "..." } else { "" };
            write!(text, "BinData({}, {hex}{dots})", u8::from(binary.subtype))
        }
        Bson::ObjectId(id) => write!(text, "ObjectId('{id}')"),
        Bson::DateTime(date) => write!(text, "new Date({})", date.timestamp_millis()),
        Bson::Decimal128(number) => write!(text, "{number}"),
        Bson::MaxKey => write!(text, "MaxKey"),
        Bson::MinKey => write!(text, "MinKey"),
        Bson::DbPointer(_) => write!(text, "DBRef"),
    };
}

/// At most `bytes` of a text, up to the end of a character.
fn cut(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    text.get(..end).unwrap_or_default()
}

/// A double as MongoDB prints it: `1.0`, `2.5`, `nan.0`.
fn double_text(number: f64) -> String {
    if number.is_nan() {
        "nan.0".into()
    } else if number.is_infinite() {
        if number > 0.0 { "inf.0".into() } else { "-inf.0".into() }
    } else if number.fract() == 0.0 && number.abs() < 1e16 {
        format!("{number:.1}")
    } else {
        format!("{number}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::bson;

    #[test]
    fn abbreviates_long_values() {
        let long = |length| shell_text(&Bson::String("x".repeat(length)));
        assert_eq!(long(159), format!("\"{}\"", "x".repeat(159)));
        assert_eq!(long(160), format!("\"{}...\"", "x".repeat(150)));
        assert_eq!(
            shell_text(&Bson::String("a".to_owned() + &"文".repeat(60))),
            format!("\"a{}...\"", "文".repeat(49))
        );
        let bytes = |length| {
            let subtype = bson::spec::BinarySubtype::Generic;
            shell_text(&Bson::Binary(bson::Binary { subtype, bytes: vec![0xAB; length] }))
        };
        assert_eq!(bytes(80), format!("BinData(0, {})", "AB".repeat(80)));
        assert_eq!(bytes(81), format!("BinData(0, {}...)", "AB".repeat(70)));
    }

    #[test]
    fn prints_like_the_server() {
        let cases = [
            (bson!("x"), "\"x\""),
            (bson!(1), "1"),
            (bson!(1.0), "1.0"),
            (bson!({"a": {}, "b": []}), "{ a: {}, b: [] }"),
            (bson!({"a": null, "b": [1, 2.5]}), "{ a: null, b: [ 1, 2.5 ] }"),
        ];
        for (value, expected) in cases {
            assert_eq!(shell_text(&value), expected);
        }
        assert_eq!(shell_document("_id", &bson!("x")), "{_id: \"x\"}");
    }
}
