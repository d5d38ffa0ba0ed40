//! Callers' values to [`Input`].
//!
//! A caller's object may be a proxy, have getters that throw or contain itself: every read may
//! fail, and depth, length and total size are bounded before memory is spent.

use crate::node::convert::unpack::{Packed, pack, unpack};
use crate::node::js::{Js, Outcome, Thrown, Type, Value};
use crate::node::realm::Realm;
use crate::sdk::{Command, CommandKind, Geo, Input, Object, Tag};

/// Deeper values are circular or refused: no stored document may be deeper than 100 levels.
const DEPTH_MAX: usize = 180;
/// Where a circle is cut: deep enough for `options.data.field`, near enough to find it only once.
const CIRCLE_DEPTH: usize = 2;
/// Values read for one argument. Ours: a sparse array can claim four billion elements. A document
/// of 16 MB, where each element takes nine bytes or more, has fewer.
pub const VALUES_MAX: usize = 2_000_000;
/// UTF-16 units of all texts of one argument. Ours: no request of the service has as many.
const UNITS_MAX: usize = 64 * 1024 * 1024;
/// Longer Buffers are files on their way to the open API, which takes them as bytes; as JSON they
/// would exceed every limit of the service.
const BUFFER_BYTES_MAX: usize = 1024 * 1024;
/// 64-bit words of a big integer, whose digits take the longer the more there are. Ours.
const BIG_INTEGER_WORDS_MAX: usize = 128;
/// Tags of objects that stand for the value inside of them.
const BOXES: [&str; 3] = ["Number", "String", "Boolean"];

/// What the classes of the surface carry. Anybody can make an object that carries something else.
const BRANDS: [&str; 12] = [
    "query",
    "logic",
    "update",
    "serverDate",
    "pattern",
    "pipeline",
    "Point",
    "LineString",
    "Polygon",
    "MultiPoint",
    "MultiLineString",
    "MultiPolygon",
];

/// Reads a caller's value. Code of the user's runs.
pub fn read(js: Js<'_>, realm: &Realm, value: Value<'_>) -> Outcome<Input> {
    if js.type_of(value)? == Type::Object
        && let Some((packed, others)) = pack(js, realm, value)?
    {
        let input = read_packed(js, realm, &packed, others);
        realm.scratch.arguments.set(packed.cleared());
        if let Some(input) = input? {
            return Ok(input);
        }
    }
    match Reader::new(js, realm)?.read(value) {
        Err(Stop::Circular) => Ok(Input::Circular),
        Err(Stop::Thrown(thrown)) => Err(thrown),
        Ok(input) => Ok(input),
    }
}

fn read_packed(
    js: Js<'_>,
    realm: &Realm,
    packed: &Packed,
    others: Option<Value<'_>>,
) -> Outcome<Option<Input>> {
    let mut reader = Reader::new(js, realm)?;
    unpack(packed, &mut |place| {
        let Some(others) = others else { return Ok(None) };
        match reader.read(js.item(others, place)?) {
            // Where the circle begins can only be seen from the root.
            Err(Stop::Circular) => Ok(None),
            Err(Stop::Thrown(thrown)) => Err(thrown),
            Ok(input) => Ok(Some(input)),
        }
    })
}

/// Reads chosen properties of an options object without touching the others.
pub fn read_properties(
    js: Js<'_>,
    realm: &Realm,
    object: Value<'_>,
    keys: &[&str],
) -> Outcome<Vec<Input>> {
    keys.iter().map(|key| read(js, realm, js.get(object, key)?)).collect()
}

/// How many elements a list has, a proxy of one too, which Node-API takes for an object. `u32::MAX`
/// stands for more.
pub fn list_length(js: Js<'_>, realm: &Realm, value: Value<'_>) -> Outcome<Option<u32>> {
    let list_length = realm.helper(js, |helpers| &helpers.list_length)?;
    let length = js.to_f64(js.call(list_length, js.undefined()?, &[value])?)?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "casts saturate")]
    Ok((length >= 0.0).then_some(length as u32))
}

/// Elements of a typed array that is read as an object. Ours.
const VIEW_VALUES_MAX: f64 = 65_536.0;

struct Reader<'s, 'r> {
    js: Js<'s>,
    realm: &'r Realm,
    object_prototype: Value<'s>,
    ancestors: Vec<Value<'s>>,
    left: usize,
    units_left: usize,
}

enum Stop {
    Thrown(Thrown),
    Circular,
}

impl From<Thrown> for Stop {
    fn from(thrown: Thrown) -> Self {
        Self::Thrown(thrown)
    }
}

type Step<T = Input> = Result<T, Stop>;

impl<'s, 'r> Reader<'s, 'r> {
    fn new(js: Js<'s>, realm: &'r Realm) -> Outcome<Self> {
        let object_prototype = realm.helper(js, |helpers| &helpers.object_prototype)?;
        Ok(Self {
            js,
            realm,
            object_prototype,
            ancestors: Vec::new(),
            left: VALUES_MAX,
            units_left: UNITS_MAX,
        })
    }

