//! The types of BSON, their numbers and their names.

use crate::value::{Bson, RawValue};

/// A BSON type; its discriminant is the byte in the encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Kind {
    Double = 0x01,
    String = 0x02,
    Document = 0x03,
    Array = 0x04,
    Binary = 0x05,
    Undefined = 0x06,
    ObjectId = 0x07,
    Boolean = 0x08,
    DateTime = 0x09,
    Null = 0x0A,
    Regex = 0x0B,
    DbPointer = 0x0C,
    Code = 0x0D,
    Symbol = 0x0E,
    CodeWithScope = 0x0F,
    Int32 = 0x10,
    Timestamp = 0x11,
    Int64 = 0x12,
    Decimal128 = 0x13,
    MaxKey = 0x7F,
    MinKey = 0xFF,
}

impl Kind {
    /// MongoDB's name: what `$type` returns and what error texts print.
    pub fn name(self) -> &'static str {
        match self {
            Self::Double => "double",
            Self::String => "string",
            Self::Document => "object",
            Self::Array => "array",
            Self::Binary => "binData",
            Self::Undefined => "undefined",
            Self::ObjectId => "objectId",
            Self::Boolean => "bool",
            Self::DateTime => "date",
            Self::Null => "null",
            Self::Regex => "regex",
            Self::DbPointer => "dbPointer",
            Self::Code => "javascript",
            Self::Symbol => "symbol",
            Self::CodeWithScope => "javascriptWithScope",
            Self::Int32 => "int",
            Self::Timestamp => "timestamp",
            Self::Int64 => "long",
            Self::Decimal128 => "decimal",
            Self::MaxKey => "maxKey",
            Self::MinKey => "minKey",
        }
    }

    /// Where values of this type stand in the order of all values. Types with the same rank
    /// (the four number types) are compared by value.
    pub fn rank(self) -> u8 {
        match self {
            Self::MinKey => 0,
            Self::Undefined => 1,
            Self::Null => 2,
            Self::Double | Self::Int32 | Self::Int64 | Self::Decimal128 => 3,
            Self::String | Self::Symbol => 4,
            Self::Document => 5,
            Self::Array => 6,
            Self::Binary => 7,
            Self::ObjectId => 8,
            Self::Boolean => 9,
            Self::DateTime => 10,
            Self::Timestamp => 11,
            Self::Regex => 12,
            Self::DbPointer => 13,
            Self::Code => 14,
            Self::CodeWithScope => 15,
            Self::MaxKey => 16,
        }
    }

    pub fn is_number(self) -> bool {
        self.rank() == 3
    }
}

pub fn kind_of(value: &Bson) -> Kind {
    match value {
        Bson::Double(_) => Kind::Double,
        Bson::String(_) => Kind::String,
        Bson::Array(_) => Kind::Array,
        Bson::Document(_) => Kind::Document,
        Bson::Boolean(_) => Kind::Boolean,
        Bson::Null => Kind::Null,
        Bson::RegularExpression(_) => Kind::Regex,
        Bson::JavaScriptCode(_) => Kind::Code,
        Bson::JavaScriptCodeWithScope(_) => Kind::CodeWithScope,
        Bson::Int32(_) => Kind::Int32,
        Bson::Int64(_) => Kind::Int64,
        Bson::Timestamp(_) => Kind::Timestamp,
        Bson::Binary(_) => Kind::Binary,
        Bson::ObjectId(_) => Kind::ObjectId,
        Bson::DateTime(_) => Kind::DateTime,
        Bson::Symbol(_) => Kind::Symbol,
        Bson::Decimal128(_) => Kind::Decimal128,
        Bson::Undefined => Kind::Undefined,
        Bson::MaxKey => Kind::MaxKey,
        Bson::MinKey => Kind::MinKey,
        Bson::DbPointer(_) => Kind::DbPointer,
    }
}

impl RawValue<'_> {
    pub fn kind(&self) -> Kind {
        match self {
            Self::Double(_) => Kind::Double,
            Self::String(_) => Kind::String,
            Self::Document(_) => Kind::Document,
            Self::Array(_) => Kind::Array,
            Self::Binary { .. } => Kind::Binary,
            Self::Undefined => Kind::Undefined,
            Self::ObjectId(_) => Kind::ObjectId,
            Self::Boolean(_) => Kind::Boolean,
            Self::DateTime(_) => Kind::DateTime,
            Self::Null => Kind::Null,
            Self::Regex { .. } => Kind::Regex,
            Self::DbPointer { .. } => Kind::DbPointer,
            Self::Code(_) => Kind::Code,
            Self::Symbol(_) => Kind::Symbol,
            Self::CodeWithScope { .. } => Kind::CodeWithScope,
            Self::Int32(_) => Kind::Int32,
            Self::Timestamp(_) => Kind::Timestamp,
            Self::Int64(_) => Kind::Int64,
            Self::Decimal128(_) => Kind::Decimal128,
            Self::MinKey => Kind::MinKey,
            Self::MaxKey => Kind::MaxKey,
        }
    }
}
