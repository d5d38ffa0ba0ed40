//! `$sample`: documents chosen at random, none twice, in random order.

use crate::aggregate::memory::Memory;
use crate::aggregate::memory::sort_refusal;
use crate::aggregate::operator::Downstream;
use crate::aggregate::operator::ENOUGH;
use crate::aggregate::operator::Flow;
use crate::aggregate::operator::MORE;
use crate::aggregate::operator::Operator;
use crate::aggregate::operator::Run;
use crate::aggregate::stage::to_i64;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;
use crate::value::RawDoc;

#[derive(Debug)]
pub(crate) struct Sample {
    size: usize,
}

impl Sample {
    pub fn parse(value: &Bson) -> Result<Self> {
        let Bson::Document(specification) = value else {
            return Err(Error::mongo(28745, "the $sample stage specification must be an object"));
        };
        let mut size = None;
        for (option, value) in specification {
            if option != "size" {
                return Err(Error::mongo(
                    28748,
                    format!("unrecognized option to $sample: {option}"),
                ));
            }
            let Some(count) = to_i64(value) else {
                return Err(Error::mongo(28746, "size argument to $sample must be a number"));
            };
            if count < 0 {
                return Err(Error::mongo(28747, "size argument to $sample must not be negative"));
            }
            size = Some(usize::try_from(count).unwrap_or(usize::MAX));
        }
        let size = size.ok_or_else(|| Error::mongo(28749, "$sample stage must specify a size"))?;
        Ok(Self { size })
    }

    pub fn operator<'p>(&'p self, run: Run<'p>) -> Box<dyn Operator + 'p> {
        Box::new(Sampling {
            size: self.size,
            kept: Vec::new(),
            seen: 0,
            memory: Memory::new(run.memory_bytes_max, sort_refusal),
            run,
        })
    }
}

/// A reservoir: each document so far is in it with the same chance.
struct Sampling<'p> {
    size: usize,
    kept: Vec<Box<[u8]>>,
    seen: u64,
    memory: Memory,
    run: Run<'p>,
}

impl Sampling<'_> {
    /// A number below `bound`, which is not 0.
    fn below(&self, bound: u64) -> u64 {
        // The high half of the product is uniform to within 2^-64 of `bound`.
        let product = u128::from(self.run.collections.random()) * u128::from(bound);
        u64::try_from(product >> 64).unwrap_or_default()
    }

    fn index_below(&self, bound: usize) -> usize {
        let number = self.below(u64::try_from(bound).unwrap_or(u64::MAX));
        usize::try_from(number).unwrap_or_default()
    }
}

impl Operator for Sampling<'_> {
    fn push(&mut self, document: RawDoc<'_>, _next: &mut Downstream<'_, '_>) -> Result<Flow> {
        if self.size == 0 {
            return Ok(ENOUGH);
        }
        self.seen += 1;
        let bytes = document.as_bytes();
        if self.kept.len() < self.size {
            self.memory.take(bytes.len())?;
            self.kept.push(bytes.into());
            return Ok(MORE);
        }
        let place = usize::try_from(self.below(self.seen)).unwrap_or(usize::MAX);
        if let Some(kept) = self.kept.get_mut(place) {
            self.memory.give_back(kept.len());
            *kept = bytes.into();
            self.memory.take(bytes.len())?;
        }
        Ok(MORE)
    }

    fn finish(&mut self, next: &mut Downstream<'_, '_>) -> Result<()> {
        for last in (1..self.kept.len()).rev() {
            let other = self.index_below(last + 1);
            self.kept.swap(last, other);
        }
        for document in &self.kept {
            if next.push(RawDoc::new(document))?.is_break() {
                break;
            }
        }
        Ok(())
    }
}
