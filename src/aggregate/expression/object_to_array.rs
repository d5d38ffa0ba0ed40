//! `$objectToArray`.

use crate::aggregate::expression::operand::is_nullish;
use crate::aggregate::expression::operand::type_name;
use crate::aggregate::variables::Operand;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;
use crate::value::Document;

pub(super) fn object_to_array(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let [input] = arguments else { return Ok(None) };
    match input.as_deref() {
        _ if is_nullish(input) => Ok(Some(Bson::Null)),
        Some(Bson::Document(document)) => {
            let pairs = document.iter().map(|(key, value)| {
                let mut pair = Document::new();
                pair.insert("k", key.as_str());
                pair.insert("v", value.clone());
                Bson::Document(pair)
            });
            Ok(Some(Bson::Array(pairs.collect())))
        }
        _ => {
            let found = type_name(input);
            let text = format!("$objectToArray requires a document input, found: {found}");
            Err(Error::mongo(40390, text))
        }
    }
}
