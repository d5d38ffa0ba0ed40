//! What the program of the command line asks of its world, and its beginning: the arguments.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::cloud::functions::FunctionDefinition;
use crate::cloud::project_root;
use crate::command_line::{self, Answer, RunReport, progress_line, run_report};
use crate::error::{Error, ErrorKind, Result};
use crate::node::js::{Js, Outcome, Type, Value};
use crate::node::native::Functions;
use crate::node::native::request::offload;
use crate::node::native::testing::run::{plan_timer, project_functions};
use crate::node::native::testing::seed::{self, Seed};
use crate::node::native::testing::{Options, env_of, failed, held, misuse, nothing, plain, work};
use crate::node::realm::Call;
use crate::node::world::{InvocationRecord, World};
use crate::value::ejson;

pub const FUNCTIONS: Functions = &[
    ("cliQuiet", quiet),
    ("cliWelcome", welcome),
    ("cliRuns", runs),
    ("cliNextTimers", next_timers),
    ("cliTimer", timer),
    ("cliSeed", seed_text),
    ("cliSeedFile", seed_file),
    ("cliProgress", progress),
    ("cliSave", save),
    ("cliCollect", collect),
    ("cliCheck", check),
    ("cliCompact", compact),
    ("cliDoctor", doctor),
];

/// Variables that the command line looks at.
const VARIABLES: [&str; 5] = ["WX_LOCAL_DATA_DIR", "WX_LOCAL_PORT", "NO_COLOR", "CI", "TERM"];

/// Reads `process.argv` and prepares the environment. `None`: everything was said.
pub fn begin(js: Js, global: Value) -> Outcome<Option<String>> {
    let process = js.get(global, "process")?;
    let (env, argv) = (js.get(process, "env")?, js.get(process, "argv")?);
    let mut arguments = Vec::new();
    for index in 2..js.length(argv)? {
        arguments.push(OsString::from(js.to_text(js.item(argv, index)?)?));
    }
    let mut variables = HashMap::new();
    for name in VARIABLES {
        let value = js.get(env, name)?;
        if js.type_of(value)? == Type::String {
            variables.insert(name.to_owned(), js.to_text(value)?);
        }
    }
    let cwd = js.call(js.get(process, "cwd")?, process, &[])?;
    // `undefined` unless the stream is a terminal.
    let is_terminal = |name: &str| -> Outcome<bool> {
        let flag = js.get(js.get(process, name)?, "isTTY")?;
        Ok(js.type_of(flag)? == Type::Boolean && js.to_bool(flag)?)
    };
    let surroundings = command_line::Surroundings {
        variables,
        working_directory: PathBuf::from(js.to_text(cwd)?),
        stdout_is_terminal: is_terminal("stdout")?,
        stderr_is_terminal: is_terminal("stderr")?,
    };
    match command_line::parse(arguments, &surroundings) {
        Answer::Say { text, code } => {
            let stream = js.get(process, if code == 0 { "stdout" } else { "stderr" })?;
            js.call(js.get(stream, "write")?, stream, &[js.text(&text)?])?;
            js.set(process, "exitCode", js.int32(code)?)?;
            Ok(None)
        }
        Answer::Do(job) => {
            for (name, value) in &job.variables {
                js.set(env, name, js.text(value)?)?;
            }
            let text = serde_json::to_string(&job).map_err(|error| misuse("cli", error))?;
            Ok(Some(text))
        }
    }
}

/// Logs are shown with their run.
fn quiet(call: &Call<'_>) -> Outcome {
    held(call, "start")?.world.set_prints_logs(false);
    call.js.undefined()
}

/// What `start` says: address, token, functions and the directory that they are in.
fn welcome(call: &Call<'_>) -> Outcome {
    let js = call.js;
    let text = |index| js.to_text(call.argument(index));
    let (url, token, root) = (text(0)?, text(1)?, text(3)?);
    let mut names = Vec::new();
    for index in 0..js.length(call.argument(2))? {
        names.push(js.to_text(js.item(call.argument(2), index)?)?);
    }
    let from = if names.is_empty() {
        "no function was found: see 'wx-server-sdk-local doctor'".to_owned()
    } else {
        format!("{} from {root}", names.join(", "))
    };
    let name = names.first().map_or("<function>", String::as_str);
    let mut variables = String::new();
    for index in 0..js.length(js.own_keys(call.argument(4))?)? {
        let key = js.to_text(js.item(js.own_keys(call.argument(4))?, index)?)?;
        let value = js.to_text(js.get(call.argument(4), &key)?)?;
        variables.push_str(&format!("  export {key}='{value}'\n"));
    }
    js.text(&format!(
        "{url} serves {from}\ntoken {token}\n\n  \
         curl -H 'authorization: Bearer {token}' -d '{{}}' {url}/invoke/{name}\n\n\
         The official wx-server-sdk of another process comes here with\n\n{variables}"
    ))
}

