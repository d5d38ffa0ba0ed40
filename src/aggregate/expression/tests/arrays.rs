//! Operators on arrays, sets and objects.

#![allow(clippy::too_many_lines, reason = "tables of cases")]

use bson::bson;
use bson::doc;

use super::check;
use super::check_missing;
use super::check_null;
use super::check_refused;

#[test]
fn elements_and_slices() {
    let document = doc! {"a": [1, 2, 3], "none": bson::Bson::Null, "empty": []};
    check(
        &document,
        &[
            (bson!({"$arrayElemAt": ["$a", 0]}), bson!(1)),
            (bson!({"$arrayElemAt": ["$a", -1]}), bson!(3)),
            (bson!({"$arrayElemAt": ["$a", 1.0]}), bson!(2)),
            (bson!({"$slice": ["$a", 2]}), bson!([1, 2])),
            (bson!({"$slice": ["$a", -2]}), bson!([2, 3])),
            (bson!({"$slice": ["$a", -9]}), bson!([1, 2, 3])),
            (bson!({"$slice": ["$a", 1, 1]}), bson!([2])),
            (bson!({"$slice": ["$a", -2, 1]}), bson!([2])),
            (bson!({"$slice": ["$a", -9, 2]}), bson!([1, 2])),
            (bson!({"$slice": ["$a", 9, 2]}), bson!([])),
            (bson!({"$slice": ["$a", i32::MIN]}), bson!([1, 2, 3])),
            (bson!({"$size": "$a"}), bson!(3)),
            (bson!({"$size": [["$a", 1]]}), bson!(2)),
            (bson!({"$reverseArray": "$a"}), bson!([3, 2, 1])),
            (bson!({"$isArray": "$a"}), bson!(true)),
            (bson!({"$isArray": ["$a"]}), bson!(true)),
            (bson!({"$isArray": "$nothing"}), bson!(false)),
            (bson!({"$in": [2, "$a"]}), bson!(true)),
            (bson!({"$in": [2.0, "$a"]}), bson!(true)),
            (bson!({"$in": ["$nothing", [null]]}), bson!(false)),
            (bson!({"$indexOfArray": ["$a", 3]}), bson!(2)),
            (bson!({"$indexOfArray": [[1, 6, 2, 2, 5], 2, 2]}), bson!(2)),
            (bson!({"$indexOfArray": [[4, 2, 1, 5, 2], 2, 2]}), bson!(4)),
            (bson!({"$indexOfArray": ["$a", 3, 0, 2]}), bson!(-1)),
            (bson!({"$indexOfArray": ["$a", 1, 9]}), bson!(-1)),
            (bson!({"$concatArrays": ["$a", [4], "$empty"]}), bson!([1, 2, 3, 4])),
            (bson!({"$concatArrays": []}), bson!([])),
            (bson!({"$range": [0, 3]}), bson!([0, 1, 2])),
            (bson!({"$range": [10, 0, -4]}), bson!([10, 6, 2])),
            (bson!({"$range": [0, 5, -1]}), bson!([])),
            (bson!({"$range": [2_147_483_645, i32::MAX, 5]}), bson!([2_147_483_645])),
            (bson!({"$range": [0.0, 2]}), bson!([0, 1])),
        ],
    );
    check_missing(
        &document,
        &[
            bson!({"$arrayElemAt": ["$a", 3]}),
            bson!({"$arrayElemAt": ["$a", -4]}),
            bson!({"$arrayElemAt": ["$a", i32::MIN]}),
        ],
    );
    check_null(
        &document,
        &[
            bson!({"$arrayElemAt": ["$none", 0]}),
            bson!({"$arrayElemAt": ["$a", null]}),
            bson!({"$slice": [null, 1]}),
            bson!({"$slice": ["$a", 0, null]}),
            bson!({"$reverseArray": "$none"}),
            bson!({"$indexOfArray": ["$nothing", 1]}),
            bson!({"$concatArrays": ["$a", "$none"]}),
        ],
    );
}

