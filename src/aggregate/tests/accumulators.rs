//! What each accumulator makes of the values of a group.

use super::*;
use bson::bson;

/// The values of a group as field `v` of its documents; `Undefined` stands for a missing field.
fn accumulated(operator: &str, values: Vec<Bson>) -> Bson {
    let documents: Vec<Bson> = values
        .into_iter()
        .map(|value| if value == Bson::Undefined { bson!({}) } else { bson!({"v": value}) })
        .collect();
    let stages = bson!([{"$group": {"_id": null, "r": {operator: "$v"}}}]);
    let results = answer(Bson::Array(documents), stages);
    results.as_array().unwrap()[0].as_document().unwrap().get("r").unwrap().clone()
}

fn check(operator: &str, cases: Vec<(Vec<Bson>, Bson)>) {
    for (values, expected) in cases {
        let shown = format!("{operator} of {values:?}");
        assert_eq!(accumulated(operator, values), expected, "{shown}");
    }
}

fn decimal(text: &str) -> Bson {
    Bson::Decimal128(text.parse().unwrap())
}

const MISSING: Bson = Bson::Undefined;

#[test]
fn sum() {
    check(
        "$sum",
        vec![
            (vec![bson!(1), bson!(2)], bson!(3)),
            (vec![bson!(1), Bson::Int64(2)], Bson::Int64(3)),
            (vec![bson!(i32::MAX), bson!(1)], Bson::Int64(2_147_483_648)),
            (vec![Bson::Int64(i64::MAX), bson!(1)], bson!(9_223_372_036_854_775_808.0)),
            (vec![bson!(1), bson!(0.5)], bson!(1.5)),
            (vec![bson!(0.1); 10], bson!(1.0)),
            (vec![bson!(1), decimal("0.25")], decimal("1.25")),
            (vec![bson!("x"), Bson::Null, MISSING, bson!([1]), bson!(true)], bson!(0)),
            (vec![bson!("x"), bson!(2)], bson!(2)),
        ],
    );
    assert!(matches!(
        accumulated("$sum", vec![bson!(f64::INFINITY), bson!(f64::NEG_INFINITY)]),
        Bson::Double(sum) if sum.is_nan()
    ));
}

#[test]
fn avg() {
    check(
        "$avg",
        vec![
            (vec![bson!(1), bson!(2)], bson!(1.5)),
            (vec![bson!(4), Bson::Null, MISSING, bson!("x")], bson!(4.0)),
            (vec![decimal("1"), bson!(2)], decimal("1.5")),
            (vec![Bson::Null, bson!("x")], Bson::Null),
        ],
    );
}

#[test]
fn min_and_max() {
    let mixed = || vec![bson!("a"), bson!(3), Bson::Null, MISSING, bson!([0]), bson!(true)];
    check(
        "$max",
        vec![
            (mixed(), bson!(true)),
            (vec![bson!(2), bson!(10.5), Bson::Int64(3)], bson!(10.5)),
            (vec![bson!(1), bson!(1.0)], bson!(1)),
            (vec![Bson::Null, MISSING], Bson::Null),
        ],
    );
    check(
        "$min",
        vec![
            (mixed(), bson!(3)),
            (vec![bson!(2), bson!(f64::NAN)], bson!(f64::NAN)),
            (vec![bson!(1.0), bson!(1)], bson!(1.0)),
            (vec![bson!("long text"), bson!("b")], bson!("b")),
            (vec![Bson::Null, MISSING], Bson::Null),
        ]
        .into_iter()
        .filter(|(_, expected)| !is_nan(expected))
        .collect(),
    );
    assert!(is_nan(&accumulated("$min", vec![bson!(2), bson!(f64::NAN)])));
}

fn is_nan(value: &Bson) -> bool {
    matches!(value, Bson::Double(number) if number.is_nan())
}

#[test]
fn first_and_last() {
    check(
        "$first",
        vec![
            (vec![bson!(1), bson!(2)], bson!(1)),
            (vec![MISSING, bson!(2)], Bson::Null),
            (vec![Bson::Null, bson!(2)], Bson::Null),
        ],
    );
    check(
        "$last",
        vec![
            (vec![bson!(1), bson!({"a": [2]})], bson!({"a": [2]})),
            (vec![bson!(1), MISSING], Bson::Null),
        ],
    );
}

#[test]
fn push_and_add_to_set() {
    let values =
        || vec![bson!(1), MISSING, Bson::Null, bson!(1.0), bson!([1, 2]), bson!(1), bson!("a")];
    check(
        "$push",
        vec![(values(), bson!([1, null, 1.0, [1, 2], 1, "a"])), (vec![MISSING], bson!([]))],
    );
    check(
        "$addToSet",
        vec![
            (values(), bson!([1, null, [1, 2], "a"])),
            (vec![MISSING], bson!([])),
            (
                vec![bson!({"a": 1, "b": 2}), bson!({"b": 2, "a": 1})],
                bson!([{"a": 1, "b": 2}, {"b": 2, "a": 1}]),
            ),
        ],
    );
    let stages = bson!([{"$group": {"_id": null, "r": {"$push": {"x": "$v", "y": "$w"}}}}]);
    assert_eq!(
        answer(bson!([{"v": 1}, {"w": 2}]), stages),
        bson!([{"_id": null, "r": [{"x": 1}, {"y": 2}]}])
    );
}

#[test]
fn standard_deviations() {
    check(
        "$stdDevPop",
        vec![
            (vec![bson!(84), bson!(96)], bson!(6.0)),
            (vec![bson!(5), bson!("x")], bson!(0.0)),
            (vec![bson!("x"), Bson::Null, MISSING], Bson::Null),
        ],
    );
    check(
        "$stdDevSamp",
        vec![
            (vec![bson!(80), bson!(100)], bson!(14.142_135_623_730_951)),
            (vec![bson!(80)], Bson::Null),
            (vec![], Bson::Null),
        ]
        .into_iter()
        .filter(|(values, _)| !values.is_empty())
        .collect(),
    );
}

#[test]
fn merge_objects() {
    check(
        "$mergeObjects",
        vec![
            (
                vec![bson!({"a": 1, "b": 1}), Bson::Null, MISSING, bson!({"c": 2, "a": 3})],
                bson!({"a": 3, "b": 1, "c": 2}),
            ),
            (vec![Bson::Null], bson!({})),
        ],
    );
}
