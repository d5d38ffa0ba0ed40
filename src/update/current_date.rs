//! `$currentDate`.

use crate::error::{Error, ErrorKind, Result};
use crate::update::failure::bad_value;
use crate::update::operand::Value;
use crate::update::place::Context;
use crate::value::{Bson, kind_of};

#[derive(Debug, Clone, Copy)]
pub(super) enum CurrentDate {
    Date,
    Timestamp,
}

impl CurrentDate {
    pub(super) fn parse(value: &Bson) -> Result<Self> {
        let options = match value {
            Bson::Boolean(_) => return Ok(Self::Date),
            Bson::Document(options) => options,
            other => {
                return Err(bad_value(format!(
                    "{} is not valid type for $currentDate. Please use a boolean ('true') or a \
                     $type expression ({{$type: 'timestamp/date'}}).",
                    kind_of(other).name()
                )));
            }
        };
        let mut found = None;
        for (key, value) in options {
            if key != "$type" {
                return Err(bad_value(format!("Unrecognized $currentDate option: {key}")));
            }
            found = match value.as_str() {
                Some("date") => Some(Self::Date),
                Some("timestamp") => Some(Self::Timestamp),
                _ => found,
            };
        }
        found.ok_or_else(|| {
            bad_value(
                "The '$type' string field is required to be 'date' or 'timestamp': \
                 {$currentDate: {field : {$type: 'date'}}}",
            )
        })
    }

    pub(super) fn value(self, context: &Context<'_>) -> Result<Value<'static>> {
        let Some(now_ms) = context.now_ms else {
            return Err(Error::new(ErrorKind::Internal, "$currentDate was not given the time"));
        };
        Ok(Value::new(&match self {
            Self::Date => Bson::DateTime(bson::DateTime::from_millis(now_ms)),
            Self::Timestamp => Bson::Timestamp(bson::Timestamp {
                time: u32::try_from(now_ms.max(0) / 1000).unwrap_or(u32::MAX),
                increment: 1,
            }),
        }))
    }
}
