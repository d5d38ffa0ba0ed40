//! What the official client does on its side: encoding of commands, flattening, validation,
//! result shapes, error numbers and texts. Knows the contract, not the binding.

mod input;

pub mod diagnostics;
pub mod encode;
pub mod error_code;
pub mod failure;
pub mod geo;
pub mod messages;
pub mod service_text;

pub use input::{Command, CommandKind, Geo, Input, Object, Tag};
