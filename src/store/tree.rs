//! An ordered map that copies in constant time: the data of a store in memory.
//!
//! A B+ tree of reference-counted nodes. A clone shares every node; a change copies the nodes on
//! its path that are shared and changes the others in place. So a snapshot costs a reference
//! count, and a store that nobody has a snapshot of pays for none.

use std::ops::{Bound, ControlFlow};
use std::sync::Arc;

use crate::error::Result;
use crate::store::keyspace::{Span, Visit};

/// Most keys of a leaf, most children of a branch.
const WIDTH: usize = 64;

/// A node with fewer keys is merged with a neighbour if both fit into one.
const WIDTH_MIN: usize = WIDTH / 4;

/// Bytes that are cheap to copy: up to `INLINE` are held in place, more are shared.
#[derive(Clone)]
pub(crate) enum Small<const INLINE: usize> {
    Short { length: u8, bytes: [u8; INLINE] },
    Long(Arc<[u8]>),
}

/// A key. Wide enough for a text id of 32 characters: a search that had to follow a pointer for
/// each comparison would take three times as long.
pub(crate) type Key = Small<38>;

/// A value.
pub(crate) type Bytes = Small<22>;

impl<const INLINE: usize> Small<INLINE> {
    pub(crate) fn new(source: &[u8]) -> Self {
        match u8::try_from(source.len()) {
            Ok(length) if source.len() <= INLINE => {
                let mut bytes = [0; INLINE];
                bytes[..source.len()].copy_from_slice(source);
                Self::Short { length, bytes }
            }
            _ => Self::Long(source.into()),
        }
    }

    #[inline]
    pub(crate) fn as_slice(&self) -> &[u8] {
        match self {
            Self::Short { length, bytes } => &bytes[..usize::from(*length)],
            Self::Long(bytes) => bytes,
        }
    }
}

impl<const INLINE: usize> std::fmt::Debug for Small<INLINE> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.as_slice().fmt(formatter)
    }
}

#[derive(Debug, Clone)]
enum Node {
    Leaf(Entries<Bytes>),
    /// Each child with the lowest key that may be in it; the first one's is not looked at.
    Branch(Entries<Arc<Node>>),
}

/// Keys in order with what belongs to each. The beginnings of the keys lie side by side, so that a
/// search touches few lines of the processor's cache.
#[derive(Debug, Clone)]
struct Entries<T> {
    prefixes: Vec<u64>,
    items: Vec<(Key, T)>,
    /// The first of the prefixes, where a search meets it without a look at the others.
    first: u64,
}

impl<T> Default for Entries<T> {
    fn default() -> Self {
        Self { prefixes: Vec::new(), items: Vec::new(), first: 0 }
    }
}

impl<T> Entries<T> {
    fn with_capacity(capacity: usize) -> Self {
        Self {
            prefixes: Vec::with_capacity(capacity),
            items: Vec::with_capacity(capacity),
            first: 0,
        }
    }

    fn len(&self) -> usize {
        self.items.len()
    }

    fn key(&self, at: usize) -> Option<&[u8]> {
        self.items.get(at).map(|(key, _)| key.as_slice())
    }

    /// The number of keys before `key`, and whether `key` comes next.
    fn find(&self, key: &[u8]) -> (usize, bool) {
        let prefix = prefix(key);
        if let Some(at) = self.guess(prefix, key) {
            return (at, true);
        }
        let mut at = self.prefixes.partition_point(|other| *other < prefix);
        // Keys of the same beginning are few, or else they are halved like the others.
        if self.prefixes.get(at + 8) == Some(&prefix) {
            let same = self.prefixes[at..].partition_point(|other| *other == prefix);
            let keys = &self.items[at..at + same];
            at += keys.partition_point(|(other, _)| other.as_slice() < key);
        } else {
            while self.prefixes.get(at) == Some(&prefix) && self.key(at).is_some_and(|k| k < key) {
                at += 1;
            }
        }
        (at, self.prefixes.get(at) == Some(&prefix) && self.key(at) == Some(key))
    }

    /// As [`find`](Self::find), for a key that is likely to come soon after `from`: the end of a
    /// short range. Keys before `from` are not looked at.
    fn find_from(&self, from: usize, key: &[u8]) -> (usize, bool) {
        const NEAR: usize = 8;
        let near = self.prefixes.get(from..).unwrap_or_default().iter().take(NEAR);
        let prefix = prefix(key);
        for (step, other) in near.enumerate() {
            let at = from + step;
            let order = other.cmp(&prefix).then_with(|| self.key(at).cmp(&Some(key)));
            if order.is_ge() {
                return (at, order.is_eq());
            }
        }
        if from + NEAR >= self.len() { (self.len().max(from), false) } else { self.find(key) }
    }

