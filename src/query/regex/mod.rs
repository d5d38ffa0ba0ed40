//! Regular expressions: `$regex` and the PCRE dialect that MongoDB accepts.
//!
//! A pattern is rewritten for an engine that takes linear time. Only look-around, back-references,
//! atomic groups and possessive quantifiers need one that backtracks, under a limit on its steps.

mod class;
mod scan;
mod translate;

use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::limits::{REGEX_BYTES_MAX, REGEX_COMPILED_BYTES_MAX, REGEX_STEPS_MAX};
use crate::query::BAD_VALUE;
use crate::value::{Bson, Document, RawValue};

use translate::{Translation, translate};

/// MongoDB's number for a pattern that PCRE does not compile.
const INVALID_REGEX: i32 = 51_091;

/// A compiled regular expression.
#[derive(Debug, Clone)]
pub struct Pattern {
    engine: Arc<Engine>,
    prefix: Option<Box<str>>,
}

#[derive(Debug)]
enum Engine {
    Linear(::regex::Regex),
    Backtracking(fancy_regex::Regex),
}

impl Pattern {
    /// Whether the pattern matches anywhere in `text`. Fails when a backtracking pattern takes
    /// more than the allowed steps.
    pub fn is_match(&self, text: &str) -> Result<bool> {
        match &*self.engine {
            Engine::Linear(regex) => Ok(regex.is_match(text)),
            Engine::Backtracking(regex) => regex.is_match(text).map_err(|_| {
                Error::new(
                    ErrorKind::LimitExceeded,
                    format!(
                        "the regular expression was given up after {REGEX_STEPS_MAX} steps: \
                         simplify it or avoid look-around and back-references"
                    ),
                )
            }),
        }
    }

    /// Text that every matching string starts with, if the pattern is anchored and says so.
    pub fn literal_prefix(&self) -> Option<&str> {
        self.prefix.as_deref()
    }
}

/// Compiles `pattern` with MongoDB's flags `i m s x`; other letters are ignored.
pub fn compile(pattern: &str, options: &str) -> Result<Pattern> {
    if pattern.len() > REGEX_BYTES_MAX {
        return Err(Error::mongo(BAD_VALUE, "Regular expression is too long"));
    }
    if pattern.contains('\0') || options.contains('\0') {
        return Err(Error::mongo(
            BAD_VALUE,
            "Regular expression cannot contain an embedded null byte",
        ));
    }
    let Translation { text, backtracks, prefix } =
        translate(pattern, options).map_err(|reason| invalid(&reason))?;
    let engine = if backtracks { backtracking(&text)? } else { linear(&text)? };
    Ok(Pattern { engine: Arc::new(engine), prefix: prefix.map(String::into_boxed_str) })
}

fn linear(text: &str) -> Result<Engine> {
    ::regex::RegexBuilder::new(text)
        .size_limit(REGEX_COMPILED_BYTES_MAX)
        .build()
        .map(Engine::Linear)
        .map_err(|error| match error {
            ::regex::Error::CompiledTooBig(_) => invalid("regular expression is too large"),
            error => invalid(last_line(&error.to_string())),
        })
}

fn backtracking(text: &str) -> Result<Engine> {
    let mut builder = fancy_regex::RegexBuilder::new(text);
    builder.backtrack_limit(REGEX_STEPS_MAX).delegate_size_limit(REGEX_COMPILED_BYTES_MAX);
    builder
        .build()
        .map(Engine::Backtracking)
        .map_err(|error| invalid(last_line(&error.to_string())))
}

/// The engines print the pattern first and the reason last.
fn last_line(text: &str) -> &str {
    let line = text.trim_end().rsplit('\n').next().unwrap_or(text);
    line.strip_prefix("error: ").unwrap_or(line)
}

fn invalid(reason: &str) -> Error {
    Error::mongo(INVALID_REGEX, format!("Regular expression is invalid: {reason}"))
}

/// A regular expression as a condition: strings that match, and equal regular expressions.
#[derive(Debug)]
pub(super) struct RegexTest {
    pattern: Pattern,
    source: Box<str>,
    options: Box<str>,
}

impl RegexTest {
    /// Reads `$regex` and `$options` of a field's operators.
    pub(super) fn parse(operators: &Document) -> Result<Self> {
        let (mut source, mut options) = ("", "");
        // Of two sets of options the later one counts.
        for (key, value) in operators {
            match (key.as_str(), value) {
                ("$regex", Bson::String(pattern)) => source = pattern,
                ("$regex", Bson::RegularExpression(regex)) => {
                    source = regex.pattern.as_str();
                    options = regex.options.as_str();
                }
                ("$regex", _) => return Err(Error::mongo(BAD_VALUE, "$regex has to be a string")),
                ("$options", Bson::String(flags)) => options = flags,
                ("$options", _) => {
                    return Err(Error::mongo(BAD_VALUE, "$options has to be a string"));
                }
                _ => {}
            }
        }
        Self::new(source, options)
    }

    pub(super) fn from_value(regex: &bson::Regex) -> Result<Self> {
        Self::new(regex.pattern.as_str(), regex.options.as_str())
    }

    fn new(source: &str, options: &str) -> Result<Self> {
        let pattern = compile(source, options)?;
        Ok(Self { pattern, source: source.into(), options: options.into() })
    }

    pub(super) fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    pub(super) fn matches(&self, value: Option<RawValue<'_>>) -> Result<bool> {
        match value {
            Some(RawValue::String(text) | RawValue::Symbol(text)) => self.pattern.is_match(text),
            Some(RawValue::Regex { pattern, options }) => {
                Ok(*pattern == *self.source && *options == *self.options)
            }
            _ => Ok(false),
        }
    }
}

#[cfg(test)]
mod tests;
