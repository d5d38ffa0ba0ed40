// Generated from the tables in `src/node/declarations`; `npm run build` writes it.
import type { DB, ICloud } from './index'

/**
 * `wx.cloud` of a page of that user: an OPENID, or the fields of `getWXContext()` to change (`{
 * OPENID: null }` is nobody who is logged in). It acts on the data and the functions that
 * `wx-server-sdk` has here.
 *
 * @example
 * ```js
 * const { createClient } = require('wx-server-sdk-local/client')
 * globalThis.wx = { cloud: createClient('user-1') }
 * ```
 */
export declare function createClient(identity?: Caller): WxCloud

/**
 * `wx.cloud`. Calls before `init` throw. Each call answers to `success`, `fail` and `complete` if
 * it is given any of them, and else with a promise.
 */
export interface WxCloud {
  /** Switches the calls on. The first call counts. */
  init(config?: InitOptions): void
  callFunction<R = any>(options: Answered<CallFunctionOptions, CallFunctionResult<R>>): void
  /** Runs a cloud function as the user. */
  callFunction<R = any>(options: CallFunctionOptions): Promise<CallFunctionResult<R>>
  callContainer<R = any>(options: Answered<CallContainerOptions, CallContainerResult<R>>): void
  /** Calls a service of cloud hosting, which `container.route` of `/testing` says where to find. */
  callContainer<R = any>(options: CallContainerOptions): Promise<CallContainerResult<R>>
  uploadFile(options: Answered<UploadFileOptions, UploadFileResult>): TransferTask
  /** Stores a file of this machine under `cloudPath`. */
  uploadFile(options: UploadFileOptions): Promise<UploadFileResult>
  downloadFile(options: Answered<DownloadFileOptions, DownloadFileResult>): TransferTask
  /** Copies a file to a temporary one, which goes with the process. */
  downloadFile(options: DownloadFileOptions): Promise<DownloadFileResult>
  getTempFileURL(options: Answered<ICloud.GetTempFileURLParam, ICloud.GetTempFileURLResult>): void
  /** Temporary addresses of files. Look at `status` of each item. */
  getTempFileURL(options: ICloud.GetTempFileURLParam): Promise<ICloud.GetTempFileURLResult>
  deleteFile(options: Answered<ICloud.DeleteFileParam, ICloud.DeleteFileResult>): void
  /** Deletes files. Look at `status` of each item. */
  deleteFile(options: ICloud.DeleteFileParam): Promise<ICloud.DeleteFileResult>
  /** The database of an environment, with what the collections permit. */
  database(config?: { env?: string }): Database
  /** Open data of the user, as a field of the `data` of `callFunction`. */
  CloudID: { new (cloudID: string): CloudID; (cloudID: string): CloudID }
  /** The environment that another account shares. */
  Cloud: new (resource: { resourceAppid?: string; resourceEnv: string }) => SharedCloud
}

/** Calls throw until `await init()` is through. */
export type SharedCloud = Omit<WxCloud, 'init'> & { init(): Promise<void> }

/** An OPENID, or the fields of `getWXContext()` to change; `null` takes one away. */
export type Caller = string | Record<string, string | number | null>

/** What a failed call gives. */
export interface ClientError extends Error {
  /** The number of the failure, e.g. `-502003`. */
  errCode: number
  /** `<api>:fail <reason>`. */
  errMsg: string
}

/** What a call may answer to. */
export interface Callbacks<R> {
  success?: (result: R) => void
  fail?: (error: ClientError) => void
  complete?: (outcome: R | ClientError) => void
}

/** Options with a callback: no promise is returned. */
export type Answered<P, R> = P & Callbacks<R> & (Required<Pick<Callbacks<R>, 'success'>> | Required<Pick<Callbacks<R>, 'fail'>> | Required<Pick<Callbacks<R>, 'complete'>>)

/** Configuration of `init`. */
export interface InitOptions {
  /** The environment of calls that name none; by default the local one. */
  env?: string | { database?: string; storage?: string; functions?: string }
  /** Without effect. */
  traceUser?: boolean
}

/** Parameters of `callFunction`. */
export interface CallFunctionOptions {
  name: string
  /** The event, as JSON brings it. */
  data?: object
  /** Without effect. */
  slow?: boolean
  config?: { env?: string }
}

/** Result of `callFunction`. */
export interface CallFunctionResult<R = any> {
  result: R
  requestID: string
  errMsg: string
}

/** Parameters of `callContainer`. */
export interface CallContainerOptions {
  /** From `/` on; it may have a query. */
  path: string
  /** @default 'GET' */
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** `X-WX-SERVICE` names the service. */
  header?: Record<string, string | number>
  /** The query of a GET, else the body. */
  data?: string | object | ArrayBuffer
  /**
   * `json` parses the answer.
   *
   * @default 'json'
   */
  dataType?: string
  responseType?: 'text' | 'arraybuffer'
  /** In ms, 15000 at most. */
  timeout?: number
  config?: { env?: string }
}

/** Result of `callContainer`, whatever the status. */
export interface CallContainerResult<R = any> {
  data: R
  statusCode: number
  header: Record<string, any>
  cookies: string[]
  callID: string
  errMsg: string
}

/** Parameters of `uploadFile`. */
export interface UploadFileOptions {
  cloudPath: string
  /** A file of this machine. */
  filePath: string
  /** Without effect. */
  header?: object
  config?: { env?: string }
}

