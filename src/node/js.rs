//! Node-API without ceremony: values, calls, strings, references.
//!
//! The macros of napi-derive cost microseconds on the builder chain and cannot express half of the
//! official surface; this file is the whole of what the rest of `node` knows of the C interface.

use std::ptr;

use napi::sys;

use crate::node::failure::internal;
use crate::sdk::failure::Failure;

/// A value of JavaScript, valid until the native call returns.
pub type Value = sys::napi_value;

/// Why native code did not produce a value.
#[derive(Debug)]
pub enum Thrown {
    /// JavaScript code that was called threw; its exception is pending.
    Pending,
    /// The error to throw.
    Failure(Box<Failure>),
}

pub type Outcome<T = Value> = Result<T, Thrown>;

impl From<Failure> for Thrown {
    fn from(failure: Failure) -> Self {
        Self::Failure(Box::new(failure))
    }
}

/// The environment of the running call.
#[derive(Debug, Clone, Copy)]
pub struct Js {
    env: sys::napi_env,
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

/// Calls a Node-API function whose last argument receives the result.
macro_rules! call {
    ($js:expr, $function:ident, $initial:expr $(, $argument:expr)*) => {{
        let mut result = $initial;
        // SAFETY: the environment is that of the running call, every handle was made in it, and
        // `result` is a valid place for the function to write to.
        let status = unsafe { sys::$function($js.raw(), $($argument,)* &raw mut result) };
        $js.check(status).map(|()| result)
    }};
}

impl Js {
    pub fn new(env: sys::napi_env) -> Self {
        Self { env }
    }

    pub fn raw(self) -> sys::napi_env {
        self.env
    }

    pub fn check(self, status: sys::napi_status) -> Outcome<()> {
        match status {
            sys::Status::napi_ok => Ok(()),
            sys::Status::napi_pending_exception => Err(Thrown::Pending),
            other => Err(internal(format!("Node-API status {other}")).into()),
        }
    }

    // ---- reading -----------------------------------------------------------------------------

    pub fn type_of(self, value: Value) -> Outcome<Type> {
        let kind = call!(self, napi_typeof, sys::ValueType::napi_undefined, value)?;
        Ok(match kind {
            sys::ValueType::napi_undefined => Type::Undefined,
            sys::ValueType::napi_null => Type::Null,
            sys::ValueType::napi_boolean => Type::Boolean,
            sys::ValueType::napi_number => Type::Number,
            sys::ValueType::napi_string => Type::String,
            sys::ValueType::napi_symbol => Type::Symbol,
            sys::ValueType::napi_object => Type::Object,
            sys::ValueType::napi_function => Type::Function,
            sys::ValueType::napi_external => Type::External,
            _ => Type::BigInt,
        })
    }

    pub fn is_array(self, value: Value) -> Outcome<bool> {
        call!(self, napi_is_array, false, value)
    }

    pub fn is_date(self, value: Value) -> Outcome<bool> {
        call!(self, napi_is_date, false, value)
    }

    pub fn is_buffer(self, value: Value) -> Outcome<bool> {
        call!(self, napi_is_buffer, false, value)
    }

    pub fn is_instance(self, value: Value, class: Value) -> Outcome<bool> {
        call!(self, napi_instanceof, false, value, class)
    }

    pub fn is_same(self, left: Value, right: Value) -> Outcome<bool> {
        call!(self, napi_strict_equals, false, left, right)
    }

    pub fn to_bool(self, value: Value) -> Outcome<bool> {
        call!(self, napi_get_value_bool, false, value)
    }

    pub fn to_f64(self, value: Value) -> Outcome<f64> {
        call!(self, napi_get_value_double, 0.0, value)
    }

    pub fn date_ms(self, value: Value) -> Outcome<f64> {
        call!(self, napi_get_date_value, 0.0, value)
    }