    fn read(&mut self, value: Value<'s>) -> Step {
        let js = self.js;
        self.left = self.left.checked_sub(1).ok_or_else(|| too_large("values"))?;
        Ok(match js.type_of(value)? {
            Type::Undefined | Type::External => Input::Absent,
            Type::Null => Input::Null,
            Type::Boolean => Input::Boolean(js.to_bool(value)?),
            Type::Number => Input::Number(js.to_f64(value)?),
            Type::String => Input::Text(self.text(value)?),
            Type::Symbol => Input::Symbol,
            Type::Function => Input::Function,
            Type::BigInt if js.words(value)? > BIG_INTEGER_WORDS_MAX => {
                return Err(too_large("bits of a BigInt"));
            }
            Type::BigInt => Input::BigInteger(js.digits(value)?),
            Type::Object => return self.enter(value),
        })
    }

    fn text(&mut self, value: Value<'s>) -> Step<String> {
        let units = self.js.text_units(value)?;
        self.units_left =
            self.units_left.checked_sub(units).ok_or_else(|| too_large("characters"))?;
        Ok(self.js.to_text(value)?)
    }

    fn enter(&mut self, value: Value<'s>) -> Step {
        if self.ancestors.len() >= DEPTH_MAX {
            for ancestor in &self.ancestors {
                if self.js.is_same(*ancestor, value)? {
                    return Err(Stop::Circular);
                }
            }
            return Err(too_large("levels"));
        }
        self.ancestors.push(value);
        let input = self.object(value);
        self.ancestors.pop();
        match input {
            // The circle is in one member of the options, the others can be read.
            Err(Stop::Circular) if self.ancestors.len() == CIRCLE_DEPTH => Ok(Input::Circular),
            input => input,
        }
    }

    fn object(&mut self, value: Value<'s>) -> Step {
        let js = self.js;
        // In the order in which `pack` asks: an object may answer to more than one.
        if let Some(length) = self.list_length(value)? {
            return self.list(value, length);
        }
        let prototype = js.prototype(value)?;
        if js.is_same(prototype, self.object_prototype)? {
            return self.properties(value, Tag::Object);
        }
        if js.is_date(value)? {
            return Ok(Input::Date(js.date_ms(value)?));
        }
        let brand = js.get_by(value, self.realm.helper(js, |helpers| &helpers.brand)?)?;
        if js.type_of(brand)? == Type::String {
            let brand = js.to_text(brand)?;
            if BRANDS.contains(&brand.as_str()) {
                return self.branded(value, &brand);
            }
        }
        if js.is_buffer(value)? && js.type_of(js.get(value, "toJSON")?)? == Type::Function {
            return self.buffer(value);
        }
        let tag = self.realm.helper(js, |helpers| &helpers.tag)?;
        let tag = js.to_text(js.call(tag, js.undefined()?, &[value])?)?;
        match tag.as_str() {
            "RegExp" => match (self.text_of(value, "source")?, self.text_of(value, "flags")?) {
                (Some(source), Some(flags)) => Ok(Input::Pattern { source, flags }),
                _ => self.instance(value, Tag::Other(tag)),
            },
            "Object" => self.instance(value, Tag::Object),
            // The official client makes an object with a key for each element.
            view if (view.ends_with("Array") || view == "String")
                && self.view_length(value)? > VIEW_VALUES_MAX =>
            {
                Err(too_large("elements of a typed array or a String object"))
            }
            _ => self.instance(value, Tag::Other(tag)),
        }
    }

    fn view_length(&mut self, value: Value<'s>) -> Step<f64> {
        let length = self.js.get(value, "length")?;
        Ok(match self.js.type_of(length)? {
            Type::Number => self.js.to_f64(length)?,
            _ => 0.0,
        })
    }

    /// Encoders of documents lose a Buffer's content, plain JSON has it: `toJSON` tells it from
    /// other views of memory.
    fn buffer(&mut self, value: Value<'s>) -> Step {
        let bytes = self.js.buffer_bytes(value)?;
        let left = self.left.checked_sub(bytes.len()).filter(|_| bytes.len() <= BUFFER_BYTES_MAX);
        let content = match left {
            Some(left) => {
                self.left = left;
                Input::List(bytes.into_iter().map(|byte| Input::Number(f64::from(byte))).collect())
            }
            None => Input::Null,
        };
        let printed = vec![
            ("type".to_owned(), Input::Text("Buffer".to_owned())),
            ("data".to_owned(), content),
        ];
        Ok(Input::Object(Object {
            tag: Tag::Other("Uint8Array".into()),
            entries: Vec::new(),
            to_json: Some(Box::new(Input::Object(Object::plain(printed)))),
        }))
    }

    fn list_length(&mut self, value: Value<'s>) -> Step<Option<u32>> {
        match list_length(self.js, self.realm, value)? {
            Some(length) if length as usize > self.left => Err(too_large("values")),
            length => Ok(length),
        }
    }

