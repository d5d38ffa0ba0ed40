//! Collections and indexes: making, dropping and listing them.

use std::sync::Arc;

use crate::database::name::check_collection_name;
use crate::database::view::View;
use crate::database::view::collection_not_found;
use crate::error::{Error, ErrorKind, Result};
use crate::limits::COLLECTIONS_MAX;
use crate::store::CollectionInfo;
use crate::store::IndexDefinition;
use crate::store::IndexField;
use crate::store::IndexOrder;
use crate::store::Writer;
use crate::value::Bson;
use crate::value::Document;
use crate::value::FieldPath;
use crate::value::encode_document;
use crate::value::shell_text;

/// MongoDB's numbers.
const CANNOT_CREATE_INDEX: i32 = 67;
const INDEX_NOT_FOUND: i32 = 27;
const INVALID_OPTIONS: i32 = 72;
const INDEX_OPTIONS_CONFLICT: i32 = 85;
const INDEX_KEY_SPECS_CONFLICT: i32 = 86;

/// The name of the index on `_id`, which is built in.
pub const ID_INDEX: &str = "_id_";

pub fn create_collection(
    writer: &mut Writer<'_>,
    env: &str,
    name: &str,
) -> Result<Arc<CollectionInfo>> {
    check_collection_name(name)?;
    let existing = writer.reader().collections(env);
    if existing.iter().any(|collection| &*collection.name == name) {
        return Err(Error::new(ErrorKind::CollectionExists, name));
    }
    if existing.len() >= COLLECTIONS_MAX {
        return Err(Error::new(
            ErrorKind::LimitExceeded,
            format!("an environment has at most {COLLECTIONS_MAX} collections"),
        ));
    }
    writer.create_collection(env, name)
}

pub fn drop_collection(writer: &mut Writer<'_>, env: &str, name: &str) -> Result<()> {
    if writer.drop_collection(env, name)? { Ok(()) } else { Err(collection_not_found(name)) }
}

/// The names of an environment's collections in the order of the alphabet.
pub fn list_collections(view: &View<'_>) -> Vec<String> {
    let mut names: Vec<String> =
        view.collections().iter().map(|collection| collection.name.to_string()).collect();
    names.sort_unstable();
    names
}

/// Builds an index. One that exists with the same fields and options is left as it is.
pub fn create_index(
    writer: &mut Writer<'_>,
    env: &str,
    name: &str,
    definition: &IndexDefinition,
) -> Result<()> {
    let collection =
        writer.reader().collection(env, name).ok_or_else(|| collection_not_found(name))?;
    if is_id_index(definition) {
        return Ok(());
    }
    for index in collection.indexes.iter() {
        let existing = &index.definition;
        if existing == definition {
            return Ok(());
        }
        if existing.name == definition.name {
            return Err(Error::mongo(
                INDEX_KEY_SPECS_CONFLICT,
                format!(
                    "Index must have unique name.The existing index: {} has the same name as the \
                     requested index: {}",
                    shell_text(&Bson::Document(describe(existing, env, name))),
                    shell_text(&Bson::Document(describe(definition, env, name))),
                ),
            ));
        }
        if existing.fields == definition.fields {
            return Err(Error::mongo(
                INDEX_OPTIONS_CONFLICT,
                format!("Index with pattern: {} already exists with different options", {
                    shell_text(&Bson::Document(key_pattern(&existing.fields)))
                }),
            ));
        }
    }
    writer.create_index(collection.id, definition.clone())?;
    Ok(())
}

pub fn drop_index(writer: &mut Writer<'_>, env: &str, name: &str, index: &str) -> Result<()> {
    let collection =
        writer.reader().collection(env, name).ok_or_else(|| collection_not_found(name))?;
    if index == ID_INDEX {
        return Err(Error::mongo(INVALID_OPTIONS, "cannot drop _id index"));
    }
    if writer.drop_index(collection.id, index)? {
        return Ok(());
    }
    Err(Error::mongo(INDEX_NOT_FOUND, format!("index not found with name [{index}]")))
}

/// Drops the indexes that there are of `dropped`, and makes those of `made`.
pub fn change_indexes(
    writer: &mut Writer<'_>,
    (env, name): (&str, &str),
    dropped: &[String],
    made: &[IndexDefinition],
) -> Result<()> {
    let collection =
        writer.reader().collection(env, name).ok_or_else(|| collection_not_found(name))?;
    for index in dropped {
        writer.drop_index(collection.id, index)?;
    }
    made.iter().try_for_each(|definition| create_index(writer, env, name, definition))
}

/// One document an index, as MongoDB's `listIndexes` prints them, `_id_` first.
pub fn list_indexes(view: &View<'_>, name: &str) -> Result<Vec<Vec<u8>>> {
    let collection = view.collection(name)?;
    let namespace = format!("{}.{name}", view.env());
    let on_id = bson::doc! {"v": 2, "key": {"_id": 1}, "name": ID_INDEX, "ns": namespace};
    let mut documents = vec![encode_document(&on_id)];
    documents.extend(
        collection
            .indexes
            .iter()
            .map(|index| encode_document(&describe(&index.definition, view.env(), name))),
    );
    Ok(documents)
}

/// The index as MongoDB's `listIndexes` prints it.
pub fn describe(definition: &IndexDefinition, env: &str, collection: &str) -> Document {
    let mut document = bson::doc! {"v": 2};
    if definition.unique {
        document.insert("unique", true);
    }
    document.insert("key", key_pattern(&definition.fields));
    document.insert("name", definition.name.clone());
    document.insert("ns", format!("{env}.{collection}"));
    if definition.fields.iter().any(|field| field.order == IndexOrder::Sphere) {
        document.insert("2dsphereIndexVersion", 3);
    }
    document
}

