//! `$bucketAuto`: documents spread over a number of ranges of about equal size.

use crate::aggregate::accumulator::Statement;
use crate::aggregate::accumulator::to_f64;
use crate::aggregate::context::StageContext;
use crate::aggregate::field::Argument;
use crate::aggregate::field::Fields;
use crate::aggregate::memory::Memory;
use crate::aggregate::memory::sort_refusal;
use crate::aggregate::operator::Downstream;
use crate::aggregate::operator::Flow;
use crate::aggregate::operator::MORE;
use crate::aggregate::operator::Operator;
use crate::aggregate::operator::Run;
use crate::aggregate::output::Output;
use crate::aggregate::stage::granularity::Granularity;
use crate::aggregate::stage::granularity::boundary;
use crate::aggregate::stage::group::Groups;
use crate::aggregate::stage::type_name;
use crate::aggregate::stored::Stored;
use crate::aggregate::stored::lend;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;
use crate::value::RawDoc;
use crate::value::RawValue;
use crate::value::compare;
use crate::value::equal;
use crate::value::shell_text;
use crate::value::to_bson;
use std::cmp::Ordering;

#[derive(Debug)]
pub(crate) struct BucketAuto {
    group_by: Argument,
    buckets: usize,
    granularity: Option<Granularity>,
    statements: Vec<Statement>,
    fields: Fields,
}

#[derive(Default)]
struct Options {
    group_by: Option<Argument>,
    buckets: Option<usize>,
    granularity: Option<Granularity>,
    statements: Vec<Statement>,
    fields: Fields,
}

impl BucketAuto {
    pub fn parse(value: &Bson, context: &StageContext) -> Result<Self> {
        let Bson::Document(specification) = value else {
            return Err(Error::mongo(
                40240,
                format!(
                    "The argument to $bucketAuto must be an object, but found type: {}",
                    type_name(value)
                ),
            ));
        };
        let mut options = Options::default();
        for (name, value) in specification {
            options.read(name, value, context)?;
        }
        let (Some(group_by), Some(buckets)) = (options.group_by, options.buckets) else {
            return Err(Error::mongo(
                40246,
                "$bucketAuto requires 'groupBy' and 'buckets' to be specified",
            ));
        };
        let mut fields = options.fields;
        let mut statements = options.statements;
        if statements.is_empty() {
            statements.push(Statement::count("count", context, &mut fields)?);
        }
        Ok(Self { group_by, buckets, granularity: options.granularity, statements, fields })
    }

    pub fn operator<'p>(&'p self, run: Run<'p>) -> Box<dyn Operator + 'p> {
        Box::new(Collecting {
            stage: self,
            rows: Vec::new(),
            memory: Memory::new(run.memory_bytes_max, sort_refusal),
            run,
        })
    }
}

impl Options {
    fn read(&mut self, name: &str, value: &Bson, context: &StageContext) -> Result<()> {
        match name {
            "groupBy" => {
                let is_expression = match value {
                    Bson::Document(object) => {
                        object.keys().next().is_some_and(|key| key.starts_with('$'))
                    }
                    Bson::String(text) => text.len() > 1 && text.starts_with('$'),
                    _ => false,
                };
                if !is_expression {
                    return Err(Error::mongo(
                        40239,
                        format!(
                            "The $bucketAuto 'groupBy' field must be defined as a $-prefixed path \
                             or an expression object, but found: {}",
                            shell_text(value)
                        ),
                    ));
                }
                self.group_by = Some(Argument::new(context.expression(value)?, &mut self.fields));
            }
            "buckets" => self.buckets = Some(parse_buckets(value)?),
            "output" => {
                let Bson::Document(output) = value else {
                    return Err(Error::mongo(
                        40244,
                        format!(
                            "The $bucketAuto 'output' field must be an object, but found type: {}",
                            type_name(value)
                        ),
                    ));
                };
                for (name, value) in output {
                    let statement = Statement::parse(name, value, context, &mut self.fields)?;
                    self.statements.push(statement);
                }
            }
            "granularity" => self.granularity = Some(parse_granularity(value)?),
            _ => {
                return Err(Error::mongo(
                    40245,
                    format!("Unrecognized option to $bucketAuto: {name}"),
                ));
            }
        }
        Ok(())
    }
}

fn parse_buckets(value: &Bson) -> Result<usize> {
    let number = to_f64(lend(value, &mut Vec::new())).ok_or_else(|| {
        Error::mongo(
            40241,
            format!(
                "The $bucketAuto 'buckets' field must be a numeric value, but found type: {}",
                type_name(value)
            ),
        )
    })?;
    if number.fract() != 0.0 || number.abs() > f64::from(i32::MAX) {
        return Err(Error::mongo(
            40242,
            format!(
                "The $bucketAuto 'buckets' field must be representable as a 32-bit integer, but \
                 found {number}"
            ),
        ));
    }
    let count = crate::aggregate::stage::to_i64(value).unwrap_or_default();
    match usize::try_from(count) {
        Ok(count) if count > 0 => Ok(count),
        _ => Err(Error::mongo(
            40243,
            format!("The $bucketAuto 'buckets' field must be greater than 0, but found: {count}"),
        )),
    }
}

fn parse_granularity(value: &Bson) -> Result<Granularity> {
    let Bson::String(name) = value else {
        return Err(Error::mongo(
            40261,
            format!(
                "The $bucketAuto 'granularity' field must be a string, but found type: {}",
                type_name(value)
            ),
        ));
    };
    Granularity::named(name)
        .ok_or_else(|| Error::mongo(40257, format!("Unknown rounding granularity '{name}'")))
}

