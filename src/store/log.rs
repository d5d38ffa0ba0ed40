//! The log: what was committed since the tables were last written to their file.
//!
//! Writing pages all over a file and syncing it costs more than a small write can bear. So a
//! commit appends its changes to the log, syncs that, and leaves the tables in memory. Now and then
//! a commit writes the tables instead, and the log begins anew. Opening a store applies what the
//! log has beyond the tables, which know the number of the last commit that they hold.

use std::fmt;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::store::Durability;
use crate::store::backend::Device;
use crate::store::failure::{damage_error, io_error, is_disk_full};
use crate::store::keyspace::{Section, Space, WriteKeys};

/// Bytes of the log at most, if nothing else is wanted.
pub(crate) const LOG_BYTES: u64 = 1024 * 1024;

/// Bytes that are read of a log at most.
pub(crate) const LOG_READ_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Bytes by which the file of a log grows.
const GROWTH_BYTES: u64 = 128 * 1024;

/// The part of the log that is kept free, so that a small commit which finds it free need not write
/// the tables.
const SPARE_PART: u64 = 16;

/// Bytes of the file that only commits which make the store smaller may use.
const LAST_BYTES: u64 = 16 * 1024;

/// A record's length, number and checksum.
const HEAD_BYTES: usize = 4 + 8 + 4;

/// Marks a commit, beside its number, that was not synced before it was acknowledged.
const UNSYNCED: u64 = 1 << 63;

/// Marks a removal beside the space's number.
const REMOVED: u8 = 0x80;

/// The changes of one commit, in order, as they are written to the log.
#[derive(Debug, Default)]
pub(crate) struct Changes(Vec<u8>);

impl Changes {
    pub(crate) fn put(&mut self, section: Section, key: &[u8], value: &[u8]) {
        self.note(section.space as u8, section, key, value);
    }

    pub(crate) fn remove(&mut self, section: Section, key: &[u8]) {
        self.note(section.space as u8 | REMOVED, section, key, &[]);
    }

    fn note(&mut self, kind: u8, section: Section, key: &[u8], value: &[u8]) {
        if !self.fits() {
            return;
        }
        self.0.push(kind);
        self.0.extend_from_slice(&section.id.to_be_bytes());
        for part in [key, value] {
            // Longer ones do not fit, and are never written.
            let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
            self.0.extend_from_slice(&length.to_be_bytes());
            self.0.extend_from_slice(part);
        }
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Whether they are few enough for the log. If not, the rest of them was not kept.
    fn fits(&self) -> bool {
        self.0.len() as u64 <= LOG_BYTES
    }
}

/// The log of an open store.
#[derive(Debug)]
pub(crate) struct Log {
    device: Arc<dyn Device>,
    /// Where the next record goes. What lies behind is of earlier rounds.
    end: u64,
    length: u64,
    length_max: u64,
    /// The number of the last commit, in the log or in the tables.
    last: u64,
    /// Whether it has commits that the tables lack even in memory.
    is_ahead: bool,
    /// Whether a commit was refused whose record may be there all the same.
    has_failed: bool,
    /// Whether each commit is synced, so that a power cut leaves no hole before another one.
    is_synced: bool,
}

impl Log {
    /// The log of tables that hold the commits up to `stored`, with what it has beyond them.
    pub(crate) fn open(
        device: Arc<dyn Device>,
        (length_max, durability): (u64, Durability),
        stored: u64,
    ) -> Result<(Self, Found)> {
        let length = device.len().map_err(io_error)?;
        // Another opening may have allowed more.
        if length > LOG_READ_BYTES_MAX {
            return Err(unreadable());
        }
        let mut bytes = vec![0; usize::try_from(length).map_err(|_| unreadable())?];
        device.read(0, &mut bytes).map_err(io_error)?;
        let mut found = read(&bytes, stored)?;
        if let Some(lost) = &found.lost {
            if !lost.is_of_power_cut {
                return Err(damage_error(lost));
            }
            // What lies behind must not follow what is written in its place.
            let rest = vec![0; bytes.len() - found.end];
            device.write(found.end as u64, &rest).map_err(io_error)?;
            device.sync().map_err(io_error)?;
        }
        if found.records.is_empty() {
            found.end = 0;
        }
        let (end, last) = (found.end as u64, found.last);
        let is_synced = durability == Durability::Full;
        let (is_ahead, has_failed) = (false, false);
        let log = Self { device, end, length, length_max, last, is_ahead, has_failed, is_synced };
        Ok((log, found))
    }

