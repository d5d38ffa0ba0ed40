//! Recovering what is whole of a damaged store into a new one. The damaged one is only read.

mod pages;

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;

use redb::StorageBackend;
use redb::backends::FileBackend;

use crate::error::{Error, ErrorKind, Result};
use crate::store::catalog::{CollectionId, CollectionInfo, decode_collection};
use crate::store::check::Report;
use crate::store::checksums::{self, HEADER_BYTES};
use crate::store::failure::io_error;
use crate::store::files::{CHECKSUMS_NAME, FILE_NAME, LOG_NAME};
use crate::store::keyspace::{Section, Space};
use crate::store::log::{self, Found, LOG_READ_BYTES_MAX, Lost};
use crate::store::meta::{COLLECTION_PREFIX, COUNTERS_PREFIX, FORMAT_KEY, FORMAT_VERSION, LOG_KEY};
use crate::store::meta::{read_u32, read_u64};
use crate::store::{GeoCells, Location, Store, StoreOptions};
use crate::value::{RawDoc, validate_document};

use pages::{Commit, DamagedPage, Pages, Root, read_header};

/// Documents and records that are written to the new store at once.
const BATCH: usize = 1_000;

/// `_id`s of lost documents that are named.
const NAMED_MAX: usize = 20;

/// Commits that a header knows.
const COMMITS_KEPT: usize = 2;

/// The environment of collections whose entries are lost, where no other one is known.
const NAMELESS_ENV: &str = "recovered";

/// Tables of other parts that are not worth keeping: answers to requests of other processes.
const PASSING: &str = "receipts";

/// Recovers the store in `from` into a new one in `into`, which must be empty or not exist. The
/// report says what the new one holds; its problems are what could not be recovered.
///
/// # Errors
/// `StoreBusy` while a process has the damaged store open; `Storage` where nothing can be read.
pub fn salvage(from: &Path, into: &Path, geo: Option<Arc<dyn GeoCells>>) -> Result<Report> {
    if fs::read_dir(into).is_ok_and(|mut entries| entries.next().is_some()) {
        let text = format!("{} is not empty: name a new directory", into.display());
        return Err(Error::new(ErrorKind::InvalidParam, text));
    }
    let file = locked(&from.join(FILE_NAME))?;
    let length = file.len().map_err(io_error)?;
    let log = fs::read(from.join(LOG_NAME)).unwrap_or_default();
    let log = if log.len() as u64 > LOG_READ_BYTES_MAX { Vec::new() } else { log };
    let sums = fs::read(from.join(CHECKSUMS_NAME)).unwrap_or_default();
    let mut report = Report::default();
    let found = choose(&file, length, &sums, &log, &mut report)?;
    let options = StoreOptions::new(Location::Directory(into.to_owned()));
    let store = Store::open(StoreOptions { geo, ..options })?;
    let salvaged = Salvage { found, store, report };
    salvaged.run()
}

/// The tables' file, if no process has it open.
fn locked(path: &Path) -> Result<FileBackend> {
    let file = fs::File::options().read(true).write(true).open(path).map_err(|error| {
        Error::new(ErrorKind::Storage, format!("cannot open {}: {error}", path.display()))
    })?;
    let file = FileBackend::new(file)
        .map_err(|error| Error::new(ErrorKind::Storage, error.to_string()))?;
    match file.try_lock_range(Bound::Unbounded, Bound::Included(0)) {
        Ok(false) => {
            let text = "the store is held by another process: end it first";
            Err(Error::new(ErrorKind::StoreBusy, text))
        }
        // Some file systems have no locks.
        Ok(true) | Err(_) => Ok(file),
    }
}

/// One of the commits that the file has, with what the log has beyond it.
struct Candidate<'a> {
    pages: Pages<'a>,
    tables: BTreeMap<String, Option<Root>>,
    meta: BTreeMap<Vec<u8>, Vec<u8>>,
    damaged: Vec<DamagedPage>,
    /// The number of the last commit that the tables have.
    stored: u64,
    log: Option<Found>,
}

