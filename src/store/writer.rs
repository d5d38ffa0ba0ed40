//! Changing the store: one job, all of it or nothing.
//!
//! Several jobs share one commit, so a job that fails cannot be undone by dropping a transaction.
//! Every change first notes what was there, and a failed job is walked back.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::store::GeoCells;
use crate::store::catalog::{
    Catalog, CollectionId, CollectionInfo, Slot, encode_collection, validate_name,
};
use crate::store::failure::disk_full;
use crate::store::keyspace::{Cleared, Key, Old, Section, Space, WriteKeys};
use crate::store::meta::{
    CATALOG_VERSION_KEY, Counters, CountersAhead, NEXT_ID_KEY, collection_key, counters_key,
    encode_counters, read_counters,
};
use crate::store::reader::{Reader, record_key};

/// One change, with what undoes it.
#[derive(Debug)]
pub(crate) enum Change {
    Key { section: Section, key: Key, old: Old },
    Cleared { section: Section, cleared: Cleared },
    Counters { collection: CollectionId, old: Option<Counters> },
}

/// Changes after which a job lets readers go on with the state before it.
const CHANGES_BEFORE_SHARING: usize = 32;

/// What jobs that share a commit have in common.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) counters: CountersAhead,
}

/// Changes the store within one job.
pub struct Writer<'a> {
    pub(super) keys: &'a mut dyn WriteKeys,
    pub(super) shared: &'a mut Shared,
    pub(super) geo: Option<&'a dyn GeoCells>,
    pub(super) changes: Vec<Change>,
}

/// How a job ended.
pub(crate) enum Ended<T> {
    Applied {
        answer: T,
        changed: bool,
        /// Whether it has removed more documents than it added, or a collection.
        is_smaller: bool,
    },
    /// The job failed and has left nothing.
    Refused(Error),
    /// The job failed and could not be walked back: nothing of the commit may be stored.
    Broken(Error),
}

