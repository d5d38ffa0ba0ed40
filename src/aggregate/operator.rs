//! How documents flow: each stage runs as an [`Operator`] that is pushed encoded documents and
//! pushes its own to the ones after it.
//!
//! Documents stay bytes between stages. A stage that changes them writes into a buffer of its own
//! that is reused, so a streaming pipeline allocates nothing per document.

use std::cell::Cell;
use std::ops::ControlFlow;

use crate::aggregate::collections::Collections;
use crate::aggregate::variables::Variables;
use crate::error::Result;
use crate::value::Bson;
use crate::value::RawDoc;

/// `Break` when whoever is downstream wants no more documents.
pub(crate) type Flow = ControlFlow<()>;

pub(crate) const MORE: Flow = ControlFlow::Continue(());
pub(crate) const ENOUGH: Flow = ControlFlow::Break(());

/// Documents pushed between two calls of the caller's check.
const CHECK_INTERVAL: u32 = 1024;

/// What an execution has at hand.
#[derive(Clone, Copy)]
pub(crate) struct Run<'r> {
    pub collections: &'r dyn Collections,
    /// The variables that `$lookup` declared, outermost first.
    pub values: &'r [Option<Bson>],
    /// Memory of each blocking stage, in bytes.
    pub memory_bytes_max: usize,
    pub check: Option<&'r dyn Fn() -> Result<()>>,
    pub ticks: &'r Cell<u32>,
}

impl<'r> Run<'r> {
    /// What an expression reads for `document`.
    pub fn variables<'v>(&self, document: RawDoc<'v>) -> Variables<'v>
    where
        'r: 'v,
    {
        Variables::for_raw(document).with_values(self.values)
    }

    /// Counts one unit of work and from time to time asks the caller whether to go on.
    pub fn tick(&self) -> Result<()> {
        let ticks = self.ticks.get().wrapping_add(1);
        self.ticks.set(ticks);
        if ticks.is_multiple_of(CHECK_INTERVAL)
            && let Some(check) = self.check
        {
            check()?;
        }
        Ok(())
    }
}

/// A stage at work.
pub(crate) trait Operator {
    fn push(&mut self, document: RawDoc<'_>, next: &mut Downstream<'_, '_>) -> Result<Flow>;

    /// All input has been pushed, or whoever is upstream was told that it is enough.
    fn finish(&mut self, _next: &mut Downstream<'_, '_>) -> Result<()> {
        Ok(())
    }
}

/// Where the last operator's documents go.
pub(crate) type Sink<'s> = dyn FnMut(RawDoc<'_>) -> Result<Flow> + 's;

/// The operators after the one at work.
pub(crate) struct Downstream<'d, 'p> {
    operators: &'d mut [Box<dyn Operator + 'p>],
    run: Run<'p>,
    sink: &'d mut Sink<'d>,
}

impl Downstream<'_, '_> {
    pub fn push(&mut self, document: RawDoc<'_>) -> Result<Flow> {
        match self.operators.split_first_mut() {
            None => (self.sink)(document),
            Some((first, rest)) => {
                self.run.tick()?;
                first.push(
                    document,
                    &mut Downstream { operators: rest, run: self.run, sink: &mut *self.sink },
                )
            }
        }
    }
}

/// Operators in a row.
pub(crate) struct Chain<'p> {
    operators: Vec<Box<dyn Operator + 'p>>,
    run: Run<'p>,
}

impl<'p> Chain<'p> {
    pub fn new(operators: Vec<Box<dyn Operator + 'p>>, run: Run<'p>) -> Self {
        Self { operators, run }
    }

    pub fn push(&mut self, document: RawDoc<'_>, sink: &mut Sink<'_>) -> Result<Flow> {
        self.run.tick()?;
        let mut sink = |document: RawDoc<'_>| sink(document);
        Downstream { operators: &mut self.operators, run: self.run, sink: &mut sink }.push(document)
    }

    /// Lets every operator give out what it kept, first to last.
    pub fn finish(&mut self, sink: &mut Sink<'_>) -> Result<()> {
        let mut sink = |document: RawDoc<'_>| sink(document);
        for at in 0..self.operators.len() {
            let Some((operator, rest)) =
                self.operators.get_mut(at..).and_then(<[_]>::split_first_mut)
            else {
                break;
            };
            operator.finish(&mut Downstream { operators: rest, run: self.run, sink: &mut sink })?;
        }
        Ok(())
    }
}
