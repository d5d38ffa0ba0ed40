//! `$set`, `$unset`, `$rename`, `$min`, `$max`, `$currentDate`.

use bson::{Bson, DateTime, Timestamp, doc};

use super::{Changed, Refused, Same, Touched, check, decimal};
use crate::update::Update;

#[test]
fn set_assigns_in_place_or_at_the_end() {
    check([
        (doc! {"a": 1, "b": 2}, doc! {"$set": {"a": 5}}, Changed(doc! {"a": 5, "b": 2})),
        (doc! {"a": 1}, doc! {"$set": {"b": "x"}}, Changed(doc! {"a": 1, "b": "x"})),
        (doc! {}, doc! {"$set": {"a": {"b": [1]}}}, Changed(doc! {"a": {"b": [1]}})),
        (doc! {"a": {"b": 1}}, doc! {"$set": {"a": {}}}, Changed(doc! {"a": {}})),
        (
            doc! {"a": 1, "b": 2, "c": 3},
            doc! {"$set": {"c": 4, "a": null}},
            Changed(doc! {"a": null, "b": 2, "c": 4}),
        ),
        (
            doc! {"a": "x"},
            doc! {"$set": {"a": "a much longer text"}},
            Changed(doc! {"a": "a much longer text"}),
        ),
        // Keys that only begin alike are other fields.
        (doc! {"ab": 1}, doc! {"$set": {"a": 2}}, Changed(doc! {"ab": 1, "a": 2})),
        (doc! {"": 1}, doc! {"$set": {"a": 2}}, Changed(doc! {"": 1, "a": 2})),
        (doc! {"文": 1}, doc! {"$set": {"文": 2}}, Changed(doc! {"文": 2})),
    ]);
}

#[test]
fn set_to_the_same_bytes_is_no_change_and_another_number_type_is_one() {
    check([
        (doc! {"a": 1}, doc! {"$set": {"a": 1}}, Same),
        (doc! {"a": {"b": [1, {"c": 2}]}}, doc! {"$set": {"a": {"b": [1, {"c": 2}]}}}, Same),
        (doc! {"a": 1, "b": 2}, doc! {"$set": {"a": 1, "b": 3}}, Changed(doc! {"a": 1, "b": 3})),
        (doc! {"a": 1}, doc! {"$set": {"a": 1.0}}, Changed(doc! {"a": 1.0})),
        (doc! {"a": 1}, doc! {"$set": {"a": 1_i64}}, Changed(doc! {"a": 1_i64})),
        (
            doc! {"a": {"b": 1, "c": 2}},
            doc! {"$set": {"a": {"c": 2, "b": 1}}},
            Changed(doc! {"a": {"c": 2, "b": 1}}),
        ),
        (doc! {"a": null}, doc! {"$set": {"a": null}}, Same),
    ]);
}

#[test]
fn unset_removes_and_ignores_what_is_not_there() {
    check([
        (doc! {"a": 1, "b": 2}, doc! {"$unset": {"a": ""}}, Changed(doc! {"b": 2})),
        (doc! {"a": 1, "b": 2}, doc! {"$unset": {"b": 1, "a": 1}}, Changed(doc! {})),
        (
            doc! {"a": {"b": 1, "c": 2}},
            doc! {"$unset": {"a.b": true}},
            Changed(doc! {"a": {"c": 2}}),
        ),
        (doc! {"a": {"b": 1}}, doc! {"$unset": {"a.b": null}}, Changed(doc! {"a": {}})),
        (doc! {"a": 1}, doc! {"$unset": {"b": ""}}, Same),
        (doc! {"a": 1}, doc! {"$unset": {"a.b": ""}}, Same),
        (doc! {"a": 1}, doc! {"$unset": {"b.c": ""}}, Same),
        (doc! {"a": [1]}, doc! {"$unset": {"a.b": ""}}, Same),
        (doc! {"a": [1, 2]}, doc! {"$unset": {"a.0": ""}}, Changed(doc! {"a": [null, 2]})),
        (doc! {"a": [1, 2]}, doc! {"$unset": {"a.5": ""}}, Same),
        (doc! {"a": [null]}, doc! {"$unset": {"a.0": ""}}, Touched),
        (doc! {"a": [{"b": 1}]}, doc! {"$unset": {"a.0.b": ""}}, Changed(doc! {"a": [{}]})),
    ]);
}

