//! `$switch`.

use crate::aggregate::expression::Expression;
use crate::aggregate::expression::Form;
use crate::aggregate::expression::arguments;
use crate::aggregate::expression::arguments::required;
use crate::aggregate::expression::logic::truthy;
use crate::aggregate::expression::parse;
use crate::aggregate::expression::scope::Scope;
use crate::aggregate::variables::Operand;
use crate::aggregate::variables::Variables;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;
use crate::value::kind_of;

#[derive(Debug)]
struct Switch {
    /// Each `case` with its `then`.
    branches: Vec<(Expression, Expression)>,
    default: Option<Expression>,
}

pub(super) fn parse(_: &'static str, value: &Bson, scope: &Scope) -> Result<Expression> {
    let fields = arguments::named(value, 40060, |found| {
        format!("$switch requires an object as an argument, found: {found}")
    })?;
    let (mut branches, mut default) = (Vec::new(), None);
    for (field, value) in fields {
        match (field.as_str(), value) {
            ("branches", Bson::Array(items)) => {
                for item in items {
                    branches.push(parse_branch(item, scope)?);
                }
            }
            ("branches", other) => {
                let found = kind_of(other).name();
                let text = format!("$switch expected an array for 'branches', found: {found}");
                return Err(Error::mongo(40061, text));
            }
            ("default", value) => default = Some(parse::operand(value, scope)?),
            (other, _) => {
                let text = format!("$switch found an unknown argument: {other}");
                return Err(Error::mongo(40067, text));
            }
        }
    }
    if branches.is_empty() {
        return Err(Error::mongo(40068, "$switch requires at least one branch."));
    }
    Ok(Expression::of_form(Switch { branches, default }))
}

fn parse_branch(value: &Bson, scope: &Scope) -> Result<(Expression, Expression)> {
    let fields = arguments::named(value, 40062, |found| {
        format!("$switch expected each branch to be an object, found: {found}")
    })?;
    let (mut case, mut then) = (None, None);
    for (field, value) in fields {
        let part = match field.as_str() {
            "case" => &mut case,
            "then" => &mut then,
            other => {
                let text = format!("$switch found an unknown argument to a branch: {other}");
                return Err(Error::mongo(40063, text));
            }
        };
        *part = Some(parse::operand(value, scope)?);
    }
    Ok((
        required(case, 40064, "$switch requires each branch have a 'case' expression")?,
        required(then, 40065, "$switch requires each branch have a 'then' expression.")?,
    ))
}

impl Form for Switch {
    fn evaluate<'v>(&'v self, variables: &'v Variables<'v>) -> Result<Operand<'v>> {
        for (case, then) in &self.branches {
            if truthy(case.operand(variables)?.as_deref()) {
                return then.operand(variables);
            }
        }
        match &self.default {
            Some(default) => default.operand(variables),
            None => Err(Error::mongo(
                40066,
                "$switch could not find a matching branch for an input, and no default was \
                 specified.",
            )),
        }
    }
}
