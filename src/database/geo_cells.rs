//! The cells of geometries for the store's `2dsphere` indexes.

use crate::error::Result;
use crate::query::geo::Geometry;
use crate::query::geo::index_cells;
use crate::store::GeoCells;
use crate::value::RawValue;

/// What a store is opened with, so that it can keep `2dsphere` indexes.
pub struct SphereCells;

impl GeoCells for SphereCells {
    fn cells(&self, value: RawValue<'_>, cells: &mut Vec<u64>) -> Result<()> {
        cells.extend(index_cells(&Geometry::parse(value)?));
        Ok(())
    }
}
