//! The keyspace on redb's tables.
//!
//! One table a space; a key is the section's number and the key within it.

use std::cell::OnceCell;
use std::ops::{Bound, ControlFlow};

use redb::{
    AccessGuard, ReadOnlyTable, ReadTransaction, ReadableTable, StorageError, Table,
    TableDefinition, WriteTransaction,
};

use crate::error::{Error, Result};
use crate::store::failure::{stopped, storage_error, table_error};
use crate::store::keyspace::{
    Bytes, Cleared, Old, ReadKeys, Section, Space, Span, Visit, WriteKeys,
};
use crate::store::log::Changes;
use crate::store::meta::{first_to_sweep, sweep_key};
use crate::store::writer::Change;

type Definition = TableDefinition<'static, &'static [u8], &'static [u8]>;

const fn definition(space: Space) -> Definition {
    TableDefinition::new(space.table_name())
}

/// Bytes before the key within a section.
const SECTION_BYTES: usize = 4;

/// Keys that one commit sweeps at most, so that dropping much slows no single write down.
const SWEPT_PER_COMMIT: usize = 1_000;

/// A section's number and a key in it, on the stack where they fit.
enum FullKey {
    Short([u8; 64], usize),
    Long(Vec<u8>),
}

impl FullKey {
    fn new(section: Section, key: &[u8]) -> Self {
        let length = SECTION_BYTES + key.len();
        let mut short = [0; 64];
        if length > short.len() {
            return Self::Long([section.id.to_be_bytes().as_slice(), key].concat());
        }
        short[..SECTION_BYTES].copy_from_slice(&section.id.to_be_bytes());
        short[SECTION_BYTES..length].copy_from_slice(key);
        Self::Short(short, length)
    }

    fn as_slice(&self) -> &[u8] {
        match self {
            Self::Short(bytes, length) => &bytes[..*length],
            Self::Long(bytes) => bytes,
        }
    }
}

/// The bounds of a span of a section among all keys of its table.
fn full_bounds(section: Section, span: Span<'_>) -> (Bound<Vec<u8>>, Bound<Vec<u8>>) {
    let full = |key: &[u8]| FullKey::new(section, key).as_slice().to_vec();
    let lower = match span.lower {
        Bound::Unbounded => Bound::Included(full(&[])),
        Bound::Included(key) => Bound::Included(full(key)),
        Bound::Excluded(key) => Bound::Excluded(full(key)),
    };
    let upper = match span.upper {
        Bound::Unbounded => section
            .id
            .checked_add(1)
            .map_or(Bound::Unbounded, |next| Bound::Excluded(next.to_be_bytes().to_vec())),
        Bound::Included(key) => Bound::Included(full(key)),
        Bound::Excluded(key) => Bound::Excluded(full(key)),
    };
    (lower, upper)
}

type Entry<'a> =
    Result<(AccessGuard<'a, &'static [u8]>, AccessGuard<'a, &'static [u8]>), StorageError>;

fn get_in(
    table: &impl ReadableTable<&'static [u8], &'static [u8]>,
    section: Section,
    key: &[u8],
    found: &mut dyn FnMut(&[u8]),
) -> Result<bool> {
    let key = FullKey::new(section, key);
    let value = table.get(key.as_slice()).map_err(storage_error)?;
    Ok(value.map(|value| found(value.value())).is_some())
}

fn scan_in(
    table: &impl ReadableTable<&'static [u8], &'static [u8]>,
    section: Section,
    span: Span<'_>,
    visit: &mut Visit<'_>,
) -> Result<()> {
    let (lower, upper) = full_bounds(section, span);
    let bounds = (lower.as_ref().map(Vec::as_slice), upper.as_ref().map(Vec::as_slice));
    let range = table.range::<&[u8]>(bounds).map_err(storage_error)?;
    if span.reverse { visit_all(range.rev(), visit) } else { visit_all(range, visit) }
}

fn visit_all<'a>(entries: impl Iterator<Item = Entry<'a>>, visit: &mut Visit<'_>) -> Result<()> {
    for entry in entries {
        let (key, value) = entry.map_err(storage_error)?;
        let within = key.value().get(SECTION_BYTES..).unwrap_or_default();
        if let ControlFlow::Break(()) = visit(within, value.value())? {
            break;
        }
    }
    Ok(())
}

/// The tables as of one commit.
#[derive(Debug)]
pub(crate) struct ReadTables([ReadOnlyTable<&'static [u8], &'static [u8]>; Space::ALL.len()]);

impl ReadTables {
    pub(crate) fn open(transaction: &ReadTransaction) -> Result<Self> {
        let open = |space| transaction.open_table(definition(space)).map_err(table_error);
        let [documents, ids, entries, records, meta] = Space::ALL;
        Ok(Self([open(documents)?, open(ids)?, open(entries)?, open(records)?, open(meta)?]))
    }
}

