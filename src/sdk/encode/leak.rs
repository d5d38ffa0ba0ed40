//! Own properties of the client's own objects, for the encodings that do not know them.

use std::rc::Rc;

use crate::sdk::encode::cell::{Cell, Fields};
use crate::sdk::{Command, CommandKind, Geo, Input};

/// The field that a command is bound to while it is encoded.
pub(crate) type Bound = Option<Rc<str>>;

/// A command as an object of its own properties, its nested query and logic commands bound too.
pub(crate) fn command_fields<'a>(command: &'a Command, bound: &Bound) -> Fields<'a> {
    // Update commands are never bound.
    let bound = bound.clone().filter(|_| command.kind != CommandKind::Update);
    let field = bound.or_else(|| command.field_name.as_deref().map(Rc::from));
    let operands = match &command.operands {
        Input::List(operands) if field.is_some() && command.kind != CommandKind::Update => {
            Cell::List(operands.iter().map(|operand| leaked(operand, &field)).collect())
        }
        operands => Cell::Plain(operands),
    };
    let field_name = match field {
        Some(field) => Cell::Text(field.as_ref().to_owned()),
        // The mark of an unbound command is an object without own properties.
        None => Cell::Map(Fields::default()),
    };
    Fields::from_entries([
        ("operator".to_owned(), Cell::Text(command.operator.clone())),
        ("operands".to_owned(), operands),
        ("fieldName".to_owned(), field_name),
    ])
}

/// An operand that is printed by P; a command in it is bound as the one that holds it.
pub(crate) fn leaked<'a>(operand: &'a Input, field: &Bound) -> Cell<'a> {
    match operand {
        Input::Command(inner) if field.is_some() && inner.kind != CommandKind::Update => {
            Cell::Leaked(inner, field.clone())
        }
        operand => Cell::Plain(operand),
    }
}

/// A geometry as an object of its own properties: what P and lists in filters see.
pub(crate) fn geo_fields(geo: &Geo) -> Fields<'_> {
    match geo {
        Geo::Point { longitude, latitude } => Fields::from_entries([
            ("longitude".to_owned(), Cell::Number(*longitude)),
            ("latitude".to_owned(), Cell::Number(*latitude)),
        ]),
        Geo::LineString(points) | Geo::MultiPoint(points) => shapes("points", points),
        Geo::Polygon(lines) | Geo::MultiLineString(lines) => shapes("lines", lines),
        Geo::MultiPolygon(polygons) => shapes("polygons", polygons),
    }
}

fn shapes<'a>(key: &str, parts: &'a [Geo]) -> Fields<'a> {
    let parts = parts.iter().map(|geo| Cell::Shape { geo, is_value: false }).collect();
    Fields::from_entries([(key.to_owned(), Cell::List(parts))])
}

/// The pattern object that `db.RegExp` holds.
pub(crate) fn pattern_fields<'a>(pattern: &'a Input, options: &'a Input) -> Fields<'a> {
    let parts = Fields::from_entries([
        ("pattern".to_owned(), Cell::Plain(pattern)),
        ("options".to_owned(), Cell::Plain(options)),
    ]);
    Fields::from_entries([("$regularExpression".to_owned(), Cell::Map(parts))])
}

/// Own enumerable properties of anything, as flattening sees them.
pub(crate) fn own_fields(input: &Input) -> Fields<'_> {
    match input {
        Input::Object(object) => {
            object.entries.iter().map(|(key, value)| (key.clone(), Cell::Plain(value))).collect()
        }
        Input::Command(command) => command_fields(command, &None),
        Input::Geo(geo) => geo_fields(geo),
        Input::ServerDate { offset } => {
            Fields::from_entries([("offset".to_owned(), Cell::Plain(offset))])
        }
        Input::DbPattern { pattern, options } => pattern_fields(pattern, options),
        _ => Fields::default(),
    }
}
