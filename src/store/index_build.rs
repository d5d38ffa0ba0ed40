//! Creating and dropping indexes.

use std::ops::{Bound, ControlFlow};
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::store::catalog::{
    CollectionId, CollectionInfo, IndexDefinition, IndexId, IndexInfo, Slot, validate_index_count,
};
use crate::store::documents::Added;
use crate::store::indexes::{document_keys, no_geometry};
use crate::store::keyspace::{Section, Space};
use crate::store::writer::Writer;
use crate::value::RawDoc;

/// Bytes of documents held while an index is built: they are read and indexed in turns.
const BUILD_BATCH_BYTES: usize = 4 * 1024 * 1024;

impl Writer<'_> {
    /// Creates an index over what the collection holds and will hold. An index that exists with
    /// the same definition is returned as it is.
    ///
    /// # Errors
    /// The definition is refused, the name is taken by another one, a document cannot be indexed,
    /// or two documents violate uniqueness (`DuplicateKey`). Nothing of the index is left then.
    pub fn create_index(
        &mut self,
        collection: CollectionId,
        definition: IndexDefinition,
    ) -> Result<IndexId> {
        definition.validate()?;
        let info = self.collection(collection)?;
        if let Some(existing) = same_index(&info, &definition)? {
            return Ok(existing);
        }
        validate_index_count(&info)?;
        let index = IndexInfo { id: IndexId(self.take_id()?), definition, multikey: false };
        if index.has_sphere() && self.geo.is_none() {
            return Err(no_geometry());
        }
        let indexes = info.indexes.iter().cloned().chain([index.clone()]).collect();
        let info = self.put_collection(CollectionInfo { indexes, ..(*info).clone() })?;
        self.build(&info, &index)?;
        Ok(index.id)
    }

    /// Drops an index by name; returns whether there was one.
    ///
    /// # Errors
    /// `_id_` cannot be dropped.
    pub fn drop_index(&mut self, collection: CollectionId, name: &str) -> Result<bool> {
        if name == "_id_" {
            return Err(Error::mongo(72, "cannot drop _id index"));
        }
        let info = self.collection(collection)?;
        let Some(dropped) = info.index(name).map(|index| index.id) else { return Ok(false) };
        let indexes = info.indexes.iter().filter(|index| index.id != dropped).cloned().collect();
        self.put_collection(CollectionInfo { indexes, ..(*info).clone() })?;
        self.clear(Section::new(Space::Entries, dropped.0))?;
        Ok(true)
    }

    fn build(&mut self, info: &Arc<CollectionInfo>, index: &IndexInfo) -> Result<()> {
        let mut index = index.clone();
        let mut from = Some(Slot(0));
        while let Some(start) = from {
            let (batch, next) = self.batch(info.id, start)?;
            for (slot, document) in batch {
                let raw = RawDoc::new(&document);
                let keys = document_keys(&index.definition, raw, self.geo)?;
                let multikey = keys.multikey;
                self.add_entries(info, &index, &Added { slot, document: raw, keys, has: &[] })?;
                index.multikey |= multikey;
            }
            from = next;
        }
        Ok(())
    }

    /// Some documents from `start` on, and where the rest begins.
    #[allow(clippy::type_complexity, reason = "a pair of a batch and a position")]
    fn batch(
        &self,
        collection: CollectionId,
        start: Slot,
    ) -> Result<(Vec<(Slot, Vec<u8>)>, Option<Slot>)> {
        let (mut batch, mut bytes, mut next) = (Vec::new(), 0, None);
        self.reader().scan(collection, Some(start), false, &mut |slot, document| {
            if bytes > BUILD_BATCH_BYTES {
                next = Some(slot);
                return Ok(ControlFlow::Break(()));
            }
            bytes += document.as_bytes().len();
            batch.push((slot, document.as_bytes().to_vec()));
            Ok(ControlFlow::Continue(()))
        })?;
        Ok((batch, next))
    }

    /// Records that an index has documents with several keys.
    pub(super) fn set_multikey(
        &mut self,
        collection: CollectionId,
        index: &IndexInfo,
    ) -> Result<()> {
        let info = self.collection(collection)?;
        let indexes = info.indexes.iter().cloned().map(|mut other| {
            other.multikey |= other.id == index.id;
            other
        });
        let indexes = indexes.collect();
        self.put_collection(CollectionInfo { indexes, ..(*info).clone() })?;
        Ok(())
    }
}

/// The index that makes this one needless; an error if the name or the fields are taken.
fn same_index(info: &CollectionInfo, definition: &IndexDefinition) -> Result<Option<IndexId>> {
    if let Some(existing) = info.index(&definition.name) {
        return if existing.definition == *definition {
            Ok(Some(existing.id))
        } else {
            Err(Error::mongo(
                86,
                format!(
                    "Index with name: {} already exists with different options",
                    definition.name
                ),
            ))
        };
    }
    let same_fields = |index: &&IndexInfo| index.definition.fields == definition.fields;
    match info.indexes.iter().find(same_fields) {
        Some(existing) => Err(Error::mongo(
            85,
            format!(
                "Index with pattern already exists with different options: {}",
                existing.definition.name
            ),
        )),
        None => Ok(None),
    }
}

/// Ends of a range of index keys, as `value::key` encodes them. An end may be shorter than the
/// keys (the first fields of a compound index): `Included` then means every key that begins with
/// it, `Excluded` none of those.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRange {
    pub lower: Bound<Vec<u8>>,
    pub upper: Bound<Vec<u8>>,
}

impl KeyRange {
    pub const ALL: Self = Self { lower: Bound::Unbounded, upper: Bound::Unbounded };

    /// Every key that begins with `key`.
    pub fn prefix(key: Vec<u8>) -> Self {
        Self { lower: Bound::Included(key.clone()), upper: Bound::Included(key) }
    }
}
