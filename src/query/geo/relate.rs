//! How geometries lie to each other.

use std::f64::consts::PI;

use crate::query::geo::polygon::Polygon;
use crate::query::geo::vector::{Vector, arcs};
use crate::query::geo::{EARTH_RADIUS_M, Geometry, Point};

/// Slack for a position exactly on the edge of a cap, in radians.
const CAP_SLACK: f64 = 1e-12;

/// Whether all of `inner` lies inside or on the boundary of one of `outer`'s polygons, part by
/// part.
pub fn within(inner: &Geometry, outer: &Geometry) -> bool {
    let holds = |contains: &dyn Fn(&Polygon) -> bool| outer.polygons.iter().any(contains);
    inner.points.iter().all(|point| holds(&|polygon| polygon.contains(*point)))
        && inner
            .lines
            .iter()
            .all(|line| holds(&|polygon| arcs(line).all(|arc| polygon.contains_arc(arc))))
        && inner.polygons.iter().all(|part| holds(&|polygon| polygon.contains_polygon(part)))
}

/// Whether all of `inner` is at most `radians` away from `center`.
pub(super) fn within_cap(inner: &Geometry, center: Vector, radians: f64) -> bool {
    // The farthest position of a shape is the nearest one to the other end of the world.
    radians >= PI || angle_to(inner, center.opposite()) >= PI - radians - CAP_SLACK
}

/// Whether the geometries share a position.
pub fn intersects(left: &Geometry, right: &Geometry) -> bool {
    let point = |point: &Vector| touches_position(right, *point);
    left.points.iter().any(point)
        || right.points.iter().any(|point| touches_position(left, *point))
        || left.lines.iter().any(|line| touches_line(right, line))
        || left.polygons.iter().any(|polygon| touches_polygon(right, polygon))
}

fn touches_position(geometry: &Geometry, position: Vector) -> bool {
    geometry.points.iter().any(|point| point.touches(position))
        || geometry.lines.iter().any(|line| arcs(line).any(|arc| arc.touches_position(position)))
        || geometry.polygons.iter().any(|polygon| polygon.contains(position))
}

fn touches_line(geometry: &Geometry, line: &[Vector]) -> bool {
    let touches =
        |other: &Vec<Vector>| arcs(line).any(|arc| arcs(other).any(|edge| edge.touches(arc)));
    geometry.lines.iter().any(touches)
        || geometry.polygons.iter().any(|polygon| line_meets_polygon(line, polygon))
}

fn touches_polygon(geometry: &Geometry, polygon: &Polygon) -> bool {
    geometry.lines.iter().any(|line| line_meets_polygon(line, polygon))
        || geometry.polygons.iter().any(|other| {
            polygon.contains(other.outer.vertices()[0])
                || other.contains(polygon.outer.vertices()[0])
                || polygon.arcs().any(|arc| other.arcs().any(|edge| edge.touches(arc)))
        })
}

fn line_meets_polygon(line: &[Vector], polygon: &Polygon) -> bool {
    line.first().is_some_and(|first| polygon.contains(*first))
        || arcs(line).any(|arc| polygon.arcs().any(|edge| edge.touches(arc)))
}

/// The smallest distance in metres from `from` to any position of `geometry`; 0 inside a polygon.
pub fn distance_to_m(from: Point, geometry: &Geometry) -> f64 {
    angle_to(geometry, Vector::from_point(from)) * EARTH_RADIUS_M
}

fn angle_to(geometry: &Geometry, from: Vector) -> f64 {
    if geometry.polygons.iter().any(|polygon| polygon.contains(from)) {
        return 0.0;
    }
    let points = geometry.points.iter().map(|point| point.angle(from));
    let lines = geometry.lines.iter().flat_map(|line| arcs(line));
    let edges = geometry.polygons.iter().flat_map(Polygon::arcs);
    let arcs = lines.chain(edges).map(|arc| arc.distance(from));
    points.chain(arcs).fold(f64::INFINITY, f64::min)
}
