//! Schemas from their documents.

use crate::error::{Error, Result};
use crate::limits::REQUEST_DEPTH_MAX;
use crate::query::element::{TypeSet, type_name};
use crate::query::json_schema::{Additional, NumberRule, Rule, Schema};
use crate::query::number::{exact_i64, is_number, to_f64};
use crate::query::regex;
use crate::query::{BAD_VALUE, FAILED_TO_PARSE, OVERFLOW, TYPE_MISMATCH};
use crate::value::{Bson, Document, equal};

const KEYWORDS: [&str; 27] = [
    "additionalItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "bsonType",
    "dependencies",
    "description",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "oneOf",
    "pattern",
    "patternProperties",
    "properties",
    "required",
    "title",
];

const UNSUPPORTED: [&str; 6] = ["$ref", "$schema", "default", "definitions", "format", "id"];

fn failed<T>(text: impl Into<String>) -> Result<T> {
    Err(Error::mongo(FAILED_TO_PARSE, text))
}

fn mismatch<T>(text: impl Into<String>) -> Result<T> {
    Err(Error::mongo(TYPE_MISMATCH, text))
}

impl Schema {
    pub(in crate::query) fn parse(schema: &Document) -> Result<Self> {
        read(schema, 0)
    }
}

fn read(schema: &Document, depth: usize) -> Result<Schema> {
    if depth >= REQUEST_DEPTH_MAX {
        let text = format!("the schema is nested deeper than {REQUEST_DEPTH_MAX} levels");
        return Err(Error::mongo(OVERFLOW, text));
    }
    check_keywords(schema)?;
    let mut rules = Vec::new();
    for (key, value) in schema {
        match key.as_str() {
            "type" | "bsonType" => rules.push(types(key, value)?),
            "enum" => rules.push(enumeration(value)?),
            "allOf" => rules.push(Rule::AllOf(schemas(key, value, depth)?)),
            "anyOf" => rules.push(Rule::AnyOf(schemas(key, value, depth)?)),
            "oneOf" => rules.push(Rule::OneOf(schemas(key, value, depth)?)),
            "not" => rules.push(Rule::Not(nested(key, value, depth)?)),
            "title" | "description" => {
                string(key, value)?;
            }
            "pattern" => rules.push(Rule::Pattern(regex::compile(string(key, value)?, "")?)),
            "multipleOf" => rules.push(multiple(value)?),
            "minLength" => rules.push(Rule::LengthMin(count(key, value)?)),
            "maxLength" => rules.push(Rule::LengthMax(count(key, value)?)),
            "minItems" => rules.push(Rule::ItemsMin(count(key, value)?)),
            "maxItems" => rules.push(Rule::ItemsMax(count(key, value)?)),
            "minProperties" => rules.push(Rule::PropertiesMin(count(key, value)?)),
            "maxProperties" => rules.push(Rule::PropertiesMax(count(key, value)?)),
            "required" => rules.push(Rule::Required(names(key, value)?)),
            "properties" => rules.push(Rule::Properties(properties(key, value, depth)?)),
            "dependencies" => dependencies(value, depth, &mut rules)?,
            "uniqueItems" if flag(key, value)? => rules.push(Rule::ItemsUnique),
            _ => {}
        }
    }
    limits(schema, &mut rules)?;
    patterns(schema, depth, &mut rules)?;
    items(schema, depth, &mut rules)?;
    Ok(Schema { rules })
}

fn check_keywords(schema: &Document) -> Result<()> {
    for key in schema.keys() {
        let name = key.as_str();
        if UNSUPPORTED.contains(&name) {
            return failed(format!("$jsonSchema keyword '{name}' is not currently supported"));
        }
        if !KEYWORDS.contains(&name) && name != "type" && name != "uniqueItems" {
            return failed(format!("Unknown $jsonSchema keyword: {name}"));
        }
    }
    if schema.contains_key("type") && schema.contains_key("bsonType") {
        return failed("Cannot specify both $jsonSchema keywords 'type' and 'bsonType'");
    }
    Ok(())
}

