//! What `$project` and `$addFields` have in common: a tree of fields that are kept, dropped or
//! computed, applied to a document's bytes.

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
    pub fields: Vec<(Box<str>, Rule)>,
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
    fn rule(&self, key: &[u8]) -> Option<&Rule> {
        self.fields.iter().find(|(name, _)| name.as_bytes() == key).map(|(_, rule)| rule)
    }

    /// Puts a rule at a path. The paths of one specification do not conflict.
    pub fn insert(&mut self, path: &[Box<str>], rule: Rule) {
        let Some((name, rest)) = path.split_first() else { return };
        self.has_computed |= matches!(rule, Rule::Compute(_));
        if rest.is_empty() {
            self.fields.push((name.clone(), rule));
            return;
        }
        let at = self.fields.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
            self.fields.push((name.clone(), Rule::Nested(Self::default())));
            self.fields.len() - 1
        });
        if let Some((_, Rule::Nested(inner))) = self.fields.get_mut(at) {
            inner.insert(rest, rule);
        }
    }
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
        for element in document.elements() {
            match (node.rule(element.key_bytes()), self.mode) {
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
        for (name, rule) in &node.fields {
            match rule {
                Rule::Compute(expression)
                    if self.mode == Mode::Include || document.get(name).is_none() =>
                {
                    self.computed(name, expression)?;
                }
                Rule::Nested(inner) if inner.has_computed && !self.is_written(document, name) => {
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
    fn is_written(&self, document: RawDoc<'_>, name: &str) -> bool {
        match document.get(name) {
            None => false,
            Some(RawValue::Document(_) | RawValue::Array(_)) => true,
            Some(_) => self.mode != Mode::Include,
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
