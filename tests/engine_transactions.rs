//! Transactions: what they see, what they lock, how they end.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and prints its seed"
)]

mod engine_support;

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use bson::{Document, bson, doc};
use engine_support::*;
use wx_server_sdk_local::database::{Attempt, Command, Find, Reply, Settings};
use wx_server_sdk_local::error::{ErrorKind, Result};
use wx_server_sdk_local::store::Location;

/// A world with one collection of three documents.
fn todos() -> World {
    let world = world();
    fill_todos(&world);
    world
}

fn fill_todos(world: &World) {
    let documents: Vec<Document> = (1..=3).map(|n| doc! {"_id": n, "n": n}).collect();
    world.fill("todos", &documents);
}

fn all_in(world: &World, transaction: &str) -> Vec<Document> {
    world.find_in(transaction, find("todos", doc! {})).expect("the transaction is open")
}

fn set(id: i32, n: i32) -> Command {
    update("todos", doc! {"_id": id}, doc! {"$set": {"n": n}})
}

fn n_of(world: &World, id: i32) -> i32 {
    world.find(find("todos", doc! {"_id": id})).unwrap()[0].get_i32("n").unwrap()
}

#[test]
fn a_transaction_sees_its_own_writes_and_nobody_else_does() {
    let world = todos();
    let txn = world.start();
    world.ask_in(&txn, insert("todos", &[doc! {"_id": 4, "n": 4}])).unwrap();
    world.ask_in(&txn, set(1, 10)).unwrap();
    world.ask_in(&txn, delete("todos", doc! {"_id": 2})).unwrap();
    world.ask_in(&txn, replace("todos", doc! {"_id": 5}, doc! {"n": 5})).unwrap();
    let expected = [
        doc! {"_id": 1, "n": 10},
        doc! {"_id": 3, "n": 3},
        doc! {"_id": 4, "n": 4},
        doc! {"_id": 5, "n": 5},
    ];
    assert_eq!(all_in(&world, &txn), expected);
    assert_eq!(world.ask_in(&txn, count("todos", doc! {})), Ok(Reply::Count(4)));
    let sorted = Find { sort: doc! {"n": -1}, limit: Some(2), ..find("todos", doc! {}) };
    assert_eq!(ids(&world.find_in(&txn, sorted).unwrap()), [bson!(1), bson!(5)]);
    let by_id = |id: i32| world.find_in(&txn, find("todos", doc! {"_id": id})).unwrap().len();
    assert_eq!((by_id(2), by_id(4)), (0, 1));
    assert_eq!(ids(&world.all("todos")), [bson!(1), bson!(2), bson!(3)]);
    assert_eq!(world.commit(&txn), Ok(Reply::Done));
    assert_eq!(world.all("todos"), expected);
}

#[test]
fn a_snapshot_does_not_move() {
    let world = todos();
    let txn = world.start();
    world.ask(set(1, 100)).unwrap();
    world.ask(insert("todos", &[doc! {"_id": 9}])).unwrap();
    world.ask(delete("todos", doc! {"_id": 3})).unwrap();
    assert_eq!(all_in(&world, &txn).len(), 3);
    assert_eq!(all_in(&world, &txn)[0], doc! {"_id": 1, "n": 1});
    assert_eq!(world.abort(&txn), Ok(Reply::Done));
}

#[test]
fn an_abort_leaves_nothing() {
    let world = todos();
    let before = world.all("todos");
    let txn = world.start();
    world.ask_in(&txn, delete("todos", doc! {})).unwrap();
    world.ask_in(&txn, insert("todos", &[doc! {"_id": 4}])).unwrap();
    assert_eq!(world.abort(&txn), Ok(Reply::Done));
    assert_eq!(world.all("todos"), before);
    let ended = error(world.find_in(&txn, find("todos", doc! {})));
    assert_eq!(ended.kind(), ErrorKind::TransactionNotFound);
    assert!(ended.message().contains("must be commit or abort in 30 seconds"));
    assert_eq!(refusal(world.abort(&txn)).0, ErrorKind::TransactionNotFound);
    assert_eq!(refusal(world.commit(&txn)).0, ErrorKind::TransactionNotFound);
    world.ask(set(1, 5)).unwrap();
}

