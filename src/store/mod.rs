//! Storage. SKELETON of the public interface; the implementation follows on this branch.

mod catalog;

use std::ops::{Bound, ControlFlow};
use std::path::PathBuf;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::value::{Bson, RawDoc, RawValue};

pub use catalog::{
    CollectionId, CollectionInfo, IndexDefinition, IndexField, IndexId, IndexInfo, IndexOrder, Slot,
};

/// Where a store keeps its data.
#[derive(Debug, Clone)]
pub enum Location {
    /// In this process only; nothing is written anywhere.
    Memory,
    /// In `store.redb` of this directory, which is made if need be.
    Directory(PathBuf),
}

/// What an acknowledged write survives. Says nothing of a store in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// Loss of power: every commit is synced.
    #[default]
    Full,
    /// The end of the process, `kill -9` included. Not loss of power.
    Process,
}

/// Computes the cells of a geometry for `2dsphere` indexes. The store knows no geometry.
pub trait GeoCells: Send + Sync {
    /// Appends the cells that cover `value`, or refuses what is no geometry.
    fn cells(&self, value: RawValue<'_>, cells: &mut Vec<u64>) -> Result<()>;
}

#[derive(Clone)]
pub struct StoreOptions {
    pub location: Location,
    pub durability: Durability,
    /// Without it a `2dsphere` index is refused.
    pub geo: Option<Arc<dyn GeoCells>>,
}

/// Ends of a range of index keys, as encoded by `value::key`. An end may be shorter than the keys
/// (the first fields of a compound index): `Included` then means every key that begins with it,
/// `Excluded` none of those.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRange {
    pub lower: Bound<Vec<u8>>,
    pub upper: Bound<Vec<u8>>,
}

#[derive(Clone)]
pub struct Store(Arc<()>);
pub struct Snapshot(());
pub struct Mark(());
pub struct Reader<'a>(std::marker::PhantomData<&'a ()>);
pub struct Writer<'a>(std::marker::PhantomData<&'a mut ()>);
#[derive(Debug, Clone, Default)]
pub struct Report {
    pub documents: u64,
    pub problems: Vec<String>,
}
#[derive(Debug, Clone, Default)]
pub struct Stats {
    pub file_bytes: u64,
    pub collections: u64,
}

fn skeleton<T>() -> Result<T> {
    Err(Error::new(ErrorKind::Unsupported, "the store is not there yet"))
}

impl Store {
    pub fn open(_: StoreOptions) -> Result<Store> {
        skeleton()
    }
    pub fn read<T>(&self, _: impl FnOnce(&Reader<'_>) -> Result<T>) -> Result<T> {
        skeleton()
    }
    pub fn write<T>(&self, _: impl FnOnce(&mut Writer<'_>) -> Result<T>) -> Result<T> {
        skeleton()
    }
    /// In memory both `work` and `done` run before this returns.
    pub fn submit<T: Send + 'static>(
        &self,
        _: impl FnOnce(&mut Writer<'_>) -> Result<T> + Send + 'static,
        done: impl FnOnce(Result<T>) + Send + 'static,
    ) {
        done(skeleton());
    }
    pub fn snapshot(&self) -> Result<Snapshot> {
        skeleton()
    }
    pub fn mark(&self) -> Result<Mark> {
        skeleton()
    }
    /// On disk the marks made after `mark` are released by this.
    pub fn restore(&self, _: &Mark) -> Result<()> {
        skeleton()
    }
    pub fn release(&self, _: Mark) {}
    pub fn flush(&self) -> Result<()> {
        skeleton()
    }
    pub fn check(&self) -> Result<Report> {
        skeleton()
    }
    pub fn compact(&self) -> Result<bool> {
        skeleton()
    }
    pub fn stats(&self) -> Result<Stats> {
        skeleton()
    }
    pub fn is_memory(&self) -> bool {
        true
    }
}

impl Snapshot {
    pub fn read<T>(&self, _: impl FnOnce(&Reader<'_>) -> Result<T>) -> Result<T> {
        skeleton()
    }
}

impl Reader<'_> {
    pub fn collections(&self, _env: &str) -> Vec<Arc<CollectionInfo>> {
        Vec::new()
    }
    pub fn collection(&self, _env: &str, _name: &str) -> Option<Arc<CollectionInfo>> {
        None
    }
    pub fn count(&self, _: CollectionId) -> Result<u64> {
        skeleton()
    }
    pub fn document<T>(
        &self,
        _: CollectionId,
        _: Slot,
        _: impl FnOnce(RawDoc<'_>) -> T,
    ) -> Result<Option<T>> {
        skeleton()
    }
    pub fn slot_of(&self, _: CollectionId, _id: &Bson) -> Result<Option<Slot>> {
        skeleton()
    }
    pub fn scan(
        &self,
        _: CollectionId,
        _from: Option<Slot>,
        _reverse: bool,
        _visit: &mut dyn FnMut(Slot, RawDoc<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        skeleton()
    }
    pub fn scan_index(
        &self,
        _: IndexId,
        _: &KeyRange,
        _reverse: bool,
        _visit: &mut dyn FnMut(&[u8], Slot) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        skeleton()
    }
    pub fn record(&self, _table: &str, _key: &[u8]) -> Result<Option<Vec<u8>>> {
        skeleton()
    }
    pub fn scan_records(
        &self,
        _table: &str,
        _prefix: &[u8],
        _visit: &mut dyn FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        skeleton()
    }
}

impl Writer<'_> {
    /// Everything a reader can do; sees this job's own writes.
    pub fn reader(&self) -> Reader<'_> {
        Reader(std::marker::PhantomData)
    }
    pub fn create_collection(&mut self, _env: &str, _name: &str) -> Result<Arc<CollectionInfo>> {
        skeleton()
    }
    /// Whether there was one.
    pub fn drop_collection(&mut self, _env: &str, _name: &str) -> Result<bool> {
        skeleton()
    }
    pub fn insert(&mut self, _: CollectionId, _document: &[u8]) -> Result<Slot> {
        skeleton()
    }
    pub fn replace(&mut self, _: CollectionId, _: Slot, _document: &[u8]) -> Result<()> {
        skeleton()
    }
    /// Whether there was one.
    pub fn remove(&mut self, _: CollectionId, _: Slot) -> Result<bool> {
        skeleton()
    }
    pub fn create_index(&mut self, _: CollectionId, _: IndexDefinition) -> Result<IndexId> {
        skeleton()
    }
    /// Whether there was one.
    pub fn drop_index(&mut self, _: CollectionId, _name: &str) -> Result<bool> {
        skeleton()
    }
    pub fn put_record(&mut self, _table: &str, _key: &[u8], _value: &[u8]) -> Result<()> {
        skeleton()
    }
    pub fn remove_record(&mut self, _table: &str, _key: &[u8]) -> Result<bool> {
        skeleton()
    }
}
