//! One server for each data directory: two would run every timer twice.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};

/// The file that a server locks while it runs. It stays behind, unlocked.
const LOCK_FILE: &str = "gateway.lock";

/// The right to serve a directory, until it is dropped or the process ends.
pub struct Claim {
    _locked: File,
}

impl Claim {
    /// # Errors
    /// Another server has the directory. `address` tells where it is, if that is known.
    pub fn of(directory: &Path, address: impl FnOnce() -> Option<String>) -> Result<Self> {
        let path = directory.join(LOCK_FILE);
        let refuse = |error: std::io::Error| {
            let text = format!("{} cannot be locked: {error}", path.display());
            Error::new(ErrorKind::Storage, text)
        };
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let locked = options.open(&path).map_err(refuse)?;
        match locked.try_lock() {
            Ok(()) => Ok(Self { _locked: locked }),
            Err(TryLockError::WouldBlock) => {
                let place = address().map(|url| format!(" at {url}")).unwrap_or_default();
                let text = format!(
                    "another server has the data in {}{place} and runs the timers: use it or stop \
                     it, or give this one data of its own by --data-dir",
                    directory.display()
                );
                Err(Error::new(ErrorKind::StoreBusy, text))
            }
            Err(TryLockError::Error(error)) => Err(refuse(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_has_one_server_at_a_time() {
        let directory = tempfile::tempdir().unwrap();
        let first = Claim::of(directory.path(), || None).unwrap();
        let refused = Claim::of(directory.path(), || Some("http://127.0.0.1:1".into())).err();
        assert!(refused.unwrap().message().contains("at http://127.0.0.1:1"));
        drop(first);
        assert!(Claim::of(directory.path(), || None).is_ok());
    }
}
