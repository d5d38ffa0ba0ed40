//! Polygons: an outer ring and its holes.
//!
//! A ring encloses the smaller of the two areas that it separates, whichever way it runs.

use std::f64::consts::PI;

use crate::query::geo::vector::{Arc, TOUCH_RADIANS, Vector};

/// How far the reference position stands from its edge, in radians.
const REFERENCE_OFFSET: f64 = 1e-9;

/// A closed line; the last vertex is not the first one repeated.
#[derive(Debug, Clone)]
pub(super) struct Ring {
    vertices: Vec<Vector>,
    /// Positions inside, each beside another edge; the second one replaces the first for the
    /// position opposite to it.
    references: [Vector; 2],
    z_low: f64,
    z_high: f64,
}

#[derive(Debug, Clone)]
pub(super) struct Polygon {
    pub(super) outer: Ring,
    pub(super) holes: Vec<Ring>,
}

impl Ring {
    /// `vertices` are at least three different positions.
    pub(super) fn new(vertices: Vec<Vector>) -> Self {
        let is_left_inside = signed_area(&vertices) >= 0.0;
        let mut ring =
            Self { references: [vertices[0]; 2], vertices, z_low: f64::MAX, z_high: f64::MIN };
        let mut longest: [(f64, Option<Arc>); 2] = [(-1.0, None); 2];
        let arcs: Vec<Arc> = ring.arcs().collect();
        for arc in arcs {
            let length = arc.normal().length();
            if length > longest[0].0 {
                longest = [(length, Some(arc)), longest[0]];
            } else if length > longest[1].0 {
                longest[1] = (length, Some(arc));
            }
            let (low, high) = arc.z_range();
            ring.z_low = ring.z_low.min(low);
            ring.z_high = ring.z_high.max(high);
        }
        for (reference, (_, arc)) in ring.references.iter_mut().zip(longest) {
            if let Some(arc) = arc {
                let offset = if is_left_inside { REFERENCE_OFFSET } else { -REFERENCE_OFFSET };
                *reference = arc.middle().plus(arc.normal().unit().scaled(offset)).unit();
            }
        }
        ring.reach_poles();
        ring
    }

    /// A ring around a pole holds everything up to it.
    fn reach_poles(&mut self) {
        for z in [1.0, -1.0] {
            if self.encloses(Vector { x: 0.0, y: 0.0, z }) {
                self.z_low = self.z_low.min(z);
                self.z_high = self.z_high.max(z);
            }
        }
    }

    pub(super) fn vertices(&self) -> &[Vector] {
        &self.vertices
    }

    pub(super) fn arcs(&self) -> impl Iterator<Item = Arc> + Clone + '_ {
        let next = self.vertices.iter().cycle().skip(1);
        self.vertices.iter().zip(next).map(|(from, to)| Arc { from: *from, to: *to })
    }

    /// A position inside, next to an edge.
    pub(super) fn inside(&self) -> Vector {
        self.references[0]
    }

    pub(super) fn z_range(&self) -> (f64, f64) {
        (self.z_low, self.z_high)
    }

    pub(super) fn touches_position(&self, position: Vector) -> bool {
        self.arcs().any(|arc| arc.touches_position(position))
    }

    /// Whether the position is inside; of positions on the edge either may be answered.
    pub(super) fn encloses(&self, position: Vector) -> bool {
        let [first, second] = self.references;
        let reference = if first.dot(position) < -0.999_999 { second } else { first };
        if reference.touches(position) {
            return true;
        }
        // The position is inside when the way to the reference crosses an even number of edges.
        // A vertex on the way counts to one side for both of its edges.
        let way = position.normal(reference);
        let mut is_inside = true;
        for arc in self.arcs() {
            let end_side = way.dot(arc.to) >= 0.0;
            if (way.dot(arc.from) >= 0.0) == end_side {
                continue;
            }
            let normal = arc.normal();
            let position_side = normal.dot(position) >= 0.0;
            if position_side != (normal.dot(reference) >= 0.0) && position_side == end_side {
                is_inside = !is_inside;
            }
        }
        is_inside
    }
}

impl Polygon {
    /// Whether the position is inside or on the boundary.
    pub(super) fn contains(&self, position: Vector) -> bool {
        if position.z < self.outer.z_low - TOUCH_RADIANS
            || position.z > self.outer.z_high + TOUCH_RADIANS
        {
            return false;
        }
        self.rings().any(|ring| ring.touches_position(position)) || self.encloses(position)
    }

    fn encloses(&self, position: Vector) -> bool {
        self.outer.encloses(position) && !self.holes.iter().any(|hole| hole.encloses(position))
    }

    pub(super) fn rings(&self) -> impl Iterator<Item = &Ring> + Clone {
        std::iter::once(&self.outer).chain(&self.holes)
    }

    pub(super) fn arcs(&self) -> impl Iterator<Item = Arc> + Clone + '_ {
        self.rings().flat_map(Ring::arcs)
    }

    /// Whether the whole arc is inside or on the boundary.
    pub(super) fn contains_arc(&self, arc: Arc) -> bool {
        let mut stops = vec![(0.0, arc.from), (arc.from.angle(arc.to), arc.to)];
        for edge in self.arcs() {
            if edge.crosses_properly(arc) {
                return false;
            }
            if arc.touches_position(edge.from) {
                stops.push((arc.from.angle(edge.from), edge.from));
            }
        }
        // Between the vertices that it touches, the arc is on one side throughout.
        stops.sort_by(|left, right| left.0.total_cmp(&right.0));
        stops.iter().all(|(_, stop)| self.contains(*stop))
            && stops
                .windows(2)
                .map(|pair| Arc { from: pair[0].1, to: pair[1].1 }.middle())
                .all(|middle| self.contains(middle))
    }

    /// Whether all of `other` is inside or on the boundary.
    pub(super) fn contains_polygon(&self, other: &Self) -> bool {
        other.outer.arcs().all(|arc| self.contains_arc(arc))
            && self.contains(other.outer.inside())
            // A hole cannot cross the other's edge any more: it is in the way or it is not.
            && !self.holes.iter().any(|hole| other.encloses(hole.inside()))
    }
}

/// The area to the left of the ring, from -2π to 2π: negative when the left side is the larger.
fn signed_area(vertices: &[Vector]) -> f64 {
    let Some((&first, rest)) = vertices.split_first() else { return 0.0 };
    let area: f64 = rest.windows(2).map(|pair| triangle_area(first, pair[0], pair[1])).sum();
    let turned = (area + 2.0 * PI).rem_euclid(4.0 * PI);
    turned - 2.0 * PI
}

fn triangle_area(a: Vector, b: Vector, c: Vector) -> f64 {
    let volume = b.normal(c).dot(a) / 2.0;
    2.0 * volume.atan2(1.0 + a.dot(b) + b.dot(c) + c.dot(a))
}
