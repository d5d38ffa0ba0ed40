//! Walks a parsed expression for one document.

use std::borrow::Cow;

use crate::aggregate::expression::Function;
use crate::aggregate::expression::Node;
use crate::aggregate::expression::operand::is_nullish;
use crate::aggregate::variables::Operand;
use crate::aggregate::variables::Variables;
use crate::aggregate::variables::value_path;
use crate::error::Result;
use crate::value::Bson;
use crate::value::Document;

/// The value of a node. What it holds while it works is counted, and given back but for its value.
pub(super) fn node<'v>(node: &'v Node, variables: &'v Variables<'v>) -> Result<Operand<'v>> {
    let budget = variables.budget();
    let mark = budget.mark();
    let value = match node {
        Node::Constant(value) => return Ok(value.as_ref().map(Cow::Borrowed)),
        Node::Field(path) => variables.current().get(path.segments()),
        Node::Root(path) if path.is_empty() => Some(Cow::Owned(variables.root().to_bson())),
        Node::Root(path) => variables.root().get(path),
        Node::Current => Some(Cow::Owned(variables.current().to_bson())),
        Node::Variable { slot, path } => {
            variables.get(*slot).and_then(|value| value_path(value, path))
        }
        Node::Array(items) => {
            let mut values = Vec::with_capacity(items.len());
            for item in items {
                let value = budget.own(item.operand(variables)?)?;
                values.push(value.unwrap_or(Bson::Null));
            }
            Some(Cow::Owned(Bson::Array(values)))
        }
        Node::Object(fields) => {
            let mut document = Document::new();
            for (name, field) in fields {
                if let Some(value) = budget.own(field.operand(variables)?)? {
                    document.insert(&**name, value);
                }
            }
            Some(Cow::Owned(Bson::Document(document)))
        }
        Node::Call { function, arguments, until_null } => {
            let mut values = Vec::with_capacity(arguments.len());
            for argument in arguments {
                let value = argument.operand(variables)?;
                let stops = *until_null && is_nullish(&value);
                values.push(value);
                if stops {
                    break;
                }
            }
            match function {
                Function::Plain(function) => function(&mut values)?.map(Cow::Owned),
                Function::Building(function) => function(&mut values, budget)?.map(Cow::Owned),
            }
        }
        Node::Form(form) => form.evaluate(variables)?,
    };
    budget.rewind(mark);
    budget.hold(&value)?;
    Ok(value)
}
