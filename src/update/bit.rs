//! `$bit`: `and`, `or` and `xor` on integers.

use crate::error::Result;
use crate::update::failure::bad_value;
use crate::update::operand::Value;
use crate::update::operator::Outcome;
use crate::update::place::{Context, Place};
use crate::value::{Bson, RawValue, kind_of, shell_document};

#[derive(Debug, Clone)]
pub(super) struct Bit {
    steps: Vec<(Bitwise, Integer)>,
}

#[derive(Debug, Clone, Copy)]
enum Bitwise {
    And,
    Or,
    Xor,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Integer {
    Int32(i32),
    Int64(i64),
}

impl Bit {
    pub(super) fn parse(value: &Bson) -> Result<Self> {
        let Bson::Document(operations) = value else {
            return Err(bad_value(format!(
                "The $bit modifier is not compatible with a {}. You must pass in an embedded \
                 document: {{$bit: {{field: {{and/or/xor: #}}}}",
                kind_of(value).name()
            )));
        };
        let mut steps = Vec::with_capacity(operations.len());
        for (name, operand) in operations {
            let operation = match name.as_str() {
                "and" => Bitwise::And,
                "or" => Bitwise::Or,
                "xor" => Bitwise::Xor,
                _ => {
                    return Err(bad_value(format!(
                        "The $bit modifier only supports 'and', 'or', and 'xor', not '{name}' \
                         which is an unknown operator: {}",
                        shell_document(name, operand)
                    )));
                }
            };
            let operand = match operand {
                Bson::Int32(number) => Integer::Int32(*number),
                Bson::Int64(number) => Integer::Int64(*number),
                other => {
                    return Err(bad_value(format!(
                        "The $bit modifier field must be an Integer(32/64 bit); a '{}' is not \
                         supported here: {}",
                        kind_of(other).name(),
                        shell_document(name, other)
                    )));
                }
            };
            steps.push((operation, operand));
        }
        if steps.is_empty() {
            return Err(bad_value(
                "You must pass in at least one bitwise operation. The format is: \
                 {$bit: {field: {and/or/xor: #}}",
            ));
        }
        Ok(Self { steps })
    }

    /// A missing field counts as 0.
    pub(super) fn create(&self) -> Value<'static> {
        self.result(Integer::Int32(0)).value()
    }

    pub(super) fn update(
        &self,
        current: &Value<'_>,
        here: &Place<'_>,
        context: &Context<'_>,
    ) -> Result<Outcome<'static>> {
        let before = match current.raw() {
            RawValue::Int32(number) => Integer::Int32(number),
            RawValue::Int64(number) => Integer::Int64(number),
            other => {
                // MongoDB's own text lacks the brackets and the space.
                return Err(bad_value(format!(
                    "Cannot apply $bit to a value of non-integral type.{} has the field {} of \
                     non-integer type {}",
                    context.id_text(),
                    here.name,
                    other.kind().name()
                )));
            }
        };
        let after = self.result(before);
        Ok(if after == before { Outcome::Unchanged } else { Outcome::Value(after.value()) })
    }

    fn result(&self, start: Integer) -> Integer {
        self.steps
            .iter()
            .fold(start, |value, (operation, operand)| value.apply(*operation, *operand))
    }
}

impl Integer {
    fn apply(self, operation: Bitwise, operand: Integer) -> Integer {
        if let (Self::Int32(a), Self::Int32(b)) = (self, operand) {
            return Self::Int32(match operation {
                Bitwise::And => a & b,
                Bitwise::Or => a | b,
                Bitwise::Xor => a ^ b,
            });
        }
        let (a, b) = (self.widened(), operand.widened());
        Self::Int64(match operation {
            Bitwise::And => a & b,
            Bitwise::Or => a | b,
            Bitwise::Xor => a ^ b,
        })
    }

    fn widened(self) -> i64 {
        match self {
            Self::Int32(number) => i64::from(number),
            Self::Int64(number) => number,
        }
    }

    fn value(self) -> Value<'static> {
        Value::new(&match self {
            Self::Int32(number) => Bson::Int32(number),
            Self::Int64(number) => Bson::Int64(number),
        })
    }
}
