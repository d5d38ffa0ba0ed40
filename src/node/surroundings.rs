//! What a world is to be, as the program's surroundings say: environment variables, the working
//! directory, and the project's own file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::cloud::{ProjectFile, project_root};
use crate::limits::{HOLDER_TIMEOUT_MS_DEFAULT, HOLDER_TIMEOUT_MS_MIN};
use crate::node::js::{Js, Outcome, Type, Value};
use crate::node::world::{World, WorldSettings};
use crate::store::Durability;

/// Variables that a test runner sets in its processes.
const RUNNER_VARIABLES: &[&str] =
    &["JEST_WORKER_ID", "VITEST", "VITEST_POOL_ID", "VITEST_WORKER_ID", "NODE_TEST_CONTEXT"];

/// The program of AVA's workers, which set no variable of theirs.
const AVA_WORKER: &str = "/ava/lib/worker/";

/// The environment variables and the working directory of the program.
pub struct Surroundings {
    pub variables: HashMap<String, String>,
    pub working_directory: PathBuf,
    is_ava: bool,
}

impl Surroundings {
    /// Variables that are read.
    const NAMES: &'static [&'static str] = &[
        "WX_LOCAL_DATA_DIR",
        "WX_LOCAL_DURABILITY",
        "WX_LOCAL_STRICT",
        "WX_LOCAL_DIAGNOSTICS",
        "WX_LOCAL_FUNCTIONS_DIR",
        "WX_LOCAL_OPENID",
        "WX_LOCAL_PERMISSIONS",
        "WX_LOCAL_HOLDER_TIMEOUT_MS",
    ];

    /// What the realm's `process` says: a test runner may give a test file its own copy.
    pub fn of(js: Js<'_>, global: Value<'_>) -> Outcome<Self> {
        let process = js.get(global, "process")?;
        let env = js.get(process, "env")?;
        let mut variables = HashMap::new();
        for name in Self::NAMES.iter().chain(RUNNER_VARIABLES) {
            let value = js.get(env, name)?;
            if js.type_of(value)? == Type::String {
                variables.insert((*name).to_owned(), js.to_text(value)?);
            }
        }
        let cwd = js.call(js.get(process, "cwd")?, process, &[])?;
        let working_directory = PathBuf::from(js.to_text(cwd)?);
        Ok(Self { variables, working_directory, is_ava: is_ava(js, process)? })
    }

    fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Where the functions are, or would be.
    pub fn functions_root(&self) -> PathBuf {
        let settings = self.settings();
        let usual = settings.project.join("cloudfunctions");
        World::new(settings).project().ok().flatten().map_or(usual, |found| found.functions_root)
    }

    /// A variable goes before `wx-local.config.json`, that before the default.
    pub fn settings(&self) -> WorldSettings {
        let project = project_root(&self.working_directory);
        // One that cannot be read is refused when the data is opened.
        let file = ProjectFile::read(&project).ok().flatten().unwrap_or_default();
        let under_runner =
            self.is_ava || RUNNER_VARIABLES.iter().any(|name| self.variable(name).is_some());
        let directory = match self.variable("WX_LOCAL_DATA_DIR") {
            Some(":memory:") => None,
            Some(path) => Some(self.working_directory.join(path)),
            None if under_runner => None,
            None => match file.data_dir {
                Some(path) if path == Path::new(":memory:") => None,
                Some(path) => Some(path),
                None => Some(project.join(".wx-server-sdk-local")),
            },
        };
        let durability = match self.variable("WX_LOCAL_DURABILITY") {
            Some("process") => Durability::Process,
            _ => Durability::Full,
        };
        WorldSettings {
            directory: if self.variable("WX_LOCAL_DURABILITY") == Some("memory") {
                None
            } else {
                directory
            },
            durability,
            strict: self
                .variable("WX_LOCAL_STRICT")
                .map_or(file.strict.unwrap_or(true), |strict| strict != "0"),
            diagnostics: self
                .variable("WX_LOCAL_DIAGNOSTICS")
                .map_or(file.diagnostics.unwrap_or(true), |told| told != "off"),
            holder_timeout: Duration::from_millis(
                self.variable("WX_LOCAL_HOLDER_TIMEOUT_MS")
                    .and_then(|text| text.parse().ok())
                    .map_or(HOLDER_TIMEOUT_MS_DEFAULT, |ms: u64| ms.max(HOLDER_TIMEOUT_MS_MIN)),
            ),
            enforces_permissions: self.variable("WX_LOCAL_PERMISSIONS") == Some("enforce"),
            functions: self
                .variable("WX_LOCAL_FUNCTIONS_DIR")
                .map(|path| self.working_directory.join(path))
                .or(file.functions_dir),
            openid: self.variable("WX_LOCAL_OPENID").map(str::to_owned).or(file.openid),
            project,
        }
    }
}

fn is_ava(js: Js, process: Value) -> Outcome<bool> {
    let arguments = js.get(process, "argv")?;
    if !js.is_array(arguments)? {
        return Ok(false);
    }
    let program = js.item(arguments, 1)?;
    let is_text = js.type_of(program)? == Type::String;
    Ok(is_text && js.to_text(program)?.replace('\\', "/").contains(AVA_WORKER))
}