/// The runs that ended since the last call, as they are shown.
fn runs(call: &Call<'_>) -> Outcome {
    let js = call.js;
    let world = &held(call, "start")?.world;
    let colours = js.to_bool(call.argument(1))?;
    let shown: Outcome<Vec<Value>> =
        world.take_invocations().iter().map(|run| js.text(&shown(run, colours))).collect();
    js.array(&shown?)
}

fn shown(run: &InvocationRecord, colours: bool) -> String {
    let report = RunReport {
        function: &run.function,
        depth: run.depth,
        openid: run.openid.as_deref(),
        duration: run.duration,
        log: run.log.iter().map(|line| (line.level.as_str(), line.text.as_str())).collect(),
        answer: run.answer.as_deref().map_err(String::as_str),
    };
    run_report(&report, colours)
}

// ---- timers ----------------------------------------------------------------------------------

/// `{at, due}`: the timers that are the next after a time; `undefined` without any.
#[allow(clippy::cast_possible_truncation, reason = "the time of a clock")]
fn next_timers(call: &Call<'_>) -> Outcome {
    const NAME: &str = "start";
    let world = &held(call, NAME)?.world;
    let after_ms = call.js.to_f64(call.argument(1))? as i64;
    let functions = project_functions(world).map_err(|error| failed(NAME, &error))?;
    let mut next: Option<(i64, Vec<Json>)> = None;
    for function in &functions {
        for trigger in &function.triggers {
            let Some(at_ms) = trigger.schedule.next_after(after_ms) else { continue };
            let due = json!({ "name": function.name, "trigger": trigger.name });
            match &mut next {
                Some((known_ms, all)) if *known_ms == at_ms => all.push(due),
                Some((known_ms, _)) if *known_ms < at_ms => {}
                _ => next = Some((at_ms, vec![due])),
            }
        }
    }
    match next {
        Some((at_ms, due)) => plain(call.js, call.realm, &json!({ "at": at_ms, "due": due })),
        None => call.js.undefined(),
    }
}

fn timer(call: &Call<'_>) -> Outcome {
    let text = |index| call.js.to_text(call.argument(index));
    plan_timer(call, held(call, "start")?, &text(1)?, &text(2)?)
}

// ---- the data --------------------------------------------------------------------------------

fn seed_text(call: &Call<'_>) -> Outcome {
    const NAME: &str = "seed";
    let env = env_of(call, held(call, NAME)?, &Options::none(NAME))?;
    let text = call.js.to_text(call.argument(1))?;
    let seed = ejson::parse_document(&text).and_then(Seed::of_document);
    let seed = seed.map_err(|error| failed(NAME, &error))?;
    work(call, NAME, move |world| seed::store(world, &env, seed), nothing)
}

/// One file, whose name is the collection's.
fn seed_file(call: &Call<'_>) -> Outcome {
    const NAME: &str = "seed";
    let env = env_of(call, held(call, NAME)?, &Options::none(NAME))?;
    let path = PathBuf::from(call.js.to_text(call.argument(1))?);
    let seed = Seed::of_file(&path).map_err(|error| failed(NAME, &error))?;
    work(call, NAME, move |world| seed::store(world, &env, seed), nothing)
}

/// The line that shows how far the work of the program has come.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
fn progress(call: &Call<'_>) -> Outcome {
    let js = call.js;
    let (done, total) = held(call, "progress")?.world.progress.so_far();
    let what = js.to_text(call.argument(1))?;
    let elapsed = Duration::from_millis(js.to_f64(call.argument(2))? as u64);
    let columns = js.to_f64(call.argument(3))? as usize;
    js.text(&progress_line(&what, (done, total), elapsed, columns))
}

/// Writes beside the file and renames: a file is never half written.
fn save(call: &Call<'_>) -> Outcome {
    let (path, text) = (call.js.to_text(call.argument(0))?, call.js.to_text(call.argument(1))?);
    offload(
        call,
        move || write_whole(Path::new(&path), text.as_bytes()).map(|()| text.len()),
        #[allow(clippy::cast_precision_loss, reason = "shorter than a text can be")]
        |js, _, written| match written {
            Ok(bytes) => js.number(bytes as f64),
            Err(error) => Err(failed("export", &error)),
        },
    )
}

pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let refuse = |error: std::io::Error| {
        Error::new(ErrorKind::Storage, format!("{} cannot be written: {error}", path.display()))
    };
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = name.unwrap_or_default();
    let draft = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft).map_err(refuse)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    let renamed = written.and_then(|()| fs::rename(&draft, path));
    if renamed.is_err() {
        // Ours, and of no use.
        let _ = fs::remove_file(&draft);
    }
    renamed.map_err(refuse)
}

/// Removes the bodies of files that are no more.
fn collect(call: &Call<'_>) -> Outcome {
    work(call, "reset", |world| world.files()?.collect_garbage().map(drop), nothing)
}

fn check(call: &Call<'_>) -> Outcome {
    work(call, "check", |world| check_store(world), |js, realm, report| plain(js, realm, &report))
}

