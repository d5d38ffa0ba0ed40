//! redb's file read page by page, without redb: what is whole of a damaged one.
//!
//! A commit is a tree of pages in which each page knows the checksums of those below it. So a page
//! that has its checksum is as it was written, whatever became of the others; one that has not is
//! passed over, with all that hangs on it. Nothing that is read here is trusted further.

use std::collections::HashSet;
use std::io;

use redb::StorageBackend;
use xxhash_rust::xxh3::xxh3_128;

use crate::error::Result;
use crate::store::backend::MAGIC;
use crate::store::checksums::HEADER_BYTES;

const PAGE_BYTES: u64 = 4096;

const SLOTS_AT: [usize; 2] = [64, 192];
const SLOT_BYTES: usize = 128;
const SLOT_CHECKSUM_AT: usize = 112;
const SLOT_ROOT_AT: usize = 8;
const SLOT_NUMBER_AT: usize = 104;

const LEAF: u8 = 1;
const BRANCH: u8 = 2;

/// Pages between the root of a tree and a leaf, at most. Real trees have a handful.
const DEPTH_MAX: usize = 64;

/// A page that is not as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct DamagedPage {
    pub(super) offset: u64,
    pub(super) bytes: u64,
}

/// The page at the top of a tree, and the checksum that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Root {
    page: u64,
    checksum: u128,
}

impl Root {
    /// Of 24 bytes: page and checksum.
    fn read(bytes: &[u8]) -> Option<Self> {
        let (page, rest) = bytes.split_first_chunk()?;
        let checksum = rest.first_chunk()?;
        Some(Self { page: u64::from_le_bytes(*page), checksum: u128::from_le_bytes(*checksum) })
    }
}

/// One of the last two commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Commit {
    pub(super) number: u64,
    /// The tree of the tables' roots; `None` where there was no table yet.
    tables: Option<Root>,
}

/// Where pages lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Geometry {
    region_header_pages: u64,
    region_pages: u64,
}

/// What a header says, as far as it can be believed.
pub(super) fn read_header(header: &[u8; HEADER_BYTES]) -> Option<(Geometry, Vec<Commit>)> {
    if !header.starts_with(&MAGIC) {
        return None;
    }
    let number = |at: usize| {
        let bytes = header.get(at..)?.first_chunk()?;
        Some(u64::from(u32::from_le_bytes(*bytes)))
    };
    let (page_bytes, region_header_pages, region_pages) = (number(12)?, number(16)?, number(20)?);
    // A page's number has 20 bits for its place in a region.
    let is_possible = page_bytes == PAGE_BYTES
        && (1..=1 << 20).contains(&region_pages)
        && region_header_pages <= 1 << 20;
    let geometry = is_possible.then_some(Geometry { region_header_pages, region_pages })?;
    let mut commits: Vec<Commit> =
        SLOTS_AT.iter().filter_map(|at| read_slot(&header[*at..*at + SLOT_BYTES])).collect();
    commits.sort_by_key(|commit| std::cmp::Reverse(commit.number));
    Some((geometry, commits))
}

fn read_slot(slot: &[u8]) -> Option<Commit> {
    let (said, checksum) = slot.split_at_checked(SLOT_CHECKSUM_AT)?;
    if xxh3_128(said) != u128::from_le_bytes(*checksum.first_chunk()?) {
        return None;
    }
    let number = u64::from_le_bytes(*said[SLOT_NUMBER_AT..].first_chunk()?);
    let tables = if said[1] == 0 { None } else { Some(Root::read(&said[SLOT_ROOT_AT..])?) };
    Some(Commit { number, tables })
}

/// Called with each key and value in order.
pub(super) type VisitPair<'a> = dyn FnMut(&[u8], &[u8]) -> Result<()> + 'a;

/// The pages of a file.
pub(super) struct Pages<'a> {
    pub(super) file: &'a dyn StorageBackend,
    pub(super) length: u64,
    pub(super) geometry: Geometry,
}

