//! What is whole of a damaged store is recovered into a new one, what is not is told, and the
//! damaged one is left as it is.

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

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use store_device::{Random, seed, setting};
use store_model::{Model, change, stored, write};
use tempfile::TempDir;
use wx_server_sdk_local::error::ErrorKind;
use wx_server_sdk_local::store::{Location, Report, Store, StoreOptions, salvage};

/// Damaged stores at least; `WX_LOCAL_TEST_SALVAGES` sets another number.
const SALVAGES_MIN: u64 = 600;

const FILES: [&str; 3] = ["store.redb", "store.log", "store.sums"];

type Contents = BTreeMap<String, Vec<u8>>;

fn contents(directory: &Path) -> Contents {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
    let read = |entry: fs::DirEntry| {
        (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())
    };
    entries.map(read).collect()
}

fn put_back(contents: &Contents, directory: &Path) {
    for (name, bytes) in contents {
        fs::write(directory.join(name), bytes).unwrap();
    }
}

/// The files of a store, closed or stopped, and what they hold.
fn written(seed: u64, is_closed: bool) -> (Contents, Model) {
    let directory = TempDir::new().unwrap();
    let mut random = Random(seed);
    let options = StoreOptions::new(Location::Directory(directory.path().to_owned()));
    let log_bytes = [4_000, 20_000, options.log_bytes][usize::try_from(seed % 3).unwrap()];
    let store = Store::open(StoreOptions { log_bytes, ..options }).unwrap();
    let mut model = Model::default();
    for _ in 0..60 {
        write(&store, random.below(2) == 0, |writer| {
            (0..3).try_for_each(|_| change(writer, &mut model, &mut random))
        })
        .unwrap();
    }
    store.write(|writer| writer.put_record("t", b"k", b"v")).unwrap();
    let stopped = contents(directory.path());
    drop(store);
    (if is_closed { contents(directory.path()) } else { stopped }, model)
}

/// Recovers the files as they are given; they stay as they are.
fn recover(files: &Contents) -> Result<(Report, Model, bool), wx_server_sdk_local::error::Error> {
    let (from, parent) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    put_back(files, from.path());
    let into = parent.path().join("new");
    let salvaged = salvage(from.path(), &into, None);
    assert_eq!(contents(from.path()), *files, "the damaged store was changed");
    let report = salvaged?;
    let store = Store::open(StoreOptions::new(Location::Directory(into))).unwrap();
    let checked = store.check().unwrap();
    assert!(checked.is_sound(), "{checked:?}");
    assert_eq!(checked.documents, report.documents);
    let has_record = store.read(|reader| reader.record("t", b"k")).unwrap().is_some();
    Ok((report, stored(&store).unwrap(), has_record))
}

#[test]
fn all_of_a_sound_store_is_recovered() {
    let seed = seed();
    for round in 0..30 {
        let (files, model) = written(seed + round, round % 2 == 0);
        let (report, found, has_record) = recover(&files).unwrap();
        assert!(report.is_sound(), "{round}: {report:?}");
        assert_eq!(found, model, "{round}");
        assert!(has_record, "{round}");
    }
}

#[test]
fn of_a_damaged_store_nothing_wrong_is_recovered_and_nothing_is_lost_in_silence() {
    let seed = seed();
    let (mut whole, mut partly, mut refused) = (0, 0, 0);
    let rounds = setting("WX_LOCAL_TEST_SALVAGES", SALVAGES_MIN);
    let stores: Vec<_> = (0..12).map(|number| written(seed + number, number % 2 == 0)).collect();
    for round in 0..rounds {
        let mut random = Random(seed ^ round << 32);
        let is_closed = round % 2 == 0;
        let (mut files, model) = stores[usize::try_from(round % 12).unwrap()].clone();
        for _ in 0..=random.below(3) {
            // A stopped store's log may end at any record, as after a crash.
            let file = FILES[usize::try_from(random.below(2 + u64::from(is_closed))).unwrap()];
            let bytes = files.get_mut(file).unwrap();
            let at = usize::try_from(random.below(bytes.len() as u64)).unwrap();
            match random.below(4) {
                0 if file == "store.redb" => {
                    let end = bytes.len().min(at + 5_000);
                    bytes[at..end].fill(0);
                }
                1 if file == "store.redb" => bytes.truncate(at),
                _ => bytes[at] ^= 1 << random.below(8),
            }
        }
        let (report, found, _) = match recover(&files) {
            Ok(recovered) => recovered,
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Storage, "{error}");
                refused += 1;
                continue;
            }
        };
        if found == model {
            whole += 1;
            continue;
        }
        partly += 1;
        if is_closed {
            assert!(!report.is_sound(), "{round}: silence about {found:?} of {model:?}");
            // An older state that is whole may have what was changed since.
            let is_older = report.problems.iter().any(|text| text.contains("the one before it"));
            for (name, (_, documents)) in &found.0 {
                let Some((_, known)) = model.0.get(name).filter(|_| !is_older) else { continue };
                for (id, document) in documents {
                    assert_eq!(known.get(id), Some(document), "{round}: {name} {id}");
                }
            }
        }
    }
    println!("salvaged: {whole} whole, {partly} in part, {refused} refused of {rounds}");
    assert!(whole > 0 && partly > 0);
}

#[test]
fn a_store_that_is_open_or_a_directory_that_is_not_empty_is_refused() {
    let (from, into) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let store =
        Store::open(StoreOptions::new(Location::Directory(from.path().to_owned()))).unwrap();
    let busy = salvage(from.path(), into.path(), None).unwrap_err();
    assert_eq!(busy.kind(), ErrorKind::StoreBusy, "{busy}");
    drop(store);
    fs::write(into.path().join("mine"), "x").unwrap();
    let taken = salvage(from.path(), into.path(), None).unwrap_err();
    assert_eq!(taken.kind(), ErrorKind::InvalidParam, "{taken}");
    let nothing = TempDir::new().unwrap();
    let missing = salvage(nothing.path(), &into.path().join("new"), None).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::Storage, "{missing}");
    assert!(!into.path().join("new").exists() && contents(nothing.path()).is_empty());
}
