//! The JavaScript surface: conversion, realms, errors, promises.
//!
//! No rule of the service lives here. The addon is loaded once a process; each entry file hands
//! its realm over and gets an instance of its own.

mod context;
mod convert;
mod declarations;
mod evaluate;
mod failure;
mod fault;
mod js;
mod memory;
mod native;
mod opened;
mod progress;
mod realm;
mod requests;
mod solitude;
mod surface;
mod surroundings;
mod threads;
mod world;

use std::collections::HashMap;

use napi::bindgen_prelude::{Object, Unknown};
use napi_derive::napi;

use crate::node::js::{Js, Outcome, Reference, Value, entry};
use crate::node::realm::{Helpers, Realm};
use crate::node::surroundings::Surroundings;

/// The global object of a realm with the loaders of the module that hands it over.
struct Host<'s> {
    js: Js<'s>,
    global: Value<'s>,
    require: Value<'s>,
    import: Value<'s>,
}

impl<'s> Host<'s> {
    fn new(js: Js<'s>, [global, require, import]: [Value<'s>; 3]) -> Self {
        Self { js, global, require, import }
    }

    /// Calls a helper of the realm's surface script without arguments.
    fn call(&self, choose: impl FnOnce(&Helpers) -> &Reference) -> Outcome<Value<'s>> {
        let realm = Realm::open(self.js, self.global, self.loaders()?)?;
        let helper = realm.helper(self.js, choose)?;
        self.js.call(helper, self.js.undefined()?, &[])
    }

    /// What the surface script knows as `host`.
    fn loaders(&self) -> Outcome<Value<'s>> {
        let host = self.js.object()?;
        self.js.set(host, "global", self.global)?;
        self.js.set(host, "require", self.require)?;
        self.js.set(host, "import", self.import)?;
        Ok(host)
    }

    /// Carries out the command line of the process.
    fn program(&self) -> Outcome<Value<'s>> {
        let js = self.js;
        self.run(surface::output::OUTPUT, &[])?;
        let Some(job) = native::cli::begin(js, self.global)? else { return js.undefined() };
        let host = self.loaders()?;
        js.set(host, "isProgram", js.boolean(true)?)?;
        let realm = Realm::open(js, self.global, host)?;
        js.call(js.get(host, "createCli")?, js.undefined()?, &[realm.parse_json(js, &job)?])
    }

    /// The plugin of Vitest.
    fn vitest(&self) -> Outcome<Value<'s>> {
        let root = Surroundings::of(self.js, self.global)?.functions_root();
        self.run(surface::register::VITEST, &[("root", &root.to_string_lossy())])
    }

    /// Makes a thread of that program ready for a function.
    fn instance(&self) -> Outcome<Value<'s>> {
        let js = self.js;
        self.run(surface::register::REGISTER, &[("isLater", "yes")])?;
        let threads = js.call(self.require, js.undefined()?, &[js.text("worker_threads")?])?;
        let host = self.loaders()?;
        js.set(host, "world", js.get(js.get(threads, "workerData")?, "world")?)?;
        Realm::open(js, self.global, host)?;
        js.call(js.get(host, "createInstance")?, js.undefined()?, &[])
    }

    /// Runs a script that needs no realm: the program it prepares may not have begun yet. It knows
    /// `require` and the texts given.
    fn run(&self, source: &str, texts: &[(&str, &str)]) -> Outcome<Value<'s>> {
        let js = self.js;
        let function = js.get(self.global, "Function")?;
        let mut parameters = vec![js.text("require")?];
        let mut arguments = vec![self.require];
        for (name, text) in texts {
            parameters.push(js.text(name)?);
            arguments.push(js.text(text)?);
        }
        parameters.push(js.text(source)?);
        js.call(js.construct(function, &parameters)?, js.undefined()?, &arguments)
    }
}

/// Carries out an entry for the realm that it hands over.
fn with_host<'a>(
    env: napi::Env,
    handed: [Unknown<'a>; 3],
    work: impl for<'s> FnOnce(Host<'s>) -> Outcome<Value<'s>>,
) -> napi::Result<Unknown<'a>> {
    entry(env, handed, |js, handed| work(Host::new(js, handed)))
}

/// Keeps the library loaded to the end of the process. A worker that loaded it alone would take it
/// along, from below threads of the engine and hooks for the ends of threads.
#[napi(catch_unwind, module_exports)]
pub fn loaded(_exports: Object<'_>) {
    napi::bindgen_prelude::retain_current_module_for_unload_safety();
}

