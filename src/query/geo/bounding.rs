//! Boxes of longitude and latitude around geometries: supersets, never crossing the antimeridian.

use crate::query::geo::polygon::Ring;
use crate::query::geo::vector::{Arc, Vector, arcs};
use crate::query::geo::{EARTH_RADIUS_M, Geometry, Point};

/// Slack in degrees for rounding and for positions that count as touching.
const LAT_SLACK: f64 = 1e-6;
const LNG_SLACK: f64 = 1e-4;

/// Nearer to a pole than this, in degrees, every longitude is near.
const POLE_LAT: f64 = 89.99;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct LngLatBox {
    pub(super) west: f64,
    pub(super) east: f64,
    pub(super) south: f64,
    pub(super) north: f64,
}

/// Boxes that together hold all of the geometry, with slack.
pub(super) fn boxes(geometry: &Geometry) -> Vec<LngLatBox> {
    let mut out = Vec::new();
    for point in &geometry.points {
        let Point { lng, lat } = point.to_point();
        push(&mut out, (lng, lng), (lat, lat));
    }
    for line in &geometry.lines {
        push_line(&mut out, line);
    }
    for polygon in &geometry.polygons {
        push_ring(&mut out, &polygon.outer);
    }
    out
}

/// Boxes that hold everything up to `radius_m` from `center`.
pub(super) fn cap_boxes(center: Point, radius_m: f64) -> Vec<LngLatBox> {
    let mut out = Vec::new();
    let radius = (radius_m / EARTH_RADIUS_M).to_degrees();
    let lat = (center.lat - radius, center.lat + radius);
    let is_around_pole = lat.0 <= -POLE_LAT || lat.1 >= POLE_LAT;
    let width = if is_around_pole || radius >= 90.0 {
        180.0
    } else {
        // The meridians that touch the circle.
        let ratio = radius.to_radians().sin() / center.lat.to_radians().cos();
        ratio.clamp(0.0, 1.0).asin().to_degrees()
    };
    push(&mut out, (center.lng - width, center.lng + width), lat);
    out
}

fn push_line(out: &mut Vec<LngLatBox>, line: &[Vector]) {
    let lat = lat_range(arcs(line));
    push(out, lng_range(line.iter()).0, lat);
}

fn push_ring(out: &mut Vec<LngLatBox>, ring: &Ring) {
    let (low, high) = ring.z_range();
    let lat = (low.clamp(-1.0, 1.0).asin().to_degrees(), high.clamp(-1.0, 1.0).asin().to_degrees());
    let vertices = ring.vertices();
    let ((west, east), turned) = lng_range(vertices.iter().chain(vertices.first()));
    // A ring that runs around the world encloses a pole.
    let lng = if turned.abs() > 1.0 { (-180.0, 180.0) } else { (west, east) };
    push(out, lng, lat);
}

fn lat_range(arcs: impl Iterator<Item = Arc>) -> (f64, f64) {
    let (low, high) = arcs
        .map(Arc::z_range)
        .fold((1.0_f64, -1.0_f64), |range, arc| (range.0.min(arc.0), range.1.max(arc.1)));
    (low.clamp(-1.0, 1.0).asin().to_degrees(), high.clamp(-1.0, 1.0).asin().to_degrees())
}

/// The longitudes along the vertices without a jump at the antimeridian, and how far the last is
/// from the first.
fn lng_range<'a>(vertices: impl Iterator<Item = &'a Vector>) -> ((f64, f64), f64) {
    let mut lngs = vertices.map(|vertex| vertex.to_point().lng);
    let Some(first) = lngs.next() else { return ((0.0, 0.0), 0.0) };
    let (mut here, mut west, mut east) = (first, first, first);
    for lng in lngs {
        let mut step = (lng - here).rem_euclid(360.0);
        if step > 180.0 {
            step -= 360.0;
        }
        if (step.abs() - 180.0).abs() < LNG_SLACK {
            // Through a pole: either side may be meant.
            return ((-180.0, 180.0), 0.0);
        }
        here += step;
        west = west.min(here);
        east = east.max(here);
    }
    ((west, east), here - first)
}

/// Adds slack, opens up at the poles, and cuts at the antimeridian.
fn push(out: &mut Vec<LngLatBox>, lng: (f64, f64), lat: (f64, f64)) {
    let south = (lat.0 - LAT_SLACK).max(-90.0);
    let north = (lat.1 + LAT_SLACK).min(90.0);
    let (west, east) = (lng.0 - LNG_SLACK, lng.1 + LNG_SLACK);
    if south <= -POLE_LAT
        || north >= POLE_LAT
        || east - west >= 360.0
        || east.is_nan()
        || west.is_nan()
    {
        out.push(LngLatBox { west: -180.0, east: 180.0, south, north });
        return;
    }
    let shift = ((west + 180.0) / 360.0).floor() * 360.0;
    let (west, east) = (west - shift, east - shift);
    out.push(LngLatBox { west, east: east.min(180.0), south, north });
    if east > 180.0 {
        out.push(LngLatBox { west: -180.0, east: east - 360.0, south, north });
    }
}
