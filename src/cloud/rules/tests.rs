use super::*;
use bson::{bson, doc};
use serde_json::json;

const NOW_MS: i64 = 1_700_000_000_000;

fn me() -> Auth {
    Auth { openid: Some("me".into()), ..Auth::default() }
}

fn pattern() -> Bson {
    bson::Regex { pattern: "^g".try_into().unwrap(), options: "".try_into().unwrap() }.into()
}

#[expect(clippy::unnecessary_wraps, reason = "it is what a rule asks, whose store may fail")]
fn database(collection: &str, id: &str) -> Result<Option<Document>> {
    Ok(match (collection, id) {
        ("shops", "s1") => Some(doc! {"_id": "s1", "owner": "me", "staff": ["me", "other"]}),
        ("users", "me") => Some(doc! {"role": "admin", "shop": "s1"}),
        _ => None,
    })
}

fn read(rule: &str, query: &Document) -> bool {
    ask(rule, Operation::Read, query, None)
}

fn create(rule: &str, input: &Document) -> bool {
    ask(rule, Operation::Create, &doc! {}, Some(input))
}

fn ask(rule: &str, operation: Operation, query: &Document, input: Option<&Document>) -> bool {
    let rules = json!({"read": rule, "write": rule});
    let rules = Rules::parse(rules.as_object().unwrap()).unwrap();
    let auth = me();
    let subject = Subject { auth: Some(&auth), query, input, resource: None, now_ms: NOW_MS };
    match rules.check(operation, subject, &mut database) {
        Ok(()) => true,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::PermissionDenied);
            false
        }
    }
}

#[test]
fn a_query_passes_when_all_it_can_match_satisfies_the_rule() {
    let own = "doc._openid == auth.openid";
    let cases = [
        (own, doc! {"_openid": "me"}, true),
        (own, doc! {"_openid": "me", "x": 1}, true),
        (own, doc! {"_openid": "other"}, false),
        (own, doc! {}, false),
        (own, doc! {"_id": "x"}, false),
        (own, doc! {"_openid": {"$eq": "me"}}, true),
        (own, doc! {"_openid": {"$in": ["me"]}}, true),
        (own, doc! {"_openid": {"$in": ["me", "other"]}}, false),
        (own, doc! {"$and": [{"x": 1}, {"_openid": "me"}]}, true),
        (own, doc! {"$or": [{"_openid": "me"}, {"x": 1}]}, false),
        (own, doc! {"$or": [{"_openid": "me", "x": 1}, {"_openid": "me", "x": 2}]}, true),
        (own, doc! {"$or": [{"x": 1}, {"x": 2}], "_openid": "me"}, true),
        (own, doc! {"$nor": [{"_openid": "me"}]}, false),
        (own, doc! {"_openid": {"$exists": true}}, false),
        ("doc.age > 10", doc! {"age": {"$gt": 10}}, true),
        ("doc.age > 10", doc! {"age": {"$gt": 8}}, false),
        ("doc.age > 10", doc! {"age": {"$gte": 10}}, false),
        ("doc.age > 10", doc! {"age": {"$gte": 10.5}}, true),
        ("doc.age > 10", doc! {"age": {"$gt": 8}, "$and": [{"age": {"$gt": 12}}]}, true),
        ("doc.age >= 10", doc! {"age": {"$gte": 10}}, true),
        ("10 < doc.age", doc! {"age": 11}, true),
        ("doc.age < 10", doc! {"age": {"$lt": 10, "$gt": 3}}, true),
        ("doc.age <= 10", doc! {"age": {"$lt": 11}}, false),
        ("doc.age > 3 && doc.age < 9", doc! {"age": {"$gt": 3, "$lt": 9}}, true),
        ("doc.age > 'a'", doc! {"age": {"$gt": 3}}, false),
        ("doc.state != 'gone'", doc! {"state": {"$ne": "gone"}}, true),
        ("doc.state != 'gone'", doc! {"state": {"$nin": ["x", "gone"]}}, true),
        ("doc.state != 'gone'", doc! {"state": {"$ne": "x"}}, false),
        ("doc.state != 'gone'", doc! {"state": {"$in": [pattern()]}}, false),
        ("doc.state != 'gone'", doc! {"state": pattern()}, false),
        ("doc.n != 5", doc! {"n": {"$gt": 5}}, true),
        ("doc.state in ['a','b']", doc! {"state": {"$in": ["b", "a"]}}, true),
        ("doc.state == 'a' || doc.state == 'b'", doc! {"state": {"$in": ["a", "b"]}}, true),
        ("doc.state in ['a','b']", doc! {"state": {"$in": ["a", "c"]}}, false),
        ("!(doc.state in ['a'])", doc! {"state": "b"}, true),
        ("!(doc.n in [1, 2])", doc! {"n": {"$gt": 2}}, true),
        ("!(doc.state in ['a'])", doc! {}, false),
        ("doc.a.b == 1", doc! {"a.b": 1}, true),
        ("doc.a.b == 1", doc! {"a": {"b": 1}}, true),
        ("doc['a'].b === 1", doc! {"a.b": 1}, true),
        ("doc.a == null", doc! {"a": null}, true),
        ("doc.a == null", doc! {}, false),
        ("doc.at < now", doc! {"at": {"$lte": NOW_MS - 1}}, true),
        ("auth != null", doc! {}, true),
        ("auth.openid == 'me' && true", doc! {}, true),
        ("auth.uid != null", doc! {}, false),
        ("auth.openid in ['x', 'me']", doc! {}, true),
        ("doc.x", doc! {"x": true}, true),
        ("doc.n == -1", doc! {"n": -1}, true),
        ("!!(doc.x)", doc! {"x": true}, true),
        ("true || doc.unknown == 1", doc! {}, true),
        ("doc.unknown == 1 || true", doc! {}, true),
        ("false && doc.unknown == 1", doc! {}, false),
    ];
    for (rule, query, expected) in cases {
        assert_eq!(read(rule, &query), expected, "{rule} for {query}");
    }
}

