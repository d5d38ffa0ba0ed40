//! Entering: functions of ours that JavaScript calls, and the exports of the addon.

use std::ffi::c_void;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

use napi::bindgen_prelude::{JsValue, Unknown};
use napi::sys;

use crate::node::js::{Js, Kept, Outcome, Thrown, Value};

/// Arguments that a function of ours receives.
pub const ARGUMENTS_MAX: usize = 6;

/// Who answers the calls of functions made with [`Js::function`].
pub trait Dispatch: Sized {
    /// Whom a token names, if that is still there.
    fn find(token: u64) -> Option<Kept<Self>>;

    /// Answers a call; arguments that were not given are `undefined`. An error is the value to
    /// throw, or that an exception is pending.
    fn answer<'s>(
        &'s self,
        js: Js<'s>,
        token: u64,
        arguments: [Value<'s>; ARGUMENTS_MAX],
    ) -> Result<Value<'s>, Option<Value<'s>>>;
}

impl<'s> Js<'s> {
    /// A function that is answered by `D`, which is told `token`.
    pub fn function<D: Dispatch>(self, name: &str, token: u64) -> Outcome<Value<'s>> {
        // Never followed: a number in the place of an address.
        let data = ptr::without_provenance_mut(usize::try_from(token).unwrap_or(usize::MAX));
        make!(
            self,
            napi_create_function,
            name.as_ptr().cast(),
            name.len().cast_signed(),
            Some(trampoline::<D>),
            data
        )
    }

    /// Runs `work` for a call from Node-API; what it makes cannot leave it.
    ///
    /// # Safety
    ///
    /// `env` is that of a call which runs until this returns, with a scope of handles open.
    pub unsafe fn enter<T>(env: sys::napi_env, work: impl for<'a> FnOnce(Js<'a>) -> T) -> T {
        work(Js { env, scope: PhantomData })
    }

    /// Runs `work` with handles of its own: a loop does not pile up handles.
    ///
    /// # Safety
    ///
    /// As [`Js::enter`].
    pub unsafe fn enter_scope(env: sys::napi_env, work: impl for<'a> FnOnce(Js<'a>)) {
        let mut scope = Scope { env, scope: ptr::null_mut() };
        // SAFETY: a call from this environment is running, as the caller promises.
        let status = unsafe { sys::napi_open_handle_scope(env, &raw mut scope.scope) };
        if status == sys::Status::napi_ok {
            // SAFETY: the scope was opened above and is closed after this, a panic or not.
            unsafe { Self::enter(env, work) };
        }
        // Else the environment is ending: nothing of it can be used.
    }
}

/// A scope of handles that is open, or null.
struct Scope {
    env: sys::napi_env,
    scope: sys::napi_handle_scope,
}

impl Drop for Scope {
    fn drop(&mut self) {
        if !self.scope.is_null() {
            // SAFETY: opened in this environment by the call that is running, the innermost one.
            unsafe { sys::napi_close_handle_scope(self.env, self.scope) };
        }
    }
}

/// Every function of ours is entered here: no panic crosses into V8.
unsafe extern "C" fn trampoline<D: Dispatch>(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value {
    let mut arguments = [ptr::null_mut(); ARGUMENTS_MAX];
    let mut count = ARGUMENTS_MAX;
    let mut data: *mut c_void = ptr::null_mut();
    // SAFETY: room for `count` arguments; missing ones are filled with `undefined`.
    let status = unsafe {
        sys::napi_get_cb_info(
            env,
            info,
            &raw mut count,
            arguments.as_mut_ptr(),
            ptr::null_mut(),
            &raw mut data,
        )
    };
    if status != sys::Status::napi_ok {
        return ptr::null_mut();
    }
    let token = data.addr() as u64;
    let Some(target) = D::find(token) else { return ptr::null_mut() };
    let answer = |js: Js<'_>| {
        let arguments = arguments.map(|argument| js.value(argument));
        let answered = catch_unwind(AssertUnwindSafe(|| target.answer(js, token, arguments)));
        match answered {
            Ok(Ok(value)) => value.handle,
            Ok(Err(error)) => {
                if let Some(error) = error {
                    js.throw(error);
                }
                ptr::null_mut()
            }
            // `answer` reports panics of what it runs; it was itself that failed.
            Err(_) => ptr::null_mut(),
        }
    };
    // SAFETY: V8 calls with a scope open, which lasts until this returns.
    unsafe { Js::enter(env, answer) }
}

/// Carries out an export of the addon whose arguments are `given`.
pub fn entry<'a, const COUNT: usize>(
    env: napi::Env,
    given: [Unknown<'a>; COUNT],
    work: impl for<'s> FnOnce(Js<'s>, [Value<'s>; COUNT]) -> Outcome<Value<'s>>,
) -> napi::Result<Unknown<'a>> {
    let carry_out = |js: Js<'_>| {
        let given = given.map(|value| js.value(value.raw()));
        work(js, given).map(|made| made.handle)
    };
    // SAFETY: napi-rs hands an environment and values to exports alone, for the time of their call.
    match unsafe { Js::enter(env.raw(), carry_out) } {
        // SAFETY: the value was made in this environment during this call.
        Ok(made) => Ok(unsafe { Unknown::from_raw_unchecked(env.raw(), made) }),
        Err(Thrown::Pending) => Err(napi::Error::new(napi::Status::PendingException, "")),
        Err(Thrown::Failure(failure)) => Err(napi::Error::from_reason(failure.message.clone())),
    }
}
