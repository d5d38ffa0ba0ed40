//! Operators on dates.

#![allow(clippy::too_many_lines, reason = "tables of cases")]

use bson::bson;
use bson::doc;

use super::check;
use super::check_null;
use super::check_refused;
use super::date;
use super::long;

#[test]
fn parts_of_a_date() {
    let document = doc! {
        "d": date("2019-05-14T09:38:51.686Z"), "new": date("2016-01-01T00:00:00.000Z"),
        "old": date("1969-12-31T23:59:58.001Z"), "zone": "Asia/Shanghai",
        "id": bson::oid::ObjectId::parse_str("5ab9cbfa31c2ab715d42129e").unwrap(),
        "late": date("2019-12-31T20:00:00.000Z"),
    };
    check(
        &document,
        &[
            (bson!({"$year": "$d"}), bson!(2019)),
            (bson!({"$month": "$d"}), bson!(5)),
            (bson!({"$dayOfMonth": "$d"}), bson!(14)),
            (bson!({"$hour": "$d"}), bson!(9)),
            (bson!({"$minute": "$d"}), bson!(38)),
            (bson!({"$second": "$d"}), bson!(51)),
            (bson!({"$millisecond": "$d"}), bson!(686)),
            (bson!({"$dayOfWeek": "$d"}), bson!(3)),
            (bson!({"$dayOfYear": "$d"}), bson!(134)),
            (bson!({"$week": "$d"}), bson!(19)),
            (bson!({"$isoDayOfWeek": "$d"}), bson!(2)),
            (bson!({"$isoWeek": "$d"}), bson!(20)),
            (bson!({"$isoWeekYear": "$d"}), long(2019)),
            (bson!({"$isoWeek": "$new"}), bson!(53)),
            (bson!({"$isoWeekYear": "$new"}), long(2015)),
            (bson!({"$week": "$new"}), bson!(0)),
            (bson!({"$millisecond": "$old"}), bson!(1)),
            (bson!({"$second": "$old"}), bson!(58)),
            (bson!({"$year": ["$d"]}), bson!(2019)),
            (bson!({"$year": {"$add": ["$d", 1]}}), bson!(2019)),
            (bson!({"$year": "$id"}), bson!(2018)),
            (bson!({"$hour": {"date": "$d", "timezone": "$zone"}}), bson!(17)),
            (bson!({"$hour": {"date": "$d", "timezone": "+0530"}}), bson!(15)),
            (bson!({"$minute": {"date": "$d", "timezone": "-03:30"}}), bson!(8)),
            (bson!({"$hour": {"date": "$d", "timezone": "-10"}}), bson!(23)),
            (bson!({"$hour": {"date": "$d", "timezone": "America/New_York"}}), bson!(5)),
            (bson!({"$hour": {"date": "$d", "timezone": "UTC"}}), bson!(9)),
            (bson!({"$year": {"date": "$late", "timezone": "Asia/Shanghai"}}), bson!(2020)),
            (
                bson!({"$dateToParts": {"date": "$d"}}),
                bson!({
            "year": 2019, "month": 5, "day": 14, "hour": 9, "minute": 38, "second": 51,
            "millisecond": 686}),
            ),
            (
                bson!({"$dateToParts": {"date": "$d", "timezone": "+08", "iso8601": true}}),
                bson!({
            "isoWeekYear": 2019, "isoWeek": 20, "isoDayOfWeek": 2, "hour": 17, "minute": 38,
            "second": 51, "millisecond": 686}),
            ),
        ],
    );
    check_null(
        &document,
        &[
            bson!({"$year": "$none"}),
            bson!({"$year": {"date": null, "timezone": "nowhere"}}),
            bson!({"$year": {"date": "$d", "timezone": null}}),
            bson!({"$dateToParts": {"date": "$none"}}),
            bson!({"$dateToParts": {"date": "$d", "iso8601": null}}),
            bson!({"$dateToParts": {"date": "$d", "timezone": "$none"}}),
        ],
    );
    check_refused(
        &document,
        &[
            (bson!({"$year": "x"}), 16006, "can't convert from BSON type string to Date"),
            (bson!({"$year": 5}), 16006, "can't convert from BSON type int to Date"),
            (
                bson!({"$hour": ["$d", 1]}),
                40536,
                "$hour accepts exactly one argument if given an array, but was given 2",
            ),
            (
                bson!({"$hour": {"date": "$d", "x": 1}}),
                40535,
                "unrecognized option to $hour: \"x\"",
            ),
            (
                bson!({"$hour": {"timezone": "UTC"}}),
                40539,
                "missing 'date' argument to $hour, provided: $hour: { timezone: \"UTC\" }",
            ),
            (
                bson!({"$hour": {"date": "$d", "timezone": 5}}),
                40533,
                "$hour requires a string for the timezone argument, but was given a int (5)",
            ),
            (
                bson!({"$hour": {"date": "$d", "timezone": "X"}}),
                40485,
                "unrecognized time zone identifier: \"X\"",
            ),
            (
                bson!({"$hour": {"date": "$d", "timezone": "asia/shanghai"}}),
                40485,
                "unrecognized time zone identifier: \"asia/shanghai\"",
            ),
            (
                bson!({"$hour": {"date": "$d", "timezone": "+8"}}),
                40485,
                "unrecognized time zone identifier: \"+8\"",
            ),
            (
                bson!({"$dateToParts": 1}),
                40524,
                "$dateToParts only supports an object as its argument",
            ),
            (bson!({"$dateToParts": {"x": 1}}), 40520, "Unrecognized argument to $dateToParts: x"),
            (bson!({"$dateToParts": {}}), 40522, "Missing 'date' parameter to $dateToParts"),
            (
                bson!({"$dateToParts": {"date": "$d", "iso8601": 1}}),
                40521,
                "iso8601 must evaluate to a bool, found int",
            ),
            (
                bson!({"$dateToParts": {"date": "$d", "timezone": 1}}),
                40517,
                "timezone must evaluate to a string, found int",
            ),
        ],
    );
}

