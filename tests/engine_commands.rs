//! Every command of the engine: what it answers and what it refuses.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and prints its seed"
)]

mod engine_support;

use bson::{Bson, Document, bson, doc};
use engine_support::*;
use wx_server_sdk_local::database::{Command, Find, Reply, Settings, Update, Updated};
use wx_server_sdk_local::error::ErrorKind;
use wx_server_sdk_local::store::Location;
use wx_server_sdk_local::value::encode_document;

fn date(ms: i64) -> Bson {
    Bson::DateTime(bson::DateTime::from_millis(ms))
}

#[test]
fn collections_are_made_listed_and_dropped() {
    let world = world();
    let create = |name: &str| world.ask(Command::CreateCollection { name: name.into() });
    assert_eq!(create("todos"), Ok(Reply::Done));
    assert_eq!(create("a"), Ok(Reply::Done));
    let exists = error(create("todos"));
    assert_eq!((exists.kind(), exists.message()), (ErrorKind::CollectionExists, "todos"));
    assert_eq!(refusal(create("$x")), (ErrorKind::InvalidParam, 0));
    let names = || world.ask(Command::ListCollections);
    assert_eq!(names(), Ok(Reply::Names(vec!["a".into(), "todos".into()])));
    assert_eq!(world.ask(Command::DropCollection { name: "a".into() }), Ok(Reply::Done));
    assert_eq!(names(), Ok(Reply::Names(vec!["todos".into()])));
    let missing = world.ask(Command::DropCollection { name: "a".into() });
    assert_eq!(refusal(missing), (ErrorKind::CollectionNotFound, 0));
}

#[test]
fn an_environment_has_a_most_of_collections() {
    let world = world();
    for number in 0..100 {
        world.ask(Command::CreateCollection { name: format!("c{number}") }).unwrap();
    }
    let one_more = world.ask(Command::CreateCollection { name: "more".into() });
    assert_eq!(refusal(one_more), (ErrorKind::LimitExceeded, 0));
}

#[test]
fn every_command_refuses_a_missing_collection_by_its_name() {
    let world = world();
    let name = "nowhere";
    for command in [
        insert(name, &[doc! {}]),
        insert(name, &[]),
        Command::Find(find(name, doc! {})),
        Command::Find(Find { limit: Some(0), ..find(name, doc! {}) }),
        count(name, doc! {}),
        update(name, doc! {}, doc! {"$set": {"a": 1}}),
        replace(name, doc! {"_id": 1}, doc! {"a": 1}),
        delete(name, doc! {}),
        create_index(name, doc! {"key": {"a": 1}}),
        Command::DropIndex { collection: name.into(), name: "a_1".into() },
        Command::ListIndexes { collection: name.into() },
        Command::Aggregate { collection: name.into(), pipeline: vec![] },
        Command::Explain(Box::new(Command::Find(find(name, doc! {})))),
    ] {
        let refused = error(world.ask(command.clone()));
        assert_eq!(refused.kind(), ErrorKind::CollectionNotFound, "{command:?}");
        assert_eq!(refused.message(), name);
    }
}

#[test]
fn environments_do_not_see_each_other() {
    let world = world();
    world.fill("todos", &[doc! {"_id": 1}]);
    let mut wanted = request(None, Command::Find(find("todos", doc! {})));
    wanted.env = "env-2".into();
    let other = wx_server_sdk_local::database::Engine::execute(&*world.engine, wanted);
    assert_eq!(refusal(other), (ErrorKind::CollectionNotFound, 0));
}

#[test]
fn a_lenient_engine_makes_the_collection_that_is_written_to() {
    let lenient = Settings { create_missing_collections: true, ..Settings::default() };
    let world = world_with(Location::Memory, lenient);
    world.ask(insert("a", &[doc! {"_id": 1}])).unwrap();
    world.ask(replace("b", doc! {"_id": 1}, doc! {"x": 1})).unwrap();
    world.ask(update("c", doc! {}, doc! {"$set": {"x": 1}})).unwrap();
    assert_eq!(world.all("a").len() + world.all("b").len() + world.all("c").len(), 2);
    let missing = world.find(find("d", doc! {}));
    assert_eq!(refusal(missing), (ErrorKind::CollectionNotFound, 0));
    assert_eq!(refusal(world.ask(insert("a b", &[doc! {}]))), (ErrorKind::InvalidParam, 0));
}

