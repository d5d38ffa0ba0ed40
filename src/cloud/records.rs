//! Where the services keep their metadata: named tables of small byte records.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{PoisonError, RwLock};

use crate::error::Result;

/// Looks at a key and its record; answers whether to go on.
pub type Visit<'a> = dyn FnMut(&[u8], &[u8]) -> Result<bool> + 'a;

/// Tables of byte records, ordered by key. A write is visible at once to every reader.
pub trait Records: Send + Sync {
    fn get(&self, table: &str, key: &[u8]) -> Result<Option<Vec<u8>>>;

    fn put(&self, table: &str, key: &[u8], value: &[u8]) -> Result<()>;

    /// Whether there was such a record.
    fn remove(&self, table: &str, key: &[u8]) -> Result<bool>;

    /// Calls `visit` for the records whose key starts with `prefix`, in key order, until it
    /// answers `false`. `visit` must not write to the same table.
    fn scan(&self, table: &str, prefix: &[u8], visit: &mut Visit<'_>) -> Result<()>;

    /// Returns when every write so far survives a crash, as far as this store promises it.
    fn sync(&self) -> Result<()>;

    /// Whether records may come back as they were earlier.
    fn is_marked(&self) -> Result<bool>;
}

/// Records that live as long as the value.
#[derive(Debug, Default)]
pub struct MemoryRecords {
    tables: RwLock<BTreeMap<String, Table>>,
}

type Table = BTreeMap<Vec<u8>, Vec<u8>>;

impl Records for MemoryRecords {
    fn get(&self, table: &str, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let tables = self.tables.read().unwrap_or_else(PoisonError::into_inner);
        Ok(tables.get(table).and_then(|records| records.get(key).cloned()))
    }

    fn put(&self, table: &str, key: &[u8], value: &[u8]) -> Result<()> {
        let mut tables = self.tables.write().unwrap_or_else(PoisonError::into_inner);
        tables.entry(table.to_owned()).or_default().insert(key.to_vec(), value.to_vec());
        Ok(())
    }

    fn remove(&self, table: &str, key: &[u8]) -> Result<bool> {
        let mut tables = self.tables.write().unwrap_or_else(PoisonError::into_inner);
        Ok(tables.get_mut(table).is_some_and(|records| records.remove(key).is_some()))
    }

    fn scan(&self, table: &str, prefix: &[u8], visit: &mut Visit<'_>) -> Result<()> {
        let tables = self.tables.read().unwrap_or_else(PoisonError::into_inner);
        let Some(records) = tables.get(table) else { return Ok(()) };
        let from = (Bound::Included(prefix), Bound::Unbounded);
        for (key, value) in records.range::<[u8], _>(from) {
            if !key.starts_with(prefix) || !visit(key, value)? {
                break;
            }
        }
        Ok(())
    }

    fn sync(&self) -> Result<()> {
        Ok(())
    }

    fn is_marked(&self) -> Result<bool> {
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scan_sees_the_prefix_in_key_order_until_told_to_stop() {
        let records = MemoryRecords::default();
        for key in ["a/2", "a/1", "b/1", "a/3"] {
            records.put("t", key.as_bytes(), b"v").unwrap();
        }
        let mut seen = Vec::new();
        records
            .scan("t", b"a/", &mut |key, _| {
                seen.push(String::from_utf8(key.to_vec()).unwrap());
                Ok(seen.len() < 2)
            })
            .unwrap();
        assert_eq!(seen, ["a/1", "a/2"]);
        assert!(records.remove("t", b"a/1").unwrap() && !records.remove("t", b"a/1").unwrap());
        assert_eq!(records.get("other", b"a/2").unwrap(), None);
    }
}
