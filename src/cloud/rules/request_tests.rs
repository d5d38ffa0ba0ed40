use serde_json::{Value, json};

use super::*;
use crate::cloud::rules::Access;
use crate::error::ErrorKind;
use crate::value::ejson;

fn document(value: Value) -> Document {
    match ejson::from_json(value).unwrap() {
        Bson::Document(document) => document,
        other => panic!("{other:?}"),
    }
}

fn bytes(value: Value) -> Vec<u8> {
    encode_document(&document(value))
}

/// What becomes of a command of `who`, in a database with one document of another's.
fn ask(setting: &Value, who: Option<&str>, command: Command) -> Result<Command> {
    let auth = who.map(|openid| Auth { openid: Some(openid.into()), ..Auth::default() });
    let access = Access::parse(setting).unwrap();
    let mut fetch = |_: &str, id: &str| {
        Ok((id == "theirs").then(|| document(json!({ "_id": "theirs", "_openid": "you" }))))
    };
    let mut asking = Asking { auth: auth.as_ref(), access: &access, now_ms: 7, fetch: &mut fetch };
    permit(command, &mut asking)
}

fn kind(setting: &str, who: Option<&str>, command: Command) -> Option<ErrorKind> {
    ask(&json!(setting), who, command).err().map(|error| error.kind())
}

fn find(filter: Value) -> Command {
    Command::Find(Find { collection: "c".into(), filter: document(filter), ..Find::default() })
}
fn insert(value: Value) -> Command {
    Command::Insert { collection: "c".into(), documents: vec![bytes(value)] }
}
fn update(filter: Value, update: Value) -> Command {
    let (filter, update) = (document(filter), document(update));
    Command::Update(Update { collection: "c".into(), filter, update, multi: true })
}
fn replace(id: &str, value: Value) -> Command {
    let (filter, replacement) = (document(json!({ "_id": id })), document(value));
    Command::Replace { collection: "c".into(), filter, replacement, upsert: true }
}
fn delete(filter: Value) -> Command {
    Command::Delete { collection: "c".into(), filter: document(filter), multi: true }
}
fn aggregate(pipeline: &[Value]) -> Command {
    let pipeline = pipeline.iter().cloned().map(document).collect();
    Command::Aggregate { collection: "c".into(), pipeline }
}

#[test]
fn a_simple_setting_refuses_or_narrows() {
    let denied = Some(ErrorKind::PermissionDenied);
    // What becomes of a read, an insertion, an update and a removal: refused, own only, as asked.
    let cases = [
        ("READONLY", [Some(false), Some(false), Some(true), Some(true)]),
        ("PRIVATE", [Some(true), Some(false), Some(true), Some(true)]),
        ("ADMINWRITE", [Some(false), None, None, None]),
        ("ADMINONLY", [None, None, None, None]),
    ];
    for (setting, expected) in cases {
        let commands = [
            (find(json!({ "a": 1 })), find(json!({ "a": 1, "_openid": "me" }))),
            (insert(json!({ "a": 1 })), insert(json!({ "a": 1 }))),
            (
                update(json!({ "_id": "x" }), json!({ "$set": { "a": 1 } })),
                update(json!({ "_id": "x", "_openid": "me" }), json!({ "$set": { "a": 1 } })),
            ),
            (delete(json!({})), delete(json!({ "_openid": "me" }))),
        ];
        for ((command, narrowed), expected) in commands.into_iter().zip(expected) {
            let place = format!("{setting}: {command:?}");
            let Some(is_narrowed) = expected else {
                assert_eq!(kind(setting, Some("me"), command), denied, "{place}");
                continue;
            };
            let permitted = ask(&json!(setting), Some("me"), command.clone()).unwrap();
            match permitted {
                Command::Insert { .. } => {
                    assert_eq!(permitted, insert(json!({ "_openid": "me", "a": 1 })), "{place}");
                }
                _ if is_narrowed => assert_eq!(permitted, narrowed, "{place}"),
                _ => assert_eq!(permitted, command, "{place}"),
            }
        }
    }
}

#[test]
fn nobody_owns_nothing() {
    for setting in ["READONLY", "PRIVATE"] {
        let denied = Some(ErrorKind::PermissionDenied);
        assert_eq!(kind(setting, None, insert(json!({}))), denied, "{setting}");
        assert_eq!(kind(setting, None, delete(json!({}))), denied, "{setting}");
    }
    assert_eq!(kind("READONLY", None, find(json!({}))), None);
    assert_eq!(kind("PRIVATE", None, find(json!({}))), Some(ErrorKind::PermissionDenied));
}

#[test]
fn the_owner_is_neither_given_nor_changed() {
    let commands = [
        insert(json!({ "_openid": "you" })),
        update(json!({}), json!({ "$set": { "_openid": "me" } })),
        update(json!({}), json!({ "$unset": { "_openid": "" } })),
        update(json!({}), json!({ "$set": { "_openid.x": 1 } })),
        update(json!({}), json!({ "$rename": { "a": "_openid" } })),
        replace("x", json!({ "_openid": "you" })),
    ];
    for command in commands {
        let place = format!("{command:?}");
        let error = ask(&json!({ "read": true, "write": true }), Some("me"), command).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidParam, "{place}");
        assert_eq!(error.message(), "Invalid Key Name: _openid", "{place}");
    }
    let inner = json!({ "a": { "_openid": 1 }, "_openids": 2 });
    assert_eq!(kind("PRIVATE", Some("me"), insert(inner)), None);
}

