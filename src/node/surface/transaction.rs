//! Transactions.

use crate::node::surface::{Class, method};

pub const CLASSES: &[Class] = &[Class {
    name: "Transaction",
    extends: None,
    constructor: ("transaction, database", "this._transaction = transaction; this._db = database;"),
    members: &[
        method("init", "", "return promise(native.beginTransaction, this._transaction);"),
        method(
            "collection",
            "name",
            "return new CollectionReference(native.transactionCollection(this._transaction, name), \
             name, this._db);",
        ),
        method("commit", "", "return promise(native.commitTransaction, this._transaction);"),
        method(
            "rollback",
            "reason",
            "return promise(native.rollbackTransaction, this._transaction).then((answer) => { \
             rollbacks.set(this, reason); return answer; });",
        ),
    ],
}];
