//! Who may ask: Host, Origin and token.
//!
//! A page in a browser can send requests to this machine. Its Origin gives it away, and a name that
//! it had resolved to this machine shows in Host.

use axum::http::{HeaderMap, header};

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    Host,
    Origin,
    Token,
}

impl Refusal {
    pub fn status(self) -> u16 {
        match self {
            Self::Host | Self::Origin => 403,
            Self::Token => 401,
        }
    }

    pub fn text(self) -> &'static str {
        match self {
            Self::Host => "the Host of the request is not this server: ask 127.0.0.1",
            Self::Origin => "pages of other origins may not ask this server",
            Self::Token => {
                "the request needs the header 'authorization: Bearer <token>', \
                 with the token that 'start' printed"
            }
        }
    }
}

pub struct Guard {
    hosts: [String; 2],
    token: String,
}

impl Guard {
    pub fn new(port: u16, token: String) -> Self {
        Self { hosts: [format!("127.0.0.1:{port}"), format!("localhost:{port}")], token }
    }

    /// Host and Origin: what every request is asked for.
    pub fn check_place(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let is_ours = |text: &str| self.hosts.iter().any(|host| host.eq_ignore_ascii_case(text));
        // Two of a header would let a proxy and us see different ones.
        let mut hosts = headers.get_all(header::HOST).iter();
        let host = hosts.next().and_then(|host| host.to_str().ok());
        if !host.is_some_and(is_ours) || hosts.next().is_some() {
            return Err(Refusal::Host);
        }
        let is_foreign = |origin: &axum::http::HeaderValue| {
            let origin = origin.to_str().ok().and_then(|origin| origin.strip_prefix("http://"));
            !origin.is_some_and(is_ours)
        };
        if headers.get_all(header::ORIGIN).iter().any(is_foreign) {
            return Err(Refusal::Origin);
        }
        Ok(())
    }

    pub fn check_token(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        self.compare(authorization(headers).strip_prefix("Bearer "))
    }

    /// The official client gives its secret id, which is to be the token. Its signature with the
    /// secret key says no more: who knows the one knows the other.
    pub fn check_client(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let credential = authorization(headers).strip_prefix("TC3-HMAC-SHA256 Credential=");
        self.compare(credential.and_then(|rest| rest.split_once('/')).map(|(id, _)| id))
    }

    fn compare(&self, given: Option<&str>) -> Result<(), Refusal> {
        let given = given.unwrap_or_default();
        // Every byte is looked at, so the time taken says nothing about the right token.
        let differs = given.bytes().zip(self.token.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
        if given.len() == self.token.len() && differs == 0 { Ok(()) } else { Err(Refusal::Token) }
    }
}

fn authorization(headers: &HeaderMap) -> &str {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    value.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn only_this_machine_may_ask() {
        let guard = Guard::new(80, "secret".to_owned());
        for (pairs, expected) in [
            (&[("host", "127.0.0.1:80")][..], Ok(())),
            (&[("host", "LocalHost:80")], Ok(())),
            (&[("host", "localhost:80"), ("origin", "http://127.0.0.1:80")], Ok(())),
            (&[], Err(Refusal::Host)),
            (&[("host", "127.0.0.1:81")], Err(Refusal::Host)),
            (&[("host", "rebound.example:80")], Err(Refusal::Host)),
            (&[("host", "127.0.0.1:80"), ("host", "x")], Err(Refusal::Host)),
            (&[("host", "127.0.0.1:80"), ("origin", "null")], Err(Refusal::Origin)),
            (&[("host", "127.0.0.1:80"), ("origin", "https://127.0.0.1:80")], Err(Refusal::Origin)),
            (&[("host", "127.0.0.1:80"), ("origin", "http://x.example")], Err(Refusal::Origin)),
        ] {
            assert_eq!(guard.check_place(&headers(pairs)), expected, "{pairs:?}");
        }
    }

    #[test]
    fn a_token_is_the_whole_token() {
        let guard = Guard::new(80, "secret".to_owned());
        for (value, is_right) in [
            ("Bearer secret", true),
            ("Bearer secre", false),
            ("Bearer secret1", false),
            ("Bearer ", false),
            ("secret", false),
        ] {
            let checked = guard.check_token(&headers(&[("authorization", value)]));
            assert_eq!(checked.is_ok(), is_right, "{value}");
        }
        assert_eq!(guard.check_token(&HeaderMap::new()), Err(Refusal::Token));
    }

    #[test]
    fn the_official_client_gives_the_token_as_its_secret_id() {
        let guard = Guard::new(80, "secret".to_owned());
        for (value, is_right) in [
            ("TC3-HMAC-SHA256 Credential=secret/2026-01-01/tcb/tc3_request, Signature=x", true),
            ("TC3-HMAC-SHA256 Credential=secre/2026-01-01/tcb/tc3_request", false),
            ("TC3-HMAC-SHA256 Credential=secret", false),
            ("Bearer secret", false),
        ] {
            let checked = guard.check_client(&headers(&[("authorization", value)]));
            assert_eq!(checked.is_ok(), is_right, "{value}");
        }
    }
}
