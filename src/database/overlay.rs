//! What a transaction has written and nobody else sees yet.
//!
//! The changes are kept twice: by document, for the transaction's own reads, and as a log in the
//! order of the writes. A commit replays the log, so that it meets the same unique values in the
//! same order as the operations did.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::limits::DOCUMENT_BYTES_MAX;
use crate::store::CollectionId;
use crate::store::CollectionInfo;
use crate::store::Slot;
use crate::store::Writer;
use crate::value::RawDoc;

/// Documents that a transaction inserted stand after all stored ones.
const FIRST_NEW_SLOT: u64 = 1 << 63;

/// MongoDB 4.0 keeps a transaction in one entry of its log.
const LOG_BYTES_MAX: usize = DOCUMENT_BYTES_MAX + 16 * 1024;

#[derive(Debug, Default)]
pub struct Overlay {
    collections: HashMap<CollectionId, Changes>,
    /// Collections made since the snapshot, on behalf of this transaction.
    made: Vec<Arc<CollectionInfo>>,
    log: Vec<Entry>,
    log_bytes: usize,
    new_slots: u64,
}

/// What a transaction has made of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen<T> {
    /// It is as the snapshot has it.
    Unchanged,
    Removed,
    Written(T),
}

/// A document that the transaction sees.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub collection: CollectionId,
    pub id_key: &'a [u8],
    pub slot: Slot,
    /// The document as it is before the change.
    pub old: &'a [u8],
}

/// The changed documents of one collection.
#[derive(Debug, Default)]
pub struct Changes {
    /// The document as it is now; `None` when it was removed.
    documents: BTreeMap<Slot, Option<Vec<u8>>>,
    /// Encoded `_id`s of changed documents; `None` when no document has it any more.
    slots: HashMap<Vec<u8>, Option<Slot>>,
}

#[derive(Debug)]
struct Entry {
    collection: CollectionId,
    slot: Slot,
    /// What a stored document was at the snapshot; given by its first change.
    base: Option<Vec<u8>>,
    change: Change,
}

#[derive(Debug)]
enum Change {
    Insert(Vec<u8>),
    Replace(Vec<u8>),
    Remove,
}

impl Overlay {
    pub fn is_empty(&self) -> bool {
        self.log.is_empty()
    }

    pub fn made_collection(&self, name: &str) -> Option<Arc<CollectionInfo>> {
        self.made.iter().find(|collection| &*collection.name == name).cloned()
    }

    pub fn add_made_collection(&mut self, collection: Arc<CollectionInfo>) {
        self.made.push(collection);
    }

    pub fn changes(&self, collection: CollectionId) -> Option<&Changes> {
        self.collections.get(&collection)
    }

    pub fn insert(&mut self, collection: CollectionId, id_key: &[u8], document: Vec<u8>) {
        let slot = Slot(FIRST_NEW_SLOT + self.new_slots);
        self.new_slots += 1;
        self.record(collection, id_key, slot, Some(document.clone()));
        self.append(Entry { collection, slot, base: None, change: Change::Insert(document) });
    }

    pub fn replace(&mut self, place: Place<'_>, document: Vec<u8>) {
        let Place { collection, id_key, slot, old } = place;
        let base = self.first_base(collection, slot, old);
        self.record(collection, id_key, slot, Some(document.clone()));
        self.append(Entry { collection, slot, base, change: Change::Replace(document) });
    }

    pub fn remove(&mut self, place: Place<'_>) {
        let Place { collection, id_key, slot, old } = place;
        let base = self.first_base(collection, slot, old);
        self.record(collection, id_key, slot, None);
        self.append(Entry { collection, slot, base, change: Change::Remove });
    }

    /// Refuses a transaction whose writes have become too large.
    pub fn check_size(&self) -> Result<()> {
        if self.log_bytes <= LOG_BYTES_MAX {
            return Ok(());
        }
        Err(Error::mongo(
            257,
            format!(
                "Total size of all transaction operations must be less than {LOG_BYTES_MAX}. \
                 Actual size is {}",
                self.log_bytes
            ),
        ))
    }

    /// Writes everything to the store. A document that is not what the snapshot had is a conflict.
    pub fn replay(&self, writer: &mut Writer<'_>) -> Result<()> {
        let mut stored: HashMap<(CollectionId, Slot), Slot> = HashMap::new();
        for entry in &self.log {
            if let Some(base) = &entry.base {
                check_unchanged(writer, entry, base)?;
            }
            let place = (entry.collection, entry.slot);
            let slot = stored.get(&place).copied().unwrap_or(entry.slot);
            match &entry.change {
                Change::Insert(document) => {
                    stored.insert(place, writer.insert(entry.collection, document)?);
                }
                Change::Replace(document) => writer.replace(entry.collection, slot, document)?,
                Change::Remove => {
                    writer.remove(entry.collection, slot)?;
                }
            }
        }
        Ok(())
    }

    fn first_base(&self, collection: CollectionId, slot: Slot, base: &[u8]) -> Option<Vec<u8>> {
        let changed = self.changes(collection).is_some_and(|changes| changes.has(slot));
        (!changed && slot.0 < FIRST_NEW_SLOT).then(|| base.to_vec())
    }

    fn record(
        &mut self,
        collection: CollectionId,
        id_key: &[u8],
        slot: Slot,
        document: Option<Vec<u8>>,
    ) {
        let changes = self.collections.entry(collection).or_default();
        changes.slots.insert(id_key.to_vec(), document.is_some().then_some(slot));
        changes.documents.insert(slot, document);
    }

    fn append(&mut self, entry: Entry) {
        self.log_bytes += match &entry.change {
            Change::Insert(document) | Change::Replace(document) => document.len(),
            Change::Remove => 32,
        };
        self.log.push(entry);
    }
}

impl Changes {
    pub fn has(&self, slot: Slot) -> bool {
        self.documents.contains_key(&slot)
    }

    /// The document of a slot, if it was changed.
    pub fn document(&self, slot: Slot) -> Seen<RawDoc<'_>> {
        match self.documents.get(&slot) {
            None => Seen::Unchanged,
            Some(None) => Seen::Removed,
            Some(Some(document)) => Seen::Written(RawDoc::new(document)),
        }
    }

    /// The slot of the document with an id, if a document with it was changed.
    pub fn slot_of(&self, id_key: &[u8]) -> Seen<Slot> {
        match self.slots.get(id_key) {
            None => Seen::Unchanged,
            Some(None) => Seen::Removed,
            Some(Some(slot)) => Seen::Written(*slot),
        }
    }

    /// The changed documents that exist, in slot order.
    pub fn live(&self) -> impl Iterator<Item = (Slot, RawDoc<'_>)> {
        self.documents
            .iter()
            .filter_map(|(slot, document)| Some((*slot, RawDoc::new(document.as_deref()?))))
    }

    /// The inserted documents that still exist, in the order of their insertion.
    pub fn inserted(&self) -> impl Iterator<Item = (Slot, RawDoc<'_>)> {
        self.live().skip_while(|(slot, _)| slot.0 < FIRST_NEW_SLOT)
    }
}

fn check_unchanged(writer: &Writer<'_>, entry: &Entry, base: &[u8]) -> Result<()> {
    let same = writer
        .reader()
        .document(entry.collection, entry.slot, |document| document.as_bytes() == base)?;
    if same == Some(true) { Ok(()) } else { Err(conflict()) }
}

pub fn conflict() -> Error {
    Error::new(ErrorKind::TransactionConflict, "another operation has changed the document")
}
