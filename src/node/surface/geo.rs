//! `db.Geo`, `db.serverDate` and `db.RegExp`.

use crate::node::surface::{Class, getter, method};

pub const CLASSES: &[Class] = &[
    Class {
        name: "Point",
        extends: None,
        constructor: (
            "longitude, latitude",
            "native.checkPoint(longitude, latitude); this.longitude = longitude; \
             this.latitude = latitude;",
        ),
        members: &[
            method("parse", "key", "return { [printable(key)]: this.toJSON() };"),
            method(
                "toJSON",
                "",
                "return { type: 'Point', coordinates: [this.longitude, this.latitude] };",
            ),
            method(
                "toReadableString",
                "",
                "return `[${printable(this.longitude)},${printable(this.latitude)}]`;",
            ),
            getter("_internalType", "return GEO.Point;"),
        ],
    },
    Class {
        name: "LineString",
        extends: None,
        constructor: ("points", "native.checkGeo('LineString', points); this.points = points;"),
        members: &[
            method("parse", "key", "return { [printable(key)]: this.toJSON() };"),
            method(
                "toJSON",
                "",
                "return { type: 'LineString', coordinates: coordinates(this.points) };",
            ),
            getter("_internalType", "return GEO.LineString;"),
        ],
    },
    Class {
        name: "Polygon",
        extends: None,
        constructor: ("lines", "native.checkGeo('Polygon', lines); this.lines = lines;"),
        members: &[
            method("parse", "key", "return { [printable(key)]: this.toJSON() };"),
            method(
                "toJSON",
                "",
                "return { type: 'Polygon', coordinates: coordinates(this.lines) };",
            ),
            getter("_internalType", "return GEO.Polygon;"),
        ],
    },
    Class {
        name: "MultiPoint",
        extends: None,
        constructor: ("points", "native.checkGeo('MultiPoint', points); this.points = points;"),
        members: &[
            method("parse", "key", "return { [printable(key)]: this.toJSON() };"),
            method(
                "toJSON",
                "",
                "return { type: 'MultiPoint', coordinates: coordinates(this.points) };",
            ),
            getter("_internalType", "return GEO.MultiPoint;"),
        ],
    },
    Class {
        name: "MultiLineString",
        extends: None,
        constructor: ("lines", "native.checkGeo('MultiLineString', lines); this.lines = lines;"),
        members: &[
            method("parse", "key", "return { [printable(key)]: this.toJSON() };"),
            method(
                "toJSON",
                "",
                "return { type: 'MultiLineString', coordinates: coordinates(this.lines) };",
            ),
            getter("_internalType", "return GEO.MultiLineString;"),
        ],
    },
    Class {
        name: "MultiPolygon",
        extends: None,
        constructor: (
            "polygons",
            "native.checkGeo('MultiPolygon', polygons); this.polygons = polygons;",
        ),
        members: &[
            method("parse", "key", "return { [printable(key)]: this.toJSON() };"),
            method(
                "toJSON",
                "",
                "return { type: 'MultiPolygon', coordinates: coordinates(this.polygons) };",
            ),
            getter("_internalType", "return GEO.MultiPolygon;"),
        ],
    },
    Class {
        name: "ServerDate",
        extends: None,
        constructor: ("{ offset = 0 } = {}", "this.offset = offset;"),
        members: &[
            getter("_internalType", "return SERVER_DATE;"),
            method("parse", "", "return { $tcb_server_date: { offset: this.offset } };"),
        ],
    },
    Class {
        name: "DatabaseRegExp",
        extends: None,
        constructor: (
            "{ regexp, options }",
            "native.checkRegExp(regexp); \
             this.$regularExpression = { pattern: regexp, options: options || '' };",
        ),
        members: &[
            method(
                "parse",
                "",
                "const { pattern, options } = this.$regularExpression; \
                 return { $regularExpression: { pattern, options } };",
            ),
            getter("_internalType", "return PATTERN;"),
        ],
    },
];

pub const SOURCE: &str = r"
const SERVER_DATE = Symbol('SERVER_DATE'), PATTERN = Symbol('REGEXP');
const geoClasses = { Point, LineString, Polygon, MultiPoint, MultiLineString, MultiPolygon };
const GEO = Object.fromEntries(Object.keys(geoClasses).map((name) => [name, Symbol('GEO_' + name)]));
const coordinates = (parts) => visitable(parts).map((part) => part.toJSON().coordinates);
Object.defineProperty(DatabaseRegExp, 'name', { value: 'RegExp' });
// Callable with and without `new`; the instances are not instances of these wrappers.
const Geo = Object.fromEntries(Object.entries(geoClasses).map(([name, Geometry]) => [
  name, { '': function (...parts) { return new Geometry(...parts); } }[''],
]));
const ServerDateConstructor = function ServerDateConstructor(options) { return new ServerDate(options); };
const RegExpConstructor = function RegExpConstructor(options) { return new DatabaseRegExp(options); };
for (const [Class, brand] of [
  [QueryCommand, 'query'], [LogicCommand, 'logic'], [UpdateCommand, 'update'],
  [Point, 'Point'], [LineString, 'LineString'], [Polygon, 'Polygon'], [MultiPoint, 'MultiPoint'],
  [MultiLineString, 'MultiLineString'], [MultiPolygon, 'MultiPolygon'],
  [ServerDate, 'serverDate'], [DatabaseRegExp, 'pattern'], [Aggregation, 'pipeline'],
]) Object.defineProperty(Class.prototype, native.BRAND, { value: brand });
";
