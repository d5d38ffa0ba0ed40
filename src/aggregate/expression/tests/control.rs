//! Paths, variables, literals, conditions, comparisons and the grammar itself.

#![allow(clippy::too_many_lines, reason = "tables of cases")]

use bson::bson;
use bson::doc;

use super::check;
use super::check_missing;
use super::check_null;
use super::check_refused;
use crate::aggregate::expression::Expression;
use crate::aggregate::expression::Scope;
use crate::aggregate::variables::Root;
use crate::aggregate::variables::Variables;
use crate::value::Bson;

#[test]
fn paths_cross_objects_and_arrays_of_objects() {
    let document = doc! {
        "a": 1, "o": {"x": {"y": 2}}, "n": Bson::Null,
        "list": [{"b": 1}, {"c": 2}, 3, [{"b": 4}], {"b": {"d": 5}}], "0": "zero",
    };
    check(
        &document,
        &[
            (bson!("$a"), bson!(1)),
            (bson!("$o.x.y"), bson!(2)),
            (bson!("$list.b"), bson!([1, {"d": 5}])),
            (bson!("$list.b.d"), bson!([5])),
            (bson!("$list.0"), bson!([])),
            (bson!("$0"), bson!("zero")),
            (bson!("$$ROOT.a"), bson!(1)),
            (bson!("$$CURRENT.o.x"), bson!({"y": 2})),
            (bson!({"$type": "$$ROOT"}), bson!("object")),
            (bson!({"$type": "$$CURRENT"}), bson!("object")),
            (bson!("plain"), bson!("plain")),
            (bson!(["$a", "$none", {"k": "$a", "m": "$none"}]), bson!([1, null, {"k": 1}])),
            (bson!({"$literal": "$a"}), bson!("$a")),
            (bson!({"$const": {"$add": [1]}}), bson!({"$add": [1]})),
            (bson!({}), bson!({})),
            (bson!(["$$REMOVE"]), bson!([null])),
        ],
    );
    check_missing(
        &document,
        &[
            bson!("$none"),
            bson!("$a.b"),
            bson!("$n.b"),
            bson!("$o.none.y"),
            bson!("$$REMOVE"),
            bson!("$$REMOVE.a"),
            bson!("$$ROOT.none"),
        ],
    );
    check_null(&document, &[bson!("$n")]);
}

#[test]
fn the_grammar_is_refused_in_the_words_of_the_service() {
    check_refused(
        &doc! {},
        &[
            (bson!("$"), 16872, "'$' by itself is not a valid FieldPath"),
            (bson!("$$"), 16869, "empty variable names are not allowed"),
            (bson!("$a."), 40353, "FieldPath must not end with a '.'."),
            (bson!("$a..b"), 15998, "FieldPath field names may not be empty strings."),
            (bson!("$a.$b"), 16410, "FieldPath field names may not start with '$'."),
            (bson!("$a\u{0}b"), 16411, "FieldPath field names may not contain '\0'."),
            (bson!("$$none"), 17276, "Use of undefined variable: none"),
            (bson!("$$NOW"), 17276, "Use of undefined variable: NOW"),
            (bson!("$$_a"), 16870, "'_a' starts with an invalid character for a variable name"),
            (bson!("$$a-b"), 16871, "'a-b' contains an invalid character for a variable name: '-'"),
            (bson!({"$foo": 1}), 168, "Unrecognized expression '$foo'"),
            (bson!({"$push": "$a"}), 168, "Unrecognized expression '$push'"),
            (
                bson!({"$add": [1], "$b": 2}),
                15983,
                "An object representing an expression must have exactly one field: \
          { $add: [ 1 ], $b: 2 }",
            ),
            (bson!({"a.b": 1}), 16412, "FieldPath field names may not contain '.'."),
            (bson!({"a": 1, "$b": 1}), 16410, "FieldPath field names may not start with '$'."),
            (bson!({"": 1}), 15998, "FieldPath field names may not be empty strings."),
            (
                bson!({"$abs": [1, 2]}),
                16020,
                "Expression $abs takes exactly 1 arguments. 2 were passed in.",
            ),
            (
                bson!({"$eq": [1]}),
                16020,
                "Expression $eq takes exactly 2 arguments. 1 were passed in.",
            ),
            (
                bson!({"$slice": [1]}),
                28667,
                "Expression $slice takes at least 2 arguments, and at most 3, but 1 were passed in.",
            ),
        ],
    );
}

