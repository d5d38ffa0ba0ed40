//! Calls of the database as requests, for `node` to hand to the engine one to one.

use crate::error::Error;
use crate::sdk::Input;
use crate::sdk::diagnostics::Pitfall;
use crate::sdk::encode::{
    Encoded, Result, encode_document_bytes, encode_projection, encode_update, number,
    number::number_text,
};
use crate::sdk::query_state::QueryState;
use crate::sdk::result::Api;
use crate::sdk::validate;
use crate::value::{Bson, Document};

/// A request, with the pitfalls met while it was built.
#[derive(Debug, Clone, PartialEq)]
pub struct Built<T> {
    pub spec: T,
    pub pitfalls: Vec<Pitfall>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct FindSpec {
    pub filter: Document,
    pub sort: Document,
    pub skip: u64,
    /// Most rows; a negative limit of the caller means its magnitude, as for the database.
    pub limit: u64,
    pub projection: Option<Document>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct InsertSpec {
    /// Encoded documents.
    pub documents: Vec<Vec<u8>>,
    /// Whether the caller gave a list: the answer has `_ids` then.
    pub is_list: bool,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct UpdateSpec {
    pub filter: Document,
    pub update: Document,
    pub multi: bool,
}

/// `doc.set`: replaces the document or inserts it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SetSpec {
    pub filter: Document,
    /// The encoded document, without `_id`.
    pub replacement: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct DeleteSpec {
    pub filter: Document,
    pub multi: bool,
}

/// Collects what encodings found and turns what the service would refuse into a failure.
struct Builder {
    api: Api,
    pitfalls: Vec<Pitfall>,
    refusal: Option<Error>,
}

impl Builder {
    fn new(api: Api) -> Self {
        Self { api, pitfalls: Vec::new(), refusal: None }
    }

    fn take<T>(&mut self, encoded: Encoded<T>) -> T {
        self.pitfalls.extend(encoded.pitfalls);
        self.refusal = self.refusal.take().or(encoded.refusal);
        encoded.value
    }

    /// An encoding that happens inside the call: its failures are reported under its name.
    fn encode<T>(&mut self, encoded: Result<Encoded<T>>) -> Result<T> {
        match encoded {
            Ok(encoded) => Ok(self.take(encoded)),
            Err(failure) => Err(failure.wrapped(self.api.name())),
        }
    }

    fn filter(&mut self, state: &QueryState) -> Document {
        state.filter.as_deref().cloned().map(|filter| self.take(filter)).unwrap_or_default()
    }

    fn build<T>(self, spec: T) -> Result<Built<T>> {
        match self.refusal {
            Some(error) => Err(self.api.failure(&error)),
            None => Ok(Built { spec, pitfalls: self.pitfalls }),
        }
    }
}

/// `query.get()`.
pub fn find(state: &QueryState) -> Result<Built<FindSpec>> {
    let mut builder = Builder::new(Api::CollectionGet);
    let filter = builder.filter(state);
    let projection = match &state.projection {
        Some(fields) => Some(builder.encode(encode_projection(fields))?),
        None => None,
    };
    let skip = state.skip.unwrap_or(0.0);
    if skip < 0.0 {
        builder.refusal.get_or_insert_with(|| negative_skip(skip));
    }
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "casts of floats saturate; a negative number was refused"
    )]
    let skip = skip as u64;
    let limit = state.rows().unsigned_abs().min(state.row_limits.most.unsigned_abs());
    builder.build(FindSpec { filter, sort: state.sort.to_document(), skip, limit, projection })
}

/// The client sends any integer; the database refuses negative ones (4.0, `BadValue`).
pub fn negative_skip(skip: f64) -> Error {
    let skip = number_text(skip);
    Error::mongo(2, format!("Skip value must be non-negative, but received: {skip}"))
}

/// `query.count()`: the filter.
pub fn count(state: &QueryState) -> Result<Built<Document>> {
    let mut builder = Builder::new(Api::CollectionCount);
    let filter = builder.filter(state);
    builder.build(filter)
}

/// `collection.add(options)`.
pub fn insert(options: &Input) -> Result<Built<InsertSpec>> {
    let data = validate::add_data(options)?;
    let mut builder = Builder::new(Api::CollectionAdd);
    let (items, is_list) = match data {
        Input::List(items) => (items.as_slice(), true),
        single => (std::slice::from_ref(single), false),
    };
    let mut documents = Vec::with_capacity(items.len());
    for item in items {
        documents.push(builder.encode(encode_document_bytes(item))?);
    }
    builder.build(InsertSpec { documents, is_list })
}

/// `query.update(options)`.
pub fn update_query(state: &QueryState, options: &Input) -> Result<Built<UpdateSpec>> {
    let data = validate::query_update_data(options)?;
    let mut builder = Builder::new(Api::CollectionUpdate);
    let update = builder.encode(encode_update(data))?;
    let filter = builder.filter(state);
    builder.build(UpdateSpec { filter, update, multi: validate::is_multi(options) })
}

/// `query.remove(options)`.
pub fn remove_query(state: &QueryState, options: &Input) -> Result<Built<DeleteSpec>> {
    validate::remove_options(options)?;
    let multi = validate::is_multi(options);
    let mut builder = Builder::new(Api::CollectionRemove);
    let filter = builder.filter(state);
    // Restricting to one document builds the query anew, so nothing is left to warn about.
    if multi && state.has_ignored_options() {
        builder.pitfalls.push(Pitfall::RemoveIgnoresOptions);
    }
    builder.build(DeleteSpec { filter, multi })
}

/// `doc.get()`: at most one row.
pub fn find_document(
    id: &Input,
    projection: Option<&[(String, Input)]>,
) -> Result<Built<FindSpec>> {
    let mut builder = Builder::new(Api::DocumentGet);
    let projection = match projection {
        Some(fields) => Some(builder.encode(encode_projection(fields))?),
        None => None,
    };
    builder.build(FindSpec { filter: id_filter(id), limit: 1, projection, ..FindSpec::default() })
}

/// `doc.update(options)`.
pub fn update_document(id: &Input, options: &Input) -> Result<Built<UpdateSpec>> {
    let data = validate::document_update_data(options)?;
    let mut builder = Builder::new(Api::DocumentUpdate);
    let update = builder.encode(encode_update(data))?;
    builder.build(UpdateSpec { filter: id_filter(id), update, multi: false })
}

/// `doc.set(options)`.
pub fn set_document(id: &Input, options: &Input) -> Result<Built<SetSpec>> {
    let data = validate::document_set_data(id, options)?;
    let mut builder = Builder::new(Api::DocumentSet);
    let replacement = builder.encode(encode_document_bytes(data))?;
    builder.build(SetSpec { filter: id_filter(id), replacement })
}

/// `doc.remove()`.
pub fn remove_document(id: &Input) -> Built<DeleteSpec> {
    let spec = DeleteSpec { filter: id_filter(id), multi: false };
    Built { spec, pitfalls: Vec::new() }
}

/// `{_id: id}` for an id that `doc` accepted.
fn id_filter(id: &Input) -> Document {
    let id = match id {
        Input::Number(id) => number(*id),
        Input::Text(id) => Bson::String(id.clone()),
        _ => Bson::Null,
    };
    let mut filter = Document::new();
    filter.insert("_id", id);
    filter
}
