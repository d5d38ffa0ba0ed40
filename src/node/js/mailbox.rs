//! Results of work done on other threads, delivered on the JavaScript thread in batches.
//!
//! One thread-safe function serves all operations of a JavaScript thread. It is referenced only
//! while operations are pending, so that it never keeps a finished program alive. It ends with its
//! environment: whoever posts afterwards drops its letter.

use std::cell::RefCell;
use std::ffi::c_void;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use napi::sys;

use crate::node::js::{ARGUMENTS_MAX, Dispatch, Js, Kept, Outcome, Value};

/// Work to do on the JavaScript thread.
pub type Delivery = Box<dyn FnOnce(Js<'_>) + Send>;

/// Where other threads leave their results.
pub struct Mailbox {
    inside: Mutex<Inside>,
    /// Operations begun and not yet delivered. Changed on the JavaScript thread only.
    expected: AtomicUsize,
}

/// What is changed under one lock: a function that is seen here lives until the lock is let go.
struct Inside {
    function: Option<Function>,
    letters: Vec<Delivery>,
    /// A call of the function is on its way.
    called: bool,
}

#[derive(Clone, Copy)]
struct Function(sys::napi_threadsafe_function);

// SAFETY: a thread-safe function may be called from any thread. It is made, referenced and released
// on the JavaScript thread alone.
unsafe impl Send for Function {}

thread_local! {
    /// That of this JavaScript thread, from its first use to the end of the environment.
    static MAILBOX: RefCell<ManuallyDrop<Option<Arc<Mailbox>>>> =
        const { RefCell::new(ManuallyDrop::new(None)) };
}

impl Mailbox {
    /// The mailbox of this JavaScript thread, if it was opened.
    pub fn of_thread() -> Option<Arc<Self>> {
        MAILBOX.with_borrow(|mailbox| Option::clone(mailbox))
    }

    /// Opens the mailbox of this JavaScript thread. What is delivered runs in the context in which
    /// this is called.
    pub fn open(js: Js<'_>) -> Outcome<Arc<Self>> {
        js.at_end(close)?;
        let function = make_function(js)?;
        // SAFETY: on the JavaScript thread. Nothing is pending, so it must not keep the loop alive.
        unsafe { sys::napi_unref_threadsafe_function(js.env, function.0) };
        let inside = Inside { function: Some(function), letters: Vec::new(), called: false };
        let opened = Arc::new(Self { inside: Mutex::new(inside), expected: AtomicUsize::new(0) });
        MAILBOX.with_borrow_mut(|mailbox| **mailbox = Some(Arc::clone(&opened)));
        Ok(opened)
    }

    /// Announces that a letter will come: the event loop stays alive until it is delivered.
    pub fn expect(&self, js: Js<'_>) {
        if self.expected.fetch_add(1, Ordering::AcqRel) == 0
            && let Some(function) = self.inside().function
        {
            // SAFETY: on the JavaScript thread, before the function was released.
            unsafe { sys::napi_ref_threadsafe_function(js.env, function.0) };
        }
    }

    /// Takes back an announcement, once its letter was delivered.
    pub fn delivered(&self, js: Js<'_>) {
        if self.expected.fetch_sub(1, Ordering::AcqRel) == 1
            && let Some(function) = self.inside().function
        {
            // SAFETY: on the JavaScript thread, before the function was released.
            unsafe { sys::napi_unref_threadsafe_function(js.env, function.0) };
        }
    }

    /// Whether no letter is to come.
    pub fn is_idle(&self) -> bool {
        self.expected.load(Ordering::Acquire) == 0
    }

    /// Leaves a letter. From any thread.
    pub fn post(&self, letter: Delivery) {
        let mut inside = self.inside();
        let Some(function) = inside.function else {
            // What a letter holds may take time to drop, or post in its turn.
            drop(inside);
            return drop(letter);
        };
        inside.letters.push(letter);
        if std::mem::replace(&mut inside.called, true) {
            return;
        }
        // SAFETY: the function is released under the lock that is held here, and Node deletes it
        // only on the JavaScript thread after that. The call takes no lock of ours.
        let status = unsafe {
            sys::napi_call_threadsafe_function(
                function.0,
                ptr::null_mut(),
                sys::ThreadsafeFunctionCallMode::nonblocking,
            )
        };
        if status != sys::Status::napi_ok {
            // It is closing. The call gave up our right to use it.
            inside.function = None;
            let letters = std::mem::take(&mut inside.letters);
            drop(inside);
            drop(letters);
        }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn make_function(js: Js<'_>) -> Outcome<Function> {
    // Jest asks what it finds open whether it holds the process.
    let resource = js.object()?;
    let has_ref = js.function::<HasRef>("hasRef", 0)?;
    js.define_hidden(resource, js.text("hasRef")?, has_ref)?;
    let name = js.text("wx-server-sdk-local")?;
    let mut function = ptr::null_mut();
    // SAFETY: `deliver` needs neither context nor finaliser: it looks for the mailbox itself, since
    // Node may call it once more after the finaliser.
    let status = unsafe {
        sys::napi_create_threadsafe_function(
            js.env,
            ptr::null_mut(),
            resource.handle,
            name.handle,
            0,
            1,
            ptr::null_mut(),
            None,
            ptr::null_mut(),
            Some(deliver),
            &raw mut function,
        )
    };
    js.check(status)?;
    Ok(Function(function))
}

/// The environment ends: nothing is delivered any more.
fn close() {
    let Some(mailbox) = MAILBOX.take().take() else { return };
    let mut inside = mailbox.inside();
    if let Some(function) = inside.function.take() {
        // SAFETY: nobody sees the function any more. Where Node is closing it already, this gives
        // up our right to it.
        unsafe {
            sys::napi_release_threadsafe_function(
                function.0,
                sys::ThreadsafeFunctionReleaseMode::release,
            );
        }
    }
    let letters = std::mem::take(&mut inside.letters);
    drop(inside);
    drop(letters);
}

unsafe extern "C" fn deliver(
    env: sys::napi_env,
    _function: sys::napi_value,
    _context: *mut c_void,
    _letter: *mut c_void,
) {
    // Without an environment Node only empties its queue.
    if env.is_null() {
        return;
    }
    let Some(mailbox) = Mailbox::of_thread() else { return };
    let letters = {
        let mut inside = mailbox.inside();
        inside.called = false;
        std::mem::take(&mut inside.letters)
    };
    for letter in letters {
        // A panic must not unwind into V8 nor past the end of the scope, and one letter must not
        // take the others with it: neither by a panic nor by an exception that stays pending.
        let read = |js: Js<'_>| {
            let _ = catch_unwind(AssertUnwindSafe(|| letter(js)));
            let _ = js.take_exception();
        };
        // SAFETY: Node-API calls from `env`, until this returns.
        unsafe { Js::enter_scope(env, read) };
    }
}

/// Answers whether the mailbox keeps the event loop alive.
struct HasRef;

impl Dispatch for HasRef {
    fn find(_token: u64) -> Option<Kept<Self>> {
        Some(Kept::new(Self))
    }

    fn answer<'s>(
        &'s self,
        js: Js<'s>,
        _token: u64,
        _arguments: [Value<'s>; ARGUMENTS_MAX],
    ) -> Result<Value<'s>, Option<Value<'s>>> {
        let is_awaited = Mailbox::of_thread().is_some_and(|mailbox| !mailbox.is_idle());
        js.boolean(is_awaited).map_err(|_| None)
    }
}
