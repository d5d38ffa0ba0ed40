//! Where the holder of a store is found: a file in the data directory that only the owner reads.
//!
//! Each holder makes a socket of its own and then replaces the file, so a file or a socket that a
//! killed holder has left is never mistaken for the next one's. The file is believed only where it
//! was written: it names the directory by device and inode, so a copy of a directory in use leads
//! nobody to the original. What it says about a socket is believed as far as a holder would have
//! said it: a foreign directory leads nobody to connect to, or remove, something else.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use socket2::{Domain, SockAddr, Socket, Type};

use crate::clock::secret_bytes;
use crate::limits::SOCKET_PATH_BYTES_MAX;
use crate::value::Document;
use crate::value::RawDoc;
use crate::value::RawValue;
use crate::value::encode_document;
use crate::value::validate_document;

/// The file that tells where the holder is, and what to say to it.
const FILE_NAME: &str = "share.bson";

/// What is longer was written by nobody of ours.
const FILE_BYTES_MAX: u64 = 64 * 1024;

const SOCKET_PREFIX: &str = "share-";

const SOCKET_SUFFIX: &str = ".sock";

/// The system connects at once, or not at all.
const CONNECT_PATIENCE: Duration = Duration::from_secs(1);

/// Digits of a socket's random number.
const SOCKET_DIGITS: usize = 16;

/// Before the name of a socket that is in the system's temporary directory.
const ELSEWHERE_PREFIX: &str = "wx-local-";

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
        let last = Self::read(directory);
        let (token, name) = (secret_bytes()?, secret_bytes()?);
        let name = name.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        let file_name = format!("{SOCKET_PREFIX}{name:0SOCKET_DIGITS$x}{SOCKET_SUFFIX}");
        let mut socket = directory.join(&file_name);
        if socket.as_os_str().len() > SOCKET_PATH_BYTES_MAX {
            socket = std::env::temp_dir().join(format!("{ELSEWHERE_PREFIX}{file_name}"));
        }
        let listener = UnixListener::bind(&socket)?;
        // Whoever comes before this meets a token that nobody can know yet.
        fs::set_permissions(&socket, fs::Permissions::from_mode(0o600))?;
        let endpoint = Self { socket, token: token.to_vec(), process: std::process::id().into() };
        endpoint.write(directory)?;
        endpoint.remove_stale(directory, last.ok());
        Ok((listener, endpoint))
    }

    /// What the last holder of this directory has announced.
    pub fn read(directory: &Path) -> io::Result<Self> {
        let path = directory.join(FILE_NAME);
        let metadata = fs::symlink_metadata(&path)?;
        // Neither a pipe, which would wait for a writer, nor a link to another one's.
        if !metadata.is_file() || metadata.len() > FILE_BYTES_MAX {
            return Err(unusable("the announcement is no file of a holder"));
        }
        let bytes = fs::read(path)?;
        validate_document(&bytes, 1).map_err(|_| unusable("the announcement is damaged"))?;
        let raw = RawDoc::new(&bytes);
        let identity = (raw.get("device"), raw.get("inode"));
        let (
            Some(RawValue::String(socket)),
            Some(RawValue::Binary { bytes: token, .. }),
            Some(RawValue::Int64(process)),
            (Some(RawValue::Int64(device)), Some(RawValue::Int64(inode))),
        ) = (raw.get("socket"), raw.get("token"), raw.get("process"), identity)
        else {
            return Err(unusable("the announcement is damaged"));
        };
        if (device, inode) != identity_of(directory)? {
            return Err(unusable("the announcement is of another directory"));
        }
        let socket = socket_of(directory, Path::new(socket))
            .ok_or_else(|| unusable("the announcement names no socket of a holder"))?;
        Ok(Self { socket, token: token.to_vec(), process })
    }

    /// Connects; one whose process does not run takes so many, and then no more.
    pub fn connect(&self) -> io::Result<UnixStream> {
        connect(&self.socket)
    }

    /// Takes the socket away, for who has made it. The announcement may be the next holder's by now
    /// and stays.
    pub fn withdraw(&self) {
        // Whoever comes next removes what stays.
        let _ = fs::remove_file(&self.socket);
    }

    fn write(&self, directory: &Path) -> io::Result<()> {
        let socket = self.socket.to_str().ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidInput, "the directory's name is not Unicode")
        })?;
        let (device, inode) = identity_of(directory)?;
        let mut document = Document::new();
        document.insert("socket", socket);
        document.insert(
            "token",
            bson::Binary { subtype: bson::spec::BinarySubtype::Generic, bytes: self.token.clone() },
        );
        document.insert("process", self.process);
        document.insert("device", device);
        document.insert("inode", inode);
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

    /// Removes the sockets of holders that are gone: those of this user that nobody answers on. One
    /// that cannot be removed does no harm.
    fn remove_stale(&self, directory: &Path, last: Option<Self>) {
        let here = fs::read_dir(directory).into_iter().flatten().flatten();
        let known = here.map(|entry| entry.path()).chain(last.map(|last| last.socket));
        for path in known.filter(|path| *path != self.socket) {
            if socket_of(directory, &path).is_some_and(|socket| socket == path)
                && self.is_alike(&path).unwrap_or(false)
                && is_abandoned(&path)
            {
                let _ = fs::remove_file(path);
            }
        }
    }

    /// Whether that is a socket of the user who has made this one.
    fn is_alike(&self, path: &Path) -> io::Result<bool> {
        let (ours, other) = (fs::symlink_metadata(&self.socket)?, fs::symlink_metadata(path)?);
        Ok(other.file_type().is_socket() && other.uid() == ours.uid())
    }
}

