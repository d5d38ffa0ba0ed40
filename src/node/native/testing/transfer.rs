//! `import` and `export` in the console's formats.

use std::fs::File;
use std::io::{BufRead, BufReader, Cursor};
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::cloud::transfer::{
    BATCH_DOCUMENTS_MAX, ConflictMode, Format, ImportOptions, ImportReport, ImportTarget,
    export_csv, export_json_lines, import,
};
use crate::database::{Command, Engine, Reply, Request};
use crate::error::{Error, ErrorKind, Result};
use crate::limits::TRANSACTION_OPERATIONS_MAX;
use crate::node::js::{Js, Outcome, Type, Value};
use crate::node::native::Functions;
use crate::node::native::testing::data::{documents, place};
use crate::node::native::testing::{
    Options, argument, ask, failed, misuse, plain, resolve_path, seed, text_argument, unexpected,
    work,
};
use crate::node::progress::Counted;
use crate::node::realm::{Call, Realm};
use crate::node::world::World;
use crate::sdk::Input;
use crate::value::{Document, FieldPath, RawDoc, encode_document, to_document};

pub const FUNCTIONS: Functions = &[("testExport", export), ("testImport", import_documents)];

/// A collection that documents are read into.
pub struct Target<'a> {
    pub world: &'a World,
    pub env: &'a str,
    pub collection: &'a str,
}

impl ImportTarget for Target<'_> {
    fn insert(&mut self, document: Document) -> Result<()> {
        let documents = vec![encode_document(&document)];
        let collection = self.collection.to_owned();
        ask(self.world, self.env, Command::Insert { collection, documents }).map(drop)
    }

    fn upsert(&mut self, document: Document) -> Result<()> {
        ask(self.world, self.env, self.upsertion(document)).map(drop)
    }

    /// New documents are one write. Replacements are one transaction: a commit for each of them
    /// would wait for the disk as often.
    fn store_all(&mut self, documents: &[Document], mode: ConflictMode) -> Result<()> {
        if mode == ConflictMode::Insert {
            let documents = documents.iter().map(encode_document).collect();
            let collection = self.collection.to_owned();
            return ask(self.world, self.env, Command::Insert { collection, documents }).map(drop);
        }
        let Reply::TransactionStarted(id) = ask(self.world, self.env, Command::StartTransaction)?
        else {
            return Err(unexpected());
        };
        let within = |command| self.ask_within(&id, command);
        let stored =
            documents.iter().try_for_each(|document| within(self.upsertion(document.clone())));
        let ended = stored.and_then(|()| within(Command::CommitTransaction));
        if ended.is_err() {
            // It ends by itself as well.
            let _ = within(Command::AbortTransaction);
        }
        ended
    }

    fn batch_max(&self, mode: ConflictMode) -> usize {
        match mode {
            ConflictMode::Insert => BATCH_DOCUMENTS_MAX,
            ConflictMode::Upsert => TRANSACTION_OPERATIONS_MAX,
        }
    }
}

impl Target<'_> {
    fn upsertion(&self, document: Document) -> Command {
        let collection = self.collection.to_owned();
        match document.get("_id").cloned() {
            None => Command::Insert { collection, documents: vec![encode_document(&document)] },
            Some(id) => Command::Replace {
                collection,
                filter: bson::doc! { "_id": id },
                replacement: document,
                upsert: true,
            },
        }
    }

    /// Takes back a collection into which nothing was read, nor written by others meanwhile.
    fn remove_if_empty(&self) -> Result<()> {
        let (collection, filter) = (self.collection.to_owned(), bson::Document::new());
        if let Reply::Count(0) = ask(self.world, self.env, Command::Count { collection, filter })? {
            let name = self.collection.to_owned();
            ask(self.world, self.env, Command::DropCollection { name })?;
        }
        Ok(())
    }

    fn ask_within(&self, transaction: &str, command: Command) -> Result<()> {
        let (env, transaction) = (self.env.to_owned(), Some(transaction.to_owned()));
        self.world.engine()?.execute(Request { env, transaction, command }).map(drop)
    }
}