#[test]
fn a_document_inserted_and_removed_again_leaves_nothing() {
    let world = todos();
    let before = world.all("todos");
    let txn = world.start();
    world.ask_in(&txn, insert("todos", &[doc! {"_id": 4}])).unwrap();
    world.ask_in(&txn, set(4, 1)).unwrap();
    world.ask_in(&txn, delete("todos", doc! {"_id": 4})).unwrap();
    world.ask_in(&txn, delete("todos", doc! {"_id": 1})).unwrap();
    world.ask_in(&txn, insert("todos", &[doc! {"_id": 1, "n": 1}])).unwrap();
    assert_eq!(ids(&all_in(&world, &txn)), [bson!(2), bson!(3), bson!(1)]);
    world.commit(&txn).unwrap();
    assert_eq!(world.all("todos").len(), before.len());
    assert_eq!(ids(&world.all("todos")), [bson!(2), bson!(3), bson!(1)]);
}

#[test]
fn two_transactions_that_write_one_document_conflict_at_once() {
    for (case, first, second) in [
        ("update, update", set(1, 10), set(1, 20)),
        ("update, delete", set(1, 10), delete("todos", doc! {"_id": 1})),
        ("delete, update", delete("todos", doc! {"_id": 1}), set(1, 20)),
        (
            "insert, insert",
            insert("todos", &[doc! {"_id": 7}]),
            insert("todos", &[doc! {"_id": 7.0}]),
        ),
        (
            "upsert, insert",
            replace("todos", doc! {"_id": 7}, doc! {"n": 1}),
            insert("todos", &[doc! {"_id": 7}]),
        ),
    ] {
        let world = todos();
        let (winner, loser) = (world.start(), world.start());
        world.ask_in(&winner, first).unwrap();
        let refused = world.ask_in(&loser, second);
        assert_eq!(refusal(refused), (ErrorKind::TransactionConflict, 0), "{case}");
        // As in MongoDB, the operation that failed has ended its transaction.
        assert_eq!(refusal(world.commit(&loser)).0, ErrorKind::TransactionNotFound, "{case}");
        assert_eq!(world.commit(&winner), Ok(Reply::Done), "{case}");
    }
}

#[test]
fn transactions_on_different_documents_do_not_meet() {
    let world = todos();
    let (first, second) = (world.start(), world.start());
    world.ask_in(&first, set(1, 10)).unwrap();
    world.ask_in(&second, set(2, 20)).unwrap();
    world.commit(&first).unwrap();
    world.commit(&second).unwrap();
    assert_eq!((n_of(&world, 1), n_of(&world, 2)), (10, 20));
}

#[test]
fn a_document_changed_since_the_snapshot_is_a_conflict() {
    for (case, between, write) in [
        ("changed", set(1, 100), set(1, 10)),
        ("removed", delete("todos", doc! {"_id": 1}), set(1, 10)),
        ("inserted", insert("todos", &[doc! {"_id": 7}]), insert("todos", &[doc! {"_id": 7}])),
    ] {
        let world = todos();
        let txn = world.start();
        world.ask(between).unwrap();
        let refused = world.ask_in(&txn, write);
        assert_eq!(refusal(refused).0, ErrorKind::TransactionConflict, "{case}");
    }
}

#[test]
fn another_transactions_commit_since_the_snapshot_is_a_conflict() {
    let world = todos();
    let (first, second) = (world.start(), world.start());
    world.ask_in(&first, set(1, 10)).unwrap();
    world.commit(&first).unwrap();
    assert_eq!(refusal(world.ask_in(&second, set(1, 20))).0, ErrorKind::TransactionConflict);
    assert_eq!(n_of(&world, 1), 10);
}

#[test]
fn a_restored_store_is_a_conflict_at_the_commit() {
    let world = todos();
    let mark = world.engine.store().mark().unwrap();
    world.ask(set(1, 50)).unwrap();
    let txn = world.start();
    world.ask_in(&txn, set(1, 51)).unwrap();
    world.engine.store().restore(&mark).unwrap();
    assert_eq!(refusal(world.commit(&txn)).0, ErrorKind::TransactionConflict);
    assert_eq!(n_of(&world, 1), 1);
    world.ask(set(1, 2)).unwrap();
}

