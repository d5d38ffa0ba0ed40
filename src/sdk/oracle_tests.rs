//! The client side against recordings of the official package: `__test__/oracle/encodings.jsonl`.

use serde_json::{Value, json};

use crate::sdk::encode::{Stage, encode_document_bytes, encode_stage, encode_update, number};
use crate::sdk::failure::{Failure, FailureClass};
use crate::sdk::files::ContentKind;
use crate::sdk::query_state::QueryState;
use crate::sdk::{
    Command, CommandKind, Geo, Input, Object, Tag, call, files, geo, open_api, request, validate,
};
use crate::value::{Bson, Document, RawDoc, ejson, to_document};

const RECORDED: &str = include_str!("../../__test__/oracle/encodings.jsonl");

/// Expressions whose difference is known and described in the compatibility table.
const KNOWN: &[&str] = &[];

/// Reads what `describe` of `encodings.mjs` wrote.
fn input(value: &Value) -> Input {
    match value {
        Value::Null => Input::Null,
        Value::Bool(flag) => Input::Boolean(*flag),
        Value::String(text) => Input::Text(text.clone()),
        Value::Array(items) => Input::List(items.iter().map(input).collect()),
        Value::Number(_) => panic!("numbers are described as objects"),
        Value::Object(fields) => described(fields),
    }
}

fn described(fields: &serde_json::Map<String, Value>) -> Input {
    let (kind, value) = fields.iter().next().unwrap();
    match kind.as_str() {
        "u" => Input::Absent,
        "n" => Input::Number(match value.as_str().unwrap() {
            "Infinity" => f64::INFINITY,
            "-Infinity" => f64::NEG_INFINITY,
            text => text.parse().unwrap(),
        }),
        "b" => Input::BigInteger(value.as_str().unwrap().to_owned()),
        "f" => Input::Function,
        "y" => Input::Symbol,
        "z" => Input::Circular,
        "d" => Input::Date(value.as_f64().unwrap_or(f64::NAN)),
        "r" => Input::Pattern {
            source: value[0].as_str().unwrap().to_owned(),
            flags: value[1].as_str().unwrap().to_owned(),
        },
        "s" => Input::ServerDate { offset: Box::new(input(value)) },
        "x" => Input::DbPattern {
            pattern: Box::new(input(&value[0])),
            options: Box::new(input(&value[1])),
        },
        "g" => Input::Geo(geometry(value)),
        "c" => Input::Command(Box::new(Command {
            kind: match value[0].as_str().unwrap() {
                "Query" => CommandKind::Query,
                "Logic" => CommandKind::Logic,
                _ => CommandKind::Update,
            },
            operator: value[1].as_str().unwrap().to_owned(),
            operands: input(&value[2]),
            field_name: value[3].as_str().map(ToOwned::to_owned),
        })),
        _ => Input::Object(Object {
            tag: fields
                .get("tag")
                .map_or(Tag::Object, |tag| Tag::Other(tag.as_str().unwrap().to_owned())),
            entries: value
                .as_array()
                .unwrap()
                .iter()
                .map(|entry| (entry[0].as_str().unwrap().to_owned(), input(&entry[1])))
                .collect(),
            to_json: fields.get("j").map(|result| Box::new(input(result))),
        }),
    }
}

fn geometry(value: &Value) -> Geo {
    let number = |value: &Value| match input(value) {
        Input::Number(number) => number,
        other => panic!("{other:?} is no coordinate"),
    };
    let parts = |value: &Value| {
        value.as_array().unwrap().iter().map(|part| geometry(&part["g"])).collect::<Vec<_>>()
    };
    match value[0].as_str().unwrap() {
        "Point" => Geo::Point { longitude: number(&value[1]), latitude: number(&value[2]) },
        "LineString" => Geo::LineString(parts(&value[1])),
        "Polygon" => Geo::Polygon(parts(&value[1])),
        "MultiPoint" => Geo::MultiPoint(parts(&value[1])),
        "MultiLineString" => Geo::MultiLineString(parts(&value[1])),
        _ => Geo::MultiPolygon(parts(&value[1])),
    }
}

/// What a chain of calls sends, in the recording's shape.
#[derive(Default)]
struct Chain {
    state: QueryState,
    id: Option<Input>,
    projection: Option<Vec<(String, Input)>>,
    stages: Option<Vec<Stage>>,
}

type Sent = Result<Option<Value>, Failure>;

