//! No answer depends on the plan: every query is asked with and without indexes.

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
use wx_server_sdk_local::clock::Entropy;
use wx_server_sdk_local::database::{Command, Find, Reply};
use wx_server_sdk_local::query::geo::{Point, distance_m};

/// Chance from one seed, which the test prints.
struct Dice(Entropy);

impl Dice {
    fn below(&self, limit: usize) -> usize {
        usize::try_from(self.0.next_u64() % limit as u64).expect("a small number")
    }

    fn pick<'a, T>(&self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    fn one_in(&self, chance: usize) -> bool {
        self.below(chance) == 0
    }
}

fn seed() -> u64 {
    let given = std::env::var("WX_LOCAL_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or(20_240_501);
    println!("WX_LOCAL_TEST_SEED={seed}");
    seed
}

fn scalar(dice: &Dice) -> Bson {
    let number = i32::try_from(dice.below(6)).unwrap();
    match dice.below(12) {
        0..=4 => Bson::Int32(number),
        5 => Bson::Double(f64::from(number) + 0.5),
        6 => Bson::Int64(i64::from(number)),
        7 | 8 => bson!(*dice.pick(&["", "a", "ab", "abc", "b", "ba"])),
        9 => Bson::Null,
        10 => Bson::Boolean(number > 2),
        _ => Bson::DateTime(bson::DateTime::from_millis(i64::from(number))),
    }
}

fn value(dice: &Dice, arrays: bool) -> Bson {
    if arrays && dice.one_in(4) {
        let items = (0..dice.below(4))
            .map(|_| if dice.one_in(5) { bson!([scalar(dice)]) } else { scalar(dice) });
        return Bson::Array(items.collect());
    }
    if dice.one_in(8) { bson!({"x": scalar(dice), "y": scalar(dice)}) } else { scalar(dice) }
}

fn document(dice: &Dice, id: i32, arrays: bool) -> Document {
    let mut document = doc! {"_id": id};
    for field in ["a", "b", "c"] {
        if !dice.one_in(6) {
            // Two arrays in one compound index are refused, as in MongoDB.
            document.insert(field, value(dice, arrays && field == "a"));
        }
    }
    if arrays && dice.one_in(2) {
        let rows = (0..dice.below(3)).map(|_| bson!({"x": scalar(dice), "y": scalar(dice)}));
        document.insert("rows", rows.collect::<Vec<_>>());
    } else {
        document.insert("rows", doc! {"x": scalar(dice), "y": scalar(dice)});
    }
    document
}

fn condition(dice: &Dice) -> Bson {
    let text = *dice.pick(&["^a", "^ab", "b", "^", "^a.*c"]);
    match dice.below(14) {
        0..=3 => value(dice, true),
        4 => bson!({"$gt": scalar(dice)}),
        5 => bson!({"$gte": scalar(dice), "$lt": scalar(dice)}),
        6 => bson!({"$lte": scalar(dice)}),
        7 => bson!({"$in": [value(dice, true), scalar(dice), scalar(dice)]}),
        8 => bson!({"$ne": scalar(dice)}),
        9 => bson!({"$exists": dice.one_in(2)}),
        10 => bson!({"$regex": text}),
        11 => bson!({"$gt": scalar(dice), "$lte": scalar(dice)}),
        12 => bson!({"$elemMatch": {"$gte": scalar(dice), "$lte": scalar(dice)}}),
        _ => bson!({"$all": [scalar(dice), scalar(dice)]}),
    }
}

const FIELDS: [&str; 8] = ["a", "b", "c", "rows.x", "rows.y", "a.x", "_id", "a.0"];

fn filter(dice: &Dice) -> Document {
    let mut filter = Document::new();
    for _ in 0..dice.below(4) {
        filter.insert(*dice.pick(&FIELDS), condition(dice));
    }
    if dice.one_in(6) {
        let either = bson!([
            {*dice.pick(&FIELDS): scalar(dice)},
            {*dice.pick(&FIELDS): condition(dice)},
        ]);
        filter.insert("$or", either);
    }
    filter
}

fn query(dice: &Dice) -> Find {
    let mut find = find("c", filter(dice));
    for _ in 0..dice.below(3) {
        find.sort.insert(*dice.pick(&FIELDS), if dice.one_in(2) { 1 } else { -1 });
    }
    if dice.one_in(2) {
        find.limit = Some(dice.below(8) as u64);
    }
    if dice.one_in(3) {
        find.skip = dice.below(5) as u64;
    }
    find
}

fn indexes() -> Vec<Document> {
    vec![
        doc! {"key": {"a": 1}},
        doc! {"key": {"b": -1}},
        doc! {"key": {"a": 1, "b": 1}},
        doc! {"key": {"b": 1, "c": -1}},
        doc! {"key": {"c": -1, "b": -1, "a": 1}},
        doc! {"key": {"rows.x": 1, "rows.y": 1}},
        doc! {"key": {"a.x": 1}},
    ]
}

/// The same documents in a world without indexes and in some with.
fn worlds(dice: &Dice, arrays: bool) -> Vec<World> {
    let documents: Vec<Document> = (0..60).map(|id| document(dice, id, arrays)).collect();
    let all = indexes();
    let mut choices: Vec<Vec<Document>> = all.iter().map(|index| vec![index.clone()]).collect();
    choices.push(all);
    choices.push(vec![]);
    choices
        .into_iter()
        .map(|indexes| {
            let world = world();
            world.fill("c", &documents);
            for index in indexes {
                world.index("c", index);
            }
            world
        })
        .collect()
}

fn outcome(world: &World, find: &Find) -> Result<Vec<Document>, String> {
    world.find(find.clone()).map_err(|error| error.to_string())
}

#[test]
fn answers_do_not_depend_on_indexes() {
    let dice = Dice(Entropy::seeded(seed()));
    let (mut asked, mut found_any, mut by_index) = (0, 0, 0);
    for round in 0..8 {
        let worlds = worlds(&dice, round % 2 == 0);
        for _ in 0..100 {
            let find = query(&dice);
            let expected = outcome(worlds.last().unwrap(), &find);
            asked += 1;
            found_any += usize::from(expected.as_ref().is_ok_and(|found| !found.is_empty()));
            let all_indexes = &worlds[worlds.len() - 2];
            by_index += usize::from(expected.is_ok() && uses_an_index(all_indexes, &find));
            for (at, world) in worlds.iter().enumerate() {
                let found = outcome(world, &find);
                assert_eq!(
                    found,
                    expected,
                    "{find:?} in world {at}: {}",
                    world.explain(Command::Find(find.clone()))
                );
            }
            let counted = worlds.iter().map(|world| world.ask(count("c", find.filter.clone())));
            let counted: Vec<_> = counted.collect();
            assert!(counted.windows(2).all(|pair| pair[0] == pair[1]), "{find:?}: {counted:?}");
        }
    }
    // The test would be worth little if the queries found nothing or used no index.
    assert!(found_any * 3 > asked && by_index * 4 > asked, "{asked} {found_any} {by_index}");
}

/// Ids that every kind of index key is made of, each with a copy of itself as `key`.
fn documents_with_mixed_ids(dice: &Dice) -> Vec<Document> {
    let mut ids: Vec<Bson> = (0..30).map(|_| scalar(dice)).collect();
    ids.extend((0..10).map(|number| bson!({"x": number % 4, "y": scalar(dice)})));
    ids.extend((0..5).map(|number| Bson::ObjectId(bson::oid::ObjectId::from_bytes([number; 12]))));
    ids.extend([Bson::MinKey, Bson::MaxKey, bson!(-1.5), bson!(f64::NAN), bson!("a\0b")]);
    let document = |id: Bson| doc! {"_id": id.clone(), "key": id, "a": *dice.pick(&[0, 1, 2])};
    ids.into_iter().map(document).collect()
}

#[test]
fn a_range_or_an_order_of_ids_answers_as_that_of_a_copy_of_them() {
    let dice = Dice(Entropy::seeded(seed()));
    let world = world();
    world.ask(Command::CreateCollection { name: "c".into() }).unwrap();
    for document in documents_with_mixed_ids(&dice) {
        // Some ids come twice.
        let _ = world.ask(insert("c", &[document]));
    }
    let txn = world.start();
    for number in 0..3 {
        let id = format!("new {number}");
        world.ask_in(&txn, insert("c", &[doc! {"_id": &id, "key": &id}])).unwrap();
    }
    world.ask_in(&txn, delete("c", doc! {"_id": {"$gte": 2, "$lt": 4}})).unwrap();
    let mut by_index = 0;
    for _ in 0..600 {
        let asked = query(&dice);
        let of = |name: &str| {
            let mut filter = doc! {};
            let mut conditions = asked.filter.clone();
            if let Some(condition) = conditions.remove("a") {
                filter.insert(name, condition);
            }
            if let Some(Bson::Document(condition)) = conditions.remove("b") {
                filter.insert("$and", bson!([{name: condition}]));
            }
            let mut sort = doc! {};
            for (field, direction) in &asked.sort {
                let field = if FIELDS[..4].contains(&field.as_str()) { name } else { "a" };
                sort.insert(field, direction.clone());
            }
            Find { filter, sort, ..asked.clone() }
        };
        let (on_id, on_copy) = (of("_id"), of("key"));
        by_index += usize::from(uses_an_index(&world, &on_id));
        // As text: NaN equals nothing.
        let answer = |find: &Find| format!("{:?}", outcome(&world, find));
        assert_eq!(answer(&on_id), answer(&on_copy), "{on_id:?}");
        let in_txn = |find: &Find| {
            let found = world.find_in(&txn, find.clone());
            format!("{:?}", found.map_err(|error| error.to_string()))
        };
        assert_eq!(in_txn(&on_id), in_txn(&on_copy), "{on_id:?} in a transaction");
        let counted = |find: &Find| world.ask(count("c", find.filter.clone()));
        assert_eq!(counted(&on_id), counted(&on_copy), "{on_id:?}");
    }
    assert!(by_index > 100, "{by_index}");
}

#[test]
fn a_page_by_id_reads_no_more_than_the_page() {
    let world = world();
    // Inserted against their order.
    let documents: Vec<Document> = (0..500).rev().map(|id| doc! {"_id": id, "a": id % 2}).collect();
    world.fill("c", &documents);
    let page = |filter: Document, direction: i32| {
        let find = Find { sort: doc! {"_id": direction}, limit: Some(5), ..find("c", filter) };
        let explained = world.explain(Command::Find(find.clone()));
        let stats = explained.get_document("executionStats").unwrap();
        let read = stats.get_i32("totalDocsExamined").unwrap();
        (ids(&world.find(find).unwrap()), read, stage_names(winning_plan(&explained)))
    };
    for (filter, direction, first, read) in [
        (doc! {}, 1, [0, 1, 2, 3, 4], 6),
        (doc! {}, -1, [499, 498, 497, 496, 495], 6),
        (doc! {"_id": {"$gt": 100}}, 1, [101, 102, 103, 104, 105], 6),
        (doc! {"_id": {"$lt": 100}}, -1, [99, 98, 97, 96, 95], 6),
        (doc! {"_id": {"$gt": 100}, "a": 0}, 1, [102, 104, 106, 108, 110], 12),
    ] {
        let (found, documents, stages) = page(filter.clone(), direction);
        assert_eq!(found, first.map(Bson::Int32), "{filter}");
        assert!(documents <= read, "{filter}: {documents} documents were read");
        assert_eq!(stages, ["LIMIT", "FETCH", "IXSCAN"], "{filter}");
    }
}

fn uses_an_index(world: &World, find: &Find) -> bool {
    let explained = world.explain(Command::Find(find.clone()));
    stage_names(winning_plan(&explained)).contains(&"IXSCAN".to_owned())
}

#[test]
fn writes_do_not_depend_on_indexes() {
    let dice = Dice(Entropy::seeded(seed()));
    for round in 0..6 {
        let worlds = worlds(&dice, round % 2 == 0);
        for _ in 0..40 {
            let filter = filter(&dice);
            let command = match dice.below(4) {
                0 => delete("c", Document::from_iter([("_id".to_owned(), condition(&dice))])),
                1 => update("c", filter, doc! {"$set": {"b": scalar(&dice)}}),
                2 => update("c", filter, doc! {"$set": {"rows": {"x": scalar(&dice)}}}),
                _ => replace(
                    "c",
                    doc! {"_id": i32::try_from(dice.below(80)).unwrap()},
                    doc! {
                        "a": value(&dice, true),
                        "c": scalar(&dice),
                    },
                ),
            };
            let outcomes: Vec<_> = worlds.iter().map(|it| it.ask(command.clone())).collect();
            assert!(
                outcomes.windows(2).all(|pair| pair[0] == pair[1]),
                "{command:?}: {outcomes:?}"
            );
        }
        let contents: Vec<_> = worlds.iter().map(|world| world.all("c")).collect();
        assert!(contents.windows(2).all(|pair| pair[0] == pair[1]));
        for world in &worlds {
            let report = world.engine.store().check().unwrap();
            assert!(report.problems.is_empty(), "{:?}", report.problems);
        }
    }
}

#[test]
fn a_transactions_reads_do_not_depend_on_indexes() {
    let dice = Dice(Entropy::seeded(seed()));
    for round in 0..4 {
        let worlds = worlds(&dice, round % 2 == 0);
        let transactions: Vec<String> = worlds.iter().map(World::start).collect();
        let pairs: Vec<(&World, &String)> = worlds.iter().zip(&transactions).collect();
        for step in 0..40 {
            if step % 4 == 0 {
                let id = i32::try_from(dice.below(70)).unwrap();
                let command = match dice.below(3) {
                    0 => delete("c", doc! {"_id": id}),
                    1 => replace("c", doc! {"_id": id}, doc! {"b": scalar(&dice), "c": 1}),
                    _ => update("c", doc! {"_id": id}, doc! {"$set": {"c": scalar(&dice)}}),
                };
                for (world, txn) in &pairs {
                    world.ask_in(txn, command.clone()).unwrap();
                }
            }
            let find = query(&dice);
            let answers: Vec<_> = pairs
                .iter()
                .map(|(world, txn)| {
                    let found = world.find_in(txn, find.clone());
                    found.map_err(|error| error.to_string())
                })
                .collect();
            assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{find:?}: {answers:?}");
        }
    }
}

fn places() -> Vec<Document> {
    let point = |lng: f64, lat: f64| bson!({"type": "Point", "coordinates": [lng, lat]});
    vec![
        doc! {"_id": 1, "at": point(113.305_93, 23.136_115_5), "kind": "a"},
        doc! {"_id": 2, "at": point(113.306_789, 23.156_472_1), "kind": "b"},
        doc! {"_id": 3, "at": point(116.394_965_9, 39.916_344_7), "kind": "a"},
        doc! {"_id": 4, "at": point(116.232_856_7, 40.242_373), "kind": "b"},
        doc! {"_id": 5, "kind": "a"},
        doc! {"_id": 6, "at": null, "kind": "a"},
    ]
}

fn near(extra: Document) -> Document {
    let mut near = doc! {
        "$geometry": {"type": "Point", "coordinates": [113.308_950_6, 23.096_825_1]},
    };
    near.extend(extra);
    doc! {"at": {"$nearSphere": near}}
}

#[test]
fn nearby_documents_come_by_distance_and_need_an_index() {
    let world = world();
    world.fill("c", &places());
    let refused = error(world.find(find("c", near(doc! {}))));
    assert_eq!(refused.mongo_code(), 2);
    let text = refused.message();
    assert!(text.starts_with("error processing query: "), "{text}");
    let end = "planner returned error: unable to find index for $geoNear query";
    assert!(text.ends_with(end), "{text}");
    world.index("c", doc! {"key": {"at": "2dsphere"}});
    let mut with_kind = near(doc! {});
    with_kind.insert("kind", "a");
    let by_id = Find { sort: doc! {"_id": -1}, ..find("c", near(doc! {"$maxDistance": 7_000})) };
    for (find, expected) in [
        (find("c", near(doc! {})), vec![1, 2, 3, 4]),
        (find("c", near(doc! {"$maxDistance": 5_000})), vec![1]),
        (find("c", near(doc! {"$minDistance": 5_000})), vec![2, 3, 4]),
        (Find { skip: 1, limit: Some(2), ..find("c", near(doc! {})) }, vec![2, 3]),
        (find("c", with_kind), vec![1, 3]),
        (by_id, vec![2, 1]),
    ] {
        let expected: Vec<Bson> = expected.into_iter().map(Bson::Int32).collect();
        assert_eq!(ids(&world.find(find.clone()).unwrap()), expected, "{find:?}");
    }
    // A document of several places is as far as the nearest of them.
    let [at, far] = [0, 3].map(|place: usize| places()[place].get("at").unwrap().clone());
    world.ask(insert("c", &[doc! {"_id": 7, "at": [far, at]}])).unwrap();
    let beyond = find("c", near(doc! {"$minDistance": 5_000}));
    assert_eq!(ids(&world.find(beyond.clone()).unwrap()), [bson!(2), bson!(3), bson!(4)]);
    let sorted = Find { sort: doc! {"_id": 1}, ..beyond.clone() };
    assert_eq!(world.find(sorted).unwrap().len(), 3);
    assert_eq!(world.ask(count("c", beyond.filter)), Ok(Reply::Count(3)));
    world.ask(delete("c", doc! {"_id": 7})).unwrap();
    let explained = world.explain(Command::Find(find("c", near(doc! {}))));
    assert_eq!(stage_names(winning_plan(&explained))[0], "GEO_NEAR_2DSPHERE");
}

#[test]
fn the_nearest_documents_are_the_nearest_of_all() {
    let dice = Dice(Entropy::seeded(seed()));
    let coordinate = |limit: usize| {
        let tenths = u32::try_from(dice.below(limit * 20)).unwrap();
        f64::from(tenths) / 10.0 - f64::from(u32::try_from(limit).unwrap())
    };
    let world = world();
    let point = |lng: f64, lat: f64| bson!({"type": "Point", "coordinates": [lng, lat]});
    // Half of them around one place, half anywhere.
    let documents: Vec<Document> = (0..400)
        .map(|id| {
            let (lng, lat) = if id % 2 == 0 {
                (coordinate(180), coordinate(90))
            } else {
                (113.0 + coordinate(180) / 900.0, 23.0 + coordinate(90) / 900.0)
            };
            doc! {"_id": id, "at": point(lng, lat), "lng": lng, "lat": lat, "half": id % 2}
        })
        .collect();
    world.fill("c", &documents);
    world.index("c", doc! {"key": {"at": "2dsphere", "half": 1}});
    let place = |document: &Document| Point {
        lng: document.get_f64("lng").unwrap(),
        lat: document.get_f64("lat").unwrap(),
    };
    for round in 0..60 {
        let center = if round % 2 == 0 {
            Point { lng: coordinate(180), lat: coordinate(90) }
        } else {
            Point { lng: 113.0, lat: 23.0 }
        };
        let least_m = if dice.one_in(3) { 50_000.0 } else { 0.0 };
        let most_m = if dice.one_in(3) { 3_000_000.0 } else { f64::INFINITY };
        let mut near = doc! {"$geometry": point(center.lng, center.lat), "$minDistance": least_m};
        if most_m.is_finite() {
            near.insert("$maxDistance", most_m);
        }
        let mut expected: Vec<(f64, i32)> = documents
            .iter()
            .map(|document| (distance_m(center, place(document)), document.get_i32("_id").unwrap()))
            .filter(|(distance, id)| (least_m..=most_m).contains(distance) && id % 4 != 2)
            .collect();
        expected.sort_by(|left, right| left.0.total_cmp(&right.0).then(left.1.cmp(&right.1)));
        let limit = 1 + dice.below(30);
        let expected: Vec<Bson> =
            expected.into_iter().take(limit).map(|(_, id)| Bson::Int32(id)).collect();
        let filter = doc! {"at": {"$nearSphere": near}, "_id": {"$not": {"$mod": [4, 2]}}};
        let find = Find { limit: Some(limit as u64), ..find("c", filter) };
        assert_eq!(ids(&world.find(find.clone()).unwrap()), expected, "{find:?}");
    }
    // Around the corner only the corner is looked at.
    let near = doc! {"$geometry": point(113.0, 23.0)};
    let close = Find { limit: Some(5), ..find("c", doc! {"at": {"$nearSphere": near}}) };
    let explained = world.explain(Command::Find(close));
    assert!(examined(&explained).1 < 300, "{explained}");
}

/// A stage that sees the nearest of `limit` documents.
fn geo_near_stage(center: Point, limit: usize, options: Document) -> Document {
    let near = bson!({"type": "Point", "coordinates": [center.lng, center.lat]});
    let limit = i64::try_from(limit).unwrap();
    let mut stage = doc! {
        "near": near, "spherical": true, "distanceField": "d", "includeLocs": "l", "limit": limit,
    };
    stage.extend(options);
    doc! {"$geoNear": stage}
}

#[test]
fn a_pipeline_finds_the_nearest_as_by_reading_all() {
    let dice = Dice(Entropy::seeded(seed()));
    let spread = |limit: usize| {
        let tenths = u32::try_from(dice.below(limit * 20)).unwrap();
        f64::from(tenths) / 10.0 - f64::from(u32::try_from(limit).unwrap())
    };
    let world = world();
    let documents: Vec<Document> = (0..500)
        .map(|id| {
            let (lng, lat) = match id % 3 {
                0 => (spread(180), spread(90)),
                1 => (113.0 + spread(180) / 900.0, 23.0 + spread(90) / 900.0),
                // Many at the same distance.
                _ => (113.0, 23.5),
            };
            doc! {"_id": id, "at": [lng, lat], "lng": lng, "lat": lat, "half": id % 2}
        })
        .collect();
    world.fill("c", &documents);
    world.index("c", doc! {"key": {"at": "2dsphere"}});
    world.index("c", doc! {"key": {"half": 1}});
    let nearest = |stage: Document| {
        let pipeline = vec![stage];
        let asked = world.ask(Command::Aggregate { collection: "c".into(), pipeline });
        engine_support::documents(asked.unwrap())
    };
    for round in 0..80 {
        let center = match round % 4 {
            0 => Point { lng: spread(180), lat: spread(90) },
            1 => Point { lng: 179.9, lat: spread(90) },
            _ => Point { lng: 113.0, lat: 23.0 },
        };
        let least_m = *dice.pick(&[0.0, 0.0, 50_000.0, 1_000_000.0]);
        let most_m = *dice.pick(&[f64::INFINITY, f64::INFINITY, 0.0, 60_000.0, 4_000_000.0]);
        let mut options = doc! {"minDistance": least_m};
        if most_m.is_finite() {
            options.insert("maxDistance", most_m);
        }
        let queries = [doc! {}, doc! {"half": 1}, doc! {"_id": {"$in": [1, 4, 7, 12]}}];
        let query = dice.pick(&queries);
        options.insert("query", query.clone());
        let allowed = |document: &Document| {
            let id = document.get_i32("_id").unwrap();
            (!query.contains_key("half") || id % 2 == 1)
                && (!query.contains_key("_id") || [1, 4, 7, 12].contains(&id))
        };
        let limit = dice.below(40);
        let mut expected: Vec<(f64, i32)> = documents
            .iter()
            .filter(|document| allowed(document))
            .map(|document| {
                let number = |name| document.get_f64(name).unwrap();
                let place = Point { lng: number("lng"), lat: number("lat") };
                (distance_m(center, place), document.get_i32("_id").unwrap())
            })
            .filter(|(distance, _)| (least_m..=most_m).contains(distance))
            .collect();
        expected.sort_by(|left, right| left.0.total_cmp(&right.0).then(left.1.cmp(&right.1)));
        let expected: Vec<Bson> =
            expected.into_iter().take(limit).map(|(_, id)| Bson::Int32(id)).collect();
        let few = nearest(geo_near_stage(center, limit, options.clone()));
        assert_eq!(ids(&few), expected, "{center:?} {limit} {options}");
        // So many are wanted that all documents are read.
        let many = nearest(geo_near_stage(center, 5_000, options.clone()));
        assert_eq!(few.as_slice(), &many[..few.len()], "{center:?} {limit} {options}");
    }
}

#[test]
fn a_pipeline_does_not_read_what_is_far_away() {
    let world = world();
    let documents: Vec<Document> = (0..60)
        .map(|id| {
            let is_far = id >= 10;
            let lng = if is_far { -60.0 } else { 113.0 + f64::from(id) / 1_000.0 };
            doc! {"_id": id, "at": [lng, 23.0], "n": i32::from(!is_far)}
        })
        .collect();
    world.fill("c", &documents);
    world.index("c", doc! {"key": {"at": "2dsphere"}});
    // Dividing by what is far away fails.
    let query = doc! {"$expr": {"$gt": [{"$divide": [1, "$n"]}, 0]}};
    let asked = |limit: usize, options: Document| {
        let center = Point { lng: 113.0, lat: 23.0 };
        let mut all = doc! {"query": query.clone()};
        all.extend(options);
        let pipeline = vec![geo_near_stage(center, limit, all)];
        let reply = world.ask(Command::Aggregate { collection: "c".into(), pipeline });
        reply.map(|reply| engine_support::documents(reply).len())
    };
    assert_eq!(asked(5, doc! {}), Ok(5));
    assert_eq!(asked(20, doc! {"maxDistance": 50_000}), Ok(10));
    assert_eq!(asked(2_000, doc! {"maxDistance": 50_000}), Ok(10));
    assert!(asked(20, doc! {}).is_err());
    let legacy = doc! {"near": [113.0, 23.0], "maxDistance": 0.001};
    assert_eq!(asked(20, legacy), Ok(10));
}

#[test]
fn a_region_is_found_with_and_without_an_index() {
    let (plain, indexed) = (world(), world());
    for world in [&plain, &indexed] {
        world.fill("c", &places());
    }
    indexed.index("c", doc! {"key": {"at": "2dsphere"}});
    let square = |low: f64, high: f64| {
        bson!({"type": "Polygon", "coordinates": [[
            [low, 20.0], [high, 20.0], [high, 45.0], [low, 45.0], [low, 20.0],
        ]]})
    };
    for (filter, expected) in [
        (doc! {"at": {"$geoWithin": {"$geometry": square(113.0, 114.0)}}}, vec![1, 2]),
        (doc! {"at": {"$geoIntersects": {"$geometry": square(116.0, 117.0)}}}, vec![3, 4]),
        (doc! {"at": {"$geoWithin": {"$centerSphere": [[113.3, 23.1], 0.001]}}}, vec![1, 2]),
        (doc! {"kind": "a"}, vec![1, 3, 5, 6]),
    ] {
        let expected: Vec<Bson> = expected.into_iter().map(Bson::Int32).collect();
        for world in [&plain, &indexed] {
            let found = world.find(find("c", filter.clone())).unwrap();
            assert_eq!(ids(&found), expected, "{filter}");
        }
    }
    let region = doc! {"at": {"$geoWithin": {"$geometry": square(113.0, 114.0)}}};
    let explained = indexed.explain(Command::Find(find("c", region)));
    assert!(stage_names(winning_plan(&explained)).contains(&"IXSCAN".to_owned()), "{explained}");
}

fn winning_plan(explained: &Document) -> &Document {
    explained.get_document("queryPlanner").unwrap().get_document("winningPlan").unwrap()
}

/// The stages from the outermost to the innermost.
fn stage_names(plan: &Document) -> Vec<String> {
    let mut names = vec![plan.get_str("stage").unwrap().to_owned()];
    if let Ok(inner) = plan.get_document("inputStage") {
        names.extend(stage_names(inner));
    }
    names
}

fn examined(explained: &Document) -> (i64, i64, i64) {
    let stats = explained.get_document("executionStats").unwrap();
    let number = |key: &str| match stats.get(key) {
        Some(Bson::Int32(number)) => i64::from(*number),
        other => panic!("{key} is {other:?}"),
    };
    (number("totalKeysExamined"), number("totalDocsExamined"), number("nReturned"))
}

#[test]
fn explain_tells_which_way_was_taken_and_what_it_looked_at() {
    let world = world();
    let documents: Vec<Document> =
        (0..100).map(|n| doc! {"_id": n, "a": n / 10, "b": n % 10, "c": n}).collect();
    world.fill("c", &documents);
    world.index("c", doc! {"name": "by_a_b", "key": {"a": 1, "b": 1}});
    world.index("c", doc! {"name": "by_c", "key": {"c": -1}});
    let on = |filter: Document| find("c", filter);
    for (find, stages, expected) in [
        (on(doc! {}), vec!["COLLSCAN"], (0, 100, 100)),
        (on(doc! {"b": 1}), vec!["COLLSCAN"], (0, 100, 10)),
        (on(doc! {"_id": 5}), vec!["IDHACK"], (1, 1, 1)),
        (on(doc! {"_id": {"$in": [5, 6]}}), vec!["FETCH", "IXSCAN"], (2, 2, 2)),
        (on(doc! {"a": 3}), vec!["FETCH", "IXSCAN"], (10, 10, 10)),
        (on(doc! {"a": 3, "b": 4}), vec!["FETCH", "IXSCAN"], (1, 1, 1)),
        (on(doc! {"a": {"$in": [3, 5]}, "b": {"$lt": 2}}), vec!["FETCH", "IXSCAN"], (4, 4, 4)),
        (on(doc! {"c": {"$gt": 10, "$lte": 20}}), vec!["FETCH", "IXSCAN"], (10, 10, 10)),
        (
            Find { sort: doc! {"b": 1}, limit: Some(5), ..on(doc! {}) },
            vec!["SORT", "SORT_KEY_GENERATOR", "COLLSCAN"],
            (0, 100, 5),
        ),
        (
            Find { sort: doc! {"a": 1, "b": 1}, limit: Some(5), ..on(doc! {}) },
            vec!["LIMIT", "FETCH", "IXSCAN"],
            (6, 6, 5),
        ),
        (
            Find { sort: doc! {"c": 1}, limit: Some(5), ..on(doc! {}) },
            vec!["LIMIT", "FETCH", "IXSCAN"],
            (6, 6, 5),
        ),
        (
            Find { sort: doc! {"b": -1}, limit: Some(3), skip: 1, ..on(doc! {"a": 7}) },
            vec!["LIMIT", "SKIP", "FETCH", "IXSCAN"],
            (5, 5, 3),
        ),
        (
            Find { projection: Some(doc! {"a": 1}), ..on(doc! {"a": 3}) },
            vec!["PROJECTION", "FETCH", "IXSCAN"],
            (10, 10, 10),
        ),
        (on(doc! {"a": {"$in": []}}), vec!["EOF"], (0, 0, 0)),
    ] {
        let explained = world.explain(Command::Find(find.clone()));
        assert_eq!(stage_names(winning_plan(&explained)), stages, "{find:?}");
        assert_eq!(examined(&explained), expected, "{find:?}");
    }
}

#[test]
fn explain_prints_the_bounds_and_the_direction() {
    let world = world();
    world.fill("c", &[doc! {"_id": 1, "a": 1, "b": 1}]);
    world.index("c", doc! {"name": "by_a_b", "key": {"a": 1, "b": -1}});
    let sorted =
        Find { sort: doc! {"b": 1}, limit: Some(1), ..find("c", doc! {"a": 1, "b": {"$gte": 0}}) };
    let explained = world.explain(Command::Find(sorted));
    let fetch = winning_plan(&explained).get_document("inputStage").unwrap();
    let scan = fetch.get_document("inputStage").unwrap();
    assert_eq!(scan.get_str("indexName").unwrap(), "by_a_b");
    assert_eq!(scan.get_str("direction").unwrap(), "backward");
    assert_eq!(scan.get_document("keyPattern").unwrap(), &doc! {"a": 1, "b": -1});
    let bounds = scan.get_document("indexBounds").unwrap();
    assert_eq!(bounds, &doc! {"a": ["[1, 1]"], "b": ["[0, inf.0]"]});
}

#[test]
fn explaining_a_write_writes_nothing() {
    let world = world();
    world.fill("c", &[doc! {"_id": 1, "a": 1}, doc! {"_id": 2, "a": 1}]);
    let before = world.all("c");
    for (command, stage, key) in [
        (count("c", doc! {"a": 1}), "COUNT", "nCounted"),
        (update("c", doc! {"a": 1}, doc! {"$set": {"a": 2}}), "UPDATE", "nMatched"),
        (delete("c", doc! {"a": 1}), "DELETE", "nWouldDelete"),
    ] {
        let explained = world.explain(command);
        assert_eq!(stage_names(winning_plan(&explained)), [stage, "COLLSCAN"]);
        let stats = explained.get_document("executionStats").unwrap();
        assert_eq!(stats.get_document("executionStages").unwrap().get_i32(key).unwrap(), 2);
    }
    assert_eq!(world.all("c"), before);
    let nested = Command::Explain(Box::new(Command::Explain(Box::new(count("c", doc! {})))));
    assert!(world.ask(nested).is_err());
    let pipeline = vec![doc! {"$match": {"a": 1}}, doc! {"$group": {"_id": "$a"}}];
    let explained = world.explain(Command::Aggregate { collection: "c".into(), pipeline });
    let stages = explained.get_array("stages").unwrap();
    assert_eq!(stages.len(), 2);
    let cursor = stages[0].as_document().unwrap().get_document("$cursor").unwrap();
    assert_eq!(stage_names(winning_plan(cursor)), ["COLLSCAN"]);
    assert_eq!(stages[1], bson!({"$group": {"_id": "$a"}}));
}

#[test]
fn an_index_over_arrays_is_trusted_no_further_than_it_knows() {
    let documents = [
        doc! {"_id": 1, "a": [1, 20], "rows": [{"x": 1, "y": 2}, {"x": 3, "y": 4}]},
        doc! {"_id": 2, "a": [5], "rows": {"x": 1, "y": 4}},
        doc! {"_id": 3, "a": [], "rows": []},
        doc! {"_id": 4, "a": 7},
        doc! {"_id": 5, "a": [[1, 20], 2]},
        doc! {"_id": 6},
    ];
    let sorted =
        |order: i32| Find { sort: doc! {"a": order}, limit: Some(9), ..find("c", doc! {}) };
    for (find, expected) in [
        // Different elements meet the two conditions.
        (find("c", doc! {"a": {"$gt": 5, "$lt": 10}}), vec![1, 4]),
        (find("c", doc! {"rows.x": 1, "rows.y": 4}), vec![1, 2]),
        (find("c", doc! {"rows": {"$elemMatch": {"x": 1, "y": 4}}}), vec![]),
        // A whole array, an element of one that is an array, an empty one.
        (find("c", doc! {"a": [1, 20]}), vec![1, 5]),
        (find("c", doc! {"a": []}), vec![3]),
        (find("c", doc! {"a": {"$in": [[], 7]}}), vec![3, 4]),
        (find("c", doc! {"a": {"$gt": [1]}}), vec![1, 2, 5]),
        (find("c", doc! {"a": null}), vec![6]),
        // The smallest element counts upwards, the largest downwards; a document comes once.
        (sorted(1), vec![3, 6, 1, 5, 2, 4]),
        (sorted(-1), vec![5, 1, 4, 2, 6, 3]),
    ] {
        let expected: Vec<Bson> = expected.into_iter().map(Bson::Int32).collect();
        for index in [doc! {"a": 1}, doc! {"rows.x": 1, "rows.y": 1}, doc! {"none": 1}] {
            let world = world();
            world.fill("c", &documents);
            world.index("c", doc! {"key": index.clone()});
            assert_eq!(ids(&world.find(find.clone()).unwrap()), expected, "{find:?} {index}");
        }
    }
}
