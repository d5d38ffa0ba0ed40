//! What each stage answers.

use super::*;
use bson::bson;

fn check(cases: Vec<(Bson, Bson, Bson)>) {
    for (documents, stage, expected) in cases {
        let shown = format!("{stage} over {documents}");
        assert_eq!(answer(documents, bson!([stage])), expected, "{shown}");
    }
}

#[test]
fn limit_skip_and_count() {
    let documents = || bson!([{"n": 1}, {"n": 2}, {"n": 3}]);
    check(vec![
        (documents(), bson!({"$limit": 2}), bson!([{"n": 1}, {"n": 2}])),
        (documents(), bson!({"$limit": 9_i64}), documents()),
        (documents(), bson!({"$skip": 2}), bson!([{"n": 3}])),
        (documents(), bson!({"$skip": 0}), documents()),
        (documents(), bson!({"$skip": 5.0}), bson!([])),
        (documents(), bson!({"$count": "total"}), bson!([{"total": 3}])),
        (bson!([]), bson!({"$count": "total"}), bson!([])),
    ]);
    assert_eq!(answer(documents(), bson!([])), documents());
}

#[test]
fn a_satisfied_limit_ends_the_scan() {
    let fake = Fake::of(bson!([{"n": 1}, {"n": 2}, {"n": 3}, {"n": 4}]));
    fake.run(bson!([{"$project": {"n": 1}}, {"$limit": 2}])).unwrap();
    assert_eq!(fake.visited.get(), 2);
}

#[test]
fn unwind() {
    let plain = || bson!({"$unwind": "$a"});
    let preserve = || bson!({"$unwind": {"path": "$a", "preserveNullAndEmptyArrays": true}});
    let index = || bson!({"$unwind": {"path": "$a", "includeArrayIndex": "i"}});
    let both = || {
        bson!({"$unwind": {
            "path": "$a", "includeArrayIndex": "i.j", "preserveNullAndEmptyArrays": true,
        }})
    };
    check(vec![
        (bson!([{"a": [1, "x"], "b": 2}]), plain(), bson!([{"a": 1, "b": 2}, {"a": "x", "b": 2}])),
        (bson!([{"a": 1}, {"a": null}, {"b": 1}, {"a": []}]), plain(), bson!([{"a": 1}])),
        (bson!([{"a": [null, [2]]}]), plain(), bson!([{"a": null}, {"a": [2]}])),
        (
            bson!([{"a": 1}, {"a": null}, {"b": 1}, {"a": [], "b": 2}]),
            preserve(),
            bson!([{"a": 1}, {"a": null}, {"b": 1}, {"b": 2}]),
        ),
        (
            bson!([{"a": ["x", "y"]}, {"a": 5}]),
            index(),
            bson!([{"a": "x", "i": 0_i64}, {"a": "y", "i": 1_i64}, {"a": 5, "i": null}]),
        ),
        (
            bson!([{"a": [], "i": 1}, {"a": [7], "i": {"k": 1}}]),
            both(),
            bson!([{"i": {"j": null}}, {"a": 7, "i": {"k": 1, "j": 0_i64}}]),
        ),
        (
            bson!([{"o": {"a": [1, 2], "z": 1}, "k": 1}]),
            bson!({"$unwind": "$o.a"}),
            bson!([{"o": {"a": 1, "z": 1}, "k": 1}, {"o": {"a": 2, "z": 1}, "k": 1}]),
        ),
        (bson!([{"o": [{"a": [1]}]}]), bson!({"$unwind": "$o.a"}), bson!([])),
    ]);
}

#[test]
fn project_keeps_and_drops() {
    let document = || {
        bson!([{
            "_id": 1, "a": 1, "b": {"c": 2, "d": 3}, "e": [{"f": 4, "g": 5}, 6, [{"f": 7}], {"h": 8}],
        }])
    };
    check(vec![
        (document(), bson!({"$project": {"a": 1}}), bson!([{"_id": 1, "a": 1}])),
        (document(), bson!({"$project": {"a": true, "_id": 0}}), bson!([{"a": 1}])),
        (document(), bson!({"$project": {"a": 5.5, "x": 1}}), bson!([{"_id": 1, "a": 1}])),
        (document(), bson!({"$project": {"b.c": 1}}), bson!([{"_id": 1, "b": {"c": 2}}])),
        (document(), bson!({"$project": {"b": {"c": 1}}}), bson!([{"_id": 1, "b": {"c": 2}}])),
        (document(), bson!({"$project": {"a.x": 1}}), bson!([{"_id": 1}])),
        (
            document(),
            bson!({"$project": {"e.f": 1, "_id": false}}),
            bson!([{"e": [{"f": 4}, [{"f": 7}], {}]}]),
        ),
        (
            document(),
            bson!({"$project": {"e": 0, "b.c": 0}}),
            bson!([{"_id": 1, "a": 1, "b": {"d": 3}}]),
        ),
        (
            document(),
            bson!({"$project": {"e.f": 0, "a": 0, "b": 0, "_id": 0}}),
            bson!([{"e": [{"g": 5}, 6, [{}], {"h": 8}]}]),
        ),
        (document(), bson!({"$project": {"_id": 1}}), bson!([{"_id": 1}])),
        (bson!([{"_id": 1, "a": 2}]), bson!({"$project": {"_id": 0}}), bson!([{"a": 2}])),
    ]);
}

