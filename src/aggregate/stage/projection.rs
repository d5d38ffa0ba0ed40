//! What `$project` and `$addFields` have in common: a tree of fields that are kept, dropped or
//! computed, applied to a document's bytes.

use hashbrown::HashMap;

use crate::aggregate::expression::Expression;
use crate::aggregate::operator::Downstream;
use crate::aggregate::operator::Flow;
use crate::aggregate::operator::Operator;
use crate::aggregate::operator::Run;
use crate::aggregate::output::Output;
use crate::aggregate::output::check_depth;
use crate::aggregate::variables::Variables;
use crate::error::Result;
use crate::value::RawDoc;
use crate::value::RawValue;

/// Deepest nesting of a document between stages: MongoDB's limit on any BSON.
const DEPTH_MAX: usize = 200;

/// So many fields are found sooner by looking at each than by a hash.
const LOOKED_THROUGH_MAX: usize = 16;

#[derive(Debug)]
pub(crate) struct Projection {
    pub mode: Mode,
    pub root: Node,
}

/// What happens to the fields that the tree does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// `$project` with fields to keep or compute: they are dropped.
    Include,
    /// `$project` with fields to drop: they are kept.
    Exclude,
    /// `$addFields`: they are kept.
    Add,
}

/// The fields of one level, in the order of the specification.
#[derive(Debug, Default)]
pub(crate) struct Node {
    fields: Vec<(Box<str>, Rule)>,
    /// Where each stands, if there are many.
    places: HashMap<Box<[u8]>, usize>,
    pub has_computed: bool,
}

#[derive(Debug)]
pub(crate) enum Rule {
    Include,
    Exclude,
    Compute(Expression),
    Nested(Node),
}

impl Node {
    fn place(&self, key: &[u8]) -> Option<usize> {
        if self.fields.len() > LOOKED_THROUGH_MAX {
            return self.places.get(key).copied();
        }
        self.fields.iter().position(|(name, _)| name.as_bytes() == key)
    }

    /// Adds a field, which the level does not have yet.
    pub fn push(&mut self, name: Box<str>, rule: Rule) {
        self.fields.push((name, rule));
        let indexed = self.places.len();
        if self.fields.len() > LOOKED_THROUGH_MAX {
            for (place, (name, _)) in self.fields.iter().enumerate().skip(indexed) {
                self.places.insert(name.as_bytes().into(), place);
            }
        }
    }

    /// Puts a rule at a path. The paths of one specification do not conflict.
    pub fn insert(&mut self, path: &[Box<str>], rule: Rule) {
        let Some((name, rest)) = path.split_first() else { return };
        self.has_computed |= matches!(rule, Rule::Compute(_));
        if rest.is_empty() {
            return self.push(name.clone(), rule);
        }
        let place = self.place(name.as_bytes()).unwrap_or_else(|| {
            self.push(name.clone(), Rule::Nested(Self::default()));
            self.fields.len() - 1
        });
        if let Some((_, Rule::Nested(inner))) = self.fields.get_mut(place) {
            inner.insert(rest, rule);
        }
    }
}

/// What a document has where the rules of a level apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Nothing,
    /// An object or an array.
    Composite,
    Other,
}

impl Projection {
    pub fn operator<'p>(&'p self, run: Run<'p>) -> Box<dyn Operator + 'p> {
        Box::new(Projecting { stage: self, out: Output::default(), run })
    }
}

struct Projecting<'p> {
    stage: &'p Projection,
    out: Output,
    run: Run<'p>,
}

impl Operator for Projecting<'_> {
    fn push(&mut self, document: RawDoc<'_>, next: &mut Downstream<'_, '_>) -> Result<Flow> {
        let variables = self.run.variables(document);
        let mut writer =
            Writer { mode: self.stage.mode, variables: &variables, out: &mut self.out };
        writer.out.begin();
        writer.document(&self.stage.root, document)?;
        let projected = self.out.end();
        if self.stage.root.has_computed {
            check_depth(projected, DEPTH_MAX)?;
        }
        next.push(projected)
    }
}

struct Writer<'w> {
    mode: Mode,
    variables: &'w Variables<'w>,
    out: &'w mut Output,
}