    /// Whether the tables' file holds everything.
    pub(crate) fn is_empty(&self) -> bool {
        self.end == 0
    }

    /// The number of the next commit.
    pub(crate) fn next(&self) -> u64 {
        self.last + 1
    }

    /// Whether it is time to write the tables to their file.
    pub(crate) fn is_nearly_full(&self) -> bool {
        self.end >= self.length_max - self.length_max / SPARE_PART
    }

    /// Makes room for the changes of the next commit; returns whether they fit. Where the disk is
    /// full, what makes the store smaller gets the last bytes that the file has.
    pub(crate) fn make_room_for(&mut self, changes: &Changes, is_smaller: bool) -> Result<bool> {
        let end = self.end + (HEAD_BYTES + changes.0.len()) as u64;
        if !changes.fits() || self.is_nearly_full() || end > self.length_max {
            return Ok(false);
        }
        match self.make_room_up_to(end) {
            Err(error) if is_smaller && is_disk_full(&error) => Ok(end <= self.length),
            made => made.map(|()| true),
        }
    }

    /// Makes the room that the next small commits will need, or fails where the disk has none.
    pub(crate) fn make_room(&mut self) -> Result<()> {
        self.make_room_up_to(self.end)
    }

    fn make_room_up_to(&mut self, end: u64) -> Result<()> {
        let wanted = (end + LAST_BYTES).min(self.length_max);
        if wanted > self.length { self.grow(wanted) } else { Ok(()) }
    }

    /// Keeps the changes of the next commit, as durably as the device does. There must be room.
    pub(crate) fn append(&mut self, changes: &Changes) -> Result<()> {
        let number = self.next();
        let mark = if self.is_synced { 0 } else { UNSYNCED };
        let record = encode(number | mark, &changes.0);
        let end = self.end + record.len() as u64;
        self.has_failed = true;
        self.device.write(self.end, &record).map_err(io_error)?;
        self.device.sync().map_err(io_error)?;
        self.has_failed = false;
        (self.end, self.last, self.is_ahead) = (end, number, true);
        Ok(())
    }

    /// Makes room, and writes to it: a sync of bytes that the file has already is the quickest.
    fn grow(&mut self, end: u64) -> Result<()> {
        let length = end.next_multiple_of(GROWTH_BYTES).min(self.length_max);
        let zeros = vec![0; usize::try_from(length - self.length).unwrap_or_default()];
        let grown =
            self.device.set_len(length).and_then(|()| self.device.write(self.length, &zeros));
        grown.map_err(|error| {
            // What was not written to is no room, though the file seems to have it.
            let _ = self.device.set_len(self.length);
            io_error(error)
        })?;
        self.length = length;
        Ok(())
    }

    /// Begins anew behind the next commit, which the tables hold on their file.
    pub(crate) fn restart(&mut self) {
        (self.end, self.last, self.is_ahead) = (0, self.next(), false);
    }

    pub(crate) fn is_ahead(&self) -> bool {
        self.is_ahead
    }

    /// The tables have every commit, in memory at least.
    pub(crate) fn caught_up(&mut self) {
        self.is_ahead = false;
    }

    /// Leaves nothing for the next opening to look at. The tables must hold everything. A commit
    /// that was refused stays: without those before it, it would look like one that lost them.
    pub(crate) fn clear(&mut self) -> Result<()> {
        if self.has_failed {
            return Ok(());
        }
        self.device.write(0, &[0; HEAD_BYTES]).map_err(io_error)?;
        self.end = 0;
        Ok(())
    }
}

/// What a log had when it was opened.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Commits that the tables lack, in order.
    pub(crate) records: Vec<Vec<u8>>,
    /// The number of the last commit.
    pub(crate) last: u64,
    /// Where the last of them ends.
    end: usize,
    /// Commits behind a record that is not as it was written.
    pub(crate) lost: Option<Lost>,
}

/// Commits that a log had and cannot give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lost {
    /// Where the first of them was.
    offset: usize,
    /// Their numbers.
    first: u64,
    last: u64,
    /// Whether they were not synced, so that a power cut may have taken the first of them.
    is_of_power_cut: bool,
}

