//! Geometries: what their constructors refuse, `GeoJSON` in both directions, and which stored
//! objects come back as geometries.

use crate::sdk::encode::Result;
use crate::sdk::encode::number::{number, number_text};
use crate::sdk::failure::Failure;
use crate::sdk::messages;
use crate::sdk::{Geo, Input, Tag};
use crate::value::{Bson, Document, RawDoc, RawValue};

/// `db.Geo.Point(longitude, latitude)`. NaN passes.
pub fn point(longitude: &Input, latitude: &Input) -> Result<Geo> {
    let longitude = degree(longitude, 180.0, messages::GEO_LONGITUDE)?;
    let latitude = degree(latitude, 90.0, messages::GEO_LATITUDE)?;
    Ok(Geo::Point { longitude, latitude })
}

fn degree(value: &Input, most: f64, text: &str) -> Result<f64> {
    match boxed_number(value) {
        None => Err(Failure::error(messages::GEO_NUMBER)),
        Some(degree) if degree.abs() > most => Err(Failure::error(text)),
        Some(degree) => Ok(degree),
    }
}

fn boxed_number(value: &Input) -> Option<f64> {
    match value {
        Input::Number(number) => Some(*number),
        // A boxed number has the tag that is tested.
        Input::Object(object) if object.tag == Tag::Other("Number".to_owned()) => {
            object.to_json.as_deref().and_then(boxed_number)
        }
        _ => None,
    }
}

/// The constructor `name` of `db.Geo` but `Point`.
pub fn shape(name: &str, parts: &Input) -> Result<Geo> {
    match name {
        "LineString" => line_string(parts),
        "Polygon" => polygon(parts),
        "MultiPoint" => multi_point(parts),
        "MultiLineString" => multi_line_string(parts),
        _ => multi_polygon(parts),
    }
}

fn line_string(points: &Input) -> Result<Geo> {
    let points = list(points, "\"points\"", "Point[]")?;
    if points.len() < 2 {
        return Err(Failure::error(messages::GEO_TWO_POINTS));
    }
    Ok(Geo::LineString(points_of(points)?))
}

fn multi_point(points: &Input) -> Result<Geo> {
    let points = list(points, "\"points\"", "Point[]")?;
    if points.is_empty() {
        return Err(Failure::error(messages::GEO_ONE_POINT));
    }
    Ok(Geo::MultiPoint(points_of(points)?))
}

fn points_of(points: &[Input]) -> Result<Vec<Geo>> {
    points
        .iter()
        .map(|point| match point {
            Input::Geo(point @ Geo::Point { .. }) => Ok(point.clone()),
            other => Err(wrong_part("\"points\"", "Point[]", other)),
        })
        .collect()
}

fn polygon(lines: &Input) -> Result<Geo> {
    let lines = lines_list(lines)?;
    let mut rings = Vec::with_capacity(lines.len());
    for line in lines {
        let ring = line_part(line)?;
        check_closed(&ring)?;
        rings.push(ring);
    }
    Ok(Geo::Polygon(rings))
}

fn multi_line_string(lines: &Input) -> Result<Geo> {
    Ok(Geo::MultiLineString(lines_list(lines)?.iter().map(line_part).collect::<Result<_>>()?))
}

fn multi_polygon(polygons: &Input) -> Result<Geo> {
    let polygons = list(polygons, "\"polygons\"", "Polygon[]")?;
    if polygons.is_empty() {
        return Err(Failure::error(messages::GEO_ONE_POLYGON));
    }
    let parts = polygons.iter().map(|part| match part {
        Input::Geo(part @ Geo::Polygon(_)) => Ok(part.clone()),
        other => Err(wrong_part("\"polygon\"", "Polygon[]", other)),
    });
    Ok(Geo::MultiPolygon(parts.collect::<Result<_>>()?))
}

fn lines_list(lines: &Input) -> Result<&[Input]> {
    let lines = list(lines, "\"lines\"", "LineString[]")?;
    if lines.is_empty() {
        return Err(Failure::error(messages::GEO_ONE_LINE));
    }
    Ok(lines)
}

fn line_part(line: &Input) -> Result<Geo> {
    match line {
        Input::Geo(line @ Geo::LineString(_)) => Ok(line.clone()),
        other => Err(wrong_part("\"lines\"", "LineString[]", other)),
    }
}

fn list<'a>(value: &'a Input, name: &str, type_name: &str) -> Result<&'a [Input]> {
    match value {
        Input::List(items) => Ok(items),
        other => Err(Failure::type_error(format!(
            "{name} must be of type {type_name}. Received type {}",
            other.type_of()
        ))),
    }
}

fn wrong_part(name: &str, type_name: &str, part: &Input) -> Failure {
    Failure::type_error(format!(
        "{name} must be of type {type_name}. Received type {}[]",
        part.type_of()
    ))
}