/// The export object of `wx-server-sdk` for the realm of `global`.
#[napi(catch_unwind, ts_args_type = "global: object, require: Function, load: Function")]
pub fn sdk<'a>(
    env: napi::Env,
    global: Unknown<'a>,
    require: Unknown<'a>,
    load: Unknown<'a>,
) -> napi::Result<Unknown<'a>> {
    with_host(env, [global, require, load], |host| host.call(|helpers| &helpers.create_cloud))
}

/// The control API of `wx-server-sdk-local/testing`, for the realm of `global`.
#[napi(catch_unwind, ts_args_type = "global: object, require: Function, load: Function")]
pub fn testing<'a>(
    env: napi::Env,
    global: Unknown<'a>,
    require: Unknown<'a>,
    load: Unknown<'a>,
) -> napi::Result<Unknown<'a>> {
    with_host(env, [global, require, load], |host| host.call(|helpers| &helpers.create_testing))
}

/// What pages call, `wx-server-sdk-local/client`, for the realm of `global`.
#[napi(catch_unwind, ts_args_type = "global: object, require: Function, load: Function")]
pub fn client<'a>(
    env: napi::Env,
    global: Unknown<'a>,
    require: Unknown<'a>,
    load: Unknown<'a>,
) -> napi::Result<Unknown<'a>> {
    with_host(env, [global, require, load], |host| host.call(|helpers| &helpers.create_client))
}

/// Makes `wx-server-sdk` resolve to this package, for `require` and for `import`.
#[napi(catch_unwind, ts_args_type = "global: object, require: Function, load: Function")]
pub fn register<'a>(
    env: napi::Env,
    global: Unknown<'a>,
    require: Unknown<'a>,
    load: Unknown<'a>,
) -> napi::Result<Unknown<'a>> {
    with_host(env, [global, require, load], |host| {
        host.run(surface::register::REGISTER, &[("isLater", "")])
    })
}

/// The plugin of `wx-server-sdk-local/vitest`.
#[napi(catch_unwind, ts_args_type = "global: object, require: Function, load: Function")]
pub fn vitest<'a>(
    env: napi::Env,
    global: Unknown<'a>,
    require: Unknown<'a>,
    load: Unknown<'a>,
) -> napi::Result<Unknown<'a>> {
    with_host(env, [global, require, load], |host| host.vitest())
}

/// Before each test file of Vitest that shares its realm with others: data, functions and mocks of
/// its own.
#[napi(catch_unwind, ts_args_type = "global: object, require: Function, load: Function")]
pub fn fresh_file<'a>(
    env: napi::Env,
    global: Unknown<'a>,
    require: Unknown<'a>,
    load: Unknown<'a>,
) -> napi::Result<Unknown<'a>> {
    with_host(env, [global, require, load], |host| host.call(|helpers| &helpers.begin_file))
}

/// The program `wx-server-sdk-local`: reads `process.argv`, sets `process.exitCode`.
#[napi(catch_unwind, ts_args_type = "global: object, require: Function, load: Function")]
pub fn cli<'a>(
    env: napi::Env,
    global: Unknown<'a>,
    require: Unknown<'a>,
    load: Unknown<'a>,
) -> napi::Result<Unknown<'a>> {
    with_host(env, [global, require, load], |host| host.program())
}

/// A thread of that program in which a function runs.
#[napi(catch_unwind, ts_args_type = "global: object, require: Function, load: Function")]
pub fn instance<'a>(
    env: napi::Env,
    global: Unknown<'a>,
    require: Unknown<'a>,
    load: Unknown<'a>,
) -> napi::Result<Unknown<'a>> {
    with_host(env, [global, require, load], |host| host.instance())
}

/// The package's TypeScript declarations: file name to text. The build writes them.
#[napi(catch_unwind)]
pub fn declarations() -> HashMap<&'static str, String> {
    declarations::files().into_iter().collect()
}

/// Internal: runs a batch of database commands over documents in memory, for the differential
/// tests of this package. Takes and returns Extended JSON; both may change at any time.
#[napi(catch_unwind)]
#[allow(clippy::needless_pass_by_value, reason = "as napi hands it over")]
pub fn evaluate(batch: String) -> napi::Result<String> {
    evaluate::evaluate(&batch).map_err(|error| napi::Error::from_reason(error.message()))
}
