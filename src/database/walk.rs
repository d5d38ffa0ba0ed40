//! Walks the documents that a plan reaches.

use std::cell::Cell;
use std::ops::ControlFlow;

use crate::database::deadline::Deadline;
use crate::database::plan::Access;
use crate::database::plan::Examined;
use crate::database::plan::IndexScan;
use crate::database::plan::ReadFrom;
use crate::database::view::Entries;
use crate::database::view::View;
use crate::database::view::Visit;
use crate::error::Result;
use crate::query::Bound;
use crate::store::CollectionInfo;
use crate::store::Slot;
use crate::value::Bson;

/// One reading of one collection.
pub struct Walk<'a> {
    pub view: &'a View<'a>,
    pub collection: &'a CollectionInfo,
    pub deadline: &'a Deadline,
    keys: Cell<u64>,
    documents: Cell<u64>,
}

impl<'a> Walk<'a> {
    pub fn new(view: &'a View<'a>, collection: &'a CollectionInfo, deadline: &'a Deadline) -> Self {
        Self { view, collection, deadline, keys: Cell::new(0), documents: Cell::new(0) }
    }

    pub fn examined(&self) -> Examined {
        Examined { keys: self.keys.get(), documents: self.documents.get() }
    }

    /// Visits each document once: in the order of the index if the plan gives a sort, in slot
    /// order otherwise, whatever the plan.
    pub fn visit(&self, access: &Access, visit: &mut Visit<'_>) -> Result<()> {
        match access {
            Access::Nothing => Ok(()),
            Access::Id(id) => self.visit_ids(std::slice::from_ref(id), visit),
            Access::Ids(ids) => self.visit_ids(ids, visit),
            Access::Collection => self.view.scan(self.collection, &mut |slot, document| {
                self.count_document()?;
                visit(slot, document)
            }),
            Access::Index(scan) => match scan.sorted {
                Some(from) => self.visit_in_index_order(scan, from, visit),
                // One key has its documents in slot order: they need not be gathered first.
                None if self.has_one_key(scan) => {
                    self.visit_in_index_order(scan, ReadFrom::Start, visit)
                }
                None => {
                    let slots = self.slots_of_index(scan)?;
                    self.visit_slots(&slots, visit)
                }
            },
        }
    }

    /// Visits the documents of `slots` that exist.
    pub fn visit_slots(&self, slots: &[Slot], visit: &mut Visit<'_>) -> Result<()> {
        for slot in slots {
            if self.visit_slot(*slot, visit)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn visit_slot(&self, slot: Slot, visit: &mut Visit<'_>) -> Result<ControlFlow<()>> {
        self.count_document()?;
        let flow = self.view.document(self.collection, slot, |document| visit(slot, document))?;
        flow.unwrap_or(Ok(ControlFlow::Continue(())))
    }

    fn visit_ids(&self, ids: &[Bson], visit: &mut Visit<'_>) -> Result<()> {
        let mut slots = Vec::with_capacity(ids.len());
        for id in ids {
            self.count_key()?;
            slots.extend(self.view.slot_of(self.collection, id)?);
        }
        // The same number may stand in the list as two types.
        slots.sort_unstable();
        slots.dedup();
        self.visit_slots(&slots, visit)
    }

    fn visit_in_index_order(
        &self,
        scan: &IndexScan,
        from: ReadFrom,
        visit: &mut Visit<'_>,
    ) -> Result<()> {
        // Such a scan has one range, in which no document stands twice.
        for range in &scan.ranges {
            let entries = Entries { index: scan.index, range, reverse: from == ReadFrom::End };
            self.view.scan_index(self.collection, entries, &mut |slot| {
                self.count_key()?;
                self.visit_slot(slot, visit)
            })?;
        }
        Ok(())
    }

    /// Whether the scan asks for one whole key of an index that knows all documents.
    fn has_one_key(&self, scan: &IndexScan) -> bool {
        let Some(index) = scan.index.of(self.collection) else { return false };
        scan.ranges.len() == 1
            && scan.bounds.len() == index.definition.fields.len()
            && scan.bounds.iter().all(|bound| matches!(bound, Bound::Points(_)))
            && self.view.indexes_are_ordered(self.collection)
    }

    /// The documents that the index names, each once, in slot order.
    pub fn slots_of_index(&self, scan: &IndexScan) -> Result<Vec<Slot>> {
        let mut slots = Vec::new();
        for range in &scan.ranges {
            let entries = Entries { index: scan.index, range, reverse: false };
            self.view.scan_index(self.collection, entries, &mut |slot| {
                self.count_key()?;
                slots.push(slot);
                Ok(ControlFlow::Continue(()))
            })?;
        }
        slots.extend(self.view.changed_slots(self.collection));
        slots.sort_unstable();
        slots.dedup();
        Ok(slots)
    }

    fn count_document(&self) -> Result<()> {
        self.documents.set(self.documents.get() + 1);
        self.deadline.step()
    }

    fn count_key(&self) -> Result<()> {
        self.keys.set(self.keys.get() + 1);
        self.deadline.step()
    }
}
