//! A parsed pipeline and how it runs.
//!
//! The source is planned with the database: a leading `$match` becomes the filter of the scan, and
//! a `$sort` after it (or first) is left to an index when the database has one that gives the
//! order. Everything else is pushed through a chain of operators, so that a streaming pipeline
//! holds one document at a time and a satisfied `$limit` ends the scan.

use std::cell::Cell;
use std::ops::ControlFlow;

use crate::aggregate::collections::Collections;
use crate::aggregate::context::StageContext;
use crate::aggregate::operator::Chain;
use crate::aggregate::operator::MORE;
use crate::aggregate::operator::Run;
use crate::aggregate::operator::Sink;
use crate::aggregate::stage::NamedStage;
use crate::aggregate::stage::Stage;
use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;
use crate::limits::DOCUMENT_BYTES_MAX;
use crate::limits::STAGE_MEMORY_BYTES_MAX;
use crate::query::Filter;
use crate::query::Sort;
use crate::value::Bson;
use crate::value::Document;
use crate::value::RawDoc;
use crate::value::shell_text_raw;

/// Most stages of a pipeline, those of its sub-pipelines included. Ours: documents are pushed
/// through the stages on the stack.
pub(crate) const PIPELINE_STAGES_MAX: usize = 500;

/// MongoDB gives a result document this much more than a stored one.
const RESULT_BYTES_EXTRA: usize = 16 * 1024;

/// A parsed pipeline. It may run any number of times, one run at a time.
#[derive(Debug)]
pub struct Pipeline {
    stages: Vec<NamedStage>,
}

/// What a run works with.
#[derive(Clone, Copy)]
pub struct Execution<'e> {
    pub collections: &'e dyn Collections,
    /// Called about every thousand documents of any stage; its error ends the run.
    pub check: Option<&'e dyn Fn() -> Result<()>>,
    /// Memory of each blocking stage, in bytes.
    pub memory_bytes_max: usize,
}

impl<'e> Execution<'e> {
    pub fn new(collections: &'e dyn Collections) -> Self {
        Self { collections, check: None, memory_bytes_max: STAGE_MEMORY_BYTES_MAX }
    }

    #[must_use]
    pub fn with_check(mut self, check: &'e dyn Fn() -> Result<()>) -> Self {
        self.check = Some(check);
        self
    }
}

impl Pipeline {
    /// Reads the stages of a request.
    pub fn parse(stages: &[Document]) -> Result<Self> {
        let count = stages.iter().map(count_stages).fold(0_usize, usize::saturating_add);
        if count > PIPELINE_STAGES_MAX {
            return Err(Error::new(
                ErrorKind::InvalidParam,
                format!("Pipeline length must be no longer than {PIPELINE_STAGES_MAX} stages"),
            ));
        }
        Self::parse_in(stages, &StageContext::top())
    }

    pub(crate) fn parse_in(stages: &[Document], context: &StageContext) -> Result<Self> {
        let stages: Vec<NamedStage> =
            stages.iter().map(|stage| NamedStage::parse(stage, context)).collect::<Result<_>>()?;
        for (at, stage) in stages.iter().enumerate() {
            stage.check_place(at == 0, at + 1 == stages.len(), context.place)?;
        }
        Ok(Self { stages })
    }

    /// The filter that the source applies: the first stage, when that is a `$match`.
    pub fn leading_match(&self) -> Option<&Filter> {
        match self.flat(0).first() {
            Some(Stage::Match(stage)) => Some(stage.filter()),
            _ => None,
        }
    }

    /// The sort that the source may do by an index: the first stage, or the one after a leading
    /// `$match`.
    pub fn leading_sort(&self) -> Option<&Sort> {
        let stages = self.flat(0);
        match stages.get(usize::from(self.leading_match().is_some())) {
            Some(Stage::Sort(stage)) => Some(stage.sort()),
            _ => None,
        }
    }

