//! One request to the engine: where it runs, and how its answer settles a promise.
//!
//! Work on memory and short reads run on the JavaScript thread: a hop to another thread costs ten
//! times what they do. What may be long goes elsewhere and comes back through the realm's mailbox.
//! So does what waits for a disk, except for a write that stands alone while the disk is quick: a
//! loop that awaits its writes has nothing to share a commit with, and would pay the hops for
//! nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::cloud::Identity;
use crate::database::{Attempt, Command, Reply, Request};
use crate::error::{Error, ErrorKind, Result};
use crate::node::context;
use crate::node::failure::from_panic;
use crate::node::fault::Met;
use crate::node::js::{Js, Kept, Outcome, Thrown, Value};
use crate::node::native::collection::QueryHandle;
use crate::node::native::database::DatabaseHandle;
use crate::node::native::watch::Touched;
use crate::node::realm::{Call, Realm};
use crate::node::threads;
use crate::node::world::World;
use crate::sdk::diagnostics::{Pitfall, path_through_null};
use crate::sdk::failure::Failure;
use crate::sdk::result::Api;
use crate::share::{Done, SharedEngine};

/// A command on its way to the engine.
pub struct Operation {
    api: Api,
    env: EnvOf,
    transaction: Option<String>,
    command: Command,
    pitfalls: Vec<Pitfall>,
}

/// Whose environment a request goes to.
enum EnvOf {
    Database(Kept<DatabaseHandle>),
    Named(String),
}

impl Operation {
    /// An operation that takes part in the transaction of its collection, if there is one.
    pub fn of(handle: &QueryHandle, api: Api, command: Command) -> Self {
        let transaction = handle.transaction.as_ref().and_then(|transaction| transaction.id());
        Self {
            api,
            env: EnvOf::Database(handle.database.clone()),
            transaction,
            command,
            pitfalls: Vec::new(),
        }
    }

    /// An operation that the official client sends without the transaction it was called on.
    pub fn outside_transaction(
        handle: &QueryHandle,
        api: Api,
        command: Command,
        call: &'static str,
    ) -> Self {
        let mut operation = Self::of(handle, api, command);
        if handle.transaction.is_some() {
            operation.transaction = None;
            operation.pitfalls.push(Pitfall::OutsideTransaction { api: call });
        }
        operation
    }

    /// An operation on a named environment.
    pub fn on(env: String, api: Api, transaction: Option<String>, command: Command) -> Self {
        Self { api, env: EnvOf::Named(env), transaction, command, pitfalls: Vec::new() }
    }

    /// The request to the engine, for who runs it without a promise. That of a page has passed
    /// the permissions.
    pub fn into_request(self, call: Call<'_>) -> Outcome<Request> {
        let Self { api, env, transaction, command, .. } = self;
        let (env, command) = match env {
            EnvOf::Named(env) => (env, command),
            EnvOf::Database(database) => {
                let env = database.env(call)?;
                let command = match database.client() {
                    None => command,
                    Some(client) => client
                        .permit(&*world_of(call)?, &env, command)
                        .map_err(|error| failed(api, &error))?,
                };
                (env, command)
            }
        };
        Ok(Request { env, transaction, command })
    }

    /// The same operation, asked for its plan.
    #[must_use]
    pub fn explaining(mut self) -> Self {
        self.command = Command::Explain(Box::new(self.command));
        self
    }

    #[must_use]
    pub fn noting(mut self, pitfalls: Vec<Pitfall>) -> Self {
        self.pitfalls.extend(pitfalls);
        self
    }
}

/// The world that the running code belongs to.
pub fn world_of(call: Call<'_>) -> Outcome<Arc<World>> {
    Ok(match context::current(call.js)? {
        Some(frame) => Arc::clone(&frame.world),
        None => Arc::clone(&call.realm.world),
    })
}

