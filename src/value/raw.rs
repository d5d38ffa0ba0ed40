//! Reading BSON bytes without decoding them.
//!
//! [`RawDoc`] trusts nothing: a malformed document reads as one that ends early, it never panics.
//! Bytes that come from outside pass [`validate_document`] once, before they are stored.

use crate::error::{Error, ErrorKind, Result};

/// The bytes of one document or array: length, elements, terminator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawDoc<'a>(&'a [u8]);

/// One value inside a document, borrowing from its bytes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RawValue<'a> {
    Double(f64),
    String(&'a str),
    Document(RawDoc<'a>),
    Array(RawDoc<'a>),
    Binary {
        subtype: u8,
        bytes: &'a [u8],
    },
    Undefined,
    ObjectId([u8; 12]),
    Boolean(bool),
    /// Milliseconds since the Unix epoch.
    DateTime(i64),
    Null,
    Regex {
        pattern: &'a str,
        options: &'a str,
    },
    DbPointer {
        namespace: &'a str,
        id: [u8; 12],
    },
    Code(&'a str),
    Symbol(&'a str),
    CodeWithScope {
        code: &'a str,
        scope: RawDoc<'a>,
    },
    Int32(i32),
    Timestamp(u64),
    Int64(i64),
    Decimal128([u8; 16]),
    MinKey,
    MaxKey,
}

/// A key with its value's bytes; the value is read when asked for.
#[derive(Debug, Clone, Copy)]
pub struct Element<'a> {
    key: &'a [u8],
    kind: u8,
    value: &'a [u8],
}

/// Walks the elements of a document in stored order.
#[derive(Debug, Clone)]
pub struct Elements<'a> {
    rest: &'a [u8],
}

impl<'a> RawDoc<'a> {
    #[inline]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    #[inline]
    pub fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    #[inline]
    pub fn elements(self) -> Elements<'a> {
        let end = read_i32(self.0)
            .and_then(|length| usize::try_from(length).ok())
            .map_or(0, |length| length.min(self.0.len()).saturating_sub(1));
        Elements { rest: self.0.get(4..end).unwrap_or_default() }
    }

    /// The value of `key`, if the document has it.
    pub fn get(self, key: &str) -> Option<RawValue<'a>> {
        self.element(key.as_bytes()).map(|element| element.value())
    }

    /// The first element with `key`, if the document has one.
    pub fn element(self, key: &[u8]) -> Option<Element<'a>> {
        // Scans of whole collections spend half of their time here.
        let first = key.first().copied().unwrap_or_default();
        let mut rest = self.elements().rest;
        loop {
            let (&kind, named) = rest.split_first()?;
            let is_it = named.first() == Some(&first)
                && named.get(key.len()) == Some(&0)
                && named.starts_with(key)
                // A key of the caller's may have a zero byte itself, and so reach into a value.
                && zero_at(named) == Some(key.len());
            let key_length = if is_it { key.len() } else { zero_at(named)? };
            let after = named.get(key_length + 1..)?;
            let (value, next) = after.split_at_checked(value_length(kind, after)?)?;
            if is_it {
                return Some(Element { key: named.get(..key_length)?, kind, value });
            }
            rest = next;
        }
    }

    pub fn is_empty(self) -> bool {
        self.elements().next().is_none()
    }

    /// The values in stored order: an array's elements.
    pub fn values(self) -> impl Iterator<Item = RawValue<'a>> + Clone {
        self.elements().map(|element| element.value())
    }

    pub fn len(self) -> usize {
        self.elements().count()
    }
}

impl<'a> RawValue<'a> {
    /// Reads the encoded bytes of a value of BSON type `kind_byte`; malformed ones read as
    /// undefined.
    pub fn read(kind_byte: u8, bytes: &'a [u8]) -> Self {
        read_value(kind_byte, bytes).unwrap_or(RawValue::Undefined)
    }
}

