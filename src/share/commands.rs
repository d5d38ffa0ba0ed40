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
    let mut out = Document::new();
    let mut named = |name: &str, fields: Vec<(&str, Bson)>| {
        out.insert("name", name);
        out.extend(fields.into_iter().map(|(name, value)| (name.to_owned(), value)));
    };
    match command {
        Command::CreateCollection { name } => named("create", vec![("collection", text(name))]),
        Command::DropCollection { name } => named("drop", vec![("collection", text(name))]),
        Command::ListCollections => named("collections", vec![]),
        Command::Insert { collection, documents } => named(
            "insert",
            vec![
                ("collection", text(collection)),
                ("documents", Bson::Array(documents.iter().cloned().map(binary).collect())),
            ],
        ),
        Command::Find(find) => named("find", find_fields(find)),
        Command::Count { collection, filter } => {
            named("count", vec![("collection", text(collection)), ("filter", packed(filter))]);
        }
        Command::Update(update) => named(
            "update",
            vec![
                ("collection", text(&update.collection)),
                ("filter", packed(&update.filter)),
                ("update", packed(&update.update)),
                ("multi", Bson::Boolean(update.multi)),
            ],
        ),
        Command::Replace { collection, filter, replacement, upsert } => named(
            "replace",
            vec![
                ("collection", text(collection)),
                ("filter", packed(filter)),
                ("replacement", packed(replacement)),
                ("upsert", Bson::Boolean(*upsert)),
            ],
        ),
        Command::Delete { collection, filter, multi } => named(
            "delete",
            vec![
                ("collection", text(collection)),
                ("filter", packed(filter)),
                ("multi", Bson::Boolean(*multi)),
            ],
        ),
        Command::Aggregate { collection, pipeline } => named(
            "aggregate",
            vec![
                ("collection", text(collection)),
                ("pipeline", Bson::Array(pipeline.iter().map(packed).collect())),
            ],
        ),
        Command::CreateIndex { collection, index } => {
            named("createIndex", vec![("collection", text(collection)), ("index", packed(index))]);
        }
        Command::DropIndex { collection, name } => {
            named("dropIndex", vec![("collection", text(collection)), ("index", text(name))]);
        }
        Command::ChangeIndexes { collection, dropped, made } => named(
            "changeIndexes",
            vec![
                ("collection", text(collection)),
                ("dropped", texts(dropped)),
                ("made", Bson::Array(made.iter().map(packed).collect())),
            ],
        ),
        Command::ListIndexes { collection } => {
            named("indexes", vec![("collection", text(collection))]);
        }
        Command::Explain(inner) => {
            named("explain", vec![("command", Bson::Document(encode_command(inner)))]);
        }
        Command::StartTransaction => named("start", vec![]),
        Command::CommitTransaction => named("commit", vec![]),
        Command::AbortTransaction => named("abort", vec![]),
        Command::GetRecord { table, key } => named("getRecord", record(table, "key", key)),
        Command::PutRecord { table, key, value } => {
            let mut fields = record(table, "key", key);
            fields.push(("value", binary(value.clone())));
            named("putRecord", fields);
        }
        Command::RemoveRecord { table, key } => named("removeRecord", record(table, "key", key)),
        Command::ScanRecords { table, prefix } => {
            named("scanRecords", record(table, "prefix", prefix));
        }
        Command::Sync => named("sync", vec![]),
        Command::Upkeep(upkeep) => named("upkeep", upkeep_fields(upkeep)),
    }
    out
}

fn find_fields(find: &Find) -> Vec<(&'static str, Bson)> {
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
        "find" => Command::Find(Find {
            collection: collection()?,
            filter: fields.packed("filter")?,
            sort: fields.packed("sort")?,
            skip: fields.number("skip")?,
            limit: fields.has("limit").then(|| fields.number("limit")).transpose()?,
            projection: fields
                .has("projection")
                .then(|| fields.packed("projection"))
                .transpose()?,
        }),
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

fn upkeep_fields(upkeep: &Upkeep) -> Vec<(&'static str, Bson)> {
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

fn record(table: &str, name: &'static str, key: &[u8]) -> Vec<(&'static str, Bson)> {
    vec![("table", text(table)), (name, binary(key.to_vec()))]
}
