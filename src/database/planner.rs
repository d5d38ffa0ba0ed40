//! Chooses how the documents of a query are reached.
//!
//! The choice only decides how fast the answer comes: the filter is checked on every document
//! found, and whoever reads them restores the order that a walk over the collection would give.

use std::ops::Bound as End;

use crate::database::plan::Access;
use crate::database::plan::IndexAt;
use crate::database::plan::IndexScan;
use crate::database::plan::ReadFrom;
use crate::error::Result;
use crate::query::Bound;
use crate::query::FieldBounds;
use crate::query::Filter;
use crate::query::Sort;
use crate::store::CollectionInfo;
use crate::store::IndexDefinition;
use crate::store::IndexField;
use crate::store::IndexInfo;
use crate::store::IndexOrder;
use crate::store::KeyRange;
use crate::value::Bson;
use crate::value::Kind;
use crate::value::RawValue;
use crate::value::compare;
use crate::value::key::Direction;
use crate::value::key::encode_cell;
use crate::value::key::encode_key;
use crate::value::key::encode_key_bson;
use crate::value::key::type_bounds;
use crate::value::kind_of;

/// Most ranges of one index scan. Beyond it the last fields are left to the filter.
const RANGES_MAX: usize = 2_000;

/// What is asked, as far as it decides the way to the documents.
pub struct Question<'a> {
    pub filter: &'a Filter,
    pub sort: Option<&'a Sort>,
    /// Whether a few documents from the beginning of the order are enough.
    pub limited: bool,
    /// Whether indexes yield documents in the order of their keys.
    pub ordered: bool,
}

pub fn choose(collection: &CollectionInfo, question: &Question<'_>) -> Result<Access> {
    if let Some(id) = question.filter.equality_on_id() {
        return Ok(Access::Id(id.clone()));
    }
    let bounds = question.filter.bounds();
    if bounds.iter().any(|bound| matches!(&bound.bound, Bound::Points(points) if points.is_empty()))
    {
        return Ok(Access::Nothing);
    }
    if let Some(ids) = points_on_id(&bounds) {
        return Ok(Access::Ids(ids));
    }
    let listed = (0..collection.indexes.len()).map(IndexAt::Listed);
    let candidates = std::iter::once(IndexAt::Id).chain(listed).filter_map(|at| {
        let index = at.of(collection)?;
        Some((index, candidate(at, index, &bounds, question)?))
    });
    // Of equals the index that was created first.
    let Some((index, best)) = candidates.rev().max_by_key(|(_, candidate)| candidate.score) else {
        return Ok(Access::Collection);
    };
    let mut ranges = key_ranges(&index.definition, &best.bounds)?;
    ranges.retain(|range| !is_empty(range));
    Ok(Access::Index(IndexScan {
        index: best.index,
        bounds: best.bounds,
        ranges,
        sorted: best.sorted,
    }))
}

/// An index that helps.
struct Candidate {
    index: IndexAt,
    bounds: Vec<Bound>,
    sorted: Option<ReadFrom>,
    score: u32,
}

fn points_on_id(bounds: &[FieldBounds]) -> Option<Vec<Bson>> {
    let on_id = bounds.iter().filter(|bound| bound.path.as_str() == "_id");
    let points = on_id.filter_map(|bound| match &bound.bound {
        Bound::Points(points) if points.len() <= RANGES_MAX => Some(points),
        _ => None,
    });
    points.min_by_key(|points| points.len()).cloned()
}

