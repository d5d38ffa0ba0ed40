//! Cloud functions: what a call runs, and what its outcome becomes for the caller.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value as Json};

use crate::cloud::Identity;
use crate::cloud::calls::{Call as Recorded, Outcome as Answered};
use crate::cloud::functions::{
    CloudIdField, FunctionDefinition, Invocation, InvocationContext, build_event,
    check_answer_size, execution_failed, timed_out,
};
use crate::error::{Error, ErrorKind};
use crate::limits::FUNCTION_TIMEOUT_MS_DEFAULT;
use crate::node::context::{self, Frame, LogLine, Run};
use crate::node::convert::{read, result};
use crate::node::fault::Met;
use crate::node::js::{Js, Kept, Outcome, Thrown, Type, Value};
use crate::node::native::Functions;
use crate::node::native::cloud::CloudHandle;
use crate::node::native::request::world_of;
use crate::node::realm::Call;
use crate::node::world::{InvocationRecord, World};
use crate::sdk::Input;
use crate::sdk::call::{FunctionCall, FunctionResult, function_call, function_result};
use crate::sdk::context::Service;
use crate::sdk::failure::Failure;
use crate::sdk::result::Api;

pub const FUNCTIONS: Functions = &[
    ("planInvocation", plan_call),
    ("enter", enter),
    ("handlerMissing", handler_missing),
    ("failInvocation", fail),
    ("finishInvocation", finish),
    ("logLine", log_line),
    ("runningId", running_id),
    ("endRun", end),
    ("limitRun", limit),
    ("settleRun", settle),
    ("isOver", is_over),
    ("describeThrown", described),
];

/// A run that was planned: what it needs until its outcome is known.
pub struct Plan {
    pub world: Arc<World>,
    pub run: Arc<Run>,
    pub event: Map<String, Json>,
    pub definition: Option<FunctionDefinition>,
    pub context: InvocationContext,
    pub timeout_ms: u64,
    /// When the time is over by the world's clock.
    pub deadline_ms: i64,
    /// The function's own limit; `timeout_ms` is shorter when its caller gives up first:
    /// `callFunction({timeout})`.
    own_timeout_ms: u64,
    /// How the call reports.
    pub api: Api,
}

/// What is asked of a function, by whomever.
pub struct Asked {
    pub name: String,
    pub env: String,
    pub event: Map<String, Json>,
    pub identity: Identity,
    pub timeout_ms: Option<u64>,
    /// Fields of the event that are `CloudID`s.
    pub cloud_ids: Vec<CloudIdField>,
    /// How the call reports.
    pub api: Api,
}

