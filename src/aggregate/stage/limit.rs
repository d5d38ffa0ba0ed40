//! `$limit`: the first documents only.

use crate::aggregate::operator::Downstream;
use crate::aggregate::operator::ENOUGH;
use crate::aggregate::operator::Flow;
use crate::aggregate::operator::Operator;
use crate::aggregate::stage::to_i64;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;
use crate::value::RawDoc;

pub(crate) fn parse(value: &Bson) -> Result<u64> {
    let Some(count) = to_i64(value) else {
        return Err(Error::mongo(15957, "the limit must be specified as a number"));
    };
    match u64::try_from(count) {
        Ok(count) if count > 0 => Ok(count),
        _ => Err(Error::mongo(15958, "the limit must be positive")),
    }
}

pub(crate) fn operator<'p>(count: u64) -> Box<dyn Operator + 'p> {
    Box::new(Limiting { left: count })
}

struct Limiting {
    left: u64,
}

impl Operator for Limiting {
    fn push(&mut self, document: RawDoc<'_>, next: &mut Downstream<'_, '_>) -> Result<Flow> {
        if self.left == 0 {
            return Ok(ENOUGH);
        }
        self.left -= 1;
        let flow = next.push(document)?;
        Ok(if self.left == 0 { ENOUGH } else { flow })
    }
}
