//! `$unwind`: one document for each element of an array.

use crate::aggregate::field::nested;
use crate::aggregate::field::parse_path;
use crate::aggregate::operator::Downstream;
use crate::aggregate::operator::Flow;
use crate::aggregate::operator::MORE;
use crate::aggregate::operator::Operator;
use crate::aggregate::output::Output;
use crate::aggregate::output::write_with;
use crate::aggregate::stage::type_name;
use crate::error::Error;
use crate::error::Result;
use crate::value::Bson;
use crate::value::Element;
use crate::value::FieldPath;
use crate::value::RawDoc;
use crate::value::RawValue;

#[derive(Debug)]
pub(crate) struct Unwind {
    path: FieldPath,
    index_path: Option<FieldPath>,
    preserves_empty: bool,
}

impl Unwind {
    pub fn parse(value: &Bson) -> Result<Self> {
        let mut path = None;
        let mut index_path = None;
        let mut preserves_empty = false;
        match value {
            Bson::String(text) => path = Some(text.as_str()),
            Bson::Document(specification) => {
                for (option, value) in specification {
                    match option.as_str() {
                        "path" => path = Some(parse_path_option(value)?),
                        "preserveNullAndEmptyArrays" => preserves_empty = parse_flag(value)?,
                        "includeArrayIndex" => index_path = Some(parse_index_option(value)?),
                        _ => {
                            return Err(Error::mongo(
                                28811,
                                format!("unrecognized option to $unwind stage: {option}"),
                            ));
                        }
                    }
                }
            }
            _ => {
                return Err(Error::mongo(
                    15981,
                    format!(
                        "expected either a string or an object as specification for $unwind stage, \
                         got {}",
                        type_name(value)
                    ),
                ));
            }
        }
        let path = path.filter(|path| !path.is_empty());
        let path = path.ok_or_else(|| Error::mongo(28812, "no path specified to $unwind stage"))?;
        let Some(name) = path.strip_prefix('$') else {
            return Err(Error::mongo(
                28818,
                format!("path option to $unwind stage should be prefixed with a '$': {path}"),
            ));
        };
        Ok(Self { path: parse_path(name)?, index_path, preserves_empty })
    }

    pub fn operator<'p>(&'p self) -> Box<dyn Operator + 'p> {
        Box::new(Unwinding { stage: self, out: Output::default(), with_index: Output::default() })
    }
}

fn parse_path_option(value: &Bson) -> Result<&str> {
    value.as_str().ok_or_else(|| {
        Error::mongo(
            28808,
            format!("expected a string as the path for $unwind stage, got {}", type_name(value)),
        )
    })
}

fn parse_flag(value: &Bson) -> Result<bool> {
    value.as_bool().ok_or_else(|| {
        Error::mongo(
            28809,
            format!(
                "expected a boolean for the preserveNullAndEmptyArrays option to $unwind stage, got {}",
                type_name(value)
            ),
        )
    })
}

fn parse_index_option(value: &Bson) -> Result<FieldPath> {
    let text = value.as_str().filter(|text| !text.is_empty()).ok_or_else(|| {
        Error::mongo(
            28810,
            format!(
                "expected a non-empty string for the includeArrayIndex  option to $unwind stage, got {}",
                type_name(value)
            ),
        )
    })?;
    if text.starts_with('$') {
        return Err(Error::mongo(
            28822,
            format!(
                "includeArrayIndex option to $unwind stage should not be prefixed with a '$': {text}"
            ),
        ));
    }
    parse_path(text)
}

struct Unwinding<'p> {
    stage: &'p Unwind,
    out: Output,
    with_index: Output,
}

impl Operator for Unwinding<'_> {
    fn push(&mut self, document: RawDoc<'_>, next: &mut Downstream<'_, '_>) -> Result<Flow> {
        let path = self.stage.path.segments();
        match nested(document, path) {
            Some(RawValue::Array(items)) if !items.is_empty() => {
                for (index, item) in items.elements().enumerate() {
                    self.replace(document, &item);
                    let index = i64::try_from(index).ok();
                    let flow = emit(
                        self.stage.index_path.as_ref(),
                        self.out.end(),
                        index,
                        &mut self.with_index,
                        next,
                    )?;
                    if flow.is_break() {
                        return Ok(flow);
                    }
                }
                Ok(MORE)
            }
            Some(RawValue::Array(_)) if self.stage.preserves_empty => {
                write_with(&mut self.out, document, path, None);
                let index_path = self.stage.index_path.as_ref();
                emit(index_path, self.out.end(), None, &mut self.with_index, next)
            }
            Some(RawValue::Array(_)) => Ok(MORE),
            None | Some(RawValue::Null | RawValue::Undefined) if !self.stage.preserves_empty => {
                Ok(MORE)
            }
            _ => {
                let index_path = self.stage.index_path.as_ref();
                emit(index_path, document, None, &mut self.with_index, next)
            }
        }
    }
}

impl Unwinding<'_> {
    /// Writes the document with `item` in place of its array.
    fn replace(&mut self, document: RawDoc<'_>, item: &Element<'_>) {
        let path = self.stage.path.segments();
        if let [name] = path {
            self.out.begin();
            for element in document.elements() {
                if element.key_bytes() == name.as_bytes() {
                    self.out.copy_as(name.as_bytes(), item);
                } else {
                    self.out.copy(&element);
                }
            }
            return;
        }
        let write = &|out: &mut Output, name: &str| out.copy_as(name.as_bytes(), item);
        write_with(&mut self.out, document, path, Some(write));
    }
}

fn emit(
    index_path: Option<&FieldPath>,
    document: RawDoc<'_>,
    index: Option<i64>,
    buffer: &mut Output,
    next: &mut Downstream<'_, '_>,
) -> Result<Flow> {
    let Some(index_path) = index_path else { return next.push(document) };
    let index = index.map_or(RawValue::Null, RawValue::Int64);
    let write = &|out: &mut Output, name: &str| out.raw(name, index);
    write_with(buffer, document, index_path.segments(), Some(write));
    next.push(buffer.end())
}
