//! `watch` of a page: queries that are asked again after each write that this thread makes.
//!
//! What listens belongs to a realm, which the registry does not keep alive: a test file that has
//! ended takes its listeners with it.

use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;
use std::sync::{Arc, Weak};

use crate::cloud::rules::collection_of;
use crate::cloud::watch::{Change, Watched};
use crate::database::{Command, Engine, Find, Reply, Request, Updated};
use crate::error::{Error, ErrorKind, Result};
use crate::limits::{WATCH_DOCUMENTS_MAX, WATCH_LIMIT_MAX, WATCH_ORDER_FIELDS_MAX};
use crate::node::convert::{Decoding, owned, read};
use crate::node::failure::error_object;
use crate::node::js::Reference;
use crate::node::js::{Js, Outcome, Thrown, Value};
use crate::node::native::Functions;
use crate::node::native::collection::QueryHandle;
use crate::node::native::request::world_of;
use crate::node::realm::{Call, Realm, RealmId};
use crate::node::world::World;
use crate::sdk::failure::Failure;
use crate::sdk::query_state::QueryState;
use crate::sdk::{client, request};
use crate::value::{Bson, Document, RawDoc, to_document};

pub const FUNCTIONS: Functions =
    &[("checkWatch", check), ("startWatch", start), ("stopWatch", stop)];

thread_local! {
    /// To the end of the environment.
    static LISTENERS: RefCell<ManuallyDrop<Vec<Listener>>> =
        const { RefCell::new(ManuallyDrop::new(Vec::new())) };
    static NEXT_ID: Cell<u32> = const { Cell::new(0) };
}

struct Listener {
    id: u32,
    world: Weak<World>,
    env: String,
    find: Find,
    watched: Watched,
    realm: RealmId,
    /// `(snapshot, error) => ..`; held by its realm.
    deliver: Reference,
}

/// A write that listeners may want to know of.
pub struct Touched {
    world: Arc<World>,
    /// With the environment; absent when it may be any.
    collection: Option<(String, String)>,
    change: Change,
}

impl Touched {
    /// What `request` touches, if anybody listens.
    pub fn by(world: &Arc<World>, request: &Request) -> Option<Self> {
        let listens = LISTENERS.with_borrow(|listeners| !listeners.is_empty());
        if !listens || !request.command.is_write() {
            return None;
        }
        let change = match &request.command {
            Command::Insert { .. } => Change::Insert,
            Command::Update(_) => Change::Update,
            Command::Replace { .. } => Change::Replace,
            Command::Delete { .. } => Change::Delete,
            _ => Change::Several,
        };
        let collection = collection_of(&request.command);
        let collection = collection.map(|name| (request.env.clone(), name.to_owned()));
        Some(Self { world: Arc::clone(world), collection, change })
    }

    /// Anything of a world.
    pub fn anything(world: &Arc<World>) -> Self {
        Self { world: Arc::clone(world), collection: None, change: Change::Several }
    }

    /// The write was made: tells those who listen. It stands, whatever becomes of that.
    pub fn tell(mut self, js: Js<'_>, reply: Option<&Reply>) {
        if let Some(Reply::Updated(Updated { upserted: Some(_), .. })) = reply {
            self.change = Change::Insert;
        }
        // Calls into JavaScript, which may begin or end listening: nothing is borrowed meanwhile.
        let mut listeners = LISTENERS.take();
        let ends = |listener: &mut Listener| {
            !listener.hear(js, &self).unwrap_or_else(|_| {
                // An exception must not be left pending in a call that has succeeded.
                let _ = js.take_exception();
                false
            })
        };
        for ended in listeners.extract_if(.., ends) {
            drop(ended);
        }
        LISTENERS.with_borrow_mut(|begun| {
            listeners.append(begun);
            *begun = listeners;
        });
    }
}

impl Listener {
    /// Whether it goes on listening.
    fn hear(&mut self, js: Js<'_>, touched: &Touched) -> Outcome<bool> {
        let (Some(deliver), Some(world), Some(realm)) =
            (js.find(&self.deliver)?, self.world.upgrade(), self.realm.find())
        else {
            return Ok(false);
        };
        let is_meant = match &touched.collection {
            None => true,
            Some((env, name)) => *env == self.env && *name == self.find.collection,
        };
        if !is_meant || !Arc::ptr_eq(&world, &touched.world) {
            return Ok(true);
        }
        match matching(&world, &self.env, &self.find) {
            Ok(matched) => {
                if let Some(snapshot) = self.watched.advance(matched, touched.change) {
                    let value = value_of(js, &realm, snapshot)?;
                    js.call(deliver, js.undefined()?, &[value])?;
                }
                Ok(true)
            }
            // Whoever sets data back may take the collection away for a moment.
            Err(error) if error.kind() == ErrorKind::CollectionNotFound => Ok(true),
            Err(error) => {
                let failure = listening_failed(-402_006, "realtime server error", &error);
                let error = error_object(js, &realm, &failure)?;
                js.call(deliver, js.undefined()?, &[js.undefined()?, error])?;
                Ok(false)
            }
        }
    }
}

