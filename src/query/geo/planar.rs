//! `$box`, `$center` and `$polygon`: shapes on a flat plane, which hold points only.

use crate::error::{Error, Result};
use crate::query::BAD_VALUE;
use crate::query::geo::Point;
use crate::query::geo::parse::{flat_point, is_legacy};
use crate::query::number::raw_to_f64;
use crate::value::{RawDoc, RawValue};

#[derive(Debug, Clone)]
pub(in crate::query) enum Shape {
    Box { low: Point, high: Point },
    Circle { center: Point, radius: f64 },
    Polygon(Vec<Point>),
}

impl Shape {
    pub(super) fn parse_box(value: RawDoc<'_>) -> Result<Self> {
        let mut values = value.values();
        let first = flat_point(values.next(), false)?;
        let second = flat_point(values.next(), false)?;
        Ok(Self::Box {
            low: Point { lng: first.lng.min(second.lng), lat: first.lat.min(second.lat) },
            high: Point { lng: first.lng.max(second.lng), lat: first.lat.max(second.lat) },
        })
    }

    pub(super) fn parse_circle(value: RawDoc<'_>) -> Result<Self> {
        let (center, radius) = center_and_radius(value)?;
        Ok(Self::Circle { center, radius })
    }

    pub(super) fn parse_polygon(value: RawDoc<'_>) -> Result<Self> {
        let points = value.values().map(|point| flat_point(Some(point), false));
        let points = points.collect::<Result<Vec<Point>>>()?;
        if points.len() < 3 {
            return Err(Error::mongo(BAD_VALUE, "Polygon must have at least 3 points"));
        }
        Ok(Self::Polygon(points))
    }

    /// Whether a stored pair or GeoJSON point lies inside or on the edge.
    pub(super) fn holds(&self, value: RawValue<'_>) -> bool {
        let point = match value {
            value if is_legacy(value) => flat_point(Some(value), true),
            RawValue::Document(object) if object.get("type") == Some(RawValue::String("Point")) => {
                flat_point(object.get("coordinates"), true)
            }
            _ => return false,
        };
        point.is_ok_and(|point| self.contains(point))
    }

    fn contains(&self, point: Point) -> bool {
        match self {
            Self::Box { low, high } => {
                (low.lng..=high.lng).contains(&point.lng)
                    && (low.lat..=high.lat).contains(&point.lat)
            }
            Self::Circle { center, radius } => {
                (point.lng - center.lng).hypot(point.lat - center.lat) <= *radius
            }
            Self::Polygon(vertices) => polygon_contains(vertices, point),
        }
    }
}

fn polygon_contains(vertices: &[Point], point: Point) -> bool {
    let next = vertices.iter().cycle().skip(1);
    let mut is_inside = false;
    for (from, to) in vertices.iter().zip(next) {
        let cross = (to.lng - from.lng) * (point.lat - from.lat)
            - (to.lat - from.lat) * (point.lng - from.lng);
        let between = |a: f64, b: f64, c: f64| (a.min(b)..=a.max(b)).contains(&c);
        if cross == 0.0
            && between(from.lng, to.lng, point.lng)
            && between(from.lat, to.lat, point.lat)
        {
            return true;
        }
        let is_above = |vertex: &Point| vertex.lat > point.lat;
        if is_above(from) != is_above(to) && (cross > 0.0) == (to.lat > from.lat) {
            is_inside = !is_inside;
        }
    }
    is_inside
}

/// `[[x, y], radius]`.
pub(super) fn center_and_radius(value: RawDoc<'_>) -> Result<(Point, f64)> {
    let mut values = value.values();
    let center = flat_point(values.next(), false)?;
    let radius = values.next().and_then(raw_to_f64).filter(|radius| *radius >= 0.0);
    let Some(radius) = radius else {
        return Err(Error::mongo(BAD_VALUE, "radius must be a non-negative number"));
    };
    if values.next().is_some() {
        return Err(Error::mongo(BAD_VALUE, "Only 2 fields allowed for circular region"));
    }
    Ok((center, radius))
}
