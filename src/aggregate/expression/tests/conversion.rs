//! `$convert` and its short forms.

#![allow(clippy::too_many_lines, reason = "tables of cases")]

use bson::bson;
use bson::doc;
use bson::oid::ObjectId;

use super::check;
use super::check_null;
use super::check_refused;
use super::date;
use super::decimal;
use super::long;
use crate::value::Bson;

#[test]
fn converts_between_types() {
    let id = ObjectId::parse_str("5ab9cbfa31c2ab715d42129e").unwrap();
    let document = doc! {"id": id, "day": date("2018-03-27T04:08:58.000Z")};
    check(
        &document,
        &[
            (bson!({"$toBool": 0.5}), bson!(true)),
            (bson!({"$toBool": 0}), bson!(false)),
            (bson!({"$toBool": "false"}), bson!(true)),
            (bson!({"$toBool": "$day"}), bson!(true)),
            (bson!({"$toBool": [[]]}), bson!(true)),
            (bson!({"$toInt": "-5"}), bson!(-5)),
            (bson!({"$toInt": 5.9}), bson!(5)),
            (bson!({"$toInt": true}), bson!(1)),
            (bson!({"$toInt": decimal("-5.5")}), bson!(-5)),
            (bson!({"$toInt": ["7"]}), bson!(7)),
            (bson!({"$toLong": "9223372036854775807"}), long(i64::MAX)),
            (bson!({"$toLong": "$day"}), long(1_522_123_738_000)),
            (bson!({"$toLong": -1.9}), long(-1)),
            (bson!({"$toDouble": "1.5e3"}), bson!(1500.0)),
            (bson!({"$toDouble": "$day"}), bson!(1_522_123_738_000.0)),
            (bson!({"$toDouble": false}), bson!(0.0)),
            (bson!({"$toDouble": decimal("1.5")}), bson!(1.5)),
            (bson!({"$toDecimal": 2.5}), decimal("2.50000000000000")),
            (bson!({"$toDecimal": "1.25"}), decimal("1.25")),
            (bson!({"$toDecimal": long(7)}), decimal("7")),
            (bson!({"$toDecimal": true}), decimal("1")),
            (bson!({"$toString": true}), bson!("true")),
            (bson!({"$toString": 1.0}), bson!("1")),
            (bson!({"$toString": 0.1}), bson!("0.1")),
            (bson!({"$toString": -0.0}), bson!("-0")),
            (bson!({"$toString": f64::NAN}), bson!("NaN")),
            (bson!({"$toString": f64::NEG_INFINITY}), bson!("-Infinity")),
            (bson!({"$toString": "$id"}), bson!("5ab9cbfa31c2ab715d42129e")),
            (bson!({"$toString": "$day"}), bson!("2018-03-27T04:08:58.000Z")),
            (bson!({"$toString": decimal("1.50")}), bson!("1.50")),
            (bson!({"$toDate": long(1000)}), date("1970-01-01T00:00:01.000Z")),
            (bson!({"$toDate": 1000.9}), date("1970-01-01T00:00:01.000Z")),
            (bson!({"$toDate": "2018-03-27"}), date("2018-03-27T00:00:00.000Z")),
            (bson!({"$toDate": "$id"}), date("2018-03-27T04:43:38.000Z")),
            (bson!({"$toObjectId": "5ab9cbfa31c2ab715d42129e"}), Bson::ObjectId(id)),
            (bson!({"$convert": {"input": "12", "to": 16}}), bson!(12)),
            (bson!({"$convert": {"input": "x", "to": "int", "onError": "bad"}}), bson!("bad")),
            (bson!({"$convert": {"input": "$none", "to": "int", "onNull": 0}}), bson!(0)),
            (bson!({"$convert": {"input": 1, "to": {"$concat": ["bo", "ol"]}}}), bson!(true)),
            (bson!({"$convert": {"input": [1], "to": "missing", "onError": 1}}), bson!(1)),
        ],
    );
    for name in [
        "$toBool",
        "$toInt",
        "$toLong",
        "$toDouble",
        "$toDecimal",
        "$toString",
        "$toDate",
        "$toObjectId",
    ] {
        check_null(&document, &[bson!({name: null}), bson!({name: "$none"})]);
    }
    check_null(&document, &[bson!({"$convert": {"input": 1, "to": null}})]);
}