/// Where the socket is that an announcement in `directory` names, if a holder would have made it:
/// in the directory, wherever that is by now, or under a name for the temporary directory.
fn socket_of(directory: &Path, named: &Path) -> Option<PathBuf> {
    let name = named.file_name()?.to_str()?;
    let (elsewhere, rest) = match name.strip_prefix(ELSEWHERE_PREFIX) {
        Some(rest) => (true, rest),
        None => (false, name),
    };
    let digits = rest.strip_prefix(SOCKET_PREFIX)?.strip_suffix(SOCKET_SUFFIX)?;
    let is_number = digits.len() == SOCKET_DIGITS && digits.bytes().all(|b| b.is_ascii_hexdigit());
    let place = if elsewhere { named.to_owned() } else { directory.join(name) };
    is_number.then_some(place)
}

/// Whether nobody listens. One whose process is only stopped is listened on.
fn is_abandoned(socket: &Path) -> bool {
    connect(socket).is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}

/// Without a time-out this would wait for a process that does not run.
fn connect(path: &Path) -> io::Result<UnixStream> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.connect_timeout(&SockAddr::unix(path)?, CONNECT_PATIENCE)?;
    Ok(socket.into())
}

/// Tells a directory from its copies: device and inode.
fn identity_of(directory: &Path) -> io::Result<(i64, i64)> {
    let metadata = fs::metadata(directory)?;
    Ok((metadata.dev().cast_signed(), metadata.ino().cast_signed()))
}

fn unusable(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text)
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

    fn announcement_of(socket: &Path, directory: &Path) {
        let endpoint = Endpoint { socket: socket.to_owned(), token: vec![1], process: 1 };
        endpoint.write(directory).unwrap();
    }

    #[test]
    fn a_foreign_announcement_removes_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let file = |name: &str| {
            let path = elsewhere.path().join(name);
            fs::write(&path, "precious").unwrap();
            path
        };
        let listener = |name: &str| {
            let path = elsewhere.path().join(name);
            (UnixListener::bind(&path).unwrap(), path)
        };
        let gone = |name: &str| listener(name).1;
        let digits = "0123456789abcdef";
        let live = listener(&format!("wx-local-share-{digits}.sock"));
        let precious = [
            file("notes.txt"),
            file("share-0.sock"),
            file(&format!("share-{digits}.sock")),
            file("wx-local-share-0000000000000000.sock"),
            gone("other.sock"),
            gone("share-fedcba9876543210.sock"),
            live.1.clone(),
        ];
        for path in &precious {
            announcement_of(path, directory.path());
            drop(Endpoint::announce(directory.path()).unwrap());
            assert!(fs::symlink_metadata(path).is_ok(), "{}", path.display());
        }
        let link = elsewhere.path().join("wx-local-share-1111111111111111.sock");
        std::os::unix::fs::symlink(&precious[0], &link).unwrap();
        announcement_of(&link, directory.path());
        drop(Endpoint::announce(directory.path()).unwrap());
        assert!(fs::symlink_metadata(&link).is_ok() && precious[0].exists());
    }

    #[test]
    fn files_beside_the_store_stay_whatever_their_names() {
        let directory = tempfile::tempdir().unwrap();
        let names = ["share-notes.sock", "share-.sock", "share-0123456789abcdef.sock"];
        for name in names {
            fs::write(directory.path().join(name), "precious").unwrap();
        }
        drop(Endpoint::announce(directory.path()).unwrap());
        for name in names {
            assert!(directory.path().join(name).exists(), "{name}");
        }
    }

    #[test]
    fn a_copy_of_a_directory_in_use_leads_nobody_to_the_original() {
        let directory = tempfile::tempdir().unwrap();
        for depth in [0, 120] {
            let [original, copy] = ["o", "c"].map(|name| {
                let path = directory.path().join(format!("{name}{}", "n".repeat(depth)));
                fs::create_dir(&path).unwrap();
                path
            });
            let (_listener, endpoint) = Endpoint::announce(&original).unwrap();
            fs::copy(original.join(FILE_NAME), copy.join(FILE_NAME)).unwrap();
            let error = Endpoint::read(&copy).unwrap_err();
            assert_eq!(error.to_string(), "the announcement is of another directory");
            let (_other, second) = Endpoint::announce(&copy).unwrap();
            assert_ne!(second.socket, endpoint.socket);
            assert!(endpoint.connect().is_ok(), "the original is served");
            assert_eq!(Endpoint::read(&original).unwrap(), endpoint);
            endpoint.withdraw();
            second.withdraw();
        }
    }

    #[test]
    fn a_directory_that_moved_is_still_served() {
        let directory = tempfile::tempdir().unwrap();
        let [before, after] = ["before", "after"].map(|name| directory.path().join(name));
        fs::create_dir(&before).unwrap();
        let (_listener, _endpoint) = Endpoint::announce(&before).unwrap();
        fs::rename(&before, &after).unwrap();
        assert!(Endpoint::read(&after).unwrap().connect().is_ok());
    }

    #[test]
    fn an_announcement_that_is_no_file_is_an_error_at_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(FILE_NAME);
        let _pipe = UnixListener::bind(&path).unwrap();
        assert!(Endpoint::read(directory.path()).is_err());
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
        assert!(Endpoint::read(directory.path()).is_err());
        fs::remove_file(&path).unwrap();
        fs::write(&path, vec![0; 100_000]).unwrap();
        assert!(Endpoint::read(directory.path()).is_err());
        assert!(Endpoint::announce(directory.path()).is_ok(), "and is replaced");
    }
}
