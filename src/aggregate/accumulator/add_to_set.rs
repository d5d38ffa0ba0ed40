//! `$addToSet`: the distinct values of a group, in the order in which they were seen first.
//! Missing ones are left out; an array is one value.

use std::collections::HashSet;

use crate::aggregate::accumulator::push::Push;
use crate::aggregate::key::key_of;
use crate::aggregate::output::Output;
use crate::value::RawValue;

#[derive(Debug, Default)]
pub(crate) struct AddToSet {
    keys: HashSet<Vec<u8>>,
    values: Push,
}

impl AddToSet {
    pub fn add(&mut self, value: Option<RawValue<'_>>) -> usize {
        let Some(value) = value else { return 0 };
        let key = key_of(value);
        let key_bytes = key.len() + size_of::<Vec<u8>>();
        if !self.keys.insert(key) {
            return 0;
        }
        key_bytes + self.values.add(Some(value))
    }

    pub fn write(&self, key: &str, out: &mut Output) {
        self.values.write(key, out);
    }
}
