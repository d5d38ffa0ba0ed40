//! Calling: a function of Node-API from here, a function of JavaScript through it.

use napi::sys;

use crate::node::js::{Js, Outcome, Value};

/// Calls a Node-API function whose last argument receives the result.
macro_rules! call {
    ($js:expr, $function:ident, $initial:expr $(, $argument:expr)*) => {{
        let mut result = $initial;
        // SAFETY: `Js` exists while a call from its environment runs, `Value` while the scope of
        // its handle is open, and `result` is a valid place for the function to write to.
        let status = unsafe { napi::sys::$function($js.env, $($argument,)* &raw mut result) };
        $js.check(status).map(|()| result)
    }};
}

/// The same for a function that makes a handle.
macro_rules! make {
    ($js:expr, $function:ident $(, $argument:expr)*) => {
        call!($js, $function, std::ptr::null_mut() $(, $argument)*).map(|made| $js.value(made))
    };
}

impl<'s> Js<'s> {
    /// Runs the user's code.
    pub fn call(
        self,
        function: Value<'_>,
        this: Value<'_>,
        arguments: &[Value<'_>],
    ) -> Outcome<Value<'s>> {
        make!(
            self,
            napi_call_function,
            this.handle,
            function.handle,
            arguments.len(),
            arguments.as_ptr().cast()
        )
    }

    /// Runs the user's code.
    pub fn construct(self, constructor: Value<'_>, arguments: &[Value<'_>]) -> Outcome<Value<'s>> {
        make!(
            self,
            napi_new_instance,
            constructor.handle,
            arguments.len(),
            arguments.as_ptr().cast()
        )
    }

    pub fn throw(self, error: Value<'_>) {
        // SAFETY: a handle of this environment. Failing to throw leaves `undefined` as the result.
        unsafe { sys::napi_throw(self.env, error.handle) };
    }

    /// Takes the pending exception, so that calls are possible again.
    pub fn take_exception(self) -> Outcome<Value<'s>> {
        make!(self, napi_get_and_clear_last_exception)
    }
}
