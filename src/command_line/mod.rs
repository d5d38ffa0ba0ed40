//! The command line: its arguments, their help, and what they ask for as one plain value.
//!
//! Nothing is carried out here. A flag goes before an environment variable, that before
//! `wx-local.config.json`, and that before the default.

mod arguments;
mod conclusion;
mod progress;
mod report;

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::cloud::{ProjectFile, project_root};
use crate::command_line::arguments::{Arguments, Command};
use crate::error::{Error, ErrorKind, Result};

pub use conclusion::{
    Checked, Conclusion, Finding, Imported, State, checked, compacted, counted, emptied, examined,
    exported, imported, recovered, seeded,
};
pub use progress::{SoFar, Unit, progress_line};
pub use report::{RunReport, run_report, welcome_text};

/// Exit codes besides 0.
pub const EXIT_FAILED: i32 = 1;
pub const EXIT_USAGE: i32 = 2;

/// Largest event read from a file, in bytes. Ours: the service takes less.
const EVENT_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// What the program runs in.
pub struct Surroundings {
    pub variables: HashMap<String, String>,
    pub working_directory: PathBuf,
    pub stdout_is_terminal: bool,
    pub stderr_is_terminal: bool,
}

/// What a command line comes to.
pub enum Answer {
    /// A text to print, and the code to end with: help, the version, a mistake.
    Say {
        text: String,
        code: i32,
    },
    Do(Box<Job>),
}

/// Work for the program.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    #[serde(flatten)]
    pub task: Task,
    /// Answers are JSON for machines.
    pub json: bool,
    /// Of what goes to stderr.
    pub colours: bool,
    pub progress: bool,
    pub data_dir: String,
    /// Environment variables to set before anything is opened.
    pub variables: Vec<(String, String)>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "task", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Task {
    Start { port: u16 },
    Exec { command: Vec<String> },
    Run { function: String, event: Map<String, Value> },
    Seed { source: SeedSource },
    Import { collection: String, file: PathBuf, options: Map<String, Value> },
    Export { collection: String, file: Option<PathBuf>, format: &'static str, fields: Vec<String> },
    Reset { confirmed: bool },
    Check { repair: Option<PathBuf> },
    Compact,
    Doctor { project: PathBuf },
}

/// What `seed` reads.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum SeedSource {
    /// A directory of `<collection>.jsonl`, `.json` and `.csv` files.
    Directory { path: PathBuf },
    /// `{"todos": [..]}` in one file.
    Object { text: String },
    /// One collection, called as the file.
    Collection { name: String, path: PathBuf },
}

/// Reads the arguments after the program's name.
pub fn parse(arguments: Vec<OsString>, surroundings: &Surroundings) -> Answer {
    let name = OsString::from("wx-server-sdk-local");
    let parsed = Arguments::try_parse_from(std::iter::once(name).chain(arguments));
    let colours = surroundings.stderr_is_terminal && surroundings.takes_colours();
    let arguments = match parsed {
        Ok(arguments) => arguments,
        Err(error) => {
            let (text, code) = (error.render(), error.exit_code());
            let help = code == 0 && surroundings.stdout_is_terminal && surroundings.takes_colours();
            let paints = help || (code != 0 && colours);
            let text = if paints { text.ansi().to_string() } else { text.to_string() };
            return Answer::Say { text, code };
        }
    };
    match job(arguments, surroundings, colours) {
        Ok(job) => Answer::Do(Box::new(job)),
        Err(error) => Answer::Say { text: format!("error: {error}\n"), code: EXIT_USAGE },
    }
}

impl Surroundings {
    fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    fn is_set(&self, name: &str) -> bool {
        self.variable(name).is_some()
    }

    fn is_dumb(&self) -> bool {
        self.variable("TERM") == Some("dumb")
    }

    fn takes_colours(&self) -> bool {
        !self.is_set("NO_COLOR") && !self.is_dumb()
    }
}

fn job(arguments: Arguments, surroundings: &Surroundings, colours: bool) -> Result<Job> {
    let cwd = &surroundings.working_directory;
    let project = project_root(cwd);
    let file = ProjectFile::read(&project)?.unwrap_or_default();
    let is_exec = matches!(arguments.command, Command::Exec { .. });
    let data_dir = data_dir(&arguments, surroundings, &project, &file, is_exec);
    let mut variables = vec![("WX_LOCAL_DATA_DIR".to_owned(), data_dir.clone())];
    if let Some(functions) = &arguments.functions_dir {
        let path = cwd.join(functions).to_string_lossy().into_owned();
        variables.push(("WX_LOCAL_FUNCTIONS_DIR".to_owned(), path));
    }
    if let Some(openid) = &arguments.openid {
        variables.push(("WX_LOCAL_OPENID".to_owned(), openid.clone()));
    }
    if let Some(env) = &arguments.env {
        variables.push(("SCF_NAMESPACE".to_owned(), env.clone()));
    }
    let json = arguments.json;
    let shows = surroundings.stderr_is_terminal && !surroundings.is_dumb();
    let progress = shows && !json && !surroundings.is_set("CI");
    let task = task(arguments.command, surroundings, project, &file)?;
    Ok(Job { task, json, colours, progress, data_dir, variables })
}

