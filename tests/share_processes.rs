//! One store, several engines: who holds it, who is served, and what a lost answer leads to.

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
use std::sync::mpsc::channel;
use std::time::Duration;

use bson::{Document, doc};
use wx_server_sdk_local::clock::{Clock, Entropy};
use wx_server_sdk_local::database::{
    Command, Engine, Find, LocalEngine, Reply, Request, RequestId, Settings, Update,
};
use wx_server_sdk_local::error::{ErrorKind, Result};
use wx_server_sdk_local::share::{Patience, SharedEngine};
use wx_server_sdk_local::store::{Durability, Location, Store, StoreOptions};

fn open_local(directory: &Path) -> Result<LocalEngine> {
    let store = Store::open(StoreOptions {
        durability: Durability::Process,
        ..StoreOptions::new(Location::Directory(directory.to_path_buf()))
    })?;
    let (clock, entropy) = (Arc::new(Clock::system()), Arc::new(Entropy::system()));
    Ok(LocalEngine::new(store, clock, entropy, Settings::default()))
}

fn patience() -> Patience {
    Patience { silence_max: Duration::from_secs(10), tell: Box::new(|_| {}) }
}

fn open(directory: &Path) -> SharedEngine {
    let path = directory.to_path_buf();
    SharedEngine::open(directory.to_path_buf(), Box::new(move || open_local(&path)), patience())
        .unwrap()
}

fn request(command: Command) -> Request {
    Request { env: "e".into(), transaction: None, command }
}

fn insert(document: &Document) -> Request {
    let documents = vec![document.to_vec().unwrap()];
    request(Command::Insert { collection: "log".into(), documents })
}

fn create() -> Request {
    request(Command::CreateCollection { name: "log".into() })
}

fn count(engine: &dyn Engine) -> u64 {
    let command = Command::Count { collection: "log".into(), filter: Document::new() };
    match engine.execute(request(command)) {
        Ok(Reply::Count(count)) => count,
        other => panic!("{other:?}"),
    }
}

fn increment() -> Command {
    Command::Update(Update {
        collection: "log".into(),
        filter: doc! { "_id": "total" },
        update: doc! { "$inc": { "n": 1 } },
        multi: false,
    })
}

fn total(engine: &dyn Engine) -> i32 {
    let filter = doc! { "_id": "total" };
    let find = Find { collection: "log".into(), filter, ..Find::default() };
    match engine.execute(request(Command::Find(find))) {
        Ok(Reply::Documents(documents)) => {
            Document::from_reader(documents[0].as_slice()).unwrap().get_i32("n").unwrap()
        }
        other => panic!("{other:?}"),
    }
}

fn repeat(engine: &LocalEngine, id: RequestId, request: Request) -> Result<Reply> {
    let (sender, receiver) = channel();
    engine.execute_repeatable(id, request, Box::new(move |reply| sender.send(reply).unwrap()));
    receiver.recv().unwrap()
}

fn id(client: u64, number: u64) -> RequestId {
    RequestId { client, number, answered_below: 0 }
}

#[test]
fn a_request_that_comes_again_is_answered_again_and_not_done_again() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open_local(directory.path()).unwrap();
    engine.execute(create()).unwrap();
    let first = repeat(&engine, id(1, 1), insert(&doc! { "a": 1 })).unwrap();
    assert_eq!(repeat(&engine, id(1, 1), insert(&doc! { "a": 1 })).unwrap(), first);
    assert_eq!(count(&engine), 1);
    drop(engine);

    let engine = open_local(directory.path()).unwrap();
    assert_eq!(repeat(&engine, id(1, 1), insert(&doc! { "a": 1 })).unwrap(), first);
    assert_ne!(repeat(&engine, id(2, 1), insert(&doc! { "a": 1 })).unwrap(), first);
    assert_eq!(count(&engine), 2, "another client's first request is another request");
    // What failed has left nothing, a receipt neither.
    let twice = || insert(&doc! { "_id": "x" });
    engine.execute(twice()).unwrap();
    assert_eq!(repeat(&engine, id(1, 2), twice()).unwrap_err().kind(), ErrorKind::DuplicateKey);
}

