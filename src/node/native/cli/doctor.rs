//! `doctor`: what is found of a project, its functions and its data.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cloud::project_root;
use crate::command_line::{self, Finding, State};
use crate::error::{ErrorKind, Result};
use crate::node::js::Outcome;
use crate::node::native::Functions;
use crate::node::native::cli::conclusion;
use crate::node::native::cli::data::check_store;
use crate::node::native::request::offload;
use crate::node::native::testing::{failed, held};
use crate::node::realm::Call;
use crate::node::world::World;

pub const FUNCTIONS: Functions = &[("cliDoctor", doctor)];

/// Makes nothing.
fn doctor(call: &Call<'_>) -> Outcome {
    const NODE_MAJOR_MIN: u32 = 20;
    let js = call.js;
    let world = Arc::clone(&held(call, "doctor")?.world);
    let text = |index| js.to_text(call.argument(index));
    let (node, project, data_dir) = (text(1)?, PathBuf::from(text(2)?), text(3)?);
    let major = node.trim_start_matches('v').split('.').next().and_then(|text| text.parse().ok());
    let state = if major.is_some_and(|major: u32| major >= NODE_MAJOR_MIN) {
        State::Ok
    } else {
        State::Problem
    };
    let mut findings = vec![finding(state, format!("Node {node}"))];
    let work = move || {
        examine_project(&world, &project, &mut findings);
        examine_data(&world, &data_dir, &mut findings);
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

fn examine_project(world: &World, directory: &Path, findings: &mut Vec<Finding>) {
    let config = project_root(directory).join("project.config.json");
    findings.push(match config.is_file() {
        true => finding(State::Ok, format!("project {}", config.display())),
        false => {
            finding(State::Note, format!("no project.config.json from {} up", directory.display()))
        }
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
    let state = if names.is_empty() { State::Problem } else { State::Ok };
    findings.push(finding(state, format!("{} functions in {root}", names.len())));
    for name in names {
        findings.push(match project.function(&name) {
            Ok(function) if !function.entry.is_file() => {
                finding(State::Problem, format!("{name}: there is no {}", function.entry.display()))
            }
            Ok(function) => {
                let timers = function.triggers.len();
                let text = format!("{name}: {} ms at most, {timers} timers", function.timeout_ms);
                finding(State::Ok, text)
            }
            Err(error) => finding(State::Problem, format!("{name}: {error}")),
        });
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
