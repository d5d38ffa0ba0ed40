//! What `wx-local.config.json` lists, made when the data is opened.

use crate::cloud::{CollectionSetup, EngineRecords, Permissions, ProjectFile};
use crate::database::{Command, Engine, Reply, Request, parse_index};
use crate::error::{Error, ErrorKind, Result};
use crate::node::world::DEFAULT_ENV;
use crate::share::SharedEngine;
use crate::store::IndexDefinition;
use crate::value::{Document, RawDoc, to_document};

/// Makes the collections and indexes that the project lists; collections that exist are left
/// alone.
pub fn make_collections(engine: &SharedEngine, env: &str, file: &ProjectFile) -> Result<()> {
    let ask = |command| engine.execute(Request { env: env.to_owned(), transaction: None, command });
    for setup in &file.collections {
        match ask(Command::CreateCollection { name: setup.name.clone() }) {
            Err(error) if error.kind() != ErrorKind::CollectionExists => return Err(error),
            _ => {}
        }
        make_indexes(&ask, setup).map_err(|error| {
            let way = match error.kind() {
                ErrorKind::DuplicateKey => "correct the documents, and put it back",
                _ => "or keep its documents with 'export' and begin with new data",
            };
            let text = format!(
                "an index that wx-local.config.json lists for '{}' cannot be made: {error}; take \
                 it out of the file, {way}",
                setup.name
            );
            Error::new(ErrorKind::InvalidParam, text)
        })?;
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

/// Makes the indexes of a collection, all of them or none. What the file listed before under the
/// same name, or for the same fields, goes.
fn make_indexes(ask: &impl Fn(Command) -> Result<Reply>, setup: &CollectionSetup) -> Result<()> {
    if setup.indexes.is_empty() {
        return Ok(());
    }
    let wanted = setup.indexes.iter().map(parse_index).collect::<Result<Vec<_>>>()?;
    let collection = setup.name.clone();
    let Reply::Documents(listed) = ask(Command::ListIndexes { collection: collection.clone() })?
    else {
        return Err(Error::new(ErrorKind::Internal, "the engine answered another question"));
    };
    let known = listed.iter().map(|bytes| parse_known(&to_document(RawDoc::new(bytes))));
    let known = known.collect::<Result<Vec<_>>>()?;
    let made: Vec<Document> = (wanted.iter().zip(&setup.indexes))
        .filter(|(index, _)| !known.contains(index))
        .map(|(_, definition)| definition.clone())
        .collect();
    if made.is_empty() {
        return Ok(());
    }
    let is_replaced = |old: &IndexDefinition| {
        !wanted.contains(old)
            && wanted.iter().any(|new| new.name == old.name || new.fields == old.fields)
    };
    let dropped = known.iter().filter(|old| is_replaced(old)).map(|old| old.name.clone()).collect();
    ask(Command::ChangeIndexes { collection, dropped, made }).map(drop)
}

/// A definition as `listIndexes` prints it.
fn parse_known(listed: &Document) -> Result<IndexDefinition> {
    let mut definition = listed.clone();
    definition.remove("2dsphereIndexVersion");
    parse_index(&definition)
}
