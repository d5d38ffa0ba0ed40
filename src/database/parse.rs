//! Requests into parsed filters, projections and updates: server dates are resolved first.

use crate::aggregate::ExpressionCompiler;
use crate::database::server_date::resolve_document;
use crate::error::Result;
use crate::query::Filter;
use crate::query::ParseContext;
use crate::query::Projection;
use crate::update::Update;
use crate::value::Document;

pub fn filter(filter: &mut Document, now_ms: i64) -> Result<Filter> {
    resolve_document(filter, now_ms)?;
    Filter::parse(filter, &context())
}

pub fn projection(projection: &mut Document, now_ms: i64) -> Result<Projection> {
    resolve_document(projection, now_ms)?;
    Projection::parse(projection, &context())
}

pub fn update(update: &mut Document, now_ms: i64) -> Result<Update> {
    resolve_document(update, now_ms)?;
    Ok(Update::parse(update)?.with_now(now_ms))
}

fn context() -> ParseContext<'static> {
    ParseContext { expressions: Some(&ExpressionCompiler) }
}
