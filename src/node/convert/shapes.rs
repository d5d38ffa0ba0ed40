//! Compiled factories for results.
//!
//! `() => ({"name": text(n[p]), "at": new Date(n[p + 1])})`, compiled in the caller's realm once a
//! shape of object has been seen often enough, makes an object many times faster than setting its
//! properties one by one. A key such as `__proto__` is written computed, so it is data.

use std::fmt::Write as _;

use std::cell::Cell;
use std::rc::Rc;

use hashbrown::HashMap;

use crate::node::js::{Js, Outcome};
use crate::node::realm::Realm;

/// Compiling costs as much as setting the properties of this many objects.
const SEEN_BEFORE_COMPILING: u32 = 16;
/// Shapes and keys beyond these are built property by property.
const SHAPES_MAX: usize = 2_000;
const KEYS_MAX: usize = 64;

/// Written computed, or it would set the prototype.
const PROTOTYPE: &str = "\"__proto__\"";

/// What a field's value is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Number = 1,
    Text = 2,
    Date = 3,
    Boolean = 4,
    /// No slot.
    Null = 5,
    /// A count and values with tags.
    List = 6,
    /// As after [`Tag::Object`](crate::node::convert::packed::Tag::Object).
    Object = 7,
    /// A value that was made beforehand.
    Made = 8,
    /// A value with its tag.
    Any = 9,
    /// A count and objects without tags.
    Rows = 10,
}

/// A field of an object: its key, which must not hold a zero byte, and what its value is made of.
pub type Field<'a> = (&'a [u8], Part);

/// An object that a factory makes.
pub struct Layout {
    number: u32,
    pub fields: Box<[LaidField]>,
    /// Whether there is the factory: compiling it fails where the stack ends.
    is_compiled: Cell<bool>,
}

pub struct LaidField {
    pub key: Box<[u8]>,
    pub part: Part,
    /// What the objects in this field are likely to be.
    pub inner: Guess,
}

impl Layout {
    /// The number of the factory, as it is written.
    pub fn factory(&self) -> f64 {
        f64::from(self.number)
    }
}

/// The layout that the next object of some place is likely to have: that of the one before it.
#[derive(Default)]
pub struct Guess(Cell<Option<u32>>);

/// The factories of one realm.
#[derive(Default)]
pub struct Shapes {
    known: HashMap<Box<[u8]>, Shape>,
    layouts: Vec<Rc<Layout>>,
    /// What whole documents are likely to be.
    pub documents: Rc<Guess>,
    /// The bytes by which a shape is known.
    signature: Vec<u8>,
}

#[derive(Default)]
struct Shape {
    seen: u32,
    layout: Option<u32>,
}

impl Shapes {
    pub fn guessed(&self, guess: &Guess) -> Option<Rc<Layout>> {
        guess.0.get().and_then(|number| self.layout(number))
    }

    fn layout(&self, number: u32) -> Option<Rc<Layout>> {
        self.layouts.get(number as usize).map(Rc::clone)
    }

    /// The layout of these fields, compiled or not, if there is one yet.
    fn look_up(&mut self, fields: &[Field<'_>], eager: bool) -> Option<Rc<Layout>> {
        let Self { known, signature, layouts, .. } = self;
        signature.clear();
        for (key, part) in fields {
            signature.push(*part as u8);
            signature.extend_from_slice(key);
            signature.push(0);
        }
        let has_room = eager || known.len() < SHAPES_MAX;
        let shape = match known.get_mut(signature.as_slice()) {
            Some(shape) => shape,
            None if has_room => known.entry(signature.as_slice().into()).or_default(),
            None => return None,
        };
        if let Some(number) = shape.layout {
            return self.layout(number);
        }
        shape.seen += 1;
        if !eager && shape.seen < SEEN_BEFORE_COMPILING {
            return None;
        }
        let number = u32::try_from(layouts.len()).ok()?;
        shape.layout = Some(number);
        let fields = fields.iter().map(|&(key, part)| LaidField {
            key: key.into(),
            part,
            inner: Guess::default(),
        });
        let layout = Layout { number, fields: fields.collect(), is_compiled: Cell::new(false) };
        layouts.push(Rc::new(layout));
        self.layout(number)
    }
}

/// The layout of objects of these fields; `None` while there is no factory for them. An `eager` one
/// is compiled at once, whatever else is known: callers have few of them. `guess` learns of it.
pub fn find(
    js: Js<'_>,
    realm: &Realm,
    fields: &[Field<'_>],
    eager: bool,
    guess: &Guess,
) -> Outcome<Option<Rc<Layout>>> {
    if fields.len() > KEYS_MAX && !eager {
        return Ok(None);
    }
    let Some(layout) = realm.shapes.borrow_mut().look_up(fields, eager) else { return Ok(None) };
    if !layout.is_compiled.get() {
        let compile = realm.helper(js, |helpers| &helpers.compile)?;
        let body = js.text(&body(fields))?;
        js.call(compile, js.undefined()?, &[js.number(layout.factory())?, body])?;
        layout.is_compiled.set(true);
    }
    guess.0.set(Some(layout.number));
    Ok(Some(layout))
}

/// The statements of a factory. Texts are taken first, in the order of their slots.
fn body(fields: &[Field<'_>]) -> String {
    let (mut texts, mut literal) = (String::new(), String::new());
    let mut slots = 0;
    for (index, (key, part)) in fields.iter().enumerate() {
        let key = serde_json::to_string(&String::from_utf8_lossy(key)).unwrap_or_default();
        // JSON text may hold these two line ends; source text of old engines may not.
        let key = key.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
        let key = if key == PROTOTYPE { format!("[{key}]") } else { key };
        let slot = format!("n[p+{slots}]");
        let value = match part {
            Part::Number => slot,
            Part::Text => {
                let _ = write!(texts, "const t{index}=text({slot});");
                format!("t{index}")
            }
            Part::Date => format!("new Date({slot})"),
            Part::Boolean => format!("{slot}===1"),
            Part::Null => "null".to_owned(),
            Part::List => "list()".to_owned(),
            Part::Object => "object()".to_owned(),
            Part::Made => "made()".to_owned(),
            Part::Any => "value()".to_owned(),
            Part::Rows => "rows()".to_owned(),
        };
        slots += usize::from(part.has_slot());
        let _ = write!(literal, "{key}:{value},");
    }
    format!("const n=c.n,p=c.p;c.p=p+{slots};{texts}return{{{literal}}};")
}

impl Part {
    /// Whether the value lies in the slots, and not after them.
    pub fn has_slot(self) -> bool {
        matches!(self, Self::Number | Self::Text | Self::Date | Self::Boolean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factory_reads_its_slots_in_order_and_its_parts_after_them() {
        let fields: &[Field<'_>] = &[
            (b"_id", Part::Text),
            (b"tags", Part::List),
            (b"__proto__", Part::Boolean),
            (b"n", Part::Null),
            (b"at", Part::Date),
        ];
        assert_eq!(
            body(fields),
            "const n=c.n,p=c.p;c.p=p+3;const t0=text(n[p+0]);return{\"_id\":t0,\"tags\":list(),\
             [\"__proto__\"]:n[p+1]===1,\"n\":null,\"at\":new Date(n[p+2]),};"
        );
    }
}
