//! What the official encoders make of a caller's values, as the service reads it.
//!
//! The official client prints canonical Extended JSON and the service parses it; here both happen
//! at once. Two encodings are told apart throughout, with the contract's names: **V** understands
//! geometries, server dates, patterns and query commands; **P** copies own properties as they are.

mod bytes;
mod cell;
mod extended;
mod filter;
mod json_text;
mod leak;
pub(crate) mod number;
mod plain;
mod projection;
mod sort;
mod stage;
mod update;
mod value;

#[cfg(test)]
mod tests;

use crate::error::Error;
use crate::error::ErrorKind;
use crate::limits::REQUEST_DEPTH_MAX;
use crate::sdk::diagnostics::Pitfall;
use crate::sdk::failure::Failure;

pub use bytes::{encode_document_bytes, not_an_object};
pub(crate) use extended::interpret;
pub use filter::encode_where;
pub use json_text::json_text;
pub(crate) use json_text::json_text_with_big_integers;
pub use number::number;
pub use projection::{encode_projection, project_fields};
pub use sort::{Direction, SortState};
pub use stage::{STAGES, Stage, encode_stage, stage_name};
pub use update::encode_update;
pub(crate) use update::holds_update_command;

/// The outcome of a step that the official client may refuse.
pub type Result<T> = std::result::Result<T, Failure>;

/// An encoded value, with what is worth telling about it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Encoded<T> {
    pub value: T,
    pub pitfalls: Vec<Pitfall>,
    /// Why the service would not even parse it. The client learns of it only when it sends.
    pub refusal: Option<Error>,
}

impl<T> Encoded<T> {
    pub(crate) fn new(value: T, notes: Notes) -> Self {
        Self { value, pitfalls: notes.pitfalls, refusal: notes.refusal }
    }
}

/// What an encoding found out on its way.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pitfalls: Vec<Pitfall>,
    refusal: Option<Error>,
}

impl Notes {
    pub(crate) fn pitfall(&mut self, pitfall: Pitfall) {
        if !self.pitfalls.contains(&pitfall) {
            self.pitfalls.push(pitfall);
        }
    }

    /// A key that no document can have: BSON ends keys with a NUL.
    fn check_key(&mut self, key: &str) {
        if self.refusal.is_none() && key.as_bytes().contains(&0) {
            self.refusal = Some(Error::new(
                ErrorKind::InvalidParam,
                "BSON element key cannot contain null bytes",
            ));
        }
    }
}

/// Where a value stands while it is encoded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// Undefined properties disappear, but not below a list: there they become null.
    below_list: bool,
    depth: usize,
}

impl Place {
    pub(crate) const ROOT: Self = Self { below_list: false, depth: 0 };

    /// One level down.
    fn inside(self) -> Result<Self> {
        if self.depth >= REQUEST_DEPTH_MAX {
            return Err(Failure::stack_exceeded());
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }

    /// One level down, in a list.
    fn in_list(self) -> Result<Self> {
        Ok(Self { below_list: true, ..self.inside()? })
    }
}
