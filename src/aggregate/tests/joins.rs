//! `$lookup` and `$graphLookup`.

use super::*;
use bson::bson;

fn joined(local: Bson, foreign: Bson, options: Document) -> Vec<Bson> {
    let fake = Fake::with(&[("c", local), ("f", foreign)]);
    joined_in(&fake, options)
}

fn joined_in(fake: &Fake, options: Document) -> Vec<Bson> {
    let mut all = doc! {"from": "f", "as": "r"};
    all.extend(options);
    let results = fake.run(bson!([{"$lookup": all}])).unwrap();
    results.iter().map(|result| ids(result.get_array("r").unwrap())).collect()
}

fn ids(documents: &[Bson]) -> Bson {
    let id = |document: &Bson| document.as_document().unwrap().get("_id").cloned().unwrap();
    Bson::Array(documents.iter().map(id).collect())
}

fn foreign() -> Bson {
    bson!([
        {"_id": 1, "k": 1}, {"_id": 2, "k": "a"}, {"_id": 3, "k": null}, {"_id": 4},
        {"_id": 5, "k": [1, "a", [7]]}, {"_id": 6, "k": 1.0}, {"_id": 7, "k": {"x": 1, "y": 2}},
        {"_id": 8, "k": []},
    ])
}

#[test]
fn equality_as_a_filter_has_it() {
    let cases = [
        (bson!({"l": 1}), bson!([1, 5, 6])),
        (bson!({"l": 1_i64}), bson!([1, 5, 6])),
        (bson!({"l": null}), bson!([3, 4])),
        (bson!({}), bson!([3, 4])),
        (bson!({"l": []}), bson!([3, 4])),
        (bson!({"l": ["a", null]}), bson!([2, 3, 4, 5])),
        (bson!({"l": ["a", 1, 1]}), bson!([1, 2, 5, 6])),
        (bson!({"l": [[7]]}), bson!([5])),
        (bson!({"l": {"x": 1, "y": 2}}), bson!([7])),
        (bson!({"l": {"y": 2, "x": 1}}), bson!([])),
        (bson!({"l": "z"}), bson!([])),
    ];
    for (local, expected) in cases {
        let options = || doc! {"localField": "l", "foreignField": "k"};
        let by_table = joined(bson!([local.clone()]), foreign(), options());
        assert_eq!(by_table, std::slice::from_ref(&expected), "{local}");
        let mut fake = Fake::with(&[("c", bson!([local.clone()])), ("f", foreign())]);
        fake.indexed = vec!["k"];
        assert_eq!(joined_in(&fake, options()), [expected], "{local} by an index");
    }
}

#[test]
fn a_collection_that_does_not_fit_into_memory_is_scanned() {
    let fake = Fake::with(&[("c", bson!([{"l": 1}, {"l": null}])), ("f", foreign())]);
    let stages = bson!([{"$lookup": {
        "from": "f", "localField": "l", "foreignField": "k", "as": "r",
    }}]);
    let all = fake.run(stages.clone()).unwrap();
    assert_eq!(fake.run_within(stages, 64).unwrap(), all);
}

#[test]
fn paths_lead_through_objects_and_arrays() {
    let local = bson!([{"a": [{"b": 1}, {"b": 2}, 3]}, {"a": {"b": 3}}]);
    let foreign = bson!([
        {"_id": 1, "x": [{"y": 1}, {"y": 3}]}, {"_id": 2, "x": {"y": 2}}, {"_id": 3, "x": {}},
    ]);
    let options = doc! {"localField": "a.b", "foreignField": "x.y"};
    assert_eq!(joined(local, foreign, options), [bson!([1, 2]), bson!([1])]);
}

#[test]
fn the_array_replaces_a_field_and_may_be_nested() {
    let fake =
        Fake::with(&[("c", bson!([{"_id": 1, "r": 5, "z": 1}])), ("f", bson!([{"_id": 9}]))]);
    let lookup = |into: &str| bson!([{"$lookup": {"from": "f", "localField": "n", "foreignField": "n", "as": into}}]);
    assert_eq!(fake.run(lookup("r")).unwrap(), [doc! {"_id": 1, "r": [{"_id": 9}], "z": 1}]);
    assert_eq!(
        fake.run(lookup("r.s")).unwrap(),
        [doc! {"_id": 1, "r": {"s": [{"_id": 9}]}, "z": 1}]
    );
    let stages = bson!([{"$lookup": {"from": "nowhere", "localField": "a", "foreignField": "b", "as": "r"}}]);
    assert_eq!(fake.run(stages).unwrap(), [doc! {"_id": 1, "r": [], "z": 1}]);
}

#[test]
fn pipelines_read_the_variables_of_their_document() {
    let local = bson!([{"_id": 1, "n": 2}, {"_id": 2, "n": 5}, {"_id": 3}]);
    let foreign = bson!([{"_id": 1, "k": 2}, {"_id": 2, "k": 5}, {"_id": 3, "k": 5}]);
    let correlated = doc! {
        "let": {"n": "$n"},
        "pipeline": [{"$match": {"$expr": {"$eq": ["$k", "$$n"]}}}],
    };
    assert_eq!(
        joined(local.clone(), foreign.clone(), correlated),
        [bson!([1]), bson!([2, 3]), bson!([])]
    );
    let with_shared_stages = doc! {
        "let": {"n": "$n"},
        "pipeline": [
            {"$match": {"k": 5}}, {"$addFields": {"twice": {"$multiply": ["$k", 2]}}},
            {"$match": {"$expr": {"$gt": ["$twice", {"$add": ["$$n", 5]}]}}},
        ],
    };
    assert_eq!(
        joined(local.clone(), foreign.clone(), with_shared_stages),
        [bson!([2, 3]), bson!([]), bson!([2, 3])]
    );
    let everything = doc! {"pipeline": []};
    assert_eq!(joined(local.clone(), foreign.clone(), everything), vec![bson!([1, 2, 3]); 3]);
    let nested = doc! {
        "let": {"n": "$n"},
        "pipeline": [
            {"$lookup": {
                "from": "f", "as": "inner", "let": {"m": "$k"},
                "pipeline": [{"$match": {"$expr": {"$and": [
                    {"$eq": ["$k", "$$n"]}, {"$eq": ["$k", "$$m"]},
                ]}}}],
            }},
            {"$match": {"inner": {"$ne": []}}},
        ],
    };
    assert_eq!(joined(local, foreign, nested), [bson!([1]), bson!([2, 3]), bson!([])]);
}

