//! Export: documents of a collection as text.

use std::io::Write;

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use crate::cloud::transfer::keys::place;
use crate::error::{Error, ErrorKind, Result};
use crate::value::{Bson, Document, FieldPath, ejson};

/// Writes one Extended JSON object a line: numbers as they are, dates as `{"$date": ".."}`. With
/// `fields` only those (and `_id`) are written.
pub fn export_json_lines(
    documents: impl Iterator<Item = Result<Document>>,
    fields: Option<&[FieldPath]>,
    writer: &mut dyn Write,
) -> Result<u64> {
    let mut count = 0;
    for document in documents {
        let mut document = document?;
        if let Some(fields) = fields {
            document = project(&document, fields)?;
        }
        let line = ejson::to_relaxed(Bson::Document(document)).to_string();
        writer.write_all(line.as_bytes()).and_then(|()| writer.write_all(b"\n")).map_err(failed)?;
        count += 1;
    }
    writer.flush().map_err(failed)?;
    Ok(count)
}

/// Writes a line of keys and one row a document; absent and null fields are empty cells.
pub fn export_csv(
    documents: impl Iterator<Item = Result<Document>>,
    fields: &[FieldPath],
    writer: &mut dyn Write,
) -> Result<u64> {
    if fields.is_empty() {
        let text = "an export as CSV needs the fields to write";
        return Err(Error::new(ErrorKind::InvalidParam, text));
    }
    let keys = fields.iter().map(|field| field.as_str().to_owned());
    write_row(writer, keys)?;
    let mut count = 0;
    for document in documents {
        let document = document?;
        write_row(writer, fields.iter().map(|field| cell(find(&document, field))))?;
        count += 1;
    }
    writer.flush().map_err(failed)?;
    Ok(count)
}

fn project(document: &Document, fields: &[FieldPath]) -> Result<Document> {
    let mut projected = Document::new();
    if let Some(id) = document.get("_id") {
        projected.insert("_id", id.clone());
    }
    for field in fields.iter().filter(|field| field.as_str() != "_id") {
        if let Some(value) = find(document, field) {
            place(&mut projected, field.as_str(), value.clone(), 1)?;
        }
    }
    Ok(projected)
}

fn find<'a>(document: &'a Document, field: &FieldPath) -> Option<&'a Bson> {
    let (last, parents) = field.segments().split_last()?;
    let mut at = document;
    for segment in parents {
        at = at.get(segment.as_ref())?.as_document()?;
    }
    at.get(last.as_ref())
}

fn cell(value: Option<&Bson>) -> String {
    match value {
        None | Some(Bson::Null | Bson::Undefined) => String::new(),
        Some(Bson::String(text) | Bson::Symbol(text)) => text.clone(),
        Some(Bson::Boolean(flag)) => flag.to_string(),
        Some(Bson::Int32(number)) => number.to_string(),
        Some(Bson::Int64(number)) => number.to_string(),
        Some(Bson::Double(number)) => number.to_string(),
        Some(Bson::Decimal128(number)) => number.to_string(),
        Some(Bson::ObjectId(id)) => id.to_hex(),
        Some(Bson::DateTime(date)) => date_text(date.timestamp_millis()),
        Some(other) => ejson::to_relaxed(other.clone()).to_string(),
    }
}

fn date_text(at_ms: i64) -> String {
    match Timestamp::from_millisecond(at_ms) {
        Ok(at) => {
            at.to_zoned(TimeZone::fixed(Offset::UTC)).strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
        }
        // Beyond the years that a date can be written with.
        Err(_) => at_ms.to_string(),
    }
}

fn write_row(writer: &mut dyn Write, cells: impl Iterator<Item = String>) -> Result<()> {
    let mut row = String::new();
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            row.push(',');
        }
        if cell.contains(['"', ',', '\n', '\r']) || cell != cell.trim() {
            row.push('"');
            row.push_str(&cell.replace('"', "\"\""));
            row.push('"');
        } else {
            row.push_str(&cell);
        }
    }
    row.push_str("\r\n");
    writer.write_all(row.as_bytes()).map_err(failed)
}

