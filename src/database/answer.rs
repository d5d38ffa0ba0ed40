//! The documents of one answer, within the size the service allows.

use crate::error::{Error, ErrorKind, Result};
use crate::limits::DOCUMENT_BYTES_MAX;
use crate::query::Projection;
use crate::value::RawDoc;

/// Most bytes of one answer, as in the service.
const REPLY_BYTES_MAX: usize = DOCUMENT_BYTES_MAX;

#[derive(Default)]
pub struct Answer<'a> {
    projection: Option<&'a Projection>,
    documents: Vec<Vec<u8>>,
    bytes: usize,
}

impl<'a> Answer<'a> {
    pub fn new(projection: Option<&'a Projection>) -> Self {
        Self { projection, ..Self::default() }
    }

    pub fn push(&mut self, document: RawDoc<'_>) -> Result<()> {
        match self.projection {
            Some(projection) => self.add(projection.apply(document)?),
            None => self.push_bytes(document.as_bytes()),
        }
    }

    pub fn push_bytes(&mut self, document: &[u8]) -> Result<()> {
        self.add(document.to_vec())
    }

    pub fn len(&self) -> usize {
        self.documents.len()
    }

    pub fn into_documents(self) -> Vec<Vec<u8>> {
        self.documents
    }

    fn add(&mut self, document: Vec<u8>) -> Result<()> {
        self.bytes += document.len();
        if self.bytes > REPLY_BYTES_MAX {
            return Err(Error::new(
                ErrorKind::LimitExceeded,
                format!(
                    "the answer is larger than {REPLY_BYTES_MAX} bytes: ask for fewer documents \
                     or fewer fields"
                ),
            ));
        }
        self.documents.push(document);
        Ok(())
    }
}
