//! The caller's context and the environment: pure functions of environment variables and config.

use std::sync::atomic::{AtomicU8, Ordering};

use crate::sdk::Input;
use crate::sdk::diagnostics::Pitfall;
use crate::sdk::encode::Result;
use crate::sdk::failure::Failure;
use crate::sdk::messages;

/// Environment variables, each name once.
pub type Variables = [(String, String)];

/// One value of `getWXContext()`.
#[derive(Debug, Clone, PartialEq)]
pub enum ContextValue {
    Text(String),
    Number(f64),
    /// An own property without a value.
    Absent,
}

const HIDDEN: [&str; 4] =
    ["API_TOKEN", "TRIGGER_API_TOKEN_V0", "WX_API_TOKEN", "WX_TRIGGER_API_TOKEN_V0"];
const PREFIX: &str = "WX_";

fn variable<'a>(variables: &'a Variables, name: &str) -> Option<&'a str> {
    variables.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

fn non_empty<'a>(variables: &'a Variables, name: &str) -> Option<&'a str> {
    variable(variables, name).filter(|value| !value.is_empty())
}

/// What `getWXContext()` returns: properties in the order in which they are set.
pub fn wx_context(variables: &Variables) -> Vec<(String, ContextValue)> {
    let Some(names) = non_empty(variables, "WX_CONTEXT_KEYS") else { return Vec::new() };
    let mut context = Vec::new();
    for name in names.split(',').filter(|name| !name.is_empty() && !HIDDEN.contains(name)) {
        let Some(value) = variable(variables, name) else { continue };
        // The bare prefix is a name of its own.
        let key = name.strip_prefix(PREFIX).filter(|rest| !rest.is_empty()).unwrap_or(name);
        set(&mut context, key, context_value(value));
    }
    let env = non_empty(variables, "TCB_ENV")
        .map(ToOwned::to_owned)
        .or_else(|| variable(variables, "SCF_NAMESPACE").map(ToOwned::to_owned));
    set(&mut context, "ENV", env.map_or(ContextValue::Absent, ContextValue::Text));
    if let Some(source) = non_empty(variables, "TCB_SOURCE") {
        set(&mut context, "SOURCE", ContextValue::Text(source.to_owned()));
    }
    context
}

fn set(context: &mut Vec<(String, ContextValue)>, key: &str, value: ContextValue) {
    match context.iter_mut().find(|(name, _)| name == key) {
        Some((_, present)) => *present = value,
        None => context.push((key.to_owned(), value)),
    }
}

/// Digits become a number, whatever they mean: long ids lose their last digits.
fn context_value(text: &str) -> ContextValue {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_integer = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(number) if is_integer => ContextValue::Number(number),
        _ => ContextValue::Text(text.to_owned()),
    }
}

/// The environment that `DYNAMIC_CURRENT_ENV` stands for, resolved anew for each request.
///
/// `TCB_ENV` counts only if one of the two lists of context keys names it.
pub fn current_env(variables: &Variables) -> String {
    let is_listed = ["TCB_CONTEXT_KEYS", "WX_CONTEXT_KEYS"].iter().any(|list| {
        variable(variables, list)
            .is_some_and(|names| names.split(',').any(|name| name == "TCB_ENV"))
    });
    let listed = if is_listed { non_empty(variables, "TCB_ENV") } else { None };
    listed.or_else(|| variable(variables, "SCF_NAMESPACE")).unwrap_or_default().to_owned()
}

/// Whether reading `DYNAMIC_CURRENT_ENV` prints a hint and gives undefined: local debugging.
pub fn is_local_debugging(variables: &Variables) -> bool {
    let env = non_empty(variables, "TCB_ENV").or_else(|| variable(variables, "SCF_NAMESPACE"));
    variable(variables, "TENCENTCLOUD_RUNENV") == Some("WX_LOCAL_SCF") && env == Some("local")
}

/// `env` of a config.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum EnvSetting {
    #[default]
    Missing,
    Id(String),
    /// `DYNAMIC_CURRENT_ENV`.
    Current,
    /// `{functions, storage, database, default}` and `ai`.
    PerService(Vec<(String, EnvSetting)>),
}

/// Which part of an env object a call reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    Functions,
    Storage,
    Database,
    Ai,
    /// Open capabilities have no part of their own.
    Open,
}

