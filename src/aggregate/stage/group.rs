//! `$group`: one document for each distinct key, with accumulated values.
//!
//! Keys are found in a hash table by their canonical bytes. For a document whose key was seen
//! before nothing is allocated.

use hashbrown::DefaultHashBuilder;
use hashbrown::HashTable;
use std::hash::BuildHasher;

use crate::aggregate::accumulator::State;
use crate::aggregate::accumulator::Statement;
use crate::aggregate::context::StageContext;
use crate::aggregate::field::Argument;
use crate::aggregate::field::Fields;
use crate::aggregate::field::FoundFields;
use crate::aggregate::key::append_key;
use crate::aggregate::key::append_optional_key;
use crate::aggregate::memory::Memory;
use crate::aggregate::memory::group_refusal;
use crate::aggregate::operator::Downstream;
use crate::aggregate::operator::Flow;
use crate::aggregate::operator::MORE;
use crate::aggregate::operator::Operator;
use crate::aggregate::operator::Run;
use crate::aggregate::output::Output;
use crate::aggregate::stored::Stored;
use crate::aggregate::stored::lend;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;
use crate::value::Document;
use crate::value::RawDoc;
use crate::value::RawValue;
use crate::value::compare_raw_to_bson;
use std::cmp::Ordering;

#[derive(Debug)]
pub(crate) struct Group {
    id: Id,
    statements: Vec<Statement>,
    fields: Fields,
}

/// What documents are grouped by.
#[derive(Debug)]
enum Id {
    One(Argument),
    /// An object whose fields are computed. Its keys are compared field by field.
    Fields(Vec<(Box<str>, Argument)>),
    /// The range that a value lies in.
    Range(Argument, Ranges),
}

/// The ranges of `$bucket`.
#[derive(Debug)]
pub(crate) struct Ranges {
    /// Ascending; each but the last is where a range starts, and its id.
    pub boundaries: Vec<Bson>,
    /// The id of what lies in no range.
    pub default: Option<Bson>,
}

impl Ranges {
    fn id_of(&self, value: Option<RawValue<'_>>) -> Result<&Bson> {
        // A missing value is below null, where undefined stands.
        let value = value.unwrap_or(RawValue::Undefined);
        let above = self
            .boundaries
            .partition_point(|lower| compare_raw_to_bson(value, lower) != Ordering::Less);
        let lower = above.checked_sub(1).filter(|_| above < self.boundaries.len());
        let lower = lower.and_then(|lower| self.boundaries.get(lower));
        lower.or(self.default.as_ref()).ok_or_else(|| {
            Error::mongo(
                40066,
                "$switch could not find a matching branch for an input, and no default was \
                 specified.",
            )
        })
    }
}

impl Group {
    pub fn parse(value: &Bson, context: &StageContext) -> Result<Self> {
        let Bson::Document(specification) = value else {
            return Err(Error::mongo(15947, "a group's fields must be specified in an object"));
        };
        let mut fields = Fields::default();
        let mut id = None;
        let mut statements = Vec::with_capacity(specification.len());
        for (name, value) in specification {
            if name == "_id" {
                id = Some(parse_id(value, context, &mut fields)?);
            } else {
                statements.push(Statement::parse(name, value, context, &mut fields)?);
            }
        }
        let id =
            id.ok_or_else(|| Error::mongo(15955, "a group specification must include an _id"))?;
        Ok(Self { id, statements, fields })
    }

    /// Groups by the range that `group_by` lies in. `output` is the accumulated fields.
    pub fn by_range(
        group_by: &Bson,
        ranges: Ranges,
        output: &Document,
        context: &StageContext,
    ) -> Result<Self> {
        let mut fields = Fields::default();
        let group_by = Argument::new(context.expression(group_by)?, &mut fields);
        let statements = output
            .iter()
            .map(|(name, value)| Statement::parse(name, value, context, &mut fields))
            .collect::<Result<_>>()?;
        Ok(Self { id: Id::Range(group_by, ranges), statements, fields })
    }

    pub fn operator<'p>(&'p self, run: Run<'p>) -> Box<dyn Operator + 'p> {
        Box::new(Grouping {
            stage: self,
            groups: Groups::new(&self.statements, run.memory_bytes_max),
            key: Vec::new(),
            run,
        })
    }
}

