//! `$push`, `$addToSet`, `$pop`, `$pull`, `$pullAll`.

use bson::{Bson, Regex, doc};

use super::{Changed, Refused, Same, Touched, check};

#[test]
fn push_appends_and_creates() {
    check([
        (doc! {"a": [1]}, doc! {"$push": {"a": 2}}, Changed(doc! {"a": [1, 2]})),
        (doc! {}, doc! {"$push": {"a": 2}}, Changed(doc! {"a": [2]})),
        (doc! {}, doc! {"$push": {"a.b": [1, 2]}}, Changed(doc! {"a": {"b": [[1, 2]]}})),
        (
            doc! {"a": [1]},
            doc! {"$push": {"a": {"$each": [2, [3]]}}},
            Changed(doc! {"a": [1, 2, [3]]}),
        ),
        (doc! {"a": [1]}, doc! {"$push": {"a": {"$each": []}}}, Same),
        (doc! {}, doc! {"$push": {"a": {"$each": []}}}, Changed(doc! {"a": []})),
        // An object without `$each` is an element.
        (
            doc! {"a": []},
            doc! {"$push": {"a": {"each": [1], "sort": 1}}},
            Changed(doc! {"a": [{"each": [1], "sort": 1}]}),
        ),
        (doc! {"a": [[1], [2]]}, doc! {"$push": {"a.1": 3}}, Changed(doc! {"a": [[1], [2, 3]]})),
        (
            doc! {"a": (0..12).collect::<Vec<i32>>()},
            doc! {"$push": {"a": 12}},
            Changed(doc! {"a": (0..13).collect::<Vec<i32>>()}),
        ),
    ]);
}

#[test]
fn push_inserts_at_a_position() {
    let at = |position: i64| doc! {"$push": {"a": {"$each": [8, 9], "$position": position}}};
    check([
        (doc! {"a": [1, 2, 3]}, at(0), Changed(doc! {"a": [8, 9, 1, 2, 3]})),
        (doc! {"a": [1, 2, 3]}, at(1), Changed(doc! {"a": [1, 8, 9, 2, 3]})),
        (doc! {"a": [1, 2, 3]}, at(3), Changed(doc! {"a": [1, 2, 3, 8, 9]})),
        (doc! {"a": [1, 2, 3]}, at(100), Changed(doc! {"a": [1, 2, 3, 8, 9]})),
        (doc! {"a": [1, 2, 3]}, at(-1), Changed(doc! {"a": [1, 2, 8, 9, 3]})),
        (doc! {"a": [1, 2, 3]}, at(-3), Changed(doc! {"a": [8, 9, 1, 2, 3]})),
        (doc! {"a": [1, 2, 3]}, at(i64::MIN), Changed(doc! {"a": [8, 9, 1, 2, 3]})),
        (doc! {"a": []}, at(-1), Changed(doc! {"a": [8, 9]})),
        (doc! {}, at(5), Changed(doc! {"a": [8, 9]})),
        (
            doc! {"a": [1]},
            doc! {"$push": {"a": {"$each": [2], "$position": 0.0}}},
            Changed(doc! {"a": [2, 1]}),
        ),
    ]);
}

#[test]
fn push_sorts_the_whole_array() {
    let sort = |each: Vec<Bson>, sort: Bson| doc! {"$push": {"a": {"$each": each, "$sort": sort}}};
    check([
        (doc! {"a": [3, 1]}, sort(vec![2.into()], 1.into()), Changed(doc! {"a": [1, 2, 3]})),
        (
            doc! {"a": [3, 1]},
            sort(vec![2.into()], Bson::Double(-1.0)),
            Changed(doc! {"a": [3, 2, 1]}),
        ),
        (doc! {"a": [3, 1]}, sort(vec![], 1.into()), Changed(doc! {"a": [1, 3]})),
        (doc! {"a": [1, 3]}, sort(vec![], 1.into()), Touched),
        (
            doc! {"a": ["x", 2, null, {"b": 1}]},
            sort(vec![], 1.into()),
            Changed(doc! {"a": [null, 2, "x", {"b": 1}]}),
        ),
        (
            doc! {"a": [{"n": 2, "k": "x"}, {"n": 1}]},
            sort(vec![doc! {"n": 2, "k": "a"}.into()], doc! {"n": -1, "k": 1}.into()),
            Changed(doc! {"a": [{"n": 2, "k": "a"}, {"n": 2, "k": "x"}, {"n": 1}]}),
        ),
        // Elements that are no objects, or lack the field, sort as null. Equal ones keep their
        // order.
        (
            doc! {"a": [{"n": 1}, 5, {"m": 1}]},
            sort(vec![], doc! {"n": 1}.into()),
            Changed(doc! {"a": [5, {"m": 1}, {"n": 1}]}),
        ),
        (
            doc! {"a": [{"x": {"y": 2}}, {"x": {"y": 1}}]},
            sort(vec![], doc! {"x.y": 1}.into()),
            Changed(doc! {"a": [{"x": {"y": 1}}, {"x": {"y": 2}}]}),
        ),
        (
            doc! {"a": [{"x": [1, 9]}, {"x": [2, 3]}]},
            sort(vec![], doc! {"x.1": 1}.into()),
            Changed(doc! {"a": [{"x": [2, 3]}, {"x": [1, 9]}]}),
        ),
    ]);
}

