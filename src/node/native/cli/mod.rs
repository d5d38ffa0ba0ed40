//! What the program of the command line asks of its world, and its beginning: the arguments.

mod data;
mod doctor;

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::cloud::functions::stamp_of;
use crate::command_line::{
    self, Answer, Conclusion, RunReport, progress_line, run_report, welcome_text,
};
use crate::node::js::{Js, Outcome, Type, Value};
use crate::node::native::Functions;
use crate::node::native::testing::run::{plan_timer, project_functions};
use crate::node::native::testing::{failed, held, misuse, plain};
use crate::node::realm::{Call, Realm};
use crate::node::world::InvocationRecord;

pub const AREAS: &[Functions] = &[
    &[
        ("cliQuiet", quiet),
        ("cliWelcome", welcome),
        ("cliRuns", runs),
        ("cliNextTimers", next_timers),
        ("cliTimer", timer),
        ("cliProgress", progress),
        ("cliStamp", stamp),
    ],
    data::FUNCTIONS,
    doctor::FUNCTIONS,
];

/// Variables that the command line looks at.
const VARIABLES: [&str; 5] = ["WX_LOCAL_DATA_DIR", "WX_LOCAL_PORT", "NO_COLOR", "CI", "TERM"];

/// Reads `process.argv` and prepares the environment. `None`: everything was said.
pub fn begin(js: Js<'_>, global: Value<'_>) -> Outcome<Option<String>> {
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
fn quiet(call: Call<'_>) -> Outcome<Value<'_>> {
    held(call, "start")?.world.set_prints_logs(false);
    call.js.undefined()
}

/// What `start` says, from what `cliServe` answered.
fn welcome(call: Call<'_>) -> Outcome<Value<'_>> {
    let js = call.js;
    let served = call.argument(0);
    let text = |name: &str| js.to_text(js.get(served, name)?);
    let listed = js.get(served, "functions")?;
    let mut functions = Vec::new();
    for index in 0..js.length(listed)? {
        functions.push(js.to_text(js.item(listed, index)?)?);
    }
    let given = js.get(served, "variables")?;
    let names = js.own_keys(given)?;
    let mut variables = Vec::new();
    for index in 0..js.length(names)? {
        let name = js.to_text(js.item(names, index)?)?;
        let value = js.to_text(js.get(given, &name)?)?;
        variables.push((name, value));
    }
    js.text(&welcome_text(&text("url")?, &text("token")?, (&functions, &text("root")?), &variables))
}

/// The runs that ended since the last call, as they are shown.
fn runs(call: Call<'_>) -> Outcome<Value<'_>> {
    let js = call.js;
    let world = &*held(call, "start")?.world;
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
fn next_timers(call: Call<'_>) -> Outcome<Value<'_>> {
    const NAME: &str = "start";
    let world = &*held(call, NAME)?.world;
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

fn timer(call: Call<'_>) -> Outcome<Value<'_>> {
    let text = |index| call.js.to_text(call.argument(index));
    plan_timer(call, &*held(call, "start")?, &text(1)?, &text(2)?)
}

// ---- what all tasks need ---------------------------------------------------------------------

/// The line that shows how far the work of the program has come.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
fn progress(call: Call<'_>) -> Outcome<Value<'_>> {
    let js = call.js;
    let so_far = held(call, "progress")?.world.progress.so_far();
    let what = js.to_text(call.argument(1))?;
    let elapsed = Duration::from_millis(js.to_f64(call.argument(2))? as u64);
    let columns = js.to_f64(call.argument(3))? as usize;
    js.text(&progress_line(&what, so_far, elapsed, columns))
}

/// Changes when a file of the folder does.
fn stamp(call: Call<'_>) -> Outcome<Value<'_>> {
    call.js.text(&stamp_of(Path::new(&call.js.to_text(call.argument(0))?)))
}

/// `{json, text, notes, code}`: what the program says at the end of a task, and ends with.
fn conclusion<'s>(js: Js<'s>, realm: &Realm, conclusion: &Conclusion) -> Outcome<Value<'s>> {
    let Conclusion { json, text, notes, code } = conclusion;
    let json = json.to_string();
    plain(js, realm, &json!({ "json": json, "text": text, "notes": notes, "code": code }))
}
