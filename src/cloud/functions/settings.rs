//! Reading the configuration files that projects already have.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use serde_json::{Map, Value};

use crate::error::{Error, ErrorKind, Result};

/// Largest configuration file read, in bytes. Ours.
const SETTINGS_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// The JSON object in a file; `None` when there is no such file.
pub(in crate::cloud) fn read_settings(path: &Path) -> Result<Option<Map<String, Value>>> {
    let refuse = |reason: String| {
        Error::new(ErrorKind::InvalidParam, format!("{}: {reason}", path.display()))
    };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(refuse(error.to_string())),
    };
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return Ok(None);
    }
    let mut text = String::new();
    let mut bounded = file.take(SETTINGS_BYTES_MAX + 1);
    bounded.read_to_string(&mut text).map_err(|error| refuse(error.to_string()))?;
    if text.len() as u64 > SETTINGS_BYTES_MAX {
        return Err(refuse(format!("is larger than {SETTINGS_BYTES_MAX} bytes")));
    }
    // Editors on Windows put a byte order mark in front; an empty file configures nothing.
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Ok(Some(Map::new()));
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(settings)) => Ok(Some(settings)),
        Ok(_) => Err(refuse("a JSON object is expected".into())),
        Err(error) => Err(refuse(format!("is not valid JSON: {error}"))),
    }
}

/// A text among the settings that is not empty.
pub(super) fn text<'a>(settings: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    settings.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// Environment variables: texts as they are, other plain values as text.
pub(super) fn variables(settings: &Map<String, Value>) -> Vec<(String, String)> {
    let Some(Value::Object(variables)) = settings.get("envVariables") else { return Vec::new() };
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    };
    let is_name = |name: &str| !name.is_empty() && !name.contains(['=', '\0']);
    let named = variables.iter().filter(|(name, _)| is_name(name));
    named.filter_map(|(name, value)| Some((name.clone(), text(value)?))).collect()
}
