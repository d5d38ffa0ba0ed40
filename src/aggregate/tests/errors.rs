//! MongoDB 4.0's refusals of each stage's arguments.

use super::*;
use bson::bson;

fn check(cases: Vec<(Bson, i32, &str)>) {
    for (stage, code, text) in cases {
        let shown = stage.to_string();
        let refused = refusal(bson!([{"_id": 1, "a": 1}]), bson!([stage]));
        assert_eq!(refused, (code, text.to_owned()), "{shown}");
    }
}

#[test]
fn pipelines() {
    check(vec![
        (bson!({}), 40323, "A pipeline stage specification object must contain exactly one field."),
        (
            bson!({"$limit": 1, "$skip": 1}),
            40323,
            "A pipeline stage specification object must contain exactly one field.",
        ),
        (bson!({"$foo": 1}), 40324, "Unrecognized pipeline stage name: '$foo'"),
    ]);
    let cases = vec![
        (
            bson!([{"$out": "x"}, {"$limit": 1}]),
            40601,
            "$out can only be the final stage in the pipeline",
        ),
        (
            bson!([{"$limit": 1}, {"$geoNear": {"near": [0, 0], "distanceField": "d"}}]),
            40602,
            "$geoNear is only valid as the first stage in a pipeline.",
        ),
        (
            bson!([{"$limit": 1}, {"$collStats": {}}]),
            40602,
            "$collStats is only valid as the first stage in a pipeline.",
        ),
        (
            bson!([{"$limit": 1}, {"$indexStats": {}}]),
            40602,
            "$indexStats is only valid as the first stage in a pipeline.",
        ),
    ];
    for (stages, code, text) in cases {
        assert_eq!(refusal(bson!([]), stages), (code, text.to_owned()));
    }
    let many: Vec<Bson> = (0..501).map(|_| bson!({"$limit": 1})).collect();
    assert!(parse(Bson::Array(many)).is_err());
}

#[test]
fn limits_and_counts() {
    check(vec![
        (bson!({"$limit": "1"}), 15957, "the limit must be specified as a number"),
        (bson!({"$limit": 0}), 15958, "the limit must be positive"),
        (bson!({"$limit": -1}), 15958, "the limit must be positive"),
        (bson!({"$limit": 0.5}), 15958, "the limit must be positive"),
        (bson!({"$skip": "1"}), 15972, "Argument to $skip must be a number not a string"),
        (bson!({"$skip": -1}), 15956, "Argument to $skip cannot be negative"),
        (bson!({"$sample": 1}), 28745, "the $sample stage specification must be an object"),
        (bson!({"$sample": {"size": "1"}}), 28746, "size argument to $sample must be a number"),
        (bson!({"$sample": {"size": -1}}), 28747, "size argument to $sample must not be negative"),
        (bson!({"$sample": {"n": 1}}), 28748, "unrecognized option to $sample: n"),
        (bson!({"$sample": {}}), 28749, "$sample stage must specify a size"),
        (bson!({"$count": 1}), 40156, "the count field must be a non-empty string"),
        (bson!({"$count": ""}), 40157, "the count field must be a non-empty string"),
        (bson!({"$count": "$a"}), 40158, "the count field cannot be a $-prefixed path"),
        (bson!({"$count": "a\0"}), 40159, "the count field cannot contain a null byte"),
        (bson!({"$count": "a.b"}), 40160, "the count field cannot contain '.'"),
        (
            bson!({"$sortByCount": {"a": 1}}),
            40147,
            "the sortByCount field must be defined as a $-prefixed path or an expression inside an object",
        ),
        (
            bson!({"$sortByCount": "a"}),
            40148,
            "the sortByCount field must be defined as a $-prefixed path or an expression inside an object",
        ),
        (
            bson!({"$sortByCount": 1}),
            40149,
            "the sortByCount field must be specified as a string or as an object",
        ),
    ]);
}

#[test]
fn sorting_and_matching() {
    check(vec![
        (bson!({"$sort": 1}), 15973, "the $sort key specification must be an object"),
        (
            bson!({"$sort": {"a": "x"}}),
            15974,
            "$sort key ordering must be specified using a number or {$meta: 'textScore'}",
        ),
        (
            bson!({"$sort": {"a": 2}}),
            15975,
            "$sort key ordering must be 1 (for ascending) or -1 (for descending)",
        ),
        (bson!({"$sort": {}}), 15976, "$sort stage must have at least one sort key"),
        (
            bson!({"$sort": {"a": {"$gt": 1}}}),
            17312,
            "$meta is the only expression supported by $sort right now",
        ),
        (
            bson!({"$sort": {"a": {"$meta": "textScore"}}}),
            40218,
            "query requires text score metadata, but it is not available",
        ),
        (bson!({"$match": 1}), 15959, "the match filter must be an expression in an object"),
        (
            bson!({"$match": {"l": {"$near": [0, 0]}}}),
            2,
            "$geoNear, $near, and $nearSphere are not allowed in this context",
        ),
        (
            bson!({"$match": {"$or": [{"l": {"$nearSphere": [0, 0]}}]}}),
            2,
            "$geoNear, $near, and $nearSphere are not allowed in this context",
        ),
        (bson!({"$match": {"$where": "1"}}), 2, "$where is not allowed in this context"),
    ]);
}

