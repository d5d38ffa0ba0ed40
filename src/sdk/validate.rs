//! What the calls of the database check before anything is sent, in the official order.
//!
//! Failures are complete: what is thrown is plain, what a promise rejects with is wrapped.

use crate::sdk::Input;
use crate::sdk::encode::{Result, holds_update_command};
use crate::sdk::failure::Failure;
use crate::sdk::messages;
use crate::sdk::result::Api;

/// `db.collection(name)` and `transaction.collection(name)`: any truthy name passes. Thrown.
pub fn collection_name(name: &Input) -> Result<()> {
    if name.is_truthy() { Ok(()) } else { Err(Failure::error(messages::COLLECTION_NAME_REQUIRED)) }
}

/// `collection.doc(id)`: a text or a number, empty or not. Thrown.
pub fn document_id(id: &Input) -> Result<()> {
    match id {
        Input::Text(_) | Input::Number(_) => Ok(()),
        _ => Err(Failure::error(messages::DOC_ID_TYPE)),
    }
}

/// `doc.field(projection)`. Thrown.
pub fn document_field(projection: &Input) -> Result<()> {
    match projection {
        Input::Absent | Input::Null => Err(Failure::cloud_sdk(-1, messages::FIELD_REQUIRED)),
        other if other.tag_name() != "object" => {
            Err(Failure::cloud_sdk(-1, should_be_object("field", other)))
        }
        _ => Ok(()),
    }
}

/// `db.RegExp({regexp, options})`: the pattern and its options. Thrown.
pub fn pattern(argument: &Input) -> Result<(Input, Input)> {
    if let Input::Absent | Input::Null = argument {
        let what = argument.null_text();
        let type_of = if what == "null" { "object " } else { "" };
        return Err(Failure::type_error(format!(
            "Cannot destructure property 'regexp' of '{type_of}{what}' as it is {what}."
        )));
    }
    let regexp = argument.property("regexp").cloned().unwrap_or(Input::Absent);
    if !regexp.is_truthy() {
        return Err(Failure::type_error(messages::REGEXP_STRING));
    }
    let options = argument.property("options").cloned().unwrap_or(Input::Absent);
    let options = if options.is_truthy() { options } else { Input::Text(String::new()) };
    Ok((regexp, options))
}

/// `db.serverDate({offset})`: the offset. Thrown.
pub fn server_date(argument: &Input) -> Result<Input> {
    if let Input::Null = argument {
        return Err(Failure::reading("null", "offset"));
    }
    match argument.property("offset") {
        None | Some(Input::Absent) => Ok(Input::Number(0.0)),
        Some(offset) => Ok(offset.clone()),
    }
}

/// The data of `collection.add(options)`. Rejected; nothing is checked but that options exist.
pub fn add_data(options: &Input) -> Result<&Input> {
    read(options, "data").map_err(|failure| failure.wrapped(Api::CollectionAdd.name()))
}

/// The data of `query.update(options)`. Rejected.
pub fn query_update_data(options: &Input) -> Result<&Input> {
    let api = Api::CollectionUpdate;
    let data = read(options, "data").map_err(|failure| failure.wrapped(api.name()))?;
    if data.tag_name() != "object" {
        return Err(Failure::cloud_sdk(-1, should_be_object("parameter", data)));
    }
    not_empty(data)?;
    no_id(data, api)?;
    Ok(data)
}

/// The data of `doc.update(options)`. Rejected.
pub fn document_update_data(options: &Input) -> Result<&Input> {
    let data = document_data(options)?;
    no_id(data, Api::DocumentUpdate)?;
    Ok(data)
}

/// The data of `doc.set(options)`. Rejected.
pub fn document_set_data<'a>(id: &Input, options: &'a Input) -> Result<&'a Input> {
    let api = Api::DocumentSet.name();
    let data = document_data(options)?;
    if !id.is_truthy() {
        return Err(Failure::numbered(api, "INVALID_PARAM", messages::DOC_ID_EMPTY));
    }
    no_id(data, Api::DocumentSet)?;
    let holds_command = holds_update_command(data, 0).map_err(|failure| failure.wrapped(api))?;
    // A command as the whole data is not looked at.
    if holds_command && !matches!(data, Input::Command(_)) {
        let text = messages::SET_WITH_COMMAND;
        return Err(Failure::numbered(api, "DATABASE_REQUEST_FAILED", text));
    }
    Ok(data)
}

/// Whether `query.update` and `query.remove` go to all matches: only `false` itself restricts.
pub fn is_multi(options: &Input) -> bool {
    options.property("multi") != Some(&Input::Boolean(false))
}

/// Whether `query.update` and `query.remove` only tell what they would do: only `true` asks so.
pub fn is_explain(options: &Input) -> bool {
    options.property("explain") == Some(&Input::Boolean(true))
}

/// The options of `query.remove(options)`: only null is refused. Rejected.
pub fn remove_options(options: &Input) -> Result<()> {
    match options {
        Input::Null => Err(Failure::reading("null", "multi").wrapped(Api::CollectionRemove.name())),
        _ => Ok(()),
    }
}

fn document_data(options: &Input) -> Result<&Input> {
    if options.tag_name() != "object" {
        let text = format!("{} ", should_be_object("parameter", options));
        return Err(Failure::cloud_sdk(-1, text));
    }
    let data = options.property("data").unwrap_or(&Input::Absent);
    if data.tag_name() != "object" {
        return Err(Failure::cloud_sdk(-1, should_be_object("parameter.data", data)));
    }
    not_empty(data)?;
    Ok(data)
}

fn should_be_object(name: &str, value: &Input) -> String {
    format!("{name} should be object instead of {};", value.tag_name())
}

fn not_empty(data: &Input) -> Result<()> {
    match data {
        Input::Object(object) if object.entries.is_empty() => {
            Err(Failure::cloud_sdk(-1, messages::DATA_EMPTY))
        }
        _ => Ok(()),
    }
}

fn no_id(data: &Input, api: Api) -> Result<()> {
    match data.property("_id") {
        None => Ok(()),
        Some(_) => Err(Failure::numbered(api.name(), "INVALID_PARAM", messages::ID_IMMUTABLE)),
    }
}

/// `value.key`, as reading it from undefined or null fails.
fn read<'a>(value: &'a Input, key: &str) -> Result<&'a Input> {
    match value {
        Input::Absent | Input::Null => Err(Failure::reading(value.null_text(), key)),
        other => Ok(other.property(key).unwrap_or(&Input::Absent)),
    }
}
