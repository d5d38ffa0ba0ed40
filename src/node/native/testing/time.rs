//! The clock of a world and the timers that become due when it moves.

use std::cell::Cell;

use crate::node::js::{Js, Outcome, Type, Value};
use crate::node::native::Functions;
use crate::node::native::testing::run::{plan_timer, project_functions};
use crate::node::native::testing::{Options, TestHandle, argument, held, misuse};
use crate::node::realm::Call;
use crate::sdk::Input;

pub const FUNCTIONS: Functions = &[
    ("testSetClock", set),
    ("testResetClock", reset),
    ("testNow", now),
    ("testTimers", timers),
    ("testNextTimer", next_timer),
];

/// Runs of timers that one `advance` may cause. Ours: a timer of every second fires two and a half
/// million times in a month.
const RUNS_MAX: usize = 10_000;

/// Dates of JavaScript end here.
const DATE_MS_MAX: f64 = 8.64e15;

/// The runs that an advance of the clock causes.
struct Timers {
    goal_ms: i64,
    due: Vec<Due>,
    next: Cell<usize>,
}

struct Due {
    at_ms: i64,
    function: String,
    trigger: String,
}

fn set(call: Call<'_>) -> Outcome<Value<'_>> {
    const NAME: &str = "clock.set";
    let handle = held(call, NAME)?;
    let to = number(call.js, call)?;
    if !to.is_finite() {
        return Err(misuse(NAME, "the time must be a Date, milliseconds, or a text of a date"));
    }
    #[allow(clippy::cast_possible_truncation, reason = "a Date is within the range")]
    handle.world.clock.set(to as i64);
    call.js.undefined()
}

fn number(js: Js<'_>, call: Call<'_>) -> Outcome<f64> {
    match js.type_of(call.argument(1))? {
        Type::Number => js.to_f64(call.argument(1)),
        _ => Ok(f64::NAN),
    }
}

fn reset(call: Call<'_>) -> Outcome<Value<'_>> {
    held(call, "clock.reset")?.world.clock.reset();
    call.js.undefined()
}

#[allow(clippy::cast_precision_loss, reason = "JavaScript has only doubles")]
fn now(call: Call<'_>) -> Outcome<Value<'_>> {
    call.js.number(held(call, "clock.now")?.world.clock.now_ms() as f64)
}

/// What becomes due while the clock moves by the second argument.
fn timers(call: Call<'_>) -> Outcome<Value<'_>> {
    const NAME: &str = "clock.advance";
    let handle = held(call, NAME)?;
    let by_ms = duration_ms(NAME, &argument(call, 1, NAME)?)?;
    let start_ms = handle.world.clock.now_ms();
    let goal_ms = start_ms.saturating_add(by_ms);
    let functions = project_functions(&handle.world).map_err(|error| misuse(NAME, error))?;
    let mut due = Vec::new();
    for function in &functions {
        for trigger in &function.triggers {
            let mut at = start_ms;
            while let Some(at_ms) = trigger.schedule.next_after(at).filter(|at| *at <= goal_ms) {
                if due.len() >= RUNS_MAX {
                    let text = format!(
                        "more than {RUNS_MAX} runs of timers become due ('{}' of {} among them): \
                         advance in smaller steps",
                        trigger.name, function.name
                    );
                    return Err(misuse(NAME, text));
                }
                let (function, trigger) = (function.name.clone(), trigger.name.clone());
                due.push(Due { at_ms, function, trigger });
                at = at_ms;
            }
        }
    }
    due.sort_by_key(|due| due.at_ms);
    call.js.external(Timers { goal_ms, due, next: Cell::new(0) })
}

fn duration_ms(name: &'static str, by: &Input) -> Outcome<i64> {
    const UNITS: [(&str, f64); 5] = [
        ("days", 86_400_000.0),
        ("hours", 3_600_000.0),
        ("minutes", 60_000.0),
        ("seconds", 1_000.0),
        ("milliseconds", 1.0),
    ];
    let by_ms = match by {
        Input::Number(number) => *number,
        Input::Object(_) => {
            let names: Vec<&str> = UNITS.iter().map(|(unit, _)| *unit).collect();
            let options = Options::of(name, by, &names)?;
            let mut sum = 0.0;
            for (unit, ms) in UNITS {
                match options.get(unit) {
                    None => {}
                    Some(Input::Number(number)) => sum += number * ms,
                    Some(other) => return options.wrong(unit, "a number", other),
                }
            }
            sum
        }
        other => {
            let text = format!(
                "pass milliseconds or {{ days, hours, minutes, seconds }}, not {}",
                other.tag_name()
            );
            return Err(misuse(name, text));
        }
    };
    if !by_ms.is_finite() || by_ms > DATE_MS_MAX {
        return Err(misuse(name, "the duration must be a number that a date can be moved by"));
    }
    if by_ms < 0.0 {
        let text = "time does not run backwards: clock.set() takes any time, and runs no timers";
        return Err(misuse(name, text));
    }
    #[allow(clippy::cast_possible_truncation, reason = "checked above")]
    Ok(by_ms as i64)
}

/// Moves the clock to the next run and plans it; `undefined` when the clock is where it was to go.
#[allow(clippy::cast_precision_loss, reason = "JavaScript has only doubles")]
fn next_timer(call: Call<'_>) -> Outcome<Value<'_>> {
    let handle = held(call, "clock.advance")?;
    let timers = call.js.held::<Timers>(call.argument(1))?;
    let Some(due) = timers.due.get(timers.next.get()) else {
        move_to(&handle, timers.goal_ms);
        return call.js.undefined();
    };
    timers.next.set(timers.next.get() + 1);
    move_to(&handle, due.at_ms);
    let planned = plan_timer(call, &handle, &due.function, &due.trigger)?;
    call.js.set(planned, "trigger", call.js.text(&due.trigger)?)?;
    call.js.set(planned, "at", call.js.number(due.at_ms as f64)?)?;
    Ok(planned)
}

/// Never backwards: a clock that follows the system's moves while functions run.
fn move_to(handle: &TestHandle, at_ms: i64) {
    let clock = &handle.world.clock;
    clock.advance(at_ms.saturating_sub(clock.now_ms()).max(0));
}
