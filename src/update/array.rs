//! Arrays under update: their elements, and their bytes again.

use crate::update::operand::Value;
use crate::value::{ArrayKey, DocumentWriter, RawDoc};

/// The elements of a stored array.
pub(super) fn items_of(array: RawDoc<'_>) -> Vec<Value<'_>> {
    array.elements().map(Value::stored).collect()
}

/// The array value that holds `items`.
pub(super) fn array_of<'i>(items: impl IntoIterator<Item = &'i Value<'i>>) -> Value<'static> {
    let mut writer = DocumentWriter::new();
    let mut key = ArrayKey::default();
    for (index, item) in items.into_iter().enumerate() {
        writer.append_encoded(key.text(index), item.kind_byte(), item.bytes());
    }
    Value::array(writer.finish())
}

/// The position that a segment of an update path names. Unlike in filters, `01` is 1.
pub(super) fn position_of(segment: &str) -> Option<usize> {
    let is_number = !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { segment.parse().ok() } else { None }
}