/// `{a: 1, b: -1, place: "2dsphere"}`.
pub fn key_pattern(fields: &[IndexField]) -> Document {
    let entry = |field: &IndexField| {
        let order = match field.order {
            IndexOrder::Ascending => Bson::Int32(1),
            IndexOrder::Descending => Bson::Int32(-1),
            IndexOrder::Sphere => Bson::String("2dsphere".to_owned()),
        };
        (field.path.as_str().to_owned(), order)
    };
    fields.iter().map(entry).collect()
}

fn is_id_index(definition: &IndexDefinition) -> bool {
    match definition.fields.as_slice() {
        [field] => field.path.as_str() == "_id" && field.order == IndexOrder::Ascending,
        _ => false,
    }
}

/// Reads `{name?, unique?, keys: [{name, direction}]}` as the service's HTTP interface has it, or
/// `{name?, unique?, key: {field: 1}}` as MongoDB has it. Without a name it is made of the fields.
pub fn parse_index(index: &Document) -> Result<IndexDefinition> {
    let mut fields = Vec::new();
    match (index.get("keys"), index.get("key")) {
        (Some(Bson::Array(keys)), None) => {
            for key in keys {
                fields.push(listed_field(key)?);
            }
        }
        (None, Some(Bson::Document(key))) => {
            for (path, direction) in key {
                fields.push(index_field(path, direction)?);
            }
        }
        _ => {
            return Err(invalid("it needs keys: [{name, direction}]"));
        }
    }
    let unique = match index.get("unique").or_else(|| index.get("MgoIsUnique")) {
        None | Some(Bson::Null) => false,
        Some(Bson::Boolean(unique)) => *unique,
        Some(other) => {
            return Err(invalid(&format!("unique must be true or false, not {other}")));
        }
    };
    let name = match index.get("name") {
        None | Some(Bson::Null) => default_name(&fields),
        Some(Bson::String(name)) => name.clone(),
        Some(other) => return Err(invalid(&format!("its name must be a string, not {other}"))),
    };
    if let Some(unknown) = index
        .keys()
        .find(|key| !matches!(key.as_str(), "keys" | "key" | "unique" | "name" | "v" | "ns"))
    {
        return Err(invalid(&format!("'{unknown}' is not an option of an index")));
    }
    Ok(IndexDefinition { name, fields, unique })
}

fn listed_field(key: &Bson) -> Result<IndexField> {
    let Bson::Document(key) = key else {
        return Err(invalid("each of its keys must be {name, direction}"));
    };
    let Some(Bson::String(path)) = key.get("name") else {
        return Err(invalid("each of its keys must have a name"));
    };
    match key.get("direction") {
        None | Some(Bson::Null) => index_field(path, &Bson::Int32(1)),
        Some(direction) => index_field(path, direction),
    }
}

fn index_field(path: &str, direction: &Bson) -> Result<IndexField> {
    let order = match direction {
        Bson::String(text) => match text.as_str() {
            "1" => Some(IndexOrder::Ascending),
            "-1" => Some(IndexOrder::Descending),
            "2dsphere" => Some(IndexOrder::Sphere),
            _ => None,
        },
        Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_) => numeric_order(direction),
        _ => None,
    };
    let Some(order) = order else {
        return Err(Error::mongo(
            CANNOT_CREATE_INDEX,
            format!(
                "index field '{path}' has the direction {}: it must be \"1\", \"-1\" or \
                 \"2dsphere\"",
                shell_text(direction)
            ),
        ));
    };
    Ok(IndexField { path: FieldPath::parse(path)?, order })
}

fn numeric_order(direction: &Bson) -> Option<IndexOrder> {
    let number = match direction {
        Bson::Int32(number) => f64::from(*number),
        Bson::Int64(number) if *number != 0 => f64::from(number.signum() as i32),
        Bson::Double(number) => *number,
        _ => return None,
    };
    if number > 0.0 {
        Some(IndexOrder::Ascending)
    } else if number < 0.0 {
        Some(IndexOrder::Descending)
    } else {
        None
    }
}

/// `a_1_b_-1`.
fn default_name(fields: &[IndexField]) -> String {
    let parts: Vec<String> = fields
        .iter()
        .map(|field| {
            let order = match field.order {
                IndexOrder::Ascending => "1",
                IndexOrder::Descending => "-1",
                IndexOrder::Sphere => "2dsphere",
            };
            format!("{}_{order}", field.path.as_str())
        })
        .collect();
    parts.join("_")
}

fn invalid(why: &str) -> Error {
    Error::new(ErrorKind::InvalidParam, format!("the index cannot be made: {why}"))
}

/// Gives a collection new contents and keeps its indexes: `$out`. It is made if need be.
pub fn replace_contents(
    writer: &mut Writer<'_>,
    env: &str,
    name: &str,
    documents: &[Vec<u8>],
) -> Result<()> {
    let old = writer.reader().collection(env, name);
    if old.is_some() {
        writer.drop_collection(env, name)?;
    }
    let collection = create_collection(writer, env, name)?;
    // Filled before the indexes are built, an index is written in order and once.
    for document in documents {
        writer.insert(collection.id, document)?;
    }
    for index in old.iter().flat_map(|collection| collection.indexes.iter()) {
        writer.create_index(collection.id, index.definition.clone())?;
    }
    Ok(())
}
