//! Looking at values. [The folder's page](super) says which calls may run the user's code.

use std::ptr;

use napi::sys;

use crate::node::js::{Js, Outcome, Type, Value};

/// Room for a text whose length nobody has asked for yet.
const SHORT_UNITS: usize = 256;

impl<'s> Js<'s> {
    pub fn type_of(self, value: Value<'_>) -> Outcome<Type> {
        let kind = call!(self, napi_typeof, sys::ValueType::napi_undefined, value.handle)?;
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

    pub fn is_array(self, value: Value<'_>) -> Outcome<bool> {
        call!(self, napi_is_array, false, value.handle)
    }

    pub fn is_date(self, value: Value<'_>) -> Outcome<bool> {
        call!(self, napi_is_date, false, value.handle)
    }

    pub fn is_buffer(self, value: Value<'_>) -> Outcome<bool> {
        call!(self, napi_is_buffer, false, value.handle)
    }

    pub fn is_instance(self, value: Value<'_>, class: Value<'_>) -> Outcome<bool> {
        call!(self, napi_instanceof, false, value.handle, class.handle)
    }

    pub fn is_same(self, left: Value<'_>, right: Value<'_>) -> Outcome<bool> {
        call!(self, napi_strict_equals, false, left.handle, right.handle)
    }

    pub fn to_bool(self, value: Value<'_>) -> Outcome<bool> {
        call!(self, napi_get_value_bool, false, value.handle)
    }

    pub fn to_f64(self, value: Value<'_>) -> Outcome<f64> {
        call!(self, napi_get_value_double, 0.0, value.handle)
    }

    /// 64-bit words of a big integer.
    pub fn words(self, big: Value<'_>) -> Outcome<usize> {
        let mut count = 0;
        // SAFETY: null for what is not asked for, as documented.
        let status = unsafe {
            sys::napi_get_value_bigint_words(
                self.env,
                big.handle,
                ptr::null_mut(),
                &raw mut count,
                ptr::null_mut(),
            )
        };
        self.check(status)?;
        Ok(count)
    }

    /// The decimal digits of a big integer, as the language writes them: no method is called.
    pub fn digits(self, big: Value<'_>) -> Outcome<String> {
        self.to_text(make!(self, napi_coerce_to_string, big.handle)?)
    }

    pub fn date_ms(self, value: Value<'_>) -> Outcome<f64> {
        call!(self, napi_get_date_value, 0.0, value.handle)
    }

    /// Text of a string value. A lone surrogate, which UTF-8 cannot hold, becomes U+FFFD.
    pub fn to_text(self, value: Value<'_>) -> Outcome<String> {
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
            sys::napi_get_value_string_utf8(
                self.env,
                value.handle,
                ptr::null_mut(),
                0,
                &raw mut length,
            )
        };
        self.check(status)?;
        let mut bytes = vec![0_u8; length + 1];
        let length = self.copy_utf8(value, &mut bytes)?;
        bytes.truncate(length);
        Ok(String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    fn copy_utf8(self, value: Value<'_>, buffer: &mut [u8]) -> Outcome<usize> {
        let mut length = 0;
        // SAFETY: at most `buffer.len()` bytes are written, the terminator included.
        let status = unsafe {
            sys::napi_get_value_string_utf8(
                self.env,
                value.handle,
                buffer.as_mut_ptr().cast(),
                buffer.len(),
                &raw mut length,
            )
        };
        self.check(status)?;
        Ok(length)
    }

    /// How many UTF-16 units a string value has.
    pub fn text_units(self, value: Value<'_>) -> Outcome<usize> {
        let mut length = 0;
        // SAFETY: a null buffer asks for the length.
        let status = unsafe {
            sys::napi_get_value_string_utf16(
                self.env,
                value.handle,
                ptr::null_mut(),
                0,
                &raw mut length,
            )
        };
        self.check(status)?;
        Ok(length)
    }

    /// The units of a string value, in place of what `units` holds.
    pub fn copy_utf16(self, value: Value<'_>, units: &mut Vec<u16>) -> Outcome<()> {
        units.clear();
        units.reserve(SHORT_UNITS);
        let mut length = self.fill_utf16(value, units)?;
        // What fills the buffer may go on beyond it.
        if length + 1 >= units.capacity() {
            units.reserve(self.text_units(value)? + 1);
            length = self.fill_utf16(value, units)?;
        }
        // SAFETY: as many units were written.
        unsafe { units.set_len(length) };
        Ok(())
    }

    /// As many units as there is room for in an empty list, and a terminator.
    fn fill_utf16(self, value: Value<'_>, units: &mut Vec<u16>) -> Outcome<usize> {
        let mut length = 0;
        // SAFETY: at most as many units are written as the list has room for.
        let status = unsafe {
            sys::napi_get_value_string_utf16(
                self.env,
                value.handle,
                units.as_mut_ptr(),
                units.capacity(),
                &raw mut length,
            )
        };
        self.check(status)?;
        Ok(length)
    }

    pub fn prototype(self, object: Value<'_>) -> Outcome<Value<'s>> {
        make!(self, napi_get_prototype, object.handle)
    }

    pub fn length(self, array: Value<'_>) -> Outcome<u32> {
        call!(self, napi_get_array_length, 0, array.handle)
    }

    pub fn item(self, array: Value<'_>, index: u32) -> Outcome<Value<'s>> {
        make!(self, napi_get_element, array.handle, index)
    }

    pub fn get(self, object: Value<'_>, key: &str) -> Outcome<Value<'s>> {
        let key = self.text(key)?;
        self.get_by(object, key)
    }

    pub fn get_by(self, object: Value<'_>, key: Value<'_>) -> Outcome<Value<'s>> {
        make!(self, napi_get_property, object.handle, key.handle)
    }

    pub fn has_own(self, object: Value<'_>, key: &str) -> Outcome<bool> {
        let key = self.text(key)?;
        call!(self, napi_has_own_property, false, object.handle, key.handle)
    }

    /// Names of the own enumerable string-keyed properties, in order, as an array of strings.
    pub fn own_keys(self, object: Value<'_>) -> Outcome<Value<'s>> {
        make!(
            self,
            napi_get_all_property_names,
            object.handle,
            sys::KeyCollectionMode::own_only,
            sys::KeyFilter::enumerable | sys::KeyFilter::skip_symbols,
            sys::KeyConversion::numbers_to_strings
        )
    }

    /// The bytes of a Buffer. Copied: JavaScript may change them at any time.
    pub fn buffer_bytes(self, value: Value<'_>) -> Outcome<Vec<u8>> {
        let (mut bytes, mut length) = (ptr::null_mut(), 0);
        // SAFETY: both out-pointers are valid.
        let status = unsafe {
            sys::napi_get_buffer_info(self.env, value.handle, &raw mut bytes, &raw mut length)
        };
        self.check(status)?;
        if length == 0 || bytes.is_null() {
            return Ok(Vec::new());
        }
        let mut copied = Vec::with_capacity(length);
        // SAFETY: Node-API gave `length` readable bytes, no JavaScript of this thread runs during
        // the copy, and no reference is made to memory that another thread may share.
        unsafe {
            ptr::copy_nonoverlapping(bytes.cast::<u8>(), copied.as_mut_ptr(), length);
            copied.set_len(length);
        }
        Ok(copied)
    }

    /// Gives back the memory of a Buffer that nobody reads any more, if it has it for itself. Left
    /// to the garbage collector, the pieces of a long stream pile up.
    pub fn free_buffer(self, value: Value<'_>) -> Outcome<()> {
        let memory = self.get(value, "buffer")?;
        let size = |object, name: &str| self.to_f64(self.get(object, name)?);
        let (own, all) = (size(value, "byteLength")?, size(memory, "byteLength")?);
        if own.total_cmp(&all).is_eq() {
            // SAFETY: handles of this environment; memory that cannot be detached is refused.
            self.check(unsafe { sys::napi_detach_arraybuffer(self.env, memory.handle) })?;
        }
        Ok(())
    }
}
