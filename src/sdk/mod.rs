//! What the official client does on its side: encoding of commands, flattening, validation,
//! result shapes, error numbers and texts. Knows the contract, not the binding.

mod input;

pub use input::{Command, CommandKind, Geo, Input, Object, Tag};
