//! `$redact`: prunes a document level by level, as an expression decides for each of its objects.

use crate::aggregate::context::StageContext;
use crate::aggregate::expression::Expression;
use crate::aggregate::operator::Downstream;
use crate::aggregate::operator::Flow;
use crate::aggregate::operator::MORE;
use crate::aggregate::operator::Operator;
use crate::aggregate::operator::Run;
use crate::aggregate::output::Output;
use crate::aggregate::text::optional_text;
use crate::aggregate::variables::Root;
use crate::aggregate::variables::Variables;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;
use crate::value::Document;
use crate::value::RawDoc;
use crate::value::to_document;

/// What the variables of the stage stand for, as in MongoDB.
const DESCEND: &str = "descend";
const KEEP: &str = "keep";
const PRUNE: &str = "prune";

#[derive(Debug)]
pub(crate) struct Redact {
    expression: Expression,
}

impl Redact {
    pub fn parse(value: &Bson, context: &StageContext) -> Result<Self> {
        let scope = context
            .scope
            .clone()
            .with_constant("DESCEND", Bson::String(DESCEND.into()))
            .with_constant("KEEP", Bson::String(KEEP.into()))
            .with_constant("PRUNE", Bson::String(PRUNE.into()));
        Ok(Self { expression: Expression::parse(value, &scope)? })
    }

    pub fn operator<'p>(&'p self, run: Run<'p>) -> Box<dyn Operator + 'p> {
        Box::new(Redacting { expression: &self.expression, out: Output::default(), run })
    }
}

struct Redacting<'p> {
    expression: &'p Expression,
    out: Output,
    run: Run<'p>,
}

impl Operator for Redacting<'_> {
    fn push(&mut self, document: RawDoc<'_>, next: &mut Downstream<'_, '_>) -> Result<Flow> {
        let root = to_document(document);
        let Some(kept) = self.object(&root, &root)? else { return Ok(MORE) };
        self.out.begin();
        for (key, value) in &kept {
            self.out.value(key, value);
        }
        next.push(self.out.end())
    }
}

impl Redacting<'_> {
    /// What is left of an object; None when it is pruned. Recurses as deep as documents nest.
    fn object(&self, current: &Document, root: &Document) -> Result<Option<Document>> {
        let variables = Variables::for_root(Root::Document(root))
            .with_values(self.run.values)
            .with_current(current);
        let decision = self.expression.evaluate(&variables)?;
        match decision.as_ref().and_then(Bson::as_str) {
            Some(KEEP) => Ok(Some(current.clone())),
            Some(PRUNE) => Ok(None),
            Some(DESCEND) => {
                let mut kept = Document::new();
                for (key, value) in current {
                    if let Some(value) = self.value(value, root)? {
                        kept.insert(key.clone(), value);
                    }
                }
                Ok(Some(kept))
            }
            _ => Err(Error::mongo(
                17053,
                format!(
                    "$redact's expression should not return anything aside from the variables \
                     $$KEEP, $$DESCEND, and $$PRUNE, but returned {}",
                    optional_text(decision.as_ref())
                ),
            )),
        }
    }

    fn value(&self, value: &Bson, root: &Document) -> Result<Option<Bson>> {
        Ok(match value {
            Bson::Document(inner) => self.object(inner, root)?.map(Bson::Document),
            Bson::Array(items) => {
                let mut kept = Vec::with_capacity(items.len());
                for item in items {
                    kept.extend(self.value(item, root)?);
                }
                Some(Bson::Array(kept))
            }
            value => Some(value.clone()),
        })
    }
}
