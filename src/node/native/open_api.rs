//! Open capabilities: `openapi`, `cloudPay`, `getOpenData` and their kin.
//!
//! Nothing reaches the network. A call is planned here and recorded; the script asks the test's
//! mock, if there is one, and otherwise takes the answer made here.

use std::sync::Arc;

use serde_json::Value as Json;

use crate::cloud::calls::{Call as Recorded, Outcome as Answered};
use crate::cloud::open_api::{self, Answer, Scene, check_permission, documented};
use crate::error::Error;
use crate::node::context;
use crate::node::convert::read;
use crate::node::js::{Js, Kept, Outcome, Thrown, Type, Value};
use crate::node::native::Functions;
use crate::node::native::cloud::CloudHandle;
use crate::node::native::functions::describe_fault;
use crate::node::native::request::{caller, world_of};
use crate::node::native::testing::misuse;
use crate::node::realm::Call;
use crate::node::world::World;
use crate::sdk::encode::json_text;
use crate::sdk::failure::Failure;
use crate::sdk::open_api as client;

use crate::sdk::Input;

pub const FUNCTIONS: Functions = &[
    ("openOptions", options),
    ("planOpenCall", plan_proxy),
    ("planCallOpenApi", plan_call_open_api),
    ("planOpenService", plan_service),
    ("answerOpenCall", answer),
    ("checkMocked", check_mocked),
    ("signature", signature),
];

/// A call of an open capability that waits for its answer.
struct Plan {
    world: Arc<World>,
    /// `openapi.security.msgSecCheck`: the name in `errMsg`, in mocks and in `calls()`.
    name: String,
    kind: Kind,
    request: Json,
    convert_case: bool,
}

enum Kind {
    /// The path below `openapi`.
    OpenApi(String),
    /// The method below `cloudPay`.
    CloudPay(String),
    OpenData(Vec<String>),
    VoipSign,
    CloudCallSign,
}

impl Kind {
    /// The name that mocks are kept under: `callOpenAPI` asks those of `openapi`.
    fn mock_name(&self, name: &str) -> String {
        match self {
            Self::OpenApi(path) => format!("openapi.{path}"),
            _ => name.to_owned(),
        }
    }
}

