//! One run of a function: its identity, its `context` and its environment variables.

use serde_json::{Map, Value, json};

use crate::cloud::functions::definition::{FunctionDefinition, MEMORY_MB_DEFAULT};
use crate::cloud::identity::Identity;
use crate::error::{Error, ErrorKind, Result};
use crate::limits::{FUNCTION_CHAIN_MAX, FUNCTION_TIMEOUT_MS_DEFAULT};

/// Who calls what, and how deep in a chain of functions calling functions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    pub identity: Identity,
    pub request_id: String,
    pub function: String,
    pub env: String,
    /// 1 for a function called from outside.
    pub depth: usize,
}

impl Invocation {
    /// A call from outside: a client, a timer, a test.
    pub fn first(identity: Identity, request_id: String, function: &str, env: &str) -> Self {
        Self { identity, request_id, function: function.into(), env: env.into(), depth: 1 }
    }

    /// A call made by this one's function. The user stays the same, the source grows by `scf`.
    pub fn nested(&self, request_id: String, function: &str) -> Result<Self> {
        Ok(Self {
            identity: self.identity.called_by_function(),
            request_id,
            function: function.into(),
            env: self.env.clone(),
            depth: self.next_depth(function)?,
        })
    }

    /// A call from outside that the function of `outer` has made all the same, with a test's
    /// controls or a client: it lengthens the chain.
    pub fn within(self, outer: &Self) -> Result<Self> {
        Ok(Self { depth: outer.next_depth(&self.function)?, ..self })
    }

    fn next_depth(&self, function: &str) -> Result<usize> {
        let depth = self.depth + 1;
        if depth <= FUNCTION_CHAIN_MAX {
            return Ok(depth);
        }
        let text = format!(
            "function '{function}' would be number {depth} in a chain of functions calling \
             functions, the most is {FUNCTION_CHAIN_MAX}"
        );
        Err(Error::new(ErrorKind::LimitExceeded, text))
    }
}

/// What a function is given beside its event.
#[derive(Debug, Clone, PartialEq)]
pub struct InvocationContext {
    /// The second argument of `main`.
    pub context: Map<String, Value>,
    /// What the environment of the run holds: the function's variables, then the cloud's.
    pub variables: Vec<(String, String)>,
    /// Those that the function's configuration gives it.
    pub own_variables: Vec<(String, String)>,
}

impl InvocationContext {
    /// `definition` is absent for a function that a test registered.
    pub fn new(invocation: &Invocation, definition: Option<&FunctionDefinition>) -> Self {
        let cloud = cloud_variables(invocation);
        let own = definition.map(|definition| definition.env.clone()).unwrap_or_default();
        let memory_mb = definition.map_or(MEMORY_MB_DEFAULT, |definition| definition.memory_mb);
        let time_ms =
            definition.map_or(FUNCTION_TIMEOUT_MS_DEFAULT, |definition| definition.timeout_ms);
        let own_variables: Vec<(String, String)> =
            own.into_iter().filter(|(name, _)| !is_reserved(name)).collect();
        let variables: Vec<(String, String)> = own_variables.iter().cloned().chain(cloud).collect();
        let environment: Map<String, Value> =
            variables.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        let environ: Vec<String> =
            environment.iter().map(|(name, value)| format!("{name}={}", plain(value))).collect();
        let fields = [
            ("callbackWaitsForEmptyEventLoop", json!(true)),
            ("memory_limit_in_mb", json!(memory_mb)),
            ("time_limit_in_ms", json!(time_ms)),
            ("request_id", json!(invocation.request_id)),
            ("environment", json!(Value::Object(environment).to_string())),
            ("environ", json!(environ.join(";"))),
            ("function_version", json!("$LATEST")),
            ("function_name", json!(invocation.function)),
            ("namespace", json!(invocation.env)),
        ];
        let context = fields.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
        Self { context, variables, own_variables }
    }
}