#[test]
fn groups() {
    check(vec![
        (bson!({"$group": 1}), 15947, "a group's fields must be specified in an object"),
        (bson!({"$group": {}}), 15955, "a group specification must include an _id"),
        (
            bson!({"$group": {"_id": {"a": 1}}}),
            17390,
            "$group does not support inclusion-style expressions",
        ),
        (
            bson!({"$group": {"_id": 1, "f": 1}}),
            40234,
            "The field 'f' must be an accumulator object",
        ),
        (
            bson!({"$group": {"_id": 1, "f": {"x": 1}}}),
            40234,
            "The field 'f' must be an accumulator object",
        ),
        (
            bson!({"$group": {"_id": 1, "f.g": {"$sum": 1}}}),
            40235,
            "The field name 'f.g' cannot contain '.'",
        ),
        (
            bson!({"$group": {"_id": 1, "$f": {"$sum": 1}}}),
            40236,
            "The field name '$f' cannot be an operator name",
        ),
        (
            bson!({"$group": {"_id": 1, "f": {"$sum": 1, "$avg": 1}}}),
            40238,
            "The field 'f' must specify one accumulator",
        ),
        (
            bson!({"$group": {"_id": 1, "f": {"$sum": [1]}}}),
            40237,
            "The $sum accumulator is a unary operator",
        ),
        (bson!({"$group": {"_id": 1, "f": {"$foo": 1}}}), 15952, "unknown group operator '$foo'"),
        (
            bson!({"$group": {"_id": 1, "f": {"$mergeObjects": "$a"}}}),
            40400,
            "$mergeObjects requires object inputs, but input 1 is of type int",
        ),
    ]);
}

#[test]
fn projections() {
    check(vec![
        (bson!({"$project": 1}), 15969, "$project specification must be an object"),
        (
            bson!({"$project": {}}),
            40177,
            "Invalid $project :: caused by :: specification must have at least one field",
        ),
        (
            bson!({"$project": {"a": {}}}),
            40180,
            "Invalid $project :: caused by :: an empty object is not a valid value. Found empty \
             object at path a",
        ),
        (
            bson!({"$project": {"a": 1, "a.b": 1}}),
            40176,
            "Invalid $project :: caused by :: specification contains two conflicting paths. Cannot \
             specify both 'a.b' and 'a': { a: 1, a.b: 1 }",
        ),
        (
            bson!({"$project": {"a": {"$add": [1], "b": 1}}}),
            40181,
            "Invalid $project :: caused by :: an expression specification must contain exactly one \
             field, the name of the expression. Found 2 fields in { $add: [ 1 ], b: 1 }, while \
             parsing object { a: { $add: [ 1 ], b: 1 } }",
        ),
        (
            bson!({"$project": {"a": {"b.c": 1}}}),
            40183,
            "Invalid $project :: caused by :: cannot use dotted field name 'b.c' in a sub object: \
             { a: { b.c: 1 } }",
        ),
        (
            bson!({"$project": {"a": 1, "b": 0}}),
            40178,
            "Bad projection specification, cannot exclude fields other than '_id' in an inclusion \
             projection: { a: 1, b: 0 }",
        ),
        (
            bson!({"$project": {"b": 0, "a": 1}}),
            40179,
            "Bad projection specification, cannot include fields or add computed fields during an \
             exclusion projection: { b: 0, a: 1 }",
        ),
        (
            bson!({"$project": {"b": 0, "a": {"$literal": 1}}}),
            40182,
            "Bad projection specification, cannot include fields or add computed fields during an \
             exclusion projection: { b: 0, a: { $literal: 1 } }",
        ),
    ]);
}

