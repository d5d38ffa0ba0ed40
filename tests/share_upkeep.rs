//! The upkeep of a store through another process's engine: seeding, emptying, checking, compacting
//! it, and points to come back to.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and prints its seed"
)]
#![cfg(unix)]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bson::{Document, doc};
use wx_server_sdk_local::clock::{Clock, Entropy};
use wx_server_sdk_local::database::{
    Command, Engine, LocalEngine, Replacement, Reply, Request, Settings, Upkeep, staging_env,
};
use wx_server_sdk_local::error::{ErrorKind, Result};
use wx_server_sdk_local::share::{Patience, SharedEngine};
use wx_server_sdk_local::store::{Durability, Location, Store, StoreOptions};

fn patience() -> Patience {
    Patience { silence_max: Duration::from_secs(10), tell: Box::new(|_| {}) }
}

fn open(directory: &Path) -> SharedEngine {
    let path = directory.to_path_buf();
    let open = move || {
        let store = Store::open(StoreOptions {
            durability: Durability::Process,
            ..StoreOptions::new(Location::Directory(path.clone()))
        })?;
        let (clock, entropy) = (Arc::new(Clock::system()), Arc::new(Entropy::system()));
        let settings =
            Settings { upkeep_patience: Duration::from_millis(20), ..Settings::default() };
        Ok(LocalEngine::new(store, clock, entropy, settings))
    };
    SharedEngine::open(directory.to_path_buf(), Box::new(open), patience()).unwrap()
}

fn ask(engine: &SharedEngine, env: &str, command: Command) -> Result<Reply> {
    engine.execute(Request { env: env.into(), transaction: None, command })
}

fn create(engine: &SharedEngine, env: &str, name: &str) {
    ask(engine, env, Command::CreateCollection { name: name.into() }).unwrap();
}

fn insert(engine: &SharedEngine, env: &str, name: &str, ids: &[i32]) -> Result<Reply> {
    let documents = ids.iter().map(|id| doc! { "_id": id }.to_vec().unwrap()).collect();
    ask(engine, env, Command::Insert { collection: name.into(), documents })
}

fn count(engine: &SharedEngine, name: &str) -> u64 {
    let command = Command::Count { collection: name.into(), filter: Document::new() };
    match ask(engine, "e", command) {
        Ok(Reply::Count(count)) => count,
        other => panic!("{other:?}"),
    }
}

fn names(engine: &SharedEngine, env: &str) -> Vec<String> {
    match ask(engine, env, Command::ListCollections) {
        Ok(Reply::Names(names)) => names,
        other => panic!("{other:?}"),
    }
}

fn staged(names: &[&str], engine: &SharedEngine, ids: &[i32]) -> Replacement {
    let staged = staging_env();
    for name in names {
        create(engine, &staged, name);
        insert(engine, &staged, name, ids).unwrap();
    }
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    Replacement { staged, names, alone: None }
}

/// The holder of a store, with a collection of two documents, and another user of it.
fn pair(directory: &Path) -> (SharedEngine, SharedEngine) {
    let holder = open(directory);
    create(&holder, "e", "log");
    insert(&holder, "e", "log", &[1, 2]).unwrap();
    let other = open(directory);
    assert!(other.holder().is_some());
    (holder, other)
}

#[test]
fn collections_take_their_places_together_or_not_at_all() {
    let directory = tempfile::tempdir().unwrap();
    let (holder, other) = pair(directory.path());
    let seed = staged(&["log", "more"], &other, &[7, 8, 9]);
    assert_eq!((count(&holder, "log"), names(&holder, "e").len()), (2, 1), "not seen yet");
    other.replace("e", seed).unwrap();
    assert_eq!((count(&holder, "log"), count(&holder, "more")), (3, 3));
    assert_eq!(
        insert(&holder, "e", "log", &[7]).map_err(|error| error.message().to_owned()),
        Err("E11000 duplicate key error collection: e.log index: _id_ dup key: { : 7 }".into())
    );
    let mut torn = staged(&["log"], &other, &[1]);
    torn.names.push("gone".into());
    assert_eq!(other.replace("e", torn).unwrap_err().kind(), ErrorKind::CollectionNotFound);
    assert_eq!((count(&holder, "log"), names(&holder, "e").len()), (3, 2));
    assert!(holder.check(&|_, _| {}).unwrap().is_sound());
}

#[test]
fn a_replacement_keeps_what_others_write_meanwhile_elsewhere() {
    let directory = tempfile::tempdir().unwrap();
    let (holder, other) = pair(directory.path());
    let seed = staged(&["more"], &other, &[1]);
    insert(&holder, "e", "log", &[3]).unwrap();
    other.replace("e", seed).unwrap();
    assert_eq!((count(&other, "log"), count(&other, "more")), (3, 1));
}