fn candidate(
    at: IndexAt,
    index: &IndexInfo,
    bounds: &[FieldBounds],
    question: &Question<'_>,
) -> Option<Candidate> {
    if !holds_every_match(index, bounds) {
        return None;
    }
    let mut used: Vec<Bound> = Vec::new();
    let mut ranges = 1_usize;
    for (earlier, field) in index.definition.fields.iter().enumerate() {
        // One element of an array may meet the one bound and another element the other, while
        // one entry of the index holds values of one element.
        if index.multikey && shares_root(&index.definition.fields[..earlier], field) {
            break;
        }
        let Some(bound) = bound_of(field, index.multikey, bounds) else { break };
        let count = match &bound {
            Bound::Points(points) => points.len(),
            Bound::Cells(cells) => cells.len(),
            Bound::Range { .. } | Bound::Prefix(_) => 1,
        };
        if ranges.saturating_mul(count) > RANGES_MAX {
            break;
        }
        ranges *= count;
        let goes_on = matches!(bound, Bound::Points(_));
        used.push(bound);
        if !goes_on {
            break;
        }
    }
    let sorted = sorted_by(index, &used, question);
    if used.is_empty() {
        // Reading documents in index order costs more a document than reading all of them: it
        // pays when every document counts and few are wanted.
        let pays = sorted.is_some() && question.limited && question.filter.is_empty();
        return pays.then_some(Candidate { index: at, bounds: used, sorted, score: 1 });
    }
    let score = score(&index.definition, &used) + if sorted.is_some() { 20 } else { 0 };
    Some(Candidate { index: at, bounds: used, sorted, score })
}

/// A geometric index has no entry for a document without a geometry: it serves only filters that
/// ask for one in every geometric field.
fn holds_every_match(index: &IndexInfo, bounds: &[FieldBounds]) -> bool {
    let spheres = index.definition.fields.iter().filter(|field| field.order == IndexOrder::Sphere);
    spheres.into_iter().all(|field| {
        let on_field = |bound: &&FieldBounds| bound.path == field.path;
        bounds.iter().filter(on_field).any(|bound| matches!(bound.bound, Bound::Cells(_)))
    })
}

fn shares_root(earlier: &[IndexField], field: &IndexField) -> bool {
    earlier.iter().any(|other| other.path.first() == field.path.first())
}

/// How much an index narrows the search: equality before ranges, earlier fields before later.
fn score(definition: &IndexDefinition, bounds: &[Bound]) -> u32 {
    let unique_hit = definition.unique
        && bounds.len() == definition.fields.len()
        && bounds.iter().all(|bound| matches!(bound, Bound::Points(points) if points.len() == 1));
    let narrowing = bounds.iter().map(|bound| match bound {
        Bound::Points(points) if points.len() == 1 => 100,
        Bound::Points(_) => 70,
        Bound::Cells(_) => 50,
        Bound::Prefix(_) | Bound::Range { lower: Some(_), upper: Some(_) } => 40,
        Bound::Range { .. } => 25,
    });
    narrowing.sum::<u32>() + if unique_hit { 10_000 } else { 0 }
}

/// The narrowest bound that an index field can use.
fn bound_of(field: &IndexField, multikey: bool, bounds: &[FieldBounds]) -> Option<Bound> {
    let sphere = field.order == IndexOrder::Sphere;
    let mut on_field = bounds
        .iter()
        .filter(|bound| bound.path == field.path)
        .map(|bound| &bound.bound)
        .filter(|bound| matches!(bound, Bound::Cells(_)) == sphere && !is_array_range(bound))
        .collect::<Vec<_>>();
    on_field.sort_by_key(|bound| match bound {
        Bound::Points(points) => points.len(),
        Bound::Cells(_) | Bound::Prefix(_) => usize::MAX - 2,
        Bound::Range { lower: Some(_), upper: Some(_) } => usize::MAX - 1,
        Bound::Range { .. } => usize::MAX,
    });
    let (first, others) = on_field.split_first()?;
    let mut narrowed = (*first).clone();
    if !multikey {
        for other in others {
            narrow(&mut narrowed, other);
        }
    }
    Some(narrowed)
}

/// A whole array has no key in an index, so a range of arrays says nothing about keys.
fn is_array_range(bound: &Bound) -> bool {
    let is_array = |end: &Option<(Bson, bool)>| matches!(end, Some((Bson::Array(_), _)));
    matches!(bound, Bound::Range { lower, upper } if is_array(lower) || is_array(upper))
}