#[test]
fn project_computes() {
    check(vec![
        (
            bson!([{"_id": 1, "a": 2, "b": {"c": 3}}]),
            bson!({"$project": {"x": "$a", "y": "$b.c", "z": "text", "n": "$missing", "a": 1}}),
            bson!([{"_id": 1, "a": 2, "x": 2, "y": 3, "z": "text"}]),
        ),
        (
            bson!([{"_id": 1, "a": 2}]),
            bson!({"$project": {"list": ["$a", "$missing"], "_id": "$a"}}),
            bson!([{"list": [2, null], "_id": 2}]),
        ),
        (
            bson!([{"_id": 1, "a": [1, {"c": 2}]}, {"_id": 2, "a": 3}, {"_id": 3}]),
            bson!({"$project": {"a.b": "$_id"}}),
            bson!([
                {"_id": 1, "a": [{"b": 1}, {"b": 1}]}, {"_id": 2, "a": {"b": 2}},
                {"_id": 3, "a": {"b": 3}},
            ]),
        ),
        (
            bson!([{"_id": 1, "a": {"k": 1, "l": 2}, "z": 9}]),
            bson!({"$project": {"a": {"k": 1, "n": "$z"}}}),
            bson!([{"_id": 1, "a": {"k": 1, "n": 9}}]),
        ),
    ]);
}

#[test]
fn add_fields() {
    check(vec![
        (
            bson!([{"_id": 1, "a": 2, "b": 3}]),
            bson!({"$addFields": {"a": "$b", "c": 0, "d": "$missing", "b": "$$REMOVE"}}),
            bson!([{"_id": 1, "a": 3, "c": 0}]),
        ),
        (
            bson!([{"a": {"x": 1}}, {"a": [{"x": 1}, 2]}, {"a": 5}, {}]),
            bson!({"$addFields": {"a.y": true}}),
            bson!([
                {"a": {"x": 1, "y": true}}, {"a": [{"x": 1, "y": true}, {"y": true}]},
                {"a": {"y": true}}, {"a": {"y": true}},
            ]),
        ),
        (
            bson!([{"a": {"x": 1, "z": 1}}]),
            bson!({"$addFields": {"a": {"x": "new", "n": {"m": 1}}}}),
            bson!([{"a": {"x": "new", "z": 1, "n": {"m": 1}}}]),
        ),
    ]);
}

#[test]
fn replace_root_and_redact() {
    check(vec![
        (bson!([{"a": {"b": 1}}]), bson!({"$replaceRoot": {"newRoot": "$a"}}), bson!([{"b": 1}])),
        (
            bson!([{"a": 1}]),
            bson!({"$replaceRoot": {"newRoot": {"x": "$a", "r": "$$ROOT"}}}),
            bson!([{"x": 1, "r": {"a": 1}}]),
        ),
        (bson!([{"a": 1}]), bson!({"$redact": "$$KEEP"}), bson!([{"a": 1}])),
        (bson!([{"a": 1}]), bson!({"$redact": "$$PRUNE"}), bson!([])),
        (
            bson!([{"d": "descend", "o": {"d": "prune"}, "l": [1, {"d": "keep", "x": {"d": "prune"}},
                {"d": "prune"}, [{"d": "prune"}, 2]]}]),
            bson!({"$redact": "$d"}),
            bson!([{"d": "descend", "l": [1, {"d": "keep", "x": {"d": "prune"}}, [2]]}]),
        ),
    ]);
}

