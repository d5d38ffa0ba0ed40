//! The keys that a document has in an index.
//!
//! As MongoDB makes them: an array gives one key for each element, an empty one gives
//! `undefined`, a missing field gives `null`, and two arrays on different paths are refused. A
//! whole array has no key of its own, so an equality with an array is looked up by its first
//! element (and by the array itself, which is an element of a nested one).

use crate::error::{Error, ErrorKind, Result};
use crate::limits::INDEX_KEY_BYTES_MAX;
use crate::store::GeoCells;
use crate::store::catalog::{IndexDefinition, IndexOrder};
use crate::value::key::{Direction, encode_cell, encode_key};
use crate::value::{FieldPath, RawDoc, RawValue, array_index, shell_text_raw};

/// The keys of one document in one index.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct DocumentKeys {
    /// Sorted, each once.
    pub(crate) keys: Vec<Vec<u8>>,
    pub(crate) multikey: bool,
}

/// Computes the keys, or refuses the document as MongoDB does.
pub(crate) fn document_keys(
    definition: &IndexDefinition,
    document: RawDoc<'_>,
    geo: Option<&dyn GeoCells>,
) -> Result<DocumentKeys> {
    let mut found = DocumentKeys::default();
    let rows = rows(definition, document, &mut found.multikey)?;
    let cells = cells(definition, document, geo)?;
    // A document without a geometry is not in a geometric index.
    if cells.iter().flatten().any(Vec::is_empty) {
        return Ok(found);
    }
    for row in &rows {
        validate_size(row)?;
        append_keys(definition, row, &cells, &mut found.keys)?;
    }
    found.keys.sort_unstable();
    found.keys.dedup();
    found.multikey |= found.keys.len() > 1;
    Ok(found)
}

/// Whether two documents have the same bytes in every field that the index is about, and so the
/// same keys.
pub(crate) fn has_same_values(
    definition: &IndexDefinition,
    old: RawDoc<'_>,
    new: RawDoc<'_>,
) -> bool {
    definition.fields.iter().all(|field| {
        let name = field.path.first().as_bytes();
        match (old.element(name), new.element(name)) {
            (Some(old), Some(new)) => {
                old.kind_byte() == new.kind_byte() && old.value_bytes() == new.value_bytes()
            }
            (old, new) => old.is_none() && new.is_none(),
        }
    })
}

/// `{ : 1, : "x" }` for the values of `key`, as errors print them.
pub(crate) fn key_text(
    definition: &IndexDefinition,
    document: RawDoc<'_>,
    key: &[u8],
) -> Result<String> {
    for row in rows(definition, document, &mut false)? {
        let mut candidate = Vec::new();
        append_plain(definition, &row, &mut candidate)?;
        if candidate == key {
            return Ok(row_text(&row));
        }
    }
    Ok("{ }".to_owned())
}

