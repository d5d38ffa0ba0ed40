//! V: what `add`, `set`, the values of an update and the operands of commands go through.

use crate::sdk::diagnostics::Pitfall;
use crate::sdk::encode::cell::{Cell, Fields};
use crate::sdk::encode::extended::interpret;
use crate::sdk::encode::json_text::json_value;
use crate::sdk::encode::leak::{Bound, command_fields, leaked, pattern_fields};
use crate::sdk::encode::plain::{pattern, plain};
use crate::sdk::encode::{Notes, Place, Result};
use crate::sdk::failure::Failure;
use crate::sdk::geo;
use crate::sdk::messages;
use crate::sdk::{Command, CommandKind, Input, Object, Tag};
use crate::value::{Bson, Document};

/// What is printed; `None` for nothing. `bound` is the field of a command that holds `input`.
pub(crate) fn value(
    input: &Input,
    bound: &Bound,
    place: Place,
    notes: &mut Notes,
) -> Result<Option<Bson>> {
    Ok(Some(match input {
        Input::List(items) => {
            let place = place.in_list()?;
            let mut encoded = Vec::with_capacity(items.len());
            for item in items {
                // Binding reaches the operands of a command, not what lists among them hold.
                encoded.push(value(item, &None, place, notes)?.unwrap_or(Bson::Null));
            }
            Bson::Array(encoded)
        }
        Input::Object(object) if object.tag == Tag::Object => {
            return object_value(object, place, notes);
        }
        Input::Command(command) => return command_value(command, bound, place, notes),
        Input::Geo(shape) => Bson::Document(geo::to_document(shape)),
        Input::ServerDate { offset } => {
            let offset = Fields::from_entries([("offset".to_owned(), Cell::Plain(offset))]);
            let date = Fields::from_entries([("$tcb_server_date".to_owned(), Cell::Map(offset))]);
            Bson::Document(date.print(place, notes)?)
        }
        Input::DbPattern { pattern, options } => {
            interpret(pattern_fields(pattern, options).print(place, notes)?)
        }
        Input::Pattern { source, flags } => pattern(source, flags),
        Input::Circular => return Err(Failure::error(messages::CIRCULAR)),
        other => return plain(other, place, notes),
    }))
}

/// Undefined properties disappear at any depth, below lists too.
fn object_value(object: &Object, place: Place, notes: &mut Notes) -> Result<Option<Bson>> {
    if let Some(result) = object.own_to_json() {
        return json_value(result);
    }
    let place = place.inside()?;
    let mut document = Document::new();
    for (key, item) in &object.entries {
        if item.is_absent() {
            continue;
        }
        if let Some(item) = value(item, &None, place, notes)? {
            notes.check_key(key);
            document.insert(key.clone(), item);
        }
    }
    Ok(Some(interpret(document)))
}

fn command_value(
    command: &Command,
    bound: &Bound,
    place: Place,
    notes: &mut Notes,
) -> Result<Option<Bson>> {
    if command.kind != CommandKind::Query {
        notes.pitfall(Pitfall::CommandStored { command: command.operator.clone() });
        return Ok(Some(Bson::Document(command_fields(command, bound).print(place, notes)?)));
    }
    Ok(Some(interpret(query_json(command, bound, notes)?.print(place, notes)?)))
}

/// A query command where only its own printer is left: one operator with one operand.
pub(crate) fn query_json<'a>(
    command: &'a Command,
    bound: &Bound,
    notes: &mut Notes,
) -> Result<Fields<'a>> {
    let operator = command.operator.as_str();
    let operand = match (operator, &command.operands) {
        ("in" | "nin", Input::List(items)) => {
            Cell::List(items.iter().map(|item| leaked(item, bound)).collect())
        }
        ("in" | "nin", operands) => Cell::Plain(operands),
        (_, operands) => match first_operand(operands)? {
            Cell::Plain(operand) => leaked(operand, bound),
            other => other,
        },
    };
    if operator == "all" && matches!(&command.operands, Input::List(items) if items.len() > 1) {
        notes.pitfall(Pitfall::NestedAll);
    }
    let name = if operator == "neq" { "$ne".to_owned() } else { format!("${operator}") };
    Ok(Fields::from_entries([(name, operand)]))
}

/// `operands[0]`, whatever the operands are.
pub(crate) fn first_operand(operands: &Input) -> Result<Cell<'_>> {
    Ok(match operands {
        Input::List(items) => items.first().map_or(Cell::Undefined, Cell::Plain),
        Input::Object(object) => object.get("0").map_or(Cell::Undefined, Cell::Plain),
        Input::Text(text) => {
            text.chars().next().map_or(Cell::Undefined, |first| Cell::Text(first.to_string()))
        }
        Input::Absent => return Err(Failure::reading("undefined", "0")),
        Input::Null => return Err(Failure::reading("null", "0")),
        _ => Cell::Undefined,
    })
}
