//! `where` and `match`: conditions of the user to a filter, quirks included.

use std::rc::Rc;

use crate::sdk::diagnostics::Pitfall;
use crate::sdk::encode::cell::{Cell, Fields};
use crate::sdk::encode::leak::own_fields;
use crate::sdk::encode::value::{first_operand, query_json};
use crate::sdk::encode::{Encoded, Notes, Place, Result};
use crate::sdk::failure::Failure;
use crate::sdk::geo;
use crate::sdk::messages;
use crate::sdk::{Command, CommandKind, Input};
use crate::value::Document;

/// What an unbound command prints as its field: the official client's mark of "no field".
const UNBOUND: &str = "[object Object]";

/// The filter of `where(condition)`. The condition has passed its own checks.
pub fn encode_where(condition: &Input) -> Result<Encoded<Document>> {
    let mut notes = Notes::default();
    let filter = match query_cell(condition, &mut notes)? {
        Cell::Map(fields) => fields.print(Place::ROOT, &mut notes)?,
        // Conditions are objects, and objects encode to objects.
        _ => Document::new(),
    };
    let is_given = match condition {
        Input::Object(object) => !object.entries.is_empty(),
        _ => true,
    };
    if is_given && filter.is_empty() {
        notes.pitfall(Pitfall::FilterVanished);
    }
    Ok(Encoded::new(filter, notes))
}

/// Encodes one condition as a cell, for a stage that holds one.
pub(crate) fn query_cell<'a>(condition: &'a Input, notes: &mut Notes) -> Result<Cell<'a>> {
    encode_query(condition, None, notes, 0)
}

/// `field` is what a logic command passes to its operands: the field it is bound to.
fn encode_query<'a>(
    input: &'a Input,
    field: Option<&str>,
    notes: &mut Notes,
    depth: usize,
) -> Result<Cell<'a>> {
    check_depth(depth)?;
    let key = || field.unwrap_or("undefined").to_owned();
    Ok(match input {
        Input::Command(command) if command.kind == CommandKind::Logic => {
            Cell::Map(logic_condition(command, field, notes, depth)?)
        }
        Input::Command(command) if command.kind == CommandKind::Query => {
            let field = field.filter(|field| *field != UNBOUND).or(command.field_name.as_deref());
            Cell::Map(comparison(command, field, notes)?)
        }
        Input::Pattern { .. } | Input::Date(_) => {
            Cell::Map(Fields::from_entries([(key(), Cell::Value(input, None))]))
        }
        Input::Command(_) | Input::Geo(_) | Input::ServerDate { .. } | Input::DbPattern { .. } => {
            let inner = encode_object(own_fields(input), notes, depth + 1)?;
            Cell::Map(Fields::from_entries([(key(), Cell::Map(inner))]))
        }
        Input::Object(_) if input.has_object_tag() => {
            Cell::Map(encode_object(own_fields(input), notes, depth + 1)?)
        }
        Input::Circular => return Err(Failure::error(messages::CIRCULAR)),
        other => Cell::Plain(other),
    })
}

/// Flattens an object and encodes the commands among its values.
fn encode_object<'a>(object: Fields<'a>, notes: &mut Notes, depth: usize) -> Result<Fields<'a>> {
    let mut fields = flatten(object, depth)?;
    let mut merged_or: Option<String> = None;
    if !fields.iter().any(|(_, cell)| matches!(cell, Cell::Plain(input) if is_leaf(input))) {
        return Ok(fields);
    }
    for key in fields.keys() {
        let Some(Cell::Plain(input)) = fields.get(&key) else { continue };
        let input = *input;
        match input {
            Input::Command(command) if command.kind == CommandKind::Logic => {
                let condition = logic_condition(command, Some(&key), notes, depth)?;
                if condition.get("$or").is_some()
                    && let Some(first) = merged_or.replace(key.clone())
                {
                    notes.pitfall(Pitfall::MergedOr { fields: [first, key.clone()] });
                }
                merge_condition(&mut fields, condition, &key);
            }
            Input::Command(command) if command.kind == CommandKind::Query => {
                let condition = comparison(command, Some(&key), notes)?;
                merge_condition(&mut fields, condition, &key);
            }
            _ if is_leaf(input) => fields.insert(key, Cell::Value(input, None)),
            _ => {}
        }
    }
    Ok(fields)
}

