//! Rules that send nothing: errors of the service, contexts, replies, stored geometries.

use bson::doc;
use serde_json::json;

use crate::error::{Error, ErrorKind};
use crate::sdk::call::{FunctionResult, function_result};
use crate::sdk::commands::{COMMANDS, Operands};
use crate::sdk::context::{
    CloudConfig, ContextValue, EnvSetting, EnvsGiven, Service, check_log_message,
    cross_account_env, current_env, is_local_debugging, wx_context,
};
use crate::sdk::diagnostics::{Pitfall, path_through_null};
use crate::sdk::failure::{Failure, FailureClass, Row, wrap};
use crate::sdk::open_api::{self, Proxy, Reply};
use crate::sdk::query_state::QueryState;
use crate::sdk::result::{AfterFailure, Api, after_transaction_failure, throws_on_not_found};
use crate::sdk::{Geo, Input, Object, files, geo, request, validate};
use crate::value::{RawDoc, encode_document};

fn text(value: &str) -> Input {
    Input::Text(value.to_owned())
}

fn object(entries: Vec<(&str, Input)>) -> Input {
    let entries = entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    Input::Object(Object::plain(entries))
}

fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn errors_of_the_service_read_as_users_know_them() {
    let cases = [
        (
            "document.update",
            Error::mongo(28, "Cannot create field 'b' in element {a: null}"),
            "document.update:fail -502001 database request fail. [FailedOperation] multiple write \
             errors: [{write errors: [{Cannot create field 'b' in element {a: null}}]}, {<nil>}]",
        ),
        (
            "collection.add",
            Error::new(ErrorKind::DuplicateKey, "E11000 duplicate key error"),
            "collection.add:fail -502001 database request fail. [FailedOperation] multiple write \
             errors: [{write errors: [{E11000 duplicate key error}]}, {<nil>}]",
        ),
        (
            "collection.get",
            Error::mongo(2, "unknown top level operator: $url"),
            "collection.get:fail -502001 database request fail. [FailedOperation.Query] (BadValue) \
             unknown top level operator: $url",
        ),
        (
            "collection.get",
            Error::new(ErrorKind::CollectionNotFound, "todos"),
            "collection.get:fail -502005 database collection not exists. [ResourceNotFound] Db or \
             Table not exist: todos. Please check your request, but if the problem cannot be \
             solved, contact us. 更多错误信息请访问：\
             https://docs.cloudbase.net/error-code/basic/DATABASE_COLLECTION_NOT_EXIST",
        ),
        (
            "document.set",
            Error::new(ErrorKind::TransactionConflict, ""),
            "document.set:fail -501001 resource system error. \
             [ResourceUnavailable.TransactionConflict] Transaction is conflict, maybe resource \
             operated by others. Please check your request, but if the problem persists, contact \
             us.",
        ),
        (
            "document.get",
            Error::new(ErrorKind::TransactionBusy, ""),
            "document.get:fail -501001 resource system error. \
             [ResourceUnavailable.TransactionBusy] Transaction is busy. Please check your request, \
             but if the problem persists, contact us.",
        ),
        (
            "document.get",
            Error::new(ErrorKind::TransactionNotFound, ""),
            "document.get:fail -501001 resource system error. \
             [ResourceUnavailable.TransactionNotExist] Transaction does not exist on the server, \
             transaction must be commit or abort in 30 seconds. Please check your request, but if \
             the problem persists, contact us.",
        ),
    ];
    for (api, error, expected) in cases {
        let failure = wrap(api, &error, Row::Numbered);
        assert_eq!(failure.message(), expected);
        assert_eq!(failure.err_msg.as_deref(), Some(expected));
        assert_eq!((failure.class, &failure.code), (FailureClass::Error, &None));
    }
}