#[test]
fn what_began_can_be_ended_before_the_store_goes_back() {
    let world = todos();
    let (first, second) = (world.start(), world.start());
    world.ask_in(&first, set(1, 10)).unwrap();
    world.ask_in(&second, set(2, 10)).unwrap();
    let waiting = start_write(&world, set(1, 5));
    world.engine.end_what_began().unwrap();
    let late = waiting.recv_timeout(Duration::from_secs(20)).unwrap();
    assert_eq!(refusal(late).0, ErrorKind::Late);
    assert_eq!((n_of(&world, 1), n_of(&world, 2)), (1, 2));
    assert_eq!(refusal(world.commit(&first)).0, ErrorKind::TransactionNotFound);
}

/// Starts a write that may wait, and where its answer will come.
fn start_write(world: &World, command: Command) -> Receiver<Result<Reply>> {
    let (sender, receiver) = channel();
    let done = Box::new(move |outcome| sender.send(outcome).expect("the test listens"));
    world.engine.execute_async(request(None, command), done);
    receiver
}

#[test]
fn a_plain_write_waits_for_the_lock_and_goes_on_when_it_is_released() {
    for commits in [true, false] {
        let world = todos();
        let txn = world.start();
        world.ask_in(&txn, set(1, 10)).unwrap();
        let increment = update("todos", doc! {"_id": 1}, doc! {"$inc": {"n": 1}});
        let waiting = start_write(&world, increment);
        assert!(waiting.try_recv().is_err(), "the write waits");
        // Other documents are free, and so are reads.
        world.ask(set(2, 20)).unwrap();
        assert_eq!(n_of(&world, 1), 1);
        if commits {
            world.commit(&txn).unwrap()
        } else {
            world.abort(&txn).unwrap()
        };
        let outcome = waiting.recv_timeout(Duration::from_secs(20)).unwrap();
        assert!(outcome.is_ok());
        assert_eq!(n_of(&world, 1), if commits { 11 } else { 2 });
    }
}

#[test]
fn every_kind_of_plain_write_waits() {
    for command in [
        set(1, 5),
        delete("todos", doc! {}),
        replace("todos", doc! {"_id": 1}, doc! {"n": 5}),
        insert("todos", &[doc! {"_id": 4}]),
        update("todos", doc! {}, doc! {"$inc": {"n": 1}}),
    ] {
        let world = todos();
        let before = world.all("todos");
        let txn = world.start();
        world.ask_in(&txn, set(1, 10)).unwrap();
        world.ask_in(&txn, insert("todos", &[doc! {"_id": 4}])).unwrap();
        let attempt = world.engine.try_execute(request(None, command.clone()));
        assert!(matches!(attempt, Attempt::Pending(_)), "{command:?}");
        drop(attempt);
        assert_eq!(world.all("todos"), before, "{command:?}");
    }
}

#[test]
fn writes_that_waited_for_one_lock_are_all_done() {
    let world = todos();
    let txn = world.start();
    world.ask_in(&txn, set(1, 100)).unwrap();
    let increment = || update("todos", doc! {"_id": 1}, doc! {"$inc": {"n": 1}});
    let waiting: Vec<_> = (0..10).map(|_| start_write(&world, increment())).collect();
    world.commit(&txn).unwrap();
    for receiver in waiting {
        assert!(receiver.recv_timeout(Duration::from_secs(20)).unwrap().is_ok());
    }
    assert_eq!(n_of(&world, 1), 110);
}

#[test]
fn a_write_that_waits_too_long_times_out() {
    let world = impatient_world();
    fill_todos(&world);
    let txn = world.start();
    world.ask_in(&txn, set(1, 10)).unwrap();
    assert_eq!(refusal(world.ask(set(1, 5))).0, ErrorKind::Timeout);
    world.commit(&txn).unwrap();
    assert_eq!(n_of(&world, 1), 10);
}

#[test]
fn a_waiting_write_goes_on_when_the_transaction_expires() {
    let world = todos();
    let txn = world.start();
    world.ask_in(&txn, set(1, 10)).unwrap();
    let waiting = start_write(&world, set(1, 5));
    assert!(waiting.try_recv().is_err());
    world.clock.advance(30_000);
    assert!(waiting.recv_timeout(Duration::from_secs(20)).unwrap().is_ok());
    assert_eq!(n_of(&world, 1), 5);
    assert_eq!(refusal(world.commit(&txn)).0, ErrorKind::TransactionNotFound);
}

