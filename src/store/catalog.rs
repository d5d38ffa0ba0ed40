//! The catalog: which collections and indexes exist.
//!
//! It is decoded once and kept in memory beside the data it describes, so that a point read never
//! decodes it. A collection's or index's number is never given out twice in the life of a store.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::limits::{INDEX_FIELDS_MAX, INDEXES_MAX};
use crate::store::indexes::{document_keys, has_same_values};
use crate::value::{Bson, Document, FieldPath, RawDoc, encode_document, to_document};

/// A collection's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CollectionId(pub u32);

/// An index's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndexId(pub u32);

/// Where a document stands in its collection. Slots grow in insertion order, a replacement keeps
/// its slot, and a removed slot is not given out again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub u64);

/// A collection as the catalog knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct CollectionInfo {
    pub id: CollectionId,
    pub env: Arc<str>,
    pub name: Arc<str>,
    /// The indexes but `_id_`, which is built in. In order of creation.
    pub indexes: Arc<[IndexInfo]>,
}

/// An index as the catalog knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexInfo {
    pub id: IndexId,
    pub definition: IndexDefinition,
    /// Whether a document ever gave this index several entries, or an entry out of an array.
    /// A planner may combine both ends of a range, or trust the order for a sort, only if not.
    pub multikey: bool,
}

/// What an index is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct IndexDefinition {
    pub name: String,
    pub fields: Vec<IndexField>,
    /// A missing field counts as null, so two documents without it collide.
    pub unique: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct IndexField {
    pub path: FieldPath,
    pub order: IndexOrder,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexOrder {
    Ascending,
    Descending,
    /// `2dsphere`: the cells of the geometry, from [`GeoCells`](crate::store::GeoCells).
    Sphere,
}

impl CollectionInfo {
    pub fn index(&self, name: &str) -> Option<&IndexInfo> {
        self.indexes.iter().find(|index| index.definition.name == name)
    }
}

impl IndexInfo {
    pub fn has_sphere(&self) -> bool {
        self.definition.fields.iter().any(|field| field.order == IndexOrder::Sphere)
    }
}

impl IndexDefinition {
    /// The values that a change of a document takes or gives up in this index, if it is unique: the
    /// beginnings of its entries, each once.
    pub fn changed_unique_keys(
        &self,
        old: Option<RawDoc<'_>>,
        new: Option<RawDoc<'_>>,
    ) -> Result<Vec<Vec<u8>>> {
        let same = matches!((old, new), (Some(old), Some(new)) if has_same_values(self, old, new));
        if !self.unique || same {
            return Ok(Vec::new());
        }
        let keys = |document: Option<RawDoc<'_>>| match document {
            // A unique index has no geometries.
            Some(document) => document_keys(self, document, None).map(|found| found.keys),
            None => Ok(Vec::new()),
        };
        let (mut lost, mut gained) = (keys(old)?, keys(new)?);
        let kept = lost.extract_if(.., |key| gained.binary_search(key).is_ok());
        let kept: Vec<Vec<u8>> = kept.collect();
        gained.retain(|key| kept.binary_search(key).is_err());
        gained.append(&mut lost);
        Ok(gained)
    }

    /// Refuses what no index may be.
    pub(crate) fn validate(&self) -> Result<()> {
        let refuse = |text: String| Err(Error::mongo(67, text));
        if self.fields.is_empty() {
            return refuse("Index keys cannot be empty.".into());
        }
        if self.name.is_empty() || self.name == "_id_" || self.name.contains('\0') {
            return refuse(format!("index name '{}' is not allowed", self.name));
        }
        if self.fields.len() > INDEX_FIELDS_MAX {
            return refuse(format!(
                "index has {} fields, the most is {INDEX_FIELDS_MAX}",
                self.fields.len()
            ));
        }
        for (position, field) in self.fields.iter().enumerate() {
            if field.path.has_empty_segment() {
                return refuse("Index keys cannot contain an empty field.".into());
            }
            if self.fields[..position].iter().any(|other| other.path == field.path) {
                return refuse(format!("index field '{}' occurs twice", field.path.as_str()));
            }
        }
        let spheres = self.fields.iter().filter(|field| field.order == IndexOrder::Sphere).count();
        if spheres > 0 && self.unique {
            return refuse("a 2dsphere index cannot be unique".into());
        }
        Ok(())
    }

    fn to_document(&self) -> Document {
        let fields = self.fields.iter().map(|field| {
            let order = match field.order {
                IndexOrder::Ascending => 1,
                IndexOrder::Descending => -1,
                IndexOrder::Sphere => 2,
            };
            Bson::Array(vec![Bson::String(field.path.as_str().to_owned()), Bson::Int32(order)])
        });
        bson::doc! {
            "name": &self.name,
            "unique": self.unique,
            "fields": fields.collect::<Vec<_>>(),
        }
    }

    fn from_document(document: &Document) -> Option<Self> {
        let fields = document.get_array("fields").ok()?.iter().map(|field| {
            let [Bson::String(path), Bson::Int32(order)] = field.as_array()?.as_slice() else {
                return None;
            };
            let order = match order {
                1 => IndexOrder::Ascending,
                -1 => IndexOrder::Descending,
                2 => IndexOrder::Sphere,
                _ => return None,
            };
            Some(IndexField { path: FieldPath::parse(path).ok()?, order })
        });
        Some(Self {
            name: document.get_str("name").ok()?.to_owned(),
            unique: document.get_bool("unique").ok()?,
            fields: fields.collect::<Option<_>>()?,
        })
    }
}

