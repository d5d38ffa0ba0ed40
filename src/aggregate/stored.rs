//! Single values kept as bytes, and owned values lent as raw ones.

use crate::value::Bson;
use crate::value::RawDoc;
use crate::value::RawValue;
use crate::value::encode_value_into;

/// A value that outlives the document it came from. Replacing it reuses its memory.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stored {
    /// A document with the value as its only element, under the empty key; or nothing.
    bytes: Vec<u8>,
}

impl Stored {
    pub fn new(value: RawValue<'_>) -> Self {
        let mut stored = Self::default();
        stored.set(value);
        stored
    }

    pub fn of(value: &Bson) -> Self {
        let mut scratch = Vec::new();
        Self::new(lend(value, &mut scratch))
    }

    /// Replaces the value. Returns the bytes of memory this took in addition.
    pub fn set(&mut self, value: RawValue<'_>) -> usize {
        let before = self.bytes.capacity();
        self.bytes.clear();
        self.bytes.extend_from_slice(&[0, 0, 0, 0, value.kind() as u8, 0]);
        append_value(&mut self.bytes, value);
        self.bytes.push(0);
        let length = i32::try_from(self.bytes.len()).unwrap_or(i32::MAX);
        self.bytes[..4].copy_from_slice(&length.to_le_bytes());
        self.bytes.capacity() - before
    }

    pub fn get(&self) -> Option<RawValue<'_>> {
        RawDoc::new(&self.bytes).elements().next().map(|element| element.value())
    }

    pub fn memory_bytes(&self) -> usize {
        self.bytes.capacity()
    }
}

/// Lends an owned value as a raw one. Documents and arrays are encoded into `scratch`.
pub(crate) fn lend<'a>(value: &'a Bson, scratch: &'a mut Vec<u8>) -> RawValue<'a> {
    match value {
        Bson::Double(number) => RawValue::Double(*number),
        Bson::String(text) => RawValue::String(text),
        Bson::Boolean(flag) => RawValue::Boolean(*flag),
        Bson::Null | Bson::DbPointer(_) => RawValue::Null,
        Bson::Int32(number) => RawValue::Int32(*number),
        Bson::Int64(number) => RawValue::Int64(*number),
        Bson::DateTime(date) => RawValue::DateTime(date.timestamp_millis()),
        Bson::ObjectId(id) => RawValue::ObjectId(id.bytes()),
        Bson::Symbol(text) => RawValue::Symbol(text),
        Bson::JavaScriptCode(code) => RawValue::Code(code),
        Bson::Decimal128(number) => RawValue::Decimal128(number.bytes()),
        Bson::Undefined => RawValue::Undefined,
        Bson::MinKey => RawValue::MinKey,
        Bson::MaxKey => RawValue::MaxKey,
        Bson::RegularExpression(regex) => {
            RawValue::Regex { pattern: regex.pattern.as_str(), options: regex.options.as_str() }
        }
        Bson::Binary(binary) => {
            RawValue::Binary { subtype: u8::from(binary.subtype), bytes: &binary.bytes }
        }
        Bson::Timestamp(stamp) => {
            RawValue::Timestamp((u64::from(stamp.time) << 32) | u64::from(stamp.increment))
        }
        Bson::Document(_) => {
            scratch.clear();
            encode_value_into(scratch, value);
            RawValue::Document(RawDoc::new(scratch))
        }
        Bson::Array(_) => {
            scratch.clear();
            encode_value_into(scratch, value);
            RawValue::Array(RawDoc::new(scratch))
        }
        Bson::JavaScriptCodeWithScope(code) => {
            scratch.clear();
            *scratch = crate::value::encode_document(&code.scope);
            RawValue::CodeWithScope { code: &code.code, scope: RawDoc::new(scratch) }
        }
    }
}

/// Appends the encoded value, without key and type.
pub(crate) fn append_value(bytes: &mut Vec<u8>, value: RawValue<'_>) {
    match value {
        RawValue::Double(number) => bytes.extend_from_slice(&number.to_le_bytes()),
        RawValue::String(text) | RawValue::Code(text) | RawValue::Symbol(text) => {
            append_text(bytes, text);
        }
        RawValue::Document(inner) | RawValue::Array(inner) => {
            bytes.extend_from_slice(inner.as_bytes());
        }
        RawValue::Binary { subtype, bytes: contents } => {
            append_length(bytes, contents.len());
            bytes.push(subtype);
            bytes.extend_from_slice(contents);
        }
        RawValue::ObjectId(id) => bytes.extend_from_slice(&id),
        RawValue::Boolean(flag) => bytes.push(u8::from(flag)),
        RawValue::DateTime(number) | RawValue::Int64(number) => {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        RawValue::Regex { pattern, options } => {
            bytes.extend_from_slice(pattern.as_bytes());
            bytes.push(0);
            bytes.extend_from_slice(options.as_bytes());
            bytes.push(0);
        }
        RawValue::DbPointer { namespace, id } => {
            append_text(bytes, namespace);
            bytes.extend_from_slice(&id);
        }
        RawValue::CodeWithScope { code, scope } => {
            append_length(bytes, 4 + 4 + code.len() + 1 + scope.as_bytes().len());
            append_text(bytes, code);
            bytes.extend_from_slice(scope.as_bytes());
        }
        RawValue::Int32(number) => bytes.extend_from_slice(&number.to_le_bytes()),
        RawValue::Timestamp(bits) => bytes.extend_from_slice(&bits.to_le_bytes()),
        RawValue::Decimal128(number) => bytes.extend_from_slice(&number),
        RawValue::Undefined | RawValue::Null | RawValue::MinKey | RawValue::MaxKey => {}
    }
}

fn append_text(bytes: &mut Vec<u8>, text: &str) {
    append_length(bytes, text.len() + 1);
    bytes.extend_from_slice(text.as_bytes());
    bytes.push(0);
}

fn append_length(bytes: &mut Vec<u8>, length: usize) {
    bytes.extend_from_slice(&i32::try_from(length).unwrap_or(i32::MAX).to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::encode_document;
    use bson::doc;

    #[test]
    fn keeps_every_type_as_it_is_encoded() {
        let document = doc! {
            "d": 1.5, "s": "文", "o": {"a": [1, null]}, "a": [1, "x"],
            "b": bson::Binary { subtype: bson::spec::BinarySubtype::Generic, bytes: vec![1, 2] },
            "u": Bson::Undefined, "id": bson::oid::ObjectId::from_bytes([7; 12]), "t": true,
            "date": bson::DateTime::from_millis(-4), "n": null, "i": 3, "l": 4_i64,
            "r": bson::Regex {
                pattern: "a.*".try_into().unwrap(), options: "i".try_into().unwrap(),
            },
            "c": Bson::JavaScriptCode("f()".into()), "y": Bson::Symbol("s".into()),
            "w": bson::JavaScriptCodeWithScope { code: "g()".into(), scope: doc! {"x": 1} },
            "ts": bson::Timestamp { time: 9, increment: 2 },
            "x": "1.50".parse::<bson::Decimal128>().unwrap(),
            "min": Bson::MinKey, "max": Bson::MaxKey,
        };
        let bytes = encode_document(&document);
        for element in RawDoc::new(&bytes).elements() {
            let stored = Stored::new(element.value());
            assert_eq!(stored.get(), Some(element.value()), "{}", element.key());
        }
        for (key, value) in &document {
            let raw = RawDoc::new(&bytes).get(key).unwrap();
            assert_eq!(lend(value, &mut Vec::new()), raw, "{key}");
        }
        assert_eq!(Stored::default().get(), None);
    }
}
