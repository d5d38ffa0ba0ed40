//! `$cond`: `{if, then, else}` or a list of the three.

use crate::aggregate::expression::Expression;
use crate::aggregate::expression::Form;
use crate::aggregate::expression::Node;
use crate::aggregate::expression::arguments;
use crate::aggregate::expression::arguments::Arity;
use crate::aggregate::expression::arguments::required;
use crate::aggregate::expression::logic::truthy;
use crate::aggregate::expression::parse;
use crate::aggregate::expression::parse::folded;
use crate::aggregate::expression::scope::Scope;
use crate::aggregate::variables::Operand;
use crate::aggregate::variables::Variables;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;

#[derive(Debug)]
struct Cond {
    condition: Expression,
    then: Expression,
    otherwise: Expression,
}

pub(super) fn parse(name: &'static str, value: &Bson, scope: &Scope) -> Result<Expression> {
    let cond = match value {
        Bson::Document(_) => parse_named(value, scope)?,
        other => {
            let list = arguments::list(other, scope)?;
            arguments::check_arity(name, Arity::Exactly(3), list.len())?;
            match <[Expression; 3]>::try_from(list) {
                Ok([condition, then, otherwise]) => Cond { condition, then, otherwise },
                Err(_) => return Err(Error::mongo(17080, "Missing 'if' parameter to $cond")),
            }
        }
    };
    let parts = [&cond.condition, &cond.then, &cond.otherwise];
    let constant = parts.into_iter().all(Expression::is_constant);
    folded(Node::Form(Box::new(cond)), constant)
}

fn parse_named(value: &Bson, scope: &Scope) -> Result<Cond> {
    let fields =
        arguments::named(value, 17083, |found| format!("Unrecognized parameter: {found}"))?;
    let (mut condition, mut then, mut otherwise) = (None, None, None);
    for (field, value) in fields {
        let part = match field.as_str() {
            "if" => &mut condition,
            "then" => &mut then,
            "else" => &mut otherwise,
            other => {
                return Err(Error::mongo(
                    17083,
                    format!("Unrecognized parameter to $cond: {other}"),
                ));
            }
        };
        *part = Some(parse::operand(value, scope)?);
    }
    Ok(Cond {
        condition: required(condition, 17080, "Missing 'if' parameter to $cond")?,
        then: required(then, 17081, "Missing 'then' parameter to $cond")?,
        otherwise: required(otherwise, 17082, "Missing 'else' parameter to $cond")?,
    })
}

impl Form for Cond {
    fn evaluate<'v>(&'v self, variables: &'v Variables<'v>) -> Result<Operand<'v>> {
        let holds = truthy(self.condition.operand(variables)?.as_deref());
        if holds { self.then.operand(variables) } else { self.otherwise.operand(variables) }
    }
}
