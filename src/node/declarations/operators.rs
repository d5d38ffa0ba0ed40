//! `db.command.aggregate`: operators for pipelines and `_.expr`.

use crate::node::declarations::{Block, block};

pub const BLOCKS: &[Block] = &[block(
    "export interface DatabaseAggregation",
    "MongoDB 4.0's operators. Each takes one argument: several operands go into an array, \
     `$.add(['$a', '$b'])`. Only `neq` has another name there (`$ne`).",
    &[
        ("pipeline(): Pipeline", "A pipeline for `lookup({ pipeline })`."),
        ("abs(val?: any): DatabaseAggregateCommand", "Absolute value."),
        (
            "add(val?: any): DatabaseAggregateCommand",
            "Sum of numbers: `[a, b]`; a date plus milliseconds gives a date.",
        ),
        ("ceil(val?: any): DatabaseAggregateCommand", "Rounds up."),
        ("divide(val?: any): DatabaseAggregateCommand", "`[dividend, divisor]`."),
        ("exp(val?: any): DatabaseAggregateCommand", "e to this power."),
        ("floor(val?: any): DatabaseAggregateCommand", "Rounds down."),
        ("ln(val?: any): DatabaseAggregateCommand", "Natural logarithm."),
        ("log(val?: any): DatabaseAggregateCommand", "`[number, base]`."),
        ("log10(val?: any): DatabaseAggregateCommand", "Logarithm to base 10."),
        ("mod(val?: any): DatabaseAggregateCommand", "Remainder: `[dividend, divisor]`."),
        ("multiply(val?: any): DatabaseAggregateCommand", "Product of numbers: `[a, b]`."),
        ("pow(val?: any): DatabaseAggregateCommand", "`[base, exponent]`."),
        ("sqrt(val?: any): DatabaseAggregateCommand", "Square root."),
        (
            "subtract(val?: any): DatabaseAggregateCommand",
            "Difference: `[a, b]`; of two dates, in ms.",
        ),
        ("trunc(val?: any): DatabaseAggregateCommand", "Cuts the fraction off."),
        (
            "arrayElemAt(val?: any): DatabaseAggregateCommand",
            "Element at an index, negative from the end: `[array, index]`.",
        ),
        (
            "arrayToObject(val?: any): DatabaseAggregateCommand",
            "Object from `[{ k, v }]` or `[[k, v]]`.",
        ),
        ("concatArrays(val?: any): DatabaseAggregateCommand", "Joins arrays: `[array, array]`."),
        (
            "filter(val?: any): DatabaseAggregateCommand",
            "Elements that meet a condition: `{ input, as, cond }`.",
        ),
        (
            "in(val?: any): DatabaseAggregateCommand",
            "Whether an array has a value: `[value, array]`.",
        ),
        (
            "indexOfArray(val?: any): DatabaseAggregateCommand",
            "Index of a value, or -1: `[array, value, start?, end?]`.",
        ),
        ("isArray(val?: any): DatabaseAggregateCommand", "Whether the value is an array."),
        ("map(val?: any): DatabaseAggregateCommand", "`{ input, as, in }`."),
        ("range(val?: any): DatabaseAggregateCommand", "Integers: `[start, end, step?]`."),
        ("reduce(val?: any): DatabaseAggregateCommand", "`{ input, initialValue, in }`."),
        ("reverseArray(val?: any): DatabaseAggregateCommand", "Elements in reverse."),
        ("size(val?: any): DatabaseAggregateCommand", "Length of an array."),
        (
            "slice(val?: any): DatabaseAggregateCommand",
            "Part of an array: `[array, n]` or `[array, position, n]`.",
        ),
        (
            "zip(val?: any): DatabaseAggregateCommand",
            "Transposes arrays: `{ inputs, useLongestLength?, defaults? }`.",
        ),
        ("and(val?: any): DatabaseAggregateCommand", "Whether all are true: `[a, b]`."),
        ("not(val?: any): DatabaseAggregateCommand", "Whether false: `[a]`."),
        ("or(val?: any): DatabaseAggregateCommand", "Whether one is true: `[a, b]`."),
        ("cmp(val?: any): DatabaseAggregateCommand", "-1, 0 or 1: `[a, b]`."),
        ("eq(val?: any): DatabaseAggregateCommand", "Whether equal: `[a, b]`."),
        ("gt(val?: any): DatabaseAggregateCommand", "Whether greater: `[a, b]`."),
        ("gte(val?: any): DatabaseAggregateCommand", "Whether greater or equal: `[a, b]`."),
        ("lt(val?: any): DatabaseAggregateCommand", "Whether less: `[a, b]`."),
        ("lte(val?: any): DatabaseAggregateCommand", "Whether less or equal: `[a, b]`."),
        ("neq(val?: any): DatabaseAggregateCommand", "Whether not equal: `[a, b]`."),
        (
            "cond(val?: any): DatabaseAggregateCommand",
            "`{ if, then, else }` or `[if, then, else]`.",
        ),
        (
            "ifNull(val?: any): DatabaseAggregateCommand",
            "A value, or another if it is null or missing: `[value, other]`.",
        ),
        (
            "switch(val?: any): DatabaseAggregateCommand",
            "`{ branches: [{ case, then }], default }`.",
        ),
        (
            "dateFromParts(val?: any): DatabaseAggregateCommand",
            "Date from `{ year, month?, day?, hour?, minute?, second?, millisecond?, timezone? }`.",
        ),
        (
            "dateFromString(val?: any): DatabaseAggregateCommand",
            "Date from text: `{ dateString, format?, timezone?, onError?, onNull? }`.",
        ),
        ("dayOfMonth(val?: any): DatabaseAggregateCommand", "1 to 31."),
        ("dayOfWeek(val?: any): DatabaseAggregateCommand", "1 (Sunday) to 7."),
        ("dayOfYear(val?: any): DatabaseAggregateCommand", "1 to 366."),
        ("isoDayOfWeek(val?: any): DatabaseAggregateCommand", "1 (Monday) to 7."),
        ("isoWeek(val?: any): DatabaseAggregateCommand", "1 to 53."),
        ("isoWeekYear(val?: any): DatabaseAggregateCommand", "Year of the ISO week."),
        ("millisecond(val?: any): DatabaseAggregateCommand", "0 to 999."),
        ("minute(val?: any): DatabaseAggregateCommand", "0 to 59."),
        ("month(val?: any): DatabaseAggregateCommand", "1 to 12."),
        ("second(val?: any): DatabaseAggregateCommand", "0 to 60."),
        ("hour(val?: any): DatabaseAggregateCommand", "0 to 23."),
        ("week(val?: any): DatabaseAggregateCommand", "0 to 53."),
        ("year(val?: any): DatabaseAggregateCommand", "Year of a date."),
        (
            "literal(val?: any): DatabaseAggregateCommand",
            "The value itself, not read as an expression.",
        ),
        (
            "mergeObjects(val?: any): DatabaseAggregateCommand",
            "Joins objects; an accumulator as well.",
        ),
        ("objectToArray(val?: any): DatabaseAggregateCommand", "`[{ k, v }]` from an object."),
        (
            "allElementsTrue(val?: any): DatabaseAggregateCommand",
            "Whether no element of a set is false: `[array]`.",
        ),
        (
            "anyElementTrue(val?: any): DatabaseAggregateCommand",
            "Whether an element of a set is true: `[array]`.",
        ),
        (
            "setDifference(val?: any): DatabaseAggregateCommand",
            "In the first and not in the second: `[a, b]`.",
        ),
        ("setEquals(val?: any): DatabaseAggregateCommand", "Whether the same elements: `[a, b]`."),
        ("setIntersection(val?: any): DatabaseAggregateCommand", "In all: `[a, b]`."),
        (
            "setIsSubset(val?: any): DatabaseAggregateCommand",
            "Whether the first is part of the second: `[a, b]`.",
        ),
        ("setUnion(val?: any): DatabaseAggregateCommand", "In any: `[a, b]`."),
        ("concat(val?: any): DatabaseAggregateCommand", "Joins texts: `[a, b]`."),
        (
            "dateToString(val?: any): DatabaseAggregateCommand",
            "Text from a date: `{ date, format, timezone?, onNull? }`.",
        ),
        (
            "indexOfBytes(val?: any): DatabaseAggregateCommand",
            "Position in bytes, or -1: `[text, part, start?, end?]`.",
        ),
        (
            "indexOfCP(val?: any): DatabaseAggregateCommand",
            "Position in characters, or -1: `[text, part, start?, end?]`.",
        ),
        ("split(val?: any): DatabaseAggregateCommand", "Parts of a text: `[text, delimiter]`."),
        ("strLenBytes(val?: any): DatabaseAggregateCommand", "Length in bytes of UTF-8."),
        ("strLenCP(val?: any): DatabaseAggregateCommand", "Length in characters."),
        (
            "strcasecmp(val?: any): DatabaseAggregateCommand",
            "-1, 0 or 1 without regard to case: `[a, b]`.",
        ),
        (
            "substr(val?: any): DatabaseAggregateCommand",
            "As `substrBytes`: `[text, start, length]`.",
        ),
        (
            "substrBytes(val?: any): DatabaseAggregateCommand",
            "Part by bytes: `[text, start, length]`.",
        ),
        (
            "substrCP(val?: any): DatabaseAggregateCommand",
            "Part by characters: `[text, start, length]`.",
        ),
        ("toLower(val?: any): DatabaseAggregateCommand", "Lower case."),
        ("toUpper(val?: any): DatabaseAggregateCommand", "Upper case."),
        ("meta(val?: any): DatabaseAggregateCommand", "`'textScore'`."),
        ("addToSet(val?: any): DatabaseAggregateCommand", "Accumulator: the distinct values."),
        ("avg(val?: any): DatabaseAggregateCommand", "Average; accumulator and expression."),
        ("first(val?: any): DatabaseAggregateCommand", "Accumulator: the first value."),
        ("last(val?: any): DatabaseAggregateCommand", "Accumulator: the last value."),
        ("max(val?: any): DatabaseAggregateCommand", "Greatest value; accumulator and expression."),
        ("min(val?: any): DatabaseAggregateCommand", "Least value; accumulator and expression."),
        ("push(val?: any): DatabaseAggregateCommand", "Accumulator: all values."),
        (
            "stdDevPop(val?: any): DatabaseAggregateCommand",
            "Standard deviation of all; accumulator and expression.",
        ),
        (
            "stdDevSamp(val?: any): DatabaseAggregateCommand",
            "Standard deviation of a sample; accumulator and expression.",
        ),
        (
            "sum(val?: any): DatabaseAggregateCommand",
            "Sum; accumulator and expression. `$.sum(1)` counts.",
        ),
        ("let(val?: any): DatabaseAggregateCommand", "`{ vars, in }`."),
        ("convert(val: any): DatabaseAggregateCommand", ABSENT),
        ("dateToParts(val: any): DatabaseAggregateCommand", ABSENT),
        ("ltrim(val: any): DatabaseAggregateCommand", ABSENT),
        ("rtrim(val: any): DatabaseAggregateCommand", ABSENT),
        ("toBool(val: any): DatabaseAggregateCommand", ABSENT),
        ("toDate(val: any): DatabaseAggregateCommand", ABSENT),
        ("toDecimal(val: any): DatabaseAggregateCommand", ABSENT),
        ("toDouble(val: any): DatabaseAggregateCommand", ABSENT),
        ("toInt(val: any): DatabaseAggregateCommand", ABSENT),
        ("toLong(val: any): DatabaseAggregateCommand", ABSENT),
        ("toObjectId(val: any): DatabaseAggregateCommand", ABSENT),
        ("trim(val: any): DatabaseAggregateCommand", ABSENT),
        ("type(val: any): DatabaseAggregateCommand", ABSENT),
        (
            "toString(val?: any): any",
            "@deprecated Declared by the official file as an operator: at runtime it is that of every object.",
        ),
    ],
)];

const ABSENT: &str =
    "@deprecated Declared by the official file, absent at runtime: the call throws a TypeError.";
