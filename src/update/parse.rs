//! An update document becomes a tree.

use crate::error::Result;
use crate::limits::PATH_SEGMENTS_MAX;
use crate::update::add_to_set::AddToSet;
use crate::update::arithmetic::Arithmetic;
use crate::update::bit::Bit;
use crate::update::current_date::CurrentDate;
use crate::update::failure::{bad_value, conflict, empty_field_name, failed_to_parse};
use crate::update::min_max::MinMax;
use crate::update::operand::check_no_nul;
use crate::update::operator::{Leaf, Operator};
use crate::update::pop::Pop;
use crate::update::pull::Pull;
use crate::update::pull_all::PullAll;
use crate::update::push::Push;
use crate::update::rename::{Rename, is_array_filter};
use crate::update::set::Set;
use crate::update::tree::{Elements, Fields, Node};
use crate::update::unset::Unset;
use crate::value::{Bson, Document, FieldPath, kind_of, shell_document, shell_text};

/// Reads one operator's argument. The path is quoted by some error texts.
type Parser = fn(path: &str, value: &Bson) -> Result<Operator>;

/// The tree, and the path before the first `.$`.
pub(super) fn parse_update(update: &Document) -> Result<(Fields, Option<FieldPath>)> {
    let mut root = Fields::default();
    let mut positional = None;
    for (name, argument) in update {
        let modifier = Modifier::parse(name)?;
        let Bson::Document(fields) = argument else {
            return Err(failed_to_parse(format!(
                "Modifiers operate on fields but we found type {} instead. For example: \
                 {{$mod: {{<field>: ...}}}} not {}",
                kind_of(argument).name(),
                shell_document(name, argument)
            )));
        };
        if fields.is_empty() {
            return Err(failed_to_parse(format!(
                "'{name}' is empty. You must specify a field like so: {{{name}: {{<field>: ...}}}}"
            )));
        }
        for (path, value) in fields {
            let path = modifier.add(&mut root, path, value)?;
            if positional.is_none() {
                positional = path.before_positional()?;
            }
        }
    }
    Ok((root, positional))
}

enum Modifier {
    Plain { parser: Parser, on_insert_only: bool },
    Rename,
}

impl Modifier {
    fn parse(name: &str) -> Result<Self> {
        let parser: Parser = match name {
            "$set" | "$setOnInsert" => |_, value| Ok(Operator::Set(Set::parse(value)?)),
            "$unset" => |_, _| Ok(Operator::Unset(Unset)),
            "$inc" => {
                |path, value| Ok(Operator::Arithmetic(Arithmetic::parse_increment(path, value)?))
            }
            "$mul" => {
                |path, value| Ok(Operator::Arithmetic(Arithmetic::parse_multiply(path, value)?))
            }
            "$min" => |_, value| Ok(Operator::MinMax(MinMax::parse_min(value)?)),
            "$max" => |_, value| Ok(Operator::MinMax(MinMax::parse_max(value)?)),
            "$bit" => |_, value| Ok(Operator::Bit(Bit::parse(value)?)),
            "$push" => |_, value| Ok(Operator::Push(Push::parse(value)?)),
            "$addToSet" => |_, value| Ok(Operator::AddToSet(AddToSet::parse(value)?)),
            "$pop" => |_, value| Ok(Operator::Pop(Pop::parse(value))),
            "$pull" => |_, value| Ok(Operator::Pull(Pull::parse(value)?)),
            "$pullAll" => |_, value| Ok(Operator::PullAll(PullAll::parse(value)?)),
            "$currentDate" => |_, value| Ok(Operator::CurrentDate(CurrentDate::parse(value)?)),
            "$rename" => return Ok(Self::Rename),
            "$v" => {
                return Err(failed_to_parse("The $v update field is only recognized internally"));
            }
            unknown => return Err(failed_to_parse(format!("Unknown modifier: {unknown}"))),
        };
        Ok(Self::Plain { parser, on_insert_only: name == "$setOnInsert" })
    }

