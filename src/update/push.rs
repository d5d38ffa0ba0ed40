//! `$push` with `$each`, `$position`, `$sort` and `$slice`.

use std::cmp::Ordering;

use crate::error::Result;
use crate::update::array::{array_of, items_of};
use crate::update::failure::bad_value;
use crate::update::operand::{Operand, Value, check_no_nul};
use crate::update::operator::Outcome;
use crate::update::place::{Context, Place};
use crate::value::{Bson, Document, RawDoc, RawValue, compare_raw, kind_of};

const EACH: &str = "$each";

#[derive(Debug, Clone)]
pub(super) struct Push {
    operands: Vec<Operand>,
    position: Option<i64>,
    slice: Option<i64>,
    sort: Option<SortBy>,
}

#[derive(Debug, Clone)]
enum SortBy {
    /// The elements themselves.
    Whole { descending: bool },
    /// Fields of elements that are objects.
    Fields(Vec<SortField>),
}

#[derive(Debug, Clone)]
struct SortField {
    path: Box<str>,
    descending: bool,
}

impl Push {
    pub(super) fn parse(value: &Bson) -> Result<Self> {
        let clauses = match value {
            Bson::Document(clauses) if clauses.contains_key(EACH) => clauses,
            single => {
                let operands = vec![Operand::parse(single)?];
                return Ok(Self { operands, position: None, slice: None, sort: None });
            }
        };
        let (mut each, mut slice, mut sort, mut position) = (None, None, None, None);
        for (name, value) in clauses {
            match name.as_str() {
                EACH => each = Some(value),
                "$slice" => slice = Some(value),
                "$sort" => sort = Some(value),
                "$position" => position = Some(value),
                _ => return Err(bad_value(format!("Unrecognized clause in $push: {name}"))),
            }
        }
        let operands = each.map_or_else(|| Ok(Vec::new()), parse_each)?;
        let slice = slice
            .map(|value| {
                whole_number(value).ok_or_else(|| {
                    bad_value(format!(
                        "The value for $slice must be an integer value but was given type: {}",
                        kind_of(value).name()
                    ))
                })
            })
            .transpose()?;
        let sort = sort.map(SortBy::parse).transpose()?;
        let position = position
            .map(|value| {
                whole_number(value).ok_or_else(|| {
                    bad_value(format!(
                        "The value for $position must be an integer value, not of type: {}",
                        kind_of(value).name()
                    ))
                })
            })
            .transpose()?;
        Ok(Self { operands, position, slice, sort })
    }

    pub(super) fn create(&self) -> Value<'static> {
        let mut items = Vec::new();
        self.change(&mut items);
        array_of(&items)
    }

    pub(super) fn update(
        &self,
        current: &Value<'_>,
        here: &Place<'_>,
        context: &Context<'_>,
    ) -> Result<Outcome<'static>> {
        let Some(array) = current.container().filter(|_| current.is_array()) else {
            return Err(bad_value(format!(
                "The field '{}' must be an array but is of type {} in document {{{}}}",
                here.dotted(),
                current.kind_name(),
                context.id_text()
            )));
        };
        let mut items = items_of(array);
        Ok(if self.change(&mut items) {
            Outcome::Value(array_of(&items))
        } else {
            Outcome::Unchanged
        })
    }

    pub(super) fn operands(&self) -> &[Operand] {
        &self.operands
    }

    /// Whether the array changes. To MongoDB a sort always changes it.
    fn change<'p>(&'p self, items: &mut Vec<Value<'p>>) -> bool {
        let mut changed = !self.operands.is_empty();
        let at = self.insertion_index(items.len());
        items.splice(at..at, self.operands.iter().map(|operand| operand.value.borrowed()));
        if let Some(sort) = &self.sort {
            changed = true;
            items.sort_by(|a, b| sort.compare(a.raw(), b.raw()));
        }
        if let Some(slice) = self.slice {
            let kept = usize::try_from(slice.unsigned_abs()).unwrap_or(usize::MAX);
            if items.len() > kept {
                changed = true;
                if slice >= 0 {
                    items.truncate(kept);
                } else {
                    items.drain(..items.len() - kept);
                }
            }
        }
        changed
    }

    fn insertion_index(&self, length: usize) -> usize {
        let Some(position) = self.position else { return length };
        let distance = usize::try_from(position.unsigned_abs()).unwrap_or(usize::MAX);
        if position >= 0 { distance.min(length) } else { length.saturating_sub(distance) }
    }
}