#[test]
fn a_commit_that_comes_again_is_answered_again() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open_local(directory.path()).unwrap();
    engine.execute(create()).unwrap();
    engine.execute(insert(&doc! { "_id": "total", "n": 0 })).unwrap();
    let Ok(Reply::TransactionStarted(transaction)) =
        engine.execute(request(Command::StartTransaction))
    else {
        panic!("no transaction");
    };
    let inside = |command| Request { transaction: Some(transaction.clone()), ..request(command) };
    engine.execute(inside(increment())).unwrap();
    for _ in 0..2 {
        let committed = repeat(&engine, id(1, 1), inside(Command::CommitTransaction));
        assert_eq!(committed, Ok(Reply::Done));
    }
    let gone = repeat(&engine, id(1, 2), inside(Command::CommitTransaction)).unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::TransactionNotFound);
    assert_eq!(total(&engine), 1);
}

#[test]
fn receipts_go_when_their_answers_have_arrived() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open_local(directory.path()).unwrap();
    engine.execute(create()).unwrap();
    for number in 1..=50 {
        let id = RequestId { client: 7, number, answered_below: number.saturating_sub(3) };
        repeat(&engine, id, insert(&doc! {})).unwrap();
    }
    let scan = Command::ScanRecords { table: "receipts".into(), prefix: Vec::new() };
    let Ok(Reply::Records(receipts)) = engine.execute(request(scan)) else { panic!("no records") };
    assert_eq!(receipts.len(), 4);
}

#[test]
fn the_second_engine_is_served_by_the_first_and_takes_over_from_it() {
    let directory = tempfile::tempdir().unwrap();
    let first = open(directory.path());
    first.execute(create()).unwrap();
    let second = open(directory.path());
    assert_eq!((first.holder(), second.holder()), (None, Some(std::process::id())));
    assert_eq!(second.store().err().map(|error| error.kind()), Some(ErrorKind::StoreBusy));
    second.execute(insert(&doc! { "_id": "total", "n": 0 })).unwrap();
    assert_eq!(
        second.execute(insert(&doc! { "_id": "total" })),
        first.execute(insert(&doc! { "_id": "total" }))
    );
    assert_eq!(count(&first), 1);

    drop(first);
    second.execute(request(increment())).unwrap();
    assert_eq!(second.holder(), None, "it has taken over by the first answer");
    assert_eq!(total(&second), 1);
    assert!(second.store().is_ok());
    assert_eq!(total(&open(directory.path())), 1, "it serves the next one");
}

#[test]
fn what_is_under_way_when_the_holder_goes_is_done_once() {
    let directory = tempfile::tempdir().unwrap();
    let mut holder = open(directory.path());
    holder.execute(create()).unwrap();
    holder.execute(insert(&doc! { "_id": "total", "n": 0 })).unwrap();
    let mut asked = 0;
    for _ in 0..5 {
        let follower = open(directory.path());
        let (sender, receiver) = channel();
        for _ in 0..200 {
            let sender = sender.clone();
            let done = move |reply| sender.send(reply).unwrap();
            follower.execute_async(request(increment()), Box::new(done));
            asked += 1;
        }
        drop(std::mem::replace(&mut holder, follower));
        drop(sender);
        for reply in receiver {
            assert!(matches!(reply, Ok(Reply::Updated(ref updated)) if updated.modified == 1));
        }
        assert_eq!(total(&holder), asked);
    }
}

#[test]
fn a_transaction_that_its_holder_took_along_is_not_found() {
    let directory = tempfile::tempdir().unwrap();
    let first = open(directory.path());
    first.execute(create()).unwrap();
    let second = open(directory.path());
    let Ok(Reply::TransactionStarted(transaction)) =
        second.execute(request(Command::StartTransaction))
    else {
        panic!("no transaction");
    };
    let permit = second.permit("e", &transaction).unwrap();
    let busy = second.permit("e", &transaction).err().map(|error| error.kind());
    assert_eq!(busy, Some(ErrorKind::TransactionBusy));
    drop(permit);
    assert!(second.permit("e", &transaction).is_ok());
    drop(first);
    for command in [increment(), Command::AbortTransaction, Command::CommitTransaction] {
        let request = Request { transaction: Some(transaction.clone()), ..request(command) };
        let error = second.execute(request).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TransactionNotFound);
    }
}

#[test]
fn a_request_that_cannot_be_read_is_answered_with_an_error() {
    let directory = tempfile::tempdir().unwrap();
    let first = open(directory.path());
    first.execute(create()).unwrap();
    let second = open(directory.path());
    let filter = (0..200).fold(doc! {}, |inner, _| doc! { "a": inner });
    let deep = Command::Count { collection: "log".into(), filter };
    let error = second.execute(request(deep)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidParam);
    assert_eq!(count(&second), 0, "the connection is none the worse");
}
