//! Whether everything stored agrees with everything else.

use std::ops::ControlFlow;

use crate::error::Result;
use crate::store::GeoCells;
use crate::store::catalog::{CollectionInfo, Slot};
use crate::store::indexes::document_keys;
use crate::store::keyspace::{Section, Space, Span};
use crate::store::meta::read_counters;
use crate::store::reader::{Reader, slot_of_key, split_entry};
use crate::value::key::{Direction, encode_key};
use crate::value::{RawDoc, validate_document};

/// Problems reported at most; the rest is counted.
const PROBLEMS_MAX: usize = 100;

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    pub collections: u64,
    pub documents: u64,
    pub index_entries: u64,
    /// Empty for a sound store.
    pub problems: Vec<String>,
    /// Problems beyond those listed.
    pub problems_omitted: u64,
}

impl Report {
    pub fn is_sound(&self) -> bool {
        self.problems.is_empty()
    }

    /// Adds a problem, or counts it where there are many already.
    pub fn add(&mut self, problem: String) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(problem);
        } else {
            self.problems_omitted += 1;
        }
    }

    /// Adds what was found elsewhere.
    pub fn add_all(&mut self, other: Self) {
        self.collections += other.collections;
        self.documents += other.documents;
        self.index_entries += other.index_entries;
        self.problems_omitted += other.problems_omitted;
        for problem in other.problems {
            self.add(problem);
        }
    }
}

/// Compares documents, ids, counters and index entries of all collections.
pub(crate) fn check(reader: &Reader<'_>, geo: Option<&dyn GeoCells>) -> Result<Report> {
    let mut report = Report::default();
    for info in reader.catalog().all() {
        report.collections += 1;
        check_collection(reader, info, geo, &mut report)?;
    }
    Ok(report)
}

/// The same of one collection.
pub(crate) fn check_one(
    reader: &Reader<'_>,
    (env, name): (&str, &str),
    geo: Option<&dyn GeoCells>,
) -> Result<Report> {
    let mut report = Report::default();
    if let Some(info) = reader.collection(env, name) {
        report.collections = 1;
        check_collection(reader, &info, geo, &mut report)?;
    }
    Ok(report)
}

fn check_collection(
    reader: &Reader<'_>,
    info: &CollectionInfo,
    geo: Option<&dyn GeoCells>,
    report: &mut Report,
) -> Result<()> {
    let (mut documents, mut last) = (0, None);
    let mut expected = vec![0_u64; info.indexes.len()];
    reader.scan(info.id, None, false, &mut |slot, document| {
        documents += 1;
        last = Some(slot);
        check_document(reader, info, (slot, document), report)?;
        for (index, expected) in info.indexes.iter().zip(&mut expected) {
            if index.has_sphere() && geo.is_none() {
                continue;
            }
            let keys = document_keys(&index.definition, document, geo)?;
            *expected += keys.keys.len() as u64;
            if keys.multikey && !index.multikey {
                report.add(place(info, slot, "has several keys in a single-key index"));
            }
            for key in &keys.keys {
                let entry = [key.as_slice(), &slot.0.to_be_bytes()].concat();
                let section = Section::new(Space::Entries, index.id.0);
                if !reader.keys().get(section, &entry, &mut |_| {})? {
                    let text = format!("is not in index {}", index.definition.name);
                    report.add(place(info, slot, &text));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    })?;
    report.documents += documents;
    let counters = read_counters(reader.keys(), info.id)?;
    if counters.documents != documents {
        let counted = counters.documents;
        report.add(format!("{}.{}: {documents} documents, {counted} counted", info.env, info.name));
    }
    if last.is_some_and(|last| last.0 >= counters.next_slot) {
        report.add(format!("{}.{}: the next slot is taken", info.env, info.name));
    }
    let ids = length(reader, Section::new(Space::Ids, info.id.0))?;
    if ids != documents {
        report.add(format!("{}.{}: {documents} documents, {ids} ids", info.env, info.name));
    }
    for (index, expected) in info.indexes.iter().zip(expected) {
        let entries = check_entries(reader, info, index.id.0, report)?;
        report.index_entries += entries;
        if entries != expected && (geo.is_some() || !index.has_sphere()) {
            report.add(format!(
                "{}.{} index {}: {entries} entries, {expected} expected",
                info.env, info.name, index.definition.name
            ));
        }
    }
    Ok(())
}

fn check_document(
    reader: &Reader<'_>,
    info: &CollectionInfo,
    (slot, document): (Slot, RawDoc<'_>),
    report: &mut Report,
) -> Result<()> {
    if validate_document(document.as_bytes(), crate::limits::REQUEST_DEPTH_MAX).is_err() {
        report.add(place(info, slot, "is not a document"));
    }
    let Some(id) = document.get("_id") else {
        report.add(place(info, slot, "has no _id"));
        return Ok(());
    };
    let mut key = Vec::new();
    encode_key(&mut key, id, Direction::Ascending)?;
    if slot_of_key(reader.keys(), info.id, &key)? != Some(slot) {
        report.add(place(info, slot, "is not found by its _id"));
    }
    Ok(())
}

fn check_entries(
    reader: &Reader<'_>,
    info: &CollectionInfo,
    index: u32,
    report: &mut Report,
) -> Result<u64> {
    let mut entries = 0;
    let documents = Section::new(Space::Documents, info.id.0);
    reader.keys().scan(Section::new(Space::Entries, index), Span::ALL, &mut |entry, _| {
        entries += 1;
        let (_, slot) = split_entry(entry)?;
        if !reader.keys().get(documents, &slot.0.to_be_bytes(), &mut |_| {})? {
            report.add(place(info, slot, "has an index entry and is not there"));
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(entries)
}

fn length(reader: &Reader<'_>, section: Section) -> Result<u64> {
    let mut length = 0;
    reader.keys().scan(section, Span::ALL, &mut |_, _| {
        length += 1;
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(length)
}

fn place(info: &CollectionInfo, slot: Slot, problem: &str) -> String {
    format!("{}.{}: the document at {} {problem}", info.env, info.name, slot.0)
}
