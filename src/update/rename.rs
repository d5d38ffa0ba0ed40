//! `$rename`. It stands in the tree at its target; its source is marked as removed.

use crate::error::{Error, Result};
use crate::update::array::position_of;
use crate::update::failure::{bad_value, path_not_viable};
use crate::update::operand::Value;
use crate::update::place::{Context, Place};
use crate::value::{RawDoc, RawValue, shell_text, shell_text_raw};

#[derive(Debug, Clone)]
pub(super) struct Rename {
    source: Box<str>,
    target: Box<str>,
}

impl Rename {
    /// `source` and `target` are paths that may be updated.
    pub(super) fn parse(source: &str, target: &str) -> Result<Self> {
        let quoted = || format!("{source}: {}", shell_text(&target.into()));
        if source == target {
            return Err(bad_value(format!(
                "The source and target field for $rename must differ: {}",
                quoted()
            )));
        }
        let leads_to = |path: &str, other: &str| {
            other.strip_prefix(path).is_some_and(|rest| rest.starts_with('.'))
        };
        if leads_to(source, target) || leads_to(target, source) {
            return Err(bad_value(format!(
                "The source and target field for $rename must not be on the same path: {}",
                quoted()
            )));
        }
        let is_dynamic =
            |path: &str| path.split('.').any(|part| part == "$" || is_array_filter(part));
        if is_dynamic(source) {
            return Err(bad_value(format!(
                "The source field for $rename may not be dynamic: {source}"
            )));
        }
        if is_dynamic(target) {
            return Err(bad_value(format!(
                "The destination field for $rename may not be dynamic: {target}"
            )));
        }
        Ok(Self { source: source.into(), target: target.into() })
    }

    /// The value that moves to `here`; `None` when the source does not exist.
    pub(super) fn moved<'a>(
        &self,
        here: &Place<'_>,
        context: &'a Context<'_>,
    ) -> Result<Option<Value<'a>>> {
        let Some(source) = self.find(context)? else { return Ok(None) };
        if let Some(array) = source.array {
            return Err(array_error("source", &self.source, array, context));
        }
        if let Some(array) = here.enclosing_array() {
            return Err(array_error("destination", &self.target, array, context));
        }
        Ok(Some(source.value))
    }

    fn find<'a>(&self, context: &'a Context<'_>) -> Result<Option<Source<'a, '_>>> {
        let mut document: RawDoc<'a> = context.root;
        let mut in_array = false;
        let mut array = None;
        let mut parts = self.source.split('.').peekable();
        while let Some(part) = parts.next() {
            let found = if in_array {
                // The walk stopped at a segment that is no position.
                let Some(position) = position_of(part) else { return Ok(None) };
                document.elements().nth(position)
            } else {
                document.elements().find(|element| element.key_bytes() == part.as_bytes())
            };
            let Some(element) = found else { return Ok(None) };
            let Some(next) = parts.peek() else {
                return Ok(Some(Source { value: Value::stored(element), array }));
            };
            let value = element.value();
            let inner = match value {
                RawValue::Document(inner) => {
                    in_array = false;
                    Some(inner)
                }
                RawValue::Array(inner) if position_of(next).is_some() => {
                    in_array = true;
                    array = Some(part);
                    Some(inner)
                }
                _ => None,
            };
            let Some(inner) = inner else {
                return Err(path_not_viable(format!(
                    "cannot use the part ({part} of {}) to traverse the element ({{{part}: {}}})",
                    self.source,
                    shell_text_raw(value)
                )));
            };
            document = inner;
        }
        Ok(None)
    }
}

/// What a rename moves, and the innermost array on the way to it.
struct Source<'a, 'p> {
    value: Value<'a>,
    array: Option<&'p str>,
}

fn array_error(side: &str, path: &str, array: &str, context: &Context<'_>) -> Error {
    bad_value(format!(
        "The {side} field cannot be an array element, '{path}' in doc with {} has an array field \
         called '{array}'",
        context.id_text()
    ))
}

/// `$[]` and `$[identifier]`.
pub(super) fn is_array_filter(segment: &str) -> bool {
    segment.strip_prefix("$[").is_some_and(|rest| rest.ends_with(']'))
}
