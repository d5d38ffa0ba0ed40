//! `db.command`: query, logic, update, projection and aggregation commands.

use std::fmt::Write as _;

use crate::node::surface::{Class, method};

pub const CLASSES: &[Class] = &[
    Class { name: "InternalSymbol", extends: None, constructor: ("", ""), members: &[] },
    Class {
        name: "LogicCommand",
        extends: None,
        constructor: (
            "operator, operands, fieldName",
            "hide(this, '_internalType', LOGIC); this.operator = operator; this.operands = operands; \
             this.fieldName = fieldName || UNSET_FIELD_NAME;",
        ),
        members: &[
            method(
                "_setFieldName",
                "fieldName",
                "return new LogicCommand(this.operator, visitable(this.operands).map((operand) => \
                 (operand instanceof LogicCommand ? operand._setFieldName(fieldName) : operand)), fieldName);",
            ),
            method("and", "...expressions", "return chain('and', this, expressions);"),
            method("or", "...expressions", "return chain('or', this, expressions);"),
        ],
    },
    Class {
        name: "QueryCommand",
        extends: Some("LogicCommand"),
        constructor: (
            "operator, operands, fieldName",
            "super(operator, operands, fieldName); this._internalType = QUERY;",
        ),
        members: &[
            method(
                "toJSON",
                "",
                "switch (this.operator) { \
                 case 'in': case 'nin': return { $in: this.operands }; \
                 case 'neq': return { $ne: this.operands[0] }; \
                 default: return { ['$' + this.operator]: this.operands[0] }; }",
            ),
            method(
                "_setFieldName",
                "fieldName",
                "return new QueryCommand(this.operator, this.operands, fieldName);",
            ),
            method("eq", "value", "return this.and(query('eq', [value]));"),
            method("neq", "value", "return this.and(query('neq', [value]));"),
            method("gt", "value", "return this.and(query('gt', [value]));"),
            method("gte", "value", "return this.and(query('gte', [value]));"),
            method("lt", "value", "return this.and(query('lt', [value]));"),
            method("lte", "value", "return this.and(query('lte', [value]));"),
            method("in", "list", "return this.and(query('in', list));"),
            method("nin", "list", "return this.and(query('nin', list));"),
            method("geoNear", "options", "return this.and(chainedGeo('geoNear', options));"),
            method("geoWithin", "options", "return this.and(chainedGeo('geoWithin', options));"),
            method(
                "geoIntersects",
                "options",
                "return this.and(chainedGeo('geoIntersects', options));",
            ),
        ],
    },
    Class {
        name: "UpdateCommand",
        extends: None,
        constructor: (
            "operator, operands, fieldName",
            "hide(this, '_internalType', UPDATE); this.operator = operator; this.operands = operands; \
             this.fieldName = fieldName || UNSET_FIELD_NAME;",
        ),
        members: &[method(
            "_setFieldName",
            "fieldName",
            "return new UpdateCommand(this.operator, this.operands, fieldName);",
        )],
    },
    Class {
        name: "AggregationOperator",
        extends: None,
        constructor: ("name, argument", "this['$' + printable(name)] = argument;"),
        members: &[],
    },
    Class {
        name: "ProjectionOperator",
        extends: None,
        constructor: ("name, argument", "this['$' + printable(name)] = argument;"),
        members: &[],
    },
];

/// Commands with one operand, in official order, with the group they belong to.
const ORDER: &[(&str, Form)] = &[
    ("eq", Form::Query),
    ("neq", Form::Query),
    ("lt", Form::Query),
    ("lte", Form::Query),
    ("gt", Form::Query),
    ("gte", Form::Query),
    ("in", Form::QueryList),
    ("nin", Form::QueryList),
    ("all", Form::QueryList),
    ("elemMatch", Form::Query),
    ("exists", Form::Query),
    ("size", Form::Query),
    ("mod", Form::QueryPair),
    ("geoNear", Form::Query),
    ("geoWithin", Form::Query),
    ("geoIntersects", Form::Query),
    ("and", Form::Logic),
    ("nor", Form::Logic),
    ("or", Form::Logic),
    ("not", Form::Logic),
    ("set", Form::Update),
    ("remove", Form::UpdateBare),
    ("inc", Form::Update),
    ("mul", Form::Update),
    ("push", Form::UpdatePush),
    ("pull", Form::UpdateWhole),
    ("pullAll", Form::UpdateWhole),
    ("pop", Form::UpdateBare),
    ("shift", Form::UpdateBare),
    ("unshift", Form::UpdateList),
    ("addToSet", Form::UpdateWhole),
    ("rename", Form::Update),
    ("bit", Form::Update),
    ("max", Form::Update),
    ("min", Form::Update),
    ("expr", Form::Raw("({ $expr: value })")),
    ("jsonSchema", Form::Raw("({ $jsonSchema: value })")),
    (
        "text",
        Form::Raw(
            "typeof value === 'string' ? { $search: value.search } : { $search: value.search, \
             $language: value.language, $caseSensitive: value.caseSensitive, \
             $diacriticSensitive: value.diacriticSensitive }",
        ),
    ),
];