#[test]
fn dates_by_a_format() {
    let document = doc! {"d": date("2019-05-04T09:08:01.006Z"), "f": "%H"};
    let far = bson::Bson::DateTime(bson::DateTime::from_millis(253_402_300_800_000));
    check(
        &document,
        &[
            (bson!({"$dateToString": {"date": "$d"}}), bson!("2019-05-04T09:08:01.006Z")),
            (
                bson!({"$dateToString": {"date": "$d", "format": "%Y-%m-%d %H:%M:%S.%L"}}),
                bson!("2019-05-04 09:08:01.006"),
            ),
            (
                bson!({"$dateToString": {"date": "$d", "format": "%j %w %u %U %V %G %z %Z %%"}}),
                bson!("124 7 6 17 18 2019 +0000 0 %"),
            ),
            (
                bson!({"$dateToString": {"date": "$d", "format": "%d日 %z %Z", "timezone": "Asia/Shanghai"}}),
                bson!("04日 +0800 480"),
            ),
            (
                bson!({"$dateToString": {"date": "$d", "format": "%H:%M %z %Z", "timezone": "-03:30"}}),
                bson!("05:38 -0330 -210"),
            ),
            (bson!({"$dateToString": {"date": "$d", "format": "$f"}}), bson!("09")),
            (bson!({"$dateToString": {"date": null, "onNull": "none"}}), bson!("none")),
        ],
    );
    check_null(
        &document,
        &[
            bson!({"$dateToString": {"date": "$none"}}),
            bson!({"$dateToString": {"date": "$d", "format": null}}),
            bson!({"$dateToString": {"date": "$d", "timezone": "$none"}}),
        ],
    );
    check_refused(
        &document,
        &[
            (
                bson!({"$dateToString": 1}),
                18629,
                "$dateToString only supports an object as its argument",
            ),
            (
                bson!({"$dateToString": {"x": 1}}),
                18534,
                "Unrecognized argument to $dateToString: x",
            ),
            (
                bson!({"$dateToString": {"format": "x"}}),
                18628,
                "Missing 'date' parameter to $dateToString",
            ),
            (
                bson!({"$dateToString": {"date": "$d", "format": 1}}),
                18533,
                "$dateToString requires that 'format' be a string, found: int with value 1",
            ),
            (
                bson!({"$dateToString": {"date": null, "format": "%"}}),
                18535,
                "Unmatched '%' at end of format string",
            ),
            (
                bson!({"$dateToString": {"date": "$d", "format": "%n"}}),
                18536,
                "Invalid format character '%n' in format string",
            ),
            (
                bson!({"$dateToString": {"date": far}}),
                18537,
                "Could not convert date to string: date component was outside the supported range of \
          0-9999: 10000",
            ),
            (
                bson!({"$dateToString": {"date": "x"}}),
                16006,
                "can't convert from BSON type string to Date",
            ),
            (
                bson!({"$dateToString": {"date": null, "timezone": "X"}}),
                40485,
                "unrecognized time zone identifier: \"X\"",
            ),
        ],
    );
}

