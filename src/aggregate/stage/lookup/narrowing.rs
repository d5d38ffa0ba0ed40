//! The equality in a sub-pipeline's first `$match` that tells which documents it needs:
//! `{$expr: {$eq: ["$field", "$$variable"]}}`, alone or in `$and`.

use std::ops::ControlFlow;

use crate::aggregate::expression::Expression;
use crate::aggregate::expression::Scope;
use crate::aggregate::field::compute;
use crate::aggregate::join::equality;
use crate::aggregate::operator::Run;
use crate::error::Result;
use crate::query::Filter;
use crate::value::Bson;
use crate::value::Document;
use crate::value::FieldPath;
use crate::value::RawDoc;
use crate::value::to_bson;

/// A foreign field and a variable that must be equal, as `$eq` of expressions has it.
#[derive(Debug)]
pub(super) struct Narrowing {
    field: Expression,
    path: FieldPath,
    variable: Expression,
}

/// `Break` ends the search: with what was found, or because what follows may be evaluated only
/// where what stands before it could be.
type Search = ControlFlow<Option<Narrowing>>;

const NOTHING_YET: Search = ControlFlow::Continue(());
const GIVE_UP: Search = ControlFlow::Break(None);

impl Narrowing {
    /// The first equality that every document must meet to pass `stage`.
    pub fn of(stage: &Document, scope: &Scope) -> Option<Self> {
        let filter = stage.get_document("$match").ok()?;
        search_filter(filter, scope).break_value().flatten()
    }

    pub fn path(&self) -> &FieldPath {
        &self.path
    }

    /// The field of a foreign document; `Undefined`, its equal, where it is missing.
    pub fn field_value(&self, document: RawDoc<'_>, run: &Run<'_>) -> Result<Bson> {
        value_of(&self.field, document, run)
    }

    /// The variable's value in `run`; `Undefined` where it is missing.
    pub fn variable_value(&self, document: RawDoc<'_>, run: &Run<'_>) -> Result<Bson> {
        value_of(&self.variable, document, run)
    }

    /// A filter for no less than the documents whose field equals `value`. None where filters and
    /// expressions take different values for equal.
    pub fn filter(&self, value: &Bson) -> Result<Option<Filter>> {
        match value {
            Bson::ObjectId(_)
            | Bson::String(_)
            | Bson::Int32(_)
            | Bson::Int64(_)
            | Bson::Double(_)
            | Bson::Decimal128(_)
            | Bson::Boolean(_)
            | Bson::DateTime(_) => equality(&self.path, value).map(Some),
            _ => Ok(None),
        }
    }
}

fn value_of(expression: &Expression, document: RawDoc<'_>, run: &Run<'_>) -> Result<Bson> {
    compute(expression, document, run, |value| Ok(value.map_or(Bson::Undefined, to_bson)))
}

fn search_filter(filter: &Document, scope: &Scope) -> Search {
    for (key, value) in filter {
        match (key.as_str(), value) {
            ("$expr", condition) => search_condition(condition, scope)?,
            ("$and", Bson::Array(filters)) => {
                for filter in filters.iter().filter_map(Bson::as_document) {
                    search_filter(filter, scope)?;
                }
            }
            (key, _) if key.starts_with('$') => return GIVE_UP,
            _ => {}
        }
    }
    NOTHING_YET
}

fn search_condition(condition: &Bson, scope: &Scope) -> Search {
    let Some((name, operands)) = condition.as_document().and_then(|call| call.iter().next()) else {
        return GIVE_UP;
    };
    let Bson::Array(operands) = operands else { return GIVE_UP };
    match name.as_str() {
        "$and" => operands.iter().try_for_each(|operand| search_condition(operand, scope)),
        "$eq" => match of_operands(operands, scope) {
            Some(found) => ControlFlow::Break(Some(found)),
            None => skip_comparison(operands),
        },
        "$ne" | "$gt" | "$gte" | "$lt" | "$lte" => skip_comparison(operands),
        _ => GIVE_UP,
    }
}

/// A comparison of paths, variables and plain values cannot fail.
fn skip_comparison(operands: &[Bson]) -> Search {
    let may_fail = |operand: &Bson| matches!(operand, Bson::Document(_) | Bson::Array(_));
    if operands.iter().any(may_fail) { GIVE_UP } else { NOTHING_YET }
}

fn of_operands(operands: &[Bson], scope: &Scope) -> Option<Narrowing> {
    let [left, right] = operands else { return None };
    let left = Expression::parse(left, scope).ok()?;
    let right = Expression::parse(right, scope).ok()?;
    let (field, variable) = if left.is_variable() { (right, left) } else { (left, right) };
    if !variable.is_variable() {
        return None;
    }
    let path = field.field_path()?.clone();
    Some(Narrowing { field, path, variable })
}
