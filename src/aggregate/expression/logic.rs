//! `$and`, `$or`, `$not`.

use std::borrow::Cow;

use crate::aggregate::expression::Expression;
use crate::aggregate::expression::Form;
use crate::aggregate::expression::Node;
use crate::aggregate::expression::arguments;
use crate::aggregate::expression::parse::folded;
use crate::aggregate::expression::scope::Scope;
use crate::aggregate::variables::Operand;
use crate::aggregate::variables::Variables;
use crate::error::Result;
use crate::value::Bson;
use crate::value::decimal::Decimal;

/// False are: missing, null, false and every zero.
pub(super) fn truthy(value: Option<&Bson>) -> bool {
    match value {
        None | Some(Bson::Null | Bson::Undefined) => false,
        Some(Bson::Boolean(flag)) => *flag,
        Some(Bson::Int32(number)) => *number != 0,
        Some(Bson::Int64(number)) => *number != 0,
        Some(Bson::Double(number)) => *number != 0.0,
        Some(Bson::Decimal128(number)) => !Decimal::from(*number).is_zero(),
        Some(_) => true,
    }
}

#[derive(Debug)]
struct Logic {
    /// The truth value that decides: false for `$and`, true for `$or`.
    decisive: bool,
    operands: Vec<Expression>,
}

pub(super) fn parse_and(_: &'static str, value: &Bson, scope: &Scope) -> Result<Expression> {
    parse(false, value, scope)
}

pub(super) fn parse_or(_: &'static str, value: &Bson, scope: &Scope) -> Result<Expression> {
    parse(true, value, scope)
}

fn parse(decisive: bool, value: &Bson, scope: &Scope) -> Result<Expression> {
    let operands = arguments::list(value, scope)?;
    // A constant last operand that decides makes the service skip the others.
    let settled = operands.last().filter(|last| last.is_constant());
    if settled.is_some_and(|last| truthy(last.constant()) == decisive) {
        return Ok(Expression::literal(&Bson::Boolean(decisive)));
    }
    let constant = operands.iter().all(Expression::is_constant);
    folded(Node::Form(Box::new(Logic { decisive, operands })), constant)
}

impl Form for Logic {
    fn evaluate<'v>(&'v self, variables: &'v Variables<'v>) -> Result<Operand<'v>> {
        for operand in &self.operands {
            if truthy(operand.operand(variables)?.as_deref()) == self.decisive {
                return Ok(Some(Cow::Owned(Bson::Boolean(self.decisive))));
            }
        }
        Ok(Some(Cow::Owned(Bson::Boolean(!self.decisive))))
    }
}

#[allow(clippy::unnecessary_wraps, reason = "the signature of every operator")]
pub(super) fn not(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let value = arguments.first().and_then(|value| value.as_deref());
    Ok(Some(Bson::Boolean(!truthy(value))))
}
