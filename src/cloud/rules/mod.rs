//! Permissions of what clients may do: the four simple settings and security rules.
//!
//! A rule is decided without looking at stored documents, as the service does: a query passes when
//! every document it can match must satisfy the rule; what cannot be decided is refused. Server
//! code is never asked.

mod domain;
mod evaluate;
mod expression;
mod parse;
mod request;
mod services;

pub use request::{Asking, collection_of, permit};
pub use services::{check_file, check_invoke, check_rules};

use serde_json::{Map, Value};

use crate::cloud::rules::domain::{Domains, disjuncts};
use crate::cloud::rules::evaluate::Evaluation;
use crate::cloud::rules::expression::Expression;
use crate::cloud::rules::parse::parse_expression;
use crate::error::{Error, ErrorKind, Result};
use crate::limits::REQUEST_DEPTH_MAX;
use crate::value::{Bson, Document};

/// What a client wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Read,
    Create,
    Update,
    Delete,
}

/// What a client may do with a collection.
#[derive(Debug, Clone, PartialEq)]
pub enum Access {
    /// Everybody reads, the creator writes.
    ReadOnly,
    /// The creator reads and writes. What a new collection has.
    Private,
    /// Everybody reads, only server code writes.
    AdminWrite,
    /// Only server code reads and writes.
    AdminOnly,
    Custom(Rules),
}

/// How a permitted operation goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    AsAsked,
    /// The filter gets `_openid == caller`: other documents are as if they were not there.
    OwnOnly,
}

/// Security rules of one collection.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    read: Rule,
    write: Rule,
    create: Option<Rule>,
    update: Option<Rule>,
    delete: Option<Rule>,
}

#[derive(Debug, Clone, PartialEq)]
enum Rule {
    Always(bool),
    When(Box<Expression>),
}

/// The caller as rules see it: `auth`. Absent when nobody is logged in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Auth {
    pub openid: Option<String>,
    pub uid: Option<String>,
    pub login_type: Option<String>,
}

/// Fetches a document for `get()`: collection and `_id` to the document, if there is one.
pub type Fetch<'a> = dyn FnMut(&str, &str) -> Result<Option<Document>> + 'a;

/// What a rule is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    pub auth: Option<&'a Auth>,
    /// The filter of a read, update or delete.
    pub query: &'a Document,
    /// The new document, or the fields an update sets.
    pub input: Option<&'a Document>,
    /// Metadata of a file: `resource.openid`.
    pub resource: Option<&'a Document>,
    pub now_ms: i64,
}

impl Access {
    /// Reads a setting: one of the console's tags, or rules as a JSON object.
    pub fn parse(setting: &Value) -> Result<Self> {
        match setting {
            Value::String(tag) => match tag.as_str() {
                "READONLY" => Ok(Self::ReadOnly),
                "PRIVATE" => Ok(Self::Private),
                "ADMINWRITE" => Ok(Self::AdminWrite),
                "ADMINONLY" => Ok(Self::AdminOnly),
                _ => Err(invalid(format!(
                    "permission '{tag}' is none of READONLY, PRIVATE, ADMINWRITE, ADMINONLY"
                ))),
            },
            Value::Object(rules) => Rules::parse(rules).map(Self::Custom),
            _ => Err(invalid("a permission is a tag or an object of rules".into())),
        }
    }

    /// Decides an operation of a client.
    pub fn decide(
        &self,
        operation: Operation,
        subject: Subject<'_>,
        fetch: &mut Fetch<'_>,
    ) -> Result<Grant> {
        match (self, operation) {
            (Self::Custom(rules), _) => {
                rules.check(operation, subject, fetch).map(|()| Grant::AsAsked)
            }
            (Self::ReadOnly | Self::AdminWrite, Operation::Read)
            | (Self::ReadOnly | Self::Private, Operation::Create) => Ok(Grant::AsAsked),
            (Self::Private, _) | (Self::ReadOnly, Operation::Update | Operation::Delete) => {
                Ok(Grant::OwnOnly)
            }
            (Self::AdminOnly | Self::AdminWrite, _) => Err(denied()),
        }
    }
}