#[test]
fn a_replaced_document_keeps_its_owner() {
    let cases = [
        (json!("PRIVATE"), "theirs", json!({ "_openid": "me", "a": 1 })),
        (json!({ "write": true }), "theirs", json!({ "_openid": "you", "a": 1 })),
        (json!({ "write": true }), "new", json!({ "_openid": "me", "a": 1 })),
    ];
    for (setting, id, expected) in cases {
        let permitted = ask(&setting, Some("me"), replace(id, json!({ "a": 1 }))).unwrap();
        let Command::Replace { replacement, .. } = permitted else { panic!("{permitted:?}") };
        assert_eq!(replacement, document(expected), "{setting} {id}");
    }
}

#[test]
fn the_callers_openid_is_put_in() {
    let read = json!({ "read": "doc._openid == auth.openid" });
    let asked = find(json!({ "_openid": "{openid}", "tags": { "$in": ["{openid}", "x"] } }));
    let expected = find(json!({ "_openid": "me", "tags": { "$in": ["me", "x"] } }));
    assert_eq!(ask(&read, Some("me"), asked).unwrap(), expected);
    let stored = ask(&json!("PRIVATE"), Some("me"), insert(json!({ "by": "{openid}" }))).unwrap();
    assert_eq!(stored, insert(json!({ "_openid": "me", "by": "me" })));
    let set = update(json!({}), json!({ "$set": { "by": "{openid}" } }));
    let expected = update(json!({ "_openid": "me" }), json!({ "$set": { "by": "me" } }));
    assert_eq!(ask(&json!("PRIVATE"), Some("me"), set).unwrap(), expected);
}

#[test]
fn rules_decide_by_the_query_and_by_what_is_sent() {
    let rules = json!({
        "read": "doc.open == true || doc._openid == auth.openid",
        "create": "request.data.n > 0 && doc.n < 10",
        "update": "doc._openid == auth.openid && request.data.profile.name != 'root'",
        "delete": false,
    });
    let mine = json!({ "_openid": "{openid}" });
    let cases = [
        (find(json!({ "open": true })), true),
        (find(mine.clone()), true),
        (find(json!({})), false),
        (find(json!({ "_id": "theirs" })), false),
        (aggregate(&[json!({ "$match": { "open": true } })]), true),
        (aggregate(&[json!({ "$sort": { "n": 1 } })]), false),
        (insert(json!({ "n": 1 })), true),
        (insert(json!({ "n": 0 })), false),
        (insert(json!({ "n": 10 })), false),
        (update(mine.clone(), json!({ "$set": { "profile.name": "bob" } })), true),
        (update(mine.clone(), json!({ "$set": { "profile.name": "root" } })), false),
        (update(json!({}), json!({ "$set": { "profile.name": "bob" } })), false),
        (replace("x", json!({ "a": 1 })), false),
        (delete(mine), false),
    ];
    for (command, expected) in cases {
        let place = format!("{command:?}");
        let answer = ask(&rules, Some("me"), command).map_err(|error| error.kind());
        match answer {
            Ok(_) => assert!(expected, "{place}"),
            Err(kind) => {
                assert_eq!((kind, expected), (ErrorKind::PermissionDenied, false), "{place}");
            }
        }
    }
}

#[test]
fn a_pipeline_begins_with_what_the_caller_may_read() {
    let me = json!({ "_openid": "me" });
    let near = json!({ "$geoNear": { "distanceField": "d" } });
    let near_mine = json!({ "$geoNear": { "distanceField": "d", "query": me.clone() } });
    let count = json!({ "$count": "n" });
    let cases = [
        (vec![], vec![json!({ "$match": me })]),
        (vec![count.clone()], vec![json!({ "$match": me }), count]),
        (
            vec![json!({ "$match": { "a": 1 } })],
            vec![json!({ "$match": { "a": 1, "_openid": "me" } })],
        ),
        (vec![near], vec![near_mine]),
    ];
    for (asked, expected) in cases {
        let permitted = ask(&json!("PRIVATE"), Some("me"), aggregate(&asked)).unwrap();
        assert_eq!(permitted, aggregate(&expected), "{asked:?}");
    }
    // A condition on the owner stays a condition.
    let theirs = ask(&json!("PRIVATE"), Some("me"), find(json!({ "_openid": "you" }))).unwrap();
    assert_eq!(theirs, find(json!({ "$and": [{ "_openid": "you" }, { "_openid": "me" }] })));
}

#[test]
fn clients_have_no_way_to_other_collections() {
    let stages = ["$lookup", "$graphLookup", "$out", "$facet", "$collStats", "$indexStats"];
    for stage in stages {
        let command = aggregate(&[json!({ stage: {} })]);
        assert_eq!(kind("READONLY", Some("me"), command), Some(ErrorKind::InvalidParam), "{stage}");
    }
    let others = [
        Command::ListCollections,
        Command::CreateCollection { name: "c".into() },
        Command::DropCollection { name: "c".into() },
        Command::StartTransaction,
        Command::GetRecord { table: "permission".into(), key: Vec::new() },
    ];
    for command in others {
        let place = format!("{command:?}");
        assert_eq!(collection_of(&command), None, "{place}");
        let rules = json!({ "read": true, "write": true });
        let error = ask(&rules, Some("me"), command).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{place}");
    }
    let plan = Command::Explain(Box::new(find(json!({}))));
    let narrowed = Command::Explain(Box::new(find(json!({ "_openid": "me" }))));
    assert_eq!(ask(&json!("PRIVATE"), Some("me"), plan).unwrap(), narrowed);
}
