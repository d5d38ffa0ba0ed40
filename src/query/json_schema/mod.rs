//! `$jsonSchema`: MongoDB 4.0's subset of JSON Schema draft 4, with `bsonType`.
//!
//! A keyword limits only values of the type that it is about; every other value passes.

mod parse;

use crate::error::Result;
use crate::query::element::TypeSet;
use crate::query::node::{all, any};
use crate::query::number::raw_to_f64;
use crate::query::regex::Pattern;
use crate::value::{Bson, Kind, RawDoc, RawValue, compare_raw, compare_raw_to_bson, numeric_order};

/// A compiled schema: everything in it must hold.
#[derive(Debug, Default)]
pub(super) struct Schema {
    rules: Vec<Rule>,
}

#[derive(Debug)]
enum Rule {
    Type(TypeSet),
    Enum(Vec<Bson>),
    AllOf(Vec<Schema>),
    AnyOf(Vec<Schema>),
    OneOf(Vec<Schema>),
    Not(Schema),
    Number(NumberRule),
    LengthMin(usize),
    LengthMax(usize),
    Pattern(Pattern),
    Required(Vec<String>),
    PropertiesMin(usize),
    PropertiesMax(usize),
    Properties(Vec<(String, Schema)>),
    /// Properties that match no pattern and no name must satisfy `others`.
    Patterns {
        named: Vec<String>,
        patterns: Vec<(Pattern, Schema)>,
        others: Additional,
    },
    /// When the property is there, so must be others.
    DependsOn(String, Vec<String>),
    /// When the property is there, the object must satisfy a schema.
    DependsOnSchema(String, Schema),
    Items(Schema),
    /// One schema for each element, and one for the rest.
    ItemsInOrder(Vec<Schema>, Additional),
    ItemsMin(usize),
    ItemsMax(usize),
    ItemsUnique,
}

#[derive(Debug)]
enum NumberRule {
    Minimum { limit: Bson, is_exclusive: bool },
    Maximum { limit: Bson, is_exclusive: bool },
    MultipleOf(Bson),
}

#[derive(Debug)]
enum Additional {
    Allowed,
    Forbidden,
    Schema(Box<Schema>),
}

impl Schema {
    pub(super) fn matches(&self, value: RawValue<'_>) -> Result<bool> {
        all(&self.rules, |rule| rule.matches(value))
    }
}

impl Rule {
    fn matches(&self, value: RawValue<'_>) -> Result<bool> {
        match self {
            Self::Type(types) => Ok(types.contains(value.kind())),
            Self::Enum(values) => {
                Ok(values.iter().any(|item| compare_raw_to_bson(value, item).is_eq()))
            }
            Self::AllOf(schemas) => all(schemas, |schema| schema.matches(value)),
            Self::AnyOf(schemas) => any(schemas, |schema| schema.matches(value)),
            Self::OneOf(schemas) => {
                let mut matched = 0;
                for schema in schemas {
                    matched += usize::from(schema.matches(value)?);
                }
                Ok(matched == 1)
            }
            Self::Not(schema) => Ok(!schema.matches(value)?),
            Self::Number(rule) if value.kind().is_number() => Ok(rule.matches(value)),
            _ => match value {
                RawValue::String(text) => self.matches_text(text),
                RawValue::Document(object) => self.matches_object(object),
                RawValue::Array(items) => self.matches_array(items),
                _ => Ok(true),
            },
        }
    }

    fn matches_text(&self, text: &str) -> Result<bool> {
        match self {
            Self::LengthMin(length) => Ok(text.chars().count() >= *length),
            Self::LengthMax(length) => Ok(text.chars().count() <= *length),
            Self::Pattern(pattern) => pattern.is_match(text),
            _ => Ok(true),
        }
    }

