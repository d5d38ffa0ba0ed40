use super::*;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan};

fn ms(text: &str) -> i64 {
    let local: DateTime = text.parse().unwrap();
    local.to_zoned(TimeZone::fixed(Offset::constant(8))).unwrap().timestamp().as_millisecond()
}

fn show(at_ms: i64) -> String {
    let zone = TimeZone::fixed(Offset::constant(8));
    Timestamp::from_millisecond(at_ms).unwrap().to_zoned(zone).datetime().to_string()
}

fn next(expression: &str, after: &str) -> Option<String> {
    Schedule::parse(expression).unwrap().next_after(ms(after)).map(show)
}

#[test]
fn the_documented_examples_fire_when_the_documentation_says() {
    let cases = [
        ("*/5 * * * * * *", "2024-01-01T00:00:00", "2024-01-01T00:00:05"),
        ("*/5 * * * * * *", "2024-01-01T00:00:04", "2024-01-01T00:00:05"),
        ("0 0 2 1 * * *", "2024-01-01T02:00:00", "2024-02-01T02:00:00"),
        ("0 15 10 * * MON-FRI *", "2024-01-05T10:15:00", "2024-01-08T10:15:00"),
        ("0 15 10 * * 1-5 *", "2024-01-05T10:14:59", "2024-01-05T10:15:00"),
        ("0 0 10,14,16 * * * *", "2024-01-01T10:00:00", "2024-01-01T14:00:00"),
        ("0 */30 9-17 * * * *", "2024-01-01T17:30:00", "2024-01-02T09:00:00"),
        ("0 0 12 * * WED *", "2024-01-01T00:00:00", "2024-01-03T12:00:00"),
        ("0 1/10 * * * * *", "2024-01-01T00:51:00", "2024-01-01T01:01:00"),
        ("0 0 0 29 FEB * *", "2024-02-29T00:00:00", "2028-02-29T00:00:00"),
        ("0 0 0 1 jan sun 2030", "2024-01-01T00:00:00", "2030-01-01T00:00:00"),
        ("30 0 0 31 * * *", "2024-03-31T00:00:30", "2024-05-31T00:00:30"),
        ("0 0 0 13 * FRI *", "2024-01-01T00:00:00", "2024-01-05T00:00:00"),
        ("59 59 23 31 12 * 2099", "2024-01-01T00:00:00", "2099-12-31T23:59:59"),
        ("0 0 0 1-10/3,20 * * *", "2024-01-07T00:00:00", "2024-01-10T00:00:00"),
    ];
    for (expression, after, expected) in cases {
        assert_eq!(
            next(expression, after).as_deref(),
            Some(expected),
            "{expression} after {after}"
        );
    }
}

#[test]
fn time_is_that_of_china() {
    // 02:00 in China is 18:00 of the day before in Greenwich.
    let schedule = Schedule::parse("0 0 2 * * * *").unwrap();
    assert_eq!(schedule.next_after(0), Some(18 * 3_600_000));
}

#[test]
fn milliseconds_do_not_hide_the_next_second() {
    let schedule = Schedule::parse("* * * * * * *").unwrap();
    for (after, expected) in [(0, 1000), (1, 1000), (999, 1000), (1000, 2000), (-500, 0)] {
        assert_eq!(schedule.next_after(after), Some(expected), "{after}");
    }
}

#[test]
fn a_timer_that_never_fires_again_has_no_next() {
    for (expression, after) in [
        ("0 0 0 30 2 * *", "2024-01-01T00:00:00"),
        ("0 0 0 1 1 * 2020", "2024-01-01T00:00:00"),
        ("0 0 0 29 2 * 2023,2025", "2020-01-01T00:00:00"),
        ("59 59 23 31 12 * 2099", "2099-12-31T23:59:59"),
        ("* * * * * * *", "2150-01-01T00:00:00"),
    ] {
        assert_eq!(next(expression, after), None, "{expression} after {after}");
    }
    let schedule = Schedule::parse("* * * * * * *").unwrap();
    assert_eq!(schedule.next_after(i64::MAX), None);
    assert_eq!(schedule.next_after(i64::MIN), Some(-ZONE_MS));
}