/// Moves the keys of nested objects to dotted ones. `$` keys stay where they are, untouched.
pub(crate) fn flatten(object: Fields<'_>, depth: usize) -> Result<Fields<'_>> {
    check_depth(depth)?;
    // Most conditions are flat as they come.
    if object.iter().all(|(key, cell)| key.starts_with('$') || is_flat(cell)) {
        return Ok(object);
    }
    let mut flat = object.clone();
    for (key, cell) in object.into_entries() {
        if key.starts_with('$') {
            continue;
        }
        let nested = match cell {
            Cell::Undefined | Cell::Plain(Input::Absent) => {
                flat.remove(&key);
                continue;
            }
            Cell::Plain(Input::Circular) => return Err(Failure::error(messages::CIRCULAR)),
            Cell::Plain(input) if input.has_object_tag() && !is_leaf(input) => own_fields(input),
            Cell::Map(fields) => fields,
            _ => continue,
        };
        let mut kept = Fields::default();
        let mut moved = Vec::new();
        for (child_key, child) in flatten(nested, depth + 1)?.into_entries() {
            if child_key.starts_with('$') {
                kept.insert(child_key, child);
            } else {
                moved.push((format!("{key}.{child_key}"), child));
            }
        }
        if kept.is_empty() {
            flat.remove(&key);
        } else {
            flat.insert(key, Cell::Map(kept));
        }
        for (path, child) in moved {
            flat.insert(path, child);
        }
    }
    Ok(flat)
}

/// What flattening leaves in its place.
fn is_flat(cell: &Cell<'_>) -> bool {
    match cell {
        Cell::Plain(Input::Absent | Input::Circular) | Cell::Undefined | Cell::Map(_) => false,
        Cell::Plain(input) => is_leaf(input) || !input.has_object_tag(),
        _ => true,
    }
}

/// What flattening does not enter and encoders know.
pub(crate) fn is_leaf(input: &Input) -> bool {
    matches!(
        input,
        Input::Command(_)
            | Input::Geo(_)
            | Input::ServerDate { .. }
            | Input::DbPattern { .. }
            | Input::Date(_)
            | Input::Pattern { .. }
    )
}

fn check_depth(depth: usize) -> Result<()> {
    if depth > crate::limits::REQUEST_DEPTH_MAX {
        return Err(Failure::stack_exceeded());
    }
    Ok(())
}

/// Adds the condition that a field's command made. Lists of the same operator become one list,
/// which for `$or` changes what the filter means; anything else is overwritten.
fn merge_condition<'a>(fields: &mut Fields<'a>, condition: Fields<'a>, key: &str) {
    if !condition.get(key).is_some_and(Cell::is_truthy) {
        fields.remove(key);
    }
    for (name, value) in condition.into_entries() {
        let merged = match fields.take_for_change(&name) {
            Some(present) if present.is_truthy() && present.is_list() => {
                let mut items = present.into_elements();
                items.extend(value.into_elements());
                Cell::List(items)
            }
            _ => value,
        };
        fields.insert(name, merged);
    }
}

fn logic_condition<'a>(
    command: &'a Command,
    field: Option<&str>,
    notes: &mut Notes,
    depth: usize,
) -> Result<Fields<'a>> {
    check_depth(depth)?;
    let field = field.or(command.field_name.as_deref()).unwrap_or(UNBOUND);
    let operands: &[Input] = match &command.operands {
        Input::List(operands) => operands,
        _ => &[],
    };
    if command.operator == "not" {
        return negation(operands.first(), field, notes, depth);
    }
    let mut conditions = Vec::with_capacity(operands.len());
    for operand in operands {
        conditions.push(encode_query(operand, Some(field), notes, depth + 1)?);
    }
    Ok(Fields::from_entries([(format!("${}", command.operator), Cell::List(conditions))]))
}

/// Only a command or a pattern on the field itself can be negated; the rest leaves nothing.
fn negation<'a>(
    operand: Option<&'a Input>,
    field: &str,
    notes: &mut Notes,
    depth: usize,
) -> Result<Fields<'a>> {
    let negated = match operand.unwrap_or(&Input::Absent) {
        absent @ (Input::Absent | Input::Null) => {
            // The mark of an unbound command prints differently in the engine's own texts.
            let name = if field == UNBOUND { "#<InternalSymbol>" } else { field };
            return Err(Failure::reading(absent.null_text(), name));
        }
        pattern @ Input::Pattern { .. } => Cell::Value(pattern, None),
        operand @ Input::Command(command) if command.kind != CommandKind::Update => {
            let encoded = encode_query(operand, Some(field), notes, depth + 1)?;
            property(encoded, field)
        }
        operand => property(encode_query(operand, None, notes, depth + 1)?, field),
    };
    if matches!(negated, Cell::Undefined) {
        notes.pitfall(Pitfall::NotDegraded { field: field.to_owned() });
    }
    let negation = Fields::from_entries([("$not".to_owned(), negated)]);
    Ok(Fields::from_entries([(field.to_owned(), Cell::Map(negation))]))
}

/// `cell[key]`, for the cells that a condition encodes to.
fn property<'a>(cell: Cell<'a>, key: &str) -> Cell<'a> {
    #[allow(clippy::cast_precision_loss, reason = "no list or text has 2^53 elements")]
    match cell {
        Cell::Map(mut fields) => fields.remove(key).unwrap_or(Cell::Undefined),
        Cell::Plain(Input::Object(object)) => object.get(key).map_or(Cell::Undefined, Cell::Plain),
        Cell::Plain(Input::List(items)) if key == "length" => Cell::Number(items.len() as f64),
        Cell::Plain(Input::Text(text)) if key == "length" => {
            Cell::Number(text.encode_utf16().count() as f64)
        }
        _ => Cell::Undefined,
    }
}

