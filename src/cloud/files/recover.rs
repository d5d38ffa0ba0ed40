//! The bodies of a damaged data directory, for a new one.

use std::fs;
use std::path::Path;

use crate::cloud::files::bodies::{body_id, body_path, create_private, is_shelf, storage};
use crate::cloud::files::reader::FileReader;
use crate::error::Result;

/// Copies the bodies that are what their names say. Answers how many there were; what is not
/// copied is missed by the files that want it.
pub fn copy_bodies(from: &Path, into: &Path) -> Result<u64> {
    let (from, into) = (from.join("files"), into.join("files"));
    let mut copied = 0;
    let Ok(shelves) = fs::read_dir(&from) else { return Ok(0) };
    for shelf in shelves.flatten().map(|entry| entry.path()).filter(|path| is_shelf(path)) {
        // What cannot be listed cannot be copied.
        let Ok(entries) = fs::read_dir(&shelf) else { continue };
        for entry in entries.flatten() {
            let (path, Some(id)) = (entry.path(), body_id(&shelf, &entry.file_name())) else {
                continue;
            };
            let Ok(size_bytes) = entry.metadata().map(|metadata| metadata.len()) else { continue };
            if FileReader::open(&path, id, size_bytes).and_then(FileReader::compare).is_err() {
                continue;
            }
            let target = body_path(&into, id);
            if let Some(shelf) = target.parent() {
                create_private(shelf)?;
            }
            fs::copy(&path, &target).map_err(storage)?;
            copied += 1;
        }
    }
    Ok(copied)
}
