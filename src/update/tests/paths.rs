//! How paths are walked, created, refused; `$`, `$[]`; order of application.

use bson::doc;

use super::{Changed, Expected, Refused, Same, check, check_positional};
use crate::error::ErrorKind;
use crate::limits::ARRAY_PADDING_MAX;
use crate::update::Update;

const NO_MATCH: Expected =
    Refused(2, "The positional operator did not find the match needed from the query.");

#[test]
fn missing_parents_become_objects() {
    check([
        (doc! {}, doc! {"$set": {"a.b.c": 1}}, Changed(doc! {"a": {"b": {"c": 1}}})),
        (
            doc! {"a": {"x": 1}},
            doc! {"$set": {"a.b.c": 1}},
            Changed(doc! {"a": {"x": 1, "b": {"c": 1}}}),
        ),
        // A number is a key where no array is.
        (doc! {}, doc! {"$set": {"a.0": 1}}, Changed(doc! {"a": {"0": 1}})),
        (doc! {"a": {}}, doc! {"$set": {"a.1": 1}}, Changed(doc! {"a": {"1": 1}})),
        (
            doc! {},
            doc! {"$set": {"a.b": 1, "a.c.d": 2}},
            Changed(doc! {"a": {"b": 1, "c": {"d": 2}}}),
        ),
        (doc! {}, doc! {"$unset": {"a.b": 1}, "$set": {"a.c": 2}}, Changed(doc! {"a": {"c": 2}})),
        (doc! {}, doc! {"$unset": {"a.b": 1}, "$pop": {"a.c": 2}}, Same),
    ]);
}

#[test]
fn indexes_reach_into_arrays_and_pad_them() {
    check([
        (doc! {"a": [1, 2]}, doc! {"$set": {"a.1": 5}}, Changed(doc! {"a": [1, 5]})),
        (doc! {"a": [1]}, doc! {"$set": {"a.1": 5}}, Changed(doc! {"a": [1, 5]})),
        (doc! {"a": [1]}, doc! {"$set": {"a.3": 5}}, Changed(doc! {"a": [1, null, null, 5]})),
        (doc! {"a": [{"b": 1}]}, doc! {"$set": {"a.0.b": 2}}, Changed(doc! {"a": [{"b": 2}]})),
        (
            doc! {"a": [{"b": 1}]},
            doc! {"$set": {"a.0.c": 2}},
            Changed(doc! {"a": [{"b": 1, "c": 2}]}),
        ),
        (doc! {"a": []}, doc! {"$set": {"a.1.b": 2}}, Changed(doc! {"a": [null, {"b": 2}]})),
        (doc! {"a": [[1]]}, doc! {"$set": {"a.0.1": 2}}, Changed(doc! {"a": [[1, 2]]})),
        (doc! {"a": [1, 2]}, doc! {"$set": {"a.01": 5}}, Changed(doc! {"a": [1, 5]})),
        (doc! {"a": [1, 2]}, doc! {"$set": {"a.1": 2}}, Same),
        (doc! {"a": [1]}, doc! {"$pop": {"a.5": 1}}, Same),
        (
            doc! {"a": [1], "z": 1},
            doc! {"$set": {"a.0": 5, "a.2": 7}},
            Changed(doc! {"a": [5, null, 7], "z": 1}),
        ),
        (
            doc! {"a": [1]},
            doc! {"$set": {"a.b": 5}},
            Refused(28, "Cannot create field 'b' in element {a: [ 1 ]}"),
        ),
        (
            doc! {"a": [1]},
            doc! {"$set": {"a.-1": 5}},
            Refused(28, "Cannot create field '-1' in element {a: [ 1 ]}"),
        ),
        (
            doc! {"a": [1]},
            doc! {"$set": {"a.0.b": 5}},
            Refused(28, "Cannot create field 'b' in element {0: 1}"),
        ),
        (
            doc! {"a": [1]},
            doc! {"$set": {"a.99999999999999999999": 5}},
            Refused(28, "Cannot create field '99999999999999999999' in element {a: [ 1 ]}"),
        ),
    ]);
}

