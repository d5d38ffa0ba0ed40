//! Pipelines over the store: which collections they see, what they write, what stops them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and prints its seed"
)]

mod engine_support;

use std::sync::mpsc::channel;
use std::time::Duration;

use bson::{Bson, Document, bson, doc};
use engine_support::*;
use wx_server_sdk_local::database::{Command, Find, Reply, Settings};
use wx_server_sdk_local::error::{ErrorKind, Result};
use wx_server_sdk_local::store::Location;

fn aggregate(collection: &str, pipeline: &[Document]) -> Command {
    Command::Aggregate { collection: collection.into(), pipeline: pipeline.to_vec() }
}

fn run(world: &World, collection: &str, pipeline: &[Document]) -> Result<Vec<Document>> {
    world.ask(aggregate(collection, pipeline)).map(documents)
}

fn shop() -> World {
    let world = world();
    let orders: Vec<Document> =
        (0..30).map(|n| doc! {"_id": n, "item": n % 4, "price": 30 - n}).collect();
    world.fill("orders", &orders);
    let items: Vec<Document> = (0..3).map(|n| doc! {"_id": format!("i{n}"), "number": n}).collect();
    world.fill("items", &items);
    world
}

#[test]
fn a_pipeline_answers_alike_with_and_without_indexes() {
    let (plain, indexed) = (shop(), shop());
    indexed.index("orders", doc! {"key": {"item": 1, "price": -1}});
    indexed.index("orders", doc! {"key": {"price": 1}});
    indexed.index("items", doc! {"key": {"number": 1}});
    let lookup = doc! {"$lookup": {
        "from": "items", "localField": "item", "foreignField": "number", "as": "found",
    }};
    for pipeline in [
        vec![],
        vec![doc! {"$match": {"item": 2}}],
        vec![doc! {"$match": {"item": 2}}, doc! {"$sort": {"price": 1}}, doc! {"$limit": 3}],
        vec![doc! {"$sort": {"price": 1}}, doc! {"$limit": 3}],
        vec![doc! {"$sort": {"item": -1}}],
        vec![doc! {"$match": {"price": {"$gt": 5, "$lt": 9}}}, doc! {"$sort": {"item": 1}}],
        vec![doc! {"$match": {"item": {"$gte": 2}}}, lookup, doc! {"$limit": 9}],
        vec![
            doc! {"$lookup": {"from": "nowhere", "localField": "a", "foreignField": "a", "as": "x"}},
        ],
        vec![doc! {"$count": "total"}],
    ] {
        let expected = run(&plain, "orders", &pipeline).unwrap();
        assert!(!expected.is_empty(), "{pipeline:?}");
        assert_eq!(run(&indexed, "orders", &pipeline).unwrap(), expected, "{pipeline:?}");
    }
}

#[test]
fn equal_sort_keys_come_in_natural_order_whatever_the_index() {
    let world = shop();
    let by_item = [doc! {"$sort": {"item": -1}}, doc! {"$project": {"_id": 1}}];
    let expected = ids(&run(&world, "orders", &by_item).unwrap());
    world.index("orders", doc! {"key": {"item": 1, "price": 1}});
    assert_eq!(ids(&run(&world, "orders", &by_item).unwrap()), expected);
    assert_eq!(expected[..3], [bson!(3), bson!(7), bson!(11)]);
}

#[test]
fn a_pipeline_sees_server_dates_and_refuses_what_mongodb_refuses() {
    let world = shop();
    let now = doc! {"$tcb_server_date": {"offset": 0}};
    let dated = run(&world, "items", &[doc! {"$match": {"at": {"$ne": now}}}]);
    assert_eq!(dated.unwrap().len(), 3);
    let unknown = run(&world, "items", &[doc! {"$nothing": {}}]);
    assert_eq!(refusal(unknown), (ErrorKind::Database, 40324));
    let far = [doc! {"$geoNear": {
        "near": {"type": "Point", "coordinates": [0, 0]}, "spherical": true, "distanceField": "d",
    }}];
    assert_eq!(refusal(run(&world, "items", &far)).0, ErrorKind::Database);
}

