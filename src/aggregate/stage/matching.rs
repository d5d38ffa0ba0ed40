//! `$match`: the documents that a filter matches.

use crate::aggregate::context::StageContext;
use crate::aggregate::operator::Downstream;
use crate::aggregate::operator::Flow;
use crate::aggregate::operator::MORE;
use crate::aggregate::operator::Operator;
use crate::error::Error;
use crate::error::Result;
use crate::query::Filter;
use crate::value::Bson;
use crate::value::Document;
use crate::value::RawDoc;

#[derive(Debug)]
pub(crate) struct Match {
    filter: Filter,
}

impl Match {
    pub fn parse(value: &Bson, context: &StageContext) -> Result<Self> {
        let Bson::Document(filter) = value else {
            return Err(Error::mongo(15959, "the match filter must be an expression in an object"));
        };
        parse_filter(filter, context).map(|filter| Self { filter })
    }

    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    pub fn operator<'p>(&'p self) -> Box<dyn Operator + 'p> {
        Box::new(Matching { filter: &self.filter })
    }
}

/// Parses a filter for use inside a pipeline, where nothing may ask for an order by distance.
pub(crate) fn parse_filter(filter: &Document, context: &StageContext) -> Result<Filter> {
    check_operators(filter)?;
    context.filter(filter)
}

fn check_operators(filter: &Document) -> Result<()> {
    for (key, value) in filter {
        match key.as_str() {
            "$near" | "$nearSphere" | "$geoNear" => {
                return Err(Error::mongo(
                    2,
                    "$geoNear, $near, and $nearSphere are not allowed in this context",
                ));
            }
            "$where" => return Err(Error::mongo(2, "$where is not allowed in this context")),
            // What follows is a value or an expression, not a filter.
            "$expr" | "$eq" | "$ne" | "$in" | "$nin" => {}
            _ => check_value(value)?,
        }
    }
    Ok(())
}

fn check_value(value: &Bson) -> Result<()> {
    match value {
        Bson::Document(inner) => check_operators(inner),
        Bson::Array(items) => items.iter().try_for_each(check_value),
        _ => Ok(()),
    }
}

struct Matching<'p> {
    filter: &'p Filter,
}

impl Operator for Matching<'_> {
    fn push(&mut self, document: RawDoc<'_>, next: &mut Downstream<'_, '_>) -> Result<Flow> {
        if self.filter.matches(document)? { next.push(document) } else { Ok(MORE) }
    }
}
