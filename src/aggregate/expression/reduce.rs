//! `$reduce`.

use std::borrow::Cow;

use crate::aggregate::expression::Expression;
use crate::aggregate::expression::Form;
use crate::aggregate::expression::arguments;
use crate::aggregate::expression::arguments::required;
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

#[derive(Debug)]
struct Reduce {
    input: Expression,
    initial: Expression,
    step: Expression,
    /// `$$this`; `$$value` has the next number.
    first_slot: usize,
}

pub(super) fn parse(_: &'static str, value: &Bson, scope: &Scope) -> Result<Expression> {
    let fields = arguments::named(value, 40075, |found| {
        format!("$reduce requires an object as an argument, found: {found}")
    })?;
    let mut inner = scope.clone();
    let first_slot = inner.declare("this")?;
    inner.declare("value")?;
    let (mut input, mut initial, mut step) = (None, None, None);
    for (field, value) in fields {
        match field.as_str() {
            "input" => input = Some(parse::operand(value, scope)?),
            "initialValue" => initial = Some(parse::operand(value, scope)?),
            "in" => step = Some(parse::operand(value, &inner)?),
            other => {
                let text = format!("$reduce found an unknown argument: {other}");
                return Err(Error::mongo(40076, text));
            }
        }
    }
    Ok(Expression::of_form(Reduce {
        input: required(input, 40077, "$reduce requires 'input' to be specified")?,
        initial: required(initial, 40078, "$reduce requires 'initialValue' to be specified")?,
        step: required(step, 40079, "$reduce requires 'in' to be specified")?,
        first_slot,
    }))
}

impl Form for Reduce {
    fn evaluate<'v>(&'v self, variables: &'v Variables<'v>) -> Result<Operand<'v>> {
        let input = self.input.operand(variables)?;
        if is_nullish(&input) {
            return Ok(Some(Cow::Owned(Bson::Null)));
        }
        let Some(items) = as_array(&input) else {
            let text =
                format!("$reduce requires that 'input' be an array, found: {}", quoted(&input));
            return Err(Error::mongo(40080, text));
        };
        let budget = variables.budget();
        let mark = budget.mark();
        let mut value = budget.own(self.initial.operand(variables)?)?;
        for item in items {
            let frame = vec![Some(Cow::Borrowed(item)), value.as_ref().map(Cow::Borrowed)];
            let inner = variables.with(self.first_slot, frame);
            let next = budget.own(self.step.operand(&inner)?)?;
            drop(inner);
            // What the step held besides its value is gone, and so is the value before it.
            budget.rewind(mark);
            if let Some(next) = &next {
                budget.reserve_copy(next)?;
            }
            value = next;
        }
        Ok(value.map(Cow::Owned))
    }
}
