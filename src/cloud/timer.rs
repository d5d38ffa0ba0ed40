//! Timers: cron expressions of seven fields in China's time, and when they fire next.
//!
//! `second minute hour day month week year`; each field takes `*`, lists, ranges and steps, month
//! and week names; the week starts with SUN = 0. A day and a weekday that are both given mean "or".

use crate::error::{Error, ErrorKind, Result};

/// The service evaluates timers in UTC+8, which has no summer time.
const ZONE_MS: i64 = 8 * 3_600_000;
const DAY_S: i64 = 86_400;

const YEAR_MIN: u32 = 1970;
const YEAR_MAX: u32 = 2099;
const YEARS: usize = 130;

const MONTH_NAMES: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEK_NAMES: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// Longest expression read, in bytes. Ours.
const EXPRESSION_BYTES_MAX: usize = 1024;

/// A parsed cron expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    seconds: Set,
    minutes: Set,
    hours: Set,
    days: Set,
    months: Set,
    weekdays: Set,
    years: Set,
}

/// The values a field allows.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Set {
    /// Whether the field was a bare `*`, which gives way in the day-or-week rule.
    is_any: bool,
    values: [bool; YEARS],
    min: u32,
}

struct Field {
    name: &'static str,
    min: u32,
    max: u32,
    names: &'static [&'static str],
    first_name: u32,
}

const FIELDS: [Field; 7] = [
    Field { name: "second", min: 0, max: 59, names: &[], first_name: 0 },
    Field { name: "minute", min: 0, max: 59, names: &[], first_name: 0 },
    Field { name: "hour", min: 0, max: 23, names: &[], first_name: 0 },
    Field { name: "day", min: 1, max: 31, names: &[], first_name: 0 },
    Field { name: "month", min: 1, max: 12, names: &MONTH_NAMES, first_name: 1 },
    Field { name: "week", min: 0, max: 6, names: &WEEK_NAMES, first_name: 0 },
    Field { name: "year", min: YEAR_MIN, max: YEAR_MAX, names: &[], first_name: 0 },
];

impl Schedule {
    pub fn parse(expression: &str) -> Result<Self> {
        let refuse = |reason: String| {
            Error::new(
                ErrorKind::InvalidParam,
                format!("'{}' is not a timer's cron expression: {reason}", clipped(expression)),
            )
        };
        if expression.len() > EXPRESSION_BYTES_MAX {
            return Err(refuse(format!("it is longer than {EXPRESSION_BYTES_MAX} bytes")));
        }
        let texts: Vec<&str> = expression.split_ascii_whitespace().collect();
        let count = texts.len();
        let texts: [&str; 7] = texts.try_into().map_err(|_| {
            refuse(format!(
                "it has {count} fields, seven are needed: second minute hour day month week year"
            ))
        })?;
        let mut sets = Vec::with_capacity(7);
        for (field, text) in FIELDS.iter().zip(texts) {
            let set = field.parse(text);
            sets.push(set.map_err(|reason| refuse(format!("{} '{text}' {reason}", field.name)))?);
        }
        let [seconds, minutes, hours, days, months, weekdays, years]: [Set; 7] =
            sets.try_into().map_err(|_| refuse("it has not seven fields".into()))?;
        Ok(Self { seconds, minutes, hours, days, months, weekdays, years })
    }

    /// The first time after `now_ms` (milliseconds since the Unix epoch) at which the timer fires;
    /// `None` when there is none before the end of 2099.
    pub fn next_after(&self, now_ms: i64) -> Option<i64> {
        let local_s = now_ms.checked_add(ZONE_MS)?.div_euclid(1000).checked_add(1)?;
        // Before 1970 nothing fires.
        let from_s = local_s.max(0);
        let (from_day, second_of_day) = (from_s / DAY_S, from_s % DAY_S);
        let (year, month, day) = civil_date(from_day)?;
        if let Some(second) = self.second_from(u32::try_from(second_of_day).ok()?)
            && self.fires_on(year, month, day)
        {
            return Some(to_utc_ms(from_day, second));
        }
        let next_day = self.day_after(year, month, day)?;
        Some(to_utc_ms(next_day, self.second_from(0)?))
    }

    /// The first day (since the epoch) after the given one on which the timer fires.
    fn day_after(&self, year: u32, month: u32, day: u32) -> Option<i64> {
        for candidate_year in self.years.from(year) {
            let first_month = if candidate_year == year { month } else { 1 };
            for candidate_month in self.months.from(first_month) {
                let same = candidate_year == year && candidate_month == month;
                let first_day = if same { day + 1 } else { 1 };
                let last_day = days_in_month(candidate_year, candidate_month);
                let fires = |day: &u32| self.fires_on(candidate_year, candidate_month, *day);
                if let Some(day) = (first_day..=last_day).find(fires) {
                    return Some(day_number(candidate_year, candidate_month, day));
                }
            }
        }
        None
    }

