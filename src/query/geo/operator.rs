//! `$geoWithin`, `$geoIntersects`, `$near` and `$nearSphere`.

use crate::error::{Error, Result};
use crate::query::BAD_VALUE;
use crate::query::filter::GeoNear;
use crate::query::geo::parse::{flat_point, is_legacy, on_sphere};
use crate::query::geo::planar::{Shape, center_and_radius};
use crate::query::geo::vector::Vector;
use crate::query::geo::{CellRange, EARTH_RADIUS_M, Geometry, Point, cells, distance_to_m, relate};
use crate::query::number::{is_number, to_f64};
use crate::query::walk::{LeafArray, Path};
use crate::value::{Bson, Document, FieldPath, RawDoc, RawValue, encode_document, shell_text};

/// A condition on a stored geometry.
#[derive(Debug)]
pub(in crate::query) enum GeoTest {
    Within(Region),
    Intersects(Geometry),
    Near(GeoNear),
}

/// What `$geoWithin` accepts.
#[derive(Debug)]
pub(in crate::query) enum Region {
    Polygons(Geometry),
    Cap { center: Point, radians: f64 },
    Planar(Shape),
}

fn refuse<T>(text: impl Into<String>) -> Result<T> {
    Err(Error::mongo(BAD_VALUE, text))
}

pub(in crate::query) fn is_near(key: &str) -> bool {
    matches!(key, "$near" | "$nearSphere" | "$geoNear")
}

