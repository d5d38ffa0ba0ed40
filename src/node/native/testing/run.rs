//! Callers and functions: `as`, `run`, `invoke`, `trigger`, `functions`, `cloudPay.pay`.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::cloud::Identity;
use crate::cloud::functions::{
    CloudIdField, FunctionDefinition, timer_event, validate_function_name,
};
use crate::cloud::identity::SOURCE_PAY_CALLBACK;
use crate::cloud::open_api::{PayBook, PayCallback, Scene};
use crate::error::Result;
use crate::node::context::{self, Frame};
use crate::node::js::{Outcome, Value};
use crate::node::native::Functions;
use crate::node::native::functions::{Asked, plan};
use crate::node::native::testing::{
    Options, TestHandle, argument, current_identity, env_of, function_argument, held, identity_of,
    misuse, text_argument, use_functions,
};
use crate::node::realm::Call;
use crate::node::world::World;
use crate::sdk::call::{FunctionCall, function_call};
use crate::sdk::result::Api;
use crate::sdk::{Input, Object};

pub const FUNCTIONS: Functions = &[
    ("testAs", run_as),
    ("testRun", run),
    ("testPlan", invoke),
    ("testTrigger", trigger),
    ("testPay", pay),
    ("testRefund", refund),
    ("testUse", use_directory),
    ("testRegister", register),
];

fn enter<'s>(
    call: Call<'s>,
    handle: &TestHandle,
    identity: Identity,
    work: usize,
) -> Outcome<Value<'s>> {
    let frame = Frame { world: Arc::clone(&handle.world), identity, run: None };
    context::enter(call.js, frame, call.argument(work))
}

