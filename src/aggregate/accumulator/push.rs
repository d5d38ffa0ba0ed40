//! `$push`: all values of a group in the order of its documents. Missing ones are left out.

use crate::aggregate::output::Output;
use crate::aggregate::stored::append_value;
use crate::value::RawValue;

#[derive(Debug, Default)]
pub(crate) struct Push {
    /// Type byte and encoded value of each item, one after the other.
    bytes: Vec<u8>,
    /// Where each item ends.
    ends: Vec<usize>,
}

impl Push {
    pub fn add(&mut self, value: Option<RawValue<'_>>) -> usize {
        let Some(value) = value else { return 0 };
        let before = self.memory_bytes();
        self.bytes.push(value.kind() as u8);
        append_value(&mut self.bytes, value);
        self.ends.push(self.bytes.len());
        self.memory_bytes() - before
    }

    pub fn write(&self, key: &str, out: &mut Output) {
        out.open_array(key.as_bytes());
        let mut start = 0;
        for &end in &self.ends {
            if let Some((kind_byte, value)) =
                self.bytes.get(start..end).and_then(<[u8]>::split_first)
            {
                out.item_encoded(*kind_byte, value);
            }
            start = end;
        }
        out.close();
    }

    fn memory_bytes(&self) -> usize {
        self.bytes.capacity() + self.ends.capacity() * size_of::<usize>()
    }
}
