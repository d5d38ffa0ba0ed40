//! Pitfalls: code that the cloud accepts and that does not do what it says.

use std::fmt;

use crate::error::Error;
use crate::limits::CLIENT_QUERY_ROWS_MAX;

/// A quirk or limit that silently changed what a call means.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Pitfall {
    /// A query returned exactly as many rows as fit, and more match.
    QueryTruncated { rows: u64, most: i64 },
    /// `limit` above the most the client sends.
    LimitClamped { asked: i64, most: i64 },
    /// A condition with keys became an empty filter.
    FilterVanished,
    /// Two fields with `_.or` share one list.
    MergedOr { fields: [String; 2] },
    /// `_.not` of what cannot be negated leaves an empty condition.
    NotDegraded { field: String },
    /// `_.eq(undefined)` and the like leave an empty condition.
    ComparisonWithUndefined { field: String },
    /// `_.all` inside another command keeps only its first element.
    NestedAll,
    /// `_.addToSet({each})` stores the object.
    AddToSetEach { field: String },
    /// A geometry or server date was stored as its raw fields.
    SpecialStored { kind: &'static str },
    /// A command was stored as an object.
    CommandStored { command: String },
    /// An update without anything to change.
    EmptyUpdate,
    /// `where().update`, `where().remove`, `count` or `aggregate` of a transaction run outside it.
    OutsideTransaction { api: &'static str },
    /// An env object given to `init`: the official `database()` cannot use it.
    EnvObject,
    /// A database without env in a program that names environments elsewhere.
    EnvMissing,
    /// Two chains of one `aggregate()` share their stages.
    SharedAggregate,
    /// An update failed because a value on its path is null.
    PathThroughNull { path: String },
    /// A query looked at many documents of a collection to find few. `fields` would make an index.
    UnindexedScan { collection: String, documents: u64, found: u64, fields: Vec<String> },
    /// An update or removal with `explain`, which the cloud carries out.
    ExplainIgnored { api: &'static str },
    /// `remove()` of a query with options that it ignores.
    RemoveIgnoresOptions,
    /// A page sends a function more than it should.
    ClientEventLarge { bytes: usize },
}

impl Pitfall {
    /// A stable name, for filters and for `/testing`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::QueryTruncated { .. } => "query-truncated",
            Self::LimitClamped { .. } => "limit-clamped",
            Self::FilterVanished => "filter-vanished",
            Self::MergedOr { .. } => "merged-or",
            Self::NotDegraded { .. } => "not-degraded",
            Self::ComparisonWithUndefined { .. } => "comparison-with-undefined",
            Self::NestedAll => "nested-all",
            Self::AddToSetEach { .. } => "add-to-set-each",
            Self::SpecialStored { .. } => "special-stored",
            Self::CommandStored { .. } => "command-stored",
            Self::EmptyUpdate => "empty-update",
            Self::OutsideTransaction { .. } => "outside-transaction",
            Self::EnvObject => "env-object",
            Self::EnvMissing => "env-missing",
            Self::SharedAggregate => "shared-aggregate",
            Self::PathThroughNull { .. } => "path-through-null",
            Self::UnindexedScan { .. } => "unindexed-scan",
            Self::ExplainIgnored { .. } => "explain-ignored",
            Self::RemoveIgnoresOptions => "remove-ignores-options",
            Self::ClientEventLarge { .. } => "client-event-large",
        }
    }

    /// What to do about it.
    pub fn fix(&self) -> &'static str {
        match self {
            Self::QueryTruncated { most: CLIENT_QUERY_ROWS_MAX, .. }
            | Self::LimitClamped { most: CLIENT_QUERY_ROWS_MAX, .. } => {
                "page with skip, 20 rows at a time, or read in a cloud function"
            }
            Self::QueryTruncated { .. } => {
                "give a limit (at most 1000) and page with skip, or aggregate"
            }
            Self::LimitClamped { .. } => "page with skip and limit of at most 1000",
            Self::ClientEventLarge { .. } => {
                "keep it below 100 KB: upload the content, and send its fileID"
            }
            Self::FilterVanished => {
                "compare the sub-object with _.eq({..}), and leave keys without a value out"
            }
            Self::MergedOr { .. } => "use _.and([{..}, {..}]) with one _.or per element",
            Self::NotDegraded { .. } => {
                "negate a single command: _.not(_.gt(1)), or use _.nor([..])"
            }
            Self::ComparisonWithUndefined { .. } => "check the value before the query",
            Self::NestedAll => "give the operator itself: {$all: [..]}",
            Self::AddToSetEach { .. } => "write _.addToSet({$each: [..]})",
            Self::SpecialStored { kind: "Geo" } => {
                "store geo.toJSON(), or set the field without _.set"
            }
            Self::SpecialStored { .. } => "set the field without a command around it",
            Self::CommandStored { .. } => {
                "use the command as the value of a field of where or update"
            }
            Self::EmptyUpdate => "check that the values of the update are not undefined",
            Self::OutsideTransaction { .. } => "use doc(id) inside the transaction",
            Self::EnvObject => "give init the id of one environment, and per-call config.env",
            Self::EnvMissing => "init({env: cloud.DYNAMIC_CURRENT_ENV})",
            Self::SharedAggregate => "call collection.aggregate() once for each pipeline",
            Self::PathThroughNull { .. } => "replace the whole sub-object with _.set({..}) first",
            Self::UnindexedScan { .. } => {
                "add the index in the cloud console, and here to the collection's indexes in \
                 wx-local.config.json"
            }
            Self::ExplainIgnored { .. } => "explain the get() of the same condition",
            Self::RemoveIgnoresOptions => "select what to remove with where alone",
        }
    }
}