#[test]
fn stages_without_variables_run_once() {
    let fake = Fake::with(&[
        ("c", bson!([{"n": 1}, {"n": 2}, {"n": 3}])),
        ("f", bson!([{"_id": 1}, {"_id": 2}])),
    ]);
    let stages = bson!([{"$lookup": {
        "from": "f", "as": "r", "let": {"n": "$n"},
        "pipeline": [{"$project": {"_id": 1}}, {"$addFields": {"n": "$$n"}}],
    }}]);
    let results = fake.run(stages.clone()).unwrap();
    assert_eq!(results[2], doc! {"n": 3, "r": [{"_id": 1, "n": 3}, {"_id": 2, "n": 3}]});
    assert_eq!(fake.visited.get(), 3 + 2);
    assert_eq!(fake.run_within(stages, 16).unwrap(), results, "they run again when too large");
    assert_eq!(
        parse(bson!([{"$lookup": {"from": "f", "pipeline": [], "as": "r"}}]))
            .unwrap()
            .collections_read(),
        ["f"]
    );
}

fn graph() -> Fake {
    Fake::with(&[
        ("c", bson!([{"_id": "start", "to": "b"}])),
        (
            "g",
            bson!([
                {"_id": 1, "name": "a", "to": ["b"]}, {"_id": 2, "name": "b", "to": ["c", "d"]},
                {"_id": 3, "name": "c", "to": "a"}, {"_id": 4, "name": "d"}, {"_id": 5},
                {"_id": 6, "name": null},
            ]),
        ),
    ])
}

fn reached(start: &str, options: Document) -> Vec<(i32, i64)> {
    let mut all = doc! {
        "from": "g", "startWith": start, "connectFromField": "to", "connectToField": "name",
        "as": "r", "depthField": "depth",
    };
    all.extend(options);
    let stages = bson!([{"$graphLookup": all}]);
    let results = graph().run(stages.clone()).unwrap();
    let indexed = Fake { indexed: vec!["name"], ..graph() };
    assert_eq!(indexed.run(stages).unwrap(), results, "with an index");
    let reached = |document: &Bson| {
        let document = document.as_document().unwrap();
        (document.get_i32("_id").unwrap(), document.get_i64("depth").unwrap())
    };
    results[0].get_array("r").unwrap().iter().map(reached).collect()
}

#[test]
fn graph_searches_reach_every_document_once() {
    assert_eq!(reached("$to", doc! {}), [(2, 0), (3, 1), (4, 1), (1, 2)]);
    assert_eq!(reached("$to", doc! {"maxDepth": 0}), [(2, 0)]);
    assert_eq!(reached("$to", doc! {"maxDepth": 1}), [(2, 0), (3, 1), (4, 1)]);
    assert_eq!(reached("$missing", doc! {}), []);
    assert_eq!(
        reached("$to", doc! {"restrictSearchWithMatch": {"_id": {"$ne": 3}}}),
        [(2, 0), (4, 1)]
    );
    let null = doc! {"startWith": {"$literal": [null, "d"]}};
    assert_eq!(reached("$to", null), [(6, 0), (4, 0)]);
}

#[test]
fn an_index_is_asked_for_each_value_until_they_are_many() {
    let chain: Vec<Bson> = (0..600).map(|n| bson!({"_id": n, "name": n, "to": n + 1})).collect();
    let visited = |indexed: &[&'static str], start: i32| {
        let fake = Fake::with(&[("c", bson!([{}])), ("g", Bson::Array(chain.clone()))]);
        let fake = Fake { indexed: indexed.to_vec(), ..fake };
        let stages = bson!([{"$graphLookup": {
            "from": "g", "startWith": start, "connectFromField": "to", "connectToField": "name", "as": "r",
        }}]);
        let results = fake.run(stages).unwrap();
        assert_eq!(results[0].get_array("r").unwrap().len(), usize::try_from(600 - start).unwrap());
        // The collection here has no index to ask: each scan reads all of it.
        (fake.visited.get() - 1) / 600
    };
    assert_eq!(visited(&[], 598), 1);
    assert_eq!(visited(&["name"], 598), 3);
    assert_eq!(visited(&["name"], 0), 513 + 1);
}

#[test]
fn graph_searches_need_ids_and_memory() {
    let fake = Fake::with(&[("c", bson!([{"a": 1}]))]);
    let stages = bson!([{"$graphLookup": {
        "from": "c", "startWith": 1, "connectFromField": "b", "connectToField": "a", "as": "r",
    }}]);
    let refused = fake.run(stages).unwrap_err();
    assert_eq!(refused.mongo_code(), 40271);
    let stages = bson!([{"$graphLookup": {
        "from": "g", "startWith": "b", "connectFromField": "to", "connectToField": "name", "as": "r",
    }}]);
    let refused = graph().run_within(stages, 100).unwrap_err();
    assert_eq!(
        (refused.mongo_code(), refused.message()),
        (40099, "$graphLookup reached maximum memory consumption")
    );
}
