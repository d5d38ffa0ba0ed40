use super::*;

fn bounds(query: Document) -> Vec<(String, Bound)> {
    filter(query)
        .bounds()
        .into_iter()
        .map(|bound| (bound.path.as_str().into(), bound.bound))
        .collect()
}

fn points(path: &str, values: Vec<Bson>) -> (String, Bound) {
    (path.into(), Bound::Points(values))
}

#[test]
fn conditions_joined_by_and_limit_their_fields() {
    let range = |path: &str, lower, upper| (path.to_owned(), Bound::Range { lower, upper });
    let cases = [
        (doc! {}, vec![]),
        (
            doc! {"a": 1, "b.c": "x"},
            vec![points("a", vec![bson!(1)]), points("b.c", vec![bson!("x")])],
        ),
        (doc! {"a": null}, vec![points("a", vec![bson!(null)])]),
        (doc! {"a": {"$in": [2, 1, 2.0]}}, vec![points("a", vec![bson!(1), bson!(2)])]),
        (
            doc! {"a": {"$gt": 1, "$lte": 5}},
            vec![
                range("a", Some((bson!(1), false)), None),
                range("a", None, Some((bson!(5), true))),
            ],
        ),
        (doc! {"a": {"$gte": null}}, vec![points("a", vec![bson!(null)])]),
        (doc! {"a": {"$gt": null}}, vec![points("a", vec![])]),
        (doc! {"a": {"$lt": Bson::MaxKey}}, vec![]),
        (doc! {"a": {"$regex": "^ab"}}, vec![("a".into(), Bound::Prefix("ab".into()))]),
        (doc! {"a": {"$regex": "ab"}}, vec![]),
        (doc! {"a": {"$ne": 1}}, vec![]),
        (doc! {"a": {"$not": {"$gt": 1}}}, vec![]),
        (doc! {"a": {"$exists": true}}, vec![]),
        (
            doc! {"a": {"$all": [1, 2]}},
            vec![points("a", vec![bson!(1)]), points("a", vec![bson!(2)])],
        ),
        (doc! {"a": {"$all": []}}, vec![points("a", vec![])]),
        (
            doc! {"$and": [{"a": 1}, {"b": 2}]},
            vec![points("a", vec![bson!(1)]), points("b", vec![bson!(2)])],
        ),
        (doc! {"$or": [{"a": 1}, {"a": 2, "b": 1}]}, vec![points("a", vec![bson!(1), bson!(2)])]),
        (doc! {"$or": [{"a": 1}, {"b": 2}]}, vec![]),
        (doc! {"$nor": [{"a": 1}]}, vec![]),
        (
            doc! {"a": {"$elemMatch": {"b": 1, "c": null, "0": 1}}},
            vec![points("a.b", vec![bson!(1)])],
        ),
        (doc! {"a": {"$elemMatch": {"$gt": 1}}}, vec![range("a", Some((bson!(1), false)), None)]),
    ];
    for (query, expected) in cases {
        assert_eq!(bounds(query.clone()), expected, "{query}");
    }
}

#[test]
fn index_values_hold_whatever_a_condition_looks_at() {
    let cases = [
        (doc! {}, "a", vec![bson!(null)]),
        (doc! {"a": 1}, "a", vec![bson!(1)]),
        (doc! {"a": Bson::Undefined}, "a", vec![bson!(null)]),
        (doc! {"a": [1, [2]]}, "a", vec![bson!(1), bson!([2]), bson!([1, [2]])]),
        (doc! {"a": []}, "a", vec![bson!([])]),
        (doc! {"a": []}, "a.b", vec![bson!(null)]),
        (doc! {"a": [{"b": 1}, {}, 5]}, "a.b", vec![bson!(1), bson!(null)]),
    ];
    for (document, at, expected) in cases {
        let bytes = encode_document(&document);
        let values: Vec<Bson> = index_values(RawDoc::new(&bytes), &path(at))
            .into_iter()
            .map(crate::value::to_bson)
            .collect();
        assert_eq!(values, expected, "{at} of {document}");
    }
}

#[test]
fn one_id_is_found_without_a_scan() {
    let cases = [
        (doc! {"_id": "x"}, Some(bson!("x"))),
        (doc! {"a": 1, "_id": {"$eq": 5}}, Some(bson!(5))),
        (doc! {"_id": {"$gt": 1, "$eq": 5}}, Some(bson!(5))),
        (doc! {"_id": {"x": 1}}, Some(bson!({"x": 1}))),
        (doc! {"_id": null}, None),
        (doc! {"_id": {"$gt": 5}}, None),
        (doc! {"_id": {"$ne": 5}}, None),
        (doc! {"_id": {"$in": [5]}}, None),
        (doc! {"$or": [{"_id": 5}, {"_id": 6}]}, None),
        (doc! {"_id.a": 5}, None),
    ];
    for (query, expected) in cases {
        assert_eq!(filter(query.clone()).equality_on_id().cloned(), expected, "{query}");
    }
}
