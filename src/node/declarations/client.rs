//! `wx-server-sdk-local/client`: `wx.cloud` of a page.

use crate::node::declarations::{Block, block, line};

pub const BLOCKS: &[Block] = &[
    line(
        "export declare function createClient(identity?: Caller): WxCloud",
        "`wx.cloud` of a page of that user: an OPENID, or the fields of `getWXContext()` to change \
         (`{ OPENID: null }` is nobody who is logged in). It acts on the data and the functions that \
         `wx-server-sdk` has here.\n\n\
         @example\n```js\nconst { createClient } = require('wx-server-sdk-local/client')\nglobalThis.wx = { cloud: createClient('user-1') }\n```",
    ),
    block(
        "export interface WxCloud",
        "`wx.cloud`. Calls before `init` throw. Each call answers to `success`, `fail` and `complete` \
         if it is given any of them, and else with a promise.",
        &[
            ("init(config?: InitOptions): void", "Switches the calls on. The first call counts."),
            (
                "callFunction<R = any>(options: Answered<CallFunctionOptions, CallFunctionResult<R>>): void",
                "",
            ),
            (
                "callFunction<R = any>(options: CallFunctionOptions): Promise<CallFunctionResult<R>>",
                "Runs a cloud function as the user.",
            ),
            (
                "callContainer<R = any>(options: Answered<CallContainerOptions, CallContainerResult<R>>): void",
                "",
            ),
            (
                "callContainer<R = any>(options: CallContainerOptions): Promise<CallContainerResult<R>>",
                "Calls a service of cloud hosting, which `container.route` of `/testing` says where to find.",
            ),
            (
                "uploadFile(options: Answered<UploadFileOptions, UploadFileResult>): TransferTask",
                "",
            ),
            (
                "uploadFile(options: UploadFileOptions): Promise<UploadFileResult>",
                "Stores a file of this machine under `cloudPath`.",
            ),
            (
                "downloadFile(options: Answered<DownloadFileOptions, DownloadFileResult>): TransferTask",
                "",
            ),
            (
                "downloadFile(options: DownloadFileOptions): Promise<DownloadFileResult>",
                "Copies a file to a temporary one, which goes with the process.",
            ),
            (
                "getTempFileURL(options: Answered<ICloud.GetTempFileURLParam, ICloud.GetTempFileURLResult>): void",
                "",
            ),
            (
                "getTempFileURL(options: ICloud.GetTempFileURLParam): Promise<ICloud.GetTempFileURLResult>",
                "Temporary addresses of files. Look at `status` of each item.",
            ),
            (
                "deleteFile(options: Answered<ICloud.DeleteFileParam, ICloud.DeleteFileResult>): void",
                "",
            ),
            (
                "deleteFile(options: ICloud.DeleteFileParam): Promise<ICloud.DeleteFileResult>",
                "Deletes files. Look at `status` of each item.",
            ),
            (
                "database(config?: { env?: string }): Database",
                "The database of an environment, with what the collections permit.",
            ),
            (
                "CloudID: { new (cloudID: string): CloudID; (cloudID: string): CloudID }",
                "Open data of the user, as a field of the `data` of `callFunction`.",
            ),
            (
                "Cloud: new (resource: { resourceAppid?: string; resourceEnv: string }) => SharedCloud",
                "The environment that another account shares.",
            ),
        ],
    ),
    line(
        "export type SharedCloud = Omit<WxCloud, 'init'> & { init(): Promise<void> }",
        "Calls throw until `await init()` is through.",
    ),
    line(
        "export type Caller = string | Record<string, string | number | null>",
        "An OPENID, or the fields of `getWXContext()` to change; `null` takes one away.",
    ),
    block(
        "export interface ClientError extends Error",
        "What a failed call gives.",
        &[
            ("errCode: number", "The number of the failure, e.g. `-502003`."),
            ("errMsg: string", "`<api>:fail <reason>`."),
        ],
    ),
    block(
        "export interface Callbacks<R>",
        "What a call may answer to.",
        &[
            ("success?: (result: R) => void", ""),
            ("fail?: (error: ClientError) => void", ""),
            ("complete?: (outcome: R | ClientError) => void", ""),
        ],
    ),
    line(
        "export type Answered<P, R> = P & Callbacks<R> & (Required<Pick<Callbacks<R>, 'success'>> | Required<Pick<Callbacks<R>, 'fail'>> | Required<Pick<Callbacks<R>, 'complete'>>)",
        "Options with a callback: no promise is returned.",
    ),
    block(
        "export interface InitOptions",
        "Configuration of `init`.",
        &[
            (
                "env?: string | { database?: string; storage?: string; functions?: string }",
                "The environment of calls that name none; by default the local one.",
            ),
            ("traceUser?: boolean", "Without effect."),
        ],
    ),
    block(
        "export interface CallFunctionOptions",
        "Parameters of `callFunction`.",
        &[
            ("name: string", ""),
            ("data?: object", "The event, as JSON brings it."),
            ("slow?: boolean", "Without effect."),
            ("config?: { env?: string }", ""),
        ],
    ),
    block(
        "export interface CallFunctionResult<R = any>",
        "Result of `callFunction`.",
        &[("result: R", ""), ("requestID: string", ""), ("errMsg: string", "")],
    ),
    block(
        "export interface CallContainerOptions",
        "Parameters of `callContainer`.",
        &[
            ("path: string", "From `/` on; it may have a query."),
            ("method?: 'GET' | 'POST' | 'PUT' | 'DELETE'", "@default 'GET'"),
            ("header?: Record<string, string | number>", "`X-WX-SERVICE` names the service."),
            ("data?: string | object | ArrayBuffer", "The query of a GET, else the body."),
            ("dataType?: string", "`json` parses the answer.\n\n@default 'json'"),
            ("responseType?: 'text' | 'arraybuffer'", ""),
            ("timeout?: number", "In ms, 15000 at most."),
            ("config?: { env?: string }", ""),
        ],
    ),
    block(
        "export interface CallContainerResult<R = any>",
        "Result of `callContainer`, whatever the status.",
        &[
            ("data: R", ""),
            ("statusCode: number", ""),
            ("header: Record<string, any>", ""),
            ("cookies: string[]", ""),
            ("callID: string", ""),
            ("errMsg: string", ""),
        ],
    ),
    block(
        "export interface UploadFileOptions",
        "Parameters of `uploadFile`.",
        &[
            ("cloudPath: string", ""),
            ("filePath: string", "A file of this machine."),
            ("header?: object", "Without effect."),
            ("config?: { env?: string }", ""),
        ],
    ),
    block(
        "export interface UploadFileResult",
        "Result of `uploadFile`.",
        &[("fileID: string", ""), ("statusCode: number", ""), ("errMsg: string", "")],
    ),
    block(
        "export interface DownloadFileOptions",
        "Parameters of `downloadFile`.",
        &[("fileID: string", ""), ("config?: { env?: string }", "")],
    ),
    block(
        "export interface DownloadFileResult",
        "Result of `downloadFile`.",
        &[("tempFilePath: string", ""), ("statusCode: number", ""), ("errMsg: string", "")],
    ),
    block(
        "export interface TransferTask",
        "An upload or a download that answers to callbacks.",
        &[
            ("abort(): void", "Gives it up: it fails with `<api>:fail abort`."),
            ("onProgressUpdate(listener: (progress: TransferProgress) => void): void", ""),
            ("offProgressUpdate(listener?: (progress: TransferProgress) => void): void", ""),
            (
                "onHeadersReceived(listener: (headers: { header: object }) => void): void",
                "Never called.",
            ),
            ("offHeadersReceived(listener?: (headers: { header: object }) => void): void", ""),
        ],
    ),
    block(
        "export interface TransferProgress",
        "How far an upload is.",
        &[
            ("progress: number", "In percent."),
            ("totalBytesSent: number", ""),
            ("totalBytesExpectedToSend: number", ""),
        ],
    ),
    block(
        "export interface CloudID",
        "What a page passes for open data of the user.",
        &[("readonly cloudID: string", ""), ("toJSON(): string", "")],
    ),
    block(
        "export interface Database",
        "`wx.cloud.database()`.",
        &[
            ("readonly command: DB.DatabaseCommand", ""),
            ("readonly Geo: DB.IGeo", ""),
            ("readonly serverDate: DB.IServerDateConstructor", ""),
            ("readonly RegExp: DB.IRegExpConstructor", ""),
            ("collection<T = DB.IDocumentData>(name: string): CollectionReference<T>", ""),
        ],
    ),
    block(
        "export interface Query<T = DB.IDocumentData>",
        "A query of a page.",
        &[
            ("readonly collectionName: string", ""),
            (
                "where(condition: DB.IQueryCondition): Query<T>",
                "`'{openid}'` stands for the user's openid.",
            ),
            ("orderBy(fieldPath: string, order: 'asc' | 'desc' | (string & {})): Query<T>", ""),
            ("limit(max: number): Query<T>", "At most 20, which is also what there is without it."),
            ("skip(offset: number): Query<T>", ""),
            ("field<P = T>(projection: object): Query<P>", ""),
            ("get(options: Answered<{}, DB.IQueryResult<T>>): void", ""),
            ("get(): Promise<DB.IQueryResult<T>>", ""),
            ("count(options: Answered<{}, DB.ICountResult>): void", ""),
            ("count(): Promise<DB.ICountResult>", ""),
            ("update(options: Answered<{ data: DB.UpdateInput<T> }, DB.IUpdateResult>): void", ""),
            ("update(options: { data: DB.UpdateInput<T> }): Promise<DB.IUpdateResult>", ""),
            ("remove(options: Answered<{}, DB.IRemoveResult>): void", ""),
            ("remove(): Promise<DB.IRemoveResult>", ""),
            (
                "watch(options: WatchOptions<T>): Watcher",
                "Tells of the documents and of each change that this process makes to them.",
            ),
        ],
    ),
    block(
        "export interface WatchOptions<T>",
        "Who listens.",
        &[
            ("onChange: (snapshot: Snapshot<T>) => void", ""),
            ("onError: (error: ClientError) => void", "Once, and then it listens no more."),
        ],
    ),
    block("export interface Watcher", "Result of `watch`.", &[("close(): Promise<void>", "")]),
    block(
        "export interface Snapshot<T>",
        "What a listener is told.",
        &[
            ("id: number", ""),
            ("docChanges: DocumentChange<T>[]", ""),
            ("docs: T[]", "All documents after the changes."),
            ("type?: 'init'", "The first one."),
        ],
    ),
    block(
        "export interface DocumentChange<T>",
        "What became of a document.",
        &[
            ("id: number", ""),
            ("queueType: 'init' | 'update' | 'enqueue' | 'dequeue'", ""),
            ("dataType: 'init' | 'update' | 'replace' | 'add' | 'remove' | 'limit'", ""),
            ("docId: DB.DocumentId", ""),
            ("doc: T", ""),
            ("updatedFields?: Record<string, any>", "By dotted path."),
            ("removedFields?: string[]", ""),
        ],
    ),
    block(
        "export interface CollectionReference<T = DB.IDocumentData> extends Query<T>",
        "A collection of a page's database.",
        &[
            ("doc(id: DB.DocumentId): DocumentReference<T>", ""),
            ("add(options: Answered<{ data: DB.DocumentInput<T> }, DB.IAddResult>): void", ""),
            (
                "add(options: { data: DB.DocumentInput<T> }): Promise<DB.IAddResult>",
                "Stores a document of the user's: `_openid` is added.",
            ),
            ("aggregate(): Aggregate", ""),
        ],
    ),
    block(
        "export interface DocumentReference<T = DB.IDocumentData>",
        "A document of a page's database.",
        &[
            ("readonly _id: DB.DocumentId", ""),
            ("field<P = T>(projection: object): DocumentReference<P>", ""),
            ("get(options: Answered<{}, DB.IQuerySingleResult<T>>): void", ""),
            ("get(): Promise<DB.IQuerySingleResult<T>>", ""),
            ("set(options: Answered<{ data: DB.DocumentInput<T> }, DB.ISetResult>): void", ""),
            ("set(options: { data: DB.DocumentInput<T> }): Promise<DB.ISetResult>", ""),
            ("update(options: Answered<{ data: DB.UpdateInput<T> }, DB.IUpdateResult>): void", ""),
            ("update(options: { data: DB.UpdateInput<T> }): Promise<DB.IUpdateResult>", ""),
            ("remove(options: Answered<{}, DB.IRemoveResult>): void", ""),
            ("remove(): Promise<DB.IRemoveResult>", ""),
            ("watch(options: WatchOptions<T>): Watcher", ""),
        ],
    ),
    block(
        "export interface Aggregate extends Omit<DB.PipelineBase<Aggregate>, 'collStats' | 'facet' | 'graphLookup' | 'indexStats' | 'lookup' | 'out' | 'redact'>",
        "A pipeline of a page: without the stages that read or write other collections.",
        &[
            ("end<R = any>(options: Answered<{}, DB.IAggregateResult<R>>): void", ""),
            ("end<R = any>(): Promise<DB.IAggregateResult<R>>", ""),
        ],
    ),
];