impl<'a> Element<'a> {
    #[inline]
    pub fn key(&self) -> &'a str {
        std::str::from_utf8(self.key).unwrap_or_default()
    }

    #[inline]
    pub fn key_bytes(&self) -> &'a [u8] {
        self.key
    }

    /// BSON's number of the value's type.
    #[inline]
    pub fn kind_byte(&self) -> u8 {
        self.kind
    }

    /// The encoded bytes of the value, without key and type.
    #[inline]
    pub fn value_bytes(&self) -> &'a [u8] {
        self.value
    }

    #[inline]
    pub fn value(&self) -> RawValue<'a> {
        RawValue::read(self.kind, self.value)
    }

    /// The bytes of a text, a symbol or a code, which are not known to be UTF-8.
    #[inline]
    pub fn text_bytes(&self) -> Option<&'a [u8]> {
        matches!(self.kind, 0x02 | 0x0D | 0x0E).then(|| read_text_bytes(self.value).unwrap_or(&[]))
    }
}

impl<'a> Elements<'a> {
    /// The next element if it has this key, in which there must be no zero byte. The walk has come
    /// to its end otherwise.
    #[inline]
    pub fn next_named(&mut self, key: &[u8]) -> Option<Element<'a>> {
        let (&kind, named) = std::mem::take(&mut self.rest).split_first()?;
        if named.get(key.len()) != Some(&0) || !named.starts_with(key) {
            return None;
        }
        let (key, after) = (named.get(..key.len())?, named.get(key.len() + 1..)?);
        let (value, rest) = after.split_at_checked(value_length(kind, after)?)?;
        self.rest = rest;
        Some(Element { key, kind, value })
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    #[inline]
    fn next(&mut self) -> Option<Element<'a>> {
        let (&kind, rest) = self.rest.split_first()?;
        let key_length = zero_at(rest)?;
        let (key, rest) = (rest.get(..key_length)?, rest.get(key_length + 1..)?);
        let length = value_length(kind, rest)?;
        let (value, rest) = rest.split_at_checked(length)?;
        self.rest = rest;
        Some(Element { key, kind, value })
    }
}

/// Where the first zero byte is. Keys are short: most are found in the first eight bytes.
#[inline]
fn zero_at(bytes: &[u8]) -> Option<usize> {
    const LOW: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let mut rest = bytes;
    while let Some((chunk, after)) = rest.split_first_chunk::<8>() {
        let word = u64::from_le_bytes(*chunk);
        // The lowest set bit stands at the first zero byte; higher ones may be wrong.
        let zeros = word.wrapping_sub(LOW) & !word & HIGH;
        if zeros != 0 {
            return Some(bytes.len() - rest.len() + (zeros.trailing_zeros() / 8) as usize);
        }
        rest = after;
    }
    rest.iter().position(|&byte| byte == 0).map(|at| bytes.len() - rest.len() + at)
}

#[inline]
fn read_i32(bytes: &[u8]) -> Option<i32> {
    bytes.first_chunk::<4>().map(|chunk| i32::from_le_bytes(*chunk))
}

#[inline]
fn read_length(bytes: &[u8]) -> Option<usize> {
    usize::try_from(read_i32(bytes)?).ok()
}

/// Bytes that a value of type `kind` takes at the start of `bytes`.
#[inline]
fn value_length(kind: u8, bytes: &[u8]) -> Option<usize> {
    Some(match kind {
        0x06 | 0x0A | 0xFF | 0x7F => 0,
        0x08 => 1,
        0x10 => 4,
        0x01 | 0x09 | 0x11 | 0x12 => 8,
        0x07 => 12,
        0x13 => 16,
        0x02 | 0x0D | 0x0E => read_length(bytes)?.checked_add(4)?,
        0x03 | 0x04 | 0x0F => read_length(bytes)?,
        0x05 => read_length(bytes)?.checked_add(5)?,
        0x0C => read_length(bytes)?.checked_add(4 + 12)?,
        0x0B => {
            let pattern = bytes.iter().position(|&byte| byte == 0)? + 1;
            pattern + bytes.get(pattern..)?.iter().position(|&byte| byte == 0)? + 1
        }
        _ => return None,
    })
}

