//! What a stage may refer to while it is parsed.

use std::fmt;
use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::RwLock;

use crate::aggregate::expression::Expression;
use crate::aggregate::expression::Scope;
use crate::aggregate::variables::Variables;
use crate::error::Error;
use crate::error::Result;
use crate::query::ExpressionParser;
use crate::query::Filter;
use crate::query::ParseContext;
use crate::query::Predicate;
use crate::value::Bson;
use crate::value::Document;
use crate::value::RawDoc;

/// MongoDB's limit on `$lookup` inside `$lookup`.
pub(crate) const SUB_PIPELINE_DEPTH_MAX: usize = 20;

/// Values of the variables that the `$expr` conditions of one pipeline read.
///
/// A filter is applied by the database, which knows no variables: whoever runs a pipeline for a
/// document sets them here first.
#[derive(Default)]
pub(crate) struct Bindings(RwLock<Arc<Vec<Option<Bson>>>>);

impl Bindings {
    pub fn set(&self, values: Vec<Option<Bson>>) -> Arc<Vec<Option<Bson>>> {
        let values = Arc::new(values);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&values);
        values
    }

    fn get(&self) -> Arc<Vec<Option<Bson>>> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for Bindings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Bindings")
    }
}

/// Where the stage being parsed stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Top,
    Lookup,
    Facet,
}

/// What the parser of a stage is given.
#[derive(Debug, Clone)]
pub(crate) struct StageContext {
    pub scope: Scope,
    pub bindings: Arc<Bindings>,
    pub place: Place,
    /// `$lookup` stages around this one.
    pub depth: usize,
}

impl StageContext {
    pub fn top() -> Self {
        Self {
            scope: Scope::new(),
            bindings: Arc::new(Bindings::default()),
            place: Place::Top,
            depth: 0,
        }
    }

    /// The context of a sub-pipeline of `$lookup` with the variables of `scope`.
    pub fn for_lookup(&self, scope: Scope) -> Result<Self> {
        let depth = self.depth + 1;
        if depth > SUB_PIPELINE_DEPTH_MAX {
            return Err(Error::mongo(
                232,
                format!(
                    "Maximum number of nested $lookup sub-pipelines exceeded. Limit is \
                     {SUB_PIPELINE_DEPTH_MAX}"
                ),
            ));
        }
        Ok(Self { scope, bindings: Arc::default(), place: Place::Lookup, depth })
    }

    pub fn for_facet(&self) -> Self {
        Self { place: Place::Facet, ..self.clone() }
    }

    pub fn expression(&self, value: &Bson) -> Result<Expression> {
        Expression::parse(value, &self.scope)
    }

    /// Parses a filter whose `$expr` may read the variables in scope.
    pub fn filter(&self, filter: &Document) -> Result<Filter> {
        Filter::parse(filter, &ParseContext { expressions: Some(self) })
    }
}

impl ExpressionParser for StageContext {
    fn parse_predicate(&self, expression: &Bson) -> Result<Arc<dyn Predicate>> {
        let expression = Expression::parse(expression, &self.scope)?;
        let bindings = (self.scope.next_slot() > 0).then(|| Arc::clone(&self.bindings));
        Ok(Arc::new(Condition { expression, bindings }))
    }
}

/// `$expr` in a filter.
#[derive(Debug)]
struct Condition {
    expression: Expression,
    /// None where no variables are in scope.
    bindings: Option<Arc<Bindings>>,
}

impl Predicate for Condition {
    fn matches(&self, document: RawDoc<'_>) -> Result<bool> {
        let Some(bindings) = &self.bindings else {
            let variables = Variables::for_raw(document);
            let value = self.expression.operand(&variables)?;
            return Ok(Expression::truthy(value.as_deref()));
        };
        let values = bindings.get();
        let variables = Variables::for_raw(document).with_values(&values);
        let value = self.expression.operand(&variables)?;
        Ok(Expression::truthy(value.as_deref()))
    }
}

/// Compiles `$expr` for filters outside of pipelines.
#[derive(Debug, Default, Clone, Copy)]
pub struct ExpressionCompiler;

impl ExpressionParser for ExpressionCompiler {
    fn parse_predicate(&self, expression: &Bson) -> Result<Arc<dyn Predicate>> {
        StageContext::top().parse_predicate(expression)
    }
}
