//! A store on disk: one redb database, commits shared by concurrent writers.
//!
//! Whoever writes applies its job to the one open transaction. Whoever finds nobody waiting
//! behind it commits for all who applied theirs; the others wait for that commit. So a lone
//! writer commits at once, and many share what a commit costs. A commit goes to the log while there
//! is room, else to the tables' file: see [`log`](super::log).
//!
//! A commit of the tables costs as much as a small job, and nobody needs it before the next reader
//! comes. So a small write leaves the transaction open once the log has its changes, and the next
//! job goes on in it. Where the log is ahead of the tables a reader commits them first.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use redb::{ReadableDatabase, WriteTransaction};

use crate::error::{ErrorKind, Result};
use crate::store::GeoCells;
use crate::store::catalog::Catalog;
use crate::store::failure::{commit_error, is_disk_full, storage_error, transaction_error};
use crate::store::files::{Opened, Settings, commit_unsynced, gone, note_commit};
use crate::store::log::{Changes, Log, Lost};
use crate::store::meta::{read_catalog, read_catalog_version};
use crate::store::open::{Afterwards, Open, Session};
use crate::store::reader::Reader;
use crate::store::tables::{ReadTables, WriteTables};
use crate::store::writer::{Shared, store_counters};

pub(crate) struct Disk {
    pub(super) open: Mutex<Option<Open>>,
    /// Exclusively for compaction, checks and opening again, else shared. `None` after a failure
    /// of the disk that opening again has not overcome yet.
    pub(super) opened: RwLock<Option<Opened>>,
    /// Writers that have announced a job and not applied it yet.
    waiting: AtomicUsize,
    /// Readers that wait for a commit of the tables.
    waiting_readers: AtomicUsize,
    pub(super) latest: Mutex<Latest>,
    settings: Settings,
    /// Whether the files were taken away.
    is_gone: AtomicBool,
    /// What the log had and could not give when it was opened.
    pub(super) lost: Option<Lost>,
    /// Whether the last commit found no room. Until there is some the store only becomes smaller.
    is_disk_full: AtomicBool,
}

/// The state readers get, opened by the first of them after a commit.
#[derive(Default)]
pub(super) struct Latest {
    pub(super) view: Option<Arc<View>>,
    /// The catalog of the last commit; `None` where it must be read again.
    catalog: Option<Arc<Catalog>>,
    /// Whether the open transaction has commits that the tables lack. There is no view then.
    is_behind: bool,
}

/// One committed state.
#[derive(Debug)]
pub(crate) struct View {
    tables: ReadTables,
    catalog: Arc<Catalog>,
}

impl View {
    pub(crate) fn read<T>(&self, work: impl FnOnce(&Reader<'_>) -> Result<T>) -> Result<T> {
        work(&Reader::new(&self.tables, &self.catalog))
    }
}

impl Disk {
    pub(crate) fn open(settings: Settings) -> Result<Self> {
        let opened = Opened::open(&settings)?;
        Ok(Self {
            lost: opened.lost.clone(),
            opened: RwLock::new(Some(opened)),
            open: Mutex::default(),
            waiting: AtomicUsize::new(0),
            waiting_readers: AtomicUsize::new(0),
            latest: Mutex::default(),
            settings,
            is_gone: AtomicBool::new(false),
            is_disk_full: AtomicBool::new(false),
        })
    }

    /// The last committed state.
    pub(crate) fn view(&self) -> Result<Arc<View>> {
        let latest = lock(&self.latest);
        if !latest.is_behind {
            return self.open_view(latest);
        }
        drop(latest);
        self.waiting_readers.fetch_add(1, Ordering::SeqCst);
        let mut slot = lock(&self.open);
        self.waiting_readers.fetch_sub(1, Ordering::SeqCst);
        self.catch_up(&mut slot);
        self.open_view(lock(&self.latest))
    }