fn read_text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(read_text_bytes(bytes)?).ok()
}

#[inline]
fn read_text_bytes(bytes: &[u8]) -> Option<&[u8]> {
    let length = read_length(bytes)?.checked_sub(1)?;
    bytes.get(4..4 + length)
}

fn read_value(kind: u8, bytes: &[u8]) -> Option<RawValue<'_>> {
    Some(match kind {
        0x01 => RawValue::Double(f64::from_le_bytes(*bytes.first_chunk()?)),
        0x02 => RawValue::String(read_text(bytes)?),
        0x03 => RawValue::Document(RawDoc(bytes)),
        0x04 => RawValue::Array(RawDoc(bytes)),
        0x05 => RawValue::Binary { subtype: *bytes.get(4)?, bytes: bytes.get(5..)? },
        0x06 => RawValue::Undefined,
        0x07 => RawValue::ObjectId(*bytes.first_chunk()?),
        0x08 => RawValue::Boolean(*bytes.first()? != 0),
        0x09 => RawValue::DateTime(i64::from_le_bytes(*bytes.first_chunk()?)),
        0x0A => RawValue::Null,
        0x0B => {
            let end = bytes.iter().position(|&byte| byte == 0)?;
            let options = bytes.get(end + 1..)?.split_last()?.1;
            RawValue::Regex {
                pattern: std::str::from_utf8(&bytes[..end]).ok()?,
                options: std::str::from_utf8(options).ok()?,
            }
        }
        0x0C => {
            let id = bytes.get(4 + read_length(bytes)?..)?;
            RawValue::DbPointer { namespace: read_text(bytes)?, id: *id.first_chunk()? }
        }
        0x0D => RawValue::Code(read_text(bytes)?),
        0x0E => RawValue::Symbol(read_text(bytes)?),
        0x0F => {
            let code = bytes.get(4..)?;
            let scope = code.get(4 + read_length(code)?..)?;
            RawValue::CodeWithScope { code: read_text(code)?, scope: RawDoc(scope) }
        }
        0x10 => RawValue::Int32(read_i32(bytes)?),
        0x11 => RawValue::Timestamp(u64::from_le_bytes(*bytes.first_chunk()?)),
        0x12 => RawValue::Int64(i64::from_le_bytes(*bytes.first_chunk()?)),
        0x13 => RawValue::Decimal128(*bytes.first_chunk()?),
        0x7F => RawValue::MaxKey,
        0xFF => RawValue::MinKey,
        _ => return None,
    })
}

