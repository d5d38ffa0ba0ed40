//! The data of a world, opened at its first use.

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::cloud::files::FileStore;
use crate::cloud::{EngineRecords, ProjectFile, Records};
use crate::database::{Engine, LocalEngine, Settings, SphereCells};
use crate::error::{Error, ErrorKind, Result};
use crate::node::world::{DEFAULT_ENV, Opened, World, setup};
use crate::share::{Open, Patience, SharedEngine};
use crate::store::{Location, Store, StoreOptions};

impl World {
    pub fn engine(&self) -> Result<&Arc<SharedEngine>> {
        self.open().map(|opened| &opened.engine)
    }

    pub fn files(&self) -> Result<&Arc<FileStore>> {
        self.open().map(|opened| &opened.files)
    }

    /// What is to be told of how the store was opened, once.
    pub fn take_notice(&self) -> Option<String> {
        let Some(Ok(opened)) = self.opened.get() else { return None };
        if !opened.has_notice.load(Ordering::Relaxed) {
            return None;
        }
        opened.has_notice.store(false, Ordering::Relaxed);
        opened.notice.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Where the services keep what they know.
    pub fn records(&self) -> Result<&Arc<EngineRecords>> {
        self.open().map(|opened| &opened.records)
    }

    fn open(&self) -> Result<&Opened> {
        if self.opened.get().is_none() {
            let _one = self.opening.lock().unwrap_or_else(PoisonError::into_inner);
            if self.opened.get().is_none() {
                match self.open_store() {
                    // The process that holds it may go on before the next call.
                    Err(error) if error.kind() == ErrorKind::StoreBusy => return Err(error),
                    opened => drop(self.opened.set(opened)),
                }
            }
        }
        let missing = || Err(Error::new(ErrorKind::Internal, "the store is open and is not there"));
        self.opened.get().map_or_else(missing, |opened| opened.as_ref().map_err(Clone::clone))
    }

    fn open_store(&self) -> Result<Opened> {
        let on_disk = !self.in_memory.load(Ordering::Acquire);
        let directory = self.settings.directory.clone().filter(|_| on_disk);
        let engine = Arc::new(match &directory {
            Some(directory) => {
                let location = Location::Directory(directory.clone());
                SharedEngine::open(directory.clone(), self.opener(location), self.patience())?
            }
            None => SharedEngine::alone(self.opener(Location::Memory)()?),
        });
        let records = Arc::new(EngineRecords::new(Arc::clone(&engine) as Arc<dyn Engine>));
        if let Some(file) = ProjectFile::read(&self.settings.project)? {
            setup::make_collections(&engine, DEFAULT_ENV, &file)?;
            setup::set_permissions(&records, &file)?;
        }
        let appid = self.caller().appid;
        let files = FileStore::open(
            Arc::clone(&records) as Arc<dyn Records>,
            Arc::clone(&self.clock),
            directory,
            appid.as_deref().unwrap_or_default(),
        )?;
        if engine.is_memory() {
            for kept in [&self.first, &self.baseline] {
                *kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(engine.mark()?);
            }
        }
        let notice = engine.local().ok().and_then(|engine| engine.store().loss());
        let has_notice = AtomicBool::new(notice.is_some());
        Ok(Opened { notice: Mutex::new(notice), has_notice, engine, files, records })
    }

    /// Opens this world's store, now or when the process that holds it has ended.
    fn opener(&self, location: Location) -> Open {
        let durability = self.settings.durability;
        let settings =
            Settings { create_missing_collections: !self.settings.strict, ..Settings::default() };
        let (clock, entropy) = (Arc::clone(&self.clock), Arc::clone(&self.entropy));
        Box::new(move || {
            let store = Store::open(StoreOptions {
                durability,
                geo: Some(Arc::new(SphereCells)),
                ..StoreOptions::new(location.clone())
            })?;
            let (clock, entropy) = (Arc::clone(&clock), Arc::clone(&entropy));
            Ok(LocalEngine::new(store, clock, entropy, settings.clone()))
        })
    }

    /// How long another process is waited for. The user is told on stderr: the thread of the
    /// console may be what waits.
    fn patience(&self) -> Patience {
        let tells = self.settings.diagnostics;
        let tell = Box::new(move |text: &str| {
            if tells {
                // Nobody is there to be told that it failed.
                let _ = writeln!(std::io::stderr(), "[wx-server-sdk-local] {text}");
            }
        });
        Patience { silence_max: self.settings.holder_timeout, tell }
    }
}
