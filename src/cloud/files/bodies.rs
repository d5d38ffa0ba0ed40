//! Bodies of files, each under the SHA-256 of its content.
//!
//! On disk: `<directory>/<first two digits>/<64 digits>`, and `<directory>/tmp/` for uploads under
//! way. A body is renamed into place only after it is durable, so whatever has a body's name was
//! whole then; disks forget, so who reads it compares it with its name. Several processes may use
//! one directory: an upload holds a lock on its file, and `<directory>/lock` is held by whoever
//! publishes a body, and alone by who collects. Without a directory small bodies are kept in
//! memory and large ones in a private temporary directory that goes away with the store.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest as _, Sha256};

use crate::clock::secret_bytes;
use crate::cloud::files::reader::FileReader;
use crate::cloud::files::record::BodyId;
use crate::error::{Error, ErrorKind, Result};
use crate::value::hex_text;

/// Largest body kept in memory, in bytes; and the most that all of them take.
const MEMORY_BODY_BYTES_MAX: usize = 256 * 1024;
const MEMORY_BYTES_MAX: usize = 16 * 1024 * 1024;

const UPLOAD_SUFFIX: &str = ".part";

#[derive(Debug)]
pub(super) struct Bodies {
    /// `None`: nothing is kept beyond the life of this value.
    directory: Option<PathBuf>,
    state: Mutex<State>,
    /// One collection at a time.
    collecting: Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    /// Bodies of uploads whose record is being written: not referenced yet, not garbage either.
    pinned: HashMap<BodyId, usize>,
    /// Bodies published since the collection under way began; it has not seen their records.
    published: Option<HashSet<BodyId>>,
    /// The directory's lock, while a collection of this process has it alone.
    alone: Option<Arc<File>>,
    memory: HashMap<BodyId, Arc<[u8]>>,
    memory_bytes: usize,
    spill: Option<SpillDirectory>,
}

/// A private temporary directory, removed with its content.
#[derive(Debug)]
struct SpillDirectory(PathBuf);

impl Drop for SpillDirectory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A body that is being received. Dropped unpublished, it leaves nothing.
#[derive(Debug)]
pub(super) struct BodyWriter {
    hash: Sha256,
    size_bytes: u64,
    sink: Sink,
}

#[derive(Debug)]
enum Sink {
    Memory(Vec<u8>),
    File(UploadFile),
}

#[derive(Debug)]
struct UploadFile {
    file: File,
    path: PathBuf,
}

impl Drop for UploadFile {
    fn drop(&mut self) {
        // After publication the name is gone already.
        let _ = fs::remove_file(&self.path);
    }
}

/// A published body that no collection removes while this lives.
#[derive(Debug)]
pub(super) struct Pin<'a> {
    bodies: &'a Bodies,
    /// Keeps the collections of other processes waiting.
    _gate: Option<Arc<File>>,
    pub(super) id: BodyId,
    pub(super) size_bytes: u64,
}

impl Drop for Pin<'_> {
    fn drop(&mut self) {
        let mut state = self.bodies.lock();
        if let Some(count) = state.pinned.get_mut(&self.id) {
            *count -= 1;
            if *count == 0 {
                state.pinned.remove(&self.id);
            }
        }
    }
}

impl Bodies {
    /// Opens the bodies under `directory`, and removes what uploads left there whose process ended.
    pub(super) fn open(directory: Option<PathBuf>) -> Result<Self> {
        if let Some(directory) = &directory {
            create_private(&directory.join("tmp"))?;
            remove_unfinished_uploads(&directory.join("tmp"))?;
        }
        Ok(Self { directory, state: Mutex::default(), collecting: Mutex::default() })
    }

    pub(super) fn writer(&self) -> Result<BodyWriter> {
        let sink = match &self.directory {
            Some(directory) => Sink::File(new_upload(directory)?),
            None => Sink::Memory(Vec::new()),
        };
        Ok(BodyWriter { hash: Sha256::new(), size_bytes: 0, sink })
    }

    pub(super) fn write(&self, writer: &mut BodyWriter, chunk: &[u8]) -> Result<()> {
        if let Sink::Memory(bytes) = &writer.sink
            && bytes.len().saturating_add(chunk.len()) > MEMORY_BODY_BYTES_MAX
        {
            writer.sink = Sink::File(self.spill(bytes)?);
        }
        match &mut writer.sink {
            Sink::Memory(bytes) => bytes.extend_from_slice(chunk),
            Sink::File(upload) => upload.file.write_all(chunk).map_err(storage)?,
        }
        writer.hash.update(chunk);
        writer.size_bytes += chunk.len() as u64;
        Ok(())
    }

