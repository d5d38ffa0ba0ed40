//! `wx.cloud` for a chosen user: the caller of a page, and what it is permitted to do.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::cloud::files::FileId;
use crate::cloud::functions::denied;
use crate::cloud::identity::SOURCE_CLIENT;
use crate::cloud::rules::{self, Access, Asking, Auth, check_file, check_invoke, collection_of};
use crate::cloud::{Identity, Permissions};
use crate::database::{Command, Engine, Find, Reply, Request};
use crate::error::{Error, ErrorKind, Result};
use crate::limits::CLIENT_EVENT_BYTES_ADVISED;
use crate::node::context::{self, Frame};
use crate::node::convert::read;
use crate::node::js::{Outcome, Thrown, Type, Value};
use crate::node::native::Functions;
use crate::node::native::cloud::{CloudHandle, held, running_env};
use crate::node::native::functions::{Asked, plan, reported};
use crate::node::native::request::world_of;
use crate::node::native::testing::run::cloud_ids;
use crate::node::native::testing::{self, Options, env_of};
use crate::node::realm::Call;
use crate::node::surface;
use crate::node::world::World;
use crate::sdk::call::FunctionCall;
use crate::sdk::context::Service;
use crate::sdk::diagnostics::Pitfall;
use crate::sdk::encode::json_text;
use crate::sdk::failure::Failure;
use crate::sdk::result::Api;
use crate::sdk::{Input, client, messages};
use crate::value::{Bson, Document, RawDoc, to_document};

pub const FUNCTIONS: Functions = &[
    ("compileClient", compile),
    ("newClient", new_client),
    ("enterClient", enter),
    ("planClientCall", plan_call),
    ("clientCloudId", cloud_id),
    ("clientUploadPath", upload_path),
    ("clientAborted", aborted),
];

/// Whose page it is.
pub struct Client {
    /// Where the page acts; `None` for the world of the code that runs.
    world: Option<Arc<World>>,
    identity: Identity,
}

impl Client {
    /// `None` when the user is not logged in.
    fn auth(&self) -> Option<Auth> {
        let openid = self.identity.openid.clone()?;
        Some(Auth { openid: Some(openid), ..Auth::default() })
    }

    pub fn openid(&self) -> Option<&str> {
        self.identity.openid.as_deref()
    }

    /// The command as the service carries it out for this user.
    pub fn permit(&self, world: &World, env: &str, command: Command) -> Result<Command> {
        let permissions = Permissions::new(world.records()?.as_ref(), env);
        let access = match collection_of(&command) {
            Some(collection) => permissions.collection(collection)?,
            None => Access::AdminOnly,
        };
        let engine = world.engine()?;
        let mut fetch = |collection: &str, id: &str| find(engine.as_ref(), env, collection, id);
        let auth = self.auth();
        let mut asking = Asking {
            auth: auth.as_ref(),
            access: &access,
            now_ms: world.clock.now_ms(),
            fetch: &mut fetch,
        };
        rules::permit(command, &mut asking)
    }

    /// Whether this user may do `operation` with the file at a path, which need not exist.
    pub fn check_file(
        &self,
        world: &World,
        (env, path): (&str, &str),
        operation: rules::Operation,
    ) -> Result<()> {
        let file = match world.files()?.record(env, path) {
            Ok(file) => Some(file),
            Err(error) if error.kind() == ErrorKind::FileNotFound => None,
            Err(error) => return Err(error),
        };
        let access = Permissions::new(world.records()?.as_ref(), env).files()?;
        let now_ms = world.clock.now_ms();
        check_file(&access, operation, file.as_ref(), (self.auth().as_ref(), now_ms))
    }

    /// The same for a file id. One that names no file is left to who looks for the file.
    pub fn check_file_id(
        &self,
        world: &World,
        file_id: &str,
        operation: rules::Operation,
    ) -> Result<()> {
        match FileId::parse(file_id) {
            Ok(id) if world.files()?.resolve(file_id).is_ok() => {
                self.check_file(world, (&id.env, &id.path), operation)
            }
            _ => Ok(()),
        }
    }
}

