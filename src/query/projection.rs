//! Projections: which fields of a document are returned.
//!
//! A projection is a tree of field names. Each level keeps or drops the fields that it does not
//! name, as the last named one of its kind decides, which is what MongoDB 4.0 does with paths
//! that overlap.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::query::BAD_VALUE;
use crate::query::context::ParseContext;
use crate::query::element::is_true;
use crate::query::filter::Filter;
use crate::query::node::Leaf;
use crate::query::number::{is_number, to_i32_truncated};
use crate::query::parse::{Parser, Place};
use crate::query::walk::{ARRAY, DOCUMENT, inner};
use crate::value::{Bson, Document, DocumentWriter, Element, FieldPath, RawDoc, shell_text};

/// A parsed projection.
#[derive(Debug, Clone)]
pub struct Projection {
    root: Level,
    includes_id: bool,
    element_matches: Vec<(Box<str>, Arc<Leaf>)>,
    /// The array of a positional projection (`array.$`).
    positional: Option<FieldPath>,
}

/// What happens to the fields of one object.
#[derive(Debug, Clone)]
struct Level {
    /// Fields that are not named are kept.
    keeps_others: bool,
    fields: Vec<(Box<str>, Level)>,
    slice: Option<Slice>,
    /// The object cannot be copied or dropped whole: a slice may be inside.
    has_slice: bool,
}

#[derive(Debug, Clone, Copy)]
struct Slice {
    /// Elements left out; counted from the end when negative.
    skip: i64,
    limit: i64,
}

fn refuse<T>(text: impl Into<String>) -> Result<T> {
    Err(Error::mongo(BAD_VALUE, text))
}

impl Projection {
    pub fn parse(spec: &Document, context: &ParseContext<'_>) -> Result<Self> {
        let mut projection = Self {
            root: Level::new(),
            includes_id: true,
            element_matches: Vec::new(),
            positional: None,
        };
        let mut mode = None;
        for (key, value) in spec {
            match value {
                Bson::Document(operator) => projection.add_operator(key, operator, context)?,
                value if key == "_id" && !is_true(value) => projection.includes_id = false,
                value => {
                    let includes = is_true(value);
                    if *mode.get_or_insert(includes) != includes {
                        return refuse("Projection cannot have a mix of inclusion and exclusion.");
                    }
                    projection.add_field(key, includes)?;
                }
            }
        }
        Ok(projection)
    }

    fn add_field(&mut self, key: &str, includes: bool) -> Result<()> {
        let Some(array) = positional_array(key) else {
            self.root.add(FieldPath::parse(key)?.segments(), includes);
            return Ok(());
        };
        if !includes {
            return refuse("Cannot exclude array elements with the positional operator.");
        }
        if self.positional.is_some() {
            return refuse("Cannot specify more than one positional proj. per query.");
        }
        if !self.element_matches.is_empty() {
            return refuse("Cannot specify positional operator and $elemMatch.");
        }
        let array = FieldPath::parse(array)?;
        self.root.add(array.segments(), true);
        self.positional = Some(array);
        Ok(())
    }

    fn add_operator(
        &mut self,
        key: &str,
        operator: &Document,
        context: &ParseContext<'_>,
    ) -> Result<()> {
        if operator.len() > 1 {
            let text = shell_text(&Bson::Document(operator.clone()));
            return refuse(format!(">1 field in obj: {text}"));
        }
        match operator.iter().next() {
            Some((name, operand)) if name == "$slice" => {
                let slice = Slice::parse(operand)?;
                self.root.add_slice(FieldPath::parse(key)?.segments(), slice);
                Ok(())
            }
            Some((name, operand)) if name == "$elemMatch" => {
                self.add_element_match(key, operand, context)
            }
            _ => {
                let text = shell_text(&Bson::Document(operator.clone()));
                refuse(format!("Unsupported projection option: {key}: {text}"))
            }
        }
    }

    fn add_element_match(
        &mut self,
        key: &str,
        operand: &Bson,
        context: &ParseContext<'_>,
    ) -> Result<()> {
        if !matches!(operand, Bson::Document(_)) {
            return refuse("elemMatch: Invalid argument, object required.");
        }
        if self.positional.is_some() {
            return refuse("Cannot specify positional operator and $elemMatch.");
        }
        if key.contains('.') {
            return refuse("Cannot use $elemMatch projection on a nested field.");
        }
        let leaf = Parser::new(context).element_match(operand, Place::ELEMENT)?;
        self.element_matches.push((key.into(), Arc::new(leaf)));
        self.root.add(FieldPath::parse(key)?.segments(), true);
        Ok(())
    }

    /// Whether [`apply_for`](Self::apply_for) is needed: the projection asks for the element that
    /// the filter matched.
    pub fn is_positional(&self) -> bool {
        self.positional.is_some()
    }

    /// The projected document's bytes. Fields keep the document's order.
    pub fn apply(&self, document: RawDoc<'_>) -> Result<Vec<u8>> {
        if self.positional.is_some() {
            return refuse("Positional operator does not match the query specifier.");
        }
        self.write(document)
    }

    /// As [`apply`](Self::apply) for a document that `filter` matched.
    pub fn apply_for(&self, document: RawDoc<'_>, filter: &Filter) -> Result<Vec<u8>> {
        let Some(array) = &self.positional else { return self.write(document) };
        let Some(index) = filter.positional_index(document, array)? else {
            return refuse("Positional operator does not match the query specifier.");
        };
        let mut positioned = self.clone();
        let skip = i64::try_from(index).unwrap_or(i64::MAX);
        positioned.root.add_slice(array.segments(), Slice { skip, limit: 1 });
        positioned.write(document)
    }

