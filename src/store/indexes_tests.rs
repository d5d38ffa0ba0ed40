use super::*;
use crate::store::IndexField;
use crate::value::key::encode_key_bson;
use crate::value::{Bson, Document, encode_document};
use bson::{bson, doc};

fn definition(fields: &[(&str, IndexOrder)]) -> IndexDefinition {
    let field = |(path, order): &(&str, IndexOrder)| IndexField {
        path: FieldPath::parse(path).unwrap(),
        order: *order,
    };
    IndexDefinition { name: "i".into(), fields: fields.iter().map(field).collect(), unique: false }
}

fn ascending(paths: &[&str]) -> IndexDefinition {
    let fields: Vec<_> = paths.iter().map(|path| (*path, IndexOrder::Ascending)).collect();
    definition(&fields)
}

fn keys(definition: &IndexDefinition, document: &Document) -> Result<DocumentKeys> {
    document_keys(definition, RawDoc::new(&encode_document(document)), None)
}

fn key(values: &[Bson]) -> Vec<u8> {
    let mut key = Vec::new();
    for value in values {
        encode_key_bson(&mut key, value, Direction::Ascending).unwrap();
    }
    key
}

type Case<'a> = (&'a [&'a str], Document, Vec<Vec<Bson>>, bool);

#[test]
fn documents_have_the_keys_that_mongodb_gives_them() {
    let (null, undefined) = (Bson::Null, Bson::Undefined);
    let cases: [Case<'_>; 23] = [
        (&["a"], doc! {"a": 1}, vec![vec![bson!(1)]], false),
        (&["a"], doc! {}, vec![vec![null.clone()]], false),
        (&["a"], doc! {"a": null}, vec![vec![null.clone()]], false),
        (&["a"], doc! {"a": [3, 1, 3]}, vec![vec![bson!(1)], vec![bson!(3)]], true),
        (&["a"], doc! {"a": [5]}, vec![vec![bson!(5)]], true),
        (&["a"], doc! {"a": []}, vec![vec![undefined.clone()]], true),
        (&["a"], doc! {"a": [[1, 2], 3]}, vec![vec![bson!([1, 2])], vec![bson!(3)]], true),
        (&["a"], doc! {"a": {"b": 1}}, vec![vec![bson!({"b": 1})]], false),
        (&["a.b"], doc! {"a": {"b": 1}}, vec![vec![bson!(1)]], false),
        (&["a.b"], doc! {"a": 5}, vec![vec![null.clone()]], false),
        (&["a.b"], doc! {"a": []}, vec![vec![null.clone()]], true),
        (
            &["a.b"],
            doc! {"a": [{"b": 1}, {"b": [2, 3]}, {}, 7]},
            vec![vec![bson!(1)], vec![bson!(2)], vec![bson!(3)], vec![null.clone()]],
            true,
        ),
        (&["a.b"], doc! {"a": [[{"b": 1}]]}, vec![vec![null.clone()]], true),
        (&["a.0"], doc! {"a": [7, 8]}, vec![vec![bson!(7)]], true),
        (&["a.0"], doc! {"a": {"0": 7}}, vec![vec![bson!(7)]], false),
        (&["a.1.b"], doc! {"a": [{"b": 1}, {"b": 2}]}, vec![vec![bson!(2)]], true),
        (&["a.0"], doc! {"a": [[1, 2], 3]}, vec![vec![bson!(1)], vec![bson!(2)]], true),
        (&["a", "b"], doc! {"a": 1, "b": "x"}, vec![vec![bson!(1), bson!("x")]], false),
        (&["a", "b"], doc! {"b": 2}, vec![vec![null.clone(), bson!(2)]], false),
        (
            &["a", "b"],
            doc! {"a": [1, 2], "b": 3},
            vec![vec![bson!(1), bson!(3)], vec![bson!(2), bson!(3)]],
            true,
        ),
        (
            &["a.b", "a.c"],
            doc! {"a": [{"b": 1, "c": 2}, {"b": 3}]},
            vec![vec![bson!(1), bson!(2)], vec![bson!(3), null.clone()]],
            true,
        ),
        (&["a", "b"], doc! {"a": [], "b": 3}, vec![vec![undefined, bson!(3)]], true),
        (
            &["a.b", "a.c"],
            doc! {"a": [{"b": [1, 2], "c": 3}]},
            vec![vec![bson!(1), bson!(3)], vec![bson!(2), bson!(3)]],
            true,
        ),
    ];
    for (paths, document, expected, multikey) in cases {
        let found = keys(&ascending(paths), &document).unwrap();
        let mut expected: Vec<Vec<u8>> = expected.iter().map(|values| key(values)).collect();
        expected.sort_unstable();
        assert_eq!(found.keys, expected, "{paths:?} {document}");
        assert_eq!(found.multikey, multikey, "{paths:?} {document}");
    }
}

#[test]
fn documents_that_cannot_be_indexed_are_refused_in_mongodbs_words() {
    let long = "x".repeat(1_020);
    let too_long = format!(
        "WiredTigerIndex::insert: key too large to index, failing  1032 {{ : \"{}...\" }}",
        "x".repeat(150)
    );
    let cases: [(&[&str], Document, i32, &str); 5] = [
        (&["a", "b"], doc! {"a": [1], "b": [2]}, 171, "cannot index parallel arrays [b] [a]"),
        (&["a", "b"], doc! {"a": [], "b": []}, 171, "cannot index parallel arrays [b] [a]"),
        (
            &["a.b", "a.c"],
            doc! {"a": [{"b": [1], "c": [2]}]},
            171,
            "cannot index parallel arrays [c] [b]",
        ),
        (
            &["a.0"],
            doc! {"a": [{"0": 1}]},
            16746,
            "Ambiguous field name found in array (do not use numeric field names in embedded \
             elements in an array), field: '0'",
        ),
        (&["a"], doc! {"a": &long}, 17280, &too_long),
    ];
    for (paths, document, code, text) in cases {
        let error = keys(&ascending(paths), &document).unwrap_err();
        assert_eq!((error.mongo_code(), error.message()), (code, text));
    }
    // One byte below the limit: 5 for the document, 2 for the element, 5 for the string.
    let longest = "x".repeat(INDEX_KEY_BYTES_MAX - 13);
    assert!(keys(&ascending(&["a"]), &doc! {"a": &longest}).is_ok());
    assert!(keys(&ascending(&["a"]), &doc! {"a": longest + "x"}).is_err());
}

#[test]
fn a_descending_field_turns_the_order_of_its_keys_alone() {
    let index = definition(&[("a", IndexOrder::Ascending), ("b", IndexOrder::Descending)]);
    let pairs = [(1, 3), (1, 2), (1, 1), (2, 9), (2, 0)];
    let encoded: Vec<Vec<u8>> = pairs
        .iter()
        .map(|(a, b)| keys(&index, &doc! {"a": a, "b": b}).unwrap().keys.remove(0))
        .collect();
    assert!(encoded.is_sorted(), "{encoded:x?}");
}

#[test]
fn a_key_is_printed_as_the_shell_prints_it() {
    let cases = [
        (vec!["a"], doc! {"a": "x"}, "{ : \"x\" }"),
        (vec!["a"], doc! {}, "{ : null }"),
        (vec!["a", "b"], doc! {"a": 1, "b": 1.0}, "{ : 1, : 1.0 }"),
    ];
    for (paths, document, expected) in cases {
        let index = ascending(&paths);
        let bytes = encode_document(&document);
        let raw = RawDoc::new(&bytes);
        let keys = document_keys(&index, raw, None).unwrap().keys;
        assert_eq!(key_text(&index, raw, &keys[0]).unwrap(), expected);
    }
}

struct Columns;

impl GeoCells for Columns {
    fn cells(&self, value: RawValue<'_>, cells: &mut Vec<u64>) -> Result<()> {
        match value {
            RawValue::Array(numbers) => {
                cells.extend(numbers.values().filter_map(|number| match number {
                    RawValue::Int32(number) => u64::try_from(number).ok(),
                    _ => None,
                }));
                Ok(())
            }
            RawValue::Document(document) => match document.get("coordinates") {
                Some(inner) => self.cells(inner, cells),
                None => Err(Error::mongo(16755, "Can't extract geo keys")),
            },
            _ => Err(Error::mongo(16755, "Can't extract geo keys")),
        }
    }
}

#[test]
fn a_geometry_has_one_key_for_each_cell_and_none_without() {
    let index = definition(&[("k", IndexOrder::Ascending), ("g", IndexOrder::Sphere)]);
    let count = |document: Document| {
        let bytes = encode_document(&document);
        document_keys(&index, RawDoc::new(&bytes), Some(&Columns)).map(|found| found.keys.len())
    };
    assert_eq!(count(doc! {"k": 1, "g": {"type": "Point", "coordinates": [3, 4]}}), Ok(2));
    assert_eq!(count(doc! {"k": 1, "g": [3, 4]}), Ok(2));
    assert_eq!(count(doc! {"k": 1, "g": [{"coordinates": [3]}, {"coordinates": [5, 3]}]}), Ok(2));
    assert_eq!(count(doc! {"k": [1, 2], "g": [3, 4]}), Ok(4));
    assert_eq!(count(doc! {"k": 1}), Ok(0));
    assert_eq!(count(doc! {"k": 1, "g": null}), Ok(0));
    assert!(count(doc! {"k": 1, "g": "north"}).is_err());
    let bytes = encode_document(&doc! {"g": [1]});
    let refused = document_keys(&index, RawDoc::new(&bytes), None).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unsupported);
}
