//! Dates by a format that the caller gives: `$dateFromString` with `format`.

use crate::aggregate::expression::date::calendar::IsoDate;
use crate::aggregate::expression::date::calendar::date_of_days;
use crate::aggregate::expression::date::text::Parsed;
use crate::aggregate::expression::date::text::ParsedZone;
use crate::aggregate::expression::date::text::refusal;
use crate::aggregate::expression::date::zone::Zone;
use crate::error::Error;
use crate::error::Result;

/// What the specifiers found.
#[derive(Debug, Default)]
struct Found {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    iso_year: Option<i64>,
    iso_week: Option<i64>,
    iso_day: Option<i64>,
    hour: Option<i64>,
    minute: Option<i64>,
    second: Option<i64>,
    millisecond: Option<i64>,
    zone: Option<ParsedZone>,
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

/// Reads `text` by a format that was checked, as milliseconds.
pub(super) fn parse(text: &str, format: &str, zone: &Zone) -> Result<i64> {
    let mut reader = Reader { text, at: 0 };
    let mut found = Found::default();
    let mut characters = format.chars();
    while let Some(c) = characters.next() {
        if reader.rest().is_empty() {
            return Err(refusal(text, reader.at, "Data missing"));
        }
        if c == '%' {
            match characters.next() {
                Some('%') => reader.literal('%')?,
                Some(specifier) => reader.specified(specifier, &mut found)?,
                None => {}
            }
        } else {
            reader.literal(c)?;
        }
    }
    if !reader.rest().is_empty() {
        return Err(refusal(text, reader.at, "Trailing data"));
    }
    found.into_parsed(text)?.finish(text, zone)
}

impl Reader<'_> {
    fn rest(&self) -> &[u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn refuse(&self, problem: &str) -> Error {
        refusal(self.text, self.at, problem)
    }

    fn literal(&mut self, c: char) -> Result<()> {
        if self.text.get(self.at..).is_some_and(|rest| rest.starts_with(c)) {
            self.at += c.len_utf8();
            Ok(())
        } else {
            Err(self.refuse("The format separator does not match"))
        }
    }

    /// A number of at least `least` and at most `most` digits.
    fn number(&mut self, least: usize, most: usize, what: &str) -> Result<Option<i64>> {
        let digits = self.rest().iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
        let number = self.text.get(self.at..self.at + digits).and_then(|text| text.parse().ok());
        if digits < least || number.is_none() {
            return Err(self.refuse(&format!("{what} could not be found")));
        }
        self.at += digits;
        Ok(number)
    }

    fn specified(&mut self, specifier: char, found: &mut Found) -> Result<()> {
        match specifier {
            'Y' => found.year = self.number(4, 4, "A four digit year")?,
            'm' => found.month = self.number(1, 2, "A two digit month")?,
            'd' => found.day = self.number(1, 2, "A two digit day")?,
            'H' => found.hour = self.number(1, 2, "A two digit hour")?,
            'M' => found.minute = self.number(2, 2, "A two digit minute")?,
            'S' => found.second = self.number(2, 2, "A two digit second")?,
            'L' => found.millisecond = self.number(1, 3, "A three digit millisecond")?,
            'G' => found.iso_year = self.number(4, 4, "A four digit ISO year")?,
            'V' => found.iso_week = self.number(1, 2, "A two digit ISO week")?,
            'u' => found.iso_day = self.number(1, 1, "A one digit ISO day of week")?,
            'z' => found.zone = Some(self.offset()?),
            _ => {
                let sign = self.sign();
                let minutes = self.number(1, 4, "A timezone offset in minutes")?;
                found.zone = minutes.map(|minutes| ParsedZone::Offset(sign * minutes * 60));
            }
        }
        Ok(())
    }

    fn sign(&mut self) -> i64 {
        let sign = self.rest().first().copied();
        self.at += usize::from(matches!(sign, Some(b'+' | b'-')));
        if sign == Some(b'-') { -1 } else { 1 }
    }

    /// `Z`, `+hh`, `+hhmm` or `+hh:mm`.
    fn offset(&mut self) -> Result<ParsedZone> {
        const WHAT: &str = "The timezone";
        if matches!(self.rest(), [b'Z' | b'z', ..]) {
            self.at += 1;
            return Ok(ParsedZone::Abbreviation("Z".into(), 0));
        }
        if !matches!(self.rest(), [b'+' | b'-', ..]) {
            return Err(self.refuse("The timezone could not be found in the database"));
        }
        let sign = self.sign();
        let hours = self.number(2, 2, WHAT)?.unwrap_or_default();
        let separated = self.rest().first() == Some(&b':');
        self.at += usize::from(separated);
        let minutes = match self.rest().first() {
            Some(byte) if separated || byte.is_ascii_digit() => {
                self.number(2, 2, WHAT)?.unwrap_or_default()
            }
            _ => 0,
        };
        Ok(ParsedZone::Offset(sign * (hours * 3600 + minutes * 60)))
    }
}

impl Found {
    fn into_parsed(self, text: &str) -> Result<Parsed> {
        let natural = [self.year, self.month, self.day];
        let iso = [self.iso_year, self.iso_week, self.iso_day];
        let has_iso = iso.iter().any(Option::is_some);
        if has_iso && natural.iter().any(Option::is_some) {
            let problem = "Mixing of ISO dates with natural dates is not allowed";
            return Err(refusal(text, text.len(), problem));
        }
        let date = if has_iso {
            self.iso_year.and_then(|year| {
                let (week, day) = (self.iso_week.unwrap_or(1), self.iso_day.unwrap_or(1));
                IsoDate { year, week, day }.to_days().map(date_of_days)
            })
        } else {
            match natural {
                [Some(year), Some(month), Some(day)] => Some((year, month, day)),
                _ => None,
            }
        };
        let time = [self.hour, self.minute, self.second, self.millisecond];
        let [hour, minute, second, millisecond] = time.map(Option::unwrap_or_default);
        Ok(Parsed { date, time: Some((hour, minute, second, millisecond)), zone: self.zone })
    }
}
