//! Where a write goes: into the store, or into a transaction's overlay.

use std::sync::Arc;

use crate::database::locks::LockKey;
use crate::database::locks::LockTable;
use crate::database::view::View;
use crate::database::view::collection_not_found;
use crate::database::view::id_key;
use crate::error::{Error, ErrorKind, Result};
use crate::store::CollectionInfo;
use crate::store::IndexId;
use crate::store::Slot;
use crate::store::Writer;
use crate::value::Bson;
use crate::value::RawDoc;
use crate::value::to_bson;

/// Documents that go in are storable and begin with their `_id`.
pub trait Target {
    /// Lends what the write sees: everything before it, its own changes included.
    fn read(&self, read: &mut dyn FnMut(&View<'_>) -> Result<()>) -> Result<()>;

    /// The collection, made now where the settings allow it.
    fn collection_for_writing(&mut self, name: &str) -> Result<Arc<CollectionInfo>>;

    /// Fails with `DuplicateKey` if a unique value is taken.
    fn insert(&mut self, collection: &CollectionInfo, id: &Bson, document: &[u8]) -> Result<()>;

    /// Replaces the document `old` of `slot`; both have the same `_id`.
    fn replace(
        &mut self,
        collection: &CollectionInfo,
        slot: Slot,
        old: &[u8],
        new: &[u8],
    ) -> Result<()>;

    fn remove(&mut self, collection: &CollectionInfo, slot: Slot, old: &[u8]) -> Result<()>;
}

/// [`Target::read`] with a result.
pub fn read<T>(target: &dyn Target, read: impl FnOnce(&View<'_>) -> Result<T>) -> Result<T> {
    let mut read = Some(read);
    let mut outcome = None;
    target.read(&mut |view| {
        if let Some(read) = read.take() {
            outcome = Some(read(view)?);
        }
        Ok(())
    })?;
    outcome.ok_or_else(|| Error::new(ErrorKind::Internal, "a write was given nothing to read"))
}

/// The `_id` of a stored document.
pub fn id_of(document: &[u8]) -> Bson {
    RawDoc::new(document).get("_id").map_or(Bson::Null, to_bson)
}

/// A value of a unique index that a change of a document takes or gives up.
pub struct UniqueValue {
    pub index: IndexId,
    pub key: Vec<u8>,
    pub lock: LockKey,
}

/// The unique values that a change of a document takes or gives up.
pub fn changed_unique_values(
    env: &str,
    collection: &CollectionInfo,
    old: Option<&[u8]>,
    new: Option<&[u8]>,
) -> Result<Vec<UniqueValue>> {
    let mut values = Vec::new();
    for index in &*collection.indexes {
        let definition = &index.definition;
        for key in definition.changed_unique_keys(old.map(RawDoc::new), new.map(RawDoc::new))? {
            let lock = LockKey::unique(env, &collection.name, &definition.name, &key);
            values.push(UniqueValue { index: index.id, key, lock });
        }
    }
    Ok(values)
}

/// What a write answers that has waited for a lock in vain.
pub fn lock_timeout() -> Error {
    Error::new(
        ErrorKind::Timeout,
        "a transaction holds a document that this operation wants to write",
    )
}

/// A write of its own. It fails with [`Direct::blocked`] set when a transaction holds a document.
pub struct Direct<'a, 'w> {
    writer: &'a mut Writer<'w>,
    env: &'a str,
    locks: &'a LockTable,
    create_missing: bool,
    blocked: Option<LockKey>,
}

impl<'a, 'w> Direct<'a, 'w> {
    pub fn new(
        writer: &'a mut Writer<'w>,
        env: &'a str,
        locks: &'a LockTable,
        create_missing: bool,
    ) -> Self {
        Self { writer, env, locks, create_missing, blocked: None }
    }

    /// The lock that the write met, if that is why it failed.
    pub fn into_blocked(self) -> Option<LockKey> {
        self.blocked
    }

    pub fn writer(&mut self) -> &mut Writer<'w> {
        self.writer
    }

    /// Refuses to change a document, or to take a unique value, that a transaction has locked.
    fn check_free(
        &mut self,
        collection: &CollectionInfo,
        id: &Bson,
        old: Option<&[u8]>,
        new: Option<&[u8]>,
    ) -> Result<()> {
        if self.locks.is_empty() {
            return Ok(());
        }
        let mut keys = vec![LockKey::new(self.env, &collection.name, &id_key(id)?)];
        let values = changed_unique_values(self.env, collection, old, new)?;
        keys.extend(values.into_iter().map(|value| value.lock));
        match keys.into_iter().find(|key| self.locks.is_held(key)) {
            None => Ok(()),
            Some(key) => {
                self.blocked = Some(key);
                Err(lock_timeout())
            }
        }
    }
}

impl Target for Direct<'_, '_> {
    fn read(&self, read: &mut dyn FnMut(&View<'_>) -> Result<()>) -> Result<()> {
        let reader = self.writer.reader();
        read(&View::new(&reader, None, self.env))
    }

    fn collection_for_writing(&mut self, name: &str) -> Result<Arc<CollectionInfo>> {
        match self.writer.reader().collection(self.env, name) {
            Some(collection) => Ok(collection),
            None if self.create_missing => {
                crate::database::admin::create_collection(self.writer, self.env, name)
            }
            None => Err(collection_not_found(name)),
        }
    }

    fn insert(&mut self, collection: &CollectionInfo, id: &Bson, document: &[u8]) -> Result<()> {
        self.check_free(collection, id, None, Some(document))?;
        self.writer.insert(collection.id, document)?;
        Ok(())
    }

    fn replace(
        &mut self,
        collection: &CollectionInfo,
        slot: Slot,
        old: &[u8],
        new: &[u8],
    ) -> Result<()> {
        self.check_free(collection, &id_of(old), Some(old), Some(new))?;
        self.writer.replace(collection.id, slot, new)
    }

    fn remove(&mut self, collection: &CollectionInfo, slot: Slot, old: &[u8]) -> Result<()> {
        self.check_free(collection, &id_of(old), Some(old), None)?;
        self.writer.remove(collection.id, slot)?;
        Ok(())
    }
}