/** Result of `uploadFile`. */
export interface UploadFileResult {
  fileID: string
  statusCode: number
  errMsg: string
}

/** Parameters of `downloadFile`. */
export interface DownloadFileOptions {
  fileID: string
  config?: { env?: string }
}

/** Result of `downloadFile`. */
export interface DownloadFileResult {
  tempFilePath: string
  statusCode: number
  errMsg: string
}

/** An upload or a download that answers to callbacks. */
export interface TransferTask {
  /** Gives it up: it fails with `<api>:fail abort`. */
  abort(): void
  onProgressUpdate(listener: (progress: TransferProgress) => void): void
  offProgressUpdate(listener?: (progress: TransferProgress) => void): void
  /** Never called. */
  onHeadersReceived(listener: (headers: { header: object }) => void): void
  offHeadersReceived(listener?: (headers: { header: object }) => void): void
}

/** How far an upload is. */
export interface TransferProgress {
  /** In percent. */
  progress: number
  totalBytesSent: number
  totalBytesExpectedToSend: number
}

/** What a page passes for open data of the user. */
export interface CloudID {
  readonly cloudID: string
  toJSON(): string
}

/** `wx.cloud.database()`. */
export interface Database {
  readonly command: DB.DatabaseCommand
  readonly Geo: DB.IGeo
  readonly serverDate: DB.IServerDateConstructor
  readonly RegExp: DB.IRegExpConstructor
  collection<T = DB.IDocumentData>(name: string): CollectionReference<T>
}

/** A query of a page. */
export interface Query<T = DB.IDocumentData> {
  readonly collectionName: string
  /** `'{openid}'` stands for the user's openid. */
  where(condition: DB.IQueryCondition): Query<T>
  orderBy(fieldPath: string, order: 'asc' | 'desc' | (string & {})): Query<T>
  /** At most 20, which is also what there is without it. */
  limit(max: number): Query<T>
  skip(offset: number): Query<T>
  field<P = T>(projection: object): Query<P>
  get(options: Answered<{}, DB.IQueryResult<T>>): void
  get(): Promise<DB.IQueryResult<T>>
  count(options: Answered<{}, DB.ICountResult>): void
  count(): Promise<DB.ICountResult>
  update(options: Answered<{ data: DB.UpdateInput<T> }, DB.IUpdateResult>): void
  update(options: { data: DB.UpdateInput<T> }): Promise<DB.IUpdateResult>
  remove(options: Answered<{}, DB.IRemoveResult>): void
  remove(): Promise<DB.IRemoveResult>
  /** Tells of the documents and of each change that this process makes to them. */
  watch(options: WatchOptions<T>): Watcher
}

/** Who listens. */
export interface WatchOptions<T> {
  onChange: (snapshot: Snapshot<T>) => void
  /** Once, and then it listens no more. */
  onError: (error: ClientError) => void
}

/** Result of `watch`. */
export interface Watcher {
  close(): Promise<void>
}

/** What a listener is told. */
export interface Snapshot<T> {
  id: number
  docChanges: DocumentChange<T>[]
  /** All documents after the changes. */
  docs: T[]
  /** The first one. */
  type?: 'init'
}

/** What became of a document. */
export interface DocumentChange<T> {
  id: number
  queueType: 'init' | 'update' | 'enqueue' | 'dequeue'
  dataType: 'init' | 'update' | 'replace' | 'add' | 'remove' | 'limit'
  docId: DB.DocumentId
  doc: T
  /** By dotted path. */
  updatedFields?: Record<string, any>
  removedFields?: string[]
}

/** A collection of a page's database. */
export interface CollectionReference<T = DB.IDocumentData> extends Query<T> {
  doc(id: DB.DocumentId): DocumentReference<T>
  add(options: Answered<{ data: DB.DocumentInput<T> }, DB.IAddResult>): void
  /** Stores a document of the user's: `_openid` is added. */
  add(options: { data: DB.DocumentInput<T> }): Promise<DB.IAddResult>
  aggregate(): Aggregate
}

/** A document of a page's database. */
export interface DocumentReference<T = DB.IDocumentData> {
  readonly _id: DB.DocumentId
  field<P = T>(projection: object): DocumentReference<P>
  get(options: Answered<{}, DB.IQuerySingleResult<T>>): void
  get(): Promise<DB.IQuerySingleResult<T>>
  set(options: Answered<{ data: DB.DocumentInput<T> }, DB.ISetResult>): void
  set(options: { data: DB.DocumentInput<T> }): Promise<DB.ISetResult>
  update(options: Answered<{ data: DB.UpdateInput<T> }, DB.IUpdateResult>): void
  update(options: { data: DB.UpdateInput<T> }): Promise<DB.IUpdateResult>
  remove(options: Answered<{}, DB.IRemoveResult>): void
  remove(): Promise<DB.IRemoveResult>
  watch(options: WatchOptions<T>): Watcher
}

/** A pipeline of a page: without the stages that read or write other collections. */
export interface Aggregate extends Omit<DB.PipelineBase<Aggregate>, 'collStats' | 'facet' | 'graphLookup' | 'indexStats' | 'lookup' | 'out' | 'redact'> {
  end<R = any>(options: Answered<{}, DB.IAggregateResult<R>>): void
  end<R = any>(): Promise<DB.IAggregateResult<R>>
}