#[test]
fn rows_differ_in_what_they_keep() {
    let error = Error::new(ErrorKind::CollectionExists, "todos");
    let coded = Api::CreateCollection.failure(&error).with_request_id("r1");
    assert_eq!(coded.class, FailureClass::Tcb);
    assert_eq!(
        (coded.err_code, coded.code.as_deref()),
        (Some(-1), Some("DATABASE_COLLECTION_ALREADY_EXIST"))
    );
    assert_eq!(coded.request_id.as_deref(), Some("r1"));
    assert!(coded.message().starts_with(
        "createCollection:fail [ResourceUnavailable.ResourceExist] Table exist. Please check"
    ));
    assert_eq!(coded.stack_prefix, "createCollection:fail ");
    let conflict = Error::new(ErrorKind::TransactionConflict, "");
    let raw = Api::Transaction.failure(&conflict);
    assert_eq!((raw.err_code, &raw.err_msg), (None, &None));
    assert_eq!(raw.code.as_deref(), Some("DATABASE_TRANSACTION_CONFLICT"));
    assert!(raw.message().starts_with("[ResourceUnavailable.TransactionConflict]"));
    let called = Api::CallFunction.failure(&Error::new(ErrorKind::FunctionFailed, "boom"));
    assert!(called.has_undefined_request_id);
    assert_eq!(called.message(), "callFunction:fail boom");
}

#[test]
fn a_finished_error_is_not_wrapped_again() {
    let failure = Failure::cloud_sdk(-1, "text");
    assert_eq!(failure.clone().wrapped("collection.add"), failure);
    assert_eq!(failure.message(), "errCode: -1 unknown error | errMsg: text");
    assert!(Failure::not_initialised().message().starts_with(
        "errCode: -1 unknown error | errMsg: Cloud API isn't enabled, please call init first\n请先"
    ));
}

#[test]
fn only_conflicts_are_retried_and_the_count_is_of_retries() {
    let conflict = Some("DATABASE_TRANSACTION_CONFLICT");
    assert_eq!(after_transaction_failure(conflict, 3.0), AfterFailure::Retry { times_left: 2.0 });
    for (code, times) in [(conflict, 0.0), (Some("DATABASE_TRANSACTION_FAIL"), 3.0), (None, 3.0)] {
        assert_eq!(after_transaction_failure(code, times), AfterFailure::AbortAndThrow);
    }
}

#[test]
fn a_missing_document_rejects_unless_a_config_says_otherwise() {
    let cases = [
        (None, None, true),
        (Some(false), None, false),
        (Some(true), Some(false), true),
        (None, Some(false), false),
    ];
    for (database, cloud, expected) in cases {
        assert_eq!(throws_on_not_found(database, cloud), expected);
    }
}

#[test]
fn the_context_follows_the_listed_names() {
    assert!(wx_context(&variables(&[("WX_OPENID", "o"), ("TCB_ENV", "e")])).is_empty());
    let context = wx_context(&variables(&[
        ("WX_CONTEXT_KEYS", "WX_OPENID,,WX_API_TOKEN,WX_NUM,WX_NONE,OTHER,WX_,WX_NEG,WX_TEXT"),
        ("WX_OPENID", "o"),
        ("WX_API_TOKEN", "secret"),
        ("WX_NUM", "007"),
        ("WX_NEG", "-5"),
        ("WX_TEXT", "5a"),
        ("OTHER", ""),
        ("WX_", "x"),
        ("TCB_ENV", "e"),
        ("TCB_SOURCE", "wx_client"),
    ]));
    let expected = [
        ("OPENID", ContextValue::Text("o".into())),
        ("NUM", ContextValue::Number(7.0)),
        ("OTHER", ContextValue::Text(String::new())),
        ("WX_", ContextValue::Text("x".into())),
        ("NEG", ContextValue::Number(-5.0)),
        ("TEXT", ContextValue::Text("5a".into())),
        ("ENV", ContextValue::Text("e".into())),
        ("SOURCE", ContextValue::Text("wx_client".into())),
    ]
    .map(|(key, value)| (key.to_owned(), value));
    assert_eq!(context, expected);
    let bare = wx_context(&variables(&[("WX_CONTEXT_KEYS", "SOURCE"), ("SOURCE", "s")]));
    assert_eq!(
        bare,
        [
            ("SOURCE".to_owned(), ContextValue::Text("s".into())),
            ("ENV".to_owned(), ContextValue::Absent),
        ]
    );
}

