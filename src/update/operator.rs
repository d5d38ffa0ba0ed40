//! The operators an update is made of, and what all of them obey.

use crate::error::Result;
use crate::limits::DOCUMENT_DEPTH_MAX;
use crate::update::add_to_set::AddToSet;
use crate::update::arithmetic::Arithmetic;
use crate::update::bit::Bit;
use crate::update::current_date::CurrentDate;
use crate::update::failure::{immutable_field, path_not_viable};
use crate::update::min_max::MinMax;
use crate::update::operand::{Operand, Value};
use crate::update::place::{Context, ID, Obstacle, Place};
use crate::update::pop::Pop;
use crate::update::pull::Pull;
use crate::update::pull_all::PullAll;
use crate::update::push::Push;
use crate::update::rename::Rename;
use crate::update::set::Set;
use crate::update::storable::check_new_value;
use crate::update::unset::Unset;

/// An operator with the condition under which it applies.
#[derive(Debug, Clone)]
pub(super) struct Leaf {
    operator: Operator,
    /// `$setOnInsert`.
    on_insert_only: bool,
}

#[derive(Debug, Clone)]
pub(super) enum Operator {
    Set(Set),
    Unset(Unset),
    Arithmetic(Arithmetic),
    MinMax(MinMax),
    Rename(Rename),
    Bit(Bit),
    Push(Push),
    AddToSet(AddToSet),
    Pop(Pop),
    Pull(Pull),
    PullAll(PullAll),
    CurrentDate(CurrentDate),
}

/// What an operator does to one value.
#[derive(Debug)]
pub(super) enum Outcome<'a> {
    Unchanged,
    /// The new value. It may equal the old one: some operators always count as a change.
    Value(Value<'a>),
    Removed,
}

impl Outcome<'_> {
    pub(super) fn is_value(&self) -> bool {
        matches!(self, Self::Value(_))
    }

    /// Bytes of the new value.
    pub(super) fn len(&self) -> usize {
        if let Self::Value(value) = self { value.bytes().len() } else { 0 }
    }
}

impl Leaf {
    pub(super) fn new(operator: Operator, on_insert_only: bool) -> Self {
        Self { operator, on_insert_only }
    }

    fn is_idle(&self, context: &Context<'_>) -> bool {
        self.on_insert_only && !context.is_insert
    }

    /// What becomes of an existing value.
    pub(super) fn update<'a>(
        &'a self,
        current: &Value<'_>,
        here: &Place<'_>,
        context: &'a Context<'_>,
    ) -> Result<Outcome<'a>> {
        if self.is_idle(context) {
            return Ok(Outcome::Unchanged);
        }
        let outcome = match &self.operator {
            Operator::Set(set) => set.update(current),
            Operator::Unset(_) => Outcome::Removed,
            Operator::Arithmetic(arithmetic) => arithmetic.update(current, here, context)?,
            Operator::MinMax(min_max) => min_max.update(current),
            Operator::Rename(rename) => {
                rename.moved(here, context)?.map_or(Outcome::Unchanged, Outcome::Value)
            }
            Operator::Bit(bit) => bit.update(current, here, context)?,
            Operator::Push(push) => push.update(current, here, context)?,
            Operator::AddToSet(add_to_set) => add_to_set.update(current, here)?,
            Operator::Pop(pop) => pop.update(current, here)?,
            Operator::Pull(pull) => pull.update(current)?,
            Operator::PullAll(pull_all) => pull_all.update(current)?,
            Operator::CurrentDate(date) => Outcome::Value(date.value(context)?),
        };
        if !matches!(outcome, Outcome::Unchanged) && here.is_inside_id() {
            return Err(immutable_field(format!(
                "Performing an update on the path '{}' would modify the immutable field '{ID}'",
                here.dotted()
            )));
        }
        self.check(&outcome, here, context)?;
        Ok(outcome)
    }

    /// The value put where nothing is, for the operators that do.
    pub(super) fn create<'a>(
        &'a self,
        here: &Place<'_>,
        context: &'a Context<'_>,
    ) -> Result<Option<Value<'a>>> {
        if self.is_idle(context) {
            return Ok(None);
        }
        let value = match &self.operator {
            Operator::Set(set) => set.value(),
            Operator::Arithmetic(arithmetic) => arithmetic.create(),
            Operator::MinMax(min_max) => min_max.value(),
            Operator::Rename(rename) => match rename.moved(here, context)? {
                Some(value) => value,
                None => return Ok(None),
            },
            Operator::Bit(bit) => bit.create(),
            Operator::Push(push) => push.create(),
            Operator::AddToSet(add_to_set) => add_to_set.create(),
            Operator::CurrentDate(date) => date.value(context)?,
            Operator::Unset(_) | Operator::Pop(_) | Operator::Pull(_) | Operator::PullAll(_) => {
                return Ok(None);
            }
        };
        let outcome = Outcome::Value(value);
        self.check(&outcome, here, context)?;
        Ok(if let Outcome::Value(value) = outcome { Some(value) } else { None })
    }

    /// What a value in the way of the path means. Operators that would create something fail, and
    /// so do those that would have had nothing to do on a missing path, but for `$unset`.
    pub(super) fn refuse(
        &self,
        here: &Place<'_>,
        obstacle: &Obstacle<'_>,
        context: &Context<'_>,
    ) -> Result<()> {
        let creates = match &self.operator {
            _ if self.is_idle(context) => return Ok(()),
            Operator::Unset(_) => return Ok(()),
            Operator::Rename(rename) if rename.moved(here, context)?.is_none() => return Ok(()),
            Operator::Pop(_) | Operator::Pull(_) | Operator::PullAll(_) => false,
            _ => true,
        };
        Err(path_not_viable(if creates {
            format!("Cannot create field '{}' in element {}", obstacle.part, obstacle.text())
        } else {
            format!(
                "Cannot use the part ({}) of ({}) to traverse the element ({})",
                obstacle.part,
                here.dotted(),
                obstacle.text()
            )
        }))
    }

    /// The values that the operator stores.
    fn operands(&self) -> &[Operand] {
        match &self.operator {
            Operator::Set(set) => set.operands(),
            Operator::MinMax(min_max) => min_max.operands(),
            Operator::Push(push) => push.operands(),
            Operator::AddToSet(add_to_set) => add_to_set.operands(),
            _ => &[],
        }
    }

    fn check(&self, outcome: &Outcome<'_>, here: &Place<'_>, context: &Context<'_>) -> Result<()> {
        let Outcome::Value(value) = outcome else { return Ok(()) };
        context.count_made(value.bytes().len())?;
        // One more level than the operand has: `$push` puts it into an array.
        let is_suspect = |operand: &Operand| {
            operand.has_dollar_key || here.level + operand.depth + 1 > DOCUMENT_DEPTH_MAX
        };
        let is_renamed = matches!(self.operator, Operator::Rename(_));
        if here.level >= DOCUMENT_DEPTH_MAX || is_renamed || self.operands().iter().any(is_suspect)
        {
            check_new_value(value, here)?;
        }
        Ok(())
    }
}
