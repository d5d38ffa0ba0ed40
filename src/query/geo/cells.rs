//! Cells: a quadtree over longitude and latitude whose ids are numbers, so that an ordered store
//! can index geometries.
//!
//! An id is the path from the root, two bits a level, then a 1, then zeros. All cells inside a
//! cell have ids between its first and its last leaf, so one range of ids finds them; the few
//! cells around it are looked up one by one.
//!
//! Two geometries that share a position always meet: some id of one's [`index_cells`] lies in a
//! range of the other's [`cover`]. The reverse does not hold; a match must be checked.

use std::collections::{BTreeSet, VecDeque};

use crate::query::geo::bounding::{self, LngLatBox};
use crate::query::geo::{Geometry, Point};

/// Levels of the tree: the smallest cell is 4 cm wide.
const LEVELS: u32 = 30;

/// Most ids that a geometry is indexed under.
const INDEX_CELLS_MAX: usize = 16;

/// A range of cell ids, both ends inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CellRange {
    pub first: u64,
    pub last: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cell {
    /// The column and the row among the cells of its level.
    x: u32,
    y: u32,
    level: u32,
}

/// The id of the smallest cell that holds `point`.
pub fn cell_of(point: Point) -> u64 {
    let x = grid((point.lng + 180.0) / 360.0);
    let y = grid((point.lat + 90.0) / 180.0);
    Cell { x, y, level: LEVELS }.id()
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the grid; NaN becomes 0"
)]
fn grid(share: f64) -> u32 {
    let side = f64::from(1_u32 << LEVELS);
    (share * side).clamp(0.0, side - 1.0) as u32
}

/// The ids that an index keeps for a geometry; one for a point.
pub fn index_cells(geometry: &Geometry) -> Vec<u64> {
    if let Some(point) = geometry.as_point() {
        return vec![cell_of(point)];
    }
    cover_boxes(&bounding::boxes(geometry), INDEX_CELLS_MAX).iter().map(|cell| cell.id()).collect()
}

/// The ids under which an index may hold geometries that share a position with `geometry`, which
/// is covered by at most `cells_max` cells. Sorted; ranges do not overlap.
pub fn cover(geometry: &Geometry, cells_max: usize) -> Vec<CellRange> {
    ranges(&cover_boxes(&bounding::boxes(geometry), cells_max))
}

/// As [`cover`], for everything up to `radius_m` metres from `center`.
pub fn cover_cap(center: Point, radius_m: f64, cells_max: usize) -> Vec<CellRange> {
    ranges(&cover_boxes(&bounding::cap_boxes(center, radius_m), cells_max))
}

impl Cell {
    fn id(self) -> u64 {
        let below = 2 * (LEVELS - self.level);
        let path = spread(self.x) | (spread(self.y) << 1);
        (path << 1 | 1) << below
    }

    fn range(self) -> CellRange {
        let id = self.id();
        let span = (1_u64 << (2 * (LEVELS - self.level))) - 1;
        CellRange { first: id - span, last: id + span }
    }

    fn parent(self) -> Option<Self> {
        let level = self.level.checked_sub(1)?;
        Some(Self { x: self.x >> 1, y: self.y >> 1, level })
    }

    fn children(self) -> [Self; 4] {
        let child =
            |x: u32, y: u32| Self { x: self.x << 1 | x, y: self.y << 1 | y, level: self.level + 1 };
        [child(0, 0), child(1, 0), child(0, 1), child(1, 1)]
    }

    fn area(self) -> LngLatBox {
        let side = f64::from(1_u32 << self.level);
        let (width, height) = (360.0 / side, 180.0 / side);
        let (west, south) = (f64::from(self.x) * width - 180.0, f64::from(self.y) * height - 90.0);
        LngLatBox { west, east: west + width, south, north: south + height }
    }

    fn meets(self, other: &LngLatBox) -> bool {
        let own = self.area();
        own.west <= other.east
            && other.west <= own.east
            && own.south <= other.north
            && other.south <= own.north
    }

    fn is_inside(self, other: &LngLatBox) -> bool {
        let own = self.area();
        own.west >= other.west
            && own.east <= other.east
            && own.south >= other.south
            && own.north <= other.north
    }
}

/// Moves each bit of `number` to twice its position.
fn spread(number: u32) -> u64 {
    let mut bits = u64::from(number);
    for (shift, mask) in [
        (16, 0x0000_FFFF_0000_FFFF),
        (8, 0x00FF_00FF_00FF_00FF),
        (4, 0x0F0F_0F0F_0F0F_0F0F),
        (2, 0x3333_3333_3333_3333),
        (1, 0x5555_5555_5555_5555),
    ] {
        bits = (bits | bits << shift) & mask;
    }
    bits
}

/// At most `cells_max` cells (but at least one) that together hold the boxes. The largest are
/// divided first.
fn cover_boxes(boxes: &[LngLatBox], cells_max: usize) -> Vec<Cell> {
    let mut done = Vec::new();
    let mut open = VecDeque::from([Cell { x: 0, y: 0, level: 0 }]);
    while let Some(cell) = open.pop_front() {
        let is_final = cell.level == LEVELS || boxes.iter().any(|other| cell.is_inside(other));
        let children: Vec<Cell> = cell
            .children()
            .into_iter()
            .filter(|child| !is_final && boxes.iter().any(|other| child.meets(other)))
            .collect();
        if is_final || done.len() + open.len() + children.len() > cells_max {
            done.push(cell);
        } else {
            open.extend(children);
        }
    }
    done
}

/// The cells inside `cells` as ranges, and the cells around them one by one.
fn ranges(cells: &[Cell]) -> Vec<CellRange> {
    let mut all: BTreeSet<CellRange> = cells.iter().map(|cell| cell.range()).collect();
    for cell in cells {
        let mut around = cell.parent();
        while let Some(cell) = around {
            all.insert(CellRange { first: cell.id(), last: cell.id() });
            around = cell.parent();
        }
    }
    let mut merged: Vec<CellRange> = Vec::with_capacity(all.len());
    for range in all {
        match merged.last_mut() {
            Some(last) if range.first <= last.last.saturating_add(1) => {
                last.last = last.last.max(range.last);
            }
            _ => merged.push(range),
        }
    }
    merged
}