#[test]
fn sort() {
    let documents = || bson!([{"n": 2, "k": 1}, {"n": 1, "k": 2}, {"k": 3}, {"n": 2, "k": 4}]);
    check(vec![
        (
            documents(),
            bson!({"$sort": {"n": 1}}),
            bson!([{"k": 3}, {"n": 1, "k": 2}, {"n": 2, "k": 1}, {"n": 2, "k": 4}]),
        ),
        (
            documents(),
            bson!({"$sort": {"n": -1.0, "k": -1_i64}}),
            bson!([{"n": 2, "k": 4}, {"n": 2, "k": 1}, {"n": 1, "k": 2}, {"k": 3}]),
        ),
    ]);
    let mut fake = Fake::of(documents());
    let stages = || bson!([{"$match": {"k": {"$gt": 1}}}, {"$sort": {"n": 1}}, {"$limit": 2}]);
    let sorted = fake.run(stages()).unwrap();
    fake.sorts = true;
    assert_eq!(fake.run(stages()).unwrap(), sorted);
    assert_eq!(sorted, [doc! {"k": 3}, doc! {"n": 1, "k": 2}]);
}

#[test]
fn group_keys() {
    check(vec![
        (
            bson!([{"k": 1}, {"k": 1.0}, {"k": 1_i64}, {"k": "1"}, {"k": null}, {}, {"k": Bson::Undefined}]),
            bson!({"$group": {"_id": "$k", "n": {"$sum": 1}}}),
            bson!([
                {"_id": 1, "n": 3}, {"_id": "1", "n": 1}, {"_id": null, "n": 2},
                {"_id": Bson::Undefined, "n": 1},
            ]),
        ),
        (
            bson!([{"a": 1, "b": 2}, {"a": 1}, {"b": 2}, {}, {"a": 1, "b": 2.0}, {"a": null}]),
            bson!({"$group": {"_id": {"x": "$a", "y": "$b"}, "n": {"$sum": 1}}}),
            bson!([
                {"_id": {"x": 1, "y": 2}, "n": 2}, {"_id": {"x": 1}, "n": 1},
                {"_id": {"y": 2}, "n": 1}, {"_id": {}, "n": 1}, {"_id": {"x": null}, "n": 1},
            ]),
        ),
        // MongoDB 4.0: a key of one field takes missing for null.
        (
            bson!([{"a": null}, {}]),
            bson!({"$group": {"_id": {"x": "$a"}, "n": {"$sum": 1}}}),
            bson!([{"_id": {"x": null}, "n": 2}]),
        ),
        (
            bson!([{"a": [{"b": 1}, {"b": 2}]}, {"a": {"b": [1, 2]}}]),
            bson!({"$group": {"_id": "$a.b", "n": {"$sum": 1}}}),
            bson!([{"_id": [1, 2], "n": 2}]),
        ),
        (
            bson!([{"a": 1}, {"a": 2}]),
            bson!({"$group": {"_id": null, "n": {"$sum": "$a"}}}),
            bson!([{"_id": null, "n": 3}]),
        ),
        (bson!([{"a": 1}]), bson!({"$group": {"_id": {}}}), bson!([{"_id": {}}])),
        (bson!([{"a": 1}]), bson!({"$group": {"_id": "text"}}), bson!([{"_id": "text"}])),
        (bson!([{"a": 1}]), bson!({"$group": {"_id": ["$a"]}}), bson!([{"_id": ["$a"]}])),
        (bson!([]), bson!({"$group": {"_id": null, "n": {"$sum": 1}}}), bson!([])),
    ]);
}

#[test]
fn more_fields_than_are_found_in_one_walk() {
    let names: Vec<String> = (0..20).map(|number| format!("f{number}")).collect();
    let document: Document = names.iter().map(|name| (name.clone(), bson!(1))).collect();
    let mut group = doc! {"_id": null};
    for name in &names {
        group.insert(name.clone(), doc! {"$sum": format!("${name}")});
    }
    let mut expected = doc! {"_id": null};
    expected.extend(names.iter().map(|name| (name.clone(), bson!(2))));
    assert_eq!(
        answer(bson!([document.clone(), document]), bson!([{"$group": group}])),
        bson!([expected])
    );
}

#[test]
fn sort_by_count() {
    check(vec![(
        bson!([{"t": "a"}, {"t": "b"}, {"t": "b"}, {"t": ["a"]}, {"t": "b"}, {"t": "a"}]),
        bson!({"$sortByCount": "$t"}),
        bson!([{"_id": "b", "count": 3}, {"_id": "a", "count": 2}, {"_id": ["a"], "count": 1}]),
    )]);
}