/// Options of `cloud.openapi({..})`: they replace earlier ones as a whole.
fn options(call: Call<'_>) -> Outcome<Value<'_>> {
    client::check_proxy_options(&read(call.js, call.realm, call.argument(0))?)?;
    Ok(call.argument(0))
}

fn plan_proxy(call: Call<'_>) -> Outcome<Value<'_>> {
    let js = call.js;
    let kind = js.to_text(call.argument(1))?;
    let options = read(js, call.realm, call.argument(2))?;
    let path = js.to_text(call.argument(3))?;
    let data = read(js, call.realm, call.argument(4))?;
    let convert_case = options.property("convertCase") != Some(&Input::Boolean(false));
    let name = format!("{kind}.{path}");
    let kind = if kind == "cloudPay" { Kind::CloudPay(path) } else { Kind::OpenApi(path) };
    plan(call, name, kind, &data, convert_case)
}

fn plan_call_open_api(call: Call<'_>) -> Outcome<Value<'_>> {
    let options = read(call.js, call.realm, call.argument(1))?;
    let (name, data) = client::call_open_api(&options)?;
    plan(call, "callOpenAPI".to_owned(), Kind::OpenApi(name), &data, false)
}

fn plan_service(call: Call<'_>) -> Outcome<Value<'_>> {
    let name = call.js.to_text(call.argument(1))?;
    let options = read(call.js, call.realm, call.argument(2))?;
    let kind = match name.as_str() {
        "getOpenData" => Kind::OpenData(client::open_data_ids(&options)?),
        "getVoIPSign" => {
            client::check_voip_sign(&options)?;
            Kind::VoipSign
        }
        _ => {
            client::check_cloud_call_sign(&options)?;
            Kind::CloudCallSign
        }
    };
    plan(call, name, kind, &options, false)
}

fn plan<'s>(
    call: Call<'s>,
    name: String,
    kind: Kind,
    data: &Input,
    convert_case: bool,
) -> Outcome<Value<'s>> {
    let js = call.js;
    // Only the check that the handle is one of ours: open capabilities have no environment.
    call.js.held::<CloudHandle>(call.argument(0))?;
    let world = world_of(call)?;
    let met = world.injected_fault(&name);
    check_declared(call, &world, &kind)?;
    let text = json_text(data).map_err(|failure| Thrown::from(failure.wrapped(&name)))?;
    let request = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or(Json::Null);
    let planned = js.object()?;
    js.set(planned, "world", js.text(&world.id)?)?;
    js.set(planned, "name", js.text(&name)?)?;
    js.set(planned, "ok", js.text(&format!("{name}:ok"))?)?;
    describe_fault(call, planned, met)?;
    js.set(planned, "mock", js.text(&kind.mock_name(&name))?)?;
    let plan = Plan { world, name, kind, request, convert_case };
    js.set(planned, "plan", js.external(plan)?)?;
    Ok(planned)
}

/// A capability that the function's `config.json` does not declare is told of, or refused when
/// the world enforces it.
fn check_declared(call: Call<'_>, world: &World, kind: &Kind) -> Outcome<()> {
    let Kind::OpenApi(path) = kind else { return Ok(()) };
    let Some(frame) = context::current(call.js)? else { return Ok(()) };
    let declared = frame.run.as_ref().and_then(|run| run.permissions.as_deref());
    let Err(error) = check_permission(path, declared) else { return Ok(()) };
    if world.settings.enforces_permissions {
        return Err(client::open_failure(&format!("openapi.{path}"), &error).into());
    }
    call.realm.tell(call.js, "permission-undeclared", error.message())
}

fn held(call: Call<'_>) -> Outcome<Kept<Plan>> {
    call.js.held::<Plan>(call.js.get(call.argument(0), "plan")?)
}

/// The answer when nothing is mocked: `{text}` as JSON, or `{contentType, buffer}`.
fn answer(call: Call<'_>) -> Outcome<Value<'_>> {
    let plan = held(call)?;
    let identity = caller(call)?;
    let scene = Scene {
        identity: &identity,
        now_ms: plan.world.clock.now_ms(),
        random: plan.world.entropy.next_u64(),
    };
    let js = call.js;
    match &plan.kind {
        Kind::OpenApi(path) => {
            let answer = open_api::open_api(path, &plan.request, scene).map_err(|error| {
                plan.record(Answered::Failure(error.message().to_owned()));
                not_mocked(&plan.name, &error)
            })?;
            if documented(path).is_some() {
                plan.tell_made_up(call, &format!("openapi.mock('{path}', ..)"))?;
            }
            finish(js, &plan, answer)
        }
        Kind::CloudPay(method) => {
            let answer =
                plan.world.pay_book.answer(method, &plan.request, scene).map_err(|error| {
                    plan.record(Answered::Failure(error.message().to_owned()));
                    not_mocked(&plan.name, &error)
                })?;
            plan.tell_made_up(call, &format!("cloudPay.mock('{method}', ..)"))?;
            finish(js, &plan, Answer::Json(answer))
        }
        Kind::OpenData(ids) => {
            let list = open_api::open_data_list(ids, &plan.world.open_data, scene);
            text(js, &plan, serde_json::json!({ "list": list }))
        }
        Kind::VoipSign => {
            let field = |name: &str| plan.request.get(name).cloned().unwrap_or(Json::Null);
            let signature = open_api::voip_sign(
                field("groupId").as_str().unwrap_or_default(),
                field("timestamp").as_i64().unwrap_or_default(),
                field("nonce").as_str().unwrap_or_default(),
                scene,
            );
            text(js, &plan, serde_json::json!({ "signature": signature }))
        }
        Kind::CloudCallSign => {
            let list = plan.request.get("parameterList").cloned().unwrap_or(Json::Null);
            let signature = open_api::cloud_call_sign(&list, scene);
            text(js, &plan, serde_json::json!({ "signature": signature }))
        }
    }
}

/// An undocumented name: the service's number, and how to mock it.
fn not_mocked(name: &str, error: &Error) -> Thrown {
    let mut failure = client::open_failure(name, error);
    let text = failure.err_msg.clone().unwrap_or_default();
    let err_msg = format!("{name}:fail {text}. {}", error.message());
    failure.err_msg = Some(err_msg.clone());
    failure.message = err_msg;
    failure.into()
}

fn finish<'s>(js: Js<'s>, plan: &Plan, answer: Answer) -> Outcome<Value<'s>> {
    match answer {
        Answer::Json(value) => {
            let fields = client::reply_fields(&plan.name, value, plan.convert_case)?;
            text(js, plan, Json::Object(fields))
        }
        Answer::Bytes { content_type, body } => {
            plan.record(Answered::Result(serde_json::json!({ "bytes": body.len() })));
            let made = js.object()?;
            js.set(made, "contentType", js.text(content_type)?)?;
            js.set(made, "buffer", js.buffer(&body)?)?;
            Ok(made)
        }
        Answer::Refused { code, message } => {
            plan.record(Answered::Failure(message.to_owned()));
            Err(Failure::cloud_sdk(code, format!("{}:fail {message}", plan.name)).into())
        }
    }
}

fn text<'s>(js: Js<'s>, plan: &Plan, value: Json) -> Outcome<Value<'s>> {
    let made = js.object()?;
    js.set(made, "text", js.text(&value.to_string())?)?;
    plan.record(Answered::Result(value));
    Ok(made)
}