/// Checks that `bytes` are exactly one well-formed document nested at most `depth_max` levels.
pub fn validate_document(bytes: &[u8], depth_max: usize) -> Result<()> {
    let malformed = || Error::new(ErrorKind::InvalidParam, "the bytes are not a BSON document");
    if read_length(bytes) != Some(bytes.len()) || bytes.len() < 5 || bytes.last() != Some(&0) {
        return Err(malformed());
    }
    if depth_max == 0 {
        return Err(Error::new(ErrorKind::InvalidParam, "the document is nested too deep"));
    }
    let mut elements = RawDoc(bytes).elements();
    for element in elements.by_ref() {
        if std::str::from_utf8(element.key).is_err() {
            return Err(malformed());
        }
        match read_value(element.kind, element.value).ok_or_else(malformed)? {
            RawValue::Document(inner) | RawValue::Array(inner) => {
                validate_document(inner.0, depth_max - 1)?;
            }
            RawValue::CodeWithScope { scope, .. } => validate_document(scope.0, depth_max - 1)?,
            _ => {}
        }
    }
    if elements.rest.is_empty() { Ok(()) } else { Err(malformed()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::encode_document;
    use bson::doc;

    #[test]
    fn the_first_zero_byte_is_found_wherever_it_is() {
        for length in 0..40 {
            for at in 0..=length {
                let mut bytes = vec![0xFF_u8; length];
                assert_eq!(zero_at(&bytes), None);
                // A byte above a zero byte that is one is where a borrow would show.
                bytes[at.min(length.saturating_sub(1))..].fill(1);
                if at < length {
                    bytes[at] = 0;
                    assert_eq!(zero_at(&bytes), Some(at));
                }
            }
        }
    }

    #[test]
    fn reads_every_value_it_wrote() {
        let source = doc! {"a": 1, "b": "文", "c": {"d": [1.5, null, true]}, "e": i64::MAX};
        let bytes = encode_document(&source);
        let raw = RawDoc::new(&bytes);
        assert_eq!(raw.get("a"), Some(RawValue::Int32(1)));
        assert_eq!(raw.get("b"), Some(RawValue::String("文")));
        assert_eq!(raw.get("e"), Some(RawValue::Int64(i64::MAX)));
        for absent in ["nothing", "", "ab", "bb", "a\0\u{1}\0\0"] {
            assert_eq!(raw.get(absent), None, "{absent}");
        }
        let empty = encode_document(&doc! {"ab": 1, "": 2, "a": 3});
        assert_eq!(RawDoc::new(&empty).get(""), Some(RawValue::Int32(2)));
        assert_eq!(RawDoc::new(&empty).get("a"), Some(RawValue::Int32(3)));
        assert_eq!(raw.len(), 4);
        let Some(RawValue::Document(inner)) = raw.get("c") else { panic!("c is a document") };
        let Some(RawValue::Array(items)) = inner.get("d") else { panic!("d is an array") };
        assert_eq!(items.values().count(), 3);
    }

    #[test]
    fn elements_can_be_asked_for_in_their_order() {
        let bytes = encode_document(&doc! {"a": 1, "ab": "文", "": true});
        let mut elements = RawDoc::new(&bytes).elements();
        assert_eq!(elements.next_named(b"a").map(|found| found.value()), Some(RawValue::Int32(1)));
        let text = elements.next_named(b"ab").and_then(|found| found.text_bytes());
        assert_eq!(text, Some("文".as_bytes()));
        assert!(elements.next_named(b"").is_some_and(|found| found.text_bytes().is_none()));
        assert!(elements.next_named(b"").is_none());
        for other in [b"b".as_slice(), b"", b"ab"] {
            let mut elements = RawDoc::new(&bytes).elements();
            assert!(elements.next_named(other).is_none(), "{other:?}");
            assert!(elements.next().is_none());
        }
    }

    #[test]
    fn cut_bytes_read_as_a_shorter_document_and_fail_validation() {
        let bytes = encode_document(
            &doc! {"a": "text", "b": {"c": [1, 2, 3]}, "d": bson::oid::ObjectId::from_bytes([7; 12])},
        );
        assert!(validate_document(&bytes, 100).is_ok());
        for end in 0..bytes.len() {
            let cut = &bytes[..end];
            assert!(validate_document(cut, 100).is_err(), "cut at {end}");
            RawDoc::new(cut).elements().for_each(|element| {
                std::hint::black_box(element.value());
            });
        }
    }

    #[test]
    fn any_single_changed_byte_neither_panics_nor_hangs() {
        let bytes = encode_document(
            &doc! {"a": "text", "b": {"c": [1, 2.5, "x"]}, "d": bson::DateTime::from_millis(5)},
        );
        for at in 0..bytes.len() {
            for value in [0_u8, 1, 0x7F, 0x80, 0xFF] {
                let mut changed = bytes.clone();
                changed[at] = value;
                let _ = validate_document(&changed, 100);
                RawDoc::new(&changed).elements().for_each(|element| {
                    std::hint::black_box(element.value());
                });
            }
        }
    }
}