#[test]
fn dates_from_parts() {
    let document = doc! {"y": 2017};
    check(
        &document,
        &[
            (bson!({"$dateFromParts": {"year": "$y"}}), date("2017-01-01T00:00:00.000Z")),
            (
                bson!({"$dateFromParts": {"year": 2017, "month": 2, "day": 8, "hour": 12,
                "timezone": "America/New_York"}}),
                date("2017-02-08T17:00:00.000Z"),
            ),
            (
                bson!({"$dateFromParts": {"year": 2017, "month": 14, "day": 0, "hour": 25, "minute": -1,
                "second": 61, "millisecond": 1001}}),
                date("2018-02-01T01:00:02.001Z"),
            ),
            (
                bson!({"$dateFromParts": {"isoWeekYear": 2017, "isoWeek": 6, "isoDayOfWeek": 4,
                "hour": 1}}),
                date("2017-02-09T01:00:00.000Z"),
            ),
            (
                bson!({"$dateFromParts": {"isoWeekYear": 2016, "isoWeek": 54, "isoDayOfWeek": 8}}),
                date("2017-01-16T00:00:00.000Z"),
            ),
            // In the gap of spring the clock counts on; in autumn the first of two is meant.
            (
                bson!({"$dateFromParts": {"year": 2019, "month": 3, "day": 10, "hour": 2, "minute": 30,
                "timezone": "America/New_York"}}),
                date("2019-03-10T07:30:00.000Z"),
            ),
            (
                bson!({"$dateFromParts": {"year": 2019, "month": 11, "day": 3, "hour": 1, "minute": 30,
                "timezone": "America/New_York"}}),
                date("2019-11-03T05:30:00.000Z"),
            ),
        ],
    );
    check_null(
        &document,
        &[
            bson!({"$dateFromParts": {"year": "$none"}}),
            bson!({"$dateFromParts": {"year": 2017, "minute": null}}),
            bson!({"$dateFromParts": {"year": 2017, "timezone": null}}),
            bson!({"$dateFromParts": {"isoWeekYear": 2017, "isoWeek": null}}),
        ],
    );
    check_refused(
        &document,
        &[
            (
                bson!({"$dateFromParts": 1}),
                40519,
                "$dateFromParts only supports an object as its argument",
            ),
            (
                bson!({"$dateFromParts": {"year": 1, "x": 1}}),
                40518,
                "Unrecognized argument to $dateFromParts: x",
            ),
            (
                bson!({"$dateFromParts": {"month": 1}}),
                40516,
                "$dateFromParts requires either 'year' or 'isoWeekYear' to be present",
            ),
            (
                bson!({"$dateFromParts": {"year": 1, "isoWeek": 1}}),
                40489,
                "$dateFromParts does not allow mixing natural dates with ISO dates",
            ),
            (
                bson!({"$dateFromParts": {"isoWeekYear": 1, "day": 1}}),
                40525,
                "$dateFromParts does not allow mixing ISO dates with natural dates",
            ),
            (
                bson!({"$dateFromParts": {"year": "x"}}),
                40515,
                "'year' must evaluate to an integer, found string with value \"x\"",
            ),
            (
                bson!({"$dateFromParts": {"year": 2017, "day": 1.5}}),
                40515,
                "'day' must evaluate to an integer, found double with value 1.5",
            ),
            (
                bson!({"$dateFromParts": {"year": 10000}}),
                40523,
                "'year' must evaluate to an integer in the range 0 to 9999, found 10000",
            ),
            (
                bson!({"$dateFromParts": {"year": 2017, "day": long(i64::MAX)}}),
                159,
                "Overflow casting from a lower-precision duration to a higher-precision duration",
            ),
        ],
    );
}

