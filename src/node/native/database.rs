//! `cloud.database()` and `createCollection`.

use crate::database::{Command, Reply};
use crate::node::convert::{read, result};
use crate::node::js::{Kept, Outcome, Value};
use crate::node::native::Functions;
use crate::node::native::client::Client;
use crate::node::native::cloud::{CloudHandle, resolve};
use crate::node::native::collection::unexpected;
use crate::node::native::request::{Operation, run, world_of};
use crate::node::realm::Call;
use crate::sdk::Input;
use crate::sdk::context::{EnvSetting, Service};
use crate::sdk::diagnostics::Pitfall;
use crate::sdk::query_state::{RowLimits, property_name};
use crate::sdk::result::{Api, throws_on_not_found};

pub const FUNCTIONS: Functions =
    &[("newDatabase", new_database), ("createCollection", create_collection)];

/// `_db` of a database: whose it is and what its own config says.
pub struct DatabaseHandle {
    cloud: Kept<CloudHandle>,
    /// `database({env})`: goes before the environment of `init`.
    env: EnvSetting,
    throw_on_not_found: Option<bool>,
    /// The environment of `init` when this database was made: `updateConfig` does not reach it.
    initial: EnvSetting,
}

impl DatabaseHandle {
    /// The environment of a request that is made now.
    pub fn env(&self, call: Call<'_>) -> Outcome<String> {
        let setting = if self.env == EnvSetting::Missing { &self.initial } else { &self.env };
        resolve(call, setting, Service::Database)
    }

    /// A page is always told that there is none.
    pub fn throws_on_not_found(&self) -> bool {
        let option = throws_on_not_found(self.throw_on_not_found, self.cloud.throw_on_not_found());
        option || self.client().is_some()
    }

    /// Whose page asks; none for server code.
    pub fn client(&self) -> Option<&Client> {
        self.cloud.client.as_ref()
    }

    /// How a call of this database reports.
    pub fn api(&self, api: Api) -> Api {
        self.cloud.api(api)
    }

    pub fn row_limits(&self) -> RowLimits {
        if self.client().is_some() { RowLimits::CLIENT } else { RowLimits::SERVER }
    }
}

fn new_database(call: Call<'_>) -> Outcome<Value<'_>> {
    let cloud = call.js.held::<CloudHandle>(call.argument(0))?;
    let config = read(call.js, call.realm, call.argument(1))?;
    if let Input::Null = config {
        return Err(crate::sdk::failure::Failure::reading("null", "env").into());
    }
    if cloud.has_failed.get() {
        return Err(crate::sdk::failure::Failure::reading("undefined", "database").into());
    }
    let env = config.property("env").map(EnvSetting::parse).unwrap_or_default();
    let initial = cloud.initial_env();
    let is_server = cloud.client.is_none();
    if is_server && env == EnvSetting::Missing && matches!(initial, EnvSetting::PerService(_)) {
        call.realm.note(call.js, &[Pitfall::EnvObject])?;
    }
    if is_server && !cloud.is_cross_account() {
        let chosen = if env == EnvSetting::Missing { &initial } else { &env };
        let pitfall = world_of(call)?.envs_given.note(chosen);
        call.realm.note(call.js, pitfall.as_slice())?;
    }
    call.js.external(DatabaseHandle {
        env: cloud.env_of_call(env),
        cloud,
        throw_on_not_found: config.property("throwOnNotFound").map(Input::is_truthy),
        initial,
    })
}

fn create_collection(call: Call<'_>) -> Outcome<Value<'_>> {
    let database = call.js.held::<DatabaseHandle>(call.argument(0))?;
    let name = read(call.js, call.realm, call.argument(1))?;
    let name = if name.is_absent() { String::new() } else { property_name(&name) };
    let command = Command::CreateCollection { name };
    let operation = Operation::on(database.env(call)?, Api::CreateCollection, None, command);
    let request_id = world_of(call)?.request_id();
    run(call, operation, move |js, realm, reply| {
        let Reply::Done = reply else { return unexpected() };
        let message = js.text("createCollection:ok")?;
        result(js, realm, &[("errMsg", message), ("requestId", js.text(&request_id)?)])
    })
}