#[test]
fn a_transaction_lives_thirty_seconds() {
    let world = todos();
    let txn = world.start();
    world.ask_in(&txn, set(1, 10)).unwrap();
    world.clock.advance(29_999);
    assert_eq!(all_in(&world, &txn).len(), 3);
    world.clock.advance(1);
    let expired = world.find_in(&txn, find("todos", doc! {}));
    assert_eq!(refusal(expired).0, ErrorKind::TransactionNotFound);
    world.ask(set(1, 11)).unwrap();
    assert_eq!(n_of(&world, 1), 11);
}

#[test]
fn a_transaction_has_a_hundred_operations() {
    let world = todos();
    let txn = world.start();
    for n in 0..100 {
        world.ask_in(&txn, set(1, n)).unwrap();
    }
    assert_eq!(refusal(world.ask_in(&txn, set(1, 100))).0, ErrorKind::TransactionNotFound);
    assert_eq!(n_of(&world, 1), 1);
    let txn = world.start();
    for n in 0..100 {
        world.ask_in(&txn, set(1, n)).unwrap();
    }
    assert_eq!(world.commit(&txn), Ok(Reply::Done));
    assert_eq!(n_of(&world, 1), 99);
}

#[test]
fn a_second_operation_in_flight_is_refused() {
    let world = todos();
    let txn = world.start();
    let permit = world.engine.permit(ENV, &txn).unwrap();
    let busy = world.engine.permit(ENV, &txn).map(drop);
    assert_eq!(refusal(busy).0, ErrorKind::TransactionBusy);
    drop(permit);
    drop(world.engine.permit(ENV, &txn).unwrap());
    let unknown = world.engine.permit(ENV, "unknown").map(drop);
    assert_eq!(refusal(unknown).0, ErrorKind::TransactionNotFound);
}

#[test]
fn an_error_of_the_database_ends_the_transaction_and_one_of_the_request_does_not() {
    for (command, ends) in [
        (insert("todos", &[doc! {"_id": 1}]), true),
        (update("todos", doc! {}, doc! {"$inc": {"_id": 1}}), true),
        (Command::Find(find("todos", doc! {"a": {"$in": 1}})), true),
        (Command::CreateCollection { name: "x".into() }, true),
        (create_index("todos", doc! {"key": {"a": 1}}), true),
        (Command::Find(find("nowhere", doc! {})), false),
        (insert("nowhere", &[doc! {}]), false),
    ] {
        let world = todos();
        let txn = world.start();
        world.ask_in(&txn, set(2, 20)).unwrap();
        assert!(world.ask_in(&txn, command.clone()).is_err(), "{command:?}");
        assert_eq!(world.commit(&txn).is_err(), ends, "{command:?}");
        assert_eq!(n_of(&world, 2), if ends { 2 } else { 20 });
    }
}

#[test]
fn a_duplicate_inside_a_transaction_is_worded_as_outside() {
    let world = todos();
    let outside = error(world.ask(insert("todos", &[doc! {"_id": 1}])));
    let txn = world.start();
    let inside = error(world.ask_in(&txn, insert("todos", &[doc! {"_id": 1}])));
    assert_eq!(inside, outside);
    let txn = world.start();
    world.ask_in(&txn, insert("todos", &[doc! {"_id": 8}])).unwrap();
    let own = world.ask_in(&txn, insert("todos", &[doc! {"_id": 8}]));
    assert_eq!(refusal(own).0, ErrorKind::DuplicateKey);
}

#[test]
fn unique_values_are_checked_by_the_operation_and_by_the_commit() {
    let world = todos();
    world.index("todos", doc! {"key": {"n": 1}, "unique": true});
    let txn = world.start();
    assert_eq!(refusal(world.ask_in(&txn, set(1, 2))).0, ErrorKind::DuplicateKey);
    // A chain of values that are free each at its time.
    let txn = world.start();
    world.ask_in(&txn, set(1, 9)).unwrap();
    world.ask_in(&txn, set(2, 1)).unwrap();
    world.ask_in(&txn, set(1, 2)).unwrap();
    world.commit(&txn).unwrap();
    assert_eq!((n_of(&world, 1), n_of(&world, 2)), (2, 1));
    // An index made between the operation and the commit.
    let world = todos();
    let txn = world.start();
    world.ask_in(&txn, set(1, 2)).unwrap();
    world.index("todos", doc! {"key": {"n": 1}, "unique": true});
    assert_eq!(refusal(world.commit(&txn)).0, ErrorKind::TransactionConflict);
    assert_eq!(n_of(&world, 1), 1);
}