impl ReadKeys for ReadTables {
    fn get(&self, section: Section, key: &[u8], found: &mut dyn FnMut(&[u8])) -> Result<bool> {
        get_in(&self.0[section.space as usize], section, key, found)
    }

    fn scan(&self, section: Section, span: Span<'_>, visit: &mut Visit<'_>) -> Result<()> {
        scan_in(&self.0[section.space as usize], section, span, visit)
    }
}

type OpenTable<'t> = Table<'t, &'static [u8], &'static [u8]>;

/// The tables within a write transaction.
pub(crate) struct WriteTables<'t> {
    transaction: &'t WriteTransaction,
    /// Each opened at its first use: a small write needs few of them.
    tables: [OnceCell<OpenTable<'t>>; Space::ALL.len()],
    /// The first failure of the disk. Once there is one, nothing may be committed.
    pub(crate) failed: Option<Error>,
    /// Gets every change.
    log: &'t mut Changes,
}

impl<'t> WriteTables<'t> {
    pub(crate) fn new(transaction: &'t WriteTransaction, log: &'t mut Changes) -> Self {
        Self { transaction, tables: Default::default(), failed: None, log }
    }

    /// Makes the tables that do not exist.
    pub(crate) fn create(&self) -> Result<()> {
        Space::ALL.into_iter().try_for_each(|space| self.table(space).map(drop))
    }

    fn table(&self, space: Space) -> Result<&OpenTable<'t>> {
        let cell = &self.tables[space as usize];
        if let Some(table) = cell.get() {
            return Ok(table);
        }
        let table = self.transaction.open_table(definition(space)).map_err(table_error)?;
        Ok(cell.get_or_init(|| table))
    }

    /// Changes a table.
    fn change<T>(
        &mut self,
        space: Space,
        change: impl FnOnce(&mut OpenTable<'t>) -> Result<T, StorageError>,
    ) -> Result<T> {
        let opened = self.table(space).map(drop);
        let table = self.tables[space as usize].get_mut();
        let changed = match (opened, table) {
            (Ok(()), Some(table)) => change(table).map_err(storage_error),
            (opened, _) => Err(opened.err().unwrap_or_else(stopped)),
        };
        changed.inspect_err(|error| {
            self.failed.get_or_insert_with(|| error.clone());
        })
    }

    /// Removes some keys of abandoned sections; returns whether there may be more.
    pub(crate) fn sweep(&mut self) -> Result<bool> {
        let mut left = SWEPT_PER_COMMIT;
        while let Some(section) = first_to_sweep(self)? {
            let mut keys = Vec::new();
            self.scan(section, Span::ALL, &mut |key, _| {
                keys.push(Bytes::new(key));
                Ok(if keys.len() < left {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                })
            })?;
            for key in &keys {
                self.remove(section, key.as_slice())?;
            }
            left = left.saturating_sub(keys.len());
            if left == 0 {
                return Ok(true);
            }
            self.remove(Section::META, &sweep_key(section))?;
        }
        Ok(false)
    }
}

impl ReadKeys for WriteTables<'_> {
    fn get(&self, section: Section, key: &[u8], found: &mut dyn FnMut(&[u8])) -> Result<bool> {
        get_in(self.table(section.space)?, section, key, found)
    }

    fn scan(&self, section: Section, span: Span<'_>, visit: &mut Visit<'_>) -> Result<()> {
        scan_in(self.table(section.space)?, section, span, visit)
    }
}

impl WriteKeys for WriteTables<'_> {
    fn put(&mut self, section: Section, key: &[u8], value: &[u8]) -> Result<Old> {
        self.log.put(section, key, value);
        let key = FullKey::new(section, key);
        self.change(section.space, |table| {
            let old = table.insert(key.as_slice(), value)?;
            Ok(old.map(|old| Bytes::new(old.value())))
        })
    }

    fn remove(&mut self, section: Section, key: &[u8]) -> Result<Old> {
        self.log.remove(section, key);
        let key = FullKey::new(section, key);
        self.change(section.space, |table| {
            let old = table.remove(key.as_slice())?;
            Ok(old.map(|old| Bytes::new(old.value())))
        })
    }

    fn clear(&mut self, section: Section) -> Result<Cleared> {
        self.put(Section::META, &sweep_key(section), &[])?;
        Ok(Cleared::Noted)
    }

    fn restore_cleared(&mut self, section: Section, _: Cleared) -> Result<()> {
        self.remove(Section::META, &sweep_key(section))?;
        Ok(())
    }

    fn share_before(&mut self, _: &[Change]) {
        // Readers have the last commit; a transaction keeps nobody waiting.
    }

    fn as_read(&self) -> &dyn ReadKeys {
        self
    }
}