fn value_of<'s>(js: Js<'s>, realm: &Realm, snapshot: Document) -> Outcome<Value<'s>> {
    owned(js, realm, &Bson::Document(snapshot), Decoding::Get)
}

/// Every document that matches.
fn matching(world: &World, env: &str, find: &Find) -> Result<Vec<Document>> {
    let command = Command::Find(find.clone());
    match world.engine()?.execute(Request { env: env.to_owned(), transaction: None, command })? {
        Reply::Documents(found) if found.len() > WATCH_DOCUMENTS_MAX => {
            let text = format!("more than {WATCH_DOCUMENTS_MAX} documents match");
            Err(Error::new(ErrorKind::LimitExceeded, text))
        }
        Reply::Documents(found) => {
            Ok(found.iter().map(|bytes| to_document(RawDoc::new(bytes))).collect())
        }
        _ => Err(Error::new(ErrorKind::Internal, "the engine answered another question")),
    }
}

fn listening_failed(number: i64, text: &str, error: &Error) -> Failure {
    Failure::final_error(number, format!("errCode: {number} {text} | errMsg: {error}"))
}

/// Refuses options without both listeners.
fn check(call: Call<'_>) -> Outcome<Value<'_>> {
    client::check_watch(&read(call.js, call.realm, call.argument(0))?)?;
    call.js.undefined()
}

/// `startWatch(query, deliver)`, inside `enterClient`: `{id, first}`.
fn start(call: Call<'_>) -> Outcome<Value<'_>> {
    let js = call.js;
    let handle = js.held::<QueryHandle>(call.argument(0))?;
    check_state(&handle.state)?;
    let world = world_of(call)?;
    let env = handle.database.env(call)?;
    let built = request::find(&handle.state)?.spec;
    let by_id = bson::doc! { "_id": -1 };
    let find = Find {
        collection: handle.name.clone(),
        filter: built.filter,
        sort: if built.sort.is_empty() { by_id } else { built.sort },
        limit: Some(WATCH_DOCUMENTS_MAX as u64 + 1),
        ..Find::default()
    };
    let begun = begin(&handle, &world, &env, find).map_err(|error| {
        Thrown::from(listening_failed(-402_002, "realtime listener init watch fail", &error))
    })?;
    let (find, matched) = begun;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked above")]
    let limit = handle.state.limit.map(|limit| limit as usize);
    let (watched, first) = Watched::begin(limit, matched);
    let realm = call.realm.id();
    let first = value_of(js, call.realm, first)?;
    let id = NEXT_ID.get().wrapping_add(1);
    NEXT_ID.set(id);
    let deliver = js.watch(call.argument(1))?;
    js.at_end(|| drop(ManuallyDrop::into_inner(LISTENERS.take())))?;
    let world = Arc::downgrade(&world);
    let listener = Listener { id, world, env, find, watched, realm, deliver };
    LISTENERS.with_borrow_mut(|listeners| listeners.push(listener));
    let started = js.object()?;
    js.set(started, "id", js.number(f64::from(id))?)?;
    js.set(started, "first", first)?;
    Ok(started)
}

/// The query as the user may ask it, with what matches now.
fn begin(
    handle: &QueryHandle,
    world: &World,
    env: &str,
    find: Find,
) -> Result<(Find, Vec<Document>)> {
    let denied = || Error::new(ErrorKind::PermissionDenied, "only pages watch");
    let client = handle.database.client().ok_or_else(denied)?;
    let Command::Find(find) = client.permit(world, env, Command::Find(find))? else {
        return Err(denied());
    };
    let matched = matching(world, env, &find)?;
    Ok((find, matched))
}

/// What a watched query may have.
fn check_state(state: &QueryState) -> Outcome<()> {
    let fields = state.sort.to_document().len();
    let limit = state.limit.unwrap_or(1.0);
    let text = if state.projection.is_some() || state.skip.is_some() {
        "watch has neither field nor skip".to_owned()
    } else if fields > WATCH_ORDER_FIELDS_MAX {
        format!("watch orders by {WATCH_ORDER_FIELDS_MAX} fields at most, not {fields}")
    } else if !(1.0..=WATCH_LIMIT_MAX).contains(&limit) {
        format!("watch has a limit from 1 to {WATCH_LIMIT_MAX}, not {limit}")
    } else {
        return Ok(());
    };
    Err(Failure::cloud_sdk(-1, text).into())
}

fn stop(call: Call<'_>) -> Outcome<Value<'_>> {
    let id = call.js.to_f64(call.argument(0))?;
    let gone: Vec<Listener> = LISTENERS.with_borrow_mut(|listeners| {
        listeners.extract_if(.., |listener| f64::from(listener.id).total_cmp(&id).is_eq()).collect()
    });
    drop(gone);
    call.js.undefined()
}
