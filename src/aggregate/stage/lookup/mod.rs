//! `$lookup`: documents of another collection, as an array.
//!
//! By equality of two fields (`equality.rs`), or by a pipeline that may read variables made from
//! the document (`correlated.rs`).

mod correlated;
mod equality;
mod narrowing;

use crate::aggregate::context::Bindings;
use crate::aggregate::context::StageContext;
use crate::aggregate::expression::Expression;
use crate::aggregate::field::parse_path;
use crate::aggregate::operator::Operator;
use crate::aggregate::operator::Run;
use crate::aggregate::pipeline::Pipeline;
use crate::aggregate::stage::lookup::correlated::Correlated;
use crate::aggregate::stage::lookup::equality::Joining;
use crate::aggregate::stage::lookup::narrowing::Narrowing;
use crate::aggregate::stage::type_name;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;
use crate::value::Document;
use crate::value::FieldPath;
use crate::value::shell_text;
use std::sync::Arc;

/// MongoDB's `FailedToParse`.
const FAILED_TO_PARSE: i32 = 9;
const TYPE_MISMATCH: i32 = 14;

/// Documents that ask an index before the collection is read as a whole.
const INDEX_LOOKUPS: usize = 128;

#[derive(Debug)]
pub(crate) struct Lookup {
    from: Box<str>,
    into: FieldPath,
    method: Method,
}

#[derive(Debug)]
enum Method {
    Equality { local: FieldPath, foreign: FieldPath },
    Pipeline(Box<SubPipeline>),
}

/// A sub-pipeline and the variables it may read.
#[derive(Debug)]
struct SubPipeline {
    pipeline: Pipeline,
    /// Values of the variables, in the order in which the scope numbers them.
    variables: Vec<Expression>,
    bindings: Arc<Bindings>,
    /// Stages at the start that read none of the variables, and give the same for every document.
    shared_stages: usize,
    /// What the stage after those wants of the documents that they give.
    narrowing: Option<Narrowing>,
}

/// The options as given.
#[derive(Default)]
struct Options<'o> {
    from: Option<&'o str>,
    into: Option<&'o str>,
    local: Option<&'o str>,
    foreign: Option<&'o str>,
    variables: Option<&'o Document>,
    pipeline: Option<Vec<Document>>,
}

fn refuse<T>(text: impl Into<String>) -> Result<T> {
    Err(Error::mongo(FAILED_TO_PARSE, text))
}

impl Lookup {
    pub fn parse(value: &Bson, context: &StageContext) -> Result<Self> {
        let Bson::Document(specification) = value else {
            return refuse(format!(
                "the $lookup stage specification must be an object, but found {}",
                type_name(value)
            ));
        };
        match specification.get("from") {
            None => {
                return refuse(format!(
                    "missing 'from' option to $lookup stage specification: {}",
                    shell_text(value)
                ));
            }
            Some(Bson::String(_)) => {}
            Some(from) => {
                return refuse(format!(
                    "'from' option to $lookup must be a string, but was type {}",
                    type_name(from)
                ));
            }
        }
        let mut options = Options::default();
        for (name, value) in specification {
            options.read(name, value)?;
        }
        options.into_stage(context)
    }

    pub fn visit_collections<'p>(&'p self, visit: &mut dyn FnMut(&'p str)) {
        visit(&self.from);
        if let Method::Pipeline(sub) = &self.method {
            sub.pipeline.visit_collections(visit);
        }
    }

    pub fn operator<'p>(&'p self, run: Run<'p>) -> Box<dyn Operator + 'p> {
        match &self.method {
            Method::Equality { local, foreign } => {
                Box::new(Joining::new(&self.from, &self.into, local, foreign, run))
            }
            Method::Pipeline(sub) => Box::new(Correlated::new(&self.from, &self.into, sub, run)),
        }
    }
}