#[test]
fn min_and_max_compare_across_types() {
    let early = DateTime::from_millis(1);
    let late = DateTime::from_millis(2);
    check([
        (doc! {"a": 5}, doc! {"$min": {"a": 3}}, Changed(doc! {"a": 3})),
        (doc! {"a": 5}, doc! {"$min": {"a": 7}}, Same),
        (doc! {"a": 5}, doc! {"$min": {"a": 5.0}}, Same),
        (doc! {"a": 5}, doc! {"$max": {"a": 7.5}}, Changed(doc! {"a": 7.5})),
        (doc! {"a": 5}, doc! {"$max": {"a": 3}}, Same),
        (doc! {"a": 5}, doc! {"$max": {"a": 5_i64}}, Same),
        (doc! {}, doc! {"$min": {"a": 3}}, Changed(doc! {"a": 3})),
        (doc! {}, doc! {"$max": {"a.b": "x"}}, Changed(doc! {"a": {"b": "x"}})),
        (doc! {"a": 5}, doc! {"$max": {"a": "text"}}, Changed(doc! {"a": "text"})),
        (doc! {"a": 5}, doc! {"$min": {"a": null}}, Changed(doc! {"a": null})),
        (doc! {"a": null}, doc! {"$max": {"a": 0}}, Changed(doc! {"a": 0})),
        (doc! {"a": "x"}, doc! {"$min": {"a": 9}}, Changed(doc! {"a": 9})),
        (doc! {"a": {"b": 1}}, doc! {"$max": {"a": [0]}}, Changed(doc! {"a": [0]})),
        (doc! {"a": early}, doc! {"$max": {"a": late}}, Changed(doc! {"a": late})),
        (doc! {"a": 1}, doc! {"$max": {"a": f64::NAN}}, Same),
        (doc! {"a": 1}, doc! {"$min": {"a": decimal("0.5")}}, Changed(doc! {"a": decimal("0.5")})),
        (
            doc! {"a": 1},
            doc! {"$max": {"a.b": 1}},
            Refused(28, "Cannot create field 'b' in element {a: 1}"),
        ),
    ]);
}

#[test]
fn rename_moves_to_the_end_or_over_what_is_there() {
    check([
        (doc! {"a": 1, "b": 2}, doc! {"$rename": {"a": "c"}}, Changed(doc! {"b": 2, "c": 1})),
        (
            doc! {"a": 1, "b": 2, "c": 3},
            doc! {"$rename": {"a": "b"}},
            Changed(doc! {"b": 1, "c": 3}),
        ),
        (doc! {"a": 1}, doc! {"$rename": {"a": "b.c"}}, Changed(doc! {"b": {"c": 1}})),
        (
            doc! {"a": {"b": 1, "d": 2}},
            doc! {"$rename": {"a.b": "a.c"}},
            Changed(doc! {"a": {"d": 2, "c": 1}}),
        ),
        (doc! {"a": {"b": 1}}, doc! {"$rename": {"a.b": "c"}}, Changed(doc! {"a": {}, "c": 1})),
        (doc! {"a": 1}, doc! {"$rename": {"x": "y"}}, Same),
        (doc! {"a": 1}, doc! {"$rename": {"x.y": "a"}}, Same),
        // A missing source makes the target's obstacles irrelevant.
        (doc! {"a": 1}, doc! {"$rename": {"x": "a.b"}}, Same),
        // Equal values are still a change: the source goes.
        (doc! {"a": 1, "b": 1}, doc! {"$rename": {"a": "b"}}, Changed(doc! {"b": 1})),
        (
            doc! {"a": [1, 2], "b": 1},
            doc! {"$rename": {"a": "c"}},
            Changed(doc! {"b": 1, "c": [1, 2]}),
        ),
        (doc! {"a": 1, "b": [1]}, doc! {"$rename": {"a": "b"}}, Changed(doc! {"b": 1})),
        (
            doc! {"a": 1, "b": 2},
            doc! {"$rename": {"a": "c"}, "$set": {"b": 3}},
            Changed(doc! {"b": 3, "c": 1}),
        ),
    ]);
}

