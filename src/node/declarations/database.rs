//! Databases, collections, queries, documents and transactions.

use crate::node::declarations::{Block, block};

pub const BLOCKS: &[Block] = &[
    block(
        "export class Database",
        "Result of `cloud.database()`.",
        &[
            (
                "public readonly identifiers: IRuntimeIdentifiers",
                "@deprecated Declared by the official file, absent at runtime.",
            ),
            (
                "public readonly debug?: boolean",
                "@deprecated Declared by the official file, absent at runtime.",
            ),
            ("public config: IDatabaseConfig", "What was given to `database()`."),
            (
                "public readonly command: DatabaseCommand",
                "Commands for queries and updates, `_` by custom.",
            ),
            ("public readonly Geo: IGeo", "Constructors of geometries."),
            (
                "public readonly serverDate: IServerDateConstructor",
                "The time at which the service writes, optionally shifted.\n\n\
                 @example\n```js\nawait todos.add({ data: { due: db.serverDate({ offset: 60 * 60 * 1000 }) } })\n```",
            ),
            (
                "public readonly RegExp: IRegExpConstructor",
                "A regular expression for queries, from text.",
            ),
            ("private constructor(options: IDatabaseConstructorOptions)", ""),
            (
                "collection<T = IDocumentData>(collectionName: string): CollectionReference<T>",
                "A collection by name; it need not exist yet, but operations on a missing one reject with \
                 `errCode: -502005`. Throws `Collection name is required` without a name.\n\n\
                 @example\n```ts\ninterface Todo { _id: string; title: string; isDone: boolean }\nconst todos = db.collection<Todo>('todos')\n```",
            ),
            (
                "createCollection(collectionName: string): Promise<any>",
                "Creates a collection and resolves with `{ errMsg, requestId }`. Rejects when it exists.",
            ),
            (
                "runTransaction<R = any>(run: (transaction: Transaction) => any, retry?: number): Promise<R>",
                "Runs `run` in a transaction, commits, and resolves with what `run` returned. Rejects with the \
                 reason given to `rollback`, or with what `run` threw. A conflict at the commit runs it again, \
                 `retry` times at most.\n\n@default retry 3",
            ),
            (
                "runTransaction<R = any>(run: any, retry?: number): Promise<R>",
                "For work whose parameter is annotated with another type.",
            ),
            (
                "startTransaction(): Promise<Transaction>",
                "Begins a transaction that is ended with `commit` or `rollback`.",
            ),
        ],
    ),
    block(
        "export interface Transaction",
        "Reads see the database as it was when the transaction began, and its own writes.",
        &[
            (
                "init(): Promise<void>",
                "Begins a new transaction on this object; `startTransaction` has done it.",
            ),
            (
                "collection<T = any>(collectionName: string): CollectionReference<T>",
                "A collection inside the transaction. `add`, `doc()` and `where().get()` take part; \
                 `where().update()`, `where().remove()`, `count()` and `aggregate()` run outside of it, as in the \
                 cloud.",
            ),
            (
                "commit(): Promise<ITransactionResult>",
                "Makes the writes visible, all at once. Rejects with `code: 'DATABASE_TRANSACTION_CONFLICT'` \
                 when another write came first; errors have neither `errCode` nor `errMsg`.",
            ),
            (
                "rollback(reason?: any): Promise<ITransactionResult>",
                "Drops the writes. `runTransaction` then rejects with `reason` itself.",
            ),
        ],
    ),
    block(
        "export interface IDatabaseInstanceContext",
        "Types only.",
        &[("database: Database", ""), ("serviceContext: IDatabaseServiceContext", "")],
    ),
    block(
        "export class CollectionReference<T = IDocumentData> extends Query<T>",
        "A collection: documents, and a query of all of them.",
        &[
            ("public readonly collectionName: string", ""),
            (
                "constructor(name: string)",
                "@deprecated Collections come from `db.collection(name)`.",
            ),
            (
                "doc(docId: string | number): DocumentReference<T>",
                "A document by its `_id`. Throws `docId必须为字符串或数字` for other types.",
            ),
            (
                "add(options: IAddOneOptions<T>): Promise<IAddResult>",
                "Adds one document, with an id made for it unless `data._id` is given.\n\n\
                 Rejects with `errCode: -502005` if there is no such collection, -502001 if the id exists or \
                 the document cannot be stored.\n\n\
                 @example\n```js\nconst { _id } = await todos.add({ data: { title: 'Milk', isDone: false } })\n```",
            ),
            (
                "add(options: IAddManyOptions<T>): Promise<IAddManyResult>",
                "Adds many documents in one request.",
            ),
            (
                "aggregate(): Aggregate",
                "Begins a pipeline. Every stage changes this one pipeline: two branches of it see each \
                 other's stages.",
            ),
        ],
    ),
    block(
        "export class DocumentReference<T = IDocumentData>",
        "One document, whether it exists or not.",
        &[
            (
                "constructor(collection: CollectionReference<any>, docId: string | number)",
                "@deprecated Documents come from `collection.doc(id)`.",
            ),
            ("_id: string | number", ""),
            ("collection: CollectionReference<T>", "The collection it is in."),
            (
                "field(object: object): this",
                "Which fields `get` returns: `{ title: true }`, or `{ body: false }`.",
            ),
            (
                "get(options?: IGetDocumentOptions): Promise<IQuerySingleResult<T>>",
                "Reads the document. Rejects with `document.get:fail document with _id .. does not exist` \
                 (`errCode: -1`) unless `throwOnNotFound` is `false`: then `data` is `null`.",
            ),
            (
                "set(options?: ISetSingleDocumentOptions<T>): Promise<ISetResult>",
                "Replaces the whole document, or creates it. `data` must be a non-empty object without `_id` \
                 and without update commands.",
            ),
            (
                "update(options?: IUpdateSingleDocumentOptions<T>): Promise<IUpdateResult>",
                "Changes the given fields. Nested objects are merged, use `_.set` to replace one. Resolves with \
                 `stats.updated: 0` when there is no such document.",
            ),
            (
                "remove(options?: IRemoveSingleDocumentOptions): Promise<IRemoveResult>",
                "Removes the document.",
            ),
        ],
    ),
    block(
        "export class Query<T = IDocumentData>",
        "Conditions, order and bounds. Each call returns a new query; the receiver stays as it was.",
        &[
            ("constructor(name: string)", "@deprecated Queries come from `db.collection(name)`."),
            ("public readonly collectionName: string", ""),
            (
                "where(condition: IQueryCondition): Query<T>",
                "Replaces the condition. Nested objects are read as paths: `{ a: { b: 1 } }` means `a.b = 1`. \
                 Throws `查询参数必须为对象` for other than an object.\n\n\
                 @example\n```js\ntodos.where({ isDone: false, 'owner.age': _.gte(18) })\n```",
            ),
            (
                "orderBy(fieldPath: string, order: 'asc' | 'desc' | (string & {})): Query<T>",
                "Adds a sort key. Throws `排序字符不合法` for other orders than `asc` and `desc`.",
            ),
            (
                "limit(max: number): Query<T>",
                "The most documents that `get` returns, 1000 at most.\n\n@default 100",
            ),
            ("skip(offset: number): Query<T>", "How many documents `get` passes over first."),
            (
                "field<P = T>(object: object): Query<P>",
                "Which fields `get` returns: `{ title: true }`, `{ body: false }`, `{ tags: _.project.slice(3) }`.",
            ),
            (
                "get(options?: IGetDocumentOptions & { explain?: false }): Promise<IQueryResult<T>>",
                "Reads what the query selects.",
            ),
            (
                "get(options: IExplainOptions): Promise<IExplainResult>",
                "How the query would be carried out, and which index it would use.",
            ),
            (
                "update(options?: IUpdateDocumentOptions<T> & { explain?: false }): Promise<IUpdateResult>",
                "Changes every document of the condition; order, bounds and fields do not matter. \
                 `multi: false` changes one.",
            ),
            (
                "update(options: IUpdateDocumentOptions<T> & IExplainOptions): Promise<IExplainResult>",
                "How the documents would be found. Nothing is changed here; in the cloud they are.",
            ),
            (
                "remove(options?: IRemoveDocumentOptions & { explain?: false }): Promise<IRemoveResult>",
                "Removes every document of the condition, or all without one. `multi: false` removes one.",
            ),
            (
                "remove(options: IRemoveDocumentOptions & IExplainOptions): Promise<IExplainResult>",
                "How the documents would be found. Nothing is removed here; in the cloud they are.",
            ),
            (
                "count(options?: ICountDocumentOptions & { explain?: false }): Promise<ICountResult>",
                "How many documents meet the condition.",
            ),
            (
                "count(options: IExplainOptions): Promise<IExplainResult>",
                "How the documents would be counted.",
            ),
        ],
    ),
];
