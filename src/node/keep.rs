//! Values kept over calls: Rust values that JavaScript holds, JavaScript values that Rust holds.

use std::ptr;

use napi::sys;

use crate::node::failure::internal;
use crate::node::js::{Js, Outcome, Thrown, Type, Value};

impl Js {
    /// Wraps a Rust value for JavaScript to hold; it is dropped when JavaScript lets go of it.
    pub fn external<T: 'static>(self, value: T) -> Outcome {
        let held = Box::into_raw(Box::new(Held { kind: std::any::TypeId::of::<T>(), value }));
        call!(
            self,
            napi_create_external,
            ptr::null_mut(),
            held.cast(),
            Some(drop_held::<T>),
            ptr::null_mut()
        )
    }

    /// The Rust value inside an external made by [`Js::external`] for the same type.
    pub fn held<'a, T: 'static>(self, external: Value) -> Outcome<&'a T> {
        let unexpected = || Thrown::from(internal("an internal handle was replaced"));
        if self.type_of(external)? != Type::External {
            return Err(unexpected());
        }
        let pointer = call!(self, napi_get_value_external, ptr::null_mut(), external)?;
        if pointer.is_null() {
            return Err(unexpected());
        }
        // SAFETY: every external of this addon is made by `external` above, so it starts with the
        // type's id. It lives as long as the handle, which outlives the running call.
        unsafe {
            if *pointer.cast::<std::any::TypeId>() != std::any::TypeId::of::<T>() {
                return Err(unexpected());
            }
            Ok(&(*pointer.cast::<Held<T>>()).value)
        }
    }

    /// A reference that keeps its value alive until it is [released](Reference::release).
    pub fn keep(self, value: Value) -> Outcome<Reference> {
        call!(self, napi_create_reference, ptr::null_mut(), value, 1).map(Reference)
    }

    /// A reference that does not keep its value alive.
    pub fn watch(self, value: Value) -> Outcome<Reference> {
        call!(self, napi_create_reference, ptr::null_mut(), value, 0).map(Reference)
    }

    pub fn resolve(self, reference: &Reference) -> Outcome {
        call!(self, napi_get_reference_value, ptr::null_mut(), reference.0)
    }
}

#[repr(C)]
struct Held<T> {
    kind: std::any::TypeId,
    value: T,
}

unsafe extern "C" fn drop_held<T>(
    _env: sys::napi_env,
    pointer: *mut std::ffi::c_void,
    _hint: *mut std::ffi::c_void,
) {
    // SAFETY: made by `Box::into_raw` in `external`, and finalised once.
    let held = unsafe { Box::from_raw(pointer.cast::<Held<T>>()) };
    // A panic must not unwind into V8.
    let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(held)));
}

/// A value kept over calls.
#[derive(Debug)]
pub struct Reference(sys::napi_ref);

impl Reference {
    pub fn release(self, js: Js) {
        // SAFETY: made in this environment and deleted once: `release` consumes it.
        unsafe { sys::napi_delete_reference(js.raw(), self.0) };
    }
}
