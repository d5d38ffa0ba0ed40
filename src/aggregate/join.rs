//! A collection read once and found again by the values of one field: how `$lookup` and
//! `$graphLookup` join without scanning once a document.

use hashbrown::DefaultHashBuilder;
use hashbrown::HashTable;
use std::hash::BuildHasher;
use std::ops::ControlFlow;

use crate::aggregate::key::append_key;
use crate::aggregate::key::is_present;
use crate::aggregate::operator::Run;
use crate::error::Result;
use crate::query::Filter;
use crate::query::ParseContext;
use crate::query::index_values;
use crate::value::Bson;
use crate::value::Document;
use crate::value::FieldPath;
use crate::value::RawDoc;
use crate::value::RawValue;
use crate::value::to_bson;
use bson::doc;

/// The documents of a collection by the values an equality on a path matches.
pub(crate) struct ForeignTable {
    /// All documents, one after the other.
    bytes: Vec<u8>,
    ends: Vec<usize>,
    table: HashTable<Entry>,
    keys: Vec<u8>,
    /// Documents with the same key are a list: number of the document, and the next link.
    links: Vec<(usize, Option<usize>)>,
    hasher: DefaultHashBuilder,
}

struct Entry {
    key_start: usize,
    key_end: usize,
    first: usize,
    last: usize,
}

impl ForeignTable {
    /// Reads `collection`, or what `restriction` leaves of it. None when it takes more memory than
    /// a stage may have.
    pub fn read(
        collection: &str,
        path: &FieldPath,
        restriction: Option<&Filter>,
        run: &Run<'_>,
    ) -> Result<Option<Self>> {
        let mut table = Self::new();
        // Null also matches what is not there, by rules that the filter knows.
        let null = equality(path, &Bson::Null)?;
        let mut fits = true;
        run.collections.scan(collection, restriction, &mut |document| {
            run.tick()?;
            let number = table.push(document);
            for value in index_values(document, path) {
                if is_present(value) {
                    table.link(value, number);
                }
            }
            if null.matches(document)? {
                table.link(RawValue::Null, number);
            }
            fits = table.memory_bytes() <= run.memory_bytes_max;
            Ok(if fits { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        Ok(fits.then_some(table))
    }

    pub fn new() -> Self {
        Self {
            bytes: Vec::new(),
            ends: Vec::new(),
            table: HashTable::new(),
            keys: Vec::new(),
            links: Vec::new(),
            hasher: DefaultHashBuilder::default(),
        }
    }

    /// Keeps a document and returns its number.
    pub fn push(&mut self, document: RawDoc<'_>) -> usize {
        self.bytes.extend_from_slice(document.as_bytes());
        self.ends.push(self.bytes.len());
        self.ends.len() - 1
    }

    /// Lets a document be found by a value.
    pub fn link(&mut self, value: RawValue<'_>, number: usize) {
        let key_start = self.keys.len();
        append_key(&mut self.keys, value);
        let key_end = self.keys.len();
        let key = &self.keys[key_start..];
        let hash = self.hasher.hash_one(key);
        let (keys, links, hasher) = (&self.keys, &mut self.links, &self.hasher);
        let place = links.len();
        if let Some(entry) =
            self.table.find_mut(hash, |entry| keys[entry.key_start..entry.key_end] == *key)
        {
            let last = links.get_mut(entry.last);
            // A document may hold the value twice.
            if last.as_ref().is_none_or(|(known, _)| *known != number) {
                if let Some((_, next)) = last {
                    *next = Some(place);
                }
                entry.last = place;
                links.push((number, None));
            }
            self.keys.truncate(key_start);
        } else {
            links.push((number, None));
            let entry = Entry { key_start, key_end, first: place, last: place };
            self.table.insert_unique(hash, entry, |entry| {
                hasher.hash_one(&keys[entry.key_start..entry.key_end])
            });
        }
    }

    /// Appends the numbers of the documents with this value to `numbers`, ascending.
    pub fn find(&self, value: RawValue<'_>, key: &mut Vec<u8>, numbers: &mut Vec<usize>) {
        key.clear();
        append_key(key, value);
        let hash = self.hasher.hash_one(key.as_slice());
        let same = |entry: &Entry| self.keys[entry.key_start..entry.key_end] == **key;
        let mut at = self.table.find(hash, same).map(|entry| entry.first);
        while let Some((number, next)) = at.and_then(|at| self.links.get(at)) {
            numbers.push(*number);
            at = *next;
        }
    }

    /// How many documents are kept; they are numbered from 0.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn document(&self, number: usize) -> RawDoc<'_> {
        let start = number.checked_sub(1).and_then(|before| self.ends.get(before));
        let end = self.ends.get(number).copied().unwrap_or_default();
        RawDoc::new(self.bytes.get(start.copied().unwrap_or(0)..end).unwrap_or_default())
    }

    pub fn memory_bytes(&self) -> usize {
        self.bytes.len()
            + self.keys.len()
            + self.ends.len() * size_of::<usize>()
            + self.links.len() * size_of::<(usize, Option<usize>)>()
            + self.table.len() * size_of::<Entry>()
    }
}

/// `{path: {$eq: value}}`.
pub(crate) fn equality(path: &FieldPath, value: &Bson) -> Result<Filter> {
    Filter::parse(&equality_document(path, value), &ParseContext::default())
}

fn equality_document(path: &FieldPath, value: &Bson) -> Document {
    doc! {path.as_str(): {"$eq": value.clone()}}
}

/// A condition that a path equals one of several values.
pub(crate) fn any_equality(path: &FieldPath, values: &[RawValue<'_>]) -> Result<Filter> {
    let conditions = values
        .iter()
        .filter(|value| !matches!(value, RawValue::Undefined))
        .map(|value| Bson::Document(equality_document(path, &to_bson(*value))));
    let conditions: Vec<Bson> = conditions.collect();
    let filter = match conditions.as_slice() {
        // Nothing equals undefined.
        [] => doc! {path.as_str(): {"$in": []}},
        [Bson::Document(only)] => only.clone(),
        _ => doc! {"$or": conditions},
    };
    Filter::parse(&filter, &ParseContext::default())
}