/// The pitfall behind an update that failed because a field on its path is null.
pub fn path_through_null(error: &Error) -> Option<Pitfall> {
    let (field, rest) = error.message().strip_prefix("Cannot create field '")?.split_once('\'')?;
    let (element, _) = rest.strip_prefix(" in element {")?.split_once(": null}")?;
    Some(Pitfall::PathThroughNull { path: format!("{element}.{field}") })
}

impl fmt::Display for Pitfall {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::QueryTruncated { rows, .. } => {
                write!(out, "the query has no limit, so it returned {rows} rows; more match")
            }
            Self::LimitClamped { asked, most } => write!(out, "limit({asked}) is sent as {most}"),
            Self::ClientEventLarge { bytes } => {
                write!(out, "callFunction of a page sends {bytes} bytes of data")
            }
            Self::FilterVanished => {
                out.write_str("the condition became {} and matches every document")
            }
            Self::MergedOr { fields: [first, second] } => write!(
                out,
                "_.or on '{first}' and on '{second}' become one list: either field is enough"
            ),
            Self::NotDegraded { field } => {
                write!(out, "_.not on '{field}' cannot negate its operand and was dropped")
            }
            Self::ComparisonWithUndefined { field } => {
                write!(out, "'{field}' is compared with undefined, so the condition was dropped")
            }
            Self::NestedAll => {
                out.write_str("_.all inside another command keeps only its first element")
            }
            Self::AddToSetEach { field } => {
                write!(out, "_.addToSet({{each}}) adds the object with the key 'each' to '{field}'")
            }
            Self::SpecialStored { kind } => {
                write!(out, "a {kind} value is sent as its raw fields here")
            }
            Self::CommandStored { command } => {
                write!(out, "_.{command} is not understood here and is sent as an object")
            }
            Self::EmptyUpdate => out.write_str("the update changes nothing"),
            Self::OutsideTransaction { api } => {
                write!(out, "{api} of a transaction runs outside it and is not rolled back")
            }
            Self::EnvObject => out.write_str(
                "init got an env object: in the cloud database() without env fails with it",
            ),
            Self::EnvMissing => out.write_str(
                "this program names an env for one database and none for another: in the cloud \
                 that one is in the first environment of the account",
            ),
            Self::SharedAggregate => {
                out.write_str("two chains of one aggregate() see each other's stages")
            }
            Self::PathThroughNull { path } => {
                write!(out, "the update of '{path}' goes through a field that is null")
            }
            Self::UnindexedScan { collection, documents, found, fields } => write!(
                out,
                "a query of '{collection}' read {documents} documents to find {found}: it needs an \
                 index on {}",
                fields.join(", ")
            ),
            Self::ExplainIgnored { api } => write!(
                out,
                "explain is an option of the developer tools: in the cloud this {api} is carried out"
            ),
            Self::RemoveIgnoresOptions => {
                out.write_str("remove() ignores skip, limit, field and orderBy")
            }
        }
    }
}