#[test]
fn push_slices_last() {
    let slice = |slice: i64| doc! {"$push": {"a": {"$each": [4], "$slice": slice}}};
    check([
        (doc! {"a": [1, 2, 3]}, slice(2), Changed(doc! {"a": [1, 2]})),
        (doc! {"a": [1, 2, 3]}, slice(-2), Changed(doc! {"a": [3, 4]})),
        (doc! {"a": [1, 2, 3]}, slice(0), Changed(doc! {"a": []})),
        (doc! {"a": [1, 2, 3]}, slice(9), Changed(doc! {"a": [1, 2, 3, 4]})),
        (doc! {"a": [1, 2, 3]}, slice(i64::MIN), Changed(doc! {"a": [1, 2, 3, 4]})),
        (doc! {"a": [1, 2, 3]}, slice(3), Touched),
        (doc! {}, slice(0), Changed(doc! {"a": []})),
        (doc! {"a": [1, 2]}, doc! {"$push": {"a": {"$each": [], "$slice": 5}}}, Same),
        (
            doc! {"a": [1, 2]},
            doc! {"$push": {"a": {"$each": [], "$slice": 1}}},
            Changed(doc! {"a": [1]}),
        ),
        (
            doc! {"a": [3, 1]},
            doc! {"$push": {"a": {"$each": [5, 2], "$sort": -1, "$slice": 3}}},
            Changed(doc! {"a": [5, 3, 2]}),
        ),
        (
            doc! {"a": [3, 1]},
            doc! {"$push": {"a": {"$slice": 2, "$position": 0, "$each": [5]}}},
            Changed(doc! {"a": [5, 3]}),
        ),
    ]);
}

