//! Random documents: what is fast gives the same answer as what is simple.

use super::*;
use crate::value::compare;
use crate::value::equal;
use bson::bson;
use proptest::prelude::*;

fn value() -> impl Strategy<Value = Bson> {
    let leaf = prop_oneof![
        Just(Bson::Null),
        any::<bool>().prop_map(Bson::Boolean),
        (-3..4_i32).prop_map(Bson::Int32),
        (-3..4_i64).prop_map(Bson::Int64),
        (-6..7_i32).prop_map(|half| Bson::Double(f64::from(half) / 2.0)),
        "[ab]{0,2}".prop_map(Bson::String),
        Just(Bson::Double(f64::NAN)),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Bson::Array),
            prop::collection::vec(("[xy]", inner), 0..3)
                .prop_map(|fields| Bson::Document(fields.into_iter().collect())),
        ]
    })
}

fn documents() -> impl Strategy<Value = Vec<Document>> {
    let document = (prop::option::of(value()), prop::option::of(value()));
    prop::collection::vec(document, 0..40).prop_map(|documents| {
        let numbered = documents.into_iter().enumerate();
        numbered
            .map(|(number, (k, v))| {
                let mut document = doc! {"_id": i32::try_from(number).unwrap()};
                document.extend(k.map(|k| ("k".to_owned(), k)));
                document.extend(v.map(|v| ("v".to_owned(), v)));
                document
            })
            .collect()
    })
}

fn array(documents: &[Document]) -> Bson {
    Bson::Array(documents.iter().cloned().map(Bson::Document).collect())
}

fn shown(documents: &Bson) -> String {
    // NaN differs from itself, but not from its text.
    documents.to_string()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_first_of_a_sort_are_those_of_the_whole_sort(
        documents in documents(), ascending: bool, skip in 0..5_u8, limit in 1..9_u8,
    ) {
        let order = doc! {"k": if ascending { 1 } else { -1 }};
        let whole = answer(array(&documents), bson!([{"$sort": order.clone()}]));
        let wanted: Vec<Bson> =
            whole.as_array().unwrap().iter().skip(skip.into()).take(limit.into()).cloned().collect();
        let stages = bson!([{"$sort": order}, {"$skip": i64::from(skip)}, {"$limit": i64::from(limit)}]);
        prop_assert_eq!(shown(&answer(array(&documents), stages)), shown(&Bson::Array(wanted)));
    }

    #[test]
    fn groups_are_those_of_pairwise_comparison(documents in documents()) {
        let mut groups: Vec<(Bson, Vec<Bson>)> = Vec::new();
        for document in &documents {
            let key = document.get("k").cloned().unwrap_or(Bson::Null);
            let id = document.get("_id").cloned().unwrap();
            match groups.iter_mut().find(|(known, _)| equal(known, &key)) {
                Some((_, ids)) => ids.push(id),
                None => groups.push((key, vec![id])),
            }
        }
        let expected: Vec<Bson> =
            groups.into_iter().map(|(key, ids)| bson!({"_id": key, "ids": ids})).collect();
        let stages = bson!([{"$group": {"_id": "$k", "ids": {"$push": "$_id"}}}]);
        prop_assert_eq!(shown(&answer(array(&documents), stages)), shown(&Bson::Array(expected)));
    }

    #[test]
    fn extremes_are_those_of_a_sorted_list(documents in documents()) {
        let mut values: Vec<Bson> =
            documents.iter().filter_map(|document| document.get("v").cloned()).collect();
        values.retain(|value| *value != Bson::Null);
        let least = values.iter().min_by(|a, b| compare(a, b)).cloned().unwrap_or(Bson::Null);
        let stages = bson!([{"$group": {"_id": null, "least": {"$min": "$v"}}}]);
        let results = answer(array(&documents), stages);
        if let Some(result) = results.as_array().unwrap().first() {
            let found = result.as_document().unwrap().get("least").unwrap();
            prop_assert!(equal(found, &least), "{found} is not {least}");
        }
    }

    #[test]
    fn joins_are_those_of_a_filter(local in documents(), foreign in documents()) {
        let fake = Fake::with(&[("c", array(&local)), ("f", array(&foreign))]);
        let stages = bson!([{"$lookup": {
            "from": "f", "localField": "k", "foreignField": "v", "as": "r",
        }}]);
        let by_table = fake.run(stages.clone()).unwrap();
        let by_filter = fake.run_within(stages, 0).unwrap();
        prop_assert_eq!(shown(&array(&by_table)), shown(&array(&by_filter)));
    }

    #[test]
    fn unwinding_and_pushing_gives_the_elements_back(documents in documents()) {
        let stages = bson!([
            {"$unwind": "$k"}, {"$group": {"_id": "$_id", "items": {"$push": "$k"}}},
        ]);
        let results = answer(array(&documents), stages);
        for result in results.as_array().unwrap() {
            let result = result.as_document().unwrap();
            let source = documents.iter().find(|document| document.get("_id") == result.get("_id"));
            let items = result.get("items").unwrap();
            let expected = match source.unwrap().get("k").unwrap() {
                Bson::Array(items) => Bson::Array(items.clone()),
                single => Bson::Array(vec![single.clone()]),
            };
            prop_assert_eq!(shown(items), shown(&expected));
        }
    }
}
