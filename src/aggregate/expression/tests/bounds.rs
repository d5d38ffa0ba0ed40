//! What a hostile expression cannot do.

use bson::bson;
use bson::doc;

use super::evaluate;
use crate::error::ErrorKind;
use crate::limits::REQUEST_DEPTH_MAX;
use crate::value::Bson;
use crate::value::Document;

fn refusal(expression: &Bson) -> (ErrorKind, i32) {
    let error = evaluate(expression, &doc! {"s": "x".repeat(1000)}).unwrap_err();
    (error.kind(), error.mongo_code())
}

#[test]
fn large_values_are_refused_before_they_are_built() {
    let doubled = |operator: &str, start: Bson| {
        bson!({"$reduce": {"input": {"$range": [0, 60]}, "initialValue": start,
                           "in": {operator: ["$$value", "$$value"]}}})
    };
    let big = bson!({"$range": [0, 300_000]});
    for expression in [
        bson!({"$range": [0, i32::MAX]}),
        bson!({"$size": {"$range": [i32::MIN, i32::MAX]}}),
        doubled("$concat", bson!("$s")),
        doubled("$concatArrays", bson!([[1]])),
        bson!({"$map": {"input": big.clone(), "in": {"$concat": ["$s", "$s"]}}}),
        bson!({"$zip": {"inputs": [big.clone(), big.clone(), big.clone()]}}),
        bson!({"$let": {"vars": {"b": big.clone()}, "in": ["$$b", "$$b", "$$b", "$$b", "$$b"]}}),
        bson!({"$let": {"vars": {"b": big}, "in": {
            "$concatArrays": ["$$b", "$$b", "$$b", "$$b", "$$b"]}}}),
    ] {
        assert_eq!(refusal(&expression), (ErrorKind::LimitExceeded, 0), "{expression}");
    }
}

#[test]
fn a_long_reduction_is_not_charged_for_what_it_has_given_back() {
    let sum = bson!({"$reduce": {"input": {"$range": [0, 1500]}, "initialValue": "",
        "in": {"$substrCP": [{"$concat": ["$$value", "$s"]}, 0, 10]}}});
    let value = evaluate(&sum, &doc! {"s": "x".repeat(100_000)});
    assert_eq!(value, Ok(Some(bson!("xxxxxxxxxx"))));
}

#[test]
fn values_nest_no_deeper_than_bson() {
    for step in [bson!(["$$value"]), bson!({"a": "$$value"})] {
        let expression = bson!({"$reduce": {
            "input": {"$range": [0, 1000]}, "initialValue": 1, "in": step.clone()}});
        assert_eq!(refusal(&expression), (ErrorKind::Database, 15), "{step}");
    }
}

#[test]
fn expressions_nest_no_deeper_than_requests() {
    let nested =
        |levels: usize, wrap: fn(Bson) -> Bson| (0..levels).fold(bson!("$s"), |e, _| wrap(e));
    let wrappers: [fn(Bson) -> Bson; 4] = [
        |inner| bson!([inner]),
        |inner| bson!({"$not": inner}),
        |inner| bson!({"a": inner}),
        |inner| {
            let mut document = Document::new();
            document.insert("$literal", inner);
            Bson::Document(document)
        },
    ];
    for wrap in wrappers {
        assert!(evaluate(&nested(REQUEST_DEPTH_MAX, wrap), &doc! {}).is_ok());
        let error = evaluate(&nested(REQUEST_DEPTH_MAX + 1, wrap), &doc! {}).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidParam);
    }
    let lets = |levels: usize| {
        (0..levels).fold(
            bson!("$$x"),
            |inner, _| bson!({"$let": {"vars": {"x": {"$add": ["$none", 1]}}, "in": inner}}),
        )
    };
    assert!(evaluate(&lets(REQUEST_DEPTH_MAX / 2 - 4), &doc! {}).is_ok());
    assert!(evaluate(&lets(REQUEST_DEPTH_MAX), &doc! {}).is_err());
}