#[test]
fn documents_of_the_database_can_be_asked_for() {
    let cases = [
        ("get(`database.shops.${doc.shop}`).owner == auth.openid", doc! {"shop": "s1"}, true),
        ("get(`database.shops.${doc.shop}`).owner == auth.openid", doc! {"shop": "none"}, false),
        ("get(`database.shops.${doc.shop}`).owner == auth.openid", doc! {}, false),
        (
            "get(`database.shops.${doc.shop}`).owner == auth.openid",
            doc! {"shop": {"$in": ["s1"]}},
            true,
        ),
        ("get(`database.shops.${doc.shop}`) == null", doc! {"shop": "none"}, true),
        ("auth.openid in get(`database.shops.s1`).staff", doc! {}, true),
        ("get(`database.users.${auth.openid}`).role == 'admin'", doc! {}, true),
        (
            "get(`database.shops.${get(`database.users.${auth.openid}`).shop}`).owner == 'me'",
            doc! {},
            true,
        ),
        ("get('elsewhere').x == null", doc! {}, false),
        ("get(`database.shops.s1`).staff[1] == 'other'", doc! {}, true),
        ("get(`database.shops.s1`).staff.length == 2", doc! {}, true),
    ];
    for (rule, query, expected) in cases {
        assert_eq!(read(rule, &query), expected, "{rule} for {query}");
    }
}

#[test]
fn new_documents_are_looked_at_themselves() {
    let cases = [
        ("doc.price > 0", doc! {"price": 5}, true),
        ("doc.price > 0", doc! {"price": 0}, false),
        ("doc.price > 0", doc! {}, false),
        ("request.data.price > 0", doc! {"price": 5}, true),
        ("doc.a.b == 1", doc! {"a": {"b": 1}}, true),
        ("doc.missing == null", doc! {}, true),
        ("doc.tags == ['a']", doc! {"tags": bson!(["a"])}, true),
    ];
    for (rule, input, expected) in cases {
        assert_eq!(create(rule, &input), expected, "{rule} for {input}");
    }
    assert!(ask("request.data.n == 1", Operation::Update, &doc! {}, Some(&doc! {"n": 1})));
}

#[test]
fn write_stands_in_for_what_is_not_given() {
    let rules = json!({"read": true, "write": true, "delete": false, "update": "doc.x == 1"});
    let rules = Rules::parse(rules.as_object().unwrap()).unwrap();
    let query = doc! {};
    let subject = Subject { auth: None, query: &query, input: None, resource: None, now_ms: 0 };
    let allowed = |operation| rules.check(operation, subject, &mut database).is_ok();
    assert!(allowed(Operation::Read) && allowed(Operation::Create));
    assert!(!allowed(Operation::Delete) && !allowed(Operation::Update));
    let none = Rules::parse(&Map::new()).unwrap();
    assert!(none.check(Operation::Read, subject, &mut database).is_err());
}

#[test]
fn without_a_login_there_is_no_auth() {
    let query = doc! {};
    let subject = Subject { auth: None, query: &query, input: None, resource: None, now_ms: 0 };
    for (rule, expected) in
        [("auth == null", true), ("auth != null", false), ("auth.openid == null", false)]
    {
        let rules = json!({ "read": rule });
        let rules = Rules::parse(rules.as_object().unwrap()).unwrap();
        assert_eq!(
            rules.check(Operation::Read, subject, &mut database).is_ok(),
            expected,
            "{rule}"
        );
    }
}

