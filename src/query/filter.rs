//! A parsed filter and what can be asked of it.

use std::sync::Arc;

use crate::error::Result;
use crate::query::bounds::{self, FieldBounds};
use crate::query::comparison::Relation;
use crate::query::context::ParseContext;
use crate::query::geo::Point;
use crate::query::node::{Leaf, Node, Test, all};
use crate::query::parse::{Parser, Place, starts_with_field_operator};
use crate::query::walk::Path;
use crate::value::{Bson, Document, FieldPath, RawDoc, RawValue, compare_raw_to_bson};

/// A parsed query document.
#[derive(Debug, Clone)]
pub struct Filter {
    root: Arc<Node>,
    near: Option<GeoNear>,
}

/// A top-level `$nearSphere` or `$near`: the answer is ordered by distance from `point`.
#[derive(Debug, Clone, PartialEq)]
pub struct GeoNear {
    pub path: FieldPath,
    pub point: Point,
    /// Smallest distance in metres, inclusive.
    pub min_m: f64,
    /// Largest distance in metres, inclusive; infinite without `$maxDistance`.
    pub max_m: f64,
}

/// A condition on a bare value, such as an array element.
#[derive(Debug, Clone)]
pub struct ValueFilter {
    condition: Arc<Condition>,
}

#[derive(Debug)]
enum Condition {
    /// The value itself; arrays are compared whole.
    Equal(Bson),
    /// Operators on the value, entering an array as a field's condition does.
    Tests(Vec<Test>),
    /// Conditions on the fields of an object. Nothing else matches.
    Fields(Node),
}

impl Filter {
    pub fn parse(filter: &Document, context: &ParseContext<'_>) -> Result<Self> {
        let mut parser = Parser::new(context);
        let root = Arc::new(parser.document(filter, Place::ROOT)?);
        Ok(Self { root, near: parser.into_near() })
    }

    /// Reads a condition on a bare value: a plain value, an operator document, a regular
    /// expression, or per-field conditions on the fields of an object.
    pub fn parse_value(condition: &Bson, context: &ParseContext<'_>) -> Result<ValueFilter> {
        let mut parser = Parser::new(context);
        let condition = match condition {
            Bson::Document(operators)
                if starts_with_field_operator(operators)
                    || operators.keys().next().is_some_and(|key| key == "$eq" || key == "$not") =>
            {
                Condition::Tests(parser.operators("", operators, Place::ELEMENT)?)
            }
            Bson::Document(fields) => Condition::Fields(parser.document(fields, Place::ELEMENT)?),
            Bson::RegularExpression(_) => {
                let operators = bson::doc! {"$in": [condition.clone()]};
                Condition::Tests(parser.operators("", &operators, Place::ELEMENT)?)
            }
            value => Condition::Equal(value.clone()),
        };
        Ok(ValueFilter { condition: Arc::new(condition) })
    }

    pub fn matches(&self, document: RawDoc<'_>) -> Result<bool> {
        self.root.matches(document)
    }

    /// The index in the array at `array_path` of the element that made the filter match:
    /// what `arr.$` stands for in an update. `None` when the filter says nothing about an element
    /// of that array, or does not match.
    pub fn positional_index(
        &self,
        document: RawDoc<'_>,
        array_path: &FieldPath,
    ) -> Result<Option<usize>> {
        if !self.matches(document)? {
            return Ok(None);
        }
        let array = array_path.segments();
        self.root.position(document, &|path: &Path| path.field().segments().starts_with(array))
    }

    pub fn geo_near(&self) -> Option<&GeoNear> {
        self.near.as_ref()
    }

    /// Whether the filter has no condition and matches every document.
    pub fn is_empty(&self) -> bool {
        matches!(&*self.root, Node::And(children) if children.is_empty())
    }

    /// What an index may conclude; see [`FieldBounds`].
    pub fn bounds(&self) -> Vec<FieldBounds> {
        bounds::of_node(&self.root)
    }

    /// The value of `_id` when the filter asks for exactly one, so that at most one document
    /// can match. Numbers compare across types. The whole filter must still be checked on that
    /// document.
    pub fn equality_on_id(&self) -> Option<&Bson> {
        let fields = match &*self.root {
            Node::And(children) => children.as_slice(),
            node => std::slice::from_ref(node),
        };
        fields.iter().find_map(|node| match node {
            Node::Field(path, tests) if path.field().as_str() == "_id" => {
                tests.iter().find_map(one_value)
            }
            _ => None,
        })
    }
}

fn one_value(test: &Test) -> Option<&Bson> {
    match test {
        Test::Leaf(Leaf::Compare(comparison)) if comparison.relation() == Relation::Equal => {
            let operand = comparison.operand();
            (!matches!(operand, Bson::Null | Bson::Array(_))).then_some(operand)
        }
        _ => None,
    }
}

impl ValueFilter {
    pub fn matches(&self, value: RawValue<'_>) -> Result<bool> {
        match (&*self.condition, value) {
            (Condition::Equal(expected), value) => Ok(compare_raw_to_bson(value, expected).is_eq()),
            (Condition::Tests(tests), value) => all(tests, |test| test.matches_field(value)),
            (Condition::Fields(node), RawValue::Document(document)) => node.matches(document),
            (Condition::Fields(_), _) => Ok(false),
        }
    }
}
