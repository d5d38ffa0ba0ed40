//! The cells of geometries for the store's `2dsphere` indexes.

use crate::error::{Error, Result};
use crate::query::geo::Geometry;
use crate::query::geo::index_cells;
use crate::store::GeoCells;
use crate::value::RawValue;
use crate::value::shell_text_raw;

/// MongoDB's number for a document whose geometry is none.
const CANNOT_EXTRACT_KEYS: i32 = 16_755;

/// What a store is opened with, so that it can keep `2dsphere` indexes.
pub struct SphereCells;

impl GeoCells for SphereCells {
    fn cells(&self, value: RawValue<'_>, cells: &mut Vec<u64>) -> Result<()> {
        let geometry = Geometry::parse(value).map_err(|error| {
            let text = shell_text_raw(value);
            Error::mongo(
                CANNOT_EXTRACT_KEYS,
                format!("Can't extract geo keys: {text} {}", error.message()),
            )
        })?;
        cells.extend(index_cells(&geometry));
        Ok(())
    }
}