/// A ring ends where it begins; nothing else is checked.
fn check_closed(ring: &Geo) -> Result<()> {
    let Geo::LineString(points) = ring else { return Ok(()) };
    let ends = points.first().zip(points.last());
    if ends.is_some_and(|(first, last)| first == last) {
        return Ok(());
    }
    let text: Vec<String> = points.iter().map(readable).collect();
    Err(Failure::error(format!("LineString {} is not a closed cycle", text.join(","))))
}

/// `toReadableString()` of a point.
pub fn readable(point: &Geo) -> String {
    match point {
        Geo::Point { longitude, latitude } => {
            format!("[{},{}]", number_text(*longitude), number_text(*latitude))
        }
        _ => String::new(),
    }
}

/// `[point or pair, radius]` of a circle.
pub fn check_center_sphere(sphere: &Input) -> Result<()> {
    let invalid = || Err(Failure::error(messages::CENTER_SPHERE));
    let Input::List(items) = sphere else { return invalid() };
    let [center, radius] = items.as_slice() else { return invalid() };
    let has_radius = matches!(radius, Input::Number(_));
    match center {
        Input::Geo(Geo::Point { .. }) if has_radius => Ok(()),
        Input::List(pair) => match pair.as_slice() {
            [longitude, latitude] => {
                point(longitude, latitude)?;
                if has_radius { Ok(()) } else { invalid() }
            }
            _ => invalid(),
        },
        _ => invalid(),
    }
}

/// What a chained geo command (`_.exists(true).geoNear(..)`) checks at once.
pub fn check_chained(operator: &str, options: &Input) -> Result<()> {
    if matches!(options, Input::Absent | Input::Null) {
        return Err(Failure::reading(options.null_text(), "geometry"));
    }
    let absent = Input::Absent;
    let geometry = options.property("geometry").unwrap_or(&absent);
    match operator {
        "geoNear" => {
            if !matches!(geometry, Input::Geo(Geo::Point { .. })) {
                return Err(wrong_type("geometry", "Point", geometry));
            }
            for name in ["maxDistance", "minDistance"] {
                match options.property(name).unwrap_or(&absent) {
                    Input::Absent | Input::Number(_) => {}
                    other => return Err(wrong_type(name, "Number", other)),
                }
            }
            Ok(())
        }
        "geoWithin" => match geometry {
            Input::Geo(Geo::Polygon(_) | Geo::MultiPolygon(_)) => Ok(()),
            _ => check_center_sphere(options.property("centerSphere").unwrap_or(&absent)),
        },
        "geoIntersects" if !matches!(geometry, Input::Geo(_)) => Err(wrong_type(
            "geometry",
            "Point, LineString, Polygon, MultiPoint, MultiLineString or MultiPolygon",
            geometry,
        )),
        _ => Ok(()),
    }
}

fn wrong_type(name: &str, type_name: &str, value: &Input) -> Failure {
    Failure::type_error(format!(
        "\"{name}\" must be of type {type_name}. Received type {}",
        value.type_of()
    ))
}

/// The `GeoJSON` of a geometry.
pub fn to_document(geo: &Geo) -> Document {
    let name = match geo {
        Geo::Point { .. } => "Point",
        Geo::LineString(_) => "LineString",
        Geo::Polygon(_) => "Polygon",
        Geo::MultiPoint(_) => "MultiPoint",
        Geo::MultiLineString(_) => "MultiLineString",
        Geo::MultiPolygon(_) => "MultiPolygon",
    };
    let mut document = Document::new();
    document.insert("type", name);
    document.insert("coordinates", coordinates(geo));
    document
}

fn coordinates(geo: &Geo) -> Bson {
    match geo {
        Geo::Point { longitude, latitude } => {
            Bson::Array(vec![number(*longitude), number(*latitude)])
        }
        Geo::LineString(parts)
        | Geo::Polygon(parts)
        | Geo::MultiPoint(parts)
        | Geo::MultiLineString(parts)
        | Geo::MultiPolygon(parts) => Bson::Array(parts.iter().map(coordinates).collect()),
    }
}

/// The geometry that a stored object comes back as, `None` where it stays an object.
///
/// # Errors
/// What makes the whole `get` reject: `GeoJSON` that passes the client's tests but not its
/// constructors.
pub fn revive(document: RawDoc<'_>) -> Result<Option<Geo>> {
    let Some(RawValue::String(kind)) = document.get("type") else { return Ok(None) };
    let Some(RawValue::Array(coordinates)) = document.get("coordinates") else {
        return Ok(None);
    };
    let parts: Vec<RawValue<'_>> = coordinates.values().collect();
    match kind {
        "Point" => revive_point(&parts).map(Some),
        "LineString" if all_points(&parts)? => line(&parts).map(Some),
        "MultiPoint" if all_points(&parts)? => {
            multi_point(&Input::List(inputs(&parts, point_part)?)).map(Some)
        }
        "Polygon" if all_rings(&parts)? => {
            polygon(&Input::List(inputs(&parts, |part| line(&elements(part)))?)).map(Some)
        }
        "MultiLineString" if all_lines(&parts)? => {
            multi_line_string(&Input::List(inputs(&parts, |part| line(&elements(part)))?)).map(Some)
        }
        "MultiPolygon" if all_polygons(&parts)? => {
            let polygons = inputs(&parts, |part| {
                polygon(&Input::List(inputs(&elements(part), |ring| line(&elements(ring)))?))
            })?;
            multi_polygon(&Input::List(polygons)).map(Some)
        }
        _ => Ok(None),
    }
}

