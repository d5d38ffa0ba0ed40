//! The tables' file as redb gets it: what it reads is what was written, or an error.
//!
//! redb's writes go to the file as they come, but for its header: that waits for the next sync, so
//! that the checksums of what it refers to are on the disk before it is.

use std::io;
use std::ops::Bound;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use redb::{BackendError, StorageBackend};

use crate::store::backend::{Device, MAGIC, is_unfinished};
use crate::store::checksums::{BLOCK_BYTES, Checksums, Damage, HEADER_BYTES, is_to_be_repaired};

type Locked<T> = Result<T, BackendError>;

/// Bytes that are read at once.
const READ_BYTES: usize = 1024 * 1024;

/// Opens the file of the checksums, once the lock on the tables' file is held.
pub(crate) type OpenChecksums = Box<dyn Fn() -> io::Result<Arc<dyn Device>> + Send + Sync>;

pub(crate) struct Checked<B> {
    file: B,
    open_checksums: OpenChecksums,
    checksums: OnceLock<Checksums>,
    /// The header that is still to be written.
    header: Mutex<Option<Vec<u8>>>,
    /// Whether blocks are compared.
    is_comparing: AtomicBool,
    /// Whether there were checksums when the file was opened.
    had_checksums: AtomicBool,
}

impl<B: StorageBackend> Checked<B> {
    pub(crate) fn new(file: B, open_checksums: OpenChecksums) -> Self {
        Self {
            file,
            open_checksums,
            checksums: OnceLock::new(),
            header: Mutex::default(),
            is_comparing: AtomicBool::new(false),
            had_checksums: AtomicBool::new(false),
        }
    }

    /// The file's length: what redb asks for first, once it has the lock.
    fn length(&self) -> io::Result<u64> {
        let length = self.file.len()?;
        if self.checksums.get().is_some() {
            return Ok(length);
        }
        let (checksums, had_any) = Checksums::open((self.open_checksums)()?)?;
        let is_new = length == 0 || self.is_unfinished(length)?;
        if is_new {
            if checksums.has_been_in_use() {
                return Err(Damage::Missing.into());
            }
            self.file.set_len(0)?;
            checksums.restart()?;
        } else if had_any {
            let mut header = [0; HEADER_BYTES];
            let known = length.min(HEADER_BYTES as u64);
            self.file.read(0, &mut header[..usize::try_from(known).unwrap_or(HEADER_BYTES)])?;
            checksums.compare_header(&header)?;
        }
        self.had_checksums.store(is_new || had_any, Ordering::Release);
        // Nobody else has the lock.
        let _ = self.checksums.set(checksums);
        Ok(if is_new { 0 } else { length })
    }

    /// Whether the first opening of the file was cut short: a finished one has more than a header.
    fn is_unfinished(&self, length: u64) -> io::Result<bool> {
        let mut first = [0; MAGIC.len()];
        let known = length.min(MAGIC.len() as u64);
        self.file.read(0, &mut first[..usize::try_from(known).unwrap_or_default()])?;
        if !is_unfinished(first) {
            return Ok(false);
        }
        let mut is_blank = true;
        self.read_all(BLOCK_BYTES as u64, length, &mut |_, bytes| {
            is_blank &= bytes.iter().all(|byte| *byte == 0);
        })?;
        Ok(is_blank)
    }

    /// Reads a part of the file piece by piece.
    fn read_all(&self, from: u64, to: u64, visit: &mut dyn FnMut(u64, &[u8])) -> io::Result<()> {
        let mut bytes = vec![0; READ_BYTES];
        let mut offset = from;
        while offset < to {
            let count = usize::try_from(to - offset).unwrap_or(READ_BYTES).min(READ_BYTES);
            self.file.read(offset, &mut bytes[..count])?;
            visit(offset, &bytes[..count]);
            offset += count as u64;
        }
        Ok(())
    }

    fn checksums(&self) -> io::Result<&Checksums> {
        self.checksums.get().ok_or_else(|| io::Error::other("the file is not locked yet"))
    }

    fn pending(&self) -> MutexGuard<'_, Option<Vec<u8>>> {
        self.header.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read_header(&self, out: &mut [u8]) -> io::Result<()> {
        self.file.read(0, out)?;
        if let Some(header) = &*self.pending() {
            let known = header.len().min(out.len());
            out[..known].copy_from_slice(&header[..known]);
        } else if out.len() >= HEADER_BYTES && self.had_checksums.load(Ordering::Acquire) {
            self.checksums()?.compare_header(out)?;
            self.is_comparing.store(!is_to_be_repaired(out), Ordering::Release);
        }
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut header = self.pending();
        if self.had_checksums.load(Ordering::Acquire) {
            self.checksums()?.save(header.as_deref())?;
        }
        if let Some(bytes) = header.take() {
            self.file.write(0, &bytes)?;
        }
        drop(header);
        self.file.sync_data()
    }

    /// From now on every block is compared that is read: redb has looked at the file.
    pub(crate) fn compare_all(&self) {
        self.is_comparing.store(self.had_checksums.load(Ordering::Acquire), Ordering::Release);
    }

    /// Whether the file came without checksums.
    pub(crate) fn lacks_checksums(&self) -> bool {
        !self.had_checksums.load(Ordering::Acquire)
    }

    /// Takes the checksums of the file as it is. redb must have found its own in order.
    pub(crate) fn adopt(&self) -> io::Result<()> {
        let (checksums, length) = (self.checksums()?, self.file.len()?);
        checksums.restart()?;
        checksums.set_len(length);
        self.read_all(0, length, &mut |offset, bytes| checksums.note(offset, bytes))?;
        let mut header = [0; HEADER_BYTES];
        self.file.read(0, &mut header)?;
        // The header last: without one the checksums do not count as whole.
        checksums.save(None)?;
        checksums.save(Some(&header))?;
        self.had_checksums.store(true, Ordering::Release);
        self.compare_all();
        Ok(())
    }
}

/// A [`Checked`] file that redb and the store have together.
pub(crate) struct Handle<B>(pub(crate) Arc<Checked<B>>);

impl<B> std::fmt::Debug for Handle<B> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Handle")
    }
}

impl<B: StorageBackend> StorageBackend for Handle<B> {
    fn len(&self) -> io::Result<u64> {
        self.0.length()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        if offset == 0 {
            return self.0.read_header(out);
        }
        self.0.file.read(offset, out)?;
        if self.0.is_comparing.load(Ordering::Acquire) {
            self.0.checksums()?.compare(offset, out)?;
        }
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        // The file shrinks once the header knows.
        if length < self.0.file.len()? && self.0.pending().is_some() {
            self.0.sync()?;
        }
        self.0.file.set_len(length)?;
        self.0.checksums()?.set_len(length);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync()
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        if offset == 0 {
            *self.0.pending() = Some(bytes.to_vec());
            return Ok(());
        }
        self.0.checksums()?.note(offset, bytes);
        self.0.file.write(offset, bytes)
    }

    fn close(&self) -> io::Result<()> {
        self.0.file.close()
    }

    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Locked<bool> {
        self.0.file.try_lock_range(start, end)
    }

    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Locked<bool> {
        self.0.file.try_lock_shared_range(start, end)
    }

    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Locked<()> {
        self.0.file.lock_range(start, end)
    }

    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Locked<()> {
        self.0.file.lock_shared_range(start, end)
    }

    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Locked<()> {
        self.0.file.unlock_range(start, end)
    }

    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Locked<bool> {
        self.0.file.query_lock_range(start, end)
    }
}
