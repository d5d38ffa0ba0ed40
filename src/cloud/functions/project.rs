//! A mini-program project: where its functions are.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::cloud::functions::definition::{FunctionDefinition, validate_function_name};
use crate::cloud::functions::failure::not_found;
use crate::cloud::functions::settings::{read_settings, text};
use crate::error::{Error, ErrorKind, Result};

/// Directories looked at when nothing names the functions' root.
const USUAL_ROOTS: [&str; 2] = ["cloudfunctions", "functions"];

/// A project, or a directory of functions on its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Project {
    /// Holds `project.config.json` or `cloudbaserc.json`; the data directory is made here.
    pub directory: PathBuf,
    /// Holds one directory for each function.
    pub functions_root: PathBuf,
    /// `appid` of `project.config.json`.
    pub appid: Option<String>,
    /// `envId` of `cloudbaserc.json`.
    pub env: Option<String>,
    /// What `cloudbaserc.json` says of each function.
    functions: HashMap<String, Map<String, Value>>,
}

impl Project {
    /// Looks for a project in `start` and the directories above it. Where nothing is configured,
    /// functions in the usual place below `start` will do.
    pub fn discover(start: &Path) -> Result<Option<Self>> {
        for directory in start.ancestors() {
            let config = read_settings(&directory.join("project.config.json"))?;
            let cloudbase = read_settings(&directory.join("cloudbaserc.json"))?;
            if config.is_some() || cloudbase.is_some() {
                let config = config.unwrap_or_default();
                return Self::read(directory, &config, &cloudbase.unwrap_or_default()).map(Some);
            }
        }
        if start.join(USUAL_ROOTS[0]).is_dir() {
            Self::read(start, &Map::new(), &Map::new()).map(Some)
        } else {
            Ok(None)
        }
    }

    /// A directory that holds functions, whatever is around it. Configuration of a project that
    /// contains it still applies.
    pub fn at(functions_root: &Path) -> Result<Self> {
        if !functions_root.is_dir() {
            let text = format!("{} is not a directory of functions", functions_root.display());
            return Err(Error::new(ErrorKind::InvalidParam, text));
        }
        let around = Self::discover(functions_root)?;
        Ok(Self {
            directory: around.as_ref().map_or(functions_root, |project| &project.directory).into(),
            functions_root: functions_root.into(),
            appid: around.as_ref().and_then(|project| project.appid.clone()),
            env: around.as_ref().and_then(|project| project.env.clone()),
            functions: around.map(|project| project.functions).unwrap_or_default(),
        })
    }

    /// The function of that name, as it is on disk now.
    pub fn function(&self, name: &str) -> Result<FunctionDefinition> {
        if !validate_function_name(name) {
            return Err(not_found());
        }
        // Found by listing: on a disk that ignores case the cloud would not find what opens here.
        let directory = self.directories()?.remove(name).ok_or_else(not_found)?;
        FunctionDefinition::load(name, &directory, self.functions.get(name))
    }

    /// The names of all functions, in order.
    pub fn names(&self) -> Result<Vec<String>> {
        let mut names: Vec<String> = self.directories()?.into_keys().collect();
        names.sort_unstable();
        Ok(names)
    }

    fn directories(&self) -> Result<HashMap<String, PathBuf>> {
        let failed = |error: std::io::Error| {
            let text = format!("{}: {error}", self.functions_root.display());
            Error::new(ErrorKind::Storage, text)
        };
        let mut directories = HashMap::new();
        if !self.functions_root.is_dir() {
            return Ok(directories);
        }
        for entry in fs::read_dir(&self.functions_root).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name();
            if let Some(name) = name.to_str()
                && validate_function_name(name)
                && name != "node_modules"
                && entry.path().is_dir()
            {
                directories.insert(name.to_owned(), entry.path());
            }
        }
        Ok(directories)
    }

    fn read(
        directory: &Path,
        config: &Map<String, Value>,
        cloudbase: &Map<String, Value>,
    ) -> Result<Self> {
        if config.get("cloudfunctionRoot").is_some_and(|root| !root.is_string()) {
            let file = directory.join("project.config.json");
            let text = format!("{}: cloudfunctionRoot must be a text", file.display());
            return Err(Error::new(ErrorKind::InvalidParam, text));
        }
        let root = text(config, "cloudfunctionRoot").or_else(|| text(cloudbase, "functionRoot"));
        let root = root.filter(|root| !root.is_empty());
        let functions_root = if let Some(root) = root {
            inside(directory, root)?
        } else {
            let usual = USUAL_ROOTS.iter().map(|name| directory.join(name));
            let found = usual.clone().find(|path| path.is_dir());
            found.unwrap_or_else(|| directory.join(USUAL_ROOTS[0]))
        };
        // A template like `{{env.ENV_ID}}` is filled in by a tool that is not here.
        let env = text(cloudbase, "envId").filter(|env| !env.contains('{')).map(str::to_owned);
        let listed = cloudbase.get("functions").and_then(Value::as_array);
        let functions = listed
            .into_iter()
            .flatten()
            .filter_map(Value::as_object)
            .filter_map(|function| Some((text(function, "name")?.to_owned(), function.clone())))
            .collect();
        Ok(Self {
            directory: directory.into(),
            functions_root,
            appid: text(config, "appid").filter(|appid| appid.starts_with("wx")).map(str::to_owned),
            env,
            functions,
        })
    }
}

