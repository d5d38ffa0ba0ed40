//! What `seed` stores: collections from an object or from a directory's files.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use crate::cloud::Permissions;
use crate::cloud::rules::Access;
use crate::cloud::transfer::Format;
use crate::database::{Command, Replacement, Reply, staging_env};
use crate::error::{Error, ErrorKind, Result};
use crate::node::js::{Outcome, Thrown};
use crate::node::native::testing::permissions::permission_of;
use crate::node::native::testing::transfer::{Target, read_all};
use crate::node::native::testing::{ask, json_of, misuse};
use crate::node::world::World;
use crate::sdk::request;
use crate::sdk::{Input, Object};
use crate::value::{Bson, Document, ejson, encode_document};

/// Collections to create.
pub struct Seed {
    collections: Vec<SeedCollection>,
}

struct SeedCollection {
    name: String,
    content: Content,
    indexes: Vec<Document>,
    /// What pages may do with it; absent to leave that as it is.
    permissions: Option<Json>,
}

impl SeedCollection {
    fn new(name: String, content: Content) -> Self {
        Self { name, content, indexes: Vec::new(), permissions: None }
    }
}

enum Content {
    /// Encoded documents.
    Documents(Vec<Vec<u8>>),
    File(PathBuf, Format),
}

impl Seed {
    /// `{todos: [..]}` or `{todos: {documents, indexes}}`.
    pub fn of_object(entries: Vec<(String, Input)>) -> Outcome<Self> {
        let collections: Outcome<Vec<_>> =
            entries.into_iter().map(|(name, value)| SeedCollection::of(name, value)).collect();
        Ok(Self { collections: collections? })
    }

    /// The same as Extended JSON, which has dates and the other types.
    pub fn of_document(document: Document) -> Result<Self> {
        let refuse = |name: &str| {
            let text = format!(
                "{name} must be a list of documents or {{documents, indexes, permissions}}"
            );
            Error::new(ErrorKind::InvalidParam, text)
        };
        let list = |name: &str, value: Option<Bson>| match value {
            None => Ok(Vec::new()),
            Some(Bson::Array(items)) => items
                .into_iter()
                .map(|item| match item {
                    Bson::Document(document) => Ok(document),
                    _ => Err(refuse(name)),
                })
                .collect::<Result<Vec<_>>>(),
            Some(_) => Err(refuse(name)),
        };
        let mut collections = Vec::new();
        for (name, value) in document {
            let mut permissions = None;
            let (documents, indexes) = match value {
                Bson::Array(_) => (list(&name, Some(value))?, Vec::new()),
                Bson::Document(mut parts) => {
                    permissions = parts.remove("permissions").map(Bson::into_relaxed_extjson);
                    let documents = list(&name, parts.remove("documents"))?;
                    let mut indexes = list(&name, parts.remove("indexes"))?;
                    if !parts.is_empty() {
                        return Err(refuse(&name));
                    }
                    for index in &mut indexes {
                        *index = with_key(std::mem::take(index));
                    }
                    (documents, indexes)
                }
                _ => return Err(refuse(&name)),
            };
            let documents = documents.iter().map(encode_document).collect();
            let content = Content::Documents(documents);
            collections.push(SeedCollection { name, content, indexes, permissions });
        }
        Ok(Self { collections })
    }

    /// One file a collection: `todos.jsonl`, `todos.json`, `todos.csv`.
    pub fn of_directory(directory: &Path) -> Result<Self> {
        let unreadable = |error: std::io::Error| {
            let text = format!("{} cannot be read: {error}", directory.display());
            Error::new(ErrorKind::Storage, text)
        };
        let mut collections = Vec::new();
        for entry in fs::read_dir(directory).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
            if let Ok(format) = Format::of_file_name(name)
                && path.is_file()
            {
                let content = Content::File(path.clone(), format);
                collections.push(SeedCollection::new(stem.to_owned(), content));
            }
        }
        if collections.is_empty() {
            let text =
                format!("{} holds no <collection>.jsonl, .json or .csv file", directory.display());
            return Err(Error::new(ErrorKind::InvalidParam, text));
        }
        collections.sort_by(|left, right| left.name.cmp(&right.name));
        if let Some([twice, _]) =
            collections.windows(2).find(|pair| matches!(pair, [a, b] if a.name == b.name))
        {
            let text = format!("{} holds two files of '{}'", directory.display(), twice.name);
            return Err(Error::new(ErrorKind::InvalidParam, text));
        }
        Ok(Self { collections })
    }
}

