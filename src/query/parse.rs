//! Query documents to condition trees: MongoDB 4.0's grammar and its refusals.

use crate::error::{Error, Result};
use crate::limits::REQUEST_DEPTH_MAX;
use crate::query::arithmetic::Modulo;
use crate::query::bits::{BitQuestion, BitTest};
use crate::query::comparison::{Comparison, Relation};
use crate::query::context::ParseContext;
use crate::query::element::{TypeSet, is_true};
use crate::query::filter::GeoNear;
use crate::query::geo::operator::{self as geo_operator, GeoTest};
use crate::query::json_schema::Schema;
use crate::query::membership::Membership;
use crate::query::node::{Leaf, Node, Test};
use crate::query::number::{exact_i64, to_i32_truncated};
use crate::query::regex::RegexTest;
use crate::query::walk::Path;
use crate::query::{
    BAD_VALUE, FAILED_TO_PARSE, INDEX_NOT_FOUND, NO_SUCH_KEY, OVERFLOW, QUERY_FEATURE_NOT_ALLOWED,
    TYPE_MISMATCH,
};
use crate::value::{Bson, Document, shell_text};

/// Operators that stand where a field name could, without their `$`.
const ROOT_OPERATORS: [&str; 14] = [
    "alwaysFalse",
    "alwaysTrue",
    "and",
    "atomic",
    "comment",
    "db",
    "expr",
    "id",
    "isolated",
    "jsonSchema",
    "nor",
    "or",
    "text",
    "where",
];

/// Operators of a field, without their `$`, as far as `$all` refuses them.
const FIELD_OPERATORS: [&str; 26] = [
    "all",
    "bitsAllClear",
    "bitsAllSet",
    "bitsAnyClear",
    "bitsAnySet",
    "elemMatch",
    "exists",
    "geoIntersects",
    "geoNear",
    "geoWithin",
    "gt",
    "gte",
    "in",
    "lt",
    "lte",
    "mod",
    "ne",
    "near",
    "nearSphere",
    "nin",
    "options",
    "regex",
    "size",
    "type",
    "within",
    "_internalExprEq",
];

/// Where in the request the parser is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    depth: usize,
    /// Conditions apply to the whole document, not to an element of an array.
    is_root: bool,
    /// Everything from the root to here is joined by AND.
    is_conjunction: bool,
}

impl Place {
    pub(super) const ROOT: Self = Self { depth: 0, is_root: true, is_conjunction: true };
    pub(super) const ELEMENT: Self = Self { depth: 0, is_root: false, is_conjunction: false };

    pub(super) fn deeper(self) -> Result<Self> {
        if self.depth >= REQUEST_DEPTH_MAX {
            return Err(Error::mongo(
                OVERFLOW,
                format!("the query is nested deeper than {REQUEST_DEPTH_MAX} levels"),
            ));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }

    fn inside_element(self) -> Self {
        Self { is_root: false, is_conjunction: false, ..self }
    }

    fn outside_conjunction(self) -> Self {
        Self { is_conjunction: false, ..self }
    }
}

pub(super) struct Parser<'a> {
    context: &'a ParseContext<'a>,
    near: Option<GeoNear>,
}

fn bad_value<T>(text: impl Into<String>) -> Result<T> {
    Err(Error::mongo(BAD_VALUE, text))
}

/// Whether an object in a value's place is a list of operators. References (`$ref` with `$id`)
/// are values.
pub(super) fn is_operator_document(document: &Document) -> bool {
    starts_with_operator(document)
        && !(document.contains_key("$ref") && document.contains_key("$id"))
}

fn starts_with_operator(document: &Document) -> bool {
    document.keys().next().is_some_and(|key| key.starts_with('$'))
}

/// Whether the object's first key is an operator that a field accepts.
pub(super) fn starts_with_field_operator(document: &Document) -> bool {
    document
        .keys()
        .next()
        .and_then(|key| key.strip_prefix('$'))
        .is_some_and(|name| FIELD_OPERATORS.contains(&name))
}

fn is_root_operator(key: &str) -> bool {
    key.strip_prefix('$').is_some_and(|name| ROOT_OPERATORS.contains(&name) || name == "ref")
}

impl<'a> Parser<'a> {
    pub(super) fn new(context: &'a ParseContext<'a>) -> Self {
        Self { context, near: None }
    }

