//! What a filter says about single fields, for whoever chooses an index.

use crate::query::comparison::{Comparison, Relation, is_nan};
use crate::query::geo::CellRange;
use crate::query::node::{Leaf, Node, Test};
use crate::query::walk::{LeafArray, Path};
use crate::value::{Bson, FieldPath, RawDoc, RawValue, array_index};

/// Most ranges that a region is covered with.
const CELL_RANGES_MAX: usize = 32;

/// One necessary condition of a filter: every document that matches the filter has at least one
/// value among [`index_values`]`(document, path)` inside `bound`.
///
/// * The bounds of one filter are joined by AND, but two bounds on one path may be met by
///   **different** values of an array: they may be intersected only when the index knows that no
///   document has more than one value at the path.
/// * A bound is a superset. The filter must be checked on every document found.
/// * Without a bound for a path nothing follows.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldBounds {
    pub path: FieldPath,
    pub bound: Bound,
}

/// A set of values of one path.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "a filter has a handful of bounds")]
pub enum Bound {
    /// Values equal to one of these (numbers across types). Missing and undefined are `Null`.
    /// An empty list: nothing matches.
    Points(Vec<Bson>),
    /// Values of one type class between two ends; `(value, inclusive)`. An open end reaches to
    /// the end of the other end's type class (`Kind::rank`). At least one end is given.
    Range { lower: Option<(Bson, bool)>, upper: Option<(Bson, bool)> },
    /// Strings with this prefix, regular expressions, and nothing else.
    Prefix(String),
    /// A value that is a geometry one of whose [`index_cells`](crate::query::geo::index_cells)
    /// lies in one of these ranges.
    Cells(Vec<CellRange>),
}

/// Every value that a condition on `path` looks at, in no particular order: array elements, and
/// the array itself. A missing or undefined field is `Null`; there is always one value.
/// An index over `path` holds one entry for each.
pub fn index_values<'a>(document: RawDoc<'a>, path: &FieldPath) -> Vec<RawValue<'a>> {
    let mut values = Vec::new();
    // Beyond the limit on forks some values would be missing; a filter fails on such a document.
    let _ = Path::new(path.clone()).any(document, LeafArray::Elements, |found, _| {
        values.push(match found.map(|element| element.value()) {
            None | Some(RawValue::Undefined) => RawValue::Null,
            Some(value) => value,
        });
        Ok(false)
    });
    if values.is_empty() {
        values.push(RawValue::Null);
    }
    values
}

pub(super) fn of_node(node: &Node) -> Vec<FieldBounds> {
    let mut bounds = Vec::new();
    add_node(node, &mut bounds);
    bounds
}

fn add_node(node: &Node, bounds: &mut Vec<FieldBounds>) {
    match node {
        Node::And(children) => {
            for child in children {
                add_node(child, bounds);
            }
        }
        Node::Or(children) => add_alternatives(children, bounds),
        Node::Field(path, tests) => {
            for test in tests {
                add_test(path.field(), test, bounds);
            }
        }
        _ => {}
    }
}

/// A path that every alternative limits to single values is limited to all of them.
fn add_alternatives(children: &[Node], bounds: &mut Vec<FieldBounds>) {
    let mut alternatives = children.iter().map(of_node);
    let Some(first) = alternatives.next() else { return };
    let mut shared: Vec<(FieldPath, Vec<Bson>)> = first.into_iter().filter_map(points).collect();
    for alternative in alternatives {
        let others: Vec<_> = alternative.into_iter().filter_map(points).collect();
        shared.retain_mut(|(path, values)| {
            let other = others.iter().find(|(other, _)| other == path);
            other.inspect(|(_, more)| values.extend_from_slice(more)).is_some()
        });
    }
    bounds.extend(
        shared.into_iter().map(|(path, values)| FieldBounds { path, bound: Bound::Points(values) }),
    );
}

fn points(bounds: FieldBounds) -> Option<(FieldPath, Vec<Bson>)> {
    match bounds.bound {
        Bound::Points(values) => Some((bounds.path, values)),
        _ => None,
    }
}

fn add_test(path: &FieldPath, test: &Test, bounds: &mut Vec<FieldBounds>) {
    let bound = match test {
        Test::Never => Some(Bound::Points(Vec::new())),
        Test::Not(_) => None,
        Test::All(tests) | Test::Leaf(Leaf::ElementValue(tests)) => {
            for test in tests {
                add_test(path, test, bounds);
            }
            None
        }
        Test::Leaf(Leaf::ElementObject(node)) => {
            add_element_fields(path, node, bounds);
            None
        }
        Test::Leaf(leaf) => of_leaf(leaf),
    };
    bounds.extend(bound.map(|bound| FieldBounds { path: path.clone(), bound }));
}

/// `$elemMatch` also looks into arrays inside the array, as objects with indexes for keys; a path
/// does not. So nothing is said about indexes, nor about fields that may be missing.
fn add_element_fields(path: &FieldPath, node: &Node, bounds: &mut Vec<FieldBounds>) {
    for inner in of_node(node) {
        let may_be_missing = matches!(
            &inner.bound,
            Bound::Points(values) if values.iter().any(|value| matches!(value, Bson::Null))
        );
        if may_be_missing || array_index(inner.path.first()).is_some() {
            continue;
        }
        let joined = format!("{}.{}", path.as_str(), inner.path.as_str());
        if let Ok(path) = FieldPath::parse(&joined) {
            bounds.push(FieldBounds { path, bound: inner.bound });
        }
    }
}

fn of_leaf(leaf: &Leaf) -> Option<Bound> {
    match leaf {
        Leaf::Compare(comparison) => of_comparison(comparison),
        Leaf::In(membership) if membership.regexes().is_empty() => {
            Some(Bound::Points(membership.values().to_vec()))
        }
        Leaf::Regex(regex) => {
            let prefix = regex.pattern().literal_prefix()?;
            Some(Bound::Prefix(prefix.to_owned()))
        }
        Leaf::Geo(test) => test.cover(CELL_RANGES_MAX).map(Bound::Cells),
        _ => None,
    }
}

fn of_comparison(comparison: &Comparison) -> Option<Bound> {
    let operand = comparison.operand();
    let relation = comparison.relation();
    let includes_equal = !matches!(relation, Relation::Less | Relation::Greater);
    let stands_alone = matches!(operand, Bson::Null) || is_nan(operand);
    if relation == Relation::Equal || (stands_alone && includes_equal) {
        return Some(Bound::Points(vec![operand.clone()]));
    }
    if stands_alone {
        return Some(Bound::Points(Vec::new()));
    }
    if matches!(operand, Bson::MinKey | Bson::MaxKey) {
        return None;
    }
    let end = Some((operand.clone(), includes_equal));
    Some(match relation {
        Relation::Greater | Relation::GreaterOrEqual => Bound::Range { lower: end, upper: None },
        _ => Bound::Range { lower: None, upper: end },
    })
}