#[test]
fn indexes_are_applied_in_the_order_of_their_text() {
    // `10` comes before `2`: when `2` is reached it is a padded null.
    let a: Vec<i32> = vec![];
    check([(
        doc! {"_id": 1, "a": a},
        doc! {"$inc": {"a.2": 1, "a.10": 1}},
        Refused(
            14,
            "Cannot apply $inc to a value of non-numeric type. {_id: 1} has the field '2' of non-numeric type null",
        ),
    )]);
}

#[test]
fn padding_is_limited() {
    let at = |index: usize| {
        let update = Update::parse(&doc! {"$set": {format!("a.{index}"): 1}}).unwrap();
        update.apply(&doc! {"a": [0]}, None)
    };
    let padded = at(ARRAY_PADDING_MAX / 100).unwrap().unwrap();
    assert_eq!(padded.get_array("a").unwrap().len(), ARRAY_PADDING_MAX / 100 + 1);
    let error = at(ARRAY_PADDING_MAX + 2).unwrap_err();
    assert_eq!(error.mongo_code(), 34);
    assert_eq!(error.message(), "can't backfill more than 1500000 elements");
    // Many padded arrays together are refused before they are built.
    let paths = (0..100).map(|index| (format!("f{index}.1500000"), 1.into()));
    let document = (0..100).map(|index| (format!("f{index}"), bson::Bson::Array(vec![])));
    let update = doc! {"$set": paths.collect::<bson::Document>()};
    let error = Update::parse(&update).unwrap().apply(&document.collect(), None).unwrap_err();
    assert_eq!(error.mongo_code(), 17_419);
}

#[test]
fn scalars_and_null_in_the_way_are_errors() {
    check([
        (
            doc! {"a": null},
            doc! {"$set": {"a.b": 1}},
            Refused(28, "Cannot create field 'b' in element {a: null}"),
        ),
        (
            doc! {"a": "x"},
            doc! {"$set": {"a.b.c": 1}},
            Refused(28, "Cannot create field 'b' in element {a: \"x\"}"),
        ),
        (
            doc! {"a": {"b": 1}},
            doc! {"$inc": {"a.b.c": 1}},
            Refused(28, "Cannot create field 'c' in element {b: 1}"),
        ),
        (
            doc! {"a": 1},
            doc! {"$push": {"a.0": 1}},
            Refused(28, "Cannot create field '0' in element {a: 1}"),
        ),
    ]);
}

#[test]
fn new_fields_are_appended_in_byte_order_of_their_paths() {
    check([
        (
            doc! {"z": 0},
            doc! {"$set": {"c": 1, "a": 2, "b": 3}},
            Changed(doc! {"z": 0, "a": 2, "b": 3, "c": 1}),
        ),
        (
            doc! {},
            doc! {"$set": {"b": 1}, "$inc": {"a": 2}, "$push": {"c": 1}},
            Changed(doc! {"a": 2, "b": 1, "c": [1]}),
        ),
        (
            doc! {},
            doc! {"$set": {"a.10": 1, "a.9": 2, "B": 3}},
            Changed(doc! {"B": 3, "a": {"10": 1, "9": 2}}),
        ),
        (doc! {}, doc! {"$set": {"文": 1, "z": 2}}, Changed(doc! {"z": 2, "文": 1})),
        (doc! {"b": 1, "a": 2}, doc! {"$set": {"a": 3, "b": 4}}, Changed(doc! {"b": 4, "a": 3})),
    ]);
}

