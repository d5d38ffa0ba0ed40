//! `$project`: keeps, drops and computes fields.

use crate::aggregate::context::StageContext;
use crate::aggregate::expression::Expression;
use crate::aggregate::field::parse_path;
use crate::aggregate::stage::is_true;
use crate::aggregate::stage::projection::Mode;
use crate::aggregate::stage::projection::Node;
use crate::aggregate::stage::projection::Projection;
use crate::aggregate::stage::projection::Rule;
use crate::error::Error;
use crate::error::Result;
use crate::limits::REQUEST_DEPTH_MAX;
use crate::value::Bson;
use crate::value::DistinctPaths;
use crate::value::Document;
use crate::value::FieldPath;
use crate::value::shell_text;

pub(crate) fn parse(value: &Bson, context: &StageContext) -> Result<Projection> {
    let Bson::Document(specification) = value else {
        return Err(Error::mongo(15969, "$project specification must be an object"));
    };
    validate(specification, "$project")?;
    let mode = mode_of(specification)?;
    let mut root = Reader::read(specification, "$project", mode, context)?;
    let names_id = |key: &String| key == "_id" || key.starts_with("_id.");
    if mode == Mode::Include && !specification.keys().any(names_id) {
        root.push("_id".into(), Rule::Include);
    }
    Ok(Projection { mode, root })
}

/// Whether fields are kept or dropped; the specification must not ask for both.
fn mode_of(specification: &Document) -> Result<Mode> {
    let mut mode = None;
    for (path, value) in specification {
        decide(specification, path, value, &mut mode)?;
    }
    let only_drops_id = specification.len() == 1
        && specification.get("_id").is_some_and(|value| is_flag(value) && !is_true(value));
    Ok(match mode {
        _ if only_drops_id => Mode::Exclude,
        Some(mode) => mode,
        None => Mode::Include,
    })
}

const KEEPS: &str = "cannot include fields or add computed fields during an exclusion projection";

fn decide(
    specification: &Document,
    path: &str,
    value: &Bson,
    mode: &mut Option<Mode>,
) -> Result<()> {
    let refuse = |code, problem: &str| {
        let text = shell_text(&Bson::Document(specification.clone()));
        Err(Error::mongo(code, format!("Bad projection specification, {problem}: {text}")))
    };
    match value {
        Bson::Document(inner) => {
            for (name, value) in inner {
                if name.starts_with('$') {
                    if *mode == Some(Mode::Exclude) {
                        return refuse(40182, KEEPS);
                    }
                    *mode = Some(Mode::Include);
                } else {
                    decide(specification, &format!("{path}.{name}"), value, mode)?;
                }
            }
        }
        value if is_flag(value) && !is_true(value) => {
            // `_id` may be dropped whatever happens to the others.
            if path != "_id" {
                if *mode == Some(Mode::Include) {
                    return refuse(
                        40178,
                        "cannot exclude fields other than '_id' in an inclusion projection",
                    );
                }
                *mode = Some(Mode::Exclude);
            }
        }
        _ => {
            if *mode == Some(Mode::Exclude) {
                return refuse(40179, KEEPS);
            }
            *mode = Some(Mode::Include);
        }
    }
    Ok(())
}

fn is_flag(value: &Bson) -> bool {
    matches!(
        value,
        Bson::Boolean(_) | Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_) | Bson::Decimal128(_)
    )
}

/// Checks the shape of a specification of `$project` or `$addFields`.
fn validate(specification: &Document, stage: &str) -> Result<()> {
    let mut check = Validation { specification, seen: DistinctPaths::default() };
    check.top().map_err(|error| {
        let text = format!("Invalid {stage} :: caused by :: {}", error.message());
        if error.mongo_code() == 0 {
            Error::new(error.kind(), text)
        } else {
            Error::mongo(error.mongo_code(), text)
        }
    })
}

struct Validation<'v> {
    specification: &'v Document,
    seen: DistinctPaths,
}

impl Validation<'_> {
    fn top(&mut self) -> Result<()> {
        if self.specification.is_empty() {
            return Err(Error::mongo(40177, "specification must have at least one field"));
        }
        for (name, value) in self.specification {
            let path = parse_path(name)?;
            self.field(path, value, REQUEST_DEPTH_MAX)?;
        }
        Ok(())
    }

    fn field(&mut self, path: FieldPath, value: &Bson, depth_left: usize) -> Result<()> {
        let Bson::Document(inner) = value else { return self.claim(path) };
        let Some(depth_left) = depth_left.checked_sub(1) else {
            return Err(Error::mongo(15, "the specification is nested too deep"));
        };
        if inner.is_empty() {
            return Err(Error::mongo(
                40180,
                format!(
                    "an empty object is not a valid value. Found empty object at path {}",
                    path.as_str()
                ),
            ));
        }
        for (name, value) in inner {
            if name.starts_with('$') {
                if inner.len() != 1 {
                    return Err(Error::mongo(
                        40181,
                        format!(
                            "an expression specification must contain exactly one field, the name \
                             of the expression. Found {} fields in {}, while parsing object {}",
                            inner.len(),
                            shell_text(&Bson::Document(inner.clone())),
                            self.text()
                        ),
                    ));
                }
                return self.claim(path);
            }
            if name.contains('.') {
                return Err(Error::mongo(
                    40183,
                    format!(
                        "cannot use dotted field name '{name}' in a sub object: {}",
                        self.text()
                    ),
                ));
            }
            let path = parse_path(&format!("{}.{name}", path.as_str()))?;
            self.field(path, value, depth_left)?;
        }
        Ok(())
    }

    /// Remembers a path; refuses one that overlaps with an earlier one.
    fn claim(&mut self, path: FieldPath) -> Result<()> {
        let Err((path, other)) = self.seen.claim(path) else { return Ok(()) };
        Err(Error::mongo(
            40176,
            format!(
                "specification contains two conflicting paths. Cannot specify both '{}' and \
                 '{}': {}",
                path.as_str(),
                other.as_str(),
                self.text()
            ),
        ))
    }

    fn text(&self) -> String {
        shell_text(&Bson::Document(self.specification.clone()))
    }
}

/// Makes the tree of a specification that was validated.
pub(crate) struct Reader<'r> {
    context: &'r StageContext,
    mode: Mode,
    root: Node,
}

impl<'r> Reader<'r> {
    /// Validates and reads a specification of `stage`.
    pub fn read(
        specification: &Document,
        stage: &str,
        mode: Mode,
        context: &'r StageContext,
    ) -> Result<Node> {
        validate(specification, stage)?;
        let mut reader = Self { context, mode, root: Node::default() };
        for (name, value) in specification {
            reader.field(&parse_path(name)?, value)?;
        }
        Ok(reader.root)
    }

    fn field(&mut self, path: &FieldPath, value: &Bson) -> Result<()> {
        let rule = match value {
            Bson::Document(inner) => {
                if !inner.keys().next().is_some_and(|name| name.starts_with('$')) {
                    for (name, value) in inner {
                        self.field(&parse_path(&format!("{}.{name}", path.as_str()))?, value)?;
                    }
                    return Ok(());
                }
                Rule::Compute(self.expression(value)?)
            }
            value if self.mode != Mode::Add && is_flag(value) => {
                if is_true(value) {
                    Rule::Include
                } else {
                    Rule::Exclude
                }
            }
            value => Rule::Compute(self.expression(value)?),
        };
        self.root.insert(path.segments(), rule);
        Ok(())
    }

    fn expression(&self, value: &Bson) -> Result<Expression> {
        self.context.expression(value)
    }
}
