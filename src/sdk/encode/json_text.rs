//! `JSON.stringify`: arguments of stages that are no objects, events of functions, open API data.

use std::fmt::Write;
use std::ops::{Deref, DerefMut};

use crate::limits::REQUEST_DEPTH_MAX;
use crate::sdk::encode::Notes;
use crate::sdk::encode::Result;
use crate::sdk::encode::cell::Cell;
use crate::sdk::encode::number::number_text;
use crate::sdk::encode::value::query_json;
use crate::sdk::failure::Failure;
use crate::sdk::geo;
use crate::sdk::messages;
use crate::sdk::{CommandKind, Input, Object};
use crate::value::{Bson, ejson};

/// Text being written.
struct Out {
    text: String,
    /// Whether integers of any size are written as digits, as for the open API, or refused.
    takes_big_integers: bool,
}

impl Deref for Out {
    type Target = String;

    fn deref(&self) -> &String {
        &self.text
    }
}

impl DerefMut for Out {
    fn deref_mut(&mut self) -> &mut String {
        &mut self.text
    }
}

/// The text of a value; `None` where `JSON.stringify` returns undefined.
pub fn json_text(input: &Input) -> Result<Option<String>> {
    text_of(input, false)
}

/// The same, with integers of any size as digits.
pub(crate) fn json_text_with_big_integers(input: &Input) -> Result<Option<String>> {
    text_of(input, true)
}

fn text_of(input: &Input, takes_big_integers: bool) -> Result<Option<String>> {
    let mut out = Out { text: String::new(), takes_big_integers };
    Ok(write(&mut out, input, 0)?.then_some(out.text))
}

/// A value that travels as plain JSON, as the service reads it.
pub(crate) fn json_value(input: &Input) -> Result<Option<Bson>> {
    match json_text(input)? {
        None => Ok(None),
        Some(text) => ejson::parse(&text).map(Some).map_err(|_| Failure::stack_exceeded()),
    }
}

/// Writes the value. False, with nothing written, for what has no JSON.
fn write(text: &mut Out, input: &Input, depth: usize) -> Result<bool> {
    if depth > REQUEST_DEPTH_MAX {
        return Err(Failure::stack_exceeded());
    }
    match input {
        Input::Absent | Input::Function | Input::Symbol => return Ok(false),
        Input::Boolean(flag) => text.push_str(if *flag { "true" } else { "false" }),
        Input::Number(number) if number.is_finite() => text.push_str(&number_text(*number)),
        Input::Null | Input::Number(_) => text.push_str("null"),
        Input::Text(value) => write_text(text, value),
        Input::Date(ms) => write_date(text, *ms),
        Input::Pattern { .. } => text.push_str("{}"),
        Input::List(items) => write_list(text, items.iter(), depth)?,
        Input::Object(object) => match &object.to_json {
            Some(result) => return write(text, result, depth + 1),
            None => write_object(text, &object.entries, depth)?,
        },
        Input::BigInteger(digits) if text.takes_big_integers => text.push_str(digits),
        Input::BigInteger(_) => return Err(Failure::type_error(messages::BIG_INTEGER)),
        Input::Circular => return Err(Failure::type_error(messages::CIRCULAR_JSON)),
        Input::Geo(shape) => write_bson(text, Bson::Document(geo::to_document(shape))),
        Input::Command(_) | Input::ServerDate { .. } | Input::DbPattern { .. } => {
            write_special(text, input, depth)?;
        }
    }
    Ok(true)
}

fn write_list<'a>(
    text: &mut Out,
    items: impl Iterator<Item = &'a Input>,
    depth: usize,
) -> Result<()> {
    text.push('[');
    for (index, item) in items.enumerate() {
        if index > 0 {
            text.push(',');
        }
        if !write(text, item, depth + 1)? {
            text.push_str("null");
        }
    }
    text.push(']');
    Ok(())
}

fn write_object(text: &mut Out, entries: &[(String, Input)], depth: usize) -> Result<()> {
    text.push('{');
    let mut is_first = true;
    for (key, value) in entries {
        let start = text.len();
        if !is_first {
            text.push(',');
        }
        write_text(text, key);
        text.push(':');
        if write(text, value, depth + 1)? {
            is_first = false;
        } else {
            text.truncate(start);
        }
    }
    text.push('}');
    Ok(())
}

/// The client's own objects: query commands print themselves, the rest their own properties.
fn write_special(text: &mut Out, input: &Input, depth: usize) -> Result<()> {
    let name = |name: &str| name.to_owned();
    match input {
        Input::Command(command) if command.kind == CommandKind::Query => {
            let mut fields = query_json(command, &None, &mut Notes::default())?.into_entries();
            let Some((name, operand)) = fields.next() else { return Ok(()) };
            let operand = match operand {
                Cell::Plain(operand) => operand.clone(),
                Cell::List(_) => command.operands.clone(),
                Cell::Text(letter) => Input::Text(letter),
                _ => Input::Absent,
            };
            write_object(text, &[(name, operand)], depth)
        }
        Input::Command(command) => {
            let unbound = Input::Object(Object::plain(Vec::new()));
            let field = command.field_name.clone().map_or(unbound, Input::Text);
            let entries = [
                (name("operator"), Input::Text(command.operator.clone())),
                (name("operands"), command.operands.clone()),
                (name("fieldName"), field),
            ];
            write_object(text, &entries, depth)
        }
        Input::ServerDate { offset } => {
            write_object(text, &[(name("offset"), offset.as_ref().clone())], depth)
        }
        Input::DbPattern { pattern, options } => {
            let parts = vec![
                (name("pattern"), pattern.as_ref().clone()),
                (name("options"), options.as_ref().clone()),
            ];
            let parts = Input::Object(Object::plain(parts));
            write_object(text, &[(name("$regularExpression"), parts)], depth)
        }
        _ => Ok(()),
    }
}

fn write_bson(text: &mut Out, value: Bson) {
    // Writing to a String cannot fail.
    let _ = write!(text, "{}", ejson::to_relaxed(value));
}

fn write_date(text: &mut Out, ms: f64) {
    match iso_text(ms) {
        Some(iso) => write_text(text, &iso),
        None => text.push_str("null"),
    }
}

/// `Date.prototype.toISOString`; `None` for an invalid date.
pub(crate) fn iso_text(ms: f64) -> Option<String> {
    if !ms.is_finite() {
        return None;
    }
    #[allow(clippy::cast_possible_truncation, reason = "dates are within 8.64e15 ms")]
    let ms = ms as i64;
    let (days, rest) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000));
    let (year, month, day) = civil(days);
    let (hour, minute) = (rest / 3_600_000, rest / 60_000 % 60);
    let (second, milli) = (rest / 1_000 % 60, rest % 1_000);
    let year = match year {
        0..=9999 => format!("{year:04}"),
        year if year < 0 => format!("-{:06}", -year),
        year => format!("+{year:06}"),
    };
    Some(format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z"))
}

/// The proleptic Gregorian date of a day counted from 1970-01-01.
fn civil(days: i64) -> (i64, i64, i64) {
    // Years here begin in March, so that a leap day is the last one.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

fn write_text(text: &mut Out, value: &str) {
    text.push('"');
    for character in value.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            control if control < ' ' => {
                let _ = write!(text, "\\u{:04x}", u32::from(control));
            }
            other => text.push(other),
        }
    }
    text.push('"');
}
