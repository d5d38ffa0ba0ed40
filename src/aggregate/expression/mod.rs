//! Aggregation expressions: `{$add: ["$a", 1]}`.
//!
//! [`Expression::parse`] reads one with the names of a [`Scope`]; [`Expression::evaluate`] gives its
//! value for the document of [`Variables`]. A missing value is `None`, and differs from null.

pub(crate) mod budget;
mod evaluate;
mod parse;
mod scope;

use std::fmt::Debug;
use std::sync::Arc;

use crate::aggregate::variables::Operand;
use crate::aggregate::variables::Variables;
use crate::error::Result;
use crate::value::Bson;
use crate::value::FieldPath;
use crate::value::Kind;
use crate::value::kind_of;

pub use scope::Scope;
pub use scope::check_name_for_write;

/// A parsed expression. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Expression {
    node: Arc<Node>,
}

#[derive(Debug)]
enum Node {
    /// `None` is `$$REMOVE`.
    Constant(Option<Bson>),
    /// `$a.b`, of the document at hand.
    Field(FieldPath),
    /// `$$ROOT`, `$$ROOT.a`.
    Root(Vec<Box<str>>),
    /// `$$CURRENT`.
    Current,
    Variable {
        slot: usize,
        path: Vec<Box<str>>,
    },
    Array(Vec<Expression>),
    Object(Vec<(Box<str>, Expression)>),
    /// An operator whose arguments are evaluated first.
    Call {
        function: Function,
        arguments: Vec<Expression>,
    },
    /// An operator that evaluates its arguments itself.
    Form(Box<dyn Form>),
}

/// What an operator does with its evaluated arguments. It may take them.
type Function = fn(&mut [Operand<'_>]) -> Result<Option<Bson>>;

/// An operator with arguments of its own grammar, or that does not evaluate all of them.
trait Form: Debug + Send + Sync {
    fn evaluate<'v>(&'v self, variables: &'v Variables<'v>) -> Result<Operand<'v>>;
}

impl Expression {
    /// Reads field paths, variables, literals, arrays, objects and operators.
    pub fn parse(value: &Bson, scope: &Scope) -> Result<Self> {
        parse::expression(value, scope)
    }

    /// The value for one document; `None` is missing.
    pub fn evaluate(&self, variables: &Variables<'_>) -> Result<Option<Bson>> {
        Ok(self.operand(variables)?.map(std::borrow::Cow::into_owned))
    }

    /// Like [`evaluate`](Self::evaluate), without copying what is there already.
    pub fn operand<'v>(&'v self, variables: &'v Variables<'v>) -> Result<Operand<'v>> {
        evaluate::node(&self.node, variables)
    }

    /// Whether the database takes a value for true: all but false, zero, null and missing.
    pub fn truthy(value: Option<&Bson>) -> bool {
        match value {
            None | Some(Bson::Null | Bson::Undefined) => false,
            Some(Bson::Boolean(flag)) => *flag,
            Some(Bson::Int32(number)) => *number != 0,
            Some(Bson::Int64(number)) => *number != 0,
            Some(Bson::Double(number)) => *number != 0.0,
            Some(value) if kind_of(value) == Kind::Decimal128 => {
                !crate::value::equal(value, &Bson::Int32(0))
            }
            Some(_) => true,
        }
    }

    /// The path of a plain `$a.b`, which a stage may read from a document's bytes itself.
    pub fn field_path(&self) -> Option<&FieldPath> {
        match &*self.node {
            Node::Field(path) => Some(path),
            _ => None,
        }
    }

    /// The value of an expression that is the same for every document.
    pub fn constant(&self) -> Option<&Bson> {
        match &*self.node {
            Node::Constant(value) => value.as_ref(),
            _ => None,
        }
    }

    fn new(node: Node) -> Self {
        Self { node: Arc::new(node) }
    }

    fn of_form(form: impl Form + 'static) -> Self {
        Self::new(Node::Form(Box::new(form)))
    }
}