impl EnvSetting {
    pub fn parse(env: &Input) -> Self {
        match env {
            Input::Text(id) if !id.is_empty() => Self::Id(id.clone()),
            Input::Symbol => Self::Current,
            Input::Object(object) => Self::PerService(
                object
                    .entries
                    .iter()
                    // One level: an env object inside an env object names nothing.
                    .filter(|(_, value)| matches!(value, Input::Text(_) | Input::Symbol))
                    .map(|(key, value)| (key.clone(), Self::parse(value)))
                    .collect(),
            ),
            _ => Self::Missing,
        }
    }

    /// The environment of a call; empty where none is given.
    ///
    /// The official `database()` sends an env object as it is, which no service can read; here its
    /// own part is used.
    pub fn resolve(&self, service: Service, current: &str) -> String {
        match self {
            Self::Missing => String::new(),
            Self::Id(id) => id.clone(),
            Self::Current => current.to_owned(),
            Self::PerService(parts) => {
                let key = match service {
                    Service::Functions => "functions",
                    Service::Storage => "storage",
                    Service::Database => "database",
                    Service::Ai => "ai",
                    Service::Open => "default",
                };
                let part = |name: &str| {
                    parts
                        .iter()
                        .find(|(key, setting)| key == name && *setting != Self::Missing)
                        .map(|(_, setting)| setting)
                };
                match part(key).or_else(|| part("default")) {
                    Some(Self::Id(id)) => id.clone(),
                    Some(Self::Current) => current.to_owned(),
                    _ => String::new(),
                }
            }
        }
    }
}

/// How the databases of a program have been given their environments so far.
#[derive(Debug, Default)]
pub struct EnvsGiven(AtomicU8);

impl EnvsGiven {
    const NAMED: u8 = 1;
    const MISSING: u8 = 2;

    /// Takes a new database's environment into account.
    ///
    /// A program that names none has one environment, or relies on the first. One that names some
    /// has several, and a database without a name is then seldom where it is looked for: that is
    /// told once.
    pub fn note(&self, env: &EnvSetting) -> Option<Pitfall> {
        let kind = match env {
            EnvSetting::Id(_) => Self::NAMED,
            EnvSetting::Missing => Self::MISSING,
            EnvSetting::Current | EnvSetting::PerService(_) => return None,
        };
        let before = self.0.fetch_or(kind, Ordering::Relaxed);
        let both = Self::NAMED | Self::MISSING;
        (before != both && before | kind == both).then_some(Pitfall::EnvMissing)
    }
}

/// What matters of the argument of `init` or `updateConfig`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CloudConfig {
    pub env: EnvSetting,
    pub timeout_ms: Option<f64>,
    /// Truthiness of the own property.
    pub throw_on_not_found: Option<bool>,
}

impl CloudConfig {
    /// Reads a config. `undefined` is an empty one, and so is any text or number.
    pub fn parse(config: &Input) -> Result<Self> {
        if let Input::Null = config {
            return Err(Failure::reading("null", "env"));
        }
        if config.property("secretId").is_some() != config.property("secretKey").is_some() {
            return Err(Failure::tcb("INVALID_PARAM", messages::KEY_PAIR));
        }
        Ok(Self {
            env: config.property("env").map(EnvSetting::parse).unwrap_or_default(),
            timeout_ms: match config.property("timeout") {
                Some(Input::Number(timeout)) => Some(*timeout),
                _ => None,
            },
            throw_on_not_found: config.property("throwOnNotFound").map(Input::is_truthy),
        })
    }
}

/// The environment of `new cloud.Cloud(options)`, `None` without options.
pub fn cross_account_env(options: &Input, current: &str) -> Result<Option<String>> {
    if !options.is_truthy() {
        return Ok(None);
    }
    let resource_env = options.property("resourceEnv").filter(|env| env.is_truthy());
    let Some(resource_env) = resource_env else {
        return Err(Failure::error(messages::MISSING_RESOURCE_ENV));
    };
    // Without an app id the resource env is ignored. Symbols do not survive the copy of options.
    let chosen = match options.property("resourceAppid").filter(|id| id.is_truthy()) {
        Some(_) => EnvSetting::parse(resource_env),
        None => options.property("env").map(EnvSetting::parse).unwrap_or_default(),
    };
    let chosen = if chosen == EnvSetting::Current { EnvSetting::Missing } else { chosen };
    Ok(Some(chosen.resolve(Service::Database, current)))
}

/// `logger().info(message)` and its kin. Thrown.
pub fn check_log_message(message: &Input) -> Result<()> {
    if message.has_object_tag() {
        Ok(())
    } else {
        Err(Failure::tcb("INVALID_PARAM", messages::LOGGER_NEEDS_OBJECT))
    }
}
