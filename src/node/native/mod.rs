//! The functions that the surface script calls, by area.
//!
//! Each reads its arguments, asks `sdk` what the official client would make of them, and hands the
//! request to the engine.

pub mod cli;
mod client;
mod cloud;
mod collection;
mod command;
mod container;
mod database;
mod explain;
mod files;
mod functions;
pub mod instances;
mod open_api;
mod request;
mod server;
mod testing;
mod transaction;
mod watch;

use std::sync::LazyLock;

use crate::node::convert::list;
use crate::node::js::{Js, Outcome, Value};
use crate::node::realm::{Call, Native, Realm};
use crate::sdk::Geo;

type Functions = &'static [(&'static str, Native)];

const AREAS: &[Functions] = &[
    client::FUNCTIONS,
    cloud::FUNCTIONS,
    collection::FUNCTIONS,
    command::FUNCTIONS,
    container::FUNCTIONS,
    database::FUNCTIONS,
    files::FUNCTIONS,
    functions::FUNCTIONS,
    instances::FUNCTIONS,
    open_api::FUNCTIONS,
    server::FUNCTIONS,
    transaction::FUNCTIONS,
    watch::FUNCTIONS,
    &[("take", take), ("awaited", awaited)],
];

/// Every native function with its name in the surface script.
pub fn functions() -> impl Iterator<Item = (&'static str, Native)> {
    AREAS.iter().chain(cli::AREAS).chain(testing::AREAS).flat_map(|area| area.iter().copied())
}

/// The native function at a place of that list.
pub fn function(place: usize) -> Option<Native> {
    static ALL: LazyLock<Vec<Native>> = LazyLock::new(|| functions().map(|(_, run)| run).collect());
    ALL.get(place).copied()
}

/// `take(operation, resolve, reject)`: the promise of an operation hands over its two functions.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
fn take(call: Call<'_>) -> Outcome<Value<'_>> {
    let id = call.js.to_f64(call.argument(0))? as u64;
    call.realm.take(call.js, id, call.argument(1), call.argument(2))?;
    call.js.undefined()
}

/// The code that sent a write has awaited something.
fn awaited(call: Call<'_>) -> Outcome<Value<'_>> {
    call.realm.solitude.awaited();
    call.js.undefined()
}

/// A geometry as an instance of the realm's class.
pub fn geo_instance<'s>(js: Js<'s>, realm: &Realm, geo: &Geo) -> Outcome<Value<'s>> {
    let (name, parts) = match geo {
        Geo::Point { longitude, latitude } => {
            let parts = [js.number(*longitude)?, js.number(*latitude)?];
            return construct(js, realm, "Point", &parts);
        }
        Geo::LineString(parts) => ("LineString", parts),
        Geo::Polygon(parts) => ("Polygon", parts),
        Geo::MultiPoint(parts) => ("MultiPoint", parts),
        Geo::MultiLineString(parts) => ("MultiLineString", parts),
        Geo::MultiPolygon(parts) => ("MultiPolygon", parts),
    };
    let parts: Outcome<Vec<Value>> =
        parts.iter().map(|part| geo_instance(js, realm, part)).collect();
    let parts = list(js, realm, &parts?)?;
    construct(js, realm, name, &[parts])
}

fn construct<'s>(js: Js<'s>, realm: &Realm, name: &str, parts: &[Value<'_>]) -> Outcome<Value<'s>> {
    let make = realm.helper(js, |helpers| &helpers.new_geo)?;
    js.call(make, js.undefined()?, &[js.text(name)?, list(js, realm, parts)?])
}
