//! Collections, queries and documents.

use crate::database::{Command, Find, Reply, Update};
use crate::node::convert::{Decoding, Part, answer, read, result};
use crate::node::js::{Js, Kept, Outcome, Thrown, Type, Value};
use crate::node::native::Functions;
use crate::node::native::database::DatabaseHandle;
use crate::node::native::explain::{self, run_explain, run_explain_of_write};
use crate::node::native::request::{Operation, run};
use crate::node::native::transaction::TransactionHandle;
use crate::node::realm::{Call, Realm};
use crate::sdk::client;
use crate::sdk::diagnostics::Pitfall;
use crate::sdk::query_state::{QueryState, property_name};
use crate::sdk::request;
use crate::sdk::result::{Api, created_count, document_not_found, document_not_visible};
use crate::sdk::{Input, encode, validate};
use crate::value::{Bson, RawDoc, ejson, to_document};

pub const FUNCTIONS: Functions = &[
    ("collection", collection),
    ("where", where_condition),
    ("orderBy", order_by),
    ("limit", limit),
    ("skip", skip),
    ("field", field),
    ("find", find),
    ("count", count),
    ("updateMany", update_many),
    ("removeMany", remove_many),
    ("add", add),
    ("checkDocumentId", check_document_id),
    ("documentProjection", document_projection),
    ("findOne", find_one),
    ("set", set),
    ("updateOne", update_one),
    ("removeOne", remove_one),
    ("aggregate", aggregate),
];

/// `_query` of a collection or query: its database, its name and what was gathered.
#[derive(Clone)]
pub struct QueryHandle {
    pub database: Kept<DatabaseHandle>,
    pub name: String,
    pub transaction: Option<Kept<TransactionHandle>>,
    pub state: QueryState,
}

/// `_projection` of a document reference.
type DocumentProjection = Vec<(String, Input)>;

/// `{_query}` of a collection that `name` names.
pub fn new_collection<'s>(
    call: Call<'s>,
    database: Kept<DatabaseHandle>,
    transaction: Option<Kept<TransactionHandle>>,
    name: &Input,
) -> Outcome<Value<'s>> {
    validate::collection_name(name)?;
    call.js.external(QueryHandle {
        state: QueryState { row_limits: database.row_limits(), ..QueryState::default() },
        database,
        name: property_name(name),
        transaction,
    })
}