#[test]
fn dates_from_texts() {
    let read = |text: &str| bson!({"$dateFromString": {"dateString": text}});
    for (text, expected) in [
        ("2017-02-08T12:10:40.787Z", "2017-02-08T12:10:40.787Z"),
        ("2017-02-08T12:10:40.787123+08:00", "2017-02-08T04:10:40.787Z"),
        ("2017-02-08 12:10:40 -0330", "2017-02-08T15:40:40.000Z"),
        ("2017-02-08 12:10", "2017-02-08T12:10:00.000Z"),
        ("2017-02-08", "2017-02-08T00:00:00.000Z"),
        ("2017-2-8", "2017-02-08T00:00:00.000Z"),
        ("20170208", "2017-02-08T00:00:00.000Z"),
        ("20170208T121040", "2017-02-08T12:10:40.000Z"),
        ("2017/02/08", "2017-02-08T00:00:00.000Z"),
        ("02/08/2017", "2017-02-08T00:00:00.000Z"),
        ("08.02.2017", "2017-02-08T00:00:00.000Z"),
        ("8 Feb 2017 1:05 pm", "2017-02-08T13:05:00.000Z"),
        ("February 8th, 2017 12am", "2017-02-08T00:00:00.000Z"),
        ("Wed, 08 Feb 2017 12:10:40 GMT", "2017-02-08T12:10:40.000Z"),
        ("2017-02-08T12:10:40 EST", "2017-02-08T17:10:40.000Z"),
        ("2017-W06-3", "2017-02-08T00:00:00.000Z"),
        ("2017-039", "2017-02-08T00:00:00.000Z"),
        ("@1486555840", "2017-02-08T12:10:40.000Z"),
    ] {
        check(&doc! {}, &[(read(text), date(expected))]);
    }
    check(
        &doc! {},
        &[
            (
                bson!({"$dateFromString": {"dateString": "2017-02-08", "timezone": "Asia/Shanghai"}}),
                date("2017-02-07T16:00:00.000Z"),
            ),
            (
                bson!({"$dateFromString": {"dateString": "08-02-2017 05:06", "format": "%d-%m-%Y %H:%M"}}),
                date("2017-02-08T05:06:00.000Z"),
            ),
            (
                bson!({"$dateFromString": {"dateString": "2017 06 3", "format": "%G %V %u"}}),
                date("2017-02-08T00:00:00.000Z"),
            ),
            (
                bson!({"$dateFromString": {"dateString": "2017-02-08T01:02:03.004+0800",
                "format": "%Y-%m-%dT%H:%M:%S.%L%z"}}),
                date("2017-02-07T17:02:03.004Z"),
            ),
            (bson!({"$dateFromString": {"dateString": "x", "onError": "bad"}}), bson!("bad")),
            (bson!({"$dateFromString": {"dateString": 5, "onError": "bad"}}), bson!("bad")),
            (bson!({"$dateFromString": {"dateString": null, "onNull": "none"}}), bson!("none")),
        ],
    );
    check_null(
        &doc! {},
        &[
            bson!({"$dateFromString": {"dateString": "$none"}}),
            bson!({"$dateFromString": {"dateString": "2017-02-08", "timezone": null}}),
            bson!({"$dateFromString": {"dateString": "2017-02-08", "format": null}}),
        ],
    );
}