#[test]
fn emptying_ends_what_was_begun_by_anybody() {
    let directory = tempfile::tempdir().unwrap();
    let (holder, other) = pair(directory.path());
    for table in ["file", "kept"] {
        let (table, key, value) = (table.to_owned(), vec![1], vec![2]);
        ask(&holder, "e", Command::PutRecord { table, key, value }).unwrap();
    }
    create(&other, "another", "log");
    let begin = |engine: &SharedEngine| match ask(engine, "e", Command::StartTransaction) {
        Ok(Reply::TransactionStarted(id)) => id,
        other => panic!("{other:?}"),
    };
    let open = [begin(&holder), begin(&other)];
    let write = |id: &String| {
        let documents = vec![doc! { "_id": 5 }.to_vec().unwrap()];
        let command = Command::Insert { collection: "log".into(), documents };
        Request { env: "e".into(), transaction: Some(id.clone()), command }
    };
    holder.execute(write(&open[0])).unwrap();
    let mut seed = staged(&["log"], &other, &[]);
    seed.alone = Some(vec!["file".into()]);
    other.replace("e", seed).unwrap();
    assert_eq!((count(&holder, "log"), names(&holder, "another").len()), (0, 0));
    for id in &open {
        for command in [write(id).command, Command::CommitTransaction] {
            let request = Request { command, ..write(id) };
            let error = holder.execute(request).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::TransactionNotFound);
        }
    }
    insert(&holder, "e", "log", &[5]).unwrap();
    for (table, expected) in [("file", None), ("kept", Some(vec![2]))] {
        let command = Command::GetRecord { table: table.into(), key: vec![1] };
        assert_eq!(ask(&other, "e", command), Ok(Reply::Record(expected)), "{table}");
    }
}

#[test]
fn a_check_is_the_same_from_anywhere_and_counts_its_parts() {
    let directory = tempfile::tempdir().unwrap();
    let (holder, other) = pair(directory.path());
    create(&holder, "another", "users");
    let steps = std::cell::RefCell::new(Vec::new());
    let found = other.check(&|done, total| steps.borrow_mut().push((done, total))).unwrap();
    assert_eq!(*steps.borrow(), [(0, 2), (1, 2), (2, 2)]);
    assert_eq!((found.collections, found.documents, found.is_sound()), (2, 2, true));
    assert_eq!(holder.check(&|_, _| {}).unwrap(), found);
    assert_eq!(holder.store().unwrap().check().unwrap(), found);
}

#[test]
fn a_store_is_compacted_for_whoever_asks_unless_a_state_of_it_is_held() {
    let directory = tempfile::tempdir().unwrap();
    let (holder, other) = pair(directory.path());
    let compacted = other.compact().unwrap();
    assert!(compacted.after_bytes > 0 && compacted.after_bytes <= compacted.before_bytes);
    let mark = holder.mark().unwrap();
    for refused in
        [other.compact().map(drop), other.check(&|_, _| {}).map(drop), holder.compact().map(drop)]
    {
        let error = refused.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StoreBusy);
        assert!(error.message().contains("a transaction or a snapshot of the data is open"));
    }
    drop(mark);
    assert!(other.compact().is_ok() && other.check(&|_, _| {}).is_ok());
    assert_eq!(count(&other, "log"), 2);
}

#[test]
fn a_mark_is_kept_by_the_holder_for_as_long_as_it_is_wanted() {
    let directory = tempfile::tempdir().unwrap();
    let (holder, other) = pair(directory.path());
    let marks = || match ask(&holder, "e", Command::Upkeep(Upkeep::CountMarks)) {
        Ok(Reply::Count(marks)) => marks,
        other => panic!("{other:?}"),
    };
    let mark = other.mark().unwrap();
    assert_eq!(marks(), 1);
    for _ in 0..2 {
        insert(&holder, "e", "log", &[3]).unwrap();
        other.restore(&mark).unwrap();
        assert_eq!(count(&holder, "log"), 2, "for all users of the store");
    }
    drop(mark);
    // Answered after what was sent before.
    assert_eq!(count(&other, "log"), 2);
    while marks() > 0 {
        std::thread::yield_now();
    }
    let left = other.mark().unwrap();
    drop(other);
    while marks() > 0 {
        std::thread::yield_now();
    }
    drop(left);
}

#[test]
fn a_mark_goes_with_the_process_that_keeps_it() {
    let directory = tempfile::tempdir().unwrap();
    let (holder, other) = pair(directory.path());
    let mark = other.mark().unwrap();
    drop(holder);
    assert_eq!(count(&other, "log"), 2);
    let error = other.restore(&mark).unwrap_err();
    assert!(error.message().contains("the snapshot is gone"), "{error}");
    assert!(other.mark().is_ok(), "it holds the store now");
}

#[test]
fn what_an_ended_program_has_left_aside_goes_with_a_later_replacement() {
    let directory = tempfile::tempdir().unwrap();
    let (holder, other) = pair(directory.path());
    let (old, new) = ("\u{1}staged 1000 00", staging_env());
    for env in [old, new.as_str()] {
        create(&holder, env, "log");
    }
    let seed = staged(&["more"], &other, &[1]);
    other.replace("e", seed).unwrap();
    assert_eq!((names(&holder, old).len(), names(&holder, &new).len()), (0, 1));
}