#[test]
fn push_refuses() {
    let push = |clauses: bson::Document| doc! {"$push": {"a": clauses}};
    check([
        (
            doc! {"_id": "x", "f": "s"},
            doc! {"$push": {"f": 1}},
            Refused(
                2,
                "The field 'f' must be an array but is of type string in document {_id: \"x\"}",
            ),
        ),
        (
            doc! {"a": {"f": null}},
            doc! {"$push": {"a.f": 1}},
            Refused(2, "The field 'a.f' must be an array but is of type null in document {no id}"),
        ),
        (
            doc! {"a": 1},
            doc! {"$push": {"a": {"$each": []}}},
            Refused(2, "The field 'a' must be an array but is of type int in document {no id}"),
        ),
        (
            doc! {},
            push(doc! {"$each": 1}),
            Refused(2, "The argument to $each in $push must be an array but it was of type: int"),
        ),
        (
            doc! {},
            push(doc! {"$each": [], "$foo": 1}),
            Refused(2, "Unrecognized clause in $push: $foo"),
        ),
        (doc! {}, push(doc! {"$each": [], "x": 1}), Refused(2, "Unrecognized clause in $push: x")),
        (
            doc! {},
            push(doc! {"$each": [], "$slice": "x"}),
            Refused(2, "The value for $slice must be an integer value but was given type: string"),
        ),
        (
            doc! {},
            push(doc! {"$each": [], "$slice": 1.5}),
            Refused(2, "The value for $slice must be an integer value but was given type: double"),
        ),
        (
            doc! {},
            push(doc! {"$each": [], "$position": "x"}),
            Refused(2, "The value for $position must be an integer value, not of type: string"),
        ),
        (
            doc! {},
            push(doc! {"$each": [], "$position": f64::NAN}),
            Refused(2, "The value for $position must be an integer value, not of type: double"),
        ),
        (
            doc! {},
            push(doc! {"$each": [], "$sort": 2}),
            Refused(2, "The $sort element value must be either 1 or -1"),
        ),
        (
            doc! {},
            push(doc! {"$each": [], "$sort": "x"}),
            Refused(
                2,
                "The $sort is invalid: use 1/-1 to sort the whole element, or {field:1/-1} to sort embedded fields",
            ),
        ),
        (
            doc! {},
            push(doc! {"$each": [], "$sort": {}}),
            Refused(2, "The $sort pattern is empty when it should be a set of fields."),
        ),
        (
            doc! {},
            push(doc! {"$each": [], "$sort": {"n": 0}}),
            Refused(2, "The $sort element value must be either 1 or -1"),
        ),
        (
            doc! {},
            push(doc! {"$each": [], "$sort": {"n": "asc"}}),
            Refused(2, "The $sort element value must be either 1 or -1"),
        ),
        (
            doc! {},
            push(doc! {"$each": [], "$sort": {"": 1}}),
            Refused(2, "The $sort field cannot be empty"),
        ),
        (
            doc! {},
            push(doc! {"$each": [], "$sort": {"a..b": 1}}),
            Refused(2, "The $sort field is a dotted field but has an empty part: a..b"),
        ),
        // Without `$each` the clauses are keys of an element, and may not be stored.
        (
            doc! {"a": []},
            push(doc! {"$slice": 1}),
            Refused(
                52,
                "The dollar ($) prefixed field '$slice' in 'a.0.$slice' is not valid for storage.",
            ),
        ),
    ]);
}

#[test]
fn add_to_set_adds_what_is_not_there() {
    check([
        (doc! {"a": [1]}, doc! {"$addToSet": {"a": 2}}, Changed(doc! {"a": [1, 2]})),
        (doc! {"a": [1]}, doc! {"$addToSet": {"a": 1}}, Same),
        (doc! {"a": [1]}, doc! {"$addToSet": {"a": 1.0}}, Same),
        (doc! {"a": [1]}, doc! {"$addToSet": {"a": [1]}}, Changed(doc! {"a": [1, [1]]})),
        (
            doc! {"a": [{"x": 1, "y": 2}]},
            doc! {"$addToSet": {"a": {"y": 2, "x": 1}}},
            Changed(doc! {"a": [{"x": 1, "y": 2}, {"y": 2, "x": 1}]}),
        ),
        (doc! {"a": [{"x": 1, "y": 2}]}, doc! {"$addToSet": {"a": {"x": 1.0, "y": 2}}}, Same),
        (doc! {}, doc! {"$addToSet": {"a": 1}}, Changed(doc! {"a": [1]})),
        (
            doc! {},
            doc! {"$addToSet": {"a.b": {"$each": [2, 1, 2.0, 1]}}},
            Changed(doc! {"a": {"b": [2, 1]}}),
        ),
        (doc! {}, doc! {"$addToSet": {"a": {"$each": []}}}, Changed(doc! {"a": []})),
        (
            doc! {"a": [1, 2]},
            doc! {"$addToSet": {"a": {"$each": [3, 2, 4, 3]}}},
            Changed(doc! {"a": [1, 2, 3, 4]}),
        ),
        (doc! {"a": [1, 2]}, doc! {"$addToSet": {"a": {"$each": [1, 2]}}}, Same),
        (
            doc! {"a": [5, 1, 3]},
            doc! {"$addToSet": {"a": {"$each": [9, 3, 8, 7, 6, 5, 4, 2, 1, 0]}}},
            Changed(doc! {"a": [5, 1, 3, 9, 8, 7, 6, 4, 2, 0]}),
        ),
        // What is in the array twice stays twice.
        (doc! {"a": [1, 1]}, doc! {"$addToSet": {"a": 2}}, Changed(doc! {"a": [1, 1, 2]})),
        // `each` without the sign is a value, as the SDK sends it.
        (
            doc! {"a": []},
            doc! {"$addToSet": {"a": {"each": [1]}}},
            Changed(doc! {"a": [{"each": [1]}]}),
        ),
        (
            doc! {"a": "x"},
            doc! {"$addToSet": {"a": 1}},
            Refused(
                2,
                "Cannot apply $addToSet to non-array field. Field named 'a' has non-array type string",
            ),
        ),
        (
            doc! {"a": {"b": 1}},
            doc! {"$addToSet": {"a.b": 1}},
            Refused(
                2,
                "Cannot apply $addToSet to non-array field. Field named 'b' has non-array type int",
            ),
        ),
        (
            doc! {},
            doc! {"$addToSet": {"a": {"$each": 1}}},
            Refused(
                14,
                "The argument to $each in $addToSet must be an array but it was of type int",
            ),
        ),
        (
            doc! {},
            doc! {"$addToSet": {"a": {"$each": [1], "x": 1}}},
            Refused(2, "Found unexpected fields after $each in $addToSet: { $each: [ 1 ], x: 1 }"),
        ),
    ]);
}

