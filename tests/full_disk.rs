//! On a full disk a store is opened, read and made smaller; what needs room is refused whole.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and prints its seed"
)]

mod store_device;
mod store_model;

use std::sync::Arc;

use store_device::{Image, Random, TestDevice, seed};
use store_model::{Model, change, open, open_as_large, open_unbounded, stored, write};
use wx_server_sdk_local::error::{ErrorKind, Result};
use wx_server_sdk_local::store::Store;

type Open = fn(&Arc<TestDevice>) -> Result<Store>;

const OPENS: [(&str, Open); 3] =
    [("small", open), ("large", open_as_large), ("unbounded", open_unbounded)];

/// Writes until there is no room; returns what is stored.
fn fill(device: &Arc<TestDevice>, store: &Store, random: &mut Random) -> Model {
    let mut model = Model::default();
    for _ in 0..20 {
        write(store, random.below(2) == 0, |writer| change(writer, &mut model, random)).unwrap();
    }
    device.fill_up(usize::try_from(random.below(80)).unwrap());
    let mut refused = 0;
    for number in 0..10_000_u64 {
        let before = model.clone();
        let written = write(store, random.below(2) == 0, |writer| {
            // The model's documents take the room of those before; what is beside them does not.
            writer.put_record("beside", &number.to_be_bytes(), &[1; 3_000])?;
            (0..3).try_for_each(|_| change(writer, &mut model, random))
        });
        if let Err(error) = written {
            assert_eq!(error.kind(), ErrorKind::Storage, "{error}");
            assert!(error.message().contains("disk is full"), "{error}");
            let found = stored(store).unwrap();
            assert!(found == before || found == model, "{found:?}");
            model = found;
            refused += 1;
            if refused == 10 {
                return model;
            }
        }
    }
    panic!("the disk was never full");
}

fn remove_all(store: &Store, model: &Model, what: &str) {
    for (name, (_, documents)) in &model.0 {
        for id in documents.keys() {
            store
                .write(|writer| {
                    let info = writer.reader().collection("env", name).unwrap();
                    let id = wx_server_sdk_local::value::Bson::Int32(*id);
                    let slot = writer.reader().slot_of(info.id, &id)?.unwrap();
                    writer.remove(info.id, slot)
                })
                .unwrap_or_else(|error| panic!("{what}: {name} {id}: {error}"));
        }
    }
}

#[test]
fn a_full_disk_is_read_opened_and_emptied() {
    let seed = seed();
    for round in 0..30 {
        for (kind, open) in OPENS {
            let mut random = Random(seed + round);
            let device = TestDevice::new(Image::default());
            let store = open(&device).unwrap();
            let model = fill(&device, &store, &mut random);
            device.fill_up(0);
            assert_eq!(stored(&store).unwrap(), model, "{kind} {round}: read");
            // Stopped, or closed: opened again it is as it was.
            let is_closed = round % 2 == 0;
            if is_closed {
                drop(store);
            } else {
                std::mem::forget(store);
            }
            let store = open(&device).unwrap_or_else(|error| panic!("{kind} {round}: {error}"));
            assert_eq!(stored(&store).unwrap(), model, "{kind} {round}: opened again");
            remove_all(&store, &model, &format!("{kind} {round}"));
            store
                .write(|writer| {
                    model
                        .0
                        .keys()
                        .try_for_each(|name| writer.drop_collection("env", name).map(drop))
                })
                .unwrap_or_else(|error| panic!("{kind} {round}: dropping: {error}"));
            assert_eq!(stored(&store).unwrap(), Model::default(), "{kind} {round}: emptied");
            drop(store);
            let store = open(&device).unwrap();
            assert_eq!(stored(&store).unwrap(), Model::default(), "{kind} {round}: at last");
        }
    }
}