    /// Makes the body durable under its name. The pin is held until its record is written.
    pub(super) fn publish(&self, writer: BodyWriter) -> Result<Pin<'_>> {
        let id = BodyId::of(writer.hash);
        // Beside a collection of this process its lock keeps the others away.
        let alone = self.lock().alone.clone();
        let gate = match alone {
            Some(gate) => Some(gate),
            None => self.gate(File::lock_shared)?,
        };
        let mut state = self.lock();
        // Pinned before looking whether it exists: from here no collection removes it.
        *state.pinned.entry(id).or_default() += 1;
        if let Some(published) = &mut state.published {
            published.insert(id);
        }
        drop(state);
        let pin = Pin { bodies: self, _gate: gate, id, size_bytes: writer.size_bytes };
        let upload = match writer.sink {
            Sink::File(upload) => upload,
            Sink::Memory(bytes) => match self.keep_in_memory(id, bytes) {
                None => return Ok(pin),
                Some(bytes) => self.spill(&bytes)?,
            },
        };
        self.place(id, writer.size_bytes, &upload)?;
        Ok(pin)
    }

    pub(super) fn read(&self, id: BodyId, size_bytes: u64) -> Result<FileReader> {
        let state = self.lock();
        if let Some(bytes) = state.memory.get(&id) {
            return Ok(FileReader::of_memory(Arc::clone(bytes)));
        }
        let root = self.root(&state).ok_or_else(missing_body)?;
        drop(state);
        FileReader::open(&body_path(&root, id), id, size_bytes)
    }

    /// Removes the bodies that `referenced` does not name. It is asked once, after the collection
    /// began, so uploads may go on meanwhile. Answers how many bodies and bytes went away.
    pub(super) fn collect(
        &self,
        referenced: impl FnOnce() -> Result<HashSet<BodyId>>,
    ) -> Result<(u64, u64)> {
        let _one = self.collecting.lock().unwrap_or_else(PoisonError::into_inner);
        let alone = self.gate(File::lock)?;
        {
            let mut state = self.lock();
            state.published = Some(HashSet::new());
            state.alone = alone;
        }
        let outcome = referenced().and_then(|referenced| self.sweep(&referenced));
        let mut state = self.lock();
        state.published = None;
        // Let go when the last body published meanwhile has its record.
        state.alone = None;
        outcome
    }

    fn sweep(&self, referenced: &HashSet<BodyId>) -> Result<(u64, u64)> {
        let (mut bodies, mut bytes) = (0, 0);
        let mut state = self.lock();
        let in_memory = state.memory.keys().copied();
        let garbage: Vec<BodyId> =
            in_memory.filter(|id| is_garbage(&state, referenced, *id)).collect();
        for id in garbage {
            if let Some(body) = state.memory.remove(&id) {
                state.memory_bytes -= body.len();
                bodies += 1;
                bytes += body.len() as u64;
            }
        }
        let root = self.root(&state);
        drop(state);
        let Some(root) = root else { return Ok((bodies, bytes)) };
        for entry in fs::read_dir(&root).map_err(storage)? {
            let path = entry.map_err(storage)?.path();
            if !is_shelf(&path) {
                continue;
            }
            for entry in fs::read_dir(&path).map_err(storage)? {
                let entry = entry.map_err(storage)?;
                let Some(id) = body_id(&path, &entry.file_name()) else { continue };
                // Held while the body goes: an upload of the same content must see it gone.
                let state = self.lock();
                if is_garbage(&state, referenced, id) {
                    bytes += entry.metadata().map_err(storage)?.len();
                    bodies += 1;
                    fs::remove_file(entry.path()).map_err(storage)?;
                }
            }
        }
        Ok((bodies, bytes))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the directory's lock; it is let go with the file.
    fn gate(&self, lock: impl Fn(&File) -> io::Result<()>) -> Result<Option<Arc<File>>> {
        let Some(directory) = &self.directory else { return Ok(None) };
        let path = directory.join("lock");
        let file = File::options().write(true).create(true).truncate(false).open(path);
        let file = file.map_err(storage)?;
        allow_unlockable(lock(&file))?;
        Ok(Some(Arc::new(file)))
    }

    fn root(&self, state: &State) -> Option<PathBuf> {
        self.directory.clone().or_else(|| state.spill.as_ref().map(|spill| spill.0.clone()))
    }

    /// Gives the bytes back when memory has no room for them.
    fn keep_in_memory(&self, id: BodyId, bytes: Vec<u8>) -> Option<Vec<u8>> {
        let mut state = self.lock();
        if state.memory.contains_key(&id) {
            return None;
        }
        if state.memory_bytes + bytes.len() > MEMORY_BYTES_MAX {
            return Some(bytes);
        }
        state.memory_bytes += bytes.len();
        state.memory.insert(id, bytes.into());
        None
    }

    /// Moves bytes that outgrew memory to a file.
    fn spill(&self, bytes: &[u8]) -> Result<UploadFile> {
        let mut state = self.lock();
        if state.spill.is_none() {
            let name = format!("wx-server-sdk-local-{}", random_name()?);
            let path = std::env::temp_dir().join(name);
            create_private(&path)?;
            state.spill = Some(SpillDirectory(path.clone()));
            create_private(&path.join("tmp"))?;
        }
        let root = self.root(&state).ok_or_else(missing_body)?;
        drop(state);
        let mut upload = new_upload(&root)?;
        upload.file.write_all(bytes).map_err(storage)?;
        Ok(upload)
    }

    fn place(&self, id: BodyId, size_bytes: u64, upload: &UploadFile) -> Result<()> {
        let root = self.root(&self.lock()).ok_or_else(missing_body)?;
        let target = body_path(&root, id);
        // The same content is there already, unless it was damaged: then it is mended with this.
        let existing = FileReader::open(&target, id, size_bytes);
        if existing.and_then(FileReader::compare).is_ok() {
            return Ok(());
        }
        let parent = target.parent().ok_or_else(missing_body)?;
        create_private(parent)?;
        if self.directory.is_some() {
            upload.file.sync_all().map_err(storage)?;
        }
        fs::rename(&upload.path, &target).map_err(storage)?;
        if self.directory.is_some() {
            sync_directory(parent)?;
            sync_directory(&root)?;
        }
        Ok(())
    }
}