impl<'o> Options<'o> {
    fn read(&mut self, name: &str, value: &'o Bson) -> Result<()> {
        match name {
            "pipeline" => {
                self.pipeline = Some(parse_pipeline(value)?);
                return Ok(());
            }
            "let" => {
                let Bson::Document(variables) = value else {
                    return refuse(format!(
                        "$lookup argument 'let: {}' must be an object, is type {}",
                        shell_text(value),
                        type_name(value)
                    ));
                };
                self.variables = Some(variables);
                return Ok(());
            }
            _ => {}
        }
        let Bson::String(text) = value else {
            return refuse(format!(
                "$lookup argument '{name}: {}' must be a string, is type {}",
                shell_text(value),
                type_name(value)
            ));
        };
        let place = match name {
            "from" => &mut self.from,
            "as" => &mut self.into,
            "localField" => &mut self.local,
            "foreignField" => &mut self.foreign,
            _ => return refuse(format!("unknown argument to $lookup: {name}")),
        };
        *place = Some(text);
        Ok(())
    }

    fn into_stage(self, context: &StageContext) -> Result<Lookup> {
        let Some(from) = self.from.filter(|from| !from.is_empty()) else {
            return refuse("must specify 'from' field for a $lookup");
        };
        let Some(into) = self.into.filter(|into| !into.is_empty()) else {
            return refuse("must specify 'as' field for a $lookup");
        };
        let into = parse_path(into)?;
        let method = if let Some(stages) = self.pipeline {
            if self.local.is_some() || self.foreign.is_some() {
                return refuse(
                    "$lookup with 'pipeline' may not specify 'localField' or 'foreignField'",
                );
            }
            Method::Pipeline(Box::new(sub_pipeline(&stages, self.variables, context)?))
        } else {
            let (Some(local), Some(foreign)) = (self.local, self.foreign) else {
                return refuse(
                    "$lookup requires either 'pipeline' or both 'localField' and 'foreignField' to \
                     be specified",
                );
            };
            if self.variables.is_some() {
                return refuse("$lookup with a 'let' argument must also specify 'pipeline'");
            }
            Method::Equality { local: parse_path(local)?, foreign: parse_path(foreign)? }
        };
        Ok(Lookup { from: from.into(), into, method })
    }
}

fn parse_pipeline(value: &Bson) -> Result<Vec<Document>> {
    let Bson::Array(items) = value else {
        return Err(Error::mongo(TYPE_MISMATCH, "'pipeline' option must be specified as an array"));
    };
    let stage = |item: &Bson| {
        item.as_document().cloned().ok_or_else(|| {
            Error::mongo(TYPE_MISMATCH, "Each element of the 'pipeline' array must be an object")
        })
    };
    items.iter().map(stage).collect()
}

fn sub_pipeline(
    stages: &[Document],
    variables: Option<&Document>,
    context: &StageContext,
) -> Result<SubPipeline> {
    let mut scope = context.scope.clone();
    let mut expressions = Vec::new();
    let mut names = Vec::new();
    for (name, value) in variables.into_iter().flatten() {
        crate::aggregate::expression::check_name_for_write(name)?;
        // The variables do not see each other.
        expressions.push(context.expression(value)?);
        scope.declare(name)?;
        names.push(name.as_str());
    }
    let context = context.for_lookup(scope)?;
    let pipeline = Pipeline::parse_in(stages, &context)?;
    let is_shared = |stage: &&Document| {
        !stage.contains_key("$sample") && !stage.values().any(|value| mentions(value, &names))
    };
    let shared_stages = stages.iter().take_while(is_shared).count();
    let narrowing =
        stages.get(shared_stages).and_then(|stage| Narrowing::of(stage, &context.scope));
    Ok(SubPipeline {
        pipeline,
        variables: expressions,
        bindings: Arc::clone(&context.bindings),
        shared_stages,
        narrowing,
    })
}

/// Whether any text in the value could read one of the variables.
fn mentions(value: &Bson, names: &[&str]) -> bool {
    match value {
        Bson::String(text) => text.strip_prefix("$$").is_some_and(|variable| {
            let variable = variable.split('.').next().unwrap_or_default();
            names.contains(&variable) || variable == "CURRENT"
        }),
        Bson::Array(items) => items.iter().any(|item| mentions(item, names)),
        // A variable of this name makes plain paths read it.
        Bson::Document(inner) => inner.values().any(|item| mentions(item, names)),
        _ => false,
    }
}

/// MongoDB's refusal of more joined documents than one document can hold.
fn too_many(from: &str, what: &str) -> Error {
    Error::mongo(
        4568,
        format!("Total size of documents in {from} matching {what} exceeds maximum document size"),
    )
}
