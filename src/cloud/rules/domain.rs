//! What a query says of the documents it can match: for each field the values it may have.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use crate::value::{Bson, Document, compare, equal};

/// Most branches that `$or` may split a query into, and most combinations of listed values.
const CASES_MAX: usize = 100;

/// The values a field may have.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Domain {
    Exactly(Bson),
    /// `in`.
    OneOf(Vec<Bson>),
    Range(Range),
}

/// Between two bounds of one type; each with whether it is included.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Range {
    pub min: Option<(Bson, bool)>,
    pub max: Option<(Bson, bool)>,
    /// `_.neq` and `_.nin`.
    pub excluded: Vec<Bson>,
}

/// One case of a query: the domains of its fields. A field that is not there may be anything.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Domains {
    fields: BTreeMap<String, Domain>,
    /// Everything is known: absent fields are absent, not unknown.
    is_whole: bool,
}

impl Domains {
    /// A document that is known itself.
    pub(super) fn of_document(document: Option<&Document>) -> Self {
        let fields = document.into_iter().flat_map(Document::iter);
        let fields = fields.map(|(key, value)| (key.clone(), Domain::Exactly(value.clone())));
        Self { fields: fields.collect(), is_whole: true }
    }

    /// The domain of a dotted path; `None` when nothing is known.
    pub(super) fn get(&self, path: &str) -> Option<Domain> {
        if let Some(domain) = self.fields.get(path) {
            return Some(domain.clone());
        }
        // A field inside a value that is known as a whole.
        for (at, _) in path.match_indices('.') {
            if let Some(Domain::Exactly(value)) = self.fields.get(&path[..at]) {
                let inner = path[at + 1..].split('.').try_fold(value, |value, segment| {
                    value.as_document().and_then(|document| document.get(segment))
                });
                return Some(Domain::Exactly(inner.cloned().unwrap_or(Bson::Null)));
            }
        }
        self.is_whole.then_some(Domain::Exactly(Bson::Null))
    }

    /// The cases in which each field that is one of several values has one of them. Only fields a
    /// rule uses count. `None` when there are too many.
    pub(super) fn enumerate(&self, used: &BTreeSet<String>) -> Option<Vec<Self>> {
        let mut cases = vec![self.clone()];
        for (path, domain) in &self.fields {
            let Domain::OneOf(values) = domain else { continue };
            if !used.contains(path) {
                continue;
            }
            if cases.len().saturating_mul(values.len()) > CASES_MAX {
                return None;
            }
            cases = cases
                .iter()
                .flat_map(|case| values.iter().map(move |value| case.with(path, value)))
                .collect();
        }
        Some(cases)
    }

    fn with(&self, path: &str, value: &Bson) -> Self {
        let mut case = self.clone();
        case.fields.insert(path.to_owned(), Domain::Exactly(value.clone()));
        case
    }

    /// Adds a condition on a field: both must hold.
    fn narrow(&mut self, path: &str, more: Domain) {
        let narrowed = match (self.fields.remove(path), more) {
            (None, more) => more,
            (Some(Domain::Exactly(value)), _) | (Some(_), Domain::Exactly(value)) => {
                Domain::Exactly(value)
            }
            (Some(Domain::OneOf(values)), Domain::OneOf(others)) => {
                let is_shared = |value: &Bson| others.iter().any(|other| equal(value, other));
                Domain::OneOf(values.into_iter().filter(is_shared).collect())
            }
            (Some(Domain::OneOf(values)), _) | (Some(_), Domain::OneOf(values)) => {
                Domain::OneOf(values)
            }
            (Some(Domain::Range(range)), Domain::Range(more)) => {
                Domain::Range(range.narrowed(more))
            }
        };
        self.fields.insert(path.to_owned(), narrowed);
    }
}

