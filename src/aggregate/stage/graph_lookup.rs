//! `$graphLookup`: documents of a collection that are connected with this one, step by step.

use std::collections::HashSet;
use std::collections::VecDeque;

use crate::aggregate::context::StageContext;
use crate::aggregate::expression::Expression;
use crate::aggregate::field::compute;
use crate::aggregate::field::parse_path;
use crate::aggregate::field::visit_values;
use crate::aggregate::join::ForeignTable;
use crate::aggregate::join::any_equality;
use crate::aggregate::key::key_of;
use crate::aggregate::memory::Memory;
use crate::aggregate::operator::Downstream;
use crate::aggregate::operator::Flow;
use crate::aggregate::operator::MORE;
use crate::aggregate::operator::Operator;
use crate::aggregate::operator::Run;
use crate::aggregate::output::Output;
use crate::aggregate::output::write_with;
use crate::aggregate::stage::matching::parse_filter;
use crate::aggregate::stage::to_i64;
use crate::aggregate::stage::type_name;
use crate::aggregate::stored::Stored;
use crate::error::Error;
use crate::error::Result;
use crate::query::Filter;
use crate::value::Bson;
use crate::value::FieldPath;
use crate::value::RawDoc;
use crate::value::RawValue;
use crate::value::shell_text;

#[derive(Debug)]
pub(crate) struct GraphLookup {
    from: Box<str>,
    into: FieldPath,
    start_with: Expression,
    connect_from: FieldPath,
    connect_to: FieldPath,
    depth_field: Option<FieldPath>,
    depth_max: Option<i64>,
    restriction: Option<Filter>,
}

#[derive(Default)]
struct Options {
    from: Option<String>,
    into: Option<FieldPath>,
    start_with: Option<Expression>,
    connect_from: Option<FieldPath>,
    connect_to: Option<FieldPath>,
    depth_field: Option<FieldPath>,
    depth_max: Option<i64>,
    restriction: Option<Filter>,
}

impl GraphLookup {
    pub fn parse(value: &Bson, context: &StageContext) -> Result<Self> {
        let Bson::Document(specification) = value else {
            return Err(Error::mongo(
                9,
                format!(
                    "the $graphLookup stage specification must be an object, but found {}",
                    type_name(value)
                ),
            ));
        };
        if !specification.contains_key("from") {
            return Err(Error::mongo(
                9,
                format!(
                    "missing 'from' option to $graphLookup stage specification: {}",
                    shell_text(value)
                ),
            ));
        }
        let mut options = Options::default();
        for (name, value) in specification {
            options.read(name, value, context)?;
        }
        options.into_stage()
    }

    pub fn collection(&self) -> &str {
        &self.from
    }

    pub fn operator<'p>(&'p self, run: Run<'p>) -> Box<dyn Operator + 'p> {
        Box::new(Searching { stage: self, source: Source::Unread, run, out: Output::default() })
    }
}

impl Options {
    fn read(&mut self, name: &str, value: &Bson, context: &StageContext) -> Result<()> {
        match name {
            "startWith" => {
                self.start_with = Some(context.expression(value)?);
                return Ok(());
            }
            "maxDepth" => {
                self.depth_max = Some(parse_depth(value)?);
                return Ok(());
            }
            "restrictSearchWithMatch" => {
                let Bson::Document(filter) = value else {
                    return Err(Error::mongo(
                        40185,
                        format!(
                            "restrictSearchWithMatch must be an object, found {}",
                            type_name(value)
                        ),
                    ));
                };
                self.restriction = Some(parse_filter(filter, context)?);
                return Ok(());
            }
            _ => {}
        }
        if !matches!(name, "from" | "as" | "connectFromField" | "connectToField" | "depthField") {
            return Err(Error::mongo(40104, format!("Unknown argument to $graphLookup: {name}")));
        }
        let Bson::String(text) = value else {
            return Err(Error::mongo(
                40103,
                format!("expected string as argument for {name}, found: {}", shell_text(value)),
            ));
        };
        match name {
            "from" => self.from = Some(text.clone()),
            "as" => self.into = Some(parse_path(text)?),
            "connectFromField" => self.connect_from = Some(parse_path(text)?),
            "connectToField" => self.connect_to = Some(parse_path(text)?),
            _ => self.depth_field = Some(parse_path(text)?),
        }
        Ok(())
    }