#[test]
fn conflicting_paths_are_refused_across_operators() {
    check([
        (
            doc! {},
            doc! {"$set": {"a": 1, "a.b": 2}},
            Refused(40, "Updating the path 'a.b' would create a conflict at 'a'"),
        ),
        (
            doc! {},
            doc! {"$set": {"a.b": 1, "a": 2}},
            Refused(40, "Updating the path 'a' would create a conflict at 'a'"),
        ),
        (
            doc! {},
            doc! {"$set": {"a": 1}, "$inc": {"a": 2}},
            Refused(40, "Updating the path 'a' would create a conflict at 'a'"),
        ),
        (
            doc! {},
            doc! {"$set": {"a.b.c": 1}, "$unset": {"a.b": 2}},
            Refused(40, "Updating the path 'a.b' would create a conflict at 'a.b'"),
        ),
        (
            doc! {},
            doc! {"$set": {"a.b": 1}, "$push": {"a.b.c.d": 2}},
            Refused(40, "Updating the path 'a.b.c.d' would create a conflict at 'a.b'"),
        ),
        (
            doc! {},
            doc! {"$set": {"a.$[]": 1, "a.0": 2}},
            Refused(40, "Updating the path 'a.0' would create a conflict at 'a'"),
        ),
        (
            doc! {},
            doc! {"$set": {"a.0": 1, "a.$[].b": 2}},
            Refused(40, "Updating the path 'a.$[].b' would create a conflict at 'a'"),
        ),
        (
            doc! {},
            doc! {"$set": {"a.$[]": 1}, "$inc": {"a.$[]": 2}},
            Refused(40, "Updating the path 'a.$[]' would create a conflict at 'a.$[]'"),
        ),
        (
            doc! {},
            doc! {"$set": {"a.$": 1}, "$inc": {"a.$": 2}},
            Refused(40, "Updating the path 'a.$' would create a conflict at 'a.$'"),
        ),
        (doc! {}, doc! {"$set": {"ab": 1, "a": 2}}, Changed(doc! {"a": 2, "ab": 1})),
        (doc! {}, doc! {"$set": {"a.b": 1, "a.c": 2}}, Changed(doc! {"a": {"b": 1, "c": 2}})),
    ]);
}

#[test]
fn the_id_cannot_change() {
    let refused = |text| Refused(66, text);
    check([
        (doc! {"_id": 1}, doc! {"$set": {"_id": 1}}, Same),
        (
            doc! {"_id": 1, "a": 1},
            doc! {"$set": {"_id": 1, "a": 2}},
            Changed(doc! {"_id": 1, "a": 2}),
        ),
        (
            doc! {"_id": 1},
            doc! {"$set": {"_id": 2}},
            refused(
                "Performing an update on the path '_id' would modify the immutable field '_id'",
            ),
        ),
        (
            doc! {"_id": 1},
            doc! {"$set": {"_id": 1.0}},
            refused(
                "Performing an update on the path '_id' would modify the immutable field '_id'",
            ),
        ),
        (
            doc! {"_id": 1},
            doc! {"$unset": {"_id": ""}},
            refused(
                "Performing an update on the path '_id' would modify the immutable field '_id'",
            ),
        ),
        (
            doc! {"_id": {"a": 1}},
            doc! {"$set": {"_id.a": 2}},
            refused(
                "Performing an update on the path '_id.a' would modify the immutable field '_id'",
            ),
        ),
        (doc! {"_id": {"a": 1}}, doc! {"$set": {"_id.a": 1}}, Same),
        (
            doc! {"_id": {"a": 1}},
            doc! {"$set": {"_id.b": 2}},
            refused(
                "Updating the path '_id' to _id: { a: 1, b: 2 } would modify the immutable field '_id'",
            ),
        ),
        (
            doc! {"_id": 1},
            doc! {"$set": {"_id.b": 2}},
            Refused(28, "Cannot create field 'b' in element {_id: 1}"),
        ),
        (doc! {"a": 1}, doc! {"$set": {"_id": 2}}, Changed(doc! {"a": 1, "_id": 2})),
        (doc! {"a": {"_id": 1}}, doc! {"$set": {"a._id": 2}}, Changed(doc! {"a": {"_id": 2}})),
    ]);
}

