//! Dates as people and machines write them: `2017-02-08T12:10:40.787Z`, `Feb 8, 2017 1:05 pm`.
//!
//! The service reads what PHP's `strtotime` reads. Here are its absolute forms: ISO dates, with
//! or without separators, week and year-day dates, American and German order, names of months,
//! times of 24 and 12 hours, offsets and abbreviations of zones. Relative forms (`tomorrow`,
//! `+1 week`) are refused.

use crate::aggregate::expression::date::CONVERSION_FAILURE;
use crate::aggregate::expression::date::calendar::Civil;
use crate::aggregate::expression::date::calendar::IsoDate;
use crate::aggregate::expression::date::calendar::date_of_days;
use crate::aggregate::expression::date::calendar::days_of_date;
use crate::aggregate::expression::date::calendar::is_date;
use crate::aggregate::expression::date::names::month_named;
use crate::aggregate::expression::date::names::weekday_named;
use crate::aggregate::expression::date::names::zone_named;
use crate::aggregate::expression::date::zone::Zone;
use crate::error::Error;
use crate::error::Result;

/// Longest text that is looked at. Ours: no date is longer.
const TEXT_BYTES_MAX: usize = 1024;

/// What a text says, before it is a time.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    pub(super) date: Option<(i64, i64, i64)>,
    /// Hour, minute, second, millisecond.
    pub(super) time: Option<(i64, i64, i64, i64)>,
    pub(super) zone: Option<ParsedZone>,
}

#[derive(Debug)]
pub(super) enum ParsedZone {
    /// Seconds east of Greenwich.
    Offset(i64),
    Abbreviation(String, i64),
}

impl ParsedZone {
    fn seconds(&self) -> i64 {
        match self {
            Self::Offset(seconds) | Self::Abbreviation(_, seconds) => *seconds,
        }
    }
}

/// The refusal of `text`, for a problem at a position.
pub(super) fn refusal(text: &str, position: usize, problem: &str) -> Error {
    let at = text.get(position..).and_then(|rest| rest.chars().next());
    let at = at.map(String::from).unwrap_or_default();
    Error::mongo(
        CONVERSION_FAILURE,
        format!("Error parsing date string '{text}'; {position}: {problem} '{at}'"),
    )
}

/// Reads a text as a time in milliseconds; `zone` holds where the text names none.
pub(in super::super) fn parse(text: &str, zone: &Zone) -> Result<i64> {
    if text.is_empty() {
        return Err(refusal(text, 0, "Empty string"));
    }
    let bounded = text.len() <= TEXT_BYTES_MAX;
    let mut reader = Reader { text: if bounded { text } else { "" }, at: 0 };
    let mut parsed = Parsed::default();
    if !bounded {
        return Err(refusal(text, 0, "Unexpected character"));
    }
    if let Some(seconds) = reader.unix_seconds() {
        return seconds.checked_mul(1000).ok_or_else(|| refusal(text, 0, "Number out of range"));
    }
    loop {
        reader.skip(|byte| byte.is_ascii_whitespace() || byte == b',');
        if reader.is_done() {
            break;
        }
        reader.item(&mut parsed)?;
    }
    parsed.finish(text, zone)
}

impl Parsed {
    pub(super) fn finish(self, text: &str, zone: &Zone) -> Result<i64> {
        if let Some((year, month, day)) = self.date
            && !is_date(year, month, day)
        {
            return Err(refusal(text, text.len() + 1, "The parsed date was invalid"));
        }
        let (hour, minute, second, millisecond) = self.time.unwrap_or_default();
        if !(0..=24).contains(&hour) || !(0..60).contains(&minute) || !(0..=60).contains(&second) {
            return Err(refusal(text, text.len() + 1, "The parsed time was invalid"));
        }
        let Some((year, month, day)) = self.date else {
            let problem = "an incomplete date/time string has been found, with elements missing";
            return Err(Error::mongo(CONVERSION_FAILURE, format!("{problem}: \"{text}\"")));
        };
        let mut civil = Civil { year, month, day, hour, minute, second, millisecond };
        let both = |problem: String| Err(Error::mongo(CONVERSION_FAILURE, problem));
        let time = match (&self.zone, zone) {
            (None, zone) => civil.to_ms().and_then(|local| zone.to_utc(local)),
            (Some(parsed), Zone::Utc) => {
                civil.second -= parsed.seconds();
                civil.to_ms()
            }
            (Some(ParsedZone::Offset(_)), _) => {
                return both(
                    "you cannot pass in a date/time string with GMT offset together with a \
                     timezone argument"
                        .into(),
                );
            }
            (Some(ParsedZone::Abbreviation(name, _)), _) => {
                let problem = "you cannot pass in a date/time string with time zone information";
                return both(format!("{problem} ('{name}') together with a timezone argument"));
            }
        };
        time.ok_or_else(|| refusal(text, 0, "Number out of range"))
    }
}

