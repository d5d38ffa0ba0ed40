//! Arrays as sets: `$setUnion`, `$setIntersection`, `$setDifference`, `$setEquals`,
//! `$setIsSubset`, `$allElementsTrue`, `$anyElementTrue`.
// The service builds ordered sets: unions and intersections come out sorted.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use crate::aggregate::expression::Expression;
use crate::aggregate::expression::Function;
use crate::aggregate::expression::arguments;
use crate::aggregate::expression::budget::Budget;
use crate::aggregate::expression::logic::truthy;
use crate::aggregate::expression::operand::as_array;
use crate::aggregate::expression::operand::is_nullish;
use crate::aggregate::expression::operand::type_name;
use crate::aggregate::expression::parse;
use crate::aggregate::expression::scope::Scope;
use crate::aggregate::variables::Operand;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;
use crate::value::compare;

/// A value by its place in the order of all values.
#[derive(Debug)]
struct Ordered<'a>(&'a Bson);

impl PartialEq for Ordered<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ordered<'_> {}

impl PartialOrd for Ordered<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(self.0, other.0)
    }
}

fn set_of(items: &[Bson]) -> BTreeSet<Ordered<'_>> {
    items.iter().map(Ordered).collect()
}

fn to_array(set: BTreeSet<Ordered<'_>>) -> Bson {
    Bson::Array(set.into_iter().map(|value| value.0.clone()).collect())
}

/// The items of an operand, or the refusal of what is no array.
fn items_or<'s>(value: &'s Operand<'_>, code: i32, text: &str) -> Result<&'s [Bson]> {
    as_array(value).ok_or_else(|| Error::mongo(code, format!("{text}{}", type_name(value))))
}

pub(super) fn union(arguments: &mut [Operand<'_>], budget: &Budget) -> Result<Option<Bson>> {
    let mut all = BTreeSet::new();
    for argument in arguments.iter() {
        if is_nullish(argument) {
            return Ok(Some(Bson::Null));
        }
        let text = "All operands of $setUnion must be arrays. One argument is of type: ";
        let items = items_or(argument, 17043, text)?;
        if let Some(value) = argument.as_deref() {
            budget.reserve_copy(value)?;
        }
        all.extend(items.iter().map(Ordered));
    }
    Ok(Some(to_array(all)))
}

pub(super) fn intersection(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let mut shared: Option<BTreeSet<Ordered<'_>>> = None;
    for argument in arguments.iter() {
        if is_nullish(argument) {
            return Ok(Some(Bson::Null));
        }
        let text = "All operands of $setIntersection must be arrays. One argument is of type: ";
        let next = set_of(items_or(argument, 17047, text)?);
        let mut kept = match shared.take() {
            None => next,
            Some(mut before) => {
                before.retain(|value| next.contains(value));
                before
            }
        };
        // The service looks no further once nothing is shared.
        if kept.is_empty() {
            kept.clear();
            return Ok(Some(Bson::Array(Vec::new())));
        }
        shared = Some(kept);
    }
    Ok(Some(to_array(shared.unwrap_or_default())))
}

pub(super) fn difference(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let [left, right] = arguments else { return Ok(None) };
    if is_nullish(left) || is_nullish(right) {
        return Ok(Some(Bson::Null));
    }
    let both = "both operands of $setDifference must be arrays.";
    let left = items_or(left, 17048, &format!("{both} First argument is of type: "))?;
    let right = items_or(right, 17049, &format!("{both} Second argument is of type: "))?;
    let mut seen = set_of(right);
    // In the order of the first array, each value once.
    let kept = left.iter().filter(|item| seen.insert(Ordered(item))).cloned().collect();
    Ok(Some(Bson::Array(kept)))
}

pub(super) fn parse_equals(_: &'static str, value: &Bson, scope: &Scope) -> Result<Expression> {
    let operands = arguments::list(value, scope)?;
    if operands.len() < 2 {
        let text = format!("$setEquals needs at least two arguments had: {}", operands.len());
        return Err(Error::mongo(17045, text));
    }
    parse::call(Function::Plain(equals), operands, false)
}

fn equals(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let text = "All operands of $setEquals must be arrays. One argument is of type: ";
    let mut first: Option<BTreeSet<Ordered<'_>>> = None;
    for argument in arguments.iter() {
        let set = set_of(items_or(argument, 17044, text)?);
        match &first {
            None => first = Some(set),
            Some(first) if *first != set => return Ok(Some(Bson::Boolean(false))),
            Some(_) => {}
        }
    }
    Ok(Some(Bson::Boolean(true)))
}

pub(super) fn is_subset(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let [left, right] = arguments else { return Ok(None) };
    let both = "both operands of $setIsSubset must be arrays.";
    let left = items_or(left, 17046, &format!("{both} First argument is of type: "))?;
    let right = items_or(right, 17042, &format!("{both} Second argument is of type: "))?;
    let right = set_of(right);
    Ok(Some(Bson::Boolean(left.iter().all(|item| right.contains(&Ordered(item))))))
}

pub(super) fn all_elements_true(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let [input] = arguments else { return Ok(None) };
    let text = "$allElementsTrue's argument must be an array, but is ";
    let items = items_or(input, 17040, text)?;
    Ok(Some(Bson::Boolean(items.iter().all(|item| truthy(Some(item))))))
}

pub(super) fn any_element_true(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let [input] = arguments else { return Ok(None) };
    let text = "$anyElementTrue's argument must be an array, but is ";
    let items = items_or(input, 17041, text)?;
    Ok(Some(Bson::Boolean(items.iter().any(|item| truthy(Some(item))))))
}
