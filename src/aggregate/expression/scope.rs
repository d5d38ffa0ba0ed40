//! The names an expression may use while it is parsed.

use std::collections::HashMap;

use crate::error::{Error, Result};
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
    let starts_well = |byte: u8| byte.is_ascii_lowercase() || !byte.is_ascii();
    check_name(name, (16866, 16867, 16868), starts_well, "a lowercase letter")
}

fn check_name_for_read(name: &str) -> Result<()> {
    let starts_well = |byte: u8| byte.is_ascii_alphabetic() || !byte.is_ascii();
    check_name(name, (16869, 16870, 16871), starts_well, "a letter")
}

fn check_name(
    name: &str,
    (empty, first, other): (i32, i32, i32),
    starts_well: impl Fn(u8) -> bool,
    start: &str,
) -> Result<()> {
    let Some(&first_byte) = name.as_bytes().first() else {
        return Err(Error::mongo(empty, "empty variable names are not allowed"));
    };
    if !starts_well(first_byte) {
        return Err(Error::mongo(
            first,
            format!("'{name}' starts with an invalid character for a user variable name: {start}"),
        ));
    }
    match name.chars().find(|&c| c.is_ascii() && !c.is_ascii_alphanumeric() && c != '_') {
        Some(bad) => Err(Error::mongo(
            other,
            format!("'{name}' contains an invalid character for a variable name: '{bad}'"),
        )),
        None => Ok(()),
    }
}
