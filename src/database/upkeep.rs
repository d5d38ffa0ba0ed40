//! What concerns a store as a whole: checking and compacting it, points to come back to, and
//! putting collections that were made aside into their places.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::Clock;
use crate::clock::Entropy;
use crate::clock::Stopwatch;
use crate::database::command::Reply;
use crate::database::core::Core;
use crate::database::core::Prepared;
use crate::database::job::Job;
use crate::error::{Error, ErrorKind, Result};
use crate::limits::COLLECTIONS_MAX;
use crate::store::Mark;
use crate::store::Writer;

/// What environments begin with whose collections nobody sees yet.
const STAGING: &str = "\u{1}staged ";

/// Age at which collections that were put aside belong to nobody any more.
const STAGING_AGE_MAX_MS: i64 = 60 * 60 * 1000;

/// Between two looks whether the store is in use.
const LOOK_INTERVAL: Duration = Duration::from_millis(20);

/// Most points that are kept for other processes.
const MARKS_MAX: usize = 100;

#[derive(Debug, Clone, PartialEq)]
pub enum Upkeep {
    /// The names of all environments.
    Environments,
    /// Compares the file with its own checksums.
    CheckFile,
    /// Compares documents, indexes and counters of one collection of the request's environment.
    CheckCollection {
        name: String,
    },
    /// Gives unused space of the file back.
    Compact,
    /// Keeps the state as it is now, until it is released.
    Mark,
    /// Goes back to a mark. Whatever was begun before is over.
    Restore {
        mark: u64,
    },
    Release {
        mark: u64,
    },
    /// How many marks anybody holds.
    CountMarks,
    Replace(Replacement),
}

/// Collections that take their places in the request's environment, all of them or none; those of
/// the same name go.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Replacement {
    /// The environment in which they were made, from [`staging_env`].
    pub staged: String,
    pub names: Vec<String>,
    /// All other collections of the store go as well, and these tables of records. Whatever was
    /// begun before is over.
    pub alone: Option<Vec<String>>,
}

/// What a store's file took before and after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Compacted {
    pub before_bytes: u64,
    pub after_bytes: u64,
    pub is_smaller: bool,
}

/// A new environment in which collections are made before they take their places. What is left
/// there by a program that was ended goes with a later replacement.
pub fn staging_env() -> String {
    // Of the system, whatever time a test has set: programs compare these.
    let (now_ms, number) = (Clock::system().now_ms(), Entropy::system().next_u64());
    format!("{STAGING}{now_ms} {number:016x}")
}

fn is_left_over(env: &str) -> bool {
    let made_ms = env.strip_prefix(STAGING).and_then(|rest| rest.split(' ').next()?.parse().ok());
    let now_ms = Clock::system().now_ms();
    made_ms.is_some_and(|made_ms: i64| now_ms.saturating_sub(made_ms) > STAGING_AGE_MAX_MS)
}

/// Marks that other processes hold.
#[derive(Default)]
pub struct Marks(Mutex<HashMap<u64, Mark>>);

impl Marks {
    fn all(&self) -> MutexGuard<'_, HashMap<u64, Mark>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, mark: Mark, entropy: &Entropy) -> Result<u64> {
        let mut all = self.all();
        if all.len() >= MARKS_MAX {
            let text = format!("{MARKS_MAX} snapshots of the store are held: give up some");
            return Err(Error::new(ErrorKind::LimitExceeded, text));
        }
        // By chance, so that no other holder of the store takes it for one of its own.
        let number = entropy.next_u64() >> 1;
        all.insert(number, mark);
        Ok(number)
    }
}

