//! Walks a tree of updates and a stored document together and writes the document that results.
//!
//! Bytes that no path touches are copied, never decoded. A container without changes is not
//! written at all.

use crate::error::{Error, Result};
use crate::limits::ARRAY_PADDING_MAX;
use crate::update::array::{array_of, items_of, position_of};
use crate::update::failure::{bad_value, cannot_backfill_array, immutable_field};
use crate::update::operand::Value;
use crate::update::operator::Outcome;
use crate::update::place::{Context, ID, Obstacle, Place};
use crate::update::storable::check_new_keys;
use crate::update::tree::{Children, Fields, Node};
use crate::value::{Element, RawDoc, shell_text_raw};

/// A child of an object on its way through an update.
struct Slot<'n> {
    key: &'n str,
    node: &'n Node,
    found: Option<Found<'n>>,
    outcome: Outcome<'n>,
}

/// An element with its place in the bytes of its document.
#[derive(Clone, Copy)]
struct Found<'n> {
    element: Element<'n>,
    start: usize,
    end: usize,
}

/// The object that results, or `None` when nothing changes in it.
pub(super) fn apply_fields(
    fields: &Fields,
    document: RawDoc<'_>,
    place: Option<&Place<'_>>,
    context: &Context<'_>,
) -> Result<Option<Vec<u8>>> {
    let children = fields.resolve(place, context)?;
    let mut slots = locate(&children, document);
    for slot in &mut slots {
        let here = Place::new(place, slot.key, false);
        slot.outcome = match slot.found {
            Some(found) => apply_node(slot.node, &Value::stored(found.element), &here, context)?,
            None => build(slot.node, &here, context)?.map_or(Outcome::Unchanged, Outcome::Value),
        };
    }
    if slots.iter().all(|slot| matches!(slot.outcome, Outcome::Unchanged)) {
        return Ok(None);
    }
    let bytes = splice(document, &slots);
    let created = slots.iter().any(|slot| slot.found.is_none() && slot.outcome.is_value());
    if slots.iter().any(|slot| slot.key.starts_with('$') && slot.outcome.is_value()) {
        check_new_keys(RawDoc::new(&bytes), place)?;
    }
    match place {
        Some(place) if created && place.is_inside_id() => {
            Err(created_inside_id(place, &Value::document(bytes)))
        }
        _ => Ok(Some(bytes)),
    }
}

/// Finds the element of each child. The first of several with one name counts.
fn locate<'n>(children: &'n Children, document: RawDoc<'n>) -> Vec<Slot<'n>> {
    let mut slots: Vec<Slot<'n>> = children
        .iter()
        .map(|(key, node)| Slot { key, node, found: None, outcome: Outcome::Unchanged })
        .collect();
    let mut missing = slots.len();
    let mut start = 4;
    for element in document.elements() {
        let end = start + 2 + element.key_bytes().len() + element.value_bytes().len();
        let at = slots.binary_search_by(|slot| slot.key.as_bytes().cmp(element.key_bytes()));
        if let Ok(at) = at
            && let Some(slot) = slots.get_mut(at)
            && slot.found.is_none()
        {
            slot.found = Some(Found { element, start, end });
            missing -= 1;
            if missing == 0 {
                break;
            }
        }
        start = end;
    }
    slots
}

