//! Accumulators of `$group`, `$bucket` and `$bucketAuto`: `{$sum: "$price"}`.
//!
//! A [`Statement`] is parsed once; each group holds one [`State`] a statement, updated in place
//! from a document's bytes.

mod add_to_set;
mod avg;
mod first;
mod last;
mod max;
mod merge_objects;
mod min;
mod push;
mod std_dev;
mod sum;

use crate::aggregate::accumulator::add_to_set::AddToSet;
use crate::aggregate::accumulator::avg::Avg;
use crate::aggregate::accumulator::first::First;
use crate::aggregate::accumulator::last::Last;
use crate::aggregate::accumulator::max::Max;
use crate::aggregate::accumulator::merge_objects::MergeObjects;
use crate::aggregate::accumulator::min::Min;
use crate::aggregate::accumulator::push::Push;
use crate::aggregate::accumulator::std_dev::StdDev;
use crate::aggregate::accumulator::sum::Sum;
use crate::aggregate::context::StageContext;
use crate::aggregate::expression::operand;
use crate::aggregate::field::Argument;
use crate::aggregate::field::Fields;
use crate::aggregate::output::Output;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;
use crate::value::RawValue;

/// One accumulated field of a group.
#[derive(Debug)]
pub(crate) struct Statement {
    pub name: Box<str>,
    pub argument: Argument,
    function: Function,
}

#[derive(Debug, Clone, Copy)]
enum Function {
    AddToSet,
    Avg,
    First,
    Last,
    Max,
    MergeObjects,
    Min,
    Push,
    StdDevPop,
    StdDevSamp,
    Sum,
}

/// What one group knows of one statement.
#[derive(Debug)]
pub(crate) enum State {
    AddToSet(AddToSet),
    Avg(Avg),
    First(First),
    Last(Last),
    Max(Max),
    MergeObjects(MergeObjects),
    Min(Min),
    Push(Push),
    StdDev(StdDev),
    Sum(Sum),
}

impl Statement {
    /// Reads `name: {$function: argument}`.
    pub fn parse(
        name: &str,
        value: &Bson,
        context: &StageContext,
        fields: &mut Fields,
    ) -> Result<Self> {
        let refuse = |code, problem: &str| Err(Error::mongo(code, format!("The field{problem}")));
        let Some((operator, operand, only)) = operator_of(value) else {
            return refuse(40234, &format!(" '{name}' must be an accumulator object"));
        };
        if name.contains('.') {
            return refuse(40235, &format!(" name '{name}' cannot contain '.'"));
        }
        if name.starts_with('$') {
            return refuse(40236, &format!(" name '{name}' cannot be an operator name"));
        }
        if !only {
            return refuse(40238, &format!(" '{name}' must specify one accumulator"));
        }
        if matches!(operand, Bson::Array(_)) {
            return Err(Error::mongo(
                40237,
                format!("The {operator} accumulator is a unary operator"),
            ));
        }
        let function = Function::named(operator)
            .ok_or_else(|| Error::mongo(15952, format!("unknown group operator '{operator}'")))?;
        let argument = Argument::new(context.expression(operand)?, fields);
        Ok(Self { name: name.into(), argument, function })
    }

    /// `name: {$sum: 1}`.
    pub fn count(name: &str, context: &StageContext, fields: &mut Fields) -> Result<Self> {
        let argument = Argument::new(context.expression(&Bson::Int32(1))?, fields);
        Ok(Self { name: name.into(), argument, function: Function::Sum })
    }

    /// The state of a group that has seen nothing.
    pub fn start(&self) -> State {
        match self.function {
            Function::AddToSet => State::AddToSet(AddToSet::default()),
            Function::Avg => State::Avg(Avg::default()),
            Function::First => State::First(First::default()),
            Function::Last => State::Last(Last::default()),
            Function::Max => State::Max(Max::default()),
            Function::MergeObjects => State::MergeObjects(MergeObjects::default()),
            Function::Min => State::Min(Min::default()),
            Function::Push => State::Push(Push::default()),
            Function::StdDevPop => State::StdDev(StdDev::of_population()),
            Function::StdDevSamp => State::StdDev(StdDev::of_sample()),
            Function::Sum => State::Sum(Sum::default()),
        }
    }
}

/// The first field of an object that names an operator, and whether it is the only one.
fn operator_of(value: &Bson) -> Option<(&str, &Bson, bool)> {
    let Bson::Document(document) = value else { return None };
    let (operator, operand) = document.iter().next()?;
    operator.starts_with('$').then_some((operator.as_str(), operand, document.len() == 1))
}

impl Function {
    fn named(operator: &str) -> Option<Self> {
        Some(match operator {
            "$addToSet" => Self::AddToSet,
            "$avg" => Self::Avg,
            "$first" => Self::First,
            "$last" => Self::Last,
            "$max" => Self::Max,
            "$mergeObjects" => Self::MergeObjects,
            "$min" => Self::Min,
            "$push" => Self::Push,
            "$stdDevPop" => Self::StdDevPop,
            "$stdDevSamp" => Self::StdDevSamp,
            "$sum" => Self::Sum,
            _ => return None,
        })
    }
}

impl State {
    /// Takes one document's value. Returns the bytes of memory this took in addition.
    #[inline]
    pub fn add(&mut self, value: Option<RawValue<'_>>) -> Result<usize> {
        Ok(match self {
            Self::Sum(state) => {
                state.add(value);
                0
            }
            Self::Avg(state) => {
                state.add(value);
                0
            }
            Self::StdDev(state) => {
                state.add(value);
                0
            }
            Self::AddToSet(state) => state.add(value),
            Self::First(state) => state.add(value),
            Self::Last(state) => state.add(value),
            Self::Max(state) => state.add(value),
            Self::Min(state) => state.add(value),
            Self::Push(state) => state.add(value),
            Self::MergeObjects(state) => return state.add(value),
        })
    }

    /// Writes the result under `key`.
    pub fn write(&self, key: &str, out: &mut Output) {
        match self {
            Self::AddToSet(state) => state.write(key, out),
            Self::Avg(state) => out.value(key, &state.result()),
            Self::First(state) => state.write(key, out),
            Self::Last(state) => state.write(key, out),
            Self::Max(state) => state.write(key, out),
            Self::MergeObjects(state) => out.value(key, &Bson::Document(state.result().clone())),
            Self::Min(state) => state.write(key, out),
            Self::Push(state) => state.write(key, out),
            Self::StdDev(state) => out.value(key, &state.result()),
            Self::Sum(state) => out.value(key, &state.result()),
        }
    }
}

/// A number as an owned value; None for anything else.
#[inline]
pub(crate) fn numeric(value: RawValue<'_>) -> Option<Bson> {
    Some(match value {
        RawValue::Int32(number) => Bson::Int32(number),
        RawValue::Int64(number) => Bson::Int64(number),
        RawValue::Double(number) => Bson::Double(number),
        RawValue::Decimal128(bytes) => Bson::Decimal128(bson::Decimal128::from_bytes(bytes)),
        _ => return None,
    })
}

/// A number of any type as a double.
pub(crate) fn to_f64(value: RawValue<'_>) -> Option<f64> {
    numeric(value).map(|number| operand::to_f64(&number))
}
