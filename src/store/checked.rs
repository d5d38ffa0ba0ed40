//! The tables' file as redb gets it: what it reads is what was written, or an error.
//!
//! redb's writes go to the file as they come, but for its header: that waits for the next sync, so
//! that the checksums of what it refers to are on the disk before it is.

use std::io;
use std::ops::Bound;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use redb::{BackendError, StorageBackend};

use crate::store::backend::Device;
use crate::store::checksums::{Checksums, HEADER_BYTES, is_to_be_repaired};

type Locked<T> = Result<T, BackendError>;

/// Bytes that are read at once of a file that has no checksums yet.
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

    /// The file's length, known to be the first thing that is asked for once the lock is held.
    fn length(&self) -> io::Result<u64> {
        let length = self.file.len()?;
        if self.checksums.get().is_none() {
            let (checksums, had_any) = Checksums::open((self.open_checksums)()?)?;
            if length == 0 {
                checksums.restart()?;
            }
            let is_known = length == 0 || had_any;
            self.had_checksums.store(is_known, Ordering::Release);
            // Nobody else has the lock.
            let _ = self.checksums.set(checksums);
        }
        Ok(length)
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
        let mut bytes = vec![0; READ_BYTES];
        let mut offset = 0;
        while offset < length {
            let count = usize::try_from(length - offset).unwrap_or(READ_BYTES).min(READ_BYTES);
            self.file.read(offset, &mut bytes[..count])?;
            checksums.note(offset, &bytes[..count]);
            offset += count as u64;
        }
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