    fn fires_on(&self, year: u32, month: u32, day: u32) -> bool {
        if !self.years.has(year) || !self.months.has(month) {
            return false;
        }
        let by_day = self.days.has(day);
        let by_week = self.weekdays.has(weekday(day_number(year, month, day)));
        match (self.days.is_any, self.weekdays.is_any) {
            (false, false) => by_day || by_week,
            _ => by_day && by_week,
        }
    }

    /// The first firing second of a day that is not before `second`.
    fn second_from(&self, second: u32) -> Option<u32> {
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        for candidate_hour in self.hours.from(hour) {
            let first_minute = if candidate_hour == hour { minute } else { 0 };
            for candidate_minute in self.minutes.from(first_minute) {
                let same = candidate_hour == hour && candidate_minute == minute;
                let first_second = if same { second } else { 0 };
                if let Some(found) = self.seconds.from(first_second).next() {
                    return Some(candidate_hour * 3600 + candidate_minute * 60 + found);
                }
            }
        }
        None
    }
}

impl Set {
    fn has(&self, value: u32) -> bool {
        let index = value.checked_sub(self.min).and_then(|index| usize::try_from(index).ok());
        index.and_then(|index| self.values.get(index)).copied().unwrap_or(false)
    }

    fn from(&self, first: u32) -> impl Iterator<Item = u32> + '_ {
        let skipped = usize::try_from(first.saturating_sub(self.min)).unwrap_or(YEARS);
        let allowed = self.values.iter().zip(self.min..).skip(skipped);
        allowed.filter(|(allowed, _)| **allowed).map(|(_, value)| value)
    }
}

impl Field {
    fn parse(&self, text: &str) -> Result<Set, String> {
        let mut set = Set { is_any: text == "*", values: [false; YEARS], min: self.min };
        for item in text.split(',') {
            let (first, last, step) = self.parse_item(item)?;
            let mut value = first;
            while value <= last {
                let index = usize::try_from(value - self.min).unwrap_or(YEARS);
                if let Some(slot) = set.values.get_mut(index) {
                    *slot = true;
                }
                value = value.saturating_add(step);
            }
        }
        Ok(set)
    }

    /// `*`, `a`, `a-b`, each with an optional `/step`. `a/step` runs to the end of the field.
    fn parse_item(&self, item: &str) -> Result<(u32, u32, u32), String> {
        let (range, step) = match item.split_once('/') {
            None => (item, None),
            Some((range, step)) => (range, Some(self.parse_step(step)?)),
        };
        let (first, last) = match range.split_once('-') {
            _ if range == "*" => (self.min, self.max),
            Some((first, last)) => (self.parse_value(first)?, self.parse_value(last)?),
            None => {
                let first = self.parse_value(range)?;
                (first, if step.is_some() { self.max } else { first })
            }
        };
        if first > last {
            return Err("has a range that ends before it begins".into());
        }
        Ok((first, last, step.unwrap_or(1)))
    }

    fn parse_step(&self, text: &str) -> Result<u32, String> {
        let most = self.max - self.min + 1;
        match parse_number(text) {
            Some(step) if (1..=most).contains(&step) => Ok(step),
            _ => Err(format!("has a step that is not a number from 1 to {most}")),
        }
    }

    fn parse_value(&self, text: &str) -> Result<u32, String> {
        let named = self.names.iter().zip(self.first_name..);
        if let Some((_, value)) =
            named.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(text))
        {
            return Ok(value);
        }
        match parse_number(text) {
            Some(value) if (self.min..=self.max).contains(&value) => Ok(value),
            _ => Err(format!("must be within {} to {}", self.min, self.max)),
        }
    }
}

/// Digits only: the standard parser would take a sign.
fn parse_number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn clipped(text: &str) -> String {
    text.chars().take(80).collect()
}

fn to_utc_ms(day: i64, second: u32) -> i64 {
    (day * DAY_S + i64::from(second)) * 1000 - ZONE_MS
}

fn weekday(day: i64) -> u32 {
    // 1 January 1970 was a Thursday.
    u32::try_from((day + 4).rem_euclid(7)).unwrap_or(0)
}

fn is_leap(year: u32) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_in_month(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1 January 1970, for years from 1970 on.
fn day_number(year: u32, month: u32, day: u32) -> i64 {
    let before = i64::from(year) - 1;
    let leap_days = before / 4 - before / 100 + before / 400;
    let year_start = before * 365 + leap_days - 719_162;
    let month_start: u32 = (1..month).map(|month| days_in_month(year, month)).sum();
    year_start + i64::from(month_start + day) - 1
}

/// The date of a day since the epoch; `None` after the last year of timers.
fn civil_date(day: i64) -> Option<(u32, u32, u32)> {
    let mut year = u32::try_from(1970 + day / 366).ok().filter(|year| *year <= YEAR_MAX)?;
    while day_number(year + 1, 1, 1) <= day {
        year += 1;
    }
    let mut rest = u32::try_from(day - day_number(year, 1, 1)).ok()?;
    let mut month = 1;
    while rest >= days_in_month(year, month) {
        rest -= days_in_month(year, month);
        month += 1;
    }
    (year <= YEAR_MAX).then_some((year, month, rest + 1))
}

#[cfg(test)]
#[path = "timer_tests.rs"]
mod tests;
