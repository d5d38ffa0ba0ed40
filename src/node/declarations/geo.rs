//! Geometries, `serverDate` and `RegExp`.

use crate::node::declarations::{Block, block, line};

pub const BLOCKS: &[Block] = &[
    block(
        "export interface IGeo",
        "Constructors of geometries. `new` is optional, and `instanceof` does not work with them.",
        &[
            ("Point: IGeoPointConstructor", ""),
            ("MultiPoint: IGeoMultiPointConstructor", ""),
            ("LineString: IGeoLineStringConstructor", ""),
            ("MultiLineString: IGeoMultiLineStringConstructor", ""),
            ("Polygon: IGeoPolygonConstructor", ""),
            ("MultiPolygon: IGeoMultiPolygonConstructor", ""),
        ],
    ),
    block(
        "export interface IGeoPointConstructor",
        "A point. Longitude first: -180 to 180, then latitude: -90 to 90; other numbers throw. GeoJSON, \
         though declared, throws `Geo Point must be number type`.",
        &[
            ("new (longitude: number, latitude: number): GeoPoint", ""),
            ("new (geojson: IGeoJSONPoint): GeoPoint", "@deprecated Throws at runtime."),
            ("(longitude: number, latitude: number): GeoPoint", ""),
            ("(geojson: IGeoJSONPoint): GeoPoint", "@deprecated Throws at runtime."),
        ],
    ),
    block(
        "export interface IGeoMultiPointConstructor",
        "One point at least. GeoJSON, though declared, throws.",
        &[
            ("new (points: GeoPoint[] | IGeoJSONMultiPoint): GeoMultiPoint", ""),
            ("(points: GeoPoint[] | IGeoJSONMultiPoint): GeoMultiPoint", ""),
        ],
    ),
    block(
        "export interface IGeoLineStringConstructor",
        "Two points at least. GeoJSON, though declared, throws.",
        &[
            ("new (points: GeoPoint[] | IGeoJSONLineString): GeoLineString", ""),
            ("(points: GeoPoint[] | IGeoJSONLineString): GeoLineString", ""),
        ],
    ),
    block(
        "export interface IGeoMultiLineStringConstructor",
        "One line at least. GeoJSON, though declared, throws.",
        &[
            (
                "new (lineStrings: GeoLineString[] | IGeoJSONMultiLineString): GeoMultiLineString",
                "",
            ),
            ("(lineStrings: GeoLineString[] | IGeoJSONMultiLineString): GeoMultiLineString", ""),
        ],
    ),
    block(
        "export interface IGeoPolygonConstructor",
        "The outer ring, then holes; each must end where it begins. GeoJSON, though declared, throws.",
        &[
            ("new (lineStrings: GeoLineString[] | IGeoJSONPolygon): GeoPolygon", ""),
            ("(lineStrings: GeoLineString[] | IGeoJSONPolygon): GeoPolygon", ""),
        ],
    ),
    block(
        "export interface IGeoMultiPolygonConstructor",
        "One polygon at least. GeoJSON, though declared, throws.",
        &[
            ("new (polygons: GeoPolygon[] | IGeoJSONMultiPolygon): GeoMultiPolygon", ""),
            ("(polygons: GeoPolygon[] | IGeoJSONMultiPolygon): GeoMultiPolygon", ""),
        ],
    ),
    block(
        "export interface IGeoJSONPoint",
        "",
        &[("type: 'Point'", ""), ("coordinates: [number, number]", "")],
    ),
    block(
        "export interface IGeoJSONMultiPoint",
        "",
        &[("type: 'MultiPoint'", ""), ("coordinates: [number, number][]", "")],
    ),
    block(
        "export interface IGeoJSONLineString",
        "",
        &[("type: 'LineString'", ""), ("coordinates: [number, number][]", "")],
    ),
    block(
        "export interface IGeoJSONMultiLineString",
        "",
        &[("type: 'MultiLineString'", ""), ("coordinates: [number, number][][]", "")],
    ),
    block(
        "export interface IGeoJSONPolygon",
        "",
        &[("type: 'Polygon'", ""), ("coordinates: [number, number][][]", "")],
    ),
    block(
        "export interface IGeoJSONMultiPolygon",
        "",
        &[("type: 'MultiPolygon'", ""), ("coordinates: [number, number][][][]", "")],
    ),
    line(
        "export type IGeoJSONObject = IGeoJSONPoint | IGeoJSONMultiPoint | IGeoJSONLineString | IGeoJSONMultiLineString | IGeoJSONPolygon | IGeoJSONMultiPolygon",
        "",
    ),
    block(
        "export abstract class GeoPoint",
        "",
        &[
            ("public longitude: number", "Degrees east."),
            ("public latitude: number", "Degrees north."),
            ("constructor(longitude: number, latitude: number)", ""),
            ("toJSON(): IGeoJSONPoint", "As GeoJSON."),
            (
                "parse<K extends string>(key: K): { [name in K]: IGeoJSONPoint }",
                "`{ [key]: GeoJSON }`.",
            ),
            ("toReadableString(): string", "`[longitude,latitude]`."),
            ("toString(): string", "That of every object."),
        ],
    ),
    block(
        "export abstract class GeoMultiPoint",
        "",
        &[
            ("public points: GeoPoint[]", ""),
            ("constructor(points: GeoPoint[])", ""),
            ("toJSON(): IGeoJSONMultiPoint", "As GeoJSON."),
            (
                "parse<K extends string>(key: K): { [name in K]: IGeoJSONMultiPoint }",
                "`{ [key]: GeoJSON }`.",
            ),
            ("toString(): string", "That of every object."),
        ],
    ),
    block(
        "export abstract class GeoLineString",
        "",
        &[
            ("public points: GeoPoint[]", ""),
            ("constructor(points: GeoPoint[])", ""),
            ("toJSON(): IGeoJSONLineString", "As GeoJSON."),
            (
                "parse<K extends string>(key: K): { [name in K]: IGeoJSONLineString }",
                "`{ [key]: GeoJSON }`.",
            ),
            ("toString(): string", "That of every object."),
        ],
    ),
    block(
        "export abstract class GeoMultiLineString",
        "",
        &[
            ("public lines: GeoLineString[]", ""),
            ("constructor(lines: GeoLineString[])", ""),
            ("toJSON(): IGeoJSONMultiLineString", "As GeoJSON."),
            (
                "parse<K extends string>(key: K): { [name in K]: IGeoJSONMultiLineString }",
                "`{ [key]: GeoJSON }`.",
            ),
            ("toString(): string", "That of every object."),
        ],
    ),
    block(
        "export abstract class GeoPolygon",
        "",
        &[
            ("public lines: GeoLineString[]", "The outer ring, then holes."),
            ("constructor(lines: GeoLineString[])", ""),
            ("toJSON(): IGeoJSONPolygon", "As GeoJSON."),
            (
                "parse<K extends string>(key: K): { [name in K]: IGeoJSONPolygon }",
                "`{ [key]: GeoJSON }`.",
            ),
            ("toString(): string", "That of every object."),
        ],
    ),
    block(
        "export abstract class GeoMultiPolygon",
        "",
        &[
            ("public polygons: GeoPolygon[]", ""),
            ("constructor(polygons: GeoPolygon[])", ""),
            ("toJSON(): IGeoJSONMultiPolygon", "As GeoJSON."),
            (
                "parse<K extends string>(key: K): { [name in K]: IGeoJSONMultiPolygon }",
                "`{ [key]: GeoJSON }`.",
            ),
            ("toString(): string", "That of every object."),
        ],
    ),
    line(
        "export type GeoInstance = GeoPoint | GeoMultiPoint | GeoLineString | GeoMultiLineString | GeoPolygon | GeoMultiPolygon",
        "",
    ),
    block(
        "export interface IGeoNearCommandOptions",
        "Parameters of `_.geoNear`.",
        &[
            ("geometry: GeoPoint", ""),
            ("maxDistance?: number", "In metres."),
            ("minDistance?: number", "In metres."),
        ],
    ),
    block(
        "export interface IGeoWithinCommandOptions",
        "Parameters of `_.geoWithin`.",
        &[("geometry: GeoPolygon | GeoMultiPolygon", "")],
    ),
    block(
        "export interface IGeoCenterSphereOptions",
        "Parameters of `_.geoWithin` for a circle.",
        &[(
            "centerSphere: [GeoPoint | [number, number], number]",
            "Centre and radius, the radius in radians.",
        )],
    ),
    block(
        "export interface IGeoIntersectsCommandOptions",
        "Parameters of `_.geoIntersects`.",
        &[(
            "geometry: GeoPoint | GeoMultiPoint | GeoLineString | GeoMultiLineString | GeoPolygon | GeoMultiPolygon",
            "",
        )],
    ),
    block(
        "export interface IServerDateOptions",
        "Parameters of `db.serverDate`.",
        &[("offset: number", "Shift in ms, negative for the past.")],
    ),
    block(
        "export interface IServerDateConstructor",
        "`new` is optional.",
        &[
            ("new (options?: IServerDateOptions): ServerDate", ""),
            ("(options?: IServerDateOptions): ServerDate", ""),
        ],
    ),
    block(
        "export abstract class ServerDate",
        "Stands for the service's time; a `Date` once stored.",
        &[
            (
                "public readonly options: IServerDateOptions",
                "@deprecated Declared by the official file, absent at runtime: use `offset`.",
            ),
            ("public readonly offset: number", "Shift in ms."),
            ("constructor(options?: IServerDateOptions)", ""),
            ("parse(): { $tcb_server_date: IServerDateOptions }", "As it is sent."),
        ],
    ),
    block(
        "export interface IRegExpOptions",
        "Parameters of `db.RegExp`.",
        &[
            ("regexp: string", "The pattern, PCRE as MongoDB has it. Must not be empty."),
            (
                "options?: string",
                "`i` ignore case, `m` lines, `s` dot matches all, `x` extended.\n\n@default ''",
            ),
        ],
    ),
    block(
        "export interface IRegExpConstructor",
        "`new` is optional. Throws `regexp must be a string` without a pattern.",
        &[("new (options: IRegExpOptions): RegExp", ""), ("(options: IRegExpOptions): RegExp", "")],
    ),
    block(
        "export abstract class RegExp",
        "A regular expression for queries; literals such as `/^a/i` work as well.",
        &[
            (
                "public readonly regexp: string",
                "@deprecated Declared by the official file, absent at runtime.",
            ),
            (
                "public readonly options: string",
                "@deprecated Declared by the official file, absent at runtime.",
            ),
            ("public readonly $regularExpression: { pattern: string; options: string }", ""),
            ("constructor(options: IRegExpOptions)", ""),
            (
                "parse(): { $regularExpression: { pattern: string; options: string } }",
                "As it is sent.",
            ),
        ],
    ),
];