    /// The other collections that the pipeline reads, each once.
    pub fn collections_read(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.visit_collections(&mut |name| names.push(name));
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The collection that `$out` replaces.
    pub fn collection_written(&self) -> Option<&str> {
        self.flat(0).into_iter().find_map(|stage| match stage {
            Stage::Out(out) => Some(out.collection()),
            _ => None,
        })
    }

    pub(crate) fn visit_collections<'p>(&'p self, visit: &mut dyn FnMut(&'p str)) {
        for stage in self.flat(0) {
            match stage {
                Stage::Lookup(lookup) => lookup.visit_collections(visit),
                Stage::GraphLookup(lookup) => visit(lookup.collection()),
                Stage::Facet(facet) => facet.visit_collections(visit),
                _ => {}
            }
        }
    }

    /// Runs over `collection` and gives every result as encoded BSON.
    pub fn run(
        &self,
        collection: &str,
        execution: &Execution<'_>,
        emit: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let ticks = Cell::new(0);
        let run = Run {
            collections: execution.collections,
            values: &[],
            memory_bytes_max: execution.memory_bytes_max,
            check: execution.check,
            ticks: &ticks,
        };
        self.run_in(collection, run, &mut |document| {
            check_size(document)?;
            emit(document.as_bytes())?;
            Ok(MORE)
        })
    }

    /// What would run, for explain.
    pub fn explain(&self) -> Vec<Document> {
        let stages = self.stages.iter();
        stages
            .map(|stage| {
                Document::from_iter([(stage.name.to_string(), stage.specification.clone())])
            })
            .collect()
    }

    /// The stages from the request's stage `from` on.
    fn flat(&self, from: usize) -> Vec<&Stage> {
        self.stages.iter().skip(from).flat_map(|stage| &stage.stages).collect()
    }

    /// The operators of the request's stages from `from` on.
    pub(crate) fn chain<'p>(&'p self, from: usize, run: Run<'p>) -> Result<Chain<'p>> {
        chain_of(&self.flat(from), run)
    }

    pub(crate) fn run_in(&self, collection: &str, run: Run<'_>, sink: &mut Sink<'_>) -> Result<()> {
        run_stages(&self.flat(0), collection, run, sink)
    }

    /// Runs the first `count` stages of the request only.
    pub(crate) fn run_prefix(
        &self,
        count: usize,
        collection: &str,
        run: Run<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<()> {
        let stages: Vec<&Stage> =
            self.stages.iter().take(count).flat_map(|stage| &stage.stages).collect();
        run_stages(&stages, collection, run, sink)
    }
}

fn run_stages(
    stages: &[&Stage],
    collection: &str,
    run: Run<'_>,
    sink: &mut Sink<'_>,
) -> Result<()> {
    if let Some((first, rest)) = stages.split_first() {
        let mut chain = chain_of(rest, run)?;
        if first.source(collection, run, &mut |document| chain.push(document, sink))? {
            return chain.finish(sink);
        }
    }
    let (filter, stages) = match stages.split_first() {
        Some((Stage::Match(stage), rest)) => (Some(stage.filter()), rest),
        _ => (None, stages),
    };
    if let Some((Stage::Sort(stage), rest)) = stages.split_first() {
        let mut chain = chain_of(rest, run)?;
        let visit = &mut |document: RawDoc<'_>| chain.push(document, sink);
        if run.collections.scan_sorted(collection, filter, stage.sort(), visit)? {
            return chain.finish(sink);
        }
    }
    let mut chain = chain_of(stages, run)?;
    run.collections.scan(collection, filter, &mut |document| -> Result<ControlFlow<()>> {
        chain.push(document, sink)
    })?;
    chain.finish(sink)
}

fn chain_of<'p>(stages: &[&'p Stage], run: Run<'p>) -> Result<Chain<'p>> {
    let mut operators = Vec::with_capacity(stages.len());
    for (at, stage) in stages.iter().enumerate() {
        let mut following = stages.iter().skip(at + 1).copied();
        operators.push(stage.operator(&mut following, run)?);
    }
    Ok(Chain::new(operators, run))
}

/// Stages of a request, with those of the sub-pipelines. Every array of objects counts as one: no
/// more than the request holds are parsed.
fn count_stages(stage: &Document) -> usize {
    let nested = |value: &Bson| match value {
        Bson::Array(items) => {
            items.iter().filter_map(Bson::as_document).map(count_stages).sum::<usize>()
        }
        _ => 0,
    };
    let facets = |specification: &Document| specification.values().map(nested).sum::<usize>();
    1 + stage
        .iter()
        .map(|(name, specification)| match (name.as_str(), specification) {
            ("$lookup", Bson::Document(lookup)) => lookup.get("pipeline").map_or(0, nested),
            ("$facet", Bson::Document(specification)) => facets(specification),
            _ => 0,
        })
        .sum::<usize>()
}

pub(crate) fn check_size(document: RawDoc<'_>) -> Result<()> {
    let bytes = document.as_bytes().len();
    let bytes_max = DOCUMENT_BYTES_MAX + RESULT_BYTES_EXTRA;
    if bytes <= bytes_max {
        return Ok(());
    }
    let first = document.elements().next();
    let first = first.map_or_else(String::new, |element| {
        format!("{}: {}", element.key(), shell_text_raw(element.value()))
    });
    Err(Error::mongo(
        10334,
        format!(
            "BSONObj size: {bytes} (0x{bytes:X}) is invalid. Size must be between 0 and \
             {bytes_max}(16MB) First element: {first}"
        ),
    ))
}
