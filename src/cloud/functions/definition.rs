//! One function: its directory, its entry file and its configuration.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::cloud::functions::settings::{read_settings, text, variables};
use crate::cloud::timer::Schedule;
use crate::error::{Error, ErrorKind, Result};
use crate::limits::FUNCTION_TIMEOUT_MS_DEFAULT;

/// Longest name of a function or trigger.
const NAME_MAX: usize = 60;

/// Memory a function has when nothing else is configured, in MB.
pub const MEMORY_MB_DEFAULT: u64 = 256;

/// The console's range, in seconds.
const TIMEOUT_S_MAX: u64 = 900;

const HANDLER_DEFAULT: &str = "index.main";

/// In this order the cloud's runtime, and loaders of a test runner, look for the entry.
const EXTENSIONS: [&str; 6] = ["js", "mjs", "cjs", "ts", "mts", "cts"];

/// A function as it is on disk.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionDefinition {
    pub name: String,
    pub directory: PathBuf,
    /// The file whose export is called.
    pub entry: PathBuf,
    /// The export that is called: `main`.
    pub handler: String,
    /// The entry is an ES module.
    pub is_esm: bool,
    pub timeout_ms: u64,
    /// Where the timeout was written: the developer tools ignore the one in `config.json`.
    pub timeout_origin: TimeoutOrigin,
    pub memory_mb: u64,
    pub triggers: Vec<Trigger>,
    /// Environment variables beside those of the cloud.
    pub env: Vec<(String, String)>,
    /// The open capabilities that `config.json` declares. The cloud refuses any other.
    pub permissions: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeoutOrigin {
    Default,
    /// `config.json` beside the function.
    FunctionConfig,
    /// `cloudbaserc.json`.
    Cloudbaserc,
}

/// A timer of a function.
#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    pub name: String,
    pub cron: String,
    pub schedule: Schedule,
}

/// Whether the cloud could hold a function of this name. Such a name is one segment of a path.
pub fn validate_function_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    let starts_well = bytes.next().is_some_and(|first| first.is_ascii_alphabetic());
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    starts_well && name.len() <= NAME_MAX && bytes.all(plain)
}

impl FunctionDefinition {
    /// Reads a function's directory. `project` is what `cloudbaserc.json` says of the function.
    pub(super) fn load(
        name: &str,
        directory: &Path,
        project: Option<&Map<String, Value>>,
    ) -> Result<Self> {
        let empty = Map::new();
        let project = project.unwrap_or(&empty);
        let config = read_settings(&directory.join("config.json"))?.unwrap_or_default();
        let package = read_settings(&directory.join("package.json"))?.unwrap_or_default();
        let handler = text(project, "handler")
            .or_else(|| text(&config, "handler"))
            .unwrap_or(HANDLER_DEFAULT);
        let (file, export) = split_handler(handler)?;
        let entry = find_entry(directory, file, &package)?;
        let (timeout_ms, timeout_origin) = timeout(project, &config)?;
        let mut env = variables(&config);
        env.extend(variables(project));
        let memory = project.get("memorySize").or_else(|| config.get("memorySize"));
        Ok(Self {
            name: name.into(),
            directory: directory.into(),
            handler: export.into(),
            is_esm: is_esm(&entry, &package),
            entry,
            timeout_ms,
            timeout_origin,
            memory_mb: memory.and_then(Value::as_u64).unwrap_or(MEMORY_MB_DEFAULT),
            triggers: triggers(if project.contains_key("triggers") { project } else { &config })?,
            env,
            permissions: permissions(&config),
        })
    }

    /// What the `package.json` of the function asks for and Node would not find from here.
    pub fn missing_packages(&self) -> Vec<String> {
        let package = read_settings(&self.directory.join("package.json")).ok().flatten();
        let listed = package.as_ref().and_then(|package| package.get("dependencies")?.as_object());
        let is_installed = |name: &str| {
            self.directory.ancestors().any(|around| around.join("node_modules").join(name).exists())
        };
        listed
            .into_iter()
            .flat_map(Map::keys)
            .filter(|name| *name != "wx-server-sdk" && !is_installed(name))
            .cloned()
            .collect()
    }
}

