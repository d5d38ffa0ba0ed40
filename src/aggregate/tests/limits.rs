//! Memory of blocking stages, sizes of results, and the caller's check.

use super::*;
use crate::error::Error;
use crate::error::ErrorKind;
use bson::bson;

fn documents(count: i64) -> Bson {
    Bson::Array((0..count).map(|n| bson!({"n": n, "text": "x".repeat(100)})).collect())
}

#[test]
fn blocking_stages_refuse_more_memory_than_they_may_have() {
    let sort = "Sort exceeded memory limit of 5000 bytes, but did not opt in to external sorting. \
                Aborting operation. Pass allowDiskUse:true to opt in.";
    let group = "Exceeded memory limit for $group, but didn't allow external sort. Pass \
                 allowDiskUse:true to opt in.";
    let cases = vec![
        (bson!({"$sort": {"n": 1}}), 16819, sort),
        (bson!({"$sample": {"size": 1000}}), 16819, sort),
        (bson!({"$bucketAuto": {"groupBy": "$n", "buckets": 2}}), 16819, sort),
        (bson!({"$group": {"_id": "$n"}}), 16945, group),
        (bson!({"$group": {"_id": {"a": "$n", "b": "x"}}}), 16945, group),
        (bson!({"$group": {"_id": null, "all": {"$push": "$text"}}}), 16945, group),
        (bson!({"$group": {"_id": null, "all": {"$addToSet": "$n"}}}), 16945, group),
        (
            bson!({"$facet": {"all": [{"$skip": 0}]}}),
            4_031_700,
            "document constructed by $facet exceeds the limit of 5000 bytes",
        ),
        (
            bson!({"$out": "x"}),
            0,
            "$out may write at most 5000 bytes at once; write in several pipelines",
        ),
    ];
    for (stage, code, text) in cases {
        let shown = stage.to_string();
        let fake = Fake::of(documents(200));
        let refused = fake.run_within(bson!([stage]), 5_000).unwrap_err();
        assert_eq!((refused.mongo_code(), refused.message()), (code, text), "{shown}");
    }
}

#[test]
fn what_is_kept_for_a_limit_is_all_that_counts() {
    let fake = Fake::of(documents(200));
    let stages = bson!([{"$sort": {"n": -1}}, {"$project": {"n": 1}}, {"$skip": 2}, {"$limit": 2}]);
    let results = fake.run_within(stages, 5_000).unwrap();
    assert_eq!(results, [doc! {"n": 197_i64}, doc! {"n": 196_i64}]);
    let few_groups = bson!([{"$group": {"_id": null, "last": {"$last": "$text"}}}]);
    assert!(fake.run_within(few_groups, 5_000).is_ok());
}

#[test]
fn a_result_larger_than_a_document_is_refused() {
    let fake = Fake::of(bson!([{"_id": 1, "text": "x".repeat(6_000_000)}]));
    let wide = bson!([{"$project": {"a": "$text", "b": "$text", "c": "$text"}}]);
    let refused = fake.run(wide).unwrap_err();
    assert_eq!(refused.mongo_code(), 10334);
    assert_eq!(
        refused.message(),
        "BSONObj size: 18000038 (0x112A8A6) is invalid. Size must be between 0 and \
         16793600(16MB) First element: _id: 1"
    );
    let narrowed = bson!([
        {"$addFields": {"a": "$text", "b": "$text"}}, {"$project": {"n": {"$strLenBytes": "$a"}}},
    ]);
    assert_eq!(fake.run(narrowed).unwrap(), [doc! {"_id": 1, "n": 6_000_000}]);
}

#[test]
fn joined_documents_must_fit_into_one() {
    let text = "x".repeat(6_000_000);
    let fake = Fake::with(&[
        ("c", bson!([{"k": 1}])),
        (
            "f",
            bson!([{"k": 1, "t": text.clone()}, {"k": 1, "t": text.clone()}, {"k": 1, "t": text}]),
        ),
    ]);
    let by_field = bson!([{"$lookup": {
        "from": "f", "localField": "k", "foreignField": "k", "as": "r",
    }}]);
    let refused = fake.run(by_field).unwrap_err();
    assert_eq!(refused.mongo_code(), 4568);
    assert_eq!(
        refused.message(),
        "Total size of documents in f matching { $match: { $and: [ { k: { $eq: 1 } }, {} ] } } \
         exceeds maximum document size"
    );
    let by_pipeline = bson!([{"$lookup": {"from": "f", "pipeline": [{"$skip": 0}], "as": "r"}}]);
    let refused = fake.run(by_pipeline).unwrap_err();
    assert_eq!(
        refused.message(),
        "Total size of documents in f matching pipeline [ { $skip: 0 } ] exceeds maximum document \
         size"
    );
}

#[test]
fn the_callers_check_ends_a_long_run() {
    let fake = Fake::of(documents(3_000));
    let late = || Err(Error::new(ErrorKind::Timeout, "too late"));
    for stages in [bson!([{"$skip": 5_000}]), bson!([{"$group": {"_id": "$n"}}])] {
        let pipeline = parse(stages).unwrap();
        let execution = Execution::new(&fake).with_check(&late);
        let refused = pipeline.run("c", &execution, &mut |_| Ok(())).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Timeout);
    }
}

#[test]
fn deep_nesting_and_long_pipelines_do_not_exhaust_the_stack() {
    let stages: Vec<Bson> = (0..498).map(|_| bson!({"$addFields": {"a": 1}})).collect();
    assert_eq!(answer(bson!([{}]), Bson::Array(stages)), bson!([{"a": 1}]));
    let mut nested = bson!("$$ROOT");
    for _ in 0..60 {
        nested = bson!({"d": nested});
    }
    let stage = bson!({"$project": {"_id": 0, "d": {"$let": {"vars": {}, "in": nested}}}});
    let stages = Bson::Array(vec![stage; 6]);
    assert_eq!(refusal(bson!([{}]), stages).0, 15);
}
