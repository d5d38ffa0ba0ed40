//! `cloud.database()`.

use crate::node::surface::{Class, method};

pub const CLASSES: &[Class] = &[Class {
    name: "Database",
    extends: None,
    constructor: (
        "cloud, config, handle",
        "this.runTransaction = (run, times) => handOut(runTransaction(this, run, times)); \
         this.cloud = cloud; this.config = config; this._db = handle; this.command = command; \
         this.Geo = Geo; this.serverDate = ServerDateConstructor; this.RegExp = RegExpConstructor;",
    ),
    members: &[
        method(
            "collection",
            "name",
            "return new CollectionReference(native.collection(this._db, name), name, this);",
        ),
        method(
            "startTransaction",
            "",
            "const transaction = new Transaction(native.newTransaction(this._db), this); \
             return transaction.init().then(() => transaction);",
        ),
        method(
            "createCollection",
            "name",
            "return promise(native.createCollection, this._db, name);",
        ),
    ],
}];
