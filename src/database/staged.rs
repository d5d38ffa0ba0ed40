//! The writes of a transaction: locked, checked against the store, and staged in the overlay.

use std::sync::Arc;

use crate::database::admin;
use crate::database::locks::Holder;
use crate::database::locks::LockKey;
use crate::database::locks::LockTable;
use crate::database::overlay::Overlay;
use crate::database::overlay::Place;
use crate::database::overlay::Seen;
use crate::database::overlay::conflict;
use crate::database::target::Target;
use crate::database::target::UniqueValue;
use crate::database::target::changed_unique_values;
use crate::database::target::id_of;
use crate::database::view::View;
use crate::database::view::collection_not_found;
use crate::database::view::id_key;
use crate::error::{Error, ErrorKind, Result};
use crate::store::CollectionInfo;
use crate::store::Slot;
use crate::store::Snapshot;
use crate::store::Store;
use crate::value::Bson;

pub struct Staged<'a> {
    around: Surroundings<'a>,
    overlay: &'a mut Overlay,
    /// Whether a document of a collection with unique indexes was written.
    unique_touched: bool,
}

/// What a transaction's operation works with.
pub struct Surroundings<'a> {
    pub env: &'a str,
    pub store: &'a Store,
    pub snapshot: &'a Snapshot,
    pub locks: &'a LockTable,
    pub holder: Holder,
    pub create_missing: bool,
}

impl<'a> Staged<'a> {
    pub fn new(around: Surroundings<'a>, overlay: &'a mut Overlay) -> Self {
        Self { around, overlay, unique_touched: false }
    }

    /// Called once after the writes of an operation.
    pub fn finish(self) -> Result<()> {
        if self.unique_touched { self.rehearse() } else { Ok(()) }
    }

    /// Locks a document. A document that another transaction holds is a conflict at once.
    fn lock(&self, collection: &CollectionInfo, id_key: &[u8]) -> Result<()> {
        let key = LockKey::new(self.around.env, &collection.name, id_key);
        if self.around.locks.acquire(&key, self.around.holder) { Ok(()) } else { Err(conflict()) }
    }

    /// Locks the unique values that a change takes or gives up. One that another transaction holds,
    /// or that somebody has taken or given up since the snapshot, is a conflict at once.
    fn lock_unique(
        &self,
        collection: &CollectionInfo,
        old: Option<&[u8]>,
        new: Option<&[u8]>,
    ) -> Result<()> {
        let Surroundings { env, store, snapshot, locks, holder, .. } = self.around;
        for UniqueValue { index, key, lock } in changed_unique_values(env, collection, old, new)? {
            if !locks.acquire(&lock, holder) {
                return Err(conflict());
            }
            let was_taken = snapshot.read(|reader| reader.has_entry(index, &key))?;
            if was_taken != store.read(|reader| reader.has_entry(index, &key))? {
                return Err(conflict());
            }
        }
        Ok(())
    }

    /// A stored document must still be what the snapshot has. With the lock held it stays so.
    fn check_unchanged(&self, collection: &CollectionInfo, slot: Slot, old: &[u8]) -> Result<()> {
        if self.overlay.changes(collection.id).is_some_and(|changes| changes.has(slot)) {
            return Ok(());
        }
        let same = self.around.store.read(|reader| {
            reader.document(collection.id, slot, |document| document.as_bytes() == old)
        })?;
        if same == Some(true) { Ok(()) } else { Err(conflict()) }
    }

    /// Whether the committed state allows all of the overlay: the store is asked to apply it and
    /// to drop it again, so that unique values and their error texts are exactly a commit's.
    fn rehearse(&self) -> Result<()> {
        let mut allowed = false;
        let outcome = self.around.store.write(|writer| {
            self.overlay.replay(writer)?;
            allowed = true;
            Err::<(), _>(Error::new(ErrorKind::Internal, "a rehearsal is never committed"))
        });
        if allowed { Ok(()) } else { outcome }
    }

    fn check_written(&mut self, collection: &CollectionInfo) -> Result<()> {
        self.unique_touched |= collection.indexes.iter().any(|index| index.definition.unique);
        self.overlay.check_size()
    }
}

impl Target for Staged<'_> {
    fn read(&self, read: &mut dyn FnMut(&View<'_>) -> Result<()>) -> Result<()> {
        self.around
            .snapshot
            .read(|reader| read(&View::new(reader, Some(self.overlay), self.around.env)))
    }

    /// A collection cannot be made inside a transaction: where the settings allow it, it is made
    /// beside it and stays.
    fn collection_for_writing(&mut self, name: &str) -> Result<Arc<CollectionInfo>> {
        let mut found = None;
        self.read(&mut |view| {
            found = view.find_collection(name);
            Ok(())
        })?;
        if let Some(collection) = found {
            return Ok(collection);
        }
        if !self.around.create_missing {
            return Err(collection_not_found(name));
        }
        let made = self.around.store.write(|writer| {
            match writer.reader().collection(self.around.env, name) {
                Some(collection) => Ok(collection),
                None => admin::create_collection(writer, self.around.env, name),
            }
        })?;
        self.overlay.add_made_collection(Arc::clone(&made));
        Ok(made)
    }

    fn insert(&mut self, collection: &CollectionInfo, id: &Bson, document: &[u8]) -> Result<()> {
        let key = id_key(id)?;
        self.lock(collection, &key)?;
        let changes = self.overlay.changes(collection.id);
        let seen = changes.map_or(Seen::Unchanged, |changes| changes.slot_of(&key));
        let is_visible = match seen {
            Seen::Unchanged => {
                self.around.snapshot.read(|reader| reader.slot_of(collection.id, id))?.is_some()
            }
            Seen::Removed => false,
            Seen::Written(_) => true,
        };
        let is_newer = seen == Seen::Unchanged
            && !is_visible
            && self.around.store.read(|reader| reader.slot_of(collection.id, id))?.is_some();
        if is_newer {
            return Err(conflict());
        }
        if !is_visible {
            self.lock_unique(collection, None, Some(document))?;
        }
        self.overlay.insert(collection.id, &key, document.to_vec());
        if is_visible {
            // The store words the refusal. When it has none, the document has gone meanwhile.
            self.rehearse()?;
            return Err(conflict());
        }
        self.check_written(collection)
    }

    fn replace(
        &mut self,
        collection: &CollectionInfo,
        slot: Slot,
        old: &[u8],
        new: &[u8],
    ) -> Result<()> {
        let key = id_key(&id_of(old))?;
        self.lock(collection, &key)?;
        self.check_unchanged(collection, slot, old)?;
        self.lock_unique(collection, Some(old), Some(new))?;
        let place = Place { collection: collection.id, id_key: &key, slot, old };
        self.overlay.replace(place, new.to_vec());
        self.check_written(collection)
    }

    fn remove(&mut self, collection: &CollectionInfo, slot: Slot, old: &[u8]) -> Result<()> {
        let key = id_key(&id_of(old))?;
        self.lock(collection, &key)?;
        self.check_unchanged(collection, slot, old)?;
        self.lock_unique(collection, Some(old), None)?;
        self.overlay.remove(Place { collection: collection.id, id_key: &key, slot, old });
        self.overlay.check_size()
    }
}
