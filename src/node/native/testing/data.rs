//! What is stored: `reset`, `seed`, `snapshot`, `restore`, and looking at it.

use std::sync::Arc;

use crate::database::{Command, Find, Reply};
use crate::error::{Error, Result};
use crate::node::context;
use crate::node::convert::{Decoding, documents as decoded, list};
use crate::node::js::{Outcome, Type, Value};
use crate::node::native::Functions;
use crate::node::native::testing::normalise::{Normalise, normalise};
use crate::node::native::testing::seed::{self, Seed};
use crate::node::native::testing::{
    Options, argument, ask, env_of, failed, held, misuse, nothing, resolve_path, text_argument,
    unexpected, work,
};
use crate::node::realm::Call;
use crate::node::world::World;
use crate::sdk::Input;
use crate::share::SharedMark;
use crate::value::{RawDoc, encode_document, to_document};

pub const FUNCTIONS: Functions = &[
    ("testBegin", begin),
    ("testReset", reset),
    ("testSeed", seed_data),
    ("testSnapshot", snapshot),
    ("testRestore", restore),
    ("testDump", dump),
    ("testCollections", collections),
    ("testIndexes", indexes),
];

/// A point in time of one world.
struct TestSnapshot {
    world: String,
    mark: Arc<SharedMark>,
}

/// Refuses to set back data that no test was given.
fn refuse_foreign(call: Call<'_>, name: &str) -> Outcome<()> {
    let handle = held(call, name)?;
    if !handle.is_foreign {
        return Ok(());
    }
    let directory = handle.world.settings.directory.clone().unwrap_or_default();
    let text = format!(
        "the data in {} is this program's own and would be lost. Load wx-server-sdk-local/testing \
         before the first call of the database, so that the data is in memory, or set \
         WX_LOCAL_DATA_DIR to a directory of the test's",
        directory.display()
    );
    Err(misuse(name, text))
}

/// Another test file in the same realm: nothing of the one before. Data on disk stays, because
/// somebody chose a directory for it.
fn begin(call: Call<'_>) -> Outcome<Value<'_>> {
    let world = &held(call, "begin")?.world;
    if world.settings.directory.is_none() {
        world.forget();
        world.end_epoch();
        world.begin_again().map_err(|error| failed("begin", &error))?;
    }
    call.js.undefined()
}

fn reset(call: Call<'_>) -> Outcome<Value<'_>> {
    refuse_foreign(call, "reset")?;
    let handle = held(call, "reset")?;
    handle.world.forget();
    set_back(call, "reset", World::set_back_to_baseline)
}

fn set_back<'s>(
    call: Call<'s>,
    name: &'static str,
    back: impl FnOnce(&World) -> Result<()> + Send + 'static,
) -> Outcome<Value<'s>> {
    let world = Arc::clone(&held(call, name)?.world);
    world.end_epoch();
    context::catch_up(call.js, &world)?;
    work(call, name, move |world| back(world), nothing)
}