    /// Text of a string value. A lone surrogate, which UTF-8 cannot hold, becomes U+FFFD.
    pub fn to_text(self, value: Value) -> Outcome<String> {
        const STACK_BYTES: usize = 256;
        let mut stack = [0_u8; STACK_BYTES];
        let length = self.copy_utf8(value, &mut stack)?;
        // A longer string fills the buffer up to its last whole character.
        if length + 4 < STACK_BYTES {
            return Ok(String::from_utf8_lossy(&stack[..length]).into_owned());
        }
        let mut length = 0;
        // SAFETY: a null buffer asks for the length.
        let status = unsafe {
            sys::napi_get_value_string_utf8(self.env, value, ptr::null_mut(), 0, &raw mut length)
        };
        self.check(status)?;
        let mut bytes = vec![0_u8; length + 1];
        let length = self.copy_utf8(value, &mut bytes)?;
        bytes.truncate(length);
        Ok(String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    fn copy_utf8(self, value: Value, buffer: &mut [u8]) -> Outcome<usize> {
        let mut length = 0;
        // SAFETY: at most `buffer.len()` bytes are written, the terminator included.
        let status = unsafe {
            sys::napi_get_value_string_utf8(
                self.env,
                value,
                buffer.as_mut_ptr().cast(),
                buffer.len(),
                &raw mut length,
            )
        };
        self.check(status)?;
        Ok(length)
    }

    /// The units of a string value, in place of what `units` holds.
    pub fn copy_utf16(self, value: Value, units: &mut Vec<u16>) -> Outcome<()> {
        let mut length = 0;
        // SAFETY: a null buffer asks for the length.
        let status = unsafe {
            sys::napi_get_value_string_utf16(self.env, value, ptr::null_mut(), 0, &raw mut length)
        };
        self.check(status)?;
        units.clear();
        units.resize(length + 1, 0);
        // SAFETY: at most `length + 1` units are written, the terminator included.
        let status = unsafe {
            sys::napi_get_value_string_utf16(
                self.env,
                value,
                units.as_mut_ptr(),
                units.len(),
                &raw mut length,
            )
        };
        self.check(status)?;
        units.truncate(length);
        Ok(())
    }

    pub fn prototype(self, object: Value) -> Outcome {
        call!(self, napi_get_prototype, ptr::null_mut(), object)
    }

    pub fn length(self, array: Value) -> Outcome<u32> {
        call!(self, napi_get_array_length, 0, array)
    }

    pub fn item(self, array: Value, index: u32) -> Outcome {
        call!(self, napi_get_element, ptr::null_mut(), array, index)
    }

    pub fn get(self, object: Value, key: &str) -> Outcome {
        let key = self.text(key)?;
        self.get_by(object, key)
    }

    pub fn get_by(self, object: Value, key: Value) -> Outcome {
        call!(self, napi_get_property, ptr::null_mut(), object, key)
    }

    pub fn has_own(self, object: Value, key: &str) -> Outcome<bool> {
        let key = self.text(key)?;
        call!(self, napi_has_own_property, false, object, key)
    }

    /// Names of the own enumerable string-keyed properties, in order, as an array of strings.
    pub fn own_keys(self, object: Value) -> Outcome {
        call!(
            self,
            napi_get_all_property_names,
            ptr::null_mut(),
            object,
            sys::KeyCollectionMode::own_only,
            sys::KeyFilter::enumerable | sys::KeyFilter::skip_symbols,
            sys::KeyConversion::numbers_to_strings
        )
    }

    /// The bytes of a Buffer. Copied: JavaScript may change them at any time.
    pub fn buffer_bytes(self, value: Value) -> Outcome<Vec<u8>> {
        let (mut bytes, mut length) = (ptr::null_mut(), 0);
        // SAFETY: both out-pointers are valid.
        let status =
            unsafe { sys::napi_get_buffer_info(self.env, value, &raw mut bytes, &raw mut length) };
        self.check(status)?;
        if length == 0 || bytes.is_null() {
            return Ok(Vec::new());
        }
        // SAFETY: Node-API gave `length` readable bytes, and no JavaScript runs during the copy.
        Ok(unsafe { std::slice::from_raw_parts(bytes.cast::<u8>(), length) }.to_vec())
    }

    /// Gives back the memory of a Buffer that nobody reads any more, if it has it for itself. Left
    /// to the garbage collector, the pieces of a long stream pile up.
    pub fn free_buffer(self, value: Value) -> Outcome<()> {
        let memory = self.get(value, "buffer")?;
        let size = |object, name: &str| self.to_f64(self.get(object, name)?);
        if size(value, "byteLength")? == size(memory, "byteLength")? {
            // SAFETY: handles of this environment; memory that cannot be detached is refused.
            self.check(unsafe { sys::napi_detach_arraybuffer(self.env, memory) })?;
        }
        Ok(())
    }

    // ---- making ------------------------------------------------------------------------------

    pub fn undefined(self) -> Outcome {
        call!(self, napi_get_undefined, ptr::null_mut())
    }

    pub fn boolean(self, flag: bool) -> Outcome {
        call!(self, napi_get_boolean, ptr::null_mut(), flag)
    }

    pub fn number(self, number: f64) -> Outcome {
        call!(self, napi_create_double, ptr::null_mut(), number)
    }

    pub fn int32(self, number: i32) -> Outcome {
        call!(self, napi_create_int32, ptr::null_mut(), number)
    }

    pub fn text(self, text: &str) -> Outcome {
        let length = text.len().cast_signed();
        if text.is_ascii() {
            call!(self, napi_create_string_latin1, ptr::null_mut(), text.as_ptr().cast(), length)
        } else if text.len() <= 512 {
            // V8 makes two-byte strings three times faster than it decodes UTF-8.
            let mut units = [0_u16; 512];
            let mut count = 0;
            for unit in text.encode_utf16() {
                units[count] = unit;
                count += 1;
            }
            call!(
                self,
                napi_create_string_utf16,
                ptr::null_mut(),
                units.as_ptr(),
                count.cast_signed()
            )
        } else {
            call!(self, napi_create_string_utf8, ptr::null_mut(), text.as_ptr().cast(), length)
        }
    }

    /// An object of the addon's own realm: for handing over, never for results.
    pub fn object(self) -> Outcome {
        call!(self, napi_create_object, ptr::null_mut())
    }

    /// An array of the addon's own realm: for handing over, never for results.
    pub fn array(self, items: &[Value]) -> Outcome {
        let array = call!(self, napi_create_array_with_length, ptr::null_mut(), items.len())?;
        for (index, item) in (0..).zip(items) {
            self.set_item(array, index, *item)?;
        }
        Ok(array)
    }

    pub fn set_item(self, array: Value, index: u32, item: Value) -> Outcome<()> {
        // SAFETY: handles of this environment.
        self.check(unsafe { sys::napi_set_element(self.env, array, index, item) })
    }

    /// Sets a property of an object of ours. Not for keys that users choose: `__proto__`.
    pub fn set(self, object: Value, key: &str, value: Value) -> Outcome<()> {
        let key = self.text(key)?;
        // SAFETY: handles of this environment.
        self.check(unsafe { sys::napi_set_property(self.env, object, key, value) })
    }

    pub fn buffer(self, bytes: &[u8]) -> Outcome {
        let mut copied = ptr::null_mut();
        call!(
            self,
            napi_create_buffer_copy,
            ptr::null_mut(),
            bytes.len(),
            bytes.as_ptr().cast(),
            &raw mut copied
        )
    }

    pub fn symbol(self, description: &str) -> Outcome {
        let description = self.text(description)?;
        call!(self, napi_create_symbol, ptr::null_mut(), description)
    }

    /// `Symbol.for(key)`.
    pub fn symbol_for(self, key: &str) -> Outcome {
        call!(
            self,
            node_api_symbol_for,
            ptr::null_mut(),
            key.as_ptr().cast(),
            key.len().cast_signed()
        )
    }

    /// A function that runs `callback` with `data`, which must outlive it.
    pub fn function(
        self,
        name: &str,
        callback: unsafe extern "C" fn(sys::napi_env, sys::napi_callback_info) -> sys::napi_value,
        data: *mut std::ffi::c_void,
    ) -> Outcome {
        call!(
            self,
            napi_create_function,
            ptr::null_mut(),
            name.as_ptr().cast(),
            name.len().cast_signed(),
            Some(callback),
            data
        )
    }

    /// Defines a property that loops and copies do not see.
    pub fn define_hidden(self, object: Value, name: Value, value: Value) -> Outcome<()> {
        let descriptor = sys::napi_property_descriptor {
            utf8name: ptr::null(),
            name,
            method: None,
            getter: None,
            setter: None,
            value,
            attributes: sys::PropertyAttributes::writable | sys::PropertyAttributes::configurable,
            data: ptr::null_mut(),
        };
        // SAFETY: the descriptor lives until the call returns.
        self.check(unsafe {
            sys::napi_define_properties(self.env, object, 1, &raw const descriptor)
        })
    }

    pub fn latin1(self, bytes: &[u8]) -> Outcome {
        let length = bytes.len().cast_signed();
        call!(self, napi_create_string_latin1, ptr::null_mut(), bytes.as_ptr().cast(), length)
    }

    pub fn utf16(self, units: &[u16]) -> Outcome {
        let length = units.len().cast_signed();
        call!(self, napi_create_string_utf16, ptr::null_mut(), units.as_ptr(), length)
    }

    /// Where the elements of a `Float64Array` lie.
    pub fn doubles(self, array: Value) -> Outcome<*mut f64> {
        let mut data = ptr::null_mut();
        // SAFETY: a handle of this environment; only the address is asked for.
        let status = unsafe {
            sys::napi_get_typedarray_info(
                self.env,
                array,
                ptr::null_mut(),
                ptr::null_mut(),
                &raw mut data,
                ptr::null_mut(),
                ptr::null_mut(),
            )
        };
        self.check(status)?;
        Ok(data.cast())
    }

    /// An `ArrayBuffer` of the addon's own realm with the bytes of `numbers`.
    pub fn doubles_buffer(self, numbers: &[f64]) -> Outcome {
        let mut data = ptr::null_mut();
        let bytes = std::mem::size_of_val(numbers);
        let mut buffer = ptr::null_mut();
        // SAFETY: both places are valid to write to.
        let status = unsafe {
            sys::napi_create_arraybuffer(self.env, bytes, &raw mut data, &raw mut buffer)
        };
        self.check(status)?;
        // SAFETY: the new buffer has room for all the numbers, and nobody else has it yet.
        unsafe { ptr::copy_nonoverlapping(numbers.as_ptr(), data.cast(), numbers.len()) };
        Ok(buffer)
    }

    // ---- calling -----------------------------------------------------------------------------

    pub fn call(self, function: Value, this: Value, arguments: &[Value]) -> Outcome {
        call!(
            self,
            napi_call_function,
            ptr::null_mut(),
            this,
            function,
            arguments.len(),
            arguments.as_ptr()
        )
    }

    pub fn construct(self, constructor: Value, arguments: &[Value]) -> Outcome {
        call!(
            self,
            napi_new_instance,
            ptr::null_mut(),
            constructor,
            arguments.len(),
            arguments.as_ptr()
        )
    }

    pub fn throw(self, error: Value) {
        // SAFETY: a handle of this environment. Failing to throw leaves `undefined` as the result.
        unsafe { sys::napi_throw(self.env, error) };
    }

    /// Takes the pending exception, so that calls are possible again.
    pub fn take_exception(self) -> Outcome {
        call!(self, napi_get_and_clear_last_exception, ptr::null_mut())
    }

    /// Runs `work` with handles of its own: a loop does not pile up handles.
    pub fn scope<T>(self, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
        let scope = call!(self, napi_open_handle_scope, ptr::null_mut())?;
        let outcome = work();
        // SAFETY: closes the scope opened above; nothing made inside is used after it.
        unsafe { sys::napi_close_handle_scope(self.env, scope) };
        outcome
    }
}
