//! Transactions: their handle follows what the official client does, not what was meant.

use std::cell::RefCell;
use std::sync::Arc;

use crate::database::{Command, Engine, Reply};
use crate::node::context::{Run, run_of};
use crate::node::convert::{read, result};
use crate::node::js::{Kept, Outcome, Type, Value};
use crate::node::native::Functions;
use crate::node::native::collection::{new_collection, unexpected};
use crate::node::native::database::DatabaseHandle;
use crate::node::native::request::{Operation, run, world_of};
use crate::node::opened::Opened;
use crate::node::realm::Call;
use crate::sdk::result::{AfterFailure, Api, after_transaction_failure};

pub const FUNCTIONS: Functions = &[
    ("newTransaction", new_transaction),
    ("beginTransaction", begin),
    ("transactionCollection", collection),
    ("commitTransaction", commit),
    ("rollbackTransaction", rollback),
    ("mayRetry", may_retry),
];

/// `_transaction` of a transaction.
pub struct TransactionHandle {
    database: Kept<DatabaseHandle>,
    id: RefCell<Option<String>>,
    /// The run that has begun it.
    run: RefCell<Option<Arc<Run>>>,
}

impl TransactionHandle {
    pub fn id(&self) -> Option<String> {
        self.id.borrow().clone()
    }
}

fn held(call: Call<'_>) -> Outcome<Kept<TransactionHandle>> {
    call.js.held::<TransactionHandle>(call.argument(0))
}

fn new_transaction(call: Call<'_>) -> Outcome<Value<'_>> {
    let database = call.js.held::<DatabaseHandle>(call.argument(0))?;
    call.js.external(TransactionHandle {
        database,
        id: RefCell::default(),
        run: RefCell::default(),
    })
}

/// Starts a transaction of the engine; a handle may be started anew.
fn begin(call: Call<'_>) -> Outcome<Value<'_>> {
    let handle = held(call)?;
    let env = handle.database.env(call)?;
    let operation = Operation::on(env.clone(), Api::Transaction, None, Command::StartTransaction);
    // Starting takes a snapshot, which never waits: it runs on this thread.
    let world = world_of(call)?;
    let engine = world.engine().map_err(|error| Api::Transaction.failure(&error))?;
    let reply = engine
        .execute(operation.into_request(call)?)
        .map_err(|error| Api::Transaction.failure(&error))?;
    let Reply::TransactionStarted(id) = reply else { return unexpected() };
    let begun_by = run_of(call.js)?;
    if let Some(run) = &begun_by {
        run.opens(Opened { world, env, id: id.clone() });
    }
    *handle.id.borrow_mut() = Some(id);
    *handle.run.borrow_mut() = begun_by;
    call.js.undefined()
}

fn collection(call: Call<'_>) -> Outcome<Value<'_>> {
    let handle = held(call)?;
    let name = read(call.js, call.realm, call.argument(1))?;
    let database = handle.database.clone();
    new_collection(call, database, Some(handle), &name)
}

fn commit(call: Call<'_>) -> Outcome<Value<'_>> {
    end(call, Command::CommitTransaction, "committed")
}

fn rollback(call: Call<'_>) -> Outcome<Value<'_>> {
    end(call, Command::AbortTransaction, "aborted")
}

/// Ends the transaction; the answer is the service's own, as it came.
fn end<'s>(call: Call<'s>, command: Command, word: &'static str) -> Outcome<Value<'s>> {
    let handle = held(call)?;
    let env = handle.database.env(call)?;
    let operation = Operation::on(env, Api::Transaction, handle.id(), command);
    let request_id = world_of(call)?.request_id();
    let answer = run(call, operation, move |js, realm, reply| {
        let Reply::Done = reply else { return unexpected() };
        result(js, realm, &[("requestId", js.text(&request_id)?), (word, js.number(1.0)?)])
    })?;
    if let (Some(run), Some(id)) = (&*handle.run.borrow(), handle.id()) {
        run.closes(&id);
    }
    Ok(answer)
}

/// Whether `runTransaction` starts anew after `error`.
fn may_retry(call: Call<'_>) -> Outcome<Value<'_>> {
    let js = call.js;
    let error = call.argument(0);
    let code = match js.type_of(error)? {
        Type::Object | Type::Function => js.get(error, "code")?,
        _ => js.undefined()?,
    };
    let code = match js.type_of(code)? {
        Type::String => Some(js.to_text(code)?),
        _ => None,
    };
    let times = match js.type_of(call.argument(1))? {
        Type::Number => js.to_f64(call.argument(1))?,
        _ => 0.0,
    };
    let after = after_transaction_failure(code.as_deref(), times);
    js.boolean(matches!(after, AfterFailure::Retry { .. }))
}
