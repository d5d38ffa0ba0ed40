//! Devices for tests of the store: one that records, images of what a crash leaves, one that fails.

#![allow(dead_code, reason = "each test uses some of the devices")]

use std::collections::HashSet;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use wx_server_sdk_local::store::{Device, Devices};

const PAGE: usize = 4096;

/// The bytes of a store's files: tables, log, checksums and spare room.
#[derive(Debug, Clone, Default)]
pub struct Image([Bytes; 4]);

impl Image {
    pub fn write(&mut self, file: usize, offset: usize, bytes: &[u8]) {
        self.0[file].write(offset, bytes);
    }

    pub fn length(&self, file: usize) -> usize {
        self.0[file].length
    }

    pub fn resize(&mut self, file: usize, length: usize) {
        self.0[file].resize(length);
    }

    pub fn bytes(&self, file: usize, offset: usize, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.0[file].read(offset, &mut bytes).unwrap();
        bytes
    }

    pub fn apply(&mut self, operation: &Operation) {
        match operation {
            Operation::Write { file, offset, bytes } => self.0[*file].write(*offset, bytes),
            Operation::SetLength { file, length } => self.0[*file].resize(*length),
            Operation::Sync { .. } => {}
        }
    }
}

/// A file's bytes. Copies share their pages until they are written to.
#[derive(Debug, Clone, Default)]
struct Bytes {
    pages: Vec<Arc<Vec<u8>>>,
    length: usize,
}

impl Bytes {
    fn resize(&mut self, length: usize) {
        let count = length.div_ceil(PAGE);
        if length < self.length && !length.is_multiple_of(PAGE) {
            // What is cut off reads as zeros if the file grows again.
            Arc::make_mut(&mut self.pages[length / PAGE])[length % PAGE..].fill(0);
        }
        let zeros = Arc::new(vec![0; PAGE]);
        self.pages.resize_with(count, || Arc::clone(&zeros));
        self.length = length;
    }

    fn write(&mut self, offset: usize, bytes: &[u8]) {
        if offset + bytes.len() > self.length {
            self.resize(offset + bytes.len());
        }
        let mut done = 0;
        while done < bytes.len() {
            let (page, at) = ((offset + done) / PAGE, (offset + done) % PAGE);
            let count = (PAGE - at).min(bytes.len() - done);
            Arc::make_mut(&mut self.pages[page])[at..at + count]
                .copy_from_slice(&bytes[done..done + count]);
            done += count;
        }
    }

    fn read(&self, offset: usize, out: &mut [u8]) -> io::Result<()> {
        if offset + out.len() > self.length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut done = 0;
        while done < out.len() {
            let (page, at) = ((offset + done) / PAGE, (offset + done) % PAGE);
            let count = (PAGE - at).min(out.len() - done);
            out[done..done + count].copy_from_slice(&self.pages[page][at..at + count]);
            done += count;
        }
        Ok(())
    }
}

#[derive(Debug, Clone)]
pub enum Operation {
    Write { file: usize, offset: usize, bytes: Arc<[u8]> },
    SetLength { file: usize, length: usize },
    Sync { file: usize },
}

impl Operation {
    pub fn file(&self) -> usize {
        match self {
            Self::Write { file, .. } | Self::SetLength { file, .. } | Self::Sync { file } => *file,
        }
    }
}

/// Devices on an [`Image`] that note every change, and fail from a chosen operation on.
#[derive(Debug, Default)]
pub struct TestDevice {
    image: Mutex<Image>,
    log: Mutex<Vec<Operation>>,
    /// Operations left before the failure; `u64::MAX` for never.
    budget: AtomicU64,
    failure: Mutex<Option<Failure>>,
    disk: Mutex<SmallDisk>,
}

/// Room for so many pages: a page takes room when it is written to first, as on a disk that keeps
/// holes of files. `None` for as many as there are.
#[derive(Debug, Default)]
struct SmallDisk {
    pages_max: Option<usize>,
    taken: HashSet<(usize, usize)>,
}