impl fmt::Display for Lost {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { offset, first, last, .. } = self;
        write!(
            formatter,
            "the record at byte {offset} of store.log is not as it was written, and commits \
             behind it were acknowledged (numbers {first} to {last} are concerned)"
        )
    }
}

/// Reads what a log has beyond the commits that the tables hold, whose last number is `stored`.
///
/// Behind its end lie records of earlier rounds, with smaller numbers, and the last one may not
/// have been written whole. But each was acknowledged before the next was begun.
pub(crate) fn read(bytes: &[u8], stored: u64) -> Result<Found> {
    let (mut rest, mut records) = (bytes, Vec::new());
    let (mut last, mut end) = (None, 0);
    while let Some(record) = Record::split(&mut rest) {
        if last.is_some_and(|last| record.number != last + 1) {
            break;
        }
        if last.is_none() && record.number > stored + 1 {
            return Err(gap());
        }
        last = Some(record.number);
        end = bytes.len() - rest.len();
        if record.number > stored {
            records.push(record.changes.to_vec());
        }
    }
    let last = last.unwrap_or(stored).max(stored);
    Ok(Found { records, last, end, lost: find_lost(bytes, end, last + 1) })
}

/// Looks for commits with this number and later ones behind the end of what can be read.
fn find_lost(bytes: &[u8], end: usize, first: u64) -> Option<Lost> {
    let mut lost: Option<Lost> = None;
    // More of them would not have had room.
    let numbers = first..=first + (bytes.len() / HEAD_BYTES) as u64;
    let mut at = end + 1;
    while at + HEAD_BYTES <= bytes.len() {
        let mut rest = &bytes[at..];
        let number = rest[4..].first_chunk().map(|number| u64::from_be_bytes(*number));
        let is_later = number.is_some_and(|number| numbers.contains(&(number & !UNSYNCED)));
        match is_later.then(|| Record::split(&mut rest)).flatten() {
            Some(record) => {
                let lost = lost.get_or_insert(Lost {
                    offset: end,
                    first,
                    last: record.number,
                    is_of_power_cut: true,
                });
                lost.last = lost.last.max(record.number);
                lost.is_of_power_cut &= record.is_unsynced;
                at = bytes.len() - rest.len();
            }
            None => at += 1,
        }
    }
    lost
}

struct Record<'a> {
    number: u64,
    is_unsynced: bool,
    changes: &'a [u8],
}

impl<'a> Record<'a> {
    /// The record at the beginning; `None` where none was written whole.
    fn split(bytes: &mut &'a [u8]) -> Option<Self> {
        let mut rest = *bytes;
        let length = u32::from_be_bytes(take(&mut rest)?);
        let marked = u64::from_be_bytes(take(&mut rest)?);
        let checksum = u32::from_be_bytes(take(&mut rest)?);
        let (changes, rest) = rest.split_at_checked(usize::try_from(length).ok()?)?;
        if checksum != checksum_of(marked, changes) {
            return None;
        }
        *bytes = rest;
        let (number, is_unsynced) = (marked & !UNSYNCED, marked & UNSYNCED != 0);
        Some(Self { number, is_unsynced, changes })
    }
}

fn encode(number: u64, changes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(changes.len()).unwrap_or(u32::MAX);
    let mut record = Vec::with_capacity(HEAD_BYTES + changes.len());
    record.extend_from_slice(&length.to_be_bytes());
    record.extend_from_slice(&number.to_be_bytes());
    record.extend_from_slice(&checksum_of(number, changes).to_be_bytes());
    record.extend_from_slice(changes);
    record
}

fn checksum_of(number: u64, changes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&number.to_be_bytes());
    hasher.update(changes);
    hasher.finalize()
}

fn take<const COUNT: usize>(bytes: &mut &[u8]) -> Option<[u8; COUNT]> {
    let (first, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*first)
}

/// Does again what a record says.
pub(crate) fn apply(record: &[u8], keys: &mut dyn WriteKeys) -> Result<()> {
    visit(record, &mut |section, key, value| {
        match value {
            Some(value) => keys.put(section, key, value)?,
            None => keys.remove(section, key)?,
        };
        Ok(())
    })
}

/// Called with each change in turn; without a value it is a removal.
pub(crate) type VisitChange<'a> = dyn FnMut(Section, &[u8], Option<&[u8]>) -> Result<()> + 'a;

