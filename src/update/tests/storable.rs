//! What may be inserted or replace a document.

use bson::{Bson, Document, Regex, doc};

use crate::limits::{DOCUMENT_BYTES_MAX, DOCUMENT_DEPTH_MAX};
use crate::update::{check_storable, check_storable_raw};
use crate::value::encode_document;

fn nested(levels: usize) -> Document {
    (1..levels).fold(doc! {"a": 1}, |inner, _| doc! {"a": inner})
}

#[test]
fn plain_documents_may_be_stored() {
    let documents = [
        doc! {},
        doc! {"_id": "x", "a": {"b": [1, {"c": null}]}, "": 1, "x.y": 2, "文": 3, "a$": 4},
        doc! {"_id": {"a": 1}},
        doc! {"a": {"$ref": "c", "$id": 1}},
        doc! {"a": {"x": 1, "$ref": "c", "$id": 1, "$db": "d", "y": 2}},
        nested(DOCUMENT_DEPTH_MAX),
    ];
    for document in documents {
        assert_eq!(check_storable(&document), Ok(()), "{document}");
        assert_eq!(check_storable_raw(&encode_document(&document)), Ok(()), "{document}");
    }
}

#[test]
fn what_may_not_be_stored_is_refused() {
    let regex = Regex { pattern: "a".try_into().unwrap(), options: "".try_into().unwrap() };
    let too_deep =
        format!("cannot insert document because it exceeds {DOCUMENT_DEPTH_MAX} levels of nesting");
    let cases = [
        (
            doc! {"$x": 1},
            52,
            "The dollar ($) prefixed field '$x' in '$x' is not valid for storage.",
        ),
        (
            doc! {"a": {"$x": 1}},
            52,
            "The dollar ($) prefixed field '$x' in 'a.$x' is not valid for storage.",
        ),
        (
            doc! {"a": [{"b": {"$": 1}}]},
            52,
            "The dollar ($) prefixed field '$' in 'a.0.b.$' is not valid for storage.",
        ),
        (
            doc! {"_id": {"$x": 1}},
            52,
            "The dollar ($) prefixed field '$x' in '_id.$x' is not valid for storage.",
        ),
        (doc! {"a": {"$id": 1}}, 55, "Found $id field without a $ref before it, which is invalid."),
        (
            doc! {"a": {"$ref": "c", "$db": "d"}},
            55,
            "The DBRef $ref field must be followed by a $id field",
        ),
        (
            doc! {"a": {"$db": "d"}},
            55,
            "Found $db field without a $id before it, which is invalid.",
        ),
        (doc! {"a": {"$ref": "c"}}, 55, "The DBRef $ref field must be followed by a $id field"),
        (doc! {"a": {"$ref": 1, "$id": 1}}, 55, "The DBRef $ref field must be a String, not a int"),
        (
            doc! {"a": {"$ref": "c", "$id": 1, "$db": 1}},
            55,
            "The DBRef $db field must be a String, not a int",
        ),
        (doc! {"_id": [1]}, 2, "can't use an array for _id"),
        (doc! {"_id": Bson::RegularExpression(regex)}, 2, "can't use a regex for _id"),
        (doc! {"_id": Bson::Undefined}, 2, "can't use a undefined for _id"),
        (nested(DOCUMENT_DEPTH_MAX + 1), 15, too_deep.as_str()),
    ];
    for (document, code, text) in cases {
        let error = check_storable(&document).expect_err(text);
        assert_eq!((error.mongo_code(), error.message()), (code, text), "{document}");
        let error = check_storable_raw(&encode_document(&document)).expect_err(text);
        assert_eq!((error.mongo_code(), error.message()), (code, text), "{document}");
    }
    assert!(check_storable(&nested(1_000)).is_err());
}

#[test]
fn keys_with_nul_and_a_second_id_are_refused() {
    for document in [doc! {"a\0": 1}, doc! {"a": {"b\0c": 1}}, doc! {"a": [{"\0": 1}]}] {
        let error = check_storable(&document).unwrap_err();
        assert!(error.message().ends_with("must not contain null bytes"), "{document}");
    }
    let mut bytes = encode_document(&doc! {"_id": 1, "_ie": 1});
    let second = bytes.len() - 3 - 4;
    bytes[second] = b'd';
    let error = check_storable_raw(&bytes).unwrap_err();
    assert_eq!(error.message(), "can't have multiple _id fields in one document");
}

#[test]
fn a_document_of_16_mb_is_the_largest() {
    let overhead = encode_document(&doc! {"a": ""}).len();
    let largest = doc! {"a": "x".repeat(DOCUMENT_BYTES_MAX - overhead)};
    assert_eq!(check_storable(&largest), Ok(()));
    let larger = doc! {"a": "x".repeat(DOCUMENT_BYTES_MAX - overhead + 1)};
    let error = check_storable(&larger).unwrap_err();
    assert_eq!(
        (error.mongo_code(), error.message()),
        (2, "object to insert too large. size in bytes: 16777217, max size: 16777216")
    );
}
