//! `update`, `replace` and `delete`: find the documents, then change them one by one.
//!
//! The documents are chosen before the first is changed, so a change never makes a document match
//! again. The whole call is one job of the store: it happens completely or not at all.

use crate::database::command::Update as UpdateCommand;
use crate::database::command::Updated;
use crate::database::deadline::Deadline;
use crate::database::find::matching_slots;
use crate::database::insert::Ids;
use crate::database::insert::check_id;
use crate::database::insert::with_id_first;
use crate::database::parse;
use crate::database::server_date::resolve_document;
use crate::database::target;
use crate::database::target::Target;
use crate::database::target::id_of;
use crate::database::walk::Walk;
use crate::error::{Error, Result};
use crate::query::Filter;
use crate::store::CollectionInfo;
use crate::store::Slot;
use crate::update::Update;
use crate::update::check_storable_raw;
use crate::value::Bson;
use crate::value::Document;
use crate::value::RawDoc;
use crate::value::encode_document;
use crate::value::equal;
use crate::value::shell_text;

/// MongoDB's number for a change of a field that cannot change.
const IMMUTABLE_FIELD: i32 = 66;

/// Which documents a write works on.
pub struct Selection {
    pub collection: String,
    pub filter: Filter,
    pub multi: bool,
}

impl Selection {
    fn parse(collection: String, mut filter: Document, multi: bool, now_ms: i64) -> Result<Self> {
        Ok(Self { collection, filter: parse::filter(&mut filter, now_ms)?, multi })
    }

    fn limit(&self) -> usize {
        if self.multi { usize::MAX } else { 1 }
    }

    fn slots(
        &self,
        target: &dyn Target,
        collection: &CollectionInfo,
        deadline: &Deadline,
    ) -> Result<Vec<Slot>> {
        target::read(target, |view| {
            let walk = Walk::new(view, collection, deadline);
            matching_slots(&walk, &self.filter, self.limit())
        })
    }
}

/// A copy of a document that exists.
fn document_at(
    target: &dyn Target,
    collection: &CollectionInfo,
    slot: Slot,
) -> Result<Option<Vec<u8>>> {
    target::read(target, |view| {
        view.document(collection, slot, |document| document.as_bytes().to_vec())
    })
}

pub struct UpdatePlan {
    pub selection: Selection,
    update: Update,
}

impl UpdatePlan {
    pub fn parse(mut command: UpdateCommand, now_ms: i64) -> Result<Self> {
        let update = parse::update(&mut command.update, now_ms)?;
        let UpdateCommand { collection, filter, multi, .. } = command;
        Ok(Self { selection: Selection::parse(collection, filter, multi, now_ms)?, update })
    }

    pub fn apply(&self, target: &mut dyn Target, deadline: &Deadline) -> Result<Updated> {
        let collection = target.collection_for_writing(&self.selection.collection)?;
        let slots = self.selection.slots(target, &collection, deadline)?;
        let mut updated = Updated::default();
        for slot in slots {
            deadline.step()?;
            let Some(old) = document_at(target, &collection, slot)? else { continue };
            updated.matched += 1;
            let raw = RawDoc::new(&old);
            let positional = match self.update.needs_positional() {
                Some(path) => self.selection.filter.positional_index(raw, path)?,
                None => None,
            };
            if let Some(new) = self.update.apply_raw(raw, positional)? {
                check_storable_raw(&new)?;
                target.replace(&collection, slot, &old, &new)?;
                updated.modified += 1;
            }
        }
        Ok(updated)
    }
}

pub struct ReplacePlan {
    pub selection: Selection,
    replacement: Vec<u8>,
    upsert: Option<(Bson, Vec<u8>)>,
}

impl ReplacePlan {
    pub fn parse(
        collection: String,
        filter: Document,
        mut replacement: Document,
        upsert: bool,
        ids: Ids<'_>,
    ) -> Result<Self> {
        let now_ms = ids.clock.now_ms();
        resolve_document(&mut replacement, now_ms)?;
        let selection = Selection::parse(collection, filter, false, now_ms)?;
        let replacement = encode_document(&replacement);
        check_storable_raw(&replacement)?;
        let upsert =
            if upsert { Some(document_to_insert(&selection, &replacement, ids)?) } else { None };
        Ok(Self { selection, replacement, upsert })
    }

    pub fn apply(&self, target: &mut dyn Target, deadline: &Deadline) -> Result<Updated> {
        let collection = target.collection_for_writing(&self.selection.collection)?;
        let slots = self.selection.slots(target, &collection, deadline)?;
        if let Some(slot) = slots.first() {
            return self.replace(target, &collection, *slot);
        }
        let mut updated = Updated::default();
        if let Some((id, document)) = &self.upsert {
            target.insert(&collection, id, document)?;
            updated.upserted = Some(id.clone());
        }
        Ok(updated)
    }

    fn replace(
        &self,
        target: &mut dyn Target,
        collection: &CollectionInfo,
        slot: Slot,
    ) -> Result<Updated> {
        let Some(old) = document_at(target, collection, slot)? else {
            return Ok(Updated::default());
        };
        let (id, given) = (id_of(&old), RawDoc::new(&self.replacement).get("_id"));
        if given.is_some() {
            check_same_id(&id, &id_of(&self.replacement))?;
        }
        let new = with_id_first(&id, RawDoc::new(&self.replacement));
        check_storable_raw(&new)?;
        let modified = u64::from(new != old);
        if modified > 0 {
            target.replace(collection, slot, &old, &new)?;
        }
        Ok(Updated { matched: 1, modified, upserted: None })
    }
}

fn check_same_id(id: &Bson, given: &Bson) -> Result<()> {
    if equal(id, given) {
        return Ok(());
    }
    Err(Error::mongo(
        IMMUTABLE_FIELD,
        format!(
            "After applying the update, the (immutable) field '_id' was found to have been \
             altered to _id: {}",
            shell_text(given)
        ),
    ))
}

/// What an upsert inserts: the `_id` is the filter's, else the replacement's, else a new one.
fn document_to_insert(
    selection: &Selection,
    replacement: &[u8],
    ids: Ids<'_>,
) -> Result<(Bson, Vec<u8>)> {
    let raw = RawDoc::new(replacement);
    let id = match (selection.filter.equality_on_id(), raw.get("_id")) {
        (Some(wanted), Some(_)) => {
            check_same_id(wanted, &id_of(replacement))?;
            wanted.clone()
        }
        (Some(wanted), None) => wanted.clone(),
        (None, Some(_)) => id_of(replacement),
        (None, None) => ids.next(),
    };
    let document = with_id_first(&id, raw);
    if let Some(id) = RawDoc::new(&document).get("_id") {
        check_id(id)?;
    }
    check_storable_raw(&document)?;
    Ok((id, document))
}

pub struct DeletePlan {
    pub selection: Selection,
}

impl DeletePlan {
    pub fn parse(collection: String, filter: Document, multi: bool, now_ms: i64) -> Result<Self> {
        Ok(Self { selection: Selection::parse(collection, filter, multi, now_ms)? })
    }

    pub fn apply(&self, target: &mut dyn Target, deadline: &Deadline) -> Result<u64> {
        let collection = target::read(target, |view| view.collection(&self.selection.collection))?;
        let slots = self.selection.slots(target, &collection, deadline)?;
        let mut deleted = 0;
        for slot in slots {
            deadline.step()?;
            let Some(old) = document_at(target, &collection, slot)? else { continue };
            target.remove(&collection, slot, &old)?;
            deleted += 1;
        }
        Ok(deleted)
    }
}