#[test]
fn pop_takes_the_last_or_the_first() {
    check([
        (doc! {"a": [1, 2, 3]}, doc! {"$pop": {"a": 1}}, Changed(doc! {"a": [1, 2]})),
        (doc! {"a": [1, 2, 3]}, doc! {"$pop": {"a": -1}}, Changed(doc! {"a": [2, 3]})),
        (doc! {"a": [1, 2, 3]}, doc! {"$pop": {"a": -0.5}}, Changed(doc! {"a": [2, 3]})),
        (doc! {"a": [1, 2, 3]}, doc! {"$pop": {"a": "x"}}, Changed(doc! {"a": [1, 2]})),
        (doc! {"a": [1]}, doc! {"$pop": {"a": 1}}, Changed(doc! {"a": []})),
        (doc! {"a": []}, doc! {"$pop": {"a": 1}}, Same),
        (doc! {}, doc! {"$pop": {"a": 1}}, Same),
        (doc! {"a": {"b": {}}}, doc! {"$pop": {"a.b.c": 1}}, Same),
        (doc! {"a": [[1, 2]]}, doc! {"$pop": {"a.0": 1}}, Changed(doc! {"a": [[1]]})),
        (doc! {"a": [[1, 2]]}, doc! {"$pop": {"a.7": 1}}, Same),
        (
            doc! {"a": "x"},
            doc! {"$pop": {"a": 1}},
            Refused(14, "Path 'a' contains an element of non-array type 'string'"),
        ),
        (
            doc! {"a": {"b": 1}},
            doc! {"$pop": {"a.b": 1}},
            Refused(14, "Path 'a.b' contains an element of non-array type 'int'"),
        ),
        (
            doc! {"a": 1},
            doc! {"$pop": {"a.b": 1}},
            Refused(28, "Cannot use the part (b) of (a.b) to traverse the element ({a: 1})"),
        ),
        (
            doc! {"a": [1]},
            doc! {"$pop": {"a.b.c": 1}},
            Refused(28, "Cannot use the part (b) of (a.b.c) to traverse the element ({a: [ 1 ]})"),
        ),
    ]);
}

#[test]
fn pull_removes_equal_values() {
    check([
        (doc! {"a": [1, 2, 1.0, 3]}, doc! {"$pull": {"a": 1}}, Changed(doc! {"a": [2, 3]})),
        (doc! {"a": [1, 2]}, doc! {"$pull": {"a": 3}}, Same),
        (doc! {"a": [null, 1]}, doc! {"$pull": {"a": null}}, Changed(doc! {"a": [1]})),
        (
            doc! {"a": [[1], 1, [1, 2]]},
            doc! {"$pull": {"a": [1]}},
            Changed(doc! {"a": [1, [1, 2]]}),
        ),
        (doc! {}, doc! {"$pull": {"a": 1}}, Same),
        (
            doc! {"a": "x"},
            doc! {"$pull": {"a": 1}},
            Refused(2, "Cannot apply $pull to a non-array value"),
        ),
        (
            doc! {"a": 1},
            doc! {"$pull": {"a.b": 1}},
            Refused(28, "Cannot use the part (b) of (a.b) to traverse the element ({a: 1})"),
        ),
    ]);
}

