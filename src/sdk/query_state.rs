//! A query under construction. Every step gives a new state; the one it started from stays as it
//! was.

use std::sync::Arc;

use crate::limits::{CLIENT_QUERY_ROWS_MAX, QUERY_ROWS_DEFAULT, QUERY_ROWS_MAX, REQUEST_DEPTH_MAX};
use crate::sdk::Input;
use crate::sdk::diagnostics::Pitfall;
use crate::sdk::encode::{
    Direction, Encoded, Result, SortState, encode_where, number::number_text, project_fields,
};
use crate::sdk::failure::Failure;
use crate::sdk::messages;
use crate::value::Document;

/// How many rows a query has without `limit`, and at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowLimits {
    pub default: i64,
    pub most: i64,
}

impl RowLimits {
    pub const SERVER: Self = Self { default: QUERY_ROWS_DEFAULT, most: QUERY_ROWS_MAX };
    pub const CLIENT: Self = Self { default: CLIENT_QUERY_ROWS_MAX, most: CLIENT_QUERY_ROWS_MAX };
}

impl Default for RowLimits {
    fn default() -> Self {
        Self::SERVER
    }
}

/// What `where`, `orderBy`, `skip`, `limit` and `field` have gathered.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct QueryState {
    /// Shared by the steps that follow.
    pub filter: Option<Arc<Encoded<Document>>>,
    pub sort: SortState,
    pub skip: Option<f64>,
    pub limit: Option<f64>,
    pub projection: Option<Vec<(String, Input)>>,
    pub row_limits: RowLimits,
}

impl QueryState {
    /// Replaces any earlier condition.
    pub fn where_condition(&self, condition: &Input) -> Result<Self> {
        if !condition.has_object_tag() {
            return Err(Failure::error(messages::WHERE_NEEDS_OBJECT));
        }
        if let Input::Object(object) = condition
            && !object.entries.is_empty()
            && object.entries.iter().all(|(_, value)| value.is_absent())
        {
            return Err(Failure::error(messages::WHERE_ALL_UNDEFINED));
        }
        Ok(Self { filter: Some(Arc::new(encode_where(condition)?)), ..self.clone() })
    }

    /// `path` is coerced to text; `undefined` passes as a field of that name.
    pub fn order_by(&self, path: &Input, direction: &Input) -> Result<Self> {
        let path = property_name(path);
        let begins_well = path
            .chars()
            .next()
            .is_some_and(|first| first.is_ascii_alphanumeric() || "-_.".contains(first));
        if !begins_well {
            return Err(Failure::error(""));
        }
        let direction = match direction {
            Input::Text(text) if text == "asc" => Direction::Ascending,
            Input::Text(text) if text == "desc" => Direction::Descending,
            _ => return Err(Failure::error(messages::ORDER_DIRECTION)),
        };
        let mut state = self.clone();
        state.sort.add(&path, direction);
        Ok(state)
    }

    pub fn limit(&self, limit: &Input) -> Result<Self> {
        let limit = Some(integer(limit, messages::LIMIT_INTEGER)?);
        Ok(Self { limit, ..self.clone() })
    }

    pub fn skip(&self, skip: &Input) -> Result<Self> {
        let skip = Some(integer(skip, messages::SKIP_INTEGER)?);
        Ok(Self { skip, ..self.clone() })
    }

    /// Replaces any earlier projection. Never fails.
    #[must_use]
    pub fn field(&self, projection: &Input) -> Self {
        Self { projection: Some(project_fields(projection)), ..self.clone() }
    }

    /// The number of rows that is sent: the default without a limit, never above the most,
    /// negatives as given.
    pub fn rows(&self) -> i64 {
        let RowLimits { default, most } = self.row_limits;
        #[allow(clippy::cast_possible_truncation, reason = "limits are integers; casts saturate")]
        match self.limit {
            Some(limit) if limit != 0.0 => (limit as i64).min(most),
            _ => default,
        }
    }

    /// Whether `remove()` warns: it ignores all of these.
    pub fn has_ignored_options(&self) -> bool {
        self.skip.is_some()
            || self.limit.is_some()
            || self.projection.is_some()
            || !self.sort.is_empty()
    }

    /// What to tell once the answer is known: rows that came back, and whether more matched.
    pub fn truncation(&self, returned: u64, has_more: bool) -> Option<Pitfall> {
        let has_limit = self.limit.is_some_and(|limit| limit != 0.0);
        #[allow(clippy::cast_possible_truncation, reason = "limits are integers; casts saturate")]
        let asked = self.limit.map_or(0, |limit| limit as i64);
        let most = self.row_limits.most;
        if asked > most {
            return Some(Pitfall::LimitClamped { asked, most });
        }
        // A caller who gave a limit asked for as many rows: only the silent limit is news.
        (has_more && !has_limit).then_some(Pitfall::QueryTruncated { rows: returned, most })
    }
}

fn integer(value: &Input, text: &str) -> Result<f64> {
    match value {
        Input::Number(number) if number.fract() == 0.0 && number.is_finite() => Ok(*number),
        _ => Err(Failure::error(text)),
    }
}

/// A value as the name of a property.
pub(crate) fn property_name(value: &Input) -> String {
    match value {
        Input::Text(text) => text.clone(),
        Input::Number(number) => number_text(*number),
        Input::Boolean(flag) => flag.to_string(),
        Input::BigInteger(digits) => digits.clone(),
        Input::Absent => "undefined".to_owned(),
        Input::Null => "null".to_owned(),
        Input::List(_) => list_name(value, 0),
        Input::Pattern { source, flags } => format!("/{source}/{flags}"),
        _ => "[object Object]".to_owned(),
    }
}

/// Elements joined by commas, nested lists too; missing ones are empty.
fn list_name(value: &Input, depth: usize) -> String {
    match value {
        Input::List(items) if depth < REQUEST_DEPTH_MAX => {
            items.iter().map(|item| list_name(item, depth + 1)).collect::<Vec<_>>().join(",")
        }
        Input::Absent | Input::Null | Input::List(_) => String::new(),
        other => property_name(other),
    }
}