#[test]
fn the_current_env_must_be_listed() {
    let cases: [(&[(&str, &str)], &str); 4] = [
        (&[("TCB_ENV", "a")], ""),
        (&[("TCB_ENV", "a"), ("SCF_NAMESPACE", "b")], "b"),
        (&[("TCB_ENV", "a"), ("TCB_CONTEXT_KEYS", "X,TCB_ENV")], "a"),
        (&[("TCB_ENV", "a"), ("WX_CONTEXT_KEYS", "TCB_ENV"), ("SCF_NAMESPACE", "b")], "a"),
    ];
    for (pairs, expected) in cases {
        assert_eq!(current_env(&variables(pairs)), expected, "{pairs:?}");
    }
    let local = variables(&[("TENCENTCLOUD_RUNENV", "WX_LOCAL_SCF"), ("SCF_NAMESPACE", "local")]);
    assert!(is_local_debugging(&local));
    assert!(!is_local_debugging(&local[1..]));
}

#[test]
fn a_config_chooses_the_env_of_each_service() {
    let env = object(vec![("functions", text("f")), ("default", Input::Symbol)]);
    let setting = EnvSetting::parse(&env);
    let cases = [
        (Service::Functions, "f"),
        (Service::Storage, "now"),
        (Service::Database, "now"),
        (Service::Ai, "now"),
        (Service::Open, "now"),
    ];
    for (service, expected) in cases {
        assert_eq!(setting.resolve(service, "now"), expected);
    }
    assert_eq!(EnvSetting::parse(&Input::Symbol).resolve(Service::Database, "now"), "now");
    assert_eq!(EnvSetting::parse(&Input::Absent).resolve(Service::Database, "now"), "");
    let config = object(vec![("env", text("e")), ("throwOnNotFound", Input::Absent)]);
    let config = CloudConfig::parse(&config).unwrap();
    assert_eq!((config.env, config.throw_on_not_found), (EnvSetting::Id("e".into()), Some(false)));
    assert_eq!(CloudConfig::parse(&text("x")).unwrap(), CloudConfig::default());
    let failure = CloudConfig::parse(&Input::Null).unwrap_err();
    assert_eq!(failure.message, "Cannot read properties of null (reading 'env')");
    let failure = CloudConfig::parse(&object(vec![("secretId", text("a"))])).unwrap_err();
    assert_eq!(failure.message, "secretId and secretKey must be a pair");
    assert_eq!(failure.code.as_deref(), Some("INVALID_PARAM"));
}

#[test]
fn a_cross_account_instance_needs_its_resource_env() {
    let resource = || ("resourceEnv", text("r"));
    let cases = [
        (Input::Absent, Ok(None)),
        (object(vec![]), Err("missing resourceEnv")),
        (object(vec![resource(), ("resourceAppid", text("a"))]), Ok(Some("r"))),
        (object(vec![resource(), ("env", text("e"))]), Ok(Some("e"))),
        (object(vec![resource()]), Ok(Some(""))),
    ];
    for (options, expected) in cases {
        let outcome = cross_account_env(&options, "now");
        match (&outcome, expected) {
            (Ok(env), Ok(expected)) => assert_eq!(env.as_deref(), expected),
            (Err(failure), Err(expected)) => assert_eq!(failure.message, expected),
            _ => panic!("{options:?}: {outcome:?}"),
        }
    }
}

#[test]
fn replies_of_functions_are_parsed_twice() {
    let json = |text: &str| FunctionResult::Json(text.to_owned());
    let plain = |text: &str| FunctionResult::Text(text.to_owned());
    let cases = [
        ("{\"a\":1}", json("{\"a\":1}")),
        ("\"{\\\"a\\\":1}\"", json("{\"a\":1}")),
        ("\"123\"", json("123")),
        ("\"abc\"", plain("abc")),
        ("abc", plain("abc")),
        ("", plain("")),
        ("null", json("null")),
    ];
    for (reply, expected) in cases {
        assert_eq!(function_result(reply), expected, "{reply}");
    }
}

