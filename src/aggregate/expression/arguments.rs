//! How operators take their arguments: a list of a certain length, or an object of names.

use crate::aggregate::expression::Expression;
use crate::aggregate::expression::parse;
use crate::aggregate::expression::scope::Scope;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;
use crate::value::Document;
use crate::value::kind_of;

/// How many arguments an operator takes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Arity {
    Exactly(usize),
    Between(usize, usize),
    Any,
    /// Any number; what follows a null is not evaluated.
    UntilNull,
}

/// Parses the items of an array as arguments, anything else as the only one.
pub(super) fn list(value: &Bson, scope: &Scope) -> Result<Vec<Expression>> {
    match value {
        Bson::Array(items) => items.iter().map(|item| parse::operand(item, scope)).collect(),
        other => Ok(vec![parse::operand(other, scope)?]),
    }
}

pub(super) fn check_arity(name: &str, arity: Arity, given: usize) -> Result<()> {
    match arity {
        Arity::Exactly(count) if given != count => Err(Error::mongo(
            16020,
            format!("Expression {name} takes exactly {count} arguments. {given} were passed in."),
        )),
        Arity::Between(least, most) if given < least || given > most => Err(Error::mongo(
            28667,
            format!(
                "Expression {name} takes at least {least} arguments, and at most {most}, \
                 but {given} were passed in."
            ),
        )),
        _ => Ok(()),
    }
}

/// The object of an operator with named arguments; `refusal` gets the type of anything else.
pub(super) fn named(
    value: &Bson,
    code: i32,
    refusal: impl FnOnce(&'static str) -> String,
) -> Result<&Document> {
    match value {
        Bson::Document(fields) => Ok(fields),
        other => Err(Error::mongo(code, refusal(kind_of(other).name()))),
    }
}

/// An argument that must be there.
pub(super) fn required<T>(argument: Option<T>, code: i32, text: &str) -> Result<T> {
    argument.ok_or_else(|| Error::mongo(code, text))
}