fn collection(call: Call<'_>) -> Outcome<Value<'_>> {
    let database = call.js.held::<DatabaseHandle>(call.argument(0))?;
    let name = read(call.js, call.realm, call.argument(1))?;
    new_collection(call, database, None, &name)
}

// ---- building -----------------------------------------------------------------------------------

fn step(call: Call<'_>, state: QueryState) -> Outcome<Value<'_>> {
    let before = query(call)?;
    call.js.external(QueryHandle { state, ..QueryHandle::clone(&before) })
}

fn query(call: Call<'_>) -> Outcome<Kept<QueryHandle>> {
    call.js.held::<QueryHandle>(call.argument(0))
}

fn where_condition(call: Call<'_>) -> Outcome<Value<'_>> {
    let condition = read(call.js, call.realm, call.argument(1))?;
    step(call, query(call)?.state.where_condition(&condition)?)
}

fn order_by(call: Call<'_>) -> Outcome<Value<'_>> {
    let path = read(call.js, call.realm, call.argument(1))?;
    let direction = read(call.js, call.realm, call.argument(2))?;
    step(call, query(call)?.state.order_by(&path, &direction)?)
}

fn limit(call: Call<'_>) -> Outcome<Value<'_>> {
    let most = read(call.js, call.realm, call.argument(1))?;
    step(call, query(call)?.state.limit(&most)?)
}

fn skip(call: Call<'_>) -> Outcome<Value<'_>> {
    let offset = read(call.js, call.realm, call.argument(1))?;
    step(call, query(call)?.state.skip(&offset)?)
}

fn field(call: Call<'_>) -> Outcome<Value<'_>> {
    let projection = read(call.js, call.realm, call.argument(1))?;
    step(call, query(call)?.state.field(&projection))
}

// ---- queries ------------------------------------------------------------------------------------

fn find(call: Call<'_>) -> Outcome<Value<'_>> {
    let handle = query(call)?;
    let mut built = request::find(&handle.state)?;
    let spec = built.spec;
    let state = handle.state.clone();
    // Known before the answer: a limit above the most that is sent.
    built.pitfalls.extend(state.truncation(0, false));
    let explain = explain::is_wanted(call, 1)?;
    // One row more than asked for tells whether the answer is cut.
    let watches = state.limit.is_none() && !explain;
    let command = Command::Find(Find {
        collection: handle.name.clone(),
        filter: spec.filter,
        sort: spec.sort,
        skip: spec.skip,
        limit: Some(spec.limit + u64::from(watches)),
        projection: spec.projection,
    });
    let rows = spec.limit;
    let operation = Operation::of(&handle, Api::CollectionGet, command).noting(built.pitfalls);
    if explain {
        return run_explain(call, operation, Api::CollectionGet);
    }
    run(call, operation, move |js, realm, reply| {
        let Reply::Documents(mut documents) = reply else { return unexpected() };
        let has_more = watches && documents.len() as u64 > rows;
        if has_more {
            documents.pop();
            if let Some(pitfall) = state.truncation(rows, true) {
                realm.note(js, &[pitfall])?;
            }
        }
        answer(js, realm, |writer| {
            writer.record(&[(b"data", Part::Rows), (b"errMsg", Part::Text)])?;
            writer.text_slot("collection.get:ok");
            writer.rows(&documents, Decoding::Get)
        })
        .map_err(|thrown| wrapped(thrown, Api::CollectionGet))
    })
}

fn count(call: Call<'_>) -> Outcome<Value<'_>> {
    let handle = query(call)?;
    let built = request::count(&handle.state)?;
    let command = Command::Count { collection: handle.name.clone(), filter: built.spec };
    let operation =
        Operation::outside_transaction(&handle, Api::CollectionCount, command, "count()")
            .noting(built.pitfalls);
    if explain::is_wanted(call, 1)? {
        return run_explain(call, operation, Api::CollectionCount);
    }
    run(call, operation, |js, realm, reply| {
        let Reply::Count(total) = reply else { return unexpected() };
        answer(js, realm, |writer| {
            writer.record(&[(b"total", Part::Number), (b"errMsg", Part::Text)])?;
            writer.slot(total as f64);
            writer.text_slot("collection.count:ok");
            Ok(())
        })
    })
}

fn update_many(call: Call<'_>) -> Outcome<Value<'_>> {
    let handle = query(call)?;
    let options = read(call.js, call.realm, call.argument(1))?;
    let built = request::update_query(&handle.state, &options)?;
    let command = Command::Update(Update {
        collection: handle.name.clone(),
        filter: built.spec.filter,
        update: built.spec.update,
        multi: built.spec.multi,
    });
    let operation =
        Operation::outside_transaction(&handle, Api::CollectionUpdate, command, "where().update()")
            .noting(built.pitfalls);
    if validate::is_explain(&options) {
        return run_explain_of_write(call, operation, Api::CollectionUpdate);
    }
    run(call, operation, |js, realm, reply| updated(js, realm, &reply, Api::CollectionUpdate))
}

fn remove_many(call: Call<'_>) -> Outcome<Value<'_>> {
    let handle = query(call)?;
    let options = read(call.js, call.realm, call.argument(1))?;
    let built = request::remove_query(&handle.state, &options)?;
    let command = Command::Delete {
        collection: handle.name.clone(),
        filter: built.spec.filter,
        multi: built.spec.multi,
    };
    let operation =
        Operation::outside_transaction(&handle, Api::CollectionRemove, command, "where().remove()")
            .noting(built.pitfalls);
    if validate::is_explain(&options) {
        return run_explain_of_write(call, operation, Api::CollectionRemove);
    }
    run(call, operation, |js, realm, reply| removed(js, realm, &reply, Api::CollectionRemove))
}

fn add(call: Call<'_>) -> Outcome<Value<'_>> {
    let handle = query(call)?;
    let options = read(call.js, call.realm, call.argument(1))?;
    if handle.database.client().is_some() {
        client::check_added(&options)?;
    }
    let built = request::insert(&options)?;
    let is_list = built.spec.is_list;
    let command =
        Command::Insert { collection: handle.name.clone(), documents: built.spec.documents };
    run(
        call,
        Operation::of(&handle, Api::CollectionAdd, command).noting(built.pitfalls),
        move |js, realm, reply| {
            let Reply::Inserted(ids) = reply else { return unexpected() };
            answer(js, realm, |writer| {
                let (key, part): (&[u8], _) =
                    if is_list { (b"_ids", Part::List) } else { (b"_id", Part::Any) };
                writer.record(&[(key, part), (b"errMsg", Part::Text)])?;
                writer.text_slot("collection.add:ok");
                if is_list {
                    writer.slot(ids.len() as f64);
                }
                ids.iter().try_for_each(|id| writer.owned(id, Decoding::Get))
            })
        },
    )
}

// ---- documents ----------------------------------------------------------------------------------

fn check_document_id(call: Call<'_>) -> Outcome<Value<'_>> {
    validate::document_id(&read(call.js, call.realm, call.argument(0))?)?;
    call.js.undefined()
}

/// The query and the id of a document reference.
fn referred(call: Call<'_>) -> Outcome<(Kept<QueryHandle>, Input)> {
    let found = query(call)?;
    let id = read(call.js, call.realm, call.argument(1))?;
    validate::document_id(&id)?;
    Ok((found, id))
}

fn document_projection(call: Call<'_>) -> Outcome<Value<'_>> {
    let projection = read(call.js, call.realm, call.argument(0))?;
    validate::document_field(&projection)?;
    call.js.external::<DocumentProjection>(encode::project_fields(&projection))
}

fn find_one(call: Call<'_>) -> Outcome<Value<'_>> {
    let (query, id) = referred(call)?;
    let projection = match call.js.type_of(call.argument(2))? {
        Type::External => Some(call.js.held::<DocumentProjection>(call.argument(2))?),
        _ => None,
    };
    let built = request::find_document(&id, projection.as_ref().map(|kept| kept.as_slice()))?;
    let command = Command::Find(Find {
        collection: query.name.clone(),
        filter: built.spec.filter,
        limit: Some(1),
        projection: built.spec.projection,
        ..Find::default()
    });
    let throws = query.database.throws_on_not_found();
    let missing = match query.database.client() {
        None => document_not_found,
        Some(_) => document_not_visible,
    };
    let id_text = property_name(&id);
    run(
        call,
        Operation::of(&query, Api::DocumentGet, command).noting(built.pitfalls),
        move |js, realm, reply| {
            let Reply::Documents(documents) = reply else { return unexpected() };
            let found = documents.first();
            if found.is_none() && throws {
                return Err(missing(&id_text).into());
            }
            answer(js, realm, |writer| {
                let part = if found.is_some() { Part::Object } else { Part::Null };
                writer.record(&[(b"data", part), (b"errMsg", Part::Text)])?;
                writer.text_slot("document.get:ok");
                found.map_or(Ok(()), |bytes| writer.document(RawDoc::new(bytes), Decoding::Get))
            })
            .map_err(|thrown| wrapped(thrown, Api::DocumentGet))
        },
    )
}

fn set(call: Call<'_>) -> Outcome<Value<'_>> {
    let (query, id) = referred(call)?;
    let options = read(call.js, call.realm, call.argument(2))?;
    let built = request::set_document(&id, &options)?;
    let command = Command::Replace {
        collection: query.name.clone(),
        filter: built.spec.filter,
        replacement: to_document(RawDoc::new(&built.spec.replacement)),
        upsert: true,
    };
    let in_transaction = query.transaction.is_some();
    run(
        call,
        Operation::of(&query, Api::DocumentSet, command).noting(built.pitfalls),
        move |js, realm, reply| {
            let Reply::Updated(updated) = reply else { return unexpected() };
            let created = created_count(updated.upserted.is_some(), in_transaction);
            let stats = [
                ("updated", js.number(updated.modified as f64)?),
                ("created", js.number(created as f64)?),
            ];
            let id = match &id {
                Input::Number(number) => js.number(*number)?,
                Input::Text(text) => js.text(text)?,
                _ => js.undefined()?,
            };
            let stats = result(js, realm, &stats)?;
            let message = js.text("document.set:ok")?;
            result(js, realm, &[("_id", id), ("errMsg", message), ("stats", stats)])
        },
    )
}

fn update_one(call: Call<'_>) -> Outcome<Value<'_>> {
    let (query, id) = referred(call)?;
    let options = read(call.js, call.realm, call.argument(2))?;
    let built = request::update_document(&id, &options)?;
    let command = Command::Update(Update {
        collection: query.name.clone(),
        filter: built.spec.filter,
        update: built.spec.update,
        multi: false,
    });
    run(
        call,
        Operation::of(&query, Api::DocumentUpdate, command).noting(built.pitfalls),
        |js, realm, reply| updated(js, realm, &reply, Api::DocumentUpdate),
    )
}

fn remove_one(call: Call<'_>) -> Outcome<Value<'_>> {
    let (query, id) = referred(call)?;
    let built = request::remove_document(&id);
    let command =
        Command::Delete { collection: query.name.clone(), filter: built.spec.filter, multi: false };
    run(call, Operation::of(&query, Api::DocumentRemove, command), |js, realm, reply| {
        removed(js, realm, &reply, Api::DocumentRemove)
    })
}

// ---- aggregation --------------------------------------------------------------------------------

fn aggregate(call: Call<'_>) -> Outcome<Value<'_>> {
    let js = call.js;
    let aggregate = call.argument(0);
    let handle = js.held::<QueryHandle>(js.get(aggregate, "_query")?)?;
    let stages = js.get(aggregate, "_stages")?;
    let mut pipeline = Vec::new();
    for index in 0..js.length(stages)? {
        let stage = js.item(stages, index)?;
        let key = property_name(&read(js, call.realm, js.get(stage, "stageKey")?)?);
        let value = read(js, call.realm, js.get(stage, "stageValue")?)?;
        let value = match value {
            Input::Text(text) => ejson::parse(&text)
                .map_err(|error| Thrown::from(Api::CollectionAggregate.failure(&error)))?,
            _ => Bson::Null,
        };
        let mut document = crate::value::Document::new();
        document.insert(key, value);
        pipeline.push(document);
    }
    let mut pitfalls = Vec::new();
    if shares_stages(call, stages)? {
        pitfalls.push(Pitfall::SharedAggregate);
    }
    let command = Command::Aggregate { collection: handle.name.clone(), pipeline };
    let api = handle.database.api(Api::CollectionAggregate);
    let operation =
        Operation::outside_transaction(&handle, api, command, "aggregate()").noting(pitfalls);
    if explain::is_wanted(call, 1)? {
        return run_explain(call, operation, api);
    }
    run(call, operation, |js, realm, reply| {
        let Reply::Documents(documents) = reply else { return unexpected() };
        answer(js, realm, |writer| {
            writer.record(&[(b"list", Part::Rows), (b"errMsg", Part::Text)])?;
            writer.text_slot("collection.aggregate:ok");
            writer.rows(&documents, Decoding::Aggregate)
        })
    })
}

/// Whether the same list of stages was run before with fewer of them: two chains share it.
fn shares_stages(call: Call<'_>, stages: crate::node::js::Value) -> Outcome<bool> {
    const RUN_WITH: &str = "_ranWith";
    let js = call.js;
    let count = js.length(stages)?;
    let ran_with = match read(js, call.realm, js.get(stages, RUN_WITH)?)? {
        Input::Number(number) => Some(number),
        _ => None,
    };
    let name = js.text(RUN_WITH)?;
    js.define_hidden(stages, name, js.number(f64::from(count))?)?;
    Ok(ran_with.is_some_and(|ran_with| ran_with < f64::from(count)))
}

// ---- results ------------------------------------------------------------------------------------

fn updated<'s>(js: Js<'s>, realm: &Realm, reply: &Reply, api: Api) -> Outcome<Value<'s>> {
    let Reply::Updated(updated) = reply else { return unexpected() };
    stats(js, realm, b"updated", updated.modified, api)
}

fn removed<'s>(js: Js<'s>, realm: &Realm, reply: &Reply, api: Api) -> Outcome<Value<'s>> {
    let Reply::Deleted(count) = reply else { return unexpected() };
    stats(js, realm, b"removed", *count, api)
}

/// `{stats: {updated}, errMsg}` and the like.
fn stats<'s>(js: Js<'s>, realm: &Realm, name: &[u8], count: u64, api: Api) -> Outcome<Value<'s>> {
    answer(js, realm, |writer| {
        writer.record(&[(b"stats", Part::Any), (b"errMsg", Part::Text)])?;
        writer.text_slot(&api.ok());
        writer.record(&[(name, Part::Number)])?;
        writer.slot(count as f64);
        Ok(())
    })
}

fn wrapped(thrown: Thrown, api: Api) -> Thrown {
    match thrown {
        Thrown::Failure(failure) => failure.wrapped(api.name()).into(),
        Thrown::Pending => Thrown::Pending,
    }
}

pub fn unexpected<T>() -> Outcome<T> {
    Err(crate::node::failure::internal("the engine answered another question").into())
}
