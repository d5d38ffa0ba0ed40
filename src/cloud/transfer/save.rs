//! Files that are written whole, or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::clock::secret_bytes;
use crate::error::{Error, ErrorKind, Result};

/// Links that lead to links are followed so often, as systems do.
const LINKS_MAX: usize = 40;

/// Writes a file that the user has named, as a redirection of a shell would: links are followed,
/// what is no regular file (a pipe, a device) is written to, and an existing file keeps its mode,
/// its owner and its other names. Unlike a redirection, a file that cannot be written whole stays
/// as it was, where it has no other names and the directory admits a second file.
pub fn save(path: &Path, bytes: &[u8]) -> Result<()> {
    let written = followed(path).and_then(|path| save_at(&path, bytes));
    written.map_err(|error| refused(path, &error))
}

/// Writes a file of ours, which only its owner reads, in the place of whatever is there.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    let replaced = Draft::beside(path).and_then(|draft| draft.finish(bytes, path, |_| Ok(())));
    replaced.map_err(|error| refused(path, &error))
}

fn refused(path: &Path, error: &io::Error) -> Error {
    Error::new(ErrorKind::Storage, format!("{} cannot be written: {error}", path.display()))
}

/// Where a path leads, through links that lead to nothing yet as well.
fn followed(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..LINKS_MAX {
        match fs::read_link(&path) {
            // A relative one is relative to where it lies.
            Ok(target) => path = path.parent().unwrap_or(Path::new("")).join(target),
            Err(_) => return Ok(path),
        }
    }
    Err(io::Error::other("too many levels of symbolic links"))
}

fn save_at(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let found = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Draft::beside(path)?.finish(bytes, path, |_| Ok(()));
        }
        found => found?,
    };
    // Whoever may not write a file may not replace it either.
    let mut file = OpenOptions::new().write(true).open(path)?;
    if !found.is_file() {
        return file.write_all(bytes);
    }
    let alike = |draft: &File| keep_owner(draft, &found);
    if !has_other_names(&found) {
        match Draft::beside(path).and_then(|draft| draft.finish(bytes, path, alike)) {
            // No second file here, or not ours to give away: the file is written where it is.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
            finished => return finished,
        }
    }
    file.set_len(0)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(unix)]
fn has_other_names(found: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(found) > 1
}

#[cfg(not(unix))]
fn has_other_names(_found: &fs::Metadata) -> bool {
    false
}

/// Gives a draft the owner and the mode of what it replaces.
fn keep_owner(draft: &File, found: &fs::Metadata) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, fchown};
        let made = draft.metadata()?;
        if (made.uid(), made.gid()) != (found.uid(), found.gid()) {
            fchown(draft, Some(found.uid()), Some(found.gid()))?;
        }
    }
    draft.set_permissions(found.permissions())
}

/// A file that takes the place of another one when it is whole. Removed unless it does.
struct Draft {
    file: File,
    path: PathBuf,
    is_finished: bool,
}

impl Draft {
    fn beside(path: &Path) -> io::Result<Self> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = name.ok_or_else(|| io::Error::from(io::ErrorKind::IsADirectory))?;
        let chance = secret_bytes()?;
        let chance = chance.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes));
        let path = path.with_file_name(format!(".{name}.{chance:08x}.tmp"));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Self { file: options.open(&path)?, path, is_finished: false })
    }

    fn finish(
        mut self,
        bytes: &[u8],
        path: &Path,
        prepare: impl FnOnce(&File) -> io::Result<()>,
    ) -> io::Result<()> {
        prepare(&self.file)?;
        self.file.write_all(bytes)?;
        self.file.sync_all()?;
        fs::rename(&self.path, path)?;
        self.is_finished = true;
        Ok(())
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.is_finished {
            // Ours, and of no use.
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_new_file_is_the_owners() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("new.json");
        save(&path, b"one").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(names(directory.path()), ["new.json"]);
    }

    #[test]
    fn an_existing_file_keeps_its_mode_and_is_another_one() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("old.json");
        fs::write(&path, "long before").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o664)).unwrap();
        let reader = File::open(&path).unwrap();
        save(&path, b"one").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o664);
        assert_eq!(io::read_to_string(reader).unwrap(), "long before", "never half of one");
    }

    #[test]
    fn links_are_followed() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        fs::create_dir(at("inside")).unwrap();
        fs::write(at("inside/target.json"), "before").unwrap();
        symlink("inside/target.json", at("relative")).unwrap();
        symlink(at("relative"), at("twice")).unwrap();
        symlink("inside/later.json", at("dangling")).unwrap();
        for (link, target) in [
            ("relative", "inside/target.json"),
            ("twice", "inside/target.json"),
            ("dangling", "inside/later.json"),
        ] {
            save(&at(link), link.as_bytes()).unwrap();
            assert!(fs::symlink_metadata(at(link)).unwrap().is_symlink(), "{link}");
            assert_eq!(fs::read(at(target)).unwrap(), link.as_bytes());
        }
        symlink("circle", at("circle")).unwrap();
        assert!(save(&at("circle"), b"").is_err());
        assert_eq!(names(&at("inside")), ["later.json", "target.json"]);
    }

    #[test]
    fn a_file_of_several_names_is_written_under_each() {
        let directory = tempfile::tempdir().unwrap();
        let [one, two] = ["one", "two"].map(|name| directory.path().join(name));
        fs::write(&one, "long before").unwrap();
        fs::hard_link(&one, &two).unwrap();
        save(&one, b"now").unwrap();
        assert_eq!(fs::read(&two).unwrap(), b"now");
        assert_eq!(names(directory.path()), ["one", "two"]);
    }

    #[test]
    fn a_pipe_is_written_to() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        let reader = {
            let path = path.clone();
            std::thread::spawn(move || fs::read(path).unwrap())
        };
        save(&path, b"one").unwrap();
        assert_eq!(reader.join().unwrap(), b"one");
        assert_eq!(names(directory.path()), ["pipe"], "and stays what it is");
    }

    #[test]
    fn a_device_stays_what_it_is() {
        save(Path::new("/dev/null"), b"one").unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
        if Path::new("/dev/full").exists() {
            let error = save(Path::new("/dev/full"), b"one").unwrap_err();
            assert!(error.message().starts_with("/dev/full cannot be written: "), "{error}");
            assert!(!fs::metadata("/dev/full").unwrap().is_file());
        }
    }

    #[test]
    fn what_cannot_be_written_says_so_and_leaves_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let inside = directory.path().join("folder");
        fs::create_dir(&inside).unwrap();
        for path in [inside.clone(), directory.path().join("no/such.json"), PathBuf::from("/")] {
            assert!(save(&path, b"one").is_err(), "{}", path.display());
        }
        assert_eq!(names(directory.path()), ["folder"]);
        assert!(names(&inside).is_empty());
    }

    #[test]
    fn a_file_of_ours_takes_the_place_of_a_link() {
        let directory = tempfile::tempdir().unwrap();
        let [target, link] = ["target", "link"].map(|name| directory.path().join(name));
        fs::write(&target, "before").unwrap();
        symlink(&target, &link).unwrap();
        replace(&link, b"ours").unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"before");
        assert!(fs::symlink_metadata(&link).unwrap().is_file());
    }
}