fn parse_id(value: &Bson, context: &StageContext, fields: &mut Fields) -> Result<Id> {
    match value {
        Bson::Document(object) if object.keys().next().is_some_and(|key| !key.starts_with('$')) => {
            parse_id_fields(object, context, fields)
        }
        // MongoDB 4.0 does not look into an array.
        Bson::Array(_) => Ok(Id::One(Argument::Constant(Stored::of(value)))),
        // An empty object is a constant, as is all that is neither an object nor a path.
        value => Ok(Id::One(Argument::new(context.expression(value)?, fields))),
    }
}

fn parse_id_fields(object: &Document, context: &StageContext, fields: &mut Fields) -> Result<Id> {
    let mut arguments = Vec::with_capacity(object.len());
    for (name, value) in object {
        if matches!(
            value,
            Bson::Int32(_)
                | Bson::Int64(_)
                | Bson::Double(_)
                | Bson::Decimal128(_)
                | Bson::Boolean(_)
        ) {
            return Err(Error::mongo(17390, "$group does not support inclusion-style expressions"));
        }
        let argument = Argument::new(context.expression(value)?, fields);
        arguments.push((name.as_str().into(), argument));
    }
    Ok(Id::Fields(arguments))
}

struct Grouping<'p> {
    stage: &'p Group,
    groups: Groups<'p>,
    /// Where the key of each document is built.
    key: Vec<u8>,
    run: Run<'p>,
}

impl Operator for Grouping<'_> {
    fn push(&mut self, document: RawDoc<'_>, _next: &mut Downstream<'_, '_>) -> Result<Flow> {
        let found = self.stage.fields.find(document);
        let group = match &self.stage.id {
            Id::One(argument) => {
                let (groups, key) = (&mut self.groups, &mut self.key);
                argument.with(document, &found, &self.run, |value| {
                    // Documents without a value are grouped with those that have null.
                    let value = value.unwrap_or(RawValue::Null);
                    key.clear();
                    append_key(key, value);
                    groups.find(key, || Stored::new(value))
                })?
            }
            Id::Range(argument, ranges) => {
                let (groups, key) = (&mut self.groups, &mut self.key);
                argument.with(document, &found, &self.run, |value| {
                    let mut scratch = Vec::new();
                    let id = lend(ranges.id_of(value)?, &mut scratch);
                    key.clear();
                    append_key(key, id);
                    groups.find(key, || Stored::new(id))
                })?
            }
            Id::Fields(arguments) => {
                composite_key(arguments, document, &found, &self.run, &mut self.key)?;
                let (groups, run) = (&mut self.groups, &self.run);
                if let Some(group) = groups.known(&self.key) {
                    group
                } else {
                    let id = composite_id(arguments, document, &found, run)?;
                    groups.find(&self.key, || id)?
                }
            }
        };
        self.groups.add(group, document, &found, &self.run)?;
        Ok(MORE)
    }

    fn finish(&mut self, next: &mut Downstream<'_, '_>) -> Result<()> {
        self.groups.emit(next)
    }
}

fn composite_key(
    arguments: &[(Box<str>, Argument)],
    document: RawDoc<'_>,
    found: &FoundFields<'_>,
    run: &Run<'_>,
    key: &mut Vec<u8>,
) -> Result<()> {
    key.clear();
    let is_only = arguments.len() == 1;
    for (_, argument) in arguments {
        argument.with(document, found, run, |value| {
            append_optional_key(key, or_null(value, is_only));
            Ok(())
        })?;
    }
    Ok(())
}

fn composite_id(
    arguments: &[(Box<str>, Argument)],
    document: RawDoc<'_>,
    found: &FoundFields<'_>,
    run: &Run<'_>,
) -> Result<Stored> {
    let mut id = Output::default();
    id.begin();
    let is_only = arguments.len() == 1;
    for (name, argument) in arguments {
        argument.with(document, found, run, |value| {
            if let Some(value) = or_null(value, is_only) {
                id.raw(name, value);
            }
            Ok(())
        })?;
    }
    Ok(Stored::new(RawValue::Document(id.end())))
}

