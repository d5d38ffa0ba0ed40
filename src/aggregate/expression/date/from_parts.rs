//! `$dateFromParts`: of a calendar date or of an ISO week date. Parts beyond their range carry
//! over.

use std::borrow::Cow;

use crate::aggregate::expression::Expression;
use crate::aggregate::expression::Form;
use crate::aggregate::expression::Node;
use crate::aggregate::expression::arguments;
use crate::aggregate::expression::date::calendar::Civil;
use crate::aggregate::expression::date::calendar::IsoDate;
use crate::aggregate::expression::date::calendar::date_of_days;
use crate::aggregate::expression::date::zone::ZoneArgument;
use crate::aggregate::expression::date::zone::not_a_text;
use crate::aggregate::expression::operand::is_nullish;
use crate::aggregate::expression::operand::quoted;
use crate::aggregate::expression::operand::to_exact_i64;
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

/// The error number `DurationOverflow`.
const DURATION_OVERFLOW: i32 = 159;

/// The parts that are numbers, with what stands for one that is not given.
const PARTS: [(&str, i64); 10] = [
    ("hour", 0),
    ("minute", 0),
    ("second", 0),
    ("millisecond", 0),
    ("year", 1970),
    ("month", 1),
    ("day", 1),
    ("isoWeekYear", 1970),
    ("isoWeek", 1),
    ("isoDayOfWeek", 1),
];

#[derive(Debug)]
struct FromParts {
    /// In the order of [`PARTS`].
    parts: [Option<Expression>; 10],
    iso: bool,
    zone: ZoneArgument,
}

pub(in super::super) fn parse(_: &'static str, value: &Bson, scope: &Scope) -> Result<Expression> {
    let fields = arguments::named(value, 40519, |_| {
        "$dateFromParts only supports an object as its argument".into()
    })?;
    check_fields(fields)?;
    let mut parts = [const { None }; 10];
    for (part, (name, _)) in parts.iter_mut().zip(PARTS) {
        *part = fields.get(name).map(|value| parse::operand(value, scope)).transpose()?;
    }
    let zone = fields.get("timezone").map(|value| parse::operand(value, scope)).transpose()?;
    let zone = ZoneArgument::new(zone);
    let constant = zone.is_constant() && parts.iter().flatten().all(Expression::is_constant);
    let iso = !fields.contains_key("year");
    folded(Node::Form(Box::new(FromParts { parts, iso, zone })), constant)
}

fn check_fields(fields: &Document) -> Result<()> {
    let known = |name: &str| name == "timezone" || PARTS.iter().any(|(part, _)| *part == name);
    if let Some(other) = fields.keys().find(|name| !known(name)) {
        let text = format!("Unrecognized argument to $dateFromParts: {other}");
        return Err(Error::mongo(40518, text));
    }
    let has = |names: &[&str]| names.iter().any(|name| fields.contains_key(*name));
    if !has(&["year", "isoWeekYear"]) {
        let text = "$dateFromParts requires either 'year' or 'isoWeekYear' to be present";
        return Err(Error::mongo(40516, text));
    }
    if has(&["year"]) && has(&["isoWeekYear", "isoWeek", "isoDayOfWeek"]) {
        let text = "$dateFromParts does not allow mixing natural dates with ISO dates";
        return Err(Error::mongo(40489, text));
    }
    if has(&["isoWeekYear"]) && has(&["month", "day"]) {
        let text = "$dateFromParts does not allow mixing ISO dates with natural dates";
        return Err(Error::mongo(40525, text));
    }
    Ok(())
}

impl FromParts {
    /// One part; `None` for null.
    fn number(&self, at: usize, variables: &Variables<'_>) -> Result<Option<i64>> {
        let Some((name, default)) = PARTS.get(at) else { return Ok(None) };
        let Some(Some(part)) = self.parts.get(at) else { return Ok(Some(*default)) };
        let value = part.operand(variables)?;
        if is_nullish(&value) {
            return Ok(None);
        }
        value.as_deref().and_then(to_exact_i64).map(Some).ok_or_else(|| {
            let (found, quoted) = (type_name(&value), quoted(&value));
            let text = format!("'{name}' must evaluate to an integer, found {found}");
            Error::mongo(40515, format!("{text} with value {quoted}"))
        })
    }

    /// Some parts in a row; `None` if one is null.
    fn numbers<const N: usize>(
        &self,
        first: usize,
        variables: &Variables<'_>,
    ) -> Result<Option<[i64; N]>> {
        let mut numbers = [0; N];
        for (offset, number) in numbers.iter_mut().enumerate() {
            match self.number(first + offset, variables)? {
                Some(part) => *number = part,
                None => return Ok(None),
            }
        }
        Ok(Some(numbers))
    }
}

impl Form for FromParts {
    fn evaluate<'v>(&'v self, variables: &'v Variables<'v>) -> Result<Operand<'v>> {
        let null = || Ok(Some(Cow::Owned(Bson::Null)));
        let Some([hour, minute, second, millisecond]) = self.numbers(0, variables)? else {
            return null();
        };
        let Some(zone) = self.zone.zone(variables, not_a_text)? else { return null() };
        let first = if self.iso { 7 } else { 4 };
        let Some([year, second_part, third_part]) = self.numbers(first, variables)? else {
            return null();
        };
        let overflow = || {
            let text = "Overflow casting from a lower-precision duration to a higher-precision \
                        duration";
            Error::mongo(DURATION_OVERFLOW, text)
        };
        let (year, month, day) = if self.iso {
            let date = IsoDate { year, week: second_part, day: third_part };
            date_of_days(date.to_days().ok_or_else(overflow)?)
        } else if (0..=9999).contains(&year) {
            (year, second_part, third_part)
        } else {
            let text = "'year' must evaluate to an integer in the range 0 to 9999, found";
            return Err(Error::mongo(40523, format!("{text} {year}")));
        };
        let civil = Civil { year, month, day, hour, minute, second, millisecond };
        let ms = civil.to_ms().and_then(|local| zone.to_utc(local)).ok_or_else(overflow)?;
        Ok(Some(Cow::Owned(Bson::DateTime(bson::DateTime::from_millis(ms)))))
    }
}
