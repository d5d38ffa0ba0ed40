use super::*;

fn project(spec: &Document, document: &Document) -> Result<Document> {
    let projection = Projection::parse(spec, &ParseContext::default())?;
    let bytes = encode_document(document);
    let projected = projection.apply(RawDoc::new(&bytes))?;
    Ok(to_document(RawDoc::new(&projected)))
}

#[test]
fn projections_keep_the_documents_order() {
    let document = doc! {
        "z": 1, "_id": 7, "a": {"b": 1, "c": {"d": 2, "e": 3}},
        "l": [{"x": 1, "y": 2}, 5, [{"x": 3, "y": 4}, 6]], "n": [1, 2, 3, 4], "s": "text",
    };
    let cases = [
        (doc! {}, document.clone()),
        (doc! {"s": 1, "z": true}, doc! {"z": 1, "_id": 7, "s": "text"}),
        (doc! {"z": 1, "_id": 0}, doc! {"z": 1}),
        (doc! {"_id": 1}, doc! {"_id": 7}),
        (doc! {"_id": 0, "a": 0, "l": 0, "n": false}, doc! {"z": 1, "s": "text"}),
        (doc! {"missing": 1}, doc! {"_id": 7}),
        (doc! {"z": "yes", "_id": 0}, doc! {"z": 1}),
        (doc! {"a.b": 1, "_id": 0}, doc! {"a": {"b": 1}}),
        (doc! {"a.c.e": 1, "_id": 0}, doc! {"a": {"c": {"e": 3}}}),
        (doc! {"a.x": 1, "_id": 0}, doc! {"a": {}}),
        (doc! {"s.x": 1, "_id": 0}, doc! {}),
        (doc! {"l.x": 1, "_id": 0}, doc! {"l": [{"x": 1}, [{"x": 3}]]}),
        (
            doc! {"a": 0, "l.x": 0, "n": 0, "s.q": 0},
            doc! {
                "z": 1, "_id": 7, "l": [{"y": 2}, 5, [{"y": 4}, 6]], "s": "text",
            },
        ),
        (doc! {"a": 1, "a.b": 1, "_id": 0}, doc! {"a": {"b": 1}}),
        (doc! {"a.b": 1, "a": 1, "_id": 0}, doc! {"a": {"b": 1, "c": {"d": 2, "e": 3}}}),
        (doc! {"n": {"$slice": 2}, "z": 1, "_id": 0}, doc! {"z": 1, "n": [1, 2]}),
        (
            doc! {"n": {"$slice": -1}, "a": 0, "l": 0, "_id": 0},
            doc! {"z": 1, "n": [4], "s": "text"},
        ),
        (doc! {"n": {"$slice": [1, 2]}, "s": 1, "_id": 0}, doc! {"n": [2, 3], "s": "text"}),
        (doc! {"n": {"$slice": [-3, 2]}, "s": 1, "_id": 0}, doc! {"n": [2, 3], "s": "text"}),
        (doc! {"n": {"$slice": [9, 2]}, "s": 1, "_id": 0}, doc! {"n": [], "s": "text"}),
        (doc! {"n": {"$slice": 0}, "s": 1, "_id": 0}, doc! {"n": [], "s": "text"}),
        (doc! {"n": {"$elemMatch": {"$gt": 2}}, "_id": 0}, doc! {"n": [3]}),
        (doc! {"l": {"$elemMatch": {"x": 1}}}, doc! {"_id": 7, "l": [{"x": 1, "y": 2}]}),
        (doc! {"n": {"$elemMatch": {"$gt": 9}}, "z": 1}, doc! {"z": 1, "_id": 7}),
        (doc! {"s": {"$elemMatch": {"$gt": 9}}, "z": 1}, doc! {"z": 1, "_id": 7}),
    ];
    for (spec, expected) in cases {
        assert_eq!(project(&spec, &document).unwrap(), expected, "{spec}");
    }
    let slice = project(&doc! {"n": {"$slice": 1}}, &document).unwrap();
    assert_eq!(slice.get_array("n").unwrap(), &vec![bson!(1)]);
    assert_eq!(slice.len(), document.len());
}

#[test]
fn a_positional_projection_returns_the_matched_element() {
    let document = doc! {"_id": 1, "n": [1, 5, 9], "l": [{"x": 1}, {"x": 2}], "s": 1};
    let bytes = encode_document(&document);
    let cases = [
        (doc! {"n.$": 1}, doc! {"n": {"$gt": 2}}, Some(doc! {"_id": 1, "n": [5]})),
        (doc! {"l.$": 1, "s": 1}, doc! {"l.x": 2}, Some(doc! {"_id": 1, "l": [{"x": 2}], "s": 1})),
        (doc! {"n.$": 1}, doc! {"s": 1}, None),
        (doc! {"s": 1}, doc! {}, Some(doc! {"_id": 1, "s": 1})),
    ];
    for (spec, query, expected) in cases {
        let projection = Projection::parse(&spec, &ParseContext::default()).unwrap();
        let projected = projection.apply_for(RawDoc::new(&bytes), &filter(query));
        let projected = projected.map(|bytes| to_document(RawDoc::new(&bytes))).ok();
        assert_eq!(projected, expected, "{spec}");
    }
    assert!(project(&doc! {"n.$": 1}, &document).is_err());
}

