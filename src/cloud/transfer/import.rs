//! Import: a stream of documents into a collection, many of them to a write.

use std::io::BufRead;

use crate::cloud::transfer::Format;
use crate::cloud::transfer::csv::CsvRows;
use crate::cloud::transfer::json_lines::parse_line;
use crate::cloud::transfer::lines::Lines;
use crate::error::{Error, ErrorKind, Result};
use crate::value::{Document, encode_document};

/// Most documents and bytes of them that are stored together. A commit costs a sync of the disk,
/// and as many pages as the documents are scattered over.
pub const BATCH_DOCUMENTS_MAX: usize = 10_000;
const BATCH_BYTES_MAX: usize = 8 * 1024 * 1024;

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

    /// Stores all of the documents, in their order, or none of them.
    fn store_all(&mut self, documents: &[Document], mode: ConflictMode) -> Result<()>;

    /// Most documents that `store_all` takes.
    fn batch_max(&self, _: ConflictMode) -> usize {
        BATCH_DOCUMENTS_MAX
    }
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

/// Reads documents and stores them. Fails as a whole only when the file cannot be read at all; what
/// went wrong with a document is in the report. What is stored is what storing them one by one
/// would have stored.
pub fn import(
    reader: impl BufRead,
    options: ImportOptions,
    target: &mut dyn ImportTarget,
) -> Result<ImportReport> {
    let mut work =
        Work { options, target, report: ImportReport::default(), batch: Batch::default() };
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
                if !work.take(lines.number, parsed) {
                    break;
                }
            }
        }
        Format::Csv => {
            let mut rows = CsvRows::open(reader).map_err(|error| at_line(1, &error))?;
            while let Some(parsed) = rows.next_document().transpose() {
                if !work.take(rows.number, parsed) {
                    break;
                }
            }
        }
    }
    work.flush();
    Ok(work.report)
}

/// An import under way.
struct Work<'a> {
    options: ImportOptions,
    target: &'a mut dyn ImportTarget,
    report: ImportReport,
    batch: Batch,
}

/// Documents that were read and are not stored yet, with their lines.
#[derive(Default)]
struct Batch {
    lines: Vec<u64>,
    documents: Vec<Document>,
    bytes: usize,
}

impl Work<'_> {
    /// Keeps what was parsed, to be stored; whether to go on.
    fn take(&mut self, line: u64, parsed: Result<Document>) -> bool {
        match parsed {
            Ok(document) => {
                self.batch.bytes += encode_document(&document).len();
                self.batch.lines.push(line);
                self.batch.documents.push(document);
                let most = self.target.batch_max(self.options.conflict_mode);
                if self.batch.documents.len() >= most || self.batch.bytes >= BATCH_BYTES_MAX {
                    self.flush();
                }
            }
            Err(error) => {
                self.flush();
                if !self.goes_on() {
                    return false;
                }
                // A line without end or a disk that fails: there is no next line to go on with.
                if matches!(error.kind(), ErrorKind::LimitExceeded | ErrorKind::Storage) {
                    let text = format!("{error}; what follows was not read");
                    self.report.fail(line, Error::new(error.kind(), text));
                    return false;
                }
                self.report.fail(line, error);
            }
        }
        self.goes_on()
    }

    fn goes_on(&self) -> bool {
        self.report.failed == 0 || !self.options.stop_on_error
    }

    /// Stores what was kept: together, or where that fails one by one, to know which of them fail.
    fn flush(&mut self) {
        let Batch { lines, documents, .. } = std::mem::take(&mut self.batch);
        if documents.is_empty() {
            return;
        }
        let mode = self.options.conflict_mode;
        if documents.len() > 1 && self.target.store_all(&documents, mode).is_ok() {
            self.report.succeeded += documents.len() as u64;
            return;
        }
        for (line, document) in lines.into_iter().zip(documents) {
            let stored = match mode {
                ConflictMode::Insert => self.target.insert(document),
                ConflictMode::Upsert => self.target.upsert(document),
            };
            match stored {
                Ok(()) => self.report.succeeded += 1,
                Err(error) => self.report.fail(line, error),
            }
            if !self.goes_on() {
                return;
            }
        }
    }
}

