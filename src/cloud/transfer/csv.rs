//! CSV: the first line holds dotted keys, each further row a document.
//!
//! Cells are typed as `MongoDB`'s import tool types them: whole numbers, decimal numbers, else
//! text. Beyond it `true`, `false`, dates as the export writes them, and JSON in braces or brackets
//! are read as what they are, and an empty cell is an absent field, so that an export reads back.

use std::io::BufRead;

use bson::DateTime;
use jiff::Timestamp;

use crate::cloud::transfer::keys::{place, validate_key};
use crate::cloud::transfer::lines::Lines;
use crate::error::{Error, ErrorKind, Result};
use crate::limits::DOCUMENT_BYTES_MAX;
use crate::value::{Bson, Document, ejson};

/// Most columns of a file. Ours.
const COLUMNS_MAX: usize = 10_000;

/// Reads rows of a CSV file.
pub(super) struct CsvRows<R> {
    lines: Lines<R>,
    keys: Vec<String>,
    /// The line on which the row read last begins.
    pub(super) number: u64,
}

impl<R: BufRead> CsvRows<R> {
    /// Reads and checks the line of keys.
    pub(super) fn open(reader: R) -> Result<Self> {
        let mut rows = Self { lines: Lines::new(reader), keys: Vec::new(), number: 1 };
        let keys = rows.next_row()?.unwrap_or_default();
        if keys.iter().all(String::is_empty) {
            let text = "the first line of a CSV file must hold the keys";
            return Err(Error::new(ErrorKind::InvalidParam, text));
        }
        let mut probe = Document::new();
        for key in &keys {
            validate_key(key.trim())?;
            // Two columns that mean the same field would be found row by row otherwise.
            place(&mut probe, key.trim(), Bson::Null, 1)?;
        }
        rows.keys = keys.iter().map(|key| key.trim().to_owned()).collect();
        Ok(rows)
    }

    /// The next row as a document; `None` at the end.
    pub(super) fn next_document(&mut self) -> Result<Option<Document>> {
        let Some(cells) = self.next_row()? else { return Ok(None) };
        if cells.len() > self.keys.len() {
            let (cells, keys) = (cells.len(), self.keys.len());
            let text = format!("the row has {cells} cells, the first line {keys} keys");
            return Err(Error::new(ErrorKind::InvalidParam, text));
        }
        let mut document = Document::new();
        for (key, cell) in self.keys.iter().zip(&cells).filter(|(_, cell)| !cell.is_empty()) {
            place(&mut document, key, typed(cell), 1)?;
        }
        Ok(Some(document))
    }

    /// The cells of the next row that is not blank. A quoted cell may go over several lines.
    fn next_row(&mut self) -> Result<Option<Vec<String>>> {
        let mut row = Row::default();
        loop {
            let is_open = row.is_quoted;
            if !is_open {
                self.number = self.lines.number + 1;
            }
            let Some(line) = self.lines.next_line()? else {
                return if is_open { Err(unclosed()) } else { Ok(None) };
            };
            if !is_open && line.trim().is_empty() {
                continue;
            }
            row.read_line(line)?;
            if !row.is_quoted {
                return Ok(Some(row.cells));
            }
        }
    }
}

#[derive(Default)]
struct Row {
    cells: Vec<String>,
    cell: String,
    is_quoted: bool,
    bytes: usize,
}

impl Row {
    fn read_line(&mut self, line: &str) -> Result<()> {
        self.bytes += line.len() + 1;
        if self.bytes > 4 * DOCUMENT_BYTES_MAX {
            return Err(Error::new(ErrorKind::LimitExceeded, "the row is too long"));
        }
        if self.is_quoted {
            self.cell.push('\n');
        }
        // Whether text after a closing quote would be misplaced.
        let mut is_closed = false;
        let mut characters = line.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '"' if self.is_quoted && characters.peek() == Some(&'"') => {
                    characters.next();
                    self.cell.push('"');
                }
                '"' if self.is_quoted => {
                    self.is_quoted = false;
                    is_closed = true;
                }
                '"' if self.cell.is_empty() && !is_closed => self.is_quoted = true,
                ',' if !self.is_quoted => {
                    is_closed = false;
                    self.end_cell()?;
                }
                _ if is_closed => {
                    let text =
                        "text follows a closing quote; a quote inside a cell is written \"\"";
                    return Err(Error::new(ErrorKind::InvalidParam, text));
                }
                other => self.cell.push(other),
            }
        }
        if self.is_quoted { Ok(()) } else { self.end_cell() }
    }

    fn end_cell(&mut self) -> Result<()> {
        if self.cells.len() == COLUMNS_MAX {
            let text = format!("the row has more than {COLUMNS_MAX} cells");
            return Err(Error::new(ErrorKind::LimitExceeded, text));
        }
        self.cells.push(std::mem::take(&mut self.cell));
        Ok(())
    }
}

