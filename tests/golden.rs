//! A store that an earlier version wrote is read in full.
//!
//! Each `tests/golden/format-<n>` was written by the `ignored` test below when the format was new.
//! It is never written anew: a new format gets a directory of its own beside it, and this file
//! goes on reading all of them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking"
)]

mod engine_support;

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bson::spec::BinarySubtype;
use bson::{Binary, Bson, Document, bson, doc};
use engine_support::*;
use tempfile::TempDir;
use wx_server_sdk_local::clock::Clock;
use wx_server_sdk_local::cloud::EngineRecords;
use wx_server_sdk_local::cloud::files::FileStore;
use wx_server_sdk_local::database::{Command, Engine, Reply, Settings};
use wx_server_sdk_local::error::ErrorKind;
use wx_server_sdk_local::store::Location;

const ORDERS: &str = "orders";
const FILE: (&str, &[u8]) = ("图片/a b.txt", b"the body of a file");

/// The formats that there have been.
const FORMATS: [u32; 2] = [1, 2];

fn golden(format: u32) -> PathBuf {
    let name = format!("tests/golden/format-{format}");
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn open(directory: &Path) -> (World, Arc<FileStore>) {
    let world = world_with(Location::Directory(directory.to_owned()), Settings::default());
    let engine: Arc<dyn Engine> = Arc::clone(&world.engine) as Arc<dyn Engine>;
    let records = Arc::new(EngineRecords::new(engine));
    let clock = Arc::new(Clock::fixed(NOW_MS));
    let files = FileStore::open(records, clock, Some(directory.to_owned()), "wx1").unwrap();
    (world, files)
}

/// Every type that can be stored, each as a value and as an element.
fn types() -> Vec<Document> {
    let binary = |subtype, bytes: &[u8]| Bson::Binary(Binary { subtype, bytes: bytes.to_vec() });
    let regex =
        bson::Regex { pattern: "^a|b".try_into().unwrap(), options: "im".try_into().unwrap() };
    let scoped = bson::JavaScriptCodeWithScope { code: "x + 1".into(), scope: doc! {"x": 1} };
    let decimal = |text: &str| Bson::Decimal128(text.parse().unwrap());
    let values = vec![
        bson!(1.5),
        bson!(f64::NEG_INFINITY),
        bson!(-0.0),
        bson!("text 文字 \u{1F600} a\0b"),
        bson!(""),
        bson!({"a": {"": 1, "键": [1, {"b": null}]}}),
        bson!({}),
        bson!([]),
        binary(BinarySubtype::Generic, &[0, 1, 255]),
        binary(BinarySubtype::Uuid, &[7; 16]),
        binary(BinarySubtype::UserDefined(0x80), &[]),
        Bson::ObjectId(bson::oid::ObjectId::from_bytes([3; 12])),
        bson!(true),
        Bson::DateTime(bson::DateTime::from_millis(-1)),
        Bson::DateTime(bson::DateTime::from_millis(NOW_MS)),
        bson!(null),
        Bson::RegularExpression(regex),
        Bson::JavaScriptCode("1 + 1".into()),
        Bson::Symbol("symbol".into()),
        Bson::JavaScriptCodeWithScope(scoped),
        bson!(i32::MIN),
        Bson::Timestamp(bson::Timestamp { time: 5, increment: 6 }),
        bson!(i64::MAX),
        decimal("1.10"),
        decimal("-Infinity"),
        Bson::MinKey,
        Bson::MaxKey,
    ];
    let documents = values.into_iter().enumerate();
    let document = |(number, value): (usize, Bson)| {
        doc! {"_id": format!("t{number}"), "v": value.clone(), "list": [value, "x"]}
    };
    documents.map(document).collect()
}

fn orders() -> Vec<Document> {
    let point = |lng: f64, lat: f64| doc! {"type": "Point", "coordinates": [lng, lat]};
    let order = |number: i32| {
        doc! {
            "_id": number,
            "编号": format!("no-{number}"),
            "level": number % 3,
            "at": Bson::DateTime(bson::DateTime::from_millis(NOW_MS + i64::from(number))),
            "tags": ["a", format!("t{}", number % 5)],
            "address": {"zip": f64::from(number) + 0.5},
            "place": point(113.0 + f64::from(number) / 100.0, 23.0),
        }
    };
    let mut orders: Vec<Document> = (0..40).map(order).collect();
    orders.push(doc! {"_id": {"a": 1, "b": "x"}, "编号": null});
    orders.push(doc! {"_id": 1.5, "编号": "no place"});
    orders
}

fn indexes() -> Vec<Document> {
    vec![
        doc! {"key": {"编号": 1}, "unique": true, "name": "编号_1"},
        doc! {"key": {"level": 1, "at": -1}, "name": "level_at"},
        doc! {"key": {"tags": 1}, "name": "tags_1"},
        doc! {"key": {"address.zip": -1}, "name": "zip"},
        doc! {"key": {"place": "2dsphere"}, "name": "place_2dsphere"},
    ]
}

/// Queries with the index that each uses, and how many documents it finds.
fn queries() -> Vec<(Document, &'static str, usize)> {
    let near = doc! {"$geoWithin": {"$centerSphere": [[113.0, 23.0], 0.001]}};
    vec![
        (doc! {"编号": "no-7"}, "编号_1", 1),
        (doc! {"level": 1, "at": {"$gt": bson::DateTime::from_millis(NOW_MS + 20)}}, "level_at", 6),
        (doc! {"tags": "t3"}, "tags_1", 8),
        (doc! {"address.zip": {"$lt": 3}}, "zip", 3),
        (doc! {"place": near}, "place_2dsphere", 7),
        (doc! {"_id": {"$gte": 38}}, "_id_", 2),
    ]
}

fn fill(world: &World, files: &Arc<FileStore>) {
    world.fill("types", &types());
    world.fill(ORDERS, &orders());
    for index in indexes() {
        world.index(ORDERS, index);
    }
    // Slots that are not given out again, and sections that are.
    world.fill("dropped", &[doc! {"_id": 1}]);
    world.ask(Command::DropCollection { name: "dropped".into() }).unwrap();
    world.fill("empty", &[doc! {"_id": 1}]);
    world.ask(delete("empty", doc! {})).unwrap();
    world.ask(update(ORDERS, doc! {"_id": 3}, doc! {"$set": {"level": 9}})).unwrap();
    files.put(ENV, FILE.0, &mut &*FILE.1).unwrap();
    world.ask(Command::PutRecord { table: "t".into(), key: vec![0, 1], value: vec![2] }).unwrap();
}

/// What `fill` has left of the orders.
fn orders_stored() -> Vec<Document> {
    let mut orders = orders();
    orders[3].insert("level", 9);
    orders
}

fn check_contents(world: &World, files: &FileStore) {
    assert_eq!(world.all("types"), types());
    assert_eq!(world.all(ORDERS), orders_stored());
    assert_eq!(world.all("empty"), Vec::<Document>::new());
    let names = world.ask(Command::ListCollections).unwrap();
    assert_eq!(names, Reply::Names(vec!["empty".into(), ORDERS.into(), "types".into()]));
    for (filter, index, found) in queries() {
        let find = find(ORDERS, filter.clone());
        let explained = world.explain(Command::Find(find.clone()));
        assert!(
            explained.to_string().contains(&format!("\"indexName\": \"{index}\"")),
            "{explained}"
        );
        assert_eq!(world.find(find).unwrap().len(), found, "{filter}");
    }
    let mut body = String::new();
    files.read(ENV, FILE.0).unwrap().read_to_string(&mut body).unwrap();
    assert_eq!(body.as_bytes(), FILE.1);
    let record = world.ask(Command::GetRecord { table: "t".into(), key: vec![0, 1] }).unwrap();
    assert_eq!(record, Reply::Record(Some(vec![2])));
    let report = world.engine.store().check().unwrap();
    assert!(report.is_sound(), "{:?}", report.problems);
    assert_eq!((report.collections, report.documents), (3, 27 + 42));
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn a_store_of_each_format_is_read_in_full_and_goes_on() {
    for format in FORMATS {
        goes_on(format);
    }
}

fn goes_on(format: u32) {
    let directory = TempDir::new().unwrap();
    copy(&golden(format), directory.path());
    {
        let (world, files) = open(directory.path());
        check_contents(&world, &files);
        // It is written to as well: ids and slots go on where they were.
        let taken = error(world.ask(insert(ORDERS, &[doc! {"_id": 100, "编号": "no-1"}])));
        assert_eq!(taken.kind(), ErrorKind::DuplicateKey);
        world.fill("new", &[doc! {"_id": 1}]);
        world.ask(insert(ORDERS, &[doc! {"_id": 100, "编号": "no-100", "tags": "t3"}])).unwrap();
    }
    let (world, _) = open(directory.path());
    let last = world.all(ORDERS).pop().unwrap();
    assert_eq!(last.get("_id"), Some(&Bson::Int32(100)));
    assert_eq!(world.find(find(ORDERS, doc! {"tags": "t3"})).unwrap().len(), 9);
    assert!(world.engine.store().check().unwrap().is_sound());
}

#[test]
fn what_is_written_today_reads_the_same() {
    let directory = TempDir::new().unwrap();
    let (world, files) = open(directory.path());
    fill(&world, &files);
    check_contents(&world, &files);
}

/// `cargo test --no-default-features --test golden -- --ignored`, for a format without one.
#[test]
#[ignore = "it writes the golden store, which is there"]
fn write_the_golden_store() {
    let [.., newest] = FORMATS;
    assert!(!golden(newest).exists(), "it is never written anew");
    let directory = TempDir::new().unwrap();
    let (world, files) = open(directory.path());
    fill(&world, &files);
    world.engine.store().compact().unwrap();
    drop((world, files));
    fs::remove_file(directory.path().join(".gitignore")).unwrap();
    copy(directory.path(), &golden(newest));
}
