//! The commands of `db.command`: their kinds, and what of the arguments becomes `operands`.

use crate::sdk::CommandKind;

/// How a command's arguments become its `operands` property.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operands {
    /// `[first argument]`.
    First,
    /// The first argument itself.
    Whole,
    /// The first argument if it is a list, else all arguments.
    ListOrAll,
    /// `[]`.
    Nothing,
    /// One argument: `[it]`; two: `[[first, second]]`; else the arguments object.
    Modulo,
    /// An object with an own `each` becomes `{$each, $position, $sort, $slice}` of what is not
    /// undefined; otherwise as [`Operands::ListOrAll`].
    Push,
}

/// One command of `db.command`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommandShape {
    pub name: &'static str,
    pub kind: CommandKind,
    pub operands: Operands,
}

const fn shape(name: &'static str, kind: CommandKind, operands: Operands) -> CommandShape {
    CommandShape { name, kind, operands }
}

/// Every command that makes an object of one of the three classes.
pub const COMMANDS: [CommandShape; 35] = [
    shape("eq", CommandKind::Query, Operands::First),
    shape("neq", CommandKind::Query, Operands::First),
    shape("lt", CommandKind::Query, Operands::First),
    shape("lte", CommandKind::Query, Operands::First),
    shape("gt", CommandKind::Query, Operands::First),
    shape("gte", CommandKind::Query, Operands::First),
    shape("in", CommandKind::Query, Operands::Whole),
    shape("nin", CommandKind::Query, Operands::Whole),
    shape("all", CommandKind::Query, Operands::Whole),
    shape("elemMatch", CommandKind::Query, Operands::First),
    shape("exists", CommandKind::Query, Operands::First),
    shape("size", CommandKind::Query, Operands::First),
    shape("mod", CommandKind::Query, Operands::Modulo),
    shape("geoNear", CommandKind::Query, Operands::First),
    shape("geoWithin", CommandKind::Query, Operands::First),
    shape("geoIntersects", CommandKind::Query, Operands::First),
    shape("and", CommandKind::Logic, Operands::ListOrAll),
    shape("nor", CommandKind::Logic, Operands::ListOrAll),
    shape("or", CommandKind::Logic, Operands::ListOrAll),
    shape("not", CommandKind::Logic, Operands::ListOrAll),
    shape("set", CommandKind::Update, Operands::First),
    shape("remove", CommandKind::Update, Operands::Nothing),
    shape("inc", CommandKind::Update, Operands::First),
    shape("mul", CommandKind::Update, Operands::First),
    shape("push", CommandKind::Update, Operands::Push),
    shape("pull", CommandKind::Update, Operands::Whole),
    shape("pullAll", CommandKind::Update, Operands::Whole),
    shape("pop", CommandKind::Update, Operands::Nothing),
    shape("shift", CommandKind::Update, Operands::Nothing),
    shape("unshift", CommandKind::Update, Operands::ListOrAll),
    shape("addToSet", CommandKind::Update, Operands::Whole),
    shape("rename", CommandKind::Update, Operands::First),
    shape("bit", CommandKind::Update, Operands::First),
    shape("max", CommandKind::Update, Operands::First),
    shape("min", CommandKind::Update, Operands::First),
];

/// Methods of a query command that stand for `.and(that command)`.
pub const CHAINED: [&str; 11] =
    ["eq", "neq", "gt", "gte", "lt", "lte", "in", "nin", "geoNear", "geoWithin", "geoIntersects"];

/// The key that `db.command.aggregate.<name>(x)` makes: only one is renamed.
pub fn aggregate_key(name: &str) -> String {
    if name == "neq" { "$ne".to_owned() } else { format!("${name}") }
}
