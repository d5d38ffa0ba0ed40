//! What the recordings of the official package do not show: typing, bytes, pitfalls, limits.

use bson::{Bson, doc};

use crate::limits::REQUEST_DEPTH_MAX;
use crate::sdk::diagnostics::Pitfall;
use crate::sdk::encode::json_text::iso_text;
use crate::sdk::encode::{
    Direction, SortState, encode_document_bytes, encode_projection, encode_stage, encode_update,
    encode_where, json_text, number, project_fields,
};
use crate::sdk::failure::FailureClass;
use crate::sdk::{Command, CommandKind, Geo, Input, Object, Tag};
use crate::value::{RawDoc, to_document};

fn text(value: &str) -> Input {
    Input::Text(value.to_owned())
}

fn integer(value: f64) -> Input {
    Input::Number(value)
}

fn object(entries: Vec<(&str, Input)>) -> Input {
    let entries = entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    Input::Object(Object::plain(entries))
}

fn command(kind: CommandKind, operator: &str, operands: Input) -> Input {
    Input::Command(Box::new(Command::new(kind, operator, operands)))
}

fn query(operator: &str, operand: Input) -> Input {
    command(CommandKind::Query, operator, Input::List(vec![operand]))
}

#[test]
fn numbers_take_the_type_that_the_official_printer_gives_them() {
    let cases = [
        (1.0, Bson::Int32(1)),
        (-0.0, Bson::Int32(0)),
        (2_147_483_647.0, Bson::Int32(i32::MAX)),
        (2_147_483_648.0, Bson::Int64(2_147_483_648)),
        (-2_147_483_648.0, Bson::Int32(i32::MIN)),
        (-2_147_483_649.0, Bson::Int64(-2_147_483_649)),
        (9_007_199_254_740_994.0, Bson::Int64(9_007_199_254_740_994)),
        // Printed with the shortest digits: not the double's own value.
        (1_234_567_890_123_456_789.0, Bson::Int64(1_234_567_890_123_456_800)),
        (-9_223_372_036_854_775_808.0, Bson::Double(-9_223_372_036_854_775_808.0)),
        (9_223_372_036_854_775_808.0, Bson::Double(9_223_372_036_854_775_808.0)),
        (1e21, Bson::Double(1e21)),
        (1.5, Bson::Double(1.5)),
        (f64::INFINITY, Bson::Double(f64::INFINITY)),
    ];
    for (value, expected) in cases {
        assert_eq!(number(value), expected, "{value}");
    }
    assert!(matches!(number(f64::NAN), Bson::Double(value) if value.is_nan()));
}

#[test]
fn extended_json_of_the_user_becomes_what_it_stands_for() {
    let one = |key: &str, value: Input| object(vec![("v", object(vec![(key, value)]))]);
    let cases = [
        (
            one("$oid", text("5f5f5f5f5f5f5f5f5f5f5f5f")),
            doc! {"v": bson::oid::ObjectId::parse_str("5f5f5f5f5f5f5f5f5f5f5f5f").unwrap()},
        ),
        (one("$oid", text("no")), doc! {"v": {"$oid": "no"}}),
        (one("$date", integer(5.0)), doc! {"v": bson::DateTime::from_millis(5)}),
        (one("$date", text("1970-01-01T00:00:01Z")), doc! {"v": bson::DateTime::from_millis(1000)}),
        (
            one("$date", object(vec![("$numberLong", text("7"))])),
            doc! {"v": bson::DateTime::from_millis(7)},
        ),
        (one("$numberInt", text("7")), doc! {"v": 7}),
        (one("$numberLong", text("7")), doc! {"v": 7_i64}),
        (one("$numberLong", text("x")), doc! {"v": {"$numberLong": "x"}}),
        (one("$numberDouble", text("-Infinity")), doc! {"v": f64::NEG_INFINITY}),
        (one("$minKey", integer(1.0)), doc! {"v": Bson::MinKey}),
        (one("$maxKey", integer(1.0)), doc! {"v": Bson::MaxKey}),
        (one("$undefined", Input::Boolean(true)), doc! {"v": Bson::Undefined}),
        (one("$symbol", text("s")), doc! {"v": Bson::Symbol("s".into())}),
        (one("$code", text("c")), doc! {"v": Bson::JavaScriptCode("c".into())}),
        (
            one("$timestamp", object(vec![("t", integer(1.0)), ("i", integer(2.0))])),
            doc! {"v": bson::Timestamp { time: 1, increment: 2 }},
        ),
        (
            one("$binary", object(vec![("base64", text("AQI=")), ("subType", text("00"))])),
            doc! {"v": bson::Binary {
                subtype: bson::spec::BinarySubtype::Generic, bytes: vec![1, 2],
            }},
        ),
        (
            one("$uuid", text("00112233-4455-6677-8899-aabbccddeeff")),
            doc! {"v": bson::Binary {
                subtype: bson::spec::BinarySubtype::Uuid,
                bytes: (0..16).map(|index: u8| index * 0x11).collect(),
            }},
        ),
    ];
    for (input, expected) in cases {
        let encoded = encode_document_bytes(&input).unwrap();
        assert_eq!(to_document(RawDoc::new(&encoded.value)), expected, "{input:?}");
    }
}

