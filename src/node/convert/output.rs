//! Results: BSON bytes and plain values to JavaScript.

use std::rc::Rc;

use crate::node::convert::packed::{PLAIN, Tag, Writer, answer};
use crate::node::convert::shapes::{self, Field, Guess, LaidField, Layout, Part};
use crate::node::js::{Js, Outcome, Value};
use crate::node::realm::Realm;
use crate::sdk::geo::revive;
use crate::value::{Bson, Element, RawDoc, RawValue, encode_document};

/// How stored values become JavaScript's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decoding {
    /// `get`: GeoJSON becomes Geo instances, classes of the bson package lose their prototype.
    Get,
    /// `aggregate`: GeoJSON stays plain.
    Aggregate,
}

impl Writer<'_, '_> {
    /// A count and the documents: the value of a field that is [`Part::Rows`].
    pub fn rows(&mut self, documents: &[Vec<u8>], decoding: Decoding) -> Outcome<()> {
        self.slot(documents.len() as f64);
        documents.iter().try_for_each(|bytes| self.document(RawDoc::new(bytes), decoding))
    }

    /// A whole document, without a tag. The top level is never a geometry.
    pub fn document(&mut self, raw: RawDoc<'_>, decoding: Decoding) -> Outcome<()> {
        let guess = Rc::clone(&self.realm.shapes.borrow().documents);
        self.object(raw, decoding, &guess)
    }

    /// An object, without a tag: documents of one place mostly look alike, so it is first taken
    /// for one like the last one there.
    fn object(&mut self, raw: RawDoc<'_>, decoding: Decoding, guess: &Guess) -> Outcome<()> {
        self.next_object()?;
        let guessed = self.realm.shapes.borrow().guessed(guess);
        if let Some(layout) = guessed
            && self.laid_out(raw, decoding, &layout)?
        {
            return Ok(());
        }
        let fields: Vec<Field<'_>> = raw
            .elements()
            .map(|element| (element.key_bytes(), part_of(element.kind_byte(), decoding)))
            .collect();
        match shapes::find(self.js, self.realm, &fields, false, guess)? {
            Some(layout) if self.laid_out(raw, decoding, &layout)? => Ok(()),
            _ => self.plain_object(raw, fields.len(), decoding),
        }
    }