#[test]
fn files_are_judged_by_their_owner() {
    let rules = json!({"read": true, "write": "resource.openid == auth.openid"});
    let rules = Rules::parse(rules.as_object().unwrap()).unwrap();
    let (query, auth) = (doc! {}, me());
    for (owner, expected) in [("me", true), ("other", false)] {
        let resource = doc! {"openid": owner};
        let subject = Subject {
            auth: Some(&auth),
            query: &query,
            input: None,
            resource: Some(&resource),
            now_ms: 0,
        };
        assert_eq!(rules.check(Operation::Update, subject, &mut database).is_ok(), expected);
    }
}

#[test]
fn the_simple_settings_decide_as_the_console_says() {
    use Operation::{Create, Delete, Read, Update};
    let (all, own, none) = (Some(Grant::AsAsked), Some(Grant::OwnOnly), None);
    let cases = [
        ("READONLY", [all, all, own, own]),
        ("PRIVATE", [own, all, own, own]),
        ("ADMINWRITE", [all, none, none, none]),
        ("ADMINONLY", [none, none, none, none]),
    ];
    let query = doc! {};
    let subject = Subject { auth: None, query: &query, input: None, resource: None, now_ms: 0 };
    for (tag, grants) in cases {
        let access = Access::parse(&json!(tag)).unwrap();
        for (operation, grant) in [Read, Create, Update, Delete].into_iter().zip(grants) {
            assert_eq!(
                access.decide(operation, subject, &mut database).ok(),
                grant,
                "{tag} {operation:?}"
            );
        }
    }
    let custom = Access::parse(&json!({"read": true})).unwrap();
    assert_eq!(custom.decide(Read, subject, &mut database), Ok(Grant::AsAsked));
    assert!(Access::parse(&json!("PUBLIC")).unwrap_err().message().contains("READONLY"));
    assert!(Access::parse(&json!({"reed": true})).unwrap_err().message().contains("'reed'"));
}

#[test]
fn broken_rules_say_what_is_wrong() {
    let deep = format!("{}true{}", "(".repeat(100), ")".repeat(100));
    let links = format!("doc{}", ".a".repeat(100));
    let cases = [
        ("", "it ends too early"),
        ("doc.", "it ends too early"),
        ("doc.a ==", "it ends too early"),
        ("doc.a == 1)", "unexpected ')' at character 11"),
        ("doc.a = 1", "unexpected '='"),
        ("foo == 1", "'foo' means nothing in a rule"),
        ("'open", "a text is not closed"),
        ("`open ${doc.a}", "a text is not closed"),
        ("`${doc.a", "it ends too early"),
        ("12abc", "'12abc' is not a number"),
        ("[1, 2", "it ends too early"),
        ("get(`a`) && get(`b`) && get(`c`) && get(`d`)", "more than 3 get()"),
        ("get(get(get(`a`)))", "nested deeper than 2"),
        (&deep, "nested deeper"),
        (&links, "nested deeper"),
    ];
    for (rule, text) in cases {
        let rules = json!({ "read": rule });
        let error = Rules::parse(rules.as_object().unwrap()).unwrap_err();
        assert!(error.message().contains(text), "{rule}: {error}");
        assert!(error.message().starts_with("rule 'read': "));
    }
    let long = format!("'{}' == ''", "x".repeat(1020));
    assert!(Rules::parse(json!({ "read": long }).as_object().unwrap()).is_err());
    assert!(Rules::parse(json!({"read": 1}).as_object().unwrap()).is_err());
}

#[test]
fn huge_queries_are_refused_not_enumerated() {
    let many: Vec<Bson> = (0..1000).map(Bson::Int32).collect();
    assert!(!read("doc.a >= 0", &doc! {"a": {"$in": many.clone()}}));
    assert!(read("auth != null", &doc! {"a": {"$in": many}}));
    let branches: Vec<Bson> = (0..11).map(|n| bson!({"a": n})).collect();
    let filter = doc! {"$and": [{"$or": branches.clone()}, {"$or": branches}]};
    assert!(!read("doc.a >= 0", &filter));
    let deep = (0..200).fold(doc! {"a": 1}, |inner, _| doc! {"$and": [inner]});
    assert!(!read("doc.a == 1", &deep));
}

#[test]
fn the_openid_placeholder_is_filled_in_wherever_it_is_a_value() {
    let mut query = doc! {"_openid": "{openid}", "x": [{"y": "{openid}"}], "z": "a{openid}"};
    substitute_openid(&mut query, "me");
    assert_eq!(query, doc! {"_openid": "me", "x": [{"y": "me"}], "z": "a{openid}"});
}
