//! The content of a stored file, read as a stream: as it was uploaded, or an error.

use std::fs::{self, File};
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use crate::cloud::files::record::BodyId;
use crate::error::{Error, ErrorKind, Result};

/// Bytes that are read at once to compare a body with its name.
const PIECE_BYTES: usize = 256 * 1024;

/// The content of a file. It stays whole when the file is deleted meanwhile. What is read from the
/// beginning is compared with the body's name on the way: the last bytes of a damaged one are
/// not given, but an error.
#[derive(Debug)]
pub struct FileReader {
    size_bytes: u64,
    source: Source,
}

#[derive(Debug)]
enum Source {
    Memory(Cursor<Arc<[u8]>>),
    File { file: File, id: BodyId, compared: Compared },
}

#[derive(Debug)]
enum Compared {
    /// So many bytes from the beginning.
    Partly {
        bytes: u64,
        hash: Sha256,
    },
    Whole,
}

impl FileReader {
    pub(super) fn of_memory(bytes: Arc<[u8]>) -> Self {
        let size_bytes = bytes.len() as u64;
        Self { size_bytes, source: Source::Memory(Cursor::new(bytes)) }
    }

    /// The body at a path, which must have the length that is known of it.
    pub(super) fn open(path: &Path, id: BodyId, size_bytes: u64) -> Result<Self> {
        let metadata = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
        // To open a pipe would wait for who writes to it.
        if !metadata.is_file() || metadata.len() != size_bytes {
            return Err(Error::new(ErrorKind::Storage, damage(id)));
        }
        let file = File::open(path).map_err(|error| unreadable(path, &error))?;
        let compared = Compared::Partly { bytes: 0, hash: Sha256::new() };
        Ok(Self { size_bytes, source: Source::File { file, id, compared } })
    }

    pub fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// Whether the content is what its name says.
    pub(super) fn compare(mut self) -> Result<()> {
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            match self.read(&mut piece) {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(error) => return Err(Error::new(ErrorKind::Storage, error.to_string())),
            }
        }
    }
}

impl Read for FileReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (file, id, compared) = match &mut self.source {
            Source::Memory(cursor) => return cursor.read(buffer),
            Source::File { file, id, compared } => (file, *id, compared),
        };
        let Compared::Partly { bytes, hash } = compared else { return file.read(buffer) };
        if buffer.is_empty() {
            return Ok(0);
        }
        let read = file.read(buffer)?;
        hash.update(&buffer[..read]);
        *bytes += read as u64;
        if read == 0 || *bytes >= self.size_bytes {
            let is_whole = *bytes == self.size_bytes && BodyId::of(hash.clone()) == id;
            if !is_whole {
                return Err(io::Error::new(io::ErrorKind::InvalidData, damage(id)));
            }
            *compared = Compared::Whole;
        }
        Ok(read)
    }
}

impl Seek for FileReader {
    /// A part is given of a body that was compared as a whole.
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        if let Source::File { compared: Compared::Partly { .. }, .. } = &self.source {
            let mut piece = vec![0; PIECE_BYTES];
            while self.read(&mut piece)? > 0 {}
        }
        match &mut self.source {
            Source::Memory(cursor) => cursor.seek(to),
            Source::File { file, .. } => file.seek(to),
        }
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    let text = match error.kind() {
        io::ErrorKind::NotFound => {
            "the content of a file is missing from the data directory: upload it again, or delete \
             the file"
                .to_owned()
        }
        _ => format!("the content of a file cannot be read ({}): {error}", path.display()),
    };
    Error::new(ErrorKind::Storage, text)
}

fn damage(id: BodyId) -> String {
    format!(
        "the content of a file is damaged: it does not have the SHA-256 that is its name ({}); \
         upload it again, or delete the file",
        id.to_hex()
    )
}
