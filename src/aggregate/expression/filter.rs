//! `$filter`.

use std::borrow::Cow;

use crate::aggregate::expression::Expression;
use crate::aggregate::expression::Form;
use crate::aggregate::expression::arguments;
use crate::aggregate::expression::arguments::required;
use crate::aggregate::expression::logic::truthy;
use crate::aggregate::expression::map::element_name;
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
struct Filter {
    input: Expression,
    slot: usize,
    condition: Expression,
}

pub(super) fn parse(_: &'static str, value: &Bson, scope: &Scope) -> Result<Expression> {
    let fields = arguments::named(value, 28646, |_| {
        "$filter only supports an object as its argument".into()
    })?;
    let (mut input, mut name, mut condition) = (None, None, None);
    for (field, value) in fields {
        match field.as_str() {
            "input" => input = Some(value),
            "as" => name = Some(value),
            "cond" => condition = Some(value),
            other => {
                let text = format!("Unrecognized parameter to $filter: {other}");
                return Err(Error::mongo(28647, text));
            }
        }
    }
    let input = required(input, 28648, "Missing 'input' parameter to $filter")?;
    let condition = required(condition, 28650, "Missing 'cond' parameter to $filter")?;
    let input = parse::operand(input, scope)?;
    let mut inner = scope.clone();
    let slot = inner.declare(element_name(name))?;
    Ok(Expression::of_form(Filter { input, slot, condition: parse::operand(condition, &inner)? }))
}

impl Form for Filter {
    fn evaluate<'v>(&'v self, variables: &'v Variables<'v>) -> Result<Operand<'v>> {
        let input = self.input.operand(variables)?;
        if is_nullish(&input) {
            return Ok(Some(Cow::Owned(Bson::Null)));
        }
        let Some(items) = as_array(&input) else {
            let text = format!("input to $filter must be an array not {}", type_name(&input));
            return Err(Error::mongo(28651, text));
        };
        let budget = variables.budget();
        let mut kept = Vec::new();
        for item in items {
            let inner = variables.with(self.slot, vec![Some(Cow::Borrowed(item))]);
            let mark = budget.mark();
            let keeps = truthy(self.condition.operand(&inner)?.as_deref());
            budget.rewind(mark);
            if keeps {
                budget.reserve_copy(item)?;
                kept.push(item.clone());
            }
        }
        Ok(Some(Cow::Owned(Bson::Array(kept))))
    }
}