#[test]
fn bytes_are_written_as_the_long_way_would() {
    let nested = object(vec![
        ("text", text("文")),
        ("gone", Input::Absent),
        ("list", Input::List(vec![Input::Absent, integer(1.5), object(vec![("a", Input::Null)])])),
        ("date", Input::Date(12.0)),
        ("bad", Input::Date(f64::NAN)),
        ("when", Input::ServerDate { offset: Box::new(integer(5.0)) }),
        ("at", Input::Geo(Geo::Point { longitude: 1.0, latitude: 2.5 })),
        ("like", Input::Pattern { source: "a".into(), flags: "gi".into() }),
    ]);
    let encoded = encode_document_bytes(&nested).unwrap();
    let expected = doc! {
        "text": "文", "list": [null, 1.5, {"a": null}], "date": bson::DateTime::from_millis(12),
        "bad": {"$date": {"$numberLong": "NaN"}}, "when": {"$tcb_server_date": {"offset": 5}},
        "at": {"type": "Point", "coordinates": [1, 2.5]},
        "like": bson::Regex { pattern: "a".try_into().unwrap(), options: "gi".try_into().unwrap() },
    };
    assert_eq!(to_document(RawDoc::new(&encoded.value)), expected);
    assert!(encoded.refusal.is_none());
}

#[test]
fn what_is_no_document_is_refused_by_the_service() {
    for data in [Input::Absent, Input::Null, integer(5.0), text("x"), Input::List(Vec::new())] {
        let encoded = encode_document_bytes(&data).unwrap();
        assert!(encoded.refusal.is_some(), "{data:?}");
    }
    let encoded = encode_document_bytes(&object(vec![("a\0b", Input::Null)])).unwrap();
    assert!(encoded.refusal.unwrap().message().contains("null bytes"));
}

#[test]
fn depth_is_limited_in_every_encoder() {
    let mut deep = integer(1.0);
    for _ in 0..REQUEST_DEPTH_MAX + 3 {
        deep = object(vec![("a", deep)]);
    }
    let failures = [
        encode_document_bytes(&deep).map(|_| ()).unwrap_err(),
        encode_where(&deep).map(|_| ()).unwrap_err(),
        encode_update(&deep).map(|_| ()).unwrap_err(),
        encode_stage("project", &deep).map(|_| ()).unwrap_err(),
        json_text(&deep).map(|_| ()).unwrap_err(),
    ];
    for failure in failures {
        assert_eq!(failure.class, FailureClass::RangeError);
    }
}

#[test]
fn commands_are_as_limited_as_objects() {
    let mut chain = query("eq", integer(1.0));
    for _ in 0..REQUEST_DEPTH_MAX + 3 {
        chain = command(CommandKind::Logic, "or", Input::List(vec![chain]));
    }
    let data = object(vec![("a", chain.clone())]);
    let failures = [
        encode_where(&data).map(|_| ()).unwrap_err(),
        encode_update(&data).map(|_| ()).unwrap_err(),
        encode_stage("project", &data).map(|_| ()).unwrap_err(),
        encode_where(&object(vec![("a", query("eq", chain))])).map(|_| ()).unwrap_err(),
    ];
    for failure in failures {
        assert_eq!(failure.class, FailureClass::RangeError);
    }
}

