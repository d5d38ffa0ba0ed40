//! The control API: worlds of tests, their callers, functions and time.

pub(in crate::node::native) mod data;
mod normalise;
mod permissions;
pub(in crate::node::native) mod run;
pub(in crate::node::native) mod seed;
mod services;
mod time;
pub(in crate::node::native) mod transfer;

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value as Json;

use crate::cloud::Identity;
use crate::database::{Command, Engine, Reply, Request};
use crate::error::{Error, ErrorKind, Result};
use crate::node::context;
use crate::node::convert::read;
use crate::node::js::{Js, Kept, Outcome, Thrown, Type, Value};
use crate::node::native::Functions;
use crate::node::native::cloud::{running_env, variables};
use crate::node::native::request::{finishing, offload};
use crate::node::native::watch::Touched;
use crate::node::realm::{Call, Realm};
use crate::node::world::{World, WorldSettings};
use crate::sdk::Input;
use crate::sdk::encode::json_text;
use crate::sdk::failure::Failure;

pub const AREAS: &[Functions] = &[
    &[("newTest", new_test), ("testWorld", world_id), ("testDispose", dispose)],
    data::FUNCTIONS,
    permissions::FUNCTIONS,
    run::FUNCTIONS,
    services::FUNCTIONS,
    time::FUNCTIONS,
    transfer::FUNCTIONS,
];

/// A world as the control API holds it.
pub(in crate::node::native) struct TestHandle {
    pub(in crate::node::native) world: Arc<World>,
    /// The environment of calls that name none.
    env: Option<String>,
    is_disposed: Cell<bool>,
    /// The data is the program's own: it was on disk before the control API was loaded, and nobody
    /// said that a test may have it.
    is_foreign: bool,
}

/// `newTest()` is the realm's default world, `newTest(default, options)` one of its own.
fn new_test(call: Call<'_>) -> Outcome<Value<'_>> {
    let js = call.js;
    if js.type_of(call.argument(0))? == Type::Undefined {
        let world = Arc::clone(&call.realm.world);
        let chosen = !variables(call, &["WX_LOCAL_DATA_DIR"])?.is_empty();
        let is_foreign = !chosen && !world.keep_in_memory();
        let handle = TestHandle { world, env: None, is_disposed: Cell::new(false), is_foreign };
        return js.external(handle);
    }
    let outer = held(call, "createTest")?;
    let options = argument(call, 1, "createTest")?;
    let options = Options::of("createTest", &options, &CREATE_OPTIONS)?;
    let settings = &outer.world.settings;
    let world = World::new(WorldSettings {
        directory: None,
        strict: options.flag("strict")?.unwrap_or(settings.strict),
        diagnostics: options.flag("diagnostics")?.unwrap_or(settings.diagnostics),
        ..settings.clone()
    });
    world.inherit_functions(&outer.world);
    if let Some(directory) = options.text("functions")? {
        use_functions(call, &world, "createTest", &directory)?;
    }
    if let Some(caller) = options.get("as") {
        world.set_caller(identity_of("createTest", caller, &world.caller())?);
    }
    let env = options.text("env")?;
    js.external(TestHandle { world, env, is_disposed: Cell::new(false), is_foreign: false })
}

const CREATE_OPTIONS: [&str; 5] = ["as", "env", "functions", "strict", "diagnostics"];

fn world_id(call: Call<'_>) -> Outcome<Value<'_>> {
    call.js.text(&held(call, "createTest")?.world.id)
}

fn dispose(call: Call<'_>) -> Outcome<Value<'_>> {
    let handle = call.js.held::<TestHandle>(call.argument(0))?;
    handle.is_disposed.set(true);
    handle.world.forget();
    call.js.undefined()
}

/// The handle of a call; refused once the world was given up.
pub(in crate::node::native) fn held(call: Call<'_>, name: &str) -> Outcome<Kept<TestHandle>> {
    let handle = call.js.held::<TestHandle>(call.argument(0))?;
    if handle.is_disposed.get() {
        return Err(misuse(name, "this world was disposed: make another with createTest()"));
    }
    Ok(handle)
}

/// A call of the control API that cannot be carried out: the text says what to do.
pub(in crate::node::native) fn misuse(name: &str, text: impl std::fmt::Display) -> Thrown {
    Failure::error(format!("testing.{name}: {text}")).into()
}

pub(in crate::node::native) fn failed(name: &str, error: &Error) -> Thrown {
    match error.kind() {
        ErrorKind::CollectionNotFound => {
            misuse(name, format!("there is no such collection: {error}"))
        }
        _ => misuse(name, error),
    }
}

/// Options of a call, with the names it knows.
pub(in crate::node::native) struct Options<'a> {
    name: &'static str,
    entries: &'a [(String, Input)],
}

impl<'a> Options<'a> {
    fn of(name: &'static str, input: &'a Input, known: &[&str]) -> Outcome<Self> {
        let entries = match input {
            Input::Absent => &[],
            Input::Object(object) => object.entries.as_slice(),
            other => {
                let text = format!("options must be an object, not {}", other.tag_name());
                return Err(misuse(name, text));
            }
        };
        if let Some((key, _)) = entries.iter().find(|(key, _)| !known.contains(&key.as_str())) {
            let text = format!("there is no option '{key}'; there is {}", known.join(", "));
            return Err(misuse(name, text));
        }
        Ok(Self { name, entries })
    }

    pub(in crate::node::native) fn none(name: &'static str) -> Self {
        Self { name, entries: &[] }
    }

    fn get(&self, key: &str) -> Option<&'a Input> {
        let found = self.entries.iter().find(|(name, _)| name == key).map(|(_, value)| value);
        found.filter(|value| !value.is_absent())
    }

    fn wrong<T>(&self, key: &str, wanted: &str, found: &Input) -> Outcome<T> {
        Err(misuse(self.name, format!("{key} must be {wanted}, not {}", found.tag_name())))
    }

    fn text(&self, key: &str) -> Outcome<Option<String>> {
        match self.get(key) {
            None => Ok(None),
            Some(Input::Text(text)) => Ok(Some(text.clone())),
            Some(other) => self.wrong(key, "a string", other),
        }
    }

    fn flag(&self, key: &str) -> Outcome<Option<bool>> {
        match self.get(key) {
            None => Ok(None),
            Some(Input::Boolean(flag)) => Ok(Some(*flag)),
            Some(other) => self.wrong(key, "true or false", other),
        }
    }

    /// A whole number that is not negative.
    fn count(&self, key: &str) -> Outcome<Option<u64>> {
        match self.get(key) {
            None => Ok(None),
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole")]
            Some(Input::Number(number)) if *number >= 0.0 && number.fract() == 0.0 => {
                Ok(Some(*number as u64))
            }
            Some(other) => self.wrong(key, "a whole number from 0 on", other),
        }
    }
}

/// The environment that a call means.
pub(in crate::node::native) fn env_of(
    call: Call<'_>,
    handle: &TestHandle,
    options: &Options<'_>,
) -> Outcome<String> {
    match (options.text("env")?, &handle.env) {
        (Some(env), _) => Ok(env),
        (None, Some(env)) => Ok(env.clone()),
        (None, None) => running_env(call),
    }
}

/// A value that was given. One that is larger than any call may have is refused by this one.
fn argument(call: Call<'_>, index: usize, name: &str) -> Outcome<Input> {
    read(call.js, call.realm, call.argument(index)).map_err(|thrown| match thrown {
        Thrown::Failure(failure) => misuse(name, failure.message()),
        pending @ Thrown::Pending => pending,
    })
}

/// A text that must be given.
pub(in crate::node::native) fn text_argument(
    call: Call<'_>,
    index: usize,
    name: &str,
    what: &str,
) -> Outcome<String> {
    let value = call.argument(index);
    match call.js.type_of(value)? {
        Type::String => call.js.to_text(value),
        _ => Err(misuse(name, format!("{what} must be a string"))),
    }
}

/// A function that must be given.
fn function_argument<'s>(
    call: Call<'s>,
    index: usize,
    name: &str,
    what: &str,
) -> Outcome<Value<'s>> {
    let value = call.argument(index);
    match call.js.type_of(value)? {
        Type::Function => Ok(value),
        _ => Err(misuse(name, format!("{what} must be a function"))),
    }
}