/// How a command takes its arguments.
enum Form {
    Query,
    QueryList,
    QueryPair,
    Logic,
    Update,
    /// The argument itself is the operand list, whatever it is.
    UpdateWhole,
    UpdateBare,
    UpdateList,
    UpdatePush,
    Raw(&'static str),
}

/// The operators of `db.command.aggregate`, in official order.
pub const AGGREGATE_OPERATORS: &[&str] = &[
    "abs",
    "add",
    "ceil",
    "divide",
    "exp",
    "floor",
    "ln",
    "log",
    "log10",
    "mod",
    "multiply",
    "pow",
    "sqrt",
    "subtract",
    "trunc",
    "arrayElemAt",
    "arrayToObject",
    "concatArrays",
    "filter",
    "in",
    "indexOfArray",
    "isArray",
    "map",
    "range",
    "reduce",
    "reverseArray",
    "size",
    "slice",
    "zip",
    "and",
    "not",
    "or",
    "cmp",
    "eq",
    "gt",
    "gte",
    "lt",
    "lte",
    "neq",
    "cond",
    "ifNull",
    "switch",
    "dateFromParts",
    "dateFromString",
    "dayOfMonth",
    "dayOfWeek",
    "dayOfYear",
    "isoDayOfWeek",
    "isoWeek",
    "isoWeekYear",
    "millisecond",
    "minute",
    "month",
    "second",
    "hour",
    "week",
    "year",
    "literal",
    "mergeObjects",
    "objectToArray",
    "allElementsTrue",
    "anyElementTrue",
    "setDifference",
    "setEquals",
    "setIntersection",
    "setIsSubset",
    "setUnion",
    "concat",
    "dateToString",
    "indexOfBytes",
    "indexOfCP",
    "split",
    "strLenBytes",
    "strLenCP",
    "strcasecmp",
    "substr",
    "substrBytes",
    "substrCP",
    "toLower",
    "toUpper",
    "meta",
    "addToSet",
    "avg",
    "first",
    "last",
    "max",
    "min",
    "push",
    "stdDevPop",
    "stdDevSamp",
    "sum",
    "let",
];

pub fn script() -> String {
    let mut source = String::from(PARTS);
    source.push_str("const command = {\n");
    for (name, form) in ORDER {
        let member = match form {
            Form::Query => format!("{name}(value) {{ return query('{name}', [value]); }},\n"),
            Form::QueryList => format!("{name}(list) {{ return query('{name}', list); }},\n"),
            Form::QueryPair => format!(
                "{name}(...values) {{ return query('{name}', [values.length === 2 ? values : values[0]]); }},\n"
            ),
            Form::Logic => format!(
                "{name}(...expressions) {{ return logic('{name}', spread(expressions)); }},\n"
            ),
            Form::Update => {
                format!("{name}(value) {{ return new UpdateCommand('{name}', [value]); }},\n")
            }
            Form::UpdateWhole => {
                format!("{name}(value) {{ return new UpdateCommand('{name}', value); }},\n")
            }
            Form::UpdateBare => {
                format!("{name}() {{ return new UpdateCommand('{name}', []); }},\n")
            }
            Form::UpdateList => {
                format!(
                    "{name}(...values) {{ return new UpdateCommand('{name}', spread(values)); }},\n"
                )
            }
            Form::UpdatePush => {
                format!(
                    "{name}(...values) {{ return new UpdateCommand('{name}', pushed(values)); }},\n"
                )
            }
            Form::Raw(body) => format!("{name}(value) {{ return {body}; }},\n"),
        };
        source.push_str(&member);
    }
    source.push_str("aggregate: {\npipeline() { return new Aggregation(); },\n");
    for name in AGGREGATE_OPERATORS {
        let wire = if *name == "neq" { "ne" } else { name };
        let _ = writeln!(
            source,
            "{name}(param) {{ return new AggregationOperator('{wire}', param); }},"
        );
    }
    source.push_str("},\nproject: {\n");
    for name in ["slice", "elemMatch"] {
        let _ = writeln!(
            source,
            "{name}(param) {{ return new ProjectionOperator('{name}', param); }},"
        );
    }
    source.push_str("},\n};\n");
    source
}

/// Shared by the classes above; declarations of functions and constants are hoisted to them.
const PARTS: &str = r"
const QUERY = Symbol('QUERY_COMMAND'), LOGIC = Symbol('LOGIC_COMMAND'), UPDATE = Symbol('UPDATE_COMMAND');
const UNSET_FIELD_NAME = new InternalSymbol();
const query = (operator, operands) => new QueryCommand(operator, operands);
const logic = (operator, operands) => new LogicCommand(operator, operands);
const spread = (values) => (isArray(values[0]) ? values[0] : values);
// An array given to `and` or `or` is changed, as the official client does.
const chain = (operator, receiver, expressions) => {
  const list = visitable(spread(expressions));
  list.unshift(receiver);
  return new LogicCommand(operator, list);
};
const chainedGeo = (operator, options) => { native.checkChainedGeo(operator, options); return query(operator, [options]); };
// An options object with `each` is translated; an array stands for the values to push.
const pushed = (args) => {
  const options = args[0];
  if (isArray(options)) return options;
  if (options === null || typeof options !== 'object' || !args[0].hasOwnProperty('each')) return args;
  const operand = { $each: options.each };
  for (const key of ['position', 'sort', 'slice']) {
    if (options[key] !== undefined) operand['$' + key] = options[key];
  }
  return operand;
};
";
