#![allow(
    clippy::cast_precision_loss,
    clippy::too_many_lines,
    reason = "tests go where the loss is, and through long tables"
)]

use super::*;
use crate::value::{compare_raw, encode_document, equal};
use bson::{Binary, DateTime, Timestamp, bson, doc, oid::ObjectId, spec::BinarySubtype};
use proptest::prelude::*;

fn key_of(value: &Bson, direction: Direction) -> Vec<u8> {
    let mut key = Vec::new();
    encode_key_bson(&mut key, value, direction).unwrap();
    key
}

fn decimal(text: &str) -> Bson {
    Bson::Decimal128(text.parse().unwrap())
}

/// The order of the stored forms, which is the reference.
fn order_of(left: &Bson, right: &Bson) -> Ordering {
    let (left, right) = (encode_document(&doc! {"": left}), encode_document(&doc! {"": right}));
    compare_raw(RawDoc::new(&left).get("").unwrap(), RawDoc::new(&right).get("").unwrap())
}

fn assert_same_order(left: &Bson, right: &Bson) {
    let order = order_of(left, right);
    for (direction, expected) in
        [(Direction::Ascending, order), (Direction::Descending, order.reverse())]
    {
        let (a, b) = (key_of(left, direction), key_of(right, direction));
        assert_eq!(a.cmp(&b), expected, "{left:?} {right:?} {direction:?} {a:x?} {b:x?}");
        if order != Ordering::Equal {
            assert!(!a.starts_with(&b) && !b.starts_with(&a), "{left:?} begins {right:?}");
        }
    }
}

/// One of every type and the steps between neighbours, in order.
fn landmarks() -> Vec<Bson> {
    let numbers = [
        bson!(f64::NAN),
        bson!(f64::NEG_INFINITY),
        decimal("-9.9E+6000"),
        bson!(f64::MIN),
        decimal("-1E+30"),
        Bson::Int64(i64::MIN),
        Bson::Int64(i64::MIN + 1),
        bson!(-9_007_199_254_740_994.0),
        Bson::Int64(-9_007_199_254_740_993),
        bson!(-9_007_199_254_740_992.0),
        bson!(-1.5),
        decimal("-1.25"),
        bson!(-1),
        decimal("-0.1000000000000000055511151231257828"),
        decimal("-0.1"),
        decimal("-1E-6000"),
        bson!(0),
        decimal("1E-6000"),
        decimal("2E-6000"),
        bson!(5e-324),
        decimal("0.1"),
        bson!(0.1),
        decimal("0.1000000000000000055511151231257828"),
        bson!(0.100_000_000_000_000_02),
        bson!(1),
        bson!(1.5),
        Bson::Int64(9_007_199_254_740_991),
        Bson::Int64(9_007_199_254_740_992),
        Bson::Int64(9_007_199_254_740_993),
        decimal("9007199254740993.5"),
        bson!(9_007_199_254_740_994.0),
        Bson::Int64(i64::MAX - 1),
        Bson::Int64(i64::MAX),
        bson!(9_223_372_036_854_775_808.0),
        decimal("1E+30"),
        bson!(f64::MAX),
        decimal("9.9E+6000"),
        bson!(f64::INFINITY),
    ];
    let others = [
        bson!(""),
        bson!("\0"),
        bson!("\0\0"),
        bson!("\0a"),
        bson!("a"),
        bson!("a\0"),
        bson!("a\0b"),
        bson!("a\u{1}"),
        bson!("ab"),
        bson!("文"),
        bson!("🎉"),
        bson!({}),
        bson!({"a": null}),
        bson!({"b": null}),
        bson!({"a": 1}),
        bson!({"a": 1, "b": 1}),
        bson!({"a": 2}),
        bson!({"b": 1}),
        bson!({"a": "x"}),
        bson!([]),
        bson!([null]),
        bson!([1]),
        bson!([1, 1]),
        bson!([1, "a"]),
        bson!([2]),
        bson!([[]]),
        Bson::Binary(Binary { subtype: BinarySubtype::Generic, bytes: vec![9] }),
        Bson::Binary(Binary { subtype: BinarySubtype::Uuid, bytes: vec![1] }),
        Bson::Binary(Binary { subtype: BinarySubtype::Generic, bytes: vec![0, 0] }),
        Bson::ObjectId(ObjectId::from_bytes([0; 12])),
        Bson::ObjectId(ObjectId::from_bytes([0xFF; 12])),
        bson!(false),
        bson!(true),
        Bson::DateTime(DateTime::from_millis(i64::MIN)),
        Bson::DateTime(DateTime::from_millis(-1)),
        Bson::DateTime(DateTime::from_millis(0)),
        Bson::DateTime(DateTime::from_millis(i64::MAX)),
        Bson::Timestamp(Timestamp { time: 1, increment: 2 }),
        Bson::Timestamp(Timestamp { time: 2, increment: 1 }),
        Bson::JavaScriptCode("a".into()),
        Bson::MaxKey,
    ];
    let first = [Bson::MinKey, Bson::Undefined, Bson::Null];
    first.into_iter().chain(numbers).chain(others).collect()
}