#[test]
fn the_positional_operator_is_the_matched_index() {
    let cases = [
        (doc! {"a": [1, 2]}, doc! {"$set": {"a.$": 5}}, Some(1), Changed(doc! {"a": [1, 5]})),
        (
            doc! {"a": [{"b": 1}, {"b": 2}]},
            doc! {"$inc": {"a.$.b": 5}},
            Some(0),
            Changed(doc! {"a": [{"b": 6}, {"b": 2}]}),
        ),
        (doc! {"a": [1, 2]}, doc! {"$unset": {"a.$": ""}}, Some(0), Changed(doc! {"a": [null, 2]})),
        (doc! {"a": [1, 2]}, doc! {"$set": {"a.$": 5}}, None, NO_MATCH),
        (doc! {}, doc! {"$set": {"a.$": 5}}, None, NO_MATCH),
        (doc! {"a": 1}, doc! {"$set": {"a.$": 5}}, None, NO_MATCH),
        (
            doc! {"a": [1, 2, 3]},
            doc! {"$set": {"a.$": 5, "a.0": 6, "a.2": 7}},
            Some(1),
            Changed(doc! {"a": [6, 5, 7]}),
        ),
        (
            doc! {"a": [1, 2]},
            doc! {"$set": {"a.$": 5, "a.1": 6}},
            Some(1),
            Refused(40, "Update created a conflict at 'a.1'"),
        ),
        (
            doc! {"a": [{"b": 1}]},
            doc! {"$set": {"a.$.b": 5, "a.0.c": 6}},
            Some(0),
            Changed(doc! {"a": [{"b": 5, "c": 6}]}),
        ),
        (
            doc! {"a": [{"b": 1}]},
            doc! {"$set": {"a.$.b": 5, "a.0.b": 6}},
            Some(0),
            Refused(40, "Update created a conflict at 'a.0.b'"),
        ),
        (
            doc! {"x": {"a": [1]}},
            doc! {"$set": {"x.a.$": 5}},
            Some(0),
            Changed(doc! {"x": {"a": [5]}}),
        ),
        // The index alone names the key where no array is.
        (doc! {}, doc! {"$set": {"a.$": 5}}, Some(3), Changed(doc! {"a": {"3": 5}})),
        (
            doc! {"a": [{"b": [1, 2]}]},
            doc! {"$set": {"a.$.b.$[]": 0}},
            Some(0),
            Changed(doc! {"a": [{"b": [0, 0]}]}),
        ),
    ];
    for (document, update, positional, expected) in cases {
        check_positional(document, update, positional, expected);
    }
}

#[test]
fn the_array_before_the_positional_operator_is_known() {
    let before = |update| {
        let update = Update::parse(&update).unwrap();
        update.needs_positional().map(|path| path.as_str().to_owned())
    };
    assert_eq!(before(doc! {"$set": {"a": 1, "b.$": 2}}), Some("b".into()));
    assert_eq!(before(doc! {"$set": {"a.b.$.c": 2}}), Some("a.b".into()));
    assert_eq!(before(doc! {"$set": {"a.$[].b": 2}}), None);
    assert_eq!(before(doc! {"$set": {"$a.b": 2}}), None);
}