/// The newest commit that can be read whole, else the newest of all.
fn choose<'a>(
    file: &'a FileBackend,
    length: u64,
    sums: &[u8],
    log: &[u8],
    report: &mut Report,
) -> Result<Candidate<'a>> {
    let mut first = [0; HEADER_BYTES];
    let known = usize::try_from(length).unwrap_or(HEADER_BYTES).min(HEADER_BYTES);
    file.read(0, &mut first[..known]).map_err(io_error)?;
    let mut candidates: Vec<(u64, bool, Candidate<'a>)> = Vec::new();
    let mut add = |header: &[u8; HEADER_BYTES], is_copy| -> Result<usize> {
        let Some((geometry, commits)) = read_header(header) else { return Ok(0) };
        let count = commits.len();
        for commit in commits {
            if candidates.iter().all(|(number, ..)| *number != commit.number) {
                let pages = Pages { file, length, geometry };
                candidates.push((commit.number, is_copy, examine(pages, &commit, log)?));
            }
        }
        Ok(count)
    };
    if add(&first, false)? < COMMITS_KEPT {
        for copy in checksums::headers_in(sums) {
            add(&copy, true)?;
        }
    }
    candidates.sort_by_key(|(number, ..)| std::cmp::Reverse(*number));
    let newest = candidates.iter().map(|(.., candidate)| candidate.stored).max();
    let is_whole = |candidate: &Candidate<'_>| {
        let has_all = |found: &Found| found.lost.is_none() && Some(found.last) >= newest;
        candidate.damaged.is_empty() && candidate.log.as_ref().is_some_and(has_all)
    };
    let best = candidates.iter().position(|(.., candidate)| is_whole(candidate)).unwrap_or(0);
    if best > 0 {
        report.add("the last commit of the tables cannot be read: the one before it is".into());
    }
    if candidates.is_empty() {
        let text = format!("nothing can be read of {FILE_NAME}: its header is damaged");
        return Err(Error::new(ErrorKind::Storage, text));
    }
    let (_, is_copy, candidate) = candidates.swap_remove(best);
    if is_copy {
        report.add(format!(
            "the header of {FILE_NAME} is damaged: its copy in {CHECKSUMS_NAME} is read"
        ));
    }
    Ok(candidate)
}

fn examine<'a>(pages: Pages<'a>, commit: &Commit, log: &[u8]) -> Result<Candidate<'a>> {
    let (mut damaged, mut meta) = (Vec::new(), BTreeMap::new());
    let tables: BTreeMap<_, _> = pages.tables(commit, &mut damaged)?.into_iter().collect();
    for (name, root) in &tables {
        let Some(root) = root else { continue };
        let is_meta = name == "meta";
        pages.walk(*root, &mut damaged, &mut |key, value| {
            if let (true, Some(key)) = (is_meta, key.get(4..)) {
                meta.insert(key.to_vec(), value.to_vec());
            }
            Ok(())
        })?;
    }
    let stored = meta.get(LOG_KEY).and_then(|number| read_u64(number)).unwrap_or_default();
    let log = log::read(log, stored).ok();
    Ok(Candidate { pages, tables, meta, damaged, stored, log })
}

/// Called with a section's number, a key in it and its value.
type VisitSection<'a> = dyn FnMut(u32, &[u8], &[u8]) -> Result<()> + 'a;

/// What the log has put or removed, by space, section and key.
type Overlay = BTreeMap<(Section, Vec<u8>), Option<Vec<u8>>>;

struct Salvage<'a> {
    found: Candidate<'a>,
    store: Store,
    report: Report,
}

/// Recovered documents of one collection.
#[derive(Default)]
struct Recovered {
    collection: Option<CollectionId>,
    slots: HashSet<u64>,
}

