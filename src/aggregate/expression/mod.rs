//! Aggregation expressions: `{$add: ["$a", 1]}`.
//!
//! [`Expression::parse`] reads one with the names of a [`Scope`]; [`Expression::evaluate`] gives
//! its value for the document of [`Variables`]. A missing value is `None`, and differs from null.

pub(crate) mod budget;
pub(crate) mod operand;
mod arguments;
mod evaluate;
mod parse;
mod scope;

pub(crate) mod date;
pub mod summation;
mod abs;
mod add;
mod accumulations;
mod array_elem_at;
mod array_to_object;
mod case;
mod comparison;
mod concat;
mod concat_arrays;
mod cond;
mod convert;
mod divide;
mod exp;
mod filter;
mod if_null;
mod in_array;
mod index_of_array;
mod index_of_text;
mod is_array;
mod let_variables;
mod literal;
mod logarithm;
mod logic;
mod map;
mod meta;
mod modulo;
mod multiply;
mod number;
mod object_to_array;
mod pow;
mod range;
mod reduce;
mod reverse_array;
mod rounding;
mod sets;
mod size;
mod slice;
mod split;
mod sqrt;
mod subtract;
mod substring;
mod switch;
mod text_length;
mod trim;
mod type_name;
mod zip;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt::Debug;
use std::sync::Arc;

use crate::aggregate::expression::arguments::Arity;
use crate::aggregate::expression::budget::Budget;
use crate::aggregate::variables::Operand;
use crate::aggregate::variables::Variables;
use crate::error::Result;
use crate::value::Bson;
use crate::value::FieldPath;

pub use scope::Scope;
pub use scope::check_name_for_write;

/// A parsed expression. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Expression {
    node: Arc<Node>,
}

#[derive(Debug)]
enum Node {
    /// `None` is `$$REMOVE`.
    Constant(Option<Bson>),
    /// `$a.b`, of the document at hand.
    Field(FieldPath),
    /// `$$ROOT`, `$$ROOT.a`.
    Root(Vec<Box<str>>),
    /// `$$CURRENT`.
    Current,
    Variable {
        slot: usize,
        path: Vec<Box<str>>,
    },
    Array(Vec<Expression>),
    Object(Vec<(Box<str>, Expression)>),
    /// An operator whose arguments are evaluated first.
    Call {
        function: Function,
        arguments: Vec<Expression>,
        until_null: bool,
    },
    /// An operator that evaluates its arguments itself.
    Form(Box<dyn Form>),
}