impl Chain {
    fn call(&mut self, method: &str, arguments: &[Input]) -> Sent {
        let absent = Input::Absent;
        let first = arguments.first().unwrap_or(&absent);
        if let Some(stages) = &mut self.stages {
            if method == "end" {
                let stages: Vec<Value> = stages
                    .iter()
                    .map(|stage| match stage.text() {
                        Some(text) => json!({"stageKey": stage.key, "stageValue": text}),
                        None => json!({"stageKey": stage.key}),
                    })
                    .collect();
                return Ok(Some(json!({"stages": stages})));
            }
            stages.push(encode_stage(method, first)?.value);
            return Ok(None);
        }
        if let Some(id) = self.id.clone() {
            return self.document_call(&id, method, first);
        }
        match method {
            "collection" => validate::collection_name(first)?,
            "where" => self.state = self.state.where_condition(first)?,
            "orderBy" => {
                self.state = self.state.order_by(first, arguments.get(1).unwrap_or(&absent))?;
            }
            "limit" => self.state = self.state.limit(first)?,
            "skip" => self.state = self.state.skip(first)?,
            "field" => self.state = self.state.field(first),
            "aggregate" => self.stages = Some(Vec::new()),
            "doc" => {
                validate::document_id(first)?;
                self.id = Some(first.clone());
            }
            _ => return self.query_call(method, first),
        }
        Ok(None)
    }

    fn query_call(&self, method: &str, first: &Input) -> Sent {
        let mut sent = json!({});
        let filter = |filter: Document| match &self.state.filter {
            Some(_) => canonical(filter),
            None => Value::Null,
        };
        match method {
            "get" => {
                let spec = request::find(&self.state)?.spec;
                sent["query"] = filter(spec.filter);
                if !spec.sort.is_empty() {
                    sent["order"] = canonical(spec.sort);
                }
                sent["projection"] = spec.projection.map_or(Value::Null, canonical);
                sent["limit"] = json!(self.state.rows());
                if let Some(skip) = self.state.skip.filter(|skip| *skip != 0.0) {
                    sent["offset"] = ejson::to_relaxed(number(skip));
                }
            }
            "count" => sent["query"] = filter(request::count(&self.state)?.spec),
            "update" => {
                let spec = request::update_query(&self.state, first)?.spec;
                sent["data"] = canonical(spec.update);
                sent["query"] = filter(spec.filter);
                sent["multi"] = json!(spec.multi);
            }
            "remove" => {
                let spec = request::remove_query(&self.state, first)?.spec;
                sent["query"] = match &self.state.filter {
                    Some(_) => canonical(spec.filter),
                    None => json!(""),
                };
                sent["multi"] = json!(spec.multi);
            }
            "add" => {
                let data = validate::add_data(first)?;
                let single = std::slice::from_ref(data);
                let items = if let Input::List(items) = data { items } else { single };
                let wrapped = |failure: Failure| failure.wrapped("collection.add");
                let texts: Result<Vec<Value>, Failure> = items
                    .iter()
                    .map(|item| {
                        let encoded = encode_document_bytes(item).map_err(wrapped)?;
                        Ok(match encoded.refusal {
                            None => canonical(to_document(RawDoc::new(&encoded.value))),
                            Some(_) => json!("refused"),
                        })
                    })
                    .collect();
                sent["data"] = Value::Array(texts?);
            }
            other => panic!("no such call: {other}"),
        }
        Ok(Some(sent))
    }

    fn document_call(&mut self, id: &Input, method: &str, first: &Input) -> Sent {
        let mut sent = json!({"multi": false});
        match method {
            "field" => {
                validate::document_field(first)?;
                self.projection = QueryState::default().field(first).projection;
                return Ok(None);
            }
            "get" => {
                let spec = request::find_document(id, self.projection.as_deref())?.spec;
                sent["query"] = canonical(spec.filter);
                sent["projection"] = spec.projection.map_or(Value::Null, canonical);
            }
            "update" => {
                let spec = request::update_document(id, first)?.spec;
                sent["data"] = canonical(spec.update);
                sent["query"] = canonical(spec.filter);
            }
            "set" => {
                let spec = request::set_document(id, first)?.spec;
                sent["data"] = canonical(to_document(RawDoc::new(&spec.replacement)));
                sent["query"] = canonical(spec.filter);
            }
            _ => sent["query"] = canonical(request::remove_document(id).spec.filter),
        }
        Ok(Some(sent))
    }
}