fn parse_each(value: &Bson) -> Result<Vec<Operand>> {
    match value {
        Bson::Array(items) => items.iter().map(Operand::parse).collect(),
        other => Err(bad_value(format!(
            "The argument to $each in $push must be an array but it was of type: {}",
            kind_of(other).name()
        ))),
    }
}

/// A number without a fraction, whatever its type.
fn whole_number(value: &Bson) -> Option<i64> {
    const TWO_POW_63: f64 = 9_223_372_036_854_775_808.0;
    match value {
        Bson::Int32(number) => Some(i64::from(*number)),
        Bson::Int64(number) => Some(*number),
        Bson::Double(number) => {
            let fits = number.fract() == 0.0 && (-TWO_POW_63..TWO_POW_63).contains(number);
            #[allow(clippy::cast_possible_truncation, reason = "the range is checked")]
            fits.then_some(*number as i64)
        }
        Bson::Decimal128(number) => number.to_string().parse().ok(),
        _ => None,
    }
}

impl SortBy {
    fn parse(value: &Bson) -> Result<Self> {
        if let Bson::Document(fields) = value {
            return Self::parse_fields(fields);
        }
        if !kind_of(value).is_number() {
            return Err(bad_value(
                "The $sort is invalid: use 1/-1 to sort the whole element, or {field:1/-1} to \
                 sort embedded fields",
            ));
        }
        Ok(Self::Whole { descending: is_descending(value)? })
    }

    fn parse_fields(fields: &Document) -> Result<Self> {
        if fields.is_empty() {
            return Err(bad_value("The $sort pattern is empty when it should be a set of fields."));
        }
        let mut parsed = Vec::with_capacity(fields.len());
        for (path, order) in fields {
            let descending = is_descending(order)?;
            if path.is_empty() {
                return Err(bad_value("The $sort field cannot be empty"));
            }
            if path.split('.').any(str::is_empty) {
                return Err(bad_value(format!(
                    "The $sort field is a dotted field but has an empty part: {path}"
                )));
            }
            check_no_nul(path)?;
            parsed.push(SortField { path: path.as_str().into(), descending });
        }
        Ok(Self::Fields(parsed))
    }

    fn compare(&self, left: RawValue<'_>, right: RawValue<'_>) -> Ordering {
        match self {
            Self::Whole { descending } => directed(compare_raw(left, right), *descending),
            Self::Fields(fields) => fields
                .iter()
                .map(|field| {
                    let order =
                        compare_raw(sort_key(left, &field.path), sort_key(right, &field.path));
                    directed(order, field.descending)
                })
                .find(|order| order.is_ne())
                .unwrap_or(Ordering::Equal),
        }
    }
}

fn directed(order: Ordering, descending: bool) -> Ordering {
    if descending { order.reverse() } else { order }
}

fn is_descending(order: &Bson) -> Result<bool> {
    match whole_number(order) {
        Some(1) => Ok(false),
        Some(-1) => Ok(true),
        _ => Err(bad_value("The $sort element value must be either 1 or -1")),
    }
}

/// The value at a path, null where there is none. Arrays are entered by index only.
fn sort_key<'v>(item: RawValue<'v>, path: &str) -> RawValue<'v> {
    let RawValue::Document(document) = item else { return RawValue::Null };
    value_at(document, path).unwrap_or(RawValue::Null)
}

fn value_at<'v>(mut document: RawDoc<'v>, mut path: &str) -> Option<RawValue<'v>> {
    loop {
        // A key with dots in it comes before the path it spells.
        if let Some(value) = document.get(path) {
            return Some(value);
        }
        let (first, rest) = path.split_once('.')?;
        match document.get(first)? {
            RawValue::Document(inner) | RawValue::Array(inner) => document = inner,
            _ => return None,
        }
        path = rest;
    }
}