#[test]
fn refuses_what_is_no_array() {
    check_refused(
        &doc! {"a": [1]},
        &[
            (
                bson!({"$arrayElemAt": ["x", 0]}),
                28689,
                "$arrayElemAt's first argument must be an array, but is string",
            ),
            (
                bson!({"$arrayElemAt": ["$a", "x"]}),
                28690,
                "$arrayElemAt's second argument must be a numeric value, but is string",
            ),
            (
                bson!({"$arrayElemAt": ["$a", 0.5]}),
                28691,
                "$arrayElemAt's second argument must be representable as a 32-bit integer: 0.5",
            ),
            (
                bson!({"$slice": ["x", 1]}),
                28724,
                "First argument to $slice must be an array, but is of type: string",
            ),
            (
                bson!({"$slice": ["$a", "x"]}),
                28725,
                "Second argument to $slice must be a numeric value, but is of type: string",
            ),
            (
                bson!({"$slice": ["$a", 0.5]}),
                28726,
                "Second argument to $slice can't be represented as a 32-bit integer: 0.5",
            ),
            (
                bson!({"$slice": ["$a", 0, "x"]}),
                28727,
                "Third argument to $slice must be numeric, but is of type: string",
            ),
            (
                bson!({"$slice": ["$a", 0, 0.5]}),
                28728,
                "Third argument to $slice can't be represented as a 32-bit integer: 0.5",
            ),
            (
                bson!({"$slice": ["$a", 0, 0]}),
                28729,
                "Third argument to $slice must be positive: 0",
            ),
            (
                bson!({"$size": "$nothing"}),
                17124,
                "The argument to $size must be an array, but was of type: missing",
            ),
            (
                bson!({"$reverseArray": 1}),
                34435,
                "The argument to $reverseArray must be an array, but was of type: int",
            ),
            (
                bson!({"$in": [1, "$nothing"]}),
                40081,
                "$in requires an array as a second argument, found: missing",
            ),
            (
                bson!({"$indexOfArray": ["x", 1]}),
                40090,
                "$indexOfArray requires an array as a first argument, found: string",
            ),
            (
                bson!({"$concatArrays": [["a"], "x"]}),
                28664,
                "$concatArrays only supports arrays, not string",
            ),
            (
                bson!({"$range": ["x", 1]}),
                34443,
                "$range requires a numeric starting value, found value of type: string",
            ),
            (
                bson!({"$range": [0.5, 1]}),
                34444,
                "$range requires a starting value that can be represented as a 32-bit integer, \
          found value: 0.5",
            ),
            (
                bson!({"$range": [1, null]}),
                34445,
                "$range requires a numeric ending value, found value of type: null",
            ),
            (
                bson!({"$range": [1, 3e9]}),
                34446,
                "$range requires an ending value that can be represented as a 32-bit integer, \
          found value: 3e+09",
            ),
            (
                bson!({"$range": [1, 2, "x"]}),
                34447,
                "$range requires a numeric step value, found value of type:string",
            ),
            (
                bson!({"$range": [1, 2, 0.5]}),
                34448,
                "$range requires a step value that can be represented as a 32-bit integer, \
          found value: 0.5",
            ),
            (bson!({"$range": [1, 2, 0]}), 34449, "$range requires a non-zero step value"),
        ],
    );
}

