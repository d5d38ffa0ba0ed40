//! GeoJSON and legacy pairs to geometries, with MongoDB's refusals.

use crate::error::{Error, Result};
use crate::query::BAD_VALUE;
use crate::query::geo::polygon::{Polygon, Ring};
use crate::query::geo::vector::{Arc, Vector};
use crate::query::geo::{Geometry, Point};
use crate::query::number::raw_to_f64;
use crate::value::{RawDoc, RawValue, shell_text_raw};

/// Most pairs of edges that are checked for crossing; the rest of a larger ring is trusted.
const EDGE_PAIRS_MAX: usize = 20_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Check {
    /// Rings may not cross themselves or each other.
    Full,
    /// Only what the shape of the value tells.
    Shape,
}

fn refuse<T>(text: impl Into<String>) -> Result<T> {
    Err(Error::mongo(BAD_VALUE, text))
}

impl Geometry {
    /// Reads GeoJSON or a legacy pair (`[lng, lat]` or an object whose first two fields are
    /// numbers) and checks it as MongoDB checks what enters a 2dsphere index.
    pub fn parse(value: RawValue<'_>) -> Result<Self> {
        read(value, Check::Full)
    }

    /// As [`parse`](Self::parse) for values that entered an index already: crossing edges are not
    /// looked for, which is what costs time.
    pub fn parse_stored(value: RawValue<'_>) -> Result<Self> {
        read(value, Check::Shape)
    }
}

fn read(value: RawValue<'_>, check: Check) -> Result<Geometry> {
    let (RawValue::Document(object) | RawValue::Array(object)) = value else {
        return refuse("geo element must be an array or object");
    };
    if is_legacy(value) {
        return Ok(Geometry::from_point(on_sphere(flat_point(Some(value), true)?)?));
    }
    let mut geometry =
        Geometry { point: None, points: Vec::new(), lines: Vec::new(), polygons: Vec::new() };
    if object.get("type") == Some(RawValue::String("GeometryCollection")) {
        add_collection(&mut geometry, object, check)?;
    } else {
        add_shape(&mut geometry, object, check)?;
    }
    Ok(geometry)
}

/// Whether a value is a pair of numbers rather than GeoJSON.
pub(super) fn is_legacy(value: RawValue<'_>) -> bool {
    match value {
        RawValue::Array(_) => true,
        RawValue::Document(object) => {
            object.values().next().is_some_and(|first| raw_to_f64(first).is_some())
        }
        _ => false,
    }
}

/// The first two numbers of an array or object.
pub(super) fn flat_point(value: Option<RawValue<'_>>, allow_more: bool) -> Result<Point> {
    let Some(RawValue::Array(object) | RawValue::Document(object)) = value else {
        return refuse("Point must be an array or object");
    };
    let mut values = object.values();
    let (Some(lng), Some(lat)) =
        (values.next().and_then(raw_to_f64), values.next().and_then(raw_to_f64))
    else {
        return refuse("Point must only contain numeric elements");
    };
    if !allow_more && values.next().is_some() {
        return refuse("Point must only contain two numeric elements");
    }
    if !lng.is_finite() || !lat.is_finite() {
        return refuse("Point coordinates must be finite numbers");
    }
    Ok(Point { lng, lat })
}

/// Refuses a position that is not on the sphere.
pub(super) fn on_sphere(point: Point) -> Result<Point> {
    let Point { lng, lat } = point;
    if lng.abs() > 180.0 || lat.abs() > 90.0 {
        return refuse(format!("longitude/latitude is out of bounds, lng: {lng} lat: {lat}"));
    }
    Ok(point)
}

fn add_shape(geometry: &mut Geometry, object: RawDoc<'_>, check: Check) -> Result<()> {
    let coordinates = object.get("coordinates");
    let Some(RawValue::String(kind)) = object.get("type") else { return unknown_type(object) };
    if !matches!(
        kind,
        "Point" | "LineString" | "Polygon" | "MultiPoint" | "MultiLineString" | "MultiPolygon"
    ) {
        return unknown_type(object);
    }
    check_reference_system(object)?;
    match kind {
        "Point" => {
            let point = on_sphere(flat_point(coordinates, true)?)?;
            geometry.point = Some(point);
            geometry.points.push(Vector::from_point(point));
        }
        "LineString" => geometry.lines.push(line(coordinates)?),
        "Polygon" => geometry.polygons.push(polygon(coordinates, check)?),
        "MultiPoint" => {
            let points = positions(coordinates)?;
            not_empty(kind, points.len())?;
            geometry.points.extend(points.into_iter().map(Vector::from_point));
        }
        "MultiLineString" => {
            let parts = parts(kind, coordinates)?;
            for part in parts {
                geometry.lines.push(line(Some(part))?);
            }
        }
        _ => {
            let parts = parts(kind, coordinates)?;
            for part in parts {
                geometry.polygons.push(polygon(Some(part), check)?);
            }
        }
    }
    Ok(())
}

