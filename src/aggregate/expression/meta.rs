//! `$meta`: scores of a text search, which no document here has.

use crate::aggregate::expression::Expression;
use crate::aggregate::expression::Node;
use crate::aggregate::expression::scope::Scope;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;

pub(super) fn parse(_: &'static str, value: &Bson, _: &Scope) -> Result<Expression> {
    match value {
        Bson::String(name) if name == "textScore" => Err(Error::mongo(
            40218,
            "pipeline requires text score metadata, but there is no text score available",
        )),
        Bson::String(name) if name == "randVal" => Ok(Expression::new(Node::Constant(None))),
        Bson::String(name) => {
            Err(Error::mongo(17308, format!("Unsupported argument to $meta: {name}")))
        }
        _ => Err(Error::mongo(17307, "$meta only supports string arguments")),
    }
}
