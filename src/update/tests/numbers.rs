//! `$inc`, `$mul`, `$bit`.

use bson::{Bson, doc};

use super::{Changed, Refused, Same, check, decimal};

#[test]
fn inc_keeps_the_narrowest_type_that_holds_the_sum() {
    check([
        (doc! {"a": 1}, doc! {"$inc": {"a": 2}}, Changed(doc! {"a": 3})),
        (doc! {"a": 1}, doc! {"$inc": {"a": -2}}, Changed(doc! {"a": -1})),
        (doc! {}, doc! {"$inc": {"a": 2}}, Changed(doc! {"a": 2})),
        (doc! {}, doc! {"$inc": {"a.b": 2_i64}}, Changed(doc! {"a": {"b": 2_i64}})),
        (doc! {"a": 1}, doc! {"$inc": {"a": 0}}, Same),
        (doc! {"a": 1}, doc! {"$inc": {"a": 0.0}}, Changed(doc! {"a": 1.0})),
        (doc! {"a": 1.5}, doc! {"$inc": {"a": 0}}, Same),
        (doc! {"a": 1}, doc! {"$inc": {"a": 1.5}}, Changed(doc! {"a": 2.5})),
        (doc! {"a": 1.5}, doc! {"$inc": {"a": 1}}, Changed(doc! {"a": 2.5})),
        (doc! {"a": 1}, doc! {"$inc": {"a": 1_i64}}, Changed(doc! {"a": 2_i64})),
        (doc! {"a": 1_i64}, doc! {"$inc": {"a": 1}}, Changed(doc! {"a": 2_i64})),
        (doc! {"a": i32::MAX}, doc! {"$inc": {"a": 1}}, Changed(doc! {"a": 2_147_483_648_i64})),
        (doc! {"a": i32::MIN}, doc! {"$inc": {"a": -1}}, Changed(doc! {"a": -2_147_483_649_i64})),
        (
            doc! {"a": i64::MAX},
            doc! {"$inc": {"a": 1.0}},
            Changed(doc! {"a": 9_223_372_036_854_775_808.0}),
        ),
        (doc! {"a": 1}, doc! {"$inc": {"a": decimal("0.5")}}, Changed(doc! {"a": decimal("1.5")})),
        (doc! {"a": decimal("0.5")}, doc! {"$inc": {"a": 2}}, Changed(doc! {"a": decimal("2.5")})),
        (
            doc! {"a": decimal("0.5")},
            doc! {"$inc": {"a": 0.1}},
            Changed(doc! {"a": decimal("0.600000000000000")}),
        ),
        (doc! {"a": decimal("1.0")}, doc! {"$inc": {"a": 0}}, Same),
        (
            doc! {"a": {"b": 1, "c": 2}},
            doc! {"$inc": {"a.b": 1}},
            Changed(doc! {"a": {"b": 2, "c": 2}}),
        ),
        (doc! {"a": [1, 2]}, doc! {"$inc": {"a.1": 1}}, Changed(doc! {"a": [1, 3]})),
    ]);
}

#[test]
fn decimals_round_to_34_digits_and_never_fail() {
    let nines = "9999999999999999999999999999999999";
    let sum = |left: &str, right: Bson, expected: &str| {
        (
            doc! {"a": decimal(left)},
            doc! {"$inc": {"a": right}},
            Changed(doc! {"a": decimal(expected)}),
        )
    };
    check([
        sum(nines, 1.into(), "1.000000000000000000000000000000000E+34"),
        sum("1E+3", 1_i64.into(), "1001"),
        sum("-1.50", decimal("1.5"), "0.00"),
        sum("9.999999999999999999999999999999999E+6144", decimal("1E+6144"), "Infinity"),
        sum("Infinity", decimal("-Infinity"), "NaN"),
        (
            doc! {"a": i64::MAX},
            doc! {"$mul": {"a": decimal("10")}},
            Changed(doc! {"a": decimal("92233720368547758070")}),
        ),
    ]);
}

#[test]
fn inc_and_mul_refuse() {
    check([
        (
            doc! {"_id": "x", "f": "1"},
            doc! {"$inc": {"f": 1}},
            Refused(
                14,
                "Cannot apply $inc to a value of non-numeric type. {_id: \"x\"} has the field 'f' of non-numeric type string",
            ),
        ),
        (
            doc! {"_id": 1, "f": null},
            doc! {"$inc": {"f": 1}},
            Refused(
                14,
                "Cannot apply $inc to a value of non-numeric type. {_id: 1} has the field 'f' of non-numeric type null",
            ),
        ),
        (
            doc! {"_id": 1, "a": {"f": true}},
            doc! {"$mul": {"a.f": 1}},
            Refused(
                14,
                "Cannot apply $mul to a value of non-numeric type. {_id: 1} has the field 'f' of non-numeric type bool",
            ),
        ),
        (
            doc! {},
            doc! {"$inc": {"f": "1"}},
            Refused(14, "Cannot increment with non-numeric argument: {f: \"1\"}"),
        ),
        (
            doc! {},
            doc! {"$inc": {"f.g": {}}},
            Refused(14, "Cannot increment with non-numeric argument: {f.g: {}}"),
        ),
        (
            doc! {},
            doc! {"$mul": {"f": null}},
            Refused(14, "Cannot multiply with non-numeric argument: {f: null}"),
        ),
        (
            doc! {"_id": "x", "f": i64::MAX},
            doc! {"$inc": {"f": 1}},
            Refused(
                2,
                "Failed to apply $inc operations to current value ((NumberLong)9223372036854775807) for document {_id: \"x\"}",
            ),
        ),
        (
            doc! {"_id": "x", "f": 42},
            doc! {"$inc": {"f": i64::MAX}},
            Refused(
                2,
                "Failed to apply $inc operations to current value ((NumberInt)42) for document {_id: \"x\"}",
            ),
        ),
        (
            doc! {"_id": "x", "f": i64::MAX},
            doc! {"$mul": {"f": 2}},
            Refused(
                2,
                "Failed to apply $mul operations to current value ((NumberLong)9223372036854775807) for document {_id: \"x\"}",
            ),
        ),
        (
            doc! {"f": 1},
            doc! {"$inc": {"f.g": 1}},
            Refused(28, "Cannot create field 'g' in element {f: 1}"),
        ),
        (
            doc! {"_id": 1},
            doc! {"$inc": {"_id": 1}},
            Refused(
                66,
                "Performing an update on the path '_id' would modify the immutable field '_id'",
            ),
        ),
        (doc! {"_id": 1}, doc! {"$inc": {"_id": 0}}, Same),
    ]);
}

