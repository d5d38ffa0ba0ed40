//! Where the holder of a store is found: a file in the data directory that only the owner reads.
//!
//! Each holder makes a socket of its own and then replaces the file, so a file or a socket that a
//! killed holder has left is never mistaken for the next one's.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use crate::clock::secret_bytes;
use crate::limits::SOCKET_PATH_BYTES_MAX;
use crate::value::Document;
use crate::value::RawDoc;
use crate::value::RawValue;
use crate::value::encode_document;
use crate::value::validate_document;

/// The file that tells where the holder is, and what to say to it.
const FILE_NAME: &str = "share.bson";

const SOCKET_PREFIX: &str = "share-";

const SOCKET_SUFFIX: &str = ".sock";

/// How to reach a holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub socket: PathBuf,
    pub token: Vec<u8>,
    pub process: i64,
}

impl Endpoint {
    /// Makes a socket and announces it. Only for who holds the store.
    pub fn announce(directory: &Path) -> io::Result<(UnixListener, Self)> {
        remove_stale(directory)?;
        let (token, name) = (secret_bytes()?, secret_bytes()?);
        let name = name.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        let file_name = format!("{SOCKET_PREFIX}{name:016x}{SOCKET_SUFFIX}");
        let mut socket = directory.join(&file_name);
        if socket.as_os_str().len() > SOCKET_PATH_BYTES_MAX {
            socket = std::env::temp_dir().join(format!("wx-local-{file_name}"));
        }
        let listener = UnixListener::bind(&socket)?;
        // Whoever comes before this meets a token that nobody can know yet.
        fs::set_permissions(&socket, fs::Permissions::from_mode(0o600))?;
        let endpoint = Self { socket, token: token.to_vec(), process: std::process::id().into() };
        endpoint.write(directory)?;
        Ok((listener, endpoint))
    }

    /// What the last holder has announced.
    pub fn read(directory: &Path) -> io::Result<Self> {
        let bytes = fs::read(directory.join(FILE_NAME))?;
        let damaged = || io::Error::new(io::ErrorKind::InvalidData, "the announcement is damaged");
        validate_document(&bytes, 1).map_err(|_| damaged())?;
        let raw = RawDoc::new(&bytes);
        match (raw.get("socket"), raw.get("token"), raw.get("process")) {
            (
                Some(RawValue::String(socket)),
                Some(RawValue::Binary { bytes: token, .. }),
                Some(RawValue::Int64(process)),
            ) => Ok(Self { socket: PathBuf::from(socket), token: token.to_vec(), process }),
            _ => Err(damaged()),
        }
    }

    pub fn connect(&self) -> io::Result<UnixStream> {
        UnixStream::connect(&self.socket)
    }

    /// Takes the socket away. The announcement may be the next holder's by now and stays.
    pub fn withdraw(&self) {
        // Whoever comes next removes what stays.
        let _ = fs::remove_file(&self.socket);
    }

    fn write(&self, directory: &Path) -> io::Result<()> {
        let socket = self.socket.to_str().ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidInput, "the directory's name is not Unicode")
        })?;
        let mut document = Document::new();
        document.insert("socket", socket);
        document.insert(
            "token",
            bson::Binary { subtype: bson::spec::BinarySubtype::Generic, bytes: self.token.clone() },
        );
        document.insert("process", self.process);
        let draft = directory.join(format!("{FILE_NAME}.new"));
        // Removed first: an existing file would keep its own mode.
        if let Err(error) = fs::remove_file(&draft)
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(error);
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        file.write_all(&encode_document(&document))?;
        fs::rename(&draft, directory.join(FILE_NAME))
    }
}

/// Removes the sockets of holders that are gone.
fn remove_stale(directory: &Path) -> io::Result<()> {
    if let Ok(last) = Endpoint::read(directory) {
        last.withdraw();
    }
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(SOCKET_PREFIX) && name.ends_with(SOCKET_SUFFIX) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_announcement_is_for_the_owner_and_says_where_to_connect() {
        let directory = tempfile::tempdir().unwrap();
        let (_listener, endpoint) = Endpoint::announce(directory.path()).unwrap();
        assert_eq!(Endpoint::read(directory.path()).unwrap(), endpoint);
        assert!(endpoint.connect().is_ok());
        for path in [directory.path().join(FILE_NAME), endpoint.socket] {
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn the_next_holder_removes_what_a_killed_one_has_left() {
        let directory = tempfile::tempdir().unwrap();
        let (listener, first) = Endpoint::announce(directory.path()).unwrap();
        drop(listener);
        assert!(first.connect().is_err(), "nobody listens");
        let (_listener, second) = Endpoint::announce(directory.path()).unwrap();
        assert!(!first.socket.exists() && second.connect().is_ok());
        assert_ne!(first.token, second.token);
    }

    #[test]
    fn a_directory_with_a_long_name_has_its_socket_elsewhere() {
        let directory = tempfile::tempdir().unwrap();
        let long = directory.path().join("n".repeat(120));
        fs::create_dir(&long).unwrap();
        let (_listener, endpoint) = Endpoint::announce(&long).unwrap();
        assert!(!endpoint.socket.starts_with(&long));
        assert!(Endpoint::read(&long).unwrap().connect().is_ok());
        endpoint.withdraw();
    }

    #[test]
    fn a_damaged_announcement_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join(FILE_NAME), b"nonsense").unwrap();
        assert!(Endpoint::read(directory.path()).is_err());
        assert!(Endpoint::announce(directory.path()).is_ok(), "and is replaced");
    }
}