fn plan_call(call: Call<'_>) -> Outcome<Value<'_>> {
    let handle = call.js.held::<CloudHandle>(call.argument(0))?;
    let options = read(call.js, call.realm, call.argument(1))?;
    let FunctionCall { name, event_text, env, timeout_ms } = function_call(&options)?;
    let env = handle.env(call, handle.env_of_call(env), Service::Functions)?;
    let event = match serde_json::from_str(&event_text) {
        Ok(Json::Object(event)) => event,
        _ => Map::new(),
    };
    let identity = crate::node::native::request::caller(call)?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    // A caller that has no time to wait never gives up.
    let timeout_ms = timeout_ms.map(|timeout| timeout as u64).filter(|timeout| *timeout > 0);
    let outer = context::current(call.js)?.and_then(|frame| frame.run.clone());
    plan(
        call,
        world_of(call)?,
        outer.as_deref(),
        Asked {
            name,
            env,
            event,
            identity,
            timeout_ms,
            cloud_ids: Vec::new(),
            api: Api::CallFunction,
        },
    )
}

/// Plans a run in `world`, inside the run `outer` if a function asks; the script carries it out.
pub fn plan<'s>(
    call: Call<'s>,
    world: Arc<World>,
    outer: Option<&Run>,
    asked: Asked,
) -> Outcome<Value<'s>> {
    let (api, request_id) = (asked.api, world.request_id());
    let failed = |error: Error| Thrown::from(reported(api, &error, &request_id));
    let met = world.injected_fault(api.name());
    let is_registered = world.is_registered(&asked.name);
    let definition = if is_registered {
        None
    } else {
        Some(world.function(&asked.name).map_err(|error| {
            let mut failure = reported(api, &error, &request_id);
            if error.kind() == ErrorKind::FunctionNotFound {
                failure.hint = Some(world.known_functions(&asked.name));
            }
            Thrown::from(failure)
        })?)
    };
    let invocation = if let Some(outer) = outer {
        outer.invocation.nested(request_id.clone(), &asked.name).map_err(failed)?
    } else {
        let identity = asked.identity.clone();
        let first = Invocation::first(identity, request_id.clone(), &asked.name, &asked.env);
        match context::run_of(call.js)? {
            Some(caller) => first.within(&caller.invocation).map_err(failed)?,
            None => first,
        }
    };
    let now = world.clock.now_ms();
    let (event, identity) =
        build_event(asked.event, &asked.cloud_ids, &invocation.identity, (&world.open_data, now))
            .map_err(failed)?;
    let identity = Identity { env: Some(invocation.env.clone()), ..identity };
    let invocation = Invocation { identity, ..invocation };
    let own_ms = definition.as_ref().map_or(FUNCTION_TIMEOUT_MS_DEFAULT, |known| known.timeout_ms);
    let timeout_ms = asked.timeout_ms.map_or(own_ms, |timeout| timeout.min(own_ms));
    let plan = Plan {
        context: InvocationContext::new(&invocation, definition.as_ref()),
        run: Arc::new(Run::new(
            invocation,
            definition.as_ref().map(|known| known.permissions.clone()),
        )),
        world,
        event,
        definition,
        timeout_ms,
        deadline_ms: now.saturating_add_unsigned(timeout_ms),
        own_timeout_ms: own_ms,
        api,
    };
    let described = describe(call, Arc::new(plan))?;
    describe_fault(call, described, met)?;
    Ok(described)
}

/// What the caller is told of an error. A page learns which call it is about.
pub fn reported(api: Api, error: &Error, request_id: &str) -> Failure {
    let failure = api.failure(error);
    if api == Api::ClientCallFunction { failure.of_call(request_id) } else { failure }
}

