//! Services of cloud hosting: where a local one is reached, and who it is told that calls.

use crate::cloud::Identity;
use crate::error::{Error, ErrorKind, Result};

/// A server on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// `127.0.0.1`, `localhost` or `::1`.
    pub host: String,
    pub port: u16,
    /// What paths of calls come after: empty, or from a slash on, without one at the end.
    pub base: String,
}

impl Target {
    /// Reads `http://127.0.0.1:8080/base`. Nothing but this machine is ever reached.
    pub fn parse(url: &str) -> Result<Self> {
        let refuse = || {
            let text = format!(
                "'{url}' is no server of this machine: write http://127.0.0.1:<port> or \
                 http://localhost:<port>"
            );
            Error::new(ErrorKind::InvalidParam, text)
        };
        let rest = url.strip_prefix("http://").ok_or_else(refuse)?;
        let (authority, base) = rest.split_once('/').unwrap_or((rest, ""));
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !host.is_empty() && !port.contains(']') => {
                (host, port.parse().map_err(|_| refuse())?)
            }
            _ => (authority, 80),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let is_loopback = match host.parse::<std::net::IpAddr>() {
            Ok(address) => address.is_loopback(),
            Err(_) => host == "localhost",
        };
        if !is_loopback || base.contains(['?', '#', ' ']) {
            return Err(refuse());
        }
        let base = base.trim_end_matches('/');
        let base = if base.is_empty() { String::new() } else { format!("/{base}") };
        Ok(Self { host: host.to_owned(), port, base })
    }
}

/// The headers by which the platform tells a service who calls.
pub fn caller_headers(
    identity: &Identity,
    service: &str,
    call_id: &str,
) -> Vec<(&'static str, String)> {
    // In a shared environment the caller is known by the other account's names alone.
    let own = |value: &Option<String>| match identity.from_openid {
        None => value.clone(),
        Some(_) => None,
    };
    let headers = [
        ("x-wx-openid", own(&identity.openid)),
        ("x-wx-appid", identity.appid.clone()),
        ("x-wx-unionid", own(&identity.unionid)),
        ("x-wx-from-openid", identity.from_openid.clone()),
        ("x-wx-from-appid", identity.from_appid.clone()),
        ("x-wx-from-unionid", identity.from_unionid.clone()),
        ("x-wx-env", identity.env.clone()),
        ("x-wx-source", identity.source.clone()),
        ("x-wx-service", Some(service.to_owned())),
        ("x-wx-call-id", Some(call_id.to_owned())),
        ("x-original-forwarded-for", identity.client_ip.clone()),
    ];
    headers.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_this_machine_is_reached() {
        let target = |host: &str, port, base: &str| {
            Some(Target { host: host.into(), port, base: base.into() })
        };
        for (url, expected) in [
            ("http://127.0.0.1:8080", target("127.0.0.1", 8080, "")),
            ("http://localhost", target("localhost", 80, "")),
            ("http://127.8.8.8:1/a/b/", target("127.8.8.8", 1, "/a/b")),
            ("http://[::1]:90/", target("::1", 90, "")),
            ("http://[::1]", target("::1", 80, "")),
            ("https://127.0.0.1", None),
            ("http://example.com", None),
            ("http://localhost.example.com:80", None),
            ("http://127.0.0.1@example.com", None),
            ("http://127.0.0.1:x", None),
            ("http://127.0.0.1:99999", None),
            ("http://10.0.0.1:80", None),
            ("http://", None),
            ("127.0.0.1:80", None),
        ] {
            assert_eq!(Target::parse(url).ok(), expected, "{url}");
        }
    }

    #[test]
    fn a_service_is_told_who_calls() {
        let fields = json!({ "OPENID": "o", "UNIONID": "u", "APPID": "a", "ENV": "e",
            "SOURCE": "wx_client", "CLIENTIP": "1.2.3.4" });
        let user = Identity::default().with(&fields).unwrap();
        let names = |identity: &Identity| {
            let headers = caller_headers(identity, "s", "c");
            headers.into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>()
        };
        let expected = "x-wx-openid=o x-wx-appid=a x-wx-unionid=u x-wx-env=e x-wx-source=wx_client \
                        x-wx-service=s x-wx-call-id=c x-original-forwarded-for=1.2.3.4";
        assert_eq!(names(&user).join(" "), expected);
        let shared = user.with(&json!({ "FROM_OPENID": "o" })).unwrap();
        let told = names(&shared);
        assert!(told.contains(&"x-wx-from-openid=o".to_owned()), "{told:?}");
        assert!(!told.iter().any(|header| header.starts_with("x-wx-openid")), "{told:?}");
    }
}