#[test]
fn conditions_choose_and_evaluate_only_what_they_choose() {
    let document = doc! {"t": true, "z": 0, "n": Bson::Null, "s": "", "a": 5};
    check(
        &document,
        &[
            (bson!({"$cond": ["$t", 1, {"$divide": ["$a", "$z"]}]}), bson!(1)),
            (bson!({"$cond": {"if": "$z", "then": 1, "else": "$a"}}), bson!(5)),
            (bson!({"$cond": ["$none", 1, 2]}), bson!(2)),
            (bson!({"$cond": ["$s", 1, 2]}), bson!(1)),
            (bson!({"$cond": [[], 1, 2]}), bson!(1)),
            (bson!({"$ifNull": ["$none", "x"]}), bson!("x")),
            (bson!({"$ifNull": ["$n", "x"]}), bson!("x")),
            (bson!({"$ifNull": ["$z", "x"]}), bson!(0)),
            (bson!({"$ifNull": ["$a", {"$divide": ["$a", "$z"]}]}), bson!(5)),
            (
                bson!({"$switch": {"branches": [{"case": "$z", "then": 1}, {"case": "$t", "then": 2}]}}),
                bson!(2),
            ),
            (
                bson!({"$switch": {"branches": [{"case": "$z", "then": 1}], "default": "$a"}}),
                bson!(5),
            ),
            (bson!({"$and": []}), bson!(true)),
            (bson!({"$or": []}), bson!(false)),
            (bson!({"$and": ["$t", "$a", "$s"]}), bson!(true)),
            (bson!({"$and": ["$z", {"$divide": ["$a", "$z"]}]}), bson!(false)),
            (bson!({"$or": ["$t", {"$divide": ["$a", "$z"]}]}), bson!(true)),
            (bson!({"$or": ["$z", "$n", "$none", false]}), bson!(false)),
            (bson!({"$not": "$z"}), bson!(true)),
            (bson!({"$not": ["$none"]}), bson!(true)),
            (bson!({"$not": [[false]]}), bson!(false)),
            (bson!({"$not": f64::NAN}), bson!(false)),
            (bson!({"$not": super::decimal("0.0")}), bson!(true)),
        ],
    );
    check_missing(
        &document,
        &[bson!({"$ifNull": ["$none", "$none"]}), bson!({"$cond": ["$t", "$$REMOVE", 1]})],
    );
    check_refused(
        &document,
        &[
            (bson!({"$cond": {"then": 1, "else": 2}}), 17080, "Missing 'if' parameter to $cond"),
            (bson!({"$cond": {"if": 1, "else": 2}}), 17081, "Missing 'then' parameter to $cond"),
            (bson!({"$cond": {"if": 1, "then": 2}}), 17082, "Missing 'else' parameter to $cond"),
            (
                bson!({"$cond": {"if": 1, "when": 2}}),
                17083,
                "Unrecognized parameter to $cond: when",
            ),
            (
                bson!({"$cond": [1, 2]}),
                16020,
                "Expression $cond takes exactly 3 arguments. 2 were passed in.",
            ),
            (
                bson!({"$ifNull": [1, 2, 3]}),
                16020,
                "Expression $ifNull takes exactly 2 arguments. 3 were passed in.",
            ),
            (
                bson!({"$switch": {"branches": [{"case": "$z", "then": 1}]}}),
                40066,
                "$switch could not find a matching branch for an input, and no default was specified.",
            ),
            (bson!({"$switch": 1}), 40060, "$switch requires an object as an argument, found: int"),
            (
                bson!({"$switch": {"branches": 1}}),
                40061,
                "$switch expected an array for 'branches', found: int",
            ),
            (
                bson!({"$switch": {"branches": [1]}}),
                40062,
                "$switch expected each branch to be an object, found: int",
            ),
            (
                bson!({"$switch": {"branches": [{"x": 1}]}}),
                40063,
                "$switch found an unknown argument to a branch: x",
            ),
            (
                bson!({"$switch": {"branches": [{"then": 1}]}}),
                40064,
                "$switch requires each branch have a 'case' expression",
            ),
            (
                bson!({"$switch": {"branches": [{"case": 1}]}}),
                40065,
                "$switch requires each branch have a 'then' expression.",
            ),
            (bson!({"$switch": {"x": 1}}), 40067, "$switch found an unknown argument: x"),
            (bson!({"$switch": {"branches": []}}), 40068, "$switch requires at least one branch."),
        ],
    );
}

#[test]
fn comparisons_order_all_types() {
    let document = doc! {"a": 5, "n": Bson::Null};
    check(
        &document,
        &[
            (bson!({"$cmp": ["$a", 7]}), bson!(-1)),
            (bson!({"$cmp": ["$a", 5.0]}), bson!(0)),
            (bson!({"$cmp": ["x", "$a"]}), bson!(1)),
            (bson!({"$eq": ["$none", null]}), bson!(false)),
            (bson!({"$eq": ["$none", "$other"]}), bson!(true)),
            (bson!({"$eq": ["$n", null]}), bson!(true)),
            (bson!({"$ne": ["$a", 5]}), bson!(false)),
            (bson!({"$lt": ["$none", null]}), bson!(true)),
            (bson!({"$lte": ["$a", 5]}), bson!(true)),
            (bson!({"$gt": ["$a", null]}), bson!(true)),
            (bson!({"$gte": ["x", 1000]}), bson!(true)),
            (bson!({"$eq": [{"a": 1, "b": 2}, {"b": 2, "a": 1}]}), bson!(false)),
            (bson!({"$type": "$none"}), bson!("missing")),
            (bson!({"$type": "$n"}), bson!("null")),
            (bson!({"$type": 1.5}), bson!("double")),
            (bson!({"$type": super::long(1)}), bson!("long")),
            (bson!({"$type": [[1]]}), bson!("array")),
        ],
    );
}