/// What an operator does with its evaluated arguments. It may take them.
#[derive(Debug, Clone, Copy)]
enum Function {
    Plain(fn(&mut [Operand<'_>]) -> Result<Option<Bson>>),
    /// One whose value may be far larger than each argument: it counts before it builds.
    Building(fn(&mut [Operand<'_>], &Budget) -> Result<Option<Bson>>),
}

/// An operator with arguments of its own grammar, or that does not evaluate all of them.
trait Form: Debug + Send + Sync {
    fn evaluate<'v>(&'v self, variables: &'v Variables<'v>) -> Result<Operand<'v>>;
}

/// How an operator is read.
#[derive(Debug, Clone, Copy)]
enum Syntax {
    Call(Arity, Function),
    /// Gets the operator's name and what stands after it.
    Form(fn(&'static str, &Bson, &Scope) -> Result<Expression>),
}

impl Expression {
    /// Reads field paths, variables, literals, arrays, objects and operators.
    pub fn parse(value: &Bson, scope: &Scope) -> Result<Self> {
        parse::expression(value, scope)
    }

    /// The value for one document; `None` is missing.
    pub fn evaluate(&self, variables: &Variables<'_>) -> Result<Option<Bson>> {
        Ok(self.operand(variables)?.map(Cow::into_owned))
    }

    /// Like [`evaluate`](Self::evaluate), without copying what is there already.
    pub fn operand<'v>(&'v self, variables: &'v Variables<'v>) -> Result<Operand<'v>> {
        evaluate::node(&self.node, variables)
    }

    /// Whether the database takes a value for true: all but false, zero, null and missing.
    pub fn truthy(value: Option<&Bson>) -> bool {
        logic::truthy(value)
    }

    /// The path of a plain `$a.b`, which a stage may read from a document's bytes itself.
    pub fn field_path(&self) -> Option<&FieldPath> {
        match &*self.node {
            Node::Field(path) => Some(path),
            _ => None,
        }
    }

    /// Whether it reads a declared variable and nothing else.
    pub fn is_variable(&self) -> bool {
        matches!(&*self.node, Node::Variable { .. })
    }

    /// The value of an expression that is the same for every document.
    pub fn constant(&self) -> Option<&Bson> {
        match &*self.node {
            Node::Constant(value) => value.as_ref(),
            _ => None,
        }
    }

    fn is_constant(&self) -> bool {
        matches!(*self.node, Node::Constant(_))
    }

    fn new(node: Node) -> Self {
        Self { node: Arc::new(node) }
    }

    fn literal(value: &Bson) -> Self {
        Self::new(Node::Constant(Some(value.clone())))
    }

    fn of_form(form: impl Form + 'static) -> Self {
        Self::new(Node::Form(Box::new(form)))
    }
}

/// Whether `name` (`$add`) is an operator of expressions.
pub fn is_operator(name: &str) -> bool {
    find_operator(name).is_some()
}

fn find_operator(name: &str) -> Option<&'static (&'static str, Syntax)> {
    let at = OPERATORS.binary_search_by(|(known, _)| known.cmp(&name)).ok()?;
    OPERATORS.get(at)
}

const fn call(arity: Arity, function: fn(&mut [Operand<'_>]) -> Result<Option<Bson>>) -> Syntax {
    Syntax::Call(arity, Function::Plain(function))
}

const fn building(
    arity: Arity,
    function: fn(&mut [Operand<'_>], &Budget) -> Result<Option<Bson>>,
) -> Syntax {
    Syntax::Call(arity, Function::Building(function))
}

const ONE: Arity = Arity::Exactly(1);
const TWO: Arity = Arity::Exactly(2);

/// Every operator, by name in the order of bytes.
static OPERATORS: &[(&str, Syntax)] = &[
    ("$abs", call(ONE, abs::abs)),
    ("$add", call(Arity::UntilNull, add::add)),
    ("$allElementsTrue", call(ONE, sets::all_elements_true)),
    ("$and", Syntax::Form(logic::parse_and)),
    ("$anyElementTrue", call(ONE, sets::any_element_true)),
    ("$arrayElemAt", call(TWO, array_elem_at::array_elem_at)),
    ("$arrayToObject", call(ONE, array_to_object::array_to_object)),
    ("$avg", call(Arity::Any, accumulations::avg)),
    ("$ceil", call(ONE, rounding::ceil)),
    ("$cmp", call(TWO, comparison::cmp)),
    ("$concat", building(Arity::UntilNull, concat::concat)),
    ("$concatArrays", building(Arity::UntilNull, concat_arrays::concat_arrays)),
    ("$cond", Syntax::Form(cond::parse)),
    ("$const", Syntax::Form(literal::parse)),
    ("$convert", Syntax::Form(convert::parse)),
    ("$dateFromParts", Syntax::Form(date::from_parts::parse)),
    ("$dateFromString", Syntax::Form(date::from_string::parse)),
    ("$dateToParts", Syntax::Form(date::to_parts::parse)),
    ("$dateToString", Syntax::Form(date::to_string::parse)),
    ("$dayOfMonth", Syntax::Form(date::part::parse)),
    ("$dayOfWeek", Syntax::Form(date::part::parse)),
    ("$dayOfYear", Syntax::Form(date::part::parse)),
    ("$divide", call(TWO, divide::divide)),
    ("$eq", call(TWO, comparison::eq)),
    ("$exp", call(ONE, exp::exp)),
    ("$filter", Syntax::Form(filter::parse)),
    ("$floor", call(ONE, rounding::floor)),
    ("$gt", call(TWO, comparison::gt)),
    ("$gte", call(TWO, comparison::gte)),
    ("$hour", Syntax::Form(date::part::parse)),
    ("$ifNull", Syntax::Form(if_null::parse)),
    ("$in", call(TWO, in_array::in_array)),
    ("$indexOfArray", call(Arity::Between(2, 4), index_of_array::index_of_array)),
    ("$indexOfBytes", call(Arity::Between(2, 4), index_of_text::index_of_bytes)),
    ("$indexOfCP", call(Arity::Between(2, 4), index_of_text::index_of_code_points)),
    ("$isArray", call(ONE, is_array::is_array)),
    ("$isoDayOfWeek", Syntax::Form(date::part::parse)),
    ("$isoWeek", Syntax::Form(date::part::parse)),
    ("$isoWeekYear", Syntax::Form(date::part::parse)),
    ("$let", Syntax::Form(let_variables::parse)),
    ("$literal", Syntax::Form(literal::parse)),
    ("$ln", call(ONE, logarithm::ln)),
    ("$log", call(TWO, logarithm::log)),
    ("$log10", call(ONE, logarithm::log10)),
    ("$lt", call(TWO, comparison::lt)),
    ("$lte", call(TWO, comparison::lte)),
    ("$ltrim", Syntax::Form(trim::parse)),
    ("$map", Syntax::Form(map::parse)),
    ("$max", call(Arity::Any, accumulations::max)),
    ("$mergeObjects", building(Arity::Any, accumulations::merge_objects)),
    ("$meta", Syntax::Form(meta::parse)),
    ("$millisecond", Syntax::Form(date::part::parse)),
    ("$min", call(Arity::Any, accumulations::min)),
    ("$minute", Syntax::Form(date::part::parse)),
    ("$mod", call(TWO, modulo::modulo)),
    ("$month", Syntax::Form(date::part::parse)),
    ("$multiply", call(Arity::UntilNull, multiply::multiply)),
    ("$ne", call(TWO, comparison::ne)),
    ("$not", call(ONE, logic::not)),
    ("$objectToArray", call(ONE, object_to_array::object_to_array)),
    ("$or", Syntax::Form(logic::parse_or)),
    ("$pow", call(TWO, pow::pow)),
    ("$range", building(Arity::Between(2, 3), range::range)),
    ("$reduce", Syntax::Form(reduce::parse)),
    ("$reverseArray", call(ONE, reverse_array::reverse_array)),
    ("$rtrim", Syntax::Form(trim::parse)),
    ("$second", Syntax::Form(date::part::parse)),
    ("$setDifference", call(TWO, sets::difference)),
    ("$setEquals", Syntax::Form(sets::parse_equals)),
    ("$setIntersection", call(Arity::UntilNull, sets::intersection)),
    ("$setIsSubset", call(TWO, sets::is_subset)),
    ("$setUnion", building(Arity::UntilNull, sets::union)),
    ("$size", call(ONE, size::size)),
    ("$slice", call(Arity::Between(2, 3), slice::slice)),
    ("$split", building(TWO, split::split)),
    ("$sqrt", call(ONE, sqrt::sqrt)),
    ("$stdDevPop", call(Arity::Any, accumulations::std_dev_pop)),
    ("$stdDevSamp", call(Arity::Any, accumulations::std_dev_samp)),
    ("$strLenBytes", call(ONE, text_length::bytes)),
    ("$strLenCP", call(ONE, text_length::code_points)),
    ("$strcasecmp", call(TWO, case::strcasecmp)),
    ("$substr", Syntax::Form(substring::parse_substr)),
    ("$substrBytes", call(Arity::Exactly(3), substring::bytes)),
    ("$substrCP", call(Arity::Exactly(3), substring::code_points)),
    ("$subtract", call(TWO, subtract::subtract)),
    ("$sum", call(Arity::Any, accumulations::sum)),
    ("$switch", Syntax::Form(switch::parse)),
    ("$toBool", Syntax::Form(convert::parse_short)),
    ("$toDate", Syntax::Form(convert::parse_short)),
    ("$toDecimal", Syntax::Form(convert::parse_short)),
    ("$toDouble", Syntax::Form(convert::parse_short)),
    ("$toInt", Syntax::Form(convert::parse_short)),
    ("$toLong", Syntax::Form(convert::parse_short)),
    ("$toLower", call(ONE, case::to_lower)),
    ("$toObjectId", Syntax::Form(convert::parse_short)),
    ("$toString", Syntax::Form(convert::parse_short)),
    ("$toUpper", call(ONE, case::to_upper)),
    ("$trim", Syntax::Form(trim::parse)),
    ("$trunc", call(ONE, rounding::trunc)),
    ("$type", call(ONE, type_name::type_name_of)),
    ("$week", Syntax::Form(date::part::parse)),
    ("$year", Syntax::Form(date::part::parse)),
    ("$zip", Syntax::Form(zip::parse)),
];
