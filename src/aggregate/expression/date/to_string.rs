//! `$dateToString`.

use std::borrow::Cow;

use crate::aggregate::expression::Expression;
use crate::aggregate::expression::Form;
use crate::aggregate::expression::Node;
use crate::aggregate::expression::arguments;
use crate::aggregate::expression::arguments::required;
use crate::aggregate::expression::date::ISO_FORMAT;
use crate::aggregate::expression::date::format;
use crate::aggregate::expression::date::zone::ZoneArgument;
use crate::aggregate::expression::date::zone::not_a_text;
use crate::aggregate::expression::operand::as_text;
use crate::aggregate::expression::operand::is_nullish;
use crate::aggregate::expression::operand::quoted;
use crate::aggregate::expression::operand::to_date_ms;
use crate::aggregate::expression::operand::type_name;
use crate::aggregate::expression::parse;
use crate::aggregate::expression::parse::folded;
use crate::aggregate::expression::scope::Scope;
use crate::aggregate::variables::Operand;
use crate::aggregate::variables::Variables;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;

#[derive(Debug)]
struct ToString {
    date: Expression,
    format: Option<Expression>,
    zone: ZoneArgument,
    on_null: Option<Expression>,
}

pub(in super::super) fn parse(_: &'static str, value: &Bson, scope: &Scope) -> Result<Expression> {
    let fields = arguments::named(value, 18629, |_| {
        "$dateToString only supports an object as its argument".into()
    })?;
    let (mut date, mut format, mut zone, mut on_null) = (None, None, None, None);
    for (field, value) in fields {
        let part = match field.as_str() {
            "date" => &mut date,
            "format" => &mut format,
            "timezone" => &mut zone,
            "onNull" => &mut on_null,
            other => {
                let text = format!("Unrecognized argument to $dateToString: {other}");
                return Err(Error::mongo(18534, text));
            }
        };
        *part = Some(parse::operand(value, scope)?);
    }
    let date = required(date, 18628, "Missing 'date' parameter to $dateToString")?;
    let zone = ZoneArgument::new(zone);
    let optional = [&format, &on_null];
    let constant = date.is_constant()
        && zone.is_constant()
        && optional.into_iter().flatten().all(Expression::is_constant);
    folded(Node::Form(Box::new(ToString { date, format, zone, on_null })), constant)
}

impl Form for ToString {
    fn evaluate<'v>(&'v self, variables: &'v Variables<'v>) -> Result<Operand<'v>> {
        let null = || Ok(Some(Cow::Owned(Bson::Null)));
        let date = self.date.operand(variables)?;
        // A wrong format or zone is refused even where the date is null.
        let given = match &self.format {
            None => None,
            Some(format) => Some(format.operand(variables)?),
        };
        let mut format = Some(ISO_FORMAT);
        if let Some(given) = &given {
            format = as_text(given);
            match format {
                Some(format) => format::check_written(format)?,
                None if is_nullish(given) => {}
                None => {
                    let (found, quoted) = (type_name(given), quoted(given));
                    let text = "$dateToString requires that 'format' be a string, found:";
                    return Err(Error::mongo(18533, format!("{text} {found} with value {quoted}")));
                }
            }
        }
        let zone = self.zone.zone(variables, not_a_text)?;
        let Some(value) = date.as_deref().filter(|_| !is_nullish(&date)) else {
            return match &self.on_null {
                Some(on_null) => on_null.operand(variables),
                None => null(),
            };
        };
        let (Some(zone), Some(format)) = (zone, format) else { return null() };
        let text = format::formatted(format, to_date_ms(value)?, &zone)?;
        Ok(Some(Cow::Owned(Bson::String(text))))
    }
}
