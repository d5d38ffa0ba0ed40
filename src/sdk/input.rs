//! Values as the caller wrote them, before the official client's encoding.
//!
//! `node` reads a caller's value into an [`Input`] once; every quirk of the official encoders is
//! then a pure function of it.

use std::borrow::Cow;

/// A caller's value.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// No value was given.
    Absent,
    Null,
    Boolean(bool),
    Number(f64),
    Text(String),
    /// An integer of arbitrary size, in decimal. No encoder accepts one.
    BigInteger(String),
    /// Milliseconds since the Unix epoch; NaN for an invalid date.
    Date(f64),
    /// A regular expression literal.
    Pattern {
        source: String,
        flags: String,
    },
    List(Vec<Input>),
    Object(Object),
    Function,
    Symbol,
    /// `db.command.gt(1)` and its kin.
    Command(Box<Command>),
    /// `db.Geo.Point(..)` and its kin.
    Geo(Geo),
    /// `db.serverDate({offset})`.
    ServerDate {
        offset: Box<Input>,
    },
    /// `db.RegExp({regexp, options})`.
    DbPattern {
        pattern: Box<Input>,
        options: Box<Input>,
    },
    /// The value contains itself.
    Circular,
}

/// An object with its own enumerable properties, in the order in which the caller's language lists
/// them (integer-like names first).
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    pub tag: Tag,
    pub entries: Vec<(String, Input)>,
    /// What the object's `toJSON` method returned, when it has one, and the value inside of a boxed
    /// number, text or boolean. An own method also stands in `entries`, as an [`Input::Function`]:
    /// that is how encoders tell it from an inherited one.
    pub to_json: Option<Box<Input>>,
}

/// What `Object.prototype.toString` says of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tag {
    /// `[object Object]`: plain objects, class instances, objects without prototype.
    Object,
    /// Anything else: `Map`, `Set`, `Error`, `Number`, `Uint8Array`, `Promise` ..
    Other(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandKind {
    Query,
    Logic,
    Update,
}

/// A command object: its three own properties.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    pub kind: CommandKind,
    /// The official name: `gt`, `in`, `and`, `set` ..
    pub operator: String,
    /// The own property as it is: a list for most commands, but whatever the caller gave for `in`,
    /// `nin`, `all`, `pull`, `pullAll` and `addToSet`, and an object for `push({each})`.
    pub operands: Input,
    /// The field it is bound to; commands of users are unbound.
    pub field_name: Option<String>,
}

/// A geometry made by `db.Geo`, with the coordinates as given (they may be any number).
#[derive(Debug, Clone, PartialEq)]
pub enum Geo {
    Point { longitude: f64, latitude: f64 },
    LineString(Vec<Geo>),
    Polygon(Vec<Geo>),
    MultiPoint(Vec<Geo>),
    MultiLineString(Vec<Geo>),
    MultiPolygon(Vec<Geo>),
}

impl Object {
    pub fn plain(entries: Vec<(String, Input)>) -> Self {
        Self { tag: Tag::Object, entries, to_json: None }
    }

    pub fn get(&self, key: &str) -> Option<&Input> {
        self.entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The result of an own `toJSON` method, the only one that survives the official encoders.
    pub fn own_to_json(&self) -> Option<&Input> {
        match self.get("toJSON") {
            Some(Input::Function) => self.to_json.as_deref(),
            _ => None,
        }
    }
}

impl Command {
    /// A command as `db.command` makes it: bound to no field.
    pub fn new(kind: CommandKind, operator: &str, operands: Input) -> Self {
        Self { kind, operator: operator.to_owned(), operands, field_name: None }
    }
}

impl Input {
    /// The lower-case type in the official texts: what `Object.prototype.toString` says.
    pub fn tag_name(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Absent => "undefined",
            Self::Null => "null",
            Self::Boolean(_) => "boolean",
            Self::Number(_) => "number",
            Self::Text(_) => "string",
            Self::BigInteger(_) => "bigint",
            Self::Date(_) => "date",
            Self::Pattern { .. } => "regexp",
            Self::List(_) => "array",
            Self::Object(object) => match &object.tag {
                Tag::Object => "object",
                Tag::Other(tag) => return Cow::Owned(tag.to_lowercase()),
            },
            Self::Function => "function",
            Self::Symbol => "symbol",
            Self::Command(_)
            | Self::Geo(_)
            | Self::ServerDate { .. }
            | Self::DbPattern { .. }
            | Self::Circular => "object",
        })
    }

    /// What the `typeof` operator says.
    pub fn type_of(&self) -> &'static str {
        match self {
            Self::Absent => "undefined",
            Self::Boolean(_) => "boolean",
            Self::Number(_) => "number",
            Self::Text(_) => "string",
            Self::BigInteger(_) => "bigint",
            Self::Function => "function",
            Self::Symbol => "symbol",
            _ => "object",
        }
    }

    /// Whether the official encoders take it for an object: plain ones, class instances, commands,
    /// geometries; not lists, dates, patterns or the like of `Map`.
    pub fn has_object_tag(&self) -> bool {
        match self {
            Self::Object(object) => object.tag == Tag::Object,
            Self::Command(_)
            | Self::Geo(_)
            | Self::ServerDate { .. }
            | Self::DbPattern { .. }
            | Self::Circular => true,
            _ => false,
        }
    }

    /// `null` or `undefined` in the texts about reading a property of either.
    pub fn null_text(&self) -> &'static str {
        if matches!(self, Self::Null) { "null" } else { "undefined" }
    }

    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// Whether a condition on it holds.
    pub fn is_truthy(&self) -> bool {
        match self {
            Self::Absent | Self::Null => false,
            Self::Boolean(flag) => *flag,
            Self::Number(number) => !(number.is_nan() || *number == 0.0),
            Self::Text(text) => !text.is_empty(),
            Self::BigInteger(digits) => digits != "0",
            _ => true,
        }
    }

    /// The own property `key` of an object; `None` for anything else.
    pub fn property(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(object) => object.get(key),
            _ => None,
        }
    }
}