/// The document with changed elements in their places and new ones at the end.
fn splice(document: RawDoc<'_>, slots: &[Slot<'_>]) -> Vec<u8> {
    let source = document.as_bytes();
    let made: usize = slots.iter().map(|slot| slot.key.len() + 2 + slot.outcome.len()).sum();
    let mut bytes = Vec::with_capacity(source.len() + made);
    bytes.extend_from_slice(&[0; 4]);
    let mut replaced: Vec<(Found<'_>, &Slot<'_>)> = slots
        .iter()
        .filter(|slot| !matches!(slot.outcome, Outcome::Unchanged))
        .filter_map(|slot| Some((slot.found?, slot)))
        .collect();
    replaced.sort_unstable_by_key(|(found, _)| found.start);
    let mut copied = 4;
    for (found, slot) in replaced {
        bytes.extend_from_slice(source.get(copied..found.start).unwrap_or_default());
        write_outcome(&mut bytes, slot);
        copied = found.end;
    }
    let end = source.len().saturating_sub(1);
    bytes.extend_from_slice(source.get(copied..end).unwrap_or_default());
    for slot in slots.iter().filter(|slot| slot.found.is_none()) {
        write_outcome(&mut bytes, slot);
    }
    bytes.push(0);
    // The sizes of what was made are counted, so the length is far below 2 GiB.
    let length = i32::try_from(bytes.len()).unwrap_or(i32::MAX);
    if let Some(prefix) = bytes.first_chunk_mut::<4>() {
        *prefix = length.to_le_bytes();
    }
    bytes
}

fn write_outcome(bytes: &mut Vec<u8>, slot: &Slot<'_>) {
    if let Outcome::Value(value) = &slot.outcome {
        bytes.push(value.kind_byte());
        bytes.extend_from_slice(slot.key.as_bytes());
        bytes.push(0);
        bytes.extend_from_slice(value.bytes());
    }
}

/// What becomes of a value that is there.
fn apply_node<'n>(
    node: &'n Node,
    current: &Value<'_>,
    here: &Place<'_>,
    context: &'n Context<'_>,
) -> Result<Outcome<'n>> {
    match node {
        Node::Leaf(leaf) => leaf.update(current, here, context),
        Node::Elements(elements) => match elements.child.as_deref() {
            Some(child) => apply_to_elements(child, current, here, context),
            None => Ok(Outcome::Unchanged),
        },
        Node::Fields(fields) => match current.container() {
            Some(inner) if current.is_document() => {
                let changed = apply_fields(fields, inner, Some(here), context)?;
                Ok(changed
                    .map_or(Outcome::Unchanged, |bytes| Outcome::Value(Value::document(bytes))))
            }
            Some(inner) => apply_to_positions(fields, inner, current, here, context),
            None => {
                for (part, child) in fields.resolve(Some(here), context)?.iter() {
                    let obstacle = Obstacle { name: here.name, value: current, part };
                    refuse(child, &Place::new(Some(here), part, false), &obstacle, context)?;
                }
                Ok(Outcome::Unchanged)
            }
        },
    }
}

/// `a.0`, `a.1.b` and the like. One after the other: an earlier one may pad the array.
fn apply_to_positions<'n>(
    fields: &Fields,
    array: RawDoc<'_>,
    current: &Value<'_>,
    here: &Place<'_>,
    context: &Context<'_>,
) -> Result<Outcome<'n>> {
    let children = fields.resolve(Some(here), context)?;
    let mut items = items_of(array);
    let (mut changed, mut created) = (false, false);
    for (part, child) in children.iter() {
        let inner = Place::new(Some(here), part, true);
        let Some(position) = position_of(part) else {
            let obstacle = Obstacle { name: here.name, value: current, part };
            refuse(child, &inner, &obstacle, context)?;
            continue;
        };
        if let Some(item) = items.get_mut(position) {
            match apply_node(child, item, &inner, context)? {
                Outcome::Unchanged => continue,
                Outcome::Value(value) => *item = value,
                // An array keeps its length: a removed element leaves null.
                Outcome::Removed => *item = Value::null(),
            }
        } else if let Some(value) = build(child, &inner, context)? {
            pad(&mut items, position, context)?;
            items.push(value);
            created = true;
        } else {
            continue;
        }
        changed = true;
    }
    if !changed {
        return Ok(Outcome::Unchanged);
    }
    let value = array_of(&items);
    if created && here.is_inside_id() {
        return Err(created_inside_id(here, &value));
    }
    Ok(Outcome::Value(value))
}

