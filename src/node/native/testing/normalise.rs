//! Documents without what differs from run to run: generated ids and dates.

use std::collections::HashMap;

use crate::node::js::Outcome;
use crate::node::native::testing::misuse;
use crate::sdk::Input;
use crate::value::{Bson, Document};

/// Digits of a generated `_id`.
const ID_DIGITS: usize = 32;

/// The values that differ from run to run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Normalise {
    pub ids: bool,
    pub dates: bool,
}

impl Normalise {
    pub fn of(option: Option<&Input>) -> Outcome<Self> {
        match option {
            None | Some(Input::Boolean(false)) => Ok(Self::default()),
            Some(Input::Boolean(true)) => Ok(Self { ids: true, dates: true }),
            Some(Input::Text(text)) if text == "ids" => Ok(Self { ids: true, dates: false }),
            Some(Input::Text(text)) if text == "dates" => Ok(Self { ids: false, dates: true }),
            Some(_) => Err(misuse("dump", "normalise must be true, false, 'ids' or 'dates'")),
        }
    }

    pub fn is_any(self) -> bool {
        self.ids || self.dates
    }
}

/// Numbers generated ids in the order in which they are met, the same id alike everywhere.
pub fn normalise(documents: Vec<Document>, what: Normalise) -> Vec<Document> {
    let mut names = Names { what, known: HashMap::new() };
    documents.into_iter().map(|document| names.document(document)).collect()
}

struct Names {
    what: Normalise,
    known: HashMap<String, usize>,
}

impl Names {
    fn document(&mut self, document: Document) -> Document {
        document.into_iter().map(|(key, value)| (key, self.value(value))).collect()
    }

    /// Stored documents are at most a hundred levels deep, and so is this.
    fn value(&mut self, value: Bson) -> Bson {
        match value {
            Bson::DateTime(_) if self.what.dates => Bson::String("<date>".to_owned()),
            Bson::String(text) if self.what.ids && is_generated(&text) => {
                let next = self.known.len() + 1;
                let number = *self.known.entry(text).or_insert(next);
                Bson::String(format!("<id {number}>"))
            }
            Bson::Document(document) => Bson::Document(self.document(document)),
            Bson::Array(items) => {
                Bson::Array(items.into_iter().map(|item| self.value(item)).collect())
            }
            other => other,
        }
    }
}

fn is_generated(text: &str) -> bool {
    let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == ID_DIGITS && text.bytes().all(digit)
}
