//! `$sort`: all documents in order; with a `$limit` behind it only those that will be wanted.

use std::collections::BinaryHeap;

use crate::aggregate::field::parse_path;
use crate::aggregate::memory::Memory;
use crate::aggregate::memory::sort_refusal;
use crate::aggregate::operator::Downstream;
use crate::aggregate::operator::Flow;
use crate::aggregate::operator::MORE;
use crate::aggregate::operator::Operator;
use crate::aggregate::operator::Run;
use crate::aggregate::stage::Stage;
use crate::aggregate::stage::to_i64;
use crate::error::Error;
use crate::error::Result;
use crate::query::Sort as Order;
use crate::query::SortKey;
use crate::value::Bson;
use crate::value::Document;
use crate::value::RawDoc;

#[derive(Debug)]
pub(crate) struct Sort {
    order: Order,
}

impl Sort {
    pub fn parse(value: &Bson) -> Result<Self> {
        let Bson::Document(specification) = value else {
            return Err(Error::mongo(15973, "the $sort key specification must be an object"));
        };
        let mut keys = Document::new();
        for (path, direction) in specification {
            parse_path(path)?;
            keys.insert(path.clone(), Bson::Int32(parse_direction(direction)?));
        }
        if keys.is_empty() {
            return Err(Error::mongo(15976, "$sort stage must have at least one sort key"));
        }
        Ok(Self { order: Order::parse(&keys)? })
    }

    pub fn sort(&self) -> &Order {
        &self.order
    }

    /// The stage at work. `wanted` is the number of documents that the stages behind will take.
    pub fn operator<'p>(&'p self, wanted: Option<u64>, run: Run<'p>) -> Box<dyn Operator + 'p> {
        let memory = Memory::new(run.memory_bytes_max, sort_refusal);
        match wanted.map(usize::try_from) {
            Some(Ok(wanted)) => Box::new(Top {
                order: &self.order,
                wanted,
                kept: BinaryHeap::new(),
                seen: 0,
                memory,
            }),
            _ => Box::new(Sorting { order: &self.order, kept: Vec::new(), memory }),
        }
    }
}

fn parse_direction(direction: &Bson) -> Result<i32> {
    if let Bson::Document(meta) = direction {
        if meta.keys().next().is_some_and(|key| key == "$meta") {
            return Err(Error::mongo(
                40218,
                "query requires text score metadata, but it is not available",
            ));
        }
        return Err(Error::mongo(
            17312,
            "$meta is the only expression supported by $sort right now",
        ));
    }
    let Some(number) = to_i64(direction) else {
        return Err(Error::mongo(
            15974,
            "$sort key ordering must be specified using a number or {$meta: 'textScore'}",
        ));
    };
    match number {
        1 => Ok(1),
        -1 => Ok(-1),
        _ => Err(Error::mongo(
            15975,
            "$sort key ordering must be 1 (for ascending) or -1 (for descending)",
        )),
    }
}

/// How many of the sorted documents are wanted by the stages behind a `$sort`: what a `$limit`
/// takes, with what a `$skip` before it drops. None for all.
pub(crate) fn rows_wanted(following: &mut dyn Iterator<Item = &Stage>) -> Option<u64> {
    let mut skipped = 0_u64;
    for stage in following {
        match stage {
            Stage::Skip(count) => skipped = skipped.saturating_add(*count),
            Stage::Limit(count) => return Some(skipped.saturating_add(*count)),
            stage if stage.is_one_to_one() => {}
            _ => return None,
        }
    }
    None
}

/// Memory of one kept document beside its bytes.
const ROW_BYTES: usize = 96;

/// A document with what it is ordered by; equal keys stay in the order they came in.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    key: SortKey,
    number: u64,
    document: Box<[u8]>,
}

struct Sorting<'p> {
    order: &'p Order,
    kept: Vec<Row>,
    memory: Memory,
}

impl Operator for Sorting<'_> {
    fn push(&mut self, document: RawDoc<'_>, _next: &mut Downstream<'_, '_>) -> Result<Flow> {
        self.memory.take(document.as_bytes().len() + ROW_BYTES)?;
        let number = u64::try_from(self.kept.len()).unwrap_or(u64::MAX);
        let key = self.order.key(document);
        self.kept.push(Row { key, number, document: document.as_bytes().into() });
        Ok(MORE)
    }

    fn finish(&mut self, next: &mut Downstream<'_, '_>) -> Result<()> {
        let mut rows = std::mem::take(&mut self.kept);
        rows.sort_unstable();
        emit(rows, next)
    }
}

struct Top<'p> {
    order: &'p Order,
    wanted: usize,
    /// The best so far, the worst of them on top.
    kept: BinaryHeap<Row>,
    seen: u64,
    memory: Memory,
}

impl Operator for Top<'_> {
    fn push(&mut self, document: RawDoc<'_>, _next: &mut Downstream<'_, '_>) -> Result<Flow> {
        let key = self.order.key(document);
        let number = self.seen;
        self.seen += 1;
        if self.kept.len() >= self.wanted {
            match self.kept.peek() {
                // Of equal keys the earlier document stays.
                Some(worst) if key < worst.key => {}
                _ => return Ok(MORE),
            }
            if let Some(worst) = self.kept.pop() {
                self.memory.give_back(worst.document.len() + ROW_BYTES);
            }
        }
        self.memory.take(document.as_bytes().len() + ROW_BYTES)?;
        self.kept.push(Row { key, number, document: document.as_bytes().into() });
        Ok(MORE)
    }

    fn finish(&mut self, next: &mut Downstream<'_, '_>) -> Result<()> {
        emit(std::mem::take(&mut self.kept).into_sorted_vec(), next)
    }
}

fn emit(rows: Vec<Row>, next: &mut Downstream<'_, '_>) -> Result<()> {
    for row in rows {
        if next.push(RawDoc::new(&row.document))?.is_break() {
            break;
        }
    }
    Ok(())
}
