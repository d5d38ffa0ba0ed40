//! Storage: collections of documents with their ids and indexes, in memory or in one file.
//!
//! A [`Store`] is read through a [`Reader`], which sees one consistent state, and changed by jobs
//! that get a [`Writer`]. A job is stored whole or not at all, and is acknowledged only when it is
//! as durable as the store promises. Documents are bytes here: the store looks into them for
//! their `_id` and the indexed fields, and never sees a filter.
//!
//! What is stored, and what a crash leaves of it, is described in `docs/storage-format.md`.

mod backend;
mod catalog;
mod check;
mod checked;
mod checksums;
mod disk;
mod documents;
mod failure;
mod files;
mod index_build;
mod indexes;
mod keyspace;
mod log;
mod memory;
mod meta;
mod open;
mod queue;
mod reader;
mod salvage;
mod spare;
mod tables;
mod tree;
mod upkeep;
mod writer;

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use crate::error::{Error, ErrorKind, Result};
use crate::value::RawValue;

pub use backend::{Device, Devices};
pub use catalog::{
    CollectionId, CollectionInfo, IndexDefinition, IndexField, IndexId, IndexInfo, IndexOrder, Slot,
};
pub use check::Report;
pub use index_build::KeyRange;
pub use reader::{Reader, VisitDocument, VisitEntry, VisitRecord};
pub use salvage::salvage;
pub use writer::Writer;

use disk::{Disk, View};
use files::{Place, Settings};
use memory::{Memory, Root};
use open::Afterwards;
use queue::Queue;

/// Where a store keeps its data.
#[derive(Debug, Clone)]
pub enum Location {
    /// In this process only; nothing is written anywhere.
    Memory,
    /// In `store.redb` of this directory, which is made if need be.
    Directory(PathBuf),
    /// On devices of the caller's, who sees to it that nobody else has them. For tests.
    Devices(Devices),
}

/// What an acknowledged write survives. A store in memory survives nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// Loss of power: every commit is synced.
    #[default]
    Full,
    /// The end of the process, `kill -9` included, but not loss of power.
    Process,
}

/// Computes the cells of a geometry for `2dsphere` indexes. The store knows no geometry.
pub trait GeoCells: Send + Sync {
    /// Appends the cells that cover `value`, or refuses what is no geometry.
    fn cells(&self, value: RawValue<'_>, cells: &mut Vec<u64>) -> Result<()>;
}

#[derive(Clone)]
pub struct StoreOptions {
    pub location: Location,
    pub durability: Durability,
    /// Without it a `2dsphere` index is refused.
    pub geo: Option<Arc<dyn GeoCells>>,
    /// Above this size of the file commits record which pages are free. That costs each a second
    /// sync, and saves an opening after a crash from walking the whole file.
    pub quick_repair_bytes: u64,
    /// Bytes of the log at most: what an opening after a crash may have to apply.
    pub log_bytes: u64,
}

impl StoreOptions {
    pub fn new(location: Location) -> Self {
        let quick_repair_bytes = files::QUICK_REPAIR_BYTES;
        let durability = Durability::default();
        Self { location, durability, geo: None, quick_repair_bytes, log_bytes: log::LOG_BYTES }
    }
}

/// An open store. Clones are the same store; it is closed when the last of them, and of its
/// snapshots and marks, is gone.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    engine: Engine,
    geo: Option<Arc<dyn GeoCells>>,
    /// Started by the first submitted job.
    queue: Mutex<Option<Queue>>,
    /// Marks that are held.
    marks: AtomicUsize,
}

enum Engine {
    Memory(Memory),
    Disk(Arc<Disk>),
}

/// One state of the store, kept for as long as this lives.
pub struct Snapshot(State);

enum State {
    Memory(Root),
    Disk(Arc<View>),
}

/// A state to come back to.
pub struct Mark {
    store: Arc<Inner>,
    point: Point,
}

impl Drop for Mark {
    fn drop(&mut self) {
        self.store.marks.fetch_sub(1, Ordering::AcqRel);
    }
}