fn unknown_type<T>(object: RawDoc<'_>) -> Result<T> {
    refuse(format!("unknown GeoJSON type: {}", shell_text_raw(RawValue::Document(object))))
}

fn add_collection(geometry: &mut Geometry, object: RawDoc<'_>, check: Check) -> Result<()> {
    let Some(RawValue::Array(items)) = object.get("geometries") else {
        return refuse("GeometryCollection geometries must be an array");
    };
    if items.is_empty() {
        return refuse("GeometryCollection geometries must have at least 1 element");
    }
    for (index, item) in items.values().enumerate() {
        let RawValue::Document(part) = item else {
            return refuse(format!("Element {index} of \"geometries\" is not an object"));
        };
        if part.get("type") == Some(RawValue::String("GeometryCollection")) {
            let text = shell_text_raw(item);
            return refuse(format!("GeometryCollections cannot be nested: {text}"));
        }
        add_shape(geometry, part, check)?;
    }
    geometry.point = None;
    Ok(())
}

fn check_reference_system(object: RawDoc<'_>) -> Result<()> {
    let Some(system) = object.get("crs") else { return Ok(()) };
    let RawValue::Document(system) = system else {
        return refuse("GeoJSON CRS must be an object");
    };
    if system.get("type") != Some(RawValue::String("name")) {
        return refuse("GeoJSON CRS must have field \"type\": \"name\"");
    }
    let Some(RawValue::Document(properties)) = system.get("properties") else {
        return refuse("CRS must have field \"properties\" which is an object");
    };
    match properties.get("name") {
        Some(RawValue::String("urn:ogc:def:crs:OGC:1.3:CRS84" | "EPSG:4326")) => Ok(()),
        Some(RawValue::String(name)) => refuse(format!("Unknown CRS name: {name}")),
        _ => refuse("In CRS, \"properties.name\" must be a string"),
    }
}

fn not_empty(kind: &str, length: usize) -> Result<()> {
    if length == 0 {
        return refuse(format!("{kind} coordinates must have at least 1 element"));
    }
    Ok(())
}

fn parts<'a>(
    kind: &str,
    coordinates: Option<RawValue<'a>>,
) -> Result<impl Iterator<Item = RawValue<'a>> + use<'a>> {
    let Some(RawValue::Array(items)) = coordinates else {
        return refuse(format!("{kind} coordinates must be an array"));
    };
    not_empty(kind, items.len())?;
    Ok(items.values())
}

fn positions(value: Option<RawValue<'_>>) -> Result<Vec<Point>> {
    let Some(RawValue::Array(items)) = value else {
        return refuse("GeoJSON coordinates must be an array of coordinates");
    };
    items
        .values()
        .map(|item| match item {
            RawValue::Array(_) => on_sphere(flat_point(Some(item), true)?),
            _ => refuse("GeoJSON coordinates must be an array"),
        })
        .collect()
}

fn vectors(positions: Vec<Point>) -> Vec<Vector> {
    let mut vectors: Vec<Vector> = positions.into_iter().map(Vector::from_point).collect();
    vectors.dedup();
    vectors
}

fn line(coordinates: Option<RawValue<'_>>) -> Result<Vec<Vector>> {
    let vertices = vectors(positions(coordinates)?);
    let text = || coordinates.map_or_else(String::new, shell_text_raw);
    if vertices.len() < 2 {
        return refuse(format!("GeoJSON LineString must have at least 2 vertices: {}", text()));
    }
    let opposite = vertices.windows(2).position(|pair| pair[0].opposite().touches(pair[1]));
    if let Some(index) = opposite {
        let next = index + 1;
        return refuse(format!(
            "GeoJSON LineString is not valid: Vertices {index} and {next} are antipodal {}",
            text()
        ));
    }
    Ok(vertices)
}

fn polygon(coordinates: Option<RawValue<'_>>, check: Check) -> Result<Polygon> {
    let Some(coordinates @ RawValue::Array(items)) = coordinates else {
        return refuse("Polygon coordinates must be an array");
    };
    let mut rings: Vec<Ring> = Vec::new();
    let mut first_text = None;
    for item in items.values() {
        let ring = ring(item, check)?;
        if let Some(outer) = rings.first() {
            let is_hole = ring
                .vertices()
                .iter()
                .all(|vertex| outer.touches_position(*vertex) || outer.encloses(*vertex));
            if !is_hole {
                return refuse(format!(
                    "Secondary loops not contained by first exterior loop - \
                     secondary loops must be holes: {} first loop: {}",
                    shell_text_raw(item),
                    first_text.map_or_else(String::new, shell_text_raw),
                ));
            }
        }
        first_text = first_text.or(Some(item));
        rings.push(ring);
    }
    if check == Check::Full {
        check_rings(&rings, coordinates)?;
    }
    let mut rings = rings.into_iter();
    let Some(outer) = rings.next() else { return refuse("Polygon has no loops.") };
    Ok(Polygon { outer, holes: rings.collect() })
}