fn data_dir(
    arguments: &Arguments,
    surroundings: &Surroundings,
    project: &Path,
    file: &ProjectFile,
    is_exec: bool,
) -> String {
    let said = arguments.data_dir.as_deref();
    // A command that is executed gets data of its own unless somebody says otherwise.
    let said = said.or_else(|| surroundings.variable("WX_LOCAL_DATA_DIR").filter(|_| !is_exec));
    match said {
        Some(":memory:") => ":memory:".to_owned(),
        Some(path) => surroundings.working_directory.join(path).to_string_lossy().into_owned(),
        None if is_exec => ":memory:".to_owned(),
        None => {
            let default = || project.join(".wx-server-sdk-local");
            file.data_dir.clone().unwrap_or_else(default).to_string_lossy().into_owned()
        }
    }
}

fn task(
    command: Command,
    surroundings: &Surroundings,
    project: PathBuf,
    file: &ProjectFile,
) -> Result<Task> {
    let cwd = &surroundings.working_directory;
    Ok(match command {
        Command::Start { port } => {
            let variable = surroundings.variable("WX_LOCAL_PORT").map(|text| {
                text.parse().map_err(|_| refused(format!("WX_LOCAL_PORT is no port: '{text}'")))
            });
            Task::Start {
                port: port
                    .map_or_else(|| variable.transpose(), |port| Ok(Some(port)))?
                    .or(file.port)
                    .unwrap_or(0),
            }
        }
        Command::Exec { command } => Task::Exec { command },
        Command::Run { function, event } => Task::Run {
            function,
            event: event.map_or_else(|| Ok(Map::new()), |text| read_event(cwd, &text))?,
        },
        Command::Seed { source } => Task::Seed { source: seed_source(&cwd.join(source))? },
        Command::Import { collection, file, format, mode, keep_going } => {
            let is_pipe = cfg!(unix) && file.as_os_str() == "-";
            let path = if is_pipe { PathBuf::from("/dev/stdin") } else { cwd.join(file) };
            // A pipe will do.
            if !path.exists() || path.is_dir() {
                return Err(refused(format!("there is no file {}", path.display())));
            }
            let mut options = Map::new();
            if let Some(format) = format {
                options.insert("format".into(), format.name().into());
            }
            options.insert("conflictMode".into(), mode.name().into());
            options.insert("stopOnError".into(), (!keep_going).into());
            Task::Import { collection, file: path, options }
        }
        Command::Export { collection, file, format, fields } => {
            let is_csv = file.as_deref().is_some_and(|file| has_extension(file, "csv"));
            let format = format.map_or(if is_csv { "csv" } else { "json" }, |format| format.name());
            Task::Export { collection, file: file.map(|file| cwd.join(file)), format, fields }
        }
        Command::Reset { yes } => Task::Reset { confirmed: yes },
        Command::Check { repair } => Task::Check { repair: repair.map(|into| cwd.join(into)) },
        Command::Compact => Task::Compact,
        Command::Doctor => Task::Doctor { project },
    })
}

fn refused(text: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidParam, text)
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(wanted))
}

/// The event itself if it begins as JSON does, else the file that holds it.
fn read_event(cwd: &Path, text: &str) -> Result<Map<String, Value>> {
    let (place, text) = if text.trim_start().starts_with(['{', '[', '"']) {
        ("--event".to_owned(), text.to_owned())
    } else {
        let path = cwd.join(text);
        (path.display().to_string(), read_text(&path)?)
    };
    match serde_json::from_str(text.trim_start_matches('\u{feff}')) {
        Ok(Value::Object(event)) => Ok(event),
        Ok(_) => Err(refused(format!("{place}: the event must be a JSON object"))),
        Err(error) => Err(refused(format!("{place}: {error}"))),
    }
}

fn read_text(path: &Path) -> Result<String> {
    let failed = |error: std::io::Error| refused(format!("{}: {error}", path.display()));
    if fs::metadata(path).map_err(failed)?.len() > EVENT_BYTES_MAX {
        let text = format!("{}: is larger than {EVENT_BYTES_MAX} bytes", path.display());
        return Err(refused(text));
    }
    fs::read_to_string(path).map_err(failed)
}

fn seed_source(path: &Path) -> Result<SeedSource> {
    if path.is_dir() {
        return Ok(SeedSource::Directory { path: path.into() });
    }
    if has_extension(path, "json") {
        let text = read_text(path)?;
        // The console's export has the same ending and one document a line.
        if let Ok(Value::Object(collections)) = serde_json::from_str(&text)
            && collections.values().all(|value| value.is_array() || value.is_object())
        {
            return Ok(SeedSource::Object { text });
        }
    }
    if !path.is_file() {
        return Err(refused(format!("there is no file or directory {}", path.display())));
    }
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(SeedSource::Collection { name, path: path.into() })
}

#[cfg(test)]
mod tests;
