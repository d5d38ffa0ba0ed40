//! The stages of a pipeline, one file each.
//!
//! A stage is parsed once ([`Stage::parse`] is the table of all names) and makes an
//! [`Operator`](crate::aggregate::operator::Operator) for every run.

mod add_fields;
mod bucket;
mod bucket_auto;
mod coll_stats;
mod count;
mod facet;
mod geo_near;
mod granularity;
mod graph_lookup;
mod group;
mod index_stats;
mod limit;
mod lookup;
mod matching;
mod out;
mod project;
mod projection;
mod redact;
mod replace_root;
mod sample;
mod skip;
mod sort;
mod sort_by_count;
mod unwind;

use crate::aggregate::context::Place;
use crate::aggregate::context::StageContext;
use crate::aggregate::operator::Operator;
use crate::aggregate::operator::Run;
use crate::aggregate::operator::Sink;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;
use crate::value::Document;
use crate::value::kind_of;

pub(crate) use matching::Match;
pub(crate) use sort::Sort;

use crate::aggregate::stage::bucket_auto::BucketAuto;
use crate::aggregate::stage::coll_stats::CollStats;
use crate::aggregate::stage::facet::Facet;
use crate::aggregate::stage::geo_near::GeoNear;
use crate::aggregate::stage::graph_lookup::GraphLookup;
use crate::aggregate::stage::group::Group;
use crate::aggregate::stage::index_stats::IndexStats;
use crate::aggregate::stage::lookup::Lookup;
use crate::aggregate::stage::out::Out;
use crate::aggregate::stage::projection::Projection;
use crate::aggregate::stage::redact::Redact;
use crate::aggregate::stage::replace_root::ReplaceRoot;
use crate::aggregate::stage::sample::Sample;
use crate::aggregate::stage::unwind::Unwind;

/// A parsed stage. Those that MongoDB defines by others (`$bucket`, `$count`, `$sortByCount`) are
/// parsed into several.
#[derive(Debug)]
pub(crate) enum Stage {
    BucketAuto(BucketAuto),
    CollStats(CollStats),
    Facet(Facet),
    GeoNear(Box<GeoNear>),
    GraphLookup(Box<GraphLookup>),
    Group(Group),
    IndexStats(IndexStats),
    Limit(u64),
    Lookup(Box<Lookup>),
    Match(Match),
    Out(Out),
    Projection(Projection),
    Redact(Redact),
    ReplaceRoot(ReplaceRoot),
    Sample(Sample),
    Skip(u64),
    Sort(Sort),
    Unwind(Unwind),
}

/// A stage as the request had it.
#[derive(Debug)]
pub(crate) struct NamedStage {
    pub name: Box<str>,
    pub specification: Bson,
    pub stages: Vec<Stage>,
}

impl NamedStage {
    /// Reads `{$name: specification}`.
    pub fn parse(document: &Document, context: &StageContext) -> Result<Self> {
        let mut fields = document.iter();
        let (Some((name, specification)), None) = (fields.next(), fields.next()) else {
            return Err(Error::mongo(
                40323,
                "A pipeline stage specification object must contain exactly one field.",
            ));
        };
        let stages = Stage::parse(name, specification, context)?;
        Ok(Self { name: name.as_str().into(), specification: specification.clone(), stages })
    }

    /// Refuses a stage where it may not stand.
    pub fn check_place(&self, is_first: bool, is_last: bool, place: Place) -> Result<()> {
        let name = &self.name;
        let is_source = matches!(&**name, "$collStats" | "$geoNear" | "$indexStats");
        if place == Place::Facet && (is_source || matches!(&**name, "$facet" | "$out")) {
            return Err(Error::mongo(
                40600,
                format!("{name} is not allowed to be used within a $facet stage"),
            ));
        }
        if is_source && !is_first {
            return Err(Error::mongo(
                40602,
                format!("{name} is only valid as the first stage in a pipeline."),
            ));
        }
        if &**name == "$out" {
            if place == Place::Lookup {
                return Err(Error::mongo(
                    51047,
                    "$out is not allowed within a $lookup's sub-pipeline",
                ));
            }
            if !is_last {
                return Err(Error::mongo(
                    40601,
                    "$out can only be the final stage in the pipeline",
                ));
            }
        }
        Ok(())
    }
}

