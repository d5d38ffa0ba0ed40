//! Inserting, replacing and removing documents, with their ids and index entries.

use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::store::catalog::{CollectionId, CollectionInfo, IndexInfo, Slot};
use crate::store::indexes::{DocumentKeys, document_keys, has_same_values, key_text};
use crate::store::keyspace::{Section, Space, Span};
use crate::store::meta::Counters;
use crate::store::reader::{slot_of_key, split_entry};
use crate::store::writer::Writer;
use crate::value::key::{Direction, encode_key, successor};
use crate::value::{RawDoc, RawValue, compare_raw, shell_text_raw};

impl Writer<'_> {
    /// Stores a new document behind all others of the collection.
    ///
    /// # Errors
    /// `DuplicateKey`, worded as MongoDB does, if the `_id` or a unique index has the value
    /// already.
    pub fn insert(&mut self, collection: CollectionId, document: &[u8]) -> Result<Slot> {
        let info = self.collection(collection)?;
        let raw = RawDoc::new(document);
        let id = raw.get("_id").ok_or_else(no_id)?;
        let id_key = id_key(id)?;
        let Counters { next_slot, documents } = self.counters(collection)?;
        let slot = Slot(next_slot);
        let ids = Section::new(Space::Ids, collection.0);
        if slot_of_key(self.keys.as_read(), collection, &id_key)?.is_some() {
            return Err(duplicate(&info, "_id_", &format!("{{ : {} }}", shell_text_raw(id))));
        }
        self.put_key(ids, &id_key, &slot.0.to_be_bytes())?;
        self.put_key(
            Section::new(Space::Documents, collection.0),
            &slot.0.to_be_bytes(),
            document,
        )?;
        for index in &*info.indexes {
            let keys = document_keys(&index.definition, raw, self.geo)?;
            self.add_entries(&info, index, &Added { slot, document: raw, keys, has: &[] })?;
        }
        let next = Counters { next_slot: next_slot + 1, documents: documents + 1 };
        self.set_counters(collection, Some(next));
        Ok(slot)
    }

    /// Replaces the document at `slot`, which keeps its place and its `_id`.
    pub fn replace(&mut self, collection: CollectionId, slot: Slot, document: &[u8]) -> Result<()> {
        let info = self.collection(collection)?;
        let raw = RawDoc::new(document);
        let id = raw.get("_id").ok_or_else(no_id)?;
        let section = Section::new(Space::Documents, collection.0);
        if info.indexes.is_empty() {
            let same = self.reader().document(collection, slot, |old| same_id(old, id))?;
            match same {
                Some(true) => {}
                Some(false) => return Err(immutable_id(id)),
                None => return Err(no_document()),
            }
        } else {
            let old = self.existing(collection, slot)?;
            if !same_id(RawDoc::new(&old), id) {
                return Err(immutable_id(id));
            }
            self.replace_entries(&info, slot, RawDoc::new(&old), raw)?;
        }
        self.put_key(section, &slot.0.to_be_bytes(), document)?;
        Ok(())
    }

    /// Removes the document at `slot`; returns whether there was one.
    pub fn remove(&mut self, collection: CollectionId, slot: Slot) -> Result<bool> {
        let info = self.collection(collection)?;
        let section = Section::new(Space::Documents, collection.0);
        let old = self.reader().document(collection, slot, |old| old.as_bytes().to_vec())?;
        let Some(old) = old else { return Ok(false) };
        let raw = RawDoc::new(&old);
        let id_key = id_key(raw.get("_id").ok_or_else(no_id)?)?;
        self.remove_key(section, &slot.0.to_be_bytes())?;
        self.remove_key(Section::new(Space::Ids, collection.0), &id_key)?;
        for index in &*info.indexes {
            let keys = document_keys(&index.definition, raw, self.geo)?;
            self.remove_entries(index, slot, &keys.keys)?;
        }
        let Counters { next_slot, documents } = self.counters(collection)?;
        let documents = documents.saturating_sub(1);
        self.set_counters(collection, Some(Counters { next_slot, documents }));
        Ok(true)
    }

    fn replace_entries(
        &mut self,
        info: &Arc<CollectionInfo>,
        slot: Slot,
        old: RawDoc<'_>,
        new: RawDoc<'_>,
    ) -> Result<()> {
        for index in &*info.indexes {
            if has_same_values(&index.definition, old, new) {
                continue;
            }
            let before = document_keys(&index.definition, old, self.geo)?;
            let after = document_keys(&index.definition, new, self.geo)?;
            if before == after {
                continue;
            }
            let gone: Vec<Vec<u8>> = before
                .keys
                .iter()
                .filter(|key| after.keys.binary_search(key).is_err())
                .cloned()
                .collect();
            self.remove_entries(index, slot, &gone)?;
            let added = Added { slot, document: new, keys: after, has: &before.keys };
            self.add_entries(info, index, &added)?;
        }
        Ok(())
    }

    pub(super) fn add_entries(
        &mut self,
        info: &Arc<CollectionInfo>,
        index: &IndexInfo,
        added: &Added<'_>,
    ) -> Result<()> {
        let Added { slot, document, ref keys, has } = *added;
        if keys.multikey && !index.multikey {
            self.set_multikey(info.id, index)?;
        }
        let section = Section::new(Space::Entries, index.id.0);
        for key in keys.keys.iter().filter(|key| has.binary_search(key).is_err()) {
            if index.definition.unique && self.is_taken(section, key, slot)? {
                let text = key_text(&index.definition, document, key)?;
                return Err(duplicate(info, &index.definition.name, &text));
            }
            self.put_key(section, &entry(key, slot), &[])?;
        }
        Ok(())
    }

    fn remove_entries(&mut self, index: &IndexInfo, slot: Slot, keys: &[Vec<u8>]) -> Result<()> {
        let section = Section::new(Space::Entries, index.id.0);
        for key in keys {
            self.remove_key(section, &entry(key, slot))?;
        }
        Ok(())
    }

    /// Whether another document has this key.
    fn is_taken(&self, section: Section, key: &[u8], slot: Slot) -> Result<bool> {
        let above = successor(key);
        let span = Span {
            lower: std::ops::Bound::Included(key),
            upper: above.as_deref().map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded),
            reverse: false,
        };
        let mut taken = false;
        self.keys.as_read().scan(section, span, &mut |entry, _| {
            taken = split_entry(entry)?.1 != slot;
            Ok(if taken {
                std::ops::ControlFlow::Break(())
            } else {
                std::ops::ControlFlow::Continue(())
            })
        })?;
        Ok(taken)
    }
}

