//! What the store records about itself: format, collections, counters, sections to sweep.

use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};

use crate::error::{Error, ErrorKind, Result};
use crate::store::catalog::{Catalog, CollectionId, decode_collection};
use crate::store::keyspace::{ReadKeys, Section, Space, Span, Visit};

/// The version of the stored format. `docs/storage-format.md` says when it grows.
pub(crate) const FORMAT_VERSION: u32 = 2;

pub(crate) const FORMAT_KEY: &[u8] = b"format";
pub(crate) const NEXT_ID_KEY: &[u8] = b"next_id";
pub(crate) const CATALOG_VERSION_KEY: &[u8] = b"catalog_version";
/// The number of the last commit that the tables hold.
pub(crate) const LOG_KEY: &[u8] = b"log";
pub(crate) const COLLECTION_PREFIX: &[u8] = b"c/";
pub(crate) const COUNTERS_PREFIX: &[u8] = b"n/";
const SWEEP_PREFIX: &[u8] = b"s/";

/// What changes with every insertion into a collection.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counters {
    pub(crate) next_slot: u64,
    pub(crate) documents: u64,
}

/// Counters that are ahead of the stored ones, by collection.
pub(crate) type CountersAhead = BTreeMap<CollectionId, Counters>;

pub(crate) fn collection_key(id: CollectionId) -> Vec<u8> {
    [COLLECTION_PREFIX, &id.0.to_be_bytes()].concat()
}

pub(crate) fn counters_key(id: CollectionId) -> [u8; 6] {
    let mut key = [0; 6];
    let (prefix, number) = key.split_at_mut(2);
    prefix.copy_from_slice(COUNTERS_PREFIX);
    number.copy_from_slice(&id.0.to_be_bytes());
    key
}

pub(crate) fn encode_counters(counters: Counters) -> [u8; 16] {
    let both = u128::from(counters.next_slot) << 64 | u128::from(counters.documents);
    both.to_be_bytes()
}

/// The stored counters of a collection; zeros if it never had a document.
pub(crate) fn read_counters(keys: &dyn ReadKeys, id: CollectionId) -> Result<Counters> {
    let mut read = Some(Counters::default());
    keys.get(Section::META, &counters_key(id), &mut |value| read = decode_counters(value))?;
    read.ok_or_else(|| damaged("a collection's counters"))
}

fn decode_counters(value: &[u8]) -> Option<Counters> {
    let (next_slot, documents) = value.split_at_checked(8)?;
    Some(Counters { next_slot: read_u64(next_slot)?, documents: read_u64(documents)? })
}

/// A note that an abandoned section is still to be emptied.
pub(crate) fn sweep_key(section: Section) -> Vec<u8> {
    let space = match section.space {
        Space::Documents => b'd',
        Space::Ids => b'i',
        Space::Entries => b'e',
        Space::Records => b'r',
        Space::Meta => b'm',
    };
    [SWEEP_PREFIX, &[space], &section.id.to_be_bytes()].concat()
}

/// The first abandoned section, if any.
pub(crate) fn first_to_sweep(keys: &dyn ReadKeys) -> Result<Option<Section>> {
    let mut first = None;
    scan_prefix(keys, Section::META, SWEEP_PREFIX, &mut |rest, _| {
        let space = match rest.first() {
            Some(b'd') => Space::Documents,
            Some(b'i') => Space::Ids,
            Some(b'e') => Space::Entries,
            _ => return Err(damaged("a note of what to sweep")),
        };
        let id = rest.get(1..).and_then(read_u32).ok_or_else(|| damaged("a note"))?;
        first = Some(Section::new(space, id));
        Ok(ControlFlow::Break(()))
    })?;
    Ok(first)
}

/// The format's version; `None` for a store that has not been set up.
pub(crate) fn read_format(keys: &dyn ReadKeys) -> Result<Option<u32>> {
    read_number(keys, FORMAT_KEY, read_u32)
}

pub(crate) fn read_catalog_version(keys: &dyn ReadKeys) -> Result<u64> {
    Ok(read_number(keys, CATALOG_VERSION_KEY, read_u64)?.unwrap_or_default())
}

pub(crate) fn read_last_commit(keys: &dyn ReadKeys) -> Result<u64> {
    Ok(read_number(keys, LOG_KEY, read_u64)?.unwrap_or_default())
}

pub(crate) fn read_catalog(keys: &dyn ReadKeys) -> Result<Catalog> {
    let mut catalog = Catalog::default();
    catalog.next_id = read_number(keys, NEXT_ID_KEY, read_u32)?.unwrap_or_default();
    catalog.version = read_catalog_version(keys)?;
    scan_prefix(keys, Section::META, COLLECTION_PREFIX, &mut |rest, value| {
        let id = read_u32(rest).ok_or_else(|| damaged("a collection's number"))?;
        catalog.put(decode_collection(CollectionId(id), value)?);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(catalog)
}

fn read_number<T>(
    keys: &dyn ReadKeys,
    key: &[u8],
    decode: impl Fn(&[u8]) -> Option<T>,
) -> Result<Option<T>> {
    let mut number = None;
    if !keys.get(Section::META, key, &mut |value| number = decode(value))? {
        return Ok(None);
    }
    number.map(Some).ok_or_else(|| damaged("a number"))
}

/// Visits what begins with `prefix`; the visitor gets the rest of the key.
pub(crate) fn scan_prefix(
    keys: &dyn ReadKeys,
    section: Section,
    prefix: &[u8],
    visit: &mut Visit<'_>,
) -> Result<()> {
    let above = crate::value::key::successor(prefix);
    let upper = above.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
    let span = Span { lower: Bound::Included(prefix), upper, reverse: false };
    keys.scan(section, span, &mut |key, value| {
        visit(key.get(prefix.len()..).unwrap_or_default(), value)
    })
}

pub(crate) fn read_u64(bytes: &[u8]) -> Option<u64> {
    bytes.try_into().ok().map(u64::from_be_bytes)
}

pub(crate) fn read_u32(bytes: &[u8]) -> Option<u32> {
    bytes.try_into().ok().map(u32::from_be_bytes)
}

/// What was stored cannot be read as what was written.
pub(crate) fn damaged(what: &str) -> Error {
    Error::new(ErrorKind::Storage, format!("the store is damaged: {what} cannot be read"))
}
