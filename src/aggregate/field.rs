//! Reading the fields that a stage needs from a document's bytes, and checking the paths that a
//! request names.

use crate::aggregate::expression::Expression;
use crate::aggregate::operator::Run;
use crate::aggregate::stored::Stored;
use crate::aggregate::stored::lend;
use crate::error::Error;
use crate::error::Result;
use crate::value::Element;
use crate::value::FieldPath;
use crate::value::RawDoc;
use crate::value::RawValue;
use crate::value::array_index;

/// Parses a path with MongoDB's rules for fields of pipelines.
pub(crate) fn parse_path(text: &str) -> Result<FieldPath> {
    if text.is_empty() {
        return Err(Error::mongo(40352, "FieldPath cannot be constructed with empty string"));
    }
    if text.ends_with('.') {
        return Err(Error::mongo(40353, "FieldPath must not end with a '.'."));
    }
    let path = FieldPath::parse(text)?;
    for segment in path.segments() {
        check_name(segment)?;
    }
    Ok(path)
}

/// Refuses what cannot be one field's name.
pub(crate) fn check_name(name: &str) -> Result<()> {
    if name.is_empty() {
        return Err(Error::mongo(15998, "FieldPath field names may not be empty strings."));
    }
    if name.starts_with('$') {
        return Err(Error::mongo(16410, "FieldPath field names may not start with '$'."));
    }
    if name.contains('\0') {
        return Err(Error::mongo(16411, "FieldPath field names may not contain '\0'."));
    }
    if name.contains('.') {
        return Err(Error::mongo(16412, "FieldPath field names may not contain '.'."));
    }
    Ok(())
}

/// The value at a path that leads through objects only; an array on the way is a dead end.
pub(crate) fn nested<'a>(document: RawDoc<'a>, path: &[Box<str>]) -> Option<RawValue<'a>> {
    let (name, rest) = path.split_first()?;
    let mut value = document.get(name)?;
    for name in rest {
        let RawValue::Document(inner) = value else { return None };
        value = inner.get(name)?;
    }
    Some(value)
}

/// Visits what `$lookup` and `$graphLookup` join on: every value at the path, the elements of an
/// array in place of the array, with positions in arrays followed as well. Nothing for a missing
/// field.
pub(crate) fn visit_values<'a>(
    document: RawDoc<'a>,
    path: &[Box<str>],
    visit: &mut dyn FnMut(RawValue<'a>),
) {
    let Some((name, mut rest)) = path.split_first() else { return };
    let Some(mut value) = document.get(name) else { return };
    while let (RawValue::Array(items), Some((position, after))) = (value, rest.split_first()) {
        let Some(position) = array_index(position) else { break };
        let Some(item) = items.values().nth(position) else { return };
        value = item;
        rest = after;
    }
    match value {
        RawValue::Array(items) if rest.is_empty() => items.values().for_each(visit),
        value if rest.is_empty() => visit(value),
        RawValue::Document(inner) => visit_values(inner, rest, visit),
        RawValue::Array(items) => {
            for item in items.values() {
                if let RawValue::Document(inner) = item {
                    visit_values(inner, rest, visit);
                }
            }
        }
        _ => {}
    }
}

/// Top-level fields found in one walk over a document.
const FIELDS_MAX: usize = 8;

/// The top-level fields that the arguments of a stage start with.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    names: Vec<Box<str>>,
}

/// What [`Fields::find`] found in one document.
pub(crate) struct FoundFields<'a>([Option<Element<'a>>; FIELDS_MAX]);

impl Fields {
    /// The number under which the field will be found; None when there are too many.
    fn number(&mut self, name: &str) -> Option<usize> {
        if let Some(at) = self.names.iter().position(|known| **known == *name) {
            return Some(at);
        }
        if self.names.len() == FIELDS_MAX {
            return None;
        }
        self.names.push(name.into());
        Some(self.names.len() - 1)
    }

    pub fn find<'a>(&self, document: RawDoc<'a>) -> FoundFields<'a> {
        let mut found = [None; FIELDS_MAX];
        let mut missing = self.names.len();
        if missing == 0 {
            return FoundFields(found);
        }
        for element in document.elements() {
            let key = element.key_bytes();
            for (name, place) in self.names.iter().zip(&mut found) {
                if name.as_bytes() == key && place.is_none() {
                    *place = Some(element);
                    missing -= 1;
                }
            }
            if missing == 0 {
                break;
            }
        }
        FoundFields(found)
    }
}

/// An expression as a stage uses it: constants and plain fields are not evaluated.
#[derive(Debug)]
pub(crate) enum Argument {
    Constant(Stored),
    Field {
        number: usize,
        /// The path below the top-level field.
        rest: Vec<Box<str>>,
        /// Computes what a path through an array means.
        expression: Expression,
    },
    Computed(Expression),
}

