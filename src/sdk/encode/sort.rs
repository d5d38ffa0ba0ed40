//! `orderBy`: fields with their directions, in the order the official client sends them.

use crate::sdk::encode::cell::integer_key;
use crate::value::Document;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

/// The accumulated order of a query.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SortState {
    fields: Vec<(String, Direction)>,
}

impl SortState {
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// A repeated field keeps its first place and takes the last direction.
    pub fn add(&mut self, path: &str, direction: Direction) {
        match self.fields.iter_mut().find(|(field, _)| field == path) {
            Some((_, present)) => *present = direction,
            None => self.fields.push((path.to_owned(), direction)),
        }
    }

    /// Integer-like names come first: the order is kept as an object.
    pub fn to_document(&self) -> Document {
        let mut fields: Vec<&(String, Direction)> = self.fields.iter().collect();
        fields.sort_by_key(|(field, _)| integer_key(field).map_or(u64::MAX, u64::from));
        fields
            .into_iter()
            .map(|(field, direction)| {
                (
                    field.clone(),
                    bson::Bson::Int32(match direction {
                        Direction::Ascending => 1,
                        Direction::Descending => -1,
                    }),
                )
            })
            .collect()
    }
}
