//! The names an expression may use while it is parsed.

use std::collections::HashMap;

use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;

/// What a `$$name` stands for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Binding {
    /// The value numbered so in [`Variables`](crate::aggregate::variables::Variables).
    Slot(usize),
    Constant(Bson),
    Root,
    Current,
    /// `$$REMOVE`: always missing.
    Remove,
}

/// The variables visible to an expression.
#[derive(Debug, Clone)]
pub struct Scope {
    names: HashMap<Box<str>, Binding>,
    /// Where `CURRENT` is a user's variable, plain field paths read it.
    current: Option<usize>,
    slots: usize,
}

impl Default for Scope {
    fn default() -> Self {
        Self::new()
    }
}

impl Scope {
    /// `$$ROOT`, `$$CURRENT` and `$$REMOVE`.
    pub fn new() -> Self {
        let names = [
            ("ROOT".into(), Binding::Root),
            ("CURRENT".into(), Binding::Current),
            ("REMOVE".into(), Binding::Remove),
        ];
        Self { names: names.into(), current: None, slots: 0 }
    }

    /// A scope that also has `name` with the same value for every document.
    #[must_use]
    pub fn with_constant(mut self, name: &str, value: Bson) -> Self {
        self.names.insert(name.into(), Binding::Constant(value));
        self
    }

    /// Adds a variable and returns its number: the one after the variable declared before it.
    /// Names that a user may not give are refused.
    pub fn declare(&mut self, name: &str) -> Result<usize> {
        check_name_for_write(name)?;
        let slot = self.slots;
        self.slots += 1;
        self.names.insert(name.into(), Binding::Slot(slot));
        if name == "CURRENT" {
            self.current = Some(slot);
        }
        Ok(slot)
    }

    /// The number the next declared variable will get.
    pub fn next_slot(&self) -> usize {
        self.slots
    }

    pub(crate) fn current_slot(&self) -> Option<usize> {
        self.current
    }

    pub(crate) fn find(&self, name: &str) -> Result<&Binding> {
        check_name_for_read(name)?;
        self.names
            .get(name)
            .ok_or_else(|| Error::mongo(17276, format!("Use of undefined variable: {name}")))
    }
}

/// Refuses a name that a user may not give to a variable.
pub fn check_name_for_write(name: &str) -> Result<()> {
    if name == "CURRENT" {
        return Ok(());
    }
    let refusal = |code: i32, text: &str| Err(Error::mongo(code, text));
    match name.as_bytes() {
        [] => refusal(16866, "empty variable names are not allowed"),
        [b'a'..=b'z' | 0x80.., rest @ ..] => check_rest(name, rest, 16868),
        _ => {
            let problem = "starts with an invalid character for a user variable name";
            refusal(16867, &format!("'{name}' {problem}"))
        }
    }
}

fn check_name_for_read(name: &str) -> Result<()> {
    let refusal = |code: i32, text: &str| Err(Error::mongo(code, text));
    match name.as_bytes() {
        [] => refusal(16869, "empty variable names are not allowed"),
        [b'a'..=b'z' | b'A'..=b'Z' | 0x80.., rest @ ..] => check_rest(name, rest, 16871),
        _ => {
            let problem = "starts with an invalid character for a variable name";
            refusal(16870, &format!("'{name}' {problem}"))
        }
    }
}

fn check_rest(name: &str, rest: &[u8], code: i32) -> Result<()> {
    let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii();
    match rest.iter().find(|&&byte| !is_valid(byte)) {
        None => Ok(()),
        Some(&bad) => Err(Error::mongo(
            code,
            format!(
                "'{name}' contains an invalid character for a variable name: '{}'",
                char::from(bad)
            ),
        )),
    }
}