impl Rules {
    pub fn parse(rules: &Map<String, Value>) -> Result<Self> {
        const KEYS: [&str; 5] = ["read", "write", "create", "update", "delete"];
        if let Some(key) = rules.keys().find(|key| !KEYS.contains(&key.as_str())) {
            return Err(invalid(format!(
                "rules have no key '{key}'; they have {}",
                KEYS.join(", ")
            )));
        }
        let rule = |key: &str| rules.get(key).map(|rule| Rule::parse(key, rule)).transpose();
        Ok(Self {
            read: rule("read")?.unwrap_or(Rule::Always(false)),
            write: rule("write")?.unwrap_or(Rule::Always(false)),
            create: rule("create")?,
            update: rule("update")?,
            delete: rule("delete")?,
        })
    }

    /// Refuses what the rules do not provably allow.
    pub fn check(
        &self,
        operation: Operation,
        subject: Subject<'_>,
        fetch: &mut Fetch<'_>,
    ) -> Result<()> {
        let rule = match operation {
            Operation::Read => &self.read,
            Operation::Create => self.create.as_ref().unwrap_or(&self.write),
            Operation::Update => self.update.as_ref().unwrap_or(&self.write),
            Operation::Delete => self.delete.as_ref().unwrap_or(&self.write),
        };
        rule.check(operation, subject, fetch)
    }
}

impl Rule {
    fn parse(key: &str, rule: &Value) -> Result<Self> {
        match rule {
            Value::Bool(always) => Ok(Self::Always(*always)),
            Value::String(text) => parse_expression(text)
                .map(|expression| Self::When(Box::new(expression)))
                .map_err(|error| invalid(format!("rule '{key}': {error}"))),
            _ => Err(invalid(format!("rule '{key}' is neither a boolean nor an expression"))),
        }
    }

    fn check(
        &self,
        operation: Operation,
        subject: Subject<'_>,
        fetch: &mut Fetch<'_>,
    ) -> Result<()> {
        let expression = match self {
            Self::Always(true) => return Ok(()),
            Self::Always(false) => return Err(denied()),
            Self::When(expression) => expression,
        };
        // New documents are looked at themselves; of stored ones only the query is known.
        let cases = match operation {
            Operation::Create => vec![Domains::of_document(subject.input)],
            _ => disjuncts(subject.query).ok_or_else(denied)?,
        };
        let used = expression.doc_fields();
        for case in cases {
            for case in case.enumerate(&used).ok_or_else(denied)? {
                let mut evaluation = Evaluation::new(subject, &case, fetch);
                if !evaluation.holds(expression)? {
                    return Err(denied());
                }
            }
        }
        Ok(())
    }
}

/// Replaces the text `{openid}` by the caller's openid wherever it is a value, as the service does
/// in queries and data of clients.
pub fn substitute_openid(document: &mut Document, openid: &str) {
    substitute_document(document, openid, REQUEST_DEPTH_MAX);
}

fn substitute_document(document: &mut Document, openid: &str, depth: usize) {
    for (_, value) in document.iter_mut() {
        substitute_value(value, openid, depth);
    }
}

fn substitute_value(value: &mut Bson, openid: &str, depth: usize) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match value {
        Bson::String(text) if text == "{openid}" => openid.clone_into(text),
        Bson::Document(inner) => substitute_document(inner, openid, depth),
        Bson::Array(items) => {
            for item in items {
                substitute_value(item, openid, depth);
            }
        }
        _ => {}
    }
}

fn denied() -> Error {
    Error::new(ErrorKind::PermissionDenied, "Permission denied")
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidParam, message)
}

#[cfg(test)]
mod tests;