/// A value as JSON; `null` for what has none.
fn json_of(name: &str, input: &Input) -> Outcome<Json> {
    let text = json_text(input).map_err(|failure| misuse(name, failure.message()))?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or(Json::Null))
}

/// The caller that `value` describes, as a change of `base`.
fn identity_of(name: &str, value: &Input, base: &Identity) -> Outcome<Identity> {
    base.with(&json_of(name, value)?).map_err(|error| misuse(name, error))
}

/// Who works in `world` now: the caller of the running code if it runs there.
fn current_identity(js: Js<'_>, world: &Arc<World>) -> Outcome<Identity> {
    Ok(match context::current(js)? {
        Some(frame) if Arc::ptr_eq(&frame.world, world) => frame.identity.clone(),
        _ => world.caller(),
    })
}

/// A path as seen from the program's working directory.
pub(in crate::node::native) fn resolve_path(call: Call<'_>, path: &str) -> Outcome<PathBuf> {
    let process = call.realm.process(call.js)?;
    let cwd = call.js.call(call.js.get(process, "cwd")?, process, &[])?;
    Ok(Path::new(&call.js.to_text(cwd)?).join(path))
}

fn use_functions(call: Call<'_>, world: &World, name: &str, directory: &str) -> Outcome<()> {
    let directory = resolve_path(call, directory)?;
    world.use_functions(&directory).map_err(|error| misuse(name, error))
}

/// Asks the engine of `world`, without a promise in between.
fn ask(world: &World, env: &str, command: Command) -> Result<Reply> {
    let request = Request { env: env.to_owned(), transaction: None, command };
    world.engine()?.execute(request)
}

pub(in crate::node::native) fn unexpected() -> Error {
    Error::new(ErrorKind::Internal, "the engine answered another question")
}

/// Works on the data of a handle: at once in memory, on another thread if it is on disk.
pub(in crate::node::native) fn work<'s, T: Send + 'static>(
    call: Call<'s>,
    name: &'static str,
    work: impl FnOnce(&Arc<World>) -> Result<T> + Send + 'static,
    finish: impl for<'a> FnOnce(Js<'a>, &Realm, T) -> Outcome<Value<'a>> + Send + 'static,
) -> Outcome<Value<'s>> {
    let handle = held(call, name)?;
    let world = Arc::clone(&handle.world);
    let engine = world.engine().map_err(|error| failed(name, &error))?;
    let touched = Touched::anything(&world);
    let finish = finishing(move |js, realm, outcome: Result<T>| {
        touched.tell(js, None);
        finish(js, realm, outcome.map_err(|error| failed(name, &error))?)
    });
    if !engine.is_memory() {
        return offload(call, move || work(&world), finish);
    }
    finish(call.js, call.realm, work(&world))
}

pub(in crate::node::native) fn nothing<'s>(js: Js<'s>, _: &Realm, (): ()) -> Outcome<Value<'s>> {
    js.undefined()
}

/// A JSON value as objects of the caller's realm.
pub(in crate::node::native) fn plain<'s>(
    js: Js<'s>,
    realm: &Realm,
    value: &Json,
) -> Outcome<Value<'s>> {
    realm.parse_json(js, &value.to_string())
}
