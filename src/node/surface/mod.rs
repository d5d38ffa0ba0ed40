//! The JavaScript surface as tables: each row gives a member's name, parameters, native call and
//! TypeScript declaration, so that the runtime object and its types cannot drift.
//!
//! [`script`] renders the tables into one function body that is compiled once in each realm (a
//! test file of Jest has its own), so classes, results, errors and promises belong to the caller.
//! Bodies are trampolines: what a call means is decided in Rust.

mod aggregate;
mod cli;
pub mod client;
mod cloud;
mod collection;
mod command;
mod database;
mod geo;
mod instances;
pub mod output;
mod packed;
mod prelude;
pub mod register;
pub mod testing;
mod testing_source;
mod testing_types;
mod transaction;

use std::fmt::Write as _;

/// A class of the official package.
pub struct Class {
    pub name: &'static str,
    pub extends: Option<&'static str>,
    /// The constructor's parameters and statements.
    pub constructor: (&'static str, &'static str),
    pub members: &'static [Member],
}

/// A method, or with [`Member::getter`] an accessor.
pub struct Member {
    pub name: &'static str,
    /// Parameter list as written in JavaScript: it decides the function's `length`.
    pub parameters: &'static str,
    pub body: &'static str,
    pub getter: bool,
}

/// A method with its trampoline.
pub const fn method(name: &'static str, parameters: &'static str, body: &'static str) -> Member {
    Member { name, parameters, body, getter: false }
}

/// An accessor with its trampoline.
pub const fn getter(name: &'static str, body: &'static str) -> Member {
    Member { name, parameters: "", body, getter: true }
}

const CLASSES: &[&[Class]] = &[
    command::CLASSES,
    geo::CLASSES,
    aggregate::CLASSES,
    collection::CLASSES,
    transaction::CLASSES,
    database::CLASSES,
];

/// Who builds a surface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Whoever loads the package.
    Library,
    /// The program of the command line.
    Program,
    /// A thread of that program, in which a function runs.
    Instance,
}

/// The body of the function that builds the surface; its parameters are `native` and `host`.
pub fn script(role: Role) -> String {
    let mut source = String::with_capacity(32 * 1024);
    source.push_str("'use strict';\n");
    source.push_str(&packed::script());
    source.push_str(prelude::SOURCE);
    for class in CLASSES.iter().copied().flatten() {
        render_class(&mut source, class);
    }
    let cloud = cloud::SOURCE.to_owned();
    for part in [command::script(), geo::SOURCE.to_owned(), cloud, testing::script()] {
        source.push_str(&part);
        source.push('\n');
    }
    match role {
        Role::Library => {}
        Role::Program => {
            source.push_str(&instances::program());
            source.push_str(cli::SOURCE);
            source.push_str("host.createCli = createCli;\n");
        }
        Role::Instance => source.push_str(&instances::instance()),
    }
    source.push_str(
        "return { createCloud, createTesting, createClientModule, beginFile, makeError, build };\n",
    );
    source
}

fn render_class(source: &mut String, class: &Class) {
    let (parameters, statements) = class.constructor;
    let heritage = class.extends.map(|parent| format!(" extends {parent}")).unwrap_or_default();
    let _ = writeln!(source, "class {}{heritage} {{", class.name);
    if !statements.is_empty() {
        let _ = writeln!(source, "constructor({parameters}) {{ {statements} }}");
    }
    for member in class.members {
        let keyword = if member.getter { "get " } else { "" };
        let _ = writeln!(
            source,
            "{keyword}{}({}) {{ {} }}",
            member.name, member.parameters, member.body
        );
    }
    source.push_str("}\n");
}