impl Plan {
    /// Tells once that nothing real stands behind the answer.
    fn tell_made_up(&self, call: Call<'_>, mock: &str) -> Outcome<()> {
        let text = format!(
            "{} answered a made-up success: mock it with {mock} of wx-server-sdk-local/testing",
            self.name
        );
        call.realm.tell(call.js, "open-api-not-mocked", &text)
    }

    fn record(&self, outcome: Answered) {
        self.world.calls.record(Recorded {
            api: self.name.clone(),
            arguments: self.request.clone(),
            outcome,
            at_ms: self.world.clock.now_ms(),
        });
    }
}

/// What a mock answered: an error code in it is WeChat's refusal.
fn check_mocked(call: Call<'_>) -> Outcome<Value<'_>> {
    let js = call.js;
    let plan = held(call)?;
    let mocked = call.argument(1);
    let kind = js.type_of(mocked)?;
    // A mock without an answer, as test runners make them, is a success without one.
    if !matches!(kind, Type::Object | Type::Undefined | Type::Null) {
        let (group, path) = plan.name.split_once('.').unwrap_or(("openapi", &plan.name));
        let text = format!("the function given for {path} must return an object");
        return Err(misuse(&format!("{group}.mock"), text));
    }
    if kind == Type::Object {
        for (code_key, text_key) in [("errCode", "errMsg"), ("errcode", "errmsg")] {
            let code = js.get(mocked, code_key)?;
            if js.type_of(code)? != Type::Number || js.to_f64(code)? == 0.0 {
                continue;
            }
            let message = js.get(mocked, text_key)?;
            let message = match js.type_of(message)? {
                Type::String => js.to_text(message)?,
                _ => String::new(),
            };
            plan.record(Answered::Failure(message.clone()));
            let name = &plan.name;
            let message = if message.starts_with(&format!("{name}:fail")) {
                message
            } else {
                format!("{name}:fail {message}")
            };
            #[allow(clippy::cast_possible_truncation, reason = "error numbers are small")]
            return Err(Failure::cloud_sdk(js.to_f64(code)? as i64, message).into());
        }
    }
    let value = read(js, call.realm, mocked)?;
    let value = json_text(&value).ok().flatten().and_then(|text| serde_json::from_str(&text).ok());
    plan.record(Answered::Result(value.unwrap_or(Json::Null)));
    js.undefined()
}

/// `cloud.signature(options)`: an object that the call replaces by its digest.
fn signature(call: Call<'_>) -> Outcome<Value<'_>> {
    let options = read(call.js, call.realm, call.argument(0))?;
    match client::signature(&options)? {
        None => call.js.undefined(),
        Some(_) => call.js.construct(call.argument(1), &[call.argument(0)]),
    }
}