#[test]
fn refuses_conversions_that_fail() {
    check_refused(
        &doc! {},
        &[
            (
                bson!({"$toInt": "1.5"}),
                241,
                "Failed to parse number '1.5' in $convert with no onError value: \
          Bad digit \".\" while parsing 1.5",
            ),
            (
                bson!({"$toInt": ""}),
                241,
                "Failed to parse number '' in $convert with no onError value: No digits",
            ),
            (
                bson!({"$toInt": "0x1"}),
                241,
                "Illegal hexadecimal input in $convert with no onError value: 0x1",
            ),
            (
                bson!({"$toInt": "99999999999"}),
                241,
                "Failed to parse number '99999999999' in $convert with no onError value: Overflow",
            ),
            (
                bson!({"$toLong": "-9223372036854775809"}),
                241,
                "Failed to parse number '-9223372036854775809' in $convert with no onError value: \
          Underflow",
            ),
            (
                bson!({"$toInt": 3e10}),
                241,
                "Conversion would overflow target type in $convert with no onError value: 30000000000",
            ),
            (
                bson!({"$toInt": long(3_000_000_000)}),
                241,
                "Conversion would overflow target type in $convert with no onError value: ",
            ),
            (
                bson!({"$toInt": f64::NAN}),
                241,
                "Attempt to convert NaN value to integer type in $convert with no onError value",
            ),
            (
                bson!({"$toLong": f64::INFINITY}),
                241,
                "Attempt to convert infinity value to integer type in $convert with no onError value",
            ),
            (
                bson!({"$toLong": decimal("1E+30")}),
                241,
                "Conversion would overflow target type in $convert with no onError value: 1E+30",
            ),
            (
                bson!({"$toDouble": "abc"}),
                241,
                "Failed to parse number 'abc' in $convert with no onError value: \
          Did not consume whole number.",
            ),
            (
                bson!({"$toDouble": decimal("1E+400")}),
                241,
                "Conversion would overflow target type in $convert with no onError value: 1E+400",
            ),
            (
                bson!({"$toDecimal": "abc"}),
                241,
                "Failed to parse number 'abc' in $convert with no onError value: \
          Failed to parse string to decimal",
            ),
            (
                bson!({"$toDate": 5}),
                241,
                "Unsupported conversion from int to date in $convert with no onError value",
            ),
            (
                bson!({"$toObjectId": "x"}),
                241,
                "Failed to parse objectId 'x' in $convert with no onError value: \
          Invalid string length for parsing to OID, expected 24 but found 1",
            ),
            (
                bson!({"$toObjectId": "zzzzzzzzzzzzzzzzzzzzzzzz"}),
                241,
                "Failed to parse objectId 'zzzzzzzzzzzzzzzzzzzzzzzz' in $convert with no onError value: \
          Invalid character found in hex string",
            ),
            (
                bson!({"$toString": [[1]]}),
                241,
                "Unsupported conversion from array to string in $convert with no onError value",
            ),
            (bson!({"$toInt": [1, 2]}), 50723, "$toInt requires a single argument, got 2"),
            (
                bson!({"$convert": 1}),
                9,
                "$convert expects an object of named arguments but found: int",
            ),
            (bson!({"$convert": {"x": 1}}), 9, "$convert found an unknown argument: x"),
            (bson!({"$convert": {"to": 1}}), 9, "Missing 'input' parameter to $convert"),
            (bson!({"$convert": {"input": 1}}), 9, "Missing 'to' parameter to $convert"),
            (bson!({"$convert": {"input": 1, "to": "foo"}}), 2, "Unknown type name: foo"),
            (
                bson!({"$convert": {"input": 1, "to": 1.5}}),
                9,
                "In $convert, numeric 'to' argument is not an integer",
            ),
            (
                bson!({"$convert": {"input": 1, "to": 20, "onError": 1}}),
                9,
                "In $convert, numeric value for 'to' does not correspond to a BSON type: 20",
            ),
            (
                bson!({"$convert": {"input": 1, "to": [1]}}),
                9,
                "$convert's 'to' argument must be a string or number, but is array",
            ),
        ],
    );
}
