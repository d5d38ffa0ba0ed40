//! Update documents that are no updates, and operands that may not be stored.

use bson::{Bson, Document, doc};

use super::{Changed, Refused, Same, check};
use crate::limits::{DOCUMENT_BYTES_MAX, PATH_SEGMENTS_MAX};
use crate::update::Update;

#[test]
fn malformed_update_documents_are_refused() {
    check([
        (
            doc! {},
            doc! {"$set": {}},
            Refused(9, "'$set' is empty. You must specify a field like so: {$set: {<field>: ...}}"),
        ),
        (
            doc! {},
            doc! {"$inc": {}},
            Refused(9, "'$inc' is empty. You must specify a field like so: {$inc: {<field>: ...}}"),
        ),
        (
            doc! {},
            doc! {"$rename": {}},
            Refused(
                9,
                "'$rename' is empty. You must specify a field like so: {$rename: {<field>: ...}}",
            ),
        ),
        (
            doc! {},
            doc! {"$set": "x"},
            Refused(
                9,
                "Modifiers operate on fields but we found type string instead. For example: {$mod: {<field>: ...}} not {$set: \"x\"}",
            ),
        ),
        (
            doc! {},
            doc! {"$set": [{"a": 1}]},
            Refused(
                9,
                "Modifiers operate on fields but we found type array instead. For example: {$mod: {<field>: ...}} not {$set: [ { a: 1 } ]}",
            ),
        ),
        (doc! {}, doc! {"$foo": {"a": 1}}, Refused(9, "Unknown modifier: $foo")),
        (doc! {}, doc! {"$pushAll": {"a": [1]}}, Refused(9, "Unknown modifier: $pushAll")),
        (doc! {}, doc! {"$set": {"a": 1}, "b": 1}, Refused(9, "Unknown modifier: b")),
        (doc! {}, doc! {"$v": 1}, Refused(9, "The $v update field is only recognized internally")),
        (doc! {}, doc! {"$foo": 1}, Refused(9, "Unknown modifier: $foo")),
    ]);
}

#[test]
fn dollar_keys_in_operands_are_refused_when_they_would_be_stored() {
    let refused = |text| Refused(52, text);
    check([
        (
            doc! {},
            doc! {"$set": {"a": {"$x": 1}}},
            refused("The dollar ($) prefixed field '$x' in 'a.$x' is not valid for storage."),
        ),
        (
            doc! {},
            doc! {"$set": {"a.b": [1, {"c": {"$x": 1}}]}},
            refused("The dollar ($) prefixed field '$x' in 'a.b.1.c.$x' is not valid for storage."),
        ),
        (doc! {"a": 5}, doc! {"$min": {"a": {"$x": 1}}}, Same),
        (
            doc! {"a": 5},
            doc! {"$max": {"a": {"$x": 1}}},
            refused("The dollar ($) prefixed field '$x' in 'a.$x' is not valid for storage."),
        ),
        (
            doc! {"a": [1]},
            doc! {"$push": {"a": {"$each": [{"$x": 1}]}}},
            refused("The dollar ($) prefixed field '$x' in 'a.1.$x' is not valid for storage."),
        ),
        (
            doc! {},
            doc! {"$addToSet": {"a": {"x": 1, "$each": [1]}}},
            refused(
                "The dollar ($) prefixed field '$each' in 'a.0.$each' is not valid for storage.",
            ),
        ),
        (
            doc! {"a": [1]},
            doc! {"$set": {"a.$[]": {"$x": 1}}},
            refused("The dollar ($) prefixed field '$x' in 'a.0.$x' is not valid for storage."),
        ),
        // A reference is the one place for such keys.
        (
            doc! {},
            doc! {"$set": {"a": {"$ref": "c", "$id": 1}}},
            Changed(doc! {"a": {"$ref": "c", "$id": 1}}),
        ),
        (
            doc! {"a": {"$ref": "c", "$id": 1}},
            doc! {"$set": {"a.$id": 2}},
            Changed(doc! {"a": {"$ref": "c", "$id": 2}}),
        ),
        (
            doc! {},
            doc! {"$set": {"a.$id": 2}},
            Refused(55, "Found $id field without a $ref before it, which is invalid."),
        ),
        (doc! {}, doc! {"$set": {"a.x": 2, "a.文$": 1}}, Changed(doc! {"a": {"x": 2, "文$": 1}})),
        (doc! {}, doc! {"$set": {"a": {"x.y": 1, "": 2}}}, Changed(doc! {"a": {"x.y": 1, "": 2}})),
    ]);
}

