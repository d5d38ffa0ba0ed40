//! `$lookup` by equality of a local and a foreign field.
//!
//! The foreign collection is read once into a hash table. Where an index on the foreign field
//! exists, the first documents ask it instead, so that a short pipeline does not read a long
//! collection; where the collection is too large for the table, all do.

use bson::doc;

use crate::aggregate::field::visit_values;
use crate::aggregate::join::ForeignTable;
use crate::aggregate::join::any_equality;
use crate::aggregate::operator::Downstream;
use crate::aggregate::operator::Flow;
use crate::aggregate::operator::MORE;
use crate::aggregate::operator::Operator;
use crate::aggregate::operator::Run;
use crate::aggregate::output::Output;
use crate::aggregate::output::write_with;
use crate::aggregate::stage::lookup::INDEX_LOOKUPS;
use crate::aggregate::stage::lookup::too_many;
use crate::error::Error;
use crate::error::Result;
use crate::limits::DOCUMENT_BYTES_MAX;
use crate::value::Bson;
use crate::value::FieldPath;
use crate::value::RawDoc;
use crate::value::RawValue;
use crate::value::shell_text;
use crate::value::to_bson;

pub(super) struct Joining<'p> {
    from: &'p str,
    into: &'p FieldPath,
    local: &'p FieldPath,
    foreign: &'p FieldPath,
    run: Run<'p>,
    source: Source,
    numbers: Vec<usize>,
    key: Vec<u8>,
    out: Output,
}

enum Source {
    /// Nothing is known of the foreign collection yet.
    Unknown,
    /// The documents left until the collection is read as a whole.
    Index(usize),
    Table(ForeignTable),
    /// The collection does not fit into memory.
    Scan,
}

impl<'p> Joining<'p> {
    pub fn new(
        from: &'p str,
        into: &'p FieldPath,
        local: &'p FieldPath,
        foreign: &'p FieldPath,
        run: Run<'p>,
    ) -> Self {
        Self {
            from,
            into,
            local,
            foreign,
            run,
            source: Source::Unknown,
            numbers: Vec::new(),
            key: Vec::new(),
            out: Output::default(),
        }
    }

    /// Decides where foreign documents come from, for one more document.
    fn prepare(&mut self) -> Result<()> {
        match &mut self.source {
            Source::Table(_) | Source::Scan => return Ok(()),
            Source::Unknown if self.run.collections.has_index(self.from, self.foreign) => {
                self.source = Source::Index(INDEX_LOOKUPS);
                return Ok(());
            }
            Source::Index(left) if *left > 0 => {
                *left -= 1;
                return Ok(());
            }
            Source::Unknown | Source::Index(_) => {}
        }
        let table = ForeignTable::read(self.from, self.foreign, None, &self.run)?;
        self.source = table.map_or(Source::Scan, Source::Table);
        Ok(())
    }

    fn write_scanned(&mut self, document: RawDoc<'_>, values: &[RawValue<'_>]) -> Result<()> {
        let filter = any_equality(self.foreign, values)?;
        let mut found = Output::default();
        found.begin();
        found.open_array(b"");
        self.run.collections.scan(self.from, Some(&filter), &mut |foreign| {
            self.run.tick()?;
            if found.len() + foreign.as_bytes().len() > DOCUMENT_BYTES_MAX {
                return Err(self.too_large(values));
            }
            found.item(RawValue::Document(foreign));
            Ok(MORE)
        })?;
        if let Some(items) = found.end().elements().next() {
            let write = &|out: &mut Output, name: &str| out.copy_as(name.as_bytes(), &items);
            write_with(&mut self.out, document, self.into.segments(), Some(write));
        }
        Ok(())
    }

    fn write_joined(&mut self, document: RawDoc<'_>, values: &[RawValue<'_>]) -> Result<()> {
        let Source::Table(table) = &self.source else { return Ok(()) };
        self.numbers.clear();
        for value in values.iter().filter(|value| !matches!(value, RawValue::Undefined)) {
            table.find(*value, &mut self.key, &mut self.numbers);
        }
        if values.len() > 1 {
            self.numbers.sort_unstable();
            self.numbers.dedup();
        }
        let sizes = self.numbers.iter().map(|number| table.document(*number).as_bytes().len());
        if sizes.sum::<usize>() > DOCUMENT_BYTES_MAX {
            return Err(self.too_large(values));
        }
        let numbers = &self.numbers;
        let write = &|out: &mut Output, name: &str| {
            out.open_array(name.as_bytes());
            for number in numbers {
                out.item(RawValue::Document(table.document(*number)));
            }
            out.close();
        };
        write_with(&mut self.out, document, self.into.segments(), Some(write));
        Ok(())
    }

    fn too_large(&self, values: &[RawValue<'_>]) -> Error {
        let condition = match values {
            [only] => doc! {"$eq": to_bson(*only)},
            values => doc! {"$in": values.iter().copied().map(to_bson).collect::<Vec<_>>()},
        };
        let query = doc! {"$match": {"$and": [{self.foreign.as_str(): condition}, {}]}};
        too_many(self.from, &shell_text(&Bson::Document(query)))
    }
}

impl Operator for Joining<'_> {
    fn push(&mut self, document: RawDoc<'_>, next: &mut Downstream<'_, '_>) -> Result<Flow> {
        let mut values = Vec::new();
        visit_values(document, self.local.segments(), &mut |value| values.push(value));
        if values.is_empty() {
            // A document without the field is joined as if it had null.
            values.push(RawValue::Null);
        }
        self.prepare()?;
        if matches!(self.source, Source::Table(_)) {
            self.write_joined(document, &values)?;
        } else {
            self.write_scanned(document, &values)?;
        }
        next.push(self.out.end())
    }
}
