//! What a command reads: the store at one moment, with a transaction's own writes over it.

use std::ops::ControlFlow;
use std::sync::Arc;

use crate::database::overlay::Changes;
use crate::database::overlay::Overlay;
use crate::database::overlay::Seen;
use crate::database::plan::IndexAt;
use crate::error::{Error, ErrorKind, Result};
use crate::store::CollectionInfo;
use crate::store::KeyRange;
use crate::store::Reader;
use crate::store::Slot;
use crate::value::Bson;
use crate::value::RawDoc;
use crate::value::key::Direction;
use crate::value::key::encode_key_bson;

/// Called with each document; breaking ends the walk.
pub type Visit<'a> = dyn FnMut(Slot, RawDoc<'_>) -> Result<ControlFlow<()>> + 'a;

pub struct View<'a> {
    reader: &'a Reader<'a>,
    overlay: Option<&'a Overlay>,
    env: &'a str,
}

/// A range of an index, and from which end it is read.
#[derive(Debug, Clone, Copy)]
pub struct Entries<'a> {
    pub index: IndexAt,
    pub range: &'a KeyRange,
    pub reverse: bool,
}

/// The form of an `_id` in which equal ids have equal bytes.
pub fn id_key(id: &Bson) -> Result<Vec<u8>> {
    let mut key = Vec::new();
    encode_key_bson(&mut key, id, Direction::Ascending)?;
    Ok(key)
}

/// The collection does not exist. The message is its name and nothing else: the wording is the
/// service's, and added above.
pub fn collection_not_found(name: &str) -> Error {
    Error::new(ErrorKind::CollectionNotFound, name)
}

impl<'a> View<'a> {
    pub fn new(reader: &'a Reader<'a>, overlay: Option<&'a Overlay>, env: &'a str) -> Self {
        Self { reader, overlay, env }
    }

    pub fn env(&self) -> &str {
        self.env
    }

    pub fn find_collection(&self, name: &str) -> Option<Arc<CollectionInfo>> {
        let made = self.overlay.and_then(|overlay| overlay.made_collection(name));
        made.or_else(|| self.reader.collection(self.env, name))
    }

    pub fn collections(&self) -> Vec<Arc<CollectionInfo>> {
        self.reader.collections(self.env)
    }

    pub fn collection(&self, name: &str) -> Result<Arc<CollectionInfo>> {
        self.find_collection(name).ok_or_else(|| collection_not_found(name))
    }

    /// Whether an index yields documents in the order of its keys. What a transaction has written
    /// is in no index.
    pub fn indexes_are_ordered(&self, collection: &CollectionInfo) -> bool {
        self.changes(collection).is_none()
    }

    /// The number of documents, when it is known without counting them.
    pub fn count(&self, collection: &CollectionInfo) -> Result<Option<u64>> {
        match self.changes(collection) {
            Some(_) => Ok(None),
            None => self.reader.count(collection.id).map(Some),
        }
    }

    pub fn slot_of(&self, collection: &CollectionInfo, id: &Bson) -> Result<Option<Slot>> {
        let seen = match self.changes(collection) {
            Some(changes) => changes.slot_of(&id_key(id)?),
            None => Seen::Unchanged,
        };
        match seen {
            Seen::Unchanged => self.reader.slot_of(collection.id, id),
            Seen::Removed => Ok(None),
            Seen::Written(slot) => Ok(Some(slot)),
        }
    }

    pub fn document<T>(
        &self,
        collection: &CollectionInfo,
        slot: Slot,
        read: impl FnOnce(RawDoc<'_>) -> T,
    ) -> Result<Option<T>> {
        match self.changes(collection).map_or(Seen::Unchanged, |changes| changes.document(slot)) {
            Seen::Unchanged => self.reader.document(collection.id, slot, read),
            Seen::Removed => Ok(None),
            Seen::Written(document) => Ok(Some(read(document))),
        }
    }

    /// Visits every document in slot order, which is the order of insertion.
    pub fn scan(&self, collection: &CollectionInfo, visit: &mut Visit<'_>) -> Result<()> {
        let Some(changes) = self.changes(collection) else {
            return self.reader.scan(collection.id, None, false, visit);
        };
        let mut ended = false;
        self.reader.scan(collection.id, None, false, &mut |slot, document| {
            let flow = match changes.document(slot) {
                Seen::Unchanged => visit(slot, document)?,
                Seen::Removed => ControlFlow::Continue(()),
                Seen::Written(staged) => visit(slot, staged)?,
            };
            ended = flow.is_break();
            Ok(flow)
        })?;
        for (slot, document) in changes.inserted() {
            if ended || visit(slot, document)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Visits entries of an index. Documents that a transaction has changed
    /// are not among them: see [`changed_slots`](Self::changed_slots).
    pub fn scan_index(
        &self,
        collection: &CollectionInfo,
        entries: Entries<'_>,
        visit: &mut dyn FnMut(Slot) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let changes = self.changes(collection);
        let Entries { index: at, range, reverse } = entries;
        let mut unchanged = |_: &[u8], slot| {
            if changes.is_some_and(|changes| changes.has(slot)) {
                return Ok(ControlFlow::Continue(()));
            }
            visit(slot)
        };
        match (at, at.of(collection)) {
            (IndexAt::Id, _) => self.reader.scan_ids(collection.id, range, reverse, &mut unchanged),
            (_, Some(index)) => self.reader.scan_index(index.id, range, reverse, &mut unchanged),
            (_, None) => Ok(()),
        }
    }

    /// Documents that any index may have missed.
    pub fn changed_slots(&self, collection: &CollectionInfo) -> Vec<Slot> {
        self.changes(collection)
            .map(|changes| changes.live().map(|(slot, _)| slot).collect())
            .unwrap_or_default()
    }

    fn changes(&self, collection: &CollectionInfo) -> Option<&'a Changes> {
        self.overlay.and_then(|overlay| overlay.changes(collection.id))
    }
}
