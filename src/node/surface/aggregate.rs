//! `collection.aggregate()` and `db.command.aggregate.pipeline()`.
//!
//! Stages are kept as the official client keeps them: encoded at the call, in one list that every
//! object of a chain shares.

use crate::node::surface::{Class, method};

pub const CLASSES: &[Class] = &[
    Class {
        name: "Aggregation",
        extends: None,
        constructor: ("", "this._stages = [];"),
        members: &[
            method(
                "end",
                "",
                "return handOut(Promise.reject(new Error('Aggregation pipeline cannot send request')));",
            ),
            method("unwrap", "", "return this._stages;"),
            method(
                "done",
                "",
                "return this._stages.map(({ stageKey, stageValue }) => \
                 ({ [stageKey]: JSON.parse(stageValue) }));",
            ),
            method(
                "_pipe",
                "stage, argument",
                "this._stages.push({ stageKey: '$' + printable(stage), stageValue: native.encodeStage(stage, argument) }); \
                 return this;",
            ),
            method("addFields", "argument", "return this._pipe('addFields', argument);"),
            method("bucket", "argument", "return this._pipe('bucket', argument);"),
            method("bucketAuto", "argument", "return this._pipe('bucketAuto', argument);"),
            method("count", "argument", "return this._pipe('count', argument);"),
            method("geoNear", "argument", "return this._pipe('geoNear', argument);"),
            method("group", "argument", "return this._pipe('group', argument);"),
            method("limit", "argument", "return this._pipe('limit', argument);"),
            method("match", "argument", "return this._pipe('match', argument);"),
            method("project", "argument", "return this._pipe('project', argument);"),
            method("lookup", "argument", "return this._pipe('lookup', argument);"),
            method("replaceRoot", "argument", "return this._pipe('replaceRoot', argument);"),
            method("sample", "argument", "return this._pipe('sample', argument);"),
            method("skip", "argument", "return this._pipe('skip', argument);"),
            method("sort", "argument", "return this._pipe('sort', argument);"),
            method("sortByCount", "argument", "return this._pipe('sortByCount', argument);"),
            method("unwind", "argument", "return this._pipe('unwind', argument);"),
        ],
    },
    Class {
        name: "Aggregate",
        extends: None,
        constructor: (
            "aggregate, collectionName, database",
            "this._aggregate = aggregate; this.collectionName = collectionName; \
             this.database = database;",
        ),
        members: &[
            method(
                "pushStage",
                "stage, argument",
                "this._aggregate._stages.push({ stageKey: '$' + printable(stage), \
                 stageValue: native.encodeStage(stage, argument) }); \
                 return new Aggregate(this._aggregate, this.collectionName, this.database);",
            ),
            method("addFields", "argument", "return this.pushStage('addFields', argument);"),
            method("bucket", "argument", "return this.pushStage('bucket', argument);"),
            method("bucketAuto", "argument", "return this.pushStage('bucketAuto', argument);"),
            method("collStats", "argument", "return this.pushStage('collStats', argument);"),
            method("count", "argument", "return this.pushStage('count', argument);"),
            method("facet", "argument", "return this.pushStage('facet', argument);"),
            method("geoNear", "argument", "return this.pushStage('geoNear', argument);"),
            method("graphLookup", "argument", "return this.pushStage('graphLookup', argument);"),
            method("group", "argument", "return this.pushStage('group', argument);"),
            method("indexStats", "", "return this.pushStage('indexStats', {});"),
            method("limit", "argument", "return this.pushStage('limit', argument);"),
            method("lookup", "argument", "return this.pushStage('lookup', argument);"),
            method("match", "argument", "return this.pushStage('match', argument);"),
            method("out", "argument", "return this.pushStage('out', argument);"),
            method("project", "argument", "return this.pushStage('project', argument);"),
            method("redact", "argument", "return this.pushStage('redact', argument);"),
            method("replaceRoot", "argument", "return this.pushStage('replaceRoot', argument);"),
            method("sample", "argument", "return this.pushStage('sample', argument);"),
            method("skip", "argument", "return this.pushStage('skip', argument);"),
            method("sort", "argument", "return this.pushStage('sort', argument);"),
            method("sortByCount", "argument", "return this.pushStage('sortByCount', argument);"),
            method("unwind", "argument", "return this.pushStage('unwind', argument);"),
            method("end", "", "return promise(native.aggregate, this._aggregate, arguments[0]);"),
        ],
    },
];