enum Point {
    Memory(Root),
    Disk(redb::Savepoint),
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stats {
    /// Zero in memory.
    pub file_bytes: u64,
    pub collections: u64,
    pub documents: u64,
}

impl Store {
    /// Opens a store, and makes it if there is none.
    ///
    /// # Errors
    /// `StoreBusy` if another process has it, or this one has already; `StoreTooNew` if a newer
    /// version wrote it; else `Storage`.
    pub fn open(options: StoreOptions) -> Result<Self> {
        let StoreOptions { location, durability, geo, quick_repair_bytes, log_bytes } = options;
        let on_disk = |place| {
            let settings = Settings { place, durability, quick_repair_bytes, log_bytes };
            Ok(Engine::Disk(Arc::new(Disk::open(settings)?)))
        };
        let engine = match location {
            Location::Memory => Engine::Memory(Memory::default()),
            Location::Directory(path) => on_disk(Place::Directory(path))?,
            Location::Devices(devices) => on_disk(Place::Devices(devices))?,
        };
        let (queue, marks) = (Mutex::default(), AtomicUsize::new(0));
        Ok(Self(Arc::new(Inner { engine, geo, queue, marks })))
    }

    /// Reads one consistent state: all that was acknowledged before, and nothing by halves.
    /// Never waits for a writer, except for a small one ([`write_small`](Self::write_small)).
    pub fn read<T>(&self, work: impl FnOnce(&Reader<'_>) -> Result<T>) -> Result<T> {
        match &self.0.engine {
            Engine::Memory(memory) => memory.root().read(work),
            Engine::Disk(disk) => {
                let answer = disk.view().and_then(|view| view.read(work));
                if answer.as_ref().is_err_and(|error| error.kind() == ErrorKind::Storage) {
                    disk.recover();
                }
                answer
            }
        }
    }

    /// Runs one job on this thread and returns when it is stored. If it fails, nothing of it is
    /// stored. Jobs of several threads share commits. A job must not use the store itself.
    pub fn write<T>(&self, work: impl FnOnce(&mut Writer<'_>) -> Result<T>) -> Result<T> {
        self.write_and(Afterwards::Commit, work)
    }

    /// As [`write`](Self::write), for a job that takes hardly longer than a sync: many of them in a
    /// row cost less. A reader may have to wait for the one that is under way.
    pub fn write_small<T>(&self, work: impl FnOnce(&mut Writer<'_>) -> Result<T>) -> Result<T> {
        self.write_and(Afterwards::StayOpen, work)
    }

    fn write_and<T>(
        &self,
        afterwards: Afterwards,
        work: impl FnOnce(&mut Writer<'_>) -> Result<T>,
    ) -> Result<T> {
        let geo = self.0.geo.as_deref();
        let disk = match &self.0.engine {
            Engine::Memory(memory) => return memory.write(geo, work),
            Engine::Disk(disk) => disk,
        };
        let (mut work, mut answer) = (Some(work), None);
        disk.write(geo, afterwards, &mut |session| {
            answer = work.take().map(|work| session.run(work));
        })?;
        answer.unwrap_or_else(|| Err(Error::new(ErrorKind::Internal, "the job was not run")))
    }

    /// Queues one job and calls `done` when it is stored, or with why it is not. In memory both
    /// happen before this returns; on disk on the writer's thread, where `done` must not block.
    /// Jobs are applied in the order they were submitted in.
    pub fn submit<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Writer<'_>) -> Result<T> + Send + 'static,
        done: impl FnOnce(Result<T>) + Send + 'static,
    ) {
        let disk = match &self.0.engine {
            Engine::Memory(_) => return done(self.write(work)),
            Engine::Disk(disk) => disk,
        };
        let mut queue = self.0.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.is_none() {
            match Queue::start(Arc::clone(disk), self.0.geo.clone()) {
                Ok(started) => *queue = Some(started),
                Err(error) => {
                    drop(queue);
                    return done(Err(error));
                }
            }
        }
        if let Some(queue) = &*queue {
            queue.submit(work, done);
        }
    }

    /// Returns when every job submitted before is stored or has failed. Not to be called by a
    /// `done`.
    pub fn flush(&self) -> Result<()> {
        let (sender, receiver) = mpsc::channel();
        self.submit(
            |_| Ok(()),
            move |result| {
                // The receiver waits below.
                let _ = sender.send(result);
            },
        );
        let ended = || Error::new(ErrorKind::Internal, "the store's writer has ended");
        receiver.recv().map_err(|_| ended())?
    }

    /// The state as it is now, for as long as it is needed.
    pub fn snapshot(&self) -> Result<Snapshot> {
        Ok(Snapshot(match &self.0.engine {
            Engine::Memory(memory) => State::Memory(memory.root()),
            Engine::Disk(disk) => State::Disk(disk.view()?),
        }))
    }

    /// A point to come back to, in constant time. It is released when it is dropped.
    pub fn mark(&self) -> Result<Mark> {
        let point = match &self.0.engine {
            Engine::Memory(memory) => Point::Memory(memory.root()),
            Engine::Disk(disk) => Point::Disk(disk.mark()?),
        };
        self.0.marks.fetch_add(1, Ordering::AcqRel);
        Ok(Mark { store: Arc::clone(&self.0), point })
    }

    /// How many marks are held.
    pub fn marks(&self) -> usize {
        self.0.marks.load(Ordering::Acquire)
    }

    /// Goes back to a mark, which can be used again. Marks made after it are void from then on,
    /// on disk; in memory they stay.
    ///
    /// # Errors
    /// The mark is void or of another store.
    pub fn restore(&self, mark: &Mark) -> Result<()> {
        match (&self.0.engine, &mark.point) {
            _ if !Arc::ptr_eq(&self.0, &mark.store) => {
                Err(Error::new(ErrorKind::InvalidParam, "the mark is of another store"))
            }
            (Engine::Memory(memory), Point::Memory(root)) => {
                memory.restore(root);
                Ok(())
            }
            (Engine::Disk(disk), Point::Disk(savepoint)) => disk.restore(savepoint),
            _ => Err(Error::new(ErrorKind::Internal, "the mark does not fit its store")),
        }
    }

    /// Whether everything stored agrees with everything else.
    ///
    /// # Errors
    /// `StoreBusy` while a snapshot or mark of a store on disk is held.
    pub fn check(&self) -> Result<Report> {
        let mut report = self.check_pages()?;
        report.add_all(self.read(|reader| check::check(reader, self.0.geo.as_deref()))?);
        Ok(report)
    }

    /// The part of [`check`](Self::check) that concerns the file and not what is in it.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn check_pages(&self) -> Result<Report> {
        let mut report = Report::default();
        if let Engine::Disk(disk) = &self.0.engine
            && !disk.check_pages()?
        {
            report.add("the file had damaged pages, which were repaired".into());
        }
        Ok(report)
    }

    /// The part of [`check`](Self::check) that concerns one collection; nothing is found wrong
    /// with one that is gone.
    pub fn check_collection(&self, env: &str, name: &str) -> Result<Report> {
        self.read(|reader| check::check_one(reader, (env, name), self.0.geo.as_deref()))
    }

    /// Gives unused space of the file back; returns whether there was any.
    ///
    /// # Errors
    /// `StoreBusy` while a snapshot or mark is held.
    pub fn compact(&self) -> Result<bool> {
        match &self.0.engine {
            Engine::Memory(_) => Ok(false),
            Engine::Disk(disk) => disk.compact(),
        }
    }

    /// What a loss of power has taken from a store that was not synced, as its opening found it.
    pub fn loss(&self) -> Option<String> {
        match &self.0.engine {
            Engine::Memory(_) => None,
            Engine::Disk(disk) => disk.lost.as_ref().map(|lost| {
                format!(
                    "{lost}. They were stored without being synced, and a loss of power may have \
                     taken the first of them; the store goes on without all of them"
                )
            }),
        }
    }

    /// Leaves the files as closing does, though the store may be in use to the end of the program.
    pub fn rest(&self) {
        if let Engine::Disk(disk) = &self.0.engine {
            disk.rest();
        }
    }

    pub fn stats(&self) -> Result<Stats> {
        let file_bytes = match &self.0.engine {
            Engine::Memory(_) => 0,
            Engine::Disk(disk) => disk.file_bytes(),
        };
        self.read(|reader| {
            let mut stats = Stats { file_bytes, ..Stats::default() };
            for info in reader.catalog().all() {
                stats.collections += 1;
                stats.documents += reader.count(info.id)?;
            }
            Ok(stats)
        })
    }

    /// Whether a small write would wait for nobody else's, and for no more than its own sync.
    pub fn is_idle(&self) -> bool {
        match &self.0.engine {
            Engine::Memory(_) => true,
            Engine::Disk(disk) => disk.is_idle(),
        }
    }

    pub fn is_memory(&self) -> bool {
        matches!(self.0.engine, Engine::Memory(_))
    }
}

impl Snapshot {
    pub fn read<T>(&self, work: impl FnOnce(&Reader<'_>) -> Result<T>) -> Result<T> {
        match &self.0 {
            State::Memory(root) => root.read(work),
            State::Disk(view) => view.read(work),
        }
    }
}

#[cfg(test)]
mod tests;
