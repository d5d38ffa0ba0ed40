//! `field`: booleans and numbers become 1 or 0, objects pass, the rest is dropped.

use crate::sdk::Input;
use crate::sdk::encode::cell::{Cell, Fields};
use crate::sdk::encode::{Encoded, Notes, Place, Result};
use crate::value::Document;

/// What the client keeps of a projection when `field` is called.
pub fn project_fields(projection: &Input) -> Vec<(String, Input)> {
    let project = |value: &Input| match value {
        Input::Boolean(flag) => Some(Input::Number(f64::from(u8::from(*flag)))),
        Input::Number(number) => Some(Input::Number(f64::from(u8::from(*number > 0.0)))),
        value if value.type_of() == "object" => Some(value.clone()),
        _ => None,
    };
    let entries: Vec<(String, Option<Input>)> = match projection {
        Input::Object(object) => {
            object.entries.iter().map(|(key, value)| (key.clone(), project(value))).collect()
        }
        Input::List(items) => items
            .iter()
            .enumerate()
            .map(|(index, value)| (index.to_string(), project(value)))
            .collect(),
        _ => Vec::new(),
    };
    entries.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
}

/// What is sent of a projection.
pub fn encode_projection(fields: &[(String, Input)]) -> Result<Encoded<Document>> {
    let mut notes = Notes::default();
    let fields: Fields<'_> =
        fields.iter().map(|(key, value)| (key.clone(), Cell::Plain(value))).collect();
    let document = fields.print(Place::ROOT, &mut notes)?;
    Ok(Encoded::new(document, notes))
}