#[test]
fn refuses_texts_that_are_no_dates() {
    let read = |text: &str| bson!({"$dateFromString": {"dateString": text}});
    let zoned =
        |text: &str| bson!({"$dateFromString": {"dateString": text, "timezone": "Asia/Shanghai"}});
    let by = |text: &str, format: &str| bson!({"$dateFromString": {"dateString": text, "format": format}});
    check_refused(
        &doc! {},
        &[
            (
                bson!({"$dateFromString": 1}),
                40540,
                "$dateFromString only supports an object as an argument, found: int",
            ),
            (
                bson!({"$dateFromString": {"x": 1}}),
                40541,
                "Unrecognized argument to $dateFromString: x",
            ),
            (
                bson!({"$dateFromString": {}}),
                40542,
                "Missing 'dateString' parameter to $dateFromString",
            ),
            (
                bson!({"$dateFromString": {"dateString": 5}}),
                241,
                "$dateFromString requires that 'dateString' be a string, found: int with value 5",
            ),
            (
                bson!({"$dateFromString": {"dateString": "x", "format": 1}}),
                40684,
                "$dateFromString requires that 'format' be a string, found: int with value 1",
            ),
            (by("x", "%j"), 18536, "Invalid format character '%j' in format string"),
            (read(""), 241, "Error parsing date string ''; 0: Empty string ''"),
            (
                read("hello"),
                241,
                "Error parsing date string 'hello'; 0: passing a time zone identifier as part of the \
          string is not allowed 'h'",
            ),
            (
                read("2017-02-08 Asia/Shanghai"),
                241,
                "Error parsing date string '2017-02-08 Asia/Shanghai'; 11: passing a time zone identifier \
          as part of the string is not allowed 'A'",
            ),
            (
                read("2017-02-31"),
                241,
                "Error parsing date string '2017-02-31'; 11: The parsed date was invalid ''",
            ),
            (
                read("2017-02-08 25:00"),
                241,
                "Error parsing date string '2017-02-08 25:00'; 17: The parsed time was invalid ''",
            ),
            (read("#"), 241, "Error parsing date string '#'; 0: Unexpected character '#'"),
            (
                read("12:30"),
                241,
                "an incomplete date/time string has been found, with elements missing: \"12:30\"",
            ),
            (
                zoned("2017-02-08T00:00:00+08:00"),
                241,
                "you cannot pass in a date/time string with GMT offset together with a timezone argument",
            ),
            (
                zoned("2017-02-08T00:00:00Z"),
                241,
                "you cannot pass in a date/time string with time zone information ('Z') together with a \
          timezone argument",
            ),
            (
                bson!({"$dateFromString": {"dateString": "2017-02-08T00:00+01:00", "timezone": "UTC"}}),
                241,
                "you cannot pass in a date/time string with GMT offset together with a timezone argument",
            ),
            (by("2017", "%Y-%m"), 241, "Error parsing date string '2017'; 4: Data missing ''"),
            (
                by("2017-02-08x", "%Y-%m-%d"),
                241,
                "Error parsing date string '2017-02-08x'; 10: Trailing data 'x'",
            ),
            (
                by("20-02-08", "%Y-%m-%d"),
                241,
                "Error parsing date string '20-02-08'; 0: A four digit year could not be found '2'",
            ),
            (
                by("2017/02", "%Y-%m"),
                241,
                "Error parsing date string '2017/02'; 4: The format separator does not match '/'",
            ),
            (
                by("2017-02", "%Y-%m"),
                241,
                "an incomplete date/time string has been found, with elements missing: \"2017-02\"",
            ),
        ],
    );
}