/// Cuts a range by another one over the same type of values.
fn narrow(bound: &mut Bound, other: &Bound) {
    let (Bound::Range { lower, upper }, Bound::Range { lower: other_lower, upper: other_upper }) =
        (bound, other)
    else {
        return;
    };
    let rank = |lower: &Option<(Bson, bool)>, upper: &Option<(Bson, bool)>| {
        lower.as_ref().or(upper.as_ref()).map(|(value, _)| kind_of(value).rank())
    };
    if rank(lower, upper) != rank(other_lower, other_upper) {
        return;
    }
    tighten(lower, other_lower.as_ref(), |other, own| compare(other, own).is_gt());
    tighten(upper, other_upper.as_ref(), |other, own| compare(other, own).is_lt());
}

fn tighten(
    own: &mut Option<(Bson, bool)>,
    other: Option<&(Bson, bool)>,
    is_tighter: impl Fn(&Bson, &Bson) -> bool,
) {
    let Some((other_value, other_inclusive)) = other else { return };
    match own {
        Some((value, inclusive)) if !is_tighter(other_value, value) => {
            if compare(other_value, value).is_eq() {
                *inclusive = *inclusive && *other_inclusive;
            }
        }
        _ => *own = Some((other_value.clone(), *other_inclusive)),
    }
}

/// From which end the index must be read to give the order of the sort, if it can.
fn sorted_by(index: &IndexInfo, used: &[Bound], question: &Question<'_>) -> Option<ReadFrom> {
    let sort = question.sort.filter(|sort| !sort.is_empty())?;
    if index.multikey || !question.ordered {
        return None;
    }
    let fields = &index.definition.fields;
    // A field with one value has no say in the order. Several ranges would have to be merged.
    let one_key = |bound: &&Bound| match bound {
        Bound::Points(points) => matches!(points.as_slice(), [point] if has_one_key(point)),
        _ => false,
    };
    let fixed = used.iter().take_while(one_key).count();
    if used.iter().skip(fixed).any(|bound| !matches!(bound, Bound::Range { .. })) {
        return None;
    }
    let mut free = fields[fixed..].iter();
    let mut from = None;
    for (path, ascending) in sort.paths() {
        if fields[..fixed].iter().any(|field| field.path == *path) {
            continue;
        }
        let field = free.next().filter(|field| field.path == *path)?;
        let forward = match field.order {
            IndexOrder::Ascending => ascending,
            IndexOrder::Descending => !ascending,
            IndexOrder::Sphere => return None,
        };
        let needed = if forward { ReadFrom::Start } else { ReadFrom::End };
        if *from.get_or_insert(needed) != needed {
            return None;
        }
    }
    Some(from.unwrap_or(ReadFrom::Start))
}

/// The ranges of keys that `bounds` allow on the first fields of an index, in key order.
pub fn key_ranges(definition: &IndexDefinition, bounds: &[Bound]) -> Result<Vec<KeyRange>> {
    let mut prefixes: Vec<Vec<u8>> = vec![Vec::new()];
    for (field, bound) in definition.fields.iter().zip(bounds) {
        let direction = direction_of(field);
        match bound {
            Bound::Points(points) => prefixes = extend(&prefixes, points, direction)?,
            Bound::Range { lower, upper } => {
                return prefixes
                    .iter()
                    .map(|prefix| value_range(prefix, lower.as_ref(), upper.as_ref(), direction))
                    .collect();
            }
            Bound::Prefix(text) => {
                let mut ranges = Vec::new();
                for prefix in &prefixes {
                    ranges.extend(text_ranges(prefix, text, direction)?);
                }
                return Ok(ranges);
            }
            Bound::Cells(cells) => {
                let ranges = prefixes.iter().flat_map(|prefix| {
                    cells.iter().map(|cell| KeyRange {
                        lower: End::Included(cell_key(prefix, cell.first)),
                        upper: End::Included(cell_key(prefix, cell.last)),
                    })
                });
                return Ok(ranges.collect());
            }
        }
    }
    let exact = |prefix: Vec<u8>| {
        if prefix.is_empty() {
            KeyRange { lower: End::Unbounded, upper: End::Unbounded }
        } else {
            KeyRange { lower: End::Included(prefix.clone()), upper: End::Included(prefix) }
        }
    };
    Ok(prefixes.into_iter().map(exact).collect())
}