impl Stage {
    fn parse(name: &str, value: &Bson, context: &StageContext) -> Result<Vec<Self>> {
        let one = |stage| Ok(vec![stage]);
        match name {
            "$addFields" => one(Self::Projection(add_fields::parse(value, context)?)),
            "$bucket" => bucket::parse(value, context),
            "$bucketAuto" => one(Self::BucketAuto(BucketAuto::parse(value, context)?)),
            "$collStats" => one(Self::CollStats(CollStats::parse(value)?)),
            "$count" => count::parse(value, context),
            "$facet" => one(Self::Facet(Facet::parse(value, context)?)),
            "$geoNear" => one(Self::GeoNear(Box::new(GeoNear::parse(value, context)?))),
            "$graphLookup" => one(Self::GraphLookup(Box::new(GraphLookup::parse(value, context)?))),
            "$group" => one(Self::Group(Group::parse(value, context)?)),
            "$indexStats" => one(Self::IndexStats(IndexStats::parse(value)?)),
            "$limit" => one(Self::Limit(limit::parse(value)?)),
            "$lookup" => one(Self::Lookup(Box::new(Lookup::parse(value, context)?))),
            "$match" => one(Self::Match(Match::parse(value, context)?)),
            "$out" => one(Self::Out(Out::parse(value)?)),
            "$project" => one(Self::Projection(project::parse(value, context)?)),
            "$redact" => one(Self::Redact(Redact::parse(value, context)?)),
            "$replaceRoot" => one(Self::ReplaceRoot(ReplaceRoot::parse(value, context)?)),
            "$sample" => one(Self::Sample(Sample::parse(value)?)),
            "$skip" => one(Self::Skip(skip::parse(value)?)),
            "$sort" => one(Self::Sort(Sort::parse(value)?)),
            "$sortByCount" => sort_by_count::parse(value, context),
            "$unwind" => one(Self::Unwind(Unwind::parse(value)?)),
            _ => Err(Error::mongo(40324, format!("Unrecognized pipeline stage name: '{name}'"))),
        }
    }

    /// The stage at work, after `following` are known.
    pub fn operator<'p>(
        &'p self,
        following: &mut dyn Iterator<Item = &'p Self>,
        run: Run<'p>,
    ) -> Result<Box<dyn Operator + 'p>> {
        Ok(match self {
            Self::BucketAuto(stage) => stage.operator(run),
            Self::Facet(stage) => stage.operator(run)?,
            Self::GraphLookup(stage) => stage.operator(run),
            Self::Group(stage) => stage.operator(run),
            Self::Limit(count) => limit::operator(*count),
            Self::Lookup(stage) => stage.operator(run),
            Self::Match(stage) => stage.operator(),
            Self::Out(stage) => stage.operator(run),
            Self::Projection(stage) => stage.operator(run),
            Self::Redact(stage) => stage.operator(run),
            Self::ReplaceRoot(stage) => stage.operator(run),
            Self::Sample(stage) => stage.operator(run),
            Self::Skip(count) => skip::operator(*count),
            Self::Sort(stage) => stage.operator(sort::rows_wanted(following), run),
            Self::Unwind(stage) => stage.operator(),
            // They stand first, where `source` runs them.
            Self::CollStats(_) | Self::GeoNear(_) | Self::IndexStats(_) => skip::operator(0),
        })
    }

    /// Runs a stage that makes its documents itself. False for any other.
    pub fn source(&self, collection: &str, run: Run<'_>, sink: &mut Sink<'_>) -> Result<bool> {
        match self {
            Self::CollStats(stage) => stage.run(collection, run, sink)?,
            Self::GeoNear(stage) => stage.run(collection, run, sink)?,
            Self::IndexStats(_) => index_stats::run(collection, run, sink)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Whether the stage gives exactly one document for each that it gets, in their order.
    pub fn is_one_to_one(&self) -> bool {
        matches!(
            self,
            Self::Projection(_) | Self::ReplaceRoot(_) | Self::Lookup(_) | Self::GraphLookup(_)
        )
    }
}

/// MongoDB's name of a value's type.
fn type_name(value: &Bson) -> &'static str {
    kind_of(value).name()
}

/// A number as MongoDB reads it where it wants a whole one: cut, and kept in range.
#[allow(clippy::cast_possible_truncation, reason = "casts of doubles saturate, which is meant")]
fn to_i64(value: &Bson) -> Option<i64> {
    match value {
        Bson::Int32(number) => Some(i64::from(*number)),
        Bson::Int64(number) => Some(*number),
        Bson::Double(number) => Some(*number as i64),
        Bson::Decimal128(number) => Some(number.to_string().parse::<f64>().ok()? as i64),
        _ => None,
    }
}

/// Whether MongoDB takes a request's value for true.
fn is_true(value: &Bson) -> bool {
    crate::aggregate::expression::Expression::truthy(Some(value))
}
