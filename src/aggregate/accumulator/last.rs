//! `$last`: the value of the last document of a group; null where it is missing.

use crate::aggregate::output::Output;
use crate::aggregate::stored::Stored;
use crate::value::RawValue;

#[derive(Debug, Default)]
pub(crate) struct Last {
    value: Stored,
}

impl Last {
    pub fn add(&mut self, value: Option<RawValue<'_>>) -> usize {
        if let Some(value) = value {
            return self.value.set(value);
        }
        self.value = Stored::default();
        0
    }

    pub fn write(&self, key: &str, out: &mut Output) {
        out.raw(key, self.value.get().unwrap_or(RawValue::Null));
    }
}
