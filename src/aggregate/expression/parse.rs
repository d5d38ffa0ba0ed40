//! The grammar of expressions.

use std::borrow::Cow;

use crate::aggregate::expression::Expression;
use crate::aggregate::expression::Function;
use crate::aggregate::expression::Node;
use crate::aggregate::expression::Syntax;
use crate::aggregate::expression::arguments;
use crate::aggregate::expression::arguments::Arity;
use crate::aggregate::expression::budget::is_small;
use crate::aggregate::expression::evaluate;
use crate::aggregate::expression::find_operator;
use crate::aggregate::expression::scope::Binding;
use crate::aggregate::expression::scope::Scope;
use crate::aggregate::field::check_name;
use crate::aggregate::field::parse_path;
use crate::aggregate::variables::Variables;
use crate::error::Error;
use crate::error::ErrorKind;
use crate::error::Result;
use crate::limits::REQUEST_DEPTH_MAX;
use crate::value::Bson;
use crate::value::Document;
use crate::value::FieldPath;
use crate::value::shell_text;

/// Parses any value of a request. Refuses one that nests too deep before it recurses into it.
pub(super) fn expression(value: &Bson, scope: &Scope) -> Result<Expression> {
    check_depth(value, REQUEST_DEPTH_MAX)?;
    operand(value, scope)
}

fn check_depth(value: &Bson, depth_left: usize) -> Result<()> {
    let deeper = || {
        depth_left.checked_sub(1).ok_or_else(|| {
            Error::new(
                ErrorKind::InvalidParam,
                format!("an expression may nest at most {REQUEST_DEPTH_MAX} levels"),
            )
        })
    };
    match value {
        Bson::Array(items) => {
            let depth_left = deeper()?;
            items.iter().try_for_each(|item| check_depth(item, depth_left))
        }
        Bson::Document(document) => {
            let depth_left = deeper()?;
            document.values().try_for_each(|item| check_depth(item, depth_left))
        }
        _ => Ok(()),
    }
}

/// Parses a value whose depth was checked.
pub(super) fn operand(value: &Bson, scope: &Scope) -> Result<Expression> {
    match value {
        Bson::String(text) => match text.strip_prefix('$') {
            Some(path) => field_path(path, scope),
            None => Ok(Expression::literal(value)),
        },
        Bson::Array(items) => {
            let items: Result<Vec<_>> = items.iter().map(|item| operand(item, scope)).collect();
            let items = items?;
            let constant = items.iter().all(Expression::is_constant);
            folded(Node::Array(items), constant)
        }
        Bson::Document(document) => object(document, scope),
        _ => Ok(Expression::literal(value)),
    }
}

fn object(document: &Document, scope: &Scope) -> Result<Expression> {
    if document.keys().next().is_some_and(|key| key.starts_with('$')) {
        return operator(document, scope);
    }
    let mut fields: Vec<(Box<str>, Expression)> = Vec::with_capacity(document.len());
    for (name, value) in document {
        check_name(name)?;
        fields.push((name.as_str().into(), operand(value, scope)?));
    }
    let constant = fields.iter().all(|(_, field)| field.is_constant());
    folded(Node::Object(fields), constant)
}

fn operator(document: &Document, scope: &Scope) -> Result<Expression> {
    let mut fields = document.iter();
    let (Some((name, value)), None) = (fields.next(), fields.next()) else {
        return Err(Error::mongo(
            15983,
            format!(
                "An object representing an expression must have exactly one field: {}",
                shell_text(&Bson::Document(document.clone()))
            ),
        ));
    };
    let Some((name, syntax)) = find_operator(name) else {
        return Err(Error::mongo(168, format!("Unrecognized expression '{name}'")));
    };
    match *syntax {
        Syntax::Call(arity, function) => {
            let arguments = arguments::list(value, scope)?;
            arguments::check_arity(name, arity, arguments.len())?;
            call(function, arguments, matches!(arity, Arity::UntilNull))
        }
        Syntax::Form(parse) => parse(name, value, scope),
    }
}

/// An operator over arguments that are evaluated first.
pub(super) fn call(
    function: Function,
    arguments: Vec<Expression>,
    until_null: bool,
) -> Result<Expression> {
    let constant = arguments.iter().all(Expression::is_constant);
    folded(Node::Call { function, arguments, until_null }, constant)
}

/// A node that is the same for every document is evaluated here, and refused here as the service
/// does. Its value is kept unless it is large.
pub(super) fn folded(node: Node, constant: bool) -> Result<Expression> {
    if constant {
        let empty = Document::new();
        let variables = Variables::for_document(&empty);
        let value = evaluate::node(&node, &variables)?.map(Cow::into_owned);
        if value.as_ref().is_none_or(is_small) {
            return Ok(Expression::new(Node::Constant(value)));
        }
    }
    Ok(Expression::new(node))
}

fn field_path(path: &str, scope: &Scope) -> Result<Expression> {
    if path.is_empty() {
        return Err(Error::mongo(16872, "'$' by itself is not a valid FieldPath"));
    }
    let Some(variable) = path.strip_prefix('$') else {
        let path = parse_path(path)?;
        return Ok(Expression::new(match scope.current_slot() {
            Some(slot) => Node::Variable { slot, path: path.segments().to_vec() },
            None => Node::Field(path),
        }));
    };
    let (name, _) = variable.split_once('.').unwrap_or((variable, ""));
    let binding = scope.find(name)?;
    let rest = parse_path(variable)?.segments().get(1..).unwrap_or_default().to_vec();
    Ok(Expression::new(match binding {
        Binding::Slot(slot) => Node::Variable { slot: *slot, path: rest },
        Binding::Constant(value) if rest.is_empty() => Node::Constant(Some(value.clone())),
        Binding::Constant(_) | Binding::Remove => Node::Constant(None),
        Binding::Root => Node::Root(rest),
        Binding::Current if rest.is_empty() => Node::Current,
        Binding::Current => {
            let (_, rest) = variable.split_once('.').unwrap_or_default();
            Node::Field(FieldPath::parse(rest)?)
        }
    }))
}
