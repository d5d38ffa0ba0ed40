//! `$out`: the result replaces a collection, and the answer is empty.

use crate::aggregate::memory::Memory;
use crate::aggregate::operator::Downstream;
use crate::aggregate::operator::Flow;
use crate::aggregate::operator::MORE;
use crate::aggregate::operator::Operator;
use crate::aggregate::operator::Run;
use crate::aggregate::pipeline::check_size;
use crate::aggregate::stage::type_name;
use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;
use crate::value::Bson;
use crate::value::RawDoc;

#[derive(Debug)]
pub(crate) struct Out {
    collection: Box<str>,
}

impl Out {
    pub fn parse(value: &Bson) -> Result<Self> {
        let Bson::String(collection) = value else {
            return Err(Error::mongo(
                16990,
                format!("$out only supports a string argument, not {}", type_name(value)),
            ));
        };
        Ok(Self { collection: collection.as_str().into() })
    }

    pub fn collection(&self) -> &str {
        &self.collection
    }

    pub fn operator<'p>(&'p self, run: Run<'p>) -> Box<dyn Operator + 'p> {
        Box::new(Collecting {
            collection: &self.collection,
            documents: Vec::new(),
            memory: Memory::new(run.memory_bytes_max, refusal),
            run,
        })
    }
}

fn refusal(max_bytes: usize) -> Error {
    Error::new(
        ErrorKind::LimitExceeded,
        format!("$out may write at most {max_bytes} bytes at once; write in several pipelines"),
    )
}

struct Collecting<'p> {
    collection: &'p str,
    documents: Vec<Vec<u8>>,
    memory: Memory,
    run: Run<'p>,
}

impl Operator for Collecting<'_> {
    fn push(&mut self, document: RawDoc<'_>, _next: &mut Downstream<'_, '_>) -> Result<Flow> {
        check_size(document)?;
        self.memory.take(document.as_bytes().len())?;
        self.documents.push(document.as_bytes().to_vec());
        Ok(MORE)
    }

    fn finish(&mut self, _next: &mut Downstream<'_, '_>) -> Result<()> {
        let documents = std::mem::take(&mut self.documents);
        self.run.collections.replace_contents(self.collection, documents)
    }
}
