//! GeoJSON on a sphere: parsing, distance, containment, and cells for an index.
//!
//! Edges are great-circle arcs. A boundary belongs to its shape. Positions closer than
//! [`TOUCH_RADIANS`](vector::TOUCH_RADIANS) are the same.

mod bounding;
mod cells;
mod parse;
mod planar;
mod polygon;
mod relate;
mod search;
mod vector;

pub(super) mod operator;

#[cfg(test)]
mod tests;

pub use cells::{CellRange, cell_of, cover, cover_cap, index_cells};
pub use relate::{distance_to_m, intersects, within};
pub use search::{NEAREST_WANTED_MAX, SEARCH_RADIUS_MAX_M, search_radii_m};

use polygon::Polygon;
use vector::Vector;

/// The sphere's radius in metres, as MongoDB has it.
pub const EARTH_RADIUS_M: f64 = 6_378_100.0;

/// A position in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub lng: f64,
    pub lat: f64,
}

/// A valid geometry of any of the seven GeoJSON types, or a legacy coordinate pair.
#[derive(Debug, Clone)]
pub struct Geometry {
    /// The position of a geometry that is one point.
    point: Option<Point>,
    points: Vec<Vector>,
    lines: Vec<Vec<Vector>>,
    polygons: Vec<Polygon>,
}

impl Geometry {
    pub fn from_point(point: Point) -> Self {
        Self {
            point: Some(point),
            points: vec![Vector::from_point(point)],
            lines: Vec::new(),
            polygons: Vec::new(),
        }
    }

    /// The position, when the geometry is a single point.
    pub fn as_point(&self) -> Option<Point> {
        self.point
    }

    /// Whether something can be within the geometry: polygons only.
    pub fn has_interior(&self) -> bool {
        self.points.is_empty() && self.lines.is_empty() && !self.polygons.is_empty()
    }
}

/// Great-circle distance in metres.
pub fn distance_m(from: Point, to: Point) -> f64 {
    Vector::from_point(from).angle(Vector::from_point(to)) * EARTH_RADIUS_M
}
