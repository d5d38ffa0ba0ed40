//! Collections, queries and documents.

use crate::node::surface::{Class, method};

pub const CLASSES: &[Class] = &[
    Class {
        name: "Query",
        extends: None,
        constructor: (
            "query, collectionName, database",
            "this._query = query; this.collectionName = collectionName; this.database = database;",
        ),
        members: &[
            method(
                "field",
                "projection",
                "return new Query(native.field(this._query, projection), this.collectionName, \
                 this.database);",
            ),
            method(
                "where",
                "condition",
                "return new Query(native.where(this._query, condition), this.collectionName, \
                 this.database);",
            ),
            method(
                "orderBy",
                "fieldPath, order",
                "return new Query(native.orderBy(this._query, fieldPath, order), \
                 this.collectionName, this.database);",
            ),
            method(
                "limit",
                "max",
                "return new Query(native.limit(this._query, max), this.collectionName, \
                 this.database);",
            ),
            method(
                "skip",
                "offset",
                "return new Query(native.skip(this._query, offset), this.collectionName, \
                 this.database);",
            ),
            method("get", "options", "return promise(native.find, this._query, options);"),
            method("update", "options", "return promise(native.updateMany, this._query, options);"),
            method("remove", "", "return promise(native.removeMany, this._query, arguments[0]);"),
            method("count", "options", "return promise(native.count, this._query, options);"),
        ],
    },
    Class {
        name: "CollectionReference",
        extends: Some("Query"),
        constructor: (
            "query, collectionName, database",
            "super(query, collectionName, database); this._collection = query;",
        ),
        members: &[
            method(
                "doc",
                "id",
                "native.checkDocumentId(id); \
                 return new DocumentReference(this._query, this, this.database, id);",
            ),
            method("add", "options", "return promise(native.add, this._query, options);"),
            method(
                "aggregate",
                "",
                "return new Aggregate({ _stages: [], _query: this._query }, this.collectionName, \
                 this.database);",
            ),
        ],
    },
    Class {
        name: "DocumentReference",
        extends: None,
        constructor: (
            "query, collection, database, id, projection",
            "this._query = query; this.collection = collection; this.database = database; \
             this._id = id; if (projection) this._projection = projection;",
        ),
        members: &[
            method(
                "field",
                "projection",
                "return new DocumentReference(this._query, this.collection, this.database, this._id, \
                 native.documentProjection(projection));",
            ),
            method(
                "get",
                "",
                "return promise(native.findOne, this._query, this._id, this._projection);",
            ),
            method("set", "options", "return promise(native.set, this._query, this._id, options);"),
            method(
                "update",
                "options",
                "return promise(native.updateOne, this._query, this._id, options);",
            ),
            method("remove", "options", "return promise(native.removeOne, this._query, this._id);"),
        ],
    },
];
