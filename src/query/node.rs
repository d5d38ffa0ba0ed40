//! The parsed filter as a tree, and how it is evaluated.

use std::sync::Arc;

use crate::error::Result;
use crate::query::arithmetic::Modulo;
use crate::query::bits::BitTest;
use crate::query::comparison::Comparison;
use crate::query::context::Predicate;
use crate::query::element::TypeSet;
use crate::query::geo::operator::GeoTest;
use crate::query::json_schema::Schema;
use crate::query::membership::Membership;
use crate::query::regex::RegexTest;
use crate::query::walk::{ARRAY, DOCUMENT, Found, LeafArray, Path};
use crate::value::{Element, RawDoc, RawValue};

/// A condition on a whole document.
#[derive(Debug)]
pub(super) enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Nor(Vec<Node>),
    /// Every test holds for the values at the path, each possibly for another one.
    Field(Path, Vec<Test>),
    Predicate(Arc<dyn Predicate>),
    Schema(Box<Schema>),
    Constant(bool),
}

/// A condition on the values at a path, or on one bare value.
#[derive(Debug)]
pub(super) enum Test {
    Leaf(Leaf),
    /// Not all of these hold.
    Not(Vec<Test>),
    All(Vec<Test>),
    Never,
}

/// A condition on one value.
#[derive(Debug)]
pub(super) enum Leaf {
    Compare(Comparison),
    In(Membership),
    Exists,
    Type(TypeSet),
    Modulo(Modulo),
    Regex(RegexTest),
    Bits(BitTest),
    Size(usize),
    /// An array one element of which is an object that satisfies the condition.
    ElementObject(Box<Node>),
    /// An array one element of which satisfies all tests.
    ElementValue(Vec<Test>),
    Geo(GeoTest),
}

impl Node {
    pub(super) fn matches(&self, document: RawDoc<'_>) -> Result<bool> {
        match self {
            Self::And(children) => all(children, |child| child.matches(document)),
            Self::Or(children) => any(children, |child| child.matches(document)),
            Self::Nor(children) => Ok(!any(children, |child| child.matches(document))?),
            Self::Field(path, tests) => all(tests, |test| test.matches_at(document, path)),
            Self::Predicate(predicate) => predicate.matches(document),
            Self::Schema(schema) => schema.matches(RawValue::Document(document)),
            Self::Constant(answer) => Ok(*answer),
        }
    }

    /// The position in the outermost array that made the node match, among the conditions whose
    /// path `concerns` the caller. The node matches the document.
    pub(super) fn position(
        &self,
        document: RawDoc<'_>,
        concerns: &impl Fn(&Path) -> bool,
    ) -> Result<Option<usize>> {
        match self {
            Self::And(children) => {
                // Of several conditions on the array the last one decides, as in MongoDB.
                for child in children.iter().rev() {
                    if let Some(position) = child.position(document, concerns)? {
                        return Ok(Some(position));
                    }
                }
                Ok(None)
            }
            Self::Or(children) => {
                for child in children {
                    if child.matches(document)? {
                        return child.position(document, concerns);
                    }
                }
                Ok(None)
            }
            Self::Field(path, tests) if concerns(path) => {
                for test in tests.iter().rev() {
                    if let Some(position) = test.position(document, path)? {
                        return Ok(Some(position));
                    }
                }
                Ok(None)
            }
            _ => Ok(None),
        }
    }
}

impl Test {
    pub(super) fn matches_at(&self, document: RawDoc<'_>, path: &Path) -> Result<bool> {
        match self {
            Self::Leaf(Leaf::Geo(GeoTest::Near(near))) => Ok(near.nearest(document)?.is_some()),
            Self::Leaf(leaf) => path.any(document, leaf.leaf_array(), |found, _| leaf.holds(found)),
            Self::Not(tests) => Ok(!all(tests, |test| test.matches_at(document, path))?),
            Self::All(tests) => all(tests, |test| test.matches_at(document, path)),
            Self::Never => Ok(false),
        }
    }

    /// Tests one bare value; arrays are not entered.
    pub(super) fn matches_value(&self, value: RawValue<'_>) -> Result<bool> {
        match self {
            Self::Leaf(leaf) => leaf.matches(Some(value)),
            Self::Not(tests) => Ok(!all(tests, |test| test.matches_value(value))?),
            Self::All(tests) => all(tests, |test| test.matches_value(value)),
            Self::Never => Ok(false),
        }
    }