    fn open_view(&self, mut latest: MutexGuard<'_, Latest>) -> Result<Arc<View>> {
        if let Some(view) = &latest.view {
            return Ok(Arc::clone(view));
        }
        // Under the lock: a commit that ends meanwhile waits to discard this view again.
        let transaction =
            self.with_opened(|opened| opened.database.begin_read().map_err(transaction_error))?;
        let tables = ReadTables::open(&transaction)?;
        let version = read_catalog_version(&tables)?;
        let catalog = match latest.catalog.take().filter(|catalog| catalog.version == version) {
            Some(catalog) => catalog,
            None => Arc::new(read_catalog(&tables)?),
        };
        latest.catalog = Some(Arc::clone(&catalog));
        let view = Arc::new(View { tables, catalog });
        latest.view = Some(Arc::clone(&view));
        Ok(view)
    }

    /// Applies a number of jobs and returns when they are committed. `jobs` is told whether they
    /// may be tried, and its answers hold only if this returns no error.
    pub(crate) fn write(
        &self,
        geo: Option<&dyn GeoCells>,
        afterwards: Afterwards,
        jobs: &mut dyn FnMut(&mut Session<'_>),
    ) -> Result<()> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let mut slot = lock(&self.open);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        if afterwards == Afterwards::Commit {
            self.catch_up(&mut slot);
        }
        let applied = self.apply(&mut slot, geo, jobs);
        let outcome = slot.as_ref().map(|open| Arc::clone(&open.outcome));
        let full = slot.as_ref().is_some_and(Open::is_full);
        // Whoever announced a job while these ran takes the lock next, and decides again.
        if full || self.waiting.load(Ordering::SeqCst) == 0 {
            match afterwards {
                Afterwards::Commit => self.commit(&mut slot),
                Afterwards::StayOpen => self.commit_to_log(&mut slot),
            }
        }
        drop(slot);
        applied?;
        outcome.map_or(Ok(()), |outcome| outcome.wait())
    }

    /// Whether nobody writes, and the log has room for many small commits.
    pub(crate) fn is_idle(&self) -> bool {
        let waiting = |count: &AtomicUsize| count.load(Ordering::SeqCst) > 0;
        let has_no_jobs = |open: &Option<Open>| open.as_ref().is_none_or(|open| open.jobs == 0);
        !waiting(&self.waiting)
            && !waiting(&self.waiting_readers)
            && self.open.try_lock().is_ok_and(|slot| has_no_jobs(&slot))
            && self.has_room_for_small()
    }

    fn has_room_for_small(&self) -> bool {
        let Ok(opened) = self.opened.try_read() else { return false };
        let log = opened.as_ref().and_then(|opened| opened.log.try_lock().ok());
        log.is_some_and(|log| !log.is_nearly_full())
    }

