//! Data of `update`: flattened values under `$set`, commands under their operators.

use crate::limits::REQUEST_DEPTH_MAX;
use crate::sdk::diagnostics::Pitfall;
use crate::sdk::encode::cell::{Cell, Fields};
use crate::sdk::encode::filter::flatten;
use crate::sdk::encode::leak::own_fields;
use crate::sdk::encode::value::first_operand;
use crate::sdk::encode::{Encoded, Notes, Place, Result};
use crate::sdk::failure::Failure;
use crate::sdk::messages;
use crate::sdk::{Command, CommandKind, Input};
use crate::value::{Bson, Document};

/// The update document of `update({data})`. The data is an object.
pub fn encode_update(data: &Input) -> Result<Encoded<Document>> {
    if let Input::Command(command) = data
        && command.kind == CommandKind::Update
    {
        return Err(Failure::error(messages::UNSET_FIELD));
    }
    let mut notes = Notes::default();
    let mut fields = flatten(own_fields(data), 0)?;
    for key in fields.keys() {
        if key.starts_with('$') {
            continue;
        }
        let Some(cell) = fields.get(&key).cloned() else { continue };
        let (operator, value) = field_update(cell, &key, &mut notes)?;
        fields.remove(&key);
        merge_operator(&mut fields, operator, key, value);
    }
    let update = fields.print(Place::ROOT, &mut notes)?;
    if update
        .values()
        .all(|operands| matches!(operands, Bson::Document(fields) if fields.is_empty()))
    {
        notes.pitfall(Pitfall::EmptyUpdate);
    }
    Ok(Encoded::new(update, notes))
}

/// The operator of one field and its operand.
fn field_update<'a>(
    cell: Cell<'a>,
    key: &str,
    notes: &mut Notes,
) -> Result<(&'static str, Cell<'a>)> {
    match cell {
        Cell::Plain(Input::Command(command)) if command.kind == CommandKind::Update => {
            command_update(command, key, notes)
        }
        other => Ok(("$set", valued(other))),
    }
}

/// A value as V sees it, where flattening has left parts of the caller's object.
fn valued(cell: Cell<'_>) -> Cell<'_> {
    match cell {
        Cell::Plain(input) => Cell::Value(input, None),
        Cell::Shape { geo, .. } => Cell::Shape { geo, is_value: true },
        Cell::List(items) => Cell::List(items.into_iter().map(valued).collect()),
        Cell::Map(fields) => {
            let present = fields
                .into_entries()
                .filter(|(_, cell)| !matches!(cell, Cell::Undefined | Cell::Plain(Input::Absent)));
            Cell::Map(present.map(|(key, cell)| (key, valued(cell))).collect())
        }
        other => other,
    }
}

fn command_update<'a>(
    command: &'a Command,
    key: &str,
    notes: &mut Notes,
) -> Result<(&'static str, Cell<'a>)> {
    let operands = &command.operands;
    let whole = || Cell::Value(operands, None);
    Ok(match command.operator.as_str() {
        "remove" => ("$unset", Cell::Text(String::new())),
        "push" => (
            "$push",
            match operands {
                Input::List(_) => each(operands, None),
                modifiers => Cell::Plain(modifiers),
            },
        ),
        "unshift" => ("$push", each(operands, Some(0.0))),
        "pop" => ("$pop", Cell::Number(1.0)),
        "shift" => ("$pop", Cell::Number(-1.0)),
        "pull" => ("$pull", whole()),
        "pullAll" => ("$pullAll", whole()),
        "addToSet" => {
            if operands.property("each").is_some() {
                notes.pitfall(Pitfall::AddToSetEach { field: key.to_owned() });
            }
            ("$addToSet", whole())
        }
        operator => (field_operator(operator), first_operand(operands)?),
    })
}

fn field_operator(operator: &str) -> &'static str {
    match operator {
        "inc" => "$inc",
        "mul" => "$mul",
        "min" => "$min",
        "max" => "$max",
        "bit" => "$bit",
        "rename" => "$rename",
        _ => "$set",
    }
}

fn each(operands: &Input, position: Option<f64>) -> Cell<'_> {
    let items = match operands {
        Input::List(items) => items.iter().map(|item| Cell::Value(item, None)).collect(),
        _ => Vec::new(),
    };
    let mut modifiers = Fields::from_entries([("$each".to_owned(), Cell::List(items))]);
    if let Some(position) = position {
        modifiers.insert("$position".to_owned(), Cell::Number(position));
    }
    Cell::Map(modifiers)
}

/// Adds `{operator: {key: value}}` to what is there, the user's own operators included.
fn merge_operator<'a>(fields: &mut Fields<'a>, operator: &str, key: String, value: Cell<'a>) {
    let entry = [(key, value)];
    let merged = match fields.take_for_change(operator) {
        Some(present) if present.is_truthy() && present.is_list() => {
            let mut items = present.into_elements();
            items.push(Cell::Map(Fields::from_entries(entry)));
            Cell::List(items)
        }
        Some(Cell::Map(mut present)) => {
            let [(key, value)] = entry;
            present.insert(key, value);
            Cell::Map(present)
        }
        Some(Cell::Plain(input)) if input.has_object_tag() => {
            let mut present = own_fields(input);
            let [(key, value)] = entry;
            present.insert(key, value);
            Cell::Map(present)
        }
        _ => Cell::Map(Fields::from_entries(entry)),
    };
    fields.insert(operator.to_owned(), merged);
}

/// Whether data holds an update command anywhere: `set` refuses it. The search follows a circle,
/// or any nesting that is too deep, until the stack ends.
pub(crate) fn holds_update_command(input: &Input, depth: usize) -> Result<bool> {
    if depth > REQUEST_DEPTH_MAX || matches!(input, Input::Circular) {
        return Err(Failure::stack_exceeded());
    }
    let mut is_found = false;
    match input {
        Input::Command(command) if command.kind == CommandKind::Update => return Ok(true),
        Input::Command(command) => return holds_update_command(&command.operands, depth + 1),
        Input::List(items) => {
            for item in items {
                is_found |= holds_update_command(item, depth + 1)?;
            }
        }
        Input::Object(object) => {
            for (_, item) in &object.entries {
                is_found |= holds_update_command(item, depth + 1)?;
            }
        }
        _ => {}
    }
    Ok(is_found)
}
