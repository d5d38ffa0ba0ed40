//! Random filters on random documents. `PROPTEST_CASES` sets how many.

use super::*;
use proptest::prelude::*;

fn keys() -> impl Strategy<Value = String> {
    prop_oneof![Just("a"), Just("b"), Just("0"), Just("1"), Just("a.b"), Just("a.0"), Just("")]
        .prop_map(str::to_owned)
}

fn operators() -> impl Strategy<Value = String> {
    let names = [
        "$eq",
        "$ne",
        "$gt",
        "$gte",
        "$lt",
        "$lte",
        "$in",
        "$nin",
        "$exists",
        "$mod",
        "$all",
        "$elemMatch",
        "$size",
        "$type",
        "$not",
        "$regex",
        "$options",
        "$and",
        "$or",
        "$nor",
        "$jsonSchema",
        "$near",
        "$nearSphere",
        "$geoWithin",
        "$geoIntersects",
        "$geometry",
        "$centerSphere",
        "$box",
        "$polygon",
        "$maxDistance",
        "$bitsAllSet",
        "$slice",
        "type",
        "coordinates",
        "properties",
        "items",
        "required",
    ];
    proptest::sample::select(names.to_vec()).prop_map(str::to_owned)
}

fn values(with_operators: bool) -> impl Strategy<Value = Bson> {
    let leaf = prop_oneof![
        Just(Bson::Null),
        Just(Bson::Undefined),
        any::<bool>().prop_map(Bson::Boolean),
        (-3..4_i32).prop_map(Bson::Int32),
        any::<i64>().prop_map(Bson::Int64),
        any::<f64>().prop_map(Bson::Double),
        "[ab^$.*+?(){}\\[\\]|0-9-]{0,6}".prop_map(Bson::String),
        Just(bson!("Polygon")),
        Just(bson!([[0, 0], [0, 2], [2, 2], [0, 0]])),
    ];
    leaf.prop_recursive(5, 40, 4, move |inner| {
        let key =
            if with_operators { prop_oneof![keys(), operators()].boxed() } else { keys().boxed() };
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Bson::Array),
            proptest::collection::vec((key, inner), 0..4)
                .prop_map(|fields| Bson::Document(fields.into_iter().collect())),
        ]
    })
}

fn documents(with_operators: bool) -> impl Strategy<Value = Document> {
    let key =
        if with_operators { prop_oneof![keys(), operators()].boxed() } else { keys().boxed() };
    proptest::collection::vec((key, values(with_operators)), 0..4)
        .prop_map(|fields| fields.into_iter().collect())
}

fn is_inside(value: &Bson, bound: &Bound) -> bool {
    use crate::value::{compare, kind_of};
    match bound {
        Bound::Points(points) => points.iter().any(|point| compare(value, point).is_eq()),
        Bound::Range { lower, upper } => {
            let class =
                |end: &Option<(Bson, bool)>| end.as_ref().map(|(end, _)| kind_of(end).rank());
            class(lower).or(class(upper)) == Some(kind_of(value).rank())
                && lower.as_ref().is_none_or(|(end, inclusive)| {
                    let order = compare(value, end);
                    order.is_gt() || (*inclusive && order.is_eq())
                })
                && upper.as_ref().is_none_or(|(end, inclusive)| {
                    let order = compare(value, end);
                    order.is_lt() || (*inclusive && order.is_eq())
                })
        }
        Bound::Prefix(prefix) => match value {
            Bson::String(text) => text.starts_with(prefix.as_str()),
            Bson::RegularExpression(_) => true,
            _ => false,
        },
        Bound::Cells(ranges) => {
            let bytes = encode_document(&doc! {"v": value.clone()});
            let raw = RawDoc::new(&bytes).get("v").unwrap();
            geo::Geometry::parse_stored(raw).is_ok_and(|geometry| {
                geo::index_cells(&geometry).iter().any(|cell| {
                    ranges.iter().any(|range| (range.first..=range.last).contains(cell))
                })
            })
        }
    }
}

proptest! {
    #[test]
    fn whatever_parses_can_be_asked(query in documents(true), document in documents(false)) {
        let bytes = encode_document(&document);
        let raw = RawDoc::new(&bytes);
        if let Ok(filter) = Filter::parse(&query, &ParseContext::default()) {
            let matched = filter.matches(raw);
            let _ = filter.positional_index(raw, &path("a"));
            if matched == Ok(true) {
                for FieldBounds { path, bound } in filter.bounds() {
                    let values: Vec<Bson> = index_values(raw, &path).into_iter().map(crate::value::to_bson).collect();
                    prop_assert!(
                        values.iter().any(|value| is_inside(value, &bound)),
                        "{} of {} outside {:?}", path.as_str(), document, bound
                    );
                }
            }
        }
        if let Ok(projection) = Projection::parse(&query, &ParseContext::default())
            && let Ok(bytes) = projection.apply(raw)
        {
            prop_assert!(crate::value::validate_document(&bytes, 100).is_ok());
        }
    }

    #[test]
    fn a_negation_answers_the_opposite(value in values(false), document in documents(false), operator in 0..6_usize) {
        let operator = ["$eq", "$gt", "$gte", "$lt", "$lte", "$in"][operator];
        let value = if operator == "$in" { bson!([value]) } else { value };
        let positive = doc! {"a": {operator: value}};
        let Ok(positive) = Filter::parse(&positive, &ParseContext::default()).map(|_| positive) else {
            return Ok(());
        };
        let operators = positive.get_document("a").unwrap().clone();
        let bytes = encode_document(&document);
        let raw = RawDoc::new(&bytes);
        let answer = filter(positive.clone()).matches(raw).unwrap();
        let negated = filter(doc! {"a": {"$not": operators}}).matches(raw).unwrap();
        let nor = filter(doc! {"$nor": [positive.clone()]}).matches(raw).unwrap();
        prop_assert_eq!((negated, nor), (!answer, !answer));
    }

    #[test]
    fn sort_keys_are_ordered(documents in proptest::collection::vec(documents(false), 3), descending: bool) {
        let sort = Sort::parse(&doc! {"a.b": if descending { -1 } else { 1 }, "b": 1}).unwrap();
        let keys: Vec<SortKey> = documents.iter().map(|document| sort.key(RawDoc::new(&encode_document(document)))).collect();
        prop_assert_eq!(keys[0].cmp(&keys[1]), keys[1].cmp(&keys[0]).reverse());
        if keys[0] <= keys[1] && keys[1] <= keys[2] {
            prop_assert!(keys[0] <= keys[2]);
        }
    }

    #[test]
    fn any_pattern_compiles_or_is_refused(pattern in "[a-c\\\\\\[\\]()?*+{}|^$.:<=!#dwsbBQE&~,0-3-]{0,16}", text in "[a-c0-3 \\n]{0,8}") {
        for options in ["", "imsx"] {
            if let Ok(pattern) = regex::compile(&pattern, options) {
                let _ = pattern.is_match(&text);
                if let (Some(prefix), Ok(true)) = (pattern.literal_prefix(), pattern.is_match(&text)) {
                    prop_assert!(text.starts_with(prefix));
                }
            }
        }
    }
}
