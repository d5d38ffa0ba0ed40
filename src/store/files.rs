//! The files of a store on disk: redb's tables, and the log beside them.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use redb::{Database, Durability as Keeps, ReadableDatabase, StorageBackend, WriteTransaction};

use crate::error::{Error, ErrorKind, Result};
use crate::store::Durability;
use crate::store::backend::{
    Device, DeviceBackend, Devices, FileDevice, Places, SideFile, prepare_directory,
};
use crate::store::checked::{Checked, Handle, OpenChecksums};
use crate::store::failure::{
    caught, commit_error, database_error, io_error, storage_error, transaction_error,
};
use crate::store::keyspace::{Section, WriteKeys};
use crate::store::log::{self, Changes, Found, Log, Lost};
use crate::store::meta::{FORMAT_KEY, FORMAT_VERSION, LOG_KEY, read_format, read_last_commit};
use crate::store::spare::Spare;
use crate::store::tables::{ReadTables, WriteTables};

/// Bytes that redb keeps of the file in memory.
const CACHE_BYTES: usize = 64 * 1024 * 1024;

/// Walking a file takes up to some milliseconds for each of these megabytes.
pub(crate) const QUICK_REPAIR_BYTES: u64 = 16 * 1024 * 1024;

/// The files of a store within its directory.
pub(crate) const FILE_NAME: &str = "store.redb";
pub(crate) const CHECKSUMS_NAME: &str = "store.sums";
pub(crate) const LOG_NAME: &str = "store.log";
const SPARE_NAME: &str = "store.spare";

/// Where the bytes are.
#[derive(Debug, Clone)]
pub(crate) enum Place {
    Directory(PathBuf),
    Devices(Devices),
}

/// The open files.
pub(crate) struct Opened {
    pub(crate) database: Database,
    pub(crate) log: Mutex<Log>,
    pub(crate) spare: Mutex<Spare>,
    places: Places,
    /// What the log had and could not give.
    pub(crate) lost: Option<Lost>,
}

/// How the database is opened, the first time and again.
pub(crate) struct Settings {
    pub(crate) place: Place,
    pub(crate) durability: Durability,
    pub(crate) quick_repair_bytes: u64,
    pub(crate) log_bytes: u64,
}

impl Settings {
    pub(crate) fn file_bytes(&self) -> u64 {
        match &self.place {
            Place::Directory(directory) => std::fs::metadata(directory.join(FILE_NAME))
                .map(|metadata| metadata.len())
                .unwrap_or_default(),
            Place::Devices(devices) => devices.tables.len().unwrap_or_default(),
        }
    }

    pub(crate) fn wants_quick_repair(&self) -> bool {
        self.file_bytes() > self.quick_repair_bytes
    }
}

/// Commits to the tables in memory what the log has.
pub(crate) fn commit_unsynced(log: &mut Log, mut transaction: WriteTransaction) -> Result<()> {
    transaction
        .set_durability(Keeps::None)
        .map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))?;
    transaction.commit().map_err(commit_error)?;
    log.caught_up();
    Ok(())
}

impl Opened {
    /// Opens the files, and applies to the tables what only the log holds.
    pub(crate) fn open(settings: &Settings) -> Result<Self> {
        caught(|| Self::open_files(settings))
    }

    /// Opens the files after a failure of the disk: no new ones are made.
    pub(crate) fn open_again(settings: &Settings) -> Result<Self> {
        if let Place::Directory(directory) = &settings.place
            && !directory.join(FILE_NAME).exists()
        {
            return Err(gone());
        }
        Self::open(settings)
    }

    fn open_files(settings: &Settings) -> Result<Self> {
        let mut places = Places::default();
        let (database, device, spare) = match &settings.place {
            Place::Directory(directory) => {
                prepare_directory(directory)?;
                let durability = settings.durability;
                let file = FileDevice::open(directory.join(FILE_NAME), durability, &mut places)?;
                let checksums = directory.join(CHECKSUMS_NAME);
                let open_checksums: OpenChecksums = Box::new(move || {
                    let mut unwatched = Places::default();
                    SideFile::open(checksums.clone(), durability, &mut unwatched)
                        .map(|file| Arc::new(file) as Arc<dyn Device>)
                        .map_err(io::Error::other)
                });
                let database = open_tables(Checked::new(file, open_checksums))?;
                // The database has the lock of the directory's files now.
                let log = SideFile::open(directory.join(LOG_NAME), durability, &mut places)?;
                let mut unwatched = Places::default();
                let spare = SideFile::open(directory.join(SPARE_NAME), durability, &mut unwatched)?;
                (database, Arc::new(log) as Arc<dyn Device>, Arc::new(spare) as Arc<dyn Device>)
            }
            Place::Devices(Devices { tables, checksums, log, spare }) => {
                let file = DeviceBackend(Arc::clone(tables));
                let checksums = Arc::clone(checksums);
                let open_checksums = Box::new(move || Ok(Arc::clone(&checksums)));
                let database = open_tables(Checked::new(file, open_checksums))?;
                (database, Arc::clone(log), Arc::clone(spare))
            }
        };
        let stored = {
            let transaction = database.begin_read().map_err(transaction_error)?;
            read_last_commit(&ReadTables::open(&transaction)?)?
        };
        let limits = (settings.log_bytes, settings.durability);
        let (mut log, found) = Log::open(device, limits, stored)?;
        if !found.records.is_empty() {
            catch_up(&mut log, &database, &found)?;
        }
        let (log, spare) = (Mutex::new(log), Mutex::new(Spare::new(spare)));
        Ok(Self { database, log, spare, places, lost: found.lost })
    }