/// A directory named in a project's configuration. It may be above the project, as in workspaces
/// that keep functions beside the pages, but it is always relative.
fn inside(directory: &Path, root: &str) -> Result<PathBuf> {
    let relative = Path::new(root.trim_start_matches('/'));
    if relative.is_absolute() || root.contains('\0') {
        let text = format!("the functions' root '{root}' must be relative to the project");
        return Err(Error::new(ErrorKind::InvalidParam, text));
    }
    Ok(directory.join(relative))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(files: &[(&str, &str)]) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = directory.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        directory
    }

    #[test]
    fn a_project_is_found_from_anywhere_inside_it() {
        let directory = project(&[
            ("project.config.json", r#"{"cloudfunctionRoot":"cloud/","appid":"wx12"}"#),
            ("cloud/login/index.js", ""),
            ("cloud/node_modules/x/index.js", ""),
            ("cloud/.git/config", ""),
            ("cloud/README.md", ""),
        ]);
        let found = Project::discover(&directory.path().join("cloud/login")).unwrap().unwrap();
        assert_eq!(found.directory, directory.path());
        assert_eq!(found.appid.as_deref(), Some("wx12"));
        assert_eq!(found.names().unwrap(), ["login"]);
        assert_eq!(found.function("login").unwrap().name, "login");
    }

    #[test]
    fn cloudbaserc_names_root_environment_and_functions() {
        let rc =
            r#"{"envId":"prod-1","functionRoot":"./fns","functions":[{"name":"a","timeout":7}]}"#;
        let directory = project(&[("cloudbaserc.json", rc), ("fns/a/index.js", "")]);
        let found = Project::discover(directory.path()).unwrap().unwrap();
        assert_eq!(found.env.as_deref(), Some("prod-1"));
        assert_eq!(found.function("a").unwrap().timeout_ms, 7000);
        let templated = project(&[("cloudbaserc.json", r#"{"envId":"{{env.ENV_ID}}"}"#)]);
        assert_eq!(Project::discover(templated.path()).unwrap().unwrap().env, None);
    }

    #[test]
    fn without_a_root_the_usual_directory_is_taken() {
        let directory = project(&[("project.config.json", "{}"), ("functions/a/index.js", "")]);
        let found = Project::discover(directory.path()).unwrap().unwrap();
        assert_eq!(found.names().unwrap(), ["a"]);
        let none = project(&[("project.config.json", "{}")]);
        assert_eq!(Project::discover(none.path()).unwrap().unwrap().names().unwrap(), [""; 0]);
    }

    #[test]
    fn an_explicit_directory_needs_no_project() {
        let directory = project(&[("x/a/index.js", "")]);
        let found = Project::at(&directory.path().join("x")).unwrap();
        assert_eq!(found.names().unwrap(), ["a"]);
        assert!(Project::at(&directory.path().join("missing")).is_err());
    }

    #[test]
    fn hostile_and_missing_names_are_not_found() {
        let directory = project(&[
            ("project.config.json", "{}"),
            ("cloudfunctions/Login/index.js", ""),
            ("secret/index.js", ""),
        ]);
        let found = Project::discover(directory.path()).unwrap().unwrap();
        for name in ["none", "login", "../secret", "..", "", "Login/../../secret", "/etc"] {
            let error = found.function(name).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::FunctionNotFound, "{name}");
            assert_eq!(error.message(), "FunctionName parameter could not be found.");
        }
    }
}