/// Runs one job on the state that earlier jobs of the same commit have left. On a full disk only
/// what makes the store smaller is applied.
pub(crate) fn run_job<T>(
    keys: &mut dyn WriteKeys,
    shared: &mut Shared,
    (geo, is_disk_full): (Option<&dyn GeoCells>, bool),
    work: impl FnOnce(&mut Writer<'_>) -> Result<T>,
) -> Ended<T> {
    let catalog_before = Arc::clone(&shared.catalog);
    let mut writer = Writer { keys, shared, geo, changes: Vec::new() };
    let outcome = catch_unwind(AssertUnwindSafe(|| work(&mut writer)));
    let error = match outcome {
        Ok(Ok(answer)) => {
            let (changed, is_smaller) = (!writer.changes.is_empty(), writer.has_removed());
            if is_smaller || !changed || !is_disk_full {
                return Ended::Applied { answer, changed, is_smaller };
            }
            disk_full("what removes documents or collections is still stored")
        }
        Ok(Err(error)) => error,
        Err(_) => Error::new(ErrorKind::Internal, "a write panicked; nothing of it was stored"),
    };
    let Writer { keys, shared, changes, .. } = writer;
    shared.catalog = catalog_before;
    match undo(keys, &mut shared.counters, &changes) {
        Ok(()) => Ended::Refused(error),
        Err(_) => Ended::Broken(error),
    }
}

/// Walks changes back, the last one first.
pub(crate) fn undo(
    keys: &mut dyn WriteKeys,
    counters: &mut CountersAhead,
    changes: &[Change],
) -> Result<()> {
    for change in changes.iter().rev() {
        match change {
            Change::Key { section, key, old: Some(old) } => {
                keys.put(*section, key.as_slice(), old.as_slice())?;
            }
            Change::Key { section, key, old: None } => {
                keys.remove(*section, key.as_slice())?;
            }
            Change::Cleared { section, cleared } => {
                keys.restore_cleared(*section, cleared.clone())?;
            }
            Change::Counters { collection, old: Some(old) } => {
                counters.insert(*collection, *old);
            }
            Change::Counters { collection, old: None } => {
                counters.remove(collection);
            }
        }
    }
    Ok(())
}

/// Stores the counters that are ahead. Done once a commit, after its last job.
pub(crate) fn store_counters(keys: &mut dyn WriteKeys, shared: &mut Shared) -> Result<()> {
    for (collection, counters) in std::mem::take(&mut shared.counters) {
        keys.put(Section::META, &counters_key(collection), &encode_counters(counters))?;
    }
    Ok(())
}

fn already_exists(env: &str, name: &str) -> Error {
    let text = format!("a collection '{env}.{name}' already exists");
    Error::new(ErrorKind::CollectionExists, text)
}

impl Writer<'_> {
    /// Whether the job has made the store smaller.
    fn has_removed(&self) -> bool {
        let mut before = CountersAhead::new();
        for change in &self.changes {
            match change {
                Change::Cleared { .. } => return true,
                Change::Counters { collection, old: Some(old) } => {
                    before.entry(*collection).or_insert(*old);
                }
                // The first change of a commit finds the stored ones.
                Change::Counters { collection, old: None } => {
                    if let Ok(stored) = read_counters(self.keys.as_read(), *collection) {
                        before.entry(*collection).or_insert(stored);
                    }
                }
                Change::Key { .. } => {}
            }
        }
        let documents_of = |counters: &CountersAhead, collection| {
            counters.get(collection).map_or(0, |counters: &Counters| counters.documents)
        };
        let sum = |counters: &CountersAhead| -> u64 {
            before.keys().map(|collection| documents_of(counters, collection)).sum()
        };
        sum(&self.shared.counters) < sum(&before)
    }

    /// Everything a reader can do; sees what this job has written so far.
    pub fn reader(&self) -> Reader<'_> {
        Reader::of_writer(self.keys.as_read(), &self.shared.catalog, &self.shared.counters)
    }

    pub fn create_collection(&mut self, env: &str, name: &str) -> Result<Arc<CollectionInfo>> {
        validate_name(env, name)?;
        if self.shared.catalog.get(env, name).is_some() {
            return Err(already_exists(env, name));
        }
        let id = CollectionId(self.take_id()?);
        self.put_collection(CollectionInfo {
            id,
            env: env.into(),
            name: name.into(),
            indexes: [].into(),
        })
    }

    /// Removes a collection with its documents and indexes; returns whether there was one.
    pub fn drop_collection(&mut self, env: &str, name: &str) -> Result<bool> {
        let Some(info) = self.shared.catalog.get(env, name).cloned() else { return Ok(false) };
        Arc::make_mut(&mut self.shared.catalog).remove(info.id);
        self.remove_key(Section::META, &collection_key(info.id))?;
        self.set_counters(info.id, None);
        self.remove_key(Section::META, &counters_key(info.id))?;
        self.clear(Section::new(Space::Documents, info.id.0))?;
        self.clear(Section::new(Space::Ids, info.id.0))?;
        for index in &*info.indexes {
            self.clear(Section::new(Space::Entries, index.id.0))?;
        }
        self.store_catalog_version()?;
        Ok(true)
    }

    /// Gives a collection to another environment, under its name and with all that is in it.
    pub fn move_collection(&mut self, id: CollectionId, env: &str) -> Result<()> {
        let info = self.collection(id)?;
        validate_name(env, &info.name)?;
        if self.shared.catalog.get(env, &info.name).is_some() {
            return Err(already_exists(env, &info.name));
        }
        Arc::make_mut(&mut self.shared.catalog).remove(id);
        self.put_collection(CollectionInfo { env: env.into(), ..(*info).clone() })?;
        Ok(())
    }

    /// Stores a record of another part of the engine.
    pub fn put_record(&mut self, table: &str, key: &[u8], value: &[u8]) -> Result<()> {
        self.put_key(Section::RECORDS, &record_key(table, key), value)?;
        Ok(())
    }

    /// Removes a record; returns whether there was one.
    pub fn remove_record(&mut self, table: &str, key: &[u8]) -> Result<bool> {
        self.remove_key(Section::RECORDS, &record_key(table, key))
    }

    pub(super) fn collection(&self, id: CollectionId) -> Result<Arc<CollectionInfo>> {
        self.shared.catalog.by_id(id).cloned().ok_or_else(|| {
            Error::new(ErrorKind::CollectionNotFound, "the collection no longer exists")
        })
    }

    /// Stores a new or changed collection.
    pub(super) fn put_collection(&mut self, info: CollectionInfo) -> Result<Arc<CollectionInfo>> {
        self.put_key(Section::META, &collection_key(info.id), &encode_collection(&info))?;
        let info = Arc::make_mut(&mut self.shared.catalog).put(info);
        self.store_catalog_version()?;
        Ok(info)
    }

    pub(super) fn take_id(&mut self) -> Result<u32> {
        let catalog = Arc::make_mut(&mut self.shared.catalog);
        let id = catalog.take_id()?;
        let next_id = catalog.next_id.to_be_bytes();
        self.put_key(Section::META, NEXT_ID_KEY, &next_id)?;
        Ok(id)
    }

    fn store_catalog_version(&mut self) -> Result<()> {
        let catalog = Arc::make_mut(&mut self.shared.catalog);
        catalog.version += 1;
        let version = catalog.version.to_be_bytes();
        self.put_key(Section::META, CATALOG_VERSION_KEY, &version)?;
        Ok(())
    }

    pub(super) fn counters(&self, collection: CollectionId) -> Result<Counters> {
        match self.shared.counters.get(&collection) {
            Some(counters) => Ok(*counters),
            None => read_counters(self.keys.as_read(), collection),
        }
    }

    pub(super) fn set_counters(&mut self, collection: CollectionId, new: Option<Counters>) {
        let ahead = &mut self.shared.counters;
        let old = match new {
            Some(new) => ahead.insert(collection, new),
            None => ahead.remove(&collection),
        };
        self.changes.push(Change::Counters { collection, old });
    }

    /// Stores a value and returns whether the key had one before.
    pub(super) fn put_key(&mut self, section: Section, key: &[u8], value: &[u8]) -> Result<bool> {
        self.let_readers_go_on();
        let old = self.keys.put(section, key, value)?;
        let replaced = old.is_some();
        self.changes.push(Change::Key { section, key: Key::new(key), old });
        Ok(replaced)
    }

    pub(super) fn remove_key(&mut self, section: Section, key: &[u8]) -> Result<bool> {
        self.let_readers_go_on();
        let old = self.keys.remove(section, key)?;
        let removed = old.is_some();
        if removed {
            self.changes.push(Change::Key { section, key: Key::new(key), old });
        }
        Ok(removed)
    }

    pub(super) fn clear(&mut self, section: Section) -> Result<()> {
        let cleared = self.keys.clear(section)?;
        self.changes.push(Change::Cleared { section, cleared });
        Ok(())
    }

    fn let_readers_go_on(&mut self) {
        if self.changes.len() >= CHANGES_BEFORE_SHARING {
            self.keys.share_before(&self.changes);
        }
    }

    pub(super) fn existing(&self, collection: CollectionId, slot: Slot) -> Result<Vec<u8>> {
        self.reader()
            .document(collection, slot, |document| document.as_bytes().to_vec())?
            .ok_or_else(|| Error::new(ErrorKind::Internal, "no document stands at this slot"))
    }
}