fn plain(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The variables from which the official SDK reads its context.
fn cloud_variables(invocation: &Invocation) -> Vec<(String, String)> {
    let mut variables = vec![
        ("TENCENTCLOUD_RUNENV".to_owned(), "SCF".to_owned()),
        ("SCF_NAMESPACE".to_owned(), invocation.env.clone()),
        ("SCF_FUNCTIONNAME".to_owned(), invocation.function.clone()),
        ("TCB_ENV".to_owned(), invocation.env.clone()),
        ("TCB_SEQID".to_owned(), invocation.request_id.clone()),
        ("TCB_TRACELOG".to_owned(), "Off".to_owned()),
        ("TCB_CONTEXT_KEYS".to_owned(), "TCB_ENV,TCB_SEQID,TCB_TRACELOG,TCB_SOURCE".to_owned()),
        ("TCB_SOURCE".to_owned(), invocation.identity.source.clone().unwrap_or_default()),
    ];
    let fields = invocation.identity.fields();
    let of_caller = fields.into_iter().filter(|(name, _)| !matches!(*name, "ENV" | "SOURCE"));
    let of_caller: Vec<(String, String)> =
        of_caller.map(|(name, value)| (format!("WX_{name}"), value)).collect();
    let keys: Vec<&str> = of_caller.iter().map(|(name, _)| name.as_str()).collect();
    variables.push(("WX_CONTEXT_KEYS".to_owned(), context_keys(&keys)));
    variables.extend(of_caller);
    variables
}

/// The list is never empty: with an empty one `getWXContext()` would answer `{}`, without `ENV`.
fn context_keys(keys: &[&str]) -> String {
    if keys.is_empty() { "WX_APPID".into() } else { keys.join(",") }
}

/// Variables of the cloud that a function's configuration cannot forge.
fn is_reserved(name: &str) -> bool {
    ["WX_", "TCB_", "SCF_", "TENCENTCLOUD_"].iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invocation() -> Invocation {
        let identity = Identity { openid: Some("o1".into()), ..Identity::default_user("s") };
        Invocation::first(identity, "r1".into(), "login", "env-1")
    }

    #[test]
    fn the_context_has_the_observed_keys() {
        let built = InvocationContext::new(&invocation(), None);
        let keys: Vec<&str> = built.context.keys().map(String::as_str).collect();
        assert_eq!(
            keys,
            [
                "callbackWaitsForEmptyEventLoop",
                "memory_limit_in_mb",
                "time_limit_in_ms",
                "request_id",
                "environment",
                "environ",
                "function_version",
                "function_name",
                "namespace"
            ]
        );
        assert_eq!(built.context["time_limit_in_ms"], json!(3000));
        let environment: Value =
            serde_json::from_str(built.context["environment"].as_str().unwrap()).unwrap();
        assert_eq!(environment["WX_OPENID"], json!("o1"));
        let environ = built.context["environ"].as_str().unwrap();
        assert!(
            environ.contains("TCB_ENV=env-1;") && environ.contains(";WX_OPENID=o1;"),
            "{environ}"
        );
    }

    #[test]
    fn the_variables_are_those_the_official_sdk_reads() {
        let built = InvocationContext::new(&invocation(), None);
        let get = |name: &str| {
            built.variables.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
        };
        assert_eq!(get("WX_CONTEXT_KEYS"), Some("WX_OPENID,WX_APPID,WX_CLIENTIP,WX_CLIENTIPV6"));
        assert_eq!((get("TCB_SOURCE"), get("SCF_NAMESPACE")), (Some("wx_client"), Some("env-1")));
        assert_eq!(get("WX_UNIONID"), None);
        let nobody = Invocation::first(Identity::default(), "r".into(), "f", "e");
        let built = InvocationContext::new(&nobody, None);
        assert!(built.variables.contains(&("WX_CONTEXT_KEYS".into(), "WX_APPID".into())));
    }

    #[test]
    fn a_chain_keeps_the_user_and_ends_somewhere() {
        let mut at = invocation();
        for depth in 2..=FUNCTION_CHAIN_MAX {
            at = at.nested(format!("r{depth}"), "next").unwrap();
            assert_eq!((at.depth, at.identity.openid.as_deref()), (depth, Some("o1")));
        }
        assert!(at.identity.source.as_deref().unwrap().starts_with("wx_client,scf,scf"));
        let error = at.nested("r".into(), "next").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded);
        assert!(error.message().contains("number 33"), "{error}");
        let error = invocation().within(&at).unwrap_err();
        assert!(error.message().contains("number 33"), "{error}");
        let inside = invocation().within(&invocation()).unwrap();
        assert_eq!(inside, Invocation { depth: 2, ..invocation() });
    }

    #[test]
    fn a_functions_own_variables_cannot_forge_the_caller() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("index.js"), "").unwrap();
        let config = r#"{"envVariables":{"KEY":"v","WX_OPENID":"forged","TCB_SOURCE":"x"}}"#;
        std::fs::write(directory.path().join("config.json"), config).unwrap();
        let definition = FunctionDefinition::load("login", directory.path(), None).unwrap();
        let built = InvocationContext::new(&invocation(), Some(&definition));
        assert_eq!(built.variables[0], ("KEY".into(), "v".into()));
        assert_eq!(built.own_variables, [("KEY".into(), "v".into())]);
        let openids = built.variables.iter().filter(|(name, _)| name == "WX_OPENID");
        assert_eq!(openids.map(|(_, value)| value.as_str()).collect::<Vec<_>>(), ["o1"]);
    }
}
