//! What two processes say to each other: frames of one BSON document each.
//!
//! A frame is its length as four bytes, little-endian, and the document. The first frame of a
//! client is a [`Hello`], answered by a [`Welcome`]; then come requests and, in any order, their
//! answers. Documents travel as bytes inside, so nothing is re-encoded on the way.

use std::io::{Read, Write};

use crate::database::Reply;
use crate::database::Request;
use crate::database::RequestId;
use crate::database::decode_reply;
use crate::database::encode_reply;
use crate::error::{Error, ErrorKind, Result};
use crate::share::commands::{decode_command, encode_command};
use crate::share::fields::{Fields, binary, malformed};
use crate::value::Document;
use crate::value::encode_document;

/// Changes whenever processes of two versions would not understand each other.
pub const VERSION: i32 = 2;

/// Bytes of one frame. Ours.
pub const FRAME_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Bytes of a frame from somebody who has not shown the token yet.
pub const HELLO_BYTES_MAX: usize = 1024;

/// The first frame of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hello {
    pub version: i32,
    pub token: Vec<u8>,
    pub client: u64,
}

/// What the holder answers to a [`Hello`] it accepts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Welcome {
    pub process: u32,
}

/// A request and its place among those of its client.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    pub number: u64,
    pub answered_below: u64,
    pub request: Request,
}

impl Question {
    pub fn id(&self, client: u64) -> RequestId {
        RequestId { client, number: self.number, answered_below: self.answered_below }
    }
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub number: u64,
    pub outcome: Result<Reply>,
}

/// Sends one frame.
pub fn write_frame(stream: &mut impl Write, frame: &[u8]) -> std::io::Result<()> {
    let length = u32::try_from(frame.len()).map_err(std::io::Error::other)?;
    // One buffer, so that a small frame is one packet.
    let mut bytes = Vec::with_capacity(frame.len() + 4);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(frame);
    stream.write_all(&bytes)
}

/// Receives one frame of at most `bytes_max`.
pub fn read_frame(stream: &mut impl Read, bytes_max: usize) -> std::io::Result<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length);
    if usize::try_from(length).map_or(true, |length| length > bytes_max) {
        return Err(std::io::Error::other("the frame is too long"));
    }
    // The memory grows with what arrives, not with what was announced.
    let mut frame = Vec::new();
    stream.take(u64::from(length)).read_to_end(&mut frame)?;
    if frame.len() as u64 != u64::from(length) {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    Ok(frame)
}

impl Hello {
    pub fn encode(&self) -> Vec<u8> {
        let mut frame = Document::new();
        frame.insert("version", self.version);
        frame.insert("token", binary(self.token.clone()));
        frame.insert("client", self.client.cast_signed());
        encode_document(&frame)
    }

    pub fn decode(frame: &[u8]) -> Result<Self> {
        let frame = Fields::of(frame)?;
        Ok(Self {
            version: frame.int32("version")?,
            token: frame.bytes("token")?,
            client: frame.number("client")?,
        })
    }
}

impl Welcome {
    pub fn encode(&self) -> Vec<u8> {
        let mut frame = Document::new();
        frame.insert("process", i64::from(self.process));
        encode_document(&frame)
    }

    pub fn decode(frame: &[u8]) -> Result<Self> {
        let process = Fields::of(frame)?.number("process")?;
        Ok(Self { process: u32::try_from(process).map_err(|_| malformed())? })
    }
}

impl Question {
    pub fn encode(&self) -> Result<Vec<u8>> {
        let mut frame = Document::new();
        frame.insert("number", self.number.cast_signed());
        frame.insert("answered_below", self.answered_below.cast_signed());
        frame.insert("env", self.request.env.clone());
        if let Some(transaction) = &self.request.transaction {
            frame.insert("transaction", transaction.clone());
        }
        frame.insert("command", encode_command(&self.request.command));
        checked(encode_document(&frame), "the request")
    }

    /// The number of a request that cannot be read further.
    pub fn number_of(frame: &[u8]) -> Option<u64> {
        Fields::of(frame).and_then(|frame| frame.number("number")).ok()
    }

    pub fn decode(frame: &[u8]) -> Result<Self> {
        let frame = Fields::of(frame)?;
        Ok(Self {
            number: frame.number("number")?,
            answered_below: frame.number("answered_below")?,
            request: Request {
                env: frame.text("env")?,
                transaction: frame
                    .has("transaction")
                    .then(|| frame.text("transaction"))
                    .transpose()?,
                command: decode_command(&frame.inner("command")?)?,
            },
        })
    }
}

impl Answer {
    pub fn encode(&self) -> Vec<u8> {
        let encoded = |outcome: &Result<Reply>| {
            let mut frame = Document::new();
            frame.insert("number", self.number.cast_signed());
            match outcome {
                Ok(reply) => {
                    frame.insert("reply", binary(encode_reply(reply)));
                }
                Err(error) => {
                    frame.insert("kind", kind_name(error.kind()));
                    frame.insert("code", error.mongo_code());
                    frame.insert("message", error.message());
                }
            }
            encode_document(&frame)
        };
        checked(encoded(&self.outcome), "the answer").unwrap_or_else(|error| encoded(&Err(error)))
    }

    pub fn decode(frame: &[u8]) -> Result<Self> {
        let frame = Fields::of(frame)?;
        let outcome = if frame.has("reply") {
            decode_reply(&frame.bytes("reply")?)
        } else {
            Err(error_of(&frame)?)
        };
        Ok(Self { number: frame.number("number")?, outcome })
    }
}

fn checked(frame: Vec<u8>, what: &str) -> Result<Vec<u8>> {
    if frame.len() <= FRAME_BYTES_MAX {
        return Ok(frame);
    }
    Err(Error::new(
        ErrorKind::LimitExceeded,
        format!(
            "{what} has {} bytes; between processes that share a store the most is \
             {FRAME_BYTES_MAX}",
            frame.len()
        ),
    ))
}

fn error_of(frame: &Fields<'_>) -> Result<Error> {
    let (kind, code) = (kind_of_name(&frame.text("kind")?), frame.int32("code")?);
    let message = frame.text("message")?;
    Ok(match kind {
        ErrorKind::Database => Error::mongo(code, message),
        kind => Error::new(kind, message),
    })
}

/// Every kind that an answer may have.
const KINDS: &[ErrorKind] = &[
    ErrorKind::InvalidParam,
    ErrorKind::Database,
    ErrorKind::DuplicateKey,
    ErrorKind::CollectionNotFound,
    ErrorKind::CollectionExists,
    ErrorKind::PermissionDenied,
    ErrorKind::TransactionConflict,
    ErrorKind::TransactionNotFound,
    ErrorKind::TransactionBusy,
    ErrorKind::Timeout,
    ErrorKind::LimitExceeded,
    ErrorKind::InvalidEnv,
    ErrorKind::Storage,
    ErrorKind::StoreBusy,
    ErrorKind::Late,
    ErrorKind::StoreTooNew,
    ErrorKind::Unsupported,
    ErrorKind::Internal,
];

fn kind_name(kind: ErrorKind) -> String {
    format!("{kind:?}")
}

fn kind_of_name(name: &str) -> ErrorKind {
    KINDS.iter().copied().find(|kind| kind_name(*kind) == name).unwrap_or(ErrorKind::Internal)
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
