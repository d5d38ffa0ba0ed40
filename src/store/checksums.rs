//! A checksum of every block of the tables' file, in a file beside it.
//!
//! redb compares its pages with its own checksums when it repairs, not when it reads. So each block
//! that it writes is noted here, and compared when it is read again. A block of a commit is never
//! overwritten while the header on the disk refers to that commit; and the checksums are on the
//! disk before the header that makes their blocks part of the store. So after a crash those
//! of the last commit are right; what others say does not matter, nobody reads their blocks.
//!
//! Of the header itself the last two are kept whole: a crash may leave either of them on the disk,
//! or the beginning of the one and the rest of the other.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use crate::store::backend::{Device, MAGIC as TABLES_MAGIC};

/// What has one checksum: a page of redb's is one or more of them.
pub(crate) const BLOCK_BYTES: usize = 4096;

/// The bytes at the start of the tables' file that say which commit is in force.
pub(crate) const HEADER_BYTES: usize = 320;

/// redb's flags within the header.
const FLAGS_AT: usize = 9;
const IN_USE: u8 = 2;
const TWO_PHASES: u8 = 4;

const MAGIC: &[u8; 8] = b"wxsums\x00\x01";

/// Where the two headers are, each a sector of its own, and what stands before their bytes: their
/// place in order (`u64`) and the checksum of place and bytes (`u32`).
const HEADERS_AT: [usize; 2] = [512, 1024];
const HEADER_PREFIX: usize = 8 + 4;

/// Where the checksums of the blocks begin, four bytes each, big endian.
const ENTRIES_AT: usize = 4096;
const ENTRY_BYTES: usize = 4;

/// Checksums that are written together.
const GROUP: usize = 1024;

/// A block that nothing is known of. No checksum has this value.
const UNKNOWN: u32 = 0;

/// What is not as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Damage {
    /// The tables' file is empty, and was not.
    Missing,
    /// The beginning of the tables' file.
    Header,
    /// A block of the tables' file, by its number.
    Block(u64),
}

impl fmt::Display for Damage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => formatter.write_str(
                "store.redb is missing or empty, and store.sums is of one that was not (put it \
                 back, or remove store.sums to begin with an empty store)",
            ),
            Self::Header => formatter.write_str(
                "the header of store.redb is not the one that was written (or store.sums, which \
                 has its copies, belongs to another store.redb)",
            ),
            Self::Block(number) => write!(
                formatter,
                "bytes {} to {} of store.redb do not have the checksum that they were written \
                 with",
                number * BLOCK_BYTES as u64,
                (number + 1) * BLOCK_BYTES as u64 - 1
            ),
        }
    }
}

impl std::error::Error for Damage {}

impl From<Damage> for io::Error {
    fn from(damage: Damage) -> Self {
        Self::new(io::ErrorKind::InvalidData, damage)
    }
}

#[derive(Debug)]
pub(crate) struct Checksums {
    device: Arc<dyn Device>,
    blocks: RwLock<Vec<u32>>,
    kept: Mutex<Kept>,
}

/// What the file of the checksums has, and what it lacks.
#[derive(Debug, Default)]
struct Kept {
    length: u64,
    /// Groups that were changed since they were written.
    changed: BTreeSet<usize>,
    /// Older and newer; none where there was no such header.
    headers: [Option<KeptHeader>; 2],
}

#[derive(Debug, Clone)]
struct KeptHeader {
    order: u64,
    at: usize,
    bytes: [u8; HEADER_BYTES],
}

impl Checksums {
    /// The checksums that a device has, and whether it has them all: `false` if it is empty, is no
    /// such file, or was not written to the end the first time.
    pub(crate) fn open(device: Arc<dyn Device>) -> io::Result<(Self, bool)> {
        let length = device.len()?;
        let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        device.read(0, &mut bytes)?;
        let mut kept = Kept { length, ..Kept::default() };
        let mut blocks = Vec::new();
        if let Some((head, entries)) = bytes.split_at_checked(ENTRIES_AT)
            && head.starts_with(MAGIC)
        {
            kept.headers = HEADERS_AT.map(|at| read_header(head, at));
            kept.headers.sort_by_key(|header| header.as_ref().map(|header| header.order));
            let entries = entries.as_chunks::<ENTRY_BYTES>().0;
            blocks = entries.iter().map(|entry| u32::from_be_bytes(*entry)).collect();
        }
        let is_whole = kept.headers[1].is_some();
        Ok((Self { device, blocks: RwLock::new(blocks), kept: Mutex::new(kept) }, is_whole))
    }

