//! The tasks of the command line that concern the data.

use std::path::Path;
use std::sync::Arc;

use crate::cloud::transfer;
use crate::command_line::{self, Checked, Imported};
use crate::error::{ErrorKind, Result};
use crate::node::js::{Outcome, Value};
use crate::node::native::Functions;
use crate::node::native::cli::conclusion;
use crate::node::native::request::offload;
use crate::node::native::testing::data::names;
use crate::node::native::testing::seed::{self, Seed};
use crate::node::native::testing::transfer::{Asked, import_asked};
use crate::node::native::testing::{Options, env_of, failed, held, work};
use crate::node::progress::Unit;
use crate::node::realm::Call;
use crate::node::world::{World, recover};
use crate::store::Report;
use crate::value::ejson;

pub const FUNCTIONS: Functions = &[
    ("cliSeed", seed_data),
    ("cliImport", import),
    ("cliSave", save),
    ("cliReset", reset),
    ("cliCheck", check),
    ("cliRepair", repair),
    ("cliCompact", compact),
];

/// `(kind, text or path)`, as the command line has read them.
fn seed_data(call: Call<'_>) -> Outcome<Value<'_>> {
    const NAME: &str = "seed";
    let env = env_of(call, &*held(call, NAME)?, &Options::none(NAME))?;
    let (kind, source) = (call.js.to_text(call.argument(1))?, call.js.to_text(call.argument(2))?);
    let seed = match kind.as_str() {
        "object" => ejson::parse_document(&source).and_then(Seed::of_document),
        "collection" => Seed::of_file(Path::new(&source)),
        _ => Seed::of_directory(Path::new(&source)),
    };
    let seed = seed.map_err(|error| failed(NAME, &error))?;
    work(
        call,
        NAME,
        move |world| {
            seed::put(world, &env, seed)?;
            names(world, &env)
        },
        |js, realm, names| conclusion(js, realm, &command_line::seeded(&names)),
    )
}

fn import(call: Call<'_>) -> Outcome<Value<'_>> {
    let asked = Asked::of(call)?;
    let collection = asked.collection.clone();
    import_asked(call, asked, move |js, realm, (report, stops)| {
        let errors = report.errors.iter().map(|at| (at.line, at.error.message().to_owned()));
        let imported = Imported {
            succeeded: report.succeeded,
            failed: report.failed,
            errors: errors.collect(),
            stops,
        };
        conclusion(js, realm, &command_line::imported(&collection, &imported))
    })
}

fn save(call: Call<'_>) -> Outcome<Value<'_>> {
    let text = |index| call.js.to_text(call.argument(index));
    let (collection, path, text) = (text(0)?, text(1)?, text(2)?);
    let file = path.clone();
    offload(
        call,
        move || transfer::save(Path::new(&file), text.as_bytes()).map(|()| text.len()),
        move |js, realm, written: Result<usize>| {
            let bytes = written.map_err(|error| failed("export", &error))?;
            conclusion(js, realm, &command_line::exported(&collection, &path, bytes))
        },
    )
}

fn reset(call: Call<'_>) -> Outcome<Value<'_>> {
    const NAME: &str = "reset";
    let directory = call.js.to_text(call.argument(1))?;
    let reset = |world: &Arc<World>| {
        world.empty()?;
        match collect(world) {
            // The bodies stay until a later collection.
            Err(error) if error.kind() == ErrorKind::StoreBusy => Ok(()),
            collected => collected,
        }
    };
    work(call, NAME, reset, move |js, realm, ()| {
        conclusion(js, realm, &command_line::emptied(&directory))
    })
}

/// Removes the bodies of files that are no more.
fn collect(world: &World) -> Result<()> {
    // In memory they go with the world.
    if world.engine()?.is_memory() {
        return Ok(());
    }
    world.files()?.collect_garbage().map(drop)
}

fn check(call: Call<'_>) -> Outcome<Value<'_>> {
    work(
        call,
        "check",
        |world| check_store(world),
        |js, realm, found| conclusion(js, realm, &command_line::checked(&found)),
    )
}

pub fn check_store(world: &World) -> Result<Checked> {
    let step = |done, total| world.progress.at(Unit::Collection, done, total);
    let mut report = world.engine()?.check(&step)?;
    let files = world.files()?.check(&mut |problem| report.add(problem))?;
    Ok(found_of(report, files))
}

fn found_of(report: Report, files: u64) -> Checked {
    Checked {
        files,
        is_sound: report.is_sound(),
        collections: report.collections,
        documents: report.documents,
        index_entries: report.index_entries,
        problems: report.problems,
        problems_omitted: report.problems_omitted,
    }
}

/// `(data directory, new directory)`. The damaged data is not opened.
fn repair(call: Call<'_>) -> Outcome<Value<'_>> {
    let text = |index| call.js.to_text(call.argument(index));
    let (from, into) = (text(0)?, text(1)?);
    let directory = into.clone();
    offload(
        call,
        move || recover(Path::new(&from), Path::new(&into)),
        move |js, realm, recovered: Result<(Report, u64)>| {
            let (report, files) = recovered.map_err(|error| failed("check", &error))?;
            let found = found_of(report, files);
            conclusion(js, realm, &command_line::recovered(&found, &directory))
        },
    )
}

fn compact(call: Call<'_>) -> Outcome<Value<'_>> {
    let compact = |world: &Arc<World>| {
        world.progress.at(Unit::Step, 0, 2);
        // First: it is refused while a snapshot is held, and so are the files.
        let compacted = world.engine()?.compact()?;
        world.progress.at(Unit::Step, 1, 2);
        collect(world)?;
        Ok(compacted)
    };
    work(call, "compact", compact, |js, realm, found| {
        let bytes = (found.before_bytes, found.after_bytes);
        conclusion(js, realm, &command_line::compacted(found.is_smaller, bytes))
    })
}
