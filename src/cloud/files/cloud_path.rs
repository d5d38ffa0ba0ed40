//! Names of files: what the service accepts, and how they are written in URLs.

use crate::error::{Error, ErrorKind, Result};
use crate::limits::CLOUD_PATH_BYTES_MAX;

/// Refuses what the service refuses as a cloud path.
/// Also `..` and `.` between slashes, which what carries a URL resolves before the service sees
/// them, so that the signature is of another path (inferred).
pub fn validate_cloud_path(path: &str) -> Result<()> {
    let refuse = |reason: String| Err(Error::new(ErrorKind::InvalidParam, reason));
    if path.is_empty() {
        return refuse("cloudPath must not be empty".into());
    }
    if path.starts_with('/') {
        return refuse(format!("cloudPath '{path}' must not start with '/'"));
    }
    if path.contains("//") {
        return refuse(format!("cloudPath '{path}' must not contain '//'"));
    }
    if path.split('/').any(|segment| matches!(segment, "." | "..")) {
        return refuse(format!("cloudPath '{path}' must not have '.' or '..' between slashes"));
    }
    // The service names ASCII 24 to 27 (CAN, EM, SUB, ESC); NUL ends a key in ours.
    if let Some(control) = path.bytes().find(|byte| *byte == 0 || (24..=27).contains(byte)) {
        return refuse(format!("cloudPath contains the control character {control}"));
    }
    let bytes = escaped_len(path);
    if bytes > CLOUD_PATH_BYTES_MAX {
        return refuse(format!(
            "cloudPath has {bytes} bytes when encoded, the most is {CLOUD_PATH_BYTES_MAX}"
        ));
    }
    Ok(())
}

/// Percent-encodes a path as `encodeURI` does, and `?` and `#` too: they would end the path.
pub fn escape_path(path: &str) -> String {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut escaped = String::with_capacity(path.len());
    for byte in path.bytes() {
        if is_plain(byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push('%');
            escaped.push(char::from(HEX[usize::from(byte >> 4)]));
            escaped.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
    escaped
}

/// Undoes [`escape_path`]. A `%` that starts no escape stands for itself; `None` when the bytes
/// are not text.
pub(super) fn unescape_path(path: &str) -> Option<String> {
    let bytes = path.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while let Some(&byte) = bytes.get(index) {
        let escape = bytes.get(index + 1..index + 3).filter(|_| byte == b'%');
        let value = escape.and_then(|digits| {
            let digits = std::str::from_utf8(digits).ok()?;
            digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then_some(())?;
            u8::from_str_radix(digits, 16).ok()
        });
        plain.push(value.unwrap_or(byte));
        index += if value.is_some() { 3 } else { 1 };
    }
    String::from_utf8(plain).ok()
}

fn escaped_len(path: &str) -> usize {
    path.bytes().map(|byte| if is_plain(byte) { 1 } else { 3 }).sum()
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.!~*'();/:@&=+$,".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_refused_as_the_service_does() {
        let long = "a".repeat(CLOUD_PATH_BYTES_MAX);
        let chinese = "中".repeat(CLOUD_PATH_BYTES_MAX / 9);
        for path in ["a.png", "a/b/c", "..a/b..", "a/.b/...", "图片/一.png", &long, &chinese] {
            assert_eq!(validate_cloud_path(path), Ok(()), "{path}");
        }
        let too_long = format!("{long}a");
        let too_long_encoded = format!("{chinese}中");
        let cases = [
            ("", "must not be empty"),
            ("/a", "must not start with '/'"),
            ("a//b", "must not contain '//'"),
            ("../../etc/passwd", "'.' or '..' between slashes"),
            ("a/./b", "'.' or '..' between slashes"),
            ("a/..", "'.' or '..' between slashes"),
            ("a\u{18}", "control character 24"),
            ("a\u{1b}", "control character 27"),
            ("a\0", "control character 0"),
            (&too_long, "851 bytes"),
            (&too_long_encoded, "855 bytes"),
        ];
        for (path, text) in cases {
            let error = validate_cloud_path(path).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidParam);
            assert!(error.message().contains(text), "{path}: {error}");
        }
        assert_eq!(validate_cloud_path("a\u{17}\u{1c}"), Ok(()));
    }

    #[test]
    fn escaping_comes_back_unchanged() {
        for path in ["a b?c#d%41", "图/é.png", "a+b&c=d", "~!*'()"] {
            assert_eq!(unescape_path(&escape_path(path)).as_deref(), Some(path));
        }
        assert_eq!(escape_path("图.png"), "%E5%9B%BE.png");
        assert_eq!(unescape_path("100%").as_deref(), Some("100%"));
        assert_eq!(unescape_path("%+1").as_deref(), Some("%+1"));
        assert_eq!(unescape_path("%FF"), None);
    }
}