fn types(key: &str, value: &Bson) -> Result<Rule> {
    let mut types = TypeSet::default();
    let aliases = match value {
        Bson::String(_) => std::slice::from_ref(value),
        Bson::Array(aliases) => aliases.as_slice(),
        _ => {
            return mismatch(format!(
                "$jsonSchema keyword '{key}' must be either a string or an array of strings"
            ));
        }
    };
    for alias in aliases {
        let Bson::String(alias) = alias else {
            return mismatch(format!("$jsonSchema keyword '{key}' array elements must be strings"));
        };
        let before = types.len();
        if key == "bsonType" {
            types.add_alias(alias)?;
        } else if alias == "integer" {
            return failed("$jsonSchema type 'integer' is not currently supported.");
        } else if !types.add_json_type(alias) {
            return Err(Error::mongo(BAD_VALUE, format!("Unknown type name alias: {alias}")));
        }
        debug_assert!(types.len() > before, "a known alias adds a type");
    }
    if types.len() == 0 {
        return failed(format!("$jsonSchema keyword '{key}' must name at least one type"));
    }
    Ok(Rule::Type(types))
}

fn enumeration(value: &Bson) -> Result<Rule> {
    let Bson::Array(values) = value else {
        return mismatch(format!(
            "$jsonSchema keyword 'enum' must be an array, but found an element of type {}",
            type_name(value)
        ));
    };
    if values.is_empty() {
        return failed("$jsonSchema keyword 'enum' cannot be an empty array");
    }
    let is_repeated =
        |index: usize| values[..index].iter().any(|other| equal(other, &values[index]));
    if (1..values.len().min(1_000)).any(is_repeated) {
        return failed("$jsonSchema keyword 'enum' array cannot contain duplicate values.");
    }
    Ok(Rule::Enum(values.clone()))
}

fn nested(key: &str, value: &Bson, depth: usize) -> Result<Schema> {
    match value {
        Bson::Document(schema) => read(schema, depth + 1),
        _ => mismatch(format!(
            "$jsonSchema keyword '{key}' must be an object, but found an element of type {}",
            type_name(value)
        )),
    }
}

fn schemas(key: &str, value: &Bson, depth: usize) -> Result<Vec<Schema>> {
    let Bson::Array(items) = value else {
        return mismatch(format!(
            "$jsonSchema keyword '{key}' must be an array, but found an element of type {}",
            type_name(value)
        ));
    };
    if items.is_empty() {
        return Err(Error::mongo(
            BAD_VALUE,
            format!("$jsonSchema keyword '{key}' must be a non-empty array"),
        ));
    }
    items
        .iter()
        .map(|item| match item {
            Bson::Document(schema) => read(schema, depth + 1),
            _ => mismatch(format!(
                "$jsonSchema keyword '{key}' must be an array of objects, but found an element \
                 of type {}",
                type_name(item)
            )),
        })
        .collect()
}

fn string<'a>(key: &str, value: &'a Bson) -> Result<&'a str> {
    match value {
        Bson::String(text) => Ok(text),
        _ => mismatch(format!("$jsonSchema keyword '{key}' must be of type string")),
    }
}

fn flag(key: &str, value: &Bson) -> Result<bool> {
    match value {
        Bson::Boolean(flag) => Ok(*flag),
        _ => mismatch(format!("$jsonSchema keyword '{key}' must be a boolean")),
    }
}

fn count(key: &str, value: &Bson) -> Result<usize> {
    let text = crate::value::shell_text(value);
    if !is_number(value) {
        return failed(format!("Expected a number in: {key}: {text}"));
    }
    match exact_i64(value).map(usize::try_from) {
        Some(Ok(count)) => Ok(count),
        Some(Err(_)) => failed(format!("Expected a positive number in: {key}: {text}")),
        None => failed(format!("Expected an integer: {key}: {text}")),
    }
}

fn number(key: &str, value: &Bson) -> Result<Bson> {
    if is_number(value) {
        return Ok(value.clone());
    }
    mismatch(format!("$jsonSchema keyword '{key}' must be a number"))
}

fn multiple(value: &Bson) -> Result<Rule> {
    let divisor = number("multipleOf", value)?;
    if to_f64(&divisor).is_none_or(|number| number <= 0.0) {
        return failed("$jsonSchema keyword 'multipleOf' must have a positive value");
    }
    Ok(Rule::Number(NumberRule::MultipleOf(divisor)))
}

/// `minimum` and `maximum`, which a flag beside them makes exclusive.
fn limits(schema: &Document, rules: &mut Vec<Rule>) -> Result<()> {
    for (key, exclusive_key) in [("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")] {
        let is_exclusive = match schema.get(exclusive_key) {
            Some(value) => flag(exclusive_key, value)?,
            None => false,
        };
        let Some(limit) = schema.get(key) else {
            if schema.contains_key(exclusive_key) {
                return failed(format!(
                    "$jsonSchema keyword '{key}' must be a present if {exclusive_key} is present"
                ));
            }
            continue;
        };
        let limit = number(key, limit)?;
        rules.push(Rule::Number(if key == "minimum" {
            NumberRule::Minimum { limit, is_exclusive }
        } else {
            NumberRule::Maximum { limit, is_exclusive }
        }));
    }
    Ok(())
}