    /// Writes an object of exactly these fields; nothing, and false, for any other.
    fn laid_out(&mut self, raw: RawDoc<'_>, decoding: Decoding, layout: &Layout) -> Outcome<bool> {
        let before = self.mark();
        self.slot(layout.factory());
        let mut with_parts: Vec<(Element<'_>, &LaidField)> = Vec::new();
        let mut elements = raw.elements();
        for field in &layout.fields {
            let Some(element) = elements
                .next_named(&field.key)
                .filter(|element| part_of(element.kind_byte(), decoding) == field.part)
            else {
                self.rewind(&before);
                return Ok(false);
            };
            if field.part.has_slot() {
                self.plain_slot(element);
            } else if field.part != Part::Null {
                with_parts.push((element, field));
            }
        }
        if elements.next().is_some() {
            self.rewind(&before);
            return Ok(false);
        }
        for (element, field) in with_parts {
            match (field.part, element.value()) {
                (Part::List, RawValue::Array(items)) => {
                    self.items(items, decoding, &field.inner)?;
                }
                (Part::Object, RawValue::Document(inner)) => {
                    self.object(inner, decoding, &field.inner)?;
                }
                (_, value) => self.value(value, decoding, &field.inner)?,
            }
        }
        Ok(true)
    }

    /// Keys and values one after the other.
    fn plain_object(&mut self, raw: RawDoc<'_>, count: usize, decoding: Decoding) -> Outcome<()> {
        self.slot(PLAIN);
        self.slot(count as f64);
        let inner = Guess::default();
        for element in raw.elements() {
            self.text_slot(element.key());
            self.value(element.value(), decoding, &inner)?;
        }
        Ok(())
    }

    fn plain_slot(&mut self, element: Element<'_>) {
        if let Some(text) = element.text_bytes() {
            return self.utf8_slot(text);
        }
        match element.value() {
            RawValue::Boolean(flag) => self.slot(f64::from(u8::from(flag))),
            RawValue::Double(number) => self.slot(number),
            RawValue::Int32(number) => self.slot(f64::from(number)),
            RawValue::Int64(number) | RawValue::DateTime(number) => self.slot(number_of(number)),
            // Malformed bytes.
            _ => self.slot(0.0),
        }
    }

    fn items(&mut self, items: RawDoc<'_>, decoding: Decoding, inner: &Guess) -> Outcome<()> {
        self.slot(items.len() as f64);
        for item in items.values() {
            self.value(item, decoding, inner)?;
        }
        Ok(())
    }

    /// One stored value with its tag. `guess` is for objects in it.
    fn value(&mut self, raw: RawValue<'_>, decoding: Decoding, guess: &Guess) -> Outcome<()> {
        match raw {
            RawValue::Double(number) => self.number(number),
            RawValue::Int32(number) => self.number(f64::from(number)),
            RawValue::Int64(number) => self.number(number_of(number)),
            RawValue::String(text) | RawValue::Symbol(text) | RawValue::Code(text) => {
                self.text(text);
            }
            RawValue::Boolean(flag) => self.tag(if flag { Tag::True } else { Tag::False }),
            RawValue::Null | RawValue::Undefined | RawValue::DbPointer { .. } => {
                self.tag(Tag::Null);
            }
            RawValue::DateTime(ms) => {
                self.tag(Tag::Date);
                self.slot(number_of(ms));
            }
            RawValue::Document(inner) => return self.embedded(inner, decoding, guess),
            RawValue::Array(items) => {
                self.tag(Tag::List);
                return self.items(items, decoding, guess);
            }
            other => return self.special(other, decoding),
        }
        Ok(())
    }

    fn number(&mut self, number: f64) {
        self.tag(Tag::Number);
        self.slot(number);
    }

    fn embedded(&mut self, inner: RawDoc<'_>, decoding: Decoding, guess: &Guess) -> Outcome<()> {
        if decoding == Decoding::Get
            && let Some(geo) = revive(inner)?
        {
            let instance = crate::node::native::geo_instance(self.js, self.realm, &geo)?;
            self.tag(Tag::Made);
            self.made(instance);
            return Ok(());
        }
        self.tag(Tag::Object);
        self.object(inner, decoding, guess)
    }

    /// One owned value with its tag.
    pub fn owned(&mut self, bson: &Bson, decoding: Decoding) -> Outcome<()> {
        if let Bson::String(text) = bson {
            self.text(text);
            return Ok(());
        }
        let holder = encode_document(&bson::doc! { "v": bson.clone() });
        let stored = RawDoc::new(&holder).get("v").unwrap_or(RawValue::Undefined);
        self.value(stored, decoding, &Guess::default())
    }

    /// Values that JavaScript has no type for. `get` flattens the classes of the bson package to
    /// their fields; the service's documents hardly ever hold them.
    fn special(&mut self, raw: RawValue<'_>, decoding: Decoding) -> Outcome<()> {
        let js = self.js;
        match raw {
            RawValue::ObjectId(bytes) if decoding == Decoding::Aggregate => {
                self.text(&bson::oid::ObjectId::from_bytes(bytes).to_hex());
            }
            RawValue::ObjectId(_) | RawValue::MinKey | RawValue::MaxKey => self.record(&[])?,
            RawValue::Regex { pattern, options } => {
                self.record(&[(b"pattern", Part::Text), (b"options", Part::Text)])?;
                self.text_slot(pattern);
                self.text_slot(options);
            }
            RawValue::Binary { subtype, bytes } => {
                let buffer = js.buffer(bytes)?;
                self.record(&[
                    (b"sub_type", Part::Number),
                    (b"buffer", Part::Made),
                    (b"position", Part::Number),
                ])?;
                self.slot(f64::from(subtype));
                self.slot(bytes.len() as f64);
                self.made(buffer);
            }
            RawValue::Decimal128(bytes) if decoding == Decoding::Aggregate => {
                self.text(&bson::Decimal128::from_bytes(bytes).to_string());
            }
            RawValue::Decimal128(bytes) => {
                let buffer = js.buffer(&bytes)?;
                self.record(&[(b"bytes", Part::Made)])?;
                self.made(buffer);
            }
            RawValue::Timestamp(bits) => {
                self.record(&[
                    (b"low", Part::Number),
                    (b"high", Part::Number),
                    (b"unsigned", Part::Boolean),
                ])?;
                self.slot(f64::from((bits & 0xFFFF_FFFF) as u32));
                self.slot(f64::from((bits >> 32) as u32));
                self.slot(1.0);
            }
            RawValue::CodeWithScope { code, scope } => {
                self.record(&[(b"code", Part::Text), (b"scope", Part::Object)])?;
                self.text_slot(code);
                self.object(scope, decoding, &Guess::default())?;
            }
            _ => self.tag(Tag::Null),
        }
        Ok(())
    }
}

/// What the value of a field is made of, by BSON's number of its type.
fn part_of(kind: u8, decoding: Decoding) -> Part {
    match kind {
        0x01 | 0x10 | 0x12 => Part::Number,
        0x02 | 0x0D | 0x0E => Part::Text,
        0x03 if decoding == Decoding::Aggregate => Part::Object,
        0x04 => Part::List,
        0x08 => Part::Boolean,
        0x09 => Part::Date,
        0x06 | 0x0A | 0x0C => Part::Null,
        _ => Part::Any,
    }
}

/// Documents as an array of the caller's realm.
pub fn documents<'s>(
    js: Js<'s>,
    realm: &Realm,
    documents: &[Vec<u8>],
    decoding: Decoding,
) -> Outcome<Value<'s>> {
    answer(js, realm, |writer| {
        writer.tag(Tag::Rows);
        writer.rows(documents, decoding)
    })
}

