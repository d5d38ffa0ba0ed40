//! Sort keys.
//!
//! A key is what an index over the paths would hold: of the values in an array the smallest
//! counts for an ascending field, the largest for a descending one.

use std::cmp::Ordering;

use crate::error::{Error, Result};
use crate::query::BAD_VALUE;
use crate::query::number::{is_number, to_f64};
use crate::value::{
    Bson, Document, FieldPath, RawDoc, RawValue, array_index, compare, compare_raw, to_bson,
};

/// A parsed sort specification.
#[derive(Debug, Clone, Default)]
pub struct Sort {
    fields: Vec<SortField>,
}

#[derive(Debug, Clone)]
struct SortField {
    path: FieldPath,
    is_ascending: bool,
}

/// What a document is ordered by. Keys of one [`Sort`] compare with each other; documents with
/// equal keys keep their order when the caller sorts stably.
#[derive(Debug, Clone)]
pub struct SortKey {
    values: Vec<(Bson, bool)>,
}

impl Sort {
    /// Reads `{path: 1 | -1, ..}`.
    pub fn parse(spec: &Document) -> Result<Self> {
        let mut fields = Vec::with_capacity(spec.len());
        for (key, direction) in spec {
            let direction = is_number(direction).then(|| to_f64(direction)).flatten();
            let is_ascending = match direction.map(f64::trunc) {
                Some(1.0) => true,
                Some(-1.0) => false,
                _ => return Err(Error::mongo(BAD_VALUE, "bad sort specification")),
            };
            if key.is_empty() {
                return Err(Error::mongo(BAD_VALUE, "bad sort specification"));
            }
            fields.push(SortField { path: FieldPath::parse(key)?, is_ascending });
        }
        Ok(Self { fields })
    }

    pub fn key(&self, document: RawDoc<'_>) -> SortKey {
        let cursors = self
            .fields
            .iter()
            .enumerate()
            .map(|(index, field)| (index, Cursor::start(document, field.path.segments())))
            .collect();
        let values = self.resolve(cursors).into_iter();
        let values = values.map(|(index, value)| (to_bson(value), self.fields[index].is_ascending));
        SortKey { values: values.collect() }
    }

    /// The paths in order of priority; the flag tells ascending.
    pub fn paths(&self) -> impl Iterator<Item = (&FieldPath, bool)> {
        self.fields.iter().map(|field| (&field.path, field.is_ascending))
    }

    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The values of the given fields, in the fields' order. Fields whose paths lead through the
    /// same array take their values from the same element. Every step consumes a path segment or
    /// ends a path, so the recursion is bounded.
    fn resolve<'a>(&self, cursors: Vec<(usize, Cursor<'a, '_>)>) -> Vec<(usize, RawValue<'a>)> {
        let mut values = Vec::with_capacity(cursors.len());
        let mut open = Vec::new();
        for (index, cursor) in cursors {
            match cursor {
                Cursor::Value(value) => values.push((index, value)),
                Cursor::Array(items, _) => open.push((index, items, cursor)),
            }
        }
        while let Some((_, array, _)) = open.first().copied() {
            let (together, others) =
                open.into_iter().partition(|(_, items, _)| is_same(*items, array));
            open = others;
            values.extend(self.best_element(array, &together));
        }
        values.sort_unstable_by_key(|(index, _)| *index);
        values
    }

    fn best_element<'a>(
        &self,
        array: RawDoc<'a>,
        cursors: &[(usize, RawDoc<'a>, Cursor<'a, '_>)],
    ) -> Vec<(usize, RawValue<'a>)> {
        let resolved = |element: Option<RawValue<'a>>| {
            let entered = cursors.iter().map(|(index, _, cursor)| (*index, cursor.enter(element)));
            self.resolve(entered.collect())
        };
        let mut best: Option<Vec<(usize, RawValue<'a>)>> = None;
        for element in array.values() {
            let values = resolved(Some(element));
            if best.as_ref().is_none_or(|best| self.order(&values, best).is_lt()) {
                best = Some(values);
            }
        }
        best.unwrap_or_else(|| resolved(None))
    }

    fn order(&self, left: &[(usize, RawValue<'_>)], right: &[(usize, RawValue<'_>)]) -> Ordering {
        for ((index, left), (_, right)) in left.iter().zip(right) {
            let order = compare_raw(*left, *right);
            let order = if self.fields[*index].is_ascending { order } else { order.reverse() };
            if order.is_ne() {
                return order;
            }
        }
        Ordering::Equal
    }
}

/// Whether both are the same array of one document.
fn is_same(left: RawDoc<'_>, right: RawDoc<'_>) -> bool {
    std::ptr::eq(left.as_bytes(), right.as_bytes())
}

/// How far one path has been followed.
#[derive(Debug, Clone, Copy)]
enum Cursor<'a, 'p> {
    Value(RawValue<'a>),
    /// An array whose elements are to be tried, with the rest of the path inside them.
    Array(RawDoc<'a>, &'p [Box<str>]),
}

impl<'a, 'p> Cursor<'a, 'p> {
    fn start(document: RawDoc<'a>, path: &'p [Box<str>]) -> Self {
        Self::follow(RawValue::Document(document), path)
    }

    fn follow(value: RawValue<'a>, path: &'p [Box<str>]) -> Self {
        let (mut value, mut path) = (value, path);
        loop {
            match (value, path.split_first()) {
                (RawValue::Array(items), Some((first, rest)))
                    if array_index(first).is_some() && !has_key(items, first) =>
                {
                    let Some(item) = items.get(first) else { return Self::Value(RawValue::Null) };
                    (value, path) = (item, rest);
                    // An element chosen by its index is not entered once more.
                    if rest.is_empty() {
                        return Self::Value(value);
                    }
                }
                (RawValue::Array(items), _) => return Self::Array(items, path),
                (RawValue::Document(inner), Some((first, rest))) => match inner.get(first) {
                    Some(next) => (value, path) = (next, rest),
                    None => return Self::Value(RawValue::Null),
                },
                (value, None) => return Self::Value(value),
                (_, Some(_)) => return Self::Value(RawValue::Null),
            }
        }
    }

    /// The cursor once an element of its array is chosen; `None` for an empty array.
    fn enter(&self, element: Option<RawValue<'a>>) -> Self {
        let Self::Array(_, path) = *self else { return *self };
        match (element, path.is_empty()) {
            // An empty array stands before null.
            (None, true) => Self::Value(RawValue::Undefined),
            (Some(element), true) => Self::Value(element),
            // An array inside the array is not entered.
            (None | Some(RawValue::Array(_)), false) => Self::Value(RawValue::Null),
            (Some(element), false) => Self::follow(element, path),
        }
    }
}

/// Whether some object in the array has the segment for a key; then it is not an index.
fn has_key(items: RawDoc<'_>, key: &str) -> bool {
    items.values().any(|item| matches!(item, RawValue::Document(inner) if inner.get(key).is_some()))
}

impl Ord for SortKey {
    fn cmp(&self, other: &Self) -> Ordering {
        for ((left, is_ascending), (right, _)) in self.values.iter().zip(&other.values) {
            let order = compare(left, right);
            let order = if *is_ascending { order } else { order.reverse() };
            if order.is_ne() {
                return order;
            }
        }
        Ordering::Equal
    }
}

impl PartialOrd for SortKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for SortKey {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for SortKey {}