    /// The `$near` met on the way, once the root is parsed.
    pub(super) fn into_near(self) -> Option<GeoNear> {
        self.near
    }

    pub(super) fn document(&mut self, filter: &Document, place: Place) -> Result<Node> {
        let place = place.deeper()?;
        let mut children = Vec::with_capacity(filter.len());
        for (key, value) in filter {
            if key.starts_with('$') {
                children.extend(self.root_operator(key, value, place)?);
                continue;
            }
            let tests = match value {
                Bson::Document(operators) if is_operator_document(operators) => {
                    self.operators(key, operators, place)?
                }
                value => vec![equality(key, value)?],
            };
            children.push(Node::Field(Path::parse(key)?, tests));
        }
        Ok(match (children.pop(), children.is_empty()) {
            (Some(only), true) => only,
            (last, _) => {
                children.extend(last);
                Node::And(children)
            }
        })
    }

    /// `None` for an operator without a condition.
    fn root_operator(&mut self, key: &str, value: &Bson, place: Place) -> Result<Option<Node>> {
        let node = match key {
            "$and" => Node::And(self.branches(key, value, place)?),
            "$or" => Node::Or(self.branches(key, value, place.outside_conjunction())?),
            "$nor" => Node::Nor(self.branches(key, value, place.outside_conjunction())?),
            "$comment" => return Ok(None),
            "$expr" => self.expression(value, place)?,
            "$jsonSchema" => match value {
                Bson::Document(schema) => Node::Schema(Box::new(Schema::parse(schema)?)),
                _ => return Err(Error::mongo(TYPE_MISMATCH, "$jsonSchema must be an object")),
            },
            "$text" => return text(value, place),
            "$where" => return bad_value("$where is not allowed in this context"),
            "$alwaysTrue" | "$alwaysFalse" => constant(key, value)?,
            "$db" | "$id" | "$ref" => Node::Field(Path::parse(key)?, vec![equality(key, value)?]),
            "$atomic" | "$isolated" => {
                return Err(Error::mongo(
                    QUERY_FEATURE_NOT_ALLOWED,
                    "$isolated ($atomic) is not allowed in this context",
                ));
            }
            _ => return bad_value(format!("unknown top level operator: {key}")),
        };
        Ok(Some(node))
    }

    fn branches(&mut self, key: &str, value: &Bson, place: Place) -> Result<Vec<Node>> {
        let Bson::Array(items) = value else {
            return bad_value(format!("{key} must be an array"));
        };
        if items.is_empty() {
            return bad_value("$and/$or/$nor must be a nonempty array");
        }
        let mut branches = Vec::with_capacity(items.len());
        for item in items {
            let Bson::Document(filter) = item else {
                return bad_value("$or/$and/$nor entries need to be full objects");
            };
            branches.push(self.document(filter, place)?);
        }
        Ok(branches)
    }

    fn expression(&mut self, value: &Bson, place: Place) -> Result<Node> {
        if !place.is_root {
            return bad_value("$expr can only be applied to the top-level document");
        }
        let Some(parser) = self.context.expressions else {
            return Err(Error::mongo(
                QUERY_FEATURE_NOT_ALLOWED,
                "$expr is not allowed in this context",
            ));
        };
        Ok(Node::Predicate(parser.parse_predicate(value)?))
    }

    /// The operators of one field; `field` is empty for those of a bare value.
    pub(super) fn operators(
        &mut self,
        field: &str,
        operators: &Document,
        place: Place,
    ) -> Result<Vec<Test>> {
        let place = place.deeper()?;
        if let Some((key, Bson::Document(_) | Bson::Array(_))) = operators.iter().next()
            && geo_operator::is_near(key)
        {
            return Ok(vec![self.near(field, operators, place)?]);
        }
        let mut tests = Vec::with_capacity(operators.len());
        for (key, operand) in operators {
            match key.as_str() {
                // The flags of `$regex` are read together with it.
                "$options" if operators.contains_key("$regex") => {}
                "$regex" => tests.push(Test::Leaf(Leaf::Regex(RegexTest::parse(operators)?))),
                "$geoWithin" | "$within" | "$geoIntersects" => {
                    tests.push(Test::Leaf(Leaf::Geo(GeoTest::parse(operators)?)));
                }
                key if geo_operator::is_near(key) => {
                    let text = shell_text(&Bson::Document(operators.clone()));
                    return bad_value(format!("near must be first in: {text}"));
                }
                key => tests.push(self.operator(field, key, operand, place)?),
            }
        }
        Ok(tests)
    }

