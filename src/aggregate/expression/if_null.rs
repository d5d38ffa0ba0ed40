//! `$ifNull`.

use crate::aggregate::expression::Expression;
use crate::aggregate::expression::Form;
use crate::aggregate::expression::Node;
use crate::aggregate::expression::arguments;
use crate::aggregate::expression::arguments::Arity;
use crate::aggregate::expression::operand::is_nullish;
use crate::aggregate::expression::parse::folded;
use crate::aggregate::expression::scope::Scope;
use crate::aggregate::variables::Operand;
use crate::aggregate::variables::Variables;
use crate::error::Result;
use crate::value::Bson;

#[derive(Debug)]
struct IfNull {
    operands: Vec<Expression>,
}

pub(super) fn parse(name: &'static str, value: &Bson, scope: &Scope) -> Result<Expression> {
    let operands = arguments::list(value, scope)?;
    arguments::check_arity(name, Arity::Exactly(2), operands.len())?;
    let constant = operands.iter().all(Expression::is_constant);
    folded(Node::Form(Box::new(IfNull { operands })), constant)
}

impl Form for IfNull {
    fn evaluate<'v>(&'v self, variables: &'v Variables<'v>) -> Result<Operand<'v>> {
        let mut value = None;
        for operand in &self.operands {
            value = operand.operand(variables)?;
            if !is_nullish(&value) {
                break;
            }
        }
        Ok(value)
    }
}