/// Sends `operation`; `shape` makes the promise's value from the reply.
pub fn run<'s>(
    call: Call<'s>,
    operation: Operation,
    shape: impl for<'a> FnOnce(Js<'a>, &Realm, Reply) -> Outcome<Value<'a>> + Send + 'static,
) -> Outcome<Value<'s>> {
    let js = call.js;
    let api = operation.api;
    if !operation.pitfalls.is_empty() {
        call.realm.note(js, &operation.pitfalls)?;
    }
    let request = operation.into_request(call)?;
    let world = world_of(call)?;
    if request.command.is_write() {
        refuse_late(call, api)?;
    }
    world.requests.note(&request);
    let met = world.injected_fault(api.name());
    let touched = Touched::by(&world, &request);
    let engine = Arc::clone(world.engine().map_err(|error| failed(api, &error))?);
    if let Some(text) = world.take_notice() {
        call.realm.tell(js, "lost-commits", &text)?;
    }
    let is_immediate = request.transaction.is_none() && engine.is_immediate(&request);
    let is_quick = !is_immediate && engine.is_quick_write(&request) && call.realm.sends_alone();
    let watched = if is_immediate { None } else { Watched::of(&engine, &request) };
    let finish = finishing(move |js, realm, reply: Result<Reply>| match reply {
        Ok(reply) => {
            if let Some(watched) = watched {
                realm.note(js, &watched.pitfalls())?;
            }
            if let Some(touched) = touched {
                touched.tell(js, Some(&reply));
            }
            shape(js, realm, reply)
        }
        Err(error) if error.kind() == ErrorKind::Late => Err(dropped(js, realm, api)?),
        Err(error) => {
            if let Some(pitfall) = path_through_null(&error) {
                realm.note(js, &[pitfall])?;
            }
            Err(failed(api, &error))
        }
    });
    if let Some(met) = met {
        let epoch = world.epoch();
        let is_late = move || world.epoch() != epoch;
        let send = move |done: Done| send_unless(is_late, &engine, request, done);
        return meet(call, met, send, finish);
    }
    if let Some(transaction) = &request.transaction {
        // Held until the answer is delivered: a second operation in flight is refused.
        let permit =
            engine.permit(&request.env, transaction).map_err(|error| failed(api, &error))?;
        return later(
            call,
            |done| engine.execute_async(request, done),
            move |js, realm, reply| {
                drop(permit);
                finish(js, realm, reply)
            },
        );
    }
    if !is_immediate && !is_quick {
        return later(call, |done| engine.execute_async(request, done), finish);
    }
    if is_quick {
        call.realm.stored_at_once(js)?;
    }
    match engine.try_execute(request) {
        Attempt::Done(reply) => finish(js, call.realm, reply),
        // A transaction holds the document: the write goes on when it lets go.
        Attempt::Pending(pending) => later(call, |done| pending.finish(done), finish),
    }
}

/// Says of a closure that what it makes lives as long as the call that it is made in.
pub fn finishing<T, F>(finish: F) -> F
where
    F: for<'a> FnOnce(Js<'a>, &Realm, Result<T>) -> Outcome<Value<'a>>,
{
    finish
}

/// A search that may turn out to lack an index. Immediate ones read too little for that.
struct Watched {
    engine: Arc<SharedEngine>,
    env: String,
    collection: String,
}

impl Watched {
    fn of(engine: &Arc<SharedEngine>, request: &Request) -> Option<Self> {
        let collection = match &request.command {
            Command::Find(find) => &find.collection,
            Command::Count { collection, .. } | Command::Aggregate { collection, .. } => collection,
            _ => return None,
        };
        let (env, collection) = (request.env.clone(), collection.clone());
        Some(Self { engine: Arc::clone(engine), env, collection })
    }

    fn pitfalls(&self) -> Vec<Pitfall> {
        let scans = self.engine.take_unindexed_scans(&self.env, &self.collection);
        let told = scans.into_iter().map(|scan| Pitfall::UnindexedScan {
            collection: scan.collection,
            documents: scan.documents,
            found: scan.found,
            fields: scan.fields,
        });
        told.collect()
    }
}

/// Drops a write of a test that has ended: it must not reach the data of the next one.
pub fn refuse_late(call: Call<'_>, api: Api) -> Outcome<()> {
    if context::is_late(call.js)? {
        return Err(dropped(call.js, call.realm, api)?);
    }
    Ok(())
}

