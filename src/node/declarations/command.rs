//! `db.command`: query, logic, update and projection commands.

use crate::node::declarations::{Block, block, line};

pub const BLOCKS: &[Block] = &[
    block(
        "export interface DatabaseCommand",
        "Commands for conditions and updates. None checks its arguments: mistakes show when the \
         operation is sent.",
        &[
            (
                "eq(val: any): DatabaseQueryCommand",
                "Equal, arrays and objects included; `_.eq(undefined)` matches everything.",
            ),
            ("neq(val: any): DatabaseQueryCommand", "Not equal, or no such field."),
            ("gt(val: any): DatabaseQueryCommand", "Greater, among values of the same type."),
            (
                "gte(val: any): DatabaseQueryCommand",
                "Greater or equal, among values of the same type.",
            ),
            ("lt(val: any): DatabaseQueryCommand", "Less, among values of the same type."),
            (
                "lte(val: any): DatabaseQueryCommand",
                "Less or equal, among values of the same type.",
            ),
            (
                "in(val: readonly any[]): DatabaseQueryCommand",
                "One of the values; regular expressions may stand among them.",
            ),
            (
                "nin(val: readonly any[]): DatabaseQueryCommand",
                "None of the values, or no such field.",
            ),
            (
                "geoNear(options: IGeoNearCommandOptions): DatabaseQueryCommand",
                "Nearest first, distances in metres. Needs a geo index.",
            ),
            (
                "geoWithin(options: IGeoWithinCommandOptions | IGeoCenterSphereOptions): DatabaseQueryCommand",
                "Wholly inside a polygon or circle.",
            ),
            (
                "geoIntersects(options: IGeoIntersectsCommandOptions): DatabaseQueryCommand",
                "Shares a point with a geometry.",
            ),
            (
                "and(...expressions: CommandOperand[] | [CommandOperand[]]): DatabaseLogicCommand",
                "All of them; for a field (`{ age: _.and(_.gt(1), _.lt(5)) }`) or for whole conditions.",
            ),
            (
                "or(...expressions: CommandOperand[] | [CommandOperand[]]): DatabaseLogicCommand",
                "One of them at least.\n\nTwo fields with `or` in one condition become one list, which is \
                 rarely meant: use `_.and(_.or(..), _.or(..))`. Plain values are not bound to the field: write \
                 `_.or(_.eq(1), _.eq(2))`.\n\n\
                 @example\n```js\ntodos.where(_.or([{ isDone: true }, { due: _.lt(new Date()) }]))\n```",
            ),
            (
                "nor(...expressions: CommandOperand[] | [CommandOperand[]]): DatabaseLogicCommand",
                "None of them.",
            ),
            (
                "not(expression: DatabaseLogicCommand | globalThis.RegExp): DatabaseLogicCommand",
                "Not met, or no such field. Takes a single query command or a regular expression literal; \
                 anything else matches everything.",
            ),
            (
                "exists(val: boolean): DatabaseQueryCommand",
                "Whether the field is there, `null` included.",
            ),
            (
                "mod(divisor: number, remainder: number): DatabaseQueryCommand",
                "Numbers with this remainder.",
            ),
            (
                "mod(pair: [divisor: number, remainder: number]): DatabaseQueryCommand",
                "Numbers with this remainder.",
            ),
            ("all(val: readonly any[]): DatabaseQueryCommand", "Arrays that have all the values."),
            (
                "elemMatch(val: any): DatabaseQueryCommand",
                "Arrays with one element that meets a condition. Nested objects are not read as paths.",
            ),
            ("size(val: number): DatabaseQueryCommand", "Arrays of this length."),
            (
                "expr(expression: any): AnyObject",
                "A condition of aggregation operators over the document's own fields.\n\n\
                 @example\n```js\nstock.where(_.expr(_.aggregate.lt(['$left', '$wanted'])))\n```",
            ),
            (
                "jsonSchema(schema: AnyObject): AnyObject",
                "A condition: documents that meet a JSON schema (draft 4, MongoDB's `bsonType`).",
            ),
            (
                "text(options: { search: string; language?: string; caseSensitive?: boolean; diacriticSensitive?: boolean }): AnyObject",
                "Argument of `$text`. Needs a text index.",
            ),
            ("set(val: any): DatabaseUpdateCommand", "Replaces the field, whole objects included."),
            ("remove(): DatabaseUpdateCommand", "Removes the field."),
            ("inc(val: number): DatabaseUpdateCommand", "Adds; a missing field counts as 0."),
            ("mul(val: number): DatabaseUpdateCommand", "Multiplies; a missing field becomes 0."),
            ("min(val: any): DatabaseUpdateCommand", "Sets the field if the value is less."),
            ("max(val: any): DatabaseUpdateCommand", "Sets the field if the value is greater."),
            ("rename(val: string): DatabaseUpdateCommand", "Renames the field."),
            (
                "bit(val: number | { and?: number; or?: number; xor?: number }): DatabaseUpdateCommand",
                "Changes bits of an integer.",
            ),
            (
                "push(...values: any[]): DatabaseUpdateCommand",
                "Appends: values, an array of values, or `{ each, position?, slice?, sort? }`.\n\n\
                 @example\n```js\nlog: _.push({ each: [entry], position: 0, slice: 100 })\n```",
            ),
            ("pop(): DatabaseUpdateCommand", "Removes the last element."),
            ("shift(): DatabaseUpdateCommand", "Removes the first element."),
            (
                "unshift(...values: any[]): DatabaseUpdateCommand",
                "Prepends: values, or an array of values.",
            ),
            (
                "addToSet(val: any): DatabaseUpdateCommand",
                "Appends a value that is not there yet; several with `{ $each: [..] }`.",
            ),
            (
                "pull(val: any): DatabaseUpdateCommand",
                "Removes elements that equal a value or meet a condition.",
            ),
            (
                "pullAll(val: any): DatabaseUpdateCommand",
                "Removes elements that equal one of the values.",
            ),
            ("project: DatabaseProjection", "Commands for `field`."),
            (
                "aggregate: DatabaseAggregation",
                "Operators for pipelines and `_.expr`, `$` by custom.",
            ),
        ],
    ),
    line(
        "export type CommandOperand = DatabaseLogicCommand | IQueryCondition | globalThis.RegExp | RegExp",
        "What `and`, `or` and `nor` join.",
    ),
    block(
        "export interface DatabaseProjection",
        "Commands for `field`.",
        &[
            (
                "slice(val: number | [number, number]): DatabaseProjectionCommand",
                "Part of an array: the first n, the last -n, or `[skip, n]`.",
            ),
            (
                "elemMatch(val: any): DatabaseProjectionCommand",
                "The first element that meets a condition, as plain values.",
            ),
        ],
    ),
    block(
        "export class DatabaseLogicCommand",
        "A condition that can be joined with others.",
        &[
            (
                "and(...expressions: CommandOperand[] | [CommandOperand[]]): DatabaseLogicCommand",
                "This and all of those. An array that is passed is changed.",
            ),
            (
                "or(...expressions: CommandOperand[] | [CommandOperand[]]): DatabaseLogicCommand",
                "This or one of those. An array that is passed is changed.",
            ),
            (
                "nor(...expressions: (DatabaseLogicCommand | IQueryCondition)[]): DatabaseLogicCommand",
                "@deprecated Declared by the official file, absent at runtime: use `_.nor`.",
            ),
            (
                "not(expression: DatabaseLogicCommand): DatabaseLogicCommand",
                "@deprecated Declared by the official file, absent at runtime: use `_.not`.",
            ),
        ],
    ),
    block(
        "export class DatabaseQueryCommand extends DatabaseLogicCommand",
        "A condition on one field. A further call joins another one with `and`.",
        &[
            ("eq(val: any): DatabaseLogicCommand", ""),
            ("neq(val: any): DatabaseLogicCommand", ""),
            ("gt(val: any): DatabaseLogicCommand", ""),
            ("gte(val: any): DatabaseLogicCommand", ""),
            ("lt(val: any): DatabaseLogicCommand", ""),
            ("lte(val: any): DatabaseLogicCommand", ""),
            ("in(val: readonly any[]): DatabaseLogicCommand", ""),
            ("nin(val: readonly any[]): DatabaseLogicCommand", ""),
            (
                "exists(val: boolean): DatabaseLogicCommand",
                "@deprecated Declared by the official file, absent at runtime: use `.and(_.exists(..))`.",
            ),
            (
                "mod(divisor: number, remainder: number): DatabaseLogicCommand",
                "@deprecated Declared by the official file, absent at runtime: use `.and(_.mod(..))`.",
            ),
            (
                "all(val: readonly any[]): DatabaseLogicCommand",
                "@deprecated Declared by the official file, absent at runtime: use `.and(_.all(..))`.",
            ),
            (
                "elemMatch(val: any): DatabaseLogicCommand",
                "@deprecated Declared by the official file, absent at runtime: use `.and(_.elemMatch(..))`.",
            ),
            (
                "size(val: number): DatabaseLogicCommand",
                "@deprecated Declared by the official file, absent at runtime: use `.and(_.size(..))`.",
            ),
            (
                "geoNear(options: IGeoNearCommandOptions): DatabaseLogicCommand",
                "Checks its options at once, unlike `_.geoNear`.",
            ),
            (
                "geoWithin(options: IGeoWithinCommandOptions | IGeoCenterSphereOptions): DatabaseLogicCommand",
                "Checks its options at once, unlike `_.geoWithin`.",
            ),
            (
                "geoIntersects(options: IGeoIntersectsCommandOptions): DatabaseLogicCommand",
                "Checks its options at once, unlike `_.geoIntersects`.",
            ),
            ("toJSON(): AnyObject", "As MongoDB writes it, e.g. `{ $gt: 1 }`."),
        ],
    ),
    block(
        "export class DatabaseUpdateCommand",
        "A change of one field.",
        &[
            ("readonly operator: string", "Name of the command, e.g. `inc`."),
            ("readonly operands: any", "Its arguments."),
        ],
    ),
    line("export class DatabaseUpdateCommandModifier {}", "Types only."),
    line("export class DatabaseProjectionCommand {}", "Part of a projection."),
    line("export class DatabaseAggregateCommand {}", "An expression or accumulator of a pipeline."),
    block(
        "export enum AGGREGATE_COMMANDS_LITERAL",
        "Types only: no such value at runtime.",
        &[("AVG = 'avg',", ""), ("MULTIPLY = 'multiply',", ""), ("SUM = 'sum',", "")],
    ),
    block(
        "export enum LOGIC_COMMANDS_LITERAL",
        "Types only: no such value at runtime.",
        &[("AND = 'and',", ""), ("OR = 'or',", ""), ("NOT = 'not',", ""), ("NOR = 'nor',", "")],
    ),
    block(
        "export enum QUERY_COMMANDS_LITERAL",
        "Types only: no such value at runtime.",
        &[
            ("EQ = 'eq',", ""),
            ("NEQ = 'neq',", ""),
            ("GT = 'gt',", ""),
            ("GTE = 'gte',", ""),
            ("LT = 'lt',", ""),
            ("LTE = 'lte',", ""),
            ("IN = 'in',", ""),
            ("NIN = 'nin',", ""),
            ("GEO_NEAR = 'geoNear',", ""),
            ("GEO_WITHIN = 'geoWithin',", ""),
            ("GEO_INTERSECTS = 'geoIntersects',", ""),
            ("EXISTS = 'exists',", ""),
            ("MOD = 'mod',", ""),
            ("ALL = 'all',", ""),
            ("ELEM_MATCH = 'elemMatch',", ""),
            ("SIZE = 'size',", ""),
        ],
    ),
    block(
        "export enum PROJECTION_COMMANDS_LITERAL",
        "Types only: no such value at runtime.",
        &[("SLICE = 'slice',", "")],
    ),
    block(
        "export enum UPDATE_COMMANDS_LITERAL",
        "Types only: no such value at runtime.",
        &[
            ("SET = 'set',", ""),
            ("REMOVE = 'remove',", ""),
            ("INC = 'inc',", ""),
            ("MUL = 'mul',", ""),
            ("MIN = 'min',", ""),
            ("MAX = 'max',", ""),
            ("RENAME = 'rename',", ""),
            ("BIT = 'bit',", ""),
            ("PUSH = 'push',", ""),
            ("POP = 'pop',", ""),
            ("SHIFT = 'shift',", ""),
            ("UNSHIFT = 'unshift',", ""),
            ("ADD_TO_SET = 'addToSet',", ""),
            ("PULL = 'pull',", ""),
            ("PULL_ALL = 'pullAll',", ""),
        ],
    ),
    block(
        "export enum UPDATE_COMMAND_MODIFIERS_LITERAL",
        "Types only: no such value at runtime.",
        &[
            ("EACH = 'each',", ""),
            ("POSITION = 'position',", ""),
            ("SLICE = 'slice',", ""),
            ("SORT = 'sort',", ""),
        ],
    ),
];