#[test]
fn an_insert_answers_the_ids_in_order() {
    let world = world();
    world.fill("todos", &[]);
    let reply = world.ask(insert("todos", &[doc! {"_id": "x"}, doc! {"a": 1}, doc! {"_id": 7}]));
    let Ok(Reply::Inserted(ids)) = reply else { panic!("{reply:?}") };
    assert_eq!((&ids[0], &ids[2]), (&bson!("x"), &bson!(7)));
    assert_eq!(ids[1].as_str().unwrap().len(), 32);
    assert_eq!(world.all("todos")[1], doc! {"_id": ids[1].clone(), "a": 1});
    assert_eq!(world.ask(insert("todos", &[])), Ok(Reply::Inserted(vec![])));
}

#[test]
fn an_insert_with_one_duplicate_stores_nothing() {
    let world = world();
    world.fill("todos", &[doc! {"_id": 1}]);
    let duplicate = world.ask(insert("todos", &[doc! {"_id": 2}, doc! {"_id": 1.0}]));
    let refused = error(duplicate);
    assert_eq!(refused.kind(), ErrorKind::DuplicateKey);
    assert!(refused.message().contains("index: _id_ dup key: { : 1"), "{}", refused.message());
    assert_eq!(world.all("todos").len(), 1);
    let twins = world.ask(insert("todos", &[doc! {"_id": 5}, doc! {"_id": 5}]));
    assert_eq!(refusal(twins).0, ErrorKind::DuplicateKey);
    assert_eq!(world.all("todos").len(), 1);
}

#[test]
fn what_cannot_be_stored_is_refused_before_anything_is() {
    let world = world();
    world.fill("todos", &[]);
    let mut deep = doc! {};
    for _ in 0..101 {
        deep = doc! {"a": deep};
    }
    let large = doc! {"a": "x".repeat(16 * 1024 * 1024)};
    for document in [doc! {"$set": 1}, doc! {"a": {"$b": 1}}, deep, large, doc! {"_id": [1]}] {
        let refused = world.ask(insert("todos", &[doc! {"_id": 1}, document]));
        assert!(refused.is_err());
    }
    let not_a_document =
        Command::Insert { collection: "todos".into(), documents: vec![vec![1, 2]] };
    assert_eq!(refusal(world.ask(not_a_document)), (ErrorKind::InvalidParam, 0));
    assert!(world.all("todos").is_empty());
}

#[test]
fn server_dates_are_resolved_wherever_they_stand() {
    let world = world();
    let in_ms = |offset: i32| doc! {"$tcb_server_date": {"offset": offset}};
    world.fill("todos", &[doc! {"_id": 1, "at": in_ms(5)}]);
    assert_eq!(world.all("todos"), [doc! {"_id": 1, "at": date(NOW_MS + 5)}]);
    world.ask(update("todos", doc! {}, doc! {"$set": {"at": in_ms(-5)}})).unwrap();
    let earlier = doc! {"at": {"$lt": in_ms(0)}};
    assert_eq!(world.find(find("todos", earlier.clone())).unwrap().len(), 1);
    assert_eq!(world.ask(count("todos", earlier)), Ok(Reply::Count(1)));
    world.ask(replace("todos", doc! {"_id": 1}, doc! {"at": in_ms(0)})).unwrap();
    assert_eq!(world.all("todos"), [doc! {"_id": 1, "at": date(NOW_MS)}]);
    let bad = doc! {"$tcb_server_date": {"offset": "soon"}};
    assert_eq!(refusal(world.ask(insert("todos", &[doc! {"a": bad}]))).0, ErrorKind::InvalidParam);
}

fn numbered(count: i32) -> Vec<Document> {
    (0..count).map(|n| doc! {"_id": n, "a": n % 3, "b": -n}).collect()
}