impl Writer<'_> {
    /// Writes the fields of an object that the tree applies to, then those it adds.
    fn document(&mut self, node: &Node, document: RawDoc<'_>) -> Result<()> {
        let count = node.fields.len();
        let (mut few, mut many) = ([Found::Nothing; LOOKED_THROUGH_MAX], Vec::new());
        let found = if let Some(few) = few.get_mut(..count) {
            few
        } else {
            many.resize(count, Found::Nothing);
            many.as_mut_slice()
        };
        for element in document.elements() {
            let place = node.place(element.key_bytes());
            if let Some(place) = place {
                found[place] = match element.value() {
                    RawValue::Document(_) | RawValue::Array(_) => Found::Composite,
                    _ => Found::Other,
                };
            }
            match (place.map(|place| &node.fields[place].1), self.mode) {
                (None, Mode::Exclude | Mode::Add) | (Some(Rule::Include), _) => {
                    self.out.copy(&element);
                }
                // `$project` computes after it has kept what it keeps; `$addFields` in place.
                (None, Mode::Include)
                | (Some(Rule::Exclude), _)
                | (Some(Rule::Compute(_)), Mode::Include | Mode::Exclude) => {}
                (Some(Rule::Compute(expression)), Mode::Add) => {
                    self.computed(element.key(), expression)?;
                }
                (Some(Rule::Nested(inner)), _) => {
                    self.nested(element.key_bytes(), inner, element.value())?;
                }
            }
        }
        for ((name, rule), found) in node.fields.iter().zip(&*found) {
            match rule {
                Rule::Compute(expression)
                    if self.mode == Mode::Include || *found == Found::Nothing =>
                {
                    self.computed(name, expression)?;
                }
                Rule::Nested(inner) if inner.has_computed && !self.is_written(*found) => {
                    self.out.open_document(name.as_bytes());
                    self.only_computed(inner)?;
                    self.out.close();
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether [`nested`](Self::nested) wrote the field where it stands in the document.
    fn is_written(&self, found: Found) -> bool {
        match found {
            Found::Nothing => false,
            Found::Composite => true,
            Found::Other => self.mode != Mode::Include,
        }
    }

    fn nested(&mut self, key: &[u8], node: &Node, value: RawValue<'_>) -> Result<()> {
        match value {
            RawValue::Document(inner) => {
                self.out.open_document(key);
                self.document(node, inner)?;
                self.out.close();
            }
            RawValue::Array(items) => {
                self.out.open_array(key);
                self.items(node, items)?;
                self.out.close();
            }
            other => match self.mode {
                Mode::Exclude => self.out.raw(&String::from_utf8_lossy(key), other),
                Mode::Add => {
                    self.out.open_document(key);
                    self.only_computed(node)?;
                    self.out.close();
                }
                Mode::Include => {}
            },
        }
        Ok(())
    }

    fn items(&mut self, node: &Node, items: RawDoc<'_>) -> Result<()> {
        for item in items.elements() {
            match (item.value(), self.mode) {
                (RawValue::Document(inner), _) => {
                    self.out.open_item_document();
                    self.document(node, inner)?;
                    self.out.close();
                }
                (RawValue::Array(inner), _) => {
                    self.out.open_item_array();
                    self.items(node, inner)?;
                    self.out.close();
                }
                (_, Mode::Exclude) => {
                    self.out.item_encoded(item.kind_byte(), item.value_bytes());
                }
                (_, Mode::Include) if !node.has_computed => {}
                (_, Mode::Include | Mode::Add) => {
                    self.out.open_item_document();
                    self.only_computed(node)?;
                    self.out.close();
                }
            }
        }
        Ok(())
    }

    /// Writes what the tree adds to an object without fields.
    fn only_computed(&mut self, node: &Node) -> Result<()> {
        for (name, rule) in &node.fields {
            match rule {
                Rule::Compute(expression) => self.computed(name, expression)?,
                Rule::Nested(inner) if inner.has_computed => {
                    self.out.open_document(name.as_bytes());
                    self.only_computed(inner)?;
                    self.out.close();
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn computed(&mut self, name: &str, expression: &Expression) -> Result<()> {
        if let Some(value) = expression.operand(self.variables)? {
            self.out.value(name, &value);
        }
        Ok(())
    }
}
