//! `$geoNear`: documents by their distance from a point, nearest first. It reads the collection
//! itself and stands first.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use crate::aggregate::accumulator::to_f64;
use crate::aggregate::collections::Circle;
use crate::aggregate::context::StageContext;
use crate::aggregate::field::parse_path;
use crate::aggregate::memory::Memory;
use crate::aggregate::memory::sort_refusal;
use crate::aggregate::operator::Flow;
use crate::aggregate::operator::MORE;
use crate::aggregate::operator::Run;
use crate::aggregate::operator::Sink;
use crate::aggregate::output::Output;
use crate::aggregate::output::write_with;
use crate::aggregate::stage::is_true;
use crate::aggregate::stage::matching::parse_filter;
use crate::aggregate::stage::to_i64;
use crate::aggregate::stored::Stored;
use crate::aggregate::stored::lend;
use crate::error::Error;
use crate::error::Result;
use crate::query::Filter;
use crate::query::geo::EARTH_RADIUS_M;
use crate::query::geo::Geometry;
use crate::query::geo::NEAREST_WANTED_MAX;
use crate::query::geo::Point;
use crate::query::geo::SEARCH_RADIUS_MAX_M;
use crate::query::geo::distance_to_m;
use crate::query::geo::search_radii_m;
use crate::query::index_values;
use crate::value::Bson;
use crate::value::Document;
use crate::value::FieldPath;
use crate::value::RawDoc;
use crate::value::RawValue;

/// Documents given without a limit, as in MongoDB 4.0.
const LIMIT_DEFAULT: usize = 100;

/// More than distances can be off by rounding.
const RADIUS_MARGIN: f64 = 1.000_001;

#[derive(Debug)]
pub(crate) struct GeoNear {
    near: Point,
    /// Metres of one unit of distance: of a metre for GeoJSON, of a radian for a legacy pair.
    unit_m: f64,
    distance_field: FieldPath,
    distance_multiplier: f64,
    location_field: Option<FieldPath>,
    key: Option<FieldPath>,
    query: Option<Filter>,
    limit: usize,
    distance_max: f64,
    distance_min: f64,
    is_spherical: bool,
}

/// A refusal of MongoDB's command that the stage is made of.
fn command_failed(code: i32, code_name: &str, text: &str) -> Error {
    Error::mongo(
        16604,
        format!(
            "geoNear command failed: {{ ok: 0.0, errmsg: \"{text}\", code: {code}, codeName: \
             \"{code_name}\" }}"
        ),
    )
}

impl GeoNear {
    pub fn parse(value: &Bson, context: &StageContext) -> Result<Self> {
        let Bson::Document(options) = value else {
            return Err(Error::mongo(10065, "invalid parameter: expected an object ($geoNear)"));
        };
        let near = options
            .get("near")
            .filter(|near| matches!(near, Bson::Document(_) | Bson::Array(_)))
            .ok_or_else(|| Error::mongo(16605, "$geoNear requires a 'near' option as an Array"))?;
        let distance_field = options.get_str("distanceField").map_err(|_| {
            Error::mongo(16606, "$geoNear requires a 'distanceField' option as a String")
        })?;
        let distance_field = parse_path(distance_field)?;
        let location_field = match options.get("includeLocs") {
            None => None,
            Some(Bson::String(path)) => Some(parse_path(path)?),
            Some(_) => {
                return Err(Error::mongo(
                    16607,
                    "$geoNear requires that 'includeLocs' option is a String",
                ));
            }
        };
        if options.contains_key("collation") {
            return Err(Error::mongo(
                40227,
                "$geoNear does not accept the 'collation' parameter. Instead, specify a collation \
                 for the entire aggregation command.",
            ));
        }
        let number =
            |name| options.get(name).and_then(|value| to_f64(lend(value, &mut Vec::new())));
        let query = match options.get("query") {
            Some(Bson::Document(query)) if !query.is_empty() => Some(parse_filter(query, context)?),
            _ => None,
        };
        let (near, unit_m) = parse_near(near)?;
        Ok(Self {
            near,
            unit_m,
            distance_field,
            distance_multiplier: number("distanceMultiplier").unwrap_or(1.0),
            location_field,
            key: options.get_str("key").ok().map(parse_path).transpose()?,
            query,
            limit: parse_limit(options)?,
            distance_max: number("maxDistance").unwrap_or(f64::INFINITY),
            distance_min: number("minDistance").unwrap_or(0.0),
            is_spherical: options.get("spherical").is_some_and(is_true),
        })
    }

