//! One crossing per value: numbers are left in memory that is shared with the realm, texts go
//! beside them. The surface script's `unpack` makes a result of them, and its `pack` leaves an
//! argument there for [`unpack`](crate::node::convert::unpack).
//!
//! A value is a [`Tag`] and what follows it. An object of a shape that was seen often enough is
//! made by a compiled factory (see [`shapes`](crate::node::convert::shapes)): first a slot for each
//! plain field, then the fields that have parts of their own. Texts are taken from one string in
//! the order in which they were written.

use std::cell::Cell;
use std::ptr;

use crate::node::convert::shapes::{self, Field, Guess};
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
pub struct Buffers {
    numbers: Vec<f64>,
    narrow: Vec<u8>,
    wide: Vec<u16>,
    /// Texts that are full, narrow and wide in turn.
    full: Vec<Value>,
    made: Vec<Value>,
}

/// The shared memory of a realm; the realm keeps the array that owns it.
#[derive(Default)]
pub struct Shared(Cell<Option<ptr::NonNull<f64>>>);

impl Shared {
    /// The first of the numbers.
    pub fn first(&self) -> Option<ptr::NonNull<f64>> {
        self.0.get()
    }

    /// Remembers the memory of `array`, a `Float64Array` of [`SHARED_NUMBERS`].
    pub fn bind(&self, js: Js, array: Value) -> Outcome<()> {
        let address = js.doubles(array)?;
        self.0.set(ptr::NonNull::new(address));
        Ok(())
    }
}

/// A place in what was written.
pub struct Mark {
    numbers: usize,
    narrow: usize,
    wide: usize,
}

/// Writes one result.
pub struct Writer<'a> {
    pub js: Js,
    pub realm: &'a Realm,
    buffers: Buffers,
}

/// Makes a value of the caller's realm; `write` writes exactly one.
pub fn answer(
    js: Js,
    realm: &Realm,
    write: impl FnOnce(&mut Writer<'_>) -> Outcome<()>,
) -> Outcome {
    // A conversion inside another one finds no buffers here and starts with new ones.
    let mut writer = Writer { js, realm, buffers: realm.buffers.take() };
    let outcome = write(&mut writer).and_then(|()| writer.deliver());
    let mut buffers = writer.buffers;
    buffers.clear();
    realm.buffers.replace(buffers);
    outcome
}

impl Writer<'_> {
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
    pub fn made(&mut self, value: Value) {
        self.buffers.made.push(value);
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
            Some(layout) => self.slot(layout.factory),
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
        self.buffers.full.extend([narrow, wide]);
        self.buffers.narrow.clear();
        self.buffers.wide.clear();
        Ok(())
    }

    fn texts(&self) -> Outcome<(Value, Value)> {
        let narrow = self.js.latin1(&self.buffers.narrow)?;
        let wide = match self.buffers.wide.as_slice() {
            [] => self.js.undefined()?,
            units => self.js.utf16(units)?,
        };
        Ok((narrow, wide))
    }

    fn deliver(&mut self) -> Outcome {
        let js = self.js;
        let (narrow, wide) = self.texts()?;
        let undefined = js.undefined()?;
        let full = match self.buffers.full.as_slice() {
            [] => undefined,
            _ => {
                self.buffers.full.extend([narrow, wide]);
                js.array(&self.buffers.full)?
            }
        };
        let made = match self.buffers.made.as_slice() {
            [] => undefined,
            made => js.array(made)?,
        };
        let numbers = self.numbers()?;
        let unpack = self.realm.helper(js, |helpers| &helpers.unpack)?;
        js.call(unpack, undefined, &[narrow, wide, full, made, numbers])
    }

    /// Leaves the numbers in the shared memory, or in an array of their own when they are many.
    fn numbers(&self) -> Outcome {
        let numbers = &self.buffers.numbers;
        match self.realm.shared.0.get() {
            Some(shared) if numbers.len() <= SHARED_NUMBERS => {
                // SAFETY: the memory holds as many, belongs to an array that the realm keeps, and
                // nothing else touches it while native code runs on the realm's thread.
                unsafe {
                    ptr::copy_nonoverlapping(numbers.as_ptr(), shared.as_ptr(), numbers.len());
                }
                self.js.undefined()
            }
            _ => self.js.doubles_buffer(numbers),
        }
    }
}

impl Buffers {
    fn clear(&mut self) {
        const KEPT: usize = 64 * 1024;
        self.full.clear();
        self.made.clear();
        if self.numbers.capacity() > KEPT || self.narrow.capacity() > KEPT {
            *self = Self::default();
        }
        self.numbers.clear();
        self.narrow.clear();
        self.wide.clear();
    }
}
