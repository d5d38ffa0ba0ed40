//! Unit vectors: positions on the sphere, and arcs between them.

use crate::query::geo::Point;

/// Positions closer than this (0.6 mm on the ground) are the same.
pub(super) const TOUCH_RADIANS: f64 = 1e-10;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Vector {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) z: f64,
}

impl Vector {
    pub(super) fn from_point(point: Point) -> Self {
        let (lng, lat) = (point.lng.to_radians(), point.lat.to_radians());
        let (sin_lat, cos_lat) = lat.sin_cos();
        let (sin_lng, cos_lng) = lng.sin_cos();
        Self { x: cos_lng * cos_lat, y: sin_lng * cos_lat, z: sin_lat }
    }

    pub(super) fn to_point(self) -> Point {
        Point {
            lng: self.y.atan2(self.x).to_degrees(),
            lat: self.z.atan2(self.x.hypot(self.y)).to_degrees(),
        }
    }

    pub(super) fn dot(self, other: Self) -> f64 {
        self.x * other.x + self.y * other.y + self.z * other.z
    }

    fn raw_cross(self, other: Self) -> Self {
        Self {
            x: self.y * other.z - self.z * other.y,
            y: self.z * other.x - self.x * other.z,
            z: self.x * other.y - self.y * other.x,
        }
    }

    /// A normal of the plane through both positions, not of unit length. Exact in relative terms
    /// for close positions too, where the plain product is lost in rounding.
    pub(super) fn normal(self, other: Self) -> Self {
        other.plus(self).raw_cross(other.minus(self))
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self { x: self.x + other.x, y: self.y + other.y, z: self.z + other.z }
    }

    fn minus(self, other: Self) -> Self {
        Self { x: self.x - other.x, y: self.y - other.y, z: self.z - other.z }
    }

    pub(super) fn scaled(self, factor: f64) -> Self {
        Self { x: self.x * factor, y: self.y * factor, z: self.z * factor }
    }

    pub(super) fn length(self) -> f64 {
        self.dot(self).sqrt()
    }

    /// The same direction with length 1; a zero vector stays as it is.
    pub(super) fn unit(self) -> Self {
        let length = self.length();
        if length == 0.0 { self } else { self.scaled(1.0 / length) }
    }

    pub(super) fn opposite(self) -> Self {
        self.scaled(-1.0)
    }

    pub(super) fn angle(self, other: Self) -> f64 {
        self.raw_cross(other).length().atan2(self.dot(other))
    }

    pub(super) fn touches(self, other: Self) -> bool {
        let gap = self.minus(other);
        gap.dot(gap) <= TOUCH_RADIANS * TOUCH_RADIANS
    }
}

/// The shorter great-circle arc between two positions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arc {
    pub(super) from: Vector,
    pub(super) to: Vector,
}

impl Arc {
    pub(super) fn normal(self) -> Vector {
        self.from.normal(self.to)
    }

    /// The angle from `position` to the nearest position of the arc.
    pub(super) fn distance(self, position: Vector) -> f64 {
        let ends = self.from.angle(position).min(self.to.angle(position));
        let normal = self.normal().unit();
        if normal.length() == 0.0 {
            return ends;
        }
        // Beside the arc, not beyond one of its ends.
        let is_beside = normal.raw_cross(self.from).dot(position) >= 0.0
            && normal.raw_cross(self.to).dot(position) <= 0.0;
        if is_beside { normal.dot(position).abs().clamp(0.0, 1.0).asin().min(ends) } else { ends }
    }

    pub(super) fn touches_position(self, position: Vector) -> bool {
        self.distance(position) <= TOUCH_RADIANS
    }

    /// Whether the arcs share a position.
    pub(super) fn touches(self, other: Self) -> bool {
        self.crosses(other)
            || self.touches_position(other.from)
            || self.touches_position(other.to)
            || other.touches_position(self.from)
            || other.touches_position(self.to)
    }

    /// Whether the arcs share a position that is an end of neither.
    pub(super) fn crosses_properly(self, other: Self) -> bool {
        self.crosses(other)
            && !self.touches_position(other.from)
            && !self.touches_position(other.to)
            && !other.touches_position(self.from)
            && !other.touches_position(self.to)
    }

    /// By signs alone: exact away from the ends.
    fn crosses(self, other: Self) -> bool {
        let (own, others) = (self.normal(), other.normal());
        let (from, to) = (own.dot(other.from), own.dot(other.to));
        let (start, end) = (others.dot(self.from), others.dot(self.to));
        (from < 0.0 && to > 0.0 && start > 0.0 && end < 0.0)
            || (from > 0.0 && to < 0.0 && start < 0.0 && end > 0.0)
    }

    /// The lowest and the highest `z` of the arc.
    pub(super) fn z_range(self) -> (f64, f64) {
        let mut low = self.from.z.min(self.to.z);
        let mut high = self.from.z.max(self.to.z);
        let normal = self.normal().unit();
        // The circle's highest position; it counts when it lies between the ends.
        let top = Vector { x: 0.0, y: 0.0, z: 1.0 }.plus(normal.scaled(-normal.z)).unit();
        for extreme in [top, top.opposite()] {
            if self.from.raw_cross(extreme).dot(normal) >= 0.0
                && extreme.raw_cross(self.to).dot(normal) >= 0.0
            {
                low = low.min(extreme.z);
                high = high.max(extreme.z);
            }
        }
        (low, high)
    }

    pub(super) fn middle(self) -> Vector {
        self.from.plus(self.to).unit()
    }
}

/// The arcs of an open line.
pub(super) fn arcs(vertices: &[Vector]) -> impl Iterator<Item = Arc> + Clone + '_ {
    vertices.windows(2).map(|pair| Arc { from: pair[0], to: pair[1] })
}
