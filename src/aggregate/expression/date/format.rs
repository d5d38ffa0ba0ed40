//! Format strings: checking them, and dates by them.

use std::fmt::Write;

use crate::aggregate::expression::date::zone::Zone;
use crate::error::Error;
use crate::error::Result;

/// What `$dateToString` knows.
const WRITTEN: &str = "dGHjLmMSwuUVYzZ%";

/// What `$dateFromString` knows.
const READ: &str = "dGHLmMSuVYzZ%";

pub(super) fn check_written(format: &str) -> Result<()> {
    check(format, WRITTEN)
}

pub(super) fn check_read(format: &str) -> Result<()> {
    check(format, READ)
}

fn check(format: &str, known: &str) -> Result<()> {
    let mut characters = format.chars();
    while let Some(c) = characters.next() {
        if c != '%' {
            continue;
        }
        match characters.next() {
            None => return Err(Error::mongo(18535, "Unmatched '%' at end of format string")),
            Some(specifier) if known.contains(specifier) => {}
            Some(other) => {
                let text = format!("Invalid format character '%{other}' in format string");
                return Err(Error::mongo(18536, text));
            }
        }
    }
    Ok(())
}

/// A date by a format that was checked.
pub(super) fn formatted(format: &str, ms: i64, zone: &Zone) -> Result<String> {
    let civil = zone.civil(ms);
    let mut text = String::with_capacity(format.len() + 16);
    let mut characters = format.chars();
    while let Some(c) = characters.next() {
        if c != '%' {
            text.push(c);
            continue;
        }
        match characters.next() {
            Some('Y') => pad(&mut text, civil.year, 4)?,
            Some('m') => pad(&mut text, civil.month, 2)?,
            Some('d') => pad(&mut text, civil.day, 2)?,
            Some('H') => pad(&mut text, civil.hour, 2)?,
            Some('M') => pad(&mut text, civil.minute, 2)?,
            Some('S') => pad(&mut text, civil.second, 2)?,
            Some('L') => pad(&mut text, civil.millisecond, 3)?,
            Some('j') => pad(&mut text, civil.day_of_year(), 3)?,
            Some('w') => pad(&mut text, civil.day_of_week(), 1)?,
            Some('u') => pad(&mut text, civil.iso_day_of_week(), 1)?,
            Some('U') => pad(&mut text, civil.week(), 2)?,
            Some('G') => pad(&mut text, civil.iso().year, 4)?,
            Some('V') => pad(&mut text, civil.iso().week, 2)?,
            Some('z') => {
                let seconds = zone.offset_seconds(ms);
                text.push(if seconds < 0 { '-' } else { '+' });
                pad(&mut text, seconds.abs() / 3600, 2)?;
                pad(&mut text, seconds.abs() / 60 % 60, 2)?;
            }
            Some('Z') => {
                // Writing to a String cannot fail.
                let _ = write!(text, "{}", zone.offset_seconds(ms) / 60);
            }
            Some(other) => text.push(other),
            None => {}
        }
    }
    Ok(text)
}

fn pad(text: &mut String, number: i64, width: usize) -> Result<()> {
    if !(0..=9999).contains(&number) {
        let problem = "date component was outside the supported range of 0-9999";
        return Err(Error::mongo(
            18537,
            format!("Could not convert date to string: {problem}: {number}"),
        ));
    }
    // Writing to a String cannot fail.
    let _ = write!(text, "{number:0width$}");
    Ok(())
}