    fn operator(&mut self, field: &str, key: &str, operand: &Bson, place: Place) -> Result<Test> {
        let compare =
            |relation| Ok(Test::Leaf(Leaf::Compare(Comparison::parse(relation, operand, field)?)));
        let bits = |question| Ok(Test::Leaf(Leaf::Bits(BitTest::parse(question, operand, field)?)));
        match key {
            "$eq" => compare(Relation::Equal),
            "$gt" => compare(Relation::Greater),
            "$gte" => compare(Relation::GreaterOrEqual),
            "$lt" => compare(Relation::Less),
            "$lte" => compare(Relation::LessOrEqual),
            "$ne" if matches!(operand, Bson::RegularExpression(_)) => {
                bad_value("Can't have regex as arg to $ne.")
            }
            "$ne" => Ok(negated(compare(Relation::Equal)?)),
            "$in" => Ok(Test::Leaf(Leaf::In(Membership::parse(key, operand)?))),
            "$nin" => Ok(negated(Test::Leaf(Leaf::In(Membership::parse(key, operand)?)))),
            "$not" => self.not(field, operand, place),
            "$exists" if is_true(operand) => Ok(Test::Leaf(Leaf::Exists)),
            "$exists" => Ok(negated(Test::Leaf(Leaf::Exists))),
            "$type" => Ok(Test::Leaf(Leaf::Type(TypeSet::parse(operand)?))),
            "$mod" => Ok(Test::Leaf(Leaf::Modulo(Modulo::parse(operand)?))),
            "$size" => size(operand),
            "$all" => self.every(operand, place),
            "$elemMatch" => Ok(Test::Leaf(self.element_match(operand, place)?)),
            "$options" => bad_value("$options needs a $regex"),
            "$bitsAllSet" => bits(BitQuestion::AllSet),
            "$bitsAllClear" => bits(BitQuestion::AllClear),
            "$bitsAnySet" => bits(BitQuestion::AnySet),
            "$bitsAnyClear" => bits(BitQuestion::AnyClear),
            "$where" => bad_value("$where cannot be applied to a field"),
            _ => bad_value(format!("unknown operator: {key}")),
        }
    }

    fn not(&mut self, field: &str, operand: &Bson, place: Place) -> Result<Test> {
        match operand {
            Bson::RegularExpression(regex) => {
                Ok(negated(Test::Leaf(Leaf::Regex(RegexTest::from_value(regex)?))))
            }
            Bson::Document(operators) if operators.is_empty() => bad_value("$not cannot be empty"),
            Bson::Document(operators) => {
                let tests = self.operators(field, operators, place.outside_conjunction())?;
                if tests.iter().any(|test| matches!(test, Test::Leaf(Leaf::Regex(_)))) {
                    return bad_value("$not cannot have a regex");
                }
                Ok(Test::Not(tests))
            }
            _ => bad_value("$not needs a regex or a document"),
        }
    }

    fn every(&mut self, operand: &Bson, place: Place) -> Result<Test> {
        let Bson::Array(items) = operand else { return bad_value("$all needs an array") };
        let Some(first) = items.first() else { return Ok(Test::Never) };
        if element_match_operand(first).is_some() {
            let tests = items.iter().map(|item| match element_match_operand(item) {
                Some(operand) => Ok(Test::Leaf(self.element_match(operand, place)?)),
                None => bad_value("$all/$elemMatch has to be consistent"),
            });
            return Ok(Test::All(tests.collect::<Result<_>>()?));
        }
        let tests = items.iter().map(|item| match item {
            Bson::Document(document) if starts_with_field_operator(document) => {
                bad_value("no $ expressions in $all")
            }
            item => equality("", item),
        });
        Ok(Test::All(tests.collect::<Result<_>>()?))
    }

