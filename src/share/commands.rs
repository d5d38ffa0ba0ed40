//! Commands as fields of a frame.

use crate::database::Command;
use crate::database::Find;
use crate::database::Replacement;
use crate::database::Update;
use crate::database::Upkeep;
use crate::error::Result;
use crate::share::fields::{Fields, binary, malformed, number, packed, text, texts, unpack};
use crate::value::Bson;
use crate::value::Document;

pub fn encode_command(command: &Command) -> Document {
    let (name, fields) = named_fields(command);
    let mut out = Document::new();
    out.insert("name", name);
    out.extend(fields.into_iter().map(|(name, value)| (name.to_owned(), value)));
    out
}

type NamedFields = Vec<(&'static str, Bson)>;

fn named_fields(command: &Command) -> (&'static str, NamedFields) {
    match command {
        Command::CreateCollection { name } => ("create", of(name, [])),
        Command::DropCollection { name } => ("drop", of(name, [])),
        Command::ListCollections => ("collections", vec![]),
        Command::Insert { collection, documents } => {
            let documents = documents.iter().cloned().map(binary).collect();
            ("insert", of(collection, [("documents", Bson::Array(documents))]))
        }
        Command::Find(find) => ("find", find_fields(find)),
        Command::Count { collection, filter } => {
            ("count", of(collection, [("filter", packed(filter))]))
        }
        Command::Update(update) => ("update", update_fields(update)),
        Command::Replace { collection, filter, replacement, upsert } => {
            let replacement = ("replacement", packed(replacement));
            let upsert = ("upsert", Bson::Boolean(*upsert));
            ("replace", of(collection, [("filter", packed(filter)), replacement, upsert]))
        }
        Command::Delete { collection, filter, multi } => {
            let multi = ("multi", Bson::Boolean(*multi));
            ("delete", of(collection, [("filter", packed(filter)), multi]))
        }
        Command::Aggregate { collection, pipeline } => {
            ("aggregate", of(collection, [("pipeline", all_packed(pipeline))]))
        }
        Command::CreateIndex { collection, index } => {
            ("createIndex", of(collection, [("index", packed(index))]))
        }
        Command::DropIndex { collection, name } => {
            ("dropIndex", of(collection, [("index", text(name))]))
        }
        Command::ChangeIndexes { collection, dropped, made } => {
            let dropped = ("dropped", texts(dropped));
            ("changeIndexes", of(collection, [dropped, ("made", all_packed(made))]))
        }
        Command::ListIndexes { collection } => ("indexes", of(collection, [])),
        Command::Explain(inner) => {
            ("explain", vec![("command", Bson::Document(encode_command(inner)))])
        }
        Command::StartTransaction => ("start", vec![]),
        Command::CommitTransaction => ("commit", vec![]),
        Command::AbortTransaction => ("abort", vec![]),
        Command::GetRecord { table, key } => ("getRecord", record(table, "key", key)),
        Command::PutRecord { table, key, value } => {
            let mut fields = record(table, "key", key);
            fields.push(("value", binary(value.clone())));
            ("putRecord", fields)
        }
        Command::RemoveRecord { table, key } => ("removeRecord", record(table, "key", key)),
        Command::ScanRecords { table, prefix } => ("scanRecords", record(table, "prefix", prefix)),
        Command::Sync => ("sync", vec![]),
        Command::Upkeep(upkeep) => ("upkeep", upkeep_fields(upkeep)),
    }
}

/// The fields of a command about one collection.
fn of<const N: usize>(collection: &str, others: [(&'static str, Bson); N]) -> NamedFields {
    let collection = ("collection", text(collection));
    std::iter::once(collection).chain(others).collect()
}

fn all_packed(documents: &[Document]) -> Bson {
    Bson::Array(documents.iter().map(packed).collect())
}

fn update_fields(update: &Update) -> NamedFields {
    let filter = ("filter", packed(&update.filter));
    let multi = ("multi", Bson::Boolean(update.multi));
    of(&update.collection, [filter, ("update", packed(&update.update)), multi])
}

fn find_fields(find: &Find) -> NamedFields {
    let mut fields = vec![
        ("collection", text(&find.collection)),
        ("filter", packed(&find.filter)),
        ("sort", packed(&find.sort)),
        ("skip", Bson::Int64(find.skip.cast_signed())),
    ];
    if let Some(limit) = find.limit {
        fields.push(("limit", Bson::Int64(limit.cast_signed())));
    }
    if let Some(projection) = &find.projection {
        fields.push(("projection", packed(projection)));
    }
    fields
}

pub fn decode_command(fields: &Fields<'_>) -> Result<Command> {
    let collection = || fields.text("collection");
    Ok(match fields.text("name")?.as_str() {
        "create" => Command::CreateCollection { name: collection()? },
        "drop" => Command::DropCollection { name: collection()? },
        "collections" => Command::ListCollections,
        "insert" => Command::Insert {
            collection: collection()?,
            documents: fields.list("documents", |bytes| Ok(bytes.to_vec()))?,
        },
        "find" => Command::Find(decode_find(fields)?),
        "count" => Command::Count { collection: collection()?, filter: fields.packed("filter")? },
        "update" => Command::Update(Update {
            collection: collection()?,
            filter: fields.packed("filter")?,
            update: fields.packed("update")?,
            multi: fields.boolean("multi")?,
        }),
        "replace" => Command::Replace {
            collection: collection()?,
            filter: fields.packed("filter")?,
            replacement: fields.packed("replacement")?,
            upsert: fields.boolean("upsert")?,
        },
        "delete" => Command::Delete {
            collection: collection()?,
            filter: fields.packed("filter")?,
            multi: fields.boolean("multi")?,
        },
        "aggregate" => Command::Aggregate {
            collection: collection()?,
            pipeline: fields.list("pipeline", unpack)?,
        },
        "createIndex" => {
            Command::CreateIndex { collection: collection()?, index: fields.packed("index")? }
        }
        "dropIndex" => {
            Command::DropIndex { collection: collection()?, name: fields.text("index")? }
        }
        "changeIndexes" => Command::ChangeIndexes {
            collection: collection()?,
            dropped: fields.texts("dropped")?,
            made: fields.list("made", unpack)?,
        },
        "indexes" => Command::ListIndexes { collection: collection()? },
        "explain" => Command::Explain(Box::new(decode_command(&fields.inner("command")?)?)),
        "start" => Command::StartTransaction,
        "commit" => Command::CommitTransaction,
        "abort" => Command::AbortTransaction,
        "getRecord" => {
            Command::GetRecord { table: fields.text("table")?, key: fields.bytes("key")? }
        }
        "putRecord" => Command::PutRecord {
            table: fields.text("table")?,
            key: fields.bytes("key")?,
            value: fields.bytes("value")?,
        },
        "removeRecord" => {
            Command::RemoveRecord { table: fields.text("table")?, key: fields.bytes("key")? }
        }
        "scanRecords" => {
            Command::ScanRecords { table: fields.text("table")?, prefix: fields.bytes("prefix")? }
        }
        "sync" => Command::Sync,
        "upkeep" => Command::Upkeep(decode_upkeep(fields)?),
        _ => return Err(malformed()),
    })
}

fn decode_find(fields: &Fields<'_>) -> Result<Find> {
    let has_projection = fields.has("projection");
    Ok(Find {
        collection: fields.text("collection")?,
        filter: fields.packed("filter")?,
        sort: fields.packed("sort")?,
        skip: fields.number("skip")?,
        limit: fields.has("limit").then(|| fields.number("limit")).transpose()?,
        projection: has_projection.then(|| fields.packed("projection")).transpose()?,
    })
}

fn upkeep_fields(upkeep: &Upkeep) -> NamedFields {
    let (what, mut fields) = match upkeep {
        Upkeep::Environments => ("environments", vec![]),
        Upkeep::CheckFile => ("checkFile", vec![]),
        Upkeep::CheckCollection { name } => ("checkCollection", vec![("collection", text(name))]),
        Upkeep::Compact => ("compact", vec![]),
        Upkeep::Mark => ("mark", vec![]),
        Upkeep::Restore { mark } => ("restore", vec![("mark", number(*mark))]),
        Upkeep::Release { mark } => ("release", vec![("mark", number(*mark))]),
        Upkeep::CountMarks => ("countMarks", vec![]),
        Upkeep::Replace(Replacement { staged, names, alone }) => {
            let mut fields = vec![("staged", text(staged)), ("names", texts(names))];
            fields.extend(alone.as_ref().map(|tables| ("alone", texts(tables))));
            ("replace", fields)
        }
    };
    fields.push(("what", text(what)));
    fields
}

fn decode_upkeep(fields: &Fields<'_>) -> Result<Upkeep> {
    Ok(match fields.text("what")?.as_str() {
        "environments" => Upkeep::Environments,
        "checkFile" => Upkeep::CheckFile,
        "checkCollection" => Upkeep::CheckCollection { name: fields.text("collection")? },
        "compact" => Upkeep::Compact,
        "mark" => Upkeep::Mark,
        "restore" => Upkeep::Restore { mark: fields.number("mark")? },
        "release" => Upkeep::Release { mark: fields.number("mark")? },
        "countMarks" => Upkeep::CountMarks,
        "replace" => Upkeep::Replace(Replacement {
            staged: fields.text("staged")?,
            names: fields.texts("names")?,
            alone: fields.has("alone").then(|| fields.texts("alone")).transpose()?,
        }),
        _ => return Err(malformed()),
    })
}

fn record(table: &str, name: &'static str, key: &[u8]) -> NamedFields {
    vec![("table", text(table)), (name, binary(key.to_vec()))]
}
