//! Receipts: what a write of another process was answered, stored in the write's own commit.
//!
//! A client that has lost its connection cannot know whether its write was stored. It asks again
//! under the same number, and whoever holds the store by then answers from the receipt instead of
//! writing twice. A receipt goes when its client says that it has the answer; those of clients
//! that are gone go by their age.

use std::ops::ControlFlow;

use crate::database::command::Command;
use crate::database::command::Reply;
use crate::database::command::Request;
use crate::database::core::Core;
use crate::database::reply_code::decode_reply;
use crate::database::reply_code::encode_reply;
use crate::error::{Error, ErrorKind, Result};
use crate::store::Writer;

/// The table of receipts among the records.
const TABLE: &str = "receipts";

/// Receipts that one write removes at most.
const PRUNED_AT_ONCE: usize = 64;

/// Age at which nobody asks for a receipt any more: clients give up within seconds.
const AGE_MAX_MS: i64 = 10 * 60 * 1000;

/// The name of one request, the same however often it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId {
    /// Chosen at random by each client.
    pub client: u64,
    pub number: u64,
    /// The client has the answers to all its requests with lower numbers.
    pub answered_below: u64,
}

/// A receipt to be written, or found.
#[derive(Debug, Clone, Copy)]
pub struct Receipt {
    pub id: RequestId,
    pub now_ms: i64,
}

impl Receipt {
    /// Does `work` unless it was done before.
    pub fn once(
        self,
        writer: &mut Writer<'_>,
        work: impl FnOnce(&mut Writer<'_>) -> Result<Reply>,
    ) -> Result<Reply> {
        let key = key_of(self.id.client, self.id.number);
        if let Some(receipt) = writer.reader().record(TABLE, &key)? {
            return reply_of(&receipt);
        }
        let reply = work(writer)?;
        self.prune(writer)?;
        let mut receipt = self.now_ms.to_be_bytes().to_vec();
        receipt.extend_from_slice(&encode_reply(&reply));
        writer.put_record(TABLE, &key, &receipt)?;
        Ok(reply)
    }

    /// The answer given before, if any.
    pub fn find(self, core: &Core) -> Result<Option<Reply>> {
        let key = key_of(self.id.client, self.id.number);
        let receipt = core.store.read(|reader| reader.record(TABLE, &key))?;
        receipt.as_deref().map(reply_of).transpose()
    }

    fn prune(self, writer: &mut Writer<'_>) -> Result<()> {
        let end = key_of(self.id.client, self.id.answered_below);
        let mut answered = Vec::new();
        let client = self.id.client.to_be_bytes();
        writer.reader().scan_records(TABLE, &client, &mut |key, _| {
            if key >= end.as_slice() || answered.len() >= PRUNED_AT_ONCE {
                return Ok(ControlFlow::Break(()));
            }
            answered.push(key.to_vec());
            Ok(ControlFlow::Continue(()))
        })?;
        for key in answered {
            writer.remove_record(TABLE, &key)?;
        }
        Ok(())
    }
}

/// Whether a request that comes again must not be executed again.
pub fn is_needed(request: &Request) -> bool {
    match &request.command {
        Command::CommitTransaction => true,
        // It is staged in memory.
        _ if request.transaction.is_some() => false,
        // It may end in `$out`.
        Command::Aggregate { .. } => true,
        command => command.is_write(),
    }
}

/// Removes the receipts that nobody will ask for.
pub fn remove_old(core: &Core) -> Result<()> {
    let now_ms = core.clock.now_ms();
    let mut old = Vec::new();
    core.store.read(|reader| {
        reader.scan_records(TABLE, &[], &mut |key, receipt| {
            let age_ms = written_ms(receipt).map_or(i64::MAX, |then| now_ms.saturating_sub(then));
            if age_ms > AGE_MAX_MS {
                old.push(key.to_vec());
            }
            Ok(ControlFlow::Continue(()))
        })
    })?;
    if old.is_empty() {
        return Ok(());
    }
    core.store.write(|writer| {
        for key in &old {
            writer.remove_record(TABLE, key)?;
        }
        Ok(())
    })
}

/// Sorts by client, then by number.
fn key_of(client: u64, number: u64) -> [u8; 16] {
    ((u128::from(client) << 64) | u128::from(number)).to_be_bytes()
}

fn written_ms(receipt: &[u8]) -> Option<i64> {
    receipt.first_chunk().map(|bytes| i64::from_be_bytes(*bytes))
}

fn reply_of(receipt: &[u8]) -> Result<Reply> {
    let reply = receipt.split_first_chunk::<8>().map(|(_, reply)| reply);
    decode_reply(reply.ok_or_else(|| Error::new(ErrorKind::Storage, "a receipt is damaged"))?)
}