/// `index.main` is the export `main` of the file `index`.
fn split_handler(handler: &str) -> Result<(&str, &str)> {
    let refuse = || {
        Error::new(
            ErrorKind::InvalidParam,
            format!("handler '{handler}' is not <file>.<export>, like index.main"),
        )
    };
    let (file, export) = handler.rsplit_once('.').ok_or_else(refuse)?;
    // The entry is inside the function's directory: the cloud holds nothing else.
    let inside = !file.contains(['\\', ':', '\0'])
        && file.split('/').all(|segment| !segment.is_empty() && segment != "..");
    if !inside || export.is_empty() {
        return Err(refuse());
    }
    Ok((file, export))
}

fn find_entry(directory: &Path, file: &str, package: &Map<String, Value>) -> Result<PathBuf> {
    let candidates = EXTENSIONS.iter().map(|extension| format!("{file}.{extension}"));
    // Projects that compile to `dist` name the result in `package.json`.
    let main = text(package, "main").filter(|main| split_handler(&format!("{main}.x")).is_ok());
    candidates
        .chain(main.map(str::to_owned))
        .map(|candidate| directory.join(candidate))
        .find(|path| path.is_file())
        .ok_or_else(|| {
            let missing = directory.join(format!("{file}.js"));
            let text = format!("Cannot find module '{}'", missing.display());
            Error::new(ErrorKind::FunctionFailed, text)
        })
}

fn is_esm(entry: &Path, package: &Map<String, Value>) -> bool {
    match entry.extension().and_then(|extension| extension.to_str()) {
        Some("mjs" | "mts") => true,
        Some("cjs" | "cts") => false,
        _ => text(package, "type") == Some("module"),
    }
}

fn timeout(
    project: &Map<String, Value>,
    config: &Map<String, Value>,
) -> Result<(u64, TimeoutOrigin)> {
    let sources = [(project, TimeoutOrigin::Cloudbaserc), (config, TimeoutOrigin::FunctionConfig)];
    for (settings, origin) in sources {
        let Some(value) = settings.get("timeout").filter(|value| !value.is_null()) else {
            continue;
        };
        let seconds = value.as_u64().filter(|seconds| (1..=TIMEOUT_S_MAX).contains(seconds));
        let seconds = seconds.ok_or_else(|| {
            let text = format!("timeout {value} is not a whole number of seconds from 1 to 900");
            Error::new(ErrorKind::InvalidParam, text)
        })?;
        return Ok((seconds * 1000, origin));
    }
    Ok((FUNCTION_TIMEOUT_MS_DEFAULT, TimeoutOrigin::Default))
}

fn triggers(settings: &Map<String, Value>) -> Result<Vec<Trigger>> {
    let Some(Value::Array(triggers)) = settings.get("triggers") else { return Ok(Vec::new()) };
    let timers = triggers.iter().filter_map(Value::as_object);
    let timers = timers.filter(|trigger| text(trigger, "type").is_none_or(|kind| kind == "timer"));
    timers.map(trigger).collect()
}

fn trigger(settings: &Map<String, Value>) -> Result<Trigger> {
    let name = text(settings, "name").unwrap_or_default();
    if !validate_function_name(name) {
        let text = format!(
            "trigger name '{name}' must start with a letter and have at most {NAME_MAX} letters, \
             digits, '-' and '_'"
        );
        return Err(Error::new(ErrorKind::InvalidParam, text));
    }
    let cron = text(settings, "config").unwrap_or_default();
    Ok(Trigger { name: name.into(), cron: cron.into(), schedule: Schedule::parse(cron)? })
}