impl Seed {
    /// One collection, called as its file.
    pub fn of_file(path: &Path) -> Result<Self> {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let content = Content::File(path.into(), Format::of_file_name(name)?);
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
        Ok(Self { collections: vec![SeedCollection::new(stem, content)] })
    }
}

impl SeedCollection {
    /// Steps of the work: bytes of its file, or documents.
    fn length(&self) -> u64 {
        match &self.content {
            Content::Documents(documents) => documents.len() as u64,
            Content::File(path, _) => path.metadata().map_or(0, |file| file.len()),
        }
    }

    fn of(name: String, value: Input) -> Outcome<Self> {
        let (mut documents, mut indexes, mut permissions) = (Vec::new(), Vec::new(), None);
        match value {
            Input::List(items) => documents = items,
            Input::Object(object) => {
                for (key, value) in object.entries {
                    match (key.as_str(), value) {
                        (_, Input::Absent) => {}
                        ("documents", Input::List(items)) => documents = items,
                        ("indexes", Input::List(asked)) => {
                            indexes = index_definitions("seed", &name, &asked)?;
                        }
                        ("permissions", setting) => {
                            permissions = Some(permission_of("seed", &setting)?);
                        }
                        (key, value) => return Err(wrong_part(&name, key, &value)),
                    }
                }
            }
            other => {
                let text = format!(
                    "{name} must be a list of documents or {{ documents, indexes, permissions }}, \
                     not {}",
                    other.tag_name()
                );
                return Err(misuse("seed", text));
            }
        }
        let mut encoded = Vec::with_capacity(documents.len());
        for (index, document) in documents.into_iter().enumerate() {
            encoded.push(encode(&name, index, document)?);
        }
        Ok(Self { name, content: Content::Documents(encoded), indexes, permissions })
    }
}

fn wrong_part(collection: &str, key: &str, value: &Input) -> Thrown {
    let text = if matches!(key, "documents" | "indexes") {
        format!("{collection}.{key} must be a list, not {}", value.tag_name())
    } else {
        format!("{collection} has documents, indexes and permissions, not {key}")
    };
    misuse("seed", text)
}

/// A document as `add` would store it.
fn encode(collection: &str, index: usize, document: Input) -> Outcome<Vec<u8>> {
    let place = |text: String| misuse("seed", format!("{collection}[{index}]: {text}"));
    if !matches!(document, Input::Object(_)) {
        return Err(place(format!("a document must be an object, not {}", document.tag_name())));
    }
    let options = Input::Object(Object::plain(vec![("data".to_owned(), document)]));
    let built = request::insert(&options).map_err(|failure| place(failure.message()))?;
    let first = built.spec.documents.into_iter().next();
    first.ok_or_else(|| place("a document must be an object".to_owned()))
}

/// Index definitions in the engine's form. A text is a field, an object without `keys` its keys.
pub fn index_definitions(name: &str, collection: &str, asked: &[Input]) -> Outcome<Vec<Document>> {
    asked
        .iter()
        .enumerate()
        .map(|(position, input)| {
            let place = |text: &dyn std::fmt::Display| {
                misuse(name, format!("index {position} of {collection}: {text}"))
            };
            if let Input::Text(field) = input {
                return Ok(bson::doc! { "key": { field.clone(): 1 } });
            }
            let json = json_of(name, input)?;
            let Bson::Document(mut definition) =
                ejson::from_json(json).map_err(|error| place(&error))?
            else {
                return Err(place(&"write { keys: { field: 1 } }, { field: 1 } or 'field'"));
            };
            if matches!(definition.get("keys"), Some(Bson::Document(_))) {
                if let Some(keys) = definition.remove("keys") {
                    definition.insert("key", keys);
                }
            } else if !definition.contains_key("keys") && !definition.contains_key("key") {
                definition = bson::doc! { "key": definition };
            }
            Ok(definition)
        })
        .collect()
}

/// `{keys: {..}}` or the keys alone, in the engine's form.
fn with_key(mut definition: Document) -> Document {
    if let Some(keys) = definition.remove("keys") {
        definition.insert("key", keys);
        return definition;
    }
    if definition.contains_key("key") {
        definition
    } else {
        bson::doc! { "key": definition }
    }
}