/// Memory of one kept document beside its bytes and its value.
const ROW_BYTES: usize = 96;

struct Row {
    value: Bson,
    document: Box<[u8]>,
}

struct Collecting<'p> {
    stage: &'p BucketAuto,
    rows: Vec<Row>,
    memory: Memory,
    run: Run<'p>,
}

impl Operator for Collecting<'_> {
    fn push(&mut self, document: RawDoc<'_>, _next: &mut Downstream<'_, '_>) -> Result<Flow> {
        let found = self.stage.fields.find(document);
        let has_granularity = self.stage.granularity.is_some();
        let value = self.stage.group_by.with(document, &found, &self.run, |value| {
            if has_granularity {
                check_number(value)?;
            }
            Ok(value.map_or(Bson::Null, to_bson))
        })?;
        self.memory.take(document.as_bytes().len() + ROW_BYTES)?;
        self.rows.push(Row { value, document: document.as_bytes().into() });
        Ok(MORE)
    }

    fn finish(&mut self, next: &mut Downstream<'_, '_>) -> Result<()> {
        let mut rows = std::mem::take(&mut self.rows);
        rows.sort_by(|left, right| compare(&left.value, &right.value));
        Spread { stage: self.stage, rows: &rows, at: 0, run: &self.run }.emit(next)
    }
}

fn check_number(value: Option<RawValue<'_>>) -> Result<()> {
    let Some(number) = value.and_then(to_f64) else {
        return Err(Error::mongo(
            40258,
            format!(
                "$bucketAuto can specify a 'granularity' with numeric boundaries only, but found a \
                 value with type: {}",
                value.map_or("missing", |value| value.kind().name())
            ),
        ));
    };
    if number.is_nan() {
        return Err(Error::mongo(
            40259,
            "$bucketAuto can specify a 'granularity' with numeric boundaries only, but found a NaN",
        ));
    }
    if number < 0.0 {
        return Err(Error::mongo(
            40260,
            "$bucketAuto can specify a 'granularity' with non-negative numbers only, but found a \
             negative number",
        ));
    }
    Ok(())
}

/// The sorted documents while they are dealt out to buckets.
struct Spread<'s> {
    stage: &'s BucketAuto,
    rows: &'s [Row],
    /// The first document that is in no bucket yet.
    at: usize,
    run: &'s Run<'s>,
}

impl Spread<'_> {
    fn emit(&mut self, next: &mut Downstream<'_, '_>) -> Result<()> {
        // Rounds half up, as MongoDB does; a bucket takes at least one document.
        let size = (2 * self.rows.len() + self.stage.buckets) / (2 * self.stage.buckets);
        let size = size.max(1);
        let mut out = Output::default();
        let mut previous_max: Option<Bson> = None;
        for number in 1..=self.stage.buckets {
            let Some(first) = self.rows.get(self.at) else { break };
            let start = self.at;
            let is_last = number == self.stage.buckets;
            self.at = if is_last { self.rows.len() } else { start.saturating_add(size) };
            self.at = self.at.min(self.rows.len());
            let max = self.upper_boundary(&first.value);
            let min = match (previous_max.take(), self.stage.granularity) {
                (Some(previous), Some(_)) => previous,
                (None, Some(series)) => rounded(&first.value, |number| series.below(number)),
                (_, None) => first.value.clone(),
            };
            self.write(start, &min, &max, &mut out)?;
            if next.push(out.end())?.is_break() {
                break;
            }
            previous_max = Some(max);
        }
        Ok(())
    }

    /// Takes in the documents that belong to the bucket by its boundary, and gives that boundary.
    fn upper_boundary(&mut self, first: &Bson) -> Bson {
        let rows = self.rows;
        let last = self.at.checked_sub(1).and_then(|last| rows.get(last));
        let last = last.map_or(first, |row| &row.value);
        let Some(series) = self.stage.granularity else {
            // Equal values are never split.
            while self.rows.get(self.at).is_some_and(|row| equal(&row.value, last)) {
                self.at += 1;
            }
            return self.rows.get(self.at).map_or(last, |row| &row.value).clone();
        };
        let boundary = rounded(last, |number| series.above(number));
        while self.rows.get(self.at).is_some_and(|row| {
            compare(&row.value, &boundary) == Ordering::Less || equal(&row.value, last)
        }) {
            self.at += 1;
        }
        match self.rows.get(self.at) {
            // Zero cannot be rounded up: the next value rounded down parts the buckets.
            Some(row) if equal(&boundary, &Bson::Int32(0)) => {
                rounded(&row.value, |number| series.below(number))
            }
            _ => boundary,
        }
    }

    fn write(&self, start: usize, min: &Bson, max: &Bson, out: &mut Output) -> Result<()> {
        let mut id = Output::default();
        id.begin();
        id.value("min", min);
        id.value("max", max);
        let id = Stored::new(RawValue::Document(id.end()));
        let mut groups = Groups::new(&self.stage.statements, self.run.memory_bytes_max);
        let group = groups.find(&[], || id)?;
        for row in self.rows.get(start..self.at).unwrap_or_default() {
            let document = RawDoc::new(&row.document);
            let found = self.stage.fields.find(document);
            groups.add(group, document, &found, self.run)?;
        }
        groups.write(group, out);
        Ok(())
    }
}

/// Zero keeps its type.
fn rounded(value: &Bson, round: impl Fn(f64) -> f64) -> Bson {
    let number = to_f64(lend(value, &mut Vec::new())).unwrap_or_default();
    if number == 0.0 { value.clone() } else { boundary(round(number)) }
}
