//! Computed values as MongoDB's pipelines print them in error texts: `{a: 1, b: ["x"]}`. Whole
//! request objects are printed by [`shell_text`] instead.

use std::fmt::Write;

use crate::aggregate::expression::date::iso_text;
use crate::value::Bson;
use crate::value::Document;
use crate::value::general_number_text;
use crate::value::shell_text;

/// One computed value; a missing one is `MISSING`.
pub(crate) fn optional_text(value: Option<&Bson>) -> String {
    value.map_or_else(|| "MISSING".to_owned(), value_text)
}

pub(crate) fn value_text(value: &Bson) -> String {
    let mut text = String::new();
    write_value(&mut text, value);
    text
}

pub(crate) fn document_text(document: &Document) -> String {
    let mut text = String::new();
    write_document(&mut text, document);
    text
}

fn write_value(text: &mut String, value: &Bson) {
    // Writing to a String cannot fail.
    let _ = match value {
        Bson::String(value) => write!(text, "\"{value}\""),
        Bson::Symbol(value) => write!(text, "Symbol(\"{value}\")"),
        Bson::JavaScriptCode(value) => write!(text, "Code(\"{value}\")"),
        Bson::JavaScriptCodeWithScope(code) => write!(text, "CodeWScope(\"{}\")", code.code),
        Bson::Double(number) => {
            text.push_str(&general_number_text(*number, 6));
            Ok(())
        }
        Bson::DateTime(date) => {
            let date = iso_text(date.timestamp_millis());
            text.push_str(&date.unwrap_or_else(|_| shell_text(value)));
            Ok(())
        }
        Bson::ObjectId(id) => write!(text, "{id}"),
        Bson::Binary(binary) => {
            let _ = write!(text, "BinData({}, \"", u8::from(binary.subtype));
            for byte in &binary.bytes {
                let _ = write!(text, "{byte:02X}");
            }
            write!(text, "\")")
        }
        Bson::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index == 0 { "" } else { ", " });
                write_value(text, item);
            }
            text.push(']');
            Ok(())
        }
        Bson::Document(document) => {
            write_document(text, document);
            Ok(())
        }
        other => {
            text.push_str(&shell_text(other));
            Ok(())
        }
    };
}

fn write_document(text: &mut String, document: &Document) {
    text.push('{');
    for (index, (key, item)) in document.iter().enumerate() {
        // Writing to a String cannot fail.
        let _ = write!(text, "{}{key}: ", if index == 0 { "" } else { ", " });
        write_value(text, item);
    }
    text.push('}');
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::bson;
    use bson::doc;

    #[test]
    fn values_print_as_mongodb_prints_computed_ones() {
        let date = |ms| Bson::DateTime(bson::DateTime::from_millis(ms));
        let bytes =
            bson::Binary { subtype: bson::spec::BinarySubtype::Generic, bytes: vec![1, 0xAB] };
        let cases = [
            (bson!("x"), "\"x\""),
            (bson!(1.0), "1"),
            (bson!(0.123_456_789), "0.123457"),
            (bson!(1e20), "1e+20"),
            (date(0), "1970-01-01T00:00:00.000Z"),
            (date(i64::MAX), "new Date(9223372036854775807)"),
            (Bson::Symbol("s".into()), "Symbol(\"s\")"),
            (Bson::JavaScriptCode("f".into()), "Code(\"f\")"),
            (Bson::Binary(bytes), "BinData(0, \"01AB\")"),
            (Bson::Null, "null"),
            (bson!({"a": [1, {"b": 2.5}], "c": true}), "{a: [1, {b: 2.5}], c: true}"),
        ];
        for (value, expected) in cases {
            assert_eq!(value_text(&value), expected, "{value}");
        }
        assert_eq!(document_text(&doc! {"a": "x"}), "{a: \"x\"}");
        assert_eq!(optional_text(None), "MISSING");
    }
}