/// Reads every document; the first that cannot be stored ends it, with its line.
pub fn read_all(reader: impl BufRead, format: Format, target: &mut Target<'_>) -> Result<()> {
    let options =
        ImportOptions { format, conflict_mode: ConflictMode::Insert, stop_on_error: true };
    let reader = Counted { reader, progress: &target.world.progress };
    first_error(&import(reader, options, target)?)
}

fn first_error(report: &ImportReport) -> Result<()> {
    match report.errors.first() {
        None => Ok(()),
        Some(found) => {
            let text = format!("line {}: {}", found.line, found.error);
            Err(Error::new(found.error.kind(), text))
        }
    }
}

fn format_option(options: &Options<'_>, key: &str) -> Outcome<Option<Format>> {
    options.text(key)?.map(|text| format_named(options.name, &text)).transpose()
}

fn format_named(name: &str, text: &str) -> Outcome<Format> {
    match text {
        "json" | "jsonl" => Ok(Format::JsonLines),
        "csv" => Ok(Format::Csv),
        other => Err(misuse(name, format!("the format is 'json' or 'csv', not '{other}'"))),
    }
}

/// Sockets, which programs often have for their input, cannot be opened a second time by name.
fn open(path: &Path) -> std::io::Result<File> {
    #[cfg(unix)]
    if path == Path::new("/dev/stdin") {
        return Ok(std::os::fd::AsFd::as_fd(&std::io::stdin()).try_clone_to_owned()?.into());
    }
    File::open(path)
}

/// Where documents are read from.
enum Source {
    Text(String),
    File(PathBuf),
}

impl Source {
    /// A text has a line break or begins with a brace; anything else is a file.
    fn of(call: Call<'_>, text: String) -> Outcome<(Self, Option<Format>)> {
        // Those who pass a file's content pass its byte order mark, and a whole array, as well.
        let start = text.trim_start_matches('\u{feff}').trim_start();
        let is_array = start.starts_with('[') && start.trim_end().ends_with(']');
        if text.contains('\n') || start.starts_with('{') || is_array || text.is_empty() {
            return Ok((Self::Text(text), None));
        }
        let path = resolve_path(call, &text)?;
        // A pipe will do.
        if !path.exists() || path.is_dir() {
            let text = format!(
                "there is no file {} (a text to import has a line break or begins with '{{')",
                path.display()
            );
            return Err(misuse("import", text));
        }
        let format = Format::of_file_name(&text).ok();
        Ok((Self::File(path), format))
    }

    /// In bytes; 0 if nobody knows.
    fn length(&self) -> u64 {
        match self {
            Self::Text(text) => text.len() as u64,
            Self::File(path) => path.metadata().map_or(0, |file| file.len()),
        }
    }

    fn open(self) -> Result<Box<dyn BufRead>> {
        Ok(match self {
            Self::Text(text) => Box::new(Cursor::new(text)),
            Self::File(path) => Box::new(BufReader::new(open(&path).map_err(|error| {
                let text = format!("{} cannot be read: {error}", path.display());
                Error::new(ErrorKind::Storage, text)
            })?)),
        })
    }
}

/// An import that was asked for: `(collection, source, options)`.
pub struct Asked {
    pub collection: String,
    env: String,
    source: Source,
    options: ImportOptions,
}

impl Asked {
    pub fn of(call: Call<'_>) -> Outcome<Self> {
        const NAME: &str = "import";
        let options = argument(call, 3, NAME)?;
        let known = ["format", "conflictMode", "stopOnError", "env"];
        let options = Options::of(NAME, &options, &known)?;
        let (env, collection) = place(call, NAME, &options)?;
        let source = text_argument(call, 2, NAME, "what to import, a text or a file's path,")?;
        let (source, format) = Source::of(call, source)?;
        let format = format_option(&options, "format")?.or(format).unwrap_or(Format::JsonLines);
        let conflict_mode = match options.text("conflictMode")?.as_deref() {
            None | Some("insert") => ConflictMode::Insert,
            Some("upsert") => ConflictMode::Upsert,
            Some(other) => {
                let text = format!("conflictMode is 'insert' or 'upsert', not '{other}'");
                return Err(misuse(NAME, text));
            }
        };
        let stop_on_error = options.flag("stopOnError")?.unwrap_or(true);
        let options = ImportOptions { format, conflict_mode, stop_on_error };
        Ok(Self { collection, env, source, options })
    }
}

