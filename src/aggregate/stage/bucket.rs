//! `$bucket`: documents grouped by the range their value lies in.

use std::cmp::Ordering;

use bson::doc;

use crate::aggregate::context::StageContext;
use crate::aggregate::stage::Stage;
use crate::aggregate::stage::group::Group;
use crate::aggregate::stage::group::Ranges;
use crate::aggregate::stage::sort::Sort;
use crate::aggregate::stage::type_name;
use crate::aggregate::text::value_text;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;
use crate::value::Document;
use crate::value::compare;
use crate::value::kind_of;
use crate::value::shell_text;

/// The options of the stage.
#[derive(Default)]
struct Options {
    group_by: Option<Bson>,
    boundaries: Vec<Bson>,
    default: Option<Bson>,
    output: Option<Document>,
}

/// MongoDB defines the stage as `$group` by a `$switch` over the ranges, and `$sort`.
pub(crate) fn parse(value: &Bson, context: &StageContext) -> Result<Vec<Stage>> {
    let Bson::Document(specification) = value else {
        return Err(Error::mongo(
            40201,
            format!(
                "Argument to $bucket stage must be an object, but found type: {}.",
                type_name(value)
            ),
        ));
    };
    let mut options = Options::default();
    for (name, value) in specification {
        options.read(name, value, context)?;
    }
    let Some(group_by) = options.group_by.take().filter(|_| !options.boundaries.is_empty()) else {
        return Err(Error::mongo(
            40198,
            "$bucket requires 'groupBy' and 'boundaries' to be specified.",
        ));
    };
    check_default(&options)?;
    let output = options.output.unwrap_or_else(|| doc! {"count": {"$sum": 1}});
    if output.contains_key("_id") {
        return Err(Error::mongo(15948, "a group's _id may only be specified once"));
    }
    let ranges = Ranges { boundaries: options.boundaries, default: options.default };
    let order = Bson::Document(doc! {"_id": 1});
    Ok(vec![
        Stage::Group(Group::by_range(&group_by, ranges, &output, context)?),
        Stage::Sort(Sort::parse(&order)?),
    ])
}

impl Options {
    fn read(&mut self, name: &str, value: &Bson, context: &StageContext) -> Result<()> {
        match name {
            "groupBy" => {
                if !is_expression(value) {
                    return Err(Error::mongo(
                        40202,
                        format!(
                            "The $bucket 'groupBy' field must be defined as a $-prefixed path or an \
                             expression, but found: {}.",
                            shell_text(value)
                        ),
                    ));
                }
                self.group_by = Some(value.clone());
            }
            "boundaries" => self.boundaries = parse_boundaries(value, context)?,
            "default" => {
                let constant = constant(value, context)?.ok_or_else(|| {
                    Error::mongo(
                        40195,
                        format!(
                            "The $bucket 'default' field must be a constant expression, but found: \
                             {}.",
                            shell_text(value)
                        ),
                    )
                })?;
                self.default = Some(constant);
            }
            "output" => {
                let Bson::Document(output) = value else {
                    return Err(Error::mongo(
                        40196,
                        format!(
                            "The $bucket 'output' field must be an object, but found type: {}.",
                            type_name(value)
                        ),
                    ));
                };
                self.output = Some(output.clone());
            }
            _ => {
                return Err(Error::mongo(
                    40197,
                    format!("Unrecognized option to $bucket: {name}."),
                ));
            }
        }
        Ok(())
    }
}

fn parse_boundaries(value: &Bson, context: &StageContext) -> Result<Vec<Bson>> {
    let Bson::Array(items) = value else {
        return Err(Error::mongo(
            40200,
            format!(
                "The $bucket 'boundaries' field must be an array, but found type: {}.",
                type_name(value)
            ),
        ));
    };
    let mut boundaries = Vec::with_capacity(items.len());
    for item in items {
        boundaries.push(constant(item, context)?.ok_or_else(|| {
            Error::mongo(
                40191,
                format!(
                    "The $bucket 'boundaries' field must be an array of constant values, but found \
                     value: {}.",
                    shell_text(item)
                ),
            )
        })?);
    }
    if boundaries.len() < 2 {
        return Err(Error::mongo(
            40192,
            format!(
                "The $bucket 'boundaries' field must have at least 2 values, but found {} value(s).",
                boundaries.len()
            ),
        ));
    }
    check_order(&boundaries)?;
    Ok(boundaries)
}

fn check_order(boundaries: &[Bson]) -> Result<()> {
    for (at, (lower, upper)) in boundaries.iter().zip(boundaries.iter().skip(1)).enumerate() {
        if kind_of(lower).rank() != kind_of(upper).rank() {
            return Err(Error::mongo(
                40193,
                format!(
                    "All values in the the 'boundaries' option to $bucket must have the same type. \
                     Found conflicting types {} and {}.",
                    type_name(lower),
                    type_name(upper)
                ),
            ));
        }
        if compare(lower, upper) != Ordering::Less {
            return Err(Error::mongo(
                40194,
                format!(
                    "The 'boundaries' option to $bucket must be sorted, but elements {at} and {} \
                     are not in ascending order ({} is not less than {}).",
                    at + 1,
                    value_text(lower),
                    value_text(upper)
                ),
            ));
        }
    }
    Ok(())
}

fn check_default(options: &Options) -> Result<()> {
    let (Some(default), Some(lowest), Some(highest)) =
        (&options.default, options.boundaries.first(), options.boundaries.last())
    else {
        return Ok(());
    };
    let is_inside = kind_of(default).rank() == kind_of(lowest).rank()
        && compare(default, lowest) != Ordering::Less
        && compare(default, highest) == Ordering::Less;
    if is_inside {
        return Err(Error::mongo(
            40199,
            "The $bucket 'default' field must be less than the lowest boundary or greater than or \
             equal to the highest boundary.",
        ));
    }
    Ok(())
}

/// Whether a value is an object with an operator, or a path.
fn is_expression(value: &Bson) -> bool {
    match value {
        Bson::Document(object) => object.keys().next().is_some_and(|key| key.starts_with('$')),
        Bson::String(text) => text.starts_with('$'),
        _ => false,
    }
}

/// The value of a constant expression.
fn constant(value: &Bson, context: &StageContext) -> Result<Option<Bson>> {
    Ok(context.expression(value)?.constant().cloned())
}