    /// Where `key` is if the keys count up one by one, as slots do when few documents were removed.
    fn guess(&self, prefix_of_key: u64, key: &[u8]) -> Option<usize> {
        let at = usize::try_from(prefix_of_key.wrapping_sub(self.first)).ok()?;
        (self.key(at) == Some(key)).then_some(at)
    }

    /// To be called after each change.
    fn note_first(&mut self) {
        self.first = self.prefixes.first().copied().unwrap_or_default();
    }

    fn insert(&mut self, at: usize, key: Key, item: T) {
        self.prefixes.insert(at, prefix(key.as_slice()));
        self.items.insert(at, (key, item));
        self.note_first();
    }

    fn remove(&mut self, at: usize) -> (Key, T) {
        self.prefixes.remove(at);
        self.note_first();
        self.items.remove(at)
    }

    fn cut(&mut self, at: usize) -> Self {
        let mut cut = Self::with_capacity(WIDTH + 1);
        cut.prefixes.extend(self.prefixes.drain(at..));
        cut.items.extend(self.items.drain(at..));
        cut.note_first();
        self.note_first();
        cut
    }

    fn append(&mut self, more: Self) {
        self.prefixes.extend(more.prefixes);
        self.items.extend(more.items);
        self.note_first();
    }

    fn rename_first(&mut self, key: Key) {
        if let (Some(first), Some(item)) = (self.prefixes.first_mut(), self.items.first_mut()) {
            *first = prefix(key.as_slice());
            item.0 = key;
        }
        self.note_first();
    }
}