#[test]
fn out_replaces_a_collection_and_keeps_its_indexes() {
    let world = shop();
    let out = |name: &str| {
        let stages = [doc! {"$match": {"item": 1}}, doc! {"$out": name}];
        run(&world, "orders", &stages)
    };
    assert_eq!(out("cheap"), Ok(vec![]));
    assert_eq!(world.all("cheap").len(), 8);
    world.ask(Command::DropCollection { name: "cheap".into() }).unwrap();
    world.fill("cheap", &[doc! {"_id": "old", "price": 1}]);
    world.index("cheap", doc! {"key": {"price": 1}, "unique": true});
    assert_eq!(out("cheap"), Ok(vec![]));
    assert_eq!(world.all("cheap").len(), 8);
    let indexes = world.ask(Command::ListIndexes { collection: "cheap".into() }).unwrap();
    assert_eq!(documents(indexes).len(), 2);
    // A collection may be written that is being read.
    assert_eq!(out("orders"), Ok(vec![]));
    assert_eq!(world.all("orders").len(), 8);
    assert_eq!(refusal(out("a b")).0, ErrorKind::InvalidParam);
    // A violated index leaves the old contents.
    let equal = [doc! {"$project": {"price": {"$literal": 1}}}, doc! {"$out": "cheap"}];
    assert_eq!(refusal(run(&world, "orders", &equal)).0, ErrorKind::DuplicateKey);
    assert_eq!(world.all("cheap").len(), 8);
}

#[test]
fn a_pipeline_in_a_transaction_sees_its_writes_and_cannot_write() {
    let world = shop();
    let txn = world.start();
    world.ask_in(&txn, insert("items", &[doc! {"_id": "i9", "number": 9}])).unwrap();
    world.ask_in(&txn, delete("items", doc! {"_id": "i0"})).unwrap();
    let total = world.ask_in(
        &txn,
        aggregate(
            "items",
            &[doc! {"$group": {
                "_id": null, "sum": {"$sum": "$number"},
            }}],
        ),
    );
    assert_eq!(documents(total.unwrap()), [doc! {"_id": null, "sum": 12}]);
    let out = world.ask_in(&txn, aggregate("items", &[doc! {"$out": "other"}]));
    assert_eq!(refusal(out), (ErrorKind::Database, 263));
}

#[test]
fn statistics_count_what_is_stored() {
    let world = shop();
    world.index("items", doc! {"key": {"number": 1}});
    let stats = run(&world, "items", &[doc! {"$collStats": {"count": {}, "storageStats": {}}}]);
    let stats = &stats.unwrap()[0];
    assert_eq!(stats.get_str("ns").unwrap(), "env-1.items");
    assert_eq!(stats.get("count"), Some(&Bson::Int64(3)));
    let indexes = run(&world, "items", &[doc! {"$indexStats": {}}]).unwrap();
    let names: Vec<&str> = indexes.iter().map(|index| index.get_str("name").unwrap()).collect();
    assert_eq!(names, ["_id_", "number_1"]);
}

#[test]
fn work_beyond_the_time_limit_is_given_up() {
    let hasty = Settings { time_limit: Duration::ZERO, ..Settings::default() };
    let world = world_with(Location::Memory, hasty);
    let many: Vec<Document> = (0..3_000).map(|n| doc! {"_id": n}).collect();
    world.fill("many", &many);
    for command in [
        Command::Find(Find { limit: Some(1), ..find("many", doc! {"a": 1}) }),
        count("many", doc! {"a": 1}),
        update("many", doc! {}, doc! {"$set": {"a": 1}}),
        delete("many", doc! {}),
        aggregate("many", &[doc! {"$group": {"_id": "$a"}}]),
    ] {
        assert_eq!(refusal(world.ask(command.clone())).0, ErrorKind::Timeout, "{command:?}");
    }
    assert_eq!(world.ask(count("many", doc! {})), Ok(Reply::Count(3_000)));
}

#[test]
fn concurrent_writes_to_a_disk_are_all_acknowledged_and_stored() {
    let directory = tempfile::tempdir().unwrap();
    let location = || Location::Directory(directory.path().to_owned());
    let world = world_with(location(), Settings::default());
    world.ask(Command::CreateCollection { name: "c".into() }).unwrap();
    let (sender, receiver) = channel();
    for n in 0..300 {
        let sender = sender.clone();
        let wanted = request(None, insert("c", &[doc! {"_id": n % 290}]));
        assert!(!world.engine.is_immediate(&wanted));
        world.engine.execute_async(wanted, Box::new(move |it| sender.send(it).unwrap()));
    }
    drop(sender);
    let outcomes: Vec<_> = receiver.iter().collect();
    assert_eq!(outcomes.len(), 300);
    let refused: Vec<_> = outcomes.into_iter().filter_map(Result::err).collect();
    assert_eq!(refused.len(), 10);
    assert!(refused.iter().all(|error| error.kind() == ErrorKind::DuplicateKey));
    drop(world);
    let reopened = world_with(location(), Settings::default());
    assert_eq!(reopened.ask(count("c", doc! {})), Ok(Reply::Count(290)));
}
