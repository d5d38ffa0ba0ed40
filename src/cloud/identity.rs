//! The caller: who a function believes is calling it.

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::error::{Error, ErrorKind, Result};
use crate::value::hex_text;

/// Source of a call from a mini program.
pub const SOURCE_CLIENT: &str = "wx_client";
/// Source of a run by a timer.
pub const SOURCE_TIMER: &str = "wx_trigger";
/// Source of a call through the HTTP interface.
pub const SOURCE_HTTP: &str = "wx_http";
/// Source of a payment notification.
pub const SOURCE_PAY_CALLBACK: &str = "wx_paycallback";
/// What a function adds to the source when it calls another.
pub const SOURCE_FUNCTION: &str = "scf";

/// The caller of one invocation. An absent field is absent in `getWXContext()` too.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Identity {
    pub openid: Option<String>,
    pub unionid: Option<String>,
    pub appid: Option<String>,
    /// The environment the function runs in.
    pub env: Option<String>,
    /// Where the call comes from: [`SOURCE_CLIENT`], or a chain like `wx_client,scf`.
    pub source: Option<String>,
    pub client_ip: Option<String>,
    pub client_ipv6: Option<String>,
    pub from_openid: Option<String>,
    pub from_appid: Option<String>,
    pub from_unionid: Option<String>,
    /// Names of the event's fields that `WeChat` vouches for, as JSON text.
    pub open_data_info: Option<String>,
}

/// Finds one field of an identity.
type Field = fn(&mut Identity) -> &mut Option<String>;

/// The names in `getWXContext()` and the fields they stand for.
const FIELDS: [(&str, Field); 11] = [
    ("OPENID", |identity| &mut identity.openid),
    ("UNIONID", |identity| &mut identity.unionid),
    ("APPID", |identity| &mut identity.appid),
    ("ENV", |identity| &mut identity.env),
    ("SOURCE", |identity| &mut identity.source),
    ("CLIENTIP", |identity| &mut identity.client_ip),
    ("CLIENTIPV6", |identity| &mut identity.client_ipv6),
    ("FROM_OPENID", |identity| &mut identity.from_openid),
    ("FROM_APPID", |identity| &mut identity.from_appid),
    ("FROM_UNIONID", |identity| &mut identity.from_unionid),
    ("OPEN_DATA_INFO", |identity| &mut identity.open_data_info),
];

impl Identity {
    /// A plausible mini-program user, always the same for the same seed.
    pub fn default_user(seed: &str) -> Self {
        Self {
            openid: Some(openid(seed)),
            appid: Some(appid(seed)),
            source: Some(SOURCE_CLIENT.into()),
            client_ip: Some("127.0.0.1".into()),
            client_ipv6: Some("::ffff:127.0.0.1".into()),
            ..Self::default()
        }
    }

    /// This caller with the given fields changed. Names are those of `getWXContext()`, in any
    /// case and with or without `_`; `null` takes a field away. A bare text is an `OPENID`.
    pub fn with(&self, options: &Value) -> Result<Self> {
        let options = match options {
            Value::String(openid) => {
                return Ok(Self { openid: Some(openid.clone()), ..self.clone() });
            }
            Value::Object(options) => options,
            _ => return Err(invalid("an identity is an OPENID or an object".into())),
        };
        let mut changed = self.clone();
        for (name, value) in options {
            let field = field(name).ok_or_else(|| unknown_field(name))?;
            *field(&mut changed) = match value {
                Value::Null => None,
                Value::String(text) if !text.contains('\0') => Some(text.clone()),
                // The SDK shows digits as a number, so a caller may well hand one back.
                Value::Number(number) => Some(number.to_string()),
                _ => return Err(invalid(format!("{name} of an identity must be a string"))),
            };
        }
        Ok(changed)
    }

    /// The fields present, under their names in `getWXContext()`.
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        let mut identity = self.clone();
        FIELDS
            .iter()
            .filter_map(|(name, field)| field(&mut identity).take().map(|value| (*name, value)))
            .collect()
    }

    /// The caller that a function sees when another function calls it: the same user, one link
    /// further from the client.
    #[must_use]
    pub fn called_by_function(&self) -> Self {
        let source = match self.source.as_deref() {
            None | Some("") => SOURCE_FUNCTION.into(),
            Some(source) => format!("{source},{SOURCE_FUNCTION}"),
        };
        Self { source: Some(source), open_data_info: None, ..self.clone() }
    }

    /// What a timer's run sees: no user.
    #[must_use]
    pub fn timer(&self) -> Self {
        self.without_user(SOURCE_TIMER)
    }

    /// A call without a user: timers, the HTTP interface, payment notifications.
    #[must_use]
    pub fn without_user(&self, source: &str) -> Self {
        Self {
            appid: self.appid.clone(),
            env: self.env.clone(),
            source: Some(source.into()),
            ..Self::default()
        }
    }

    /// `event.userInfo`: the keys that are known.
    pub fn user_info(&self) -> Value {
        let mut info = Map::new();
        for (key, value) in [("appId", &self.appid), ("openId", &self.openid)] {
            if let Some(value) = value {
                info.insert(key.into(), Value::String(value.clone()));
            }
        }
        Value::Object(info)
    }
}

