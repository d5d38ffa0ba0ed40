//! Rules of the services beside the database: who may call a function, who may touch a file.

use serde_json::{Map, Value};

use crate::cloud::files::FileRecord;
use crate::cloud::rules::{Access, Auth, Grant, Operation, Rule, Subject, invalid};
use crate::error::{Error, ErrorKind, Result};
use crate::value::Document;

/// Who may call functions when no rule says so.
const INVOKE_DEFAULT: &str = "auth != null";

/// Who may call a function: rules of the form `{"*": {"invoke": ..}, "name": {"invoke": ..}}`, of
/// which the function's own comes before the general one.
pub fn check_invoke(
    rules: &Map<String, Value>,
    function: &str,
    auth: Option<&Auth>,
    now_ms: i64,
) -> Result<()> {
    let rule = rules.get(function).or_else(|| rules.get("*")).and_then(|rule| rule.get("invoke"));
    let rule = match rule {
        Some(rule) => Rule::parse("invoke", rule)?,
        None => Rule::parse("invoke", &Value::String(INVOKE_DEFAULT.into()))?,
    };
    let query = Document::new();
    let subject = Subject { auth, query: &query, input: None, resource: None, now_ms };
    rule.check(Operation::Read, subject, &mut |_, _| Ok(None))
}

/// Refuses what is no set of rules for functions: `{"*": {"invoke": ..}, "name": {"invoke": ..}}`.
pub fn check_rules(rules: &Value) -> Result<()> {
    let refuse = |text: String| invalid(format!("rules of functions: {text}"));
    let rules = rules.as_object().ok_or_else(|| refuse("they are an object".to_owned()))?;
    for (function, rule) in rules {
        let parts = rule.as_object().filter(|parts| parts.keys().eq(["invoke"]));
        let Some(parts) = parts else {
            return Err(refuse(format!("'{function}' has {{\"invoke\": ..}} and no other key")));
        };
        for (key, rule) in parts {
            Rule::parse(key, rule)?;
        }
    }
    Ok(())
}

/// Whether a client may read a file, or upload, overwrite or delete it. `file` is what is stored
/// under the name now.
pub fn check_file(
    access: &Access,
    operation: Operation,
    file: Option<&FileRecord>,
    (auth, now_ms): (Option<&Auth>, i64),
) -> Result<()> {
    let query = Document::new();
    let mut resource = Document::new();
    if let Some(openid) = file.and_then(|file| file.owner_openid.as_deref()) {
        resource.insert("openid", openid);
    }
    let me = auth.and_then(|auth| auth.openid.as_deref());
    // Who uploads a new file will be its owner.
    if file.is_none()
        && let Some(openid) = me
    {
        resource.insert("openid", openid);
    }
    // Overwriting is an update, which the simple settings leave to the owner.
    let operation = match operation {
        Operation::Create if file.is_some() => Operation::Update,
        other => other,
    };
    let subject = Subject { auth, query: &query, input: None, resource: Some(&resource), now_ms };
    let is_mine = me.is_some() && resource.get_str("openid").ok() == me;
    match access.decide(operation, subject, &mut |_, _| Ok(None)) {
        Ok(Grant::AsAsked) if operation == Operation::Read || me.is_some() => Ok(()),
        Ok(Grant::OwnOnly) if is_mine => Ok(()),
        Err(error) if error.kind() != ErrorKind::PermissionDenied => Err(error),
        _ => Err(Error::new(ErrorKind::FileDenied, "storage permission denied")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn someone(openid: &str) -> Auth {
        Auth { openid: Some(openid.into()), ..Auth::default() }
    }

    #[test]
    fn functions_are_called_by_who_may() {
        let rules = json!({"*": {"invoke": "auth != null"}, "open": {"invoke": true},
            "shut": {"invoke": false}});
        let rules = rules.as_object().unwrap();
        let auth = someone("me");
        for (function, auth, expected) in [
            ("any", Some(&auth), true),
            ("any", None, false),
            ("open", None, true),
            ("shut", Some(&auth), false),
        ] {
            assert_eq!(check_invoke(rules, function, auth, 0).is_ok(), expected, "{function}");
        }
        assert!(check_invoke(&Map::new(), "any", None, 0).is_err());
        assert!(check_invoke(&Map::new(), "any", Some(&auth), 0).is_ok());
    }

    #[test]
    fn files_are_touched_by_who_may() {
        use Operation::{Create, Delete, Read};
        let file = FileRecord {
            size_bytes: 0,
            sha256: String::new(),
            owner_openid: Some("me".into()),
            uploaded_ms: 0,
        };
        let custom = json!({"read": "auth != null", "write": "resource.openid == auth.openid"});
        // Read, overwrite and delete a file of mine; upload a new one.
        let cases = [
            (json!("READONLY"), "me", [true, true, true, true]),
            (json!("READONLY"), "other", [true, false, false, true]),
            (json!("PRIVATE"), "me", [true, true, true, true]),
            (json!("PRIVATE"), "other", [false, false, false, true]),
            (json!("ADMINWRITE"), "me", [true, false, false, false]),
            (json!("ADMINONLY"), "me", [false, false, false, false]),
            (custom.clone(), "me", [true, true, true, true]),
            (custom, "other", [true, false, false, true]),
        ];
        for (setting, who, expected) in cases {
            let access = Access::parse(&setting).unwrap();
            let auth = someone(who);
            let may =
                |operation, file| check_file(&access, operation, file, (Some(&auth), 0)).is_ok();
            let answers = [
                may(Read, Some(&file)),
                may(Create, Some(&file)),
                may(Delete, Some(&file)),
                may(Create, None),
            ];
            assert_eq!(answers, expected, "{setting} for {who}");
        }
        let public = Access::parse(&json!("READONLY")).unwrap();
        assert!(check_file(&public, Read, Some(&file), (None, 0)).is_ok());
        let denied = check_file(&public, Create, None, (None, 0)).unwrap_err();
        assert_eq!(denied.kind(), ErrorKind::FileDenied);
    }
}
