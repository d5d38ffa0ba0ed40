//! The export object: `init` and its rules, the caller, the logger.

use std::cell::{Cell, RefCell};

use crate::cloud::Identity;
use crate::node::context;
use crate::node::convert::{list, read, result};
use crate::node::js::{Kept, Outcome, Type, Value};
use crate::node::native::Functions;
use crate::node::native::client::Client;
use crate::node::native::request::world_of;
use crate::node::realm::Call;
use crate::node::world::DEFAULT_ENV;
use crate::sdk::context::{
    CloudConfig, ContextValue, EnvSetting, Service, check_log_message, cross_account_env,
    current_env, is_local_debugging, wx_context,
};
use crate::sdk::failure::Failure;
use crate::sdk::result::Api;
use crate::sdk::{Input, messages};

pub const FUNCTIONS: Functions = &[
    ("newCloud", new_cloud),
    ("init", init),
    ("initCross", init_cross),
    ("isInitialised", is_initialised),
    ("assertInitialised", assert_initialised),
    ("updateConfig", update_config),
    ("currentEnv", current_env_symbol),
    ("getWXContext", get_wx_context),
    ("checkLog", check_log),
    ("noClsReport", no_cls_report),
    ("hasVariable", has_variable),
];

/// State behind one export object.
pub struct CloudHandle {
    is_initialised: Cell<bool>,
    /// `init` refused its configuration: there is none for databases.
    pub has_failed: Cell<bool>,
    /// What `init` was given. It was flagged initialised even when that failed.
    initial: RefCell<CloudConfig>,
    /// What `updateConfig` gave last; else as `initial`.
    current: RefCell<CloudConfig>,
    /// The environment of a cross-account instance, which nothing overrides.
    cross_account: Option<String>,
    /// Whose page it belongs to; none for server code.
    pub client: Option<Client>,
}

impl CloudHandle {
    pub fn new(cross_account: Option<String>, client: Option<Client>) -> Self {
        Self {
            is_initialised: Cell::new(false),
            has_failed: Cell::new(false),
            initial: RefCell::default(),
            current: RefCell::default(),
            cross_account,
            client,
        }
    }

    /// How a call of this object reports.
    pub fn api(&self, api: Api) -> Api {
        if self.client.is_some() { api.of_client() } else { api }
    }

    pub fn initial_env(&self) -> EnvSetting {
        match &self.cross_account {
            Some(env) => EnvSetting::Id(env.clone()),
            None => self.initial.borrow().env.clone(),
        }
    }

    pub fn is_cross_account(&self) -> bool {
        self.cross_account.is_some()
    }

    /// The environment that a call names; cross-account instances do not listen.
    pub fn env_of_call(&self, env: EnvSetting) -> EnvSetting {
        if self.cross_account.is_some() { EnvSetting::Missing } else { env }
    }

    /// The environment of a call of a service other than the database.
    pub fn env(&self, call: Call<'_>, env: EnvSetting, service: Service) -> Outcome<String> {
        let setting = match (&self.cross_account, env) {
            (Some(cross), _) => EnvSetting::Id(cross.clone()),
            (None, EnvSetting::Missing) => self.current.borrow().env.clone(),
            (None, env) => env,
        };
        resolve(call, &setting, service)
    }

    pub fn throw_on_not_found(&self) -> Option<bool> {
        self.initial.borrow().throw_on_not_found
    }
}

/// The id that a setting stands for now. Without any, the one local environment.
pub fn resolve(call: Call<'_>, setting: &EnvSetting, service: Service) -> Outcome<String> {
    let env = match setting {
        EnvSetting::Id(id) => return Ok(id.clone()),
        EnvSetting::Missing => String::new(),
        other => other.resolve(service, &running_env(call)?),
    };
    if env.is_empty() { running_env(call) } else { Ok(env) }
}

pub fn held(call: Call<'_>) -> Outcome<Kept<CloudHandle>> {
    call.js.held::<CloudHandle>(call.argument(0))
}

