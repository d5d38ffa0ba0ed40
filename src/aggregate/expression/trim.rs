//! `$trim`, `$ltrim`, `$rtrim`: takes white space, or the characters given, off the ends.

use std::borrow::Cow;

use crate::aggregate::expression::Expression;
use crate::aggregate::expression::Form;
use crate::aggregate::expression::Node;
use crate::aggregate::expression::arguments;
use crate::aggregate::expression::arguments::required;
use crate::aggregate::expression::operand::as_text;
use crate::aggregate::expression::operand::is_nullish;
use crate::aggregate::expression::operand::quoted;
use crate::aggregate::expression::operand::type_name;
use crate::aggregate::expression::parse;
use crate::aggregate::expression::parse::folded;
use crate::aggregate::expression::scope::Scope;
use crate::aggregate::variables::Operand;
use crate::aggregate::variables::Variables;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;

#[derive(Debug)]
struct Trim {
    name: &'static str,
    input: Expression,
    characters: Option<Expression>,
}

pub(super) fn parse(name: &'static str, value: &Bson, scope: &Scope) -> Result<Expression> {
    let fields = arguments::named(value, 50696, |found| {
        format!("{name} only supports an object as an argument, found {found}")
    })?;
    let (mut input, mut characters) = (None, None);
    for (field, value) in fields {
        let part = match field.as_str() {
            "input" => &mut input,
            "chars" => &mut characters,
            other => {
                let text = format!("{name} found an unknown argument: {other}");
                return Err(Error::mongo(50694, text));
            }
        };
        *part = Some(parse::operand(value, scope)?);
    }
    let input = required(input, 50695, &format!("{name} requires an 'input' field"))?;
    let constant = input.is_constant() && characters.as_ref().is_none_or(Expression::is_constant);
    folded(Node::Form(Box::new(Trim { name, input, characters })), constant)
}

impl Form for Trim {
    fn evaluate<'v>(&'v self, variables: &'v Variables<'v>) -> Result<Operand<'v>> {
        let null = || Ok(Some(Cow::Owned(Bson::Null)));
        let input = self.input.operand(variables)?;
        if is_nullish(&input) {
            return null();
        }
        let text = self.text(&input, 50699, "its input")?;
        let characters = match &self.characters {
            None => None,
            Some(characters) => {
                let characters = characters.operand(variables)?;
                if is_nullish(&characters) {
                    return null();
                }
                Some(self.text(&characters, 50700, "'chars'")?.chars().collect::<Vec<_>>())
            }
        };
        let drops = |c: char| match &characters {
            Some(characters) => characters.contains(&c),
            None => is_white_space(c),
        };
        let mut trimmed = text;
        if self.name != "$rtrim" {
            trimmed = trimmed.trim_start_matches(drops);
        }
        if self.name != "$ltrim" {
            trimmed = trimmed.trim_end_matches(drops);
        }
        Ok(Some(Cow::Owned(Bson::String(trimmed.to_owned()))))
    }
}

impl Trim {
    fn text<'s>(&self, value: &'s Operand<'_>, code: i32, what: &str) -> Result<&'s str> {
        as_text(value).ok_or_else(|| {
            let (name, quoted, found) = (self.name, quoted(value), type_name(value));
            Error::mongo(
                code,
                format!(
                    "{name} requires {what} to be a string, got {quoted} (of type {found}) instead."
                ),
            )
        })
    }
}

/// What the service strips without `chars`: less than Unicode's white space, and NUL.
fn is_white_space(c: char) -> bool {
    matches!(c, '\0' | ' ' | '\t'..='\r' | '\u{A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}')
}