/// An appid of the usual form: `wx` and 16 hexadecimal digits.
pub fn appid(seed: &str) -> String {
    format!("wx{}", hex_text(&digest("appid", seed)[..8]))
}

/// An openid of the usual form: `o` and 27 characters, the first few shared by an account.
pub fn openid(seed: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let digest = digest("openid", seed);
    let letters = digest.iter().take(27).map(|byte| char::from(ALPHABET[usize::from(byte & 63)]));
    std::iter::once('o').chain(letters).collect()
}

fn digest(purpose: &str, seed: &str) -> [u8; 32] {
    let hash = Sha256::new_with_prefix(purpose.as_bytes()).chain_update([0]);
    hash.chain_update(seed.as_bytes()).finalize().into()
}

fn field(name: &str) -> Option<Field> {
    let plain = |name: &str| name.replace('_', "").to_ascii_uppercase();
    let wanted = plain(name);
    FIELDS.iter().find(|(known, _)| plain(known) == wanted).map(|(_, field)| *field)
}

fn unknown_field(name: &str) -> Error {
    let known: Vec<&str> = FIELDS.iter().map(|(name, _)| *name).collect();
    invalid(format!("an identity has no field '{name}'; it has {}", known.join(", ")))
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidParam, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_default_user_looks_real_and_is_always_the_same() {
        let user = Identity::default_user("/project");
        let openid = user.openid.clone().unwrap();
        assert!(openid.starts_with('o') && openid.len() == 28, "{openid}");
        let appid = user.appid.clone().unwrap();
        assert!(appid.starts_with("wx") && appid.len() == 18, "{appid}");
        assert_eq!(user, Identity::default_user("/project"));
        assert_ne!(user.openid, Identity::default_user("/other").openid);
        assert_eq!(user.unionid, None);
    }

    #[test]
    fn options_change_the_fields_they_name() {
        let user = Identity::default_user("s");
        let changed = user
            .with(&json!({"openid": "o1", "UNIONID": "u1", "clientIp": "1.2.3.4", "APPID": null,
                "FROM_OPENID": "o2", "fromAppid": 7}))
            .unwrap();
        assert_eq!(changed.openid.as_deref(), Some("o1"));
        assert_eq!(changed.unionid.as_deref(), Some("u1"));
        assert_eq!(changed.client_ip.as_deref(), Some("1.2.3.4"));
        assert_eq!(changed.appid, None);
        assert_eq!(changed.from_openid.as_deref(), Some("o2"));
        assert_eq!(changed.from_appid.as_deref(), Some("7"));
        assert_eq!(changed.source, user.source);
        assert_eq!(user.with(&json!("o9")).unwrap().openid.as_deref(), Some("o9"));
    }

    #[test]
    fn a_wrong_option_says_what_is_known() {
        let user = Identity::default();
        for (options, text) in [
            (json!({"OPENIDD": "x"}), "'OPENIDD'; it has OPENID, UNIONID"),
            (json!({"OPENID": {}}), "OPENID of an identity must be a string"),
            (json!(7), "an OPENID or an object"),
        ] {
            let error = user.with(&options).unwrap_err();
            assert!(error.message().contains(text), "{error}");
        }
    }

    #[test]
    fn a_called_function_sees_the_same_user_and_a_longer_source() {
        let user = Identity::default_user("s");
        let once = user.called_by_function();
        assert_eq!(once.source.as_deref(), Some("wx_client,scf"));
        assert_eq!(once.called_by_function().source.as_deref(), Some("wx_client,scf,scf"));
        assert_eq!(once.openid, user.openid);
        assert_eq!(Identity::default().called_by_function().source.as_deref(), Some("scf"));
    }

    #[test]
    fn a_timer_has_no_user() {
        let timer = Identity::default_user("s").timer();
        assert_eq!((timer.openid.as_deref(), timer.source.as_deref()), (None, Some("wx_trigger")));
        assert_eq!(timer.user_info(), json!({"appId": appid("s")}));
    }
}
