//! Reading and writing the fields of a frame's document.

use bson::Binary;
use bson::spec::BinarySubtype;

use crate::error::{Error, ErrorKind, Result};
use crate::limits::REQUEST_DEPTH_MAX;
use crate::value::Bson;
use crate::value::Document;
use crate::value::RawDoc;
use crate::value::RawValue;
use crate::value::encode_document;
use crate::value::to_document;
use crate::value::validate_document;

/// Levels of a frame's own document: arrays of bytes, and `Explain` around a command.
const FRAME_DEPTH_MAX: usize = 8;

pub fn text(text: &str) -> Bson {
    Bson::String(text.to_owned())
}

pub fn texts(list: &[String]) -> Bson {
    Bson::Array(list.iter().cloned().map(Bson::String).collect())
}

pub fn number(number: u64) -> Bson {
    Bson::Int64(number.cast_signed())
}

pub fn binary(bytes: Vec<u8>) -> Bson {
    Bson::Binary(Binary { subtype: BinarySubtype::Generic, bytes })
}

pub fn packed(document: &Document) -> Bson {
    binary(encode_document(document))
}

pub fn unpack(bytes: &[u8]) -> Result<Document> {
    validate_document(bytes, REQUEST_DEPTH_MAX + 1)?;
    Ok(to_document(RawDoc::new(bytes)))
}

/// The fields of a received document.
pub struct Fields<'a>(RawDoc<'a>);

impl<'a> Fields<'a> {
    pub fn of(frame: &'a [u8]) -> Result<Self> {
        validate_document(frame, FRAME_DEPTH_MAX)?;
        Ok(Self(RawDoc::new(frame)))
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some()
    }

    pub fn text(&self, name: &str) -> Result<String> {
        match self.0.get(name) {
            Some(RawValue::String(text)) => Ok(text.to_owned()),
            _ => Err(malformed()),
        }
    }

    pub fn int32(&self, name: &str) -> Result<i32> {
        match self.0.get(name) {
            Some(RawValue::Int32(number)) => Ok(number),
            _ => Err(malformed()),
        }
    }

    pub fn number(&self, name: &str) -> Result<u64> {
        match self.0.get(name) {
            Some(RawValue::Int64(number)) => Ok(number.cast_unsigned()),
            _ => Err(malformed()),
        }
    }

    pub fn boolean(&self, name: &str) -> Result<bool> {
        match self.0.get(name) {
            Some(RawValue::Boolean(value)) => Ok(value),
            _ => Err(malformed()),
        }
    }

    pub fn bytes(&self, name: &str) -> Result<Vec<u8>> {
        self.binary(name).map(<[u8]>::to_vec)
    }

    pub fn binary(&self, name: &str) -> Result<&'a [u8]> {
        match self.0.get(name) {
            Some(RawValue::Binary { bytes, .. }) => Ok(bytes),
            _ => Err(malformed()),
        }
    }

    pub fn packed(&self, name: &str) -> Result<Document> {
        unpack(self.binary(name)?)
    }

    pub fn list<T>(&self, name: &str, read: impl Fn(&[u8]) -> Result<T>) -> Result<Vec<T>> {
        let Some(RawValue::Array(items)) = self.0.get(name) else { return Err(malformed()) };
        items
            .values()
            .map(|item| match item {
                RawValue::Binary { bytes, .. } => read(bytes),
                _ => Err(malformed()),
            })
            .collect()
    }

    pub fn texts(&self, name: &str) -> Result<Vec<String>> {
        let Some(RawValue::Array(items)) = self.0.get(name) else { return Err(malformed()) };
        items
            .values()
            .map(|item| match item {
                RawValue::String(text) => Ok(text.to_owned()),
                _ => Err(malformed()),
            })
            .collect()
    }

    pub fn inner(&self, name: &str) -> Result<Self> {
        match self.0.get(name) {
            Some(RawValue::Document(inner)) => Ok(Self(inner)),
            _ => Err(malformed()),
        }
    }
}

pub fn malformed() -> Error {
    Error::new(ErrorKind::Internal, "another process sent what this version does not understand")
}