/// The keys of a document that are to be entered into an index.
pub(super) struct Added<'a> {
    pub(super) slot: Slot,
    pub(super) document: RawDoc<'a>,
    pub(super) keys: DocumentKeys,
    /// Those of the keys that have an entry already, sorted.
    pub(super) has: &'a [Vec<u8>],
}

fn entry(key: &[u8], slot: Slot) -> Vec<u8> {
    [key, &slot.0.to_be_bytes()].concat()
}

fn id_key(id: RawValue<'_>) -> Result<Vec<u8>> {
    let mut key = Vec::with_capacity(48);
    encode_key(&mut key, id, Direction::Ascending)?;
    Ok(key)
}

fn same_id(old: RawDoc<'_>, id: RawValue<'_>) -> bool {
    old.get("_id").is_some_and(|old| compare_raw(old, id).is_eq())
}

fn no_id() -> Error {
    Error::new(ErrorKind::InvalidParam, "a document to store must have an _id")
}

fn no_document() -> Error {
    Error::new(ErrorKind::Internal, "no document stands at this slot")
}

fn immutable_id(id: RawValue<'_>) -> Error {
    Error::mongo(
        66,
        format!(
            "After applying the update, the (immutable) field '_id' was found to have been \
             altered to _id: {}",
            shell_text_raw(id)
        ),
    )
}

pub(super) fn duplicate(info: &CollectionInfo, index: &str, key: &str) -> Error {
    Error::new(
        ErrorKind::DuplicateKey,
        format!(
            "E11000 duplicate key error collection: {}.{} index: {index} dup key: {key}",
            info.env, info.name
        ),
    )
}