#[test]
fn what_is_no_expression_is_refused_with_the_reason() {
    let cases = [
        ("", "it has 0 fields"),
        ("0 0 2 1 * *", "it has 6 fields"),
        ("* * * * * * * *", "it has 8 fields"),
        ("60 * * * * * *", "second '60' must be within 0 to 59"),
        ("* * 24 * * * *", "hour '24'"),
        ("* * * 0 * * *", "day '0'"),
        ("* * * * 13 * *", "month '13'"),
        ("* * * * * 7 *", "week '7'"),
        ("* * * * * * 2100", "year '2100'"),
        ("* * * * * * 1969", "year '1969'"),
        ("*/0 * * * * * *", "a step"),
        ("*/61 * * * * * *", "a step"),
        ("5-1 * * * * * *", "ends before it begins"),
        ("* * * * * SAT-SUN *", "ends before it begins"),
        ("* * * * JANUARY * *", "month 'JANUARY'"),
        ("* * * * * JAN *", "week 'JAN'"),
        ("? * * * * * *", "second '?'"),
        ("1, * * * * * *", "second '1,'"),
        (", * * * * * *", "second ','"),
        ("+1 * * * * * *", "second '+1'"),
        ("- * * * * * *", "second '-'"),
        ("1-2-3 * * * * * *", "second '1-2-3'"),
        ("1/2/3 * * * * * *", "second '1/2/3'"),
        ("99999999999 * * * * * *", "second '99999999999'"),
    ];
    for (expression, text) in cases {
        let error = Schedule::parse(expression).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidParam);
        assert!(error.message().contains(text), "{expression}: {error}");
    }
    assert!(Schedule::parse(&"1,".repeat(10_000)).is_err());
}

const SECONDS_LOOKED_AT: i64 = 4 * 86_400;

/// Looks at every second, with a calendar that is not ours.
fn next_by_brute_force(
    fields: &[Vec<u32>; 7],
    any: [bool; 2],
    after: DateTime,
) -> Option<DateTime> {
    let first = after + 1.second();
    let midnight = first.date().to_datetime(jiff::civil::Time::midnight());
    let skipped =
        i64::from(first.hour()) * 3600 + i64::from(first.minute()) * 60 + i64::from(first.second());
    let mut day_fires = false;
    for second in skipped..skipped + SECONDS_LOOKED_AT {
        if second == skipped || second % 86_400 == 0 {
            let day = midnight.date() + (second / 86_400).days();
            let has =
                |index: usize, value: i64| fields[index].contains(&u32::try_from(value).unwrap());
            let by_day = has(3, i64::from(day.day()));
            let by_week = has(5, i64::from(day.weekday().to_sunday_zero_offset()));
            let either = if any[0] || any[1] { by_day && by_week } else { by_day || by_week };
            day_fires = either && has(4, i64::from(day.month())) && has(6, i64::from(day.year()));
        }
        let of_day = u32::try_from(second % 86_400).unwrap();
        if day_fires
            && fields[0].contains(&(of_day % 60))
            && fields[1].contains(&(of_day / 60 % 60))
            && fields[2].contains(&(of_day / 3600))
        {
            return Some(midnight + second.seconds());
        }
    }
    None
}

#[test]
fn the_search_agrees_with_looking_at_every_second() {
    let seed = std::env::var("WX_LOCAL_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or(20_240_229);
    let entropy = crate::clock::Entropy::seeded(seed);
    let below = |bound: u32| u32::try_from(entropy.next_u64() % u64::from(bound)).unwrap();
    let mut found = 0;
    for _ in 0..200 {
        let mut texts = Vec::new();
        let fields: [Vec<u32>; 7] = std::array::from_fn(|index| {
            let field = &FIELDS[index];
            let (min, max) = if index == 6 { (2023, 2025) } else { (field.min, field.max) };
            let a = min + below(max - min + 1);
            let b = a + below(max - a + 1);
            let step = 1 + below(7);
            let (text, values): (String, Vec<u32>) = match below(7) {
                0..=2 => ("*".into(), (field.min..=field.max).collect()),
                3 => (format!("{a}-{b}"), (a..=b).collect()),
                4 => (format!("{a},{b}"), vec![a, b]),
                5 => (format!("{a}/{step}"), (a..=field.max).step_by(step as usize).collect()),
                _ => (format!("{a}-{b}/{step}"), (a..=b).step_by(step as usize).collect()),
            };
            texts.push(text);
            values
        });
        let any = [texts[3] == "*", texts[5] == "*"];
        let expression = texts.join(" ");
        let schedule = Schedule::parse(&expression).unwrap();
        let after = format!(
            "2024-0{}-{:02}T{:02}:{:02}:{:02}",
            1 + below(9),
            1 + below(28),
            below(24),
            below(60),
            below(60)
        );
        let expected = next_by_brute_force(&fields, any, after.parse().unwrap());
        let answer = schedule.next_after(ms(&after)).map(show);
        if let Some(expected) = expected {
            found += 1;
            assert_eq!(
                answer,
                Some(expected.to_string()),
                "{expression} after {after}, seed {seed}"
            );
        } else {
            // Beyond what was looked at, the answer must at least be later.
            let seen_until = after.parse::<DateTime>().unwrap() + SECONDS_LOOKED_AT.seconds();
            assert!(answer.is_none_or(|answer| answer > seen_until.to_string()), "{expression}");
        }
    }
    assert!(found > 20, "only {found} expressions fired within the time looked at");
}
