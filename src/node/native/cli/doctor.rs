//! `doctor`: what is found of a project, its functions and its data.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;

use crate::cloud::functions::FunctionDefinition;
use crate::cloud::project_root;
use crate::command_line::{self, Finding, State, counted};
use crate::error::{ErrorKind, Result};
use crate::node::convert::list;
use crate::node::failure::internal;
use crate::node::js::{Outcome, Value};
use crate::node::native::Functions;
use crate::node::native::cli::conclusion;
use crate::node::native::cli::data::check_store;
use crate::node::native::request::offload;
use crate::node::native::testing::{failed, held};
use crate::node::realm::Call;
use crate::node::world::World;

pub const FUNCTIONS: Functions = &[("cliDoctor", doctor), ("cliEntries", entries)];

/// What the script knows.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    /// The version of Node.
    node: String,
    project: PathBuf,
    data_dir: String,
    /// Functions that cannot be compiled, and why.
    broken: HashMap<String, String>,
}

/// `[name, file]` of the functions that the script is to compile: those that could be loaded.
fn entries(call: Call<'_>) -> Outcome<Value<'_>> {
    let js = call.js;
    let world = &held(call, "doctor")?.world;
    // What keeps the project from being read is a finding.
    let project = world.project().ok().flatten();
    let names = project.as_ref().and_then(|project| project.names().ok()).unwrap_or_default();
    let mut entries = Vec::new();
    for name in names {
        let Some(Ok(function)) = project.as_ref().map(|project| project.function(&name)) else {
            continue;
        };
        if !function.is_esm && function.missing_packages().is_empty() {
            let file = function.entry.display().to_string();
            entries.push(list(js, call.realm, &[js.text(&name)?, js.text(&file)?])?);
        }
    }
    list(js, call.realm, &entries)
}

/// Makes nothing.
fn doctor(call: Call<'_>) -> Outcome<Value<'_>> {
    const NODE_MAJOR_MIN: u32 = 20;
    let world = Arc::clone(&held(call, "doctor")?.world);
    let asked: Asked = serde_json::from_str(&call.js.to_text(call.argument(1))?)
        .map_err(|error| internal(format!("doctor was asked in an unknown way: {error}")))?;
    let node = &asked.node;
    let major = node.trim_start_matches('v').split('.').next().and_then(|text| text.parse().ok());
    let state = if major.is_some_and(|major: u32| major >= NODE_MAJOR_MIN) {
        State::Ok
    } else {
        State::Problem
    };
    let mut findings = vec![finding(state, format!("Node {node}"))];
    let work = move || {
        examine_project(&world, &asked, &mut findings);
        examine_data(&world, &asked.data_dir, &mut findings);
        Ok(findings)
    };
    offload(call, work, |js, realm, findings: Result<Vec<Finding>>| {
        let findings = findings.map_err(|error| failed("doctor", &error))?;
        conclusion(js, realm, &command_line::examined(&findings))
    })
}

fn finding(state: State, what: impl Into<String>) -> Finding {
    Finding { state, what: what.into() }
}

fn examine_project(world: &World, asked: &Asked, findings: &mut Vec<Finding>) {
    let directory = &asked.project;
    let config = project_root(directory).join("project.config.json");
    findings.push(if config.is_file() {
        finding(State::Ok, format!("project {}", config.display()))
    } else {
        finding(State::Note, format!("no project.config.json from {} up", directory.display()))
    });
    let project = match world.project() {
        Ok(Some(project)) => project,
        Ok(None) => {
            let text = "no functions: name their directory with --functions-dir";
            return findings.push(finding(State::Problem, text));
        }
        Err(error) => return findings.push(finding(State::Problem, error.message())),
    };
    let names = match project.names() {
        Ok(names) => names,
        Err(error) => return findings.push(finding(State::Problem, error.message())),
    };
    let root = project.functions_root.display();
    if !project.functions_root.is_dir() {
        let text = format!("there is no directory {root}: cloudfunctionRoot is to name it");
        return findings.push(finding(State::Problem, text));
    }
    let state = if names.is_empty() { State::Problem } else { State::Ok };
    let count = counted(names.len() as u64, "function", "functions");
    findings.push(finding(state, format!("{count} in {root}")));
    for name in names {
        match (project.function(&name), asked.broken.get(&name)) {
            (Err(error), _) => findings.push(finding(State::Problem, format!("{name}: {error}"))),
            (Ok(_), Some(reason)) => {
                findings.push(finding(State::Problem, format!("{name}: {reason}")));
            }
            (Ok(function), None) => examine_function(&function, findings),
        }
    }
}

fn examine_function(function: &FunctionDefinition, findings: &mut Vec<Finding>) {
    let name = &function.name;
    let missing = function.missing_packages();
    for package in &missing {
        let text = format!(
            "{name}: '{package}' of its package.json is not installed: npm install --prefix {}",
            function.directory.display()
        );
        findings.push(finding(State::Problem, text));
    }
    if missing.is_empty() {
        let timers = counted(function.triggers.len() as u64, "timer", "timers");
        let text = format!("{name}: {} ms at most, {timers}", function.timeout_ms);
        findings.push(finding(State::Ok, text));
    }
}

fn examine_data(world: &World, data_dir: &str, findings: &mut Vec<Finding>) {
    if data_dir == ":memory:" {
        return findings.push(finding(State::Ok, "data in memory"));
    }
    if !Path::new(data_dir).is_dir() {
        return findings.push(finding(State::Ok, format!("no data in {data_dir} yet")));
    }
    findings.push(match check_store(world) {
        Ok(report) if report.is_sound => finding(
            State::Ok,
            format!(
                "data in {data_dir}: {} collections, {} documents",
                report.collections, report.documents
            ),
        ),
        Ok(report) => {
            let problems = report.problems.join("; ");
            finding(State::Problem, format!("data in {data_dir}: {problems}"))
        }
        Err(error) if error.kind() == ErrorKind::StoreBusy => {
            finding(State::Note, format!("data in {data_dir} was not compared: {error}"))
        }
        Err(error) => finding(State::Problem, format!("data in {data_dir}: {error}")),
    });
}
