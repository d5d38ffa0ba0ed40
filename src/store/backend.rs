//! The fault seam: everything the store does to a disk goes through a [`Device`].
//!
//! Tests put devices below a store that record, fail or tear what is written.

use std::fmt::Debug;
use std::fs::{File, OpenOptions};
use std::io;
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use redb::backends::FileBackend;
use redb::{BackendError, StorageBackend};

use crate::error::{Error, ErrorKind, Result};
use crate::store::Durability;

/// What a store is kept on: bytes that can be read, written, resized and synced.
pub trait Device: Debug + Send + Sync + 'static {
    fn len(&self) -> io::Result<u64>;

    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()>;

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// New bytes are zero.
    fn set_len(&self, length: u64) -> io::Result<()>;

    /// Returns when all that was written before survives loss of power.
    fn sync(&self) -> io::Result<()>;
}

/// The devices of a store: for the tables, for their checksums, for the log, and to keep room free.
#[derive(Debug, Clone)]
pub struct Devices {
    pub tables: Arc<dyn Device>,
    pub checksums: Arc<dyn Device>,
    pub log: Arc<dyn Device>,
    pub spare: Arc<dyn Device>,
}

/// The first bytes of a file that redb has finished setting up.
pub(crate) const MAGIC: [u8; 9] = [b'r', b'e', b'd', b'b', 0x1A, 0x0A, 0xA9, 0x0D, 0x0A];

/// Whether a file begins as one whose first opening was cut short: redb writes the magic number
/// last. Nothing was ever acknowledged from such a file, and it has nothing but a header.
pub(crate) fn is_unfinished(first: [u8; MAGIC.len()]) -> bool {
    let written = first.iter().zip(MAGIC).take_while(|(byte, magic)| **byte == *magic).count();
    written < MAGIC.len() && first[written..].iter().all(|&byte| byte == 0)
}

/// A [`Device`] as redb wants it. It has no locks: whoever has the device has it alone.
#[derive(Debug)]
pub(crate) struct DeviceBackend(pub(crate) Arc<dyn Device>);

impl StorageBackend for DeviceBackend {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.0.set_len(length)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync()
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.write(offset, bytes)
    }
}

fn open_file(path: &Path) -> Result<(FileBackend, Identity)> {
    let failed = |error: io::Error| io_error("open", path, &error);
    let file = open_private(path).map_err(failed)?;
    let identity = identity_of(&file.metadata().map_err(failed)?);
    let file = FileBackend::new(file).map_err(|error| {
        Error::new(ErrorKind::Storage, format!("cannot open {}: {error}", path.display()))
    })?;
    Ok((file, identity))
}

/// Tells a file from another one that has its path: device and inode.
type Identity = (u64, u64);

#[cfg(unix)]
fn identity_of(metadata: &std::fs::Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt as _;
    (metadata.dev(), metadata.ino())
}

/// Elsewhere no file that somebody has open can be removed.
#[cfg(not(unix))]
fn identity_of(_: &std::fs::Metadata) -> Identity {
    (0, 0)
}

/// Where files that are open lie: a write to one that is there no longer is lost.
#[derive(Debug, Default)]
pub(crate) struct Places(Vec<(PathBuf, Identity)>);

impl Places {
    /// Whether each path still leads to the file that was opened there.
    pub(crate) fn are_kept(&self) -> bool {
        self.0.iter().all(|(path, identity)| {
            std::fs::metadata(path).is_ok_and(|found| identity_of(&found) == *identity)
        })
    }
}

/// A file, locked to this process by redb while it is open.
#[derive(Debug)]
pub(crate) struct FileDevice {
    file: FileBackend,
    durability: Durability,
}

impl FileDevice {
    pub(crate) fn open(path: PathBuf, durability: Durability, places: &mut Places) -> Result<Self> {
        let (file, identity) = open_file(&path)?;
        places.0.push((path, identity));
        Ok(Self { file, durability })
    }
}

/// A file beside the tables. Nobody else has it who has not the store's lock.
#[derive(Debug)]
pub(crate) struct SideFile {
    file: FileBackend,
    durability: Durability,
}

impl SideFile {
    pub(crate) fn open(path: PathBuf, durability: Durability, places: &mut Places) -> Result<Self> {
        let (file, identity) = open_file(&path)?;
        places.0.push((path, identity));
        Ok(Self { file, durability })
    }
}

impl Device for SideFile {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read(offset, out)
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.write(offset, bytes)
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }

    fn sync(&self) -> io::Result<()> {
        match self.durability {
            Durability::Full => self.file.sync_data(),
            Durability::Process => Ok(()),
        }
    }
}

fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

type Locked<T> = Result<T, BackendError>;

impl StorageBackend for FileDevice {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read(offset, out)
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }

    fn sync_data(&self) -> io::Result<()> {
        match self.durability {
            Durability::Full => self.file.sync_data(),
            // What the kernel has is what other processes see after this one was killed.
            Durability::Process => Ok(()),
        }
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.write(offset, bytes)
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Locked<bool> {
        self.file.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Locked<bool> {
        self.file.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Locked<()> {
        self.file.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Locked<()> {
        self.file.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Locked<()> {
        self.file.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Locked<bool> {
        self.file.query_lock_range(start, end)
    }
}

/// Makes the directory of a store: for its owner only, and never under version control. One that
/// was there with something else in it is the user's, who may want the rest of it there.
pub(crate) fn prepare_directory(directory: &Path) -> Result<()> {
    let has_others = std::fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_some());
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory).map_err(|error| io_error("make", directory, &error))?;
    let ignore = directory.join(".gitignore");
    if has_others || ignore.exists() {
        return Ok(());
    }
    std::fs::write(&ignore, "*\n").map_err(|error| io_error("write", &ignore, &error))
}

fn io_error(what: &str, path: &Path, error: &io::Error) -> Error {
    Error::new(ErrorKind::Storage, format!("cannot {what} {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_cut_or_missing_magic_number_is_unfinished() {
        assert!(is_unfinished([0; 9]));
        for written in 0..MAGIC.len() {
            let mut first = [0; 9];
            first[..written].copy_from_slice(&MAGIC[..written]);
            assert!(is_unfinished(first), "{written}");
        }
        assert!(!is_unfinished(MAGIC));
        assert!(!is_unfinished(*b"SQLite fo"));
    }
}