/// The plan as the script reads it.
pub fn describe(call: Call<'_>, plan: Arc<Plan>) -> Outcome<Value<'_>> {
    let js = call.js;
    let described = js.object()?;
    let text = |value: &Map<String, Json>| Json::Object(value.clone()).to_string();
    js.set(described, "eventText", js.text(&text(&plan.event))?)?;
    js.set(described, "contextText", js.text(&text(&plan.context.context))?)?;
    js.set(described, "world", js.text(&plan.world.id)?)?;
    js.set(described, "name", js.text(&plan.run.invocation.function)?)?;
    js.set(described, "id", js.text(&plan.run.invocation.request_id)?)?;
    js.set(described, "timeoutMs", js.number(plan.timeout_ms as f64)?)?;
    if plan.timeout_ms > 0 {
        js.set(described, "deadline", js.number(plan.deadline_ms as f64)?)?;
        let later_ms = plan.own_timeout_ms - plan.timeout_ms;
        js.set(described, "laterMs", js.number(later_ms as f64)?)?;
    }
    let handler = plan.definition.as_ref().map_or("main", |known| known.handler.as_str());
    js.set(described, "handler", js.text(handler)?)?;
    if let Some(definition) = &plan.definition {
        js.set(described, "path", js.text(&definition.entry.to_string_lossy())?)?;
        js.set(described, "folder", js.text(&definition.directory.to_string_lossy())?)?;
        js.set(described, "memoryMb", js.number(definition.memory_mb as f64)?)?;
        js.set(described, "isEsm", js.boolean(definition.is_esm)?)?;
    }
    if !plan.context.own_variables.is_empty() {
        let env = js.object()?;
        for (name, value) in &plan.context.own_variables {
            js.set(env, name, js.text(value)?)?;
        }
        js.set(described, "env", env)?;
    }
    js.set(described, "plan", js.external(plan)?)?;
    Ok(described)
}

/// What the script lets a call meet before its work: `delayMs` and `fault`.
pub fn describe_fault(call: Call<'_>, described: Value<'_>, met: Option<Met>) -> Outcome<()> {
    let Some(met) = met else { return Ok(()) };
    let js = call.js;
    #[allow(clippy::cast_precision_loss, reason = "delays are short")]
    let delay_ms = met.delay.as_millis() as f64;
    js.set(described, "delayMs", js.number(delay_ms)?)?;
    if let Some(failure) = &met.failure {
        js.set(described, "fault", crate::node::failure::error_object(js, call.realm, failure)?)?;
    }
    Ok(())
}

/// The plan behind what the script has of it.
pub fn held(call: Call<'_>) -> Outcome<Kept<Arc<Plan>>> {
    call.js.held::<Arc<Plan>>(call.js.get(call.argument(0), "plan")?)
}

/// Runs a function of the script in the context of a plan.
fn enter(call: Call<'_>) -> Outcome<Value<'_>> {
    let plan = held(call)?;
    plan.run.begin();
    let frame = Frame {
        world: Arc::clone(&plan.world),
        identity: plan.run.invocation.identity.clone(),
        run: Some(Arc::clone(&plan.run)),
    };
    context::enter(call.js, frame, call.argument(1))
}

/// `limitRun(plan)`: of a run on this thread, which cannot be ended before it awaits something.
fn limit(call: Call<'_>) -> Outcome<Value<'_>> {
    let plan = held(call)?;
    plan.run.limit(plan.own_timeout_ms);
    call.js.undefined()
}

/// `settleRun(plan)`: whether its outcome came after the time that its caller gave it.
fn settle(call: Call<'_>) -> Outcome<Value<'_>> {
    let plan = held(call)?;
    let given = Duration::from_millis(plan.timeout_ms);
    call.js.boolean(plan.run.settle().is_some_and(|took| took >= given))
}

fn handler_missing(call: Call<'_>) -> Outcome<Value<'_>> {
    let plan = held(call)?;
    let handler = plan.definition.as_ref().map_or("main", |known| known.handler.as_str());
    let text = format!(
        "{} does not export '{handler}': exports.{handler} = async (event, context) => {{}}",
        plan.run.invocation.function
    );
    Err(Failure::error(text).into())
}

/// The error that the caller gets; the one that was thrown is its `cause`.
fn fail(call: Call<'_>) -> Outcome<Value<'_>> {
    let js = call.js;
    let plan = held(call)?;
    let cause = call.argument(1);
    let has_timed_out = js.to_bool(call.argument(2))?;
    let reason = if has_timed_out { String::new() } else { describe_thrown(call, cause)? };
    let failure = if has_timed_out && plan.timeout_ms < plan.own_timeout_ms {
        let mut failure =
            Failure::tcb("ESOCKETTIMEDOUT", "request timeout").wrapped("callFunction");
        failure.has_undefined_request_id = true;
        failure
    } else {
        let error =
            if has_timed_out { timed_out(plan.timeout_ms) } else { execution_failed(&reason) };
        let id = &plan.run.invocation.request_id;
        let mut failure = reported(plan.api, &error, id);
        if plan.api == Api::CallFunction {
            failure.request_id = Some(id.clone());
        }
        failure
    };
    plan.world.record_invocation(record(&plan, Err(failure.message.clone())));
    let error = crate::node::failure::error_object(js, call.realm, &failure)?;
    js.define_hidden(error, js.text("cause")?, cause)?;
    Ok(error)
}

/// A thrown value as the platform's log has it: the stack of an error, else the value's text.
/// Whatever it throws when it is looked at itself is dropped.
fn describe_thrown(call: Call<'_>, thrown: Value<'_>) -> Outcome<String> {
    let js = call.js;
    let told = |outcome: Outcome<String>| match outcome {
        Ok(text) => Ok(Some(text)),
        // A getter's exception is pending even when reading failed with a status of its own.
        Err(_) => js.take_exception().map(|_| None),
    };
    if matches!(js.type_of(thrown)?, Type::Object | Type::Function) {
        for key in ["stack", "message"] {
            let text = js.get(thrown, key).and_then(|text| match js.type_of(text)? {
                Type::String => js.to_text(text),
                _ => Err(Failure::error("no text").into()),
            });
            if let Some(text) = told(text)? {
                return Ok(text);
            }
        }
    }
    let value = read(js, call.realm, thrown).map(|value| text_of(&value));
    Ok(told(value)?.unwrap_or_else(|| "a value that cannot be read was thrown".to_owned()))
}

fn text_of(value: &Input) -> String {
    match value {
        Input::Text(text) | Input::BigInteger(text) => text.clone(),
        Input::Absent => "undefined".to_owned(),
        other => crate::sdk::encode::json_text(other)
            .ok()
            .flatten()
            .unwrap_or_else(|| format!("[{}]", other.tag_name())),
    }
}

/// `{result, errMsg, requestID}` from the answer's JSON text.
fn finish(call: Call<'_>) -> Outcome<Value<'_>> {
    let js = call.js;
    let plan = held(call)?;
    let answer = match js.type_of(call.argument(1))? {
        Type::String => js.to_text(call.argument(1))?,
        _ => "null".to_owned(),
    };
    if let Err(error) = check_answer_size(&answer) {
        let failure = reported(plan.api, &error, &plan.run.invocation.request_id);
        plan.world.record_invocation(record(&plan, Err(failure.message.clone())));
        return Err(failure.into());
    }
    let read_back = match function_result(&answer) {
        FunctionResult::Json(text) => call.realm.parse_json(js, &text)?,
        FunctionResult::Text(text) => js.text(&text)?,
    };
    plan.world.record_invocation(record(&plan, Ok(answer)));
    let properties = [
        ("result", read_back),
        ("errMsg", js.text(&plan.api.ok())?),
        ("requestID", js.text(&plan.run.invocation.request_id)?),
    ];
    result(js, call.realm, &properties)
}

fn record(plan: &Plan, answer: Result<String, String>) -> InvocationRecord {
    let mut data = plan.event.clone();
    data.shift_remove("userInfo");
    plan.world.calls.record(Recorded {
        api: Api::CallFunction.name().to_owned(),
        arguments: serde_json::json!({ "name": plan.run.invocation.function, "data": data }),
        outcome: match &answer {
            Ok(text) => Answered::Result(serde_json::from_str(text).unwrap_or(Json::Null)),
            Err(text) => Answered::Failure(text.clone()),
        },
        at_ms: plan.world.clock.now_ms(),
    });
    InvocationRecord {
        function: plan.run.invocation.function.clone(),
        request_id: plan.run.invocation.request_id.clone(),
        source: plan.run.invocation.identity.source.clone(),
        openid: plan.run.invocation.identity.openid.clone(),
        depth: plan.run.invocation.depth,
        event: Json::Object(plan.event.clone()),
        duration: plan.run.duration(),
        log: plan.run.log(),
        answer,
    }
}

/// Keeps a line that the running function printed; answers whether it is printed as well.
fn log_line(call: Call<'_>) -> Outcome<Value<'_>> {
    let js = call.js;
    let Some(frame) = context::current(js)? else { return js.boolean(true) };
    let Some(run) = &frame.run else { return js.boolean(true) };
    run.print(LogLine { level: text(js, call.argument(0))?, text: text(js, call.argument(1))? });
    js.boolean(frame.world.prints_logs())
}

/// The request id of the run that the running code belongs to.
fn running_id(call: Call<'_>) -> Outcome<Value<'_>> {
    let run = context::current(call.js)?.and_then(|frame| frame.run.clone());
    match run {
        Some(run) => call.js.text(&run.invocation.request_id),
        None => call.js.undefined(),
    }
}

/// The run of a plan is over by its time, by `process.exit` or by what it left uncaught.
fn end(call: Call<'_>) -> Outcome<Value<'_>> {
    held(call)?.run.end();
    call.js.undefined()
}

/// Whether the running code belongs to a run that has ended so: what it asks for is not done.
fn is_over(call: Call<'_>) -> Outcome<Value<'_>> {
    call.js.boolean(context::is_over(call.js)?)
}

fn described(call: Call<'_>) -> Outcome<Value<'_>> {
    call.js.text(&describe_thrown(call, call.argument(0))?)
}

fn text(js: Js<'_>, value: Value<'_>) -> Outcome<String> {
    match js.type_of(value)? {
        Type::String => js.to_text(value),
        _ => Ok(String::new()),
    }
}
