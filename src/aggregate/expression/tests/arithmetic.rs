//! Numbers: types, overflow, null, refusals.

#![allow(clippy::too_many_lines, reason = "tables of cases")]

use bson::bson;
use bson::doc;

use super::check;
use super::check_null;
use super::check_refused;
use super::date;
use super::decimal;
use super::long;
use crate::value::Bson;

#[test]
fn sums_keep_the_narrowest_type_that_holds_them() {
    let document = doc! {"day": date("2019-05-14T09:38:51.686Z"), "i": i32::MAX, "l": i64::MAX};
    check(
        &document,
        &[
            (bson!({"$add": []}), bson!(0)),
            (bson!({"$add": [1, 2]}), bson!(3)),
            (bson!({"$add": 5}), bson!(5)),
            (bson!({"$add": ["$i", 1]}), long(2_147_483_648)),
            (bson!({"$add": [long(1), 1]}), long(2)),
            (bson!({"$add": ["$l", 1]}), bson!(9_223_372_036_854_775_808.0)),
            (bson!({"$add": ["$l", "$l", -1]}), bson!(18_446_744_073_709_551_613.0)),
            (bson!({"$add": [1, 0.5]}), bson!(1.5)),
            (bson!({"$add": [0.1, 0.2, 0.3]}), bson!(0.6)),
            (bson!({"$add": [1e308, 1e308]}), bson!(f64::INFINITY)),
            (bson!({"$add": [f64::INFINITY, f64::NEG_INFINITY]}), bson!(f64::NAN)),
            (bson!({"$add": [decimal("0.1"), 1]}), decimal("1.1")),
            (bson!({"$add": ["$day", 1000]}), date("2019-05-14T09:38:52.686Z")),
            (bson!({"$add": [0.6, "$day"]}), date("2019-05-14T09:38:51.687Z")),
            (bson!({"$subtract": [5, 7]}), bson!(-2)),
            (bson!({"$subtract": [i32::MIN, 1]}), long(-2_147_483_649)),
            (bson!({"$subtract": [long(5), 7]}), long(-2)),
            (bson!({"$subtract": [i64::MIN, 1]}), long(i64::MAX)),
            (bson!({"$subtract": [1, 0.5]}), bson!(0.5)),
            (bson!({"$subtract": [decimal("1"), 3]}), decimal("-2")),
            (bson!({"$subtract": ["$day", 686]}), date("2019-05-14T09:38:51.000Z")),
            (bson!({"$subtract": ["$day", date("2019-05-14T09:38:50.000Z")]}), long(1686)),
            (bson!({"$multiply": []}), bson!(1)),
            (bson!({"$multiply": [3, -4]}), bson!(-12)),
            (bson!({"$multiply": ["$i", 2]}), long(4_294_967_294)),
            (bson!({"$multiply": ["$l", 2]}), bson!(18_446_744_073_709_551_614.0)),
            (bson!({"$multiply": [2, 1.5]}), bson!(3.0)),
            (bson!({"$multiply": [decimal("1.5"), 2]}), decimal("3.0")),
        ],
    );
    check_null(
        &document,
        &[
            bson!({"$add": [1, "$none"]}),
            bson!({"$add": [null, "x"]}),
            bson!({"$add": [null, {"$divide": ["$i", {"$subtract": ["$i", "$i"]}]}]}),
            bson!({"$subtract": [1, null]}),
            bson!({"$subtract": ["$none", "x"]}),
            bson!({"$multiply": ["$none", 2]}),
        ],
    );
    check_refused(
        &document,
        &[
            (
                bson!({"$add": [1, "x"]}),
                16554,
                "$add only supports numeric or date types, not string",
            ),
            (
                bson!({"$add": ["x", null]}),
                16554,
                "$add only supports numeric or date types, not string",
            ),
            (
                bson!({"$add": ["$day", "$day"]}),
                16612,
                "only one date allowed in an $add expression",
            ),
            (bson!({"$add": ["$day", "$l"]}), 15, "date overflow in $add"),
            (bson!({"$subtract": [1, "x"]}), 16556, "cant $subtract astring from a int"),
            (bson!({"$subtract": [1, "$day"]}), 16556, "cant $subtract adate from a int"),
            (bson!({"$subtract": ["$day", "x"]}), 16613, "cant $subtract a string from a Date"),
            (
                bson!({"$multiply": [1, "x"]}),
                16555,
                "$multiply only supports numeric types, not string",
            ),
        ],
    );
}

