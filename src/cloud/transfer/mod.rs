//! Import and export in the console's formats: JSON Lines in `MongoDB`'s Extended JSON, and CSV
//! whose first line holds dotted keys.
//!
//! Both directions stream: an export holds one document, an import what it stores together.

mod csv;
mod export;
mod import;
mod json_lines;
mod keys;
mod lines;
mod save;

pub use export::{export_csv, export_json_lines};
pub use import::{
    BATCH_DOCUMENTS_MAX, ConflictMode, ImportOptions, ImportReport, ImportTarget, LineError, import,
};
pub use save::{replace, save};

use crate::error::{Error, ErrorKind, Result};

/// A file's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    JsonLines,
    Csv,
}

impl Format {
    /// The format that a file's extension names.
    pub fn of_file_name(name: &str) -> Result<Self> {
        let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
        match extension.as_deref() {
            Some("json" | "jsonl" | "ndjson") => Ok(Self::JsonLines),
            Some("csv") => Ok(Self::Csv),
            _ => Err(Error::new(
                ErrorKind::InvalidParam,
                format!("'{name}' is neither JSON Lines (.json, .jsonl, .ndjson) nor CSV (.csv)"),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_names_the_format() {
        for (name, format) in [
            ("todos.json", Format::JsonLines),
            ("a.b.JSONL", Format::JsonLines),
            ("x.ndjson", Format::JsonLines),
            ("x.csv", Format::Csv),
        ] {
            assert_eq!(Format::of_file_name(name).unwrap(), format, "{name}");
        }
        for name in ["x", "x.xlsx", "csv", ""] {
            assert!(Format::of_file_name(name).is_err(), "{name}");
        }
    }
}
