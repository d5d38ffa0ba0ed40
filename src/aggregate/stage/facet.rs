//! `$facet`: several pipelines over the same documents, their results as arrays of one document.

use crate::aggregate::context::StageContext;
use crate::aggregate::field::check_name;
use crate::aggregate::memory::Memory;
use crate::aggregate::operator::Chain;
use crate::aggregate::operator::Downstream;
use crate::aggregate::operator::ENOUGH;
use crate::aggregate::operator::Flow;
use crate::aggregate::operator::MORE;
use crate::aggregate::operator::Operator;
use crate::aggregate::operator::Run;
use crate::aggregate::output::Output;
use crate::aggregate::pipeline::Pipeline;
use crate::aggregate::stage::type_name;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;
use crate::value::Document;
use crate::value::RawDoc;
use crate::value::RawValue;
use crate::value::shell_text;

#[derive(Debug)]
pub(crate) struct Facet {
    pipelines: Vec<(Box<str>, Pipeline)>,
}

impl Facet {
    pub fn parse(value: &Bson, context: &StageContext) -> Result<Self> {
        let Some(specification) = value.as_document().filter(|object| !object.is_empty()) else {
            return Err(Error::mongo(
                40169,
                format!(
                    "the $facet specification must be a non-empty object, but found: $facet: {}",
                    shell_text(value)
                ),
            ));
        };
        let context = context.for_facet();
        let mut pipelines = Vec::with_capacity(specification.len());
        for (name, value) in specification {
            check_name(name)?;
            let stages = parse_stages(name, value)?;
            let pipeline = Pipeline::parse_in(&stages, &context)?;
            if stages.is_empty() {
                return Err(Error::mongo(2, "sub-pipeline in $facet stage cannot be empty"));
            }
            pipelines.push((name.as_str().into(), pipeline));
        }
        Ok(Self { pipelines })
    }

    pub fn visit_collections<'p>(&'p self, visit: &mut dyn FnMut(&'p str)) {
        for (_, pipeline) in &self.pipelines {
            pipeline.visit_collections(visit);
        }
    }

    pub fn operator<'p>(&'p self, run: Run<'p>) -> Result<Box<dyn Operator + 'p>> {
        let mut branches = Vec::with_capacity(self.pipelines.len());
        for (name, pipeline) in &self.pipelines {
            let mut results = Output::default();
            results.begin();
            results.open_array(name.as_bytes());
            let chain = pipeline.chain(0, run)?;
            branches.push(Branch { name, chain, results, has_enough: false });
        }
        let memory = Memory::new(run.memory_bytes_max, refusal);
        Ok(Box::new(Branching { branches, memory }))
    }
}

fn parse_stages(name: &str, value: &Bson) -> Result<Vec<Document>> {
    let Bson::Array(items) = value else {
        return Err(Error::mongo(
            40170,
            format!("arguments to $facet must be arrays, {name} is type {}", type_name(value)),
        ));
    };
    let mut stages = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let Bson::Document(stage) = item else {
            return Err(Error::mongo(
                40171,
                format!(
                    "elements of arrays in $facet spec must be non-empty objects, {name} argument \
                     contained an element of type {}: {index}: {}",
                    type_name(item),
                    shell_text(item)
                ),
            ));
        };
        stages.push(stage.clone());
    }
    Ok(stages)
}

fn refusal(max_bytes: usize) -> Error {
    Error::mongo(
        4_031_700,
        format!("document constructed by $facet exceeds the limit of {max_bytes} bytes"),
    )
}

struct Branch<'p> {
    name: &'p str,
    chain: Chain<'p>,
    /// A document with the array of results so far.
    results: Output,
    has_enough: bool,
}

struct Branching<'p> {
    branches: Vec<Branch<'p>>,
    memory: Memory,
}

impl Operator for Branching<'_> {
    fn push(&mut self, document: RawDoc<'_>, _next: &mut Downstream<'_, '_>) -> Result<Flow> {
        let memory = &mut self.memory;
        let mut flow = ENOUGH;
        for branch in self.branches.iter_mut().filter(|branch| !branch.has_enough) {
            let results = &mut branch.results;
            let pushed =
                branch.chain.push(document, &mut |result| keep(result, results, memory))?;
            branch.has_enough = pushed.is_break();
            if !branch.has_enough {
                flow = MORE;
            }
        }
        Ok(flow)
    }

    fn finish(&mut self, next: &mut Downstream<'_, '_>) -> Result<()> {
        let memory = &mut self.memory;
        let mut out = Output::default();
        out.begin();
        for branch in &mut self.branches {
            let results = &mut branch.results;
            branch.chain.finish(&mut |result| keep(result, results, memory))?;
            if let Some(results) = results.end().elements().next() {
                out.copy_as(branch.name.as_bytes(), &results);
            }
        }
        next.push(out.end()).map(|_| ())
    }
}

fn keep(result: RawDoc<'_>, results: &mut Output, memory: &mut Memory) -> Result<Flow> {
    memory.take(result.as_bytes().len())?;
    results.item(RawValue::Document(result));
    Ok(MORE)
}