#[test]
fn bucket() {
    check(vec![
        (
            bson!([{"p": 1}, {"p": 0}, {"p": 9.5}, {"p": 4}, {"p": 5}]),
            bson!({"$bucket": {"groupBy": "$p", "boundaries": [0, 5, 10]}}),
            bson!([{"_id": 0, "count": 3}, {"_id": 5, "count": 2}]),
        ),
        (
            bson!([{"p": 1}, {"p": 10}, {"p": "x"}, {}, {"p": 12}]),
            bson!({"$bucket": {
                "groupBy": "$p", "boundaries": [0, 5, 10], "default": "other",
                "output": {"all": {"$push": "$p"}},
            }}),
            bson!([{"_id": 0, "all": [1]}, {"_id": "other", "all": [10, "x", 12]}]),
        ),
    ]);
}

#[test]
fn bucket_auto() {
    let prices = || bson!([{"p": 10.5}, {"p": 200.3}, {"p": 20.8}, {"p": 80.2}, {"p": 50.3}]);
    check(vec![
        (
            prices(),
            bson!({"$bucketAuto": {"groupBy": "$p", "buckets": 3}}),
            bson!([
                {"_id": {"min": 10.5, "max": 50.3}, "count": 2},
                {"_id": {"min": 50.3, "max": 200.3}, "count": 2},
                {"_id": {"min": 200.3, "max": 200.3}, "count": 1},
            ]),
        ),
        (
            bson!([{"p": 1}, {"p": 1}, {"p": 1}, {"p": 2}]),
            bson!({"$bucketAuto": {"groupBy": "$p", "buckets": 4, "output": {"n": {"$sum": 1}}}}),
            bson!([{"_id": {"min": 1, "max": 2}, "n": 3}, {"_id": {"min": 2, "max": 2}, "n": 1}]),
        ),
        (
            bson!([{"p": 0}, {"p": 3}, {"p": 6}, {"p": 13}]),
            bson!({"$bucketAuto": {"groupBy": "$p", "buckets": 2, "granularity": "POWERSOF2"}}),
            bson!([
                {"_id": {"min": 0, "max": 4.0}, "count": 2},
                {"_id": {"min": 4.0, "max": 16.0}, "count": 2},
            ]),
        ),
        (
            bson!([{"p": 0}, {"p": 0}, {"p": 7}, {"p": 13}]),
            bson!({"$bucketAuto": {"groupBy": "$p", "buckets": 2, "granularity": "1-2-5"}}),
            bson!([
                {"_id": {"min": 0, "max": 5.0}, "count": 2},
                {"_id": {"min": 5.0, "max": 20.0}, "count": 2},
            ]),
        ),
        (bson!([]), bson!({"$bucketAuto": {"groupBy": "$p", "buckets": 2}}), bson!([])),
        (
            bson!([{}, {"p": null}]),
            bson!({"$bucketAuto": {"groupBy": "$p", "buckets": 2}}),
            bson!([{"_id": {"min": null, "max": null}, "count": 2}]),
        ),
    ]);
}

#[test]
fn facet() {
    check(vec![
        (
            bson!([{"n": 1}, {"n": 2}, {"n": 3}]),
            bson!({"$facet": {
                "first": [{"$limit": 1}],
                "total": [{"$group": {"_id": null, "sum": {"$sum": "$n"}}}],
                "none": [{"$skip": 5}],
            }}),
            bson!([{"first": [{"n": 1}], "total": [{"_id": null, "sum": 6}], "none": []}]),
        ),
        (bson!([]), bson!({"$facet": {"a": [{"$limit": 1}]}}), bson!([{"a": []}])),
    ]);
}

#[test]
fn sample() {
    let documents: Vec<Bson> = (0..50).map(|n| bson!({"n": n})).collect();
    let numbers = |size: i32| {
        let results = answer(Bson::Array(documents.clone()), bson!([{"$sample": {"size": size}}]));
        let results = results.as_array().unwrap().clone();
        let mut numbers: Vec<i32> =
            results.iter().map(|item| item.as_document().unwrap().get_i32("n").unwrap()).collect();
        let order = numbers.clone();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), order.len(), "none is chosen twice");
        order
    };
    assert_eq!(numbers(0).len(), 0);
    assert_eq!(numbers(5).len(), 5);
    let all = numbers(1_000);
    assert_eq!(all.len(), 50);
    assert!(!all.is_sorted(), "all documents come in random order");
}