#[test]
fn pull_removes_what_meets_a_condition() {
    let regex = Bson::RegularExpression(Regex {
        pattern: "^x".try_into().unwrap(),
        options: "".try_into().unwrap(),
    });
    check([
        (
            doc! {"a": [1, 5, 9, "x"]},
            doc! {"$pull": {"a": {"$gt": 4}}},
            Changed(doc! {"a": [1, "x"]}),
        ),
        (
            doc! {"a": [1, 5, 9]},
            doc! {"$pull": {"a": {"$gt": 4, "$lt": 8}}},
            Changed(doc! {"a": [1, 9]}),
        ),
        (doc! {"a": [1, 2, 3]}, doc! {"$pull": {"a": {"$in": [1, 3]}}}, Changed(doc! {"a": [2]})),
        (doc! {"a": ["x1", "y", 3]}, doc! {"$pull": {"a": regex}}, Changed(doc! {"a": ["y", 3]})),
        (
            doc! {"a": [{"b": 1, "c": 2}, {"b": 2}, 1]},
            doc! {"$pull": {"a": {"b": 1}}},
            Changed(doc! {"a": [{"b": 2}, 1]}),
        ),
        (
            doc! {"a": [{"b": 1, "c": 9}, {"b": 1, "c": 2}]},
            doc! {"$pull": {"a": {"c": {"$gte": 5}, "b": 1}}},
            Changed(doc! {"a": [{"b": 1, "c": 2}]}),
        ),
        (
            doc! {"a": [{"b": 1}, {"c": 1}, 5]},
            doc! {"$pull": {"a": {"$or": [{"b": 1}, {"c": 1}]}}},
            Changed(doc! {"a": [5]}),
        ),
        (doc! {"a": [{"b": 1}, {}, 5]}, doc! {"$pull": {"a": {}}}, Changed(doc! {"a": [5]})),
        (
            doc! {"a": [{"b": [{"c": 1, "d": 2}]}, {"b": [{"c": 1}, {"d": 2}]}]},
            doc! {"$pull": {"a": {"b": {"$elemMatch": {"c": 1, "d": 2}}}}},
            Changed(doc! {"a": [{"b": [{"c": 1}, {"d": 2}]}]}),
        ),
        (doc! {"a": [1, 2]}, doc! {"$pull": {"a": {"$gt": 5}}}, Same),
        (
            doc! {"a": {"b": 1}},
            doc! {"$pull": {"a": {"b": 1}}},
            Refused(2, "Cannot apply $pull to a non-array value"),
        ),
    ]);
}

#[test]
fn pull_refuses_conditions_that_are_none() {
    check([
        (
            doc! {},
            doc! {"$pull": {"a": {"$foo": 1}}},
            Refused(2, "unknown top level operator: $foo"),
        ),
        (doc! {}, doc! {"$pull": {"a": {"b": {"$foo": 1}}}}, Refused(2, "unknown operator: $foo")),
        (doc! {}, doc! {"$pull": {"a": {"$in": 1}}}, Refused(2, "$in needs an array")),
    ]);
}

#[test]
fn pull_all_removes_each_listed_value() {
    check([
        (doc! {"a": [1, 2, 3, 1.0]}, doc! {"$pullAll": {"a": [3, 1]}}, Changed(doc! {"a": [2]})),
        (
            doc! {"a": [{"x": 1, "y": 2}, {"y": 2, "x": 1}]},
            doc! {"$pullAll": {"a": [{"x": 1, "y": 2}]}},
            Changed(doc! {"a": [{"y": 2, "x": 1}]}),
        ),
        (doc! {"a": [[1], 1]}, doc! {"$pullAll": {"a": [[1]]}}, Changed(doc! {"a": [1]})),
        (doc! {"a": [1]}, doc! {"$pullAll": {"a": []}}, Same),
        (doc! {}, doc! {"$pullAll": {"a": [1]}}, Same),
        (
            doc! {"a": 1},
            doc! {"$pullAll": {"a": [1]}},
            Refused(2, "Cannot apply $pull to a non-array value"),
        ),
        (
            doc! {},
            doc! {"$pullAll": {"a": 1}},
            Refused(2, "$pullAll requires an array argument but was given a int"),
        ),
    ]);
}
