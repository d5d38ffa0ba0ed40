//! `$nearSphere`: documents in the order of their distance.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use crate::database::find::access_for;
use crate::database::plan::Access;
use crate::database::plan::IndexAt;
use crate::database::plan::IndexScan;
use crate::database::planner::key_ranges;
use crate::database::top_k::TopK;
use crate::database::walk::Walk;
use crate::error::{Error, Result};
use crate::query::Bound;
use crate::query::Filter;
use crate::query::geo::NEAREST_WANTED_MAX;
use crate::query::geo::Point;
use crate::query::geo::cover_cap;
use crate::query::geo::search_radii_m;
use crate::store::IndexOrder;
use crate::store::Slot;
use crate::value::FieldPath;
use crate::value::general_number_text;

const CIRCLE_CELLS_MAX: usize = 32;

/// A document by its distance; of equally distant ones the older is first.
#[derive(Debug, PartialEq)]
struct Nearby {
    distance_m: f64,
    slot: Slot,
}

impl Eq for Nearby {}

impl Ord for Nearby {
    fn cmp(&self, other: &Self) -> Ordering {
        self.distance_m.total_cmp(&other.distance_m).then(self.slot.cmp(&other.slot))
    }
}

impl PartialOrd for Nearby {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The nearest `wanted` documents that match, nearest first.
///
/// When few are wanted they are looked for in growing circles, so that the world is not read for
/// what is around the corner.
pub fn slots_by_distance(walk: &Walk<'_>, filter: &Filter, wanted: usize) -> Result<Vec<Slot>> {
    require_index(walk, filter)?;
    let Some(near) = filter.geo_near() else { return Ok(Vec::new()) };
    if wanted <= NEAREST_WANTED_MAX
        && let Some(index) = leading_sphere(walk, &near.path)
    {
        for radius_m in search_radii_m(near.min_m, near.max_m) {
            let access = circle(walk, index, near.point, radius_m)?;
            let found = nearest(walk, filter, &access, wanted, radius_m)?;
            // What is farther than the radius may be nearer than what was not looked at.
            if found.len() >= wanted {
                return Ok(found);
            }
        }
    }
    nearest(walk, filter, &access_for(walk, filter)?, wanted, near.max_m)
}

/// The nearest matches within `radius_m` among the documents of `access`.
fn nearest(
    walk: &Walk<'_>,
    filter: &Filter,
    access: &Access,
    wanted: usize,
    radius_m: f64,
) -> Result<Vec<Slot>> {
    let Some(near) = filter.geo_near() else { return Ok(Vec::new()) };
    let mut top = TopK::new(wanted);
    walk.visit(access, &mut |slot, document| {
        if let Some((distance_m, _)) = near.nearest(document)?
            && distance_m <= radius_m
            && filter.matches(document)?
        {
            top.push(Nearby { distance_m, slot })?;
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(top.into_sorted().into_iter().map(|nearby| nearby.slot).collect())
}

/// An index that begins with the geometries of the path and holds every document with one.
fn leading_sphere(walk: &Walk<'_>, path: &FieldPath) -> Option<usize> {
    walk.collection.indexes.iter().position(|index| {
        let mut fields = index.definition.fields.iter();
        let leads = fields
            .next()
            .is_some_and(|field| field.order == IndexOrder::Sphere && field.path == *path);
        leads && fields.all(|field| field.order != IndexOrder::Sphere)
    })
}

/// The documents with a geometry at `path` that reaches into a circle, and others. None when no
/// index knows them.
pub fn access_to_circle(
    walk: &Walk<'_>,
    path: &FieldPath,
    center: Point,
    radius_m: f64,
) -> Result<Option<Access>> {
    let index = leading_sphere(walk, path);
    index.map(|index| circle(walk, index, center, radius_m)).transpose()
}

fn circle(walk: &Walk<'_>, index: usize, center: Point, radius_m: f64) -> Result<Access> {
    let cells = cover_cap(center, radius_m, CIRCLE_CELLS_MAX);
    let bounds = vec![Bound::Cells(cells)];
    let ranges = match walk.collection.indexes.get(index) {
        Some(index) => key_ranges(&index.definition, &bounds)?,
        None => Vec::new(),
    };
    Ok(Access::Index(IndexScan { index: IndexAt::Listed(index), bounds, ranges, sorted: None }))
}

/// Ordering by distance needs a `2dsphere` index on the path, as in MongoDB.
pub fn require_index(walk: &Walk<'_>, filter: &Filter) -> Result<()> {
    let Some(near) = filter.geo_near() else { return Ok(()) };
    let fields = walk.collection.indexes.iter().flat_map(|index| &index.definition.fields);
    let found = fields.into_iter().any(|field| {
        field.order == IndexOrder::Sphere && field.path.as_str() == near.path.as_str()
    });
    if found {
        return Ok(());
    }
    let distance_max = if near.max_m.is_finite() { near.max_m } else { f64::MAX };
    Err(Error::mongo(
        2,
        format!(
            "error processing query: ns={}.{} Tree: GEONEAR  field={} maxdist={} isNearSphere=1\n\
             Sort: {{}}\nProj: {{}}\n planner returned error: unable to find index for $geoNear \
             query",
            walk.collection.env,
            walk.collection.name,
            near.path.as_str(),
            general_number_text(distance_max, 6),
        ),
    ))
}
