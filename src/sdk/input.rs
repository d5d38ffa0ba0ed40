//! Values as the caller wrote them, before the official client's encoding.
//!
//! `node` reads a caller's value into an [`Input`] once; every quirk of the official encoders is
//! then a pure function of it.

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

/// An object with its own enumerable properties in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    pub tag: Tag,
    pub entries: Vec<(String, Input)>,
    /// What the object's `toJSON` method returned, when it has one.
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
    pub operands: Vec<Input>,
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
}