impl ImportReport {
    fn fail(&mut self, line: u64, error: Error) {
        self.failed += 1;
        if self.errors.len() < ERRORS_MAX {
            self.errors.push(LineError { line, error });
        }
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

    /// The documents, and how often something was written.
    #[derive(Default)]
    struct Collection(BTreeMap<String, Document>, usize);

    impl ImportTarget for Collection {
        fn insert(&mut self, document: Document) -> Result<()> {
            let id = document.get_str("_id").unwrap_or_default().to_owned();
            if self.0.contains_key(&id) {
                return Err(Error::new(ErrorKind::DuplicateKey, "E11000"));
            }
            self.upsert(document)
        }
        fn upsert(&mut self, document: Document) -> Result<()> {
            self.1 += 1;
            self.0.insert(document.get_str("_id").unwrap_or_default().to_owned(), document);
            Ok(())
        }
        fn store_all(&mut self, documents: &[Document], mode: ConflictMode) -> Result<()> {
            let (before, writes) = (self.0.clone(), self.1);
            for document in documents.iter().cloned() {
                let stored = match mode {
                    ConflictMode::Insert => self.insert(document),
                    ConflictMode::Upsert => self.upsert(document),
                };
                if stored.is_err() {
                    (self.0, self.1) = (before, writes);
                    return stored;
                }
            }
            self.1 = writes + 1;
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
    fn a_file_that_cannot_be_read_on_leaves_what_came_before_and_says_so() {
        /// A disk that fails.
        struct Failing;
        impl std::io::Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                Err(std::io::Error::other("EIO"))
            }
        }
        for stop_on_error in [false, true] {
            let text = "{\"_id\":\"a\"}\n{\"_id\":\"b\"}\n".as_bytes();
            let reader = std::io::BufReader::new(std::io::Read::chain(text, Failing));
            let (format, conflict_mode) = (Format::JsonLines, ConflictMode::Insert);
            let options = ImportOptions { format, conflict_mode, stop_on_error };
            let report = import(reader, options, &mut Collection::default()).unwrap();
            assert_eq!((report.succeeded, report.failed), (2, 1));
            let message = report.errors[0].error.message();
            assert!(message.ends_with("what follows was not read"), "{message}");
        }
    }

    #[test]
    fn documents_are_stored_together_and_a_failure_leaves_what_came_before_it() {
        let lines = (0..25_000).map(|n| format!("{{\"_id\":\"{n}\"}}\n"));
        let good = lines.collect::<Vec<_>>().concat();
        for mode in [ConflictMode::Insert, ConflictMode::Upsert] {
            let (report, collection) = run(&good, Format::JsonLines, mode, true);
            assert_eq!((report.unwrap().succeeded, collection.1), (25_000, 3));
        }
        let large = format!("{{\"text\":\"{}\"}}\n", "x".repeat(BATCH_BYTES_MAX / 16)).repeat(64);
        let (_, collection) = run(&large, Format::JsonLines, ConflictMode::Upsert, true);
        assert_eq!(collection.1, 4);
        let lines: Vec<&str> = good.lines().collect();
        let twice =
            [&lines[..12_000], &lines[11_000..11_001], &lines[12_000..]].concat().join("\n");
        let (report, collection) = run(&twice, Format::JsonLines, ConflictMode::Insert, true);
        let report = report.unwrap();
        assert_eq!((report.succeeded, report.errors[0].line), (12_000, 12_001));
        assert_eq!(collection.0.len(), 12_000);
        let (report, collection) = run(&twice, Format::JsonLines, ConflictMode::Insert, false);
        let report = report.unwrap();
        assert_eq!((report.succeeded, report.failed, collection.0.len()), (25_000, 1, 25_000));
        let broken = [&lines[..5], &["{"], &lines[5..]].concat().join("\n");
        let (report, collection) = run(&broken, Format::JsonLines, ConflictMode::Insert, true);
        assert_eq!((report.unwrap().errors[0].line, collection.0.len()), (6, 5));
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