fn new_cloud(call: Call<'_>) -> Outcome<Value<'_>> {
    let options = read(call.js, call.realm, call.argument(0))?;
    let cross_account = match options {
        Input::Absent => None,
        options => cross_account_env(&options, &running_env(call)?)?,
    };
    call.js.external(CloudHandle::new(cross_account, None))
}

/// Whether this was the first `init`: later ones are ignored.
fn init(call: Call<'_>) -> Outcome<Value<'_>> {
    let handle = held(call)?;
    if handle.is_initialised.get() {
        return call.js.boolean(false);
    }
    let config = read(call.js, call.realm, call.argument(1))?;
    if let Input::Null = config {
        return Err(Failure::reading("null", "env").into());
    }
    handle.is_initialised.set(true);
    let config = CloudConfig::parse(&config).inspect_err(|_| handle.has_failed.set(true))?;
    *handle.initial.borrow_mut() = config.clone();
    *handle.current.borrow_mut() = config;
    call.js.boolean(true)
}

fn init_cross(call: Call<'_>) -> Outcome<Value<'_>> {
    held(call)?.is_initialised.set(true);
    call.js.undefined()
}

fn is_initialised(call: Call<'_>) -> Outcome<Value<'_>> {
    call.js.boolean(held(call)?.is_initialised.get())
}

fn assert_initialised(call: Call<'_>) -> Outcome<Value<'_>> {
    let handle = held(call)?;
    match (handle.is_initialised.get(), &handle.client) {
        (true, _) => call.js.undefined(),
        (false, None) => Err(Failure::not_initialised().into()),
        (false, Some(_)) => Err(Failure::client_not_initialised().into()),
    }
}

/// Replaces the config as a whole; what `init` set up for the database stays.
fn update_config(call: Call<'_>) -> Outcome<Value<'_>> {
    let config = read(call.js, call.realm, call.argument(1))?;
    *held(call)?.current.borrow_mut() = CloudConfig::parse(&config)?;
    call.js.undefined()
}

/// `DYNAMIC_CURRENT_ENV`: the symbol, or in local debugging a hint and nothing.
fn current_env_symbol(call: Call<'_>) -> Outcome<Value<'_>> {
    let variables = variables(call, &["TENCENTCLOUD_RUNENV", "TCB_ENV", "SCF_NAMESPACE"])?;
    if !is_local_debugging(&variables) {
        return call.js.symbol_for("SYMBOL_CURRENT_ENV");
    }
    let console = call.realm.console(call.js)?;
    for (method, text) in [
        ("group", messages::LOCAL_DEBUG_TITLE),
        ("warn", messages::LOCAL_DEBUG_TEXT),
        ("groupEnd", ""),
    ] {
        let print = call.js.get(console, method)?;
        call.js.call(print, console, &[call.js.text(text)?])?;
    }
    call.js.undefined()
}

/// The environment that the running code is in.
pub fn running_env(call: Call<'_>) -> Outcome<String> {
    let env = match context::current(call.js)? {
        Some(frame) => frame.identity.env.clone().unwrap_or_default(),
        None => current_env(&environment(call)?),
    };
    Ok(if env.is_empty() { DEFAULT_ENV.to_owned() } else { env })
}

fn get_wx_context(call: Call<'_>) -> Outcome<Value<'_>> {
    let context = if let Some(frame) = context::current(call.js)? {
        wx_context(&identity_variables(&frame.identity))
    } else {
        let keys = variables(call, &["WX_CONTEXT_KEYS"])?;
        if keys.iter().any(|(_, value)| !value.is_empty()) {
            wx_context(&listed_variables(call, keys)?)
        } else {
            // Run by hand: the configured default user.
            let caller = world_of(call)?.caller();
            let env = running_env(call)?;
            wx_context(&identity_variables(&Identity { env: Some(env), ..caller }))
        }
    };
    let mut properties: Vec<(&str, Value)> = Vec::with_capacity(context.len());
    for (key, value) in &context {
        let value = match value {
            ContextValue::Text(text) => call.js.text(text)?,
            ContextValue::Number(number) => call.js.number(*number)?,
            ContextValue::Absent => call.js.undefined()?,
        };
        properties.push((key, value));
    }
    result(call.js, call.realm, &properties)
}

/// A caller as the environment variables that the cloud sets for it.
fn identity_variables(identity: &Identity) -> Vec<(String, String)> {
    let mut variables = Vec::new();
    let mut names = Vec::new();
    for (name, value) in identity.fields() {
        match name {
            "ENV" => variables.push(("TCB_ENV".to_owned(), value)),
            "SOURCE" => variables.push(("TCB_SOURCE".to_owned(), value)),
            _ => {
                names.push(format!("WX_{name}"));
                variables.push((format!("WX_{name}"), value));
            }
        }
    }
    // A list that names nothing known still makes the context: it has ENV and SOURCE.
    names.push("TCB_ENV_LISTED".to_owned());
    variables.push(("WX_CONTEXT_KEYS".to_owned(), names.join(",")));
    variables
}

fn listed_variables(
    call: Call<'_>,
    mut known: Vec<(String, String)>,
) -> Outcome<Vec<(String, String)>> {
    let listed = known.first().map(|(_, value)| value.clone()).unwrap_or_default();
    let mut names: Vec<&str> = listed.split(',').filter(|name| !name.is_empty()).collect();
    names.extend(["TCB_ENV", "SCF_NAMESPACE", "TCB_SOURCE"]);
    names.dedup();
    known.extend(variables(call, &names)?);
    Ok(known)
}

/// Environment variables of the realm's `process`: a test runner may have its own copy.
pub fn variables(call: Call<'_>, names: &[&str]) -> Outcome<Vec<(String, String)>> {
    let js = call.js;
    let env = js.get(call.realm.process(js)?, "env")?;
    let mut found = Vec::with_capacity(names.len());
    for name in names {
        let value = js.get(env, name)?;
        if js.type_of(value)? == Type::String {
            found.push(((*name).to_owned(), js.to_text(value)?));
        }
    }
    Ok(found)
}

/// The variables that tell the running environment.
fn environment(call: Call<'_>) -> Outcome<Vec<(String, String)>> {
    const NAMES: [&str; 4] = ["TCB_CONTEXT_KEYS", "WX_CONTEXT_KEYS", "TCB_ENV", "SCF_NAMESPACE"];
    let js = call.js;
    if call.sees_own_variables()? {
        // The lists of names say nothing about variables that are not set.
        if NAMES[2..].iter().all(|name| own_variable(name).is_none()) {
            return Ok(Vec::new());
        }
        let own = NAMES.iter().filter_map(|name| Some(((*name).to_owned(), own_variable(name)?)));
        return Ok(own.collect());
    }
    let environment = call.realm.helper(js, |helpers| &helpers.environment)?;
    let values = js.call(environment, js.undefined()?, &[])?;
    let mut found = Vec::new();
    if js.type_of(values)? == Type::Undefined {
        return Ok(found);
    }
    for (index, name) in (0..).zip(NAMES) {
        let value = js.item(values, index)?;
        if js.type_of(value)? == Type::String {
            found.push((name.to_owned(), js.to_text(value)?));
        }
    }
    Ok(found)
}

/// A variable of the process itself.
fn own_variable(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

fn has_variable(call: Call<'_>) -> Outcome<Value<'_>> {
    let name = call.js.to_text(call.argument(0))?;
    call.js.boolean(own_variable(&name).is_some())
}

/// `logger().info(message)`: the message, checked.
fn check_log(call: Call<'_>) -> Outcome<Value<'_>> {
    check_log_message(&read(call.js, call.realm, call.argument(0))?)?;
    list(call.js, call.realm, &[])
}

/// What the first `logger()` warns of wherever nothing is reported.
fn no_cls_report(call: Call<'_>) -> Outcome<Value<'_>> {
    call.js.text(messages::NO_CLS_REPORT)
}
