//! `$dateToParts`.

use std::borrow::Cow;

use crate::aggregate::expression::Expression;
use crate::aggregate::expression::Form;
use crate::aggregate::expression::Node;
use crate::aggregate::expression::arguments;
use crate::aggregate::expression::arguments::required;
use crate::aggregate::expression::date::calendar::Civil;
use crate::aggregate::expression::date::zone::ZoneArgument;
use crate::aggregate::expression::date::zone::not_a_text;
use crate::aggregate::expression::operand::int_or_long;
use crate::aggregate::expression::operand::is_nullish;
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

#[derive(Debug)]
struct ToParts {
    date: Expression,
    zone: ZoneArgument,
    iso: Option<Expression>,
}

pub(in super::super) fn parse(_: &'static str, value: &Bson, scope: &Scope) -> Result<Expression> {
    let fields = arguments::named(value, 40524, |_| {
        "$dateToParts only supports an object as its argument".into()
    })?;
    let (mut date, mut zone, mut iso) = (None, None, None);
    for (field, value) in fields {
        let part = match field.as_str() {
            "date" => &mut date,
            "timezone" => &mut zone,
            "iso8601" => &mut iso,
            other => {
                let text = format!("Unrecognized argument to $dateToParts: {other}");
                return Err(Error::mongo(40520, text));
            }
        };
        *part = Some(parse::operand(value, scope)?);
    }
    let date = required(date, 40522, "Missing 'date' parameter to $dateToParts")?;
    let zone = ZoneArgument::new(zone);
    let constant = date.is_constant()
        && zone.is_constant()
        && iso.as_ref().is_none_or(Expression::is_constant);
    folded(Node::Form(Box::new(ToParts { date, zone, iso })), constant)
}

impl Form for ToParts {
    fn evaluate<'v>(&'v self, variables: &'v Variables<'v>) -> Result<Operand<'v>> {
        let null = || Ok(Some(Cow::Owned(Bson::Null)));
        let date = self.date.operand(variables)?;
        let Some(zone) = self.zone.zone(variables, not_a_text)? else { return null() };
        let iso = match &self.iso {
            None => false,
            Some(iso) => {
                let iso = iso.operand(variables)?;
                match iso.as_deref() {
                    _ if is_nullish(&iso) => return null(),
                    Some(Bson::Boolean(flag)) => *flag,
                    _ => {
                        let found = type_name(&iso);
                        let text = format!("iso8601 must evaluate to a bool, found {found}");
                        return Err(Error::mongo(40521, text));
                    }
                }
            }
        };
        let Some(value) = date.as_deref().filter(|_| !is_nullish(&date)) else { return null() };
        let civil = zone.civil(to_date_ms(value)?);
        Ok(Some(Cow::Owned(Bson::Document(parts(civil, iso)))))
    }
}

fn parts(civil: Civil, iso: bool) -> Document {
    let date = if iso {
        let date = civil.iso();
        [("isoWeekYear", date.year), ("isoWeek", date.week), ("isoDayOfWeek", date.day)]
    } else {
        [("year", civil.year), ("month", civil.month), ("day", civil.day)]
    };
    let time = [
        ("hour", civil.hour),
        ("minute", civil.minute),
        ("second", civil.second),
        ("millisecond", civil.millisecond),
    ];
    date.into_iter().chain(time).map(|(name, value)| (name.into(), int_or_long(value))).collect()
}