    fn write(&self, document: RawDoc<'_>) -> Result<Vec<u8>> {
        let mut writer = DocumentWriter::with_capacity(document.as_bytes().len());
        for element in document.elements() {
            if element.key_bytes() == b"_id" {
                if self.includes_id {
                    copy(&mut writer, element.key(), element);
                }
                continue;
            }
            let element_match =
                self.element_matches.iter().find(|(key, _)| key.as_bytes() == element.key_bytes());
            match element_match {
                None => self.root.write_field(&mut writer, element),
                Some((_, leaf)) if element.kind_byte() == ARRAY => {
                    if let Some(item) = leaf.first_element(inner(element))? {
                        writer.open_array(element.key());
                        copy(&mut writer, "0", item);
                        writer.close();
                    }
                }
                Some(_) => {}
            }
        }
        Ok(writer.finish())
    }
}

/// The array of `array.$` or `array.$.field`.
fn positional_array(key: &str) -> Option<&str> {
    key.strip_suffix(".$").or_else(|| key.split_once(".$.").map(|(array, _)| array))
}

impl Slice {
    fn parse(operand: &Bson) -> Result<Self> {
        match operand {
            number if is_number(number) => {
                let count = i64::from(to_i32_truncated(number));
                Ok(if count < 0 {
                    Self { skip: count, limit: -count }
                } else {
                    Self { skip: 0, limit: count }
                })
            }
            Bson::Array(items) => {
                let [skip, limit] = items.as_slice() else {
                    return refuse("$slice array wrong size");
                };
                let limit = i64::from(to_i32_truncated(limit));
                if limit <= 0 {
                    return refuse("$slice limit must be positive");
                }
                Ok(Self { skip: i64::from(to_i32_truncated(skip)), limit })
            }
            _ => refuse("$slice only supports numbers and [skip, limit] arrays"),
        }
    }

    /// How many elements of an array of `length` are skipped, and how many are taken.
    fn range(self, length: usize) -> (usize, usize) {
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        let skip = if self.skip < 0 { (self.skip + length).max(0) } else { self.skip };
        (usize::try_from(skip).unwrap_or(0), usize::try_from(self.limit).unwrap_or(0))
    }
}

impl Level {
    fn new() -> Self {
        Self { keeps_others: true, fields: Vec::new(), slice: None, has_slice: false }
    }

    fn child(&mut self, name: &str) -> &mut Self {
        let index = self.fields.iter().position(|(other, _)| **other == *name);
        let index = index.unwrap_or_else(|| {
            self.fields.push((name.into(), Self::new()));
            self.fields.len() - 1
        });
        &mut self.fields[index].1
    }

    fn add(&mut self, path: &[Box<str>], includes: bool) {
        match path.split_first() {
            None => self.keeps_others = includes,
            Some((first, rest)) => {
                self.keeps_others = !includes;
                self.child(first).add(rest, includes);
            }
        }
    }

    fn add_slice(&mut self, path: &[Box<str>], slice: Slice) {
        self.has_slice = true;
        match path.split_first() {
            None => self.slice = Some(slice),
            Some((first, rest)) => self.child(first).add_slice(rest, slice),
        }
    }

    /// Recursion follows the stored document, whose depth is limited.
    fn write_field(&self, writer: &mut DocumentWriter, element: Element<'_>) {
        let named = self.fields.iter().find(|(key, _)| key.as_bytes() == element.key_bytes());
        let Some((_, level)) = named else {
            if self.keeps_others {
                copy(writer, element.key(), element);
            }
            return;
        };
        let is_whole = level.fields.is_empty() && !level.has_slice;
        match element.kind_byte() {
            DOCUMENT if !is_whole => {
                writer.open_document(element.key());
                level.write_fields(writer, inner(element));
                writer.close();
            }
            ARRAY if !is_whole => {
                writer.open_array(element.key());
                level.write_items(writer, inner(element), level.slice);
                writer.close();
            }
            _ if level.keeps_others => copy(writer, element.key(), element),
            _ => {}
        }
    }

    fn write_fields(&self, writer: &mut DocumentWriter, object: RawDoc<'_>) {
        for element in object.elements() {
            self.write_field(writer, element);
        }
    }

    fn write_items(&self, writer: &mut DocumentWriter, array: RawDoc<'_>, slice: Option<Slice>) {
        let (skip, take) = slice.map_or((0, usize::MAX), |slice| slice.range(array.len()));
        let mut index = 0_usize;
        for item in array.elements().skip(skip).take(take) {
            let key = index.to_string();
            match item.kind_byte() {
                DOCUMENT => {
                    writer.open_document(&key);
                    self.write_fields(writer, inner(item));
                    writer.close();
                }
                ARRAY => {
                    writer.open_array(&key);
                    self.write_items(writer, inner(item), None);
                    writer.close();
                }
                _ if self.keeps_others => copy(writer, &key, item),
                _ => continue,
            }
            index += 1;
        }
    }
}

fn copy(writer: &mut DocumentWriter, key: &str, element: Element<'_>) {
    writer.append_encoded(key, element.kind_byte(), element.value_bytes());
}