/// Imports; `finish` gets the report, and whether the first error was to end it.
pub fn import_asked(
    call: Call<'_>,
    asked: Asked,
    finish: impl for<'s> FnOnce(Js<'s>, &Realm, (ImportReport, bool)) -> Outcome<Value<'s>>
    + Send
    + 'static,
) -> Outcome<Value<'_>> {
    let Asked { collection, env, source, options } = asked;
    work(
        call,
        "import",
        move |world| {
            world.progress.begin(source.length());
            let reader = Counted { reader: source.open()?, progress: &world.progress };
            let is_new = seed::create(world, &env, &collection)?;
            let mut target = Target { world, env: &env, collection: &collection };
            let outcome = import(reader, options, &mut target);
            let has_failed = outcome.as_ref().map_or(true, |report| report.failed > 0);
            if is_new && has_failed {
                target.remove_if_empty()?;
            }
            Ok((outcome?, options.stop_on_error))
        },
        finish,
    )
}

fn import_documents(call: Call<'_>) -> Outcome<Value<'_>> {
    import_asked(call, Asked::of(call)?, |js, realm, (report, stops)| {
        if let Some(found) = report.errors.first().filter(|_| stops) {
            let stored = match report.succeeded {
                0 => "nothing was stored".to_owned(),
                1 => "1 document before it is stored".to_owned(),
                more => format!("{more} documents before it are stored"),
            };
            let text = format!("line {}: {}; {stored}", found.line, found.error);
            return Err(failed("import", &Error::new(found.error.kind(), text)));
        }
        let errors: Vec<_> = report
            .errors
            .iter()
            .map(|found| json!({ "line": found.line, "message": found.error.message() }))
            .collect();
        let (succeeded, failed) = (report.succeeded, report.failed);
        let report = json!({ "succeeded": succeeded, "failed": failed, "errors": errors });
        plain(js, realm, &report)
    })
}

fn export(call: Call<'_>) -> Outcome<Value<'_>> {
    const NAME: &str = "export";
    let options = argument(call, 3, NAME)?;
    let options = Options::of(NAME, &options, &["fields", "env"])?;
    let (env, collection) = place(call, NAME, &options)?;
    let format = match call.js.type_of(call.argument(2))? {
        Type::Undefined => Format::JsonLines,
        _ => format_named(NAME, &text_argument(call, 2, NAME, "the format")?)?,
    };
    let fields = fields_of(&options)?;
    work(
        call,
        NAME,
        move |world| {
            let stored = documents(world, &env, &collection)?;
            world.progress.begin(stored.len() as u64);
            let decoded = || stored.iter().map(|bytes| Ok(to_document(RawDoc::new(bytes))));
            let counted = || decoded().inspect(|_| world.progress.add(1));
            let mut text = Vec::new();
            match format {
                Format::JsonLines => export_json_lines(counted(), fields.as_deref(), &mut text)?,
                Format::Csv => {
                    let fields = fields.map_or_else(|| all_fields(decoded()), Ok)?;
                    export_csv(counted(), &fields, &mut text)?
                }
            };
            Ok(String::from_utf8_lossy(&text).into_owned())
        },
        |js, _, text| js.text(&text),
    )
}

fn fields_of(options: &Options<'_>) -> Outcome<Option<Vec<FieldPath>>> {
    let Some(fields) = options.get("fields") else { return Ok(None) };
    let Input::List(fields) = fields else {
        return options.wrong("fields", "a list of field names", fields);
    };
    let parse = |field: &Input| match field {
        Input::Text(text) => FieldPath::parse(text).map_err(|error| misuse(options.name, error)),
        other => options.wrong("fields", "a list of field names", other),
    };
    fields.iter().map(parse).collect::<Outcome<Vec<_>>>().map(Some)
}

/// The top-level fields that any document has, in the order in which they are met.
fn all_fields(documents: impl Iterator<Item = Result<Document>>) -> Result<Vec<FieldPath>> {
    let mut seen = std::collections::HashSet::new();
    let mut fields = vec![FieldPath::parse("_id")?];
    seen.insert("_id".to_owned());
    for document in documents {
        for key in document?.keys() {
            if seen.insert(key.clone()) {
                fields.push(FieldPath::parse(key)?);
            }
        }
    }
    Ok(fields)
}
