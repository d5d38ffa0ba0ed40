//! The upkeep of a shared store: the same whether this process holds it or another one does.

use crate::database::Command;
use crate::database::Compacted;
use crate::database::Engine;
use crate::database::Replacement;
use crate::database::Reply;
use crate::database::Request;
use crate::database::Upkeep;
use crate::error::{Error, ErrorKind, Result};
use crate::share::SharedEngine;
use crate::store::Mark;
use crate::store::Report;

#[cfg(unix)]
use crate::share::client::Client;
#[cfg(unix)]
use std::sync::Arc;

/// The environment of what concerns the whole store.
const NO_ENV: &str = "system";

/// A point in time of a shared store. Released when it is dropped; one that another process keeps
/// goes with that process.
pub struct SharedMark(Point);

enum Point {
    Here(Mark),
    #[cfg(unix)]
    There {
        number: u64,
        client: Arc<Client>,
    },
}

#[cfg(unix)]
impl Drop for Point {
    fn drop(&mut self) {
        if let Self::There { number, client } = self {
            // Whoever does not get it has no mark any more.
            client.send(request(NO_ENV, Upkeep::Release { mark: *number }), Box::new(drop));
        }
    }
}

impl SharedEngine {
    /// A point to come back to, after all that was written so far.
    pub fn mark(&self) -> Result<SharedMark> {
        #[cfg(unix)]
        if let Some(client) = self.follower() {
            let number = count(&self.keep_up(NO_ENV, Upkeep::Mark)?)?;
            return Ok(SharedMark(Point::There { number, client: Arc::clone(client) }));
        }
        let store = self.store()?;
        store.flush()?;
        Ok(SharedMark(Point::Here(store.mark()?)))
    }

    /// Goes back to a mark. Whatever was begun before is over, for every user of the store.
    pub fn restore(&self, mark: &SharedMark) -> Result<()> {
        match &mark.0 {
            Point::Here(mark) => {
                let engine = self.local()?;
                engine.end_what_began()?;
                engine.store().restore(mark)
            }
            #[cfg(unix)]
            Point::There { number, .. } => {
                self.keep_up(NO_ENV, Upkeep::Restore { mark: *number }).map(drop)
            }
        }
    }

    /// Puts collections that were made aside into their places in `env`.
    pub fn replace(&self, env: &str, replacement: Replacement) -> Result<()> {
        self.keep_up(env, Upkeep::Replace(replacement)).map(drop)
    }

    /// Compares everything stored with everything else, a collection at a time; `step` is told how
    /// many of how many parts are done.
    pub fn check(&self, step: &dyn Fn(u64, u64)) -> Result<Report> {
        let mut places = Vec::new();
        for env in names(self.keep_up(NO_ENV, Upkeep::Environments)?)? {
            for name in names(self.execute(of_env(&env, Command::ListCollections))?)? {
                places.push((env.clone(), name));
            }
        }
        let mut report = Report::default();
        for (index, (env, name)) in places.iter().enumerate() {
            step(index as u64, places.len() as u64);
            let name = name.clone();
            report.add_all(checked(self.keep_up(env, Upkeep::CheckCollection { name })?)?);
        }
        step(places.len() as u64, places.len() as u64);
        report.add_all(checked(self.keep_up(NO_ENV, Upkeep::CheckFile)?)?);
        Ok(report)
    }

    /// Gives unused space of the file back.
    pub fn compact(&self) -> Result<Compacted> {
        match self.keep_up(NO_ENV, Upkeep::Compact)? {
            Reply::Compacted(compacted) => Ok(compacted),
            _ => Err(unexpected()),
        }
    }

    fn keep_up(&self, env: &str, upkeep: Upkeep) -> Result<Reply> {
        self.execute(request(env, upkeep))
    }
}

fn request(env: &str, upkeep: Upkeep) -> Request {
    of_env(env, Command::Upkeep(upkeep))
}

fn of_env(env: &str, command: Command) -> Request {
    Request { env: env.to_owned(), transaction: None, command }
}

#[cfg(unix)]
fn count(reply: &Reply) -> Result<u64> {
    match reply {
        Reply::Count(count) => Ok(*count),
        _ => Err(unexpected()),
    }
}

fn names(reply: Reply) -> Result<Vec<String>> {
    match reply {
        Reply::Names(names) => Ok(names),
        _ => Err(unexpected()),
    }
}

fn checked(reply: Reply) -> Result<Report> {
    match reply {
        Reply::Checked(report) => Ok(report),
        _ => Err(unexpected()),
    }
}

fn unexpected() -> Error {
    Error::new(ErrorKind::Internal, "the engine answered another question")
}
