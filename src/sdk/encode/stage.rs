//! Arguments of aggregation stages: text on the wire, values to the engine.

use crate::sdk::encode::cell::{Cell, Fields};
use crate::sdk::encode::filter::query_cell;
use crate::sdk::encode::json_text::{json_text, json_value};
use crate::sdk::encode::leak::own_fields;
use crate::sdk::encode::{Encoded, Notes, Place, Result};
use crate::sdk::failure::Failure;
use crate::sdk::geo;
use crate::sdk::messages;
use crate::sdk::{Geo, Input};
use crate::value::{Bson, Document, ejson};

/// One stage as the client keeps it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Stage {
    /// `$match`, `$limit` ..
    pub key: String,
    /// What the service reads; `None` where the argument had no value.
    pub value: Option<Bson>,
    /// The text of an argument that was printed as plain JSON.
    plain_text: Option<String>,
    /// Properties of the caller's object that the official client overwrites.
    pub overwritten: Vec<(&'static str, Bson)>,
}

impl Stage {
    /// `stageValue`, as `unwrap()` shows it; `None` where it is undefined.
    pub fn text(&self) -> Option<String> {
        match (&self.plain_text, &self.value) {
            (Some(text), _) => Some(text.clone()),
            (None, Some(value)) => Some(ejson::to_canonical(value.clone()).to_string()),
            (None, None) => None,
        }
    }

    /// The stage in the engine's language. A missing argument is null, which every stage refuses.
    pub fn to_document(&self) -> Document {
        let mut stage = Document::new();
        stage.insert(self.key.clone(), self.value.clone().unwrap_or(Bson::Null));
        stage
    }
}

/// The stages that work; the rest of the surface throws at the call.
pub const STAGES: [&str; 16] = [
    "addFields",
    "bucket",
    "bucketAuto",
    "count",
    "geoNear",
    "group",
    "limit",
    "lookup",
    "match",
    "project",
    "replaceRoot",
    "sample",
    "skip",
    "sort",
    "sortByCount",
    "unwind",
];

/// The operator of a stage method, or what calling it throws.
pub fn stage_name(method: &str) -> Result<String> {
    if STAGES.contains(&method) {
        Ok(format!("${method}"))
    } else {
        Err(Failure::type_error(messages::STAGE_UNAVAILABLE))
    }
}

/// The stage that `aggregate().<method>(argument)` adds.
pub fn encode_stage(method: &str, argument: &Input) -> Result<Encoded<Stage>> {
    let key = stage_name(method)?;
    match method {
        "match" => encode_match_stage(key, argument),
        "geoNear" => encode_geo_near(key, argument),
        _ => encode_argument(key, argument),
    }
}

/// Objects are printed by P, everything else as plain JSON.
fn encode_argument(key: String, argument: &Input) -> Result<Encoded<Stage>> {
    if argument.has_object_tag() {
        let mut notes = Notes::default();
        let value = Cell::Plain(argument).print(Place::ROOT, &mut notes)?;
        return Ok(Encoded::new(Stage { key, value, ..Stage::default() }, notes));
    }
    let value = json_value(argument)?;
    let plain_text = json_text(argument)?;
    let stage = Stage { key, value, plain_text, overwritten: Vec::new() };
    Ok(Encoded::new(stage, Notes::default()))
}

fn encode_match_stage(key: String, argument: &Input) -> Result<Encoded<Stage>> {
    let mut notes = Notes::default();
    match query_cell(argument, &mut notes)? {
        Cell::Map(fields) => {
            let value = Some(Bson::Document(fields.print(Place::ROOT, &mut notes)?));
            Ok(Encoded::new(Stage { key, value, ..Stage::default() }, notes))
        }
        _ => encode_argument(key, argument),
    }
}

fn encode_geo_near(key: String, argument: &Input) -> Result<Encoded<Stage>> {
    if matches!(argument, Input::Absent | Input::Null) {
        return Err(Failure::reading(argument.null_text(), "query"));
    }
    if !argument.has_object_tag() {
        return encode_argument(key, argument);
    }
    let mut notes = Notes::default();
    let mut fields = own_fields(argument);
    let mut overwritten = Vec::new();
    if let Some(query) = argument.property("query").filter(|query| query.is_truthy()) {
        let cell = query_cell(query, &mut notes)?;
        if let Cell::Map(inner) = &cell {
            let printed = inner.clone().print(Place::ROOT, &mut notes)?;
            overwritten.push(("query", Bson::Document(printed)));
        }
        fields.insert("query".to_owned(), cell);
    }
    if let Some(near) = argument.property("near").filter(|near| near.is_truthy()) {
        let point = near_point(near)?;
        overwritten.push(("near", Bson::Document(geo::to_document(&point))));
        fields.insert("near".to_owned(), point_cell(&point));
    }
    let value = Some(Bson::Document(fields.print(Place::ROOT, &mut notes)?));
    Ok(Encoded::new(Stage { key, value, plain_text: None, overwritten }, notes))
}

/// A point of `db.Geo`, or any object with the same two properties.
fn near_point(near: &Input) -> Result<Geo> {
    let (longitude, latitude) = match near {
        Input::Geo(Geo::Point { longitude, latitude }) => {
            (Input::Number(*longitude), Input::Number(*latitude))
        }
        other => (
            other.property("longitude").cloned().unwrap_or(Input::Absent),
            other.property("latitude").cloned().unwrap_or(Input::Absent),
        ),
    };
    geo::point(&longitude, &latitude)
}

fn point_cell<'a>(point: &Geo) -> Cell<'a> {
    let Geo::Point { longitude, latitude } = point else { return Cell::Undefined };
    let pair = vec![Cell::Number(*longitude), Cell::Number(*latitude)];
    Cell::Map(Fields::from_entries([
        ("type".to_owned(), Cell::Text("Point".to_owned())),
        ("coordinates".to_owned(), Cell::List(pair)),
    ]))
}