    /// Fails where the files that are open are no longer those of the directory.
    pub(crate) fn check_places(&self) -> Result<()> {
        if self.places.are_kept() { Ok(()) } else { Err(gone()) }
    }
}

/// The files were taken away: whoever has them open writes to nothing.
pub(crate) fn gone() -> Error {
    let text = "the data directory (or store.redb or store.log in it) was removed, moved or \
                replaced while it was open, and nothing more is stored: end the program and start \
                it again";
    Error::new(ErrorKind::Storage, text)
}

/// Opens the tables, of a new store or one that is there.
fn open_tables<B: StorageBackend>(file: Checked<B>) -> Result<Database> {
    let file = Arc::new(file);
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE_BYTES);
    let handle = Handle(Arc::clone(&file));
    let mut database = builder.create_with_backend(handle).map_err(database_error)?;
    let is_older = set_up(&database)?;
    if file.lacks_checksums() || is_older {
        // All that there is to go by are the checksums that redb has of its pages.
        database.check_integrity().map_err(database_error)?;
        write_format(&database)?;
        file.adopt().map_err(io_error)?;
    }
    file.compare_all();
    Ok(database)
}

impl Opened {
    /// Leaves the tables' file with everything, so that the next opening has nothing to apply. What
    /// is not done here is done then.
    pub(crate) fn rest(&self) {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        // Tables that lag behind the log must not take its place.
        if !log.is_empty() && !log.is_ahead() {
            let _ = caught(|| write_tables(&self.database)).and_then(|()| log.clear());
        }
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.rest();
    }
}

/// Tells the tables the number of the commit that they hold with this one.
pub(crate) fn note_commit(tables: &mut WriteTables<'_>, number: u64) -> Result<()> {
    tables.put(Section::META, LOG_KEY, &number.to_be_bytes()).map(drop)
}

/// Does again what the log has, in memory: the log stays, so that this needs no room on the disk.
fn catch_up(log: &mut Log, database: &Database, found: &Found) -> Result<()> {
    let transaction = database.begin_write().map_err(transaction_error)?;
    {
        let mut unused = Changes::default();
        let mut tables = WriteTables::new(&transaction, &mut unused);
        for record in &found.records {
            log::apply(record, &mut tables)?;
        }
        note_commit(&mut tables, found.last)?;
    }
    commit_unsynced(log, transaction)
}

fn write_tables(database: &Database) -> Result<()> {
    let transaction = database.begin_write().map_err(transaction_error)?;
    transaction.commit().map_err(commit_error)
}

/// Writes the format's version into a new store, and refuses one of a newer version. Returns
/// whether an older version wrote it.
fn set_up(database: &Database) -> Result<bool> {
    let found = {
        let transaction = database.begin_read().map_err(transaction_error)?;
        match ReadTables::open(&transaction) {
            Ok(tables) => read_format(&tables)?,
            // The first commit makes all tables and writes the version.
            Err(_) if transaction.list_tables().map_err(storage_error)?.next().is_none() => None,
            Err(error) => return Err(error),
        }
    };
    match found {
        Some(version) if version > FORMAT_VERSION => Err(Error::new(
            ErrorKind::StoreTooNew,
            format!(
                "the store has format {version}, and this version of wx-server-sdk-local reads \
                 up to {FORMAT_VERSION}: upgrade it, or choose another data directory"
            ),
        )),
        Some(version) => Ok(version < FORMAT_VERSION),
        None => write_format(database).map(|()| false),
    }
}

/// Makes the tables that there are not, and writes the version of the format that they have.
fn write_format(database: &Database) -> Result<()> {
    let transaction = database.begin_write().map_err(transaction_error)?;
    {
        let mut unused = Changes::default();
        let mut tables = WriteTables::new(&transaction, &mut unused);
        tables.create()?;
        tables.put(Section::META, FORMAT_KEY, &FORMAT_VERSION.to_be_bytes())?;
    }
    transaction.commit().map_err(commit_error)
}