impl Pages<'_> {
    /// The roots of the tables of a commit, by their names; none for a table that is empty.
    pub(super) fn tables(
        &self,
        commit: &Commit,
        damaged: &mut Vec<DamagedPage>,
    ) -> Result<Vec<(String, Option<Root>)>> {
        let mut tables = Vec::new();
        let Some(root) = commit.tables else { return Ok(tables) };
        self.walk(root, damaged, &mut |name, definition| {
            // One byte for the kind, eight for the number of entries, one for whether there is a
            // root.
            let root = match definition.get(9) {
                Some(1) => definition.get(10..).and_then(Root::read),
                _ => None,
            };
            tables.push((String::from_utf8_lossy(name).into_owned(), root));
            Ok(())
        })?;
        Ok(tables)
    }

    /// Visits what a tree has in the pages that are whole, and notes the others.
    pub(super) fn walk(
        &self,
        root: Root,
        damaged: &mut Vec<DamagedPage>,
        visit: &mut VisitPair<'_>,
    ) -> Result<()> {
        let mut seen = HashSet::new();
        let mut next = vec![(root, 0)];
        while let Some((root, depth)) = next.pop() {
            let (offset, bytes) = self.place_of(root.page);
            let whole = self.read(offset, bytes).filter(|page| has_checksum(page, root.checksum));
            let Some(page) = whole.filter(|_| depth < DEPTH_MAX && seen.insert(root.page)) else {
                damaged.push(DamagedPage { offset, bytes });
                continue;
            };
            if page[0] == BRANCH {
                let children = children_of(&page);
                next.extend(children.into_iter().rev().map(|child| (child, depth + 1)));
            } else {
                visit_leaf(&page, visit)?;
            }
        }
        Ok(())
    }

    /// Offset and length of a page.
    fn place_of(&self, number: u64) -> (u64, u64) {
        let order = number >> 59;
        let region = (number >> 20) & 0xF_FFFF;
        let bytes = PAGE_BYTES << order;
        let Geometry { region_header_pages, region_pages } = self.geometry;
        let region_bytes = (region_header_pages + region_pages) * PAGE_BYTES;
        let within = (number & (0xF_FFFF >> order)) * bytes;
        (PAGE_BYTES + region * region_bytes + region_header_pages * PAGE_BYTES + within, bytes)
    }

    fn read(&self, offset: u64, bytes: u64) -> Option<Vec<u8>> {
        // Before any memory is asked for.
        if offset.checked_add(bytes)? > self.length {
            return None;
        }
        let mut page = vec![0; usize::try_from(bytes).ok()?];
        let read: io::Result<()> = self.file.read(offset, &mut page);
        read.ok().map(|()| page)
    }
}

/// Whether the part of a page that is in use has this checksum.
fn has_checksum(page: &[u8], checksum: u128) -> bool {
    let end = match page[0] {
        LEAF => ends_of(page, 4, 2 * count_of(page)),
        BRANCH => ends_of(page, 8 + 24 * (count_of(page) + 1), count_of(page)),
        _ => None,
    };
    let used = end.and_then(|ends| page.get(..*ends.last()?));
    used.is_some_and(|used| xxh3_128(used) == checksum)
}

fn count_of(page: &[u8]) -> usize {
    usize::from(u16::from_le_bytes([page[2], page[3]]))
}

/// So many offsets, which stand one after the other.
fn ends_of(page: &[u8], at: usize, count: usize) -> Option<Vec<usize>> {
    let bytes = page.get(at..at.checked_add(count * 4)?)?;
    let ends = bytes.as_chunks::<4>().0;
    Some(ends.iter().map(|end| u32::from_le_bytes(*end) as usize).collect())
}

fn children_of(page: &[u8]) -> Vec<Root> {
    let count = count_of(page) + 1;
    let child = |place: usize| {
        let checksum = page.get(8 + 16 * place..)?.first_chunk()?;
        let number = page.get(8 + 16 * count + 8 * place..)?.first_chunk()?;
        let (page, checksum) = (u64::from_le_bytes(*number), u128::from_le_bytes(*checksum));
        Some(Root { page, checksum })
    };
    (0..count).filter_map(child).collect()
}

/// A leaf has the ends of its keys, those of its values, the keys, and the values.
fn visit_leaf(page: &[u8], visit: &mut VisitPair<'_>) -> Result<()> {
    let count = count_of(page);
    let Some(ends) = ends_of(page, 4, 2 * count) else { return Ok(()) };
    let mut start = 4 + 4 * ends.len();
    let parts: Vec<&[u8]> = ends
        .iter()
        .map_while(|end| {
            let part = page.get(start..*end);
            start = *end;
            part
        })
        .collect();
    let (keys, values) = parts.split_at(count.min(parts.len()));
    keys.iter().zip(values).try_for_each(|(key, value)| visit(key, value))
}
