//! Deciding a rule: true, false, or not known.

use std::cmp::Ordering;

use crate::cloud::rules::domain::{Domain, Domains, Range};
use crate::cloud::rules::expression::{Comparison, Expression};
use crate::cloud::rules::{Auth, Fetch, Subject};
use crate::error::Result;
use crate::value::{Bson, Document, compare, equal, kind_of};

/// Most documents one decision may fetch. The service's limit.
const FETCHES_MAX: usize = 3;

/// What is known of an expression's value.
#[derive(Debug, Clone, PartialEq)]
enum Term {
    Known(Bson),
    Range(Range),
    Unknown,
}

pub(super) struct Evaluation<'a, 'f, 'g> {
    subject: Subject<'a>,
    doc: &'a Domains,
    fetch: &'f mut Fetch<'g>,
    fetches: usize,
}

impl<'a, 'f, 'g> Evaluation<'a, 'f, 'g> {
    pub(super) fn new(subject: Subject<'a>, doc: &'a Domains, fetch: &'f mut Fetch<'g>) -> Self {
        Self { subject, doc, fetch, fetches: 0 }
    }

    /// Whether the rule is certainly true.
    pub(super) fn holds(&mut self, expression: &Expression) -> Result<bool> {
        Ok(truth(&self.term(expression)?) == Some(true))
    }

    // The parser bounds the depth of an expression.
    fn term(&mut self, expression: &Expression) -> Result<Term> {
        if let Some(path) = expression.doc_path() {
            return Ok(match self.doc.get(&path) {
                Some(Domain::Exactly(value)) => Term::Known(value),
                Some(Domain::Range(range)) => Term::Range(range),
                Some(Domain::OneOf(_)) | None => Term::Unknown,
            });
        }
        Ok(match expression {
            Expression::Literal(value) => Term::Known(value.clone()),
            Expression::Variable(name) => self.variable(name),
            Expression::Member(inner, name) => member(&self.term(inner)?, name),
            Expression::Index(inner, index) => {
                let (inner, index) = (self.term(inner)?, self.term(index)?);
                element(&inner, &index)
            }
            Expression::List(items) => self.list(items)?,
            Expression::Template(parts) => self.template(parts)?,
            Expression::Not(inner) => boolean(truth(&self.term(inner)?).map(|truth| !truth)),
            Expression::Negative(inner) => negative(&self.term(inner)?),
            Expression::And(left, right) => {
                let left = truth(&self.term(left)?);
                if left == Some(false) {
                    return Ok(boolean(left));
                }
                let right = truth(&self.term(right)?);
                boolean(if left.is_some() || right == Some(false) { right } else { None })
            }
            Expression::Or(left, right) => {
                let left = truth(&self.term(left)?);
                if left == Some(true) {
                    return Ok(boolean(left));
                }
                let right = truth(&self.term(right)?);
                boolean(if left.is_some() || right == Some(true) { right } else { None })
            }
            Expression::Compare(comparison, left, right) => {
                let (left, right) = (self.term(left)?, self.term(right)?);
                boolean(compared(*comparison, &left, &right))
            }
            Expression::In(item, list) => {
                let (item, list) = (self.term(item)?, self.term(list)?);
                boolean(is_in(&item, &list))
            }
            Expression::Get(place) => {
                let place = self.term(place)?;
                self.get(&place)?
            }
        })
    }

    fn variable(&self, name: &str) -> Term {
        let optional = |document: Option<&Document>| {
            document.map_or(Bson::Null, |document| Bson::Document(document.clone()))
        };
        match name {
            "auth" => Term::Known(self.subject.auth.map_or(Bson::Null, auth_document)),
            "request" => {
                let mut request = Document::new();
                request.insert("data", optional(self.subject.input));
                Term::Known(Bson::Document(request))
            }
            "resource" => Term::Known(optional(self.subject.resource)),
            "now" => Term::Known(Bson::Int64(self.subject.now_ms)),
            _ => Term::Unknown,
        }
    }

    fn list(&mut self, items: &[Expression]) -> Result<Term> {
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            match self.term(item)? {
                Term::Known(value) => values.push(value),
                _ => return Ok(Term::Unknown),
            }
        }
        Ok(Term::Known(Bson::Array(values)))
    }

    fn template(&mut self, parts: &[Expression]) -> Result<Term> {
        let mut text = String::new();
        for part in parts {
            match self.term(part)? {
                Term::Known(Bson::String(part)) => text.push_str(&part),
                Term::Known(Bson::Int32(number)) => text.push_str(&number.to_string()),
                Term::Known(Bson::Int64(number)) => text.push_str(&number.to_string()),
                Term::Known(Bson::Double(number)) => text.push_str(&number.to_string()),
                _ => return Ok(Term::Unknown),
            }
        }
        Ok(Term::Known(Bson::String(text)))
    }

    /// `database.<collection>.<id>`; null when there is no such document.
    fn get(&mut self, place: &Term) -> Result<Term> {
        let Term::Known(Bson::String(place)) = place else { return Ok(Term::Unknown) };
        let address = place.strip_prefix("database.").and_then(|rest| rest.split_once('.'));
        let Some((collection, id)) = address else { return Ok(Term::Unknown) };
        self.fetches += 1;
        if self.fetches > FETCHES_MAX {
            return Ok(Term::Unknown);
        }
        let document = (self.fetch)(collection, id)?;
        Ok(Term::Known(document.map_or(Bson::Null, Bson::Document)))
    }
}

