//! What may be stored: key names, nesting and size.
//!
//! Keys may be empty and may hold dots, as in MongoDB 4.0. A key that starts with `$` is refused
//! unless it is part of a database reference (`$ref`, `$id`, `$db`, in this order).

use crate::error::{Error, Result};
use crate::limits::{DOCUMENT_BYTES_MAX, DOCUMENT_DEPTH_MAX};
use crate::update::failure::{bad_value, dollar_prefixed, invalid_reference, overflow};
use crate::update::operand::{Operand, Value, check_no_nul};
use crate::update::place::{ID, Place};
use crate::value::{Bson, Document, Element, Kind, RawDoc, RawValue, encode_document};

/// Checks a document before it is inserted or replaces another.
pub fn check_storable(document: &Document) -> Result<()> {
    for (key, value) in document {
        check_no_nul(key)?;
        if matches!(value, Bson::Document(_) | Bson::Array(_)) {
            check_shape(value)?;
        }
    }
    check_storable_raw(&encode_document(document))
}

/// [`check_storable`] over encoded bytes, which must be well-formed.
pub fn check_storable_raw(bytes: &[u8]) -> Result<()> {
    if bytes.len() > DOCUMENT_BYTES_MAX {
        return Err(bad_value(format!(
            "object to insert too large. size in bytes: {}, max size: {DOCUMENT_BYTES_MAX}",
            bytes.len()
        )));
    }
    let document = RawDoc::new(bytes);
    check_id(document)?;
    check_container(document, None, false, inserted_too_deep)
}

/// Checks a value that an update puts at `here`.
pub(super) fn check_new_value(value: &Value<'_>, here: &Place<'_>) -> Result<()> {
    if here.level > DOCUMENT_DEPTH_MAX {
        return Err(updated_too_deep());
    }
    match value.container() {
        Some(inner) => check_container(inner, Some(here), value.is_array(), updated_too_deep),
        None => Ok(()),
    }
}

/// Checks the keys of the object at `place` (not what they hold) after an update of it.
pub(super) fn check_new_keys(object: RawDoc<'_>, place: Option<&Place<'_>>) -> Result<()> {
    let mut before = [None, None];
    for element in object.elements() {
        check_key(object, element, before, place)?;
        before = [Some(element), before[0]];
    }
    Ok(())
}

/// Whether the value can be encoded: no key holds NUL, and it is not nested without end.
fn check_shape(value: &Bson) -> Result<()> {
    if Operand::parse(value)?.depth >= DOCUMENT_DEPTH_MAX {
        return Err(inserted_too_deep());
    }
    Ok(())
}

fn check_id(document: RawDoc<'_>) -> Result<()> {
    let mut ids = document.elements().filter(|element| element.key_bytes() == ID.as_bytes());
    let Some(id) = ids.next() else { return Ok(()) };
    match id.value() {
        RawValue::Regex { .. } => Err(bad_value("can't use a regex for _id")),
        RawValue::Undefined => Err(bad_value("can't use a undefined for _id")),
        RawValue::Array(_) => Err(bad_value("can't use an array for _id")),
        _ if ids.next().is_some() => {
            Err(bad_value("can't have multiple _id fields in one document"))
        }
        _ => Ok(()),
    }
}

fn inserted_too_deep() -> Error {
    overflow(format!(
        "cannot insert document because it exceeds {DOCUMENT_DEPTH_MAX} levels of nesting"
    ))
}

fn updated_too_deep() -> Error {
    overflow(format!("Document exceeds maximum nesting depth of {DOCUMENT_DEPTH_MAX}"))
}

fn check_container(
    container: RawDoc<'_>,
    place: Option<&Place<'_>>,
    is_array: bool,
    too_deep: fn() -> Error,
) -> Result<()> {
    // The document itself is the first level.
    if place.map_or(0, |place| place.level) >= DOCUMENT_DEPTH_MAX {
        return Err(too_deep());
    }
    let mut before = [None, None];
    for element in container.elements() {
        if !is_array {
            check_key(container, element, before, place)?;
            before = [Some(element), before[0]];
        }
        let is_inner_array = element.kind_byte() == Kind::Array as u8;
        if is_inner_array || element.kind_byte() == Kind::Document as u8 {
            let inner = Place::new(place, element.key(), is_array);
            check_container(
                RawDoc::new(element.value_bytes()),
                Some(&inner),
                is_inner_array,
                too_deep,
            )?;
        }
    }
    Ok(())
}

/// Checks one key of an object, given the elements before it, the nearest first.
fn check_key(
    object: RawDoc<'_>,
    element: Element<'_>,
    before: [Option<Element<'_>>; 2],
    place: Option<&Place<'_>>,
) -> Result<()> {
    if element.key_bytes().first() != Some(&b'$') {
        return Ok(());
    }
    let mut current = element;
    let mut before = before.into_iter();
    let mut step_back =
        |name: &str| before.next().flatten().filter(|element| element.key() == name);
    let is_text = |element: &Element<'_>| element.kind_byte() == Kind::String as u8;
    if current.key() == "$db" {
        if !is_text(&current) {
            return Err(not_text("$db", &current));
        }
        current = step_back("$id").ok_or_else(|| {
            invalid_reference("Found $db field without a $id before it, which is invalid.")
        })?;
    }
    if current.key() == "$id" {
        current = step_back("$ref").ok_or_else(|| {
            invalid_reference("Found $id field without a $ref before it, which is invalid.")
        })?;
    }
    if current.key() != "$ref" {
        let key = element.key();
        return Err(dollar_prefixed(format!(
            "The dollar ($) prefixed field '{key}' in '{}' is not valid for storage.",
            Place::new(place, key, false).dotted()
        )));
    }
    if !is_text(&current) {
        return Err(not_text("$ref", &current));
    }
    let mut rest = object.elements().skip_while(|element| element.key() != "$ref").skip(1);
    if rest.next().is_none_or(|element| element.key() != "$id") {
        return Err(invalid_reference("The DBRef $ref field must be followed by a $id field"));
    }
    Ok(())
}

fn not_text(name: &str, element: &Element<'_>) -> Error {
    invalid_reference(format!(
        "The DBRef {name} field must be a String, not a {}",
        element.value().kind().name()
    ))
}