#[test]
fn pitfalls_are_told() {
    let update = |operator: &str, operands: Input| {
        encode_update(&object(vec![("a", command(CommandKind::Update, operator, operands))]))
            .unwrap()
            .pitfalls
    };
    let filter = |condition: Input| encode_where(&condition).unwrap().pitfalls;
    let logic = |operator: &str, operands: Vec<Input>| {
        command(CommandKind::Logic, operator, Input::List(operands))
    };
    let field = |value: Input| object(vec![("a", value)]);
    let two = || vec![query("eq", integer(1.0)), query("eq", integer(2.0))];
    let point = || Input::Geo(Geo::Point { longitude: 1.0, latitude: 2.0 });
    let all = command(CommandKind::Query, "all", Input::List(vec![integer(1.0), integer(2.0)]));
    let cases = [
        (filter(field(object(vec![]))), Pitfall::FilterVanished),
        (
            filter(object(vec![("a", logic("or", two())), ("b", logic("or", two()))])),
            Pitfall::MergedOr { fields: ["a".into(), "b".into()] },
        ),
        (
            filter(field(logic("not", vec![integer(5.0)]))),
            Pitfall::NotDegraded { field: "a".into() },
        ),
        (
            filter(field(query("eq", Input::Absent))),
            Pitfall::ComparisonWithUndefined { field: "a".into() },
        ),
        (filter(field(query("elemMatch", field(all)))), Pitfall::NestedAll),
        (
            update("addToSet", object(vec![("each", Input::List(vec![]))])),
            Pitfall::AddToSetEach { field: "a".into() },
        ),
        (update("set", Input::List(vec![point()])), Pitfall::SpecialStored { kind: "Geo" }),
        (
            update("set", Input::List(vec![query("gt", integer(1.0))])),
            Pitfall::CommandStored { command: "gt".into() },
        ),
        (update("set", Input::List(vec![Input::Absent])), Pitfall::EmptyUpdate),
        (encode_update(&field(object(vec![]))).unwrap().pitfalls, Pitfall::EmptyUpdate),
    ];
    for (pitfalls, expected) in cases {
        assert_eq!(pitfalls, std::slice::from_ref(&expected), "{expected}");
        assert!(!expected.fix().is_empty() && !expected.name().is_empty());
    }
    assert_eq!(filter(object(vec![])), []);
    assert_eq!(filter(field(query("gt", integer(1.0)))), []);
}

#[test]
fn a_special_object_at_the_root_never_becomes_an_empty_filter() {
    let condition = object(vec![("$oid", text("5f5f5f5f5f5f5f5f5f5f5f5f"))]);
    assert_eq!(encode_where(&condition).unwrap().value, doc! {"$oid": "5f5f5f5f5f5f5f5f5f5f5f5f"});
}

#[test]
fn order_keeps_places_and_puts_integers_first() {
    let mut sort = SortState::default();
    for (path, direction) in [
        ("b", Direction::Ascending),
        ("10", Direction::Descending),
        ("9", Direction::Ascending),
        ("b", Direction::Descending),
        ("01", Direction::Ascending),
    ] {
        sort.add(path, direction);
    }
    let keys: Vec<(String, Bson)> = sort.to_document().into_iter().collect();
    let expected = [("9", 1), ("10", -1), ("b", -1), ("01", 1)]
        .map(|(key, direction)| (key.to_owned(), Bson::Int32(direction)));
    assert_eq!(keys, expected);
}