/// A query command on its field: `{field: {$operator: operand}}`.
fn comparison<'a>(
    command: &'a Command,
    field: Option<&str>,
    notes: &mut Notes,
) -> Result<Fields<'a>> {
    let Some(field) = field else { return Err(Failure::error(messages::UNSET_FIELD)) };
    let operand = |operand: Cell<'a>| match operand {
        Cell::Plain(input) => Cell::Value(input, Some(Rc::from(field))),
        other => other,
    };
    let operators = match command.operator.as_str() {
        "neq" => {
            Fields::from_entries([("$ne".to_owned(), operand(first_operand(&command.operands)?))])
        }
        "in" | "nin" | "all" => Fields::from_entries([(
            format!("${}", command.operator),
            match &command.operands {
                Input::List(items) => {
                    Cell::List(items.iter().map(|item| operand(Cell::Plain(item))).collect())
                }
                whole => operand(Cell::Plain(whole)),
            },
        )]),
        "geoNear" => geo_near(&command.operands)?,
        "geoWithin" => geo_within(&command.operands)?,
        "geoIntersects" => {
            let (_, geometry) = geo_options(&command.operands)?;
            let geometry = Fields::from_entries([("$geometry".to_owned(), geometry)]);
            Fields::from_entries([("$geoIntersects".to_owned(), Cell::Map(geometry))])
        }
        operator => Fields::from_entries([(
            format!("${operator}"),
            operand(first_operand(&command.operands)?),
        )]),
    };
    if operators.iter().all(|(_, operand)| is_absent(operand)) {
        notes.pitfall(Pitfall::ComparisonWithUndefined { field: field.to_owned() });
    }
    Ok(Fields::from_entries([(field.to_owned(), Cell::Map(operators))]))
}

fn is_absent(cell: &Cell<'_>) -> bool {
    matches!(cell, Cell::Undefined | Cell::Plain(Input::Absent) | Cell::Value(Input::Absent, _))
}

fn geo_near(operands: &Input) -> Result<Fields<'_>> {
    let (options, geometry) = geo_options(operands)?;
    let distance = |name| options.property(name).map_or(Cell::Undefined, Cell::Plain);
    let near = Fields::from_entries([
        ("$geometry".to_owned(), geometry),
        ("$maxDistance".to_owned(), distance("maxDistance")),
        ("$minDistance".to_owned(), distance("minDistance")),
    ]);
    Ok(Fields::from_entries([("$nearSphere".to_owned(), Cell::Map(near))]))
}

fn geo_within(operands: &Input) -> Result<Fields<'_>> {
    let options = match operands {
        Input::List(items) => items.first().unwrap_or(&Input::Absent),
        other => other,
    };
    let sphere = match options {
        Input::Absent | Input::Null => {
            return Err(Failure::reading(options.null_text(), "centerSphere"));
        }
        options => options.property("centerSphere").filter(|sphere| sphere.is_truthy()),
    };
    let area = if let Some(sphere) = sphere {
        Fields::from_entries([("$centerSphere".to_owned(), center(sphere)?)])
    } else {
        let (_, geometry) = geo_options(operands)?;
        Fields::from_entries([("$geometry".to_owned(), geometry)])
    };
    Ok(Fields::from_entries([("$geoWithin".to_owned(), Cell::Map(area))]))
}

/// A circle: a point of `db.Geo` becomes a pair of numbers, a pair stays as it is.
fn center(sphere: &Input) -> Result<Cell<'_>> {
    geo::check_center_sphere(sphere)?;
    Ok(match sphere {
        Input::List(items) => match items.as_slice() {
            [Input::Geo(crate::sdk::Geo::Point { longitude, latitude }), radius] => {
                let pair = vec![Cell::Number(*longitude), Cell::Number(*latitude)];
                Cell::List(vec![Cell::List(pair), Cell::Plain(radius)])
            }
            _ => Cell::Plain(sphere),
        },
        other => Cell::Plain(other),
    })
}

/// The options of a geo command and its geometry as the geometry prints itself.
fn geo_options(operands: &Input) -> Result<(&Input, Cell<'_>)> {
    let options = match operands {
        Input::List(items) => items.first().unwrap_or(&Input::Absent),
        other => other,
    };
    if matches!(options, Input::Absent | Input::Null) {
        return Err(Failure::reading(options.null_text(), "geometry"));
    }
    let geometry = options.property("geometry").unwrap_or(&Input::Absent);
    let cell = match geometry {
        Input::Absent | Input::Null => {
            return Err(Failure::reading(geometry.null_text(), "toJSON"));
        }
        Input::Geo(_) => Cell::Value(geometry, None),
        Input::Command(command) if command.kind == CommandKind::Query => {
            Cell::Map(query_json(command, &None, &mut Notes::default())?)
        }
        Input::Object(object) => match &object.to_json {
            Some(result) => Cell::Plain(result),
            None => return Err(not_a_geometry()),
        },
        _ => return Err(not_a_geometry()),
    };
    Ok((options, cell))
}

fn not_a_geometry() -> Failure {
    Failure::type_error("options.geometry.toJSON is not a function")
}
