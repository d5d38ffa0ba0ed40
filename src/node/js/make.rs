//! Making values: no code of the user's runs, but for setters of an object that is the user's.

use std::ptr;

use napi::sys;

use crate::node::js::{Js, Outcome, Value};

impl<'s> Js<'s> {
    pub fn undefined(self) -> Outcome<Value<'s>> {
        make!(self, napi_get_undefined)
    }

    pub fn boolean(self, flag: bool) -> Outcome<Value<'s>> {
        make!(self, napi_get_boolean, flag)
    }

    pub fn number(self, number: f64) -> Outcome<Value<'s>> {
        make!(self, napi_create_double, number)
    }

    pub fn int32(self, number: i32) -> Outcome<Value<'s>> {
        make!(self, napi_create_int32, number)
    }

    pub fn text(self, text: &str) -> Outcome<Value<'s>> {
        let length = text.len().cast_signed();
        if text.is_ascii() {
            make!(self, napi_create_string_latin1, text.as_ptr().cast(), length)
        } else if text.len() <= 512 {
            // V8 makes two-byte strings three times faster than it decodes UTF-8.
            let mut units = [0_u16; 512];
            let mut count = 0;
            for unit in text.encode_utf16() {
                units[count] = unit;
                count += 1;
            }
            make!(self, napi_create_string_utf16, units.as_ptr(), count.cast_signed())
        } else {
            make!(self, napi_create_string_utf8, text.as_ptr().cast(), length)
        }
    }

    /// An object of the addon's own realm: for handing over, never for results.
    pub fn object(self) -> Outcome<Value<'s>> {
        make!(self, napi_create_object)
    }

    /// An array of the addon's own realm: for handing over, never for results.
    pub fn array(self, items: &[Value<'_>]) -> Outcome<Value<'s>> {
        let array = make!(self, napi_create_array_with_length, items.len())?;
        for (index, item) in (0..).zip(items) {
            self.set_item(array, index, *item)?;
        }
        Ok(array)
    }

    pub fn set_item(self, array: Value<'_>, index: u32, item: Value<'_>) -> Outcome<()> {
        // SAFETY: handles of this environment.
        self.check(unsafe { sys::napi_set_element(self.env, array.handle, index, item.handle) })
    }

    /// Sets a property of an object of ours. Not for keys that users choose: `__proto__`.
    pub fn set(self, object: Value<'_>, key: &str, value: Value<'_>) -> Outcome<()> {
        let key = self.text(key)?;
        // SAFETY: handles of this environment.
        self.check(unsafe {
            sys::napi_set_property(self.env, object.handle, key.handle, value.handle)
        })
    }

    pub fn buffer(self, bytes: &[u8]) -> Outcome<Value<'s>> {
        let mut copied = ptr::null_mut();
        make!(self, napi_create_buffer_copy, bytes.len(), bytes.as_ptr().cast(), &raw mut copied)
    }

    /// `Symbol.for(key)`.
    pub fn symbol_for(self, key: &str) -> Outcome<Value<'s>> {
        make!(self, node_api_symbol_for, key.as_ptr().cast(), key.len().cast_signed())
    }

    /// Defines a property that loops and copies do not see.
    pub fn define_hidden(
        self,
        object: Value<'_>,
        name: Value<'_>,
        value: Value<'_>,
    ) -> Outcome<()> {
        let descriptor = sys::napi_property_descriptor {
            utf8name: ptr::null(),
            name: name.handle,
            method: None,
            getter: None,
            setter: None,
            value: value.handle,
            attributes: sys::PropertyAttributes::writable | sys::PropertyAttributes::configurable,
            data: ptr::null_mut(),
        };
        // SAFETY: the descriptor lives until the call returns.
        self.check(unsafe {
            sys::napi_define_properties(self.env, object.handle, 1, &raw const descriptor)
        })
    }

    pub fn latin1(self, bytes: &[u8]) -> Outcome<Value<'s>> {
        let length = bytes.len().cast_signed();
        make!(self, napi_create_string_latin1, bytes.as_ptr().cast(), length)
    }

    pub fn utf16(self, units: &[u16]) -> Outcome<Value<'s>> {
        let length = units.len().cast_signed();
        make!(self, napi_create_string_utf16, units.as_ptr(), length)
    }
}