fn row_text(row: &[RawValue<'_>]) -> String {
    let values: Vec<String> =
        row.iter().map(|value| format!(": {}", shell_text_raw(*value))).collect();
    format!("{{ {} }}", values.join(", "))
}

fn append_plain(
    definition: &IndexDefinition,
    row: &[RawValue<'_>],
    key: &mut Vec<u8>,
) -> Result<()> {
    for (field, value) in definition.fields.iter().zip(row) {
        encode_key(key, *value, direction(field.order))?;
    }
    Ok(())
}

pub(crate) fn direction(order: IndexOrder) -> Direction {
    match order {
        IndexOrder::Descending => Direction::Descending,
        IndexOrder::Ascending | IndexOrder::Sphere => Direction::Ascending,
    }
}

/// One key for each combination of cells; without cells, one key.
fn append_keys(
    definition: &IndexDefinition,
    row: &[RawValue<'_>],
    cells: &[Option<Vec<u64>>],
    keys: &mut Vec<Vec<u8>>,
) -> Result<()> {
    let mut partial = vec![Vec::with_capacity(32)];
    for ((field, value), cells) in definition.fields.iter().zip(row).zip(cells) {
        let Some(cells) = cells else {
            for key in &mut partial {
                encode_key(key, *value, direction(field.order))?;
            }
            continue;
        };
        let mut longer = Vec::with_capacity(partial.len() * cells.len());
        for key in &partial {
            for cell in cells {
                let mut key = key.clone();
                encode_cell(&mut key, *cell);
                longer.push(key);
            }
        }
        partial = longer;
    }
    keys.append(&mut partial);
    Ok(())
}

/// MongoDB 4.0 refuses keys of 1024 bytes and more, measured as the key's own document.
fn validate_size(row: &[RawValue<'_>]) -> Result<()> {
    let size = 5 + row.iter().map(|value| 2 + encoded_length(*value)).sum::<usize>();
    if size < INDEX_KEY_BYTES_MAX {
        return Ok(());
    }
    Err(Error::mongo(
        17280,
        format!(
            "WiredTigerIndex::insert: key too large to index, failing  {size} {}",
            row_text(row)
        ),
    ))
}

fn encoded_length(value: RawValue<'_>) -> usize {
    match value {
        RawValue::MinKey | RawValue::MaxKey | RawValue::Null | RawValue::Undefined => 0,
        RawValue::Boolean(_) => 1,
        RawValue::Int32(_) => 4,
        RawValue::Double(_)
        | RawValue::Int64(_)
        | RawValue::DateTime(_)
        | RawValue::Timestamp(_) => 8,
        RawValue::ObjectId(_) => 12,
        RawValue::Decimal128(_) => 16,
        RawValue::String(text) | RawValue::Symbol(text) | RawValue::Code(text) => 5 + text.len(),
        RawValue::Document(inner) | RawValue::Array(inner) => inner.as_bytes().len(),
        RawValue::Binary { bytes, .. } => 5 + bytes.len(),
        RawValue::Regex { pattern, options } => 2 + pattern.len() + options.len(),
        RawValue::DbPointer { namespace, .. } => 17 + namespace.len(),
        RawValue::CodeWithScope { code, scope } => 9 + code.len() + scope.as_bytes().len(),
    }
}

/// What is left to walk of one field of the index.
#[derive(Debug, Clone, Copy)]
struct Walk<'a> {
    rest: &'a [Box<str>],
    /// The value, once the walk is at its end.
    value: Option<RawValue<'a>>,
    /// Within an array entered last: the element that the next segment names by position.
    positioned: Option<RawValue<'a>>,
}

/// The values of each key, in the order of the index's fields. Geometric fields give `null`.
fn rows<'a>(
    definition: &'a IndexDefinition,
    document: RawDoc<'a>,
    multikey: &mut bool,
) -> Result<Vec<Vec<RawValue<'a>>>> {
    let walks = definition.fields.iter().map(|field| match field.order {
        IndexOrder::Sphere => Walk { rest: &[], value: Some(RawValue::Null), positioned: None },
        _ => Walk { rest: field.path.segments(), value: None, positioned: None },
    });
    let mut rows = Vec::new();
    expand(walks.collect(), Some(document), multikey, &mut rows)?;
    Ok(rows)
}

/// Walks all fields down to the first array, and from there once for each of its elements.
/// Recursion ends with the path: each level takes a segment or finishes a field.
fn expand<'a>(
    mut walks: Vec<Walk<'a>>,
    document: Option<RawDoc<'a>>,
    multikey: &mut bool,
    rows: &mut Vec<Vec<RawValue<'a>>>,
) -> Result<()> {
    let mut array: Option<(&'a str, RawDoc<'a>)> = None;
    let mut through = vec![false; walks.len()];
    for (walk, through) in walks.iter_mut().zip(&mut through) {
        if walk.value.is_some() {
            continue;
        }
        match next_value(walk, document)? {
            None => walk.value = Some(RawValue::Null),
            Some((name, RawValue::Array(items))) => {
                if let Some((other, known)) = array
                    && !std::ptr::eq(known.as_bytes(), items.as_bytes())
                {
                    return Err(Error::mongo(
                        171,
                        format!("cannot index parallel arrays [{name}] [{other}]"),
                    ));
                }
                array = Some(array.unwrap_or((name, items)));
                *through = true;
            }
            Some((_, value)) => walk.value = Some(value),
        }
    }
    let Some((_, items)) = array else {
        rows.push(walks.iter().map(|walk| walk.value.unwrap_or(RawValue::Null)).collect());
        return Ok(());
    };
    *multikey = true;
    if items.is_empty() {
        enter(&mut walks, &through, RawValue::Undefined, None);
        return expand(walks, None, multikey, rows);
    }
    for item in items.values() {
        let mut walks = walks.clone();
        enter(&mut walks, &through, item, Some(items));
        let inner = if let RawValue::Document(inner) = item { Some(inner) } else { None };
        expand(walks, inner, multikey, rows)?;
    }
    Ok(())
}