/// The value that a cell's text stands for.
pub(super) fn typed(cell: &str) -> Bson {
    match cell {
        "true" => return Bson::Boolean(true),
        "false" => return Bson::Boolean(false),
        _ => {}
    }
    let first = cell.bytes().next().unwrap_or(b' ');
    if matches!(first, b'{' | b'[') {
        return ejson::parse(cell).unwrap_or_else(|_| Bson::String(cell.to_owned()));
    }
    if first.is_ascii_digit() || first == b'-' {
        if let Some(number) = number(cell) {
            return number;
        }
        if cell.len() >= 20
            && cell.ends_with('Z')
            && let Ok(at) = cell.parse::<Timestamp>()
        {
            return Bson::DateTime(DateTime::from_millis(at.as_millisecond()));
        }
    }
    Bson::String(cell.to_owned())
}

fn number(cell: &str) -> Option<Bson> {
    let digits = cell.strip_prefix('-').unwrap_or(cell);
    // Numbers with a leading zero are codes; reading them as numbers would lose the zero.
    let is_code = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    if is_code
        || !digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'))
    {
        return None;
    }
    if let Ok(whole) = cell.parse::<i64>() {
        return Some(i32::try_from(whole).map_or(Bson::Int64(whole), Bson::Int32));
    }
    cell.parse::<f64>().ok().filter(|number| number.is_finite()).map(Bson::Double)
}

fn unclosed() -> Error {
    Error::new(ErrorKind::InvalidParam, "a quoted cell is not closed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::doc;

    fn read(text: &str) -> Result<Vec<Document>> {
        let mut rows = CsvRows::open(text.as_bytes())?;
        let mut documents = Vec::new();
        while let Some(document) = rows.next_document()? {
            documents.push(document);
        }
        Ok(documents)
    }

    #[test]
    fn rows_become_documents_and_dots_nest() {
        let text =
            "\u{feff}_id,a.b,a.c,t\r\nx,1,2.5,\"say \"\"hi\"\", then\r\ngo\"\r\n\r\ny,,007,\n";
        assert_eq!(
            read(text).unwrap(),
            [
                doc! {"_id": "x", "a": {"b": 1, "c": 2.5}, "t": "say \"hi\", then\ngo"},
                doc! {"_id": "y", "a": {"c": "007"}},
            ]
        );
    }

    #[test]
    fn cells_are_typed() {
        let cases = [
            ("1", Bson::Int32(1)),
            ("-5", Bson::Int32(-5)),
            ("3000000000", Bson::Int64(3_000_000_000)),
            ("0", Bson::Int32(0)),
            ("0.5", Bson::Double(0.5)),
            ("1e3", Bson::Double(1000.0)),
            ("99999999999999999999", Bson::Double(1e20)),
            ("true", Bson::Boolean(true)),
            ("null", Bson::String("null".into())),
            ("00123", Bson::String("00123".into())),
            ("1-2", Bson::String("1-2".into())),
            ("-", Bson::String("-".into())),
            ("1e999", Bson::String("1e999".into())),
            ("NaN", Bson::String("NaN".into())),
            (" 1", Bson::String(" 1".into())),
            ("2018-08-31T17:30:00.882Z", Bson::DateTime(DateTime::from_millis(1_535_736_600_882))),
            ("2018-08-31", Bson::String("2018-08-31".into())),
            ("[1,\"a\"]", bson::bson!([1, "a"])),
            ("{not json", Bson::String("{not json".into())),
        ];
        for (cell, value) in cases {
            assert_eq!(typed(cell), value, "{cell}");
        }
    }

    #[test]
    fn broken_files_are_refused() {
        for (text, message) in [
            ("", "must hold the keys"),
            (",,\n", "must hold the keys"),
            ("a,a\n", "ambiguous"),
            ("a,a.b\n", "ambiguous"),
            ("a,.b\n", "start or end with '.'"),
            ("a,\n", "is empty"),
            ("a,b\n1,2,3\n", "3 cells, the first line 2 keys"),
            ("a\n\"open", "not closed"),
            ("a\n\"x\"y\n", "follows a closing quote"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.message().contains(message), "{text:?}: {error}");
        }
        assert!(read(&",".repeat(COLUMNS_MAX + 5)).is_err());
        assert_eq!(read("a,b\n1\n").unwrap(), [doc! {"a": 1}]);
        assert_eq!(read("a\nx\"y\n").unwrap(), [doc! {"a": "x\"y"}]);
    }
}
