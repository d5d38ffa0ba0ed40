//! The operators that take one part of a date: `$year`, `$month`, `$dayOfMonth`, `$hour`,
//! `$minute`, `$second`, `$millisecond`, `$dayOfWeek`, `$dayOfYear`, `$week`, `$isoDayOfWeek`,
//! `$isoWeek`, `$isoWeekYear`.

use std::borrow::Cow;

use crate::aggregate::expression::Expression;
use crate::aggregate::expression::Form;
use crate::aggregate::expression::Node;
use crate::aggregate::expression::date::calendar::Civil;
use crate::aggregate::expression::date::zone::ZoneArgument;
use crate::aggregate::expression::operand::int_or_long;
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
use crate::value::Document;
use crate::value::shell_text;

#[derive(Debug)]
struct Part {
    name: &'static str,
    take: fn(Civil) -> Bson,
    date: Expression,
    zone: ZoneArgument,
}

fn int(number: i64) -> Bson {
    int_or_long(number)
}

fn taker(name: &str) -> fn(Civil) -> Bson {
    match name {
        "$year" => |civil| int(civil.year),
        "$month" => |civil| int(civil.month),
        "$dayOfMonth" => |civil| int(civil.day),
        "$hour" => |civil| int(civil.hour),
        "$minute" => |civil| int(civil.minute),
        "$second" => |civil| int(civil.second),
        "$millisecond" => |civil| int(civil.millisecond),
        "$dayOfWeek" => |civil| int(civil.day_of_week()),
        "$dayOfYear" => |civil| int(civil.day_of_year()),
        "$week" => |civil| int(civil.week()),
        "$isoDayOfWeek" => |civil| int(civil.iso_day_of_week()),
        "$isoWeek" => |civil| int(civil.iso().week),
        // A long in the service, unlike the others.
        _ => |civil| Bson::Int64(civil.iso().year),
    }
}

/// A date, `[date]` or `{date, timezone}`.
pub(in super::super) fn parse(
    name: &'static str,
    value: &Bson,
    scope: &Scope,
) -> Result<Expression> {
    let (date, zone) = match value {
        Bson::Document(fields) if !fields.keys().next().is_some_and(|key| key.starts_with('$')) => {
            parse_named(name, fields, scope)?
        }
        Bson::Array(items) => {
            if let [only] = items.as_slice() {
                (parse::operand(only, scope)?, None)
            } else {
                let text = "accepts exactly one argument if given an array, but was given";
                return Err(Error::mongo(40536, format!("{name} {text} {}", items.len())));
            }
        }
        other => (parse::operand(other, scope)?, None),
    };
    let zone = ZoneArgument::new(zone);
    let constant = date.is_constant() && zone.is_constant();
    folded(Node::Form(Box::new(Part { name, take: taker(name), date, zone })), constant)
}

fn parse_named(
    name: &str,
    fields: &Document,
    scope: &Scope,
) -> Result<(Expression, Option<Expression>)> {
    let (mut date, mut zone) = (None, None);
    for (field, value) in fields {
        let part = match field.as_str() {
            "date" => &mut date,
            "timezone" => &mut zone,
            other => {
                let text = format!("unrecognized option to {name}: \"{other}\"");
                return Err(Error::mongo(40535, text));
            }
        };
        *part = Some(parse::operand(value, scope)?);
    }
    if let Some(date) = date {
        Ok((date, zone))
    } else {
        let given = shell_text(&Bson::Document(fields.clone()));
        let text = format!("missing 'date' argument to {name}, provided: {name}: {given}");
        Err(Error::mongo(40539, text))
    }
}

impl Form for Part {
    fn evaluate<'v>(&'v self, variables: &'v Variables<'v>) -> Result<Operand<'v>> {
        let null = || Ok(Some(Cow::Owned(Bson::Null)));
        let date = self.date.operand(variables)?;
        let Some(value) = date.as_deref().filter(|_| !is_nullish(&date)) else { return null() };
        let ms = to_date_ms(value)?;
        let zone = self.zone.zone(variables, |found| {
            let text = "requires a string for the timezone argument, but was given a";
            let (kind, quoted) = (type_name(found), quoted(found));
            Error::mongo(40533, format!("{} {text} {kind} ({quoted})", self.name))
        })?;
        let Some(zone) = zone else { return null() };
        Ok(Some(Cow::Owned((self.take)(zone.civil(ms)))))
    }
}
