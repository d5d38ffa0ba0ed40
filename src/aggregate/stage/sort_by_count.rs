//! `$sortByCount`: the distinct values of an expression with their counts, most frequent first.

use crate::aggregate::context::StageContext;
use crate::aggregate::stage::Stage;
use crate::aggregate::stage::group::Group;
use crate::aggregate::stage::sort::Sort;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;
use bson::doc;

/// MongoDB defines the stage as `$group` and `$sort`.
pub(crate) fn parse(value: &Bson, context: &StageContext) -> Result<Vec<Stage>> {
    const NOT_AN_EXPRESSION: &str = "the sortByCount field must be defined as a $-prefixed path or an expression inside an object";
    match value {
        Bson::Document(object) => {
            if !object.keys().next().is_some_and(|key| key.starts_with('$')) {
                return Err(Error::mongo(40147, NOT_AN_EXPRESSION));
            }
        }
        Bson::String(text) => {
            if !text.starts_with('$') {
                return Err(Error::mongo(40148, NOT_AN_EXPRESSION));
            }
        }
        _ => {
            return Err(Error::mongo(
                40149,
                "the sortByCount field must be specified as a string or as an object",
            ));
        }
    }
    let group = Bson::Document(doc! {"_id": value.clone(), "count": {"$sum": 1}});
    let order = Bson::Document(doc! {"count": -1});
    Ok(vec![Stage::Group(Group::parse(&group, context)?), Stage::Sort(Sort::parse(&order)?)])
}