fn ring(value: RawValue<'_>, check: Check) -> Result<Ring> {
    let text = || shell_text_raw(value);
    let positions = positions(Some(value))?;
    let Some(first) = positions.first() else {
        return refuse(format!("Loop has no vertices: {}", text()));
    };
    let is_closed = positions
        .last()
        .is_some_and(|last| Vector::from_point(*last) == Vector::from_point(*first));
    if !is_closed {
        return refuse(format!("Loop is not closed: {}", text()));
    }
    let mut vertices = vectors(positions);
    vertices.pop();
    if vertices.len() < 3 {
        return refuse(format!("Loop must have at least 3 different vertices: {}", text()));
    }
    if let Some((first, second)) = duplicate(&vertices) {
        return refuse(format!(
            "Loop is not valid: {} Duplicate vertices: {first} and {second}",
            text()
        ));
    }
    let ring = Ring::new(vertices);
    if check == Check::Full {
        let arcs: Vec<Arc> = ring.arcs().collect();
        let is_apart = |first: usize, second: usize| {
            let gap = first.abs_diff(second);
            gap > 1 && gap < arcs.len() - 1
        };
        if let Some((first, second)) = crossing(&arcs, &arcs, is_apart) {
            let (left, right) = (arcs[first], arcs[second]);
            return refuse(format!(
                "Loop is not valid: {} Edges {first} and {second} cross. \
                 Edge locations in degrees: {} and {}",
                text(),
                arc_text(left),
                arc_text(right)
            ));
        }
    }
    Ok(ring)
}

fn duplicate(vertices: &[Vector]) -> Option<(usize, usize)> {
    let mut order: Vec<usize> = (0..vertices.len()).collect();
    let key = |index: usize| (vertices[index].x, vertices[index].y, vertices[index].z);
    order.sort_by(|left, right| {
        let (left, right) = (key(*left), key(*right));
        left.0.total_cmp(&right.0).then(left.1.total_cmp(&right.1)).then(left.2.total_cmp(&right.2))
    });
    order
        .windows(2)
        .find(|pair| vertices[pair[0]] == vertices[pair[1]])
        .map(|pair| (pair[0].min(pair[1]), pair[0].max(pair[1])))
}

/// The first pair of edges that cross, among those that `concerns` the caller.
fn crossing(
    left: &[Arc],
    right: &[Arc],
    concerns: impl Fn(usize, usize) -> bool,
) -> Option<(usize, usize)> {
    // Only edges at a common latitude can cross.
    let mut order: Vec<(f64, f64, usize)> = right
        .iter()
        .enumerate()
        .map(|(index, arc)| {
            let (low, high) = arc.z_range();
            (low, high, index)
        })
        .collect();
    order.sort_by(|first, second| first.0.total_cmp(&second.0));
    let mut pairs = 0;
    for (index, arc) in left.iter().enumerate() {
        let (low, high) = arc.z_range();
        for (_, other_high, other) in order.iter().take_while(|(start, ..)| *start <= high) {
            pairs += 1;
            if pairs > EDGE_PAIRS_MAX {
                return None;
            }
            if *other_high >= low && concerns(index, *other) && arc.crosses_properly(right[*other])
            {
                return Some((index.min(*other), index.max(*other)));
            }
        }
    }
    None
}

fn check_rings(rings: &[Ring], coordinates: RawValue<'_>) -> Result<()> {
    let text = || shell_text_raw(coordinates);
    for (index, ring) in rings.iter().enumerate() {
        let arcs: Vec<Arc> = ring.arcs().collect();
        for (other_index, other) in rings.iter().enumerate().skip(index + 1) {
            let others: Vec<Arc> = other.arcs().collect();
            if let Some((first, second)) = crossing(&arcs, &others, |_, _| true) {
                return refuse(format!(
                    "Polygon isn't valid: Loop {index} edge {first} crosses loop {other_index} \
                     edge {second} {}",
                    text()
                ));
            }
            if index > 0 && (ring.encloses(other.inside()) || other.encloses(ring.inside())) {
                return refuse(format!("Polygon interior loops cannot be nested: {}", text()));
            }
        }
    }
    Ok(())
}

fn arc_text(arc: Arc) -> String {
    let (from, to) = (arc.from.to_point(), arc.to.to_point());
    format!("[{:.7}, {:.7}]-[{:.7}, {:.7}]", from.lat, from.lng, to.lat, to.lng)
}