/// Every collection of a store, by environment and name.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Catalog {
    environments: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Arc<CollectionInfo>>>,
    by_id: BTreeMap<CollectionId, Arc<CollectionInfo>>,
    /// The number that the next collection or index gets.
    pub(crate) next_id: u32,
    /// Grows with every change that is stored, so that a reader can tell whether the decoded
    /// catalog it has is the one of its data.
    pub(crate) version: u64,
}

impl Catalog {
    pub(crate) fn get(&self, env: &str, name: &str) -> Option<&Arc<CollectionInfo>> {
        self.environments.get(env)?.get(name)
    }

    pub(crate) fn by_id(&self, id: CollectionId) -> Option<&Arc<CollectionInfo>> {
        self.by_id.get(&id)
    }

    /// The collections of an environment by name.
    pub(crate) fn of_env(&self, env: &str) -> impl Iterator<Item = &Arc<CollectionInfo>> {
        self.environments.get(env).into_iter().flat_map(BTreeMap::values)
    }

    pub(crate) fn environments(&self) -> impl Iterator<Item = &Arc<str>> {
        self.environments.keys()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<CollectionInfo>> {
        self.by_id.values()
    }

    pub(crate) fn put(&mut self, info: CollectionInfo) -> Arc<CollectionInfo> {
        let info = Arc::new(info);
        self.by_id.insert(info.id, Arc::clone(&info));
        self.environments
            .entry(Arc::clone(&info.env))
            .or_default()
            .insert(Arc::clone(&info.name), Arc::clone(&info));
        info
    }

    pub(crate) fn remove(&mut self, id: CollectionId) -> Option<Arc<CollectionInfo>> {
        let info = self.by_id.remove(&id)?;
        if let Some(collections) = self.environments.get_mut(&info.env) {
            collections.remove(&info.name);
            if collections.is_empty() {
                self.environments.remove(&info.env);
            }
        }
        Some(info)
    }

    pub(crate) fn take_id(&mut self) -> Result<u32> {
        let id = self.next_id;
        self.next_id = id.checked_add(1).ok_or_else(|| {
            Error::new(ErrorKind::LimitExceeded, "the store has given out all collection numbers")
        })?;
        Ok(id)
    }
}

/// The stored form of one collection.
pub(crate) fn encode_collection(info: &CollectionInfo) -> Vec<u8> {
    let indexes = info.indexes.iter().map(|index| {
        let mut document = index.definition.to_document();
        document.insert("id", i64::from(index.id.0));
        document.insert("multikey", index.multikey);
        Bson::Document(document)
    });
    encode_document(&bson::doc! {
        "env": &*info.env,
        "name": &*info.name,
        "indexes": indexes.collect::<Vec<_>>(),
    })
}

/// Reads the stored form of one collection.
pub(crate) fn decode_collection(id: CollectionId, bytes: &[u8]) -> Result<CollectionInfo> {
    let damaged = || Error::new(ErrorKind::Storage, "the store's catalog is damaged");
    let document = to_document(RawDoc::new(bytes));
    let text = |key: &str| document.get_str(key).map(Arc::from).map_err(|_| damaged());
    let mut indexes = Vec::new();
    for index in document.get_array("indexes").map_err(|_| damaged())? {
        let index = index.as_document().ok_or_else(damaged)?;
        let id = index.get_i64("id").ok().and_then(|id| u32::try_from(id).ok());
        indexes.push(IndexInfo {
            id: IndexId(id.ok_or_else(damaged)?),
            definition: IndexDefinition::from_document(index).ok_or_else(damaged)?,
            multikey: index.get_bool("multikey").map_err(|_| damaged())?,
        });
    }
    Ok(CollectionInfo { id, env: text("env")?, name: text("name")?, indexes: indexes.into() })
}

/// Refuses names that a stored key could not hold.
pub(crate) fn validate_name(env: &str, name: &str) -> Result<()> {
    if env.contains('\0') || name.contains('\0') || name.is_empty() {
        return Err(Error::mongo(73, format!("Invalid namespace specified '{env}.{name}'")));
    }
    Ok(())
}

/// Refuses one more index than a collection may have.
pub(crate) fn validate_index_count(info: &CollectionInfo) -> Result<()> {
    // `_id_` counts.
    if info.indexes.len() + 1 >= INDEXES_MAX {
        return Err(Error::mongo(
            67,
            format!(
                "add index fails, too many indexes for {}.{} key:{}",
                info.env,
                info.name,
                info.indexes.len() + 1
            ),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(env: &str, name: &str, id: u32) -> CollectionInfo {
        let definition = IndexDefinition {
            name: "by_a_b".into(),
            fields: vec![
                IndexField { path: FieldPath::parse("a").unwrap(), order: IndexOrder::Ascending },
                IndexField {
                    path: FieldPath::parse("b.c").unwrap(),
                    order: IndexOrder::Descending,
                },
                IndexField { path: FieldPath::parse("g").unwrap(), order: IndexOrder::Sphere },
            ],
            unique: false,
        };
        CollectionInfo {
            id: CollectionId(id),
            env: env.into(),
            name: name.into(),
            indexes: [IndexInfo { id: IndexId(id + 100), definition, multikey: true }].into(),
        }
    }

    #[test]
    fn a_collection_reads_back_as_it_was_written() {
        let info = info("env", "文", 7);
        assert_eq!(decode_collection(info.id, &encode_collection(&info)).unwrap(), info);
        assert!(decode_collection(info.id, b"junk").is_err());
    }

    #[test]
    fn collections_are_found_by_environment_and_name() {
        let mut catalog = Catalog::default();
        for (id, (env, name)) in [("a", "x"), ("a", "y"), ("b", "x")].into_iter().enumerate() {
            catalog.put(info(env, name, u32::try_from(id).unwrap()));
        }
        assert_eq!(catalog.get("a", "y").unwrap().id, CollectionId(1));
        assert!(catalog.get("b", "y").is_none());
        assert_eq!(catalog.of_env("a").count(), 2);
        assert_eq!(&*catalog.by_id(CollectionId(2)).unwrap().env, "b");
        assert!(catalog.remove(CollectionId(2)).is_some());
        assert!(catalog.get("b", "x").is_none());
    }

    #[test]
    fn an_index_that_cannot_be_is_refused() {
        let field = |path: &str, order| IndexField { path: FieldPath::parse(path).unwrap(), order };
        let define = |name: &str, fields: Vec<IndexField>, unique| {
            IndexDefinition { name: name.into(), fields, unique }.validate()
        };
        let a = || field("a", IndexOrder::Ascending);
        assert!(define("ok", vec![a()], true).is_ok());
        assert!(define("", vec![a()], false).is_err());
        assert!(define("_id_", vec![a()], false).is_err());
        assert!(define("x", vec![], false).is_err());
        assert!(define("x", vec![a(), a()], false).is_err());
        assert!(define("x", vec![field("a..b", IndexOrder::Ascending)], false).is_err());
        assert!(define("x", vec![field("g", IndexOrder::Sphere)], true).is_err());
        let many = |count| (0..count).map(|n| field(&format!("f{n}"), IndexOrder::Ascending));
        assert!(define("x", many(INDEX_FIELDS_MAX).collect(), false).is_ok());
        assert!(define("x", many(INDEX_FIELDS_MAX + 1).collect(), false).is_err());
    }
}
