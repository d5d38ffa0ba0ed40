//! Owned values to bytes.

use crate::value::{Bson, Document, Kind, RawValue, kind_of};

/// Encodes a whole document.
pub fn encode_document(document: &Document) -> Vec<u8> {
    let mut writer = DocumentWriter::new();
    for (key, value) in document {
        writer.append(key, value);
    }
    writer.finish()
}

/// Appends the encoded value, without key and type, to `bytes`.
pub fn encode_value_into(bytes: &mut Vec<u8>, value: &Bson) {
    match value {
        Bson::Double(number) => bytes.extend_from_slice(&number.to_le_bytes()),
        Bson::String(text) | Bson::JavaScriptCode(text) | Bson::Symbol(text) => {
            write_text(bytes, text);
        }
        Bson::Array(items) => {
            let mut digits = ArrayKey::default();
            write_document(bytes, |bytes| {
                for (index, item) in items.iter().enumerate() {
                    write_element(bytes, digits.text(index), item);
                }
            });
        }
        Bson::Document(document) => write_document(bytes, |bytes| {
            for (key, value) in document {
                write_element(bytes, key, value);
            }
        }),
        Bson::Boolean(flag) => bytes.push(u8::from(*flag)),
        Bson::Null | Bson::Undefined | Bson::MinKey | Bson::MaxKey | Bson::DbPointer(_) => {}
        Bson::RegularExpression(regex) => {
            write_cstring(bytes, regex.pattern.as_str());
            write_cstring(bytes, regex.options.as_str());
        }
        Bson::JavaScriptCodeWithScope(code) => {
            let start = bytes.len();
            bytes.extend_from_slice(&[0; 4]);
            write_text(bytes, &code.code);
            bytes.extend_from_slice(&encode_document(&code.scope));
            patch_length(bytes, start);
        }
        Bson::Int32(number) => bytes.extend_from_slice(&number.to_le_bytes()),
        Bson::Int64(number) => bytes.extend_from_slice(&number.to_le_bytes()),
        Bson::Timestamp(stamp) => {
            bytes.extend_from_slice(&stamp.increment.to_le_bytes());
            bytes.extend_from_slice(&stamp.time.to_le_bytes());
        }
        Bson::Binary(binary) => {
            write_length(bytes, binary.bytes.len());
            bytes.push(u8::from(binary.subtype));
            bytes.extend_from_slice(&binary.bytes);
        }
        Bson::ObjectId(id) => bytes.extend_from_slice(&id.bytes()),
        Bson::DateTime(date) => bytes.extend_from_slice(&date.timestamp_millis().to_le_bytes()),
        Bson::Decimal128(number) => bytes.extend_from_slice(&number.bytes()),
    }
}

/// Builds the bytes of a document element by element.
#[derive(Debug)]
pub struct DocumentWriter {
    bytes: Vec<u8>,
    /// Where each open document starts; the first is the document itself.
    open: Vec<usize>,
}

impl Default for DocumentWriter {
    fn default() -> Self {
        Self::new()
    }
}

impl DocumentWriter {
    pub fn new() -> Self {
        Self::with_capacity(128)
    }

    pub fn with_capacity(capacity: usize) -> Self {
        let mut bytes = Vec::with_capacity(capacity);
        bytes.extend_from_slice(&[0; 4]);
        Self { bytes, open: vec![0] }
    }

    /// Bytes written so far.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    pub fn is_empty(&self) -> bool {
        self.bytes.len() == 4
    }

    pub fn append(&mut self, key: &str, value: &Bson) {
        write_element(&mut self.bytes, key, value);
    }

    /// Copies a value that is encoded already.
    pub fn append_encoded(&mut self, key: &str, kind_byte: u8, value: &[u8]) {
        self.key(kind_byte, key);
        self.bytes.extend_from_slice(value);
    }

    pub fn append_raw(&mut self, key: &str, value: RawValue<'_>) {
        match value {
            RawValue::Document(inner) => self.append_encoded(key, 0x03, inner.as_bytes()),
            RawValue::Array(inner) => self.append_encoded(key, 0x04, inner.as_bytes()),
            other => self.append(key, &crate::value::to_bson(other)),
        }
    }

    pub fn append_text(&mut self, key: &str, text: &str) {
        self.key(Kind::String as u8, key);
        write_text(&mut self.bytes, text);
    }

    pub fn append_double(&mut self, key: &str, number: f64) {
        self.key(Kind::Double as u8, key);
        self.bytes.extend_from_slice(&number.to_le_bytes());
    }

    pub fn append_int32(&mut self, key: &str, number: i32) {
        self.key(Kind::Int32 as u8, key);
        self.bytes.extend_from_slice(&number.to_le_bytes());
    }

    pub fn append_int64(&mut self, key: &str, number: i64) {
        self.key(Kind::Int64 as u8, key);
        self.bytes.extend_from_slice(&number.to_le_bytes());
    }

    /// Opens a document under `key`; [`close`](Self::close) ends it.
    pub fn open_document(&mut self, key: &str) {
        self.key(Kind::Document as u8, key);
        self.open_here();
    }

    /// Opens an array under `key`; its elements are appended with their index as key.
    pub fn open_array(&mut self, key: &str) {
        self.key(Kind::Array as u8, key);
        self.open_here();
    }

    /// Ends the document or array opened last.
    pub fn close(&mut self) {
        debug_assert!(self.open.len() > 1, "the outermost document is ended by finish");
        if let Some(start) = self.open.pop() {
            self.bytes.push(0);
            patch_length(&mut self.bytes, start);
        }
    }

    /// The finished bytes. Documents still open are ended.
    pub fn finish(mut self) -> Vec<u8> {
        while let Some(start) = self.open.pop() {
            self.bytes.push(0);
            patch_length(&mut self.bytes, start);
        }
        self.bytes
    }

    fn key(&mut self, kind_byte: u8, key: &str) {
        self.bytes.push(kind_byte);
        write_cstring(&mut self.bytes, key);
    }

    fn open_here(&mut self) {
        self.open.push(self.bytes.len());
        self.bytes.extend_from_slice(&[0; 4]);
    }
}