#[test]
fn every_element_is_updated_by_the_all_positional_operator() {
    check([
        (doc! {"a": [1, 2]}, doc! {"$inc": {"a.$[]": 5}}, Changed(doc! {"a": [6, 7]})),
        (
            doc! {"a": [{"b": 1}, {}]},
            doc! {"$set": {"a.$[].b": 5}},
            Changed(doc! {"a": [{"b": 5}, {"b": 5}]}),
        ),
        (doc! {"a": [1, 2]}, doc! {"$unset": {"a.$[]": ""}}, Changed(doc! {"a": [null, null]})),
        (doc! {"a": [1, 2]}, doc! {"$max": {"a.$[]": 2}}, Changed(doc! {"a": [2, 2]})),
        (doc! {"a": [2, 2]}, doc! {"$max": {"a.$[]": 2}}, Same),
        (doc! {"a": []}, doc! {"$set": {"a.$[]": 2}}, Same),
        (
            doc! {"a": [[1], [2, 3]]},
            doc! {"$inc": {"a.$[].$[]": 1}},
            Changed(doc! {"a": [[2], [3, 4]]}),
        ),
        (
            doc! {"a": [{"b": [1]}]},
            doc! {"$push": {"a.$[].b": 2}},
            Changed(doc! {"a": [{"b": [1, 2]}]}),
        ),
        (
            doc! {"a": 1},
            doc! {"$set": {"a.$[]": 2}},
            Refused(2, "Cannot apply array updates to non-array element a: 1"),
        ),
        (
            doc! {"a": {"b": 1}},
            doc! {"$set": {"a.$[].b": 2}},
            Refused(2, "Cannot apply array updates to non-array element a: { b: 1 }"),
        ),
        (
            doc! {},
            doc! {"$set": {"a.$[]": 2}},
            Refused(2, "The path 'a' must exist in the document in order to apply array updates."),
        ),
        (
            doc! {"a": 1},
            doc! {"$set": {"a.b.$[]": 2}},
            Refused(
                2,
                "The path 'a.b' must exist in the document in order to apply array updates.",
            ),
        ),
        (
            doc! {"a": [1, {"b": 2}]},
            doc! {"$set": {"a.$[].b": 2}},
            Refused(28, "Cannot create field 'b' in element {0: 1}"),
        ),
        (
            doc! {},
            doc! {"$set": {"a.$[id]": 2}},
            Refused(2, "No array filter found for identifier 'id' in path 'a.$[id]'"),
        ),
        (
            doc! {},
            doc! {"$set": {"a.$[id].b": 2}},
            Refused(2, "No array filter found for identifier 'id' in path 'a.$[id].b'"),
        ),
        (
            doc! {},
            doc! {"$set": {"$[].b": 2}},
            Refused(
                2,
                "Cannot have array filter identifier (i.e. '$[<id>]') element in the first position in path '$[].b'",
            ),
        ),
    ]);
}

#[test]
fn malformed_paths_are_refused() {
    check([
        (doc! {}, doc! {"$set": {"": 1}}, Refused(56, "An empty update path is not valid.")),
        (
            doc! {},
            doc! {"$set": {"a..b": 1}},
            Refused(
                56,
                "The update path 'a..b' contains an empty field name, which is not allowed.",
            ),
        ),
        (
            doc! {},
            doc! {"$unset": {".a": 1}},
            Refused(56, "The update path '.a' contains an empty field name, which is not allowed."),
        ),
        (
            doc! {},
            doc! {"$inc": {"a.": 1}},
            Refused(56, "The update path 'a.' contains an empty field name, which is not allowed."),
        ),
        (
            doc! {},
            doc! {"$set": {"$": 1}},
            Refused(
                2,
                "Cannot have positional (i.e. '$') element in the first position in path '$'",
            ),
        ),
        (
            doc! {},
            doc! {"$set": {"$.a": 1}},
            Refused(
                2,
                "Cannot have positional (i.e. '$') element in the first position in path '$.a'",
            ),
        ),
        (
            doc! {},
            doc! {"$set": {"a.$.b.$": 1}},
            Refused(2, "Too many positional (i.e. '$') elements found in path 'a.$.b.$'"),
        ),
        (
            doc! {},
            doc! {"$set": {"$a": 1}},
            Refused(52, "The dollar ($) prefixed field '$a' in '$a' is not valid for storage."),
        ),
        (
            doc! {"a": {}},
            doc! {"$inc": {"a.$b.c": 1}},
            Refused(52, "The dollar ($) prefixed field '$b' in 'a.$b' is not valid for storage."),
        ),
        (
            doc! {},
            doc! {"$set": {"a.$b": 1}},
            Refused(52, "The dollar ($) prefixed field '$b' in 'a.$b' is not valid for storage."),
        ),
        (doc! {}, doc! {"$unset": {"$a": 1}}, Same),
    ]);
    let long = vec!["a"; 201].join(".");
    let error = Update::parse(&doc! {"$set": {long: 1}}).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidParam);
    let error = Update::parse(&doc! {"$set": {"a\0b": 1}}).unwrap_err();
    assert_eq!(error.message(), "key a\\0b must not contain null bytes");
}