fn run_as(call: Call<'_>) -> Outcome<Value<'_>> {
    let handle = held(call, "as")?;
    function_argument(call, 2, "as", "what to run")?;
    let identity = argument(call, 1, "as")?;
    enter(call, &handle, identity_of("as", &identity, &base(call, &handle, "as")?)?, 2)
}

fn run(call: Call<'_>) -> Outcome<Value<'_>> {
    let handle = held(call, "run")?;
    function_argument(call, 1, "run", "what to run")?;
    enter(call, &handle, base(call, &handle, "run")?, 1)
}

/// The caller that code of a test has without further words, and the environment that it is in.
fn base(call: Call<'_>, handle: &TestHandle, name: &'static str) -> Outcome<Identity> {
    let identity = current_identity(call.js, &handle.world)?;
    if identity.env.is_some() {
        return Ok(identity);
    }
    Ok(Identity { env: Some(env_of(call, handle, &Options::none(name))?), ..identity })
}

fn invoke(call: Call<'_>) -> Outcome<Value<'_>> {
    const NAME: &str = "invoke";
    let handle = held(call, NAME)?;
    let name = text_argument(call, 1, NAME, "the function's name")?;
    let event = argument(call, 2, NAME)?;
    let options = argument(call, 3, NAME)?;
    let options = Options::of(NAME, &options, &["as", "timeout", "env"])?;
    let base = current_identity(call.js, &handle.world)?;
    let identity = match options.get("as") {
        Some(caller) => identity_of(NAME, caller, &base)?,
        None => base,
    };
    let mut asked = vec![("name".to_owned(), Input::Text(name))];
    match event {
        Input::Absent | Input::Null => {}
        event @ Input::Object(_) if event.tag_name() == "object" => {
            asked.push(("data".to_owned(), event));
        }
        other => {
            let text = format!("the event must be an object, not {}", other.tag_name());
            return Err(misuse(NAME, text));
        }
    }
    let FunctionCall { name, event_text, .. } =
        function_call(&Input::Object(Object::plain(asked)))?;
    let event = match serde_json::from_str(&event_text) {
        Ok(Json::Object(event)) => event,
        _ => Map::new(),
    };
    let env = env_of(call, &handle, &options)?;
    let timeout_ms = options.count("timeout")?;
    let cloud_ids = cloud_ids(call, 4)?;
    let api = Api::CallFunction;
    let asked = Asked { name, env, event, identity, timeout_ms, cloud_ids, api };
    plan(call, Arc::clone(&handle.world), None, asked)
}

/// Pairs of a field and the `CloudID` in it.
pub(in crate::node::native) fn cloud_ids(
    call: Call<'_>,
    index: usize,
) -> Outcome<Vec<CloudIdField>> {
    let (js, pairs) = (call.js, call.argument(index));
    (0..js.length(pairs)?)
        .map(|index| {
            let pair = js.item(pairs, index)?;
            let text = |index| js.to_text(js.item(pair, index)?);
            Ok(CloudIdField { field: text(0)?, cloud_id: text(1)? })
        })
        .collect()
}

fn trigger(call: Call<'_>) -> Outcome<Value<'_>> {
    const NAME: &str = "trigger";
    let handle = held(call, NAME)?;
    let name = text_argument(call, 1, NAME, "the name of a function or of its trigger")?;
    let (function, timer) = find_timer(&handle.world, &name)?;
    plan_timer(call, &handle, &function, &timer)
}

/// Plans the run of a function as its timer asks for it now.
pub(in crate::node::native) fn plan_timer<'s>(
    call: Call<'s>,
    handle: &TestHandle,
    function: &str,
    timer: &str,
) -> Outcome<Value<'s>> {
    let world = &handle.world;
    let identity = world.caller().timer();
    let asked = Asked {
        name: function.to_owned(),
        env: env_of(call, handle, &Options::none("trigger"))?,
        event: timer_event(timer, world.clock.now_ms(), &identity),
        identity,
        timeout_ms: None,
        cloud_ids: Vec::new(),
        api: Api::CallFunction,
    };
    plan(call, Arc::clone(world), None, asked)
}

/// The function and its timer that a name means: a function's own name goes first.
fn find_timer(world: &World, name: &str) -> Outcome<(String, String)> {
    if world.is_registered(name) {
        return Ok((name.to_owned(), name.to_owned()));
    }
    let named = world.function(name);
    if let Ok(function) = &named {
        let timer = function.triggers.first().map_or(name, |trigger| trigger.name.as_str());
        return Ok((name.to_owned(), timer.to_owned()));
    }
    let functions = project_functions(world).map_err(|error| misuse("trigger", error))?;
    let known: Vec<(&str, &str)> = functions
        .iter()
        .flat_map(|function| {
            function.triggers.iter().map(|timer| (function.name.as_str(), timer.name.as_str()))
        })
        .collect();
    if let Some((function, timer)) = known.iter().find(|(_, timer)| *timer == name) {
        return Ok(((*function).to_owned(), (*timer).to_owned()));
    }
    let known: Vec<&str> = known.iter().map(|(_, timer)| *timer).collect();
    let text = format!(
        "no function and no trigger is called '{name}'; the triggers are: {}",
        if known.is_empty() { "none".to_owned() } else { known.join(", ") }
    );
    Err(misuse("trigger", text))
}

/// The project's functions. One that cannot be read is left out: it fails when it is called.
pub(in crate::node::native) fn project_functions(world: &World) -> Result<Vec<FunctionDefinition>> {
    let Some(project) = world.project()? else { return Ok(Vec::new()) };
    Ok(project.names()?.iter().filter_map(|name| project.function(name).ok()).collect())
}

/// The user pays; what the service calls then is planned.
fn pay(call: Call<'_>) -> Outcome<Value<'_>> {
    notify(call, "cloudPay.pay", "the outTradeNo of the order", PayBook::pay)
}

/// The user has the money of a refund back; what the service calls then is planned.
fn refund(call: Call<'_>) -> Outcome<Value<'_>> {
    notify(call, "cloudPay.settleRefund", "the outRefundNo of the refund", PayBook::settle)
}

fn notify<'s>(
    call: Call<'s>,
    name: &'static str,
    what: &str,
    happen: fn(&PayBook, &str, Scene<'_>) -> Result<Option<PayCallback>>,
) -> Outcome<Value<'s>> {
    let handle = held(call, name)?;
    let number = text_argument(call, 1, name, what)?;
    let world = &handle.world;
    let identity = current_identity(call.js, world)?;
    let scene = Scene {
        identity: &identity,
        now_ms: world.clock.now_ms(),
        random: world.entropy.next_u64(),
    };
    let happened = happen(&world.pay_book, &number, scene).map_err(|error| misuse(name, error))?;
    let Some(callback) = happened else { return call.js.undefined() };
    let env = if callback.env.is_empty() {
        env_of(call, &handle, &Options::none(name))?
    } else {
        callback.env
    };
    let asked = Asked {
        name: callback.function,
        env,
        event: callback.event,
        identity: identity.without_user(SOURCE_PAY_CALLBACK),
        timeout_ms: None,
        cloud_ids: Vec::new(),
        api: Api::CallFunction,
    };
    plan(call, Arc::clone(world), None, asked)
}

fn use_directory(call: Call<'_>) -> Outcome<Value<'_>> {
    const NAME: &str = "functions.use";
    let handle = held(call, NAME)?;
    let directory = text_argument(call, 1, NAME, "the directory of the functions")?;
    let options = argument(call, 2, NAME)?;
    let options = Options::of(NAME, &options, &["require"])?;
    if let Some(other) = options.get("require").filter(|given| **given != Input::Function) {
        return options.wrong("require", "a function", other);
    }
    use_functions(call, &handle.world, NAME, &directory)?;
    call.js.undefined()
}

fn register(call: Call<'_>) -> Outcome<Value<'_>> {
    const NAME: &str = "functions.register";
    let handle = held(call, NAME)?;
    let name = text_argument(call, 1, NAME, "the function's name")?;
    function_argument(call, 2, NAME, "the function itself")?;
    if !validate_function_name(&name) {
        let text = format!(
            "'{name}' is no name of a function: it begins with a letter and has letters, digits, \
             '-' and '_', 60 at most"
        );
        return Err(misuse(NAME, text));
    }
    handle.world.register(&name);
    call.js.undefined()
}