/// Reads items one after the other.
#[derive(Debug)]
struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn is_done(&self) -> bool {
        self.rest().is_empty()
    }

    fn skip(&mut self, skipped: impl Fn(u8) -> bool) {
        self.at += self.rest().iter().take_while(|&&byte| skipped(byte)).count();
    }

    fn refuse<T>(&self, position: usize, problem: &str) -> Result<T> {
        Err(refusal(self.text, position, problem))
    }

    /// One run of digits, at most `most` long, with its length.
    fn digits(&mut self, most: usize) -> Option<(i64, usize)> {
        let count = self.rest().iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
        let number = self.text.get(self.at..self.at + count)?.parse().ok()?;
        self.at += count;
        Some((number, count))
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.rest().first() == Some(&byte);
        self.at += usize::from(found);
        found
    }

    /// A run of letters, in lower case.
    fn word(&mut self) -> String {
        let start = self.at;
        self.skip(|byte| byte.is_ascii_alphabetic());
        self.text.get(start..self.at).unwrap_or_default().to_ascii_lowercase()
    }

    /// `@1486555840`.
    fn unix_seconds(&mut self) -> Option<i64> {
        self.text.trim().strip_prefix('@')?.parse().ok()
    }

    fn item(&mut self, parsed: &mut Parsed) -> Result<()> {
        let start = self.at;
        match self.rest() {
            [b'+' | b'-', ..] if parsed.time.is_some() => {
                let seconds = self.offset()?;
                self.set_zone(parsed, start, ParsedZone::Offset(seconds))
            }
            // The T between date and time.
            [b'T' | b't', digit, ..] if digit.is_ascii_digit() => {
                self.at += 1;
                self.compact_time(parsed)
            }
            [first, ..] if first.is_ascii_alphabetic() => self.named(parsed),
            [first, ..] if first.is_ascii_digit() => self.numeric(parsed),
            _ => self.refuse(start, "Unexpected character"),
        }
    }

    fn set_date(&self, parsed: &mut Parsed, start: usize, date: (i64, i64, i64)) -> Result<()> {
        if parsed.date.replace(date).is_some() {
            return self.refuse(start, "Double date specification");
        }
        Ok(())
    }

    fn set_zone(&self, parsed: &mut Parsed, start: usize, zone: ParsedZone) -> Result<()> {
        if parsed.zone.replace(zone).is_some() {
            return self.refuse(start, "Double timezone specification");
        }
        Ok(())
    }

    /// What starts with a number: a time if a colon follows, else a date.
    fn numeric(&mut self, parsed: &mut Parsed) -> Result<()> {
        let start = self.at;
        let after = self.rest().iter().position(|byte| !byte.is_ascii_digit());
        let next = after.and_then(|after| self.rest().get(after)).copied();
        let length = after.unwrap_or(self.rest().len());
        let twelve_hours = length <= 2 && parsed.date.is_some() && self.has_meridian(length);
        if next == Some(b':') && length <= 2 || twelve_hours {
            return self.time(parsed);
        }
        let date = self.numeric_date(length, next);
        match date {
            Some(date) => self.set_date(parsed, start, date),
            None => self.refuse(start, "Unexpected character"),
        }
    }

    /// Whether `am` or `pm` follows a number.
    fn has_meridian(&self, length: usize) -> bool {
        let rest = self.rest().get(length..).unwrap_or_default();
        let rest = rest.trim_ascii_start();
        matches!(rest, [b'a' | b'A' | b'p' | b'P', b'm' | b'M' | b'.', ..])
    }

    fn numeric_date(&mut self, length: usize, next: Option<u8>) -> Option<(i64, i64, i64)> {
        let (first, _) = self.digits(length)?;
        match (length, next) {
            (8, _) => Some((first / 10_000, first / 100 % 100, first % 100)),
            (7, _) => of_year_day(first / 1000, first % 1000),
            (4, Some(b'-')) => {
                self.at += 1;
                if self.take(b'W') {
                    return self.week_date(first);
                }
                let (second, count) = self.digits(3)?;
                if count == 3 {
                    return of_year_day(first, second);
                }
                if !self.take(b'-') {
                    return Some((first, second, 1));
                }
                Some((first, second, self.digits(2)?.0))
            }
            (4, Some(b'W')) => {
                self.at += 1;
                self.week_date(first)
            }
            (4, Some(b'/')) => {
                self.at += 1;
                let (month, _) = self.digits(2)?;
                self.take(b'/').then_some(())?;
                Some((first, month, self.digits(2)?.0))
            }
            (4, Some(b'.')) => {
                self.at += 1;
                let (day, count) = self.digits(3)?;
                if count == 3 { of_year_day(first, day) } else { None }
            }
            (1 | 2, Some(b'/')) => {
                self.at += 1;
                let (day, _) = self.digits(2)?;
                self.take(b'/').then_some(())?;
                Some((self.year()?, first, day))
            }
            (1 | 2, Some(separator @ (b'-' | b'.'))) => {
                self.at += 1;
                if self.rest().first().is_some_and(u8::is_ascii_alphabetic) {
                    let month = month_named(&self.word())?;
                    self.take(separator).then_some(())?;
                    return Some((self.year()?, month, first));
                }
                let (month, _) = self.digits(2)?;
                self.take(separator).then_some(())?;
                Some((self.year()?, month, first))
            }
            (1 | 2, _) => self.day_then_month(first),
            _ => None,
        }
    }

    /// `8 February 2017`, `8th of Feb 2017` without the `of`.
    fn day_then_month(&mut self, day: i64) -> Option<(i64, i64, i64)> {
        self.skip_ordinal();
        self.skip(|byte| matches!(byte, b' ' | b'\t' | b'.'));
        let month = month_named(&self.word())?;
        self.skip(|byte| matches!(byte, b' ' | b'\t' | b'.' | b',' | b'-'));
        Some((self.year()?, month, day))
    }

    fn skip_ordinal(&mut self) {
        let ordinal = self.rest().get(..2).map(<[u8]>::to_ascii_lowercase);
        if ordinal.is_some_and(|two| matches!(two.as_slice(), b"st" | b"nd" | b"rd" | b"th")) {
            self.at += 2;
        }
    }

    /// A year of four digits, or of two: below 70 in this century.
    fn year(&mut self) -> Option<i64> {
        match self.digits(4)? {
            (year, 4) => Some(year),
            (year, 2) => Some(if year < 70 { year + 2000 } else { year + 1900 }),
            _ => None,
        }
    }

    fn week_date(&mut self, year: i64) -> Option<(i64, i64, i64)> {
        let (week, count) = self.digits(2)?;
        if count != 2 || !(1..=53).contains(&week) {
            return None;
        }
        let separated = self.take(b'-');
        let day = match self.digits(1) {
            Some((day, _)) if day <= 7 => day,
            None if !separated => 1,
            _ => return None,
        };
        Some(date_of_days(IsoDate { year, week, day }.to_days()?))
    }

    /// `hh:mm`, `hh:mm:ss.fraction`, with or without `am` and `pm`.
    fn time(&mut self, parsed: &mut Parsed) -> Result<()> {
        let start = self.at;
        let Some((hour, _)) = self.digits(2) else {
            return self.refuse(start, "Unexpected character");
        };
        let (mut minute, mut second, mut millisecond) = (0, 0, 0);
        if self.take(b':') {
            match self.digits(2) {
                Some((number, 2)) => minute = number,
                _ => return self.refuse(self.at, "Unexpected character"),
            }
            if self.take(b':') {
                match self.digits(2) {
                    Some((number, 2)) => second = number,
                    _ => return self.refuse(self.at, "Unexpected character"),
                }
                millisecond = self.fraction();
            }
        }
        let hour = self.meridian(hour, start)?;
        self.set_time(parsed, start, (hour, minute, second, millisecond))
    }

    /// `hhmm`, `hhmmss` or a time with colons: what may follow a `T`.
    fn compact_time(&mut self, parsed: &mut Parsed) -> Result<()> {
        let start = self.at;
        let length = self.rest().iter().take_while(|byte| byte.is_ascii_digit()).count();
        if !matches!(length, 4 | 6) {
            return self.time(parsed);
        }
        let (number, _) = self.digits(length).unwrap_or_default();
        let time = match length {
            4 => (number / 100, number % 100, 0, 0),
            _ => (number / 10_000, number / 100 % 100, number % 100, self.fraction()),
        };
        self.set_time(parsed, start, time)
    }

    fn set_time(
        &self,
        parsed: &mut Parsed,
        start: usize,
        time: (i64, i64, i64, i64),
    ) -> Result<()> {
        if parsed.time.replace(time).is_some() {
            return self.refuse(start, "Double time specification");
        }
        Ok(())
    }

    /// The milliseconds of `.787123`; what is finer is dropped.
    fn fraction(&mut self) -> i64 {
        let starts = matches!(self.rest(), [b'.' | b',', digit, ..] if digit.is_ascii_digit());
        if !starts {
            return 0;
        }
        self.at += 1;
        let digits = self.rest().iter().take_while(|byte| byte.is_ascii_digit());
        let padded = digits.chain(std::iter::repeat(&b'0')).take(3);
        let millisecond = padded.fold(0, |number, digit| number * 10 + i64::from(digit - b'0'));
        self.skip(|byte| byte.is_ascii_digit());
        millisecond
    }

    fn meridian(&mut self, hour: i64, start: usize) -> Result<i64> {
        if !self.has_meridian(0) {
            return Ok(hour);
        }
        self.skip(|byte| byte.is_ascii_whitespace());
        let afternoon = matches!(self.rest(), [b'p' | b'P', ..]);
        self.skip(|byte| byte.is_ascii_alphabetic() || byte == b'.');
        if !(1..=12).contains(&hour) {
            return self.refuse(start, "Meridian can only come after an hour has been found");
        }
        Ok(hour % 12 + if afternoon { 12 } else { 0 })
    }

    /// What starts with a letter: a month, a weekday or a zone.
    fn named(&mut self, parsed: &mut Parsed) -> Result<()> {
        let start = self.at;
        let word = self.word();
        let is_path = matches!(self.rest(), [b'/' | b'_', ..]);
        if !is_path && let Some(month) = month_named(&word) {
            self.skip(|byte| matches!(byte, b' ' | b'\t' | b'.' | b'-'));
            let date = self.digits(2).and_then(|(day, _)| {
                self.skip_ordinal();
                self.skip(|byte| matches!(byte, b' ' | b'\t' | b',' | b'-' | b'.'));
                Some((self.year()?, month, day))
            });
            return match date {
                Some(date) => self.set_date(parsed, start, date),
                None => self.refuse(self.at, "Unexpected character"),
            };
        }
        if !is_path && weekday_named(&word) {
            return Ok(());
        }
        match zone_named(&word).filter(|_| !is_path) {
            Some(minutes) => {
                let name = word.to_ascii_uppercase();
                let mut zone = ParsedZone::Abbreviation(name, minutes * 60);
                if matches!(word.as_str(), "utc" | "gmt")
                    && matches!(self.rest(), [b'+' | b'-', ..])
                {
                    zone = ParsedZone::Offset(self.offset()?);
                }
                self.set_zone(parsed, start, zone)
            }
            None => self.refuse(
                start,
                "passing a time zone identifier as part of the string is not allowed",
            ),
        }
    }

    /// `+hh`, `+hhmm` or `+hh:mm`, in seconds.
    fn offset(&mut self) -> Result<i64> {
        let start = self.at;
        let sign = if self.take(b'-') { -1 } else { 1 };
        if sign == 1 {
            self.take(b'+');
        }
        let (hours, minutes) = match self.digits(4) {
            Some((number, 3 | 4)) => (number / 100, number % 100),
            Some((hours, _)) if self.take(b':') => match self.digits(2) {
                Some((minutes, 2)) => (hours, minutes),
                _ => return self.refuse(self.at, "Unexpected character"),
            },
            Some((hours, _)) => (hours, 0),
            None => return self.refuse(start, "Unexpected character"),
        };
        Ok(sign * (hours * 3600 + minutes * 60))
    }
}

fn of_year_day(year: i64, day: i64) -> Option<(i64, i64, i64)> {
    let exists = (1..=366).contains(&day);
    exists.then(|| date_of_days(days_of_date(year, 1, 1) + day - 1))
}
