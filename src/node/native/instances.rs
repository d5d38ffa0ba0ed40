//! What the instances of functions share with the program that runs them: worlds and plans.
//!
//! An instance is a thread with JavaScript of its own, so it can be given neither as a value. Both
//! are left here, under a name that a message can carry.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::cloud::functions::{exited, out_of_memory};
use crate::node::failure::internal;
use crate::node::js::{Outcome, Type, Value, exit_now};
use crate::node::native::Functions;
use crate::node::native::functions::{Plan, describe, held};
use crate::node::native::testing;
use crate::node::realm::Call;
use crate::node::world::World;

pub const FUNCTIONS: Functions = &[
    ("offerWorld", offer),
    ("leavePlan", leave),
    ("takePlan", take),
    ("withdrawPlan", withdraw),
    ("exitText", exit_text),
    ("memoryText", memory_text),
    ("exitNow", exit_at_once),
];

/// Worlds that instances may work in, by id.
static WORLDS: Mutex<BTreeMap<String, Weak<World>>> = Mutex::new(BTreeMap::new());

/// Runs that were planned on one thread to be carried out on another.
static PLANS: Mutex<Plans> = Mutex::new(Plans { newest: 0, left: BTreeMap::new() });

struct Plans {
    newest: u32,
    left: BTreeMap<u32, Arc<Plan>>,
}

fn plans() -> MutexGuard<'static, Plans> {
    PLANS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lets instances into the world of a handle; answers its name.
fn offer(call: Call<'_>) -> Outcome<Value<'_>> {
    let world = &testing::held(call, "start")?.world;
    let mut worlds = WORLDS.lock().unwrap_or_else(PoisonError::into_inner);
    worlds.retain(|_, known| known.strong_count() > 0);
    worlds.insert(world.id.clone(), Arc::downgrade(world));
    call.js.text(&world.id)
}

/// The world of that name, if it was offered and somebody still has it.
pub fn offered(id: &str) -> Outcome<Arc<World>> {
    let worlds = WORLDS.lock().unwrap_or_else(PoisonError::into_inner);
    let gone = || internal("the program that an instance belongs to has ended");
    Ok(worlds.get(id).and_then(Weak::upgrade).ok_or_else(gone)?)
}

/// Leaves a plan for another thread; answers its number.
fn leave(call: Call<'_>) -> Outcome<Value<'_>> {
    let plan = Arc::clone(&*held(call)?);
    let mut plans = plans();
    plans.newest = plans.newest.wrapping_add(1);
    let number = plans.newest;
    plans.left.insert(number, plan);
    call.js.number(f64::from(number))
}

/// The plan of a number, as the script reads it; `undefined` if it was taken or withdrawn before:
/// no run is carried out twice.
fn take(call: Call<'_>) -> Outcome<Value<'_>> {
    let plan = plans().left.remove(&number(call)?);
    plan.map_or_else(|| call.js.undefined(), |plan| describe(call, plan))
}

/// Nobody may take the plan any more. Answers whether nobody has.
fn withdraw(call: Call<'_>) -> Outcome<Value<'_>> {
    let plan = plans().left.remove(&number(call)?);
    call.js.boolean(plan.is_some())
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "made by `leave`")]
fn number(call: Call<'_>) -> Outcome<u32> {
    Ok(call.js.to_f64(call.argument(0))? as u32)
}

/// What a run is told whose process has ended with a code.
fn exit_text(call: Call<'_>) -> Outcome<Value<'_>> {
    let js = call.js;
    let code = match js.type_of(call.argument(0))? {
        Type::Number => js.to_f64(call.argument(0))?.to_string(),
        Type::String => js.to_text(call.argument(0))?,
        _ => "0".to_owned(),
    };
    js.text(&exited(&code))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "of the definition")]
fn memory_text(call: Call<'_>) -> Outcome<Value<'_>> {
    call.js.text(&out_of_memory(call.js.to_f64(call.argument(0))? as u64))
}

/// Ends the program although an instance of it cannot be ended.
#[allow(clippy::cast_possible_truncation, reason = "an exit code")]
fn exit_at_once(call: Call<'_>) -> Outcome<Value<'_>> {
    exit_now(call.js.to_f64(call.argument(0))? as i32)
}
