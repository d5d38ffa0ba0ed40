//! Temporary URLs: signed, with an end of life, in the form of the service.
//!
//! `https://<bucket>.tcb.qcloud.la/<path>?sign=<32 hex>&t=<unix s>`; while a server runs,
//! `<its address>/<bucket>/<path>?sign=..&t=..`. `t` is the time of signing. The service keeps the
//! life of a URL to itself; here `sign` carries it, masked: 4 bytes of life, 12 bytes of HMAC.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::cloud::files::cloud_path::{escape_path, unescape_path};
use crate::error::{Error, ErrorKind, Result};
use crate::limits::FILE_URL_AGE_DEFAULT_S;
use crate::value::hex_text;

/// How a path is written in a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UrlStyle {
    /// Percent-encoded: ready to be requested.
    Escaped,
    /// As it is: whoever receives it applies `encodeURI`, as the official client does.
    Plain,
}

/// One answer to `getTempFileURL`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TempUrl {
    pub url: String,
    pub max_age_s: i64,
}

/// What a valid URL gives access to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedUrl {
    pub bucket: String,
    pub path: String,
    pub expires_ms: i64,
}

/// The life a URL gets: what was asked for, or the service's default.
pub fn max_age_s(asked: Option<i64>) -> i64 {
    match asked {
        Some(seconds) if seconds > 0 => seconds.min(i64::from(u32::MAX)),
        _ => FILE_URL_AGE_DEFAULT_S,
    }
}

pub(super) struct Signer<'a> {
    pub secret: &'a [u8; 32],
    pub now_ms: i64,
}

impl Signer<'_> {
    /// `?sign=..&t=..` for a file that may be read for `age_s` seconds from now.
    pub(super) fn query(&self, bucket: &str, path: &str, age_s: i64) -> String {
        let signed_s = self.now_ms.div_euclid(1000);
        let age = u32::try_from(age_s).unwrap_or(u32::MAX);
        let mask = self.mac("age", bucket, path, &[signed_s]);
        let tag = self.mac("tag", bucket, path, &[signed_s, i64::from(age)]);
        let mut sign = [0_u8; 16];
        for (byte, (plain, mask)) in sign.iter_mut().zip(age.to_be_bytes().iter().zip(&mask)) {
            *byte = plain ^ mask;
        }
        sign[4..].copy_from_slice(&tag[..12]);
        format!("?sign={}&t={signed_s}", hex_text(&sign))
    }

    /// Checks what follows a bucket in a URL: `<escaped path>?sign=..&t=..`.
    pub(super) fn verify(&self, bucket: &str, rest: &str) -> Result<VerifiedUrl> {
        let (escaped, query) = rest.split_once('?').ok_or_else(wrong_signature)?;
        let (sign, signed_s) = parse_query(query).ok_or_else(wrong_signature)?;
        let once = unescape_path(escaped).ok_or_else(wrong_signature)?;
        // A name written for a client that encodes once more arrives encoded twice.
        let twice = unescape_path(&once);
        let signed = [Some(once), twice].into_iter().flatten().find_map(|path| {
            self.signed_age_s(bucket, &path, signed_s, &sign).map(|age_s| (path, age_s))
        });
        let (path, age_s) = signed.ok_or_else(wrong_signature)?;
        let expires_ms = signed_s.saturating_add(i64::from(age_s)).saturating_mul(1000);
        if self.now_ms >= expires_ms {
            return Err(Error::new(ErrorKind::FileSignature, "the temporary URL has expired"));
        }
        Ok(VerifiedUrl { bucket: bucket.into(), path, expires_ms })
    }

    fn signed_age_s(&self, bucket: &str, path: &str, at_s: i64, sign: &[u8; 16]) -> Option<u32> {
        let mask = self.mac("age", bucket, path, &[at_s]);
        let mut age = [0_u8; 4];
        for (byte, (sealed, mask)) in age.iter_mut().zip(sign.iter().zip(&mask)) {
            *byte = sealed ^ mask;
        }
        let age = u32::from_be_bytes(age);
        let tag = self.mac("tag", bucket, path, &[at_s, i64::from(age)]);
        // Every byte is looked at, so the time taken says nothing about the right signature.
        let difference =
            sign[4..].iter().zip(&tag).fold(0, |sum, (left, right)| sum | (left ^ right));
        (difference == 0).then_some(age)
    }

    fn mac(&self, purpose: &str, bucket: &str, path: &str, numbers: &[i64]) -> [u8; 32] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(self.secret).expect("HMAC takes a key of any length");
        for text in [purpose, bucket, path] {
            mac.update(text.as_bytes());
            mac.update(&[0]);
        }
        for number in numbers {
            mac.update(&number.to_be_bytes());
        }
        mac.finalize().into_bytes().into()
    }
}