/// Documents 1 to 3 with the unique values 1 to 3, and a transaction that has done `command`.
fn unique_todos(command: Command) -> (World, String) {
    let world = todos();
    world.index("todos", doc! {"key": {"n": 1}, "unique": true});
    let txn = world.start();
    world.ask_in(&txn, command).unwrap();
    (world, txn)
}

#[test]
fn two_transactions_that_want_one_unique_value_conflict_at_once() {
    let taken = insert("todos", &[doc! {"_id": 8, "n": 50}]);
    for (first, second) in [
        (taken.clone(), insert("todos", &[doc! {"_id": 9, "n": 50}])),
        (taken.clone(), set(2, 50)),
        (taken.clone(), replace("todos", doc! {"_id": 9}, doc! {"n": 50})),
        (set(1, 50), insert("todos", &[doc! {"_id": 9, "n": [49, 50]}])),
        (insert("todos", &[doc! {"_id": 8}]), insert("todos", &[doc! {"_id": 9, "n": null}])),
        // A value that the first gives up is not free before its commit.
        (set(1, 50), set(2, 1)),
        (delete("todos", doc! {"_id": 1}), set(2, 1)),
    ] {
        let (world, txn) = unique_todos(first);
        let other = world.start();
        let refused = refusal(world.ask_in(&other, second.clone()));
        assert_eq!(refused.0, ErrorKind::TransactionConflict, "{second:?}");
        world.commit(&txn).unwrap();
        assert_eq!(refusal(world.commit(&other)).0, ErrorKind::TransactionNotFound);
    }
    // What neither changes is locked by neither.
    let (world, txn) = unique_todos(update("todos", doc! {"_id": 1}, doc! {"$set": {"a": 1}}));
    let other = world.start();
    assert_eq!(refusal(world.ask_in(&other, set(2, 1))).0, ErrorKind::DuplicateKey);
    world.commit(&txn).unwrap();
}

#[test]
fn a_unique_value_taken_since_the_snapshot_is_a_conflict() {
    let (world, txn) = unique_todos(set(3, 30));
    world.ask(insert("todos", &[doc! {"_id": 8, "n": 50}])).unwrap();
    let refused = refusal(world.ask_in(&txn, set(1, 50)));
    assert_eq!(refused.0, ErrorKind::TransactionConflict);
}

#[test]
fn a_plain_write_waits_for_a_unique_value_of_a_transaction() {
    for command in [
        insert("todos", &[doc! {"_id": 9, "n": 50}]),
        set(2, 50),
        replace("todos", doc! {"_id": 2}, doc! {"n": 50}),
        replace("todos", doc! {"_id": 9}, doc! {"n": 50}),
    ] {
        for commits in [true, false] {
            let (world, txn) = unique_todos(set(1, 50));
            let waiting = start_write(&world, command.clone());
            assert!(waiting.try_recv().is_err(), "{command:?}");
            world.ask(insert("todos", &[doc! {"_id": 10, "n": 51}])).unwrap();
            let ended = if commits { world.commit(&txn) } else { world.abort(&txn) };
            ended.unwrap();
            let outcome = waiting.recv_timeout(Duration::from_secs(20)).unwrap();
            if commits {
                assert_eq!(refusal(outcome).0, ErrorKind::DuplicateKey, "{command:?}");
            } else {
                outcome.unwrap();
            }
        }
    }
}