/// MongoDB 4.0 takes missing for null in a key of one field, but not in a key of several.
fn or_null(value: Option<RawValue<'_>>, is_only: bool) -> Option<RawValue<'_>> {
    match value {
        None if is_only => Some(RawValue::Null),
        value => value,
    }
}

/// Memory of one group beside its key, its id and what its states hold elsewhere.
const GROUP_BYTES: usize = 64;

/// The groups found so far, in the order in which they were found.
pub(crate) struct Groups<'p> {
    statements: &'p [Statement],
    table: HashTable<usize>,
    hasher: DefaultHashBuilder,
    /// The keys of all groups, one after the other.
    keys: Vec<u8>,
    key_ends: Vec<usize>,
    ids: Vec<Stored>,
    /// One state for each group and statement.
    states: Vec<State>,
    memory: Memory,
}

impl<'p> Groups<'p> {
    pub fn new(statements: &'p [Statement], memory_bytes_max: usize) -> Self {
        Self {
            statements,
            table: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            keys: Vec::new(),
            key_ends: Vec::new(),
            ids: Vec::new(),
            states: Vec::new(),
            memory: Memory::new(memory_bytes_max, group_refusal),
        }
    }

    /// The group with this key, if there is one.
    pub fn known(&self, key: &[u8]) -> Option<usize> {
        let hash = self.hasher.hash_one(key);
        self.table.find(hash, |&group| key_at(&self.keys, &self.key_ends, group) == key).copied()
    }

    /// The group with this key; a new one with the id that `make_id` gives.
    pub fn find(&mut self, key: &[u8], make_id: impl FnOnce() -> Stored) -> Result<usize> {
        let hash = self.hasher.hash_one(key);
        let (keys, ends) = (&self.keys, &self.key_ends);
        if let Some(&group) = self.table.find(hash, |&group| key_at(keys, ends, group) == key) {
            return Ok(group);
        }
        let group = self.ids.len();
        let id = make_id();
        self.memory.take(
            GROUP_BYTES
                + key.len()
                + id.memory_bytes()
                + self.statements.len() * size_of::<State>(),
        )?;
        self.keys.extend_from_slice(key);
        self.key_ends.push(self.keys.len());
        self.ids.push(id);
        self.states.extend(self.statements.iter().map(Statement::start));
        let (keys, ends, hasher) = (&self.keys, &self.key_ends, &self.hasher);
        self.table.insert_unique(hash, group, |&group| hasher.hash_one(key_at(keys, ends, group)));
        Ok(group)
    }

    /// Adds a document to a group.
    pub fn add(
        &mut self,
        group: usize,
        document: RawDoc<'_>,
        found: &FoundFields<'_>,
        run: &Run<'_>,
    ) -> Result<()> {
        let first = group * self.statements.len();
        let states = self.states.get_mut(first..).unwrap_or_default();
        let mut grown = 0;
        for (statement, state) in self.statements.iter().zip(states) {
            grown += statement.argument.with(document, found, run, |value| state.add(value))?;
        }
        if grown > 0 { self.memory.take(grown) } else { Ok(()) }
    }

    /// Pushes one document a group.
    pub fn emit(&mut self, next: &mut Downstream<'_, '_>) -> Result<()> {
        let mut out = Output::default();
        for group in 0..self.ids.len() {
            self.write(group, &mut out);
            if next.push(out.end())?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Writes the document of one group.
    pub fn write(&self, group: usize, out: &mut Output) {
        out.begin();
        out.raw("_id", self.id(group));
        let first = group * self.statements.len();
        let states = self.states.get(first..).unwrap_or_default();
        for (statement, state) in self.statements.iter().zip(states) {
            state.write(&statement.name, out);
        }
    }

    pub fn id(&self, group: usize) -> RawValue<'_> {
        self.ids.get(group).and_then(Stored::get).unwrap_or(RawValue::Null)
    }
}

fn key_at<'k>(keys: &'k [u8], ends: &[usize], group: usize) -> &'k [u8] {
    let start = group.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
    let end = ends.get(group).copied().unwrap_or(0);
    keys.get(start..end).unwrap_or_default()
}
