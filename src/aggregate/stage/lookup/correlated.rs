//! `$lookup` by a pipeline that runs once a document.
//!
//! Stages at its start that read no variable run once and their documents are kept. Where the
//! stage after them asks for a field that equals a variable, only the documents with that value go
//! through it: found by a hash of the kept ones, or first by an index on the field.

use crate::aggregate::field::compute;
use crate::aggregate::join::ForeignTable;
use crate::aggregate::operator::Downstream;
use crate::aggregate::operator::ENOUGH;
use crate::aggregate::operator::Flow;
use crate::aggregate::operator::MORE;
use crate::aggregate::operator::Operator;
use crate::aggregate::operator::Run;
use crate::aggregate::operator::Sink;
use crate::aggregate::output::Output;
use crate::aggregate::output::check_depth;
use crate::aggregate::output::write_with;
use crate::aggregate::stage::lookup::INDEX_LOOKUPS;
use crate::aggregate::stage::lookup::SubPipeline;
use crate::aggregate::stage::lookup::narrowing::Narrowing;
use crate::aggregate::stage::lookup::too_many;
use crate::aggregate::stored::lend;
use crate::error::Result;
use crate::limits::DOCUMENT_BYTES_MAX;
use crate::query::Bound;
use crate::query::FieldBounds;
use crate::query::Filter;
use crate::value::Bson;
use crate::value::FieldPath;
use crate::value::RawDoc;
use crate::value::RawValue;
use crate::value::shell_text;
use crate::value::to_bson;

/// Deepest nesting of a document between stages.
const DEPTH_MAX: usize = 200;

pub(super) struct Correlated<'p> {
    from: &'p str,
    into: &'p FieldPath,
    sub: &'p SubPipeline,
    run: Run<'p>,
    shared: Shared,
    /// Whether an index serves the first `$match`, and whether one the field of its equality.
    match_is_indexed: bool,
    field_is_indexed: bool,
    /// Documents that may still ask an index before the kept documents are made.
    asks_left: usize,
    key: Vec<u8>,
    out: Output,
}

/// What the stages without variables gave.
enum Shared {
    NotRun,
    /// To be found by the field of the equality, if there is one.
    Documents(ForeignTable),
    /// Not kept, or more than a stage may keep: they run again for every document.
    EachTime,
}

impl<'p> Correlated<'p> {
    pub fn new(from: &'p str, into: &'p FieldPath, sub: &'p SubPipeline, run: Run<'p>) -> Self {
        // Without such stages the collection itself is kept, unless the filter of a first `$match`
        // may find its documents by an index.
        let reads_collection = sub.shared_stages == 0;
        let has_index = |path: &FieldPath| run.collections.has_index(from, path);
        let is_indexed = |bounds: &FieldBounds| {
            matches!(bounds.bound, Bound::Cells(_)) || has_index(&bounds.path)
        };
        let leading = sub.pipeline.leading_match().filter(|_| reads_collection);
        let field = sub.narrowing.as_ref().map(Narrowing::path).filter(|_| reads_collection);
        Self {
            from,
            into,
            sub,
            run,
            shared: Shared::NotRun,
            match_is_indexed: leading.is_some_and(|filter| filter.bounds().iter().any(is_indexed)),
            field_is_indexed: field.is_some_and(has_index),
            // Without an equality the kept documents would all go through the pipeline each time.
            asks_left: if sub.narrowing.is_some() { INDEX_LOOKUPS } else { usize::MAX },
            key: Vec::new(),
            out: Output::default(),
        }
    }

    /// The values of all variables in scope for one document.
    fn values(&self, document: RawDoc<'_>) -> Result<Vec<Option<Bson>>> {
        let mut values = self.run.values.to_vec();
        for expression in &self.sub.variables {
            let value = compute(expression, document, &self.run, |value| Ok(value.map(to_bson)))?;
            values.push(value);
        }
        Ok(values)
    }

