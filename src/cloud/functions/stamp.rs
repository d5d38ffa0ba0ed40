//! A stamp of a function's folder, by which a change of its files shows.

use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

use sha2::{Digest as _, Sha256};

use crate::value::hex_text;

/// Where package managers put what a function depends on.
const DEPENDENCIES: &str = "node_modules";

/// Files looked at. Ours: a folder with more has its dependencies elsewhere than a package manager
/// puts them.
const FILES_MAX: usize = 10_000;

/// Sixteen digits that change when a file of the folder does, comes or goes; those of dependencies
/// do not count.
pub fn stamp_of(folder: &Path) -> String {
    let mut seen = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        // What went away meanwhile is not there.
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            if entry.file_name() == DEPENDENCIES || seen.len() >= FILES_MAX {
                continue;
            }
            let path = entry.path();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(path);
            } else if let Ok(file) = fs::metadata(&path) {
                let changed = file.modified().ok();
                let since = changed.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
                seen.push((path, since.unwrap_or_default().as_nanos(), file.len()));
            }
        }
    }
    seen.sort();
    let mut hash = Sha256::new();
    for (path, changed, length) in seen {
        hash.update(path.as_os_str().as_encoded_bytes());
        hash.update([0]);
        hash.update(changed.to_be_bytes());
        hash.update(length.to_be_bytes());
    }
    hex_text(&hash.finalize()[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_tells_of_every_file_but_those_of_dependencies() {
        let directory = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = directory.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("index.js", "1");
        let mut last = stamp_of(directory.path());
        assert_eq!((last.len(), last.as_str()), (16, stamp_of(directory.path()).as_str()));
        for (name, text, changes) in [
            ("index.js", "10", true),
            ("lib/deep/a.js", "1", true),
            ("lib/deep/a.js", "22", true),
            ("node_modules/b/index.js", "1", false),
            ("lib/node_modules/b.js", "1", false),
        ] {
            write(name, text);
            let now = stamp_of(directory.path());
            assert_eq!(now != last, changes, "{name}");
            last = now;
        }
        fs::remove_file(directory.path().join("lib/deep/a.js")).unwrap();
        assert_ne!(stamp_of(directory.path()), last);
        assert_eq!(stamp_of(Path::new("/no/such/folder")), stamp_of(Path::new("/none")));
    }
}