    /// Puts one field of the modifier into the tree.
    fn add<'p>(&self, root: &mut Fields, path: &'p str, value: &'p Bson) -> Result<UpdatePath<'p>> {
        match self {
            Self::Plain { parser, on_insert_only } => {
                let path = UpdatePath::parse(path)?;
                let leaf = Leaf::new(parser(path.text, value)?, *on_insert_only);
                place(root, &path, leaf)?;
                Ok(path)
            }
            Self::Rename => {
                let source = UpdatePath::parse(path)?;
                place(root, &source, Leaf::new(Operator::Unset(Unset), false))?;
                let Bson::String(target) = value else {
                    return Err(bad_value(format!(
                        "The 'to' field for $rename must be a string: {path}: {}",
                        shell_text(value)
                    )));
                };
                if target.contains('\0') {
                    return Err(bad_value(
                        "The 'to' field for $rename cannot contain an embedded null byte",
                    ));
                }
                let target = UpdatePath::parse(target)?;
                let rename = Rename::parse(source.text, target.text)?;
                place(root, &target, Leaf::new(Operator::Rename(rename), false))?;
                Ok(target)
            }
        }
    }
}

/// A path that may be updated.
struct UpdatePath<'p> {
    text: &'p str,
}

impl<'p> UpdatePath<'p> {
    fn parse(text: &'p str) -> Result<Self> {
        if text.is_empty() {
            return Err(empty_field_name("An empty update path is not valid."));
        }
        check_no_nul(text)?;
        let path = Self { text };
        let (mut count, mut positional) = (0, 0);
        for segment in path.segments() {
            if segment.is_empty() {
                return Err(empty_field_name(format!(
                    "The update path '{text}' contains an empty field name, which is not allowed."
                )));
            }
            count += 1;
            positional += usize::from(segment == "$");
        }
        if count > PATH_SEGMENTS_MAX {
            // Refuses with the text for long paths.
            FieldPath::parse(text)?;
        }
        if positional > 1 {
            return Err(bad_value(format!(
                "Too many positional (i.e. '$') elements found in path '{text}'"
            )));
        }
        if path.first() == "$" {
            return Err(bad_value(format!(
                "Cannot have positional (i.e. '$') element in the first position in path '{text}'"
            )));
        }
        Ok(path)
    }

    fn segments(&self) -> std::str::Split<'p, char> {
        self.text.split('.')
    }

    fn first(&self) -> &'p str {
        self.segments().next().unwrap_or_default()
    }

    fn before_positional(&self) -> Result<Option<FieldPath>> {
        if !self.text.contains('$') {
            return Ok(None);
        }
        let mut length = 0;
        for segment in self.segments() {
            if segment == "$" {
                // The path cannot begin with `$`, so a dot stands before it.
                let before = self.text.get(..length - 1).unwrap_or_default();
                return FieldPath::parse(before).map(Some);
            }
            length += segment.len() + 1;
        }
        Ok(None)
    }

    fn check_array_filter(&self, segment: &str, is_first: bool) -> Result<()> {
        if !is_array_filter(segment) {
            return Ok(());
        }
        if is_first {
            return Err(bad_value(format!(
                "Cannot have array filter identifier (i.e. '$[<id>]') element in the first \
                 position in path '{}'",
                self.text
            )));
        }
        let identifier = segment.get(2..segment.len() - 1).unwrap_or_default();
        if identifier.is_empty() {
            return Ok(());
        }
        Err(bad_value(format!(
            "No array filter found for identifier '{identifier}' in path '{}'",
            self.text
        )))
    }
}

fn place(root: &mut Fields, path: &UpdatePath<'_>, leaf: Leaf) -> Result<()> {
    let conflict_at = |at: &str| {
        conflict(format!("Updating the path '{}' would create a conflict at '{at}'", path.text))
    };
    let mut segments = path.segments().peekable();
    let mut leaf = Some(leaf);
    let mut end = 0;
    let mut parent: Option<&mut Node> = None;
    while let Some(segment) = segments.next() {
        path.check_array_filter(segment, end == 0)?;
        end += segment.len() + usize::from(end > 0);
        let next = segments.peek();
        let wants_elements = next.is_some_and(|next| is_array_filter(next));
        let make = || match leaf.take_if(|_| next.is_none()) {
            Some(leaf) => Node::Leaf(Box::new(leaf)),
            None if wants_elements => Node::Elements(Elements::default()),
            None => Node::Fields(Fields::default()),
        };
        let child = match parent {
            None => Some(root.child_or_insert(segment, make)),
            Some(node) => node.child_or_insert(segment, make),
        };
        let here = path.text.get(..end).unwrap_or_default();
        let Some((node, existed)) = child else { return Err(conflict_at(here)) };
        let fits = match node {
            Node::Leaf(_) => !existed,
            Node::Elements(_) => wants_elements,
            Node::Fields(_) => !wants_elements && next.is_some(),
        };
        if !fits {
            return Err(conflict_at(here));
        }
        parent = Some(node);
    }
    Ok(())
}
