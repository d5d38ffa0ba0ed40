//! What must hold for any input: parsers and matchers return, they never panic.
//!
//! The fuzz targets and `tests/fuzz_smoke.rs` share these. Each takes raw bytes.

use std::ops::ControlFlow;

use bson::{Document, doc};
use wx_server_sdk_local::aggregate::{Collections, Execution, ExpressionCompiler, Pipeline, Visit};
use wx_server_sdk_local::error::Result;
use wx_server_sdk_local::limits::{DOCUMENT_DEPTH_MAX, REQUEST_DEPTH_MAX};
use wx_server_sdk_local::query::{Filter, ParseContext, Projection, Sort};
use wx_server_sdk_local::update::Update;
use wx_server_sdk_local::value::{
    FieldPath, RawDoc, ejson, encode_document, to_document, validate_document,
};

/// Documents of every shape that operators distinguish.
fn samples() -> Vec<Document> {
    vec![
        doc! {},
        doc! {"_id": 1, "a": 1, "b": "text", "c": [1, "a", null, {"x": 1}], "d": {"x": {"y": 2.5}}},
        doc! {"_id": 2, "a": [[1, 2], [3]], "b": bson::DateTime::from_millis(0), "c": []},
        doc! {"_id": 3, "a": {"type": "Point", "coordinates": [1.0, 2.0]}, "b": i64::MAX},
        doc! {"_id": 4, "a": f64::NAN, "b": bson::Bson::MinKey, "c": [{"x": 1, "y": [1]}, {"x": 2}]},
    ]
}

struct Samples(Vec<Vec<u8>>);

impl Collections for Samples {
    fn scan(&self, _: &str, filter: Option<&Filter>, visit: &mut Visit<'_>) -> Result<()> {
        for bytes in &self.0 {
            let document = RawDoc::new(bytes);
            let matches = filter.map_or(Ok(true), |filter| filter.matches(document))?;
            if matches && visit(document)? == ControlFlow::Break(()) {
                break;
            }
        }
        Ok(())
    }

    fn geo_paths(&self, _: &str) -> Result<Vec<FieldPath>> {
        Ok(Vec::new())
    }

    fn replace_contents(&self, _: &str, _: Vec<Vec<u8>>) -> Result<()> {
        Ok(())
    }

    fn stats(&self, _: &str) -> Result<Document> {
        Ok(doc! {"ns": "db.c", "count": 5})
    }

    fn index_stats(&self, _: &str) -> Result<Vec<Document>> {
        Ok(Vec::new())
    }

    fn random(&self) -> u64 {
        4
    }

    fn now_ms(&self) -> i64 {
        0
    }
}

fn context() -> ParseContext<'static> {
    ParseContext { expressions: Some(&ExpressionCompiler) }
}

fn request(bytes: &[u8]) -> Option<Document> {
    let request = ejson::parse_document(std::str::from_utf8(bytes).ok()?).ok()?;
    // What the layers above refuse never reaches a parser.
    validate_document(&encode_document(&request), REQUEST_DEPTH_MAX).ok()?;
    Some(request)
}

/// Text read as a filter, a sort and a projection, applied to every sample.
pub fn filter_parse(bytes: &[u8]) {
    let Some(request) = request(bytes) else { return };
    let samples = samples();
    let documents: Vec<Vec<u8>> = samples.iter().map(encode_document).collect();
    if let Ok(filter) = Filter::parse(&request, &context()) {
        let _ = filter.bounds();
        for document in &documents {
            let _ = filter.matches(RawDoc::new(document));
        }
    }
    if let Ok(sort) = Sort::parse(&request) {
        for document in &documents {
            let _ = sort.key(RawDoc::new(document));
        }
    }
    if let Ok(projection) = Projection::parse(&request, &context()) {
        for document in &documents {
            let _ = projection.apply(RawDoc::new(document));
        }
    }
}

/// Text read as an update; what it makes of a document is a document.
pub fn update_parse(bytes: &[u8]) {
    let Some(request) = request(bytes) else { return };
    let Ok(update) = Update::parse(&request) else { return };
    for sample in samples() {
        let raw = encode_document(&sample);
        if let Ok(Some(changed)) = update.apply_raw(RawDoc::new(&raw), Some(0)) {
            let valid = validate_document(&changed, REQUEST_DEPTH_MAX);
            assert!(valid.is_ok(), "{request} made bytes of {sample} that are no document");
        }
        let _ = update.apply_to_insert(sample);
    }
}

/// A path is refused or keeps its text.
pub fn field_path(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(path) = FieldPath::parse(text) {
        assert_eq!(path.as_str(), text);
        assert_eq!(path.segments().join("."), text);
        assert!(path.conflicts_with(&path));
    }
}

/// Arbitrary bytes as a stored document: what is not one reads as something, without a panic.
pub fn match_raw_bytes(bytes: &[u8]) {
    let filters = [
        doc! {"a": 1},
        doc! {"a.b": {"$gt": 1}, "c": {"$exists": false}},
        doc! {"a": {"$elemMatch": {"$gte": "a"}}, "b.0": null},
        doc! {"$or": [{"a": {"$regex": "a"}}, {"a": {"$all": [1, 2]}}, {"b": {"$size": 1}}]},
        doc! {"a": {"$geoWithin": {"$centerSphere": [[0, 0], 1]}}},
        doc! {"$expr": {"$gt": ["$a", "$b.c"]}},
    ];
    let is_valid = validate_document(bytes, DOCUMENT_DEPTH_MAX).is_ok();
    let document = RawDoc::new(bytes);
    for filter in filters {
        let filter = Filter::parse(&filter, &context()).expect("a valid filter");
        let _ = filter.matches(document);
    }
    let _ = Sort::parse(&doc! {"a.b": 1, "b": -1}).expect("a valid sort").key(document);
    if is_valid {
        let owned = to_document(document);
        let again = encode_document(&owned);
        assert_eq!(to_document(RawDoc::new(&again)), to_document(RawDoc::new(&again)));
    }
}

/// What is read from Extended JSON is the same after writing and reading it again.
pub fn ejson_parse(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(value) = ejson::parse(text) else { return };
    let written = ejson::to_canonical(value).to_string();
    let Ok(again) = ejson::parse(&written) else { return };
    assert_eq!(ejson::to_canonical(again).to_string(), written, "from {text}");
}

/// Text read as `{"pipeline": [..]}`, run over the samples with little memory.
pub fn pipeline_parse(bytes: &[u8]) {
    let Some(request) = request(bytes) else { return };
    let Ok(stages) = request.get_array("pipeline") else { return };
    let stages: Vec<Document> =
        stages.iter().filter_map(|stage| stage.as_document().cloned()).collect();
    let Ok(pipeline) = Pipeline::parse(&stages) else { return };
    let samples = Samples(samples().iter().map(encode_document).collect());
    let execution = Execution::new(&samples);
    let _ = pipeline.explain();
    let _ = pipeline.run("c", &execution, &mut |document| {
        let valid = validate_document(document, REQUEST_DEPTH_MAX);
        assert!(valid.is_ok(), "{request} gave bytes that are no document");
        Ok(())
    });
}
