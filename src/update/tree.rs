//! The paths of an update as a tree.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::error::Result;
use crate::update::failure::{bad_value, conflict};
use crate::update::operator::Leaf;
use crate::update::place::{Context, Place};

/// What a path segment leads to.
#[derive(Debug, Clone)]
pub(super) enum Node {
    /// Fields of an object or positions of an array.
    Fields(Fields),
    /// `$[]`: what happens to every element of an array.
    Elements(Elements),
    Leaf(Box<Leaf>),
}

pub(super) type Children = BTreeMap<Box<str>, Node>;

#[derive(Debug, Clone, Default)]
pub(super) struct Fields {
    /// By name in byte order, indexes as well (`10` before `2`): MongoDB 4.0 applies and appends
    /// them in this order.
    children: Children,
    /// The child named `$`.
    positional: Option<Box<Node>>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Elements {
    pub(super) child: Option<Box<Node>>,
}

impl Node {
    /// The child under `segment`, and whether it was there before; otherwise `make` makes it.
    /// `None`: a leaf has no children.
    pub(super) fn child_or_insert(
        &mut self,
        segment: &str,
        make: impl FnOnce() -> Node,
    ) -> Option<(&mut Node, bool)> {
        match self {
            Self::Fields(fields) => Some(fields.child_or_insert(segment, make)),
            Self::Elements(elements) => {
                let existed = elements.child.is_some();
                Some((elements.child.get_or_insert_with(|| Box::new(make())), existed))
            }
            Self::Leaf(_) => None,
        }
    }

    fn merge(left: &Node, right: &Node, place: &Place<'_>) -> Result<Node> {
        match (left, right) {
            (Self::Fields(left), Self::Fields(right)) => {
                Ok(Self::Fields(Fields::merge(left, right, place)?))
            }
            (Self::Elements(left), Self::Elements(right)) => {
                let place = Place::new(Some(place), "$[]", false);
                let child = merge_options(left.child.as_deref(), right.child.as_deref(), &place)?;
                Ok(Self::Elements(Elements { child: child.map(Box::new) }))
            }
            _ => Err(conflict(format!("Update created a conflict at '{}'", place.dotted()))),
        }
    }
}

fn merge_options(
    left: Option<&Node>,
    right: Option<&Node>,
    place: &Place<'_>,
) -> Result<Option<Node>> {
    match (left, right) {
        (Some(left), Some(right)) => Node::merge(left, right, place).map(Some),
        (only, None) | (None, only) => Ok(only.cloned()),
    }
}

impl Fields {
    pub(super) fn is_empty(&self) -> bool {
        self.children.is_empty() && self.positional.is_none()
    }

    pub(super) fn child_or_insert(
        &mut self,
        segment: &str,
        make: impl FnOnce() -> Node,
    ) -> (&mut Node, bool) {
        if segment == "$" {
            let existed = self.positional.is_some();
            (self.positional.get_or_insert_with(|| Box::new(make())), existed)
        } else {
            let existed = self.children.contains_key(segment);
            (self.children.entry(segment.into()).or_insert_with(make), existed)
        }
    }

    /// The children with `$` replaced by the index that the query matched.
    pub(super) fn resolve<'t>(
        &'t self,
        place: Option<&Place<'_>>,
        context: &Context<'_>,
    ) -> Result<Cow<'t, Children>> {
        let Some(positional) = &self.positional else { return Ok(Cow::Borrowed(&self.children)) };
        let Some(index) = &context.positional else {
            return Err(bad_value(
                "The positional operator did not find the match needed from the query.",
            ));
        };
        let mut children = self.children.clone();
        let child = match children.get(index.as_str()) {
            Some(other) => Node::merge(positional, other, &Place::new(place, index, true))?,
            None => (**positional).clone(),
        };
        children.insert(index.as_str().into(), child);
        Ok(Cow::Owned(children))
    }

    fn merge(left: &Fields, right: &Fields, place: &Place<'_>) -> Result<Fields> {
        let mut children = left.children.clone();
        for (key, node) in &right.children {
            let merged = match left.children.get(key) {
                Some(other) => Node::merge(other, node, &Place::new(Some(place), key, false))?,
                None => node.clone(),
            };
            children.insert(key.clone(), merged);
        }
        let positional = merge_options(
            left.positional.as_deref(),
            right.positional.as_deref(),
            &Place::new(Some(place), "$", false),
        )?;
        Ok(Fields { children, positional: positional.map(Box::new) })
    }
}
