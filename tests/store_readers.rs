//! Readers beside writers on one store on disk: a reader sees whole jobs, and each job that was
//! acknowledged before it began, whichever way the job was written.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking"
)]

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use wx_server_sdk_local::store::{Durability, Location, Reader, Store, StoreOptions};

const WRITERS: usize = 2;
const WRITES: u64 = 200;
const READERS: usize = 3;

/// What a writer has written last, in two records of one job.
fn pair(reader: &Reader<'_>, writer: usize) -> (u64, u64) {
    let number = |name: &str| {
        let record = reader.record("pairs", format!("{name}{writer}").as_bytes()).unwrap();
        record.map_or(0, |bytes| u64::from_be_bytes(bytes.try_into().unwrap()))
    };
    (number("first"), number("second"))
}

fn write(store: &Store, writer: usize, acknowledged: &AtomicU64) {
    for number in 1..=WRITES {
        let job = |writing: &mut wx_server_sdk_local::store::Writer<'_>| {
            for name in ["first", "second"] {
                let key = format!("{name}{writer}");
                writing.put_record("pairs", key.as_bytes(), &number.to_be_bytes())?;
            }
            Ok(())
        };
        // Both ways in turn, and the small one twice as often: it leaves its work to be caught up.
        if number % 3 == 0 { store.write(job) } else { store.write_small(job) }.unwrap();
        acknowledged.store(number, Ordering::SeqCst);
    }
}

#[test]
fn a_reader_sees_what_was_acknowledged_and_nothing_by_halves() {
    let directory = tempfile::tempdir().unwrap();
    let mut options = StoreOptions::new(Location::Directory(directory.path().to_path_buf()));
    options.durability = Durability::Process;
    let store = Store::open(options).unwrap();
    let acknowledged: [AtomicU64; WRITERS] = Default::default();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let writers: Vec<_> = acknowledged
            .iter()
            .enumerate()
            .map(|(writer, acknowledged)| {
                let store = &store;
                scope.spawn(move || write(store, writer, acknowledged))
            })
            .collect();
        for _ in 0..READERS {
            scope.spawn(|| {
                while !is_over.load(Ordering::SeqCst) {
                    for (writer, acknowledged) in acknowledged.iter().enumerate() {
                        let before = acknowledged.load(Ordering::SeqCst);
                        let (first, second) =
                            store.read(|reader| Ok(pair(reader, writer))).unwrap();
                        assert_eq!(first, second, "half of a job");
                        assert!(first >= before, "{first} was read after {before} was stored");
                    }
                }
            });
        }
        let ended: Vec<_> = writers.into_iter().map(thread::ScopedJoinHandle::join).collect();
        is_over.store(true, Ordering::SeqCst);
        assert!(ended.iter().all(Result::is_ok));
    });
    for writer in 0..WRITERS {
        let found = store.read(|reader| Ok(pair(reader, writer))).unwrap();
        assert_eq!(found, (WRITES, WRITES));
    }
    assert!(store.check().unwrap().is_sound());
}