    fn share(&mut self, run: Run<'_>) -> Result<()> {
        let Shared::NotRun = self.shared else { return Ok(()) };
        let mut table = ForeignTable::new();
        let mut fits = true;
        let count = self.sub.shared_stages;
        self.sub.pipeline.run_prefix(count, self.from, run, &mut |document| {
            let number = table.push(document);
            if let Some(narrowing) = &self.sub.narrowing {
                let value = narrowing.field_value(document, &run)?;
                table.link(lend(&value, &mut Vec::new()), number);
            }
            fits = table.memory_bytes() <= run.memory_bytes_max;
            Ok(if fits { MORE } else { ENOUGH })
        })?;
        self.shared = if fits { Shared::Documents(table) } else { Shared::EachTime };
        Ok(())
    }

    /// A filter by which an index finds what the sub-pipeline wants for `value`, while it may.
    fn index_filter(&self, value: Option<&Bson>) -> Result<Option<Filter>> {
        let is_kept = matches!(self.shared, Shared::Documents(_));
        match (&self.sub.narrowing, value) {
            (Some(narrowing), Some(value)) if self.field_is_indexed && !is_kept => {
                narrowing.filter(value)
            }
            _ => Ok(None),
        }
    }

    /// The documents that go through the sub-pipeline for one document.
    fn run_for(&mut self, document: RawDoc<'_>, run: Run<'_>, keep: &mut Sink<'_>) -> Result<()> {
        let sub = self.sub;
        let narrowing = sub.narrowing.as_ref();
        let value =
            narrowing.map(|narrowing| narrowing.variable_value(document, &run)).transpose()?;
        let filter = self.index_filter(value.as_ref())?;
        if self.asks_left > 0 && (self.match_is_indexed || filter.is_some()) {
            self.asks_left -= 1;
        } else {
            self.share(run)?;
        }
        match (&self.shared, filter) {
            (Shared::Documents(table), _) => {
                let mut numbers = Vec::new();
                match &value {
                    Some(value) => {
                        table.find(lend(value, &mut Vec::new()), &mut self.key, &mut numbers);
                    }
                    None => numbers.extend(0..table.len()),
                }
                let mut chain = sub.pipeline.chain(sub.shared_stages, run)?;
                for number in numbers {
                    if chain.push(table.document(number), keep)?.is_break() {
                        break;
                    }
                }
                chain.finish(keep)
            }
            (_, Some(filter)) => {
                let mut chain = sub.pipeline.chain(0, run)?;
                run.collections
                    .scan(self.from, Some(&filter), &mut |document| chain.push(document, keep))?;
                chain.finish(keep)
            }
            (_, None) => sub.pipeline.run_in(self.from, run, keep),
        }
    }
}

impl Operator for Correlated<'_> {
    fn push(&mut self, document: RawDoc<'_>, next: &mut Downstream<'_, '_>) -> Result<Flow> {
        let values = self.values(document)?;
        let values = self.sub.bindings.set(values);
        let run = Run { values: &values, ..self.run };
        let mut found = Output::default();
        found.begin();
        found.open_array(b"");
        let (sub, from) = (self.sub, self.from);
        let mut keep = |result: RawDoc<'_>| {
            if found.len() + result.as_bytes().len() > DOCUMENT_BYTES_MAX {
                return Err(too_many(from, &format!("pipeline {}", definition(sub))));
            }
            check_depth(result, DEPTH_MAX.saturating_sub(1))?;
            found.item(RawValue::Document(result));
            Ok(MORE)
        };
        self.run_for(document, run, &mut keep)?;
        if let Some(items) = found.end().elements().next() {
            let write = &|out: &mut Output, name: &str| out.copy_as(name.as_bytes(), &items);
            write_with(&mut self.out, document, self.into.segments(), Some(write));
        }
        next.push(self.out.end())
    }
}

fn definition(sub: &SubPipeline) -> String {
    let stages = sub.pipeline.explain().into_iter().map(Bson::Document);
    shell_text(&Bson::Array(stages.collect()))
}