/// The first eight bytes as a number: it orders as they do.
#[inline]
fn prefix(key: &[u8]) -> u64 {
    if let Some(chunk) = key.first_chunk::<8>() {
        u64::from_be_bytes(*chunk)
    } else {
        let mut chunk = [0; 8];
        chunk[..key.len()].copy_from_slice(key);
        u64::from_be_bytes(chunk)
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Tree {
    root: Arc<Node>,
    length: u64,
}

impl Default for Tree {
    fn default() -> Self {
        Self { root: Arc::new(Node::Leaf(Entries::default())), length: 0 }
    }
}

impl Tree {
    #[cfg(test)]
    fn len(&self) -> u64 {
        self.length
    }

    pub(crate) fn get(&self, key: &[u8]) -> Option<&[u8]> {
        let mut node = &*self.root;
        loop {
            match node {
                Node::Leaf(entries) => {
                    let (at, is_there) = entries.find(key);
                    let (_, value) = entries.items.get(at).filter(|_| is_there)?;
                    return Some(value.as_slice());
                }
                Node::Branch(children) => node = &children.items[child_of(children, key)].1,
            }
        }
    }

    /// Stores a value and returns the one it replaced.
    pub(crate) fn put(&mut self, key: &[u8], value: Bytes) -> Option<Bytes> {
        let (old, split) = put(Arc::make_mut(&mut self.root), key, value);
        if let Some((middle, right)) = split {
            let left = std::mem::replace(&mut self.root, Arc::new(Node::Leaf(Entries::default())));
            let mut children = Entries::with_capacity(WIDTH + 1);
            children.insert(0, Key::new(&[]), left);
            children.insert(1, middle, Arc::new(right));
            self.root = Arc::new(Node::Branch(children));
        }
        if old.is_none() {
            self.length += 1;
        }
        old
    }

    pub(crate) fn remove(&mut self, key: &[u8]) -> Option<Bytes> {
        // Without this look a removal of nothing would copy shared nodes.
        self.get(key)?;
        let old = remove(Arc::make_mut(&mut self.root), key)?;
        self.length -= 1;
        while let Node::Branch(children) = &*self.root {
            let [(_, only)] = children.items.as_slice() else { break };
            self.root = Arc::clone(only);
        }
        Some(old)
    }

    pub(crate) fn scan(&self, span: Span<'_>, visit: &mut Visit<'_>) -> Result<()> {
        // The flow is how the walk was left, which the caller knows.
        let _ = scan(&self.root, span, visit)?;
        Ok(())
    }
}

fn child_of(children: &Entries<Arc<Node>>, key: &[u8]) -> usize {
    let (before, is_there) = children.find(key);
    // The first child's key is not looked at: it also has what comes before it.
    (before + usize::from(is_there)).saturating_sub(1)
}

type Split = Option<(Key, Node)>;

fn put(node: &mut Node, key: &[u8], value: Bytes) -> (Option<Bytes>, Split) {
    match node {
        Node::Leaf(entries) => match entries.find(key) {
            (at, true) => (Some(std::mem::replace(&mut entries.items[at].1, value)), None),
            (at, false) => {
                entries.insert(at, Key::new(key), value);
                let split = split(entries, at);
                (None, split.map(|(middle, right)| (middle, Node::Leaf(right))))
            }
        },
        Node::Branch(children) => {
            let at = child_of(children, key);
            let (old, below) = put(Arc::make_mut(&mut children.items[at].1), key, value);
            let Some((middle, right)) = below else { return (old, None) };
            children.insert(at + 1, middle, Arc::new(right));
            let split = split(children, at + 1);
            (old, split.map(|(middle, right)| (middle, Node::Branch(right))))
        }
    }
}

/// Cuts a node that has grown too wide after an insertion at `at`.
fn split<T>(entries: &mut Entries<T>, at: usize) -> Option<(Key, Entries<T>)> {
    if entries.len() <= WIDTH {
        return None;
    }
    // Slots only grow: cutting at the end leaves full nodes behind instead of half empty ones.
    let cut = if at + 1 == entries.len() { entries.len() - 1 } else { entries.len() / 2 };
    let right = entries.cut(cut);
    let middle = right.items.first().map_or_else(|| Key::new(&[]), |(key, _)| key.clone());
    Some((middle, right))
}

fn remove(node: &mut Node, key: &[u8]) -> Option<Bytes> {
    match node {
        Node::Leaf(entries) => match entries.find(key) {
            (at, true) => Some(entries.remove(at).1),
            (_, false) => None,
        },
        Node::Branch(children) => {
            let at = child_of(children, key);
            let old = remove(Arc::make_mut(&mut children.items[at].1), key)?;
            if children.items[at].1.width() < WIDTH_MIN {
                merge(children, at);
            }
            Some(old)
        }
    }
}

/// Joins a narrow child with a neighbour where one node can hold both.
fn merge(children: &mut Entries<Arc<Node>>, at: usize) {
    let left = if at + 1 < children.len() { at } else { at.saturating_sub(1) };
    let Some((_, next)) = children.items.get(left + 1) else { return };
    if children.items[left].1.width() + next.width() > WIDTH {
        return;
    }
    let (lowest, right) = children.remove(left + 1);
    match (Arc::make_mut(&mut children.items[left].1), Arc::unwrap_or_clone(right)) {
        (Node::Leaf(entries), Node::Leaf(more)) => entries.append(more),
        (Node::Branch(entries), Node::Branch(mut more)) => {
            // The first child's key was not looked at so far; from here on it is.
            more.rename_first(lowest);
            entries.append(more);
        }
        _ => debug_assert!(false, "all leaves are at one depth"),
    }
}

impl Node {
    fn width(&self) -> usize {
        match self {
            Self::Leaf(entries) => entries.len(),
            Self::Branch(children) => children.len(),
        }
    }
}

fn scan(node: &Node, span: Span<'_>, visit: &mut Visit<'_>) -> Result<ControlFlow<()>> {
    match node {
        Node::Leaf(entries) => {
            let upto = |from: usize, key: &[u8], with_key: bool| {
                let (before, is_there) = entries.find_from(from, key);
                before + usize::from(is_there && with_key)
            };
            let start = match span.lower {
                Bound::Unbounded => 0,
                Bound::Included(key) => upto(0, key, false),
                Bound::Excluded(key) => upto(0, key, true),
            };
            let end = match span.upper {
                Bound::Unbounded => entries.len(),
                Bound::Included(key) => upto(start, key, true),
                Bound::Excluded(key) => upto(start, key, false),
            };
            let within = entries.items.get(start..end).unwrap_or_default();
            each(within, span.reverse, |(key, value)| visit(key.as_slice(), value.as_slice()))
        }
        Node::Branch(children) => {
            let start = match span.lower {
                Bound::Unbounded => 0,
                Bound::Included(key) | Bound::Excluded(key) => child_of(children, key),
            };
            let end = match span.upper {
                Bound::Unbounded => children.len(),
                Bound::Included(key) | Bound::Excluded(key) => {
                    let (before, is_there) = children.find_from(start + 1, key);
                    (before + usize::from(is_there)).max(start + 1)
                }
            };
            let within = children.items.get(start..end).unwrap_or_default();
            each(within, span.reverse, |(_, child)| scan(child, span, visit))
        }
    }
}

fn each<T>(
    items: &[T],
    reverse: bool,
    mut visit: impl FnMut(&T) -> Result<ControlFlow<()>>,
) -> Result<ControlFlow<()>> {
    let count = items.len();
    for step in 0..count {
        let item = &items[if reverse { count - 1 - step } else { step }];
        if visit(item)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;
    use std::ops::RangeBounds;

    type Model = BTreeMap<Vec<u8>, Vec<u8>>;

    fn contents(tree: &Tree, span: Span<'_>) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut found = Vec::new();
        tree.scan(span, &mut |key, value| {
            found.push((key.to_vec(), value.to_vec()));
            Ok(ControlFlow::Continue(()))
        })
        .unwrap();
        found
    }

    fn assert_is(tree: &Tree, model: &Model) {
        let expected: Vec<_> = model.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
        assert_eq!(contents(tree, Span::ALL), expected);
        assert_eq!(tree.len(), u64::try_from(model.len()).unwrap());
    }

    fn key(number: u16) -> Vec<u8> {
        // Keys of different lengths, some too long to be held in place.
        let mut key = number.to_be_bytes().to_vec();
        key.extend(std::iter::repeat_n(7, usize::from(number % 5) * 9));
        key
    }

    #[test]
    fn ascending_insertions_leave_full_nodes() {
        let mut tree = Tree::default();
        for number in 0..10_000_u64 {
            tree.put(&number.to_be_bytes(), Bytes::new(b"x"));
        }
        let mut leaves = 0_usize;
        let mut stack = vec![&*tree.root];
        while let Some(node) = stack.pop() {
            match node {
                Node::Leaf(_) => leaves += 1,
                Node::Branch(children) => {
                    stack.extend(children.items.iter().map(|(_, child)| &**child));
                }
            }
        }
        assert!(leaves <= 10_000 / WIDTH + 2, "{leaves} leaves");
    }

    #[test]
    fn removing_everything_leaves_one_empty_leaf() {
        let mut tree = Tree::default();
        for number in 0..5_000 {
            tree.put(&key(number), Bytes::new(b"x"));
        }
        for number in (0..5_000).rev().step_by(2).chain((0..5_000).step_by(2)) {
            assert!(tree.remove(&key(number)).is_some(), "{number}");
        }
        assert_eq!(tree.len(), 0);
        assert!(matches!(&*tree.root, Node::Leaf(entries) if entries.len() == 0));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn behaves_as_a_map_and_snapshots_stay(
            steps in prop::collection::vec((0_u8..10, 0_u16..600, any::<u8>()), 0..3_000),
            bounds in prop::collection::vec((0_u16..600, 0_u16..600, 0_u8..3, 0_u8..3), 12),
        ) {
            let (mut tree, mut model) = (Tree::default(), Model::new());
            let mut snapshots = Vec::new();
            for (kind, number, value) in steps {
                let (key, value) = (key(number), vec![value; usize::from(value % 40)]);
                match kind {
                    0..6 => {
                        let old = tree.put(&key, Bytes::new(&value));
                        let expected = model.insert(key, value);
                        prop_assert_eq!(old.map(|old| old.as_slice().to_vec()), expected);
                    }
                    6..9 => {
                        let old = tree.remove(&key);
                        let expected = model.remove(&key);
                        prop_assert_eq!(old.map(|old| old.as_slice().to_vec()), expected);
                    }
                    _ if snapshots.len() < 5 => snapshots.push((tree.clone(), model.clone())),
                    _ => {}
                }
            }
            assert_is(&tree, &model);
            for (tree, model) in &snapshots {
                assert_is(tree, model);
            }
            let bound = |key: &[u8], kind: u8| match kind {
                0 => Bound::Unbounded,
                1 => Bound::Included(key.to_vec()),
                _ => Bound::Excluded(key.to_vec()),
            };
            for (low, high, low_kind, high_kind) in bounds {
                let lower = bound(&key(low.min(high)), low_kind);
                let upper = bound(&key(low.max(high)), high_kind);
                let within = (lower.clone(), upper.clone());
                let expected: Vec<_> = model
                    .iter()
                    .filter(|(k, _)| within.contains(*k))
                    .map(|(k, v)| (k.clone(), v.clone()))
                    .collect();
                for reverse in [false, true] {
                    let span = Span {
                        lower: lower.as_ref().map(Vec::as_slice),
                        upper: upper.as_ref().map(Vec::as_slice),
                        reverse,
                    };
                    let mut found = contents(&tree, span);
                    if reverse {
                        found.reverse();
                    }
                    prop_assert_eq!(&found, &expected);
                }
                for number in 0..600 {
                    prop_assert_eq!(tree.get(&key(number)), model.get(&key(number)).map(Vec::as_slice));
                }
            }
        }
    }
}