    pub fn run(&self, collection: &str, run: Run<'_>, sink: &mut Sink<'_>) -> Result<()> {
        let key = self.indexed_path(collection, run)?;
        if !self.is_spherical {
            return Err(command_failed(
                17301,
                "Location17301",
                "2dsphere index must have spherical: true",
            ));
        }
        let hits = self.nearest(collection, &key, run)?;
        self.emit(hits.into_sorted_vec(), sink)
    }

    /// The documents to give. Few are looked for in growing circles where an index can, so that
    /// the world is not read for what is around the corner.
    fn nearest(&self, collection: &str, key: &FieldPath, run: Run<'_>) -> Result<BinaryHeap<Hit>> {
        let (min_m, max_m) = (self.distance_min * self.unit_m, self.distance_max * self.unit_m);
        let radii_m = search_radii_m(min_m, max_m).filter(|_| self.limit <= NEAREST_WANTED_MAX);
        for radius_m in radii_m {
            match self.hits_within(radius_m, collection, key, run)? {
                None => return self.hits(collection, key, run),
                Some(hits) if hits.len() >= self.limit => return Ok(hits),
                Some(_) => {}
            }
        }
        if (0.0..SEARCH_RADIUS_MAX_M).contains(&max_m)
            && let Some(hits) =
                self.hits_within(max_m.max(1.0) * RADIUS_MARGIN, collection, key, run)?
        {
            return Ok(hits);
        }
        self.hits(collection, key, run)
    }

    /// The nearest documents of those within a radius. None without an index.
    fn hits_within(
        &self,
        radius_m: f64,
        collection: &str,
        key: &FieldPath,
        run: Run<'_>,
    ) -> Result<Option<BinaryHeap<Hit>>> {
        // Wider, so that what was not looked at is farther even when distances are rounded.
        let circle = Circle { path: key, center: self.near, radius_m: radius_m * RADIUS_MARGIN };
        let mut kept = Kept::new(self.limit, run);
        let visit = &mut |document: RawDoc<'_>| {
            kept.look(self.distance(document, key).filter(|(m, ..)| *m <= radius_m), document)
        };
        let is_read =
            run.collections.scan_circle(collection, self.query.as_ref(), &circle, visit)?;
        Ok(is_read.then_some(kept.hits))
    }

    /// The nearest of all documents.
    fn hits(&self, collection: &str, key: &FieldPath, run: Run<'_>) -> Result<BinaryHeap<Hit>> {
        let mut kept = Kept::new(self.limit, run);
        run.collections.scan(collection, self.query.as_ref(), &mut |document| {
            kept.look(self.distance(document, key), document)
        })?;
        Ok(kept.hits)
    }

    /// The field to measure from: the one asked for, or the only one with an index.
    fn indexed_path(&self, collection: &str, run: Run<'_>) -> Result<FieldPath> {
        let mut paths = run.collections.geo_paths(collection)?;
        match &self.key {
            Some(key) if paths.contains(key) => return Ok(key.clone()),
            None if paths.len() > 1 => {
                return Err(command_failed(
                    17300,
                    "Location17300",
                    "more than one 2dsphere index, not sure which to run geoNear on",
                ));
            }
            Some(_) => paths.clear(),
            None => {}
        }
        paths.pop().ok_or_else(|| command_failed(27, "IndexNotFound", "no geo indices for geoNear"))
    }

    /// The smallest distance to a location in the document, in metres and in the stage's unit, if
    /// it is in range.
    fn distance(&self, document: RawDoc<'_>, key: &FieldPath) -> Option<(f64, f64, Stored)> {
        let mut nearest: Option<(f64, RawValue<'_>)> = None;
        for value in index_values(document, key) {
            if !matches!(value, RawValue::Document(_) | RawValue::Array(_)) {
                continue;
            }
            let Ok(geometry) = Geometry::parse(value) else { continue };
            let distance_m = distance_to_m(self.near, &geometry);
            if nearest.is_none_or(|(known_m, _)| distance_m < known_m) {
                nearest = Some((distance_m, value));
            }
        }
        let (distance_m, location) = nearest?;
        let distance = distance_m / self.unit_m;
        let is_in_range = distance >= self.distance_min && distance <= self.distance_max;
        is_in_range.then(|| (distance_m, distance, Stored::new(location)))
    }

    fn emit(&self, hits: Vec<Hit>, sink: &mut Sink<'_>) -> Result<()> {
        let (mut out, mut located) = (Output::default(), Output::default());
        for hit in hits {
            let distance = RawValue::Double(hit.distance * self.distance_multiplier);
            let write = &|out: &mut Output, name: &str| out.raw(name, distance);
            let document = RawDoc::new(&hit.document);
            write_with(&mut out, document, self.distance_field.segments(), Some(write));
            let flow = match &self.location_field {
                None => sink(out.end())?,
                Some(path) => {
                    let location = hit.location.get().unwrap_or(RawValue::Null);
                    let write = &|out: &mut Output, name: &str| out.raw(name, location);
                    write_with(&mut located, out.end(), path.segments(), Some(write));
                    sink(located.end())?
                }
            };
            if flow.is_break() {
                break;
            }
        }
        Ok(())
    }
}

