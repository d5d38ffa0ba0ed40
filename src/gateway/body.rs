//! A file, or a part of it, as the body of an answer, read piece by piece.

use std::io::{self, Read, Seek, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Bytes;
use http_body::{Body, Frame, SizeHint};

use crate::cloud::files::FileReader;

/// Bytes read at once.
const PIECE_BYTES: usize = 64 * 1024;

pub struct FileBody {
    reader: FileReader,
    left_bytes: u64,
}

impl FileBody {
    pub fn new(reader: FileReader) -> Self {
        Self { left_bytes: reader.size_bytes(), reader }
    }

    /// `length` bytes from `start` on.
    pub fn part(mut reader: FileReader, start: u64, length: u64) -> io::Result<Self> {
        reader.seek(SeekFrom::Start(start))?;
        Ok(Self { reader, left_bytes: length })
    }
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.left_bytes == 0 {
            return Poll::Ready(None);
        }
        let most =
            usize::try_from(self.left_bytes).map_or(PIECE_BYTES, |left| left.min(PIECE_BYTES));
        let mut piece = vec![0; most];
        Poll::Ready(Some(match self.reader.read(&mut piece) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                piece.truncate(read);
                self.left_bytes = self.left_bytes.saturating_sub(read as u64);
                Ok(Frame::data(Bytes::from(piece)))
            }
            Err(error) => Err(error),
        }))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left_bytes)
    }
}