/// Visits what a record says.
pub(crate) fn visit(mut record: &[u8], visit: &mut VisitChange<'_>) -> Result<()> {
    while !record.is_empty() {
        let change = split_change(&mut record).ok_or_else(unreadable)?;
        visit(Section::new(change.space, change.section), change.key, change.value)?;
    }
    Ok(())
}

struct Change<'a> {
    space: Space,
    section: u32,
    key: &'a [u8],
    value: Option<&'a [u8]>,
}

fn split_change<'a>(record: &mut &'a [u8]) -> Option<Change<'a>> {
    let [kind] = take(record)?;
    let space = *Space::ALL.get(usize::from(kind & !REMOVED))?;
    let section = u32::from_be_bytes(take(record)?);
    let mut part = || {
        let length = u32::from_be_bytes(take(record)?);
        let (part, rest) = record.split_at_checked(usize::try_from(length).ok()?)?;
        *record = rest;
        Some(part)
    };
    let (key, value) = (part()?, part()?);
    Some(Change { space, section, key, value: (kind & REMOVED == 0).then_some(value) })
}

fn unreadable() -> Error {
    damage_error("store.log cannot be read")
}

fn gap() -> Error {
    let text = "the log of the store (store.log) goes on from a later state than that of \
                store.redb: put back the file that belongs to it, or remove the log to go on \
                without what only it holds";
    Error::new(ErrorKind::Storage, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_whole_or_none() {
        let record = encode(7, b"changes");
        let mut rest = record.as_slice();
        let found = Record::split(&mut rest).unwrap();
        assert_eq!((found.number, found.changes, rest.len()), (7, b"changes".as_slice(), 0));
        for at in 0..record.len() {
            let mut torn = record.clone();
            torn[at] ^= 0x10;
            assert!(Record::split(&mut torn.as_slice()).is_none(), "{at}");
            assert!(Record::split(&mut &record[..at]).is_none(), "{at}");
        }
        assert!(Record::split(&mut [0; 64].as_slice()).is_none());
    }

    /// Records of these numbers one after the other, with or without the mark.
    fn records(numbers: &[u64], mark: u64) -> Vec<u8> {
        numbers.iter().flat_map(|number| encode(number | mark, &[7; 40])).collect()
    }

    #[test]
    fn a_torn_end_is_cut_and_a_hole_is_told() {
        let length = encode(1, &[7; 40]).len();
        let old_round = records(&[3, 4, 5, 6, 7, 8], 0);
        for mark in [0, UNSYNCED] {
            let whole = records(&[9, 10, 11, 12], mark);
            for behind in [Vec::new(), vec![0; 1_000], old_round[3 * length..].to_vec()] {
                let log = [whole.as_slice(), &behind].concat();
                let found = read(&log, 8).unwrap();
                assert_eq!((found.last, found.records.len(), found.lost), (12, 4, None));
                for damaged in 0..4 {
                    for at in [0, 4, 12, 15, 16, length - 1] {
                        let mut log = log.clone();
                        log[damaged * length + at] ^= 1;
                        let found = read(&log, 8).unwrap();
                        assert_eq!(found.records.len(), damaged, "{at}");
                        let number = u64::try_from(damaged).unwrap() + 9;
                        let lost = Lost {
                            offset: damaged * length,
                            first: number,
                            last: 12,
                            is_of_power_cut: mark != 0,
                        };
                        // The last one looks as if it had never been acknowledged.
                        let expected = Some(lost).filter(|_| damaged < 3);
                        assert_eq!(found.lost, expected, "{damaged} {at}");
                    }
                }
            }
        }
        // The tables have them all: nothing is lost.
        assert_eq!(read(&old_round[1..], 8).unwrap().lost, None);
        // They go on from a later state than the tables.
        assert!(read(&records(&[9, 10], 0), 5).is_err());
    }

    #[test]
    fn too_many_changes_do_not_fit_and_are_not_kept() {
        let mut changes = Changes::default();
        let section = Section::new(Space::Documents, 1);
        while changes.fits() {
            changes.put(section, b"key", &[0; 1_000]);
        }
        let kept = changes.0.len();
        changes.remove(section, b"key");
        assert_eq!(changes.0.len(), kept);
    }
}