impl Range {
    fn narrowed(mut self, more: Self) -> Self {
        self.min = tighter(self.min, more.min, Ordering::Greater);
        self.max = tighter(self.max, more.max, Ordering::Less);
        self.excluded.extend(more.excluded);
        self
    }
}

fn tighter(
    left: Option<(Bson, bool)>,
    right: Option<(Bson, bool)>,
    wanted: Ordering,
) -> Option<(Bson, bool)> {
    match (left, right) {
        (Some(left), Some(right)) => Some(match compare(&left.0, &right.0) {
            Ordering::Equal => (left.0, left.1 && right.1),
            order if order == wanted => left,
            _ => right,
        }),
        (left, right) => left.or(right),
    }
}

/// The cases of a filter, one for each branch of its `$or`s. `None` when there are too many or a
/// condition turns everything round (`$nor`).
pub(super) fn disjuncts(filter: &Document) -> Option<Vec<Domains>> {
    disjuncts_at(filter, 0)
}

fn disjuncts_at(filter: &Document, depth: usize) -> Option<Vec<Domains>> {
    if depth > 20 {
        return None;
    }
    let mut cases = vec![Domains::default()];
    for (key, value) in filter {
        match key.as_str() {
            "$and" => {
                for part in value.as_array()? {
                    cases = both(&cases, &disjuncts_at(part.as_document()?, depth + 1)?)?;
                }
            }
            "$or" => {
                let mut branches = Vec::new();
                for part in value.as_array()? {
                    branches.extend(disjuncts_at(part.as_document()?, depth + 1)?);
                }
                cases = both(&cases, &branches)?;
            }
            // Says less about the documents, never more: leaving it out is safe.
            operator if operator.starts_with('$') => {}
            path => {
                for case in &mut cases {
                    for domain in domains_of(value) {
                        case.narrow(path, domain);
                    }
                }
            }
        }
    }
    Some(cases)
}

fn both(left: &[Domains], right: &[Domains]) -> Option<Vec<Domains>> {
    if left.len().saturating_mul(right.len()) > CASES_MAX {
        return None;
    }
    let merged = |left: &Domains, right: &Domains| {
        let mut merged = left.clone();
        for (path, domain) in &right.fields {
            merged.narrow(path, domain.clone());
        }
        merged
    };
    Some(left.iter().flat_map(|left| right.iter().map(move |right| merged(left, right))).collect())
}

/// What a field's condition says: a value, or operators of which some bound it.
fn domains_of(condition: &Bson) -> Vec<Domain> {
    let Bson::Document(operators) = condition else {
        return match condition {
            Bson::RegularExpression(_) => Vec::new(),
            value => vec![Domain::Exactly(value.clone())],
        };
    };
    if !operators.keys().next().is_some_and(|key| key.starts_with('$')) {
        return vec![Domain::Exactly(condition.clone())];
    }
    let range = |min, max| Domain::Range(Range { min, max, excluded: Vec::new() });
    let excluded = |excluded| Domain::Range(Range { min: None, max: None, excluded });
    let bound = |(operator, value): (&String, &Bson)| {
        let value = value.clone();
        match (operator.as_str(), value) {
            ("$eq", value) => Some(Domain::Exactly(value)),
            // A pattern in the list stands for values that nobody can list.
            ("$in", Bson::Array(values)) if !values.iter().any(is_pattern) => {
                Some(Domain::OneOf(values))
            }
            ("$gt", value) => Some(range(Some((value, false)), None)),
            ("$gte", value) => Some(range(Some((value, true)), None)),
            ("$lt", value) => Some(range(None, Some((value, false)))),
            ("$lte", value) => Some(range(None, Some((value, true)))),
            ("$ne", value) => Some(excluded(vec![value])),
            ("$nin", Bson::Array(values)) => Some(excluded(values)),
            _ => None,
        }
    };
    operators.iter().filter_map(bound).collect()
}

fn is_pattern(value: &Bson) -> bool {
    matches!(value, Bson::RegularExpression(_))
}