#[test]
fn a_find_sorts_skips_limits_and_projects() {
    let world = world();
    world.fill("todos", &numbered(10));
    let on = |filter: Document| find("todos", filter);
    for (case, expected) in [
        (on(doc! {}), vec![0, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (on(doc! {"a": 1}), vec![1, 4, 7]),
        (on(doc! {"_id": 4}), vec![4]),
        (on(doc! {"_id": 4, "a": 2}), vec![]),
        (on(doc! {"_id": {"$in": [7, 2.0, 2, 99]}}), vec![2, 7]),
        (Find { skip: 8, ..on(doc! {}) }, vec![8, 9]),
        (Find { skip: 80, ..on(doc! {}) }, vec![]),
        (Find { limit: Some(2), ..on(doc! {}) }, vec![0, 1]),
        (Find { limit: Some(0), ..on(doc! {}) }, vec![]),
        (Find { sort: doc! {"b": 1}, limit: Some(3), ..on(doc! {}) }, vec![9, 8, 7]),
        (Find { sort: doc! {"b": 1}, skip: 2, limit: Some(2), ..on(doc! {}) }, vec![7, 6]),
        (Find { sort: doc! {"a": -1, "b": 1}, limit: Some(4), ..on(doc! {}) }, vec![8, 5, 2, 7]),
        (Find { sort: doc! {"a": 1}, ..on(doc! {}) }, vec![0, 3, 6, 9, 1, 4, 7, 2, 5, 8]),
        (Find { sort: doc! {"a": -1}, limit: Some(2), ..on(doc! {}) }, vec![2, 5]),
        (Find { sort: doc! {"none": 1}, limit: Some(2), ..on(doc! {}) }, vec![0, 1]),
    ] {
        let found = world.find(case.clone()).unwrap();
        let expected: Vec<Bson> = expected.into_iter().map(Bson::Int32).collect();
        assert_eq!(ids(&found), expected, "{case:?}");
    }
    let projected = Find {
        projection: Some(doc! {"a": 1, "_id": 0}),
        limit: Some(1),
        ..find("todos", doc! {})
    };
    assert_eq!(world.find(projected).unwrap(), [doc! {"a": 0}]);
}

#[test]
fn refusals_of_a_filter_a_sort_and_a_projection_are_mongodbs() {
    let world = world();
    world.fill("todos", &[]);
    let bad_filter = find("todos", doc! {"a": {"$in": 1}});
    assert_eq!(refusal(world.find(bad_filter)), (ErrorKind::Database, 2));
    let mixed = Find { projection: Some(doc! {"a": 1, "b": 0}), ..find("todos", doc! {}) };
    assert_eq!(refusal(world.find(mixed)).0, ErrorKind::Database);
    let unsorted = Find { sort: doc! {"a": 5}, ..find("todos", doc! {}) };
    assert_eq!(refusal(world.find(unsorted)).0, ErrorKind::Database);
}

#[test]
fn an_answer_is_at_most_sixteen_megabytes() {
    let world = world();
    let text = "x".repeat(6 * 1024 * 1024);
    let large: Vec<Document> = (0..3).map(|n| doc! {"_id": n, "text": text.clone()}).collect();
    world.fill("todos", &large);
    assert_eq!(refusal(world.find(find("todos", doc! {}))).0, ErrorKind::LimitExceeded);
    let fewer = Find { limit: Some(2), ..find("todos", doc! {}) };
    assert_eq!(world.find(fewer).unwrap().len(), 2);
    let smaller = Find { projection: Some(doc! {"_id": 1}), ..find("todos", doc! {}) };
    assert_eq!(world.find(smaller).unwrap().len(), 3);
}

#[test]
fn a_count_counts_what_matches() {
    let world = world();
    world.fill("todos", &numbered(10));
    for (filter, expected) in [
        (doc! {}, 10),
        (doc! {"a": 0}, 4),
        (doc! {"_id": 3}, 1),
        (doc! {"_id": 33}, 0),
        (doc! {"a": {"$in": []}}, 0),
    ] {
        assert_eq!(
            world.ask(count("todos", filter.clone())),
            Ok(Reply::Count(expected)),
            "{filter}"
        );
    }
}

#[test]
fn an_update_counts_matched_and_modified() {
    let world = world();
    world.fill("todos", &numbered(6));
    for (filter, change, multi, expected) in [
        (doc! {"a": 0}, doc! {"$set": {"done": true}}, true, (2, 2)),
        (doc! {"a": 0}, doc! {"$set": {"done": true}}, true, (2, 0)),
        (doc! {"a": 1}, doc! {"$inc": {"b": 1}}, false, (1, 1)),
        (doc! {"a": 9}, doc! {"$inc": {"b": 1}}, true, (0, 0)),
        (doc! {}, doc! {}, true, (6, 0)),
        // A document that a change makes match again is changed once.
        (doc! {"b": {"$lte": 0}}, doc! {"$inc": {"b": -1}}, true, (6, 6)),
    ] {
        let command = Command::Update(Update {
            collection: "todos".into(),
            filter: filter.clone(),
            update: change.clone(),
            multi,
        });
        let (matched, modified) = expected;
        let expected = Updated { matched, modified, upserted: None };
        assert_eq!(world.updated(command), Ok(expected), "{filter} {change}");
    }
    assert_eq!(world.find(find("todos", doc! {"_id": 1})).unwrap()[0].get_i32("b").unwrap(), -1);
}

#[test]
fn an_update_that_fails_for_one_document_changes_none() {
    let world = world();
    world.fill("todos", &[doc! {"_id": 1, "n": 1}, doc! {"_id": 2, "n": "x"}]);
    let refused = world.ask(update("todos", doc! {}, doc! {"$inc": {"n": 1}}));
    assert_eq!(refusal(refused), (ErrorKind::Database, 14));
    assert_eq!(world.all("todos")[0], doc! {"_id": 1, "n": 1});
    let empty = world.ask(update("todos", doc! {}, doc! {"$set": {}}));
    assert_eq!(refusal(empty), (ErrorKind::Database, 9));
    let id = world.ask(update("todos", doc! {"_id": 1}, doc! {"$set": {"_id": 5}}));
    assert_eq!(refusal(id), (ErrorKind::Database, 66));
}

#[test]
fn the_positional_operator_changes_the_element_that_matched() {
    let world = world();
    world.fill("todos", &[doc! {"_id": 1, "items": [{"n": 1}, {"n": 2}]}]);
    let second = doc! {"items.n": 2};
    world.ask(update("todos", second, doc! {"$set": {"items.$.done": true}})).unwrap();
    let expected = doc! {"_id": 1, "items": [{"n": 1}, {"n": 2, "done": true}]};
    assert_eq!(world.all("todos"), [expected]);
    let unasked = world.ask(update("todos", doc! {"_id": 1}, doc! {"$set": {"items.$": 1}}));
    assert_eq!(refusal(unasked), (ErrorKind::Database, 2));
}

#[test]
fn a_replacement_keeps_the_id_and_an_upsert_takes_it_from_the_filter() {
    let world = world();
    world.fill("todos", &[doc! {"_id": "a", "x": 1, "y": 2}]);
    let counts = |matched, modified, upserted| Updated { matched, modified, upserted };
    let on = |id: &str| doc! {"_id": id};
    assert_eq!(world.updated(replace("todos", on("a"), doc! {"z": 3})), Ok(counts(1, 1, None)));
    assert_eq!(world.all("todos"), [doc! {"_id": "a", "z": 3}]);
    assert_eq!(world.updated(replace("todos", on("a"), doc! {"z": 3})), Ok(counts(1, 0, None)));
    let made = world.updated(replace("todos", on("b"), doc! {"z": 4}));
    assert_eq!(made, Ok(counts(0, 0, Some(bson!("b")))));
    assert_eq!(world.all("todos")[1], doc! {"_id": "b", "z": 4});
    let other_id = world.ask(replace("todos", on("a"), doc! {"_id": "c", "z": 1}));
    assert_eq!(refusal(other_id), (ErrorKind::Database, 66));
    let same_id = world.updated(replace("todos", on("a"), doc! {"z": 1, "_id": "a"}));
    assert_eq!(same_id, Ok(counts(1, 1, None)));
    assert_eq!(world.all("todos")[0], doc! {"_id": "a", "z": 1});
    let anywhere = world.updated(replace("todos", doc! {"none": 1}, doc! {"z": 9})).unwrap();
    assert_eq!(anywhere.upserted.unwrap().as_str().unwrap().len(), 32);
    let without = Command::Replace {
        collection: "todos".into(),
        filter: on("zzz"),
        replacement: doc! {"z": 1},
        upsert: false,
    };
    assert_eq!(world.updated(without), Ok(counts(0, 0, None)));
    let operators = world.ask(replace("todos", on("a"), doc! {"$set": {"a": 1}}));
    assert!(operators.is_err());
}

#[test]
fn a_delete_counts_what_it_removed() {
    let world = world();
    world.fill("todos", &numbered(9));
    let one = Command::Delete { collection: "todos".into(), filter: doc! {"a": 1}, multi: false };
    assert_eq!(world.ask(one), Ok(Reply::Deleted(1)));
    assert_eq!(world.ask(delete("todos", doc! {"a": 1})), Ok(Reply::Deleted(2)));
    assert_eq!(world.ask(delete("todos", doc! {"a": 1})), Ok(Reply::Deleted(0)));
    assert_eq!(world.ask(delete("todos", doc! {"_id": 0})), Ok(Reply::Deleted(1)));
    assert_eq!(world.ask(delete("todos", doc! {})), Ok(Reply::Deleted(5)));
    assert!(world.all("todos").is_empty());
}

#[test]
fn indexes_are_made_in_the_services_and_in_mongodbs_form() {
    let world = world();
    world.fill("todos", &[]);
    let service = doc! {"name": "by_a", "unique": true, "keys": [
        {"name": "a", "direction": "1"}, {"name": "b.c", "direction": "-1"},
    ]};
    world.index("todos", service.clone());
    world.index("todos", service);
    world.index("todos", doc! {"key": {"place": "2dsphere"}});
    world.index("todos", doc! {"key": {"_id": 1}});
    let reply = world.ask(Command::ListIndexes { collection: "todos".into() }).unwrap();
    let listed = documents(reply);
    let names: Vec<&str> = listed.iter().map(|index| index.get_str("name").unwrap()).collect();
    assert_eq!(names, ["_id_", "by_a", "place_2dsphere"]);
    assert_eq!(listed[1].get_document("key").unwrap(), &doc! {"a": 1, "b.c": -1});
    assert!(listed[1].get_bool("unique").unwrap());
    let drop = |name: &str| {
        world.ask(Command::DropIndex { collection: "todos".into(), name: name.into() })
    };
    assert_eq!(drop("by_a"), Ok(Reply::Done));
    assert_eq!(refusal(drop("by_a")), (ErrorKind::Database, 27));
    assert_eq!(refusal(drop("_id_")), (ErrorKind::Database, 72));
}

#[test]
fn impossible_indexes_are_refused() {
    let world = world();
    world.fill("todos", &[doc! {"_id": 1, "a": 1}, doc! {"_id": 2, "a": 1}]);
    world.index("todos", doc! {"name": "by_b", "key": {"b": 1}});
    for (index, expected) in [
        (doc! {}, (ErrorKind::InvalidParam, 0)),
        (doc! {"keys": 1}, (ErrorKind::InvalidParam, 0)),
        (doc! {"keys": [1]}, (ErrorKind::InvalidParam, 0)),
        (doc! {"key": {"a": 1}, "unique": 1}, (ErrorKind::InvalidParam, 0)),
        (doc! {"key": {"a": 1}, "name": 1}, (ErrorKind::InvalidParam, 0)),
        (doc! {"key": {"a": 1}, "sparse": true}, (ErrorKind::InvalidParam, 0)),
        (doc! {"key": {"a": "up"}}, (ErrorKind::Database, 67)),
        (doc! {"key": {"a": 0}}, (ErrorKind::Database, 67)),
        (doc! {"key": {}}, (ErrorKind::Database, 67)),
        (doc! {"key": {"b": -1}, "name": "by_b"}, (ErrorKind::Database, 86)),
        (doc! {"key": {"b": 1}, "unique": true}, (ErrorKind::Database, 85)),
    ] {
        let refused = world.ask(create_index("todos", index.clone()));
        assert_eq!(refusal(refused), expected, "{index}");
    }
    let duplicates = world.ask(create_index("todos", doc! {"key": {"a": 1}, "unique": true}));
    assert_eq!(refusal(duplicates).0, ErrorKind::DuplicateKey);
    let reply = world.ask(Command::ListIndexes { collection: "todos".into() }).unwrap();
    assert_eq!(documents(reply).len(), 2);
}

#[test]
fn a_unique_index_refuses_the_second_of_equal_values() {
    let world = world();
    world.fill("todos", &[doc! {"_id": 1, "a": 1}]);
    world.index("todos", doc! {"name": "a_1", "key": {"a": 1}, "unique": true});
    let again = error(world.ask(insert("todos", &[doc! {"_id": 2, "a": 1.0}])));
    assert_eq!(again.kind(), ErrorKind::DuplicateKey);
    assert!(again.message().contains("index: a_1 dup key: { : 1"), "{}", again.message());
    world.ask(insert("todos", &[doc! {"_id": 3}])).unwrap();
    // A missing value counts as null.
    assert_eq!(refusal(world.ask(insert("todos", &[doc! {"_id": 4}]))).0, ErrorKind::DuplicateKey);
    let moved = world.ask(update("todos", doc! {"_id": 3}, doc! {"$set": {"a": 1}}));
    assert_eq!(refusal(moved).0, ErrorKind::DuplicateKey);
    assert_eq!(world.all("todos").len(), 2);
}

#[test]
fn what_is_executed_at_once_is_told_before() {
    let world = world();
    let many: Vec<Document> = (0..5_000).map(|n| doc! {"_id": n, "a": n, "b": n}).collect();
    world.fill("large", &many);
    world.index("large", doc! {"key": {"a": 1}});
    world.fill("small", &[doc! {"_id": 1}]);
    for (command, expected) in [
        (Command::Find(find("small", doc! {"x": 1})), true),
        (Command::Find(find("large", doc! {"x": 1})), false),
        (Command::Find(find("large", doc! {"_id": 1})), true),
        (Command::Find(find("large", doc! {"a": 1})), true),
        (Command::Find(Find { limit: Some(100), ..find("large", doc! {}) }), true),
        (count("large", doc! {}), true),
        (count("large", doc! {"b": 1}), false),
        (update("large", doc! {}, doc! {}), false),
        (update("large", doc! {"_id": 1}, doc! {}), true),
        (insert("large", &[doc! {}]), true),
        (Command::StartTransaction, true),
    ] {
        let wanted = request(None, command);
        assert_eq!(world.engine.is_immediate(&wanted), expected, "{:?}", wanted.command);
    }
}

#[test]
fn encoded_documents_are_stored_as_they_are() {
    let world = world();
    world.fill("todos", &[]);
    let source = doc! {"_id": "x", "n": 1_i64, "d": 1.0, "i": 1, "when": date(5), "none": null};
    world.ask(insert("todos", std::slice::from_ref(&source))).unwrap();
    let reply = world.ask(Command::Find(find("todos", doc! {})));
    assert_eq!(reply, Ok(Reply::Documents(vec![encode_document(&source)])));
}

#[test]
fn indexes_change_together_or_not_at_all() {
    let world = world();
    world.ask(Command::CreateCollection { name: "c".into() }).unwrap();
    world.ask(insert("c", &[doc! {"_id": 1, "a": 1}, doc! {"_id": 2, "a": 1}])).unwrap();
    world.ask(create_index("c", doc! {"key": {"z": 1}})).unwrap();
    let change = |dropped: &[&str], made: Vec<Document>| {
        let dropped = dropped.iter().map(|name| (*name).to_owned()).collect();
        world.ask(Command::ChangeIndexes { collection: "c".into(), dropped, made })
    };
    let names = || match world.ask(Command::ListIndexes { collection: "c".into() }) {
        Ok(Reply::Documents(listed)) => listed
            .iter()
            .map(|bytes| Document::from_reader(bytes.as_slice()).unwrap())
            .map(|index| index.get_str("name").unwrap().to_owned())
            .collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    let b = || doc! {"key": {"b": 1}};
    for (second, kind) in [
        (doc! {"key": {"a": 1}, "unique": true}, ErrorKind::DuplicateKey),
        (doc! {"key": {"a": 7}, "sparse": true}, ErrorKind::InvalidParam),
        (doc! {"key": {"z": 1}, "unique": true}, ErrorKind::Database),
    ] {
        let refused =
            change(if kind == ErrorKind::Database { &[] } else { &["z_1"] }, vec![b(), second]);
        assert_eq!(refusal(refused).0, kind);
        assert_eq!(names(), ["_id_", "z_1"], "{kind:?}");
    }
    let unique = doc! {"key": {"z": 1}, "name": "z_1", "unique": true};
    world.ask(update("c", doc! {"_id": 2}, doc! {"$set": {"z": 1}})).unwrap();
    assert_eq!(change(&["z_1", "missing"], vec![b(), unique]), Ok(Reply::Done));
    assert_eq!(names(), ["_id_", "b_1", "z_1"]);
    assert_eq!(refusal(world.ask(insert("c", &[doc! {"z": 1}]))).0, ErrorKind::DuplicateKey);
}
