//! Values as MongoDB prints them in error texts: `{_id: "x", a: [1, 2.5]}`.
// MongoDB 4.0 renders the offending element with BSONObj::toString; the texts reach user code.

use std::fmt::Write;

use crate::value::{Bson, RawValue, to_bson};

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
        Bson::String(value) | Bson::Symbol(value) => write!(text, "\"{value}\""),
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
            let hex: String = binary.bytes.iter().map(|byte| format!("{byte:02X}")).collect();
            write!(text, "BinData({}, {hex})", u8::from(binary.subtype))
        }
        Bson::ObjectId(id) => write!(text, "ObjectId('{id}')"),
        Bson::DateTime(date) => write!(text, "new Date({})", date.timestamp_millis()),
        Bson::Decimal128(number) => write!(text, "{number}"),
        Bson::MaxKey => write!(text, "MaxKey"),
        Bson::MinKey => write!(text, "MinKey"),
        Bson::DbPointer(_) => write!(text, "DBRef"),
    };
}

/// A double as MongoDB prints it: `1.0`, `2.5`, `nan.0`.
fn double_text(number: f64) -> String {
    if number.is_nan() {
        "nan.0".into()
    } else if number.is_infinite() {
        if number > 0.0 { "inf.0".into() } else { "-inf.0".into() }
    } else if number == number.trunc() && number.abs() < 1e16 {
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
    fn prints_like_the_server() {
        let cases = [
            (bson!("x"), "\"x\""),
            (bson!(1), "1"),
            (bson!(1.0), "1.0"),
            (bson!({}), "{}"),
            (bson!([]), "[]"),
            (bson!({"a": null, "b": [1, 2.5]}), "{ a: null, b: [ 1, 2.5 ] }"),
        ];
        for (value, expected) in cases {
            assert_eq!(shell_text(&value), expected);
        }
        assert_eq!(shell_document("_id", &bson!("x")), "{_id: \"x\"}");
    }
}
