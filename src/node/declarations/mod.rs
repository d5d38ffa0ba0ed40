//! The TypeScript declarations, as tables: a row is a member's declaration and its documentation.
//!
//! The tables stand beside those of `surface`; `__test__/types.spec.cjs` compares what they declare
//! with the runtime's objects, member by member. Names and shapes are those of the official
//! `index.d.ts`, so that programs written against it compile; what that file forgets is added.

mod aggregate;
mod client;
mod cloud;
mod command;
mod database;
mod geo;
mod operators;
mod results;
mod runners;
mod services;

use std::fmt::Write as _;

use crate::node::surface::testing;

/// A member: its declaration as TypeScript has it, and what users read about it.
pub type Row = (&'static str, &'static str);

/// A top-level declaration, or one of a namespace.
pub struct Block {
    /// All before the members: `export class Query<T>`; with no members, the whole declaration.
    head: &'static str,
    doc: &'static str,
    rows: &'static [Row],
}

/// A class, interface or enumeration.
const fn block(head: &'static str, doc: &'static str, rows: &'static [Row]) -> Block {
    Block { head, doc, rows }
}

/// A function, constant or alias.
const fn line(head: &'static str, doc: &'static str) -> Block {
    Block { head, doc, rows: &[] }
}

const COLUMNS_MAX: usize = 100;

const NOTICE: &str =
    "// Generated from the tables in `src/node/declarations`; `npm run build` writes it.\n";

/// Every declaration file of the package with its text.
pub fn files() -> [(&'static str, String); 6] {
    [
        ("index.d.ts", index()),
        ("client.d.ts", module("import type { DB, ICloud } from './index'\n", &[client::BLOCKS])),
        ("testing.d.ts", testing::declarations()),
        ("jest-preset.d.ts", module("", &[runners::JEST_PRESET])),
        // The entry is an ES module: its types are one too, or `import wx from` would not be
        // callable.
        ("vitest.d.mts", module("", &[runners::VITEST])),
        // For a resolution that knows no `exports` (`node10`) and so looks beside the entry's name.
        ("vitest.d.ts", module("", &[runners::VITEST])),
    ]
}

fn index() -> String {
    let mut text = module("import { ReadStream } from 'fs'\n", &[cloud::BLOCKS, services::BLOCKS]);
    namespace(
        &mut text,
        "ICloud",
        "Parameters and results of the cloud functions above.",
        &[cloud::TYPES],
    );
    for (name, blocks) in services::NAMESPACES {
        namespace(&mut text, name, "Contexts of services; types only.", &[blocks]);
    }
    namespace(
        &mut text,
        "DB",
        "The database: collections, queries, commands, geometries and results.\n\n\
         These are types. At runtime the classes are reached through `cloud.database()`.",
        &[
            database::BLOCKS,
            aggregate::BLOCKS,
            command::BLOCKS,
            operators::BLOCKS,
            geo::BLOCKS,
            results::BLOCKS,
        ],
    );
    text
}

fn module(head: &str, groups: &[&[Block]]) -> String {
    let mut text = format!("{NOTICE}{head}");
    for block in groups.iter().copied().flatten() {
        text.push('\n');
        render(&mut text, block, 0);
    }
    text
}

fn namespace(text: &mut String, name: &str, doc: &str, groups: &[&[Block]]) {
    text.push('\n');
    comment(text, doc, 0);
    let _ = writeln!(text, "export namespace {name} {{");
    for (index, block) in groups.iter().copied().flatten().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        render(text, block, 2);
    }
    text.push_str("}\n");
}

fn render(text: &mut String, block: &Block, indent: usize) {
    let margin = " ".repeat(indent);
    comment(text, block.doc, indent);
    if block.rows.is_empty() {
        let _ = writeln!(text, "{margin}{}", block.head);
        return;
    }
    let _ = writeln!(text, "{margin}{} {{", block.head);
    for (declaration, doc) in block.rows {
        comment(text, doc, indent + 2);
        let _ = writeln!(text, "{margin}  {declaration}");
    }
    let _ = writeln!(text, "{margin}}}");
}

/// A documentation comment: paragraphs are filled, code between fences is kept as it stands.
fn comment(text: &mut String, doc: &str, indent: usize) {
    if doc.is_empty() {
        return;
    }
    let margin = " ".repeat(indent);
    let lines = filled(doc, COLUMNS_MAX - indent - 3);
    if let [only] = lines.as_slice()
        && only.len() + indent + 7 <= COLUMNS_MAX
    {
        let _ = writeln!(text, "{margin}/** {only} */");
        return;
    }
    let _ = writeln!(text, "{margin}/**");
    for line in lines {
        text.push_str(format!("{margin} * {line}").trim_end());
        text.push('\n');
    }
    let _ = writeln!(text, "{margin} */");
}

fn filled(doc: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut is_code = false;
    for paragraph in doc.lines() {
        let is_fence = paragraph.starts_with("```");
        is_code ^= is_fence;
        if is_code || is_fence || paragraph.is_empty() {
            lines.push(paragraph.to_owned());
            continue;
        }
        let mut line = String::new();
        for word in paragraph.split(' ') {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests;
