//! `db.serverDate()`: `{"$tcb_server_date": {"offset": n}}` becomes the time of execution plus
//! `n` milliseconds, wherever it stands in a document, a filter, an update or a pipeline.

use crate::error::{Error, ErrorKind, Result};
use crate::limits::REQUEST_DEPTH_MAX;
use crate::value::Bson;
use crate::value::Document;
use crate::value::RawDoc;
use crate::value::encode_document;
use crate::value::kind_of;
use crate::value::to_document;

const SENTINEL: &str = "$tcb_server_date";

/// Replaces every sentinel of a request's document.
pub fn resolve_document(document: &mut Document, now_ms: i64) -> Result<()> {
    resolve_fields(document, now_ms, REQUEST_DEPTH_MAX)
}

/// Replaces every sentinel of an encoded document; `None` when it holds none.
/// The bytes have been validated.
pub fn resolve_encoded(bytes: &[u8], now_ms: i64) -> Result<Option<Vec<u8>>> {
    // Decoding is a hundred times dearer than this search, and almost no document has a sentinel.
    if !contains(bytes, SENTINEL.as_bytes()) {
        return Ok(None);
    }
    let mut document = to_document(RawDoc::new(bytes));
    resolve_document(&mut document, now_ms)?;
    Ok(Some(encode_document(&document)))
}

/// Whether `wanted`, which begins with a dollar sign, stands in `bytes`.
fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|&byte| byte == b'$') {
        rest = &rest[at..];
        if rest.starts_with(wanted) {
            return true;
        }
        rest = &rest[1..];
    }
    false
}

fn resolve_fields(document: &mut Document, now_ms: i64, depth: usize) -> Result<()> {
    for (_, value) in document.iter_mut() {
        resolve_value(value, now_ms, depth)?;
    }
    Ok(())
}

fn resolve_value(value: &mut Bson, now_ms: i64, depth: usize) -> Result<()> {
    if depth == 0 {
        return Err(Error::new(
            ErrorKind::InvalidParam,
            format!("the request is nested deeper than {REQUEST_DEPTH_MAX} levels"),
        ));
    }
    match value {
        Bson::Document(inner) => match sentinel_offset(inner)? {
            Some(offset_ms) => {
                let at_ms = now_ms.saturating_add(offset_ms);
                *value = Bson::DateTime(bson::DateTime::from_millis(at_ms));
            }
            None => resolve_fields(inner, now_ms, depth - 1)?,
        },
        Bson::Array(items) => {
            for item in items {
                resolve_value(item, now_ms, depth - 1)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// The offset in milliseconds, if the document is a sentinel and nothing else.
fn sentinel_offset(document: &Document) -> Result<Option<i64>> {
    let mut fields = document.iter();
    let (Some((SENTINEL, options)), None) =
        (fields.next().map(|(key, value)| (key.as_str(), value)), fields.next())
    else {
        return Ok(None);
    };
    let refusal = |got: &str| {
        Error::new(
            ErrorKind::InvalidParam,
            format!("serverDate takes {{offset: milliseconds}}, the offset given is {got}"),
        )
    };
    let Bson::Document(options) = options else {
        return Err(refusal(kind_of(options).name()));
    };
    match options.get("offset") {
        Some(Bson::Int32(offset)) => Ok(Some(i64::from(*offset))),
        Some(Bson::Int64(offset)) => Ok(Some(*offset)),
        Some(Bson::Double(offset)) if offset.is_finite() => Ok(Some(whole_ms(*offset))),
        Some(Bson::Double(offset)) => Err(refusal(&offset.to_string())),
        Some(other) => Err(refusal(kind_of(other).name())),
        None => Err(refusal("missing")),
    }
}

#[allow(clippy::cast_possible_truncation, reason = "a cast saturates, and dates saturate too")]
fn whole_ms(offset: f64) -> i64 {
    offset as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::{bson, doc};

    fn date(ms: i64) -> Bson {
        Bson::DateTime(bson::DateTime::from_millis(ms))
    }

    #[test]
    fn a_sentinel_becomes_the_time_plus_its_offset_wherever_it_stands() {
        let sentinel = |offset: Bson| bson!({SENTINEL: {"offset": offset}});
        let mut document = doc! {
            "a": sentinel(bson!(0)),
            "b": {"c": [sentinel(bson!(-5)), {"d": sentinel(bson!(7.9))}]},
            "$set": {"e": sentinel(Bson::Int64(10))},
            "n": 1,
        };
        resolve_document(&mut document, 1_000).unwrap();
        let expected = doc! {
            "a": date(1_000),
            "b": {"c": [date(995), {"d": date(1_007)}]},
            "$set": {"e": date(1_010)},
            "n": 1,
        };
        assert_eq!(document, expected);
    }

    #[test]
    fn a_document_with_another_key_is_not_a_sentinel() {
        let source = doc! {"a": {SENTINEL: {"offset": 0}, "b": 1}, "offset": {"offset": 0}};
        let mut document = source.clone();
        resolve_document(&mut document, 5).unwrap();
        assert_eq!(document, source);
    }

    #[test]
    fn a_malformed_offset_is_refused() {
        for options in [
            bson!({}),
            bson!({"offset": "1"}),
            bson!({"offset": null}),
            bson!({"offset": f64::NAN}),
            bson!({"offset": f64::INFINITY}),
            bson!(null),
            bson!(5),
        ] {
            let mut document = doc! {"a": {SENTINEL: options.clone()}};
            let error = resolve_document(&mut document, 0).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidParam, "{options}");
        }
    }

    #[test]
    fn encoded_documents_are_decoded_only_for_a_sentinel() {
        let plain = encode_document(&doc! {"a": 1});
        assert_eq!(resolve_encoded(&plain, 5).unwrap(), None);
        let dated = encode_document(&doc! {"_id": 1, "a": {SENTINEL: {"offset": 2}}});
        let expected = encode_document(&doc! {"_id": 1, "a": date(7)});
        assert_eq!(resolve_encoded(&dated, 5).unwrap(), Some(expected));
    }

    #[test]
    fn extreme_offsets_saturate_and_deep_requests_are_refused() {
        let mut document = doc! {"a": {SENTINEL: {"offset": 1e300}}};
        resolve_document(&mut document, 1).unwrap();
        assert_eq!(document, doc! {"a": date(i64::MAX)});
        let mut deep = bson!(1);
        for _ in 0..=REQUEST_DEPTH_MAX {
            deep = bson!({"a": deep});
        }
        assert!(resolve_document(&mut doc! {"a": deep}, 0).is_err());
    }
}