fn canonical(document: Document) -> Value {
    Value::String(ejson::to_canonical(Bson::Document(document)).to_string())
}

/// Calls of `cloud` and constructors, which send nothing that is compared here.
fn other_call(method: &str, arguments: &[Input]) -> Sent {
    let absent = Input::Absent;
    let first = arguments.first().unwrap_or(&absent);
    match method {
        "Point" => {
            geo::point(first, arguments.get(1).unwrap_or(&absent))?;
        }
        "LineString" | "Polygon" | "MultiPoint" | "MultiLineString" | "MultiPolygon" => {
            geo::shape(method, first)?;
        }
        "callFunction" => {
            let call = call::function_call(first)?;
            return Ok(Some(json!({"function_name": call.name, "request_data": call.event_text})));
        }
        "uploadFile" => {
            let content = first.property("fileContent").unwrap_or(&absent);
            let kind = if content.is_truthy() {
                ContentKind::Other
            } else {
                ContentKind::Missing(content.type_of())
            };
            files::upload(first, kind)?;
        }
        "downloadFile" => {
            files::download(first)?;
        }
        "getTempFileURL" => {
            files::temp_urls(first)?;
        }
        "deleteFile" => {
            files::deletion(first)?;
        }
        "getOpenData" => {
            open_api::open_data_ids(first)?;
        }
        "getVoIPSign" => open_api::check_voip_sign(first)?,
        "getCloudCallSign" => open_api::check_cloud_call_sign(first)?,
        "callOpenAPI" => {
            open_api::call_open_api(first)?;
        }
        _ => {
            open_api::signature(first)?;
        }
    }
    Ok(None)
}

const OTHER_CALLS: &[&str] = &[
    "Point",
    "LineString",
    "Polygon",
    "MultiPoint",
    "MultiLineString",
    "MultiPolygon",
    "callFunction",
    "uploadFile",
    "downloadFile",
    "getTempFileURL",
    "deleteFile",
    "getOpenData",
    "getVoIPSign",
    "getCloudCallSign",
    "callOpenAPI",
    "signature",
];

fn run(calls: &[Value]) -> Sent {
    let mut chain = Chain::default();
    let mut last = None;
    for call in calls {
        let call = call.as_array().unwrap();
        let method = call[0].as_str().unwrap();
        let arguments: Vec<Input> = call[1..].iter().map(input).collect();
        last = if OTHER_CALLS.contains(&method) {
            other_call(method, &arguments)?
        } else {
            chain.call(method, &arguments)?
        };
    }
    Ok(last)
}

/// Brings what the official printer and ours write differently to one form.
fn normal(value: &Value) -> Value {
    match value {
        Value::Object(fields) => match fields.iter().next() {
            Some((key, Value::String(digits))) if key == "$numberDouble" => {
                json!({"$numberDouble": digits.parse::<f64>().unwrap().to_string()})
            }
            Some((key, Value::String(digits)))
                if key == "$numberLong" && digits.parse::<i64>().is_err() && digits != "NaN" =>
            {
                json!({"$numberDouble": digits.parse::<f64>().unwrap().to_string()})
            }
            // User's Extended JSON is printed again from the value it stands for.
            Some((key, Value::String(text))) if key == "$date" => {
                let date = bson::DateTime::parse_rfc3339_str(text).unwrap();
                json!({"$date": {"$numberLong": date.timestamp_millis().to_string()}})
            }
            Some((key, parts)) if key == "$regularExpression" => {
                let mut parts = parts.clone();
                if let Some(options) = parts["options"].as_str() {
                    let mut letters: Vec<char> = options.chars().collect();
                    letters.sort_unstable();
                    parts["options"] = json!(letters.into_iter().collect::<String>());
                }
                json!({"$regularExpression": normal_fields(&parts)})
            }
            _ => normal_fields(value),
        },
        Value::Array(items) => Value::Array(items.iter().map(normal).collect()),
        // What went through `toJSON` are plain numbers, which the service types by value.
        Value::Number(plain) => ejson::to_canonical(number(plain.as_f64().unwrap())),
        other => other.clone(),
    }
}

fn normal_fields(value: &Value) -> Value {
    let fields = value.as_object().unwrap();
    Value::Object(fields.iter().map(|(key, value)| (key.clone(), normal(value))).collect())
}

