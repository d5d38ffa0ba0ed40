//! `explain: true`: what a call would look at, as the developer tools answer it.

use crate::database::Reply;
use crate::node::convert::{Decoding, owned};
use crate::node::js::{Outcome, Type, Value};
use crate::node::native::collection::unexpected;
use crate::node::native::request::{Operation, run};
use crate::node::realm::Call;
use crate::sdk::diagnostics::Pitfall;
use crate::sdk::result::{Api, explained};
use crate::value::Bson;

/// Whether the options at `index` ask for the plan. The official package reads none of them, so
/// nothing else is read here either.
pub fn is_wanted(call: Call<'_>, index: usize) -> Outcome<bool> {
    let (js, options) = (call.js, call.argument(index));
    if js.type_of(options)? != Type::Object {
        return Ok(false);
    }
    let explain = js.get(options, "explain")?;
    Ok(js.type_of(explain)? == Type::Boolean && js.to_bool(explain)?)
}

/// Answers with the plan of `operation`, which is not carried out.
pub fn run_explain(call: Call<'_>, operation: Operation, api: Api) -> Outcome<Value<'_>> {
    run(call, operation.explaining(), move |js, realm, reply| {
        let Reply::Explained(plan) = reply else { return unexpected() };
        owned(js, realm, &Bson::Document(explained(plan, api)), Decoding::Aggregate)
    })
}

/// As [`run_explain`], for a write: the cloud knows no `explain` and carries it out.
pub fn run_explain_of_write(call: Call<'_>, operation: Operation, api: Api) -> Outcome<Value<'_>> {
    let pitfall = Pitfall::ExplainIgnored { api: api.name() };
    run_explain(call, operation.noting(vec![pitfall]), api)
}
