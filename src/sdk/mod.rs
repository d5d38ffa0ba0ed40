//! What the official client does on its side: encoding of commands, flattening, validation,
//! result shapes, error numbers and texts. Knows the contract, not the binding.

mod input;

pub mod call;
pub mod client;
pub mod commands;
pub mod container;
pub mod context;
pub mod diagnostics;
pub mod encode;
pub mod error_code;
pub mod failure;
pub mod files;
pub mod geo;
pub mod messages;
pub mod open_api;
pub mod query_state;
pub mod request;
pub mod result;
pub mod service_text;
pub mod validate;

#[cfg(test)]
mod oracle_tests;
#[cfg(test)]
mod tests;

pub use input::{Command, CommandKind, Geo, Input, Object, Tag};