#[test]
fn indexes_do_not_hide_a_transactions_own_writes() {
    let world = todos();
    world.index("todos", doc! {"key": {"n": 1}});
    let txn = world.start();
    world.ask_in(&txn, set(1, 3)).unwrap();
    world.ask_in(&txn, set(3, 4)).unwrap();
    world.ask_in(&txn, insert("todos", &[doc! {"_id": 4, "n": 3}])).unwrap();
    let threes = world.find_in(&txn, find("todos", doc! {"n": 3})).unwrap();
    assert_eq!(ids(&threes), [bson!(1), bson!(4)]);
    let sorted = Find { sort: doc! {"n": 1}, limit: Some(9), ..find("todos", doc! {}) };
    let sorted = world.find_in(&txn, sorted).unwrap();
    assert_eq!(ids(&sorted), [bson!(2), bson!(1), bson!(4), bson!(3)]);
}

#[test]
fn a_transaction_belongs_to_its_environment() {
    let world = todos();
    let txn = world.start();
    let mut wanted = request(Some(&txn), Command::Find(find("todos", doc! {})));
    wanted.env = "env-2".into();
    let other = wx_server_sdk_local::database::Engine::execute(&*world.engine, wanted);
    assert_eq!(refusal(other).0, ErrorKind::TransactionNotFound);
    assert_eq!(refusal(world.ask(Command::CommitTransaction)).0, ErrorKind::TransactionNotFound);
}

#[test]
fn a_transaction_of_more_than_sixteen_megabytes_is_refused() {
    let world = todos();
    let txn = world.start();
    let large = |id: i32| insert("todos", &[doc! {"_id": id, "t": "x".repeat(9 << 20)}]);
    world.ask_in(&txn, large(10)).unwrap();
    assert_eq!(refusal(world.ask_in(&txn, large(11))), (ErrorKind::Database, 257));
    assert_eq!(world.all("todos").len(), 3);
}

#[test]
fn a_lenient_transaction_makes_the_collection_beside_itself() {
    let lenient = Settings { create_missing_collections: true, ..Settings::default() };
    let world = world_with(Location::Memory, lenient);
    let txn = world.start();
    world.ask_in(&txn, insert("new", &[doc! {"_id": 1}])).unwrap();
    world.ask_in(&txn, insert("new", &[doc! {"_id": 2}])).unwrap();
    assert_eq!(world.find_in(&txn, find("new", doc! {})).unwrap().len(), 2);
    assert!(world.all("new").is_empty());
    world.commit(&txn).unwrap();
    assert_eq!(world.all("new").len(), 2);
}

#[test]
fn many_transactions_on_many_threads_lose_no_update() {
    let world = todos();
    let (threads, rounds) = (4, 25);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut done = 0;
                while done < rounds {
                    let txn = world.start();
                    let increment = update("todos", doc! {"_id": 1}, doc! {"$inc": {"n": 1}});
                    let committed = world.ask_in(&txn, increment).and_then(|_| world.commit(&txn));
                    match committed {
                        Ok(_) => done += 1,
                        Err(error) => {
                            assert_eq!(error.kind(), ErrorKind::TransactionConflict, "{error}");
                        }
                    }
                }
            });
        }
    });
    assert_eq!(n_of(&world, 1), 1 + threads * rounds);
}

#[test]
fn a_store_on_disk_answers_alike() {
    let directory = tempfile::tempdir().unwrap();
    let location = Location::Directory(directory.path().to_owned());
    let world = world_with(location, Settings::default());
    fill_todos(&world);
    let txn = world.start();
    world.ask_in(&txn, set(1, 10)).unwrap();
    let waiting = start_write(&world, update("todos", doc! {"_id": 1}, doc! {"$inc": {"n": 1}}));
    world.ask(set(2, 20)).unwrap();
    assert!(waiting.try_recv().is_err());
    let committed = {
        let (sender, receiver) = channel();
        let wanted = request(Some(&txn), Command::CommitTransaction);
        world.engine.execute_async(wanted, Box::new(move |it| sender.send(it).unwrap()));
        receiver.recv_timeout(Duration::from_secs(20)).unwrap()
    };
    assert_eq!(committed, Ok(Reply::Done));
    assert!(waiting.recv_timeout(Duration::from_secs(20)).unwrap().is_ok());
    assert_eq!((n_of(&world, 1), n_of(&world, 2)), (11, 20));
    let reads: Vec<_> = (0..20).map(|_| start_write(&world, count("todos", doc! {}))).collect();
    for read in reads {
        assert_eq!(read.recv_timeout(Duration::from_secs(20)).unwrap(), Ok(Reply::Count(3)));
    }
}