pub fn make_indexes(
    world: &World,
    env: &str,
    collection: &str,
    definitions: Vec<Document>,
) -> Result<()> {
    if definitions.is_empty() {
        return Ok(());
    }
    let collection = collection.to_owned();
    let change = Command::ChangeIndexes { collection, dropped: Vec::new(), made: definitions };
    ask(world, env, change).map(drop)
}

/// Stores everything or nothing; the state then is what `reset` comes back to.
pub fn store(world: &World, env: &str, seed: Seed) -> Result<()> {
    put(world, env, seed)?;
    world.set_baseline()
}

/// Stores everything or nothing. The collections are made aside and take their places at once, so
/// that other users of the data lose nothing, and never see half of it.
pub fn put(world: &World, env: &str, mut seed: Seed) -> Result<()> {
    let names: Vec<String> = seed.collections.iter().map(|seed| seed.name.clone()).collect();
    world.progress.begin(seed.collections.iter().map(SeedCollection::length).sum());
    let mut permissions = Vec::new();
    for seed in &mut seed.collections {
        if let Some(setting) = seed.permissions.take() {
            Access::parse(&setting)
                .map_err(|error| Error::new(error.kind(), format!("{}: {error}", seed.name)))?;
            permissions.push((seed.name.clone(), setting));
        }
    }
    let staged = staging_env();
    let made = seed.collections.into_iter().try_for_each(|seed| make(world, &staged, seed));
    let placed = made.and_then(|()| {
        let replacement = Replacement { staged: staged.clone(), names: names.clone(), alone: None };
        world.engine()?.replace(env, replacement)
    });
    placed.map_err(|error| {
        for name in names {
            // Most were not made; what is left goes with a later seed.
            let _ = ask(world, &staged, Command::DropCollection { name });
        }
        // Nobody knows where they were made.
        let text = error.message().replace(&format!("{staged}."), &format!("{env}."));
        Error::new(error.kind(), text)
    })?;
    let records = world.records()?;
    let settings = Permissions::new(records.as_ref(), env);
    permissions.iter().try_for_each(|(name, setting)| settings.set_collection(name, Some(setting)))
}

fn make(world: &World, env: &str, seed: SeedCollection) -> Result<()> {
    let SeedCollection { name, content, indexes, .. } = seed;
    create(world, env, &name)?;
    let place = |error: &Error, at: &str| Error::new(error.kind(), format!("{at}: {error}"));
    make_indexes(world, env, &name, indexes).map_err(|error| place(&error, &name))?;
    match content {
        Content::Documents(documents) => insert(world, env, &name, documents),
        Content::File(path, format) => {
            let file = path.display().to_string();
            let reader = BufReader::new(File::open(&path).map_err(|error| {
                Error::new(ErrorKind::Storage, format!("{file} cannot be read: {error}"))
            })?);
            let mut target = Target { world, env, collection: &name };
            read_all(reader, format, &mut target).map_err(|error| place(&error, &file))
        }
    }
}

/// Makes the collection if there is none; answers whether there was none.
pub fn create(world: &World, env: &str, name: &str) -> Result<bool> {
    match ask(world, env, Command::CreateCollection { name: name.to_owned() }) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::CollectionExists => Ok(false),
        Err(error) => Err(Error::new(error.kind(), format!("{name}: {error}"))),
    }
}

fn insert(world: &World, env: &str, name: &str, documents: Vec<Vec<u8>>) -> Result<()> {
    if documents.is_empty() {
        return Ok(());
    }
    let collection = name.to_owned();
    let all = Command::Insert { collection: collection.clone(), documents: documents.clone() };
    let Err(error) = ask(world, env, all) else {
        world.progress.add(documents.len() as u64);
        return Ok(());
    };
    // Once more, one by one, to name the document that is refused.
    for (index, document) in documents.into_iter().enumerate() {
        let one = Command::Insert { collection: collection.clone(), documents: vec![document] };
        match ask(world, env, one) {
            Ok(Reply::Inserted(_)) => {}
            Ok(_) => return Err(error),
            Err(error) => {
                return Err(Error::new(error.kind(), format!("{name}[{index}]: {error}")));
            }
        }
    }
    Err(failed_together(name, &error))
}

fn failed_together(name: &str, error: &Error) -> Error {
    Error::new(error.kind(), format!("{name}: {error}"))
}
