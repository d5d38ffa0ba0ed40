//! What an expression reads while it runs: the document at hand and the variables in scope.
//!
//! [`Variables`] is a chain of frames. The outermost one holds the document; `$let`, `$map` and
//! their like put a frame of values before it, on the stack. A stored document stays bytes: a field
//! path decodes the value it leads to and nothing else.

use std::borrow::Cow;

use crate::aggregate::expression::budget::Budget;
use crate::value::{Bson, Document, RawDoc, RawValue, to_bson, to_document};

/// A value as expressions see it: `None` is missing, borrowed where nothing had to be computed.
pub type Operand<'v> = Option<Cow<'v, Bson>>;

/// A document: as it is stored, or as an earlier stage computed it.
#[derive(Debug, Clone, Copy)]
pub enum Root<'a> {
    Raw(RawDoc<'a>),
    Document(&'a Document),
}

/// The document and the variables of one evaluation.
#[derive(Debug)]
pub struct Variables<'a> {
    /// `$$ROOT`.
    root: Root<'a>,
    /// `$$CURRENT`: what plain field paths read.
    current: Root<'a>,
    outer: Option<&'a Variables<'a>>,
    /// Values of the variables numbered from `first`.
    values: Values<'a>,
    first: usize,
    /// What is under construction is counted by the outermost frame.
    own_budget: Budget,
    outer_budget: Option<&'a Budget>,
}

#[derive(Debug)]
enum Values<'a> {
    Borrowed(&'a [Option<Bson>]),
    Frame(Vec<Operand<'a>>),
}

impl<'a> Variables<'a> {
    pub fn for_raw(root: RawDoc<'a>) -> Self {
        Self::for_root(Root::Raw(root))
    }

    pub fn for_document(root: &'a Document) -> Self {
        Self::for_root(Root::Document(root))
    }

    pub fn for_root(root: Root<'a>) -> Self {
        Self {
            root,
            current: root,
            outer: None,
            values: Values::Borrowed(&[]),
            first: 0,
            own_budget: Budget::default(),
            outer_budget: None,
        }
    }

    /// Gives the variables declared first (`let` of `$lookup`) their values, in the order in which
    /// the scope declared them. For the outermost frame only.
    #[must_use]
    pub fn with_values(mut self, values: &'a [Option<Bson>]) -> Self {
        debug_assert!(self.outer.is_none(), "inner frames are made by `with`");
        self.values = Values::Borrowed(values);
        self
    }

    /// Another `$$CURRENT` under the same `$$ROOT`: how `$redact` descends.
    #[must_use]
    pub fn with_current(mut self, current: &'a Document) -> Self {
        self.current = Root::Document(current);
        self
    }

    pub fn root(&self) -> Root<'a> {
        self.root
    }

    pub fn current(&self) -> Root<'a> {
        self.current
    }

    /// A frame with the variables numbered from `first`. What it shadows comes back with `self`.
    #[must_use]
    pub fn with<'c>(&'c self, first: usize, values: Vec<Operand<'c>>) -> Variables<'c> {
        Variables {
            root: self.root,
            current: self.current,
            outer: Some(self),
            values: Values::Frame(values),
            first,
            own_budget: Budget::default(),
            outer_budget: Some(self.budget()),
        }
    }

    /// The value of the variable numbered `slot`.
    pub fn get(&self, slot: usize) -> Option<&Bson> {
        let mut frame = self;
        loop {
            if slot >= frame.first {
                let at = slot - frame.first;
                let found = match &frame.values {
                    Values::Borrowed(values) => values.get(at).map(Option::as_ref),
                    Values::Frame(values) => values.get(at).map(Option::as_deref),
                };
                if let Some(found) = found {
                    return found;
                }
            }
            frame = frame.outer?;
        }
    }

    pub(crate) fn budget(&self) -> &Budget {
        self.outer_budget.unwrap_or(&self.own_budget)
    }
}

impl<'a> Root<'a> {
    /// The whole document.
    pub fn to_bson(self) -> Bson {
        match self {
            Self::Raw(raw) => Bson::Document(to_document(raw)),
            Self::Document(document) => Bson::Document(document.clone()),
        }
    }

    /// The value at a path, as `$a.b` reads it: arrays of objects give an array of what their
    /// objects hold, and a number is a field's name, never a position.
    pub fn get(self, path: &[Box<str>]) -> Operand<'a> {
        match self {
            Self::Raw(raw) => raw_path(raw, path).map(Cow::Owned),
            Self::Document(document) => document_path(document, path),
        }
    }
}

fn raw_path(document: RawDoc<'_>, path: &[Box<str>]) -> Option<Bson> {
    let (name, rest) = path.split_first()?;
    let value = document.get(name)?;
    if rest.is_empty() {
        return Some(to_bson(value));
    }
    match value {
        RawValue::Document(inner) => raw_path(inner, rest),
        RawValue::Array(items) => {
            let found = items.values().filter_map(|item| match item {
                RawValue::Document(inner) => raw_path(inner, rest),
                _ => None,
            });
            Some(Bson::Array(found.collect()))
        }
        _ => None,
    }
}

fn document_path<'a>(document: &'a Document, path: &[Box<str>]) -> Operand<'a> {
    let (name, rest) = path.split_first()?;
    value_path(document.get(&**name)?, rest)
}

/// The value at `path` below `value`; `value` itself when the path is empty.
pub(crate) fn value_path<'a>(value: &'a Bson, path: &[Box<str>]) -> Operand<'a> {
    if path.is_empty() {
        return Some(Cow::Borrowed(value));
    }
    match value {
        Bson::Document(inner) => document_path(inner, path),
        Bson::Array(items) => {
            let found = items.iter().filter_map(|item| match item {
                Bson::Document(inner) => document_path(inner, path).map(Cow::into_owned),
                _ => None,
            });
            Some(Cow::Owned(Bson::Array(found.collect())))
        }
        _ => None,
    }
}
