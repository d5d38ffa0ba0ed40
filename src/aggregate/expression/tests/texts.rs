//! Operators on text.

#![allow(clippy::too_many_lines, reason = "tables of cases")]

use bson::bson;
use bson::doc;

use super::check;
use super::check_null;
use super::check_refused;
use super::date;

#[test]
fn joins_cuts_and_measures() {
    let document = doc! {"s": "db.collection", "zh": "心谭", "n": bson::Bson::Null};
    check(
        &document,
        &[
            (bson!({"$concat": ["a", "-", "$s"]}), bson!("a-db.collection")),
            (bson!({"$concat": []}), bson!("")),
            (bson!({"$split": ["a-b-c", "-"]}), bson!(["a", "b", "c"])),
            (bson!({"$split": ["abc", "x"]}), bson!(["abc"])),
            (bson!({"$split": ["", "x"]}), bson!([""])),
            (bson!({"$split": ["-a-", "-"]}), bson!(["", "a", ""])),
            (bson!({"$strLenBytes": "$zh"}), bson!(6)),
            (bson!({"$strLenCP": "$zh"}), bson!(2)),
            (bson!({"$strLenCP": ""}), bson!(0)),
            (bson!({"$toLower": "AbÉ"}), bson!("abÉ")),
            (bson!({"$toUpper": "abé"}), bson!("ABé")),
            (bson!({"$toUpper": "$none"}), bson!("")),
            (bson!({"$toLower": null}), bson!("")),
            (bson!({"$toLower": 1.5}), bson!("1.5")),
            (bson!({"$toLower": 1e21}), bson!("1e+21")),
            (
                bson!({"$toLower": date("2019-05-14T09:38:51.686Z")}),
                bson!("2019-05-14t09:38:51.686z"),
            ),
            (bson!({"$strcasecmp": ["abc", "ABC"]}), bson!(0)),
            (bson!({"$strcasecmp": ["a", "B"]}), bson!(-1)),
            (bson!({"$strcasecmp": ["b", null]}), bson!(1)),
            (bson!({"$substr": ["$s", 3, 4]}), bson!("coll")),
            (bson!({"$substr": ["$s", 3, -1]}), bson!("collection")),
            (bson!({"$substrBytes": ["$s", 100, 2]}), bson!("")),
            (bson!({"$substrBytes": ["$zh", 3, 3]}), bson!("谭")),
            (bson!({"$substrBytes": ["$none", 0, 3]}), bson!("")),
            (bson!({"$substrBytes": [12345, 1, 2]}), bson!("23")),
            (bson!({"$substrCP": ["$zh", 1, 5]}), bson!("谭")),
            (bson!({"$substrCP": ["$none", 0, 1]}), bson!("")),
            (bson!({"$substrCP": ["abc", 5, 1]}), bson!("")),
            (bson!({"$substr": ["abc", -1, 1]}), bson!("")),
            (bson!({"$substrCP": ["abc", -1, 1]}), bson!("")),
            (bson!({"$substrCP": ["abc", 1, -1]}), bson!("bc")),
            (bson!({"$indexOfBytes": ["$zh", "谭"]}), bson!(3)),
            (bson!({"$indexOfCP": ["$zh", "谭"]}), bson!(1)),
            (bson!({"$indexOfCP": ["cafeteria", "e", 4]}), bson!(5)),
            (bson!({"$indexOfCP": ["abc", "c", 0, 2]}), bson!(-1)),
            (bson!({"$indexOfBytes": ["abc", "bc", 0, 2]}), bson!(-1)),
            (bson!({"$indexOfCP": ["abc", "bc", 0, 2]}), bson!(1)),
            (bson!({"$indexOfBytes": ["abc", "", 3]}), bson!(3)),
            (bson!({"$indexOfBytes": ["abc", "a", 5]}), bson!(-1)),
            (bson!({"$indexOfBytes": ["abc", "a", 2, 1]}), bson!(-1)),
            (bson!({"$indexOfCP": ["", ""]}), bson!(0)),
            (bson!({"$trim": {"input": " \u{0}\tab c\u{a0}\n"}}), bson!("ab c")),
            (bson!({"$ltrim": {"input": "  ab  "}}), bson!("ab  ")),
            (bson!({"$rtrim": {"input": "  ab  "}}), bson!("  ab")),
            (bson!({"$trim": {"input": "心ab谭心", "chars": "谭心"}}), bson!("ab")),
            (bson!({"$trim": {"input": " x ", "chars": ""}}), bson!(" x ")),
        ],
    );
    check_null(
        &document,
        &[
            bson!({"$concat": ["a", "$none"]}),
            bson!({"$concat": [null, 1]}),
            bson!({"$split": ["$n", "-"]}),
            bson!({"$split": ["a", null]}),
            bson!({"$indexOfBytes": ["$none", 1]}),
            bson!({"$indexOfCP": [null, "a"]}),
            bson!({"$trim": {"input": "$none"}}),
            bson!({"$trim": {"input": "a", "chars": null}}),
        ],
    );
}

