//! Guesses what a request costs, to decide where it runs.

use crate::database::command::Command;
use crate::database::command::Request;
use crate::database::command::Update;
use crate::database::core::Core;
use crate::database::core::is_read;
use crate::store::CollectionInfo;
use crate::value::Bson;
use crate::value::Document;

/// Documents that are looked at within about two milliseconds.
const SHORT_SCAN_DOCUMENTS: u64 = 4_000;

/// Documents that a pipeline works through within about two milliseconds.
const SHORT_PIPELINE_DOCUMENTS: u64 = 500;

/// Bytes of documents in a write that hardly takes longer than its sync.
const SMALL_WRITE_BYTES: usize = 16 * 1024;

/// Bytes that are inserted within about two milliseconds.
const SHORT_INSERT_BYTES: usize = 512 * 1024;

/// Whether a command writes to the store as one job.
pub fn is_plain_write(request: &Request) -> bool {
    request.transaction.is_none()
        && !is_read(&request.command)
        && !matches!(
            request.command,
            Command::StartTransaction | Command::CommitTransaction | Command::AbortTransaction
        )
        && (request.command.is_write() || !matches!(request.command, Command::Upkeep(_)))
}

/// Whether a command writes few bytes to documents that it need not look for.
pub fn is_small_write(request: &Request) -> bool {
    match &request.command {
        Command::Insert { documents, .. } => {
            documents.iter().map(Vec::len).sum::<usize>() <= SMALL_WRITE_BYTES
        }
        Command::Update(Update { filter, .. })
        | Command::Replace { filter, .. }
        | Command::Delete { filter, .. } => names_an_id(filter),
        _ => false,
    }
}

fn names_an_id(filter: &Document) -> bool {
    filter.get("_id").is_some_and(|id| !matches!(id, Bson::Document(_)))
}

pub fn is_immediate(core: &Core, request: &Request) -> bool {
    let on_disk = !core.store.is_memory();
    match &request.command {
        Command::StartTransaction
        | Command::AbortTransaction
        | Command::ListCollections
        | Command::ListIndexes { .. } => true,
        Command::CommitTransaction | Command::Sync | Command::Upkeep(_) => !on_disk,
        Command::Explain(_) => is_short(core, request, &request.command),
        command if is_read(command) => is_short(core, request, command),
        // What a transaction stages waits for the disk only to check unique values.
        _ if on_disk => false,
        command => is_short(core, request, command),
    }
}

fn is_short(core: &Core, request: &Request, command: &Command) -> bool {
    match command {
        Command::Insert { documents, .. } => {
            documents.iter().map(Vec::len).sum::<usize>() <= SHORT_INSERT_BYTES
        }
        Command::Find(find) => {
            let few = find.limit.is_some_and(|limit| limit <= 1_000);
            is_short_search(core, request, &find.collection, &find.filter, |collection| {
                few && find.filter.is_empty()
                    && (find.sort.is_empty() || leads_an_index(collection, &find.sort))
            })
        }
        Command::Count { collection, filter } => {
            filter.is_empty() || is_short_search(core, request, collection, filter, |_| false)
        }
        Command::Update(update) => {
            is_short_search(core, request, &update.collection, &update.filter, |_| false)
        }
        Command::Replace { collection, filter, .. }
        | Command::Delete { collection, filter, .. } => {
            is_short_search(core, request, collection, filter, |_| false)
        }
        Command::Aggregate { collection, pipeline } => {
            let reads_others = pipeline.iter().flat_map(Document::keys).any(|stage| {
                matches!(stage.as_str(), "$lookup" | "$graphLookup" | "$facet" | "$out")
            });
            !reads_others && has_at_most(core, request, collection, SHORT_PIPELINE_DOCUMENTS)
        }
        Command::Explain(command) => is_short(core, request, command),
        Command::CreateIndex { collection, .. }
        | Command::ChangeIndexes { collection, .. }
        | Command::DropIndex { collection, .. } => {
            has_at_most(core, request, collection, SHORT_PIPELINE_DOCUMENTS)
        }
        _ => true,
    }
}

fn is_short_search(
    core: &Core,
    request: &Request,
    collection: &str,
    filter: &Document,
    is_cheap: impl FnOnce(&CollectionInfo) -> bool,
) -> bool {
    if names_an_id(filter) {
        return true;
    }
    let short = core.store.read(|reader| {
        let Some(found) = reader.collection(&request.env, collection) else { return Ok(true) };
        // The count is read from the store, so it is asked last.
        Ok(leads_an_index(&found, filter)
            || is_cheap(&found)
            || reader.count(found.id)? <= SHORT_SCAN_DOCUMENTS)
    });
    // An error shows when the request is executed.
    short.unwrap_or(true)
}

/// Whether an index begins with one of the fields. How much it narrows is not known before.
fn leads_an_index(collection: &CollectionInfo, fields: &Document) -> bool {
    let mut leading = collection.indexes.iter().filter_map(|index| index.definition.fields.first());
    fields.contains_key("_id") || leading.any(|field| fields.contains_key(field.path.as_str()))
}

fn has_at_most(core: &Core, request: &Request, collection: &str, documents: u64) -> bool {
    let short = core.store.read(|reader| {
        let Some(found) = reader.collection(&request.env, collection) else { return Ok(true) };
        Ok(reader.count(found.id)? <= documents)
    });
    short.unwrap_or(true)
}