#[test]
fn walks_over_arrays() {
    let document = doc! {
        "n": [1, 2, 3], "people": [{"name": "a", "age": 3}, {"name": "b", "age": 5}],
        "names": ["x", "y", "z"], "null": bson::Bson::Null,
    };
    check(
        &document,
        &[
            (bson!({"$map": {"input": "$n", "in": {"$add": ["$$this", 1]}}}), bson!([2, 3, 4])),
            (bson!({"$map": {"input": "$people", "as": "p", "in": "$$p.name"}}), bson!(["a", "b"])),
            (bson!({"$map": {"input": "$n", "in": "$none"}}), bson!([null, null, null])),
            (
                bson!({"$map": {"input": "$n", "as": "o", "in": {
            "$map": {"input": "$n", "as": "i", "in": {"$multiply": ["$$o", "$$i"]}}}}}),
                bson!([[1, 2, 3], [2, 4, 6], [3, 6, 9]]),
            ),
            (bson!({"$filter": {"input": "$n", "cond": {"$gt": ["$$this", 1]}}}), bson!([2, 3])),
            (
                bson!({"$filter": {"input": "$people", "as": "p", "cond": {"$lt": ["$$p.age", 4]}}}),
                bson!([{"name": "a", "age": 3}]),
            ),
            (
                bson!({"$reduce": {"input": "$n", "initialValue": 0, "in": {
            "$add": ["$$value", "$$this"]}}}),
                bson!(6),
            ),
            (
                bson!({"$reduce": {"input": "$names", "initialValue": "", "in": {
            "$concat": ["$$value", "$$this", " "]}}}),
                bson!("x y z "),
            ),
            (
                bson!({"$reduce": {"input": [], "initialValue": "start", "in": "$$this"}}),
                bson!("start"),
            ),
            (
                bson!({"$reduce": {"input": "$n", "initialValue": {"sum": 0}, "in": {
            "sum": {"$add": ["$$value.sum", "$$this"]}}}}),
                bson!({"sum": 6}),
            ),
            (bson!({"$zip": {"inputs": ["$n", "$names"]}}), bson!([[1, "x"], [2, "y"], [3, "z"]])),
            (bson!({"$zip": {"inputs": ["$n", ["a"]]}}), bson!([[1, "a"]])),
            (
                bson!({"$zip": {"inputs": [["a"], "$n"], "useLongestLength": true}}),
                bson!([["a", 1], [null, 2], [null, 3]]),
            ),
            (
                bson!({"$zip": {"inputs": [[1, 2], [3], [-1]], "useLongestLength": true,
                "defaults": [-300, -200, -100]}}),
                bson!([[1, 3, -1], [2, -200, -100]]),
            ),
        ],
    );
    check_missing(
        &document,
        &[bson!({"$reduce": {"input": "$n", "initialValue": 0, "in": "$none"}})],
    );
    check_null(
        &document,
        &[
            bson!({"$map": {"input": "$none", "in": 1}}),
            bson!({"$filter": {"input": "$null", "cond": 1}}),
            bson!({"$reduce": {"input": "$null", "initialValue": 0, "in": 1}}),
            bson!({"$zip": {"inputs": ["$n", "$none"]}}),
        ],
    );
    check_refused(
        &document,
        &[
            (bson!({"$map": 1}), 16878, "$map only supports an object as its argument"),
            (bson!({"$map": {"x": 1}}), 16879, "Unrecognized parameter to $map: x"),
            (bson!({"$map": {"in": 1}}), 16880, "Missing 'input' parameter to $map"),
            (bson!({"$map": {"input": 1}}), 16882, "Missing 'in' parameter to $map"),
            (
                bson!({"$map": {"input": "x", "in": 1}}),
                16883,
                "input to $map must be an array not string",
            ),
            (
                bson!({"$map": {"input": "$n", "as": "X", "in": 1}}),
                16867,
                "'X' starts with an invalid character for a user variable name",
            ),
            (
                bson!({"$map": {"input": "$$this", "in": 1}}),
                17276,
                "Use of undefined variable: this",
            ),
            (bson!({"$filter": 1}), 28646, "$filter only supports an object as its argument"),
            (bson!({"$filter": {"x": 1}}), 28647, "Unrecognized parameter to $filter: x"),
            (bson!({"$filter": {"cond": 1}}), 28648, "Missing 'input' parameter to $filter"),
            (bson!({"$filter": {"input": 1}}), 28650, "Missing 'cond' parameter to $filter"),
            (
                bson!({"$filter": {"input": "x", "cond": 1}}),
                28651,
                "input to $filter must be an array not string",
            ),
            (bson!({"$reduce": 1}), 40075, "$reduce requires an object as an argument, found: int"),
            (bson!({"$reduce": {"x": 1}}), 40076, "$reduce found an unknown argument: x"),
            (
                bson!({"$reduce": {"initialValue": 1, "in": 1}}),
                40077,
                "$reduce requires 'input' to be specified",
            ),
            (
                bson!({"$reduce": {"input": 1, "in": 1}}),
                40078,
                "$reduce requires 'initialValue' to be specified",
            ),
            (
                bson!({"$reduce": {"input": 1, "initialValue": 1}}),
                40079,
                "$reduce requires 'in' to be specified",
            ),
            (
                bson!({"$reduce": {"input": "x", "initialValue": 1, "in": 1}}),
                40080,
                "$reduce requires that 'input' be an array, found: \"x\"",
            ),
            (bson!({"$zip": 1}), 34460, "$zip only supports an object as an argument, found int"),
            (
                bson!({"$zip": {"inputs": 1}}),
                34461,
                "inputs must be an array of expressions, found int",
            ),
            (
                bson!({"$zip": {"defaults": 1}}),
                34462,
                "defaults must be an array of expressions, found int",
            ),
            (
                bson!({"$zip": {"useLongestLength": 1}}),
                34463,
                "useLongestLength must be a bool, found object",
            ),
            (bson!({"$zip": {"x": 1}}), 34464, "$zip found an unknown argument: x"),
            (bson!({"$zip": {"inputs": []}}), 34465, "$zip requires at least one input array"),
            (
                bson!({"$zip": {"inputs": [[1]], "defaults": [1]}}),
                34466,
                "cannot specify defaults unless useLongestLength is true",
            ),
            (
                bson!({"$zip": {"inputs": [[1]], "defaults": [1, 2], "useLongestLength": true}}),
                34467,
                "defaults and inputs must have the same length",
            ),
            (
                bson!({"$zip": {"inputs": [1]}}),
                34468,
                "$zip found a non-array expression in input: 1",
            ),
        ],
    );
}

