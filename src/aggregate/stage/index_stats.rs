//! `$indexStats`: one document an index.

use crate::aggregate::operator::Run;
use crate::aggregate::operator::Sink;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;
use crate::value::RawDoc;
use crate::value::encode_document;

#[derive(Debug)]
pub(crate) struct IndexStats;

impl IndexStats {
    pub fn parse(value: &Bson) -> Result<Self> {
        match value {
            Bson::Document(specification) if specification.is_empty() => Ok(Self),
            _ => Err(Error::mongo(
                28803,
                "The $indexStats stage specification must be an empty object",
            )),
        }
    }
}

pub(crate) fn run(collection: &str, run: Run<'_>, sink: &mut Sink<'_>) -> Result<()> {
    for index in run.collections.index_stats(collection)? {
        if sink(RawDoc::new(&encode_document(&index)))?.is_break() {
            break;
        }
    }
    Ok(())
}
