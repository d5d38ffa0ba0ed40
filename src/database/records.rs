//! Records of the services beside the database: file metadata, secrets.

use std::ops::ControlFlow;

use crate::database::core::Core;
use crate::error::Result;

pub fn get(core: &Core, table: &str, key: &[u8]) -> Result<Option<Vec<u8>>> {
    core.store.read(|reader| reader.record(table, key))
}

pub fn scan(core: &Core, table: &str, prefix: &[u8]) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    core.store.read(|reader| {
        let mut records = Vec::new();
        reader.scan_records(table, prefix, &mut |key, value| {
            records.push((key.to_vec(), value.to_vec()));
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(records)
    })
}
