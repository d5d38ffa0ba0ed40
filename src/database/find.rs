//! `find` and `count`.

use std::ops::ControlFlow;

use crate::database::answer::Answer;
use crate::database::command::Find;
use crate::database::deadline::Deadline;
use crate::database::near;
use crate::database::parse;
use crate::database::plan::Access;
use crate::database::plan::Examined;
use crate::database::planner;
use crate::database::planner::Question;
use crate::database::top_k::TopK;
use crate::database::view::View;
use crate::database::walk::Walk;
use crate::error::Result;
use crate::query::Filter;
use crate::query::Projection;
use crate::query::Sort;
use crate::query::SortKey;
use crate::store::Slot;
use crate::value::Document;

/// A parsed [`Find`].
pub struct FindPlan {
    pub collection: String,
    pub filter: Filter,
    pub sort: Sort,
    pub skip: usize,
    pub limit: usize,
    pub projection: Option<Projection>,
}

impl FindPlan {
    pub fn parse(mut find: Find, now_ms: i64) -> Result<Self> {
        let projection = find
            .projection
            .as_mut()
            .filter(|projection| !projection.is_empty())
            .map(|projection| parse::projection(projection, now_ms));
        Ok(Self {
            filter: parse::filter(&mut find.filter, now_ms)?,
            sort: Sort::parse(&find.sort)?,
            skip: usize::try_from(find.skip).unwrap_or(usize::MAX),
            limit: find
                .limit
                .map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX)),
            projection: projection.transpose()?,
            collection: find.collection,
        })
    }

    /// The documents wanted before any are skipped.
    fn wanted(&self) -> usize {
        self.skip.saturating_add(self.limit)
    }

    pub fn access(&self, walk: &Walk<'_>) -> Result<Access> {
        planner::choose(
            walk.collection,
            &Question {
                filter: &self.filter,
                sort: Some(&self.sort),
                limited: self.limit != usize::MAX,
                ordered: walk.view.indexes_are_ordered(walk.collection),
            },
        )
    }
}

/// Documents found, and what it took to find them.
pub struct Found {
    pub documents: Vec<Vec<u8>>,
    pub examined: Examined,
}

pub fn find(view: &View<'_>, plan: &FindPlan, deadline: &Deadline) -> Result<Found> {
    let collection = view.collection(&plan.collection)?;
    let walk = Walk::new(view, &collection, deadline);
    let mut answer = Answer::new(plan.projection.as_ref());
    if plan.limit > 0 {
        collect(&walk, plan, &mut answer)?;
    }
    Ok(Found { documents: answer.into_documents(), examined: walk.examined() })
}

fn collect(walk: &Walk<'_>, plan: &FindPlan, answer: &mut Answer<'_>) -> Result<()> {
    if plan.filter.geo_near().is_some() && plan.sort.is_empty() {
        let slots = near::slots_by_distance(walk, &plan.filter, plan.wanted())?;
        return fetch(walk, slots.get(plan.skip..).unwrap_or_default(), answer);
    }
    if plan.filter.geo_near().is_some() {
        near::require_index(walk, &plan.filter)?;
    }
    let access = plan.access(walk)?;
    if plan.sort.is_empty() || matches!(access, Access::Id(_)) {
        return stream(walk, plan, &access, answer);
    }
    let slots = match &access {
        Access::Index(scan) if scan.sorted.is_some() => slots_in_groups(walk, plan, &access)?,
        _ => slots_by_sorting(walk, plan, &access)?,
    };
    fetch(walk, slots.get(plan.skip..).unwrap_or_default(), answer)
}

/// Answers in the order of the walk.
fn stream(
    walk: &Walk<'_>,
    plan: &FindPlan,
    access: &Access,
    answer: &mut Answer<'_>,
) -> Result<()> {
    let mut to_skip = plan.skip;
    walk.visit(access, &mut |_, document| {
        if !plan.filter.matches(document)? {
            return Ok(ControlFlow::Continue(()));
        }
        if to_skip > 0 {
            to_skip -= 1;
            return Ok(ControlFlow::Continue(()));
        }
        answer.push(document)?;
        Ok(if answer.len() >= plan.limit {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        })
    })
}