    /// `$elemMatch` as a condition on an array.
    pub(super) fn element_match(&mut self, operand: &Bson, place: Place) -> Result<Leaf> {
        let Bson::Document(condition) = operand else {
            return bad_value("$elemMatch needs an Object");
        };
        let place = place.inside_element().deeper()?;
        let is_value = starts_with_operator(condition)
            && !["$ref", "$id", "$db"].iter().any(|key| condition.contains_key(*key))
            && !condition.keys().next().is_some_and(|key| is_root_operator(key));
        if is_value {
            return Ok(Leaf::ElementValue(self.operators("", condition, place)?));
        }
        Ok(Leaf::ElementObject(Box::new(self.document(condition, place)?)))
    }

    fn near(&mut self, field: &str, operators: &Document, place: Place) -> Result<Test> {
        let near = geo_operator::parse_near(field, operators)?;
        if !place.is_conjunction {
            return bad_value("geoNear must be top-level expr");
        }
        if self.near.is_some() {
            return bad_value("Too many geoNear expressions");
        }
        let test = Test::Leaf(Leaf::Geo(GeoTest::Near(near.clone())));
        self.near = Some(near);
        Ok(test)
    }
}

/// A plain value in a field's place.
fn equality(field: &str, value: &Bson) -> Result<Test> {
    Ok(Test::Leaf(match value {
        Bson::RegularExpression(regex) => Leaf::Regex(RegexTest::from_value(regex)?),
        value => Leaf::Compare(Comparison::parse(Relation::Equal, value, field)?),
    }))
}

fn negated(test: Test) -> Test {
    Test::Not(vec![test])
}

fn element_match_operand(item: &Bson) -> Option<&Bson> {
    let (key, operand) = item.as_document()?.iter().next()?;
    (key == "$elemMatch").then_some(operand)
}

fn size(operand: &Bson) -> Result<Test> {
    let size = match operand {
        Bson::Int32(size) => i64::from(*size),
        Bson::Int64(size) if i32::try_from(*size).is_err() => {
            return bad_value("$size must be representable as a 32-bit integer");
        }
        Bson::Int64(size) => *size,
        Bson::Double(_) => match exact_i64(operand) {
            Some(size) if size == i64::from(to_i32_truncated(operand)) => size,
            _ => return bad_value("$size must be a whole number"),
        },
        _ => return bad_value("$size needs a number"),
    };
    match usize::try_from(size) {
        Ok(size) => Ok(Test::Leaf(Leaf::Size(size))),
        Err(_) => bad_value("$size may not be negative"),
    }
}

fn constant(key: &str, value: &Bson) -> Result<Node> {
    match exact_i64(value) {
        Some(1) => Ok(Node::Constant(key == "$alwaysTrue")),
        Some(_) => {
            let text = format!("{key} must be an integer value of 1");
            Err(Error::mongo(FAILED_TO_PARSE, text))
        }
        None => {
            let text = format!("Expected a number in: {key}: {}", shell_text(value));
            Err(Error::mongo(FAILED_TO_PARSE, text))
        }
    }
}

/// `$text` is checked and then always refused: there are no text indexes.
fn text(value: &Bson, place: Place) -> Result<Option<Node>> {
    if !place.is_root {
        return bad_value("$text can only be applied to the top-level document");
    }
    let Bson::Document(options) = value else { return bad_value("$text expects an object") };
    match options.get("$search") {
        Some(Bson::String(_)) => {}
        Some(other) => {
            let name = crate::query::element::type_name(other);
            let text = format!("\"$search\" had the wrong type. Expected string, found {name}");
            return Err(Error::mongo(TYPE_MISMATCH, text));
        }
        None => {
            return Err(Error::mongo(NO_SUCH_KEY, "Missing expected field \"$search\""));
        }
    }
    for (key, value) in options {
        let is_known = match key.as_str() {
            "$search" => true,
            "$language" => matches!(value, Bson::String(_)),
            "$caseSensitive" | "$diacriticSensitive" => matches!(value, Bson::Boolean(_)),
            _ => return bad_value("extra fields in $text"),
        };
        if !is_known {
            let name = crate::query::element::type_name(value);
            let expected = if key == "$language" { "string" } else { "bool" };
            let text = format!("\"{key}\" had the wrong type. Expected {expected}, found {name}");
            return Err(Error::mongo(TYPE_MISMATCH, text));
        }
    }
    Err(Error::mongo(INDEX_NOT_FOUND, "text index required for $text query"))
}