#[test]
fn added_fields_and_new_roots() {
    check(vec![
        (
            bson!({"$addFields": 1}),
            40272,
            "$addFields specification stage must be an object, got int",
        ),
        (
            bson!({"$addFields": {}}),
            40177,
            "Invalid $addFields :: caused by :: specification must have at least one field",
        ),
        (
            bson!({"$replaceRoot": 1}),
            40229,
            "expected an object as specification for $replaceRoot stage, got int",
        ),
        (
            bson!({"$replaceRoot": {"x": 1}}),
            40230,
            "unrecognized option to $replaceRoot stage: x, only valid option is 'newRoot'.",
        ),
        (bson!({"$replaceRoot": {}}), 40231, "no newRoot specified for the $replaceRoot stage"),
        (
            bson!({"$replaceRoot": {"newRoot": "$b"}}),
            40228,
            "'newRoot' expression must evaluate to an object, but resulting value was: MISSING. Type \
             of resulting value: 'missing'. Input document: {_id: 1, a: 1}",
        ),
        (
            bson!({"$replaceRoot": {"newRoot": "$a"}}),
            40228,
            "'newRoot' expression must evaluate to an object, but resulting value was: 1. Type of \
             resulting value: 'int'. Input document: {_id: 1, a: 1}",
        ),
        (
            bson!({"$redact": "$a"}),
            17053,
            "$redact's expression should not return anything aside from the variables $$KEEP, \
             $$DESCEND, and $$PRUNE, but returned 1",
        ),
    ]);
}

#[test]
fn unwinding() {
    check(vec![
        (
            bson!({"$unwind": 1}),
            15981,
            "expected either a string or an object as specification for $unwind stage, got int",
        ),
        (
            bson!({"$unwind": {"path": 1}}),
            28808,
            "expected a string as the path for $unwind stage, got int",
        ),
        (
            bson!({"$unwind": {"path": "$a", "preserveNullAndEmptyArrays": 1}}),
            28809,
            "expected a boolean for the preserveNullAndEmptyArrays option to $unwind stage, got int",
        ),
        (
            bson!({"$unwind": {"path": "$a", "includeArrayIndex": ""}}),
            28810,
            "expected a non-empty string for the includeArrayIndex  option to $unwind stage, got \
             string",
        ),
        (
            bson!({"$unwind": {"path": "$a", "x": 1}}),
            28811,
            "unrecognized option to $unwind stage: x",
        ),
        (bson!({"$unwind": {}}), 28812, "no path specified to $unwind stage"),
        (bson!({"$unwind": ""}), 28812, "no path specified to $unwind stage"),
        (
            bson!({"$unwind": "x"}),
            28818,
            "path option to $unwind stage should be prefixed with a '$': x",
        ),
        (
            bson!({"$unwind": {"path": "$a", "includeArrayIndex": "$i"}}),
            28822,
            "includeArrayIndex option to $unwind stage should not be prefixed with a '$': $i",
        ),
    ]);
}

fn bucket_with(option: &str, value: Bson) -> Bson {
    let mut options = doc! {"groupBy": "$a", "boundaries": [0, 5]};
    options.insert(option, value);
    bson!({"$bucket": options})
}

#[test]
fn buckets() {
    check(vec![
        (
            bson!({"$bucket": 1}),
            40201,
            "Argument to $bucket stage must be an object, but found type: int.",
        ),
        (
            bucket_with("groupBy", bson!("a")),
            40202,
            "The $bucket 'groupBy' field must be defined as a $-prefixed path or an expression, but \
             found: \"a\".",
        ),
        (
            bucket_with("default", bson!("$a")),
            40195,
            "The $bucket 'default' field must be a constant expression, but found: \"$a\".",
        ),
        (
            bucket_with("output", bson!(1)),
            40196,
            "The $bucket 'output' field must be an object, but found type: int.",
        ),
        (bucket_with("x", bson!(1)), 40197, "Unrecognized option to $bucket: x."),
        (
            bson!({"$bucket": {"groupBy": "$a"}}),
            40198,
            "$bucket requires 'groupBy' and 'boundaries' to be specified.",
        ),
        (
            bucket_with("default", bson!(3)),
            40199,
            "The $bucket 'default' field must be less than the lowest boundary or greater than or \
             equal to the highest boundary.",
        ),
        (
            bucket_with("boundaries", bson!([5, 9])),
            40066,
            "$switch could not find a matching branch for an input, and no default was specified.",
        ),
    ]);
}

