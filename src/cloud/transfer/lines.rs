//! Lines of a stream, each within a bound.

use std::io::{BufRead, Read as _};

use crate::error::{Error, ErrorKind, Result};
use crate::limits::DOCUMENT_BYTES_MAX;

/// Longest line read, in bytes: a full document takes more as text than as BSON.
const LINE_BYTES_MAX: usize = 4 * DOCUMENT_BYTES_MAX;

/// Reads lines and counts them.
pub(super) struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    /// Lines read so far, so the number of the line read last.
    pub(super) number: u64,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, buffer: Vec::new(), number: 0 }
    }

    /// The next line without its end; `None` at the end of the stream. A byte order mark in front
    /// of the first line is dropped.
    pub(super) fn next_line(&mut self) -> Result<Option<&str>> {
        self.buffer.clear();
        let bound = LINE_BYTES_MAX as u64 + 1;
        let mut bounded = self.reader.by_ref().take(bound);
        let length = bounded.read_until(b'\n', &mut self.buffer).map_err(|error| {
            Error::new(ErrorKind::Storage, format!("the file cannot be read: {error}"))
        })?;
        if length == 0 {
            return Ok(None);
        }
        self.number += 1;
        if length > LINE_BYTES_MAX {
            let text = format!("the line is longer than {LINE_BYTES_MAX} bytes");
            return Err(Error::new(ErrorKind::LimitExceeded, text));
        }
        let line = std::str::from_utf8(&self.buffer)
            .map_err(|_| Error::new(ErrorKind::InvalidParam, "the line is not UTF-8 text"))?;
        let line = line.strip_suffix('\n').unwrap_or(line);
        let line = line.strip_suffix('\r').unwrap_or(line);
        let first = if self.number == 1 { line.strip_prefix('\u{feff}') } else { None };
        Ok(Some(first.unwrap_or(line)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_without_their_ends_and_with_their_numbers() {
        let mut lines = Lines::new(&b"\xEF\xBB\xBFa\r\n\nb\xE5\x9B\xBE"[..]);
        let mut seen = Vec::new();
        while let Some(line) = lines.next_line().unwrap() {
            let line = line.to_owned();
            seen.push((lines.number, line));
        }
        assert_eq!(seen, [(1, "a".into()), (2, String::new()), (3, "b图".into())]);
    }

    #[test]
    fn bytes_that_are_no_text_and_endless_lines_are_refused() {
        assert_eq!(
            Lines::new(&b"\xFF\n"[..]).next_line().unwrap_err().kind(),
            ErrorKind::InvalidParam
        );
        let endless = std::io::BufReader::new(std::io::repeat(b'x'));
        assert_eq!(Lines::new(endless).next_line().unwrap_err().kind(), ErrorKind::LimitExceeded);
    }
}