impl Salvage<'_> {
    fn run(mut self) -> Result<Report> {
        self.tell_damage();
        let overlay = self.overlay()?;
        let meta = self.meta(&overlay);
        check_format(&meta)?;
        let mut known = BTreeMap::new();
        for (key, value) in &meta {
            let Some(id) = key.strip_prefix(COLLECTION_PREFIX).and_then(read_u32) else { continue };
            match decode_collection(CollectionId(id), value) {
                Ok(info) => drop(known.insert(id, info)),
                Err(error) => self.report.add(format!("the entry of a collection: {error}")),
            }
        }
        let recovered = self.documents(&known, &overlay)?;
        self.indexes(&known, &recovered)?;
        self.tell_missing(&known, &meta, &recovered, &overlay)?;
        self.records(&overlay)?;
        self.store.flush()?;
        Ok(self.report)
    }

    fn tell_damage(&mut self) {
        self.found.damaged.sort_unstable();
        self.found.damaged.dedup();
        for page in &self.found.damaged {
            let DamagedPage { offset, bytes } = page;
            let end = offset.saturating_add(*bytes).saturating_sub(1);
            self.report.add(format!("bytes {offset} to {end} of {FILE_NAME} are damaged"));
        }
        let lost: Option<&Lost> = self.found.log.as_ref().and_then(|found| found.lost.as_ref());
        if let Some(lost) = lost {
            self.report.add(format!("{lost}; they are not recovered"));
        }
        if self.found.log.is_none() {
            self.report.add(format!(
                "{LOG_NAME} goes on from a later state than the one that was recovered of \
                 {FILE_NAME}, and is not applied"
            ));
        }
    }

    fn overlay(&self) -> Result<Overlay> {
        let mut overlay = Overlay::new();
        for record in self.found.log.iter().flat_map(|found| &found.records) {
            log::visit(record, &mut |section, key, value| {
                overlay.insert((section, key.to_vec()), value.map(<[u8]>::to_vec));
                Ok(())
            })?;
        }
        Ok(overlay)
    }

    fn meta(&self, overlay: &Overlay) -> BTreeMap<Vec<u8>, Vec<u8>> {
        let mut meta = self.found.meta.clone();
        for ((section, key), value) in overlay {
            match value {
                _ if *section != Section::META => {}
                Some(value) => drop(meta.insert(key.clone(), value.clone())),
                None => drop(meta.remove(key)),
            }
        }
        meta
    }

    /// Visits what a space has, in order, with what the log says of it.
    fn scan(&self, space: Space, overlay: &Overlay, visit: &mut VisitSection<'_>) -> Result<()> {
        let first = (Section::new(space, 0), Vec::new());
        let mut later = overlay.range(first..).take_while(|((at, _), _)| at.space == space);
        let mut next = later.next();
        let root = self.found.tables.get(space.table_name()).copied().flatten();
        // Told when the commit was examined.
        let mut told = Vec::new();
        let mut merge = |key: Option<(u32, &[u8], &[u8])>| -> Result<()> {
            while let Some(((section, changed), value)) = next {
                let order =
                    key.map(|(id, key, _)| (section.id, changed.as_slice()).cmp(&(id, key)));
                if order.is_some_and(std::cmp::Ordering::is_gt) {
                    break;
                }
                next = later.next();
                if let Some(value) = value {
                    visit(section.id, changed, value)?;
                }
                if order.is_some_and(std::cmp::Ordering::is_eq) {
                    return Ok(());
                }
            }
            key.map_or(Ok(()), |(id, key, value)| visit(id, key, value))
        };
        if let Some(root) = root {
            self.found.pages.walk(root, &mut told, &mut |key, value| {
                let Some((id, key)) = key.split_first_chunk() else { return Ok(()) };
                merge(Some((u32::from_be_bytes(*id), key, value)))
            })?;
        }
        merge(None)
    }

    /// Moves the documents over, in order.
    fn documents(
        &mut self,
        known: &BTreeMap<u32, CollectionInfo>,
        overlay: &Overlay,
    ) -> Result<BTreeMap<u32, Recovered>> {
        let mut recovered: BTreeMap<u32, Recovered> = BTreeMap::new();
        for info in known.values() {
            let made =
                self.store.write(|writer| writer.create_collection(&info.env, &info.name))?;
            recovered.entry(info.id.0).or_default().collection = Some(made.id);
            self.report.collections += 1;
        }
        let (mut batch, mut problems) = (Vec::new(), Vec::new());
        let (mut documents, mut collections) = (0, 0);
        self.scan(Space::Documents, overlay, &mut |id, key, value| {
            let Some(slot) = read_u64(key) else { return Ok(()) };
            let here = recovered.entry(id).or_default();
            let collection = match here.collection {
                Some(collection) => collection,
                None if self.is_swept(id) => return Ok(()),
                None => {
                    let name = format!("recovered_{id}");
                    problems.push(format!("the name of a collection is lost: it is {name} now"));
                    collections += 1;
                    let env = known.values().next().map_or(NAMELESS_ENV, |info| &info.env);
                    let made = self.store.write(|writer| writer.create_collection(env, &name))?;
                    *here.collection.insert(made.id)
                }
            };
            if validate_document(value, crate::limits::REQUEST_DEPTH_MAX).is_err() {
                return Ok(());
            }
            here.slots.insert(slot);
            documents += 1;
            batch.push((collection, value.to_vec()));
            if batch.len() >= BATCH { put(&self.store, &mut batch, &mut problems) } else { Ok(()) }
        })?;
        put(&self.store, &mut batch, &mut problems)?;
        self.report.documents += documents;
        self.report.collections += collections;
        for problem in problems {
            self.report.add(problem);
        }
        Ok(recovered)
    }

    /// Whether a collection was dropped, and what is left of it is still to be swept.
    fn is_swept(&self, id: u32) -> bool {
        let section = Section::new(Space::Documents, id);
        self.found.meta.contains_key(&crate::store::meta::sweep_key(section))
    }

    fn indexes(
        &mut self,
        known: &BTreeMap<u32, CollectionInfo>,
        recovered: &BTreeMap<u32, Recovered>,
    ) -> Result<()> {
        for info in known.values() {
            let made = recovered.get(&info.id.0).and_then(|recovered| recovered.collection);
            let Some(collection) = made else { continue };
            for index in &*info.indexes {
                let definition = index.definition.clone();
                let made = self.store.write(|writer| writer.create_index(collection, definition));
                match made {
                    Err(error) if error.kind() == ErrorKind::Storage => return Err(error),
                    Err(error) => self.report.add(format!(
                        "{}.{}: the index {} is not made: {error}",
                        info.env, info.name, index.definition.name
                    )),
                    Ok(_) => {}
                }
            }
        }
        Ok(())
    }

    /// Tells of documents that there were.
    fn tell_missing(
        &mut self,
        known: &BTreeMap<u32, CollectionInfo>,
        meta: &BTreeMap<Vec<u8>, Vec<u8>>,
        recovered: &BTreeMap<u32, Recovered>,
        overlay: &Overlay,
    ) -> Result<()> {
        let mut named: BTreeMap<u32, Vec<String>> = BTreeMap::new();
        self.scan(Space::Ids, overlay, &mut |id, key, slot| {
            let slot = read_u64(slot).unwrap_or(u64::MAX);
            if known.contains_key(&id)
                && recovered.get(&id).is_none_or(|here| !here.slots.contains(&slot))
            {
                named.entry(id).or_default().push(id_text(key));
            }
            Ok(())
        })?;
        for info in known.values() {
            let counters = meta.get(&[COUNTERS_PREFIX, &info.id.0.to_be_bytes()].concat());
            let counted = counters.and_then(|counters| read_u64(counters.get(8..)?));
            let found = recovered.get(&info.id.0).map_or(0, |here| here.slots.len() as u64);
            let named = named.remove(&info.id.0).unwrap_or_default();
            let missing =
                counted.map_or(named.len() as u64, |counted| counted.saturating_sub(found));
            if missing == 0 && named.is_empty() {
                continue;
            }
            let ids = named.iter().take(NAMED_MAX).cloned().collect::<Vec<_>>().join(", ");
            let ids = if ids.is_empty() { String::new() } else { format!("; _id: {ids}") };
            let more = if named.len() > NAMED_MAX { ", .." } else { "" };
            self.report.add(format!(
                "{}.{}: {missing} documents are lost, {found} recovered{ids}{more}",
                info.env, info.name
            ));
        }
        Ok(())
    }

    /// Moves what other parts of the engine keep.
    fn records(&mut self, overlay: &Overlay) -> Result<()> {
        let mut batch: Vec<(String, Vec<u8>, Vec<u8>)> = Vec::new();
        let put = |batch: &mut Vec<(String, Vec<u8>, Vec<u8>)>| {
            let records = std::mem::take(batch);
            self.store.write(|writer| {
                records
                    .iter()
                    .try_for_each(|(table, key, value)| writer.put_record(table, key, value))
            })
        };
        self.scan(Space::Records, overlay, &mut |_, key, value| {
            let Some(end) = key.iter().position(|byte| *byte == 0) else { return Ok(()) };
            let table = String::from_utf8_lossy(&key[..end]).into_owned();
            if table == PASSING {
                return Ok(());
            }
            batch.push((table, key[end + 1..].to_vec(), value.to_vec()));
            if batch.len() >= BATCH { put(&mut batch) } else { Ok(()) }
        })?;
        put(&mut batch)
    }
}