    /// Tests a value as if it were a field's: the elements of an array count too.
    pub(super) fn matches_field(&self, value: RawValue<'_>) -> Result<bool> {
        match self {
            Self::Leaf(leaf) => {
                if let (RawValue::Array(items), LeafArray::Elements) = (value, leaf.leaf_array()) {
                    for item in items.elements() {
                        if leaf.holds(Some(item))? {
                            return Ok(true);
                        }
                    }
                }
                leaf.matches(Some(value))
            }
            Self::Not(tests) => Ok(!all(tests, |test| test.matches_field(value))?),
            Self::All(tests) => all(tests, |test| test.matches_field(value)),
            Self::Never => Ok(false),
        }
    }

    fn position(&self, document: RawDoc<'_>, path: &Path) -> Result<Option<usize>> {
        match self {
            Self::Leaf(leaf) => {
                let mut position = None;
                path.any(document, leaf.leaf_array(), |found, outer| {
                    let holds = leaf.holds(found)?;
                    if holds {
                        position = outer.or(leaf.element_position(found)?);
                    }
                    Ok(holds)
                })?;
                Ok(position)
            }
            Self::All(tests) => {
                for test in tests.iter().rev() {
                    if let Some(position) = test.position(document, path)? {
                        return Ok(Some(position));
                    }
                }
                Ok(None)
            }
            Self::Not(_) | Self::Never => Ok(None),
        }
    }
}

impl Leaf {
    fn leaf_array(&self) -> LeafArray {
        match self {
            Self::Size(_) | Self::ElementObject(_) | Self::ElementValue(_) => LeafArray::Whole,
            _ => LeafArray::Elements,
        }
    }

    /// As [`matches`](Self::matches), and spares reading values whose bytes alone decide.
    fn holds(&self, found: Found<'_>) -> Result<bool> {
        match (self, found) {
            (Self::Compare(comparison), Some(element)) => Ok(comparison.holds(element)),
            (Self::Exists, found) => Ok(found.is_some()),
            (_, found) => self.matches(found.map(|element| element.value())),
        }
    }

    pub(super) fn matches(&self, value: Option<RawValue<'_>>) -> Result<bool> {
        match self {
            Self::Compare(comparison) => Ok(comparison.matches(value)),
            Self::In(membership) => membership.matches(value),
            Self::Exists => Ok(value.is_some()),
            Self::Type(types) => Ok(value.is_some_and(|value| types.contains(value.kind()))),
            Self::Modulo(modulo) => Ok(modulo.matches(value)),
            Self::Regex(regex) => regex.matches(value),
            Self::Bits(bits) => Ok(bits.matches(value)),
            Self::Size(size) => {
                Ok(matches!(value, Some(RawValue::Array(items)) if items.len() == *size))
            }
            Self::ElementObject(_) | Self::ElementValue(_) => Ok(self.first(value)?.is_some()),
            Self::Geo(test) => Ok(value.is_some_and(|value| test.matches(value))),
        }
    }

    fn element_position(&self, found: Found<'_>) -> Result<Option<usize>> {
        self.first(found.map(|element| element.value()))
    }

    /// The first element of an array that satisfies an element condition.
    fn first(&self, value: Option<RawValue<'_>>) -> Result<Option<usize>> {
        let Some(RawValue::Array(items)) = value else { return Ok(None) };
        for (index, item) in items.elements().enumerate() {
            if self.element_matches(item)? {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }

    fn element_matches(&self, item: Element<'_>) -> Result<bool> {
        match self {
            Self::ElementObject(node) => match item.kind_byte() {
                // An array counts as an object whose keys are its indexes.
                DOCUMENT | ARRAY => node.matches(RawDoc::new(item.value_bytes())),
                _ => Ok(false),
            },
            Self::ElementValue(tests) => all(tests, |test| test.matches_value(item.value())),
            _ => Ok(false),
        }
    }

    /// The first element of `items` that satisfies this `$elemMatch`.
    pub(super) fn first_element<'a>(&self, items: RawDoc<'a>) -> Result<Option<Element<'a>>> {
        for item in items.elements() {
            if self.element_matches(item)? {
                return Ok(Some(item));
            }
        }
        Ok(None)
    }
}

pub(super) fn all<T>(items: &[T], mut holds: impl FnMut(&T) -> Result<bool>) -> Result<bool> {
    for item in items {
        if !holds(item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

pub(super) fn any<T>(items: &[T], holds: impl FnMut(&T) -> Result<bool>) -> Result<bool> {
    let mut holds = holds;
    Ok(!all(items, |item| Ok(!holds(item)?))?)
}