impl SmallDisk {
    fn take(&mut self, file: usize, offset: usize, length: usize) -> io::Result<()> {
        for page in offset / PAGE..(offset + length).div_ceil(PAGE) {
            let is_full = self.pages_max.is_some_and(|max| self.taken.len() >= max);
            if is_full && !self.taken.contains(&(file, page)) {
                return Err(error(Failure::Full));
            }
            self.taken.insert((file, page));
        }
        Ok(())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// `EIO` once, from a read, a write, a resize or a sync.
    Broken,
    /// `ENOSPC` from then on, from whatever needs room.
    Full,
    /// Half of a write is done before the error.
    Short,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl TestDevice {
    pub fn new(image: Image) -> Arc<Self> {
        let device = Self { image: Mutex::new(image), ..Self::default() };
        device.budget.store(u64::MAX, Ordering::Relaxed);
        Arc::new(device)
    }

    pub fn image(&self) -> Image {
        lock(&self.image).clone()
    }

    pub fn operations(&self) -> usize {
        lock(&self.log).len()
    }

    pub fn take_log(&self) -> Vec<Operation> {
        std::mem::take(&mut lock(&self.log))
    }

    /// Fails the operation after `after` more.
    pub fn fail_after(&self, after: u64, failure: Failure) {
        *lock(&self.failure) = Some(failure);
        self.budget.store(after, Ordering::SeqCst);
    }

    pub fn heal(&self) {
        self.budget.store(u64::MAX, Ordering::SeqCst);
    }

    /// Leaves room for so many pages more.
    pub fn fill_up(&self, pages_left: usize) {
        let mut disk = lock(&self.disk);
        disk.pages_max = Some(disk.taken.len() + pages_left);
    }

    /// Whether the failure has happened.
    pub fn has_failed(&self) -> bool {
        self.budget.load(Ordering::SeqCst) == 0
    }

    fn step(&self, needs_room: bool) -> Result<(), Failure> {
        let failure = *lock(&self.failure);
        let Some(failure) = failure else { return Ok(()) };
        if failure == Failure::Full && !needs_room {
            return Ok(());
        }
        let left = self.budget.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
            Some(if left == u64::MAX { left } else { left.saturating_sub(1) })
        });
        if left == Ok(1) || (left == Ok(0) && failure == Failure::Full) {
            return Err(failure);
        }
        Ok(())
    }
}

fn error(failure: Failure) -> io::Error {
    match failure {
        Failure::Broken => io::Error::from_raw_os_error(5),
        Failure::Full => io::ErrorKind::StorageFull.into(),
        Failure::Short => io::ErrorKind::WriteZero.into(),
    }
}

/// One file of a [`TestDevice`].
#[derive(Debug)]
struct TestFile {
    device: Arc<TestDevice>,
    file: usize,
}

/// The files of a device, as a store takes them.
pub fn devices(device: &Arc<TestDevice>) -> Devices {
    let file =
        |file| -> Arc<dyn Device> { Arc::new(TestFile { device: Arc::clone(device), file }) };
    Devices { tables: file(0), log: file(1), checksums: file(2), spare: file(3) }
}

impl Device for TestFile {
    fn len(&self) -> io::Result<u64> {
        Ok(lock(&self.device.image).0[self.file].length as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.device.step(false).map_err(error)?;
        lock(&self.device.image).0[self.file].read(usize::try_from(offset).unwrap(), out)
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let offset = usize::try_from(offset).unwrap();
        if let Err(failure) = self.device.step(true) {
            if failure == Failure::Short {
                let half = &bytes[..bytes.len() / 2];
                lock(&self.device.image).write(self.file, offset, half);
            }
            return Err(error(failure));
        }
        lock(&self.device.disk).take(self.file, offset, bytes.len())?;
        let mut image = lock(&self.device.image);
        assert!(offset + bytes.len() <= image.0[self.file].length, "a write beyond the end");
        image.write(self.file, offset, bytes);
        let file = self.file;
        lock(&self.device.log).push(Operation::Write { file, offset, bytes: bytes.into() });
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let length = usize::try_from(length).unwrap();
        let file = self.file;
        let grows = length > lock(&self.device.image).0[file].length;
        self.device.step(grows).map_err(error)?;
        lock(&self.device.image).0[file].resize(length);
        let kept = |(of, page): &(usize, usize)| *of != file || *page < length.div_ceil(PAGE);
        lock(&self.device.disk).taken.retain(kept);
        lock(&self.device.log).push(Operation::SetLength { file, length });
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.device.step(false).map_err(error)?;
        lock(&self.device.log).push(Operation::Sync { file: self.file });
        Ok(())
    }
}

/// `SplitMix64`: any run replays from its seed.
pub struct Random(pub u64);

impl Random {
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.draw() % end
    }
}

/// A number from the environment.
pub fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// The seed of a run: `WX_LOCAL_TEST_SEED`, else a fixed one.
pub fn seed() -> u64 {
    let seed = setting("WX_LOCAL_TEST_SEED", 1);
    println!("WX_LOCAL_TEST_SEED={seed}");
    seed
}
