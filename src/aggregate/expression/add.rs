//! `$add`: numbers, or one date and milliseconds.

use crate::aggregate::expression::operand::is_nullish;
use crate::aggregate::expression::operand::type_name;
use crate::aggregate::expression::summation::NumericSum;
use crate::aggregate::variables::Operand;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;

pub(super) fn add(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let mut sum = NumericSum::default();
    let mut has_date = false;
    for argument in arguments.iter() {
        match argument.as_deref() {
            Some(Bson::DateTime(date)) => {
                if std::mem::replace(&mut has_date, true) {
                    return Err(Error::mongo(16612, "only one date allowed in an $add expression"));
                }
                sum.add_date(date.timestamp_millis());
            }
            Some(value) if sum.add(value) => {}
            _ if is_nullish(argument) => return Ok(Some(Bson::Null)),
            _ => {
                return Err(Error::mongo(
                    16554,
                    format!(
                        "$add only supports numeric or date types, not {}",
                        type_name(argument)
                    ),
                ));
            }
        }
    }
    if has_date {
        let ms = sum.to_rounded_i64().ok_or_else(|| Error::mongo(15, "date overflow in $add"))?;
        return Ok(Some(Bson::DateTime(bson::DateTime::from_millis(ms))));
    }
    Ok(Some(sum.total()))
}
