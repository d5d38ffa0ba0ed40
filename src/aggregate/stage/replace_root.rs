//! `$replaceRoot`: an object inside or computed from the document takes its place.

use crate::aggregate::context::StageContext;
use crate::aggregate::expression::Expression;
use crate::aggregate::field::compute;
use crate::aggregate::operator::Downstream;
use crate::aggregate::operator::Flow;
use crate::aggregate::operator::Operator;
use crate::aggregate::operator::Run;
use crate::aggregate::stage::type_name;
use crate::aggregate::text::document_text;
use crate::aggregate::text::optional_text;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;
use crate::value::RawDoc;
use crate::value::RawValue;
use crate::value::to_bson;
use crate::value::to_document;

#[derive(Debug)]
pub(crate) struct ReplaceRoot {
    new_root: Expression,
}

impl ReplaceRoot {
    pub fn parse(value: &Bson, context: &StageContext) -> Result<Self> {
        let Bson::Document(specification) = value else {
            return Err(Error::mongo(
                40229,
                format!(
                    "expected an object as specification for $replaceRoot stage, got {}",
                    type_name(value)
                ),
            ));
        };
        let mut new_root = None;
        for (option, value) in specification {
            if option != "newRoot" {
                return Err(Error::mongo(
                    40230,
                    format!(
                        "unrecognized option to $replaceRoot stage: {option}, only valid option is \
                         'newRoot'."
                    ),
                ));
            }
            new_root = Some(context.expression(value)?);
        }
        let new_root = new_root.ok_or_else(|| {
            Error::mongo(40231, "no newRoot specified for the $replaceRoot stage")
        })?;
        Ok(Self { new_root })
    }

    pub fn operator<'p>(&'p self, run: Run<'p>) -> Box<dyn Operator + 'p> {
        Box::new(Replacing { new_root: &self.new_root, run })
    }
}

struct Replacing<'p> {
    new_root: &'p Expression,
    run: Run<'p>,
}

impl Operator for Replacing<'_> {
    fn push(&mut self, document: RawDoc<'_>, next: &mut Downstream<'_, '_>) -> Result<Flow> {
        if let Some(path) = self.new_root.field_path()
            && let Some(RawValue::Document(inner)) =
                crate::aggregate::field::nested(document, path.segments())
        {
            return next.push(inner);
        }
        compute(self.new_root, document, &self.run, |value| match value {
            Some(RawValue::Document(inner)) => next.push(inner),
            value => Err(not_an_object(value, document)),
        })
    }
}

fn not_an_object(value: Option<RawValue<'_>>, document: RawDoc<'_>) -> Error {
    Error::mongo(
        40228,
        format!(
            "'newRoot' expression must evaluate to an object, but resulting value was: {}. Type of \
             resulting value: '{}'. Input document: {}",
            optional_text(value.map(to_bson).as_ref()),
            value.map_or("missing", |value| value.kind().name()),
            document_text(&to_document(document))
        ),
    )
}
