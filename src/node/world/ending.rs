//! The end of a program that has worlds on disk.
//!
//! The process may be gone before its other threads have let go of a store, and so before anybody
//! closes it. Nothing is lost then, but the next opening has to apply the log.

use std::cell::Cell;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::node::js::{Js, Outcome};
use crate::node::world::{ON_DISK, World};

/// Threads with JavaScript, which may use any world.
static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Whether this thread is one of them.
    static IS_COUNTED: Cell<bool> = const { Cell::new(false) };
}

/// When the last thread with JavaScript ends, stores are left as closing leaves them.
pub fn rest_at_end(js: Js<'_>) -> Outcome<()> {
    if !IS_COUNTED.replace(true) {
        THREADS.fetch_add(1, Ordering::AcqRel);
    }
    js.at_end(|| {
        IS_COUNTED.set(false);
        if THREADS.fetch_sub(1, Ordering::AcqRel) == 1 {
            let worlds = ON_DISK.lock().unwrap_or_else(PoisonError::into_inner).take();
            let worlds = worlds.unwrap_or_default().into_values();
            worlds.filter_map(|world| world.upgrade()).for_each(|world| world.rest());
        }
    })
}

impl World {
    /// Leaves the store as closing does.
    fn rest(&self) {
        if let Some(Ok(opened)) = self.opened.get()
            && let Ok(engine) = opened.engine.local()
        {
            engine.store().rest();
        }
    }
}
