//! Writes the documents a stage computes into one buffer that is used again for the next.

use crate::aggregate::stored::append_value;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;
use crate::value::Element;
use crate::value::Kind;
use crate::value::RawDoc;
use crate::value::RawValue;
use crate::value::encode_value_into;
use crate::value::kind_of;

/// A document under construction.
#[derive(Debug, Default)]
pub(crate) struct Output {
    bytes: Vec<u8>,
    /// Where each open document or array starts, with the number of elements of an array.
    open: Vec<(usize, usize)>,
}

impl Output {
    /// Forgets what was written and opens a document.
    pub fn begin(&mut self) {
        self.bytes.clear();
        self.open.clear();
        self.start();
    }

    /// Ends the document begun last.
    pub fn end(&mut self) -> RawDoc<'_> {
        while !self.open.is_empty() {
            self.close();
        }
        RawDoc::new(&self.bytes)
    }

    /// Bytes written so far.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    pub fn copy(&mut self, element: &Element<'_>) {
        self.head(element.kind_byte(), element.key_bytes());
        self.bytes.extend_from_slice(element.value_bytes());
    }

    /// Copies an element's value under another key.
    pub fn copy_as(&mut self, key: &[u8], element: &Element<'_>) {
        self.head(element.kind_byte(), key);
        self.bytes.extend_from_slice(element.value_bytes());
    }

    pub fn raw(&mut self, key: &str, value: RawValue<'_>) {
        self.head(value.kind() as u8, key.as_bytes());
        append_value(&mut self.bytes, value);
    }

    pub fn value(&mut self, key: &str, value: &Bson) {
        let kind = if matches!(value, Bson::DbPointer(_)) { Kind::Null } else { kind_of(value) };
        self.head(kind as u8, key.as_bytes());
        encode_value_into(&mut self.bytes, value);
    }

    /// The next element of the array opened last.
    pub fn item(&mut self, value: RawValue<'_>) {
        self.item_head(value.kind() as u8);
        append_value(&mut self.bytes, value);
    }

    /// The next element of the array opened last, as encoded bytes.
    pub fn item_encoded(&mut self, kind_byte: u8, value: &[u8]) {
        self.item_head(kind_byte);
        self.bytes.extend_from_slice(value);
    }

    pub fn open_document(&mut self, key: &[u8]) {
        self.head(Kind::Document as u8, key);
        self.start();
    }

    pub fn open_array(&mut self, key: &[u8]) {
        self.head(Kind::Array as u8, key);
        self.start();
    }

    pub fn open_item_document(&mut self) {
        self.item_head(Kind::Document as u8);
        self.start();
    }

    pub fn open_item_array(&mut self) {
        self.item_head(Kind::Array as u8);
        self.start();
    }

    /// Ends the document or array opened last.
    pub fn close(&mut self) {
        let Some((start, _)) = self.open.pop() else { return };
        self.bytes.push(0);
        let length = i32::try_from(self.bytes.len() - start).unwrap_or(i32::MAX);
        if let Some(place) = self.bytes.get_mut(start..start + 4) {
            place.copy_from_slice(&length.to_le_bytes());
        }
    }

    fn start(&mut self) {
        self.open.push((self.bytes.len(), 0));
        self.bytes.extend_from_slice(&[0; 4]);
    }

    fn head(&mut self, kind_byte: u8, key: &[u8]) {
        self.bytes.push(kind_byte);
        // A key cannot hold NUL: it is cut there, as everywhere documents are written.
        let end = key.iter().position(|&byte| byte == 0).unwrap_or(key.len());
        self.bytes.extend_from_slice(&key[..end]);
        self.bytes.push(0);
    }

    fn item_head(&mut self, kind_byte: u8) {
        self.bytes.push(kind_byte);
        if let Some((_, count)) = self.open.last_mut() {
            append_index(&mut self.bytes, *count);
            *count += 1;
        }
        self.bytes.push(0);
    }
}

fn append_index(bytes: &mut Vec<u8>, index: usize) {
    let start = bytes.len();
    let mut rest = index;
    loop {
        bytes.push(b'0' + u8::try_from(rest % 10).unwrap_or_default());
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if let Some(digits) = bytes.get_mut(start..) {
        digits.reverse();
    }
}

/// Writes one field under the name given.
pub(crate) type Write<'w> = dyn Fn(&mut Output, &str) + 'w;

/// Writes `document` with the value at `path` replaced. Where the path leads through nothing or
/// through a value that is not an object, objects are made. `None` removes the field.
pub(crate) fn write_with(
    out: &mut Output,
    document: RawDoc<'_>,
    path: &[Box<str>],
    value: Option<&Write<'_>>,
) {
    out.begin();
    write_fields(out, document, path, value);
}

fn write_fields(
    out: &mut Output,
    document: RawDoc<'_>,
    path: &[Box<str>],
    value: Option<&Write<'_>>,
) {
    let Some((name, rest)) = path.split_first() else { return };
    let mut found = false;
    for element in document.elements() {
        if found || element.key_bytes() != name.as_bytes() {
            out.copy(&element);
            continue;
        }
        found = true;
        if rest.is_empty() {
            if let Some(write) = value {
                write(out, name);
            }
            continue;
        }
        match (element.value(), value) {
            (RawValue::Document(inner), value) => {
                out.open_document(name.as_bytes());
                write_fields(out, inner, rest, value);
                out.close();
            }
            (_, Some(write)) => write_new(out, path, write),
            (_, None) => out.copy(&element),
        }
    }
    if let (false, Some(write)) = (found, value) {
        write_new(out, path, write);
    }
}

fn write_new(out: &mut Output, path: &[Box<str>], write: &Write<'_>) {
    let Some((last, parents)) = path.split_last() else { return };
    for parent in parents {
        out.open_document(parent.as_bytes());
    }
    write(out, last);
    for _ in parents {
        out.close();
    }
}

/// Refuses a document that nests deeper than BSON allows.
pub(crate) fn check_depth(document: RawDoc<'_>, depth_left: usize) -> Result<()> {
    for element in document.elements() {
        if let RawValue::Document(inner) | RawValue::Array(inner) = element.value() {
            let Some(depth_left) = depth_left.checked_sub(1) else {
                return Err(Error::mongo(
                    15,
                    "cannot convert document to BSON because it exceeds the limit of 200 levels \
                     of nesting",
                ));
            };
            check_depth(inner, depth_left)?;
        }
    }
    Ok(())
}