    fn into_stage(self) -> Result<GraphLookup> {
        let (Some(from), Some(into), Some(start_with), Some(connect_from), Some(connect_to)) =
            (self.from, self.into, self.start_with, self.connect_from, self.connect_to)
        else {
            return Err(Error::mongo(
                40105,
                "$graphLookup requires 'from', 'as', 'startWith', 'connectFromField', and \
                 'connectToField' to be specified.",
            ));
        };
        Ok(GraphLookup {
            from: from.into(),
            into,
            start_with,
            connect_from,
            connect_to,
            depth_field: self.depth_field,
            depth_max: self.depth_max,
            restriction: self.restriction,
        })
    }
}

fn parse_depth(value: &Bson) -> Result<i64> {
    let Some(depth) = to_i64(value) else {
        return Err(Error::mongo(
            40100,
            format!("maxDepth must be numeric, found type: {}", type_name(value)),
        ));
    };
    if depth < 0 {
        return Err(Error::mongo(
            40101,
            format!("maxDepth requires a nonnegative argument, found: {depth}"),
        ));
    }
    if !crate::value::equal(value, &Bson::Int64(depth)) {
        return Err(Error::mongo(
            40102,
            format!("maxDepth could not be represented as a long long: {depth}"),
        ));
    }
    Ok(depth)
}

fn refusal(_max_bytes: usize) -> Error {
    Error::mongo(40099, "$graphLookup reached maximum memory consumption")
}

/// Values that ask an index before the collection is read as a whole.
const INDEX_LOOKUPS: usize = 512;

struct Searching<'p> {
    stage: &'p GraphLookup,
    source: Source,
    run: Run<'p>,
    out: Output,
}

/// Where connected documents are found.
enum Source {
    /// Nothing was looked for yet.
    Unread,
    /// The values left until the collection is read as a whole.
    Index(usize),
    Table(ForeignTable),
    /// The collection does not fit into memory.
    Scan,
}

/// One search for one document.
struct Search {
    /// Values to look for and the step at which they were met.
    frontier: VecDeque<(Stored, i64)>,
    /// Keys of all values looked for so far, and of the `_id`s found.
    asked: HashSet<Vec<u8>>,
    visited: HashSet<Vec<u8>>,
    found: Output,
    memory: Memory,
}

impl Operator for Searching<'_> {
    fn push(&mut self, document: RawDoc<'_>, next: &mut Downstream<'_, '_>) -> Result<Flow> {
        let mut search = Search {
            frontier: VecDeque::new(),
            asked: HashSet::new(),
            visited: HashSet::new(),
            found: Output::default(),
            memory: Memory::new(self.run.memory_bytes_max, refusal),
        };
        search.found.begin();
        search.found.open_array(b"");
        compute(&self.stage.start_with, document, &self.run, |value| match value {
            Some(RawValue::Array(items)) => {
                items.values().try_for_each(|item| search.look_for(item, 0))
            }
            Some(value) => search.look_for(value, 0),
            None => Ok(()),
        })?;
        while let Some((value, depth)) = search.frontier.pop_front() {
            if let Some(value) = value.get() {
                self.prepare()?;
                self.step(value, depth, &mut search)?;
            }
        }
        if let Some(items) = search.found.end().elements().next() {
            let write = &|out: &mut Output, name: &str| out.copy_as(name.as_bytes(), &items);
            write_with(&mut self.out, document, self.stage.into.segments(), Some(write));
        }
        next.push(self.out.end())
    }
}

