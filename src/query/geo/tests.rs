//! Tables of cases for geometries, conditions on them, and cells.
#![allow(clippy::needless_pass_by_value, clippy::too_many_lines, reason = "tables of cases")]

use bson::{Bson, Document, bson, doc};

use super::operator::GeoTest;
use super::*;
use crate::error::Result;
use crate::query::{Bound, Filter, ParseContext};
use crate::value::{RawDoc, RawValue, encode_document};

fn with_raw<T>(value: &Bson, read: impl FnOnce(RawValue<'_>) -> T) -> T {
    let bytes = encode_document(&doc! {"v": value.clone()});
    read(RawDoc::new(&bytes).get("v").unwrap())
}

fn parse(value: &Bson) -> Result<Geometry> {
    with_raw(value, Geometry::parse)
}

fn shape(kind: &str, coordinates: Bson) -> Bson {
    bson!({"type": kind, "coordinates": coordinates})
}

fn point(lng: f64, lat: f64) -> Bson {
    shape("Point", bson!([lng, lat]))
}

fn square(west: f64, south: f64, east: f64, north: f64) -> Bson {
    bson!([[west, south], [east, south], [east, north], [west, north], [west, south]])
}

fn matches(operators: &Bson, value: &Bson) -> bool {
    let test = GeoTest::parse(operators.as_document().unwrap());
    let test = test.unwrap_or_else(|error| panic!("{operators}: {error}"));
    with_raw(value, |raw| test.matches(raw))
}

fn check(operators: &Bson, yes: &[Bson], no: &[Bson]) {
    for (values, expected) in [(yes, true), (no, false)] {
        for value in values {
            assert_eq!(matches(operators, value), expected, "{operators} on {value}");
        }
    }
}

/// The documented distances, which the service answers to the last digit.
#[test]
fn distances_are_those_of_the_service() {
    let from = Point { lng: 113.308_950_6, lat: 23.096_825_1 };
    let cases = [
        (113.305_93, 23.136_115_5, 4_384.681_314_869_58),
        (113.306_789, 23.156_472_1, 6_643.521_654_040_738),
        (116.394_965_9, 39.916_344_7, 1_894_750.441_453_858_3),
        (116.232_856_7, 40.242_373, 1_928_300.330_882_254_8),
    ];
    for (lng, lat, expected) in cases {
        let distance = distance_m(from, Point { lng, lat });
        assert_eq!(distance.to_string(), expected.to_string());
    }
    assert!(distance_m(from, from).abs() < f64::EPSILON);
    let half = distance_m(Point { lng: 0.0, lat: 0.0 }, Point { lng: 180.0, lat: 0.0 });
    assert!((half - std::f64::consts::PI * EARTH_RADIUS_M).abs() < 1e-6);
}

#[test]
fn distances_to_shapes_are_those_to_the_nearest_position() {
    let degree = EARTH_RADIUS_M.to_radians();
    let from = Point { lng: 0.5, lat: 1.0 };
    let cases = [
        (shape("LineString", bson!([[0, 0], [1, 0]])), degree),
        (shape("LineString", bson!([[2, 1], [5, 1]])), 0.0),
        (shape("MultiPoint", bson!([[0.5, 3], [0.5, 0.5]])), degree / 2.0),
        (shape("Polygon", bson!([square(0.0, 0.5, 1.0, 2.0)])), 0.0),
        (shape("Polygon", bson!([square(0.0, -2.0, 1.0, 0.0)])), degree),
    ];
    for (value, expected) in cases {
        let distance = distance_to_m(from, &parse(&value).unwrap());
        if expected > 0.0 || matches!(value.as_document().unwrap().get_str("type"), Ok("Polygon")) {
            assert!((distance - expected).abs() < 1e-3, "{value}: {distance} {expected}");
        } else {
            assert!(distance > degree, "{value}: {distance}");
        }
    }
}

#[test]
fn geometries_of_all_types_are_read() {
    let yes = [
        point(1.0, 2.0),
        point(-180.0, 90.0),
        shape("Point", bson!([1, 2, 300])),
        bson!([1, 2]),
        bson!([1.5, 2_i64, 9]),
        bson!({"lng": 1, "lat": 2, "extra": "x"}),
        shape("LineString", bson!([[0, 0], [1, 1]])),
        shape("Polygon", bson!([square(0.0, 0.0, 3.0, 3.0), square(1.0, 1.0, 2.0, 2.0)])),
        shape("MultiPoint", bson!([[0, 0]])),
        shape("MultiLineString", bson!([[[0, 0], [1, 1]], [[2, 2], [3, 3]]])),
        shape("MultiPolygon", bson!([[square(0.0, 0.0, 1.0, 1.0)], [square(5.0, 5.0, 6.0, 6.0)]])),
        bson!({"type": "GeometryCollection", "geometries": [point(1.0, 2.0)]}),
        bson!({"type": "Point", "coordinates": [1, 2], "crs": {"type": "name", "properties": {"name": "EPSG:4326"}}}),
    ];
    for value in yes {
        assert!(parse(&value).is_ok(), "{value}: {:?}", parse(&value));
    }
}

#[test]
fn invalid_geometries_are_refused() {
    let ring = |ring: Bson| shape("Polygon", bson!([ring]));
    let cases = [
        (bson!(5), "geo element must be an array or object"),
        (bson!([1]), "Point must only contain numeric elements"),
        (bson!(["x", 1]), "Point must only contain numeric elements"),
        (bson!([f64::NAN, 1]), "Point coordinates must be finite numbers"),
        (bson!([181, 1]), "longitude/latitude is out of bounds, lng: 181 lat: 1"),
        (point(1.0, 90.5), "longitude/latitude is out of bounds, lng: 1 lat: 90.5"),
        (bson!({"type": "Point"}), "Point must be an array or object"),
        (bson!({"type": "Foo"}), "unknown GeoJSON type: { type: \"Foo\" }"),
        (bson!({}), "unknown GeoJSON type: {}"),
        (shape("LineString", bson!(1)), "GeoJSON coordinates must be an array of coordinates"),
        (shape("LineString", bson!([1])), "GeoJSON coordinates must be an array"),
        (
            shape("LineString", bson!([[1, 1], [1, 1]])),
            "GeoJSON LineString must have at least 2 vertices: [ [ 1, 1 ], [ 1, 1 ] ]",
        ),
        (
            shape("LineString", bson!([[0, 0], [180, 0]])),
            "GeoJSON LineString is not valid: Vertices 0 and 1 are antipodal [ [ 0, 0 ], [ 180, 0 ] ]",
        ),
        (shape("Polygon", bson!(1)), "Polygon coordinates must be an array"),
        (shape("Polygon", bson!([])), "Polygon has no loops."),
        (ring(bson!([])), "Loop has no vertices: []"),
        (ring(bson!([[0, 0], [1, 1]])), "Loop is not closed: [ [ 0, 0 ], [ 1, 1 ] ]"),
        (
            ring(bson!([[0, 0], [1, 1], [0, 0]])),
            "Loop must have at least 3 different vertices: [ [ 0, 0 ], [ 1, 1 ], [ 0, 0 ] ]",
        ),
        (
            ring(bson!([[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]])),
            "Loop is not valid: [ [ 0, 0 ], [ 2, 2 ], [ 2, 0 ], [ 0, 2 ], [ 0, 0 ] ] \
             Edges 0 and 2 cross. Edge locations in degrees: \
             [0.0000000, 0.0000000]-[2.0000000, 2.0000000] and \
             [0.0000000, 2.0000000]-[2.0000000, 0.0000000]",
        ),
        (
            ring(bson!([[0, 0], [1, 0], [1, 1], [1, 0], [0, 1], [0, 0]])),
            "Loop is not valid: [ [ 0, 0 ], [ 1, 0 ], [ 1, 1 ], [ 1, 0 ], [ 0, 1 ], [ 0, 0 ] ] \
             Duplicate vertices: 1 and 3",
        ),
        (
            shape(
                "Polygon",
                bson!([[[0, 0], [1, 0], [0, 1], [0, 0]], [[5, 5], [6, 5], [5, 6], [5, 5]]]),
            ),
            "Secondary loops not contained by first exterior loop - secondary loops must be holes: \
             [ [ 5, 5 ], [ 6, 5 ], [ 5, 6 ], [ 5, 5 ] ] first loop: \
             [ [ 0, 0 ], [ 1, 0 ], [ 0, 1 ], [ 0, 0 ] ]",
        ),
        (shape("MultiPoint", bson!([])), "MultiPoint coordinates must have at least 1 element"),
        (shape("MultiPolygon", bson!(1)), "MultiPolygon coordinates must be an array"),
        (
            bson!({"type": "GeometryCollection", "geometries": []}),
            "GeometryCollection geometries must have at least 1 element",
        ),
        (
            bson!({"type": "Point", "coordinates": [1, 2], "crs": {"type": "name", "properties": {"name": "x"}}}),
            "Unknown CRS name: x",
        ),
    ];
    for (value, text) in cases {
        let error = parse(&value).unwrap_err();
        assert_eq!((error.mongo_code(), error.message()), (2, text), "{value}");
    }
}

#[test]
fn polygons_hold_what_is_inside_and_on_the_edge() {
    let with_hole =
        shape("Polygon", bson!([square(0.0, 0.0, 10.0, 10.0), square(4.0, 4.0, 6.0, 6.0)]));
    let query = bson!({"$geoWithin": {"$geometry": with_hole}});
    check(
        &query,
        &[
            point(1.0, 1.0),
            point(0.0, 0.0),
            point(5.0, 0.0),
            point(0.0, 5.0),
            point(4.0, 5.0),
            bson!([1, 1]),
            bson!({"x": 1, "y": 1}),
            shape("LineString", bson!([[1, 1], [9, 1]])),
            shape("LineString", bson!([[0, 0], [10, 0]])),
            shape("MultiPoint", bson!([[1, 1], [2, 2]])),
            shape("Polygon", bson!([square(1.0, 1.0, 3.0, 3.0)])),
            shape("Polygon", bson!([square(0.0, 0.0, 10.0, 10.0), square(4.0, 4.0, 6.0, 6.0)])),
            bson!({"type": "GeometryCollection", "geometries": [point(1.0, 1.0)]}),
        ],
        &[
            point(11.0, 1.0),
            point(5.0, 5.0),
            point(-170.0, 5.0),
            point(5.0, -0.001),
            // The edge is a great circle: it runs north of the parallel.
            point(5.0, 10.1),
            shape("LineString", bson!([[1, 1], [11, 1]])),
            shape("LineString", bson!([[1, 5], [9, 5]])),
            shape("MultiPoint", bson!([[1, 1], [20, 2]])),
            shape("Polygon", bson!([square(1.0, 1.0, 9.0, 9.0)])),
            shape("Polygon", bson!([square(0.0, 0.0, 10.0, 10.0)])),
            shape("Polygon", bson!([square(4.0, 4.0, 6.0, 6.0)])),
            bson!("x"),
            bson!({"type": "Point"}),
            point(500.0, 1.0),
        ],
    );
    check(&query, &[point(5.0, 10.01)], &[]);
}

#[test]
fn a_ring_encloses_the_smaller_side_whichever_way_it_runs() {
    let clockwise = bson!([[0, 0], [0, 10], [10, 10], [10, 0], [0, 0]]);
    let around_pole = bson!([[0, 80], [90, 80], [180, 80], [-90, 80], [0, 80]]);
    let across = bson!([[170, -10], [-170, -10], [-170, 10], [170, 10], [170, -10]]);
    let notched = bson!([[0, 0], [10, 0], [10, 10], [5, 1], [0, 10], [0, 0]]);
    let cases = [
        (clockwise, vec![point(5.0, 5.0)], vec![point(-5.0, 5.0), point(180.0, -5.0)]),
        (
            around_pole,
            vec![point(0.0, 90.0), point(45.0, 89.0), point(-120.0, 85.0)],
            vec![point(0.0, 79.0), point(0.0, -90.0)],
        ),
        (
            across,
            vec![point(180.0, 0.0), point(-180.0, 0.0), point(175.0, 5.0)],
            vec![point(0.0, 0.0)],
        ),
        (notched, vec![point(1.0, 5.0), point(9.0, 5.0)], vec![point(5.0, 5.0), point(5.0, 9.0)]),
    ];
    for (ring, yes, no) in cases {
        let query = bson!({"$geoWithin": {"$geometry": shape("Polygon", bson!([ring]))}});
        check(&query, &yes, &no);
    }
    let many =
        shape("MultiPolygon", bson!([[square(0.0, 0.0, 1.0, 1.0)], [square(5.0, 5.0, 6.0, 6.0)]]));
    let query = bson!({"$geoWithin": {"$geometry": many}});
    check(
        &query,
        &[point(0.5, 0.5), shape("MultiPoint", bson!([[0.5, 0.5], [5.5, 5.5]]))],
        &[point(3.0, 3.0)],
    );
}

#[test]
fn a_short_polygon_is_told_from_its_neighbour() {
    // A house of ten metres: the edges are far below the precision of the plain formulas.
    let (lng, lat, side) = (113.324_52, 23.099_99, 1e-4);
    let ring = square(lng, lat, lng + side, lat + side);
    let query = bson!({"$geoWithin": {"$geometry": shape("Polygon", bson!([ring]))}});
    let yes =
        [point(lng + side / 2.0, lat + side / 2.0), point(lng, lat), point(lng + 1e-8, lat + 1e-8)];
    let no = [point(lng - 1e-7, lat), point(lng + side + 1e-7, lat + side / 2.0)];
    check(&query, &yes, &no);
}

#[test]
fn caps() {
    let kilometre = 1.0 / 6_378.1;
    let query = |center: [f64; 2], radians: f64| bson!({"$geoWithin": {"$centerSphere": [[center[0], center[1]], radians]}});
    check(
        &query([0.0, 0.0], 120.0 * kilometre),
        &[
            point(1.0, 0.0),
            bson!([0, 1]),
            shape("LineString", bson!([[-1, 0], [1, 0]])),
            shape("Polygon", bson!([square(-0.5, -0.5, 0.5, 0.5)])),
        ],
        &[
            point(1.1, 0.0),
            shape("LineString", bson!([[0, 0], [2, 0]])),
            shape("Polygon", bson!([square(-1.0, -1.0, 1.0, 1.0)])),
            bson!([]),
        ],
    );
    check(&query([180.0, 0.0], 0.1), &[point(-179.0, 1.0)], &[point(0.0, 0.0)]);
    check(&query([0.0, 0.0], 0.0), &[point(0.0, 0.0)], &[point(0.000_1, 0.0)]);
    check(&query([0.0, 0.0], 10.0), &[point(180.0, 0.0)], &[]);
    check(&query([0.0, 90.0], 0.2), &[point(77.0, 80.0)], &[point(77.0, 70.0)]);
}

#[test]
fn intersections_of_all_pairs_of_types() {
    let shapes = |lng: f64| {
        [
            point(lng, 0.0),
            shape("LineString", bson!([[lng, -1.0], [lng, 1.0]])),
            shape("Polygon", bson!([square(lng - 1.0, -1.0, lng + 1.0, 1.0)])),
            shape("MultiPoint", bson!([[lng, 0.0], [lng + 40.0, 0.0]])),
            shape(
                "MultiLineString",
                bson!([[[lng - 1.0, 0.0], [lng + 1.0, 0.0]], [[lng, 60.0], [lng, 61.0]]]),
            ),
            shape("MultiPolygon", bson!([[square(lng - 0.5, -0.5, lng + 0.5, 0.5)]])),
        ]
    };
    for left in shapes(0.0) {
        let query = bson!({"$geoIntersects": {"$geometry": left}});
        check(&query, &shapes(0.0), &shapes(100.0));
    }
}

#[test]
fn intersections_at_borders() {
    let query = |geometry: Bson| bson!({"$geoIntersects": {"$geometry": geometry}});
    let area = shape("Polygon", bson!([square(0.0, 0.0, 10.0, 10.0), square(4.0, 4.0, 6.0, 6.0)]));
    check(
        &query(area),
        &[
            point(0.0, 0.0),
            point(4.0, 4.0),
            shape("LineString", bson!([[-1, 5], [11, 5]])),
            shape("LineString", bson!([[10, 5], [20, 5]])),
            shape("Polygon", bson!([square(-5.0, -5.0, 20.0, 20.0)])),
            shape("Polygon", bson!([square(4.0, 4.0, 6.0, 6.0)])),
            bson!([1, 1]),
        ],
        &[
            point(5.0, 5.0),
            shape("LineString", bson!([[4.5, 4.5], [5.5, 5.5]])),
            shape("Polygon", bson!([square(4.5, 4.5, 5.5, 5.5)])),
            shape("Polygon", bson!([square(20.0, 20.0, 21.0, 21.0)])),
        ],
    );
    check(
        &query(shape("LineString", bson!([[0, 0], [10, 10]]))),
        &[
            shape("LineString", bson!([[10, 0], [0, 10]])),
            shape("LineString", bson!([[10, 10], [20, 0]])),
            point(0.0, 0.0),
        ],
        &[shape("LineString", bson!([[1, 0], [10, 9]])), point(5.0, 6.0)],
    );
}

#[test]
fn flat_shapes_hold_points_only() {
    let cases = [
        (bson!({"$geoWithin": {"$box": [[10, 10], [0, 0]]}}), bson!([10, 0]), bson!([11, 0])),
        (bson!({"$within": {"$center": [[0, 0], 5]}}), bson!([3, 4]), bson!([4, 4])),
        (
            bson!({"$geoWithin": {"$polygon": [[0, 0], [4, 0], [0, 4]]}}),
            bson!([1, 1]),
            bson!([3, 3]),
        ),
        (bson!({"$geoWithin": {"$polygon": [[0, 0], [4, 0], [0, 4]]}}), bson!([2, 2]), bson!("x")),
        (
            bson!({"$geoWithin": {"$box": [[0, 0], [10, 10]]}}),
            point(1.0, 1.0),
            shape("LineString", bson!([[1, 1], [2, 2]])),
        ),
        (bson!({"$geoWithin": {"$box": [[0, 0], [900, 900]]}}), bson!([500, 500]), bson!([-1, 0])),
    ];
    for (query, yes, no) in cases {
        check(&query, &[yes], &[no]);
    }
}

fn refusal(query: Document) -> (i32, String) {
    let error = Filter::parse(&query, &ParseContext::default()).expect_err(&query.to_string());
    (error.mongo_code(), error.message().to_owned())
}

#[test]
fn malformed_geo_conditions() {
    let cases = [
        (doc! {"a": {"$geoWithin": 1}}, 2, "geometry must be an object"),
        (doc! {"a": {"$geoWithin": {}}}, 2, "geo query doesn't have any geometry"),
        (doc! {"a": {"$geoWithin": {"$foo": []}}}, 2, "unknown geo specifier: $foo: []"),
        (doc! {"a": {"$geoWithin": {"$geometry": 1}}}, 2, "unknown geo specifier: $geometry: 1"),
        (
            doc! {"a": {"$geoWithin": {"$geometry": {"type": "Point", "coordinates": [1, 2]}}}},
            2,
            "$within not supported with provided geometry: { $geoWithin: { $geometry: \
             { type: \"Point\", coordinates: [ 1, 2 ] } } }",
        ),
        (
            doc! {"a": {"$geoIntersects": {"$centerSphere": [[0, 0], 1]}}},
            2,
            "$geoIntersect not supported with provided geometry: \
             { $geoIntersects: { $centerSphere: [ [ 0, 0 ], 1 ] } }",
        ),
        (
            doc! {"a": {"$exists": true, "$geoWithin": {"$box": [[0, 0], [1, 1]]}}},
            2,
            "can't parse extra field: $geoWithin: { $box: [ [ 0, 0 ], [ 1, 1 ] ] }",
        ),
        (
            doc! {"a": {"$geoWithin": {"$centerSphere": [[0, 0], -1]}}},
            2,
            "radius must be a non-negative number",
        ),
        (
            doc! {"a": {"$geoWithin": {"$centerSphere": [[0, 0], 1, 2]}}},
            2,
            "Only 2 fields allowed for circular region",
        ),
        (
            doc! {"a": {"$geoWithin": {"$centerSphere": [[200, 0], 1]}}},
            2,
            "longitude/latitude is out of bounds, lng: 200 lat: 0",
        ),
        (
            doc! {"a": {"$geoWithin": {"$polygon": [[0, 0], [1, 1]]}}},
            2,
            "Polygon must have at least 3 points",
        ),
        (doc! {"a": {"$near": {}}}, 2, "$geometry is required for geo near query"),
        (doc! {"a": {"$nearSphere": {"$foo": 1}}}, 2, "invalid argument in geo near query: $foo"),
        (
            doc! {"a": {"$nearSphere": [1, 2], "$gt": 1}},
            34_413,
            "invalid argument in geo near query: $gt",
        ),
        (
            doc! {"a": {"$nearSphere": [999, 2]}},
            17_444,
            "Legacy point is out of bounds for spherical query",
        ),
        (doc! {"a": {"$near": [1, 2]}}, 2, "unable to find index for $geoNear query"),
        (
            doc! {"a": {"$near": {"$geometry": [1, 2]}}},
            16_681,
            "$near requires geojson point, given [ 1, 2 ]",
        ),
        (
            doc! {"a": {"$nearSphere": {"$geometry": {"type": "Point", "coordinates": [1, 2]}, "$maxDistance": -1}}},
            16_900,
            "$maxDistance must be non-negative",
        ),
        (
            doc! {"a": {"$nearSphere": {"$geometry": {"type": "Point", "coordinates": [1, 2]}, "$minDistance": "1"}}},
            16_897,
            "$minDistance must be a number",
        ),
        (doc! {"$or": [{"a": {"$nearSphere": [1, 2]}}]}, 2, "geoNear must be top-level expr"),
        (doc! {"a": {"$not": {"$nearSphere": [1, 2]}}}, 2, "geoNear must be top-level expr"),
        (
            doc! {"a": {"$nearSphere": [1, 2]}, "b": {"$nearSphere": [1, 2]}},
            2,
            "Too many geoNear expressions",
        ),
        (
            doc! {"a": {"$gt": 1, "$nearSphere": [1, 2]}},
            2,
            "near must be first in: { $gt: 1, $nearSphere: [ 1, 2 ] }",
        ),
    ];
    for (query, code, text) in cases {
        assert_eq!(refusal(query.clone()), (code, text.to_owned()), "{query}");
    }
}

#[test]
fn near_limits_and_measures() {
    let geometry = point(0.0, 0.0);
    let near = |operators: Document| {
        let filter = Filter::parse(&doc! {"$and": [{"at": operators}]}, &ParseContext::default());
        filter.unwrap().geo_near().unwrap().clone()
    };
    let plain = near(
        doc! {"$nearSphere": {"$geometry": geometry.clone(), "$maxDistance": null, "$minDistance": null}},
    );
    assert_eq!((plain.path.as_str(), plain.min_m, plain.max_m), ("at", 0.0, f64::INFINITY));
    let limited =
        near(doc! {"$near": {"$geometry": geometry, "$maxDistance": 200_000, "$minDistance": 1}});
    assert_eq!((limited.min_m, limited.max_m), (1.0, 200_000.0));
    let radians = near(doc! {"$nearSphere": [0, 0], "$maxDistance": 1});
    assert!((radians.max_m - EARTH_RADIUS_M).abs() < 1e-6);
    let direct = near(doc! {"$nearSphere": point(1.0, 2.0), "$maxDistance": 7});
    assert_eq!((direct.point, direct.max_m), (Point { lng: 1.0, lat: 2.0 }, 7.0));

    let degree = EARTH_RADIUS_M.to_radians();
    let cases = [
        (doc! {"at": point(1.0, 0.0)}, Some(degree)),
        (doc! {"at": [point(50.0, 0.0), point(1.0, 0.0)]}, Some(degree)),
        (doc! {"at": [1, 0]}, Some(degree)),
        (doc! {"at": point(50.0, 0.0)}, None),
        (doc! {"at": point(0.0, 0.0)}, None),
        // The nearest of its places is too near.
        (doc! {"at": [point(1.0, 0.0), point(0.0, 0.0)]}, None),
        (doc! {"at": [{"x": 1}, point(1.0, 0.0)]}, Some(degree)),
        (doc! {"at": null}, None),
        (doc! {"at": "x"}, None),
        (doc! {}, None),
    ];
    let query = doc! {"at": {"$nearSphere": {"$geometry": point(0.0, 0.0), "$maxDistance": 200_000, "$minDistance": 1}}};
    let filter = Filter::parse(&query, &ParseContext::default()).unwrap();
    for (document, expected) in cases {
        let bytes = encode_document(&document);
        let found = limited.nearest(RawDoc::new(&bytes)).unwrap().map(|(distance, _)| distance);
        assert_eq!(found.is_some(), expected.is_some(), "{document}");
        assert!((found.unwrap_or(0.0) - expected.unwrap_or(0.0)).abs() < 1e-3, "{document}");
        assert_eq!(filter.matches(RawDoc::new(&bytes)).unwrap(), expected.is_some(), "{document}");
    }
}

fn meet(indexed: &Geometry, ranges: &[CellRange]) -> bool {
    let holds = |cell: u64| ranges.iter().any(|range| (range.first..=range.last).contains(&cell));
    index_cells(indexed).into_iter().any(holds)
}

#[test]
fn shapes_that_share_a_position_share_a_cell() {
    let mut shapes = vec![
        shape("LineString", bson!([[170, 10], [-170, -10]])),
        shape("LineString", bson!([[-60, 60], [60, 60]])),
        shape("LineString", bson!([[0, 60], [180, 60]])),
        shape("Polygon", bson!([[[0, 80], [90, 80], [180, 80], [-90, 80], [0, 80]]])),
        shape("Polygon", bson!([[[170, -10], [-170, -10], [-170, 10], [170, 10], [170, -10]]])),
        shape("Polygon", bson!([square(-80.0, -60.0, 80.0, 60.0)])),
        shape("MultiPoint", bson!([[180, 0], [0, 90]])),
    ];
    for lng in [-180.0, -179.999, -90.0, 0.0, 0.1, 45.0, 113.3, 180.0] {
        for lat in [-90.0, -89.995, -45.0, 0.0, 0.1, 23.1, 60.0, 80.0, 90.0] {
            shapes.push(point(lng, lat));
        }
    }
    let shapes: Vec<Geometry> = shapes.iter().map(|value| parse(value).unwrap()).collect();
    let mut shared = 0;
    for left in &shapes {
        let ranges = cover(left, 20);
        assert!(ranges.windows(2).all(|pair| pair[0].last < pair[1].first));
        for right in &shapes {
            if intersects(left, right) {
                shared += 1;
                assert!(meet(right, &ranges), "{left:?} {right:?}");
            }
        }
    }
    assert!(shared > shapes.len());
}

#[test]
fn everything_in_a_cap_is_covered_and_little_else() {
    for (lng, lat) in
        [(0.0, 0.0), (179.99, 10.0), (-179.99, -10.0), (113.3, 23.1), (10.0, 89.9), (0.0, -90.0)]
    {
        let center = Point { lng, lat };
        for radius_m in [0.0, 1.0, 5_000.0, 300_000.0, 9_000_000.0, 30_000_000.0] {
            let ranges = cover_cap(center, radius_m, 20);
            for at in (-180..=180).step_by(3) {
                for north in (-90..=90).step_by(3) {
                    let other = Point { lng: f64::from(at), lat: f64::from(north) };
                    if distance_m(center, other) <= radius_m {
                        assert!(
                            meet(&Geometry::from_point(other), &ranges),
                            "{center:?} {radius_m} {other:?}"
                        );
                    }
                }
            }
            assert!(meet(&Geometry::from_point(center), &ranges), "{center:?} {radius_m}");
        }
    }
    let ranges = cover_cap(Point { lng: 113.3, lat: 23.1 }, 5_000.0, 20);
    let far = Point { lng: 114.0, lat: 23.1 };
    assert!(!meet(&Geometry::from_point(far), &ranges));
}

#[test]
fn geo_conditions_give_ranges_of_cells() {
    let queries = [
        doc! {"at": {"$geoWithin": {"$centerSphere": [[0, 0], 0.01]}}},
        doc! {"at": {"$geoIntersects": {"$geometry": point(0.0, 0.0)}}},
        doc! {"at": {"$nearSphere": {"$geometry": point(0.0, 0.0), "$maxDistance": 100}}},
    ];
    for query in queries {
        let filter = Filter::parse(&query, &ParseContext::default()).unwrap();
        let bounds = filter.bounds();
        assert!(
            matches!(&bounds[..], [bound] if matches!(bound.bound, Bound::Cells(_))),
            "{query}"
        );
    }
    let unlimited = doc! {"at": {"$nearSphere": {"$geometry": point(0.0, 0.0)}}};
    assert!(Filter::parse(&unlimited, &ParseContext::default()).unwrap().bounds().is_empty());
}
