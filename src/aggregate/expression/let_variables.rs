//! `$let`.

use crate::aggregate::expression::Expression;
use crate::aggregate::expression::Form;
use crate::aggregate::expression::arguments;
use crate::aggregate::expression::arguments::required;
use crate::aggregate::expression::parse;
use crate::aggregate::expression::scope::Scope;
use crate::aggregate::variables::Operand;
use crate::aggregate::variables::Variables;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;

#[derive(Debug)]
struct Let {
    first_slot: usize,
    values: Vec<Expression>,
    body: Expression,
}

pub(super) fn parse(_: &'static str, value: &Bson, scope: &Scope) -> Result<Expression> {
    let fields =
        arguments::named(value, 16874, |_| "$let only supports an object as its argument".into())?;
    let (mut vars, mut body) = (None, None);
    for (field, value) in fields {
        match field.as_str() {
            "vars" => vars = Some(value),
            "in" => body = Some(value),
            other => {
                return Err(Error::mongo(
                    16875,
                    format!("Unrecognized parameter to $let: {other}"),
                ));
            }
        }
    }
    let vars = required(vars, 16876, "Missing 'vars' parameter to $let")?;
    let body = required(body, 16877, "Missing 'in' parameter to $let")?;
    let Bson::Document(vars) = vars else {
        let text = "invalid parameter: expected an object (vars)";
        return Err(Error::mongo(10065, text));
    };
    let mut inner = scope.clone();
    let first_slot = inner.next_slot();
    let mut values = Vec::with_capacity(vars.len());
    for (name, value) in vars {
        inner.declare(name)?;
        // Only `in` sees the variables: their own expressions read the outer ones.
        values.push(parse::operand(value, scope)?);
    }
    let body = parse::operand(body, &inner)?;
    Ok(Expression::of_form(Let { first_slot, values, body }))
}

impl Form for Let {
    fn evaluate<'v>(&'v self, variables: &'v Variables<'v>) -> Result<Operand<'v>> {
        let values: Result<Vec<_>> =
            self.values.iter().map(|value| value.operand(variables)).collect();
        let inner = variables.with(self.first_slot, values?);
        let value = self.body.operand(&inner)?;
        Ok(variables.budget().own(value)?.map(std::borrow::Cow::Owned))
    }
}