    fn apply(
        &self,
        slot: &mut Option<Open>,
        geo: Option<&dyn GeoCells>,
        jobs: &mut dyn FnMut(&mut Session<'_>),
    ) -> Result<()> {
        let open = match slot {
            Some(open) => open,
            None => slot.insert(self.begin()?),
        };
        self.look_for_room();
        let mut tables = WriteTables::new(&open.transaction, &mut open.changes);
        let mut session = Session {
            tables: &mut tables,
            shared: &mut open.shared,
            geo,
            is_disk_full: self.is_disk_full(),
            jobs: 0,
            changed: false,
            is_smaller: true,
            broken: None,
        };
        jobs(&mut session);
        let Session { jobs, changed, is_smaller, broken, .. } = session;
        open.jobs += jobs;
        open.changed |= changed;
        open.is_smaller &= is_smaller;
        open.broken = open.broken.take().or(broken).or(tables.failed.take());
        Ok(())
    }

    fn is_disk_full(&self) -> bool {
        self.is_disk_full.load(Ordering::Acquire)
    }

    /// Keeps some room free for what makes the store smaller, and sees whether the disk is full.
    fn look_for_room(&self) {
        let found = self.with_opened(|opened| {
            lock(&opened.spare).keep()?;
            lock(&opened.log).make_room()
        });
        // Any other failure is met again by whoever writes.
        let is_full = found.is_err_and(|error| is_disk_full(&error));
        self.is_disk_full.store(is_full, Ordering::Release);
    }

    pub(super) fn begin(&self) -> Result<Open> {
        // In this order: beginning may open the file again.
        let transaction = self.begin_write()?;
        let shared = Shared { catalog: self.catalog()?, ..Shared::default() };
        Ok(Open {
            transaction,
            shared,
            changes: Changes::default(),
            jobs: 0,
            changed: false,
            is_smaller: true,
            broken: None,
            outcome: Arc::default(),
            is_logged: false,
        })
    }

    pub(super) fn begin_write(&self) -> Result<WriteTransaction> {
        let begin =
            || self.with_opened(|opened| opened.database.begin_write().map_err(transaction_error));
        begin().or_else(|error| {
            if error.kind() != ErrorKind::Storage {
                return Err(error);
            }
            self.reopen();
            begin()
        })
    }

    pub(super) fn with_opened<T>(&self, work: impl FnOnce(&Opened) -> Result<T>) -> Result<T> {
        if let Some(opened) = &*self.opened.read().unwrap_or_else(PoisonError::into_inner) {
            return work(opened);
        }
        let mut opened = self.opened.write().unwrap_or_else(PoisonError::into_inner);
        match &*opened {
            Some(opened) => work(opened),
            None => work(opened.insert(self.open_again()?)),
        }
    }

    fn open_again(&self) -> Result<Opened> {
        if self.is_gone.load(Ordering::Acquire) {
            Err(gone())
        } else {
            Opened::open_again(&self.settings)
        }
    }

    /// Opens the file again: redb stops at the first failure of the disk. Whatever was committed
    /// is there again; snapshots taken before fail. To be called with no transaction open.
    pub(super) fn reopen(&self) {
        let mut latest = lock(&self.latest);
        *latest = Latest::default();
        let mut opened = self.opened.write().unwrap_or_else(PoisonError::into_inner);
        if opened.as_ref().is_some_and(|opened| opened.check_places().is_err()) {
            // What lies there now is another store.
            self.is_gone.store(true, Ordering::Release);
        }
        // The file's lock goes with the old database.
        *opened = None;
        // While the disk fails still, the next user tries again and gets the reason.
        *opened = self.open_again().ok();
    }

    /// Recovers from a failure of the disk that a reader has met, unless a writer is about to.
    pub(crate) fn recover(&self) {
        let Ok(mut slot) = self.open.try_lock() else { return };
        if slot.as_ref().is_some_and(|open| open.jobs > 0) {
            return;
        }
        // What it has is in the log.
        *slot = None;
        self.reopen();
    }

    /// The catalog of the last commit.
    fn catalog(&self) -> Result<Arc<Catalog>> {
        let known = lock(&self.latest).catalog.clone();
        let read = || Ok(Arc::clone(&self.open_view(lock(&self.latest))?.catalog));
        known.map_or_else(read, Ok)
    }

    /// Commits the open transaction, if any, and tells all who have a part in it.
    pub(super) fn commit(&self, slot: &mut Option<Open>) {
        let Some(open) = slot.take() else { return };
        let (outcome, is_logged) = (Arc::clone(&open.outcome), open.is_logged);
        let committed = self.commit_open(open);
        // Commits that only the log has go with the transaction, and come back from the log.
        if committed.as_ref().is_err_and(|error| is_logged || error.kind() == ErrorKind::Storage) {
            self.reopen();
        }
        outcome.announce(committed);
    }

    /// Commits a transaction that has what the tables lack.
    fn catch_up(&self, slot: &mut Option<Open>) {
        if slot.as_ref().is_some_and(|open| open.is_logged) {
            self.commit(slot);
        }
    }

    /// Commits what the open transaction has to the log alone, and tells all who have a part in it.
    fn commit_to_log(&self, slot: &mut Option<Open>) {
        let Some(open) = slot else { return };
        let is_nothing_new = !open.changed && open.is_logged;
        let logged = match &open.broken {
            None if is_nothing_new => Ok(true),
            None if open.changed => self.append(open),
            _ => Ok(false),
        };
        match logged {
            Ok(true) => {
                (open.jobs, open.changed, open.is_smaller) = (0, false, true);
                open.is_logged = true;
                std::mem::take(&mut open.outcome).announce(Ok(()));
            }
            Ok(false) => self.commit(slot),
            Err(error) => {
                open.broken = Some(error);
                self.commit(slot);
            }
        }
    }

    /// Appends the changes of the open transaction to the log; returns whether there was room.
    fn append(&self, open: &mut Open) -> Result<bool> {
        self.complete(open)?;
        let appended = self.with_opened(|opened| {
            let mut log = lock(&opened.log);
            if !log.make_room_for(&open.changes, open.is_smaller)? {
                return Ok(false);
            }
            log.append(&open.changes)?;
            opened.check_places().map(|()| true)
        })?;
        if appended {
            open.changes.clear();
            let catalog = Some(Arc::clone(&open.shared.catalog));
            *lock(&self.latest) = Latest { view: None, catalog, is_behind: true };
        }
        Ok(appended)
    }

    /// What each commit has beside the changes of its jobs.
    fn complete(&self, open: &mut Open) -> Result<()> {
        let mut tables = WriteTables::new(&open.transaction, &mut open.changes);
        store_counters(&mut tables, &mut open.shared)?;
        tables.sweep()?;
        note_commit(&mut tables, self.next_commit()?)
    }

    pub(super) fn commit_open(&self, mut open: Open) -> Result<()> {
        if let Some(error) = open.broken {
            // Dropping the transaction undoes it; a disk that fails then has failed before.
            let _ = open.transaction.abort();
            return Err(error);
        }
        if !open.changed && !open.is_logged {
            return open.transaction.abort().map_err(storage_error);
        }
        if open.changed {
            self.complete(&mut open)?;
        }
        // The view of the state before pins pages that this commit could use again.
        lock(&self.latest).view = None;
        let changes = open.changed.then_some(open.changes);
        let committed = self.store(open.transaction, changes.as_ref(), open.is_smaller);
        let mut latest = lock(&self.latest);
        *latest = Latest {
            view: None,
            catalog: committed.is_ok().then_some(open.shared.catalog),
            // Until the log was read again, the tables lack what was acknowledged.
            is_behind: committed.is_err() && open.is_logged,
        };
        committed
    }

    /// Commits: changes that are new to the log if there is room, else to the tables' file.
    fn store(
        &self,
        transaction: WriteTransaction,
        new: Option<&Changes>,
        is_smaller: bool,
    ) -> Result<()> {
        self.with_opened(|opened| {
            let mut log = lock(&opened.log);
            let Some(changes) = new else { return commit_unsynced(&mut log, transaction) };
            if log.make_room_for(changes, is_smaller)? {
                log.append(changes)?;
                opened.check_places()?;
                return commit_unsynced(&mut log, transaction);
            }
            if is_smaller {
                lock(&opened.spare).give_up()?;
            }
            self.store_in_tables(&mut log, transaction)?;
            opened.check_places()
        })
    }

    /// The number of the commit that is being prepared.
    pub(super) fn next_commit(&self) -> Result<u64> {
        self.with_opened(|opened| Ok(lock(&opened.log).next()))
    }

    /// Commits to the tables' file, this and all that only the log holds.
    pub(super) fn store_in_tables(
        &self,
        log: &mut Log,
        mut transaction: WriteTransaction,
    ) -> Result<()> {
        transaction.set_quick_repair(self.settings.wants_quick_repair());
        transaction.commit().map_err(commit_error)?;
        log.restart();
        Ok(())
    }

    pub(crate) fn file_bytes(&self) -> u64 {
        self.settings.file_bytes()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let mut slot = lock(&self.open);
        self.commit(&mut slot);
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic in a job is caught before it gets here, so nothing behind a lock is half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
