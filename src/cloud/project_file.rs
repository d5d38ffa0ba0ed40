//! `wx-local.config.json`: what a project says about its local data. It lies beside
//! `project.config.json`, or in the working directory where there is none.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::cloud::functions::read_settings;
use crate::cloud::rules::{Access, check_rules};
use crate::error::{Error, ErrorKind, Result};
use crate::value::{Bson, Document, ejson};

/// The file as it was read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ProjectFile {
    pub data_dir: Option<PathBuf>,
    pub functions_dir: Option<PathBuf>,
    pub openid: Option<String>,
    pub port: Option<u16>,
    pub strict: Option<bool>,
    pub diagnostics: Option<bool>,
    /// Made when the data is opened, so that functions find them.
    pub collections: Vec<CollectionSetup>,
    /// What pages may do with files, and which functions they may call.
    pub file_permissions: Option<Value>,
    pub function_permissions: Option<Value>,
}

/// A collection with its indexes in the engine's form.
#[derive(Debug, Clone, PartialEq)]
pub struct CollectionSetup {
    pub name: String,
    pub indexes: Vec<Document>,
    /// What pages may do with it.
    pub permissions: Option<Value>,
}

const KEYS: [&str; 8] = [
    "dataDir",
    "functionsDir",
    "openid",
    "port",
    "strict",
    "diagnostics",
    "collections",
    "permissions",
];

impl ProjectFile {
    pub const NAME: &'static str = "wx-local.config.json";

    /// Reads the file of a project; paths in it are relative to the project.
    pub fn read(project: &Path) -> Result<Option<Self>> {
        let path = project.join(Self::NAME);
        let Some(settings) = read_settings(&path)? else { return Ok(None) };
        let refuse = |error: Error| {
            Error::new(ErrorKind::InvalidParam, format!("{}: {error}", path.display()))
        };
        Self::of(&settings, project).map(Some).map_err(refuse)
    }

    fn of(settings: &Map<String, Value>, project: &Path) -> Result<Self> {
        let mut file = Self::default();
        for (key, value) in settings {
            match key.as_str() {
                "dataDir" => {
                    // Kept as it is: it says that nothing is kept on disk.
                    let memory = value == ":memory:";
                    let path = PathBuf::from(text(key, value)?);
                    file.data_dir = Some(if memory { path } else { project.join(path) });
                }
                "functionsDir" => file.functions_dir = Some(project.join(text(key, value)?)),
                "openid" => file.openid = Some(text(key, value)?.to_owned()),
                "port" => file.port = Some(port(value)?),
                "strict" => file.strict = Some(flag(key, value)?),
                "diagnostics" => file.diagnostics = Some(flag(key, value)?),
                "collections" => file.collections = collections(value)?,
                "permissions" => file.set_permissions(value)?,
                other => {
                    let known = KEYS.join(", ");
                    return Err(refused(format!("there is no '{other}'; there is {known}")));
                }
            }
        }
        Ok(file)
    }

    /// `{"files": .., "functions": ..}`.
    fn set_permissions(&mut self, value: &Value) -> Result<()> {
        let refuse = || refused("permissions must be an object of 'files' and 'functions'");
        for (key, setting) in value.as_object().ok_or_else(refuse)? {
            match key.as_str() {
                "files" => {
                    Access::parse(setting)?;
                    self.file_permissions = Some(setting.clone());
                }
                "functions" => {
                    check_rules(setting)?;
                    self.function_permissions = Some(setting.clone());
                }
                _ => return Err(refuse()),
            }
        }
        Ok(())
    }
}

/// The closest directory above that holds `project.config.json`, else the directory itself.
pub fn project_root(directory: &Path) -> PathBuf {
    directory
        .ancestors()
        .find(|ancestor| ancestor.join("project.config.json").is_file())
        .unwrap_or(directory)
        .to_path_buf()
}

fn refused(text: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidParam, text)
}

fn text<'a>(key: &str, value: &'a Value) -> Result<&'a str> {
    let text = value.as_str().filter(|text| !text.is_empty() && !text.contains('\0'));
    text.ok_or_else(|| refused(format!("{key} must be a text, not {value}")))
}

fn flag(key: &str, value: &Value) -> Result<bool> {
    value.as_bool().ok_or_else(|| refused(format!("{key} must be true or false, not {value}")))
}

fn port(value: &Value) -> Result<u16> {
    let port = value.as_u64().and_then(|port| u16::try_from(port).ok());
    port.ok_or_else(|| refused(format!("port must be a number from 0 to 65535, not {value}")))
}

