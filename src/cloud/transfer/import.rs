//! Import: a stream of documents into a collection.

use std::io::BufRead;

use crate::cloud::transfer::Format;
use crate::cloud::transfer::csv::CsvRows;
use crate::cloud::transfer::json_lines::parse_line;
use crate::cloud::transfer::lines::Lines;
use crate::error::{Error, ErrorKind, Result};
use crate::value::Document;

/// Errors kept with their lines; further ones are only counted.
const ERRORS_MAX: usize = 100;

/// What happens to a document whose `_id` exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConflictMode {
    /// It fails.
    #[default]
    Insert,
    /// It replaces the one that is there.
    Upsert,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportOptions {
    pub format: Format,
    pub conflict_mode: ConflictMode,
    /// Stops at the first document that fails, instead of going on with the next.
    pub stop_on_error: bool,
}

/// Where documents go.
pub trait ImportTarget {
    /// Stores a new document; a duplicate `_id` or unique value is an error.
    fn insert(&mut self, document: Document) -> Result<()>;

    /// Stores a document in place of the one with its `_id`, if any.
    fn upsert(&mut self, document: Document) -> Result<()>;
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportReport {
    pub succeeded: u64,
    pub failed: u64,
    /// The first errors, with their lines.
    pub errors: Vec<LineError>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineError {
    /// The first line is 1.
    pub line: u64,
    pub error: Error,
}

/// Reads documents and stores them. Fails as a whole only when the file itself cannot be read on;
/// what went wrong with a document is in the report.
pub fn import(
    reader: impl BufRead,
    options: ImportOptions,
    target: &mut dyn ImportTarget,
) -> Result<ImportReport> {
    let mut report = ImportReport::default();
    match options.format {
        Format::JsonLines => {
            let mut lines = Lines::new(reader);
            loop {
                let parsed = match lines.next_line() {
                    Ok(None) => break,
                    Ok(Some(line)) => parse_line(line),
                    Err(error) => Err(error),
                };
                let Some(parsed) = parsed.transpose() else { continue };
                if !report.take(lines.number, parsed, options, target)? {
                    break;
                }
            }
        }
        Format::Csv => {
            let mut rows = CsvRows::open(reader).map_err(|error| at_line(1, &error))?;
            while let Some(parsed) = rows.next_document().transpose() {
                if !report.take(rows.number, parsed, options, target)? {
                    break;
                }
            }
        }
    }
    Ok(report)
}

impl ImportReport {
    /// Stores what was parsed; whether to go on.
    fn take(
        &mut self,
        line: u64,
        parsed: Result<Document>,
        options: ImportOptions,
        target: &mut dyn ImportTarget,
    ) -> Result<bool> {
        let stored = match parsed {
            // A line without end or a disk that fails: there is no next line to go on with.
            Err(error) if matches!(error.kind(), ErrorKind::LimitExceeded | ErrorKind::Storage) => {
                return Err(at_line(line, &error));
            }
            Err(error) => Err(error),
            Ok(document) => match options.conflict_mode {
                ConflictMode::Insert => target.insert(document),
                ConflictMode::Upsert => target.upsert(document),
            },
        };
        match stored {
            Ok(()) => self.succeeded += 1,
            Err(error) => {
                self.failed += 1;
                if self.errors.len() < ERRORS_MAX {
                    self.errors.push(LineError { line, error });
                }
            }
        }
        Ok(self.failed == 0 || !options.stop_on_error)
    }
}

fn at_line(line: u64, error: &Error) -> Error {
    Error::new(error.kind(), format!("line {line}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::doc;
    use std::collections::BTreeMap;

    #[derive(Default)]
    struct Collection(BTreeMap<String, Document>);

    impl ImportTarget for Collection {
        fn insert(&mut self, document: Document) -> Result<()> {
            let id = document.get_str("_id").unwrap_or_default().to_owned();
            if self.0.contains_key(&id) {
                return Err(Error::new(ErrorKind::DuplicateKey, "E11000"));
            }
            self.upsert(document)
        }
        fn upsert(&mut self, document: Document) -> Result<()> {
            self.0.insert(document.get_str("_id").unwrap_or_default().to_owned(), document);
            Ok(())
        }
    }

    const FILE: &str =
        "{\"_id\":\"a\",\"n\":1}\n\n{\"_id\":\"b\"\n{\"_id\":\"a\",\"n\":2}\n{\"_id\":\"c\"}";

    fn run(
        text: &str,
        format: Format,
        conflict_mode: ConflictMode,
        stop_on_error: bool,
    ) -> (Result<ImportReport>, Collection) {
        let mut collection = Collection::default();
        let options = ImportOptions { format, conflict_mode, stop_on_error };
        (import(text.as_bytes(), options, &mut collection), collection)
    }

    #[test]
    fn insert_reports_duplicates_and_broken_lines_and_goes_on() {
        let (report, collection) = run(FILE, Format::JsonLines, ConflictMode::Insert, false);
        let report = report.unwrap();
        assert_eq!((report.succeeded, report.failed), (2, 2));
        let lines: Vec<u64> = report.errors.iter().map(|error| error.line).collect();
        assert_eq!(lines, [3, 4]);
        assert_eq!(report.errors[1].error.kind(), ErrorKind::DuplicateKey);
        assert_eq!(collection.0["a"], doc! {"_id": "a", "n": 1});
    }

    #[test]
    fn upsert_replaces_and_stop_stops() {
        let (report, collection) = run(FILE, Format::JsonLines, ConflictMode::Upsert, false);
        assert_eq!(report.unwrap().succeeded, 3);
        assert_eq!(collection.0["a"], doc! {"_id": "a", "n": 2});
        let (report, collection) = run(FILE, Format::JsonLines, ConflictMode::Upsert, true);
        assert_eq!((report.unwrap().failed, collection.0.len()), (1, 1));
    }

    #[test]
    fn csv_errors_carry_the_line_on_which_the_row_begins() {
        let text = "_id,n\na,\"1\n2\"\nb,1,2\nc,3\n";
        let (report, collection) = run(text, Format::Csv, ConflictMode::Insert, false);
        let report = report.unwrap();
        assert_eq!((report.succeeded, report.errors[0].line), (2, 4));
        assert_eq!(collection.0["c"], doc! {"_id": "c", "n": 3});
        let (report, _) = run("a,a\n", Format::Csv, ConflictMode::Insert, false);
        assert!(report.unwrap_err().message().starts_with("line 1: "));
    }

    #[test]
    fn errors_are_counted_beyond_those_kept() {
        let text = "x\n".repeat(ERRORS_MAX + 50);
        let (report, _) = run(&text, Format::JsonLines, ConflictMode::Insert, false);
        let report = report.unwrap();
        assert_eq!((report.failed, report.errors.len()), (150, ERRORS_MAX));
    }
}