/// Lends an owned value as a stored one.
fn with_raw<T>(value: &Bson, read: impl FnOnce(RawValue<'_>) -> Result<T>) -> Result<T> {
    let bytes = encode_document(&bson::doc! {"": value.clone()});
    read(RawDoc::new(&bytes).get("").unwrap_or(RawValue::Null))
}

impl GeoTest {
    /// Reads a field's operators, of which `$geoWithin` or `$geoIntersects` must be the only one.
    pub(in crate::query) fn parse(operators: &Document) -> Result<Self> {
        let mut elements = operators.iter();
        let whole = || shell_text(&Bson::Document(operators.clone()));
        let Some((key, operand)) = elements.next() else {
            return refuse(format!("invalid geo query predicate: {}", whole()));
        };
        if let Some((extra, value)) = elements.next() {
            return refuse(format!("can't parse extra field: {extra}: {}", shell_text(value)));
        }
        let Bson::Document(shapes) = operand else {
            return refuse("geometry must be an object");
        };
        let mut region = None;
        for (name, shape) in shapes {
            if name != "$uniqueDocs" {
                region = Some(parse_region(name, shape)?);
            }
        }
        let Some(region) = region else {
            return refuse("geo query doesn't have any geometry");
        };
        match (key.as_str(), region) {
            ("$geoIntersects", Region::Polygons(geometry)) => Ok(Self::Intersects(geometry)),
            ("$geoIntersects", _) => {
                refuse(format!("$geoIntersect not supported with provided geometry: {}", whole()))
            }
            (_, Region::Polygons(geometry)) if !geometry.has_interior() => {
                refuse(format!("$within not supported with provided geometry: {}", whole()))
            }
            (_, region) => Ok(Self::Within(region)),
        }
    }

    pub(in crate::query) fn matches(&self, value: RawValue<'_>) -> bool {
        if !matches!(value, RawValue::Document(_) | RawValue::Array(_)) {
            return false;
        }
        if let Self::Within(Region::Planar(shape)) = self {
            return shape.holds(value);
        }
        let Ok(geometry) = Geometry::parse_stored(value) else { return false };
        match self {
            Self::Within(Region::Polygons(outer)) => relate::within(&geometry, outer),
            Self::Within(Region::Cap { center, radians }) => {
                relate::within_cap(&geometry, Vector::from_point(*center), *radians)
            }
            Self::Intersects(other) => relate::intersects(&geometry, other),
            // Of `Near` the document decides, not one of its places: see `GeoNear::nearest`.
            Self::Within(Region::Planar(_)) | Self::Near(_) => false,
        }
    }

    /// Ranges of cells that a matching geometry meets; `None` where nothing is known.
    pub(in crate::query) fn cover(&self, cells_max: usize) -> Option<Vec<CellRange>> {
        let cap = |center, radius_m: f64| {
            radius_m.is_finite().then(|| cells::cover_cap(center, radius_m, cells_max))
        };
        match self {
            Self::Within(Region::Polygons(geometry)) | Self::Intersects(geometry) => {
                Some(cells::cover(geometry, cells_max))
            }
            Self::Within(Region::Cap { center, radians }) => cap(*center, radians * EARTH_RADIUS_M),
            Self::Within(Region::Planar(_)) => None,
            Self::Near(near) => cap(near.point, near.max_m),
        }
    }
}

fn parse_region(name: &str, shape: &Bson) -> Result<Region> {
    with_raw(shape, |raw| {
        let unknown = || refuse(format!("unknown geo specifier: {name}: {}", shell_text(shape)));
        let (RawValue::Document(inner) | RawValue::Array(inner)) = raw else { return unknown() };
        Ok(match name {
            "$geometry" => Region::Polygons(Geometry::parse(raw)?),
            "$centerSphere" => {
                let (center, radians) = center_and_radius(inner)?;
                Region::Cap { center: on_sphere(center)?, radians }
            }
            "$box" => Region::Planar(Shape::parse_box(inner)?),
            "$center" => Region::Planar(Shape::parse_circle(inner)?),
            "$polygon" => Region::Planar(Shape::parse_polygon(inner)?),
            _ => return unknown(),
        })
    })
}

/// Limits on the distance as they are read.
#[derive(Default)]
struct Limits {
    min: Option<f64>,
    max: Option<f64>,
}

impl Limits {
    /// True when `key` is a limit. An explicit null, as chained SDK commands send it, is none.
    fn read(&mut self, key: &str, value: &Bson, codes: [i32; 4]) -> Result<bool> {
        let (limit, codes) = match key {
            "$minDistance" => (&mut self.min, [codes[0], codes[1]]),
            "$maxDistance" => (&mut self.max, [codes[2], codes[3]]),
            _ => return Ok(false),
        };
        if matches!(value, Bson::Null) {
            return Ok(true);
        }
        if !is_number(value) {
            return Err(Error::mongo(codes[0], format!("{key} must be a number")));
        }
        let number = to_f64(value).filter(|number| *number >= 0.0);
        *limit = Some(
            number.ok_or_else(|| Error::mongo(codes[1], format!("{key} must be non-negative")))?,
        );
        Ok(true)
    }
}

/// Reads the operators of a field of which the first is `$near`, `$nearSphere` or `$geoNear`.
pub(in crate::query) fn parse_near(field: &str, operators: &Document) -> Result<GeoNear> {
    let path = FieldPath::parse(field)?;
    let mut limits = Limits::default();
    let mut found = None;
    for (key, value) in operators {
        if is_near(key) {
            found = with_raw(value, |raw| Ok(legacy_point(raw)))?.map(|point| (key, point));
        } else if !limits.read(key, value, [16_893, 16_894, 16_895, 16_896])? {
            let text = format!("invalid argument in geo near query: {key}");
            return Err(Error::mongo(34_413, text));
        }
    }
    let Some((key, (point, is_geo_json))) = found else {
        return parse_near_geometry(path, operators);
    };
    if is_geo_json {
        return Ok(GeoNear::new(path, point, limits.min, limits.max));
    }
    if key != "$nearSphere" {
        // Flat distances need a 2d index, which the service does not have.
        return refuse("unable to find index for $geoNear query");
    }
    if on_sphere(point).is_err() {
        return Err(Error::mongo(17_444, "Legacy point is out of bounds for spherical query"));
    }
    let metres = |radians: f64| radians * EARTH_RADIUS_M;
    Ok(GeoNear::new(path, point, limits.min.map(metres), limits.max.map(metres)))
}

/// A pair of numbers or a GeoJSON point, and whether it is the latter.
fn legacy_point(value: RawValue<'_>) -> Option<(Point, bool)> {
    match value {
        value if is_legacy(value) => Some((flat_point(Some(value), false).ok()?, false)),
        RawValue::Document(object) => {
            let point = flat_point(object.get("coordinates"), true).ok()?;
            Some((on_sphere(point).ok()?, true))
        }
        _ => None,
    }
}

/// `{$near: {$geometry: point, $minDistance: m, $maxDistance: m}}`.
fn parse_near_geometry(path: FieldPath, operators: &Document) -> Result<GeoNear> {
    let mut elements = operators.iter();
    let (Some((_, operand)), extra) = (elements.next(), elements.next()) else {
        return refuse("empty geo near query object");
    };
    if let Some((key, value)) = extra {
        return refuse(format!(
            "geo near accepts just one argument when querying for a GeoJSON point. \
             Extra field found: {key}: {}",
            shell_text(value)
        ));
    }
    let Bson::Document(arguments) = operand else {
        return refuse("geo near query argument is not an object");
    };
    let mut limits = Limits::default();
    let mut point = None;
    for (key, value) in arguments {
        if key == "$geometry" {
            point = Some(near_geometry(value)?);
        } else if !limits.read(key, value, [16_897, 16_898, 16_899, 16_900])? {
            return refuse(format!("invalid argument in geo near query: {key}"));
        }
    }
    match point {
        Some(point) => Ok(GeoNear::new(path, point, limits.min, limits.max)),
        None => refuse("$geometry is required for geo near query"),
    }
}

fn near_geometry(value: &Bson) -> Result<Point> {
    with_raw(value, |raw| {
        let text = || shell_text(value);
        if is_legacy(raw) {
            let text = format!("$near requires geojson point, given {}", text());
            return Err(Error::mongo(16_681, text));
        }
        let RawValue::Document(object) = raw else {
            return refuse("$geometry is required for geo near query");
        };
        flat_point(object.get("coordinates"), true).and_then(on_sphere).map_err(|error| {
            Error::mongo(
                BAD_VALUE,
                format!("invalid point in geo near query $geometry argument: {}  {error}", text()),
            )
        })
    })
}

impl GeoNear {
    fn new(path: FieldPath, point: Point, min: Option<f64>, max: Option<f64>) -> Self {
        Self { path, point, min_m: min.unwrap_or(0.0), max_m: max.unwrap_or(f64::INFINITY) }
    }

    /// The nearest stored location and its distance in metres; `None` when the document has none or
    /// when the nearest is not within the limits: the document is no part of the answer then.
    pub fn nearest<'a>(&self, document: RawDoc<'a>) -> Result<Option<(f64, RawValue<'a>)>> {
        let mut nearest: Option<(f64, RawValue<'a>)> = None;
        Path::new(self.path.clone()).any(document, LeafArray::Elements, |found, _| {
            let Some(value) = found.map(|element| element.value()) else { return Ok(false) };
            if let Ok(geometry) = Geometry::parse_stored(value) {
                let distance = distance_to_m(self.point, &geometry);
                if nearest.is_none_or(|(least, _)| distance < least) {
                    nearest = Some((distance, value));
                }
            }
            Ok(false)
        })?;
        Ok(nearest.filter(|(distance, _)| (self.min_m..=self.max_m).contains(distance)))
    }
}