#[test]
fn boundaries_of_buckets() {
    check(vec![
        (
            bucket_with("boundaries", bson!(1)),
            40200,
            "The $bucket 'boundaries' field must be an array, but found type: int.",
        ),
        (
            bucket_with("boundaries", bson!(["$a", 1])),
            40191,
            "The $bucket 'boundaries' field must be an array of constant values, but found value: \
             \"$a\".",
        ),
        (
            bucket_with("boundaries", bson!([1])),
            40192,
            "The $bucket 'boundaries' field must have at least 2 values, but found 1 value(s).",
        ),
        (
            bucket_with("boundaries", bson!([1, "x"])),
            40193,
            "All values in the the 'boundaries' option to $bucket must have the same type. Found \
             conflicting types int and string.",
        ),
        (
            bucket_with("boundaries", bson!([5, 1])),
            40194,
            "The 'boundaries' option to $bucket must be sorted, but elements 0 and 1 are not in \
             ascending order (5 is not less than 1).",
        ),
    ]);
}

#[test]
fn automatic_buckets() {
    let with = |option: &str, value: Bson| {
        let mut options = doc! {"groupBy": "$a", "buckets": 2};
        options.insert(option, value);
        bson!({"$bucketAuto": options})
    };
    check(vec![
        (
            bson!({"$bucketAuto": 1}),
            40240,
            "The argument to $bucketAuto must be an object, but found type: int",
        ),
        (
            with("groupBy", bson!("a")),
            40239,
            "The $bucketAuto 'groupBy' field must be defined as a $-prefixed path or an expression \
             object, but found: \"a\"",
        ),
        (
            with("buckets", bson!("2")),
            40241,
            "The $bucketAuto 'buckets' field must be a numeric value, but found type: string",
        ),
        (
            with("buckets", bson!(1.5)),
            40242,
            "The $bucketAuto 'buckets' field must be representable as a 32-bit integer, but found 1.5",
        ),
        (
            with("buckets", bson!(0)),
            40243,
            "The $bucketAuto 'buckets' field must be greater than 0, but found: 0",
        ),
        (
            with("output", bson!(1)),
            40244,
            "The $bucketAuto 'output' field must be an object, but found type: int",
        ),
        (with("x", bson!(1)), 40245, "Unrecognized option to $bucketAuto: x"),
        (
            bson!({"$bucketAuto": {"groupBy": "$a"}}),
            40246,
            "$bucketAuto requires 'groupBy' and 'buckets' to be specified",
        ),
        (with("granularity", bson!("R7")), 40257, "Unknown rounding granularity 'R7'"),
        (
            with("granularity", bson!(1)),
            40261,
            "The $bucketAuto 'granularity' field must be a string, but found type: int",
        ),
    ]);
    for (value, code) in [(bson!("x"), 40258), (bson!(f64::NAN), 40259), (bson!(-1), 40260)] {
        let stages = bson!([{"$bucketAuto": {"groupBy": "$a", "buckets": 2, "granularity": "R5"}}]);
        assert_eq!(refusal(bson!([{"a": value}]), stages).0, code);
    }
}

#[test]
fn joins() {
    let lookup = |option: &str, value: Bson| {
        let mut options = doc! {"from": "f", "localField": "a", "foreignField": "b", "as": "c"};
        if value == Bson::Undefined {
            options.remove(option);
        } else {
            options.insert(option, value);
        }
        bson!({"$lookup": options})
    };
    let missing = Bson::Undefined;
    check(vec![
        (
            bson!({"$lookup": 1}),
            9,
            "the $lookup stage specification must be an object, but found int",
        ),
        (
            bson!({"$lookup": {"as": "c"}}),
            9,
            "missing 'from' option to $lookup stage specification: { as: \"c\" }",
        ),
        (
            lookup("from", bson!(1)),
            9,
            "'from' option to $lookup must be a string, but was type int",
        ),
        (lookup("as", bson!(1)), 9, "$lookup argument 'as: 1' must be a string, is type int"),
        (lookup("x", bson!("1")), 9, "unknown argument to $lookup: x"),
        (lookup("as", missing.clone()), 9, "must specify 'as' field for a $lookup"),
        (
            lookup("localField", missing.clone()),
            9,
            "$lookup requires either 'pipeline' or both 'localField' and 'foreignField' to be \
             specified",
        ),
        (
            lookup("pipeline", bson!([])),
            9,
            "$lookup with 'pipeline' may not specify 'localField' or 'foreignField'",
        ),
        (
            lookup("let", bson!({"x": 1})),
            9,
            "$lookup with a 'let' argument must also specify 'pipeline'",
        ),
        (lookup("let", bson!(1)), 9, "$lookup argument 'let: 1' must be an object, is type int"),
        (lookup("pipeline", bson!(1)), 14, "'pipeline' option must be specified as an array"),
        (
            lookup("pipeline", bson!([1])),
            14,
            "Each element of the 'pipeline' array must be an object",
        ),
        (
            bson!({"$lookup": {"from": "f", "as": "c", "pipeline": [{"$out": "x"}]}}),
            51047,
            "$out is not allowed within a $lookup's sub-pipeline",
        ),
        (
            bson!({"$lookup": {"from": "f", "as": "c", "pipeline": [{"$addFields": {"a": "$$x"}}]}}),
            17276,
            "Use of undefined variable: x",
        ),
    ]);
    let mut stage = bson!({"$limit": 1});
    for _ in 0..21 {
        stage = bson!({"$lookup": {"from": "f", "as": "c", "pipeline": [stage]}});
    }
    assert_eq!(refusal(bson!([]), bson!([stage])).0, 232);
}

