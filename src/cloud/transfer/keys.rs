//! Rules for keys in imported files: dots nest, and no key may mean two things.

use crate::error::{Error, ErrorKind, Result};
use crate::limits::DOCUMENT_DEPTH_MAX;
use crate::value::{Bson, Document};

/// `DollarPrefixedFieldName`.
const DOLLAR_PREFIXED: i32 = 52;

/// Refuses a key that the console's import refuses.
pub(super) fn validate_key(key: &str) -> Result<()> {
    let refuse = |reason: &str| {
        Err(Error::new(ErrorKind::InvalidParam, format!("key '{}' {reason}", clipped(key))))
    };
    if key.is_empty() {
        return refuse("is empty");
    }
    if key.starts_with('.') || key.ends_with('.') {
        return refuse("must not start or end with '.'");
    }
    if key.contains("..") {
        return refuse("must not contain '..'");
    }
    if key.contains('\0') {
        return refuse("must not contain a NUL character");
    }
    if let Some(segment) = key.split('.').find(|segment| segment.starts_with('$')) {
        let key = clipped(key);
        return Err(Error::mongo(
            DOLLAR_PREFIXED,
            format!(
                "The dollar ($) prefixed field '{}' in '{key}' is not valid for storage.",
                clipped(segment)
            ),
        ));
    }
    Ok(())
}

/// The document with its keys checked and its dotted keys nested.
pub(super) fn nest(document: Document) -> Result<Document> {
    nest_at(document, 1)
}

fn nest_at(document: Document, depth: usize) -> Result<Document> {
    check_depth(depth)?;
    let mut nested = Document::new();
    for (key, value) in document {
        validate_key(&key)?;
        let value = nest_value(value, depth + 1)?;
        place(&mut nested, &key, value, depth)?;
    }
    Ok(nested)
}

fn nest_value(value: Bson, depth: usize) -> Result<Bson> {
    match value {
        Bson::Document(document) => nest_at(document, depth).map(Bson::Document),
        Bson::Array(items) => {
            check_depth(depth)?;
            let items = items.into_iter().map(|item| nest_value(item, depth + 1));
            items.collect::<Result<Vec<Bson>>>().map(Bson::Array)
        }
        value => Ok(value),
    }
}

/// Puts a value under a dotted key; refuses a key that is there already in any spelling.
pub(super) fn place(root: &mut Document, key: &str, value: Bson, depth: usize) -> Result<()> {
    let ambiguous = || {
        let text = format!("key '{}' is there twice or is ambiguous", clipped(key));
        Error::new(ErrorKind::InvalidParam, text)
    };
    let mut at = root;
    let mut segments = key.split('.').peekable();
    let mut depth = depth;
    while let Some(segment) = segments.next() {
        check_depth(depth)?;
        depth += 1;
        if segments.peek().is_none() {
            return match (at.get_mut(segment), value) {
                (None, value) => {
                    at.insert(segment, value);
                    Ok(())
                }
                // `{"a.b": 1, "a": {"c": 2}}` means one thing only.
                (Some(Bson::Document(there)), Bson::Document(more)) => {
                    for (key, value) in more {
                        place(there, &key, value, depth).map_err(|_| ambiguous())?;
                    }
                    Ok(())
                }
                (Some(_), _) => Err(ambiguous()),
            };
        }
        if !at.contains_key(segment) {
            at.insert(segment, Document::new());
        }
        match at.get_mut(segment) {
            Some(Bson::Document(inner)) => at = inner,
            _ => return Err(ambiguous()),
        }
    }
    Ok(())
}

fn check_depth(depth: usize) -> Result<()> {
    if depth > DOCUMENT_DEPTH_MAX {
        let text = format!("the document is nested deeper than {DOCUMENT_DEPTH_MAX} levels");
        return Err(Error::new(ErrorKind::InvalidParam, text));
    }
    Ok(())
}

fn clipped(text: &str) -> String {
    text.chars().take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::doc;

    #[test]
    fn dotted_keys_nest_wherever_they_stand() {
        let cases = [
            (doc! {"a.b": 1, "a.c.d": 2}, doc! {"a": {"b": 1, "c": {"d": 2}}}),
            (
                doc! {"x": [{"a.b": 1}], "y": {"c.d": 2}},
                doc! {"x": [{"a": {"b": 1}}], "y": {"c": {"d": 2}}},
            ),
            (doc! {"a.b": 1, "a": {"c": 2}}, doc! {"a": {"b": 1, "c": 2}}),
        ];
        for (given, expected) in cases {
            assert_eq!(nest(given).unwrap(), expected);
        }
    }

    #[test]
    fn keys_that_the_import_refuses_are_refused() {
        let cases = [
            (doc! {"": 1}, "is empty"),
            (doc! {".a": 1}, "start or end with '.'"),
            (doc! {"a.": 1}, "start or end with '.'"),
            (doc! {"a..b": 1}, "contain '..'"),
            (doc! {"x": {"a..b": 1}}, "contain '..'"),
            (doc! {"a": {"b": 1}, "a.b": 2}, "ambiguous"),
            (doc! {"a.b": 2, "a": {"b": 1}}, "ambiguous"),
            (doc! {"a": 1, "a.b": 2}, "ambiguous"),
            (doc! {"a.b": 1, "a": 2}, "ambiguous"),
            (
                doc! {"$x": 1},
                "The dollar ($) prefixed field '$x' in '$x' is not valid for storage.",
            ),
            (doc! {"a.$x": 1}, "'$x' in 'a.$x'"),
        ];
        for (given, text) in cases {
            let error = nest(given.clone()).unwrap_err();
            assert!(error.message().contains(text), "{given}: {error}");
        }
    }

    #[test]
    fn depth_is_bounded_whether_written_with_dots_or_braces() {
        assert!(nest(doc! {"a.".repeat(DOCUMENT_DEPTH_MAX - 1) + "a": 1}).is_ok());
        assert!(nest(doc! {"a.".repeat(DOCUMENT_DEPTH_MAX) + "a": 1}).is_err());
        let deep = (0..300).fold(Bson::Int32(1), |inner, _| Bson::Document(doc! {"a": inner}));
        assert!(nest(doc! {"a": deep}).is_err());
    }
}
