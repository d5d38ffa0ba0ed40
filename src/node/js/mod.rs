//! Node-API without ceremony: values, calls, strings, references, memory shared with a realm.
//!
//! The macros of napi-derive cost microseconds on the builder chain and cannot express half of the
//! official surface; this folder is the whole of what the rest of `node` knows of the C interface,
//! and the only place of the crate with `unsafe` in it.
//!
//! **What may run the user's code**, at any time and with any effect, another call of ours among
//! them: [`Js::get`] and its kin (getters, proxies), [`Js::own_keys`], [`Js::has_own`],
//! [`Js::prototype`], [`Js::is_instance`], [`Js::set`] (setters, those of `Object.prototype` too),
//! [`Js::call`], [`Js::construct`], and whatever is made of them. What looks at a value alone
//! ([`Js::type_of`], [`Js::to_text`], [`Js::length`], ..) and what makes one does not.
//!
//! So nothing is lent out here that such code could change: texts, numbers and bytes are copied
//! ([`Numbers`]), Rust values that JavaScript holds come as shared ones ([`Kept`]), and a handle
//! ([`Value`]) cannot outlive the scope that it was made in.

#[macro_use]
mod calls;
mod enter;
mod exit;
mod keep;
mod mailbox;
mod make;
mod numbers;
mod read;

use std::marker::PhantomData;

use napi::sys;

use crate::node::failure::internal;
use crate::sdk::failure::Failure;

pub use enter::{ARGUMENTS_MAX, Dispatch, entry};
pub use exit::exit_now;
pub use keep::{Kept, Reference};
pub use mailbox::Mailbox;
pub use numbers::Numbers;

/// A value of JavaScript, valid in a scope of handles: that of the running call.
#[derive(Debug, Clone, Copy)]
#[repr(transparent)]
pub struct Value<'s> {
    handle: sys::napi_value,
    scope: PhantomData<&'s ()>,
}

/// Why native code did not produce a value.
#[derive(Debug)]
pub enum Thrown {
    /// JavaScript code that was called threw; its exception is pending.
    Pending,
    /// The error to throw.
    Failure(Box<Failure>),
}

pub type Outcome<T> = Result<T, Thrown>;

/// What a caller is told who took a method from its object, or put another one in its place.
const NOT_OURS: &str = "Illegal invocation: call this on an object that wx-server-sdk-local made";

impl From<Failure> for Thrown {
    fn from(failure: Failure) -> Self {
        Self::Failure(Box::new(failure))
    }
}

/// The environment of the running call. What it makes is valid in the call's scope of handles.
#[derive(Debug, Clone, Copy)]
pub struct Js<'s> {
    env: sys::napi_env,
    scope: PhantomData<&'s ()>,
}

/// What `typeof` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    Undefined,
    Null,
    Boolean,
    Number,
    String,
    Symbol,
    Object,
    Function,
    External,
    BigInt,
}

impl<'s> Js<'s> {
    #[allow(clippy::unused_self, reason = "what is checked is a call of this environment")]
    #[inline]
    fn check(self, status: sys::napi_status) -> Outcome<()> {
        if status == sys::Status::napi_ok { Ok(()) } else { Err(refused(status)) }
    }

    /// A handle that Node-API has just made in the current scope.
    #[allow(clippy::unused_self, reason = "its scope is what the value takes from it")]
    fn value(self, handle: sys::napi_value) -> Value<'s> {
        Value { handle, scope: PhantomData }
    }
}

/// What a status other than `napi_ok` means.
#[cold]
fn refused(status: sys::napi_status) -> Thrown {
    match status {
        sys::Status::napi_pending_exception => Thrown::Pending,
        sys::Status::napi_invalid_arg
        | sys::Status::napi_object_expected
        | sys::Status::napi_string_expected
        | sys::Status::napi_function_expected
        | sys::Status::napi_number_expected
        | sys::Status::napi_boolean_expected
        | sys::Status::napi_array_expected => Failure::type_error(NOT_OURS).into(),
        other => internal(format!("Node-API status {other}")).into(),
    }
}