#[test]
fn malformed_projections() {
    let cases = [
        (doc! {"a": 1, "b": 0}, "Projection cannot have a mix of inclusion and exclusion."),
        (doc! {"a": 0, "b": 1}, "Projection cannot have a mix of inclusion and exclusion."),
        (doc! {"_id": 1, "b": 0}, "Projection cannot have a mix of inclusion and exclusion."),
        (doc! {"a": 1, "b": null}, "Projection cannot have a mix of inclusion and exclusion."),
        (doc! {"a": {"b": 1}}, "Unsupported projection option: a: { b: 1 }"),
        (doc! {"a": {"$slice": 1, "x": 1}}, ">1 field in obj: { $slice: 1, x: 1 }"),
        (doc! {"a": {"$slice": "1"}}, "$slice only supports numbers and [skip, limit] arrays"),
        (doc! {"a": {"$slice": [1]}}, "$slice array wrong size"),
        (doc! {"a": {"$slice": [1, 0]}}, "$slice limit must be positive"),
        (doc! {"a": {"$elemMatch": 1}}, "elemMatch: Invalid argument, object required."),
        (
            doc! {"a.b": {"$elemMatch": {"x": 1}}},
            "Cannot use $elemMatch projection on a nested field.",
        ),
        (doc! {"a.$": 0}, "Cannot exclude array elements with the positional operator."),
        (doc! {"a.$": 1, "b.$": 1}, "Cannot specify more than one positional proj. per query."),
        (
            doc! {"a.$": 1, "b": {"$elemMatch": {}}},
            "Cannot specify positional operator and $elemMatch.",
        ),
        (
            doc! {"b": {"$elemMatch": {}}, "a.$": 1},
            "Cannot specify positional operator and $elemMatch.",
        ),
    ];
    for (spec, text) in cases {
        let error = Projection::parse(&spec, &ParseContext::default()).unwrap_err();
        assert_eq!((error.mongo_code(), error.message()), (2, text), "{spec}");
    }
}

fn sorted(spec: Document, documents: &[Document]) -> Vec<i32> {
    let sort = Sort::parse(&spec).unwrap();
    let mut keyed: Vec<(SortKey, i32)> = documents
        .iter()
        .zip(0..)
        .map(|(document, index)| (sort.key(RawDoc::new(&encode_document(document))), index))
        .collect();
    keyed.sort_by(|left, right| left.0.cmp(&right.0));
    keyed.into_iter().map(|(_, index)| index).collect()
}

#[test]
fn sorting() {
    let mixed = [doc! {"a": 3}, doc! {"a": "x"}, doc! {}, doc! {"a": []}, doc! {"a": [2, 9]}];
    assert_eq!(sorted(doc! {"a": 1}, &mixed), [3, 2, 4, 0, 1]);
    assert_eq!(sorted(doc! {"a": -1}, &mixed), [1, 4, 0, 2, 3]);
    let equal = [doc! {"a": null, "b": 2}, doc! {"b": 1}, doc! {"a": null, "b": 0}];
    assert_eq!(sorted(doc! {"a": 1}, &equal), [0, 1, 2]);
    assert_eq!(sorted(doc! {"a": 1, "b": 1}, &equal), [2, 1, 0]);
    assert_eq!(sorted(doc! {"a": 1.0, "b": -1_i64}, &equal), [0, 1, 2]);
    let nested = [
        doc! {"l": [{"x": 5}, {"x": 1}]},
        doc! {"l": {"x": 3}},
        doc! {"l": [{"x": [4, 0]}]},
        doc! {"l": [7]},
        doc! {"l": []},
    ];
    assert_eq!(sorted(doc! {"l.x": 1}, &nested), [3, 4, 2, 0, 1]);
    assert_eq!(sorted(doc! {"l.x": -1}, &nested), [0, 2, 1, 3, 4]);
    let indexed = [doc! {"l": [5, 1]}, doc! {"l": [3, 9]}, doc! {"l": {"0": 4}}];
    assert_eq!(sorted(doc! {"l.0": 1}, &indexed), [1, 2, 0]);
    // Both keys of a document come from the same element.
    let together =
        [doc! {"l": [{"x": 1, "y": 9}, {"x": 2, "y": 0}]}, doc! {"l": [{"x": 1, "y": 5}]}];
    assert_eq!(sorted(doc! {"l.x": 1, "l.y": 1}, &together), [1, 0]);
    let parallel = [doc! {"a": [2, 1], "b": [8, 9]}, doc! {"a": [1], "b": [7]}];
    assert_eq!(sorted(doc! {"a": 1, "b": 1}, &parallel), [1, 0]);
}

#[test]
fn sort_specifications() {
    for spec in [doc! {"a": 2}, doc! {"a": "asc"}, doc! {"a": 0}, doc! {"": 1}, doc! {"a": {}}] {
        let error = Sort::parse(&spec).unwrap_err();
        assert_eq!((error.mongo_code(), error.message()), (2, "bad sort specification"), "{spec}");
    }
    let sort = Sort::parse(&doc! {"a.b": -1, "c": 1}).unwrap();
    let paths: Vec<_> = sort.paths().map(|(path, ascending)| (path.as_str(), ascending)).collect();
    assert_eq!(paths, [("a.b", false), ("c", true)]);
    assert!(Sort::parse(&doc! {}).unwrap().is_empty());
}
