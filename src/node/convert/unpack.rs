//! Arguments that the surface script's `pack` has left in shared memory, as [`Input`].
//!
//! Reading has two phases. In the first, [`pack`], code of the user's may run (getters, proxies),
//! and nothing of ours is lent to it. Its outcome, [`Packed`], owns every number and text; the
//! second phase reads that alone, so whatever runs later cannot change what is read.
//!
//! `pack` knows texts, numbers, dates, lists, plain objects and commands. Any other value it hands
//! over as it is, for the [`Reader`](crate::node::convert::input) to look at.

use crate::node::convert::packed::Tag;
use crate::node::failure::internal;
use crate::node::js::{Js, Outcome, Thrown, Type, Value};
use crate::node::realm::Realm;
use crate::sdk::{Command, CommandKind, Input, Object};

/// Numbers beyond which `pack` leaves an argument to the reader.
pub const PACKED_NUMBERS: usize = 64 * 1024;
/// UTF-16 units beyond which `pack` leaves an argument to the reader.
pub const PACKED_UNITS: usize = 1024 * 1024;
/// Levels beyond which `pack` leaves an argument to the reader, which tells circles from depth.
pub const PACKED_DEPTH: usize = 32;
/// Levels of what `pack` wrote: an object or a command adds one or two.
const UNPACKED_DEPTH: usize = 3 * PACKED_DEPTH;

/// An argument as `pack` left it: nothing of it is JavaScript's any more.
#[derive(Default)]
pub struct Packed {
    numbers: Vec<f64>,
    units: Vec<u16>,
}

/// The first phase: code of the user's runs. `None` when `pack` will not have the value; else what
/// it packed, and the object with what it handed over, from 1 on.
pub fn pack<'s>(
    js: Js<'s>,
    realm: &Realm,
    value: Value<'s>,
) -> Outcome<Option<(Packed, Option<Value<'s>>)>> {
    let pack = realm.helper(js, |helpers| &helpers.pack)?;
    let answer = js.call(pack, js.undefined()?, &[value])?;
    let (texts, others) = match js.type_of(answer)? {
        Type::Undefined => return Ok(None),
        Type::String => (answer, None),
        _ => (js.item(answer, 0)?, Some(answer)),
    };
    // From here to the end nothing of the user's can run.
    let mut packed = realm.scratch.arguments.take();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "casts saturate")]
    realm.packed.read(realm.packed.leading() as usize, &mut packed.numbers);
    js.copy_utf16(texts, &mut packed.units)?;
    Ok(Some((packed, others)))
}

/// The second phase. `read_other` reads the value at a place among those that were handed over; its
/// `None` gives up the whole.
pub fn unpack(
    packed: &Packed,
    read_other: &mut dyn FnMut(u32) -> Outcome<Option<Input>>,
) -> Outcome<Option<Input>> {
    let Packed { numbers, units } = packed;
    // The first number is their count.
    let (numbers, units) = (numbers.get(1..).unwrap_or_default(), units.as_slice());
    Unpacker { numbers, units, depth: 0, next_other: 1, read_other }.value()
}

impl Packed {
    /// Ready for the next argument; what grew large is given back.
    pub fn cleared(mut self) -> Self {
        if self.units.capacity() > PACKED_NUMBERS || self.numbers.capacity() > PACKED_NUMBERS / 8 {
            return Self::default();
        }
        self.units.clear();
        self.numbers.clear();
        self
    }
}

struct Unpacker<'a> {
    /// What is left of the numbers.
    numbers: &'a [f64],
    /// What is left of the texts.
    units: &'a [u16],
    depth: usize,
    next_other: u32,
    read_other: &'a mut dyn FnMut(u32) -> Outcome<Option<Input>>,
}

impl Unpacker<'_> {
    fn number(&mut self) -> f64 {
        match self.numbers.split_first() {
            Some((number, rest)) => {
                self.numbers = rest;
                *number
            }
            None => f64::NAN,
        }
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
        if self.depth >= UNPACKED_DEPTH {
            return Err(unknown());
        }
        self.depth += 1;
        let value = self.tagged();
        self.depth -= 1;
        value
    }

    fn tagged(&mut self) -> Outcome<Option<Input>> {
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
                let mut items = Vec::with_capacity(count.min(self.numbers.len()));
                for _ in 0..count {
                    let Some(item) = self.value()? else { return Ok(None) };
                    items.push(item);
                }
                Input::List(items)
            }
            Some(Tag::Object) => {
                let count = self.count();
                let mut entries = Vec::with_capacity(count.min(self.numbers.len()));
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
            _ => return Err(unknown()),
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
        let place = self.next_other;
        self.next_other += 1;
        (self.read_other)(place)
    }
}

/// A defect of ours: `pack` and this disagree.
fn unknown() -> Thrown {
    internal("an argument was packed in an unknown way").into()
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
