//! `$skip`: all but the first documents.

use crate::aggregate::operator::Downstream;
use crate::aggregate::operator::Flow;
use crate::aggregate::operator::MORE;
use crate::aggregate::operator::Operator;
use crate::aggregate::stage::to_i64;
use crate::aggregate::stage::type_name;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;
use crate::value::RawDoc;

pub(crate) fn parse(value: &Bson) -> Result<u64> {
    let Some(count) = to_i64(value) else {
        return Err(Error::mongo(
            15972,
            format!("Argument to $skip must be a number not a {}", type_name(value)),
        ));
    };
    u64::try_from(count).map_err(|_| Error::mongo(15956, "Argument to $skip cannot be negative"))
}

pub(crate) fn operator<'p>(count: u64) -> Box<dyn Operator + 'p> {
    Box::new(Skipping { left: count })
}

struct Skipping {
    left: u64,
}

impl Operator for Skipping {
    fn push(&mut self, document: RawDoc<'_>, next: &mut Downstream<'_, '_>) -> Result<Flow> {
        if self.left > 0 {
            self.left -= 1;
            return Ok(MORE);
        }
        next.push(document)
    }
}