fn seed_data(call: Call<'_>) -> Outcome<Value<'_>> {
    const NAME: &str = "seed";
    refuse_foreign(call, NAME)?;
    let handle = held(call, NAME)?;
    let what = argument(call, 1, NAME)?;
    let options = argument(call, 2, NAME)?;
    let env = env_of(call, &handle, &Options::of(NAME, &options, &["env"])?)?;
    let seed = match what {
        Input::Text(directory) => {
            let directory = resolve_path(call, &directory)?;
            Seed::of_directory(&directory).map_err(|error| failed(NAME, &error))?
        }
        Input::Object(object) => Seed::of_object(object.entries)?,
        other => {
            let text = format!(
                "the data must be an object like {{ todos: [..] }} or a directory, not {}",
                other.tag_name()
            );
            return Err(misuse(NAME, text));
        }
    };
    work(call, NAME, move |world| seed::store(world, &env, seed), nothing)
}

fn snapshot(call: Call<'_>) -> Outcome<Value<'_>> {
    let id = held(call, "snapshot")?.world.id.clone();
    work(
        call,
        "snapshot",
        |world| world.engine()?.mark(),
        move |js, _, mark| js.external(TestSnapshot { world: id, mark: Arc::new(mark) }),
    )
}

fn restore(call: Call<'_>) -> Outcome<Value<'_>> {
    const NAME: &str = "restore";
    refuse_foreign(call, NAME)?;
    let handle = held(call, NAME)?;
    if call.js.type_of(call.argument(1))? != Type::External {
        let text = "pass what snapshot() resolved with: restore(await snapshot())";
        return Err(misuse(NAME, text));
    }
    let snapshot = call.js.held::<TestSnapshot>(call.argument(1))?;
    if snapshot.world != handle.world.id {
        let text = "the snapshot is of another world: call restore() on the object whose \
                    snapshot() made it";
        return Err(misuse(NAME, text));
    }
    let mark = Arc::clone(&snapshot.mark);
    set_back(call, NAME, move |world| world.set_back_to(&mark))
}

/// The environment and the collection that a call names.
pub(super) fn place(
    call: Call<'_>,
    name: &'static str,
    options: &Options<'_>,
) -> Outcome<(String, String)> {
    let collection = text_argument(call, 1, name, "the collection")?;
    Ok((env_of(call, &*held(call, name)?, options)?, collection))
}

/// Every document of a collection in the order of storage.
pub(super) fn documents(world: &World, env: &str, collection: &str) -> Result<Vec<Vec<u8>>> {
    let find = Find { collection: collection.to_owned(), ..Find::default() };
    match ask(world, env, Command::Find(find))? {
        Reply::Documents(documents) => Ok(documents),
        _ => Err(unexpected()),
    }
}

fn dump(call: Call<'_>) -> Outcome<Value<'_>> {
    const NAME: &str = "dump";
    let options = argument(call, 2, NAME)?;
    let options = Options::of(NAME, &options, &["normalise", "env"])?;
    let what = Normalise::of(options.get("normalise"))?;
    let (env, collection) = place(call, NAME, &options)?;
    work(
        call,
        NAME,
        move |world| {
            let mut documents = documents(world, &env, &collection)?;
            if what.is_any() {
                let decoded = documents.iter().map(|bytes| to_document(RawDoc::new(bytes)));
                let normal = normalise(decoded.collect(), what);
                documents = normal.iter().map(encode_document).collect();
            }
            Ok(documents)
        },
        |js, realm, found| decoded(js, realm, &found, Decoding::Aggregate),
    )
}

/// The names of an environment's collections.
pub fn names(world: &World, env: &str) -> Result<Vec<String>> {
    match ask(world, env, Command::ListCollections)? {
        Reply::Names(names) => Ok(names),
        _ => Err(unexpected()),
    }
}

fn collections(call: Call<'_>) -> Outcome<Value<'_>> {
    const NAME: &str = "collections";
    let options = argument(call, 1, NAME)?;
    let env = env_of(call, &*held(call, NAME)?, &Options::of(NAME, &options, &["env"])?)?;
    work(
        call,
        NAME,
        move |world| names(world, &env),
        |js, realm, names| {
            let names: Outcome<Vec<_>> = names.iter().map(|name| js.text(name)).collect();
            list(js, realm, &names?)
        },
    )
}

fn indexes(call: Call<'_>) -> Outcome<Value<'_>> {
    const NAME: &str = "indexes";
    let asked = argument(call, 2, NAME)?;
    let options = argument(call, 3, NAME)?;
    let (env, collection) = place(call, NAME, &Options::of(NAME, &options, &["env"])?)?;
    let asked = match &asked {
        Input::Absent => Vec::new(),
        Input::List(asked) => seed::index_definitions(NAME, &collection, asked)?,
        other => {
            let text = format!("the indexes must be a list, not {}", other.tag_name());
            return Err(misuse(NAME, text));
        }
    };
    work(
        call,
        NAME,
        move |world| {
            seed::make_indexes(world, &env, &collection, asked)?;
            match ask(world, &env, Command::ListIndexes { collection })? {
                Reply::Documents(documents) => Ok(documents),
                _ => Err::<Vec<Vec<u8>>, Error>(unexpected()),
            }
        },
        |js, realm, found| decoded(js, realm, &found, Decoding::Aggregate),
    )
}
