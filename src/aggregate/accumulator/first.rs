//! `$first`: the value of the first document of a group; null where it is missing.

use crate::aggregate::output::Output;
use crate::aggregate::stored::Stored;
use crate::value::RawValue;

#[derive(Debug, Default)]
pub(crate) struct First {
    seen: bool,
    value: Stored,
}

impl First {
    pub fn add(&mut self, value: Option<RawValue<'_>>) -> usize {
        if self.seen {
            return 0;
        }
        self.seen = true;
        value.map_or(0, |value| self.value.set(value))
    }

    pub fn write(&self, key: &str, out: &mut Output) {
        out.raw(key, self.value.get().unwrap_or(RawValue::Null));
    }
}
