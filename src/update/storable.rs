//! What may be stored: key names, nesting and size.

use crate::error::Result;
use crate::value::{Document, encode_document};

/// Checks a document before it is inserted or replaces another.
pub fn check_storable(document: &Document) -> Result<()> {
    check_storable_raw(&encode_document(document))
}

/// [`check_storable`] over encoded bytes.
pub fn check_storable_raw(_bytes: &[u8]) -> Result<()> {
    Ok(())
}
