//! What is kept about a file beside its body.

use sha2::{Digest as _, Sha256};

use crate::error::{Error, ErrorKind, Result};
use crate::value::{Bson, Document, RawDoc, encode_document, hex_text, to_document};

/// The SHA-256 of a body, which is also its name on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct BodyId([u8; 32]);

impl BodyId {
    pub(super) fn of(hash: Sha256) -> Self {
        Self(hash.finalize().into())
    }

    pub(super) fn parse(hex: &str) -> Option<Self> {
        if hex.len() != 64 || !hex.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
            return None;
        }
        let mut bytes = [0_u8; 32];
        for (byte, digits) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    pub(super) fn to_hex(self) -> String {
        hex_text(&self.0)
    }
}

/// One stored file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRecord {
    pub size_bytes: u64,
    /// SHA-256 of the content, 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// Who uploaded it from a client; server code uploads for nobody.
    pub owner_openid: Option<String>,
    pub uploaded_ms: i64,
}

impl FileRecord {
    pub(super) fn encode(&self) -> Vec<u8> {
        let size = i64::try_from(self.size_bytes).unwrap_or(i64::MAX);
        let mut document = Document::new();
        document.insert("size", Bson::Int64(size));
        document.insert("sha256", self.sha256.as_str());
        if let Some(openid) = &self.owner_openid {
            document.insert("openid", openid.as_str());
        }
        document.insert("time", Bson::Int64(self.uploaded_ms));
        encode_document(&document)
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self> {
        let damaged = || Error::new(ErrorKind::Storage, "a file's record cannot be read");
        let document = to_document(RawDoc::new(bytes));
        let size = document.get_i64("size").map_err(|_| damaged())?;
        Ok(Self {
            size_bytes: u64::try_from(size).map_err(|_| damaged())?,
            sha256: document.get_str("sha256").map_err(|_| damaged())?.to_owned(),
            owner_openid: document.get_str("openid").ok().map(str::to_owned),
            uploaded_ms: document.get_i64("time").map_err(|_| damaged())?,
        })
    }

    pub(super) fn body(&self) -> Result<BodyId> {
        BodyId::parse(&self.sha256)
            .ok_or_else(|| Error::new(ErrorKind::Storage, "a file's record names no body"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_back_as_written() {
        let record = FileRecord {
            size_bytes: 7,
            sha256: BodyId::of(Sha256::new_with_prefix(b"content")).to_hex(),
            owner_openid: Some("o1".into()),
            uploaded_ms: 9,
        };
        assert_eq!(FileRecord::decode(&record.encode()).unwrap(), record);
        assert_eq!(record.body().unwrap().to_hex(), record.sha256);
        assert!(FileRecord::decode(&encode_document(&Document::new())).is_err());
    }

    #[test]
    fn only_64_lower_case_digits_name_a_body() {
        let upper = "A".repeat(64);
        let short = "a".repeat(63);
        for text in ["", &upper, &short, "../../../../../../../../../etc/passwd"] {
            assert_eq!(BodyId::parse(text), None, "{text}");
        }
    }
}
