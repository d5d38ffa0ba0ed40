//! `$exists` and `$type`.

use crate::error::{Error, Result};
use crate::query::{BAD_VALUE, FAILED_TO_PARSE, TYPE_MISMATCH};
use crate::value::{Bson, Kind, kind_of, shell_text};

/// Whether a value counts as true where an operator takes a flag: everything but false, zero,
/// null and undefined does.
pub(super) fn is_true(value: &Bson) -> bool {
    match value {
        Bson::Boolean(flag) => *flag,
        Bson::Int32(number) => *number != 0,
        Bson::Int64(number) => *number != 0,
        Bson::Double(number) => *number != 0.0,
        Bson::Decimal128(_) => crate::value::compare(value, &Bson::Int32(0)).is_ne(),
        Bson::Null | Bson::Undefined => false,
        _ => true,
    }
}

/// The types that `$type`, `bsonType` or `type` accepts.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct TypeSet {
    kinds: Vec<Kind>,
}

/// The types with the numbers that `$type` knows them by.
const TYPES: [(Kind, i64); 21] = [
    (Kind::MinKey, -1),
    (Kind::Double, 1),
    (Kind::String, 2),
    (Kind::Document, 3),
    (Kind::Array, 4),
    (Kind::Binary, 5),
    (Kind::Undefined, 6),
    (Kind::ObjectId, 7),
    (Kind::Boolean, 8),
    (Kind::DateTime, 9),
    (Kind::Null, 10),
    (Kind::Regex, 11),
    (Kind::DbPointer, 12),
    (Kind::Code, 13),
    (Kind::Symbol, 14),
    (Kind::CodeWithScope, 15),
    (Kind::Int32, 16),
    (Kind::Timestamp, 17),
    (Kind::Int64, 18),
    (Kind::Decimal128, 19),
    (Kind::MaxKey, 127),
];

const NUMBERS: [Kind; 4] = [Kind::Double, Kind::Int32, Kind::Int64, Kind::Decimal128];

impl TypeSet {
    /// Reads `$type`'s operand: a name, a number, or an array of them.
    pub(super) fn parse(operand: &Bson) -> Result<Self> {
        let mut set = Self::default();
        if let Bson::Array(items) = operand {
            for item in items {
                set.add(item)?;
            }
        } else {
            set.add(operand)?;
        }
        if set.kinds.is_empty() {
            return Err(Error::mongo(FAILED_TO_PARSE, "$type must match at least one type"));
        }
        Ok(set)
    }

    fn add(&mut self, operand: &Bson) -> Result<()> {
        match operand {
            Bson::String(name) => self.add_alias(name),
            Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_) | Bson::Decimal128(_) => {
                let known = TYPES.iter().find(|(_, number)| {
                    crate::value::compare(operand, &Bson::Int64(*number)).is_eq()
                });
                let (kind, _) = known.ok_or_else(|| {
                    Error::mongo(
                        BAD_VALUE,
                        format!("Invalid numerical type code: {}", shell_text(operand)),
                    )
                })?;
                self.kinds.push(*kind);
                Ok(())
            }
            _ => {
                Err(Error::mongo(TYPE_MISMATCH, "type must be represented as a number or a string"))
            }
        }
    }

    /// Adds a type by MongoDB's name; `number` stands for all four number types.
    pub(super) fn add_alias(&mut self, name: &str) -> Result<()> {
        if name == "number" {
            self.kinds.extend(NUMBERS);
            return Ok(());
        }
        let known = TYPES.iter().find(|(kind, _)| kind.name() == name);
        let (kind, _) = known
            .ok_or_else(|| Error::mongo(BAD_VALUE, format!("Unknown type name alias: {name}")))?;
        self.kinds.push(*kind);
        Ok(())
    }

    /// Adds a type by its name in JSON Schema. False when there is no such name.
    pub(super) fn add_json_type(&mut self, name: &str) -> bool {
        match name {
            "number" => self.kinds.extend(NUMBERS),
            "string" => self.kinds.push(Kind::String),
            "object" => self.kinds.push(Kind::Document),
            "array" => self.kinds.push(Kind::Array),
            "boolean" => self.kinds.push(Kind::Boolean),
            "null" => self.kinds.push(Kind::Null),
            _ => return false,
        }
        true
    }

    pub(super) fn contains(&self, kind: Kind) -> bool {
        self.kinds.contains(&kind)
    }

    pub(super) fn len(&self) -> usize {
        self.kinds.len()
    }
}

/// The name of a value's type, as error texts print it.
pub(super) fn type_name(value: &Bson) -> &'static str {
    kind_of(value).name()
}
