//! Computed values as MongoDB's pipelines print them in error texts: `{a: 1, b: ["x"]}`. Whole
//! request objects are printed by [`shell_text`] instead.

use std::fmt::Write;

use crate::value::Bson;
use crate::value::Document;
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
    match value {
        Bson::Double(number) => {
            // Writing to a String cannot fail.
            let _ = write!(text, "{number}");
        }
        Bson::Document(document) => write_document(text, document),
        Bson::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push_str(", ");
                }
                write_value(text, item);
            }
            text.push(']');
        }
        Bson::ObjectId(id) => text.push_str(&id.to_hex()),
        Bson::DateTime(date) => match date.try_to_rfc3339_string() {
            Ok(date) => text.push_str(&date),
            Err(_) => text.push_str(&shell_text(value)),
        },
        value => text.push_str(&shell_text(value)),
    }
}

fn write_document(text: &mut String, document: &Document) {
    text.push('{');
    for (index, (key, value)) in document.iter().enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        text.push_str(key);
        text.push_str(": ");
        write_value(text, value);
    }
    text.push('}');
}
