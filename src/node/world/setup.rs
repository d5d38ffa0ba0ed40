//! What `wx-local.config.json` lists, made when the data is opened.

use crate::cloud::{EngineRecords, Permissions, ProjectFile};
use crate::database::{Command, Engine, Reply, Request, parse_index};
use crate::error::{Error, ErrorKind, Result};
use crate::node::world::DEFAULT_ENV;
use crate::share::SharedEngine;
use crate::value::{Document, RawDoc, to_document};

/// Makes the collections and indexes that the project lists; collections that exist are left
/// alone.
pub fn make_collections(engine: &SharedEngine, file: &ProjectFile) -> Result<()> {
    let ask = |command| {
        engine.execute(Request { env: DEFAULT_ENV.to_owned(), transaction: None, command })
    };
    for setup in &file.collections {
        match ask(Command::CreateCollection { name: setup.name.clone() }) {
            Err(error) if error.kind() != ErrorKind::CollectionExists => return Err(error),
            _ => {}
        }
        for index in &setup.indexes {
            let made = make_index(&ask, &setup.name, index);
            made.map_err(|error| {
                let way = match error.kind() {
                    ErrorKind::DuplicateKey => "correct the documents, and put it back",
                    _ => "or keep its documents with 'export' and begin with new data",
                };
                let text = format!(
                    "an index that wx-local.config.json lists for '{}' cannot be made: {error}; \
                     take it out of the file, {way}",
                    setup.name
                );
                Error::new(ErrorKind::InvalidParam, text)
            })?;
        }
    }
    Ok(())
}

/// Sets the permissions that the project lists; others stay as they are.
pub fn set_permissions(records: &EngineRecords, file: &ProjectFile) -> Result<()> {
    let permissions = Permissions::new(records, DEFAULT_ENV);
    for setup in &file.collections {
        if let Some(setting) = &setup.permissions {
            permissions.set_collection(&setup.name, Some(setting))?;
        }
    }
    if let Some(setting) = &file.file_permissions {
        permissions.set_files(Some(setting))?;
    }
    if let Some(rules) = &file.function_permissions {
        permissions.set_functions(Some(rules))?;
    }
    Ok(())
}

/// Makes one index. What the file listed before under the same name, or for the same fields, goes;
/// it comes back if the new one cannot be made.
fn make_index(
    ask: &impl Fn(Command) -> Result<Reply>,
    collection: &str,
    index: &Document,
) -> Result<()> {
    const CONFLICTS: [i32; 2] = [85, 86];
    let create = |index: Document| {
        ask(Command::CreateIndex { collection: collection.to_owned(), index }).map(drop)
    };
    match create(index.clone()) {
        Err(error) if CONFLICTS.contains(&error.mongo_code()) => {}
        made => return made,
    }
    let wanted = parse_index(index)?;
    let mut replaced = Vec::new();
    let collection = collection.to_owned();
    if let Reply::Documents(listed) = ask(Command::ListIndexes { collection: collection.clone() })?
    {
        for old in listed.iter().map(|bytes| to_document(RawDoc::new(bytes))) {
            let known = parse_index(&old)?;
            if known.name == wanted.name || known.fields == wanted.fields {
                let drop = Command::DropIndex { collection: collection.clone(), name: known.name };
                ask(drop)?;
                replaced.push(old);
            }
        }
    }
    create(index.clone()).inspect_err(|_| {
        for old in replaced {
            // It was there a moment ago; the error to tell is the new one's.
            let _ = create(old);
        }
    })
}
