//! `$sum`, `$avg`, `$min`, `$max`, `$stdDevPop`, `$stdDevSamp`, `$mergeObjects` over the values of
//! one document. A single array stands for its items.

#![allow(clippy::unnecessary_wraps, reason = "the signature of every operator")]

use std::cmp::Ordering;

use crate::aggregate::expression::budget::Budget;
use crate::aggregate::expression::operand::quoted;
use crate::aggregate::expression::summation::NumericSum;
use crate::aggregate::expression::summation::StandardDeviation;
use crate::aggregate::variables::Operand;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;
use crate::value::Document;
use crate::value::compare;
use crate::value::kind_of;

pub(super) fn sum(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let mut sum = NumericSum::default();
    for value in values(arguments) {
        sum.add(value);
    }
    Ok(Some(sum.total()))
}

pub(super) fn avg(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let mut sum = NumericSum::default();
    for value in values(arguments) {
        sum.add(value);
    }
    Ok(Some(sum.mean().unwrap_or(Bson::Null)))
}

pub(super) fn min(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    Ok(Some(extreme(arguments, Ordering::Less)))
}

pub(super) fn max(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    Ok(Some(extreme(arguments, Ordering::Greater)))
}

pub(super) fn std_dev_pop(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    Ok(Some(deviation(arguments).population().map_or(Bson::Null, Bson::Double)))
}

pub(super) fn std_dev_samp(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    Ok(Some(deviation(arguments).sample().map_or(Bson::Null, Bson::Double)))
}

pub(super) fn merge_objects(
    arguments: &mut [Operand<'_>],
    budget: &Budget,
) -> Result<Option<Bson>> {
    let mut merged = Document::new();
    for value in values(arguments) {
        if !matches!(value, Bson::Null | Bson::Undefined) {
            budget.reserve_copy(value)?;
        }
        merge_object(&mut merged, value)?;
    }
    Ok(Some(Bson::Document(merged)))
}

/// One step of `$mergeObjects`: later fields win and keep the earlier one's place.
pub fn merge_object(merged: &mut Document, value: &Bson) -> Result<()> {
    match value {
        Bson::Null | Bson::Undefined => Ok(()),
        Bson::Document(document) => {
            merged.extend(document.iter().map(|(key, value)| (key.clone(), value.clone())));
            Ok(())
        }
        other => Err(Error::mongo(
            40400,
            format!(
                "$mergeObjects requires object inputs, but input {} is of type {}",
                quoted(&Some(std::borrow::Cow::Borrowed(other))),
                kind_of(other).name()
            ),
        )),
    }
}

/// What is accumulated: the items of a single array, else the arguments that are not missing.
fn values<'s>(arguments: &'s [Operand<'_>]) -> Box<dyn Iterator<Item = &'s Bson> + 's> {
    match arguments {
        [Some(only)] => match &**only {
            Bson::Array(items) => Box::new(items.iter()),
            value => Box::new(std::iter::once(value)),
        },
        many => Box::new(many.iter().filter_map(Option::as_deref)),
    }
}

fn extreme(arguments: &[Operand<'_>], wanted: Ordering) -> Bson {
    let mut found: Option<&Bson> = None;
    for value in values(arguments) {
        let counts = !matches!(value, Bson::Null | Bson::Undefined);
        if counts && found.is_none_or(|found| compare(value, found) == wanted) {
            found = Some(value);
        }
    }
    found.cloned().unwrap_or(Bson::Null)
}

fn deviation(arguments: &[Operand<'_>]) -> StandardDeviation {
    let mut deviation = StandardDeviation::default();
    values(arguments).for_each(|value| deviation.add(value));
    deviation
}
