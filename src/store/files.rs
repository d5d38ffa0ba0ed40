//! The files of a store on disk: redb's tables, and the log beside them.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use redb::{Database, Durability as Keeps, ReadableDatabase, WriteTransaction};

use crate::error::{Error, ErrorKind, Result};
use crate::store::Durability;
use crate::store::backend::{
    Device, DeviceBackend, Devices, FileDevice, LogFile, prepare_directory,
};
use crate::store::failure::{commit_error, database_error, storage_error, transaction_error};
use crate::store::keyspace::{Section, WriteKeys};
use crate::store::log::{self, Changes, Found, Log};
use crate::store::meta::{FORMAT_KEY, FORMAT_VERSION, LOG_KEY, read_format, read_last_commit};
use crate::store::tables::{ReadTables, WriteTables};

/// Bytes that redb keeps of the file in memory.
const CACHE_BYTES: usize = 64 * 1024 * 1024;

/// Walking a file takes up to some milliseconds for each of these megabytes.
pub(crate) const QUICK_REPAIR_BYTES: u64 = 16 * 1024 * 1024;

/// The files of a store within its directory.
pub(crate) const FILE_NAME: &str = "store.redb";
const LOG_NAME: &str = "store.log";

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
        let mut builder = Database::builder();
        builder.set_cache_size(CACHE_BYTES);
        let (database, device): (_, Arc<dyn Device>) = match &settings.place {
            Place::Directory(directory) => {
                prepare_directory(directory)?;
                let file = FileDevice::open(&directory.join(FILE_NAME), settings.durability)?;
                let database = builder.create_with_backend(file).map_err(database_error)?;
                // The database has the lock of the directory's files now.
                let log = LogFile::open(&directory.join(LOG_NAME), settings.durability)?;
                (database, Arc::new(log))
            }
            Place::Devices(Devices { tables, log }) => {
                let backend = DeviceBackend(Arc::clone(tables));
                let database = builder.create_with_backend(backend).map_err(database_error)?;
                (database, Arc::clone(log))
            }
        };
        set_up(&database)?;
        let stored = {
            let transaction = database.begin_read().map_err(transaction_error)?;
            read_last_commit(&ReadTables::open(&transaction)?)?
        };
        let (mut log, found) = Log::open(device, settings.log_bytes, stored)?;
        if !found.is_empty {
            catch_up(settings, &database, &found)?;
            log.clear()?;
        }
        Ok(Self { database, log: Mutex::new(log) })
    }
}

impl Drop for Opened {
    /// Leaves the tables' file with everything, so that the next opening has nothing to apply.
    fn drop(&mut self) {
        let log = self.log.get_mut().unwrap_or_else(PoisonError::into_inner);
        // Tables that lag behind the log must not take its place.
        if log.is_empty() || log.is_ahead() {
            return;
        }
        // What is not done here is done by the next opening.
        let _ = write_tables(&self.database).and_then(|()| log.clear());
    }
}

/// Tells the tables the number of the commit that they hold with this one.
pub(crate) fn note_commit(tables: &mut WriteTables<'_>, number: u64) -> Result<()> {
    tables.put(Section::META, LOG_KEY, &number.to_be_bytes()).map(drop)
}

/// Does again what the log has, and writes it to the tables' file: the log is used anew.
fn catch_up(settings: &Settings, database: &Database, found: &Found) -> Result<()> {
    let mut transaction = database.begin_write().map_err(transaction_error)?;
    {
        let mut unused = Changes::default();
        let mut tables = WriteTables::new(&transaction, &mut unused);
        for record in &found.records {
            log::apply(record, &mut tables)?;
        }
        note_commit(&mut tables, found.last)?;
    }
    transaction.set_quick_repair(settings.wants_quick_repair());
    transaction.commit().map_err(commit_error)
}

fn write_tables(database: &Database) -> Result<()> {
    let transaction = database.begin_write().map_err(transaction_error)?;
    transaction.commit().map_err(commit_error)
}

/// Writes the format's version into a new store, and refuses one of a newer version.
fn set_up(database: &Database) -> Result<()> {
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
        Some(_) => Ok(()),
        None => {
            let transaction = database.begin_write().map_err(transaction_error)?;
            {
                let mut unused = Changes::default();
                let mut tables = WriteTables::new(&transaction, &mut unused);
                tables.create()?;
                tables.put(Section::META, FORMAT_KEY, &FORMAT_VERSION.to_be_bytes())?;
            }
            transaction.commit().map_err(commit_error)
        }
    }
}
