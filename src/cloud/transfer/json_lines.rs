//! JSON Lines: one Extended JSON object a line.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::cloud::transfer::keys::nest;
use crate::error::{Error, ErrorKind, Result};
use crate::value::{Document, ejson};

/// The document in one line; `None` for a blank one.
pub(super) fn parse_line(line: &str) -> Result<Option<Document>> {
    let line = line.trim();
    if line.is_empty() {
        return Ok(None);
    }
    if line.starts_with('[') {
        return Err(Error::new(
            ErrorKind::InvalidParam,
            "an array: write one object a line, without brackets around them and commas between \
             them (`jq -c '.[]' array.json > lines.json` does it)",
        ));
    }
    // A parser that builds an object keeps the last of two equal keys without a word.
    serde_json::from_str::<UniqueKeys>(line)
        .map_err(|error| Error::new(ErrorKind::InvalidParam, invalid(&error)))?;
    nest(ejson::parse_document(line)?).map(Some)
}

/// The text of a parser that knows one line alone: which it is, its caller knows.
fn invalid(error: &serde_json::Error) -> String {
    if error.is_eof() {
        return "invalid JSON: the line ends inside the object; write one object a line \
                (`jq -c . file.json > lines.json` does it)"
            .into();
    }
    let (text, column) = (error.to_string(), error.column());
    let place = format!(" at line {} column {column}", error.line());
    match text.strip_suffix(&place) {
        Some(text) => format!("invalid JSON: {text} at column {column}"),
        None => format!("invalid JSON: {text}"),
    }
}

/// JSON in which no object has the same key twice.
struct UniqueKeys;

impl<'de> Deserialize<'de> for UniqueKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueKeysVisitor)
    }
}

struct UniqueKeysVisitor;

impl<'de> Visitor<'de> for UniqueKeysVisitor {
    type Value = UniqueKeys;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<UniqueKeys, A::Error> {
        let mut seen = HashSet::new();
        while let Some(key) = map.next_key::<String>()? {
            map.next_value::<UniqueKeys>()?;
            if seen.contains(&key) {
                return Err(serde::de::Error::custom(format!("key '{key}' is there twice")));
            }
            seen.insert(key);
        }
        Ok(UniqueKeys)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<UniqueKeys, A::Error> {
        while items.next_element::<UniqueKeys>()?.is_some() {}
        Ok(UniqueKeys)
    }

    fn visit_bool<E>(self, _: bool) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_i64<E>(self, _: i64) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_u64<E>(self, _: u64) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_f64<E>(self, _: f64) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_str<E>(self, _: &str) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_unit<E>(self) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::{DateTime, doc};

    #[test]
    fn a_line_is_read_with_its_types() {
        let line = r#" {"_id":"x","n":1,"f":1.0,"big":9007199254740993,
            "at":{"$date":"2018-08-31T17:30:00.882Z"},"ms":{"$date":{"$numberLong":"5"}},
            "id":{"$oid":"5f0000000000000000000001"},"a.b":[null,true]} "#;
        let document = parse_line(&line.replace('\n', "")).unwrap().unwrap();
        assert_eq!(document.get_i32("n").unwrap(), 1);
        assert_eq!(document.get("f"), Some(&bson::Bson::Double(1.0)));
        assert_eq!(document.get_i64("big").unwrap(), 9_007_199_254_740_993);
        assert_eq!(document.get_datetime("at").unwrap(), &DateTime::from_millis(1_535_736_600_882));
        assert_eq!(document.get_datetime("ms").unwrap(), &DateTime::from_millis(5));
        assert!(document.get_object_id("id").is_ok());
        assert_eq!(document.get_document("a").unwrap(), &doc! {"b": [null, true]});
        assert_eq!(parse_line(" \t "), Ok(None));
    }

    #[test]
    fn what_is_no_document_is_refused() {
        let deep = "[".repeat(500);
        for (line, text) in [
            ("[{\"a\":1}]", "write one object a line"),
            ("{\"a\":1", "invalid JSON: the line ends inside the object; write one object a line"),
            ("{", "the line ends inside the object"),
            ("{\"a\":1},", "invalid JSON: trailing characters at column 8"),
            ("1", "expected a JSON object"),
            ("{\"a\":1,\"a\":2}", "key 'a' is there twice"),
            ("{\"x\":[{\"a\":1,\"a\":2}]}", "key 'a' is there twice"),
            ("{\"a\":{\"$date\":\"yesterday\"}}", "invalid extended JSON"),
            (&format!("{{\"a\":{deep}"), "invalid JSON"),
        ] {
            let error = parse_line(line).unwrap_err();
            assert!(error.message().contains(text), "{line}: {error}");
        }
    }
}
