//! Commands and flags with their help.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// Runs WeChat cloud functions on this machine, against a local database with the cloud's answers.
#[derive(Debug, Parser)]
#[command(
    name = "wx-server-sdk-local",
    version,
    subcommand_required = true,
    arg_required_else_help = false,
    after_help = "Examples:
  wx-server-sdk-local run login --openid user-1
  wx-server-sdk-local start --port 8080
  wx-server-sdk-local exec -- npm test

A flag goes before its environment variable (WX_LOCAL_DATA_DIR, WX_LOCAL_FUNCTIONS_DIR,
WX_LOCAL_OPENID, WX_LOCAL_PORT), that before wx-local.config.json beside project.config.json."
)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
    /// Where the data lives [default: .wx-server-sdk-local in the project; ':memory:' keeps none].
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<String>,
    /// Where the functions are [default: cloudfunctionRoot of project.config.json].
    #[arg(long, global = true, value_name = "DIR")]
    pub functions_dir: Option<PathBuf>,
    /// The caller that functions see [default: a user made from the project's name].
    #[arg(long, global = true, value_name = "ID")]
    pub openid: Option<String>,
    /// The environment whose data is meant [default: local].
    #[arg(long, global = true, value_name = "ID")]
    pub env: Option<String>,
    /// Answers as JSON for machines.
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serves the project's functions over HTTP, runs timers, reloads what changes.
    #[command(after_help = "Examples:
  wx-server-sdk-local start
  curl -H \"authorization: Bearer $TOKEN\" -d '{\"a\":1}' http://127.0.0.1:8080/invoke/login

The server listens on this machine only. Its address and token are printed, and kept in
gateway.json of the data directory, which only you can read.")]
    Start {
        /// The port [default: any that is free].
        #[arg(long)]
        port: Option<u16>,
    },
    /// Runs a command with `wx-server-sdk` replaced, and with data of its own that nothing keeps.
    #[command(after_help = "Examples:
  wx-server-sdk-local exec -- npm test
  wx-server-sdk-local exec --data-dir .wx-server-sdk-local -- node script.js")]
    Exec {
        /// The command with its arguments.
        #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<String>,
    },
    /// Runs a function once: its answer on stdout, its log on stderr.
    #[command(after_help = "Examples:
  wx-server-sdk-local run login
  wx-server-sdk-local run todo --event '{\"action\":\"list\"}' --openid user-1
  wx-server-sdk-local run todo --event event.json --json")]
    Run {
        /// The function's name.
        function: String,
        /// The event: a JSON object, or a file that holds one.
        #[arg(long, value_name = "JSON|FILE")]
        event: Option<String>,
    },
    /// Makes collections anew from a directory or a file: all of it is stored, or nothing.
    #[command(after_help = "Examples:
  wx-server-sdk-local seed fixtures           # fixtures/todos.jsonl, fixtures/users.csv ..
  wx-server-sdk-local seed fixtures/all.json  # {\"todos\": [{..}], \"users\": [{..}]}
  wx-server-sdk-local seed todos.jsonl        # the collection 'todos', one document a line")]
    Seed {
        /// A directory of <collection>.jsonl, .json and .csv files, or one file.
        source: PathBuf,
    },
    /// Reads documents as the console exports them: JSON Lines or CSV.
    #[command(after_help = "Examples:
  wx-server-sdk-local import todos todos.json
  wx-server-sdk-local import todos todos.csv --mode upsert --keep-going")]
    Import {
        collection: String,
        /// The file, or '-' for what is piped in (not on Windows).
        file: PathBuf,
        /// [default: what the file's name says].
        #[arg(long)]
        format: Option<FileFormat>,
        /// What happens to a document whose _id exists.
        #[arg(long, default_value = "insert")]
        mode: Mode,
        /// Leaves out what cannot be stored, and lists it.
        #[arg(long)]
        keep_going: bool,
    },
    /// Writes the documents of a collection as the console exports them.
    #[command(after_help = "Examples:
  wx-server-sdk-local export todos > todos.json
  wx-server-sdk-local export todos todos.csv --fields _id,text,done")]
    Export {
        collection: String,
        /// The file to write [default: stdout].
        file: Option<PathBuf>,
        /// [default: what the file's name says, else json].
        #[arg(long)]
        format: Option<FileFormat>,
        /// The fields to write, with commas between [default: all].
        #[arg(long, value_delimiter = ',')]
        fields: Vec<String>,
    },
    /// Drops every collection and file of the local data. Nothing else is touched.
    #[command(after_help = "Examples:
  wx-server-sdk-local reset
  wx-server-sdk-local reset --yes")]
    Reset {
        /// Does not ask.
        #[arg(long, short)]
        yes: bool,
    },
    /// Reads all of the local data, and compares it with its checksums, counters and indexes.
    #[command(after_help = "Examples:
  wx-server-sdk-local check --json
  wx-server-sdk-local check --repair recovered
  wx-server-sdk-local --data-dir recovered check")]
    Check {
        /// Recovers what is whole of damaged data into a new directory, and lists what is not.
        #[arg(long, value_name = "NEW DIRECTORY")]
        repair: Option<PathBuf>,
    },
    /// Gives space that is not used any more back to the disk.
    #[command(after_help = "Examples:\n  wx-server-sdk-local compact")]
    Compact,
    /// Says what is found of the project, its functions and its data, and what is wrong with it.
    #[command(after_help = "Examples:\n  wx-server-sdk-local doctor")]
    Doctor,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum FileFormat {
    Json,
    Csv,
}

impl FileFormat {
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Mode {
    /// It is refused.
    Insert,
    /// It is replaced.
    Upsert,
}

impl Mode {
    pub fn name(self) -> &'static str {
        match self {
            Self::Insert => "insert",
            Self::Upsert => "upsert",
        }
    }
}