/// An object of the caller's realm with values that were made beforehand.
pub fn result<'s>(
    js: Js<'s>,
    realm: &Realm,
    properties: &[(&str, Value<'s>)],
) -> Outcome<Value<'s>> {
    let fields: Vec<Field<'_>> =
        properties.iter().map(|(key, _)| (key.as_bytes(), Part::Made)).collect();
    answer(js, realm, |writer| {
        writer.tag(Tag::Object);
        // Which properties there are may be the caller's choice, so there may be too many shapes.
        let layout = shapes::find(js, realm, &fields, false, &Guess::default())?;
        writer.slot(layout.as_ref().map_or(PLAIN, |layout| layout.factory()));
        if layout.is_none() {
            writer.slot(properties.len() as f64);
        }
        for (key, value) in properties {
            if layout.is_none() {
                writer.text_slot(key);
                writer.tag(Tag::Made);
            }
            writer.made(*value);
        }
        Ok(())
    })
}

/// An array of the caller's realm with values that were made beforehand.
pub fn list<'s>(js: Js<'s>, realm: &Realm, items: &[Value<'s>]) -> Outcome<Value<'s>> {
    answer(js, realm, |writer| {
        writer.tag(Tag::List);
        writer.slot(items.len() as f64);
        for item in items {
            writer.tag(Tag::Made);
            writer.made(*item);
        }
        Ok(())
    })
}

/// A 64-bit integer as JavaScript sees it: beyond 2^53 neighbours coincide, as in the cloud.
#[allow(clippy::cast_precision_loss, reason = "JavaScript has only doubles")]
pub fn number_of(integer: i64) -> f64 {
    integer as f64
}

/// An owned value in the caller's realm.
pub fn owned<'s>(js: Js<'s>, realm: &Realm, bson: &Bson, decoding: Decoding) -> Outcome<Value<'s>> {
    answer(js, realm, |writer| writer.owned(bson, decoding))
}