/// Takes the walks that met the array into one of its elements.
fn enter<'a>(
    walks: &mut [Walk<'a>],
    through: &[bool],
    item: RawValue<'a>,
    items: Option<RawDoc<'a>>,
) {
    for (walk, _) in walks.iter_mut().zip(through).filter(|(_, through)| **through) {
        match walk.rest.first() {
            None => walk.value = Some(item),
            Some(segment) => {
                walk.positioned = items
                    .filter(|_| array_index(segment).is_some())
                    .and_then(|items| items.get(segment));
            }
        }
    }
}

/// The value at the end of the walk, or the first array on the way, with its field's name. The
/// walk is left behind it.
fn next_value<'a>(
    walk: &mut Walk<'a>,
    document: Option<RawDoc<'a>>,
) -> Result<Option<(&'a str, RawValue<'a>)>> {
    let positioned = walk.positioned.take();
    let Some((segment, rest)) = walk.rest.split_first() else { return Ok(None) };
    let named = document.and_then(|document| document.get(segment));
    if named.is_some() && positioned.is_some() {
        return Err(Error::mongo(
            16746,
            format!(
                "Ambiguous field name found in array (do not use numeric field names in \
                 embedded elements in an array), field: '{segment}'"
            ),
        ));
    }
    let Some(mut value) = named.or(positioned) else { return Ok(None) };
    let mut name: &'a str = segment;
    walk.rest = rest;
    loop {
        match (value, walk.rest.split_first()) {
            (RawValue::Array(_), _) | (_, None) => return Ok(Some((name, value))),
            (RawValue::Document(inner), Some((segment, rest))) => {
                let Some(next) = inner.get(segment) else { return Ok(None) };
                (value, name, walk.rest) = (next, segment, rest);
            }
            _ => return Ok(None),
        }
    }
}

/// For each field the cells of its geometries, `None` where the field is not geometric.
fn cells(
    definition: &IndexDefinition,
    document: RawDoc<'_>,
    geo: Option<&dyn GeoCells>,
) -> Result<Vec<Option<Vec<u64>>>> {
    let of_field = |field: &crate::store::IndexField| {
        if field.order != IndexOrder::Sphere {
            return Ok(None);
        }
        let geo = geo.ok_or_else(no_geometry)?;
        let mut cells = Vec::new();
        for geometry in geometries(&field.path, document) {
            geo.cells(geometry, &mut cells)?;
        }
        cells.sort_unstable();
        cells.dedup();
        Ok(Some(cells))
    };
    definition.fields.iter().map(of_field).collect()
}

pub(crate) fn no_geometry() -> Error {
    Error::new(ErrorKind::Unsupported, "this store was opened without geometry")
}

fn geometries<'a>(path: &FieldPath, document: RawDoc<'a>) -> Vec<RawValue<'a>> {
    let mut values = vec![RawValue::Document(document)];
    for segment in path.segments() {
        let mut next = Vec::new();
        for value in values {
            match value {
                RawValue::Document(inner) => next.extend(inner.get(segment)),
                RawValue::Array(items) => {
                    next.extend(array_index(segment).and_then(|_| items.get(segment)));
                    next.extend(items.values().filter_map(|item| match item {
                        RawValue::Document(inner) => inner.get(segment),
                        _ => None,
                    }));
                }
                _ => {}
            }
        }
        values = next;
    }
    let mut found = Vec::new();
    for value in values {
        match value {
            RawValue::Null | RawValue::Undefined => {}
            // An array of numbers is a legacy point, any other array holds geometries.
            RawValue::Array(items)
                if !items.values().next().is_some_and(|item| item.kind().is_number()) =>
            {
                found.extend(items.values());
            }
            value => found.push(value),
        }
    }
    found
}

#[cfg(test)]
#[path = "indexes_tests.rs"]
mod tests;
