//! File ids, `cloud://<env>.<bucket>/<path>`, and the bucket names in them.

use std::fmt;
use std::fmt::Write as _;

use crate::cloud::files::cloud_path::validate_cloud_path;
use crate::error::{Error, ErrorKind, Result};

/// The bucket of one environment: `<4 hex>-<env>-<appid number>`. The four digits are the ASCII
/// codes of the first two characters of the environment's id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Bucket {
    name: String,
}

impl Bucket {
    pub fn new(env: &str, appid_number: u64) -> Self {
        let mut name = String::with_capacity(env.len() + 18);
        let mut characters = env.bytes();
        for _ in 0..2 {
            let _ = write!(name, "{:02x}", characters.next().unwrap_or(b'0'));
        }
        let _ = write!(name, "-{env}-{appid_number}");
        Self { name }
    }

    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// The host that serves the bucket's files.
    pub fn host(&self) -> String {
        format!("{}.tcb.qcloud.la", self.name)
    }

    /// The environment whose bucket this is the name of.
    pub(super) fn env_of_host(host: &str) -> Option<&str> {
        let bucket = host.strip_suffix(".tcb.qcloud.la")?;
        let env = bucket.get(5..)?.rsplit_once('-')?.0;
        let prefix = bucket.get(..5)?;
        Bucket::new(env, 0).as_str().starts_with(prefix).then_some(env)
    }
}

/// The address of a file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FileId {
    pub env: String,
    pub bucket: String,
    pub path: String,
}

impl FileId {
    pub fn new(env: &str, bucket: &Bucket, path: &str) -> Self {
        Self { env: env.into(), bucket: bucket.as_str().into(), path: path.into() }
    }

    /// Reads `cloud://<env>.<bucket>/<path>`; the bucket may be left out, as hand-written ids do.
    pub fn parse(text: &str) -> Result<Self> {
        let refuse = || {
            Error::new(
                ErrorKind::InvalidParam,
                format!("'{text}' is not a file id: cloud://<env>.<bucket>/<path> is expected"),
            )
        };
        let rest = text.strip_prefix("cloud://").ok_or_else(refuse)?;
        let (place, path) = rest.split_once('/').ok_or_else(refuse)?;
        let (env, bucket) = place.split_once('.').unwrap_or((place, ""));
        if env.is_empty() || validate_cloud_path(path).is_err() {
            return Err(refuse());
        }
        Ok(Self { env: env.into(), bucket: bucket.into(), path: path.into() })
    }
}

impl fmt::Display for FileId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let dot = if self.bucket.is_empty() { "" } else { "." };
        write!(formatter, "cloud://{}{dot}{}/{}", self.env, self.bucket, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_named_as_the_service_names_them() {
        assert_eq!(Bucket::new("xiaovt-abc", 1_300).as_str(), "7869-xiaovt-abc-1300");
        assert_eq!(Bucket::new("test2", 1_258_000_000).as_str(), "7465-test2-1258000000");
        assert_eq!(Bucket::new("a", 1).as_str(), "6130-a-1");
        assert_eq!(Bucket::env_of_host("7465-test2-12.tcb.qcloud.la"), Some("test2"));
        assert_eq!(Bucket::env_of_host("7465-test-2-12.tcb.qcloud.la"), Some("test-2"));
        for host in ["7469-test2-12.tcb.qcloud.la", "7465-test2-12.example.org", "", "-", "中中中"]
        {
            assert_eq!(Bucket::env_of_host(host), None, "{host}");
        }
    }

    #[test]
    fn an_id_reads_back_as_written() {
        let id = FileId::new("test2", &Bucket::new("test2", 12), "a/图.png");
        assert_eq!(id.to_string(), "cloud://test2.7465-test2-12/a/图.png");
        assert_eq!(FileId::parse(&id.to_string()).unwrap(), id);
        assert_eq!(FileId::parse("cloud://e/a").unwrap().to_string(), "cloud://e/a");
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for text in [
            "",
            "a.png",
            "cloud://",
            "cloud://e",
            "cloud://e/",
            "cloud:///a",
            "CLOUD://e/a",
            "https://e/a",
            "cloud://e//a",
            "cloud://.b/a",
        ] {
            assert_eq!(FileId::parse(text).unwrap_err().kind(), ErrorKind::InvalidParam, "{text}");
        }
    }
}