/// `["todos"]`, or `{"todos": {"indexes": [..]}}`.
fn collections(value: &Value) -> Result<Vec<CollectionSetup>> {
    let refuse = || {
        refused(
            "collections must be a list of names or {\"<name>\": {\"indexes\": [..], \
             \"permissions\": ..}}",
        )
    };
    match value {
        Value::Array(names) => names
            .iter()
            .map(|name| {
                let name = name.as_str().ok_or_else(refuse)?.to_owned();
                Ok(CollectionSetup { name, indexes: Vec::new(), permissions: None })
            })
            .collect(),
        Value::Object(setups) => setups
            .iter()
            .map(|(name, setup)| {
                let setup = setup.as_object().ok_or_else(refuse)?;
                let is_known = |key: &str| matches!(key, "indexes" | "permissions");
                if let Some(key) = setup.keys().find(|key| !is_known(key)) {
                    return Err(refused(format!(
                        "{name} has indexes and permissions, not '{key}'"
                    )));
                }
                let permissions = setup.get("permissions").cloned();
                let place = |error: Error| refused(format!("the permissions of {name}: {error}"));
                permissions.as_ref().map(Access::parse).transpose().map_err(place)?;
                let indexes = match setup.get("indexes") {
                    None => Vec::new(),
                    Some(Value::Array(indexes)) => indexes
                        .iter()
                        .map(|index| definition(name, index))
                        .collect::<Result<_>>()?,
                    Some(other) => {
                        let text = format!("the indexes of {name} must be a list, not {other}");
                        return Err(refused(text));
                    }
                };
                Ok(CollectionSetup { name: name.clone(), indexes, permissions })
            })
            .collect(),
        _ => Err(refuse()),
    }
}

/// A field's name, its keys, or a whole definition with `keys`.
fn definition(collection: &str, index: &Value) -> Result<Document> {
    let mut document = match index {
        Value::String(field) => return Ok(bson::doc! { "key": { field.clone(): 1 } }),
        Value::Object(_) => match ejson::from_json(index.clone())? {
            Bson::Document(document) => document,
            _ => return Err(refused(format!("an index of {collection} cannot be {index}"))),
        },
        other => return Err(refused(format!("an index of {collection} cannot be {other}"))),
    };
    match document.remove("keys") {
        Some(keys) => {
            document.insert("key", keys);
            Ok(document)
        }
        None if document.contains_key("key") => Ok(document),
        None => Ok(bson::doc! { "key": document }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(settings: &Value) -> Result<ProjectFile> {
        ProjectFile::of(settings.as_object().unwrap(), Path::new("/project"))
    }

    #[test]
    fn paths_are_relative_to_the_project_and_indexes_have_three_forms() {
        let file = read(&json!({
            "dataDir": "data", "functionsDir": "fns", "openid": "o", "port": 8080, "strict": false,
            "collections": {
                "todos": { "indexes": ["owner", { "at": -1 }, { "keys": { "n": 1 }, "unique": true }] },
                "users": {},
            },
        }))
        .unwrap();
        assert_eq!(file.data_dir.unwrap(), Path::new("/project/data"));
        assert_eq!(file.functions_dir.unwrap(), Path::new("/project/fns"));
        assert_eq!((file.port, file.strict), (Some(8080), Some(false)));
        assert_eq!(file.collections[1].name, "users");
        assert_eq!(
            file.collections[0].indexes,
            [
                bson::doc! { "key": { "owner": 1 } },
                bson::doc! { "key": { "at": -1 } },
                bson::doc! { "unique": true, "key": { "n": 1 } },
            ]
        );
        assert_eq!(read(&json!({ "collections": ["a"] })).unwrap().collections[0].name, "a");
        let file = read(&json!({
            "collections": { "todos": { "permissions": "READONLY" } },
            "permissions": { "files": { "read": true }, "functions": { "f": { "invoke": true } } },
        }))
        .unwrap();
        assert_eq!(file.collections[0].permissions, Some(json!("READONLY")));
        assert_eq!(file.file_permissions, Some(json!({ "read": true })));
        assert_eq!(file.function_permissions, Some(json!({ "f": { "invoke": true } })));
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_what_can() {
        for (settings, text) in [
            (json!({ "datadir": "x" }), "there is no 'datadir'"),
            (json!({ "port": 70_000 }), "port must be a number"),
            (json!({ "strict": "no" }), "strict must be true or false"),
            (json!({ "dataDir": "" }), "dataDir must be a text"),
            (json!({ "collections": "todos" }), "collections must be a list"),
            (json!({ "collections": { "a": { "index": [] } } }), "a has indexes and permissions"),
            (json!({ "collections": { "a": { "permissions": "ALL" } } }), "the permissions of a"),
            (json!({ "permissions": "READONLY" }), "permissions must be an object"),
            (json!({ "permissions": { "files": "ALL" } }), "none of READONLY"),
            (json!({ "permissions": { "functions": { "f": true } } }), "rules of functions"),
            (json!({ "collections": { "a": { "indexes": [7] } } }), "an index of a"),
        ] {
            let error = read(&settings).unwrap_err();
            assert!(error.message().contains(text), "{error}");
        }
    }
}
