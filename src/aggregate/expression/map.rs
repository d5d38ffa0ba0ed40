//! `$map`, and the walk over an array with a variable that `$filter` shares.

use std::borrow::Cow;

use crate::aggregate::expression::Expression;
use crate::aggregate::expression::Form;
use crate::aggregate::expression::arguments;
use crate::aggregate::expression::arguments::required;
use crate::aggregate::expression::operand::as_array;
use crate::aggregate::expression::operand::is_nullish;
use crate::aggregate::expression::operand::type_name;
use crate::aggregate::expression::parse;
use crate::aggregate::expression::scope::Scope;
use crate::aggregate::variables::Operand;
use crate::aggregate::variables::Variables;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;

#[derive(Debug)]
struct Map {
    input: Expression,
    slot: usize,
    each: Expression,
}

pub(super) fn parse(_: &'static str, value: &Bson, scope: &Scope) -> Result<Expression> {
    let fields =
        arguments::named(value, 16878, |_| "$map only supports an object as its argument".into())?;
    let (mut input, mut name, mut each) = (None, None, None);
    for (field, value) in fields {
        match field.as_str() {
            "input" => input = Some(value),
            "as" => name = Some(value),
            "in" => each = Some(value),
            other => {
                return Err(Error::mongo(
                    16879,
                    format!("Unrecognized parameter to $map: {other}"),
                ));
            }
        }
    }
    let input = required(input, 16880, "Missing 'input' parameter to $map")?;
    let each = required(each, 16882, "Missing 'in' parameter to $map")?;
    let input = parse::operand(input, scope)?;
    let mut inner = scope.clone();
    let slot = inner.declare(element_name(name))?;
    Ok(Expression::of_form(Map { input, slot, each: parse::operand(each, &inner)? }))
}

/// The name of the variable that holds each element. What is no string names nothing.
pub(super) fn element_name(name: Option<&Bson>) -> &str {
    match name {
        None => "this",
        Some(Bson::String(name)) => name,
        Some(_) => "",
    }
}

impl Form for Map {
    fn evaluate<'v>(&'v self, variables: &'v Variables<'v>) -> Result<Operand<'v>> {
        let input = self.input.operand(variables)?;
        if is_nullish(&input) {
            return Ok(Some(Cow::Owned(Bson::Null)));
        }
        let Some(items) = as_array(&input) else {
            let text = format!("input to $map must be an array not {}", type_name(&input));
            return Err(Error::mongo(16883, text));
        };
        let budget = variables.budget();
        budget.reserve_array(items.len())?;
        let mut mapped = Vec::with_capacity(items.len());
        for item in items {
            let inner = variables.with(self.slot, vec![Some(Cow::Borrowed(item))]);
            let value = self.each.operand(&inner)?;
            mapped.push(budget.own(value)?.unwrap_or(Bson::Null));
        }
        Ok(Some(Cow::Owned(Bson::Array(mapped))))
    }
}