#[test]
fn a_stage_keeps_its_text_and_its_value() {
    let cases = [
        ("limit", integer(5.0), "5", Bson::Int32(5)),
        ("limit", integer(-0.0), "0", Bson::Int32(0)),
        ("limit", integer(1e21), "1e+21", Bson::Double(1e21)),
        ("count", text("n"), "\"n\"", Bson::String("n".into())),
        (
            "sort",
            Input::Date(0.0),
            "\"1970-01-01T00:00:00.000Z\"",
            Bson::String("1970-01-01T00:00:00.000Z".into()),
        ),
        (
            "sort",
            object(vec![("a", integer(-1.0))]),
            "{\"a\":{\"$numberInt\":\"-1\"}}",
            Bson::Document(doc! {"a": -1}),
        ),
    ];
    for (method, argument, stage_text, value) in cases {
        let stage = encode_stage(method, &argument).unwrap().value;
        assert_eq!(stage.text().as_deref(), Some(stage_text));
        assert_eq!(stage.value, Some(value));
    }
    let stage = encode_stage("match", &Input::Absent).unwrap().value;
    assert_eq!((stage.text(), stage.to_document()), (None, doc! {"$match": null}));
    for method in ["collStats", "facet", "graphLookup", "indexStats", "out", "redact"] {
        let failure = encode_stage(method, &object(vec![])).unwrap_err();
        assert_eq!(failure.message, "this._aggregate[stage] is not a function");
    }
}

#[test]
fn geo_near_tells_what_it_overwrites_in_the_options() {
    let options = object(vec![
        ("near", Input::Geo(Geo::Point { longitude: 1.0, latitude: 2.0 })),
        ("query", object(vec![("a", object(vec![("b", integer(1.0))]))])),
    ]);
    let stage = encode_stage("geoNear", &options).unwrap().value;
    let near = Bson::Document(doc! {"type": "Point", "coordinates": [1, 2]});
    let query = Bson::Document(doc! {"a.b": 1});
    assert_eq!(stage.overwritten, [("query", query), ("near", near)]);
}

#[test]
fn projections_keep_objects_and_turn_the_rest_into_flags() {
    let fields = project_fields(&object(vec![
        ("a", Input::Boolean(true)),
        ("b", integer(-1.0)),
        ("c", integer(f64::NAN)),
        ("d", text("x")),
        ("e", object(vec![("$slice", integer(2.0))])),
        ("f", Input::Null),
    ]));
    let document = encode_projection(&fields).unwrap().value;
    assert_eq!(document, doc! {"a": 1, "b": 0, "c": 0, "e": {"$slice": 2}, "f": null});
}

#[test]
fn json_text_is_what_the_language_prints() {
    let buffer = Input::Object(Object {
        tag: Tag::Other("Uint8Array".into()),
        entries: Vec::new(),
        to_json: Some(Box::new(object(vec![("type", text("Buffer"))]))),
    });
    let cases = [
        (text("a\"\\\n\u{1}文"), Some("\"a\\\"\\\\\\n\\u0001文\"")),
        (object(vec![("a", Input::Absent), ("b", Input::Function)]), Some("{}")),
        (Input::List(vec![Input::Absent, Input::Symbol]), Some("[null,null]")),
        (integer(f64::NAN), Some("null")),
        (integer(1e300), Some("1e+300")),
        (Input::Date(f64::NAN), Some("null")),
        (Input::Function, None),
        (buffer, Some("{\"type\":\"Buffer\"}")),
    ];
    for (input, expected) in cases {
        assert_eq!(json_text(&input).unwrap().as_deref(), expected, "{input:?}");
    }
}

#[test]
fn dates_print_in_iso_form_from_the_first_to_the_last() {
    let cases = [
        (0.0, "1970-01-01T00:00:00.000Z"),
        (-1.0, "1969-12-31T23:59:59.999Z"),
        (951_782_400_123.0, "2000-02-29T00:00:00.123Z"),
        (8.64e15, "+275760-09-13T00:00:00.000Z"),
        (-8.64e15, "-271821-04-20T00:00:00.000Z"),
        (-62_198_755_200_000.0, "-000001-01-01T00:00:00.000Z"),
    ];
    for (ms, expected) in cases {
        assert_eq!(iso_text(ms).as_deref(), Some(expected), "{ms}");
    }
    assert_eq!(iso_text(f64::NAN), None);
}