#[test]
fn names_are_converted_as_the_official_client_does() {
    // Observed with `openapi.a.b({..})`.
    let cases = [
        ("camelCase", "camel_case"),
        ("CamelCase", "camel_case"),
        ("aBC", "a_b_c"),
        ("ABC", "a_b_c"),
        ("_a", "_a"),
        ("a_b", "a_b"),
        ("a__b", "a__b"),
        ("_Ab", "__ab"),
        ("a1B", "a1_b"),
        ("urlID", "url_i_d"),
        ("中A", "中_a"),
        ("a_1", "a_1"),
        ("a_B", "a__b"),
    ];
    for (name, expected) in cases {
        assert_eq!(open_api::to_snake(name), expected, "{name}");
    }
    for (name, expected) in [
        ("a_b", "aB"),
        ("_id", "Id"),
        ("a__b", "a_B"),
        ("a_1", "a_1"),
        ("a_B", "a_B"),
        ("a_", "a_"),
    ] {
        assert_eq!(open_api::to_camel(name), expected, "{name}");
    }
}

#[test]
fn renamed_keys_move_to_the_end_and_replace_what_has_their_name() {
    let data = object(vec![
        ("aB", object(vec![("cD", Input::List(vec![object(vec![("eF", Input::Null)])]))])),
        ("z", Input::Boolean(true)),
    ]);
    let converted = open_api::snake_data(&data).unwrap();
    let inner = Input::List(vec![object(vec![("e_f", Input::Null)])]);
    let expected = object(vec![("z", Input::Boolean(true)), ("a_b", object(vec![("c_d", inner)]))]);
    assert_eq!(converted, expected);
    let data =
        object(vec![("a_b", Input::Number(3.0)), ("aB", Input::Number(4.0)), ("z", Input::Null)]);
    let expected = object(vec![("a_b", Input::Number(4.0)), ("z", Input::Null)]);
    assert_eq!(open_api::snake_data(&data).unwrap(), expected);
    let reply = open_api::camel_reply(json!({"a_b": {"c_d": [{"e_f": 1}]}, "z": 2}));
    assert_eq!(reply.to_string(), "{\"z\":2,\"aB\":{\"cD\":[{\"eF\":1}]}}");
}

#[test]
fn open_api_data_is_sent_as_pairs_of_json() {
    let data = object(vec![
        ("aB", Input::Number(1.0)),
        ("u", Input::Absent),
        ("f", Input::Function),
        ("n", Input::Null),
        ("big", Input::BigInteger("10".into())),
    ]);
    let pairs: Vec<String> = open_api::request_pairs(&data, true)
        .unwrap()
        .into_iter()
        .map(|pair| format!("{}={:?}", pair.key, pair.value))
        .collect();
    assert_eq!(pairs, ["n=Json(\"null\")", "big=Json(\"10\")", "a_b=Json(\"1\")"]);
    let letters = open_api::request_pairs(&text("aBc"), true).unwrap();
    assert_eq!(letters.len(), 4);
    assert_eq!(Proxy::OpenApi.display_name(&["a", "b"]), "openapi.a.b");
    assert_eq!(Proxy::CloudPay.display_name(&["refund"]), "cloudPay.refund");
}

#[test]
fn a_signature_is_the_one_the_official_client_sends() {
    let params = ["openid", "appid", "ts", "zoneId", "pf"].map(text).to_vec();
    let options = object(vec![
        ("type", text("midas")),
        ("params", Input::List(params)),
        ("secret", text("s")),
    ]);
    let signature = open_api::signature(&options).unwrap().unwrap();
    let data = object(vec![
        ("openid", text("o")),
        ("appid", text("a")),
        ("ts", Input::Number(1.0)),
        ("pf", text("p")),
        ("zone_id", text("1")),
    ]);
    let path = open_api::midas_path("openapi.midas.getBalance").unwrap();
    assert_eq!(
        signature.compute(path, &data).unwrap(),
        "f6260eed2df5bbec48367a803c402eb45ac3f861b49922eb19db15449b0cf8c9"
    );
    let failure = signature.compute(path, &object(vec![])).unwrap_err();
    assert_eq!(failure.message, "Cannot compute signature: lack of param 'appid'");
}