fn normal_text(value: &Value) -> Value {
    match value {
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(parsed) => json!(normal(&parsed).to_string()),
            Err(_) => value.clone(),
        },
        Value::Array(items) => Value::Array(items.iter().map(normal_text).collect()),
        Value::Object(fields) => Value::Object(
            fields.iter().map(|(key, value)| (key.clone(), normal_text(value))).collect(),
        ),
        other => other.clone(),
    }
}

fn class_name(class: FailureClass) -> &'static str {
    match class {
        FailureClass::Error => "Error",
        FailureClass::TypeError => "TypeError",
        FailureClass::RangeError => "RangeError",
        FailureClass::SyntaxError => "SyntaxError",
        FailureClass::CloudSdk => "CloudSDKError",
        FailureClass::Tcb => "TcbError",
        FailureClass::Bson => "BSONError",
        FailureClass::BsonType => "BSONTypeError",
    }
}

/// The first difference between a recording and what we do.
fn difference(line: &Value) -> Option<String> {
    let calls: Vec<Value> = line["calls"]
        .as_array()
        .unwrap()
        .iter()
        // Geometries among the arguments were made before the chain; they are described in it.
        .filter(|call| {
            line["source"].as_str().unwrap().starts_with("db.Geo")
                || !OTHER_CALLS[..6].contains(&call[0].as_str().unwrap())
        })
        .cloned()
        .collect();
    let outcome = run(&calls);
    match (&line["error"], outcome) {
        (Value::Null, Ok(sent)) => sent_difference(&line["sent"], sent.as_ref()?),
        // Extended JSON that stands for no document: the client sends it, the service refuses.
        (Value::Null, Err(failure)) if failure.message().contains("must be an object") => None,
        // So does a negative offset.
        (Value::Null, Err(failure)) if failure.message().contains("must be non-negative") => None,
        (Value::Null, Err(failure)) => Some(format!("we refuse: {}", failure.message())),
        (error, Ok(_)) => {
            // The chain broke on a name that does not exist, or in a constructor of an argument:
            // nothing of it reached the client's encoders.
            let text = error["message"].as_str().unwrap_or_default();
            let is_outside = text.ends_with("is not a function")
                || calls.len() < line["source"].as_str().unwrap().matches(").").count() + 1
                || calls.is_empty();
            (!is_outside).then(|| format!("we accept, expected {error}"))
        }
        (error, Err(failure)) => {
            let ours = json!({
                "class": class_name(failure.class), "message": failure.message(),
                "errCode": failure.err_code, "errMsg": failure.err_msg, "code": failure.code,
                "requestId": failure.request_id,
            });
            let mut differs = Vec::new();
            for (key, ours) in ours.as_object().unwrap() {
                let expected = &error[key.as_str()];
                let is_circle = ["Converting circular structure"]
                    .iter()
                    .any(|text| expected.as_str().is_some_and(|expected| expected.contains(text)));
                if expected != ours && !is_circle {
                    differs.push(format!("{key}: {ours}, expected {expected}"));
                }
            }
            (!differs.is_empty()).then(|| differs.join("; "))
        }
    }
}

fn sent_difference(expected: &Value, ours: &Value) -> Option<String> {
    for (key, ours) in ours.as_object().unwrap() {
        let expected = normal_text(&expected[key.as_str()]);
        let ours = normal_text(ours);
        if ours.to_string().contains("refused") {
            continue;
        }
        // Texts, not values: the order of keys counts.
        let (expected, ours) = (expected.to_string(), ours.to_string());
        if expected != ours {
            return Some(format!("{key}:\n      ours     {ours}\n      expected {expected}"));
        }
    }
    None
}

#[test]
fn encodes_and_refuses_as_the_official_package_does() {
    let mut different = Vec::new();
    let mut count = 0;
    for line in RECORDED.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let source = line["source"].as_str().unwrap();
        count += 1;
        let difference = difference(&line);
        assert!(
            difference.is_some() || !KNOWN.contains(&source),
            "{source} is listed as different and is not"
        );
        if let Some(text) = difference
            && !KNOWN.contains(&source)
        {
            different.push(format!("{source}\n    {text}"));
        }
    }
    assert!(count >= 500, "the recording holds {count} expressions");
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n"));
}

#[test]
fn an_update_command_is_no_update() {
    let command = Command::new(CommandKind::Update, "inc", Input::List(vec![Input::Number(1.0)]));
    assert!(encode_update(&Input::Command(Box::new(command))).is_err());
}