#[test]
fn quotients_and_remainders() {
    check(
        &doc! {},
        &[
            (bson!({"$divide": [5, 2]}), bson!(2.5)),
            (bson!({"$divide": [6, 2]}), bson!(3.0)),
            (
                bson!({"$divide": [decimal("1"), 3]}),
                decimal("0.3333333333333333333333333333333333"),
            ),
            (bson!({"$mod": [7, 3]}), bson!(1)),
            (bson!({"$mod": [-7, 3]}), bson!(-1)),
            (bson!({"$mod": [long(7), 3]}), long(1)),
            (bson!({"$mod": [7, 3.0]}), bson!(1)),
            (bson!({"$mod": [7.5, 2]}), bson!(1.5)),
            (bson!({"$mod": [7, 2.5]}), bson!(2.0)),
            (bson!({"$mod": [i64::MIN, -1]}), long(0)),
            (bson!({"$mod": [decimal("7.5"), 2]}), decimal("1.5")),
        ],
    );
    check_null(
        &doc! {},
        &[
            bson!({"$divide": [null, 0]}),
            bson!({"$divide": ["$none", "x"]}),
            bson!({"$mod": [1, null]}),
        ],
    );
    check_refused(
        &doc! {},
        &[
            (bson!({"$divide": [1, 0]}), 16608, "can't $divide by zero"),
            (bson!({"$divide": [1, decimal("0")]}), 16608, "can't $divide by zero"),
            (
                bson!({"$divide": ["x", 1]}),
                16609,
                "$divide only supports numeric types, not string and int",
            ),
            (bson!({"$mod": [1, 0]}), 16610, "can't $mod by zero"),
            (
                bson!({"$mod": [1, true]}),
                16611,
                "$mod only supports numeric types, not int and bool",
            ),
        ],
    );
}

#[test]
fn functions_of_one_number() {
    check(
        &doc! {},
        &[
            (bson!({"$abs": -5}), bson!(5)),
            (bson!({"$abs": i32::MIN}), long(2_147_483_648)),
            (bson!({"$abs": long(-5)}), long(5)),
            (bson!({"$abs": -1.5}), bson!(1.5)),
            (bson!({"$abs": decimal("-1.50")}), decimal("1.50")),
            (bson!({"$ceil": 7.2}), bson!(8.0)),
            (bson!({"$ceil": -2.8}), bson!(-2.0)),
            (bson!({"$ceil": 5}), bson!(5)),
            (bson!({"$ceil": decimal("1.1")}), decimal("2")),
            (bson!({"$floor": -3.2}), bson!(-4.0)),
            (bson!({"$floor": decimal("-1.1")}), decimal("-2")),
            (bson!({"$trunc": -4.94}), bson!(-4.0)),
            (bson!({"$trunc": [7.8]}), bson!(7.0)),
            (bson!({"$trunc": long(3)}), long(3)),
            (bson!({"$trunc": decimal("-1.9")}), decimal("-1")),
            (bson!({"$sqrt": [4]}), bson!(2.0)),
            (bson!({"$sqrt": f64::NAN}), bson!(f64::NAN)),
            (bson!({"$sqrt": decimal("9")}), decimal("3")),
            (bson!({"$exp": 0}), bson!(1.0)),
            (bson!({"$exp": 1}), bson!(std::f64::consts::E)),
            (bson!({"$ln": 1}), bson!(0.0)),
            (bson!({"$log10": 100}), bson!(2.0)),
            (bson!({"$log": [8, 2]}), bson!(3.0)),
            (bson!({"$pow": [5, 2]}), bson!(25)),
            (bson!({"$pow": [5, 0]}), bson!(1)),
            (bson!({"$pow": [5, -2]}), bson!(0.04)),
            (bson!({"$pow": [-1, -5]}), bson!(-1)),
            (bson!({"$pow": [2, 31]}), long(2_147_483_648)),
            (bson!({"$pow": [2, 64]}), bson!(18_446_744_073_709_551_616.0)),
            (bson!({"$pow": [long(2), 2]}), long(4)),
            (bson!({"$pow": [-5, 0.5]}), bson!(f64::NAN)),
            (bson!({"$pow": [decimal("1.5"), 2]}), decimal("2.25")),
        ],
    );
    for name in ["$abs", "$ceil", "$floor", "$trunc", "$sqrt", "$exp", "$ln", "$log10"] {
        check_null(&doc! {}, &[bson!({name: null}), bson!({name: "$none"})]);
        let text = format!("{name} only supports numeric types, not string");
        check_refused(&doc! {}, &[(bson!({name: "x"}), 28765, &text)]);
    }
    check_null(&doc! {}, &[bson!({"$pow": [null, "x"]}), bson!({"$log": ["$none", 2]})]);
    check_refused(
        &doc! {},
        &[
            (bson!({"$abs": i64::MIN}), 28680, "can't take $abs of long long min"),
            (bson!({"$sqrt": -1}), 28714, "$sqrt's argument must be greater than or equal to 0"),
            (bson!({"$ln": 0}), 28766, "$ln's argument must be a positive number, but is 0"),
            (
                bson!({"$log10": -1.5}),
                28761,
                "$log10's argument must be a positive number, but is -1.5",
            ),
            (bson!({"$log": [0, 2]}), 28758, "$log's argument must be a positive number, but is 0"),
            (
                bson!({"$log": [2, 1]}),
                28759,
                "$log's base must be a positive number not equal to 1, but is 1",
            ),
            (bson!({"$log": ["x", 1]}), 28756, "$log's argument must be numeric, not string"),
            (bson!({"$log": [1, "x"]}), 28757, "$log's base must be numeric, not string"),
            (
                bson!({"$pow": [0, -1]}),
                28764,
                "$pow cannot take a base of 0 and a negative exponent",
            ),
            (bson!({"$pow": ["x", 1]}), 28762, "$pow's base must be numeric, not string"),
            (bson!({"$pow": [1, "x"]}), 28763, "$pow's exponent must be numeric, not string"),
        ],
    );
}

