//! `$mergeObjects`: the fields of all objects of a group; a later document wins. Null and missing
//! are left out.

use crate::aggregate::key::is_present;
use crate::aggregate::text::value_text;
use crate::error::Error;
use crate::error::Result;
use crate::value::Document;
use crate::value::RawValue;
use crate::value::to_bson;

#[derive(Debug, Default)]
pub(crate) struct MergeObjects {
    merged: Document,
}

impl MergeObjects {
    pub fn add(&mut self, value: Option<RawValue<'_>>) -> Result<usize> {
        let Some(value) = value.filter(|value| is_present(*value)) else { return Ok(0) };
        let RawValue::Document(document) = value else {
            return Err(Error::mongo(
                40400,
                format!(
                    "$mergeObjects requires object inputs, but input {} is of type {}",
                    value_text(&to_bson(value)),
                    value.kind().name()
                ),
            ));
        };
        for element in document.elements() {
            self.merged.insert(element.key(), to_bson(element.value()));
        }
        Ok(document.as_bytes().len())
    }

    pub fn result(&self) -> &Document {
        &self.merged
    }
}
