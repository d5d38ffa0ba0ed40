//! `$addToSet`: appends the values that an array does not hold yet.

use crate::error::Result;
use crate::update::array::{array_of, items_of};
use crate::update::failure::{bad_value, type_mismatch};
use crate::update::operand::{Operand, Value};
use crate::update::operator::Outcome;
use crate::update::place::Place;
use crate::value::{Bson, RawValue, compare_raw, kind_of, shell_text};

#[derive(Debug, Clone)]
pub(super) struct AddToSet {
    /// Without duplicates, in the order of the request.
    operands: Vec<Operand>,
}

impl AddToSet {
    /// `$each` counts only as the first key; elsewhere the object is a value.
    pub(super) fn parse(value: &Bson) -> Result<Self> {
        let Bson::Document(document) = value else {
            return Ok(Self { operands: vec![Operand::parse(value)?] });
        };
        let Some(each) = document.iter().next().filter(|(key, _)| *key == "$each") else {
            return Ok(Self { operands: vec![Operand::parse(value)?] });
        };
        let Bson::Array(items) = each.1 else {
            return Err(type_mismatch(format!(
                "The argument to $each in $addToSet must be an array but it was of type {}",
                kind_of(each.1).name()
            )));
        };
        if document.len() > 1 {
            return Err(bad_value(format!(
                "Found unexpected fields after $each in $addToSet: {}",
                shell_text(value)
            )));
        }
        let operands = items.iter().map(Operand::parse).collect::<Result<Vec<_>>>()?;
        Ok(Self { operands: distinct(operands) })
    }

    pub(super) fn create(&self) -> Value<'static> {
        let values: Vec<Value<'_>> =
            self.operands.iter().map(|operand| operand.value.borrowed()).collect();
        array_of(&values)
    }

    pub(super) fn update(&self, current: &Value<'_>, here: &Place<'_>) -> Result<Outcome<'static>> {
        let Some(array) = current.container().filter(|_| current.is_array()) else {
            return Err(bad_value(format!(
                "Cannot apply $addToSet to non-array field. Field named '{}' has non-array type {}",
                here.name,
                current.kind_name()
            )));
        };
        let held = Held::new(array.values().collect(), self.operands.len());
        let added: Vec<Value<'_>> = self
            .operands
            .iter()
            .filter(|operand| !held.contains(operand.value.raw()))
            .map(|operand| operand.value.borrowed())
            .collect();
        if added.is_empty() {
            return Ok(Outcome::Unchanged);
        }
        let items = items_of(array);
        Ok(Outcome::Value(array_of(items.iter().chain(&added))))
    }

    pub(super) fn operands(&self) -> &[Operand] {
        &self.operands
    }
}

/// The values of an array, sorted when more than a few values are looked for.
struct Held<'v> {
    values: Vec<RawValue<'v>>,
    is_sorted: bool,
}

impl<'v> Held<'v> {
    fn new(mut values: Vec<RawValue<'v>>, lookups: usize) -> Self {
        let is_sorted = lookups > 8;
        if is_sorted {
            values.sort_by(|a, b| compare_raw(*a, *b));
        }
        Self { values, is_sorted }
    }

    fn contains(&self, value: RawValue<'_>) -> bool {
        if self.is_sorted {
            self.values.binary_search_by(|held| compare_raw(*held, value)).is_ok()
        } else {
            self.values.iter().any(|held| compare_raw(*held, value).is_eq())
        }
    }
}

/// The values that appear for the first time, in their order.
fn distinct(operands: Vec<Operand>) -> Vec<Operand> {
    let mut ordered: Vec<(usize, Operand)> = operands.into_iter().enumerate().collect();
    // A stable sort keeps the first of equal values first, which is the one that stays.
    ordered.sort_by(|(_, a), (_, b)| compare_raw(a.value.raw(), b.value.raw()));
    ordered.dedup_by(|(_, later), (_, earlier)| earlier.value.equals(later.value.raw()));
    ordered.sort_unstable_by_key(|(index, _)| *index);
    ordered.into_iter().map(|(_, operand)| operand).collect()
}
