//! GeoJSON on a sphere: parsing, distance, containment, and cells for an index.

use crate::error::Result;
use crate::value::RawValue;

/// The sphere's radius in metres, as MongoDB has it.
pub const EARTH_RADIUS_M: f64 = 6_378_100.0;

/// A position in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub lng: f64,
    pub lat: f64,
}

/// A range of cell ids, both ends inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CellRange {
    pub first: u64,
    pub last: u64,
}

/// A valid GeoJSON geometry.
#[derive(Debug, Clone, PartialEq)]
pub enum Geometry {
    Point(Point),
}

impl Geometry {
    /// Reads GeoJSON or a legacy coordinate pair.
    pub fn parse(_value: RawValue<'_>) -> Result<Self> {
        Ok(Self::Point(Point { lng: 0.0, lat: 0.0 }))
    }
}

/// Great-circle distance in metres.
pub fn distance_m(_from: Point, _to: Point) -> f64 {
    0.0
}

/// The smallest distance in metres from `from` to any position of `geometry`.
pub fn distance_to_m(_from: Point, _geometry: &Geometry) -> f64 {
    0.0
}

/// The leaf cell that holds `point`.
pub fn cell_of(_point: Point) -> u64 {
    0
}

/// At most `cells_max` ranges of cells that together cover `geometry`.
pub fn cover(_geometry: &Geometry, _cells_max: usize) -> Vec<CellRange> {
    vec![CellRange { first: 0, last: u64::MAX }]
}
