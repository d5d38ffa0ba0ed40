//! A small workload on a store, with a model that says what must be stored after each job.

#![allow(dead_code, reason = "each test uses some of it")]

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use bson::doc;
use wx_server_sdk_local::error::Result;
use wx_server_sdk_local::store::{
    IndexDefinition, IndexField, IndexOrder, KeyRange, Location, Store, StoreOptions, Writer,
};
use wx_server_sdk_local::value::{Bson, FieldPath, encode_document, to_document};

use super::store_device::{Random, TestDevice, devices};

/// Id -> value and size.
type Documents = BTreeMap<i32, (i32, i32)>;

/// The collections: whether each is indexed, and what it holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Model(pub BTreeMap<String, (bool, Documents)>);

/// Opens a store whose log is full after a few commits.
pub fn open(device: &Arc<TestDevice>) -> Result<Store> {
    let options = StoreOptions::new(Location::Devices(devices(device)));
    Store::open(StoreOptions { log_bytes: 4_000, ..options })
}

/// Opens a store that commits as a large one does.
pub fn open_as_large(device: &Arc<TestDevice>) -> Result<Store> {
    let options = StoreOptions::new(Location::Devices(devices(device)));
    Store::open(StoreOptions { quick_repair_bytes: 0, log_bytes: 20_000, ..options })
}

/// Opens a store whose log is never full.
pub fn open_unbounded(device: &Arc<TestDevice>) -> Result<Store> {
    Store::open(StoreOptions::new(Location::Devices(devices(device))))
}

/// Runs a job in one of the ways that a store has.
pub fn write<T>(
    store: &Store,
    is_small: bool,
    work: impl FnOnce(&mut Writer<'_>) -> Result<T>,
) -> Result<T> {
    if is_small { store.write_small(work) } else { store.write(work) }
}

fn document(id: i32, value: i32, size: i32) -> Vec<u8> {
    let text = "x".repeat(usize::try_from(size).unwrap());
    encode_document(&doc! {"_id": id, "value": value, "size": size, "text": text})
}

/// One random change, to the store's job and to the model alike.
pub fn change(writer: &mut Writer<'_>, model: &mut Model, random: &mut Random) -> Result<()> {
    let name = format!("c{}", random.below(2));
    let Some(info) = writer.reader().collection("env", &name) else {
        writer.create_collection("env", &name)?;
        model.0.insert(name, (false, BTreeMap::new()));
        return Ok(());
    };
    let (indexed, documents) = model.0.entry(name.clone()).or_default();
    let id = i32::try_from(random.below(12)).unwrap();
    let value = i32::try_from(random.below(5)).unwrap();
    let size = i32::try_from(random.below(40) * random.below(40)).unwrap();
    let slot = writer.reader().slot_of(info.id, &Bson::Int32(id))?;
    match (random.below(40), slot) {
        (0, _) => {
            writer.drop_collection("env", &name)?;
            model.0.remove(&name);
        }
        (1..4, _) if *indexed => {
            *indexed = false;
            writer.drop_index(info.id, "by_value")?;
        }
        (1..8, _) if !*indexed => {
            *indexed = true;
            let path = FieldPath::parse("value")?;
            let fields = vec![IndexField { path, order: IndexOrder::Descending }];
            let definition = IndexDefinition { name: "by_value".into(), fields, unique: false };
            writer.create_index(info.id, definition)?;
        }
        (_, None) => {
            documents.insert(id, (value, size));
            writer.insert(info.id, &document(id, value, size))?;
        }
        (0..18, Some(slot)) => {
            documents.remove(&id);
            writer.remove(info.id, slot)?;
        }
        (_, Some(slot)) => {
            documents.insert(id, (value, size));
            writer.replace(info.id, slot, &document(id, value, size))?;
        }
    }
    Ok(())
}

/// What is stored, read every way there is; panics where those disagree.
pub fn stored(store: &Store) -> Result<Model> {
    store.read(|reader| {
        let mut model = Model::default();
        for info in reader.collections("env") {
            let mut documents = BTreeMap::new();
            let mut slots = Vec::new();
            reader.scan(info.id, None, false, &mut |slot, raw| {
                let found = to_document(raw);
                let number = |key: &str| found.get_i32(key).unwrap();
                let (id, value, size) = (number("_id"), number("value"), number("size"));
                assert_eq!(raw.as_bytes(), document(id, value, size), "bytes changed");
                documents.insert(id, (value, size));
                slots.push(slot);
                Ok(ControlFlow::Continue(()))
            })?;
            assert_eq!(reader.count(info.id)?, slots.len() as u64, "the counter is off");
            for (id, slot) in documents.keys().zip(&slots) {
                assert!(reader.slot_of(info.id, &Bson::Int32(*id))?.is_some(), "{slot:?}");
            }
            for index in &*info.indexes {
                let mut found = Vec::new();
                reader.scan_index(index.id, &KeyRange::ALL, false, &mut |_, slot| {
                    found.push(slot);
                    Ok(ControlFlow::Continue(()))
                })?;
                found.sort_unstable();
                assert_eq!(found, slots, "the index is off");
            }
            model.0.insert(info.name.to_string(), (!info.indexes.is_empty(), documents));
        }
        Ok(model)
    })
}