fn inputs<'a>(
    parts: &[RawValue<'a>],
    build: impl Fn(&RawValue<'a>) -> Result<Geo>,
) -> Result<Vec<Input>> {
    parts.iter().map(|part| build(part).map(Input::Geo)).collect()
}

/// What `value[0]`, `value[1]` .. read: elements of a list, or an object with such keys.
fn elements<'a>(value: &RawValue<'a>) -> Vec<RawValue<'a>> {
    match value {
        RawValue::Array(items) => items.values().collect(),
        RawValue::Document(object) => ["0", "1"].iter().map_while(|key| object.get(key)).collect(),
        _ => Vec::new(),
    }
}

fn revive_point(parts: &[RawValue<'_>]) -> Result<Geo> {
    let at = |index: usize| parts.get(index).and_then(as_number);
    let input = |number: Option<f64>| number.map_or(Input::Absent, Input::Number);
    point(&input(at(0)), &input(at(1)))
}

fn point_part(value: &RawValue<'_>) -> Result<Geo> {
    revive_point(&elements(value))
}

/// Points are made, and their ranges checked, before the line counts them.
fn line(points: &[RawValue<'_>]) -> Result<Geo> {
    line_string(&Input::List(inputs(points, point_part)?))
}

fn as_number(value: &RawValue<'_>) -> Option<f64> {
    #[allow(clippy::cast_precision_loss, reason = "the client reads every number as a double")]
    match value {
        RawValue::Double(number) => Some(*number),
        RawValue::Int32(number) => Some(f64::from(*number)),
        RawValue::Int64(number) => Some(*number as f64),
        _ => None,
    }
}

/// Whether every part is a pair of numbers. Reading an element of null throws.
fn all_points(parts: &[RawValue<'_>]) -> Result<bool> {
    for part in parts {
        if let RawValue::Null | RawValue::Undefined = part {
            return Err(Failure::reading("null", "0"));
        }
        let pair = elements(part);
        let is_number = |index: usize| pair.get(index).and_then(as_number).is_some();
        if !is_number(0) || !is_number(1) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn all_lines(lines: &[RawValue<'_>]) -> Result<bool> {
    for line in lines {
        let RawValue::Array(points) = line else { return Err(not_iterable("line")) };
        if !all_points(&points.values().collect::<Vec<_>>())? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn all_polygons(polygons: &[RawValue<'_>]) -> Result<bool> {
    for polygon in polygons {
        let RawValue::Array(lines) = polygon else { return Err(not_iterable("polygon")) };
        if !all_lines(&lines.values().collect::<Vec<_>>())? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Rings are tested for their ends first, whatever those are.
fn all_rings(rings: &[RawValue<'_>]) -> Result<bool> {
    for ring in rings {
        let points = match ring {
            RawValue::Array(points) => points.values().collect::<Vec<_>>(),
            RawValue::Null | RawValue::Undefined => return Err(Failure::reading("null", "0")),
            // The letters of a text are no numbers, whether its ends meet or not.
            RawValue::String(text) if !text.is_empty() => return Ok(false),
            _ => return Err(Failure::reading("undefined", "0")),
        };
        if !ends_meet(&points)? || !all_points(&points)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn ends_meet(points: &[RawValue<'_>]) -> Result<bool> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return Err(Failure::reading("undefined", "0"));
    };
    for end in [first, last] {
        if matches!(end, RawValue::Null | RawValue::Undefined) {
            return Err(Failure::reading("null", "0"));
        }
    }
    let (first, last) = (elements(first), elements(last));
    Ok(same(first.first(), last.first()) && same(first.get(1), last.get(1)))
}

/// Strict equality of two coordinates; objects are never the same.
fn same(first: Option<&RawValue<'_>>, second: Option<&RawValue<'_>>) -> bool {
    match (first, second) {
        (None, None) => true,
        (Some(first), Some(second)) => match (as_number(first), as_number(second)) {
            #[allow(clippy::float_cmp, reason = "the client compares with ===")]
            (Some(first), Some(second)) => first == second,
            (None, None) => match (first, second) {
                (RawValue::String(first), RawValue::String(second)) => first == second,
                (RawValue::Boolean(first), RawValue::Boolean(second)) => first == second,
                (RawValue::Null, RawValue::Null) => true,
                _ => false,
            },
            _ => false,
        },
        _ => false,
    }
}

fn not_iterable(name: &str) -> Failure {
    Failure::type_error(format!("{name} is not iterable"))
}
