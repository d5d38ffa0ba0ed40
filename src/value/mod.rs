//! Documents: BSON values as bytes ([`RawDoc`], [`RawValue`]) and owned ([`Bson`], [`Document`]).
//!
//! Stored documents stay bytes: filters and sort keys read the few fields they need through
//! [`RawDoc`]. Owned values are for requests and for what an update or a pipeline computes.
//! A missing field is `None`, never a value.

pub mod decimal;

mod decode;
mod distinct_paths;
mod encode;
mod hex;
mod kind;
mod number_text;
mod order;
mod path;
mod raw;
mod text;

pub mod ejson;
pub mod key;

pub use bson::{Bson, Document};

pub use decode::{to_bson, to_document};
pub use distinct_paths::DistinctPaths;
pub(crate) use encode::ArrayKey;
pub use encode::{DocumentWriter, encode_document, encode_value_into};
pub use hex::hex_text;
pub use kind::{Kind, kind_of};
pub use number_text::general_number_text;
pub use order::{
    compare, compare_documents, compare_raw, compare_raw_to_bson, equal, numeric_order,
};
pub use path::{FieldPath, array_index};
pub use raw::{Element, Elements, RawDoc, RawValue, validate_document};
pub use text::{shell_document, shell_text, shell_text_raw};
