//! V straight to bytes: what `add` stores, without a document in between.

use crate::error::{Error, ErrorKind};
use crate::sdk::encode::leak::Bound;
use crate::sdk::encode::number::number;
use crate::sdk::encode::plain::date;
use crate::sdk::encode::value::value;
use crate::sdk::encode::{Encoded, Notes, Place, Result};
use crate::sdk::{Input, Object, Tag};
use crate::value::{ArrayKey, Bson, DocumentWriter, encode_document};

const UNBOUND: Bound = None;

/// The BSON bytes of one document of `add({data})` or `set({data})`.
///
/// Anything but an object is encoded as an empty document with a refusal: the client sends it, and
/// the service does not take it.
pub fn encode_document_bytes(data: &Input) -> Result<Encoded<Vec<u8>>> {
    let mut notes = Notes::default();
    let bytes = match data {
        Input::Object(object) if is_simple(object) => {
            let mut writer = DocumentWriter::new();
            write_entries(&mut writer, object, Place::ROOT.inside()?, &mut notes)?;
            writer.finish()
        }
        other => {
            if let Some(Bson::Document(document)) = value(other, &UNBOUND, Place::ROOT, &mut notes)?
            {
                encode_document(&document)
            } else {
                notes.refusal.get_or_insert_with(not_an_object);
                encode_document(&crate::value::Document::new())
            }
        }
    };
    Ok(Encoded::new(bytes, notes))
}

/// The refusal of what cannot be a document.
pub fn not_an_object() -> Error {
    Error::new(ErrorKind::InvalidParam, "the document to store must be an object")
}

/// Whether an object is stored as it is: no printer of its own, and no key by which the service
/// could read it as Extended JSON.
fn is_simple(object: &Object) -> bool {
    object.tag == Tag::Object
        && object.entries.first().is_none_or(|(key, _)| !key.starts_with('$'))
        && (object.to_json.is_none() || object.own_to_json().is_none())
        // Undefined properties go, so a later key may become the first.
        && !(object.entries.first().is_some_and(|(_, value)| is_dropped(value))
            && object.entries.iter().any(|(key, _)| key.starts_with('$')))
}

fn is_dropped(value: &Input) -> bool {
    matches!(value, Input::Absent | Input::Function | Input::Symbol)
}

fn write_entries(
    writer: &mut DocumentWriter,
    object: &Object,
    place: Place,
    notes: &mut Notes,
) -> Result<()> {
    for (key, item) in &object.entries {
        if is_dropped(item) {
            continue;
        }
        notes.check_key(key);
        write(writer, key, item, place, notes)?;
    }
    Ok(())
}

/// Writes one value under `key`; what has no value in a list is null.
fn write(
    writer: &mut DocumentWriter,
    key: &str,
    item: &Input,
    place: Place,
    notes: &mut Notes,
) -> Result<()> {
    match item {
        Input::Text(text) => writer.append_text(key, text),
        Input::Number(double) => match number(*double) {
            Bson::Int32(integer) => writer.append_int32(key, integer),
            Bson::Int64(integer) => writer.append_int64(key, integer),
            _ => writer.append_double(key, *double),
        },
        Input::Date(ms) => writer.append(key, &date(*ms)),
        Input::List(items) => {
            let inner = place.in_list()?;
            let mut digits = ArrayKey::default();
            writer.open_array(key);
            for (index, item) in items.iter().enumerate() {
                write(writer, digits.text(index), item, inner, notes)?;
            }
            writer.close();
        }
        Input::Object(object) if is_simple(object) => {
            let inner = place.inside()?;
            writer.open_document(key);
            write_entries(writer, object, inner, notes)?;
            writer.close();
        }
        other => {
            let encoded = value(other, &UNBOUND, place, notes)?;
            writer.append(key, &encoded.unwrap_or(Bson::Null));
        }
    }
    Ok(())
}