fn pad(items: &mut Vec<Value<'_>>, length: usize, context: &Context<'_>) -> Result<()> {
    let missing = length.saturating_sub(items.len());
    if missing > ARRAY_PADDING_MAX {
        return Err(cannot_backfill_array(format!(
            "can't backfill more than {ARRAY_PADDING_MAX} elements"
        )));
    }
    // Type, terminator and at least one digit of the key.
    context.count_made(missing.saturating_mul(3))?;
    items.resize(items.len() + missing, Value::null());
    Ok(())
}

/// `$[]`.
fn apply_to_elements<'n>(
    child: &Node,
    current: &Value<'_>,
    here: &Place<'_>,
    context: &Context<'_>,
) -> Result<Outcome<'n>> {
    let Some(array) = current.container().filter(|_| current.is_array()) else {
        return Err(bad_value(format!(
            "Cannot apply array updates to non-array element {}: {}",
            here.name,
            shell_text_raw(current.raw())
        )));
    };
    let mut items = items_of(array);
    let mut changed = false;
    for (position, item) in items.iter_mut().enumerate() {
        let name = position.to_string();
        match apply_node(child, item, &Place::new(Some(here), &name, true), context)? {
            Outcome::Unchanged => continue,
            Outcome::Value(value) => *item = value,
            Outcome::Removed => *item = Value::null(),
        }
        changed = true;
    }
    Ok(if changed { Outcome::Value(array_of(&items)) } else { Outcome::Unchanged })
}

/// What is created where nothing is: objects down to the first operator that creates a value.
fn build<'n>(
    node: &'n Node,
    here: &Place<'_>,
    context: &'n Context<'_>,
) -> Result<Option<Value<'n>>> {
    match node {
        Node::Leaf(leaf) => leaf.create(here, context),
        Node::Elements(_) => Err(no_array(here)),
        Node::Fields(fields) => {
            let nothing = RawDoc::new(&[]);
            let made = apply_fields_to_nothing(fields, nothing, here, context)?;
            Ok(made.map(Value::document))
        }
    }
}

fn apply_fields_to_nothing(
    fields: &Fields,
    nothing: RawDoc<'_>,
    here: &Place<'_>,
    context: &Context<'_>,
) -> Result<Option<Vec<u8>>> {
    let children = fields.resolve(Some(here), context)?;
    let mut slots = locate(&children, nothing);
    for slot in &mut slots {
        let inner = Place::new(Some(here), slot.key, false);
        if let Some(value) = build(slot.node, &inner, context)? {
            slot.outcome = Outcome::Value(value);
        }
    }
    if slots.iter().all(|slot| !slot.outcome.is_value()) {
        return Ok(None);
    }
    let bytes = splice(nothing, &slots);
    if slots.iter().any(|slot| slot.key.starts_with('$')) {
        check_new_keys(RawDoc::new(&bytes), Some(here))?;
    }
    Ok(Some(bytes))
}

/// A path that meets a value it cannot go through: an error for most operators.
fn refuse(
    node: &Node,
    here: &Place<'_>,
    obstacle: &Obstacle<'_>,
    context: &Context<'_>,
) -> Result<()> {
    match node {
        Node::Leaf(leaf) => leaf.refuse(here, obstacle, context),
        Node::Elements(_) => Err(no_array(here)),
        Node::Fields(fields) => {
            for (part, child) in fields.resolve(Some(here), context)?.iter() {
                refuse(child, &Place::new(Some(here), part, false), obstacle, context)?;
            }
            Ok(())
        }
    }
}

fn no_array(here: &Place<'_>) -> Error {
    bad_value(format!(
        "The path '{}' must exist in the document in order to apply array updates.",
        here.dotted()
    ))
}

fn created_inside_id(place: &Place<'_>, value: &Value<'_>) -> Error {
    immutable_field(format!(
        "Updating the path '{}' to {}: {} would modify the immutable field '{ID}'",
        place.dotted(),
        place.name,
        shell_text_raw(value.raw())
    ))
}