#[test]
fn graph_searches() {
    let with = |option: &str, value: Bson| {
        let mut options = doc! {
            "from": "c", "startWith": "$a", "connectFromField": "a", "connectToField": "b", "as": "r",
        };
        options.insert(option, value);
        bson!({"$graphLookup": options})
    };
    check(vec![
        (
            bson!({"$graphLookup": 1}),
            9,
            "the $graphLookup stage specification must be an object, but found int",
        ),
        (
            bson!({"$graphLookup": {"as": "r"}}),
            9,
            "missing 'from' option to $graphLookup stage specification: { as: \"r\" }",
        ),
        (with("maxDepth", bson!("x")), 40100, "maxDepth must be numeric, found type: string"),
        (with("maxDepth", bson!(-1)), 40101, "maxDepth requires a nonnegative argument, found: -1"),
        (
            with("maxDepth", bson!(1.5)),
            40102,
            "maxDepth could not be represented as a long long: 1",
        ),
        (with("as", bson!(1)), 40103, "expected string as argument for as, found: 1"),
        (with("x", bson!(1)), 40104, "Unknown argument to $graphLookup: x"),
        (
            bson!({"$graphLookup": {"from": "c"}}),
            40105,
            "$graphLookup requires 'from', 'as', 'startWith', 'connectFromField', and \
             'connectToField' to be specified.",
        ),
        (
            with("restrictSearchWithMatch", bson!(1)),
            40185,
            "restrictSearchWithMatch must be an object, found int",
        ),
    ]);
}

#[test]
fn facets_and_sources() {
    check(vec![
        (
            bson!({"$facet": 1}),
            40169,
            "the $facet specification must be a non-empty object, but found: $facet: 1",
        ),
        (
            bson!({"$facet": {}}),
            40169,
            "the $facet specification must be a non-empty object, but found: $facet: {}",
        ),
        (bson!({"$facet": {"f": 1}}), 40170, "arguments to $facet must be arrays, f is type int"),
        (
            bson!({"$facet": {"f": [1]}}),
            40171,
            "elements of arrays in $facet spec must be non-empty objects, f argument contained an \
             element of type int: 0: 1",
        ),
        (bson!({"$facet": {"f": []}}), 2, "sub-pipeline in $facet stage cannot be empty"),
        (
            bson!({"$facet": {"f": [{"$out": "x"}]}}),
            40600,
            "$out is not allowed to be used within a $facet stage",
        ),
        (
            bson!({"$facet": {"f": [{"$facet": {"g": [{"$limit": 1}]}}]}}),
            40600,
            "$facet is not allowed to be used within a $facet stage",
        ),
        (bson!({"$out": 1}), 16990, "$out only supports a string argument, not int"),
        (
            bson!({"$indexStats": 1}),
            28803,
            "The $indexStats stage specification must be an empty object",
        ),
        (
            bson!({"$collStats": 1}),
            40166,
            "$collStats must take a nested object but found: $collStats: 1",
        ),
        (
            bson!({"$collStats": {"count": 1}}),
            40480,
            "count argument must be an object, but got count: 1 of type int",
        ),
        (bson!({"$collStats": {"x": {}}}), 40168, "unrecognized option to $collStats: x"),
        (
            bson!({"$geoNear": {"distanceField": "d"}}),
            16605,
            "$geoNear requires a 'near' option as an Array",
        ),
        (
            bson!({"$geoNear": {"near": [0, 0]}}),
            16606,
            "$geoNear requires a 'distanceField' option as a String",
        ),
        (
            bson!({"$geoNear": {"near": [0, 0], "distanceField": "d", "includeLocs": 1}}),
            16607,
            "$geoNear requires that 'includeLocs' option is a String",
        ),
        (
            bson!({"$geoNear": {"near": [0, 0], "distanceField": "d", "spherical": true}}),
            16604,
            "geoNear command failed: { ok: 0.0, errmsg: \"no geo indices for geoNear\", code: 27, \
             codeName: \"IndexNotFound\" }",
        ),
    ]);
}