    /// Forgets everything: the tables' file is empty.
    pub(crate) fn restart(&self) -> io::Result<()> {
        self.blocks.write().unwrap_or_else(PoisonError::into_inner).clear();
        let mut kept = self.kept();
        self.device.set_len(0)?;
        *kept = Kept::default();
        Ok(())
    }

    /// The blocks that `length` bytes of the tables' file have; new ones are unknown.
    pub(crate) fn set_len(&self, length: u64) {
        let count = usize::try_from(length.div_ceil(BLOCK_BYTES as u64)).unwrap_or(usize::MAX);
        let mut blocks = self.blocks.write().unwrap_or_else(PoisonError::into_inner);
        let before = blocks.len();
        blocks.resize(count, UNKNOWN);
        if count > before {
            // What the file says of them is of a time when it was as long already.
            self.kept().changed.extend(before / GROUP..=(count - 1) / GROUP);
        }
    }

    /// Takes note of what is written to the tables' file.
    pub(crate) fn note(&self, offset: u64, bytes: &[u8]) {
        let mut changed = BTreeSet::new();
        let mut blocks = self.blocks.write().unwrap_or_else(PoisonError::into_inner);
        for (number, block) in blocks_of(offset, bytes) {
            if number >= blocks.len() {
                blocks.resize(number + 1, UNKNOWN);
            }
            blocks[number] = block.map_or(UNKNOWN, checksum_of);
            changed.insert(number / GROUP);
        }
        self.kept().changed.extend(changed);
    }

    /// Compares what was read of the tables' file.
    pub(crate) fn compare(&self, offset: u64, bytes: &[u8]) -> Result<(), Damage> {
        let blocks = self.blocks.read().unwrap_or_else(PoisonError::into_inner);
        for (number, block) in blocks_of(offset, bytes) {
            let expected = blocks.get(number).copied().unwrap_or(UNKNOWN);
            if expected != UNKNOWN && block.is_some_and(|block| checksum_of(block) != expected) {
                return Err(Damage::Block(number as u64));
            }
        }
        Ok(())
    }

    /// Whether the tables' file was ever one of a store, and not only on its way to become one.
    pub(crate) fn has_been_in_use(&self) -> bool {
        let kept = self.kept();
        kept.headers[0].as_ref().is_some_and(|older| older.bytes.starts_with(&TABLES_MAGIC))
    }

    /// Whether a header is one that a crash may have left.
    pub(crate) fn compare_header(&self, header: &[u8]) -> Result<(), Damage> {
        let Some(found) = header.first_chunk().copied().map(at_rest) else {
            return Err(Damage::Header);
        };
        let [older, newer] = &self.kept().headers;
        let fits = match (older, newer) {
            (_, None) => false,
            (None, Some(newer)) => found == newer.bytes,
            (Some(older), Some(newer)) => is_torn_between(&older.bytes, &newer.bytes, &found),
        };
        if fits { Ok(()) } else { Err(Damage::Header) }
    }

