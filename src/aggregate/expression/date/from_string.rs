//! `$dateFromString`.

use std::borrow::Cow;

use crate::aggregate::expression::Expression;
use crate::aggregate::expression::Form;
use crate::aggregate::expression::Node;
use crate::aggregate::expression::arguments;
use crate::aggregate::expression::arguments::required;
use crate::aggregate::expression::date::CONVERSION_FAILURE;
use crate::aggregate::expression::date::format;
use crate::aggregate::expression::date::text;
use crate::aggregate::expression::date::text_format;
use crate::aggregate::expression::date::zone::Zone;
use crate::aggregate::expression::date::zone::ZoneArgument;
use crate::aggregate::expression::date::zone::not_a_text;
use crate::aggregate::expression::operand::as_text;
use crate::aggregate::expression::operand::is_nullish;
use crate::aggregate::expression::operand::quoted;
use crate::aggregate::expression::operand::type_name;
use crate::aggregate::expression::parse;
use crate::aggregate::expression::parse::folded;
use crate::aggregate::expression::scope::Scope;
use crate::aggregate::variables::Operand;
use crate::aggregate::variables::Variables;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;
use crate::value::kind_of;

#[derive(Debug)]
struct FromString {
    text: Expression,
    format: Option<Expression>,
    zone: ZoneArgument,
    on_null: Option<Expression>,
    on_error: Option<Expression>,
}

pub(in super::super) fn parse(_: &'static str, value: &Bson, scope: &Scope) -> Result<Expression> {
    let fields = arguments::named(value, 40540, |_| {
        let found = kind_of(value).name();
        format!("$dateFromString only supports an object as an argument, found: {found}")
    })?;
    let (mut text, mut format, mut zone) = (None, None, None);
    let (mut on_null, mut on_error) = (None, None);
    for (field, value) in fields {
        let part = match field.as_str() {
            "dateString" => &mut text,
            "format" => &mut format,
            "timezone" => &mut zone,
            "onNull" => &mut on_null,
            "onError" => &mut on_error,
            other => {
                let text = format!("Unrecognized argument to $dateFromString: {other}");
                return Err(Error::mongo(40541, text));
            }
        };
        *part = Some(parse::operand(value, scope)?);
    }
    let text = required(text, 40542, "Missing 'dateString' parameter to $dateFromString")?;
    let zone = ZoneArgument::new(zone);
    let optional = [&format, &on_null, &on_error];
    let constant = text.is_constant()
        && zone.is_constant()
        && optional.into_iter().flatten().all(Expression::is_constant);
    let form = FromString { text, format, zone, on_null, on_error };
    folded(Node::Form(Box::new(form)), constant)
}

impl Form for FromString {
    fn evaluate<'v>(&'v self, variables: &'v Variables<'v>) -> Result<Operand<'v>> {
        let null = || Ok(Some(Cow::Owned(Bson::Null)));
        let text = self.text.operand(variables)?;
        // A wrong format or zone is refused even where the text is null.
        let format = match &self.format {
            None => None,
            Some(format) => Some(checked_format(format.operand(variables)?)?),
        };
        let zone = self.zone.zone(variables, not_a_text)?;
        if is_nullish(&text) {
            return match &self.on_null {
                Some(on_null) => on_null.operand(variables),
                None => null(),
            };
        }
        match (read(&text, format.as_ref(), zone.as_ref()), &self.on_error) {
            (Ok(Some(ms)), _) => {
                Ok(Some(Cow::Owned(Bson::DateTime(bson::DateTime::from_millis(ms)))))
            }
            (Ok(None), _) => null(),
            (Err(error), Some(on_error)) if error.mongo_code() == CONVERSION_FAILURE => {
                on_error.operand(variables)
            }
            (Err(error), _) => Err(error),
        }
    }
}

fn checked_format(format: Operand<'_>) -> Result<Operand<'_>> {
    match as_text(&format) {
        Some(text) => format::check_read(text)?,
        None if is_nullish(&format) => {}
        None => {
            let (found, quoted) = (type_name(&format), quoted(&format));
            let text = "$dateFromString requires that 'format' be a string, found:";
            return Err(Error::mongo(40684, format!("{text} {found} with value {quoted}")));
        }
    }
    Ok(format)
}

/// The time that a text names; `None` where the zone or the format is null.
fn read(
    text: &Operand<'_>,
    format: Option<&Operand<'_>>,
    zone: Option<&Zone>,
) -> Result<Option<i64>> {
    let Some(date) = as_text(text) else {
        let (found, quoted) = (type_name(text), quoted(text));
        let problem = "$dateFromString requires that 'dateString' be a string, found:";
        return Err(Error::mongo(
            CONVERSION_FAILURE,
            format!("{problem} {found} with value {quoted}"),
        ));
    };
    let Some(zone) = zone else { return Ok(None) };
    match format {
        None => text::parse(date, zone).map(Some),
        Some(format) => match as_text(format) {
            None => Ok(None),
            Some(format) => text_format::parse(date, format, zone).map(Some),
        },
    }
}
