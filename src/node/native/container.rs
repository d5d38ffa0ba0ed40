//! `callContainer` of a page, and the services that a test routes it to.

use serde::de::IgnoredAny;
use serde_json::{Value as Json, json};

use crate::cloud::calls::{Call as Recorded, Outcome as Answered};
use crate::cloud::container::{Target, caller_headers};
use crate::limits::CONTAINER_ANSWER_BYTES_MAX;
use crate::node::convert::{read, result};
use crate::node::js::{Js, Kept, Outcome, Type, Value};
use crate::node::native::Functions;
use crate::node::native::cloud::held as held_cloud;
use crate::node::native::functions::describe_fault;
use crate::node::native::request::{caller, world_of};
use crate::node::native::testing::{held, misuse, text_argument};
use crate::node::realm::Call;
use crate::node::world::Route;
use crate::sdk::container::{AnswerKind, ContainerCall, container_call, refused};
use crate::sdk::context::Service;
use crate::sdk::failure::Failure;
use crate::sdk::result::Api;

pub const FUNCTIONS: Functions = &[
    ("testRoute", route),
    ("testUnroute", unroute),
    ("planContainer", plan),
    ("failContainer", fail),
    ("checkContainerAnswer", check_answer),
    ("finishContainer", finish),
];

/// A call that was planned.
struct Planned {
    call: ContainerCall,
    call_id: String,
    world: std::sync::Arc<crate::node::world::World>,
}

