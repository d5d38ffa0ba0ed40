//! What a page that watches a query is told: the documents, and how they came, changed and went.

use std::collections::{HashMap, HashSet};

use crate::value::{Bson, Document, encode_document};

/// What was done to the collection, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Insert,
    Update,
    Replace,
    Delete,
    /// A commit, or data that was set back.
    Several,
}

/// A query that is watched: all documents that match it, in its order, of which the first `limit`
/// are the page's.
#[derive(Debug)]
pub struct Watched {
    limit: usize,
    matched: Vec<Document>,
    snapshots: i64,
    events: i64,
}

/// Why a document came or went.
#[derive(Debug, Clone, Copy)]
struct Event {
    data: &'static str,
    queue: &'static str,
}

impl Watched {
    /// Begins with what matches now; the second value is the first snapshot.
    pub fn begin(limit: Option<usize>, matched: Vec<Document>) -> (Self, Document) {
        let limit = limit.unwrap_or(usize::MAX);
        let mut watched = Self { limit, matched, snapshots: 0, events: 0 };
        let event = Event { data: "init", queue: "init" };
        let docs: Vec<Document> = watched.matched.iter().take(limit).cloned().collect();
        let changes = docs.iter().map(|document| watched.event(event, document)).collect();
        let mut snapshot = watched.snapshot(changes);
        snapshot.insert("type", "init");
        (watched, snapshot)
    }

    /// Goes on with what matches after a change; `None` when the page sees no difference.
    pub fn advance(&mut self, matched: Vec<Document>, change: Change) -> Option<Document> {
        let before = std::mem::replace(&mut self.matched, matched);
        let after = self.matched.clone();
        let (known, left) = (by_id(&before), by_id(&after));
        let seen = ids(before.iter().take(self.limit));
        let shown = ids(after.iter().take(self.limit));
        let mut changes = Vec::new();
        for old in before.iter().take(self.limit) {
            let id = id_of(old);
            if shown.contains(&id) {
                continue;
            }
            let event = match left.get(&id) {
                Some(new) if *new == old => Event { data: "limit", queue: "dequeue" },
                Some(_) => Event { data: changed(change), queue: "dequeue" },
                None => Event { data: gone(change), queue: "dequeue" },
            };
            changes.push(self.event(event, left.get(&id).copied().unwrap_or(old)));
        }
        for new in after.iter().take(self.limit) {
            let id = id_of(new);
            let event = match (seen.contains(&id), known.get(&id)) {
                (true, Some(old)) if *old == new => continue,
                (true, _) => Event { data: changed(change), queue: "update" },
                (false, Some(old)) if *old == new => Event { data: "limit", queue: "enqueue" },
                (false, Some(_)) => Event { data: changed(change), queue: "enqueue" },
                (false, None) => Event { data: come(change), queue: "enqueue" },
            };
            let mut told = self.event(event, new);
            if let (Some(old), "update") = (known.get(&id), event.data) {
                let (mut updated, mut removed) = (Document::new(), Vec::new());
                difference("", old, new, &mut updated, &mut removed);
                told.insert("updatedFields", updated);
                told.insert("removedFields", removed);
            }
            changes.push(told);
        }
        (!changes.is_empty()).then(|| self.snapshot(changes))
    }

    fn event(&mut self, event: Event, document: &Document) -> Document {
        self.events += 1;
        let mut told = Document::new();
        told.insert("id", self.events);
        told.insert("queueType", event.queue);
        told.insert("dataType", event.data);
        told.insert("docId", document.get("_id").cloned().unwrap_or(Bson::Null));
        told.insert("doc", document.clone());
        told
    }

    fn snapshot(&mut self, changes: Vec<Document>) -> Document {
        self.snapshots += 1;
        let docs: Vec<Document> = self.matched.iter().take(self.limit).cloned().collect();
        let mut snapshot = Document::new();
        snapshot.insert("id", self.snapshots);
        snapshot.insert("docChanges", changes);
        snapshot.insert("docs", docs);
        snapshot
    }
}

/// What happened to a document that is there before and after.
fn changed(change: Change) -> &'static str {
    if change == Change::Replace { "replace" } else { "update" }
}

/// What happened to a document that matches no more.
fn gone(change: Change) -> &'static str {
    match change {
        Change::Update => "update",
        Change::Replace => "replace",
        Change::Insert | Change::Delete | Change::Several => "remove",
    }
}

/// What happened to a document that did not match before.
fn come(change: Change) -> &'static str {
    match change {
        Change::Update => "update",
        Change::Replace => "replace",
        Change::Insert | Change::Delete | Change::Several => "add",
    }
}

fn id_of(document: &Document) -> Vec<u8> {
    let id = document.get("_id").cloned().unwrap_or(Bson::Null);
    encode_document(&bson::doc! { "": id })
}

fn ids<'d>(documents: impl Iterator<Item = &'d Document>) -> HashSet<Vec<u8>> {
    documents.map(id_of).collect()
}

fn by_id(documents: &[Document]) -> HashMap<Vec<u8>, &Document> {
    documents.iter().map(|document| (id_of(document), document)).collect()
}

