//! Arguments that the surface script's `pack` has left in shared memory, as [`Input`].
//!
//! `pack` knows texts, numbers, dates, lists, plain objects and commands. Any other value it hands
//! over as it is, for the [`Reader`](crate::node::convert::input) to look at.

use crate::node::convert::packed::Tag;
use crate::node::failure::internal;
use crate::node::js::{Js, Outcome, Value};
use crate::node::realm::Realm;
use crate::sdk::{Command, CommandKind, Input, Object};

/// Numbers beyond which `pack` leaves an argument to the reader.
pub const PACKED_NUMBERS: usize = 64 * 1024;
/// Levels beyond which `pack` leaves an argument to the reader, which tells circles from depth.
pub const PACKED_DEPTH: usize = 32;

/// Reads a value that is worth packing; `None` when `pack` will not have it. `read_other` reads a
/// value that it handed over; its `None` gives up the whole.
pub fn read_packed(
    js: Js,
    realm: &Realm,
    value: Value,
    read_other: &mut dyn FnMut(Value) -> Outcome<Option<Input>>,
) -> Outcome<Option<Input>> {
    let pack = realm.helper(js, |helpers| &helpers.pack)?;
    let packed = js.call(pack, js.undefined()?, &[value])?;
    let (texts, others) = match js.type_of(packed)? {
        crate::node::js::Type::Undefined => return Ok(None),
        crate::node::js::Type::String => (packed, None),
        _ => (js.item(packed, 0)?, Some(packed)),
    };
    let mut units = realm.units.take();
    js.copy_utf16(texts, &mut units)?;
    let Some(numbers) = realm.packed.first() else { return Ok(None) };
    let mut unpacker =
        Unpacker { js, numbers, at: 0, units: &units, others, next_other: 1, read_other };
    let input = unpacker.value();
    units.clear();
    if units.capacity() <= PACKED_NUMBERS {
        realm.units.replace(units);
    }
    input
}

struct Unpacker<'a> {
    js: Js,
    numbers: std::ptr::NonNull<f64>,
    at: usize,
    /// What is left of the texts.
    units: &'a [u16],
    others: Option<Value>,
    next_other: u32,
    read_other: &'a mut dyn FnMut(Value) -> Outcome<Option<Input>>,
}

impl Unpacker<'_> {
    fn number(&mut self) -> f64 {
        if self.at >= PACKED_NUMBERS {
            return f64::NAN;
        }
        // SAFETY: the memory holds `PACKED_NUMBERS`, and belongs to an array that the realm keeps.
        // A getter of the caller that ran meanwhile may have changed it, which gives other numbers.
        let number = unsafe { self.numbers.add(self.at).read() };
        self.at += 1;
        number
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "casts saturate")]
    fn count(&mut self) -> usize {
        self.number() as usize
    }

    fn text(&mut self) -> String {
        let count = self.count().min(self.units.len());
        let (text, rest) = self.units.split_at(count);
        self.units = rest;
        text_of(text)
    }

    fn value(&mut self) -> Outcome<Option<Input>> {
        let tag = self.count();
        Ok(Some(match TAGS.get(tag) {
            Some(Tag::Text) => Input::Text(self.text()),
            Some(Tag::Number) => Input::Number(self.number()),
            Some(Tag::True) => Input::Boolean(true),
            Some(Tag::False) => Input::Boolean(false),
            Some(Tag::Null) => Input::Null,
            Some(Tag::Undefined) => Input::Absent,
            Some(Tag::Date) => Input::Date(self.number()),
            Some(Tag::List) => {
                let count = self.count();
                let mut items = Vec::with_capacity(count.min(PACKED_NUMBERS));
                for _ in 0..count {
                    let Some(item) = self.value()? else { return Ok(None) };
                    items.push(item);
                }
                Input::List(items)
            }
            Some(Tag::Object) => {
                let count = self.count();
                let mut entries = Vec::with_capacity(count.min(PACKED_NUMBERS));
                for _ in 0..count {
                    let key = self.text();
                    let Some(value) = self.value()? else { return Ok(None) };
                    entries.push((key, value));
                }
                Input::Object(Object::plain(entries))
            }
            Some(Tag::Made) => return self.other(),
            Some(Tag::QueryCommand) => return self.command(CommandKind::Query),
            Some(Tag::LogicCommand) => return self.command(CommandKind::Logic),
            Some(Tag::UpdateCommand) => return self.command(CommandKind::Update),
            _ => return Err(internal("an argument was packed in an unknown way").into()),
        }))
    }

    fn command(&mut self, kind: CommandKind) -> Outcome<Option<Input>> {
        let operator = self.text();
        let Some(operands) = self.value()? else { return Ok(None) };
        let field_name = match self.value()? {
            Some(Input::Text(name)) => Some(name),
            _ => None,
        };
        Ok(Some(Input::Command(Box::new(Command { kind, operator, operands, field_name }))))
    }

    fn other(&mut self) -> Outcome<Option<Input>> {
        let Some(others) = self.others else {
            return Err(internal("a value was packed but not handed over").into());
        };
        let other = self.js.item(others, self.next_other)?;
        self.next_other += 1;
        (self.read_other)(other)
    }
}

/// By number.
const TAGS: [Tag; 14] = [
    Tag::Number,
    Tag::Text,
    Tag::Null,
    Tag::False,
    Tag::True,
    Tag::Date,
    Tag::List,
    Tag::Object,
    Tag::Made,
    Tag::Rows,
    Tag::Undefined,
    Tag::QueryCommand,
    Tag::LogicCommand,
    Tag::UpdateCommand,
];

/// UTF-16 as text. A lone surrogate, which UTF-8 cannot hold, becomes U+FFFD.
fn text_of(units: &[u16]) -> String {
    if units.iter().all(|&unit| unit < 0x80) {
        #[allow(clippy::cast_possible_truncation, reason = "all are below 128")]
        let bytes: Vec<u8> = units.iter().map(|&unit| unit as u8).collect();
        return String::from_utf8(bytes).unwrap_or_default();
    }
    String::from_utf16_lossy(units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_whatever_their_script_is() {
        let cases: [(&[u16], &str); 4] = [
            (&[], ""),
            (&[0x61, 0x7A], "az"),
            (&[0x7528, 0x6237, 0x31], "\u{7528}\u{6237}1"),
            (&[0x61, 0xD83D, 0x62], "a\u{FFFD}b"),
        ];
        for (units, text) in cases {
            assert_eq!(text_of(units), text);
        }
    }

    #[test]
    fn tags_stand_at_their_numbers() {
        for (number, tag) in TAGS.iter().enumerate() {
            assert_eq!(*tag as usize, number);
        }
    }
}