#[test]
fn open_api_replies_are_shaped_by_their_content_type() {
    let api = "openapi.a.b";
    let reply = |kind: &str, body: &str| open_api::open_api_reply(api, kind, body.as_bytes(), true);
    let fields = |value: serde_json::Value| Reply::Fields(value.as_object().unwrap().clone());
    let body = "{\"errcode\":0,\"errmsg\":\"ok\",\"a_b\":1}";
    for kind in ["application/json; charset=utf-8", "text/plain"] {
        assert_eq!(reply(kind, body).unwrap(), fields(json!({"aB": 1})));
    }
    assert_eq!(reply("text/plain", "hello").unwrap(), fields(json!({"result": "hello"})));
    assert_eq!(reply("image/png", "x").unwrap(), Reply::Bytes);
    let failure = reply("application/json", "{\"errcode\":40001,\"errmsg\":\"no\"}").unwrap_err();
    assert_eq!(
        (failure.err_code, failure.err_msg.as_deref()),
        (Some(40001), Some("openapi.a.b:fail no"))
    );
    let failure = reply("application/json", "nonsense").unwrap_err();
    assert_eq!(
        failure.err_msg.as_deref(),
        Some(
            "openapi.a.b:fail wechat server internal error, response body is invalid json: nonsense"
        )
    );
    let denied = open_api::open_failure(api, &Error::new(ErrorKind::OpenApiDenied, ""));
    assert_eq!(denied.err_msg.as_deref(), Some("system error: error code: -604101"));
    let failed = open_api::open_failure(api, &Error::new(ErrorKind::Internal, "m"));
    assert_eq!(failed.message(), "openapi.a.b:fail -501001 resource system error. m");
}

#[test]
fn items_of_files_carry_numbers_and_texts() {
    let missing = Error::new(ErrorKind::FileNotFound, "gone");
    assert_eq!(files::item_status(None), (0, "ok"));
    assert_eq!(files::item_status(Some(&missing)), (-503_003, "storage file not exists"));
    let failure = files::download_failure(&missing);
    assert_eq!(failure.message(), "downloadFile:fail gone");
    assert_eq!(failure.code.as_deref(), Some("STORAGE_FILE_NONEXIST"));
}