fn is_garbage(state: &State, referenced: &HashSet<BodyId>, id: BodyId) -> bool {
    !referenced.contains(&id)
        && !state.pinned.contains_key(&id)
        && !state.published.as_ref().is_some_and(|published| published.contains(&id))
}

pub(super) fn body_path(root: &Path, id: BodyId) -> PathBuf {
    let name = id.to_hex();
    root.join(&name[..2]).join(name)
}

pub(super) fn is_shelf(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.len() == 2 && name.bytes().all(|digit| digit.is_ascii_hexdigit()) && path.is_dir()
}

/// The body that a file in a shelf holds; `None` for a file that is not ours.
pub(super) fn body_id(shelf: &Path, name: &std::ffi::OsStr) -> Option<BodyId> {
    let name = name.to_str()?;
    let id = BodyId::parse(name)?;
    name.starts_with(shelf.file_name()?.to_str()?).then_some(id)
}

fn new_upload(root: &Path) -> Result<UploadFile> {
    let path = root.join("tmp").join(format!("{}{UPLOAD_SUFFIX}", random_name()?));
    let file = File::options().write(true).create_new(true).open(&path).map_err(storage)?;
    let upload = UploadFile { file, path };
    allow_unlockable(upload.file.lock())?;
    Ok(upload)
}

/// Some file systems have no locks: then one process at a time must do.
fn allow_unlockable(locked: io::Result<()>) -> Result<()> {
    match locked {
        Err(error) if error.kind() != io::ErrorKind::Unsupported => Err(storage(error)),
        _ => Ok(()),
    }
}

fn remove_unfinished_uploads(directory: &Path) -> Result<()> {
    for entry in fs::read_dir(directory).map_err(storage)? {
        let entry = entry.map_err(storage)?;
        let name = entry.file_name();
        let ours = name.to_str().and_then(|name| name.strip_suffix(UPLOAD_SUFFIX));
        if ours.is_some_and(|stem| stem.len() == 32 && stem.bytes().all(|b| b.is_ascii_hexdigit()))
            && !is_under_way(&entry.path())
        {
            match fs::remove_file(entry.path()) {
                // Its process ended it just now.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                removed => removed.map_err(storage)?,
            }
        }
    }
    Ok(())
}

/// Whether a process writes this upload.
fn is_under_way(path: &Path) -> bool {
    let locked = File::open(path).map(|file| file.try_lock());
    matches!(locked, Ok(Err(fs::TryLockError::WouldBlock)))
}

fn random_name() -> Result<String> {
    let bytes = secret_bytes().map_err(storage)?;
    Ok(hex_text(&bytes[..16]))
}

/// Creates a directory that only this user may enter.
pub(super) fn create_private(path: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(storage)
}

/// Makes the names in a directory durable, where a system can be asked to.
fn sync_directory(path: &Path) -> Result<()> {
    if cfg!(unix) {
        File::open(path).and_then(|directory| directory.sync_all()).map_err(storage)?;
    }
    Ok(())
}

#[allow(clippy::needless_pass_by_value, reason = "used as a function of `map_err`")]
pub(super) fn storage(error: io::Error) -> Error {
    Error::new(ErrorKind::Storage, format!("file storage failed: {error}"))
}

fn missing_body() -> Error {
    Error::new(ErrorKind::Storage, "the content of a file is missing from the data directory")
}
