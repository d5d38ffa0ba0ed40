//! Reading a consistent state of the store.

use std::ops::{Bound, ControlFlow};
use std::sync::Arc;

use crate::error::Result;
use crate::store::KeyRange;
use crate::store::catalog::{Catalog, CollectionId, CollectionInfo, IndexId, Slot};
use crate::store::keyspace::{ReadKeys, Section, Space, Span, Visit as VisitKey};
use crate::store::meta::{CountersAhead, damaged, read_counters, read_u64, scan_prefix};
use crate::value::key::{Direction, encode_key_bson, successor};
use crate::value::{Bson, RawDoc};

/// Called with each document in turn, until it breaks or fails.
pub type VisitDocument<'a> = dyn FnMut(Slot, RawDoc<'_>) -> Result<ControlFlow<()>> + 'a;

/// Called with each index entry in turn, its key and whose it is, until it breaks or fails.
pub type VisitEntry<'a> = dyn FnMut(&[u8], Slot) -> Result<ControlFlow<()>> + 'a;

/// Called with each record in turn, key and value, until it breaks or fails.
pub type VisitRecord<'a> = dyn FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>> + 'a;

/// One state of the store, whole: a write is either all in it or not at all.
pub struct Reader<'a> {
    keys: &'a dyn ReadKeys,
    catalog: &'a Catalog,
    /// Counters a writer has not stored yet.
    ahead: Option<&'a CountersAhead>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(keys: &'a dyn ReadKeys, catalog: &'a Catalog) -> Self {
        Self { keys, catalog, ahead: None }
    }

    pub(crate) fn of_writer(
        keys: &'a dyn ReadKeys,
        catalog: &'a Catalog,
        ahead: &'a CountersAhead,
    ) -> Self {
        Self { keys, catalog, ahead: Some(ahead) }
    }

    pub(crate) fn keys(&self) -> &'a dyn ReadKeys {
        self.keys
    }

    pub(crate) fn catalog(&self) -> &'a Catalog {
        self.catalog
    }

    /// The collections of an environment by name.
    pub fn collections(&self, env: &str) -> Vec<Arc<CollectionInfo>> {
        self.catalog.of_env(env).cloned().collect()
    }

    /// Every environment that has a collection.
    pub fn environments(&self) -> Vec<Arc<str>> {
        self.catalog.environments().cloned().collect()
    }

    pub fn collection(&self, env: &str, name: &str) -> Option<Arc<CollectionInfo>> {
        self.catalog.get(env, name).cloned()
    }

    /// The documents of a collection.
    pub fn count(&self, collection: CollectionId) -> Result<u64> {
        match self.ahead.and_then(|ahead| ahead.get(&collection)) {
            Some(counters) => Ok(counters.documents),
            None => Ok(read_counters(self.keys, collection)?.documents),
        }
    }

    /// Lends the document at `slot`; `None` if there is none.
    pub fn document<T>(
        &self,
        collection: CollectionId,
        slot: Slot,
        use_document: impl FnOnce(RawDoc<'_>) -> T,
    ) -> Result<Option<T>> {
        let section = Section::new(Space::Documents, collection.0);
        let (mut use_document, mut result) = (Some(use_document), None);
        self.keys.get(section, &slot.0.to_be_bytes(), &mut |bytes| {
            result = use_document.take().map(|use_document| use_document(RawDoc::new(bytes)));
        })?;
        Ok(result)
    }

    /// Where the document with this `_id` stands.
    pub fn slot_of(&self, collection: CollectionId, id: &Bson) -> Result<Option<Slot>> {
        let mut key = Vec::with_capacity(48);
        encode_key_bson(&mut key, id, Direction::Ascending)?;
        slot_of_key(self.keys, collection, &key)
    }

    /// Visits documents in insertion order, or backwards, beginning with `from`.
    pub fn scan(
        &self,
        collection: CollectionId,
        from: Option<Slot>,
        reverse: bool,
        visit: &mut VisitDocument<'_>,
    ) -> Result<()> {
        let from = from.map(|slot| slot.0.to_be_bytes());
        let bound = from.as_ref().map_or(Bound::Unbounded, |from| Bound::Included(from.as_slice()));
        let span = if reverse {
            Span { lower: Bound::Unbounded, upper: bound, reverse }
        } else {
            Span { lower: bound, upper: Bound::Unbounded, reverse }
        };
        let section = Section::new(Space::Documents, collection.0);
        self.keys.scan(section, span, &mut |key, value| {
            let slot = read_u64(key).ok_or_else(|| damaged("a document's key"))?;
            visit(Slot(slot), RawDoc::new(value))
        })
    }

    /// Visits the entries of an index in key order, or backwards. A document stands here as often
    /// as it has different keys in the range.
    pub fn scan_index(
        &self,
        index: IndexId,
        range: &KeyRange,
        reverse: bool,
        visit: &mut VisitEntry<'_>,
    ) -> Result<()> {
        let section = Section::new(Space::Entries, index.0);
        self.scan_range(section, range, reverse, &mut |entry, _| {
            let (key, slot) = split_entry(entry)?;
            visit(key, slot)
        })
    }

    /// Whether a document has this value in an index.
    pub fn has_entry(&self, index: IndexId, key: &[u8]) -> Result<bool> {
        let mut found = false;
        self.scan_index(index, &KeyRange::prefix(key.to_vec()), false, &mut |_, _| {
            found = true;
            Ok(ControlFlow::Break(()))
        })?;
        Ok(found)
    }

    /// Visits `_id`s in the order of their keys, or backwards, as [`scan_index`](Self::scan_index)
    /// does.
    pub fn scan_ids(
        &self,
        collection: CollectionId,
        range: &KeyRange,
        reverse: bool,
        visit: &mut VisitEntry<'_>,
    ) -> Result<()> {
        let section = Section::new(Space::Ids, collection.0);
        self.scan_range(section, range, reverse, &mut |key, slot| {
            visit(key, Slot(read_u64(slot).ok_or_else(|| damaged("an id's slot"))?))
        })
    }

    /// No key is the beginning of another, so what follows a whole key does not matter.
    fn scan_range(
        &self,
        section: Section,
        range: &KeyRange,
        reverse: bool,
        visit: &mut VisitKey<'_>,
    ) -> Result<()> {
        let above;
        let lower = match &range.lower {
            Bound::Unbounded => Bound::Unbounded,
            Bound::Included(key) => Bound::Included(key.as_slice()),
            Bound::Excluded(key) => match successor(key) {
                Some(key) => {
                    above = key;
                    Bound::Included(above.as_slice())
                }
                None => return Ok(()),
            },
        };
        let last;
        let upper = match &range.upper {
            Bound::Unbounded => Bound::Unbounded,
            Bound::Excluded(key) => Bound::Excluded(key.as_slice()),
            Bound::Included(key) => {
                last = successor(key);
                last.as_deref().map_or(Bound::Unbounded, Bound::Excluded)
            }
        };
        if is_empty(lower, upper) {
            return Ok(());
        }
        self.keys.scan(section, Span { lower, upper, reverse }, visit)
    }

    /// A record of another part of the engine, by table and key.
    pub fn record(&self, table: &str, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let mut record = None;
        let key = record_key(table, key);
        self.keys.get(Section::RECORDS, &key, &mut |value| record = Some(value.to_vec()))?;
        Ok(record)
    }

    /// Visits the records of a table whose keys begin with `prefix`, in order. The visitor gets
    /// the whole key.
    pub fn scan_records(
        &self,
        table: &str,
        prefix: &[u8],
        visit: &mut VisitRecord<'_>,
    ) -> Result<()> {
        let table = record_key(table, &[]);
        let start = [table.as_slice(), prefix].concat();
        let mut key = prefix.to_vec();
        scan_prefix(self.keys, Section::RECORDS, &start, &mut |rest, value| {
            key.truncate(prefix.len());
            key.extend_from_slice(rest);
            visit(&key, value)
        })
    }
}

