//! What pages may do: `permissions` of the control API.

use serde_json::Value as Json;

use crate::cloud::Permissions;
use crate::error::Result;
use crate::node::js::{Outcome, Value};
use crate::node::native::Functions;
use crate::node::native::testing::{
    Options, argument, env_of, held, json_of, misuse, nothing, text_argument, work,
};
use crate::node::realm::Call;
use crate::sdk::Input;

pub const FUNCTIONS: Functions = &[
    ("testPermissionOfCollection", of_collection),
    ("testPermissionOfFiles", of_files),
    ("testPermissionOfFunctions", of_functions),
];

/// A setting as JSON; what it may be is said by who keeps it.
pub fn permission_of(name: &str, setting: &Input) -> Outcome<Json> {
    match setting {
        Input::Text(_) | Input::Object(_) => json_of(name, setting),
        other => {
            let text = format!(
                "a permission is 'READONLY', 'PRIVATE', 'ADMINWRITE', 'ADMINONLY' or an object of \
                 rules, not {}",
                other.tag_name()
            );
            Err(misuse(name, text))
        }
    }
}

fn of_collection(call: Call<'_>) -> Outcome<Value<'_>> {
    const NAME: &str = "permissions.collection";
    let collection = text_argument(call, 1, NAME, "the collection")?;
    set(call, NAME, 2, move |permissions, setting| permissions.set_collection(&collection, setting))
}

#[allow(clippy::redundant_closure_for_method_calls, reason = "for permissions of any lifetime")]
fn of_files(call: Call<'_>) -> Outcome<Value<'_>> {
    set(call, "permissions.files", 1, |permissions, setting| permissions.set_files(setting))
}

#[allow(clippy::redundant_closure_for_method_calls, reason = "for permissions of any lifetime")]
fn of_functions(call: Call<'_>) -> Outcome<Value<'_>> {
    set(call, "permissions.functions", 1, |permissions, rules| permissions.set_functions(rules))
}

/// Keeps the setting at `index`, `null` for that of the beginning; options come after it.
fn set<'s>(
    call: Call<'s>,
    name: &'static str,
    index: usize,
    keep: impl FnOnce(&Permissions<'_>, Option<&Json>) -> Result<()> + Send + 'static,
) -> Outcome<Value<'s>> {
    let setting = match argument(call, index, name)? {
        Input::Null => None,
        setting => Some(permission_of(name, &setting)?),
    };
    let options = argument(call, index + 1, name)?;
    let env = env_of(call, &*held(call, name)?, &Options::of(name, &options, &["env"])?)?;
    let keep = move |world: &std::sync::Arc<crate::node::world::World>| {
        keep(&Permissions::new(world.records()?.as_ref(), &env), setting.as_ref())
    };
    work(call, name, keep, nothing)
}
