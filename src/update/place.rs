//! Where in the document an operator works, and what it may ask about the whole of it.

use std::cell::Cell;

use crate::error::Result;
use crate::limits::DOCUMENT_BYTES_MAX;
use crate::update::failure::updated_too_large;
use crate::update::operand::Value;
use crate::value::{RawDoc, shell_text_raw};

/// The name of the field that no update may change.
pub(super) const ID: &str = "_id";

/// A path as it is walked, from the leaf to the root. `$` and `$[]` are replaced by indexes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'p> {
    parent: Option<&'p Place<'p>>,
    pub(super) name: &'p str,
    /// Whether the name is an index of the array that the parent is.
    in_array: bool,
    /// Segments from the root to here; 1 for a field of the document itself.
    pub(super) level: usize,
}

/// One application of an update to one document.
#[derive(Debug)]
pub(super) struct Context<'a> {
    /// The document before the update.
    pub(super) root: RawDoc<'a>,
    /// The index that `$` stands for, as a path segment.
    pub(super) positional: Option<String>,
    pub(super) now_ms: Option<i64>,
    pub(super) is_insert: bool,
    /// Bytes that operators made so far. All of them end in the result.
    made_bytes: Cell<usize>,
}

/// An existing value that a path cannot go through.
#[derive(Debug, Clone, Copy)]
pub(super) struct Obstacle<'o> {
    pub(super) name: &'o str,
    pub(super) value: &'o Value<'o>,
    /// The path segment that the value has no place for.
    pub(super) part: &'o str,
}

impl<'p> Place<'p> {
    pub(super) fn new(parent: Option<&'p Place<'p>>, name: &'p str, in_array: bool) -> Self {
        Self { parent, name, in_array, level: parent.map_or(0, |parent| parent.level) + 1 }
    }

    pub(super) fn dotted(&self) -> String {
        match self.parent {
            Some(parent) => format!("{}.{}", parent.dotted(), self.name),
            None => self.name.to_owned(),
        }
    }

    pub(super) fn is_inside_id(&self) -> bool {
        match self.parent {
            Some(parent) => parent.is_inside_id(),
            None => self.name == ID,
        }
    }

    /// The name of the innermost array that the place lies in.
    pub(super) fn enclosing_array(&self) -> Option<&'p str> {
        let parent = self.parent?;
        if self.in_array { Some(parent.name) } else { parent.enclosing_array() }
    }
}

impl<'a> Context<'a> {
    pub(super) fn new(root: RawDoc<'a>, positional: Option<usize>, now_ms: Option<i64>) -> Self {
        Self {
            root,
            positional: positional.map(|index| index.to_string()),
            now_ms,
            is_insert: false,
            made_bytes: Cell::new(0),
        }
    }

    pub(super) fn for_insert(mut self) -> Self {
        self.is_insert = true;
        self
    }

    /// Counts bytes that end in the result, so that a result that will be refused for its size
    /// is refused before it takes the memory.
    pub(super) fn count_made(&self, bytes: usize) -> Result<()> {
        self.made_bytes.set(self.made_bytes.get().saturating_add(bytes));
        if self.made_bytes.get() > DOCUMENT_BYTES_MAX { Err(updated_too_large()) } else { Ok(()) }
    }

    /// `_id: "x"`, as error texts quote the document.
    pub(super) fn id_text(&self) -> String {
        match self.root.get(ID) {
            Some(id) => format!("{ID}: {}", shell_text_raw(id)),
            None => "no id".to_owned(),
        }
    }
}

impl Obstacle<'_> {
    /// `{a: 1}`.
    pub(super) fn text(&self) -> String {
        format!("{{{}: {}}}", self.name, shell_text_raw(self.value.raw()))
    }
}