fn auth_document(auth: &Auth) -> Bson {
    let mut document = Document::new();
    let fields = [("openid", &auth.openid), ("uid", &auth.uid), ("loginType", &auth.login_type)];
    for (name, value) in fields {
        if let Some(value) = value {
            document.insert(name, value.as_str());
        }
    }
    Bson::Document(document)
}

fn member(term: &Term, name: &str) -> Term {
    match term {
        Term::Known(Bson::Document(document)) => {
            Term::Known(document.get(name).cloned().unwrap_or(Bson::Null))
        }
        Term::Known(Bson::Array(items)) if name == "length" => {
            Term::Known(Bson::Int64(i64::try_from(items.len()).unwrap_or(i64::MAX)))
        }
        // Reading through null fails in the service; nothing that depends on it is allowed.
        _ => Term::Unknown,
    }
}

fn element(term: &Term, index: &Term) -> Term {
    match (term, index) {
        (_, Term::Known(Bson::String(name))) => member(term, name),
        (Term::Known(Bson::Array(items)), Term::Known(Bson::Double(at))) => {
            let position = Bson::Double(*at);
            let mut numbered = items.iter().zip(0..);
            let found = numbered.find(|(_, number)| equal(&Bson::Int32(*number), &position));
            Term::Known(found.map_or(Bson::Null, |(item, _)| item.clone()))
        }
        _ => Term::Unknown,
    }
}

fn negative(term: &Term) -> Term {
    match term {
        Term::Known(Bson::Double(number)) => Term::Known(Bson::Double(-number)),
        Term::Known(Bson::Int32(number)) => Term::Known(Bson::Int64(-i64::from(*number))),
        _ => Term::Unknown,
    }
}

fn boolean(truth: Option<bool>) -> Term {
    truth.map_or(Term::Unknown, |truth| Term::Known(Bson::Boolean(truth)))
}

fn truth(term: &Term) -> Option<bool> {
    match term {
        Term::Known(Bson::Boolean(truth)) => Some(*truth),
        Term::Known(Bson::Null) => Some(false),
        Term::Known(Bson::String(text)) => Some(!text.is_empty()),
        Term::Known(Bson::Int32(number)) => Some(*number != 0),
        Term::Known(Bson::Int64(number)) => Some(*number != 0),
        Term::Known(Bson::Double(number)) => Some(*number != 0.0 && !number.is_nan()),
        Term::Known(_) => Some(true),
        Term::Range(_) | Term::Unknown => None,
    }
}

fn compared(comparison: Comparison, left: &Term, right: &Term) -> Option<bool> {
    match (left, right) {
        (Term::Known(left), Term::Known(right)) => Some(compared_values(comparison, left, right)),
        (Term::Range(range), Term::Known(value)) => compared_range(comparison, range, value),
        (Term::Known(value), Term::Range(range)) => {
            compared_range(mirrored(comparison), range, value)
        }
        _ => None,
    }
}

fn compared_values(comparison: Comparison, left: &Bson, right: &Bson) -> bool {
    match comparison {
        Comparison::Equal => equal(left, right),
        Comparison::NotEqual => !equal(left, right),
        // Values of different types have no order here.
        _ if kind_of(left).rank() != kind_of(right).rank() => false,
        Comparison::Less => compare(left, right) == Ordering::Less,
        Comparison::LessOrEqual => compare(left, right) != Ordering::Greater,
        Comparison::Greater => compare(left, right) == Ordering::Greater,
        Comparison::GreaterOrEqual => compare(left, right) != Ordering::Less,
    }
}

fn mirrored(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        same => same,
    }
}

/// What is certain of every value in a range compared with `value`.
fn compared_range(comparison: Comparison, range: &Range, value: &Bson) -> Option<bool> {
    let same_type = |bound: &Bson| kind_of(bound).rank() == kind_of(value).rank();
    let bounds = [&range.min, &range.max];
    if bounds.into_iter().flatten().any(|(bound, _)| !same_type(bound)) {
        return None;
    }
    // `None`: nothing bounds the values on that side.
    let above = range.min.as_ref().map(|(min, included)| (compare(min, value), *included));
    let below = range.max.as_ref().map(|(max, included)| (compare(max, value), *included));
    let all_greater = matches!(above, Some((Ordering::Greater, _) | (Ordering::Equal, false)));
    let all_not_less = matches!(above, Some((Ordering::Greater | Ordering::Equal, _)));
    let all_less = matches!(below, Some((Ordering::Less, _) | (Ordering::Equal, false)));
    let all_not_greater = matches!(below, Some((Ordering::Less | Ordering::Equal, _)));
    let certain = |yes: bool, no: bool| yes.then_some(true).or(no.then_some(false));
    let is_excluded = range.excluded.iter().any(|excluded| equal(excluded, value));
    let never_equal = all_greater || all_less || is_excluded;
    match comparison {
        Comparison::Equal => certain(false, never_equal),
        Comparison::NotEqual => certain(never_equal, false),
        Comparison::Less => certain(all_less, all_not_less),
        Comparison::LessOrEqual => certain(all_not_greater, all_greater),
        Comparison::Greater => certain(all_greater, all_not_greater),
        Comparison::GreaterOrEqual => certain(all_not_less, all_less),
    }
}

fn is_in(item: &Term, list: &Term) -> Option<bool> {
    let Term::Known(Bson::Array(items)) = list else { return None };
    match item {
        Term::Known(value) => Some(items.iter().any(|item| equal(item, value))),
        Term::Range(range) => {
            let is_outside =
                |item: &Bson| compared_range(Comparison::NotEqual, range, item) == Some(true);
            items.iter().all(is_outside).then_some(false)
        }
        Term::Unknown => None,
    }
}
