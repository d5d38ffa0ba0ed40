//! Results of work done on other threads, delivered on the JavaScript thread in batches.
//!
//! One thread-safe function serves all operations of a realm. It is referenced only while
//! operations are pending, so that it never keeps a finished program alive.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use napi::sys;

use crate::node::failure::internal;
use crate::node::js::{Js, Outcome};

/// Work to do on the JavaScript thread.
pub type Delivery = Box<dyn FnOnce(Js<'_>) + Send>;

/// Where other threads leave their results.
pub struct Mailbox {
    function: sys::napi_threadsafe_function,
    shared: Arc<Shared>,
}

struct Shared {
    letters: Mutex<Vec<Delivery>>,
    /// A call of the thread-safe function is on its way.
    called: AtomicBool,
    /// The environment is gone: letters are dropped.
    closed: AtomicBool,
    /// Operations begun and not yet delivered. Changed on the JavaScript thread only.
    expected: AtomicUsize,
}

// SAFETY: a thread-safe function may be called from any thread; everything else is synchronised.
unsafe impl Send for Mailbox {}
// SAFETY: see above.
unsafe impl Sync for Mailbox {}

impl Mailbox {
    pub fn open(js: Js<'_>) -> Outcome<Arc<Self>> {
        let shared = Arc::new(Shared {
            letters: Mutex::new(Vec::new()),
            called: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            expected: AtomicUsize::new(0),
        });
        let name = js.text("wx-server-sdk-local")?;
        let mut function = ptr::null_mut();
        let (context, on_close) =
            (Arc::into_raw(Arc::clone(&shared)), Arc::into_raw(Arc::clone(&shared)));
        // SAFETY: the context is released by `closed`, which runs once after the last call.
        let status = unsafe {
            sys::napi_create_threadsafe_function(
                js.env,
                ptr::null_mut(),
                ptr::null_mut(),
                name.handle,
                0,
                1,
                on_close.cast_mut().cast(),
                Some(closed),
                context.cast_mut().cast(),
                Some(deliver),
                &raw mut function,
            )
        };
        if status != sys::Status::napi_ok {
            return Err(internal(format!("Node-API status {status}")).into());
        }
        // SAFETY: on the JavaScript thread. Nothing is pending, so it must not keep the loop alive.
        unsafe { sys::napi_unref_threadsafe_function(js.env, function) };
        Ok(Arc::new(Self { function, shared }))
    }

    /// Announces that a letter will come: the event loop stays alive until it is delivered.
    pub fn expect(&self, js: Js<'_>) {
        if self.shared.expected.fetch_add(1, Ordering::AcqRel) == 0 {
            // SAFETY: on the JavaScript thread.
            unsafe { sys::napi_ref_threadsafe_function(js.env, self.function) };
        }
    }

    /// Takes back an announcement, once its letter was delivered.
    pub fn delivered(&self, js: Js<'_>) {
        if self.shared.expected.fetch_sub(1, Ordering::AcqRel) == 1 {
            // SAFETY: on the JavaScript thread.
            unsafe { sys::napi_unref_threadsafe_function(js.env, self.function) };
        }
    }

    /// Whether no letter is to come.
    pub fn is_idle(&self) -> bool {
        self.shared.expected.load(Ordering::Acquire) == 0
    }

    /// Leaves a letter. From any thread.
    pub fn post(&self, letter: Delivery) {
        if self.shared.closed.load(Ordering::Acquire) {
            return;
        }
        self.letters().push(letter);
        if !self.shared.called.swap(true, Ordering::AcqRel) {
            // SAFETY: the function lives until `closed`, which is checked above; a call that
            // arrives while it closes is refused by Node-API.
            unsafe {
                sys::napi_call_threadsafe_function(
                    self.function,
                    ptr::null_mut(),
                    sys::ThreadsafeFunctionCallMode::nonblocking,
                );
            }
        }
    }

    fn letters(&self) -> std::sync::MutexGuard<'_, Vec<Delivery>> {
        self.shared.letters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

unsafe extern "C" fn deliver(
    env: sys::napi_env,
    _function: sys::napi_value,
    context: *mut c_void,
    _letter: *mut c_void,
) {
    // SAFETY: the context is the `Shared` given at creation, alive until `closed`.
    let Some(shared) = (unsafe { context.cast::<Shared>().as_ref() }) else { return };
    shared.called.store(false, Ordering::Release);
    let letters =
        std::mem::take(&mut *shared.letters.lock().unwrap_or_else(PoisonError::into_inner));
    if env.is_null() {
        return;
    }
    for letter in letters {
        // A panic must not unwind into V8, and one letter must not take the others with it.
        // SAFETY: Node-API calls from `env`, until this returns.
        let _ = catch_unwind(AssertUnwindSafe(|| unsafe { Js::enter_scope(env, letter) }));
    }
}

unsafe extern "C" fn closed(_env: sys::napi_env, data: *mut c_void, context: *mut c_void) {
    // SAFETY: both were made by `Arc::into_raw` in `open`; this runs once.
    let (data, _context) =
        unsafe { (Arc::from_raw(data.cast::<Shared>()), Arc::from_raw(context.cast::<Shared>())) };
    data.closed.store(true, Ordering::Release);
}
