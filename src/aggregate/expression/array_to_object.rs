//! `$arrayToObject`: pairs `[key, value]` or `{k, v}`; of equal keys the last one wins.

use std::borrow::Cow;

use crate::aggregate::expression::operand::as_array;
use crate::aggregate::expression::operand::is_nullish;
use crate::aggregate::expression::operand::quoted;
use crate::aggregate::expression::operand::type_name;
use crate::aggregate::variables::Operand;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;
use crate::value::Document;
use crate::value::kind_of;

pub(super) fn array_to_object(arguments: &mut [Operand<'_>]) -> Result<Option<Bson>> {
    let [input] = arguments else { return Ok(None) };
    if is_nullish(input) {
        return Ok(Some(Bson::Null));
    }
    let Some(items) = as_array(input) else {
        let found = type_name(input);
        let text = format!("$arrayToObject requires an array input, found: {found}");
        return Err(Error::mongo(40386, text));
    };
    let read: fn(&Bson) -> Result<(&str, &Bson)> = match items.first() {
        None => return Ok(Some(Bson::Document(Document::new()))),
        Some(Bson::Array(_)) => from_list,
        Some(Bson::Document(_)) => from_object,
        Some(other) => {
            let found = kind_of(other).name();
            let text = format!("Unrecognised input type format for $arrayToObject: {found}");
            return Err(Error::mongo(40398, text));
        }
    };
    let mut document = Document::new();
    for item in items {
        let (key, value) = read(item)?;
        document.insert(key, value.clone());
    }
    Ok(Some(Bson::Document(document)))
}

fn from_list(item: &Bson) -> Result<(&str, &Bson)> {
    let Bson::Array(pair) = item else {
        // The missing space is the service's.
        return Err(Error::mongo(
            40396,
            format!(
                "$arrayToObject requires a consistent input format. Elements mustall be arrays or \
                 all be objects. Array was detected, now found: {}",
                kind_of(item).name()
            ),
        ));
    };
    let [key, value] = pair.as_slice() else {
        return Err(Error::mongo(
            40397,
            format!(
                "$arrayToObject requires an array of size 2 arrays,found array of size: {}",
                pair.len()
            ),
        ));
    };
    match key {
        Bson::String(key) => Ok((key, value)),
        other => Err(Error::mongo(
            40395,
            format!(
                "$arrayToObject requires an array of key-value pairs, where the key must be of \
                 type string. Found key type: {}",
                kind_of(other).name()
            ),
        )),
    }
}

fn from_object(item: &Bson) -> Result<(&str, &Bson)> {
    let Bson::Document(pair) = item else {
        return Err(Error::mongo(
            40391,
            format!(
                "$arrayToObject requires a consistent input format. Elements mustall be arrays or \
                 all be objects. Object was detected, now found: {}",
                kind_of(item).name()
            ),
        ));
    };
    if pair.len() != 2 {
        return Err(Error::mongo(
            40392,
            format!(
                "$arrayToObject requires an object keys of 'k' and 'v'. Found incorrect number of \
                 keys:{}",
                pair.len()
            ),
        ));
    }
    match (pair.get("k"), pair.get("v")) {
        (Some(Bson::String(key)), Some(value)) => Ok((key, value)),
        (Some(other), Some(_)) => Err(Error::mongo(
            40394,
            format!(
                "$arrayToObject requires an object with keys 'k' and 'v', where the value of 'k' \
                 must be of type string. Found type: {}",
                kind_of(other).name()
            ),
        )),
        _ => Err(Error::mongo(
            40393,
            format!(
                "$arrayToObject requires an object with keys 'k' and 'v'. Missing either or both \
                 keys from: {}",
                quoted(&Some(Cow::Borrowed(item)))
            ),
        )),
    }
}