/// `testRoute(handle, service, urlOrFunction)`.
fn route(call: Call<'_>) -> Outcome<Value<'_>> {
    const NAME: &str = "container.route";
    let handle = held(call, NAME)?;
    let service = text_argument(call, 1, NAME, "the service")?;
    let target = match call.js.type_of(call.argument(2))? {
        Type::Function => Route::Function,
        Type::String => {
            let url = call.js.to_text(call.argument(2))?;
            Route::Server(Target::parse(&url).map_err(|error| misuse(NAME, error))?)
        }
        _ => {
            let text =
                "a service is the URL of a server of this machine, or a function of the request";
            return Err(misuse(NAME, text));
        }
    };
    handle.world.route(&service, Some(target));
    call.js.undefined()
}

/// `testUnroute(handle, service)`.
fn unroute(call: Call<'_>) -> Outcome<Value<'_>> {
    const NAME: &str = "container.unroute";
    let service = text_argument(call, 1, NAME, "the service")?;
    held(call, NAME)?.world.route(&service, None);
    call.js.undefined()
}

/// `planContainer(client, options, bytesOfBinaryData)`, inside `enterClient`: what to send whereto.
fn plan(call: Call<'_>) -> Outcome<Value<'_>> {
    let js = call.js;
    let options = read(js, call.realm, call.argument(1))?;
    let binary = match js.type_of(call.argument(2))? {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a length")]
        Type::Number => Some(js.to_f64(call.argument(2))? as usize),
        _ => None,
    };
    let asked = container_call(&options, binary)?;
    let cloud = held_cloud(call)?;
    let env = cloud.env(call, asked.env.clone(), Service::Open)?;
    let world = world_of(call)?;
    let Some(route) = world.container(&asked.service) else {
        let text = format!("EnvDbId [{env}], ServiceName [{}] not exist.", asked.service);
        return Err(refused(-601_031, &text).into());
    };
    let met = world.injected_fault(Api::ClientCallContainer.name());
    let call_id = world.request_id();
    let identity = crate::cloud::Identity { env: Some(env), ..caller(call)? };
    let described = js.object()?;
    let server = match &route {
        Route::Server(target) => Some(target),
        Route::Function => None,
    };
    let base = server.map_or("", |target| target.base.as_str());
    js.set(described, "world", js.text(&world.id)?)?;
    js.set(described, "service", js.text(&asked.service)?)?;
    js.set(described, "method", js.text(&asked.method)?)?;
    js.set(described, "path", js.text(&format!("{base}{}", asked.path))?)?;
    js.set(described, "timeoutMs", js.number(asked.timeout_ms as f64)?)?;
    let headers = js.object()?;
    for (name, value) in &asked.headers {
        js.set(headers, name, js.text(value)?)?;
    }
    for (name, value) in caller_headers(&identity, &asked.service, &call_id) {
        js.set(headers, name, js.text(&value)?)?;
    }
    js.set(described, "header", headers)?;
    if let Some(body) = &asked.body {
        js.set(described, "body", js.text(body)?)?;
    }
    if let Some(target) = server {
        js.set(described, "host", js.text(&target.host)?)?;
        js.set(described, "port", js.number(f64::from(target.port))?)?;
    }
    js.set(described, "isBinary", js.boolean(asked.answer == AnswerKind::Binary)?)?;
    js.set(described, "plan", js.external(Planned { call: asked, call_id, world })?)?;
    describe_fault(call, described, met)?;
    Ok(described)
}

fn planned(call: Call<'_>) -> Outcome<Kept<Planned>> {
    call.js.held::<Planned>(call.js.get(call.argument(0), "plan")?)
}

fn record(planned: &Planned, outcome: Answered) {
    let ContainerCall { service, method, path, body, .. } = &planned.call;
    let data = body
        .as_ref()
        .map(|text| serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.clone())));
    planned.world.calls.record(Recorded {
        api: Api::ClientCallContainer.name().to_owned(),
        arguments: json!({ "service": service, "method": method, "path": path, "data": data }),
        outcome,
        at_ms: planned.world.clock.now_ms(),
    });
}

/// `failContainer(call, error)`: the error of a service that did not answer, in time without one.
fn fail(call: Call<'_>) -> Outcome<Value<'_>> {
    let js = call.js;
    let planned = planned(call)?;
    let cause = call.argument(1);
    let failure = match js.type_of(cause)? {
        Type::Undefined => {
            let text = format!("no answer within {} ms", planned.call.timeout_ms);
            refused(102_002, &text)
        }
        _ => refused(-1, &message_of(js, cause)?),
    };
    let failure = failure.of_call(&planned.call_id);
    record(&planned, Answered::Failure(failure.message()));
    let error = crate::node::failure::error_object(js, call.realm, &failure)?;
    js.define_hidden(error, js.text("cause")?, cause)?;
    Ok(error)
}

fn message_of(js: Js<'_>, error: Value<'_>) -> Outcome<String> {
    if js.type_of(error)? != Type::Object {
        return Ok("the service failed".to_owned());
    }
    let message = js.get(error, "message")?;
    match js.type_of(message)? {
        Type::String => js.to_text(message),
        _ => Ok("the service failed".to_owned()),
    }
}

/// Refuses what a function of a test may not answer.
fn check_answer(call: Call<'_>) -> Outcome<Value<'_>> {
    let (js, answer) = (call.js, call.argument(1));
    if js.type_of(answer)? == Type::Object {
        for key in ["data", "statusCode", "header"] {
            if js.has_own(answer, key)? {
                return js.undefined();
            }
        }
    }
    let text = format!(
        "container.route: the function of '{}' must return {{ data, statusCode?, header? }}",
        planned(call)?.call.service
    );
    Err(Failure::error(text).into())
}

/// `finishContainer(call, statusCode, header, cookies, body)`: what the page gets.
fn finish(call: Call<'_>) -> Outcome<Value<'_>> {
    let js = call.js;
    let planned = planned(call)?;
    let body = js.buffer_bytes(call.argument(4))?;
    if body.len() > CONTAINER_ANSWER_BYTES_MAX {
        let text = format!("the answer has {} bytes, the most is 1 MB", body.len());
        let failure = refused(-606_002, &text).of_call(&planned.call_id);
        record(&planned, Answered::Failure(failure.message()));
        return Err(failure.into());
    }
    let text = String::from_utf8_lossy(&body);
    let is_json = serde_json::from_str::<IgnoredAny>(&text).is_ok();
    let data = match planned.call.answer {
        AnswerKind::Json if is_json => call.realm.parse_json(js, &text)?,
        AnswerKind::Json | AnswerKind::Text => js.text(&text)?,
        // The script has the bytes.
        AnswerKind::Binary => js.undefined()?,
    };
    let told = if is_json { serde_json::from_str(&text).ok() } else { None };
    let status = js.to_f64(call.argument(1))?;
    let answered =
        json!({ "statusCode": status, "data": told.unwrap_or(Json::String(text.into())) });
    record(&planned, Answered::Result(answered));
    let properties = [
        ("data", data),
        ("header", call.argument(2)),
        ("statusCode", js.number(status)?),
        ("cookies", call.argument(3)),
        ("callID", js.text(&planned.call_id)?),
        ("errMsg", js.text(&Api::ClientCallContainer.ok())?),
    ];
    result(js, call.realm, &properties)
}
