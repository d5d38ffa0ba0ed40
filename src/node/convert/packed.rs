//! One crossing per value: numbers are left in memory that is shared with the realm, texts go
//! beside them. The surface script's `unpack` makes a result of them, and its `pack` leaves an
//! argument there for [`unpack`](crate::node::convert::unpack).
//!
//! A value is a [`Tag`] and what follows it. An object of a shape that was seen often enough is
//! made by a compiled factory (see [`shapes`](crate::node::convert::shapes)): first a slot for each
//! plain field, then the fields that have parts of their own. Texts are taken from one string in
//! the order in which they were written.

use std::cell::Cell;

use crate::node::convert::shapes::{self, Field, Guess};
use crate::node::convert::unpack::Packed;
use crate::node::failure::internal;
use crate::node::js::{Js, Outcome, Value};
use crate::node::realm::Realm;

/// What follows in the numbers. The surface script knows the same ones by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// One slot.
    Number = 0,
    /// The length of the text, negative when it is among the wide ones.
    Text = 1,
    Null = 2,
    False = 3,
    True = 4,
    /// Milliseconds.
    Date = 5,
    /// A count, then as many values.
    List = 6,
    /// The number of a factory and its fields, or [`PLAIN`], a count, and as many keys and values.
    Object = 7,
    /// The next of the values that were made beforehand.
    Made = 8,
    /// A count, then as many objects without tags.
    Rows = 9,
    Undefined = 10,
    /// A command: its operator and operands, and the field it is bound to or nothing.
    QueryCommand = 11,
    LogicCommand = 12,
    UpdateCommand = 13,
}

/// Instead of a factory: keys and values follow.
pub const PLAIN: f64 = -1.0;
/// Instead of a factory: go on with the next pair of texts.
pub const NEXT_TEXTS: f64 = -2.0;
/// Numbers that fit into the shared memory.
pub const SHARED_NUMBERS: usize = 8 * 1024;
/// A text that a program keeps may keep the whole string that it was cut from, so strings end at
/// about this length.
const TEXT_BYTES: usize = 16 * 1024;

/// Buffers that are used again for each result of a realm.
#[derive(Default)]
struct Buffers {
    numbers: Vec<f64>,
    narrow: Vec<u8>,
    wide: Vec<u16>,
}

/// What a realm uses again from call to call. It is taken and given back whole, never borrowed: a
/// call inside another one, from code of the user's, finds nothing here and brings its own.
#[derive(Default)]
pub struct Scratch {
    results: Cell<Buffers>,
    pub(super) arguments: Cell<Packed>,
    /// The shared memory has the numbers of a result that is being made.
    is_unpacking: Cell<bool>,
}

/// A place in what was written.
pub struct Mark {
    numbers: usize,
    narrow: usize,
    wide: usize,
}

/// Writes one result.
pub struct Writer<'s, 'r> {
    pub js: Js<'s>,
    pub realm: &'r Realm,
    buffers: Buffers,
    /// Texts that are full, narrow and wide in turn.
    full: Vec<Value<'s>>,
    made: Vec<Value<'s>>,
}

/// Makes a value of the caller's realm; `write` writes exactly one.
pub fn answer<'s>(
    js: Js<'s>,
    realm: &Realm,
    write: impl FnOnce(&mut Writer<'s, '_>) -> Outcome<()>,
) -> Outcome<Value<'s>> {
    let (full, made) = (Vec::new(), Vec::new());
    let mut writer = Writer { js, realm, buffers: realm.scratch.results.take(), full, made };
    let outcome = write(&mut writer).and_then(|()| writer.deliver());
    let mut buffers = writer.buffers;
    buffers.clear();
    realm.scratch.results.set(buffers);
    outcome
}

