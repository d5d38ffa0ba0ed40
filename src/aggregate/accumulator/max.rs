//! `$max`: the greatest value in the order of all values. Null and missing do not count.

use std::cmp::Ordering;

use crate::aggregate::key::is_present;
use crate::aggregate::output::Output;
use crate::aggregate::stored::Stored;
use crate::value::RawValue;
use crate::value::compare_raw;

#[derive(Debug, Default)]
pub(crate) struct Max {
    value: Stored,
}

impl Max {
    pub fn add(&mut self, value: Option<RawValue<'_>>) -> usize {
        let Some(value) = value.filter(|value| is_present(*value)) else { return 0 };
        match self.value.get() {
            // Of equal values the first one stays: 1 and 1.0 differ in their type.
            Some(kept) if compare_raw(value, kept) != Ordering::Greater => 0,
            _ => self.value.set(value),
        }
    }

    pub fn write(&self, key: &str, out: &mut Output) {
        out.raw(key, self.value.get().unwrap_or(RawValue::Null));
    }
}