#[test]
fn sets_ignore_order_and_repetition() {
    let document = doc! {"a": [1, 2], "b": [2, 1, 2], "c": [1, 2, 3], "null": bson::Bson::Null};
    check(
        &document,
        &[
            (bson!({"$setUnion": ["$c", ["x", 1]]}), bson!([1, 2, 3, "x"])),
            (bson!({"$setUnion": []}), bson!([])),
            (bson!({"$setIntersection": ["$c", "$b"]}), bson!([1, 2])),
            (bson!({"$setIntersection": ["$a", [5]]}), bson!([])),
            (bson!({"$setIntersection": [["$a"], [["$none", [1, 2]]]]}), bson!([])),
            (bson!({"$setDifference": [[3, 1, 3, 2], "$a"]}), bson!([3])),
            (bson!({"$setDifference": [["x", 1, "a", "x"], [1]]}), bson!(["x", "a"])),
            (bson!({"$setEquals": ["$a", "$b"]}), bson!(true)),
            (bson!({"$setEquals": ["$a", "$b", "$c"]}), bson!(false)),
            (bson!({"$setIsSubset": ["$b", "$c"]}), bson!(true)),
            (bson!({"$setIsSubset": ["$c", "$a"]}), bson!(false)),
            (bson!({"$allElementsTrue": [[1, "x", true]]}), bson!(true)),
            (bson!({"$allElementsTrue": [[1, null]]}), bson!(false)),
            (bson!({"$allElementsTrue": [[]]}), bson!(true)),
            (bson!({"$anyElementTrue": [[0, false, null]]}), bson!(false)),
            (bson!({"$anyElementTrue": ["$a"]}), bson!(true)),
            (bson!({"$anyElementTrue": [[]]}), bson!(false)),
        ],
    );
    check_null(
        &document,
        &[
            bson!({"$setUnion": ["$a", "$null"]}),
            bson!({"$setIntersection": ["$none", "$a"]}),
            bson!({"$setDifference": ["$a", null]}),
        ],
    );
    check_refused(
        &document,
        &[
            (
                bson!({"$setUnion": [[1], "x"]}),
                17043,
                "All operands of $setUnion must be arrays. One argument is of type: string",
            ),
            (
                bson!({"$setIntersection": ["x"]}),
                17047,
                "All operands of $setIntersection must be arrays. One argument is of type: string",
            ),
            (
                bson!({"$setDifference": ["x", []]}),
                17048,
                "both operands of $setDifference must be arrays. First argument is of type: string",
            ),
            (
                bson!({"$setDifference": [[], "x"]}),
                17049,
                "both operands of $setDifference must be arrays. Second argument is of type: string",
            ),
            (
                bson!({"$setEquals": ["$a"]}),
                17045,
                "$setEquals needs at least two arguments had: 1",
            ),
            (
                bson!({"$setEquals": ["$a", "$null"]}),
                17044,
                "All operands of $setEquals must be arrays. One argument is of type: null",
            ),
            (
                bson!({"$setIsSubset": [null, []]}),
                17046,
                "both operands of $setIsSubset must be arrays. First argument is of type: null",
            ),
            (
                bson!({"$setIsSubset": [[], null]}),
                17042,
                "both operands of $setIsSubset must be arrays. Second argument is of type: null",
            ),
            (
                bson!({"$allElementsTrue": ["$null"]}),
                17040,
                "$allElementsTrue's argument must be an array, but is null",
            ),
            (
                bson!({"$anyElementTrue": [null]}),
                17041,
                "$anyElementTrue's argument must be an array, but is null",
            ),
        ],
    );
}