#[test]
fn stored_geometries_come_back_or_reject_as_observed() {
    // Observed with `collection.get` of the official package.
    let plain: &[bson::Document] = &[
        doc! {"type": "Point", "coordinates": 5},
        doc! {"type": "LineString", "coordinates": [5]},
        doc! {"type": "LineString", "coordinates": [["a", 1]]},
        doc! {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]},
        doc! {"type": "Polygon", "coordinates": ["ab"]},
        doc! {"type": "Polygon", "coordinates": [[5]]},
        doc! {"type": "Polygon", "coordinates": [[5, 6]]},
        doc! {"type": "GeometryCollection", "geometries": []},
        doc! {"type": 5, "coordinates": [1, 2]},
        doc! {"kind": "Point"},
    ];
    for document in plain {
        let bytes = encode_document(document);
        assert_eq!(geo::revive(RawDoc::new(&bytes)).unwrap(), None, "{document}");
    }
    let failing = [
        (doc! {"type": "Point", "coordinates": [200, 1]}, "longitude should be"),
        (doc! {"type": "Point", "coordinates": [1, 91]}, "latitude should be"),
        (doc! {"type": "Point", "coordinates": ["a", 1]}, "Geo Point must be number type"),
        (doc! {"type": "Point", "coordinates": []}, "Geo Point must be number type"),
        (doc! {"type": "LineString", "coordinates": [[1, 2]]}, "\"points\" must contain 2"),
        (doc! {"type": "LineString", "coordinates": [null]}, "of null (reading '0')"),
        (doc! {"type": "LineString", "coordinates": [[200, 1], [1, 1]]}, "longitude should be"),
        (doc! {"type": "Polygon", "coordinates": []}, "Polygon must contain 1"),
        (doc! {"type": "Polygon", "coordinates": [[]]}, "of undefined (reading '0')"),
        (doc! {"type": "Polygon", "coordinates": [[[0, 0]]]}, "\"points\" must contain 2"),
        (doc! {"type": "Polygon", "coordinates": [5]}, "of undefined (reading '0')"),
        (doc! {"type": "Polygon", "coordinates": [null]}, "of null (reading '0')"),
        (doc! {"type": "Polygon", "coordinates": [[null]]}, "of null (reading '0')"),
        (doc! {"type": "MultiPoint", "coordinates": []}, "\"points\" must contain 1 point"),
        (doc! {"type": "MultiLineString", "coordinates": []}, "Polygon must contain 1"),
        (doc! {"type": "MultiLineString", "coordinates": [5]}, "line is not iterable"),
        (doc! {"type": "MultiLineString", "coordinates": [[]]}, "\"points\" must contain 2"),
        (
            doc! {"type": "MultiPolygon", "coordinates": [[[[0, 0], [1, 1]]]]},
            "LineString [0,0],[1,1] is not a closed cycle",
        ),
        (doc! {"type": "MultiPolygon", "coordinates": [5]}, "polygon is not iterable"),
        (doc! {"type": "MultiPolygon", "coordinates": [[5]]}, "line is not iterable"),
        (doc! {"type": "MultiPolygon", "coordinates": [[]]}, "Polygon must contain 1"),
        (doc! {"type": "MultiPolygon", "coordinates": []}, "MultiPolygon must contain 1"),
    ];
    for (document, expected) in failing {
        let bytes = encode_document(&document);
        let failure = geo::revive(RawDoc::new(&bytes)).unwrap_err();
        assert!(failure.message.contains(expected), "{document}: {}", failure.message);
    }
    let point = |longitude: f64, latitude: f64| Geo::Point { longitude, latitude };
    let ring = Geo::LineString(vec![point(0.0, 0.0), point(1.0, 0.0), point(0.0, 0.0)]);
    let alive = [
        point(1.0, 2.0),
        ring.clone(),
        Geo::Polygon(vec![ring.clone()]),
        Geo::MultiPoint(vec![point(1.0, 2.0)]),
        Geo::MultiLineString(vec![ring.clone()]),
        Geo::MultiPolygon(vec![Geo::Polygon(vec![ring])]),
    ];
    for shape in alive {
        let bytes = encode_document(&geo::to_document(&shape));
        assert_eq!(geo::revive(RawDoc::new(&bytes)).unwrap(), Some(shape));
    }
    let extra = encode_document(&doc! {"type": "MultiPoint", "coordinates": [[1, 2, 3]], "x": 1});
    let expected = Geo::MultiPoint(vec![point(1.0, 2.0)]);
    assert_eq!(geo::revive(RawDoc::new(&extra)).unwrap(), Some(expected));
}

#[test]
fn chained_geo_commands_are_checked_at_once() {
    let point = || Input::Geo(Geo::Point { longitude: 1.0, latitude: 2.0 });
    let near = |extra: Vec<(&str, Input)>| {
        let mut entries = vec![("geometry", point())];
        entries.extend(extra);
        object(entries)
    };
    let cases = [
        ("geoNear", near(vec![]), None),
        (
            "geoNear",
            Input::Absent,
            Some("Cannot read properties of undefined (reading 'geometry')"),
        ),
        (
            "geoNear",
            object(vec![("geometry", Input::Number(1.0))]),
            Some("\"geometry\" must be of type Point. Received type number"),
        ),
        (
            "geoNear",
            near(vec![("maxDistance", text("1"))]),
            Some("\"maxDistance\" must be of type Number. Received type string"),
        ),
        (
            "geoNear",
            near(vec![("minDistance", Input::Null)]),
            Some("\"minDistance\" must be of type Number. Received type object"),
        ),
        ("geoWithin", near(vec![]), Some("centersPhere结构不合法")),
        (
            "geoIntersects",
            object(vec![]),
            Some(
                "\"geometry\" must be of type Point, LineString, Polygon, MultiPoint, \
                 MultiLineString or MultiPolygon. Received type undefined",
            ),
        ),
        ("geoIntersects", near(vec![]), None),
    ];
    for (operator, options, expected) in cases {
        let outcome = geo::check_chained(operator, &options);
        assert_eq!(outcome.err().map(|failure| failure.message.clone()).as_deref(), expected);
    }
}

