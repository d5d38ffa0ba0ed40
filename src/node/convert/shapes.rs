//! Compiled factories for results.
//!
//! `(a0, a1) => ({"name": a0, "at": new Date(a1)})`, compiled in the caller's realm once a shape of
//! object has been seen often enough, makes an object three times faster than defining its
//! properties one by one. A key such as `__proto__` is written computed, so it is data.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use crate::node::js::{Js, Outcome, Value};
use crate::node::keep::Reference;
use crate::node::realm::Realm;

/// Compiling costs as much as defining the properties of this many objects.
const SEEN_BEFORE_COMPILING: u32 = 16;
/// Shapes and keys beyond these are built property by property.
const SHAPES_MAX: usize = 2_000;
const KEYS_MAX: usize = 48;

/// The factories of one realm.
#[derive(Default)]
pub struct Shapes {
    hasher: RandomState,
    known: HashMap<u64, Vec<Shape>>,
    count: usize,
    /// Code generation from strings is refused in this process.
    refused: bool,
}

struct Shape {
    slots: Vec<Slot>,
    seen: u32,
    factory: Option<Reference>,
}

/// One property: its key, and whether its value arrives as milliseconds of a date.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Slot {
    key: Box<str>,
    date: bool,
}

/// A property of the object to build; a date's value is its milliseconds.
pub struct Property<'a> {
    pub key: &'a str,
    pub date: bool,
    pub value: Value,
}

/// Builds an object of the caller's realm.
pub fn object(js: Js, realm: &Realm, properties: &[Property<'_>], eager: bool) -> Outcome {
    if properties.len() <= KEYS_MAX
        && let Some(factory) = factory(js, realm, properties, eager)?
    {
        let mut values = [std::ptr::null_mut(); KEYS_MAX];
        for (value, property) in values.iter_mut().zip(properties) {
            *value = property.value;
        }
        return js.call(factory, js.undefined()?, &values[..properties.len()]);
    }
    let new_object = realm.helper(js, |helpers| &helpers.new_object)?;
    let made = js.call(new_object, js.undefined()?, &[])?;
    let mut defined = Vec::with_capacity(properties.len());
    for property in properties {
        let value = if property.date { date(js, realm, property.value)? } else { property.value };
        defined.push((js.text(property.key)?, value));
    }
    js.define(made, &defined)?;
    Ok(made)
}

/// A `Date` of the caller's realm.
pub fn date(js: Js, realm: &Realm, ms: Value) -> Outcome {
    let new_date = realm.helper(js, |helpers| &helpers.new_date)?;
    js.call(new_date, js.undefined()?, &[ms])
}

fn factory(
    js: Js,
    realm: &Realm,
    properties: &[Property<'_>],
    eager: bool,
) -> Outcome<Option<Value>> {
    let mut shapes = realm.shapes.borrow_mut();
    if shapes.refused {
        return Ok(None);
    }
    let hash = hash_of(&shapes.hasher, properties);
    let full = shapes.count >= SHAPES_MAX;
    let bucket = shapes.known.entry(hash).or_default();
    let at = bucket.iter().position(|shape| shape.matches(properties));
    let shape = match at {
        Some(at) => &mut bucket[at],
        None if full => return Ok(None),
        None => {
            bucket.push(Shape::of(properties));
            shapes.count += 1;
            match shapes.known.get_mut(&hash).and_then(|bucket| bucket.last_mut()) {
                Some(shape) => shape,
                None => return Ok(None),
            }
        }
    };
    if let Some(factory) = &shape.factory {
        return js.resolve(factory).map(Some);
    }
    shape.seen += 1;
    if !eager && shape.seen < SEEN_BEFORE_COMPILING {
        return Ok(None);
    }
    match compile(js, realm, &shape.slots) {
        Ok(function) => {
            shape.factory = Some(js.watch(function)?);
            Ok(Some(function))
        }
        Err(_) => {
            // `--disallow-code-generation-from-strings`: the exception is ours to swallow.
            let _ = js.take_exception();
            shapes.refused = true;
            Ok(None)
        }
    }
}

fn compile(js: Js, realm: &Realm, slots: &[Slot]) -> Outcome {
    let mut body = String::from("return {");
    let mut parameters = Vec::with_capacity(slots.len());
    for (index, slot) in slots.iter().enumerate() {
        let key = serde_json::to_string(&slot.key).unwrap_or_default();
        // JSON text may hold these two line ends; source text of old engines may not.
        let key = key.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
        let value = if slot.date { format!("new Date(a{index})") } else { format!("a{index}") };
        body.push_str(&format!("[{key}]:{value},"));
        parameters.push(js.text(&format!("a{index}"))?);
    }
    body.push('}');
    let compile = realm.helper(js, |helpers| &helpers.compile)?;
    let parameters = js.array(&parameters)?;
    let function = js.call(compile, js.undefined()?, &[parameters, js.text(&body)?])?;
    let keep = realm.helper(js, |helpers| &helpers.keep)?;
    js.set_item(keep, js.length(keep)?, function)?;
    Ok(function)
}

fn hash_of(hasher: &RandomState, properties: &[Property<'_>]) -> u64 {
    use std::hash::Hasher;
    let mut state = hasher.build_hasher();
    for property in properties {
        state.write(property.key.as_bytes());
        state.write_u8(0xFE | u8::from(property.date));
    }
    state.finish()
}

impl Shape {
    fn of(properties: &[Property<'_>]) -> Self {
        let slots = properties
            .iter()
            .map(|property| Slot { key: property.key.into(), date: property.date })
            .collect();
        Self { slots, seen: 0, factory: None }
    }

    fn matches(&self, properties: &[Property<'_>]) -> bool {
        self.slots.len() == properties.len()
            && self
                .slots
                .iter()
                .zip(properties)
                .all(|(slot, property)| &*slot.key == property.key && slot.date == property.date)
    }
}