/// Dotted paths that have another value, and those that are gone. Stored documents have a depth.
fn difference(
    prefix: &str,
    old: &Document,
    new: &Document,
    updated: &mut Document,
    removed: &mut Vec<String>,
) {
    let path =
        |key: &str| if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") };
    for (key, value) in new {
        match (old.get(key), value) {
            (Some(before), after) if before == after => {}
            (Some(Bson::Document(before)), Bson::Document(after)) => {
                difference(&path(key), before, after, updated, removed);
            }
            _ => {
                updated.insert(path(key), value.clone());
            }
        }
    }
    removed.extend(old.keys().filter(|key| !new.contains_key(*key)).map(|key| path(key)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use bson::doc;

    type Rows = &'static [(&'static str, i32)];

    /// `dataType/queueType id` of each change, and the ids of the page's documents.
    fn told(snapshot: Option<Document>) -> (Vec<String>, String) {
        let Some(snapshot) = snapshot else { return (Vec::new(), String::new()) };
        let text = |change: &Document, key| change.get_str(key).unwrap().to_owned();
        let changes = snapshot.get_array("docChanges").unwrap();
        let changes = changes.iter().map(|change| {
            let change = change.as_document().unwrap();
            let (data, queue) = (text(change, "dataType"), text(change, "queueType"));
            format!("{data}/{queue} {}", text(change, "docId"))
        });
        let docs = snapshot.get_array("docs").unwrap().iter();
        let docs = docs.map(|document| document.as_document().unwrap().get_str("_id").unwrap());
        (changes.collect(), docs.collect::<Vec<_>>().join(""))
    }

    fn owned(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn documents(given: &[(&str, i32)]) -> Vec<Document> {
        given.iter().map(|(id, n)| doc! { "_id": *id, "n": *n }).collect()
    }

    #[test]
    fn the_first_snapshot_has_everything() {
        let (_, first) = Watched::begin(Some(1), documents(&[("a", 1), ("b", 2)]));
        assert_eq!(first.get_str("type").unwrap(), "init");
        assert_eq!(told(Some(first)), (vec!["init/init a".to_owned()], "a".to_owned()));
    }

    #[test]
    fn each_change_is_told_as_what_it_was() {
        use Change::{Delete, Insert, Replace, Several, Update};
        let start = [("a", 1), ("b", 2)];
        let cases: &[(Change, Rows, &[&str])] = &[
            (Insert, &[("a", 1), ("b", 2), ("c", 3)], &["add/enqueue c"]),
            (Update, &[("a", 1), ("b", 3)], &["update/update b"]),
            (Update, &[("a", 1)], &["update/dequeue b"]),
            (Update, &[("a", 1), ("b", 2), ("c", 3)], &["update/enqueue c"]),
            (Replace, &[("a", 1), ("b", 3)], &["replace/update b"]),
            (Replace, &[("a", 1)], &["replace/dequeue b"]),
            (Delete, &[("b", 2)], &["remove/dequeue a"]),
            (
                Several,
                &[("b", 5), ("c", 1)],
                &["remove/dequeue a", "update/update b", "add/enqueue c"],
            ),
            (Several, &[("a", 1), ("b", 2)], &[]),
        ];
        for (change, after, expected) in cases {
            let (mut watched, _) = Watched::begin(None, documents(&start));
            let (changes, _) = told(watched.advance(documents(after), *change));
            assert_eq!(changes, *expected, "{change:?} {after:?}");
        }
    }

    #[test]
    fn a_limit_pushes_documents_in_and_out() {
        let (mut watched, _) = Watched::begin(Some(2), documents(&[("a", 1), ("b", 2), ("c", 3)]));
        let steps: &[(Change, Rows, &[&str], &str)] = &[
            (
                Change::Insert,
                &[("x", 0), ("a", 1), ("b", 2), ("c", 3)],
                &["limit/dequeue b", "add/enqueue x"],
                "xa",
            ),
            (
                Change::Delete,
                &[("a", 1), ("b", 2), ("c", 3)],
                &["remove/dequeue x", "limit/enqueue b"],
                "ab",
            ),
            (
                Change::Update,
                &[("b", 2), ("c", 3), ("a", 9)],
                &["update/dequeue a", "limit/enqueue c"],
                "bc",
            ),
            (Change::Update, &[("b", 2), ("c", 3), ("a", 8)], &[], ""),
        ];
        for (change, after, expected, docs) in steps {
            let (changes, shown) = told(watched.advance(documents(after), *change));
            assert_eq!((changes.as_slice(), shown.as_str()), (owned(expected).as_slice(), *docs));
        }
    }

    #[test]
    fn an_update_names_its_fields() {
        let before = doc! { "_id": "a", "n": 1, "deep": { "x": 1, "y": 2 }, "gone": 1 };
        let after = doc! { "_id": "a", "n": 1, "deep": { "x": 5, "z": [1] }, "new": true };
        let (mut watched, _) = Watched::begin(None, vec![before]);
        let snapshot = watched.advance(vec![after], Change::Update).unwrap();
        let change = snapshot.get_array("docChanges").unwrap()[0].as_document().unwrap();
        let expected = doc! { "deep.x": 5, "deep.z": [1], "new": true };
        assert_eq!(change.get_document("updatedFields").unwrap(), &expected);
        assert_eq!(change.get_array("removedFields").unwrap(), &["deep.y".into(), "gone".into()]);
    }
}