/// A document that a rule names. A collection that does not exist has none.
fn find(engine: &dyn Engine, env: &str, collection: &str, id: &str) -> Result<Option<Document>> {
    let command = Command::Find(Find {
        collection: collection.to_owned(),
        filter: bson::doc! { "_id": Bson::String(id.to_owned()) },
        limit: Some(1),
        ..Find::default()
    });
    match engine.execute(Request { env: env.to_owned(), transaction: None, command }) {
        Ok(Reply::Documents(found)) => {
            Ok(found.first().map(|bytes| to_document(RawDoc::new(bytes))))
        }
        Ok(_) => Err(testing::unexpected()),
        Err(error) if error.kind() == ErrorKind::CollectionNotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Compiles the script of the client in this realm; its argument is what it shares with the other.
fn compile(call: Call<'_>) -> Outcome<Value<'_>> {
    let js = call.js;
    let function = call.realm.global_of(js, "Function")?;
    let arguments = [js.text("parts")?, js.text(&surface::client::script())?];
    js.call(js.construct(function, &arguments)?, js.undefined()?, &[call.argument(0)])
}

/// `newClient(test, identity, resource)`: a client of a test's world or of wherever it is used,
/// for a user, and with `resource` for the environment that another account shares.
fn new_client(call: Call<'_>) -> Outcome<Value<'_>> {
    let js = call.js;
    let (world, env) = if js.type_of(call.argument(0))? == Type::Undefined {
        (None, None)
    } else {
        let handle = testing::held(call, "client")?;
        let env = env_of(call, &handle, &Options::none("client"))?;
        (Some(Arc::clone(&handle.world)), Some(env))
    };
    let user = world.as_ref().unwrap_or(&call.realm.world).caller();
    let base = Identity { source: Some(SOURCE_CLIENT.into()), env, ..user };
    let name = if world.is_some() { "testing.client" } else { "createClient" };
    let given = read(js, call.realm, call.argument(1)).map_err(|thrown| match thrown {
        Thrown::Failure(failure) => Failure::error(format!("{name}: {}", failure.message())).into(),
        pending @ Thrown::Pending => pending,
    })?;
    let mut identity = if given.is_absent() { base } else { identity_of(name, &given, &base)? };
    let resource = read(js, call.realm, call.argument(2))?;
    let cross_account = match &resource {
        Input::Absent => None,
        resource => Some(shared_env(resource, &mut identity)?),
    };
    let client = Client { world, identity };
    js.external(CloudHandle::new(cross_account, Some(client)))
}

/// The user that a client is made for.
fn identity_of(name: &str, given: &Input, base: &Identity) -> Outcome<Identity> {
    let refused = |text: &dyn std::fmt::Display| Failure::error(format!("{name}: {text}"));
    let text = json_text(given).map_err(|failure| refused(&failure.message()))?;
    let fields = serde_json::from_str(&text.unwrap_or_default()).unwrap_or(Json::Null);
    Ok(base.with(&fields).map_err(|error| refused(&error))?)
}

/// The environment of `new wx.cloud.Cloud({resourceAppid, resourceEnv})`. The account that shares
/// it knows the user as one of another account.
fn shared_env(resource: &Input, identity: &mut Identity) -> Outcome<String> {
    let text = |key| match resource.property(key) {
        Some(Input::Text(text)) if !text.is_empty() => Some(text.clone()),
        _ => None,
    };
    let env = text("resourceEnv").ok_or_else(|| Failure::error(messages::MISSING_RESOURCE_ENV))?;
    if text("resourceAppid").is_some_and(|appid| Some(&appid) != identity.appid.as_ref()) {
        identity.from_openid.clone_from(&identity.openid);
        identity.from_appid.clone_from(&identity.appid);
        identity.from_unionid.clone_from(&identity.unionid);
    }
    Ok(env)
}

/// Runs a function of the script as the user, where the page acts.
fn enter(call: Call<'_>) -> Outcome<Value<'_>> {
    let Some(client) = &held(call)?.client else { return call.js.undefined() };
    let world = match &client.world {
        Some(world) => Arc::clone(world),
        None => world_of(call)?,
    };
    let env = match &client.identity.env {
        Some(env) => env.clone(),
        None => running_env(call)?,
    };
    let identity = Identity { env: Some(env), ..client.identity.clone() };
    context::enter(call.js, Frame { world, identity, run: None }, call.argument(1))
}

/// `planClientCall(client, options, cloudIds)`, inside `enterClient`.
fn plan_call(call: Call<'_>) -> Outcome<Value<'_>> {
    let api = Api::ClientCallFunction;
    let handle = held(call)?;
    let Some(client) = &handle.client else { return call.js.undefined() };
    let options = read(call.js, call.realm, call.argument(1))?;
    let FunctionCall { name, event_text, env, .. } = client::function_call(&options)?;
    let bytes = event_text.len();
    if bytes > CLIENT_EVENT_BYTES_ADVISED {
        call.realm.note(call.js, &[Pitfall::ClientEventLarge { bytes }])?;
    }
    let env = handle.env(call, env, Service::Functions)?;
    let event = match serde_json::from_str(&event_text) {
        Ok(Json::Object(event)) => event,
        _ => Map::new(),
    };
    let world = world_of(call)?;
    check_call(client, &world, &env, &name)
        .map_err(|error| reported(api, &error, &world.request_id()))?;
    let cloud_ids = cloud_ids(call, 2)?;
    let identity = crate::node::native::request::caller(call)?;
    let asked = Asked { name, env, event, identity, timeout_ms: None, cloud_ids, api };
    plan(call, world, None, asked)
}

fn check_call(client: &Client, world: &World, env: &str, name: &str) -> Result<()> {
    let functions = Permissions::new(world.records()?.as_ref(), env).functions()?;
    let refused = |error: Error| match error.kind() {
        ErrorKind::PermissionDenied => denied(),
        _ => error,
    };
    check_invoke(&functions, name, client.auth().as_ref(), world.clock.now_ms()).map_err(refused)
}

/// The id that `wx.cloud.CloudID` is given, checked.
fn cloud_id(call: Call<'_>) -> Outcome<Value<'_>> {
    let id = client::cloud_id(&read(call.js, call.realm, call.argument(0))?)?;
    call.js.text(&id)
}

/// What a transfer that was given up fails with.
fn aborted(call: Call<'_>) -> Outcome<Value<'_>> {
    let api = call.js.to_text(call.argument(0))?;
    let failure = Failure::final_error(-1, format!("{api}:fail abort"));
    crate::node::failure::error_object(call.js, call.realm, &failure)
}

/// The file that `uploadFile` is to read.
fn upload_path(call: Call<'_>) -> Outcome<Value<'_>> {
    let path = client::upload_path(&read(call.js, call.realm, call.argument(0))?)?;
    let file = testing::resolve_path(call, &path)?;
    if !file.is_file() {
        let failure = Failure::error(format!("file not found: {path}"));
        return Err(failure.wrapped(Api::ClientUploadFile.name()).into());
    }
    call.js.text(&file.to_string_lossy())
}