#[test]
fn out_replaces_a_collection_and_answers_nothing() {
    let fake = Fake::of(bson!([{"_id": 1, "a": 2}, {"_id": 2}]));
    let stages = bson!([{"$project": {"_id": 1}}, {"$out": "target"}]);
    assert_eq!(fake.run(stages.clone()).unwrap(), Vec::<Document>::new());
    let written = fake.run(bson!([{"$lookup": {"from": "target", "pipeline": [], "as": "t"}}]));
    assert_eq!(
        written.unwrap()[0].get_array("t").unwrap(),
        &[bson!({"_id": 1}), bson!({"_id": 2})]
    );
    assert_eq!(parse(stages).unwrap().collection_written(), Some("target"));
}

#[test]
fn statistics() {
    check(vec![
        (bson!([]), bson!({"$indexStats": {}}), bson!([{"name": "_id_"}, {"name": "a_1"}])),
        (
            bson!([]),
            bson!({"$collStats": {"count": {}, "storageStats": {}}}),
            bson!([{
                "ns": "test.c", "localTime": bson::DateTime::from_millis(1_000),
                "storageStats": {"size": 5}, "count": 2,
            }]),
        ),
    ]);
}

#[test]
fn geo_near() {
    let mut fake = Fake::of(bson!([
        {"_id": 1, "l": {"type": "Point", "coordinates": [113.306_789, 23.156_472_1]}},
        {"_id": 2, "l": {"type": "Point", "coordinates": [113.30593, 23.136_115_5]}},
        {"_id": 3}, {"_id": 4, "l": null},
    ]));
    fake.geo_paths = vec![FieldPath::parse("l").unwrap()];
    let stage = |options: Document| {
        let mut all = doc! {
            "near": {"type": "Point", "coordinates": [113.308_950_6, 23.096_825_1]},
            "spherical": true, "distanceField": "d.m",
        };
        all.extend(options);
        bson!([{"$geoNear": all}, {"$project": {"d": 1}}])
    };
    let distances = |options| -> Vec<(i32, f64)> {
        let results = fake.run(stage(options)).unwrap();
        let distance = |result: &Document| {
            let metres = result.get_document("d").unwrap().get_f64("m").unwrap();
            (result.get_i32("_id").unwrap(), metres.round())
        };
        results.iter().map(distance).collect()
    };
    assert_eq!(distances(doc! {}), [(2, 4385.0), (1, 6644.0)]);
    assert_eq!(distances(doc! {"maxDistance": 5000}), [(2, 4385.0)]);
    assert_eq!(distances(doc! {"minDistance": 5000}), [(1, 6644.0)]);
    assert_eq!(distances(doc! {"limit": 1}), [(2, 4385.0)]);
    assert_eq!(distances(doc! {"distanceMultiplier": 0.001}), [(2, 4.0), (1, 7.0)]);
    assert_eq!(distances(doc! {"query": {"_id": 1}}), [(1, 6644.0)]);
    assert_eq!(distances(doc! {"key": "l"}), [(2, 4385.0), (1, 6644.0)]);
    let located = fake.run(bson!([{"$geoNear": {
        "near": [113.308_950_6, 23.096_825_1], "spherical": true, "distanceField": "d",
        "includeLocs": "where", "limit": 1,
    }}]));
    let located = &located.unwrap()[0];
    assert_eq!(located.get("where"), located.get("l"));
    assert!(located.get_f64("d").unwrap() < 0.001, "a legacy pair measures in radians");
    assert_eq!(fake.run(stage(doc! {"key": "m"})).unwrap_err().mongo_code(), 16604);
    assert_eq!(fake.run(stage(doc! {"spherical": false})).unwrap_err().mongo_code(), 16604);
    fake.geo_paths.push(FieldPath::parse("m").unwrap());
    assert_eq!(fake.run(stage(doc! {})).unwrap_err().mongo_code(), 16604);
}

#[test]
fn the_source_is_planned_with_the_database() {
    let pipeline =
        parse(bson!([{"$match": {"a": 1}}, {"$sort": {"b": 1}}, {"$limit": 3}])).unwrap();
    assert!(pipeline.leading_match().is_some());
    assert_eq!(pipeline.leading_sort().unwrap().paths().count(), 1);
    let pipeline = parse(bson!([{"$sort": {"b": 1}}])).unwrap();
    assert!(pipeline.leading_match().is_none() && pipeline.leading_sort().is_some());
    let pipeline =
        parse(bson!([{"$limit": 1}, {"$match": {"a": 1}}, {"$sort": {"b": 1}}])).unwrap();
    assert!(pipeline.leading_match().is_none() && pipeline.leading_sort().is_none());
    assert_eq!(pipeline.explain()[0], doc! {"$limit": 1});
}