/// Does what is asked, or says which job does it.
pub fn prepare(core: &Core, env: &str, upkeep: Upkeep) -> Result<Prepared> {
    let store = &core.store;
    Ok(Prepared::Answered(match upkeep {
        Upkeep::Environments => {
            let names = store.read(|reader| Ok(reader.environments()))?;
            Reply::Names(names.iter().map(ToString::to_string).collect())
        }
        Upkeep::CheckFile => Reply::Checked(undisturbed(core, || store.check_pages())?),
        Upkeep::CheckCollection { name } => Reply::Checked(store.check_collection(env, &name)?),
        Upkeep::Compact => Reply::Compacted(undisturbed(core, || compact(core))?),
        Upkeep::Mark => {
            store.flush()?;
            Reply::Count(core.marks.keep(store.mark()?, &core.entropy)?)
        }
        Upkeep::Restore { mark } => {
            let marks = core.marks.all();
            let mark = marks.get(&mark).ok_or_else(mark_gone)?;
            core.end_what_began()?;
            store.restore(mark)?;
            Reply::Done
        }
        Upkeep::Release { mark } => {
            // One of an earlier holder is gone already.
            drop(core.marks.all().remove(&mark));
            Reply::Done
        }
        Upkeep::CountMarks => Reply::Count(store.marks() as u64),
        Upkeep::Replace(replacement) => {
            return Ok(Prepared::Write(Job::replace_collections(env, replacement)));
        }
    }))
}

fn compact(core: &Core) -> Result<Compacted> {
    let before_bytes = core.store.stats()?.file_bytes;
    let compacted = core.store.compact()?;
    let after_bytes = core.store.stats()?.file_bytes;
    // The store's own answer leaves out what its sweep and its log gave back.
    Ok(Compacted { before_bytes, after_bytes, is_smaller: compacted || after_bytes < before_bytes })
}

/// Tries until no transaction holds a state of the store, for as long as is bearable.
fn undisturbed<T>(core: &Core, work: impl Fn() -> Result<T>) -> Result<T> {
    let since = Stopwatch::start();
    loop {
        match work() {
            Err(error) if error.kind() == ErrorKind::StoreBusy => {
                if since.elapsed() >= core.settings.upkeep_patience {
                    let text = "a transaction or a snapshot of the data is open: end it, or the \
                                program or test that it belongs to, and do this again";
                    return Err(Error::new(ErrorKind::StoreBusy, text));
                }
                std::thread::sleep(LOOK_INTERVAL);
            }
            done => return done,
        }
    }
}

fn mark_gone() -> Error {
    Error::new(
        ErrorKind::InvalidParam,
        "the snapshot is gone: the process that held the store has ended, and the snapshot with \
         it; seed again",
    )
}

/// The job of [`Upkeep::Replace`].
pub fn replace(writer: &mut Writer<'_>, env: &str, wanted: &Replacement) -> Result<()> {
    for other in writer.reader().environments() {
        if is_left_over(&other) || (wanted.alone.is_some() && *other != *wanted.staged) {
            drop_all(writer, &other)?;
        }
    }
    for table in wanted.alone.iter().flatten() {
        remove_records(writer, table)?;
    }
    for name in &wanted.names {
        let Some(collection) = writer.reader().collection(&wanted.staged, name) else {
            let text = format!("what was made of '{name}' is gone, and nothing was stored: again");
            return Err(Error::new(ErrorKind::CollectionNotFound, text));
        };
        writer.drop_collection(env, name)?;
        writer.move_collection(collection.id, env)?;
    }
    if writer.reader().collections(env).len() > COLLECTIONS_MAX {
        let text = format!("an environment has at most {COLLECTIONS_MAX} collections");
        return Err(Error::new(ErrorKind::LimitExceeded, text));
    }
    Ok(())
}

fn drop_all(writer: &mut Writer<'_>, env: &str) -> Result<()> {
    for collection in writer.reader().collections(env) {
        writer.drop_collection(env, &collection.name)?;
    }
    Ok(())
}

fn remove_records(writer: &mut Writer<'_>, table: &str) -> Result<()> {
    let mut keys = Vec::new();
    writer.reader().scan_records(table, &[], &mut |key, _| {
        keys.push(key.to_vec());
        Ok(ControlFlow::Continue(()))
    })?;
    keys.iter().try_for_each(|key| writer.remove_record(table, key).map(drop))
}
