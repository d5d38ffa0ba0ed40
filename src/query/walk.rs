//! Which values of a document a dotted path means.
//!
//! The rules are MongoDB's: a path walks through objects by name, through the elements of an array
//! implicitly, and into one element where the segment is its index. An array inside an array is
//! entered only by index.

use crate::error::{Error, ErrorKind, Result};
use crate::value::{Element, FieldPath, Kind, RawDoc};

pub(super) const DOCUMENT: u8 = Kind::Document as u8;
pub(super) const ARRAY: u8 = Kind::Array as u8;

/// Times that one element is entered both by key and by index before a walk is given up. Each
/// such fork may double the work, so a path like `0.0.0..` over nested arrays would not end.
const FORKS_MAX: u32 = 1 << 20;

/// A path prepared for walking many documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    field: FieldPath,
    segments: Vec<Segment>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Segment {
    name: Box<[u8]>,
    /// Whether the segment may name an array position.
    is_index: bool,
}

/// What an array at the end of the path means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LeafArray {
    /// Its elements, then the array itself.
    Elements,
    /// The array itself only.
    Whole,
}

/// One value that a path means; `None` where the path leads nowhere.
pub(super) type Found<'a> = Option<Element<'a>>;

impl Path {
    pub(super) fn parse(text: &str) -> Result<Self> {
        Ok(Self::new(FieldPath::parse(text)?))
    }

    pub(super) fn new(field: FieldPath) -> Self {
        let segments = field
            .segments()
            .iter()
            .map(|name| Segment {
                name: name.as_bytes().into(),
                is_index: !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit()),
            })
            .collect();
        Self { field, segments }
    }

    pub(super) fn field(&self) -> &FieldPath {
        &self.field
    }

    /// Hands every value at the path to `visit`, with the position of the element in the
    /// outermost array on the way, until `visit` answers true.
    pub(super) fn any<'a>(
        &self,
        document: RawDoc<'a>,
        leaf: LeafArray,
        visit: impl FnMut(Found<'a>, Option<usize>) -> Result<bool>,
    ) -> Result<bool> {
        Walk { leaf, visit, forks: 0 }.object(document, &self.segments, None)
    }
}

struct Walk<V> {
    leaf: LeafArray,
    visit: V,
    forks: u32,
}

/// Recursion is bounded: every call consumes a segment of the path.
impl<'a, V: FnMut(Found<'a>, Option<usize>) -> Result<bool>> Walk<V> {
    fn object(
        &mut self,
        document: RawDoc<'a>,
        path: &[Segment],
        position: Option<usize>,
    ) -> Result<bool> {
        let Some((first, rest)) = path.split_first() else { return Ok(false) };
        match document.element(&first.name) {
            Some(element) => self.reached(element, rest, position),
            None => (self.visit)(None, position),
        }
    }

    fn reached(
        &mut self,
        element: Element<'a>,
        rest: &[Segment],
        position: Option<usize>,
    ) -> Result<bool> {
        match element.kind_byte() {
            ARRAY if rest.is_empty() => self.leaf_array(element, position),
            ARRAY => self.items(inner(element), rest, position),
            _ if rest.is_empty() => (self.visit)(Some(element), position),
            DOCUMENT => self.object(inner(element), rest, position),
            _ => (self.visit)(None, position),
        }
    }

    fn leaf_array(&mut self, array: Element<'a>, position: Option<usize>) -> Result<bool> {
        if self.leaf == LeafArray::Elements {
            for (index, item) in inner(array).elements().enumerate() {
                if (self.visit)(Some(item), position.or(Some(index)))? {
                    return Ok(true);
                }
            }
        }
        (self.visit)(Some(array), position)
    }

    fn items(
        &mut self,
        array: RawDoc<'a>,
        rest: &[Segment],
        position: Option<usize>,
    ) -> Result<bool> {
        let Some((next, after)) = rest.split_first() else { return Ok(false) };
        for (index, item) in array.elements().enumerate() {
            let position = position.or(Some(index));
            let is_object = item.kind_byte() == DOCUMENT;
            if is_object && self.object(inner(item), rest, position)? {
                return Ok(true);
            }
            if !next.is_index || *item.key_bytes() != *next.name {
                continue;
            }
            let matched = if after.is_empty() {
                (self.visit)(Some(item), position)?
            } else if is_object {
                self.fork()?;
                self.object(inner(item), after, position)?
            } else if item.kind_byte() == ARRAY {
                self.items(inner(item), after, position)?
            } else {
                false
            };
            if matched {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn fork(&mut self) -> Result<()> {
        self.forks += 1;
        if self.forks > FORKS_MAX {
            return Err(Error::new(
                ErrorKind::LimitExceeded,
                "the field path has too many meanings in one document",
            ));
        }
        Ok(())
    }
}

/// The document or array that an element holds.
pub(super) fn inner(element: Element<'_>) -> RawDoc<'_> {
    RawDoc::new(element.value_bytes())
}
