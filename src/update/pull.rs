//! `$pull`: removes the elements that meet a condition.

use crate::error::Result;
use crate::query::{Filter, ParseContext, ValueFilter};
use crate::update::array::{array_of, items_of};
use crate::update::failure::bad_value;
use crate::update::operand::{Operand, Value};
use crate::update::operator::Outcome;
use crate::value::{Bson, RawValue};

#[derive(Debug, Clone)]
pub(super) struct Pull {
    condition: ValueFilter,
}

impl Pull {
    /// A scalar or an array removes what equals it; an object of operators or a regular expression
    /// what meets it; any other object the objects that match it as a filter.
    pub(super) fn parse(value: &Bson) -> Result<Self> {
        // Bounds the nesting before the filter's parser walks it.
        Operand::parse(value)?;
        Ok(Self { condition: Filter::parse_value(value, &ParseContext::default())? })
    }

    pub(super) fn update(&self, current: &Value<'_>) -> Result<Outcome<'static>> {
        remove_from(current, |item| self.condition.matches(item))
    }
}

/// The array without the elements that `matches` names.
pub(super) fn remove_from(
    current: &Value<'_>,
    mut matches: impl FnMut(RawValue<'_>) -> Result<bool>,
) -> Result<Outcome<'static>> {
    let Some(array) = current.container().filter(|_| current.is_array()) else {
        // MongoDB's text for `$pullAll` too.
        return Err(bad_value("Cannot apply $pull to a non-array value"));
    };
    let items = items_of(array);
    let mut kept = Vec::with_capacity(items.len());
    for item in &items {
        if !matches(item.raw())? {
            kept.push(item);
        }
    }
    if kept.len() == items.len() {
        return Ok(Outcome::Unchanged);
    }
    Ok(Outcome::Value(array_of(kept)))
}