fn permissions(config: &Map<String, Value>) -> Vec<String> {
    let declared = config.get("permissions").and_then(|permissions| permissions.get("openapi"));
    let names = declared.and_then(Value::as_array).into_iter().flatten();
    names.filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    type Files<'a> = &'a [(&'a str, &'a str)];

    fn function(files: Files<'_>) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = directory.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        directory
    }

    fn load(files: Files<'_>, project: &str) -> Result<FunctionDefinition> {
        let directory = function(files);
        let project: Map<String, Value> = serde_json::from_str(project).unwrap();
        FunctionDefinition::load("f", directory.path(), Some(&project))
    }

    #[test]
    fn only_names_the_cloud_allows_are_names() {
        let long = "a".repeat(61);
        for name in ["a", "login", "get-user_2", &long[..60]] {
            assert!(validate_function_name(name), "{name}");
        }
        for name in
            ["", ".", "..", "a/b", "a\\b", "../a", "1a", "-a", "a.b", "a b", "函数", "a\0", &long]
        {
            assert!(!validate_function_name(name), "{name}");
        }
    }

    #[test]
    fn a_function_without_configuration_has_the_defaults() {
        let f = load(&[("index.js", "")], "{}").unwrap();
        assert_eq!(f.entry.file_name().unwrap(), "index.js");
        assert_eq!((f.handler.as_str(), f.is_esm, f.timeout_ms), ("main", false, 3000));
        assert_eq!((f.timeout_origin, f.memory_mb), (TimeoutOrigin::Default, 256));
        assert_eq!((f.permissions.len(), f.triggers.len()), (0, 0));
    }

    #[test]
    fn configuration_is_read_and_cloudbaserc_wins() {
        let config = r#"{"permissions":{"openapi":["security.msgSecCheck"]},
            "triggers":[{"name":"t","type":"timer","config":"0 0 2 1 * * *"},{"type":"ckafka"}],
            "timeout":20,"envVariables":{"A":"1","B":2,"C":{},"=":"x"}}"#;
        let files = [("index.js", ""), ("config.json", config)];
        let f = load(&files, "{}").unwrap();
        assert_eq!((f.timeout_ms, f.timeout_origin), (20_000, TimeoutOrigin::FunctionConfig));
        assert_eq!(f.permissions, ["security.msgSecCheck"]);
        assert_eq!(f.triggers[0].cron, "0 0 2 1 * * *");
        assert_eq!(f.env, [("A".to_owned(), "1".to_owned()), ("B".into(), "2".into())]);
        let f =
            load(&files, r#"{"timeout":60,"memorySize":512,"envVariables":{"A":"9"}}"#).unwrap();
        assert_eq!((f.timeout_ms, f.timeout_origin), (60_000, TimeoutOrigin::Cloudbaserc));
        assert_eq!(f.memory_mb, 512);
        assert_eq!(f.env.last().unwrap().1, "9");
    }

    #[test]
    fn the_entry_follows_handler_extension_and_package() {
        let cases: [(Files<'_>, &str, &str, bool); 6] = [
            (&[("index.mjs", "")], "{}", "index.mjs", true),
            (&[("index.js", ""), ("package.json", r#"{"type":"module"}"#)], "{}", "index.js", true),
            (&[("index.ts", "")], "{}", "index.ts", false),
            (
                &[("dist/app.js", ""), ("package.json", r#"{"main":"dist/app.js"}"#)],
                "{}",
                "app.js",
                false,
            ),
            (&[("src/app.js", "")], r#"{"handler":"src/app.run"}"#, "app.js", false),
            (
                &[("index.js", ""), ("config.json", "\u{feff}{\"handler\":\"index.go\"}")],
                "{}",
                "index.js",
                false,
            ),
        ];
        for (files, project, entry, is_esm) in cases {
            let f = load(files, project).unwrap();
            assert_eq!(f.entry.file_name().unwrap(), entry);
            assert_eq!(f.is_esm, is_esm, "{entry}");
        }
    }

    #[test]
    fn broken_configuration_says_what_and_where() {
        let cases: [(Files<'_>, &str, &str); 9] = [
            (&[], "{}", "Cannot find module"),
            (&[("index.js", ""), ("config.json", "{")], "{}", "config.json: is not valid JSON"),
            (&[("index.js", ""), ("config.json", "[]")], "{}", "a JSON object is expected"),
            (&[("index.js", "")], r#"{"handler":"../x.main"}"#, "handler '../x.main'"),
            (&[("index.js", "")], r#"{"handler":"/etc/x.main"}"#, "handler '/etc/x.main'"),
            (&[("index.js", "")], r#"{"handler":"main"}"#, "handler 'main'"),
            (&[("index.js", "")], r#"{"timeout":0}"#, "timeout 0"),
            (&[("index.js", "")], r#"{"triggers":[{"name":"1","config":""}]}"#, "trigger name '1'"),
            (
                &[("index.js", "")],
                r#"{"triggers":[{"name":"t","config":"* *"}]}"#,
                "it has 2 fields",
            ),
        ];
        for (files, project, text) in cases {
            let error = load(files, project).unwrap_err();
            assert!(error.message().contains(text), "{error}");
        }
        let outside: [(&str, &str); 1] = [("package.json", r#"{"main":"../../index.js"}"#)];
        assert_eq!(load(&outside, "{}").unwrap_err().kind(), ErrorKind::FunctionFailed);
    }
}
