//! Commands, geometries and aggregation stages: what is checked and encoded when they are made.

use crate::node::convert::{Decoding, owned, read};
use crate::node::js::{Outcome, Value};
use crate::node::native::Functions;
use crate::node::native::request::world_of;
use crate::node::realm::Call;
use crate::sdk::encode::encode_stage;
use crate::sdk::failure::Failure;
use crate::sdk::{Input, geo, messages};

pub const FUNCTIONS: Functions = &[
    ("messageOf", message_of),
    ("checkPoint", check_point),
    ("checkGeo", check_geo),
    ("checkChainedGeo", check_chained_geo),
    ("checkRegExp", check_reg_exp),
    ("encodeStage", stage),
];

/// The `message` of a `CloudSDKError`, which is computed from its two properties.
fn message_of(call: Call<'_>) -> Outcome<Value<'_>> {
    let number = match read(call.js, call.realm, call.argument(0))? {
        Input::Number(number) => number,
        _ => -1.0,
    };
    let text = match read(call.js, call.realm, call.argument(1))? {
        Input::Text(text) => text,
        _ => String::new(),
    };
    #[allow(clippy::cast_possible_truncation, reason = "error numbers are small integers")]
    let failure = Failure::cloud_sdk(number as i64, text);
    call.js.text(&failure.message())
}

fn check_point(call: Call<'_>) -> Outcome<Value<'_>> {
    let longitude = read(call.js, call.realm, call.argument(0))?;
    let latitude = read(call.js, call.realm, call.argument(1))?;
    geo::point(&longitude, &latitude)?;
    call.js.undefined()
}

fn check_geo(call: Call<'_>) -> Outcome<Value<'_>> {
    let name = call.js.to_text(call.argument(0))?;
    let parts = read(call.js, call.realm, call.argument(1))?;
    geo::shape(&name, &parts)?;
    call.js.undefined()
}

fn check_chained_geo(call: Call<'_>) -> Outcome<Value<'_>> {
    let operator = call.js.to_text(call.argument(0))?;
    let options = read(call.js, call.realm, call.argument(1))?;
    geo::check_chained(&operator, &options)?;
    call.js.undefined()
}

fn check_reg_exp(call: Call<'_>) -> Outcome<Value<'_>> {
    let pattern = read(call.js, call.realm, call.argument(0))?;
    if !pattern.is_truthy() {
        return Err(Failure::type_error(messages::REGEXP_STRING).into());
    }
    call.js.undefined()
}

/// The text that the official client keeps of a stage. It overwrites parts of a `geoNear` argument.
fn stage(call: Call<'_>) -> Outcome<Value<'_>> {
    let js = call.js;
    let method = js.to_text(call.argument(0))?;
    let argument = read(js, call.realm, call.argument(1))?;
    let encoded = match encode_stage(&method, &argument) {
        // The engine has the stages that the official builder lacks.
        Err(_) if ENGINE_STAGES.contains(&method.as_str()) && !world_of(call)?.settings.strict => {
            encode_stage("addFields", &argument)?
        }
        encoded => encoded?,
    };
    if !encoded.pitfalls.is_empty() {
        call.realm.note(js, &encoded.pitfalls)?;
    }
    for (key, value) in &encoded.value.overwritten {
        let value = owned(js, call.realm, value, Decoding::Aggregate)?;
        js.set(call.argument(1), key, value)?;
    }
    match encoded.value.text() {
        Some(text) => js.text(&text),
        None => js.undefined(),
    }
}

/// Stages that throw in the official builder; here they work when strict mode is off.
const ENGINE_STAGES: [&str; 6] =
    ["collStats", "facet", "graphLookup", "indexStats", "out", "redact"];
