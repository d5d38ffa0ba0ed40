//! The end of a JavaScript thread's environment.
//!
//! What a thread has of JavaScript, references and functions, must go while its environment is
//! there: destructors of thread-locals run later, when the thread itself ends. So these have none
//! (`ManuallyDrop`) and are emptied here. A process that ends at once leaves them to the system.

use std::cell::Cell;
use std::ffi::c_void;
use std::panic::catch_unwind;

use napi::sys;

use crate::node::context;
use crate::node::js::{Js, Outcome};
use crate::node::mailbox;
use crate::node::native;

/// The modules with something of the thread's, in the order in which they give it back.
const ENDINGS: [fn(Js); 3] = [mailbox::close, native::stop_listening, context::forget];

thread_local! {
    static IS_HOOKED: Cell<bool> = const { Cell::new(false) };
}

/// Sees to it that what this thread has is given back when the environment ends.
pub fn prepare(js: Js) -> Outcome<()> {
    // Node takes a hook once. A module that is loaded again in the same thread has an environment
    // of its own, which ends together with the first.
    if IS_HOOKED.get() {
        return Ok(());
    }
    // SAFETY: the hook's argument is an environment that outlives its hooks.
    js.check(unsafe { sys::napi_add_env_cleanup_hook(js.raw(), Some(ended), js.raw().cast()) })?;
    IS_HOOKED.set(true);
    Ok(())
}

unsafe extern "C" fn ended(env: *mut c_void) {
    IS_HOOKED.set(false);
    for ending in ENDINGS {
        // A panic must not unwind into Node, and one ending must not keep the others from theirs.
        let _ = catch_unwind(|| ending(Js::new(env.cast())));
    }
}