#[test]
fn mul_multiplies_and_creates_zero_of_the_operands_type() {
    check([
        (doc! {"a": 3}, doc! {"$mul": {"a": 2}}, Changed(doc! {"a": 6})),
        (doc! {"a": 3}, doc! {"$mul": {"a": 1}}, Same),
        (doc! {"a": 3}, doc! {"$mul": {"a": 1_i64}}, Changed(doc! {"a": 3_i64})),
        (doc! {"a": 3}, doc! {"$mul": {"a": 0.5}}, Changed(doc! {"a": 1.5})),
        (
            doc! {"a": 1_000_000},
            doc! {"$mul": {"a": 1_000_000}},
            Changed(doc! {"a": 1_000_000_000_000_i64}),
        ),
        (doc! {}, doc! {"$mul": {"a": 5}}, Changed(doc! {"a": 0})),
        (doc! {}, doc! {"$mul": {"a": 5_i64}}, Changed(doc! {"a": 0_i64})),
        (doc! {}, doc! {"$mul": {"a": 5.5}}, Changed(doc! {"a": 0.0})),
        (doc! {}, doc! {"$mul": {"a": decimal("5")}}, Changed(doc! {"a": decimal("0")})),
        (doc! {"a": decimal("1.5")}, doc! {"$mul": {"a": 2}}, Changed(doc! {"a": decimal("3.0")})),
    ]);
}

#[test]
fn bit_works_on_integers() {
    check([
        (doc! {"a": 13}, doc! {"$bit": {"a": {"and": 10}}}, Changed(doc! {"a": 8})),
        (doc! {"a": 3}, doc! {"$bit": {"a": {"or": 5}}}, Changed(doc! {"a": 7})),
        (doc! {"a": 1}, doc! {"$bit": {"a": {"xor": 5}}}, Changed(doc! {"a": 4})),
        (doc! {"a": 3}, doc! {"$bit": {"a": {"and": 3}}}, Same),
        (doc! {"a": 3}, doc! {"$bit": {"a": {"and": 3_i64}}}, Changed(doc! {"a": 3_i64})),
        (
            doc! {"a": 1_i64 << 40},
            doc! {"$bit": {"a": {"or": 1}}},
            Changed(doc! {"a": (1_i64 << 40) | 1}),
        ),
        (doc! {"a": 0}, doc! {"$bit": {"a": {"or": 6, "and": 12}}}, Changed(doc! {"a": 4})),
        (doc! {}, doc! {"$bit": {"a": {"or": 6}}}, Changed(doc! {"a": 6})),
        (doc! {}, doc! {"$bit": {"a": {"and": 6}}}, Changed(doc! {"a": 0})),
        (doc! {}, doc! {"$bit": {"a": {"xor": 6_i64}}}, Changed(doc! {"a": 6_i64})),
    ]);
}

#[test]
fn bit_refuses() {
    check([
        (
            doc! {"_id": 1, "a": 1.5},
            doc! {"$bit": {"a": {"or": 1}}},
            Refused(
                2,
                "Cannot apply $bit to a value of non-integral type._id: 1 has the field a of non-integer type double",
            ),
        ),
        (
            doc! {"_id": 1, "a": "x"},
            doc! {"$bit": {"a": {"or": 1}}},
            Refused(
                2,
                "Cannot apply $bit to a value of non-integral type._id: 1 has the field a of non-integer type string",
            ),
        ),
        (
            doc! {},
            doc! {"$bit": {"a": 1}},
            Refused(
                2,
                "The $bit modifier is not compatible with a int. You must pass in an embedded document: {$bit: {field: {and/or/xor: #}}",
            ),
        ),
        (
            doc! {},
            doc! {"$bit": {"a": {}}},
            Refused(
                2,
                "You must pass in at least one bitwise operation. The format is: {$bit: {field: {and/or/xor: #}}",
            ),
        ),
        (
            doc! {},
            doc! {"$bit": {"a": {"not": 1}}},
            Refused(
                2,
                "The $bit modifier only supports 'and', 'or', and 'xor', not 'not' which is an unknown operator: {not: 1}",
            ),
        ),
        (
            doc! {},
            doc! {"$bit": {"a": {"or": 1.0}}},
            Refused(
                2,
                "The $bit modifier field must be an Integer(32/64 bit); a 'double' is not supported here: {or: 1.0}",
            ),
        ),
        (
            doc! {},
            doc! {"$bit": {"a": {"or": Bson::Null}}},
            Refused(
                2,
                "The $bit modifier field must be an Integer(32/64 bit); a 'null' is not supported here: {or: null}",
            ),
        ),
    ]);
}