    fn matches_object(&self, object: RawDoc<'_>) -> Result<bool> {
        let has = |key: &String| object.get(key).is_some();
        match self {
            Self::Required(keys) => Ok(keys.iter().all(has)),
            Self::PropertiesMin(count) => Ok(object.len() >= *count),
            Self::PropertiesMax(count) => Ok(object.len() <= *count),
            Self::Properties(properties) => all(properties, |(key, schema)| {
                object.get(key).map_or(Ok(true), |value| schema.matches(value))
            }),
            Self::Patterns { named, patterns, others } => {
                matches_patterns(object, named, patterns, others)
            }
            Self::DependsOn(key, others) => Ok(!has(key) || others.iter().all(has)),
            Self::DependsOnSchema(key, schema) => {
                if has(key) {
                    schema.matches(RawValue::Document(object))
                } else {
                    Ok(true)
                }
            }
            _ => Ok(true),
        }
    }

    fn matches_array(&self, items: RawDoc<'_>) -> Result<bool> {
        match self {
            Self::ItemsMin(count) => Ok(items.len() >= *count),
            Self::ItemsMax(count) => Ok(items.len() <= *count),
            Self::ItemsUnique => Ok(are_unique(items)),
            Self::Items(schema) => {
                for item in items.values() {
                    if !schema.matches(item)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::ItemsInOrder(schemas, others) => {
                for (index, item) in items.values().enumerate() {
                    let matches = match schemas.get(index) {
                        Some(schema) => schema.matches(item)?,
                        None => others.matches(item)?,
                    };
                    if !matches {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            _ => Ok(true),
        }
    }
}

impl Additional {
    fn matches(&self, value: RawValue<'_>) -> Result<bool> {
        match self {
            Self::Allowed => Ok(true),
            Self::Forbidden => Ok(false),
            Self::Schema(schema) => schema.matches(value),
        }
    }
}

fn matches_patterns(
    object: RawDoc<'_>,
    named: &[String],
    patterns: &[(Pattern, Schema)],
    others: &Additional,
) -> Result<bool> {
    for element in object.elements() {
        let key = element.key();
        let mut is_other = !named.iter().any(|name| name == key);
        for (pattern, schema) in patterns {
            if pattern.is_match(key)? {
                is_other = false;
                if !schema.matches(element.value())? {
                    return Ok(false);
                }
            }
        }
        if is_other && !others.matches(element.value())? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn are_unique(items: RawDoc<'_>) -> bool {
    let mut values: Vec<RawValue<'_>> = items.values().collect();
    values.sort_by(|left, right| compare_raw(*left, *right));
    values.windows(2).all(|pair| compare_raw(pair[0], pair[1]).is_ne())
}

impl NumberRule {
    fn matches(&self, value: RawValue<'_>) -> bool {
        match self {
            Self::Minimum { limit, is_exclusive } => {
                let order = compare_raw_to_bson(value, limit);
                order.is_gt() || (order.is_eq() && !is_exclusive)
            }
            Self::Maximum { limit, is_exclusive } => {
                let order = compare_raw_to_bson(value, limit);
                // NaN is below every number but within no limit.
                !is_nan(value) && (order.is_lt() || (order.is_eq() && !is_exclusive))
            }
            Self::MultipleOf(divisor) => is_multiple(value, divisor),
        }
    }
}

fn is_nan(value: RawValue<'_>) -> bool {
    raw_to_f64(value).is_some_and(f64::is_nan)
}

fn is_multiple(value: RawValue<'_>, divisor: &Bson) -> bool {
    if let (RawValue::Int32(_) | RawValue::Int64(_), Bson::Int32(_) | Bson::Int64(_)) =
        (value, divisor)
    {
        let whole = |value| crate::query::number::exact_i64(value).unwrap_or(0);
        let divisor = whole(divisor);
        let value = whole(&crate::value::to_bson(value));
        return divisor != 0 && value.wrapping_rem(divisor) == 0;
    }
    let divisor = crate::query::number::to_f64(divisor).unwrap_or(f64::NAN);
    let remainder = raw_to_f64(value).unwrap_or(f64::NAN) % divisor;
    let zero = numeric_order(RawValue::Double(remainder), RawValue::Int32(0));
    debug_assert!(value.kind() != Kind::String, "only numbers have multiples");
    zero.is_some_and(std::cmp::Ordering::is_eq)
}
