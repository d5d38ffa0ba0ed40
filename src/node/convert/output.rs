//! Results: BSON bytes and plain values to JavaScript.

use crate::node::convert::shapes::{Property, date, object};
use crate::node::js::{Js, Outcome, Value};
use crate::node::realm::Realm;
use crate::sdk::geo::revive;
use crate::value::{Bson, RawDoc, RawValue, encode_document};

/// How stored values become JavaScript's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decoding {
    /// `get`: GeoJSON becomes Geo instances, classes of the bson package lose their prototype.
    Get,
    /// `aggregate`: GeoJSON stays plain.
    Aggregate,
}

/// A whole document. The top level is never a geometry.
pub fn document(js: Js, realm: &Realm, raw: RawDoc<'_>, decoding: Decoding) -> Outcome {
    let mut properties = Vec::with_capacity(16);
    for element in raw.elements() {
        let (key, stored) = (element.key(), element.value());
        let property = match stored {
            RawValue::DateTime(ms) => {
                Property { key, date: true, value: js.number(number_of(ms))? }
            }
            other => Property { key, date: false, value: value(js, realm, other, decoding)? },
        };
        properties.push(property);
    }
    object(js, realm, &properties, false)
}

/// One stored value.
pub fn value(js: Js, realm: &Realm, raw: RawValue<'_>, decoding: Decoding) -> Outcome {
    match raw {
        RawValue::Double(number) => js.number(number),
        RawValue::Int32(number) => js.int32(number),
        RawValue::Int64(number) => js.number(number_of(number)),
        RawValue::String(text) | RawValue::Symbol(text) | RawValue::Code(text) => js.text(text),
        RawValue::Boolean(flag) => js.boolean(flag),
        RawValue::Null | RawValue::Undefined | RawValue::DbPointer { .. } => js.null(),
        RawValue::DateTime(ms) => date(js, realm, js.number(number_of(ms))?),
        RawValue::Document(inner) => embedded(js, realm, inner, decoding),
        RawValue::Array(inner) => {
            let values: Outcome<Vec<Value>> =
                inner.values().map(|item| value(js, realm, item, decoding)).collect();
            list(js, realm, &values?)
        }
        other => special(js, realm, other, decoding),
    }
}

fn embedded(js: Js, realm: &Realm, inner: RawDoc<'_>, decoding: Decoding) -> Outcome {
    if decoding == Decoding::Get
        && let Some(geo) = revive(inner)?
    {
        return crate::node::native::geo_instance(js, realm, &geo);
    }
    document(js, realm, inner, decoding)
}

/// Values that JavaScript has no type for. `get` flattens the classes of the bson package to their
/// fields; the service's documents hardly ever hold them.
fn special(js: Js, realm: &Realm, raw: RawValue<'_>, decoding: Decoding) -> Outcome {
    match raw {
        RawValue::ObjectId(bytes) if decoding == Decoding::Aggregate => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            js.text(&hex)
        }
        RawValue::ObjectId(_) | RawValue::MinKey | RawValue::MaxKey => object(js, realm, &[], true),
        RawValue::Regex { pattern, options } => {
            result(js, realm, &[("pattern", js.text(pattern)?), ("options", js.text(options)?)])
        }
        RawValue::Binary { subtype, bytes } => result(
            js,
            realm,
            &[
                ("sub_type", js.int32(i32::from(subtype))?),
                ("buffer", js.buffer(bytes)?),
                ("position", js.number(bytes.len() as f64)?),
            ],
        ),
        RawValue::Decimal128(bytes) => {
            if decoding == Decoding::Aggregate {
                return js.text(&bson::Decimal128::from_bytes(bytes).to_string());
            }
            result(js, realm, &[("bytes", js.buffer(&bytes)?)])
        }
        RawValue::Timestamp(bits) => result(
            js,
            realm,
            &[
                ("low", js.number(f64::from((bits & 0xFFFF_FFFF) as u32))?),
                ("high", js.number(f64::from((bits >> 32) as u32))?),
                ("unsigned", js.boolean(true)?),
            ],
        ),
        RawValue::CodeWithScope { code, scope } => result(
            js,
            realm,
            &[("code", js.text(code)?), ("scope", document(js, realm, scope, decoding)?)],
        ),
        _ => js.null(),
    }
}

/// An object of the caller's realm with the given properties, for results of fixed shape.
pub fn result(js: Js, realm: &Realm, properties: &[(&str, Value)]) -> Outcome {
    let properties: Vec<Property<'_>> =
        properties.iter().map(|&(key, value)| Property { key, date: false, value }).collect();
    object(js, realm, &properties, true)
}

/// An array of the caller's realm.
pub fn list(js: Js, realm: &Realm, items: &[Value]) -> Outcome {
    let new_array = realm.helper(js, |helpers| &helpers.new_array)?;
    let array = js.call(new_array, js.undefined()?, &[])?;
    for (index, item) in (0..).zip(items) {
        js.set_item(array, index, *item)?;
    }
    Ok(array)
}

/// A 64-bit integer as JavaScript sees it: beyond 2^53 neighbours coincide, as in the cloud.
#[allow(clippy::cast_precision_loss, reason = "JavaScript has only doubles")]
pub fn number_of(integer: i64) -> f64 {
    integer as f64
}

/// An owned value in the caller's realm.
pub fn owned(js: Js, realm: &Realm, bson: &Bson, decoding: Decoding) -> Outcome {
    let holder = encode_document(&bson::doc! { "v": bson.clone() });
    match RawDoc::new(&holder).get("v") {
        Some(raw) => value(js, realm, raw, decoding),
        None => js.undefined(),
    }
}