fn names(key: &str, value: &Bson) -> Result<Vec<String>> {
    let Bson::Array(items) = value else {
        return mismatch(format!(
            "$jsonSchema keyword '{key}' must be an array, but found an element of type {}",
            type_name(value)
        ));
    };
    if items.is_empty() {
        return failed(format!("$jsonSchema keyword '{key}' cannot be an empty array"));
    }
    let mut names: Vec<String> = Vec::with_capacity(items.len());
    for item in items {
        let Bson::String(name) = item else {
            return mismatch(format!(
                "$jsonSchema keyword '{key}' must be an array of strings, but found an element \
                 of type: '{}'",
                type_name(item)
            ));
        };
        names.push(name.clone());
    }
    let mut sorted: Vec<&String> = names.iter().collect();
    sorted.sort_unstable();
    if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
        return failed(format!(
            "$jsonSchema keyword '{key}' array cannot contain duplicate values"
        ));
    }
    Ok(names)
}

fn object<'a>(key: &str, value: &'a Bson) -> Result<&'a Document> {
    match value {
        Bson::Document(object) => Ok(object),
        _ => mismatch(format!("$jsonSchema keyword '{key}' must be an object")),
    }
}

fn properties(key: &str, value: &Bson, depth: usize) -> Result<Vec<(String, Schema)>> {
    let mut properties = Vec::new();
    for (name, schema) in object(key, value)? {
        let Bson::Document(schema) = schema else {
            return mismatch(format!(
                "Nested schema for $jsonSchema property '{name}' must be an object"
            ));
        };
        properties.push((name.clone(), read(schema, depth + 1)?));
    }
    Ok(properties)
}

fn dependencies(value: &Bson, depth: usize, rules: &mut Vec<Rule>) -> Result<()> {
    for (name, dependency) in object("dependencies", value)? {
        rules.push(match dependency {
            Bson::Document(schema) => Rule::DependsOnSchema(name.clone(), read(schema, depth + 1)?),
            Bson::Array(_) => Rule::DependsOn(name.clone(), names("dependencies", dependency)?),
            _ => {
                return mismatch(format!(
                    "Dependency for property '{name}' in $jsonSchema keyword 'dependencies' must \
                     be an object or an array"
                ));
            }
        });
    }
    Ok(())
}

fn additional(key: &str, schema: &Document, depth: usize) -> Result<Additional> {
    match schema.get(key) {
        None | Some(Bson::Boolean(true)) => Ok(Additional::Allowed),
        Some(Bson::Boolean(false)) => Ok(Additional::Forbidden),
        Some(Bson::Document(schema)) => Ok(Additional::Schema(Box::new(read(schema, depth + 1)?))),
        Some(_) => mismatch(format!("$jsonSchema keyword '{key}' must be an object or a boolean")),
    }
}

fn patterns(schema: &Document, depth: usize, rules: &mut Vec<Rule>) -> Result<()> {
    let others = additional("additionalProperties", schema, depth)?;
    let mut patterns = Vec::new();
    if let Some(value) = schema.get("patternProperties") {
        for (source, schema) in properties("patternProperties", value, depth)? {
            patterns.push((regex::compile(&source, "")?, schema));
        }
    }
    if patterns.is_empty() && matches!(others, Additional::Allowed) {
        return Ok(());
    }
    let named = match schema.get("properties") {
        Some(Bson::Document(properties)) => properties.keys().cloned().collect(),
        _ => Vec::new(),
    };
    rules.push(Rule::Patterns { named, patterns, others });
    Ok(())
}

fn items(schema: &Document, depth: usize, rules: &mut Vec<Rule>) -> Result<()> {
    let others = additional("additionalItems", schema, depth)?;
    match schema.get("items") {
        None => {}
        Some(Bson::Document(schema)) => rules.push(Rule::Items(read(schema, depth + 1)?)),
        Some(Bson::Array(schemas)) => {
            let in_order = schemas.iter().map(|schema| match schema {
                Bson::Document(schema) => read(schema, depth + 1),
                _ => mismatch(format!(
                    "$jsonSchema keyword 'items' requires that each element of the array is an \
                     object, but found a {}",
                    type_name(schema)
                )),
            });
            rules.push(Rule::ItemsInOrder(in_order.collect::<Result<_>>()?, others));
        }
        Some(value) => {
            return mismatch(format!(
                "$jsonSchema keyword 'items' must be an array or an object, not {}",
                type_name(value)
            ));
        }
    }
    Ok(())
}