#[test]
fn small_constructors_check_their_arguments() {
    let message = |failure: Failure| failure.message.clone();
    assert_eq!(
        message(validate::pattern(&Input::Null).unwrap_err()),
        "Cannot destructure property 'regexp' of 'object null' as it is null."
    );
    assert_eq!(
        message(validate::pattern(&object(vec![("regexp", text(""))])).unwrap_err()),
        "regexp must be a string"
    );
    let pattern = validate::pattern(&object(vec![("regexp", text("a"))])).unwrap();
    assert_eq!(pattern, (text("a"), text("")));
    assert_eq!(
        message(validate::server_date(&Input::Null).unwrap_err()),
        "Cannot read properties of null (reading 'offset')"
    );
    assert_eq!(validate::server_date(&Input::Number(5.0)).unwrap(), Input::Number(0.0));
    assert!(check_log_message(&object(vec![])).is_ok());
    assert!(check_log_message(&text("x")).is_err());
    for options in [Input::Null, Input::Absent, Input::Number(5.0)] {
        assert!(open_api::check_proxy_options(&options).is_err());
    }
    assert!(open_api::check_proxy_options(&object(vec![])).is_ok());
}

#[test]
fn a_query_tells_of_rows_that_its_limit_hides() {
    let state = QueryState::default();
    assert!(state.truncation(100, true).is_some());
    assert!(state.truncation(100, false).is_none());
    let limited = state.limit(&Input::Number(100.0)).unwrap();
    assert!(limited.truncation(100, true).is_none());
    let above = state.limit(&Input::Number(5000.0)).unwrap();
    assert!(above.truncation(1000, true).is_some());
    assert_eq!((state.rows(), above.rows()), (100, 1000));
    assert_eq!(state.limit(&Input::Number(-5.0)).unwrap().rows(), -5);
}

#[test]
fn a_negative_skip_is_sent_and_refused() {
    let state = QueryState::default().skip(&Input::Number(-3.0)).unwrap();
    let failure = request::find(&state).unwrap_err();
    assert_eq!(
        failure.message(),
        "collection.get:fail -502001 database request fail. [FailedOperation.Query] (BadValue) \
         Skip value must be non-negative, but received: -3"
    );
    let state = QueryState::default().limit(&Input::Number(-5000.0)).unwrap();
    assert_eq!(request::find(&state).unwrap().spec.limit, 1000);
}

#[test]
fn errors_and_configs_tell_their_pitfalls() {
    let error = Error::mongo(28, "Cannot create field 'b' in element {a: null}");
    assert_eq!(path_through_null(&error), Some(Pitfall::PathThroughNull { path: "a.b".into() }));
    let error = Error::mongo(28, "Cannot create field 'b' in element {a: 5}");
    assert_eq!(path_through_null(&error), None);
}

#[test]
fn a_missing_env_is_told_once_and_only_beside_a_named_one() {
    let env = |env: Input| EnvSetting::parse(&env);
    for order in [[Input::Absent, text("e")], [text("e"), Input::Absent]] {
        let given = EnvsGiven::default();
        let [first, second] = order.map(env);
        assert_eq!(given.note(&first), None);
        assert_eq!(given.note(&first), None);
        assert_eq!(given.note(&EnvSetting::Current), None);
        assert_eq!(given.note(&second), Some(Pitfall::EnvMissing));
        assert_eq!(given.note(&first), None);
        assert_eq!(given.note(&second), None);
    }
}

#[test]
fn removing_a_query_warns_of_options_it_ignores() {
    let state = QueryState::default().limit(&Input::Number(1.0)).unwrap();
    let all = request::remove_query(&state, &Input::Absent).unwrap();
    assert_eq!(all.pitfalls, [Pitfall::RemoveIgnoresOptions]);
    let options = object(vec![("multi", Input::Boolean(false))]);
    let one = request::remove_query(&state, &options).unwrap();
    assert!(one.pitfalls.is_empty() && !one.spec.multi);
}

#[test]
fn every_command_has_its_kind_and_its_operands() {
    let shape = |name: &str| COMMANDS.iter().find(|shape| shape.name == name).unwrap().operands;
    assert_eq!(shape("in"), Operands::Whole);
    assert_eq!(shape("and"), Operands::ListOrAll);
    assert_eq!(shape("mod"), Operands::Modulo);
    assert_eq!(shape("push"), Operands::Push);
    assert_eq!(shape("pop"), Operands::Nothing);
    assert_eq!(shape("inc"), Operands::First);
}