fn check_store(world: &World) -> Result<Json> {
    let report = world.engine()?.store()?.check()?;
    Ok(json!({
        "sound": report.is_sound(),
        "collections": report.collections,
        "documents": report.documents,
        "indexEntries": report.index_entries,
        "problems": report.problems,
        "problemsOmitted": report.problems_omitted,
    }))
}

fn compact(call: &Call<'_>) -> Outcome {
    let compact = |world: &Arc<World>| {
        let store = world.engine()?.store()?;
        let before = store.stats()?.file_bytes;
        world.files()?.collect_garbage()?;
        let compacted = store.compact()?;
        let after = store.stats()?.file_bytes;
        // The store's own answer leaves out what its sweep and its log gave back.
        let compacted = compacted || after < before;
        Ok(json!({ "compacted": compacted, "beforeBytes": before, "afterBytes": after }))
    };
    work(call, "compact", compact, |js, realm, report| plain(js, realm, &report))
}

// ---- doctor ----------------------------------------------------------------------------------

/// A list of `{state, what}`, the state one of `ok`, `note` and `problem`. Makes nothing. Functions
/// that are yet to be compiled have `function` and `entry`.
fn doctor(call: &Call<'_>) -> Outcome {
    const NODE_MAJOR_MIN: u32 = 20;
    let js = call.js;
    let world = Arc::clone(&held(call, "doctor")?.world);
    let text = |index| js.to_text(call.argument(index));
    let (node, project, data_dir) = (text(1)?, PathBuf::from(text(2)?), text(3)?);
    let major = node.trim_start_matches('v').split('.').next().and_then(|text| text.parse().ok());
    let state =
        if major.is_some_and(|major: u32| major >= NODE_MAJOR_MIN) { "ok" } else { "problem" };
    let mut findings = vec![finding(state, format!("Node {node}"))];
    let work = move || {
        examine_project(&world, &project, &mut findings);
        examine_data(&world, &data_dir, &mut findings);
        Ok(Json::Array(findings))
    };
    offload(call, work, |js, realm, findings: Result<Json>| {
        plain(js, realm, &findings.map_err(|error| failed("doctor", &error))?)
    })
}

fn finding(state: &str, what: impl Into<String>) -> Json {
    json!({ "state": state, "what": what.into() })
}

fn examine_project(world: &World, directory: &Path, findings: &mut Vec<Json>) {
    let config = project_root(directory).join("project.config.json");
    findings.push(match config.is_file() {
        true => finding("ok", format!("project {}", config.display())),
        false => finding("note", format!("no project.config.json from {} up", directory.display())),
    });
    let project = match world.project() {
        Ok(Some(project)) => project,
        Ok(None) => {
            let text = "no functions: name their directory with --functions-dir";
            return findings.push(finding("problem", text));
        }
        Err(error) => return findings.push(finding("problem", error.message())),
    };
    let names = match project.names() {
        Ok(names) => names,
        Err(error) => return findings.push(finding("problem", error.message())),
    };
    let root = project.functions_root.display();
    if !project.functions_root.is_dir() {
        let text = format!("there is no directory {root}: cloudfunctionRoot is to name it");
        return findings.push(finding("problem", text));
    }
    let state = if names.is_empty() { "problem" } else { "ok" };
    findings.push(finding(state, format!("{} in {root}", counted(names.len(), "function"))));
    for name in names {
        match project.function(&name) {
            Ok(function) => examine_function(&function, findings),
            Err(error) => findings.push(finding("problem", format!("{name}: {error}"))),
        }
    }
}

fn examine_function(function: &FunctionDefinition, findings: &mut Vec<Json>) {
    let name = &function.name;
    let missing = function.missing_packages();
    for package in &missing {
        let text = format!(
            "{name}: '{package}' of its package.json is not installed: npm install --prefix {}",
            function.directory.display()
        );
        findings.push(finding("problem", text));
    }
    if !missing.is_empty() {
        return;
    }
    let timers = counted(function.triggers.len(), "timer");
    let mut found = finding("ok", format!("{name}: {} ms at most, {timers}", function.timeout_ms));
    if !function.is_esm {
        // The script compiles it, and says if that cannot be done.
        found["function"] = json!(name);
        found["entry"] = json!(function.entry);
    }
    findings.push(found);
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn examine_data(world: &World, data_dir: &str, findings: &mut Vec<Json>) {
    if data_dir == ":memory:" {
        return findings.push(finding("ok", "data in memory"));
    }
    if !Path::new(data_dir).is_dir() {
        return findings.push(finding("ok", format!("no data in {data_dir} yet")));
    }
    findings.push(match check_store(world) {
        Ok(report) if report["sound"] == true => finding(
            "ok",
            format!(
                "data in {data_dir}: {} collections, {} documents",
                report["collections"], report["documents"]
            ),
        ),
        Ok(report) => finding("problem", format!("data in {data_dir}: {}", report["problems"])),
        Err(error) if error.kind() == ErrorKind::StoreBusy => finding(
            "note",
            format!("data in {data_dir}: another process has it open, so it was not compared"),
        ),
        Err(error) => finding("problem", format!("data in {data_dir}: {error}")),
    });
}
