//! Tables of cases for filters: forms, edges, refusals.
#![allow(clippy::needless_pass_by_value, clippy::too_many_lines, reason = "tables of cases")]

use std::sync::Arc;

use bson::{Bson, Document, bson, doc};

use super::*;
use crate::error::Result;
use crate::value::{FieldPath, RawDoc, encode_document, to_document};

mod bounds;
mod errors;
mod matching;
mod properties;
mod shaping;

fn filter(query: Document) -> Filter {
    Filter::parse(&query, &ParseContext::default())
        .unwrap_or_else(|error| panic!("{query}: {error}"))
}

fn matches(query: &Document, document: &Document) -> bool {
    let bytes = encode_document(document);
    filter(query.clone()).matches(RawDoc::new(&bytes)).unwrap()
}

fn path(text: &str) -> FieldPath {
    FieldPath::parse(text).unwrap()
}
