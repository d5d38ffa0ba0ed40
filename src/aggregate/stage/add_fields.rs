//! `$addFields`: computes fields and keeps all others.

use crate::aggregate::context::StageContext;
use crate::aggregate::stage::project::Reader;
use crate::aggregate::stage::projection::Mode;
use crate::aggregate::stage::projection::Projection;
use crate::aggregate::stage::type_name;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;

pub(crate) fn parse(value: &Bson, context: &StageContext) -> Result<Projection> {
    let Bson::Document(specification) = value else {
        return Err(Error::mongo(
            40272,
            format!("$addFields specification stage must be an object, got {}", type_name(value)),
        ));
    };
    let root = Reader::read(specification, "$addFields", Mode::Add, context)?;
    Ok(Projection { mode: Mode::Add, root })
}