    /// Writes what has changed, and returns when it is as durable as the device makes it. `header`
    /// is the one that is about to be written.
    pub(crate) fn save(&self, header: Option<&[u8]>) -> io::Result<()> {
        let blocks = self.blocks.read().unwrap_or_else(PoisonError::into_inner).clone();
        let mut kept = self.kept();
        let header = header.and_then(|header| header.first_chunk().copied()).map(at_rest);
        let current = kept.headers[1].as_ref();
        let new = header.filter(|new| current.is_none_or(|current| current.bytes != *new));
        if kept.changed.is_empty() && new.is_none() {
            return Ok(());
        }
        let groups = blocks.len().div_ceil(GROUP);
        let length = (ENTRIES_AT + groups * GROUP * ENTRY_BYTES) as u64;
        if kept.length < length {
            self.device.set_len(length)?;
            if kept.length == 0 {
                self.device.write(0, MAGIC)?;
            }
            kept.length = length;
        }
        for run in runs(&kept.changed) {
            let entries = &blocks[(run.start * GROUP).min(blocks.len())..];
            let entries = &entries[..entries.len().min(run.len() * GROUP)];
            let bytes: Vec<u8> = entries.iter().flat_map(|entry| entry.to_be_bytes()).collect();
            let offset = ENTRIES_AT + run.start * GROUP * ENTRY_BYTES;
            self.device.write(offset as u64, &bytes)?;
        }
        let new = new.map(|bytes| KeptHeader {
            order: current_order(&kept) + 1,
            // The older one's place.
            at: kept.headers[1].as_ref().map_or(HEADERS_AT[0], |newer| other_place(newer.at)),
            bytes,
        });
        if let Some(new) = &new {
            self.device.write(new.at as u64, &encode_header(new))?;
        }
        self.device.sync()?;
        kept.changed.clear();
        if new.is_some() {
            kept.headers = [kept.headers[1].take(), new];
        }
        Ok(())
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The headers that a file of checksums has, the newest first.
pub(crate) fn headers_in(bytes: &[u8]) -> Vec<[u8; HEADER_BYTES]> {
    let mut headers: Vec<KeptHeader> =
        HEADERS_AT.iter().filter_map(|at| read_header(bytes, *at)).collect();
    headers.sort_by_key(|header| std::cmp::Reverse(header.order));
    headers.into_iter().map(|header| header.bytes).collect()
}

/// Whether redb will compare all pages with its own checksums before it uses any: the last commit
/// was written in one phase, so that a crash may have left a part of it.
pub(crate) fn is_to_be_repaired(header: &[u8]) -> bool {
    header.get(FLAGS_AT).is_none_or(|flags| flags & TWO_PHASES == 0)
}

/// A header without the flag that says that somebody has the file open. It changes without a
/// commit, and to set it is never wrong: redb looks at the file before it is used.
fn at_rest(mut header: [u8; HEADER_BYTES]) -> [u8; HEADER_BYTES] {
    header[FLAGS_AT] &= !IN_USE;
    header
}

/// Whether `found` is a beginning of `newer` and then the rest of `older`.
fn is_torn_between(older: &[u8], newer: &[u8], found: &[u8]) -> bool {
    let written = found.iter().zip(newer).take_while(|(found, newer)| found == newer).count();
    found[written..] == older[written..]
}

/// The whole blocks among bytes at an offset; `None` for one that is not whole.
fn blocks_of(offset: u64, bytes: &[u8]) -> impl Iterator<Item = (usize, Option<&[u8]>)> {
    let first = usize::try_from(offset).unwrap_or(usize::MAX);
    let (number, within) = (first / BLOCK_BYTES, first % BLOCK_BYTES);
    let (head, rest) = bytes.split_at((BLOCK_BYTES - within).min(bytes.len()));
    let whole = |block: &[u8]| block.len() == BLOCK_BYTES;
    std::iter::once(head)
        .chain(rest.chunks(BLOCK_BYTES))
        .enumerate()
        .map(move |(at, block)| (number + at, Some(block).filter(|block| whole(block))))
}

fn checksum_of(block: &[u8]) -> u32 {
    crc32fast::hash(block).max(UNKNOWN + 1)
}

fn current_order(kept: &Kept) -> u64 {
    kept.headers[1].as_ref().map_or(0, |header| header.order)
}

fn other_place(at: usize) -> usize {
    let [first, second] = HEADERS_AT;
    if at == first { second } else { first }
}

fn read_header(head: &[u8], at: usize) -> Option<KeptHeader> {
    let mut rest = head.get(at..)?;
    let (order, after) = rest.split_first_chunk()?;
    let order = u64::from_be_bytes(*order);
    let (checksum, after) = after.split_first_chunk()?;
    rest = after;
    let bytes: [u8; HEADER_BYTES] = *rest.first_chunk()?;
    let header = KeptHeader { order, at, bytes };
    (order > 0 && header_checksum(&header) == u32::from_be_bytes(*checksum)).then_some(header)
}

fn encode_header(header: &KeptHeader) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(HEADER_PREFIX + HEADER_BYTES);
    encoded.extend_from_slice(&header.order.to_be_bytes());
    encoded.extend_from_slice(&header_checksum(header).to_be_bytes());
    encoded.extend_from_slice(&header.bytes);
    encoded
}

fn header_checksum(header: &KeptHeader) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&header.order.to_be_bytes());
    hasher.update(&header.bytes);
    hasher.finalize()
}

/// Numbers in order as ranges of those that follow one another.
fn runs(numbers: &BTreeSet<usize>) -> Vec<std::ops::Range<usize>> {
    let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
    for &number in numbers {
        match runs.last_mut() {
            Some(run) if run.end == number => run.end += 1,
            _ => runs.push(number..number + 1),
        }
    }
    runs
}