/// Whether no key can lie between the bounds. The tree and the tables take only bounds in order.
fn is_empty(lower: Bound<&[u8]>, upper: Bound<&[u8]>) -> bool {
    match (lower, upper) {
        (Bound::Included(low), Bound::Excluded(high)) => low >= high,
        _ => false,
    }
}

pub(crate) fn slot_of_key(
    keys: &dyn ReadKeys,
    collection: CollectionId,
    id_key: &[u8],
) -> Result<Option<Slot>> {
    let mut slot = None;
    let section = Section::new(Space::Ids, collection.0);
    if !keys.get(section, id_key, &mut |value| slot = read_u64(value))? {
        return Ok(None);
    }
    slot.map(|slot| Some(Slot(slot))).ok_or_else(|| damaged("an id's slot"))
}

/// An index entry is the key followed by the slot.
pub(crate) fn split_entry(entry: &[u8]) -> Result<(&[u8], Slot)> {
    entry
        .split_last_chunk::<8>()
        .map(|(key, slot)| (key, Slot(u64::from_be_bytes(*slot))))
        .ok_or_else(|| damaged("an index entry"))
}

/// Table names hold no zero byte, so no table's keys begin with another's.
pub(crate) fn record_key(table: &str, key: &[u8]) -> Vec<u8> {
    debug_assert!(!table.contains('\0'), "table names are our own");
    [table.as_bytes(), &[0], key].concat()
}
