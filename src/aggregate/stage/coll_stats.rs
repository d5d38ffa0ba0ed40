//! `$collStats`: figures about a collection, as one document.

use crate::aggregate::operator::Run;
use crate::aggregate::operator::Sink;
use crate::aggregate::stage::type_name;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;
use crate::value::Document;
use crate::value::RawDoc;
use crate::value::encode_document;
use crate::value::shell_text;

#[derive(Debug, Default)]
pub(crate) struct CollStats {
    has_latency: bool,
    has_storage: bool,
    has_count: bool,
}

impl CollStats {
    pub fn parse(value: &Bson) -> Result<Self> {
        let Bson::Document(specification) = value else {
            return Err(Error::mongo(
                40166,
                format!(
                    "$collStats must take a nested object but found: $collStats: {}",
                    shell_text(value)
                ),
            ));
        };
        let mut stage = Self::default();
        for (option, value) in specification {
            let (code, flag) = match option.as_str() {
                "latencyStats" => (40167, &mut stage.has_latency),
                "storageStats" => (40279, &mut stage.has_storage),
                "count" => (40480, &mut stage.has_count),
                _ => {
                    return Err(Error::mongo(
                        40168,
                        format!("unrecognized option to $collStats: {option}"),
                    ));
                }
            };
            if !matches!(value, Bson::Document(_)) {
                return Err(Error::mongo(
                    code,
                    format!(
                        "{option} argument must be an object, but got {option}: {} of type {}",
                        shell_text(value),
                        type_name(value)
                    ),
                ));
            }
            *flag = true;
        }
        Ok(stage)
    }

    pub fn run(&self, collection: &str, run: Run<'_>, sink: &mut Sink<'_>) -> Result<()> {
        let stats = run.collections.stats(collection)?;
        let now = bson::DateTime::from_millis(run.collections.now_ms());
        let mut document = Document::new();
        let copy = |document: &mut Document, name: &str, is_wanted: bool| {
            if let (true, Some(value)) = (is_wanted, stats.get(name)) {
                document.insert(name, value.clone());
            }
        };
        copy(&mut document, "ns", true);
        copy(&mut document, "host", true);
        document.insert("localTime", now);
        copy(&mut document, "latencyStats", self.has_latency);
        copy(&mut document, "storageStats", self.has_storage);
        copy(&mut document, "count", self.has_count);
        sink(RawDoc::new(&encode_document(&document))).map(|_| ())
    }
}