#[test]
fn objects_and_pairs() {
    let document = doc! {"pairs": [["a", 1], ["b", 2], ["a", 3]], "kv": [{"k": "x", "v": null}]};
    check(
        &document,
        &[
            (bson!({"$arrayToObject": "$pairs"}), bson!({"a": 3, "b": 2})),
            (bson!({"$arrayToObject": "$kv"}), bson!({"x": null})),
            (bson!({"$arrayToObject": [[]]}), bson!({})),
            (
                bson!({"$objectToArray": {"a": 1, "b": {"c": 2}}}),
                bson!([{"k": "a", "v": 1}, {"k": "b", "v": {"c": 2}}]),
            ),
        ],
    );
    check_null(&document, &[bson!({"$arrayToObject": "$none"}), bson!({"$objectToArray": null})]);
    check_refused(
        &document,
        &[
            (
                bson!({"$arrayToObject": "x"}),
                40386,
                "$arrayToObject requires an array input, found: string",
            ),
            (
                bson!({"$arrayToObject": [[1]]}),
                40398,
                "Unrecognised input type format for $arrayToObject: int",
            ),
            (
                bson!({"$arrayToObject": [[["a", 1], 2]]}),
                40396,
                "$arrayToObject requires a consistent input format. Elements mustall be arrays or all be \
          objects. Array was detected, now found: int",
            ),
            (
                bson!({"$arrayToObject": [[["a"]]]}),
                40397,
                "$arrayToObject requires an array of size 2 arrays,found array of size: 1",
            ),
            (
                bson!({"$arrayToObject": [[[1, 2]]]}),
                40395,
                "$arrayToObject requires an array of key-value pairs, where the key must be of type \
          string. Found key type: int",
            ),
            (
                bson!({"$arrayToObject": [[{"k": "a", "v": 1}, 2]]}),
                40391,
                "$arrayToObject requires a consistent input format. Elements mustall be arrays or all be \
          objects. Object was detected, now found: int",
            ),
            (
                bson!({"$arrayToObject": [[{"k": "a"}]]}),
                40392,
                "$arrayToObject requires an object keys of 'k' and 'v'. Found incorrect number of keys:1",
            ),
            (
                bson!({"$arrayToObject": [[{"k": "a", "x": 1}]]}),
                40393,
                "$arrayToObject requires an object with keys 'k' and 'v'. Missing either or both keys \
          from: {k: \"a\", x: 1}",
            ),
            (
                bson!({"$arrayToObject": [[{"k": 1, "v": 1}]]}),
                40394,
                "$arrayToObject requires an object with keys 'k' and 'v', where the value of 'k' must be \
          of type string. Found type: int",
            ),
            (
                bson!({"$objectToArray": "x"}),
                40390,
                "$objectToArray requires a document input, found: string",
            ),
        ],
    );
}
