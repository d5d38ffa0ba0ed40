//! Half-encoded objects: what the official encoders build before they print.

use indexmap::IndexMap;

use crate::sdk::encode::extended::interpret;
use crate::sdk::encode::leak::{Bound, command_fields, geo_fields};
use crate::sdk::encode::number::number;
use crate::sdk::encode::plain::plain;
use crate::sdk::encode::value::value;
use crate::sdk::encode::{Notes, Place, Result};
use crate::sdk::geo::to_document;
use crate::sdk::{Command, Geo, Input};
use crate::value::{Bson, Document};

/// A value on its way to being printed.
#[derive(Debug, Clone)]
pub(crate) enum Cell<'a> {
    Undefined,
    /// Printed by P.
    Plain(&'a Input),
    /// Printed by V, with the field that commands in it are bound to.
    Value(&'a Input, Bound),
    /// A command as an object of its own properties.
    Leaked(&'a Command, Bound),
    Map(Fields<'a>),
    List(Vec<Cell<'a>>),
    /// Part of a geometry: `GeoJSON` under V, own properties under P.
    Shape {
        geo: &'a Geo,
        is_value: bool,
    },
    Text(String),
    Number(f64),
}

/// An object under construction. Keys keep their place; removed ones leave no trace.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields<'a> {
    entries: IndexMap<String, Option<Cell<'a>>>,
}

impl<'a> Fields<'a> {
    pub(crate) fn from_entries<const N: usize>(entries: [(String, Cell<'a>); N]) -> Self {
        entries.into_iter().collect()
    }

    pub(crate) fn get(&self, key: &str) -> Option<&Cell<'a>> {
        self.entries.get(key).and_then(Option::as_ref)
    }

    pub(crate) fn insert(&mut self, key: String, value: Cell<'a>) {
        if let Some(slot @ None) = self.entries.get_mut(&key) {
            // A key that was removed comes back at the end.
            *slot = None;
            self.entries.shift_remove(&key);
        }
        self.entries.insert(key, Some(value));
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<Cell<'a>> {
        self.entries.get_mut(key).and_then(Option::take)
    }

    /// Takes the value out for a change; inserting it again keeps its place.
    pub(crate) fn take_for_change(&mut self, key: &str) -> Option<Cell<'a>> {
        self.entries.get_mut(key)?.as_mut().map(|cell| std::mem::replace(cell, Cell::Undefined))
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        self.iter().map(|(key, _)| key.to_owned()).collect()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Cell<'a>)> {
        self.entries.iter().filter_map(|(key, value)| Some((key.as_str(), value.as_ref()?)))
    }

    pub(crate) fn into_entries(self) -> impl Iterator<Item = (String, Cell<'a>)> {
        self.entries.into_iter().filter_map(|(key, value)| Some((key, value?)))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// Prints the object. Integer-like keys come first, as in every object of the caller.
    pub(crate) fn print(self, place: Place, notes: &mut Notes) -> Result<Document> {
        let place = place.inside()?;
        let mut document = Document::new();
        for (key, cell) in in_key_order(self.into_entries()) {
            if let Some(value) = cell.print(place, notes)? {
                notes.check_key(&key);
                document.insert(key, value);
            }
        }
        Ok(document)
    }
}

impl<'a> FromIterator<(String, Cell<'a>)> for Fields<'a> {
    fn from_iter<I: IntoIterator<Item = (String, Cell<'a>)>>(entries: I) -> Self {
        Self { entries: entries.into_iter().map(|(key, cell)| (key, Some(cell))).collect() }
    }
}

impl<'a> Cell<'a> {
    /// What is printed; `None` for nothing.
    pub(crate) fn print(self, place: Place, notes: &mut Notes) -> Result<Option<Bson>> {
        match self {
            Self::Undefined => Ok(place.below_list.then_some(Bson::Null)),
            Self::Plain(input) => plain(input, place, notes),
            Self::Value(input, bound) => value(input, &bound, place, notes),
            Self::Leaked(command, bound) => {
                Ok(Some(Bson::Document(command_fields(command, &bound).print(place, notes)?)))
            }
            Self::Map(fields) => Ok(Some(interpret(fields.print(place, notes)?))),
            Self::List(cells) => {
                let place = place.in_list()?;
                let mut items = Vec::with_capacity(cells.len());
                for cell in cells {
                    items.push(cell.print(place, notes)?.unwrap_or(Bson::Null));
                }
                Ok(Some(Bson::Array(items)))
            }
            Self::Shape { geo, is_value: true } => Ok(Some(Bson::Document(to_document(geo)))),
            Self::Shape { geo, is_value: false } => {
                Ok(Some(Bson::Document(geo_fields(geo).print(place, notes)?)))
            }
            Self::Text(text) => Ok(Some(Bson::String(text))),
            Self::Number(value) => Ok(Some(number(value))),
        }
    }

    pub(crate) fn is_truthy(&self) -> bool {
        match self {
            Self::Undefined => false,
            Self::Plain(input) | Self::Value(input, _) => input.is_truthy(),
            Self::Leaked(..) | Self::Map(_) | Self::List(_) | Self::Shape { .. } => true,
            Self::Text(text) => !text.is_empty(),
            Self::Number(value) => !(value.is_nan() || *value == 0.0),
        }
    }

    pub(crate) fn is_list(&self) -> bool {
        matches!(self, Self::List(_) | Self::Plain(Input::List(_)) | Self::Value(Input::List(_), _))
    }

    /// The elements of a list, each printed as the list would print it.
    pub(crate) fn into_elements(self) -> Vec<Cell<'a>> {
        match self {
            Self::List(cells) => cells,
            Self::Plain(Input::List(items)) => items.iter().map(Cell::Plain).collect(),
            Self::Value(Input::List(items), _) => {
                items.iter().map(|item| Cell::Value(item, None)).collect()
            }
            other => vec![other],
        }
    }
}

/// Integer-like keys in ascending order, then the others as they came.
fn in_key_order<T>(entries: impl Iterator<Item = (String, T)>) -> Vec<(String, T)> {
    let mut entries: Vec<(String, T)> = entries.collect();
    if entries.iter().any(|(key, _)| integer_key(key).is_some()) {
        entries.sort_by_key(|(key, _)| integer_key(key).map_or(u64::MAX, u64::from));
    }
    entries
}

/// A key that is an array index: such keys are listed first, in ascending order.
pub(crate) fn integer_key(key: &str) -> Option<u32> {
    let canonical = key == "0" || key.as_bytes().first().is_some_and(|first| *first != b'0');
    if !canonical || key.len() > 10 || !key.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    key.parse().ok().filter(|index| *index != u32::MAX)
}