/// What the caller of a write that was dropped is told.
pub fn dropped(js: Js<'_>, realm: &Realm, api: Api) -> Outcome<Thrown> {
    let text = format!(
        "{} of a test that has ended was dropped: it began before reset() or restore(); await \
         everything that a test begins",
        api.name()
    );
    realm.tell(js, "late-write", &text)?;
    Ok(Failure::error(text).into())
}

/// Sends a request that has waited; one that writes must not have waited too long.
fn send_unless(
    is_late: impl FnOnce() -> bool,
    engine: &SharedEngine,
    request: Request,
    done: Done,
) {
    if request.command.is_write() && is_late() {
        return done(Err(Error::new(ErrorKind::Late, "the data was set back meanwhile")));
    }
    engine.execute_async(request, done);
}

/// Lets a request meet what a test injected: it waits, and then fails or goes on.
fn meet(
    call: Call<'_>,
    met: Met,
    send: impl FnOnce(Done) + Send + 'static,
    finish: impl for<'a> FnOnce(Js<'a>, &Realm, Result<Reply>) -> Outcome<Value<'a>> + Send + 'static,
) -> Outcome<Value<'_>> {
    let Met { failure, panics, delay } = met;
    if delay.is_zero() {
        Met::maybe_panic(panics);
        if let Some(failure) = failure {
            return Err(failure.into());
        }
    }
    let fails = failure.is_some();
    later(
        call,
        |done| {
            let panic = move || {
                Met::maybe_panic(panics);
                Ok(())
            };
            let go_on = move || match unbroken(panic) {
                Ok(()) if fails => done(Ok(Reply::Done)),
                Ok(()) => send(done),
                Err(error) => done(Err(error)),
            };
            threads::run_after(delay, go_on);
        },
        move |js, realm, reply| match failure {
            Some(failure) => Err(failure.into()),
            None => finish(js, realm, reply),
        },
    )
}

/// Who the running code works for.
pub fn caller(call: Call<'_>) -> Outcome<Identity> {
    Ok(match context::current(call.js)? {
        Some(frame) => frame.identity.clone(),
        None => call.realm.world.caller(),
    })
}

/// Begins work that ends on another thread; `finish` makes the value on this one.
fn later<T: Send + 'static>(
    call: Call<'_>,
    begin: impl FnOnce(Box<dyn FnOnce(Result<T>) + Send>),
    finish: impl for<'a> FnOnce(Js<'a>, &Realm, Result<T>) -> Outcome<Value<'a>> + Send + 'static,
) -> Outcome<Value<'_>> {
    let id = call.realm.begin();
    let mailbox = call.realm.mailbox(call.js)?;
    mailbox.expect(call.js);
    let realm = call.realm.id();
    begin(Box::new(move |outcome| {
        let post = Arc::clone(&mailbox);
        post.post(Box::new(move |js| {
            // A promise that cannot be settled any more has nobody waiting for it.
            if let Some(realm) = realm.find() {
                let value = catch_unwind(AssertUnwindSafe(|| finish(js, &realm, outcome)))
                    .unwrap_or_else(|panic| Err(from_panic(panic.as_ref()).into()));
                let _ = realm.complete(js, id, value);
            }
            mailbox.delivered(js);
        }));
    }));
    // The script makes the promise: a value that is settled already is never a number.
    #[allow(clippy::cast_precision_loss, reason = "a count")]
    call.js.number(id as f64)
}

/// Runs work that waits for files on another thread.
pub fn offload<T: Send + 'static>(
    call: Call<'_>,
    work: impl FnOnce() -> Result<T> + Send + 'static,
    finish: impl for<'a> FnOnce(Js<'a>, &Realm, Result<T>) -> Outcome<Value<'a>> + Send + 'static,
) -> Outcome<Value<'_>> {
    later(call, |done| threads::run(move || done(unbroken(work))), finish)
}

/// A panic of `work` as an error.
fn unbroken<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = from_panic(panic.as_ref()).message.clone();
        Err(Error::new(ErrorKind::Internal, text))
    })
}

fn failed(api: Api, error: &Error) -> Thrown {
    api.failure(error).into()
}
