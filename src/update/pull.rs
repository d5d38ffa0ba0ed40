//! `$pull`: removes the elements that meet a condition.

use crate::error::Result;
use crate::query::{Filter, ParseContext, ValueFilter};
use crate::update::array::{array_of, items_of};
use crate::update::failure::bad_value;
use crate::update::operand::{Operand, Value};
use crate::update::operator::Outcome;
use crate::value::{Bson, Document, RawValue};

#[derive(Debug, Clone)]
pub(super) struct Pull {
    condition: Condition,
}

#[derive(Debug, Clone)]
enum Condition {
    /// A scalar or an array: elements equal to it.
    Equal(Operand),
    /// An object without operators: objects that match it as a filter.
    Fields(Box<Filter>),
    /// A regular expression or an object of operators.
    Value(Box<ValueFilter>),
}

impl Pull {
    pub(super) fn parse(value: &Bson) -> Result<Self> {
        let context = ParseContext::default();
        let condition = match value {
            Bson::Document(fields) if !starts_with_path_operator(fields) => {
                Condition::Fields(Box::new(Filter::parse(fields, &context)?))
            }
            Bson::Document(_) | Bson::RegularExpression(_) => {
                Condition::Value(Box::new(Filter::parse_value(value, &context)?))
            }
            other => Condition::Equal(Operand::parse(other)?),
        };
        Ok(Self { condition })
    }

    pub(super) fn update(&self, current: &Value<'_>) -> Result<Outcome<'static>> {
        remove_from(current, |item| match &self.condition {
            Condition::Equal(operand) => Ok(operand.value.equals(item)),
            Condition::Fields(filter) => match item {
                RawValue::Document(document) => filter.matches(document),
                _ => Ok(false),
            },
            Condition::Value(filter) => filter.matches(item),
        })
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

/// Whether the first key is an operator on a value. `$or` and its like are conditions on the
/// fields of an object.
fn starts_with_path_operator(condition: &Document) -> bool {
    const PATH_OPERATORS: [&str; 29] = [
        "$eq",
        "$ne",
        "$gt",
        "$gte",
        "$lt",
        "$lte",
        "$in",
        "$nin",
        "$not",
        "$exists",
        "$type",
        "$mod",
        "$size",
        "$all",
        "$elemMatch",
        "$regex",
        "$options",
        "$within",
        "$geoWithin",
        "$geoIntersects",
        "$near",
        "$nearSphere",
        "$geoNear",
        "$maxDistance",
        "$minDistance",
        "$bitsAllSet",
        "$bitsAllClear",
        "$bitsAnySet",
        "$bitsAnyClear",
    ];
    condition.keys().next().is_some_and(|key| PATH_OPERATORS.contains(&key.as_str()))
}