/// Array keys (`"0"`, `"1"` ..) without allocating.
#[derive(Debug, Default)]
pub(crate) struct ArrayKey {
    digits: [u8; 20],
}

impl ArrayKey {
    pub(crate) fn text(&mut self, mut index: usize) -> &str {
        let mut start = self.digits.len();
        loop {
            start -= 1;
            self.digits[start] = b'0' + u8::try_from(index % 10).unwrap_or_default();
            index /= 10;
            if index == 0 {
                break;
            }
        }
        std::str::from_utf8(&self.digits[start..]).unwrap_or_default()
    }
}

fn write_element(bytes: &mut Vec<u8>, key: &str, value: &Bson) {
    // `DbPointer` cannot be built from outside the bson crate; it is stored as null.
    let kind = if matches!(value, Bson::DbPointer(_)) { Kind::Null } else { kind_of(value) };
    bytes.push(kind as u8);
    write_cstring(bytes, key);
    encode_value_into(bytes, value);
}

fn write_document(bytes: &mut Vec<u8>, contents: impl FnOnce(&mut Vec<u8>)) {
    let start = bytes.len();
    bytes.extend_from_slice(&[0; 4]);
    contents(bytes);
    bytes.push(0);
    patch_length(bytes, start);
}

fn write_length(bytes: &mut Vec<u8>, length: usize) {
    // Requests are limited to far less than 2 GiB long before they are encoded.
    bytes.extend_from_slice(&i32::try_from(length).unwrap_or(i32::MAX).to_le_bytes());
}

fn patch_length(bytes: &mut [u8], start: usize) {
    let length = i32::try_from(bytes.len() - start).unwrap_or(i32::MAX);
    bytes[start..start + 4].copy_from_slice(&length.to_le_bytes());
}

fn write_text(bytes: &mut Vec<u8>, text: &str) {
    write_length(bytes, text.len() + 1);
    bytes.extend_from_slice(text.as_bytes());
    bytes.push(0);
}

/// A key cannot hold NUL; whoever accepts keys refuses it. Here it is cut, so that no caller can
/// write a document that reads differently.
fn write_cstring(bytes: &mut Vec<u8>, text: &str) {
    let end = text.bytes().position(|byte| byte == 0).unwrap_or(text.len());
    bytes.extend_from_slice(&text.as_bytes()[..end]);
    bytes.push(0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{RawDoc, to_document};
    use bson::doc;

    #[test]
    fn encodes_as_the_bson_crate_does() {
        let document = doc! {
            "d": 1.5, "s": "文🎉", "a": [1, [2, {"x": null}], "3"], "o": {"k": {"l": true}},
            "b": bson::Binary { subtype: bson::spec::BinarySubtype::Generic, bytes: vec![1, 2] },
            "id": bson::oid::ObjectId::from_bytes([9; 12]), "t": bson::DateTime::from_millis(-5),
            "i": 7, "l": 1_i64 << 40, "ts": bson::Timestamp { time: 3, increment: 4 },
            "min": Bson::MinKey, "max": Bson::MaxKey, "many": (0..120).collect::<Vec<i32>>(),
        };
        let bytes = encode_document(&document);
        assert_eq!(bytes, document.to_vec().unwrap());
        assert_eq!(to_document(RawDoc::new(&bytes)), document);
    }

    #[test]
    fn the_writer_nests() {
        let mut writer = DocumentWriter::new();
        writer.append_int32("a", 1);
        writer.open_array("b");
        writer.append_text("0", "x");
        writer.open_document("1");
        writer.append_double("c", 0.5);
        writer.close();
        writer.close();
        let bytes = writer.finish();
        assert_eq!(to_document(RawDoc::new(&bytes)), doc! {"a": 1, "b": ["x", {"c": 0.5}]});
    }
}