/// The point and the metres of one unit of distance from it.
fn parse_near(near: &Bson) -> Result<(Point, f64)> {
    let refuse = || command_failed(17304, "Location17304", "'near' field must be point");
    let (coordinates, unit_m): (Vec<&Bson>, f64) = match near {
        Bson::Document(near) if near.contains_key("type") => {
            let is_point = near.get_str("type").is_ok_and(|kind| kind == "Point");
            let coordinates = near.get_array("coordinates").ok().filter(|_| is_point);
            (coordinates.ok_or_else(refuse)?.iter().collect(), 1.0)
        }
        Bson::Document(near) => (near.values().collect(), EARTH_RADIUS_M),
        Bson::Array(near) => (near.iter().collect(), EARTH_RADIUS_M),
        _ => return Err(refuse()),
    };
    let number =
        |at: usize| coordinates.get(at).and_then(|value| to_f64(lend(value, &mut Vec::new())));
    match (number(0), number(1)) {
        (Some(lng), Some(lat)) if lng.abs() <= 180.0 && lat.abs() <= 90.0 => {
            Ok((Point { lng, lat }, unit_m))
        }
        _ => Err(refuse()),
    }
}

fn parse_limit(options: &Document) -> Result<usize> {
    let mut limit = LIMIT_DEFAULT;
    for name in ["limit", "num"] {
        if let Some(count) = options.get(name).and_then(to_i64) {
            limit = usize::try_from(count)
                .map_err(|_| command_failed(17302, "Location17302", "limit must be >=0"))?;
        }
    }
    Ok(limit)
}

/// Memory of one kept document beside its bytes.
const HIT_BYTES: usize = 96;

/// A document in range.
struct Hit {
    distance: f64,
    number: u64,
    location: Stored,
    document: Box<[u8]>,
}

impl Hit {
    fn memory_bytes(&self) -> usize {
        self.document.len() + self.location.memory_bytes() + HIT_BYTES
    }
}

/// The nearest documents of those looked at so far.
struct Kept<'r> {
    limit: usize,
    hits: BinaryHeap<Hit>,
    looked_at: u64,
    memory: Memory,
    run: Run<'r>,
}

impl<'r> Kept<'r> {
    fn new(limit: usize, run: Run<'r>) -> Self {
        let memory = Memory::new(run.memory_bytes_max, sort_refusal);
        Self { limit, hits: BinaryHeap::new(), looked_at: 0, memory, run }
    }

    /// Counts a document, and keeps it if it has a distance and is among the nearest.
    fn look(&mut self, found: Option<(f64, f64, Stored)>, document: RawDoc<'_>) -> Result<Flow> {
        self.run.tick()?;
        self.looked_at += 1;
        let Some((_, distance, location)) = found else { return Ok(MORE) };
        let document = document.as_bytes().into();
        let hit = Hit { distance, number: self.looked_at, location, document };
        self.memory.take(hit.memory_bytes())?;
        self.hits.push(hit);
        if self.hits.len() > self.limit
            && let Some(farthest) = self.hits.pop()
        {
            self.memory.give_back(farthest.memory_bytes());
        }
        Ok(MORE)
    }
}

impl PartialEq for Hit {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Hit {}

impl PartialOrd for Hit {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Hit {
    fn cmp(&self, other: &Self) -> Ordering {
        self.distance.total_cmp(&other.distance).then(self.number.cmp(&other.number))
    }
}
