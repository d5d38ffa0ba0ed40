//! Numbers in memory that native code and a realm's script share.

use std::cell::UnsafeCell;
use std::ffi::c_void;
use std::ptr;
use std::rc::Rc;

use napi::sys;

use crate::node::js::{Js, Outcome, Value};

/// Memory for a fixed count of numbers. It lives as long as this or the buffer that JavaScript has
/// over it. No reference into it is ever made: it is copied from and to, and nothing runs
/// meanwhile.
pub struct Numbers(Rc<[UnsafeCell<f64>]>);

impl Numbers {
    pub fn new(count: usize) -> Self {
        Self((0..count).map(|_| UnsafeCell::new(0.0)).collect())
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// An `ArrayBuffer` of the addon's own realm over this memory.
    pub fn buffer<'s>(&self, js: Js<'s>) -> Outcome<Value<'s>> {
        let held = Box::new(Rc::clone(&self.0));
        let (first, bytes) = (self.first(), self.len() * size_of::<f64>());
        let held = Box::into_raw(held);
        let made = make!(
            js,
            napi_create_external_arraybuffer,
            first.cast(),
            bytes,
            Some(let_go),
            held.cast()
        );
        if made.is_err() {
            // SAFETY: made above, and nobody else has it: there is no buffer that would let go.
            drop(unsafe { Box::from_raw(held) });
        }
        made
    }

    /// Copies `numbers`, as many as there is room for, to the beginning.
    pub fn write(&self, numbers: &[f64]) {
        let count = numbers.len().min(self.len());
        // SAFETY: there is room for `count`; JavaScript runs on this thread alone, and not now.
        unsafe { ptr::copy_nonoverlapping(numbers.as_ptr(), self.first(), count) };
    }

    /// The number at the beginning.
    pub fn leading(&self) -> f64 {
        // SAFETY: as in `write`.
        self.0.first().map_or(0.0, |number| unsafe { number.get().read() })
    }

    /// Copies the first `count` numbers, or all there are, in place of what `into` holds.
    pub fn read(&self, count: usize, into: &mut Vec<f64>) {
        let count = count.min(self.len());
        into.clear();
        into.reserve(count);
        // SAFETY: as in `write`; `into` has room for them, and they are initialised by the copy.
        unsafe {
            ptr::copy_nonoverlapping(self.first(), into.as_mut_ptr(), count);
            into.set_len(count);
        }
    }

    fn first(&self) -> *mut f64 {
        UnsafeCell::raw_get(self.0.as_ptr())
    }
}

/// The buffer is gone.
unsafe extern "C" fn let_go(_env: sys::napi_env, _data: *mut c_void, held: *mut c_void) {
    // SAFETY: made by `Box::into_raw` in `buffer`, and finalised once, on the same thread.
    drop(unsafe { Box::from_raw(held.cast::<Rc<[UnsafeCell<f64>]>>()) });
}

impl<'s> Js<'s> {
    /// An `ArrayBuffer` of the addon's own realm with the bytes of `numbers`.
    pub fn numbers_buffer(self, numbers: &[f64]) -> Outcome<Value<'s>> {
        let mut data = ptr::null_mut();
        let buffer = make!(self, napi_create_arraybuffer, size_of_val(numbers), &raw mut data)?;
        // SAFETY: the new buffer has room for all the numbers, and nobody else has it yet.
        unsafe { ptr::copy_nonoverlapping(numbers.as_ptr(), data.cast(), numbers.len()) };
        Ok(buffer)
    }
}