#[test]
fn landmarks_of_all_types_are_in_order() {
    let landmarks = landmarks();
    for (at, left) in landmarks.iter().enumerate() {
        for (other_at, right) in landmarks.iter().enumerate() {
            assert_eq!(order_of(left, right), at.cmp(&other_at), "{left:?} {right:?}");
            assert_same_order(left, right);
        }
    }
}

#[test]
fn equal_numbers_of_different_types_have_one_key() {
    let groups = [
        vec![bson!(1), bson!(1.0), Bson::Int64(1), decimal("1"), decimal("1.00"), decimal("10E-1")],
        vec![bson!(0), bson!(-0.0), Bson::Int64(0), decimal("0"), decimal("-0.00")],
        vec![Bson::Int64(1 << 60), bson!((1_i64 << 60) as f64), decimal("1152921504606846976")],
        vec![Bson::Int64(9_007_199_254_740_993), decimal("9007199254740993.0")],
        vec![bson!(f64::NAN), decimal("NaN")],
        vec![bson!(f64::INFINITY), decimal("Infinity")],
        vec![bson!("x"), Bson::Symbol("x".into())],
    ];
    for group in groups {
        for value in &group {
            assert_eq!(
                key_of(value, Direction::Ascending),
                key_of(&group[0], Direction::Ascending),
                "{value:?}"
            );
        }
    }
}

#[test]
fn bounds_of_a_type_hold_its_values_and_no_others() {
    let landmarks = landmarks();
    for typed in &landmarks {
        for direction in [Direction::Ascending, Direction::Descending] {
            let (low, above) = type_bounds(kind_of(typed), direction);
            for value in &landmarks {
                let key = key_of(value, direction);
                assert_eq!(
                    key >= low && key < above,
                    kind_of(value).rank() == kind_of(typed).rank(),
                    "{typed:?} {value:?}"
                );
            }
        }
    }
}

#[test]
fn a_successor_is_above_all_that_begins_with_the_key() {
    assert_eq!(successor(&[1, 2]), Some(vec![1, 3]));
    assert_eq!(successor(&[1, 0xFF, 0xFF]), Some(vec![2]));
    assert_eq!(successor(&[0xFF]), None);
    assert_eq!(successor(&[]), None);
}

#[test]
fn nesting_beyond_any_stored_document_is_refused() {
    let nested = |levels| (0..levels).fold(bson!(1), |inner, _| Bson::Array(vec![inner]));
    let mut key = Vec::new();
    assert!(encode_key_bson(&mut key, &nested(REQUEST_DEPTH_MAX), Direction::Ascending).is_ok());
    assert!(
        encode_key_bson(&mut key, &nested(REQUEST_DEPTH_MAX + 1), Direction::Ascending).is_err()
    );
}

fn arbitrary_value() -> impl Strategy<Value = Bson> {
    let decimal_text = (any::<bool>(), 0_u64..=u64::MAX, -40_i32..40)
        .prop_map(|(minus, n, e)| decimal(&format!("{}{n}E{e}", if minus { "-" } else { "" })));
    let leaf = prop_oneof![
        Just(Bson::Null),
        any::<bool>().prop_map(Bson::Boolean),
        any::<i32>().prop_map(Bson::Int32),
        (-3_i32..3).prop_map(Bson::Int32),
        any::<i64>().prop_map(Bson::Int64),
        any::<f64>().prop_map(Bson::Double),
        (-4_i32..4).prop_map(|n| Bson::Double(f64::from(n) / 2.0)),
        any::<i64>().prop_map(|n| Bson::Double(n as f64)),
        decimal_text,
        any::<i64>().prop_map(|n| decimal(&n.to_string())),
        "[ab\0文]{0,4}".prop_map(Bson::String),
        any::<i64>().prop_map(|ms| Bson::DateTime(DateTime::from_millis(ms))),
        prop::collection::vec(any::<u8>(), 0..4)
            .prop_map(|bytes| Bson::Binary(Binary { subtype: BinarySubtype::Generic, bytes })),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Bson::Array),
            prop::collection::vec(("[ab]{1,2}", inner), 0..4)
                .prop_map(|pairs| Bson::Document(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn bytes_and_values_agree_on_the_order(left in arbitrary_value(), right in arbitrary_value()) {
        assert_same_order(&left, &right);
        prop_assert_eq!(
            equal(&left, &right),
            key_of(&left, Direction::Ascending) == key_of(&right, Direction::Ascending)
        );
    }

    #[test]
    fn close_numbers_are_told_apart(base in any::<i64>(), step in -3_i64..3) {
        let near = base.saturating_add(step);
        for other in [Bson::Int64(near), Bson::Double(near as f64), decimal(&near.to_string())] {
            assert_same_order(&Bson::Int64(base), &other);
            assert_same_order(&decimal(&format!("{base}.5")), &other);
        }
    }
}
