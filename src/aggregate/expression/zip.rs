//! `$zip`: rows to columns.

use std::borrow::Cow;

use crate::aggregate::expression::Expression;
use crate::aggregate::expression::Form;
use crate::aggregate::expression::arguments;
use crate::aggregate::expression::budget::Budget;
use crate::aggregate::expression::operand::as_array;
use crate::aggregate::expression::operand::is_nullish;
use crate::aggregate::expression::operand::quoted;
use crate::aggregate::expression::parse;
use crate::aggregate::expression::scope::Scope;
use crate::aggregate::variables::Operand;
use crate::aggregate::variables::Variables;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;
use crate::value::kind_of;

#[derive(Debug, Default)]
struct Zip {
    inputs: Vec<Expression>,
    defaults: Vec<Expression>,
    longest: bool,
}

pub(super) fn parse(_: &'static str, value: &Bson, scope: &Scope) -> Result<Expression> {
    let fields = arguments::named(value, 34460, |found| {
        format!("$zip only supports an object as an argument, found {found}")
    })?;
    let mut zip = Zip::default();
    for (field, value) in fields {
        match field.as_str() {
            "inputs" => zip.inputs = expressions(value, scope, 34461, "inputs")?,
            "defaults" => zip.defaults = expressions(value, scope, 34462, "defaults")?,
            "useLongestLength" => {
                zip.longest = value.as_bool().ok_or_else(|| {
                    // The service names the type of the whole argument here.
                    Error::mongo(34463, "useLongestLength must be a bool, found object")
                })?;
            }
            other => {
                return Err(Error::mongo(
                    34464,
                    format!("$zip found an unknown argument: {other}"),
                ));
            }
        }
    }
    if zip.inputs.is_empty() {
        return Err(Error::mongo(34465, "$zip requires at least one input array"));
    }
    if !zip.longest && !zip.defaults.is_empty() {
        let text = "cannot specify defaults unless useLongestLength is true";
        return Err(Error::mongo(34466, text));
    }
    if !zip.defaults.is_empty() && zip.defaults.len() != zip.inputs.len() {
        return Err(Error::mongo(34467, "defaults and inputs must have the same length"));
    }
    Ok(Expression::of_form(zip))
}

fn expressions(value: &Bson, scope: &Scope, code: i32, name: &str) -> Result<Vec<Expression>> {
    match value {
        Bson::Array(items) => items.iter().map(|item| parse::operand(item, scope)).collect(),
        other => {
            let found = kind_of(other).name();
            let text = format!("{name} must be an array of expressions, found {found}");
            Err(Error::mongo(code, text))
        }
    }
}

impl Form for Zip {
    fn evaluate<'v>(&'v self, variables: &'v Variables<'v>) -> Result<Operand<'v>> {
        let mut inputs = Vec::with_capacity(self.inputs.len());
        for input in &self.inputs {
            let value = input.operand(variables)?;
            if is_nullish(&value) {
                return Ok(Some(Cow::Owned(Bson::Null)));
            }
            if as_array(&value).is_none() {
                let found = quoted(&value);
                let text = format!("$zip found a non-array expression in input: {found}");
                return Err(Error::mongo(34468, text));
            }
            inputs.push(value);
        }
        let columns: Vec<&[Bson]> = inputs.iter().filter_map(as_array).collect();
        let lengths = || columns.iter().map(|column| column.len());
        let (shortest, longest) =
            (lengths().min().unwrap_or_default(), lengths().max().unwrap_or_default());
        let mut defaults = Vec::new();
        if shortest != longest {
            for default in &self.defaults {
                defaults.push(default.operand(variables)?);
            }
        }
        let rows = if self.longest { longest } else { shortest };
        let rows = transpose(&columns, &defaults, rows, variables.budget())?;
        Ok(Some(Cow::Owned(Bson::Array(rows))))
    }
}

fn transpose(
    columns: &[&[Bson]],
    defaults: &[Operand<'_>],
    rows: usize,
    budget: &Budget,
) -> Result<Vec<Bson>> {
    budget.reserve_array(rows.saturating_mul(columns.len().saturating_add(1)))?;
    let mut transposed = Vec::with_capacity(rows);
    for row in 0..rows {
        let mut cells = Vec::with_capacity(columns.len());
        for (at, column) in columns.iter().enumerate() {
            let default = || defaults.get(at).and_then(Option::as_deref);
            // A default that is missing leaves its cell out, as in the service.
            let cell = match column.get(row) {
                Some(cell) => Some(cell),
                None if defaults.is_empty() => Some(&Bson::Null),
                None => default(),
            };
            if let Some(cell) = cell {
                budget.reserve_copy(cell)?;
                cells.push(cell.clone());
            }
        }
        transposed.push(Bson::Array(cells));
    }
    Ok(transposed)
}