    fn list(&mut self, value: Value<'s>, length: u32) -> Step {
        let items = (0..length).map(|index| self.read(self.js.item(value, index)?));
        Ok(Input::List(items.collect::<Step<_>>()?))
    }

    fn properties(&mut self, value: Value<'s>, tag: Tag) -> Step {
        let js = self.js;
        let keys = js.own_keys(value)?;
        let count = js.length(keys)?;
        let mut entries = Vec::with_capacity(count as usize);
        let mut to_json = None;
        for index in 0..count {
            let key = js.item(keys, index)?;
            let name = self.text(key)?;
            let property = js.get_by(value, key)?;
            if name == "toJSON" && js.type_of(property)? == Type::Function {
                let replaced = js.call(property, value, &[])?;
                to_json = Some(Box::new(self.read(replaced)?));
            }
            let property = self.read(property)?;
            entries.push((name, property));
        }
        Ok(Input::Object(Object { tag, entries, to_json }))
    }

    /// An object with a prototype of its own, which may bring a `toJSON` method.
    fn instance(&mut self, value: Value<'s>, tag: Tag) -> Step {
        let mut input = self.properties(value, tag)?;
        if let Input::Object(object) = &mut input
            && object.to_json.is_none()
        {
            let js = self.js;
            let is_boxed = matches!(&object.tag, Tag::Other(tag) if BOXES.contains(&tag.as_str()));
            let method = js.get(value, if is_boxed { "valueOf" } else { "toJSON" })?;
            if js.type_of(method)? == Type::Function {
                let replaced = js.call(method, value, &[])?;
                object.to_json = Some(Box::new(self.read(replaced)?));
            }
        }
        Ok(input)
    }

    fn branded(&mut self, value: Value<'s>, brand: &str) -> Step {
        let kind = match brand {
            "query" => CommandKind::Query,
            "logic" => CommandKind::Logic,
            "update" => CommandKind::Update,
            "serverDate" => {
                let offset = self.property(value, "offset")?;
                return Ok(Input::ServerDate { offset: Box::new(offset) });
            }
            "pattern" => {
                let inner = self.js.get(value, "$regularExpression")?;
                if self.js.type_of(inner)? != Type::Object {
                    return self.instance(value, Tag::Object);
                }
                return Ok(Input::DbPattern {
                    pattern: Box::new(self.property(inner, "pattern")?),
                    options: Box::new(self.property(inner, "options")?),
                });
            }
            "pipeline" => return self.properties(value, Tag::Object),
            _ => return Ok(Input::Geo(self.geo(value, brand)?)),
        };
        let Some(operator) = self.text_of(value, "operator")? else {
            return self.instance(value, Tag::Object);
        };
        let operands = self.property(value, "operands")?;
        let field_name = self.text_of(value, "fieldName")?;
        Ok(Input::Command(Box::new(Command { kind, operator, operands, field_name })))
    }

    /// A property that is a text.
    fn text_of(&mut self, object: Value<'s>, key: &str) -> Step<Option<String>> {
        let value = self.js.get(object, key)?;
        Ok(match self.js.type_of(value)? {
            Type::String => Some(self.text(value)?),
            _ => None,
        })
    }

    fn property(&mut self, object: Value<'s>, key: &str) -> Step {
        let value = self.js.get(object, key)?;
        self.read(value)
    }

    fn geo(&mut self, value: Value<'s>, brand: &str) -> Step<Geo> {
        if brand == "Point" {
            return Ok(Geo::Point {
                longitude: self.number(value, "longitude")?,
                latitude: self.number(value, "latitude")?,
            });
        }
        let key = match brand {
            "LineString" | "MultiPoint" => "points",
            "MultiPolygon" => "polygons",
            _ => "lines",
        };
        let list = self.js.get(value, key)?;
        let mut parts = Vec::new();
        if let Some(length) = self.list_length(list)? {
            for index in 0..length {
                let part = self.js.item(list, index)?;
                if let Input::Geo(part) = self.read(part)? {
                    parts.push(part);
                }
            }
        }
        Ok(match brand {
            "LineString" => Geo::LineString(parts),
            "MultiPoint" => Geo::MultiPoint(parts),
            "Polygon" => Geo::Polygon(parts),
            "MultiLineString" => Geo::MultiLineString(parts),
            _ => Geo::MultiPolygon(parts),
        })
    }

    fn number(&mut self, object: Value<'s>, key: &str) -> Step<f64> {
        Ok(match self.property(object, key)? {
            Input::Number(number) => number,
            _ => f64::NAN,
        })
    }
}

fn too_large(what: &str) -> Stop {
    let most = match what {
        "levels" => DEPTH_MAX.to_string(),
        "values" => VALUES_MAX.to_string(),
        "characters" => UNITS_MAX.to_string(),
        "bits of a BigInt" => (BIG_INTEGER_WORDS_MAX * 64).to_string(),
        _ => VIEW_VALUES_MAX.to_string(),
    };
    let message = format!("the value has more than {most} {what}");
    Stop::Thrown(crate::node::failure::too_large(message).into())
}