impl Argument {
    pub fn new(expression: Expression, fields: &mut Fields) -> Self {
        if let Some(value) = expression.constant() {
            return Self::Constant(Stored::of(value));
        }
        let field = expression.field_path().and_then(|path| {
            let number = fields.number(path.first())?;
            Some((number, path.segments().get(1..).unwrap_or_default().to_vec()))
        });
        match field {
            Some((number, rest)) => Self::Field { number, rest, expression },
            None => Self::Computed(expression),
        }
    }

    /// Lends the argument's value for `document`, of which `found` are the fields.
    pub fn with<T>(
        &self,
        document: RawDoc<'_>,
        found: &FoundFields<'_>,
        run: &Run<'_>,
        use_value: impl FnOnce(Option<RawValue<'_>>) -> Result<T>,
    ) -> Result<T> {
        match self {
            Self::Constant(value) => use_value(value.get()),
            Self::Field { number, rest, expression } => {
                let element = found.0.get(*number).copied().flatten();
                match read(element.map(|element| element.value()), rest) {
                    Ok(value) => use_value(value),
                    Err(ThroughArray) => compute(expression, document, run, use_value),
                }
            }
            Self::Computed(expression) => compute(expression, document, run, use_value),
        }
    }
}

struct ThroughArray;

fn read<'a>(
    mut value: Option<RawValue<'a>>,
    rest: &[Box<str>],
) -> Result<Option<RawValue<'a>>, ThroughArray> {
    for name in rest {
        value = match value {
            Some(RawValue::Document(inner)) => inner.get(name),
            Some(RawValue::Array(_)) => return Err(ThroughArray),
            _ => return Ok(None),
        };
    }
    Ok(value)
}

/// Lends the value of an expression for `document`.
pub(crate) fn compute<T>(
    expression: &Expression,
    document: RawDoc<'_>,
    run: &Run<'_>,
    use_value: impl FnOnce(Option<RawValue<'_>>) -> Result<T>,
) -> Result<T> {
    let variables = run.variables(document);
    let value = expression.operand(&variables)?;
    let mut scratch = Vec::new();
    use_value(value.as_deref().map(|value| lend(value, &mut scratch)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Bson;
    use crate::value::encode_document;
    use crate::value::to_bson;
    use bson::bson;
    use bson::doc;

    fn segments(path: &str) -> Vec<Box<str>> {
        FieldPath::parse(path).unwrap().segments().to_vec()
    }

    #[test]
    fn joins_on_the_values_a_path_leads_to() {
        let cases = [
            (doc! {"a": 1}, "a", vec![bson!(1)]),
            (doc! {"a": null}, "a", vec![Bson::Null]),
            (doc! {"b": 1}, "a", vec![]),
            (doc! {"a": []}, "a", vec![]),
            (doc! {"a": [1, [2], null]}, "a", vec![bson!(1), bson!([2]), Bson::Null]),
            (doc! {"a": {"b": 1}}, "a.b", vec![bson!(1)]),
            (
                doc! {"a": [{"b": 1}, {"c": 2}, 3, {"b": [4, 5]}]},
                "a.b",
                vec![bson!(1), bson!(4), bson!(5)],
            ),
            (doc! {"a": [{"b": 1}, {"b": 2}]}, "a.1.b", vec![bson!(2)]),
            (doc! {"a": [[1, 2], 3]}, "a.0", vec![bson!(1), bson!(2)]),
            (doc! {"a": [1]}, "a.5", vec![]),
            (doc! {"a": {"0": 7}}, "a.0", vec![bson!(7)]),
            (doc! {"a": 1}, "a.b", vec![]),
        ];
        for (document, path, expected) in cases {
            let bytes = encode_document(&document);
            let mut values = Vec::new();
            visit_values(RawDoc::new(&bytes), &segments(path), &mut |value| {
                values.push(to_bson(value));
            });
            assert_eq!(values, expected, "{document} at {path}");
        }
    }

    #[test]
    fn paths_are_refused_in_the_servers_words() {
        let cases = [
            ("", 40352),
            ("a.", 40353),
            (".a", 15998),
            ("a..b", 15998),
            ("$a", 16410),
            ("a.$b", 16410),
            ("a\0", 16411),
        ];
        for (path, code) in cases {
            assert_eq!(parse_path(path).unwrap_err().mongo_code(), code, "{path:?}");
        }
        assert!(parse_path("a.b.0").is_ok());
        assert_eq!(check_name("a.b").unwrap_err().mongo_code(), 16412);
    }
}
