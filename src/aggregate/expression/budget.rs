//! Bounds on what an expression may build.
//!
//! `$range`, `$concat`, `$reduce` and their like make large values out of small requests. Every
//! value that is under construction is counted, and nothing nests deeper than BSON allows.

use std::cell::Cell;

use crate::aggregate::variables::Operand;
use crate::error::{Error, ErrorKind, Result};
use crate::limits::STAGE_MEMORY_BYTES_MAX;
use crate::value::Bson;

/// Deepest nesting of a computed value. MongoDB's limit on any BSON.
pub(crate) const VALUE_DEPTH_MAX: usize = 200;

/// MongoDB's error number `Overflow`.
const OVERFLOW: i32 = 15;

/// Adds the size of `value` to `live_bytes`.
pub(crate) fn hold(live_bytes: &Cell<usize>, value: &Operand<'_>) -> Result<()> {
    match value {
        Some(std::borrow::Cow::Owned(value)) => {
            reserve(live_bytes, memory_bytes(value, VALUE_DEPTH_MAX)?)
        }
        _ => Ok(()),
    }
}

/// Counts bytes that are about to be allocated.
pub(crate) fn reserve(live_bytes: &Cell<usize>, bytes: usize) -> Result<()> {
    let total = live_bytes.get().saturating_add(bytes);
    if total > STAGE_MEMORY_BYTES_MAX {
        return Err(too_large());
    }
    live_bytes.set(total);
    Ok(())
}

pub(crate) fn too_large() -> Error {
    Error::new(
        ErrorKind::LimitExceeded,
        format!(
            "an expression may hold at most {STAGE_MEMORY_BYTES_MAX} bytes of computed values; \
             process fewer elements at a time"
        ),
    )
}

/// Bytes of memory a value takes; refuses one that nests too deep.
fn memory_bytes(value: &Bson, depth_left: usize) -> Result<usize> {
    let inner = match value {
        Bson::String(text) | Bson::Symbol(text) | Bson::JavaScriptCode(text) => text.len(),
        Bson::Binary(binary) => binary.bytes.len(),
        Bson::RegularExpression(regex) => regex.pattern.as_str().len(),
        Bson::Array(items) => {
            let depth_left = descend(depth_left)?;
            let mut total = 0_usize;
            for item in items {
                total = total.saturating_add(memory_bytes(item, depth_left)?);
            }
            total
        }
        Bson::Document(document) => {
            let depth_left = descend(depth_left)?;
            let mut total = 0_usize;
            for (key, item) in document {
                // An entry of the map holds the key's text, its hash and its position.
                total = total.saturating_add(key.len() + 64 + memory_bytes(item, depth_left)?);
            }
            total
        }
        _ => 0,
    };
    Ok(inner.saturating_add(size_of::<Bson>()))
}

fn descend(depth_left: usize) -> Result<usize> {
    depth_left.checked_sub(1).ok_or_else(|| {
        Error::mongo(
            OVERFLOW,
            format!(
                "cannot convert document to BSON because it exceeds the limit of \
                 {VALUE_DEPTH_MAX} levels of nesting"
            ),
        )
    })
}