/// The path part of a URL in the wanted style.
pub(super) fn styled_path(path: &str, style: UrlStyle) -> String {
    match style {
        UrlStyle::Escaped => escape_path(path),
        // `encodeURI` leaves these two alone, and they would end the path.
        UrlStyle::Plain => path.replace('?', "%3F").replace('#', "%23"),
    }
}

fn parse_query(query: &str) -> Option<([u8; 16], i64)> {
    let (mut sign, mut signed_s) = (None, None);
    for pair in query.split('&') {
        match pair.split_once('=') {
            Some(("sign", digits)) => sign = parse_sign(digits),
            Some(("t", digits)) => signed_s = digits.parse().ok(),
            _ => {}
        }
    }
    Some((sign?, signed_s?))
}

fn parse_sign(digits: &str) -> Option<[u8; 16]> {
    if digits.len() != 32 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    u128::from_str_radix(digits, 16).ok().map(u128::to_be_bytes)
}

pub(super) fn wrong_signature() -> Error {
    Error::new(ErrorKind::FileSignature, "the signature of the temporary URL is wrong")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: [u8; 32] = [7; 32];
    const NOW_MS: i64 = 1_700_000_000_500;

    fn at(now_ms: i64) -> Signer<'static> {
        Signer { secret: &SECRET, now_ms }
    }

    #[test]
    fn the_life_is_what_was_asked_for_or_the_default() {
        let cases = [
            (None, 600),
            (Some(0), 600),
            (Some(-1), 600),
            (Some(60), 60),
            (Some(i64::MAX), 4_294_967_295),
        ];
        for (asked, expected) in cases {
            assert_eq!(max_age_s(asked), expected, "{asked:?}");
        }
    }

    #[test]
    fn a_url_is_good_until_its_last_second() {
        let query = at(NOW_MS).query("b", "a b.png", 60);
        assert!(query.ends_with("&t=1700000000"), "{query}");
        assert_eq!(query.len(), "?sign=&t=1700000000".len() + 32);
        let rest = format!("a%20b.png{query}");
        let verified = at(NOW_MS + 59_000).verify("b", &rest).unwrap();
        assert_eq!((verified.path.as_str(), verified.expires_ms), ("a b.png", 1_700_000_060_000));
        let late = at(1_700_000_060_000).verify("b", &rest).unwrap_err();
        assert_eq!(
            (late.kind(), late.message()),
            (ErrorKind::FileSignature, "the temporary URL has expired")
        );
    }

    #[test]
    fn nothing_about_a_url_can_be_changed() {
        let query = at(NOW_MS).query("b", "a", 60);
        let longer = query.replace("?sign=", "?sign=0");
        let later = query.replace("t=17", "t=18");
        let mut other_age = query.clone().into_bytes();
        other_age[6] = if other_age[6] == b'0' { b'1' } else { b'0' };
        let other_age = String::from_utf8(other_age).unwrap();
        for (bucket, rest) in [
            ("c", format!("a{query}")),
            ("b", format!("A{query}")),
            ("b", format!("a{longer}")),
            ("b", format!("a{later}")),
            ("b", format!("a{other_age}")),
            ("b", "a".into()),
            ("b", "a?sign=&t=".into()),
            ("b", format!("%FF{query}")),
        ] {
            assert!(at(NOW_MS).verify(bucket, &rest).is_err(), "{bucket} {rest}");
        }
        let other_secret = Signer { secret: &[8; 32], now_ms: NOW_MS };
        assert!(other_secret.verify("b", &format!("a{query}")).is_err());
        assert!(at(NOW_MS).verify("b", &format!("a{query}&x=1")).is_ok());
    }

    #[test]
    fn a_name_survives_a_client_that_encodes_once_more() {
        for path in ["图 1.png", "a?b#c", "100%41.png"] {
            let query = at(NOW_MS).query("b", path, 60);
            // What `encodeURI` makes of the plain form.
            let encoded =
                styled_path(path, UrlStyle::Plain).replace('%', "%25").replace(' ', "%20");
            let verified = at(NOW_MS).verify("b", &format!("{encoded}{query}")).unwrap();
            assert_eq!(verified.path, path);
        }
    }
}