#[test]
fn accumulations_over_one_document() {
    let document = doc! {
        "homework": [10, 5, 10], "quiz": [10, 8], "extra": 0, "n": Bson::Null,
        "scores": [{"a": 1, "b": 2}, {"a": 3}], "pair": [84, 96], "sample": [80, 100],
    };
    check(
        &document,
        &[
            (bson!({"$sum": "$homework"}), bson!(25)),
            (bson!({"$sum": ["$extra", "x", 2.5, "$none"]}), bson!(2.5)),
            (bson!({"$sum": ["$homework", "$quiz"]}), bson!(0)),
            (bson!({"$sum": "$scores.a"}), bson!(4)),
            (bson!({"$sum": "x"}), bson!(0)),
            (bson!({"$sum": [i32::MAX, 1]}), long(2_147_483_648)),
            (bson!({"$sum": [long(1), 1]}), long(2)),
            (bson!({"$sum": [0.1, 0.2]}), bson!(0.300_000_000_000_000_04)),
            (bson!({"$sum": [decimal("0.1"), 1]}), decimal("1.1")),
            (bson!({"$avg": "$quiz"}), bson!(9.0)),
            (bson!({"$avg": [1, "x", 2]}), bson!(1.5)),
            (bson!({"$avg": [decimal("1"), 2]}), decimal("1.5")),
            (bson!({"$max": "$quiz"}), bson!(10)),
            (bson!({"$max": ["$extra", "x", null]}), bson!("x")),
            (bson!({"$min": ["$extra", "$none", null, -1.5]}), bson!(-1.5)),
            (bson!({"$stdDevPop": "$pair"}), bson!(6.0)),
            (bson!({"$stdDevPop": [5]}), bson!(0.0)),
            (bson!({"$stdDevSamp": "$sample"}), bson!(14.142_135_623_730_951)),
            (
                bson!({"$mergeObjects": [{"a": 1, "b": 1}, null, "$none", {"b": 2}]}),
                bson!({"a": 1, "b": 2}),
            ),
            (bson!({"$mergeObjects": "$scores"}), bson!({"a": 3, "b": 2})),
            (bson!({"$mergeObjects": "$none"}), bson!({})),
        ],
    );
    check_null(
        &document,
        &[
            bson!({"$avg": "x"}),
            bson!({"$avg": "$none"}),
            bson!({"$max": "$n"}),
            bson!({"$min": []}),
            bson!({"$stdDevPop": "x"}),
            bson!({"$stdDevSamp": [1]}),
        ],
    );
    check_refused(
        &document,
        &[(
            bson!({"$mergeObjects": [{}, "x"]}),
            40400,
            "$mergeObjects requires object inputs, but input \"x\" is of type string",
        )],
    );
}
