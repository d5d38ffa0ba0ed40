//! Documents of a request: Extended JSON in texts.

use serde_json::Value as Json;

use crate::error::{Error, ErrorKind, Result};
use crate::sdk::encode::interpret;
use crate::sdk::encode::not_an_object;
use crate::value::{Bson, Document};

/// The document in a text. A text without content is an empty one, as the client sends it for a
/// query that has no condition.
pub fn document(text: &str) -> Result<Document> {
    if text.is_empty() {
        return Ok(Document::new());
    }
    // Texts nested deeper than 128 levels are refused here.
    let json: Json = serde_json::from_str(text)
        .map_err(|error| Error::new(ErrorKind::InvalidParam, format!("invalid JSON: {error}")))?;
    match bson(json) {
        Bson::Document(document) => Ok(document),
        _ => Err(not_an_object()),
    }
}

/// What only looks like Extended JSON stays an object, and is refused where it is used.
fn bson(json: Json) -> Bson {
    match json {
        Json::Null => Bson::Null,
        Json::Bool(flag) => Bson::Boolean(flag),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => i32::try_from(whole).map_or(Bson::Int64(whole), Bson::Int32),
            (None, Some(double)) => Bson::Double(double),
            (None, None) => Bson::Null,
        },
        Json::String(text) => Bson::String(text),
        Json::Array(items) => Bson::Array(items.into_iter().map(bson).collect()),
        Json::Object(fields) => {
            let fields = fields.into_iter().map(|(key, value)| (key, bson(value)));
            interpret(fields.collect::<Document>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_survive_and_lookalikes_stay_objects() {
        let text = r#"{"a":{"$numberInt":"1"},"b":{"$date":{"$numberLong":"5"}},"c":1.5,
            "d":{"$tcb_server_date":{"offset":{"$numberInt":"0"}}},"e":{"$numberInt":"x"},
            "f":[{"$regularExpression":{"pattern":"a","options":"mi"}},null,true]}"#;
        let document = document(text).unwrap();
        assert_eq!(document.get("a"), Some(&Bson::Int32(1)));
        assert_eq!(document.get("b"), Some(&Bson::DateTime(bson::DateTime::from_millis(5))));
        assert_eq!(document.get("c"), Some(&Bson::Double(1.5)));
        let offset = document.get_document("d").unwrap().get_document("$tcb_server_date").unwrap();
        assert_eq!(offset.get("offset"), Some(&Bson::Int32(0)));
        assert_eq!(document.get_document("e").unwrap().get_str("$numberInt").unwrap(), "x");
        assert!(matches!(document.get_array("f").unwrap()[0], Bson::RegularExpression(_)));
    }

    #[test]
    fn only_documents_are_documents() {
        assert_eq!(document("").unwrap(), Document::new());
        for text in ["1", "[]", "null", "{", "\"x\"", r#"{"$numberInt":"1"}"#] {
            assert_eq!(document(text).unwrap_err().kind(), ErrorKind::InvalidParam, "{text}");
        }
        assert!(document(&"[".repeat(100_000)).is_err());
    }
}
