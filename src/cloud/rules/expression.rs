//! What a rule says, parsed.

use std::collections::BTreeSet;

use crate::value::Bson;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expression {
    Literal(Bson),
    /// `auth`, `doc`, `request`, `resource`, `now` or a name that means nothing.
    Variable(String),
    Member(Box<Expression>, String),
    Index(Box<Expression>, Box<Expression>),
    List(Vec<Expression>),
    /// A text with `${..}` in it.
    Template(Vec<Expression>),
    Not(Box<Expression>),
    Negative(Box<Expression>),
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    Compare(Comparison, Box<Expression>, Box<Expression>),
    In(Box<Expression>, Box<Expression>),
    /// `get(..)`: a document of the database.
    Get(Box<Expression>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Expression {
    /// `doc.a.b` as the path `a.b`; `None` for anything else.
    pub(super) fn doc_path(&self) -> Option<String> {
        let mut segments = Vec::new();
        let mut at = self;
        loop {
            match at {
                Self::Member(inner, name) => {
                    segments.push(name.as_str());
                    at = inner;
                }
                Self::Index(inner, index) => {
                    let Self::Literal(Bson::String(name)) = index.as_ref() else { return None };
                    segments.push(name);
                    at = inner;
                }
                Self::Variable(name) if name == "doc" && !segments.is_empty() => break,
                _ => return None,
            }
        }
        segments.reverse();
        Some(segments.join("."))
    }

    /// Every path of `doc` that the rule reads.
    pub(super) fn doc_fields(&self) -> BTreeSet<String> {
        let mut fields = BTreeSet::new();
        self.collect_doc_fields(&mut fields);
        fields
    }

    // The parser bounds the depth.
    fn collect_doc_fields(&self, fields: &mut BTreeSet<String>) {
        if let Some(path) = self.doc_path() {
            fields.insert(path);
            return;
        }
        match self {
            Self::Literal(_) | Self::Variable(_) => {}
            Self::Member(inner, _)
            | Self::Not(inner)
            | Self::Negative(inner)
            | Self::Get(inner) => {
                inner.collect_doc_fields(fields);
            }
            Self::List(items) | Self::Template(items) => {
                for item in items {
                    item.collect_doc_fields(fields);
                }
            }
            Self::Index(left, right)
            | Self::And(left, right)
            | Self::Or(left, right)
            | Self::Compare(_, left, right)
            | Self::In(left, right) => {
                left.collect_doc_fields(fields);
                right.collect_doc_fields(fields);
            }
        }
    }
}