fn slots_by_sorting(walk: &Walk<'_>, plan: &FindPlan, access: &Access) -> Result<Vec<Slot>> {
    let mut top = TopK::new(plan.wanted());
    walk.visit(access, &mut |slot, document| {
        if plan.filter.matches(document)? {
            top.push((plan.sort.key(document), slot))?;
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(top.into_sorted().into_iter().map(|(_, slot)| slot).collect())
}

fn slots_in_groups(walk: &Walk<'_>, plan: &FindPlan, access: &Access) -> Result<Vec<Slot>> {
    let mut slots: Vec<Slot> = Vec::new();
    let order = InOrder { filter: &plan.filter, sort: &plan.sort, wanted: plan.wanted() };
    visit_in_groups(walk, access, order, &mut |slot| {
        slots.push(slot);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(slots)
}

/// What is wanted of a sorted scan.
#[derive(Clone, Copy)]
pub struct InOrder<'a> {
    pub filter: &'a Filter,
    pub sort: &'a Sort,
    /// Most documents visited; at least one.
    pub wanted: usize,
}

/// Visits the first matches of a sorted scan, equal keys in slot order. The index gives the keys
/// in order, but not equal ones in slot order: it may have more fields than the sort, or be read
/// from its end. They are ordered group by group.
pub fn visit_in_groups(
    walk: &Walk<'_>,
    access: &Access,
    order: InOrder<'_>,
    visit: &mut dyn FnMut(Slot) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let InOrder { filter, sort, wanted } = order;
    let mut left = wanted;
    let mut group: Option<(SortKey, TopK<Slot>)> = None;
    let mut flush = |members: TopK<Slot>, left: &mut usize| -> Result<ControlFlow<()>> {
        for slot in members.into_sorted() {
            *left -= 1;
            if visit(slot)?.is_break() {
                *left = 0;
            }
            if *left == 0 {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    };
    walk.visit(access, &mut |slot, document| {
        if !filter.matches(document)? {
            return Ok(ControlFlow::Continue(()));
        }
        let key = sort.key(document);
        if let Some((current, members)) = &mut group
            && *current == key
        {
            members.push(slot)?;
            return Ok(ControlFlow::Continue(()));
        }
        if let Some((_, members)) = group.take()
            && flush(members, &mut left)?.is_break()
        {
            return Ok(ControlFlow::Break(()));
        }
        let mut members = TopK::new(left);
        members.push(slot)?;
        group = Some((key, members));
        Ok(ControlFlow::Continue(()))
    })?;
    if let Some((_, members)) = group {
        // Breaking and coming to the end are the same here.
        let _ = flush(members, &mut left)?;
    }
    Ok(())
}

/// Adds the documents of `slots`. The walk has counted them when it found them.
fn fetch(walk: &Walk<'_>, slots: &[Slot], answer: &mut Answer<'_>) -> Result<()> {
    for slot in slots {
        let pushed = walk.view.document(walk.collection, *slot, |found| answer.push(found))?;
        pushed.transpose()?;
    }
    Ok(())
}

/// A parsed count.
pub struct CountPlan {
    pub collection: String,
    pub filter: Filter,
}

impl CountPlan {
    pub fn parse(collection: String, mut filter: Document, now_ms: i64) -> Result<Self> {
        Ok(Self { collection, filter: parse::filter(&mut filter, now_ms)? })
    }
}

/// The number of matching documents.
pub fn count(view: &View<'_>, plan: &CountPlan, deadline: &Deadline) -> Result<(u64, Examined)> {
    let collection = view.collection(&plan.collection)?;
    if plan.filter.is_empty()
        && let Some(count) = view.count(&collection)?
    {
        return Ok((count, Examined::default()));
    }
    let walk = Walk::new(view, &collection, deadline);
    if plan.filter.geo_near().is_some() {
        let slots = near::slots_by_distance(&walk, &plan.filter, usize::MAX)?;
        return Ok((slots.len() as u64, walk.examined()));
    }
    let access = access_for(&walk, &plan.filter)?;
    let mut count = 0;
    walk.visit(&access, &mut |_, document| {
        count += u64::from(plan.filter.matches(document)?);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok((count, walk.examined()))
}

/// The way to documents whose order does not matter.
pub fn access_for(walk: &Walk<'_>, filter: &Filter) -> Result<Access> {
    let ordered = walk.view.indexes_are_ordered(walk.collection);
    let question = Question { filter, sort: None, limited: false, ordered };
    planner::choose(walk.collection, &question)
}

/// The documents that match, at most `limit` of them, in the order in which they would be found:
/// what an update or a removal works on.
pub fn matching_slots(walk: &Walk<'_>, filter: &Filter, limit: usize) -> Result<Vec<Slot>> {
    if filter.geo_near().is_some() {
        return near::slots_by_distance(walk, filter, limit);
    }
    let mut slots = Vec::new();
    walk.visit(&access_for(walk, filter)?, &mut |slot, document| {
        if filter.matches(document)? {
            slots.push(slot);
        }
        Ok(if slots.len() >= limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    })?;
    Ok(slots)
}
