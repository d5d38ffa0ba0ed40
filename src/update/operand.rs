//! Values as bytes: what an update carries, what a document holds, what an operator makes.

use std::borrow::Cow;

use crate::error::{Error, ErrorKind, Result};
use crate::limits::REQUEST_DEPTH_MAX;
use crate::update::failure::overflow;
use crate::value::{
    Bson, Element, Kind, RawDoc, RawValue, compare_raw, encode_value_into, kind_of,
};

/// An encoded value with its type.
#[derive(Debug, Clone)]
pub(super) struct Value<'a> {
    kind: u8,
    bytes: Cow<'a, [u8]>,
}

/// A value of the request, and what must be known of it before it is stored.
#[derive(Debug, Clone)]
pub(super) struct Operand {
    pub(super) value: Value<'static>,
    /// Whether a key inside starts with `$`.
    pub(super) has_dollar_key: bool,
    /// Levels of documents and arrays: 0 for a scalar.
    pub(super) depth: usize,
}

impl<'a> Value<'a> {
    pub(super) fn new(value: &Bson) -> Value<'static> {
        let mut bytes = Vec::new();
        encode_value_into(&mut bytes, value);
        Value { kind: kind_of(value) as u8, bytes: Cow::Owned(bytes) }
    }

    pub(super) fn stored(element: Element<'a>) -> Self {
        Self { kind: element.kind_byte(), bytes: Cow::Borrowed(element.value_bytes()) }
    }

    pub(super) fn null() -> Value<'static> {
        Value { kind: Kind::Null as u8, bytes: Cow::Borrowed(&[]) }
    }

    pub(super) fn document(bytes: Vec<u8>) -> Value<'static> {
        Value { kind: Kind::Document as u8, bytes: Cow::Owned(bytes) }
    }

    pub(super) fn array(bytes: Vec<u8>) -> Value<'static> {
        Value { kind: Kind::Array as u8, bytes: Cow::Owned(bytes) }
    }

    pub(super) fn kind_byte(&self) -> u8 {
        self.kind
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn raw(&self) -> RawValue<'_> {
        RawValue::read(self.kind, &self.bytes)
    }

    /// The same value without copying its bytes.
    pub(super) fn borrowed(&self) -> Value<'_> {
        Value { kind: self.kind, bytes: Cow::Borrowed(&self.bytes) }
    }

    /// The document or array that the value is.
    pub(super) fn container(&self) -> Option<RawDoc<'_>> {
        match self.raw() {
            RawValue::Document(inner) | RawValue::Array(inner) => Some(inner),
            _ => None,
        }
    }

    pub(super) fn is_array(&self) -> bool {
        self.kind == Kind::Array as u8
    }

    pub(super) fn is_document(&self) -> bool {
        self.kind == Kind::Document as u8
    }

    /// Same type and same bytes. Stricter than the database's equality: `1` is not `1.0`.
    pub(super) fn is_identical(&self, other: &Value<'_>) -> bool {
        self.kind == other.kind && self.bytes == other.bytes
    }

    /// The database's equality, in which `1` is `1.0`.
    pub(super) fn equals(&self, other: RawValue<'_>) -> bool {
        compare_raw(self.raw(), other).is_eq()
    }

    pub(super) fn kind_name(&self) -> &'static str {
        self.raw().kind().name()
    }
}

impl Operand {
    /// Encodes a value of the request.
    ///
    /// # Errors
    /// A key holds NUL, which BSON cannot express, or the value is nested too deep.
    pub(super) fn parse(value: &Bson) -> Result<Self> {
        let mut shape = Shape::default();
        shape.visit(value, 0)?;
        Ok(Self {
            value: Value::new(value),
            has_dollar_key: shape.has_dollar_key,
            depth: shape.depth,
        })
    }
}

#[derive(Default)]
struct Shape {
    has_dollar_key: bool,
    depth: usize,
}

impl Shape {
    fn visit(&mut self, value: &Bson, level: usize) -> Result<()> {
        self.depth = self.depth.max(level);
        if level > REQUEST_DEPTH_MAX {
            return Err(overflow(format!(
                "Document exceeds maximum nesting depth of {REQUEST_DEPTH_MAX}"
            )));
        }
        match value {
            Bson::Document(document) => {
                self.depth = self.depth.max(level + 1);
                for (key, value) in document {
                    check_no_nul(key)?;
                    self.has_dollar_key |= key.starts_with('$');
                    self.visit(value, level + 1)?;
                }
            }
            Bson::Array(items) => {
                self.depth = self.depth.max(level + 1);
                for item in items {
                    self.visit(item, level + 1)?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// A key ends at the first NUL when it is encoded, so one inside would be stored as another key.
pub(super) fn check_no_nul(key: &str) -> Result<()> {
    if key.bytes().any(|byte| byte == 0) {
        return Err(Error::new(
            ErrorKind::InvalidParam,
            format!("key {} must not contain null bytes", key.replace('\0', "\\0")),
        ));
    }
    Ok(())
}
