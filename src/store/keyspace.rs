//! What every part of the store reads and writes: ordered bytes, in spaces and sections.
//!
//! A space is one kind of thing (documents, ids ..), a section is one collection or index in it.
//! Two implementations: copy-on-write trees in memory ([`memory`](super::memory)) and redb tables
//! on disk ([`disk`](super::disk)). All rules about documents are above this line, so both behave
//! alike.

use std::ops::{Bound, ControlFlow};

use crate::error::Result;
use crate::store::tree::Tree;
use crate::store::writer::Change;

pub(crate) use crate::store::tree::{Bytes, Key};

/// A kind of stored thing. Its section is named beside each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Space {
    /// Collection: slot -> document.
    Documents,
    /// Collection: encoded `_id` -> slot.
    Ids,
    /// Index: encoded values and slot -> nothing.
    Entries,
    /// Always 0: table name and key -> record.
    Records,
    /// Always 0: collections, counters, format: see [`meta`](super::meta).
    Meta,
}

impl Space {
    pub(crate) const ALL: [Self; 5] =
        [Self::Documents, Self::Ids, Self::Entries, Self::Records, Self::Meta];

    /// What its table is called on disk.
    pub(crate) const fn table_name(self) -> &'static str {
        match self {
            Self::Documents => "documents",
            Self::Ids => "ids",
            Self::Entries => "entries",
            Self::Records => "records",
            Self::Meta => "meta",
        }
    }
}

/// One section of one space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Section {
    pub(crate) space: Space,
    pub(crate) id: u32,
}

impl Section {
    pub(crate) const META: Self = Self { space: Space::Meta, id: 0 };
    pub(crate) const RECORDS: Self = Self { space: Space::Records, id: 0 };

    pub(crate) const fn new(space: Space, id: u32) -> Self {
        Self { space, id }
    }
}

/// Keys between two bounds within a section.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span<'a> {
    pub(crate) lower: Bound<&'a [u8]>,
    pub(crate) upper: Bound<&'a [u8]>,
    pub(crate) reverse: bool,
}

impl Span<'_> {
    pub(crate) const ALL: Span<'static> =
        Span { lower: Bound::Unbounded, upper: Bound::Unbounded, reverse: false };
}

/// Called with each key and value in order, until it breaks or fails.
pub(crate) type Visit<'a> = dyn FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>> + 'a;

pub(crate) trait ReadKeys {
    /// Lends the value of `key` to `found`; returns whether there is one.
    fn get(&self, section: Section, key: &[u8], found: &mut dyn FnMut(&[u8])) -> Result<bool>;

    /// Visits the keys in order. The bounds are in order, too.
    fn scan(&self, section: Section, span: Span<'_>, visit: &mut Visit<'_>) -> Result<()>;
}

/// The value a key had before it was changed.
pub(crate) type Old = Option<Bytes>;

pub(crate) trait WriteKeys: ReadKeys {
    /// Stores `value`, and returns what the key had before.
    fn put(&mut self, section: Section, key: &[u8], value: &[u8]) -> Result<Old>;

    fn remove(&mut self, section: Section, key: &[u8]) -> Result<Old>;

    /// Empties a section whose number is never used again. What that takes may be spread over
    /// later commits.
    fn clear(&mut self, section: Section) -> Result<Cleared>;

    fn restore_cleared(&mut self, section: Section, cleared: Cleared) -> Result<()>;

    /// Lets readers go on with the state before `changes`, if they wait for this job.
    fn share_before(&mut self, changes: &[Change]);

    fn as_read(&self) -> &dyn ReadKeys;
}

/// What a cleared section needs to come back.
#[derive(Debug, Clone)]
pub(crate) enum Cleared {
    /// The section was in memory and is kept.
    Tree(Tree),
    /// The section's entries are still stored; only the note to sweep them goes.
    Noted,
}
