//! Parameters and results of database operations.

use crate::node::declarations::{Block, block, line};

pub const BLOCKS: &[Block] = &[
    block("export class Batch", "Types only.", &[("private readonly batch: never", "")]),
    block(
        "export interface IDatabaseConfig",
        "What `db.config` holds.",
        &[
            ("env?: string", "Environment of this database; that of `init` by default."),
            (
                "throwOnNotFound?: boolean",
                "Whether `doc(id).get()` rejects when there is no such document. Goes before that of `init`.\n\n@default true",
            ),
        ],
    ),
    block(
        "export interface IDatabaseOptions",
        "What `database()` takes.",
        &[
            (
                "env?: string | symbol",
                "Environment of this database, or `cloud.DYNAMIC_CURRENT_ENV`.",
            ),
            (
                "throwOnNotFound?: boolean",
                "Whether `doc(id).get()` rejects when there is no such document.\n\n@default true",
            ),
        ],
    ),
    block(
        "export interface IDatabaseConstructorOptions",
        "Types only.",
        &[("config?: IDatabaseConfig", ""), ("context: IDatabaseServiceContext", "")],
    ),
    block(
        "export interface IAppConfig",
        "Types only.",
        &[
            ("docSizeLimit: number", ""),
            ("realtimePingInterval: number", ""),
            ("realtimePongWaitTimeout: number", ""),
            ("realtimeMaxReconnect: number", ""),
            ("realtimeReconnectInterval: number", ""),
            ("realtimeTotalConnectionTimeout: number", ""),
            ("realtimeQueryEventCacheTimeout: number", ""),
        ],
    ),
    block(
        "export interface IDatabaseServiceContext extends IServiceContext",
        "Types only.",
        &[("appConfig: IAppConfig", ""), ("ws?: any", "")],
    ),
    line("export type DocumentId = string | number", "A document's `_id`."),
    block(
        "export interface IDocumentData",
        "A document of any shape.",
        &[("_id?: DocumentId", ""), ("[key: string]: any", "")],
    ),
    line(
        "export type ValueInput<V> = V | ServerDate | GeoInstance",
        "A value to store: itself, or what the service makes of it.",
    ),
    line(
        "export type DocumentInput<T> = { [K in keyof Omit<T, '_id' | '_openid'>]: ValueInput<T[K & keyof T]> } & { _id?: DocumentId }",
        "A document to store: ids may be left to the service.",
    ),
    line(
        "export type UpdateInput<T> = { [K in keyof T]?: ValueInput<T[K]> | DatabaseUpdateCommand | (T[K] extends Date | any[] ? never : T[K] extends object ? UpdateInput<T[K]> : never) } & { [path: `${string}.${string}`]: any }",
        "Fields to change: values, commands, parts of nested objects, dotted paths.",
    ),
    line("export interface IDBAPIParam {}", ""),
    block(
        "export interface IAddDocumentOptions extends IDBAPIParam",
        "Parameters of `add` for one document of any shape.",
        &[("data: IDocumentData", "")],
    ),
    block(
        "export interface IAddOneOptions<T = IDocumentData>",
        "Parameters of `add` for one document.",
        &[(
            "data: DocumentInput<T> & { [Symbol.iterator]?: never }",
            "The document. Fields that are `undefined` are left out.",
        )],
    ),
    block(
        "export interface IAddManyOptions<T = IDocumentData>",
        "Parameters of `add` for many documents.",
        &[("data: readonly DocumentInput<T>[]", "")],
    ),
    block(
        "export interface IExplainOptions extends IDBAPIParam",
        "Asks for the plan of a call instead of carrying it out.",
        &[(
            "explain: true",
            "An option of the developer tools, and of this package: in the cloud it is ignored and the call is \
             carried out.",
        )],
    ),
    block(
        "export interface IExplainResult extends IAPISuccessParam",
        "What a call with `explain: true` would look at. Nothing is written.",
        &[
            (
                "queryPlanner: AnyObject",
                "The plan: `winningPlan.stage` is `COLLSCAN` where every document is read, and an `IXSCAN` \
                 below it names its index.",
            ),
            (
                "executionStats: AnyObject",
                "What it took: `nReturned`, `totalKeysExamined`, `totalDocsExamined`.",
            ),
            ("stages?: AnyObject[]", "Of a pipeline: the search of its first stage, and the rest."),
            (
                "queryModifications: AnyObject[]",
                "What the service changed in the query: nothing here.",
            ),
        ],
    ),
    block(
        "export interface IGetDocumentOptions extends IDBAPIParam",
        "Ignored.",
        &[("stringifyTest?: boolean", "Ignored.")],
    ),
    block(
        "export interface ICountDocumentOptions extends IDBAPIParam",
        "Ignored.",
        &[("stringifyTest?: boolean", "Ignored.")],
    ),
    block(
        "export interface IUpdateDocumentOptions<T = any> extends IDBAPIParam",
        "Parameters of `where().update()`.",
        &[
            ("data: UpdateInput<T>", "Fields to change, not empty and without `_id`."),
            ("multi?: boolean", "`false` changes one document only.\n\n@default true"),
            ("stringifyTest?: boolean", "Ignored."),
        ],
    ),
    block(
        "export interface IUpdateSingleDocumentOptions<T = any> extends IDBAPIParam",
        "Parameters of `doc().update()`.",
        &[
            ("data: UpdateInput<T>", "Fields to change, not empty and without `_id`."),
            ("stringifyTest?: boolean", "Ignored."),
        ],
    ),
    block(
        "export interface ISetDocumentOptions extends IDBAPIParam",
        "Types only.",
        &[("data: IUpdateCondition", ""), ("stringifyTest?: boolean", "Ignored.")],
    ),
    block(
        "export interface ISetSingleDocumentOptions<T = any> extends IDBAPIParam",
        "Parameters of `doc().set()`.",
        &[
            ("data: DocumentInput<T>", "The whole new document, not empty and without `_id`."),
            ("stringifyTest?: boolean", "Ignored."),
        ],
    ),
    block(
        "export interface IRemoveDocumentOptions extends IDBAPIParam",
        "Parameters of `where().remove()`.",
        &[
            ("query?: IQueryCondition", "Ignored: the condition is that of `where`."),
            ("multi?: boolean", "`false` removes one document only.\n\n@default true"),
            ("stringifyTest?: boolean", "Ignored."),
        ],
    ),
    block(
        "export interface IRemoveSingleDocumentOptions extends IDBAPIParam",
        "Ignored.",
        &[("stringifyTest?: boolean", "Ignored.")],
    ),
    line(
        "export type IQueryCondition = Record<string, any> | DatabaseLogicCommand",
        "A condition: fields with values or commands, or a logic command over whole conditions.",
    ),
    block(
        "export interface ConditionRecord",
        "Types only.",
        &[("[key: string]: IQueryCondition", "")],
    ),
    line("export type IStringQueryCondition = string", ""),
    block(
        "export interface IQueryResult<T = IDocumentData> extends IAPISuccessParam",
        "Result of `get` of a query.",
        &[(
            "data: T[]",
            "The documents; dates are `Date`s, geometries instances of `db.Geo`'s classes.",
        )],
    ),
    block(
        "export interface IQuerySingleResult<T = IDocumentData> extends IAPISuccessParam",
        "Result of `get` of a document.",
        &[("data: T", "The document; `null` if there is none and `throwOnNotFound` is `false`.")],
    ),
    block("export interface IUpdateCondition", "Fields to change.", &[("[key: string]: any", "")]),
    line("export type IStringUpdateCondition = string", ""),
    line("export interface ISetCondition {}", ""),
    block(
        "export interface IAddResult extends IAPISuccessParam",
        "Result of `add` of one document.",
        &[("_id: DocumentId", "Id of the new document.")],
    ),
    block(
        "export interface IAddManyResult extends IAPISuccessParam",
        "Result of `add` of an array.",
        &[("_ids: DocumentId[]", "Ids of the new documents, in order.")],
    ),
    block(
        "export interface IUpdateResult extends IAPISuccessParam",
        "Result of `update`.",
        &[("stats: { updated: number }", "How many documents changed.")],
    ),
    block(
        "export interface ISetResult extends IAPISuccessParam",
        "Result of `set`.",
        &[
            ("_id: DocumentId", ""),
            ("stats: { updated: number; created: number }", "`created` is 0 inside transactions."),
        ],
    ),
    block(
        "export interface IRemoveResult extends IAPISuccessParam",
        "Result of `remove`.",
        &[("stats: { removed: number }", "How many documents were removed.")],
    ),
    block(
        "export interface ICountResult extends IAPISuccessParam",
        "Result of `count`.",
        &[("total: number", "")],
    ),
    block(
        "export interface IAggregateResult<R = any> extends IAPISuccessParam",
        "Result of a pipeline.",
        &[("list: R[]", "What the last stage gave; geometries are plain GeoJSON here.")],
    ),
    block(
        "export interface ITransactionResult",
        "The service's own answer to `commit` and `rollback`; it has no `errMsg`.",
        &[("requestId: string", ""), ("[key: string]: any", "")],
    ),
];
