//! `$lookup` by a pipeline that runs once a document.
//!
//! Stages at its start that read no variable run once and their documents are kept.

use crate::aggregate::field::compute;
use crate::aggregate::operator::Downstream;
use crate::aggregate::operator::Flow;
use crate::aggregate::operator::MORE;
use crate::aggregate::operator::Operator;
use crate::aggregate::operator::Run;
use crate::aggregate::output::Output;
use crate::aggregate::output::check_depth;
use crate::aggregate::output::write_with;
use crate::aggregate::stage::lookup::SubPipeline;
use crate::aggregate::stage::lookup::too_many;
use crate::error::Result;
use crate::limits::DOCUMENT_BYTES_MAX;
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
    out: Output,
}

/// What the stages without variables gave.
enum Shared {
    NotRun,
    Documents(Vec<Box<[u8]>>),
    /// Not kept, or more than a stage may keep: they run again for every document.
    EachTime,
}

impl<'p> Correlated<'p> {
    pub fn new(from: &'p str, into: &'p FieldPath, sub: &'p SubPipeline, run: Run<'p>) -> Self {
        // Without such stages the collection itself is kept, unless the filter of a first `$match`
        // may find its documents by an index.
        let may_use_index = sub.shared_stages == 0
            && sub.pipeline.leading_match().is_some_and(|filter| !filter.bounds().is_empty());
        let shared = if may_use_index { Shared::EachTime } else { Shared::NotRun };
        Self { from, into, sub, run, shared, out: Output::default() }
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
        let mut documents = Vec::new();
        let mut bytes = 0_usize;
        let count = self.sub.shared_stages;
        self.sub.pipeline.run_prefix(count, self.from, run, &mut |document| {
            bytes += document.as_bytes().len() + size_of::<Box<[u8]>>();
            if bytes > run.memory_bytes_max {
                documents.clear();
                return Ok(crate::aggregate::operator::ENOUGH);
            }
            documents.push(document.as_bytes().into());
            Ok(MORE)
        })?;
        self.shared = if bytes > run.memory_bytes_max {
            Shared::EachTime
        } else {
            Shared::Documents(documents)
        };
        Ok(())
    }
}

impl Operator for Correlated<'_> {
    fn push(&mut self, document: RawDoc<'_>, next: &mut Downstream<'_, '_>) -> Result<Flow> {
        let values = self.values(document)?;
        let values = self.sub.bindings.set(values);
        let run = Run { values: &values, ..self.run };
        self.share(run)?;
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
        match &self.shared {
            Shared::Documents(documents) => {
                let mut chain = sub.pipeline.chain(sub.shared_stages, run)?;
                for document in documents {
                    if chain.push(RawDoc::new(document), &mut keep)?.is_break() {
                        break;
                    }
                }
                chain.finish(&mut keep)?;
            }
            _ => sub.pipeline.run_in(from, run, &mut keep)?,
        }
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
