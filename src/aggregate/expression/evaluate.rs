//! Walks a parsed expression for one document.

use std::borrow::Cow;

use crate::aggregate::expression::Node;
use crate::aggregate::variables::Operand;
use crate::aggregate::variables::Variables;
use crate::aggregate::variables::value_path;
use crate::error::Result;
use crate::value::Bson;
use crate::value::Document;

/// The value of a node. What it holds while it works is counted, and given back but for its value.
pub(super) fn node<'v>(node: &'v Node, variables: &'v Variables<'v>) -> Result<Operand<'v>> {
    let before = variables.live_bytes().get();
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
                values.push(item.operand(variables)?.map_or(Bson::Null, Cow::into_owned));
            }
            Some(Cow::Owned(Bson::Array(values)))
        }
        Node::Object(fields) => {
            let mut document = Document::new();
            for (name, field) in fields {
                if let Some(value) = field.operand(variables)? {
                    document.insert(&**name, value.into_owned());
                }
            }
            Some(Cow::Owned(Bson::Document(document)))
        }
        Node::Call { function, arguments } => {
            let mut values = Vec::with_capacity(arguments.len());
            for argument in arguments {
                values.push(argument.operand(variables)?);
            }
            function(&mut values)?.map(Cow::Owned)
        }
        Node::Form(form) => form.evaluate(variables)?,
    };
    variables.live_bytes().set(before);
    variables.hold(&value)?;
    Ok(value)
}