#[test]
fn rename_refuses() {
    check([
        (
            doc! {"a": 1},
            doc! {"$rename": {"a": "a"}},
            Refused(2, "The source and target field for $rename must differ: a: \"a\""),
        ),
        (
            doc! {"a": 1},
            doc! {"$rename": {"a": "a.b"}},
            Refused(
                2,
                "The source and target field for $rename must not be on the same path: a: \"a.b\"",
            ),
        ),
        (
            doc! {"a": 1},
            doc! {"$rename": {"a.b": "a"}},
            Refused(
                2,
                "The source and target field for $rename must not be on the same path: a.b: \"a\"",
            ),
        ),
        (
            doc! {"a": 1},
            doc! {"$rename": {"a": 5}},
            Refused(2, "The 'to' field for $rename must be a string: a: 5"),
        ),
        (
            doc! {"a": 1},
            doc! {"$rename": {"a": "b\0c"}},
            Refused(2, "The 'to' field for $rename cannot contain an embedded null byte"),
        ),
        (
            doc! {"a": 1},
            doc! {"$rename": {"a.$": "b"}},
            Refused(2, "The source field for $rename may not be dynamic: a.$"),
        ),
        (
            doc! {"a": 1},
            doc! {"$rename": {"a.$[]": "b"}},
            Refused(2, "The source field for $rename may not be dynamic: a.$[]"),
        ),
        (
            doc! {"a": 1},
            doc! {"$rename": {"b": "a.$"}},
            Refused(2, "The destination field for $rename may not be dynamic: a.$"),
        ),
        (
            doc! {"a": 1},
            doc! {"$rename": {"a": ""}},
            Refused(56, "An empty update path is not valid."),
        ),
        (
            doc! {"a": 1},
            doc! {"$rename": {"a": "b."}},
            Refused(56, "The update path 'b.' contains an empty field name, which is not allowed."),
        ),
        (
            doc! {"_id": 1, "a": [{"b": 1}]},
            doc! {"$rename": {"a.0.b": "c"}},
            Refused(
                2,
                "The source field cannot be an array element, 'a.0.b' in doc with _id: 1 has an array field called 'a'",
            ),
        ),
        (
            doc! {"_id": 1, "a": [1]},
            doc! {"$rename": {"a.0": "c"}},
            Refused(
                2,
                "The source field cannot be an array element, 'a.0' in doc with _id: 1 has an array field called 'a'",
            ),
        ),
        (
            doc! {"a": 1, "b": [1]},
            doc! {"$rename": {"a": "b.0"}},
            Refused(
                2,
                "The destination field cannot be an array element, 'b.0' in doc with no id has an array field called 'b'",
            ),
        ),
        (
            doc! {"_id": "x", "a": 1, "b": [{"c": 1}]},
            doc! {"$rename": {"a": "b.0.c"}},
            Refused(
                2,
                "The destination field cannot be an array element, 'b.0.c' in doc with _id: \"x\" has an array field called 'b'",
            ),
        ),
        (
            doc! {"_id": "x", "a": 1, "b": [1]},
            doc! {"$rename": {"a": "b.c"}},
            Refused(
                2,
                "The destination field cannot be an array element, 'b.c' in doc with _id: \"x\" has an array field called 'b'",
            ),
        ),
        (
            doc! {"a": 1, "b": 2},
            doc! {"$rename": {"a": "b.c"}},
            Refused(28, "Cannot create field 'c' in element {b: 2}"),
        ),
        (
            doc! {"a": 1},
            doc! {"$rename": {"a.b": "c"}},
            Refused(28, "cannot use the part (a of a.b) to traverse the element ({a: 1})"),
        ),
        (
            doc! {"a": [1]},
            doc! {"$rename": {"a.b": "c"}},
            Refused(28, "cannot use the part (a of a.b) to traverse the element ({a: [ 1 ]})"),
        ),
        (
            doc! {"a": 1},
            doc! {"$rename": {"a": "b"}, "$set": {"a": 2}},
            Refused(40, "Updating the path 'a' would create a conflict at 'a'"),
        ),
        (
            doc! {"a": 1},
            doc! {"$set": {"b": 2}, "$rename": {"a": "b"}},
            Refused(40, "Updating the path 'b' would create a conflict at 'b'"),
        ),
        (
            doc! {"a": 1},
            doc! {"$rename": {"a": "b", "b": "c"}},
            Refused(40, "Updating the path 'b' would create a conflict at 'b'"),
        ),
        (
            doc! {"_id": 1},
            doc! {"$rename": {"_id": "b"}},
            Refused(
                66,
                "Performing an update on the path '_id' would modify the immutable field '_id'",
            ),
        ),
        (
            doc! {"_id": 1, "a": 2},
            doc! {"$rename": {"a": "_id"}},
            Refused(
                66,
                "Performing an update on the path '_id' would modify the immutable field '_id'",
            ),
        ),
    ]);
}

#[test]
fn current_date_sets_the_time_it_is_given() {
    let date = DateTime::from_millis(1_500);
    let stamp = Bson::Timestamp(Timestamp { time: 1, increment: 1 });
    check([
        (doc! {}, doc! {"$currentDate": {"a": true}}, Changed(doc! {"a": date})),
        (doc! {"a": 1}, doc! {"$currentDate": {"a": false}}, Changed(doc! {"a": date})),
        (doc! {"a": date}, doc! {"$currentDate": {"a": true}}, Touched),
        (
            doc! {},
            doc! {"$currentDate": {"a.b": {"$type": "date"}}},
            Changed(doc! {"a": {"b": date}}),
        ),
        (doc! {}, doc! {"$currentDate": {"a": {"$type": "timestamp"}}}, Changed(doc! {"a": stamp})),
        (
            doc! {},
            doc! {"$currentDate": {"a": 1}},
            Refused(
                2,
                "int is not valid type for $currentDate. Please use a boolean ('true') or a $type expression ({$type: 'timestamp/date'}).",
            ),
        ),
        (
            doc! {},
            doc! {"$currentDate": {"a": {"$type": "x"}}},
            Refused(
                2,
                "The '$type' string field is required to be 'date' or 'timestamp': {$currentDate: {field : {$type: 'date'}}}",
            ),
        ),
        (
            doc! {},
            doc! {"$currentDate": {"a": {}}},
            Refused(
                2,
                "The '$type' string field is required to be 'date' or 'timestamp': {$currentDate: {field : {$type: 'date'}}}",
            ),
        ),
        (
            doc! {},
            doc! {"$currentDate": {"a": {"x": 1}}},
            Refused(2, "Unrecognized $currentDate option: x"),
        ),
    ]);
    let without_time = Update::parse(&doc! {"$currentDate": {"a": true}}).unwrap();
    assert!(without_time.apply(&doc! {}, None).is_err());
}