#[allow(clippy::needless_pass_by_value, reason = "used as a function of `map_err`")]
fn failed(error: std::io::Error) -> Error {
    Error::new(ErrorKind::Storage, format!("the export cannot be written: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::transfer::{ConflictMode, Format, ImportOptions, ImportTarget, import};
    use bson::oid::ObjectId;
    use bson::{DateTime, doc};

    #[derive(Default)]
    struct Rows(Vec<Document>);

    impl ImportTarget for Rows {
        fn insert(&mut self, document: Document) -> Result<()> {
            self.0.push(document);
            Ok(())
        }
        fn upsert(&mut self, document: Document) -> Result<()> {
            self.insert(document)
        }
        fn store_all(&mut self, documents: &[Document], _: ConflictMode) -> Result<()> {
            self.0.extend_from_slice(documents);
            Ok(())
        }
    }

    fn paths(fields: &[&str]) -> Vec<FieldPath> {
        fields.iter().map(|field| FieldPath::parse(field).unwrap()).collect()
    }

    fn read_back(text: &[u8], format: Format) -> Vec<Document> {
        let options =
            ImportOptions { format, conflict_mode: ConflictMode::Insert, stop_on_error: true };
        let mut rows = Rows::default();
        let report = import(text, options, &mut rows).unwrap();
        assert_eq!(report.errors, []);
        rows.0
    }

    fn samples() -> Vec<Document> {
        vec![
            doc! {"_id": "a", "n": 1, "f": 1.0, "big": 9_007_199_254_740_993_i64, "t": "x,\"y\"\n z",
            "at": DateTime::from_millis(1_535_736_600_882), "d": {"e": {"g": true}}, "l": [1, {"m": "n"}]},
            doc! {"_id": "b", "none": null, "d": {"e": {"g": false}}, "nan": f64::NEG_INFINITY,
            "old": DateTime::from_millis(-99_999_999_999_999)},
        ]
    }

    #[test]
    fn json_lines_read_back_as_written() {
        let mut documents = samples();
        documents.push(doc! {"_id": ObjectId::from_bytes([7; 12])});
        let mut text = Vec::new();
        let count = export_json_lines(documents.iter().cloned().map(Ok), None, &mut text).unwrap();
        assert_eq!(count, 3);
        assert_eq!(read_back(&text, Format::JsonLines), documents);
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains(r#""at":{"$date":"2018-08-31T17:30:00.882Z"}"#), "{text}");
    }

    #[test]
    fn chosen_fields_keep_their_place_and_the_id() {
        let mut text = Vec::new();
        export_json_lines(samples().into_iter().map(Ok), Some(&paths(&["d.e.g", "n"])), &mut text)
            .unwrap();
        assert_eq!(
            read_back(&text, Format::JsonLines),
            [
                doc! {"_id": "a", "d": {"e": {"g": true}}, "n": 1},
                doc! {"_id": "b", "d": {"e": {"g": false}}}
            ]
        );
    }

    #[test]
    fn csv_reads_back_as_written() {
        let fields = paths(&["_id", "n", "big", "t", "at", "d.e.g", "l"]);
        let mut text = Vec::new();
        export_csv(samples().into_iter().map(Ok), &fields, &mut text).unwrap();
        let mut expected = samples();
        for document in &mut expected {
            for key in ["f", "none", "nan", "old"] {
                document.remove(key);
            }
        }
        let sorted = |document: &Document| {
            let mut pairs: Vec<(String, Bson)> = document.clone().into_iter().collect();
            pairs.sort_by(|left, right| left.0.cmp(&right.0));
            pairs
        };
        let read = read_back(&text, Format::Csv);
        assert_eq!(
            read.iter().map(sorted).collect::<Vec<_>>(),
            expected.iter().map(sorted).collect::<Vec<_>>()
        );
        assert!(text.starts_with(b"_id,n,big,t,at,d.e.g,l\r\n"));
    }

    #[test]
    fn an_export_as_csv_needs_fields_and_errors_come_through() {
        assert!(export_csv(std::iter::empty(), &[], &mut Vec::new()).is_err());
        let broken = || std::iter::once(Err(Error::new(ErrorKind::Storage, "disk")));
        assert_eq!(
            export_json_lines(broken(), None, &mut Vec::new()).unwrap_err().message(),
            "disk"
        );
        assert!(export_csv(broken(), &paths(&["a"]), &mut Vec::new()).is_err());
    }
}
