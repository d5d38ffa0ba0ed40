//! Bounds on what an expression may build.
//!
//! `$range`, `$concat`, `$reduce` and their like make large values out of small requests. Every
//! value that is under construction is counted, and nothing nests deeper than BSON allows.

use std::borrow::Cow;
use std::cell::Cell;

use crate::aggregate::variables::Operand;
use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;
use crate::limits::STAGE_MEMORY_BYTES_MAX;
use crate::value::Bson;

/// Deepest nesting of a computed value: the service's limit on any BSON.
const VALUE_DEPTH_MAX: usize = 200;

/// The error number `Overflow`.
const OVERFLOW: i32 = 15;

/// Bytes held by the values under construction in one evaluation.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    live_bytes: Cell<usize>,
}

impl Budget {
    /// What is held now, for [`rewind`](Self::rewind).
    pub(crate) fn mark(&self) -> usize {
        self.live_bytes.get()
    }

    /// Gives back what was counted since `mark`.
    pub(crate) fn rewind(&self, mark: usize) {
        self.live_bytes.set(mark);
    }

    /// Counts bytes that are about to be allocated; refuses when too much is held at once.
    pub(crate) fn reserve(&self, bytes: usize) -> Result<()> {
        let total = self.live_bytes.get().saturating_add(bytes);
        if total > STAGE_MEMORY_BYTES_MAX {
            return Err(Error::new(
                ErrorKind::LimitExceeded,
                format!(
                    "an expression may hold at most {STAGE_MEMORY_BYTES_MAX} bytes of computed \
                     values; process fewer elements at a time"
                ),
            ));
        }
        self.live_bytes.set(total);
        Ok(())
    }

    /// Counts room for an array of `length` values besides what they hold.
    pub(crate) fn reserve_array(&self, length: usize) -> Result<()> {
        self.reserve(length.saturating_mul(size_of::<Bson>()))
    }

    /// Counts a computed value. Borrowed ones take no room.
    pub(crate) fn hold(&self, value: &Operand<'_>) -> Result<()> {
        match value {
            Some(Cow::Owned(value)) => self.reserve(memory_bytes(value, VALUE_DEPTH_MAX)?),
            _ => Ok(()),
        }
    }

    /// Counts a value that is about to be copied.
    pub(crate) fn reserve_copy(&self, value: &Bson) -> Result<()> {
        self.reserve(memory_bytes(value, VALUE_DEPTH_MAX)?)
    }

    /// The value itself, to build on. What is not owned yet is counted and copied.
    pub(crate) fn own(&self, value: Operand<'_>) -> Result<Option<Bson>> {
        if let Some(Cow::Borrowed(value)) = value {
            self.reserve_copy(value)?;
        }
        Ok(value.map(Cow::into_owned))
    }
}

/// Bytes of memory a value takes; refuses one that nests too deep.
pub(crate) fn memory_bytes(value: &Bson, depth_left: usize) -> Result<usize> {
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
                let entry = key.len().saturating_add(64);
                total = total.saturating_add(entry).saturating_add(memory_bytes(item, depth_left)?);
            }
            total
        }
        _ => 0,
    };
    Ok(inner.saturating_add(size_of::<Bson>()))
}

/// Whether a value is small enough to keep in a parsed expression.
pub(crate) fn is_small(value: &Bson) -> bool {
    const SMALL_BYTES: usize = 64 * 1024;
    memory_bytes(value, VALUE_DEPTH_MAX).is_ok_and(|bytes| bytes <= SMALL_BYTES)
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