fn check_format(meta: &BTreeMap<Vec<u8>, Vec<u8>>) -> Result<()> {
    match meta.get(FORMAT_KEY).and_then(|version| read_u32(version)) {
        Some(version) if version > FORMAT_VERSION => {
            let text = "a newer version of wx-server-sdk-local wrote the store: upgrade it";
            Err(Error::new(ErrorKind::StoreTooNew, text))
        }
        _ => Ok(()),
    }
}

/// Inserts documents; one that the store refuses is told, and the others go in.
fn put(
    store: &Store,
    batch: &mut Vec<(CollectionId, Vec<u8>)>,
    problems: &mut Vec<String>,
) -> Result<()> {
    let documents = std::mem::take(batch);
    let all = store.write(|writer| {
        documents.iter().try_for_each(|(to, document)| writer.insert(*to, document).map(drop))
    });
    if all.is_ok() {
        return Ok(());
    }
    for (to, document) in &documents {
        match store.write(|writer| writer.insert(*to, document).map(drop)) {
            Err(error) if error.kind() == ErrorKind::Storage => return Err(error),
            Err(error) => {
                let id = RawDoc::new(document).get("_id");
                problems.push(format!("a document is lost ({error}): _id {id:?}"));
            }
            Ok(()) => {}
        }
    }
    Ok(())
}

/// The `_id` that a key was made of, where it is a text.
fn id_text(key: &[u8]) -> String {
    match key {
        [0x08, text @ .., 0, 0] => format!("'{}'", String::from_utf8_lossy(text).escape_debug()),
        [0x0C, id @ ..] => crate::value::hex_text(id),
        other => format!("key {}", crate::value::hex_text(other)),
    }
}
