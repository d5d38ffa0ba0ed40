//! `$in` and `$nin`.

use crate::error::{Error, Result};
use crate::query::BAD_VALUE;
use crate::query::parse::is_operator_document;
use crate::query::regex::RegexTest;
use crate::value::{Bson, Kind, RawValue, compare, compare_raw_to_bson};

/// A list of values and regular expressions.
#[derive(Debug)]
pub(super) struct Membership {
    /// Sorted, without duplicates.
    values: Vec<Bson>,
    regexes: Vec<RegexTest>,
    has_null: bool,
}

impl Membership {
    /// `operator` is the name in the error text.
    pub(super) fn parse(operator: &str, operand: &Bson) -> Result<Self> {
        let Bson::Array(items) = operand else {
            return Err(Error::mongo(BAD_VALUE, format!("{operator} needs an array")));
        };
        let mut values = Vec::with_capacity(items.len());
        let mut regexes = Vec::new();
        for item in items {
            match item {
                Bson::RegularExpression(regex) => regexes.push(RegexTest::from_value(regex)?),
                Bson::Undefined => {
                    return Err(Error::mongo(
                        BAD_VALUE,
                        "InMatchExpression equality cannot be undefined",
                    ));
                }
                Bson::Document(document) if is_operator_document(document) => {
                    return Err(Error::mongo(BAD_VALUE, "cannot nest $ under $in"));
                }
                value => values.push(value.clone()),
            }
        }
        values.sort_by(compare);
        values.dedup_by(|left, right| compare(left, right).is_eq());
        let has_null = values.iter().any(|value| matches!(value, Bson::Null));
        Ok(Self { values, regexes, has_null })
    }

    pub(super) fn values(&self) -> &[Bson] {
        &self.values
    }

    pub(super) fn regexes(&self) -> &[RegexTest] {
        &self.regexes
    }

    pub(super) fn matches(&self, value: Option<RawValue<'_>>) -> Result<bool> {
        let Some(value) = value else { return Ok(self.has_null) };
        if value.kind() == Kind::Undefined {
            return Ok(self.has_null);
        }
        let search = |item: &Bson| compare_raw_to_bson(value, item).reverse();
        if self.values.binary_search_by(search).is_ok() {
            return Ok(true);
        }
        for regex in &self.regexes {
            if regex.matches(Some(value))? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}