#[test]
fn keys_with_nul_are_refused_wherever_they_stand() {
    for operand in [
        Bson::from(doc! {"x\0": 1}),
        Bson::from(doc! {"a": [{"x\0y": 1}]}),
        Bson::Array(vec![doc! {"x\0": 1}.into()]),
    ] {
        let updates = [
            doc! {"$set": {"a": operand.clone()}},
            doc! {"$push": {"a": operand.clone()}},
            doc! {"$push": {"a": {"$each": [operand.clone()]}}},
            doc! {"$addToSet": {"a": operand.clone()}},
            doc! {"$max": {"a": operand.clone()}},
            doc! {"$pullAll": {"a": [operand.clone()]}},
        ];
        for update in updates {
            let error = Update::parse(&update).expect_err(&update.to_string());
            assert!(error.message().ends_with("must not contain null bytes"), "{update}");
        }
    }
}

fn nested(levels: usize) -> Bson {
    (0..levels).fold(Bson::Int32(1), |inner, _| doc! {"a": inner}.into())
}

#[test]
fn results_nested_too_deep_are_refused() {
    let too_deep = "Document exceeds maximum nesting depth of 100";
    // The document itself is a level.
    let deepest: Document = doc! {"x": nested(99)};
    check([
        (doc! {}, doc! {"$set": {"x": nested(99)}}, Changed(deepest.clone())),
        (doc! {}, doc! {"$set": {"x": nested(100)}}, Refused(15, too_deep)),
        (
            doc! {},
            doc! {"$set": {"y.x": nested(98)}},
            Changed(doc! {"y": deepest.get("x").map(|_| doc! {"x": nested(98)}).unwrap()}),
        ),
        (doc! {}, doc! {"$set": {"y.x": nested(99)}}, Refused(15, too_deep)),
        (doc! {}, doc! {"$push": {"x": nested(99)}}, Refused(15, too_deep)),
        (doc! {}, doc! {"$push": {"x": nested(98)}}, Changed(doc! {"x": [nested(98)]})),
        (doc! {"a": nested(99)}, doc! {"$rename": {"a": "b.c"}}, Refused(15, too_deep)),
        (
            doc! {"a": nested(98)},
            doc! {"$rename": {"a": "b.c"}},
            Changed(doc! {"b": {"c": nested(98)}}),
        ),
    ]);
    let path = |segments: usize| vec!["a"; segments].join(".");
    let apply = |segments| {
        Update::parse(&doc! {"$set": {path(segments): 1}}).unwrap().apply(&doc! {}, None)
    };
    assert!(apply(100).unwrap().is_some());
    assert_eq!(apply(101).unwrap_err().message(), too_deep);
    assert_eq!(apply(PATH_SEGMENTS_MAX).unwrap_err().message(), too_deep);
    let behind = Update::parse(&doc! {"$set": {path(PATH_SEGMENTS_MAX): 1}}).unwrap();
    assert_eq!(
        behind.apply(&doc! {"a": 1}, None).unwrap_err().message(),
        "Cannot create field 'a' in element {a: 1}"
    );
    let hostile = doc! {"$set": {"a": nested(151)}};
    assert_eq!(Update::parse(&hostile).unwrap_err().mongo_code(), 15);
}

#[test]
fn results_larger_than_a_document_may_be_are_refused() {
    let half = "x".repeat(DOCUMENT_BYTES_MAX / 2);
    let update = Update::parse(&doc! {"$set": {"b": &half}}).unwrap();
    let error = update.apply(&doc! {"a": &half}, None).unwrap_err();
    assert_eq!(
        (error.mongo_code(), error.message()),
        (17_419, "Resulting document after update is larger than 16777216")
    );
    assert!(update.apply(&doc! {"b": "y"}, None).unwrap().is_some());
}