/// Whether no key can be within the range: two ends of one filter may contradict each other.
fn is_empty(range: &KeyRange) -> bool {
    match (&range.lower, &range.upper) {
        (End::Included(lower), End::Included(upper)) => lower > upper && !lower.starts_with(upper),
        (
            End::Included(lower) | End::Excluded(lower),
            End::Included(upper) | End::Excluded(upper),
        ) => lower >= upper,
        _ => false,
    }
}

fn direction_of(field: &IndexField) -> Direction {
    match field.order {
        IndexOrder::Ascending | IndexOrder::Sphere => Direction::Ascending,
        IndexOrder::Descending => Direction::Descending,
    }
}

fn cell_key(prefix: &[u8], cell: u64) -> Vec<u8> {
    let mut key = prefix.to_vec();
    encode_cell(&mut key, cell);
    key
}

fn joined(prefix: &[u8], rest: &[u8]) -> Vec<u8> {
    [prefix, rest].concat()
}

/// Every prefix followed by every point, in key order and each once.
fn extend(prefixes: &[Vec<u8>], points: &[Bson], direction: Direction) -> Result<Vec<Vec<u8>>> {
    let mut keys = Vec::with_capacity(prefixes.len() * points.len());
    for prefix in prefixes {
        let mut add = |value: &Bson| -> Result<()> {
            let mut key = prefix.clone();
            encode_key_bson(&mut key, value, direction)?;
            keys.push(key);
            Ok(())
        };
        for point in points {
            add(point)?;
            match point {
                // A filter for null finds a stored undefined too.
                Bson::Null => add(&Bson::Undefined)?,
                // A stored array is indexed by its elements, an empty one as undefined.
                Bson::Array(items) => add(items.first().unwrap_or(&Bson::Undefined))?,
                _ => {}
            }
        }
    }
    keys.sort_unstable();
    keys.dedup();
    Ok(keys)
}

/// Whether a value has exactly one key in an index; see [`extend`].
fn has_one_key(point: &Bson) -> bool {
    !matches!(point, Bson::Null | Bson::Array(_))
}

fn value_range(
    prefix: &[u8],
    lower: Option<&(Bson, bool)>,
    upper: Option<&(Bson, bool)>,
    direction: Direction,
) -> Result<KeyRange> {
    let end = |value: &(Bson, bool)| -> Result<End<Vec<u8>>> {
        let mut key = prefix.to_vec();
        encode_key_bson(&mut key, &value.0, direction)?;
        Ok(if value.1 { End::Included(key) } else { End::Excluded(key) })
    };
    let kind = lower.or(upper).map_or(Kind::Null, |(value, _)| kind_of(value));
    let (lowest, above) = type_bounds(kind, direction);
    // In a descending field the greatest values have the lowest keys.
    let (first, last) = match direction {
        Direction::Ascending => (lower, upper),
        Direction::Descending => (upper, lower),
    };
    Ok(KeyRange {
        lower: match first {
            Some(value) => end(value)?,
            None => End::Included(joined(prefix, &lowest)),
        },
        upper: match last {
            Some(value) => end(value)?,
            None => End::Excluded(joined(prefix, &above)),
        },
    })
}

/// Strings that begin with `text`, and stored regular expressions, which equal themselves.
fn text_ranges(prefix: &[u8], text: &str, direction: Direction) -> Result<Vec<KeyRange>> {
    /// A string's key ends with a terminator of two bytes.
    const TERMINATOR_BYTES: usize = 2;
    let mut key = prefix.to_vec();
    encode_key(&mut key, RawValue::String(text), direction)?;
    key.truncate(key.len() - TERMINATOR_BYTES);
    let strings = KeyRange { lower: End::Included(key.clone()), upper: End::Included(key) };
    let (lowest, above) = type_bounds(Kind::Regex, direction);
    let patterns = KeyRange {
        lower: End::Included(joined(prefix, &lowest)),
        upper: End::Excluded(joined(prefix, &above)),
    };
    Ok(match direction {
        Direction::Ascending => vec![strings, patterns],
        Direction::Descending => vec![patterns, strings],
    })
}
