//! P: own properties as they are. Commands, geometries and server dates are not understood.

use crate::sdk::diagnostics::Pitfall;
use crate::sdk::encode::extended::{interpret, regex};
use crate::sdk::encode::json_text::json_value;
use crate::sdk::encode::leak::{command_fields, geo_fields, own_fields, pattern_fields};
use crate::sdk::encode::number::number;
use crate::sdk::encode::{Notes, Place, Result};
use crate::sdk::failure::{Failure, FailureClass};
use crate::sdk::messages;
use crate::sdk::{Input, Object, Tag};
use crate::value::{Bson, Document};

/// What is printed; `None` for nothing.
pub(crate) fn plain(input: &Input, place: Place, notes: &mut Notes) -> Result<Option<Bson>> {
    Ok(Some(match input {
        Input::Absent if place.below_list => Bson::Null,
        Input::Absent | Input::Function | Input::Symbol => return Ok(None),
        Input::List(items) => {
            let place = place.in_list()?;
            let mut encoded = Vec::with_capacity(items.len());
            for item in items {
                encoded.push(plain(item, place, notes)?.unwrap_or(Bson::Null));
            }
            Bson::Array(encoded)
        }
        Input::Object(object) => return object_plain(object, place, notes),
        Input::Command(command) => {
            notes.pitfall(Pitfall::CommandStored { command: command.operator.clone() });
            Bson::Document(command_fields(command, &None).print(place, notes)?)
        }
        Input::Geo(geo) => {
            notes.pitfall(Pitfall::SpecialStored { kind: "Geo" });
            Bson::Document(geo_fields(geo).print(place, notes)?)
        }
        Input::ServerDate { .. } => {
            notes.pitfall(Pitfall::SpecialStored { kind: "serverDate" });
            Bson::Document(own_fields(input).print(place, notes)?)
        }
        Input::DbPattern { pattern, options } => {
            interpret(pattern_fields(pattern, options).print(place, notes)?)
        }
        Input::Circular => return Err(circular(place)),
        scalar => return scalar_plain(scalar),
    }))
}

/// Scalars print the same under V and P, but for patterns.
pub(crate) fn scalar_plain(input: &Input) -> Result<Option<Bson>> {
    Ok(Some(match input {
        Input::Null => Bson::Null,
        Input::Boolean(flag) => Bson::Boolean(*flag),
        Input::Number(value) => number(*value),
        Input::Text(text) => Bson::String(text.clone()),
        Input::Date(ms) => date(*ms),
        Input::Pattern { source, flags } => {
            check_flags(flags)?;
            pattern(source, flags)
        }
        Input::BigInteger(_) => return Err(Failure::type_error(messages::BIG_INTEGER)),
        _ => return Ok(None),
    }))
}

/// A valid date; an invalid one stays the object that it is printed as.
pub(crate) fn date(ms: f64) -> Bson {
    if ms.is_finite() {
        #[allow(clippy::cast_possible_truncation, reason = "dates are within 8.64e15 ms")]
        return Bson::DateTime(bson::DateTime::from_millis(ms as i64));
    }
    let mut number = Document::new();
    number.insert("$numberLong", "NaN");
    let mut date = Document::new();
    date.insert("$date", number);
    Bson::Document(date)
}

/// A pattern that the service can read; otherwise the object that it is printed as.
pub(crate) fn pattern(source: &str, flags: &str) -> Bson {
    regex(source, flags, 2).unwrap_or_else(|| {
        let mut parts = Document::new();
        parts.insert("pattern", source);
        parts.insert("options", flags);
        let mut document = Document::new();
        document.insert("$regularExpression", parts);
        Bson::Document(document)
    })
}

/// The printer of P knows the database's options only and refuses `g`, `y`, `d` and `v`.
fn check_flags(flags: &str) -> Result<()> {
    let mut letters: Vec<char> = flags.chars().collect();
    letters.sort_unstable();
    match letters.iter().find(|letter| !"imxlsu".contains(**letter)) {
        None => Ok(()),
        Some(letter) => Err(Failure::new(
            FailureClass::Bson,
            format!("The regular expression option [{letter}] is not supported"),
        )),
    }
}

fn object_plain(object: &Object, place: Place, notes: &mut Notes) -> Result<Option<Bson>> {
    if let Some(result) = object.own_to_json() {
        return json_value(result);
    }
    match &object.tag {
        // The copy of a buffer has lost its length, so its own printer finds no bytes.
        Tag::Other(tag) if tag == "Uint8Array" && object.to_json.is_some() => {
            return Ok(Some(empty_buffer()));
        }
        Tag::Object | Tag::Other(_) => {}
    }
    let place = place.inside()?;
    let below = match object.tag {
        Tag::Object => place,
        Tag::Other(_) => Place { below_list: true, ..place },
    };
    let mut document = Document::new();
    for (key, value) in &object.entries {
        if let Some(value) = plain(value, below, notes)? {
            notes.check_key(key);
            document.insert(key.clone(), value);
        }
    }
    Ok(Some(interpret(document)))
}

pub(crate) fn empty_buffer() -> Bson {
    let mut document = Document::new();
    document.insert("type", "Buffer");
    document.insert("data", Bson::Array(Vec::new()));
    Bson::Document(document)
}

/// Removing undefined properties runs out of stack; below a list the printer finds the circle.
fn circular(place: Place) -> Failure {
    if place.below_list {
        Failure::new(FailureClass::BsonType, "Converting circular structure to EJSON")
    } else {
        Failure::stack_exceeded()
    }
}