#[test]
fn variables_are_bound_and_shadowed() {
    let document = doc! {"a": 5, "b": {"c": 7}, "price": 10, "tax": 0.5, "list": [{"v": 1}]};
    check(
        &document,
        &[
            (bson!({"$let": {"vars": {"x": "$a"}, "in": {"$add": ["$$x", 1]}}}), bson!(6)),
            (bson!({"$let": {"vars": {"x": "$b"}, "in": "$$x.c"}}), bson!(7)),
            (bson!({"$let": {"vars": {"x": "$list"}, "in": "$$x.v"}}), bson!([1])),
            (
                bson!({"$let": {"vars": {"x": 1}, "in": {"$let": {
            "vars": {"x": 2, "y": "$$x"}, "in": ["$$x", "$$y"]}}}}),
                bson!([2, 1]),
            ),
            (
                bson!({"$let": {"vars": {"total": {"$add": ["$price", "$tax"]}, "d": 0.5},
                "in": {"$multiply": ["$$total", "$$d"]}}}),
                bson!(5.25),
            ),
            (
                bson!({"$let": {"vars": {"CURRENT": "$b"}, "in": ["$c", "$$CURRENT.c", "$$ROOT.a"]}}),
                bson!([7, 7, 5]),
            ),
            (bson!({"$let": {"vars": {}, "in": "$a"}}), bson!(5)),
            (bson!({"$let": {"vars": {"名": 1}, "in": "$$名"}}), bson!(1)),
        ],
    );
    check_missing(
        &document,
        &[
            bson!({"$let": {"vars": {"x": "$none"}, "in": "$$x"}}),
            bson!({"$let": {"vars": {"x": "$a"}, "in": "$$x.y"}}),
        ],
    );
    check_refused(
        &document,
        &[
            (bson!({"$let": 1}), 16874, "$let only supports an object as its argument"),
            (bson!({"$let": {"x": 1}}), 16875, "Unrecognized parameter to $let: x"),
            (bson!({"$let": {"in": 1}}), 16876, "Missing 'vars' parameter to $let"),
            (bson!({"$let": {"vars": {}}}), 16877, "Missing 'in' parameter to $let"),
            (
                bson!({"$let": {"vars": {"x": 1, "y": "$$x"}, "in": 1}}),
                17276,
                "Use of undefined variable: x",
            ),
            (
                bson!({"$let": {"vars": {"X": 1}, "in": 1}}),
                16867,
                "'X' starts with an invalid character for a user variable name",
            ),
            (
                bson!({"$let": {"vars": {"": 1}, "in": 1}}),
                16866,
                "empty variable names are not allowed",
            ),
            (
                bson!({"$let": {"vars": {"x!": 1}, "in": 1}}),
                16868,
                "'x!' contains an invalid character for a variable name: '!'",
            ),
            (
                bson!({"$let": {"vars": {"ROOT": 1}, "in": 1}}),
                16867,
                "'ROOT' starts with an invalid character for a user variable name",
            ),
            (bson!({"$meta": 1}), 17307, "$meta only supports string arguments"),
            (bson!({"$meta": "x"}), 17308, "Unsupported argument to $meta: x"),
            (
                bson!({"$meta": "textScore"}),
                40218,
                "pipeline requires text score metadata, but there is no text score available",
            ),
        ],
    );
}

#[test]
fn a_stage_gives_variables_constants_and_another_current() {
    let mut scope = Scope::new().with_constant("KEEP", bson!("keep"));
    assert_eq!(scope.declare("first"), Ok(0));
    assert_eq!(scope.declare("second"), Ok(1));
    let expression = bson!(["$$first", "$$second.x", "$$KEEP", "$a", "$$ROOT.a", {
        "$map": {"input": [1], "in": {"$add": ["$$this", "$$first"]}}
    }]);
    let expression = Expression::parse(&expression, &scope).unwrap();
    let (root, current) = (doc! {"a": "root"}, doc! {"a": "inner"});
    let values = [Some(bson!(10)), Some(bson!({"x": 20}))];
    let variables =
        Variables::for_root(Root::Document(&root)).with_values(&values).with_current(&current);
    let value = expression.evaluate(&variables).unwrap();
    assert_eq!(value, Some(bson!([10, 20, "keep", "inner", "root", [11]])));
}
