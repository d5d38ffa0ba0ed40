//! A local, offline `wx-server-sdk`: the official package's surface over an embedded database that
//! answers as the hosted one does.
//!
//! Modules are listed in dependency order: a module may use only modules above it.

pub mod error;
pub mod limits;
pub mod clock;
pub mod value;
pub mod query;
pub mod update;
pub mod aggregate;
pub mod store;
pub mod database;
pub mod cloud;
pub mod share;
pub mod sdk;
pub mod gateway;
pub mod command_line;
#[cfg(feature = "node")]
#[allow(unsafe_code, reason = "Node-API is a C interface")]
#[allow(clippy::cast_precision_loss, reason = "JavaScript has no number but doubles")]
pub mod node;
