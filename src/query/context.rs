//! What a parser needs from outside this module.

use std::fmt::Debug;
use std::sync::Arc;

use crate::error::Result;
use crate::value::{Bson, RawDoc};

/// A condition on a whole document that this module cannot compile itself.
pub trait Predicate: Send + Sync + Debug {
    fn matches(&self, document: RawDoc<'_>) -> Result<bool>;
}

/// Compiles the operand of `$expr`.
pub trait ExpressionParser {
    fn parse_predicate(&self, expression: &Bson) -> Result<Arc<dyn Predicate>>;
}

/// What a filter may refer to. Without an expression parser `$expr` is refused.
#[derive(Default, Clone, Copy)]
pub struct ParseContext<'a> {
    pub expressions: Option<&'a dyn ExpressionParser>,
}
