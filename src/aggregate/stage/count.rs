//! `$count`: how many documents there are, as one document; none for none.

use crate::aggregate::context::StageContext;
use crate::aggregate::stage::Stage;
use crate::aggregate::stage::group::Group;
use crate::aggregate::stage::project;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;
use bson::doc;

/// MongoDB defines the stage as `$group` by null and `$project` without `_id`.
pub(crate) fn parse(value: &Bson, context: &StageContext) -> Result<Vec<Stage>> {
    let name = match value {
        Bson::String(name) => name.as_str(),
        _ => return Err(Error::mongo(40156, "the count field must be a non-empty string")),
    };
    let problem = if name.is_empty() {
        Some((40157, "the count field must be a non-empty string"))
    } else if name.starts_with('$') {
        Some((40158, "the count field cannot be a $-prefixed path"))
    } else if name.contains('\0') {
        Some((40159, "the count field cannot contain a null byte"))
    } else if name.contains('.') {
        Some((40160, "the count field cannot contain '.'"))
    } else {
        None
    };
    if let Some((code, text)) = problem {
        return Err(Error::mongo(code, text));
    }
    let group = Bson::Document(doc! {"_id": null, name: {"$sum": 1}});
    let projection = Bson::Document(doc! {"_id": 0});
    Ok(vec![
        Stage::Group(Group::parse(&group, context)?),
        Stage::Projection(project::parse(&projection, context)?),
    ])
}
