//! The cells of geometries for the store's `2dsphere` indexes.

use crate::error::Result;
use crate::query::geo::Geometry;
use crate::query::geo::cover;
use crate::store::GeoCells;
use crate::value::RawValue;

/// Most cells one stored geometry is indexed by.
const CELLS_MAX: usize = 20;

/// What a store is opened with, so that it can keep `2dsphere` indexes.
pub struct SphereCells;

impl GeoCells for SphereCells {
    fn cells(&self, value: RawValue<'_>, cells: &mut Vec<u64>) -> Result<()> {
        let geometry = Geometry::parse(value)?;
        cells.extend(cover(&geometry, CELLS_MAX).into_iter().map(|range| range.first));
        Ok(())
    }
}