#[test]
fn refuses_what_is_no_text() {
    check_refused(
        &doc! {"zh": "心谭"},
        &[
            (bson!({"$concat": ["a", 1]}), 16702, "$concat only supports strings, not int"),
            (
                bson!({"$split": [1, "a"]}),
                40085,
                "$split requires an expression that evaluates to a string as a first argument, found: int",
            ),
            (
                bson!({"$split": ["a", 1]}),
                40086,
                "$split requires an expression that evaluates to a string as a second argument, \
          found: int",
            ),
            (bson!({"$split": ["a", ""]}), 40087, "$split requires a non-empty separator"),
            (
                bson!({"$strLenBytes": null}),
                34473,
                "$strLenBytes requires a string argument, found: null",
            ),
            (
                bson!({"$strLenCP": "$none"}),
                34471,
                "$strLenCP requires a string argument, found: missing",
            ),
            (bson!({"$toLower": true}), 16007, "can't convert from BSON type bool to String"),
            (
                bson!({"$substr": ["a", "x", 1]}),
                16034,
                "$substrBytes:  starting index must be a numeric type (is BSON type string)",
            ),
            (
                bson!({"$substr": ["a", 1, null]}),
                16035,
                "$substrBytes:  length must be a numeric type (is BSON type null)",
            ),
            (
                bson!({"$substr": ["a", 1]}),
                16020,
                "Expression $substrBytes takes exactly 3 arguments. 2 were passed in.",
            ),
            (
                bson!({"$substrBytes": ["$zh", 1, 1]}),
                28656,
                "$substrBytes:  Invalid range, starting index is a UTF-8 continuation byte.",
            ),
            (
                bson!({"$substrBytes": ["$zh", 0, 4]}),
                28657,
                "$substrBytes:  Invalid range, ending index is in the middle of a UTF-8 character.",
            ),
            (
                bson!({"$substrCP": ["a", "x", 1]}),
                34450,
                "$substrCP: starting index must be a numeric type (is BSON type string)",
            ),
            (
                bson!({"$substrCP": ["a", 0.5, 1]}),
                34451,
                "$substrCP: starting index cannot be represented as a 32-bit integral value: 0.5",
            ),
            (
                bson!({"$substrCP": ["a", 0, "x"]}),
                34452,
                "$substrCP: length must be a numeric type (is BSON type string)",
            ),
            (
                bson!({"$substrCP": ["a", 0, 0.5]}),
                34453,
                "$substrCP: length cannot be represented as a 32-bit integral value: 0.5",
            ),
            (
                bson!({"$indexOfBytes": [1, "a"]}),
                40091,
                "$indexOfBytes requires a string as the first argument, found: int",
            ),
            (
                bson!({"$indexOfBytes": ["a", null]}),
                40092,
                "$indexOfBytes requires a string as the second argument, found: null",
            ),
            (
                bson!({"$indexOfCP": [1, "a"]}),
                40093,
                "$indexOfCP requires a string as the first argument, found: int",
            ),
            (
                bson!({"$indexOfCP": ["a", 1]}),
                40094,
                "$indexOfCP requires a string as the second argument, found: int",
            ),
            (
                bson!({"$indexOfCP": ["a", "a", "x"]}),
                40096,
                "$indexOfCPrequires an integral starting index, found a value of type: string, \
          with value: \"x\"",
            ),
            (
                bson!({"$indexOfCP": ["a", "a", 0, -1]}),
                40097,
                "$indexOfCP requires a nonnegative ending index, found: -1",
            ),
            (
                bson!({"$trim": "x"}),
                50696,
                "$trim only supports an object as an argument, found string",
            ),
            (bson!({"$ltrim": {"x": 1}}), 50694, "$ltrim found an unknown argument: x"),
            (bson!({"$rtrim": {"chars": "a"}}), 50695, "$rtrim requires an 'input' field"),
            (
                bson!({"$trim": {"input": 1}}),
                50699,
                "$trim requires its input to be a string, got 1 (of type int) instead.",
            ),
            (
                bson!({"$trim": {"input": "a", "chars": [1]}}),
                50700,
                "$trim requires 'chars' to be a string, got [1] (of type array) instead.",
            ),
        ],
    );
}