impl<'s> Writer<'s, '_> {
    pub fn tag(&mut self, tag: Tag) {
        self.slot(f64::from(tag as u8));
    }

    /// One slot of a field, or a count.
    pub fn slot(&mut self, number: f64) {
        self.buffers.numbers.push(number);
    }

    /// The slot of a text field.
    pub fn text_slot(&mut self, text: &str) {
        self.utf8_slot(text.as_bytes());
    }

    /// The slot of a text field. Bytes that are no UTF-8 are an empty text.
    pub fn utf8_slot(&mut self, text: &[u8]) {
        let buffers = &mut self.buffers;
        if text.is_ascii() {
            buffers.narrow.extend_from_slice(text);
            buffers.numbers.push(text.len() as f64);
        } else {
            let text = std::str::from_utf8(text).unwrap_or_default();
            let before = buffers.wide.len();
            buffers.wide.extend(text.encode_utf16());
            buffers.numbers.push(-((buffers.wide.len() - before) as f64));
        }
    }

    /// Where the next slot goes.
    pub fn mark(&self) -> Mark {
        let Buffers { numbers, narrow, wide, .. } = &self.buffers;
        Mark { numbers: numbers.len(), narrow: narrow.len(), wide: wide.len() }
    }

    /// Takes back the slots since `mark`; no texts were put aside meanwhile.
    pub fn rewind(&mut self, mark: &Mark) {
        self.buffers.numbers.truncate(mark.numbers);
        self.buffers.narrow.truncate(mark.narrow);
        self.buffers.wide.truncate(mark.wide);
    }

    /// The slot of a field that was made beforehand: none, the value waits beside the numbers.
    pub fn made(&mut self, value: Value<'s>) {
        self.made.push(value);
    }

    pub fn text(&mut self, text: &str) {
        self.tag(Tag::Text);
        self.text_slot(text);
    }

    /// Begins an object of fixed shape: next come the slots of its plain fields, in order, and then
    /// the fields with parts.
    pub fn record(&mut self, fields: &[Field<'_>]) -> Outcome<()> {
        self.tag(Tag::Object);
        match shapes::find(self.js, self.realm, fields, true, &Guess::default())? {
            Some(layout) => self.slot(layout.factory()),
            None => return Err(internal("a record has no factory").into()),
        }
        Ok(())
    }

    /// To be called before each object: full texts are put aside.
    pub fn next_object(&mut self) -> Outcome<()> {
        if self.buffers.narrow.len() + 2 * self.buffers.wide.len() < TEXT_BYTES {
            return Ok(());
        }
        self.put_texts_aside()?;
        self.slot(NEXT_TEXTS);
        Ok(())
    }

    fn put_texts_aside(&mut self) -> Outcome<()> {
        let (narrow, wide) = self.texts()?;
        self.full.extend([narrow, wide]);
        self.buffers.narrow.clear();
        self.buffers.wide.clear();
        Ok(())
    }

    fn texts(&self) -> Outcome<(Value<'s>, Value<'s>)> {
        let narrow = self.js.latin1(&self.buffers.narrow)?;
        let wide = match self.buffers.wide.as_slice() {
            [] => self.js.undefined()?,
            units => self.js.utf16(units)?,
        };
        Ok((narrow, wide))
    }

    fn deliver(&mut self) -> Outcome<Value<'s>> {
        let js = self.js;
        let (narrow, wide) = self.texts()?;
        let undefined = js.undefined()?;
        let full = if self.full.is_empty() {
            undefined
        } else {
            self.full.extend([narrow, wide]);
            js.array(&self.full)?
        };
        let made = match self.made.as_slice() {
            [] => undefined,
            made => js.array(made)?,
        };
        let unpack = self.realm.helper(js, |helpers| &helpers.unpack)?;
        let is_unpacking = &self.realm.scratch.is_unpacking;
        let is_inner = is_unpacking.get();
        let numbers = self.numbers(is_inner)?;
        is_unpacking.set(true);
        let value = js.call(unpack, undefined, &[narrow, wide, full, made, numbers]);
        is_unpacking.set(is_inner);
        value
    }

    /// Leaves the numbers in the shared memory. Many, and those of a value that is made while
    /// another one is, are in an array of their own.
    fn numbers(&self, is_inner: bool) -> Outcome<Value<'s>> {
        let (numbers, shared) = (&self.buffers.numbers, &self.realm.shared);
        if is_inner || numbers.len() > shared.len() {
            return self.js.numbers_buffer(numbers);
        }
        shared.write(numbers);
        self.js.undefined()
    }
}

impl Buffers {
    fn clear(&mut self) {
        const KEPT: usize = 64 * 1024;
        if self.numbers.capacity() > KEPT || self.narrow.capacity() > KEPT {
            *self = Self::default();
        }
        self.numbers.clear();
        self.narrow.clear();
        self.wide.clear();
    }
}
