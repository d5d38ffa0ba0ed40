//! Time zones: names of the Olson database and offsets from UTC.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use jiff::tz::TimeZoneDatabase;

use crate::aggregate::expression::Expression;
use crate::aggregate::expression::date::calendar::Civil;
use crate::aggregate::expression::operand::as_text;
use crate::aggregate::expression::operand::is_nullish;
use crate::aggregate::variables::Operand;
use crate::aggregate::variables::Variables;
use crate::error::Error;
use crate::error::Result;

/// A rule for local time.
#[derive(Debug, Clone)]
pub(in super::super) enum Zone {
    Utc,
    /// Seconds east of Greenwich.
    Offset(i64),
    Named(TimeZone),
}

impl Zone {
    /// Reads `Asia/Shanghai`, `+08:00`, `+0800` or `+08`. Names are case-sensitive.
    pub(super) fn parse(name: &str) -> Result<Self> {
        match parse_offset(name) {
            Some(0) => return Ok(Self::Utc),
            Some(seconds) => return Ok(Self::Offset(seconds)),
            None => {}
        }
        let unknown =
            || Error::mongo(40485, format!("unrecognized time zone identifier: \"{name}\""));
        let zone = TimeZoneDatabase::bundled().get(name).map_err(|_| unknown())?;
        // To the service the zone named UTC is not "no zone": a text with an offset is refused.
        if name == "UTC" {
            return Ok(Self::Offset(0));
        }
        if zone.iana_name() == Some(name) { Ok(Self::Named(zone)) } else { Err(unknown()) }
    }

    /// Seconds that local time is ahead of UTC at a time.
    pub(super) fn offset_seconds(&self, ms: i64) -> i64 {
        match self {
            Self::Utc => 0,
            Self::Offset(seconds) => *seconds,
            Self::Named(zone) => i64::from(zone.to_offset(nearest_timestamp(ms)).seconds()),
        }
    }

    /// Local time at a time.
    pub(super) fn civil(&self, ms: i64) -> Civil {
        let mut civil = Civil::of_ms(ms);
        civil.second += self.offset_seconds(ms);
        civil.to_ms().map_or_else(|| Civil::of_ms(ms), Civil::of_ms)
    }

    /// The time of a local time given in milliseconds: of two the earlier, in a gap the time as if
    /// the clock had not been moved yet. `None` when too large.
    pub(super) fn to_utc(&self, local_ms: i64) -> Option<i64> {
        let offset = match self {
            Self::Utc => 0,
            Self::Offset(seconds) => *seconds,
            Self::Named(zone) => match ambiguous_timestamp(zone, local_ms) {
                Some(timestamp) => return Some(timestamp.as_millisecond()),
                None => self.offset_seconds(local_ms),
            },
        };
        local_ms.checked_sub(offset.checked_mul(1000)?)
    }
}

/// Outside the years that jiff knows, the rules of the first or last of them hold.
fn nearest_timestamp(ms: i64) -> Timestamp {
    let end = if ms < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_millisecond(ms).unwrap_or(end)
}

fn ambiguous_timestamp(zone: &TimeZone, local_ms: i64) -> Option<Timestamp> {
    // Local time is read as if it were UTC to get its parts.
    let as_utc = Timestamp::from_millisecond(local_ms).ok()?;
    let local = TimeZone::UTC.to_datetime(as_utc);
    zone.to_ambiguous_timestamp(local).compatible().ok()
}

/// `+hh`, `+hhmm` or `+hh:mm`, as seconds.
fn parse_offset(text: &str) -> Option<i64> {
    let (sign, digits) = match text.as_bytes() {
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    let two = |tens: &u8, ones: &u8| {
        let are_digits = tens.is_ascii_digit() && ones.is_ascii_digit();
        are_digits.then(|| i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
    };
    let (hours, minutes) = match digits {
        [h, hh] => (two(h, hh)?, 0),
        [h, hh, m, mm] | [h, hh, b':', m, mm] => (two(h, hh)?, two(m, mm)?),
        _ => return None,
    };
    Some(sign * (hours * 3600 + minutes * 60))
}

/// The `timezone` argument of an operator.
#[derive(Debug)]
pub(super) enum ZoneArgument {
    /// None was given: UTC.
    Utc,
    /// A constant, looked up once.
    Fixed(Zone),
    Computed(Expression),
}

impl ZoneArgument {
    pub(super) fn new(argument: Option<Expression>) -> Self {
        let Some(argument) = argument else { return Self::Utc };
        // A wrong constant is refused when it is used, as in the service.
        match argument.constant() {
            Some(crate::value::Bson::String(name)) => match Zone::parse(name) {
                Ok(zone) => Self::Fixed(zone),
                Err(_) => Self::Computed(argument),
            },
            _ => Self::Computed(argument),
        }
    }

    pub(super) fn is_constant(&self) -> bool {
        match self {
            Self::Utc | Self::Fixed(_) => true,
            Self::Computed(argument) => argument.is_constant(),
        }
    }

    /// The zone; `None` for null. `refusal` is the error for what is no text.
    pub(super) fn zone(
        &self,
        variables: &Variables<'_>,
        refusal: impl FnOnce(&Operand<'_>) -> Error,
    ) -> Result<Option<Zone>> {
        match self {
            Self::Utc => Ok(Some(Zone::Utc)),
            Self::Fixed(zone) => Ok(Some(zone.clone())),
            Self::Computed(argument) => {
                let value = argument.operand(variables)?;
                if is_nullish(&value) {
                    return Ok(None);
                }
                let name = as_text(&value).ok_or_else(|| refusal(&value))?;
                Zone::parse(name).map(Some)
            }
        }
    }
}

/// The refusal of a `timezone` that is no text, in most operators.
pub(super) fn not_a_text(value: &Operand<'_>) -> Error {
    let found = crate::aggregate::expression::operand::type_name(value);
    Error::mongo(40517, format!("timezone must evaluate to a string, found {found}"))
}