impl Searching<'_> {
    /// Decides where connected documents come from, for one more value.
    fn prepare(&mut self) -> Result<()> {
        let stage = self.stage;
        match &mut self.source {
            Source::Table(_) | Source::Scan => return Ok(()),
            Source::Unread if self.run.collections.has_index(&stage.from, &stage.connect_to) => {
                self.source = Source::Index(INDEX_LOOKUPS);
                return Ok(());
            }
            Source::Index(left) if *left > 0 => {
                *left -= 1;
                return Ok(());
            }
            Source::Unread | Source::Index(_) => {}
        }
        let restriction = stage.restriction.as_ref();
        let table = ForeignTable::read(&stage.from, &stage.connect_to, restriction, &self.run)?;
        self.source = table.map_or(Source::Scan, Source::Table);
        Ok(())
    }

    /// Finds the documents that one value leads to.
    fn step(&self, value: RawValue<'_>, depth: i64, search: &mut Search) -> Result<()> {
        let is_null = matches!(value, RawValue::Null);
        let mut visit = |document: RawDoc<'_>| -> Result<Flow> {
            self.run.tick()?;
            if !is_null || self.has_null(document) {
                self.visit(document, depth, search)?;
            }
            Ok(MORE)
        };
        if let Source::Table(table) = &self.source {
            let mut numbers = Vec::new();
            table.find(value, &mut Vec::new(), &mut numbers);
            for number in numbers {
                let _ = visit(table.document(number))?;
            }
            return Ok(());
        }
        let filter = any_equality(&self.stage.connect_to, &[value])?;
        let restriction = self.stage.restriction.as_ref();
        self.run.collections.scan(&self.stage.from, Some(&filter), &mut |document| {
            let is_wanted = match restriction {
                Some(restriction) => restriction.matches(document)?,
                None => true,
            };
            if is_wanted { visit(document) } else { Ok(MORE) }
        })
    }

    /// A null on the way reaches documents that hold null, not those without the field.
    fn has_null(&self, document: RawDoc<'_>) -> bool {
        let mut has_null = false;
        visit_values(document, self.stage.connect_to.segments(), &mut |value| {
            has_null |= matches!(value, RawValue::Null);
        });
        has_null
    }

    fn visit(&self, document: RawDoc<'_>, depth: i64, search: &mut Search) -> Result<()> {
        let Some(id) = document.get("_id") else {
            return Err(Error::mongo(
                40271,
                format!(
                    "Documents in the '{}' namespace must contain an _id for de-duplication in \
                     $graphLookup",
                    self.stage.from
                ),
            ));
        };
        let id = key_of(id);
        search.memory.take(id.len() + document.as_bytes().len())?;
        if !search.visited.insert(id) {
            return Ok(());
        }
        match &self.stage.depth_field {
            Some(path) => {
                let mut out = Output::default();
                let write = &|out: &mut Output, name: &str| out.raw(name, RawValue::Int64(depth));
                write_with(&mut out, document, path.segments(), Some(write));
                search.found.item(RawValue::Document(out.end()));
            }
            None => search.found.item(RawValue::Document(document)),
        }
        let depth = depth.saturating_add(1);
        if self.stage.depth_max.is_some_and(|depth_max| depth > depth_max) {
            return Ok(());
        }
        let mut met = Ok(());
        visit_values(document, self.stage.connect_from.segments(), &mut |value| {
            if met.is_ok() {
                met = search.look_for(value, depth);
            }
        });
        met
    }
}

impl Search {
    /// Notes a value unless it was looked for before: it would lead to the same documents again.
    fn look_for(&mut self, value: RawValue<'_>, depth: i64) -> Result<()> {
        let key = key_of(value);
        let bytes = 2 * key.len() + size_of::<Stored>();
        if self.asked.insert(key) {
            self.memory.take(bytes)?;
            self.frontier.push_back((Stored::new(value), depth));
        }
        Ok(())
    }
}
