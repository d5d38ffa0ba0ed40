//! A store whose files are removed, moved or replaced while it is open acknowledges nothing more,
//! and leaves alone what lies there then.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking"
)]

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use wx_server_sdk_local::error::{ErrorKind, Result};
use wx_server_sdk_local::store::{Location, Store, StoreOptions};

fn open(directory: &Path) -> Store {
    Store::open(StoreOptions::new(Location::Directory(directory.to_owned()))).unwrap()
}

fn put(store: &Store, is_small: bool, key: u64) -> Result<()> {
    let key = key.to_be_bytes();
    if is_small {
        store.write_small(|writer| writer.put_record("t", &key, b"v"))
    } else {
        store.write(|writer| writer.put_record("t", &key, b"v"))
    }
}

fn has(store: &Store, key: u64) -> bool {
    store.read(|reader| reader.record("t", &key.to_be_bytes())).unwrap().is_some()
}

type Take = fn(&Path);

const TAKES: [(&str, Take); 6] = [
    ("removed", |directory| fs::remove_dir_all(directory).unwrap()),
    ("moved", |directory| fs::rename(directory, directory.with_extension("moved")).unwrap()),
    ("replaced by another store", |directory| {
        fs::remove_dir_all(directory).unwrap();
        drop(open(directory));
    }),
    ("without its tables", |directory| fs::remove_file(directory.join("store.redb")).unwrap()),
    ("without its log", |directory| fs::remove_file(directory.join("store.log")).unwrap()),
    ("with another log", |directory| {
        let log = directory.join("store.log");
        let bytes = fs::read(&log).unwrap();
        fs::remove_file(&log).unwrap();
        fs::write(&log, bytes).unwrap();
    }),
];

#[test]
fn nothing_is_acknowledged_once_the_files_are_taken_away() {
    for (what, take) in TAKES {
        for is_small in [true, false] {
            let parent = TempDir::new().unwrap();
            let directory = parent.path().join("data");
            let store = open(&directory);
            put(&store, is_small, 1).unwrap();
            take(&directory);
            for key in 2..5 {
                let refused = put(&store, is_small, key).unwrap_err();
                assert_eq!(refused.kind(), ErrorKind::Storage, "{what}");
                let text = refused.message();
                assert!(text.contains("removed, moved or replaced"), "{what}: {text}");
            }
            drop(store);
            if what == "replaced by another store" {
                let other = open(&directory);
                assert!(!has(&other, 1) && !has(&other, 2), "{what}");
                put(&other, is_small, 9).unwrap();
            }
            if what == "moved" {
                let moved = open(&directory.with_extension("moved"));
                assert!(has(&moved, 1), "{what}");
            }
            if what == "removed" {
                assert!(!directory.exists(), "nothing is made anew");
            }
        }
    }
}
