// Generated from the tables in `src/node/declarations`; `npm run build` writes it.
import { ReadStream } from 'fs'

/** Version of the official package whose behaviour this is, e.g. `4.0.2`. */
export const version: string

/**
 * Stands for the environment that the running function belongs to.
 *
 * @example
 * ```js
 * cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
 * ```
 */
export const DYNAMIC_CURRENT_ENV: symbol

/**
 * Switches the calls on. The first call counts, later ones are ignored. Calls made before it throw
 * `Cloud API isn't enabled, please call init first`.
 *
 * @example
 * ```js
 * const cloud = require('wx-server-sdk')
 * cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
 * ```
 */
export function init(config?: ICloudInitOptions | IInitConfig): void

/**
 * Replaces the whole configuration for functions, storage and `database({ env })`. Databases made
 * earlier keep theirs, and so does `database()` without `env`. Does not initialise.
 */
export function updateConfig(config?: ICloudInitOptions | IInitConfig): void

/** Adds functions or one namespace to the export object. */
export function registerService(service: IServiceProvider): void

/** An export object of its own, already initialised with `config`. */
export function createNewInstance(config?: ICloudInitOptions | IInitConfig): ICloud.Instance

/**
 * Makes an instance for another account's shared resources; works with and without `new`. Without
 * options the instance is an ordinary one to be initialised.
 *
 * @example
 * ```js
 * const other = new cloud.Cloud({ resourceAppid: 'wx..', resourceEnv: 'prod' })
 * await other.init()
 * ```
 */
export const Cloud: ICloud.CloudConstructor

/**
 * Runs another cloud function of the project and resolves with what it returns, as JSON brings it
 * (a `Date` arrives as text).
 *
 * Rejects with `callFunction:fail ..`: no such function, the function threw, its time ran out, or
 * `data` cannot be made JSON.
 *
 * @example
 * ```js
 * const { result } = await cloud.callFunction({ name: 'todo', data: { action: 'list' } })
 * ```
 */
export function callFunction<R = AnyObject | string | undefined>(param: ICloud.CallFunctionParam): Promise<ICloud.CallFunctionResult<R>>

/**
 * Stores a file under `cloudPath`; an existing one is replaced.
 *
 * @example
 * ```js
 * const { fileID } = await cloud.uploadFile({ cloudPath: 'a.csv', fileContent: Buffer.from('a,b') })
 * ```
 */
export function uploadFile(param: ICloud.UploadFileParam): Promise<ICloud.UploadFileResult>

/** Reads a whole file into a `Buffer`. Rejects with `downloadFile:fail ..` when there is none. */
export function downloadFile(param: ICloud.DownloadFileParam): Promise<ICloud.DownloadFileResult>

/**
 * Temporary addresses of files. Resolves even if single files fail: look at `status` of each item.
 */
export function getTempFileURL(param: ICloud.GetTempFileURLParam): Promise<ICloud.GetTempFileURLResult>

/** Deletes files. Resolves even if single files fail: look at `status` of each item. */
export function deleteFile(param: ICloud.DeleteFileParam): Promise<ICloud.DeleteFileResult>

/**
 * The database of an environment; a new object each time.
 *
 * @example
 * ```js
 * const db = cloud.database()
 * const _ = db.command
 * ```
 */
export function database(config?: DB.IDatabaseConfig | DB.IDatabaseOptions): DB.Database

/**
 * WeChat's open capabilities: any path below it is a call. Offline, documented capabilities answer
 * with sample values; tests replace them with mocks of `wx-server-sdk-local/testing`.
 *
 * @example
 * ```js
 * await cloud.openapi.subscribeMessage.send({ touser: OPENID, templateId, data })
 * ```
 */
export const openapi: ICloud.OpenApi

/** WeChat Pay's calls: `cloudPay.unifiedOrder(..)`, `cloudPay.queryOrder(..)` and the like. */
export const cloudPay: ICloud.OpenApi

/** An open capability by name, with JSON in and out. `result` is not checked for `errcode`. */
export function callOpenAPI(param: ICloud.CallOpenAPIParam): Promise<ICloud.CallOpenAPIResult>

/** The open data behind `cloudID`s that a page sent. */
export function getOpenData(param: ICloud.GetOpenDataParam): ICloud.OpenDataPromise

/** Signature for joining a voice call. */
export function getVoIPSign(param: ICloud.GetVoIPSignParam): Promise<ICloud.GetVoIPSignResult>

/** Signature for calling the cloud from other places. */
export function getCloudCallSign(param?: ICloud.GetCloudCallSignParam): Promise<ICloud.GetCloudCallSignResult>

/**
 * Who calls the running function. Needs no `init`. Outside a function it is what the environment
 * variables say, or `{}`.
 */
export function getWXContext(): ICloud.WXContext

/** The structured log, one object a line. The member exists once `init` has run. */
export function logger(): ICloud.Logger

/**
 * A parameter for `openapi.midas.*` whose value is computed when the call is made. Types other than
 * `midas` give `undefined`.
 */
export function signature(options: ICloud.SignatureOptions): ICloud.MidasSignature | undefined

/**
 * WeChat's models. They are not reachable offline: the calls reject and say so; mock them in tests.
 */
export function ai(options?: ICloud.AIOptions): ICloud.AI

/** The least that every failure has. */
export interface IAPIError {
  /** `<api>:fail <reason>`. */
  errMsg: string
}

/** The least that every result has. */
export interface IAPISuccessParam {
  /** `<api>:ok`. */
  errMsg: string
}

/** Either outcome of a call. */
export type IAPICompleteParam = IAPISuccessParam | IAPIError

/** A function that a service adds. */
export type IAPIFunction<T, P> = (param: P) => Promise<T> | any

/**
 * What a failed call rejects with.
 *
 * Which members are there depends on the call: failures of `collection.get/add/update/remove/count`
 * and of documents carry the service's number in `errCode`; `collection.aggregate`,
 * `createCollection`, `callFunction` and the storage calls have `-1` there and the service's word
 * in `code`. Transactions reject with `code` and `requestId` alone.
 */
export interface ICloudError extends Error {
  /** Number of the failure, `-1` where the client has none, e.g. `-502005`. */
  errCode: number
  /** `<api>:fail <reason>`; the same as `message` for most failures. */
  errMsg: string
  /** The service's word, e.g. `DATABASE_COLLECTION_NOT_EXIST`. */
  code?: string | number
  /** Id of the failed request, where it is kept. */
  requestId?: string
}

/** Configuration as the official types have it; `IInitConfig` lists what works. */
export interface ICloudConfig {
  /**
   * Environment of all services, or one for each service. With an object, name the database's again
   * in `database({ env })`: the database does not read it here.
   */
  env?: string | { database?: string; functions?: string; storage?: string }
  /** Without effect in cloud functions. */
  traceUser?: boolean
  /** Settings of watchers; without effect in cloud functions. */
  database: { realtime: { maxReconnect: number; reconnectInterval: number; totalConnectionTimeout: number } }
}

/** What `init` takes by the official types. */
export type ICloudInitOptions = Partial<ICloudConfig>

/** What `init`, `updateConfig` and `createNewInstance` take. */
export interface IInitConfig {
  /**
   * Environment of calls that name none: its id, `cloud.DYNAMIC_CURRENT_ENV`, or one for each
   * service. With an object, name the database's again in `database({ env })`.
   */
  env?: string | symbol | { default?: string; database?: string; functions?: string; storage?: string }
  /**
   * Whether `doc(id).get()` rejects when there is no such document; otherwise `data` is `null`.
   *
   * @default true
   */
  throwOnNotFound?: boolean
  /**
   * Longest time of a request in ms; kept for compatibility.
   *
   * @default 15000
   */
  timeout?: number
  /** Must come with `secretKey`. Not needed here. */
  secretId?: string
  /** Must come with `secretId`. Not needed here. */
  secretKey?: string
  /** Not needed here. */
  sessionToken?: string
  /** Not used here: nothing leaves the machine. */
  serviceUrl?: string
  /** Not used here. */
  region?: string
  /** Not used here. */
  proxy?: string
  /** Not used here. */
  headers?: Record<string, string>
  /** Not used here. */
  retries?: number
  /** Not used here. */
  debug?: boolean
  /** Without effect, as in the cloud. */
  traceUser?: boolean
  [key: string]: any
}

/** Whose resources an instance made with `new cloud.Cloud(options)` uses. */
export interface ICrossAccountOptions {
  /** Environment of the shared resources. Required. */
  resourceEnv: string
  /** The mini program that shares them. Without it `resourceEnv` is ignored. */
  resourceAppid?: string
  /** Environment of the instance when `resourceAppid` is not given. */
  env?: string
  [key: string]: any
}

/** Settings of one call. */
export interface ICommonAPIConfig {
  /** Environment of this call alone. */
  env?: string
}

/** Settings of one call, `DYNAMIC_CURRENT_ENV` included. */
export interface ICallConfig {
  /** Environment of this call alone. */
  env?: string | symbol
}

/** The export object by name. */
export interface IICloudAPI {
  init: (config?: ICloudConfig) => void
  [api: string]: AnyFunction | IAPIFunction<any, any>
}

/** What `createService` of a provider may return. */
export interface ICloudService {
  name: string
  context: IServiceContext
  /** Functions to add to the export object. */
  getAPIs: () => { [name: string]: IAPIFunction<any, any> }
}

/** What `registerService` takes. */
export interface IServiceProvider {
  /**
   * Called at once. `getAPIs` adds functions, guarded by `init` unless `initRequired` is `false`;
   * `getNamespace` adds one object.
   */
  createService(cloud: any): { name?: string; initRequired?: boolean; getAPIs?(): Record<string, AnyFunction>; getNamespace?(): { namespace: string; apis: any } }
}

/** Context of a service; types only. */
export interface IServiceContext {
  name: string
  identifiers: IRuntimeIdentifiers
  request: any
  debug: boolean
  env?: string
}

/** Services by name; types only. */
export interface ICloudServices {
  [serviceName: string]: ICloudService
}

/** Types only. */
export interface ICloudMetaData {
  session_id: string
  sdk_version?: string
}

/** Types only. */
export interface ICloudClass {
  apiPermissions: object
  config: ICloudConfig
  registerService(service: ICloudService): void
}

/** Types only. */
export interface IRuntimeIdentifiers {
  pluginId?: string
  [key: string]: any
}

export type AnyObject = { [x: string]: any }

export type AnyArray = any[]

export type AnyFunction = (...args: any[]) => any

export type Optional<T> = { [K in keyof T]+?: T[K] }

/** Parameters without the callbacks of the mini program's side, which do not exist here. */
export type RQ<T extends Optional<Record<'complete' | 'success' | 'fail', AnyFunction>>> = Pick<T, Exclude<keyof T, 'complete' | 'success' | 'fail'>>

/** Parameters with at least one callback; callbacks do not exist here. */
export type OQ<T extends Optional<Record<'complete' | 'success' | 'fail', AnyFunction>>> = RQ<T> & (Required<Pick<T, 'success'>> | Required<Pick<T, 'fail'>> | Required<Pick<T, 'complete'>>)

/** Parameters and results of the cloud functions above. */
export namespace ICloud {
  /** An export object: that of the package, of `createNewInstance`, or of `Cloud()`. */
  export type Instance = typeof import('.')

  /** An export object for shared resources; its calls throw until `await init()` is through. */
  export type CrossAccountInstance = Omit<Instance, 'init'> & { init(): Promise<void> }

  /** `cloud.Cloud`. What it returns is an export object: `instanceof` is false. */
  export interface CloudConstructor {
    new (options: ICrossAccountOptions): CrossAccountInstance
    new (): Instance
    (options: ICrossAccountOptions): CrossAccountInstance
    (): Instance
  }

  /** What is known about a caller. */
  export interface BaseWXContext {
    /** The caller in this mini program. Absent for timers and servers. */
    OPENID?: string
    /** The caller's mini program. */
    APPID?: string
    /** The caller across all mini programs of an account, if bound. */
    UNIONID?: string
    /** Id of the environment that runs the function. */
    ENV?: string
    /** How the call came, e.g. `wx_client`, `wx_devtools`, `scf`; a chain is joined by commas. */
    SOURCE?: string
    CLIENTIP?: string
    CLIENTIPV6?: string
  }

  /** Result of `getWXContext`. */
  export type WXContext = BaseWXContext & Record<string, any>

  /** Result of `logger`. Anything but an object throws `log msg must be an object`. */
  export class Logger {
    log(object: Record<string, any>): void
    info(object: Record<string, any>): void
    warn(object: Record<string, any>): void
    error(object: Record<string, any>): void
  }

  /** Every path is a call; calling the object itself sets options for the calls below it. */
  export interface OpenApi {
    /**
     * `convertCase: false` sends and returns names as they are, instead of camelCase here and
     * snake_case there.
     */
    (options: { appid?: string; convertCase?: boolean; version?: string }): OpenApi
    /** A call, or the start of a longer path. */
    [path: string]: any
  }

  /** Parameters of `callOpenAPI`. */
  export interface CallOpenAPIParam {
    /** Name of the capability, e.g. `wxacode.get`. */
    api: string
    data?: AnyObject
    version?: string
    config?: ICallConfig
  }

  /** Result of `callOpenAPI`. */
  export interface CallOpenAPIResult extends IAPISuccessParam {
    /** The capability's answer as it came. */
    result: any
  }

  /** Parameters of `getOpenData`. */
  export interface GetOpenDataParam {
    /** The `cloudID`s. */
    list: string[]
  }

  /** Result of `getOpenData`. */
  export interface GetOpenDataResult extends IAPISuccessParam {
    /** One item a `cloudID`, in the same order. */
    list: Record<string, any>[]
  }

  /**
   * A promise: await it. The official file declares the result itself here, so its members are
   * declared too; they exist only on the awaited value.
   */
  export interface OpenDataPromise extends Promise<GetOpenDataResult>, GetOpenDataResult {}

  /** Parameters of `getVoIPSign`. */
  export interface GetVoIPSignParam {
    groupId: string
    nonce: string
    /** In seconds. */
    timestamp: number
  }

  /** Result of `getVoIPSign`. */
  export interface GetVoIPSignResult extends IAPISuccessParam {
    signature: string
  }

  /** Parameters of `getCloudCallSign`. */
  export interface GetCloudCallSignParam {
    [key: string]: any
  }

  /** Result of `getCloudCallSign`. */
  export interface GetCloudCallSignResult extends IAPISuccessParam {
    signature: string
    errCode?: number
  }

  /** What a function receives as `event`. */
  export type CallFunctionData = AnyObject

  /** Result of `callFunction`. */
  export interface CallFunctionResult<R = AnyObject | string | undefined> extends IAPISuccessParam {
    /** What the function returned. Text that is JSON is parsed once more. */
    result: R
    /** Spelt so, unlike elsewhere. */
    requestID?: string
  }

  /** Parameters of `callFunction`. */
  export interface CallFunctionParam {
    /** Name of the function: its directory below `cloudfunctions`. */
    name: string
    /**
     * The `event` of the called function.
     *
     * @default {}
     */
    data?: CallFunctionData
    /** Ignored, as in the cloud. */
    slow?: boolean
    /** Ignored, as in the cloud. */
    version?: number
    /** Longest time to wait in ms. Rejects with `callFunction:fail request timeout`. */
    timeout?: number
    /** Retries of failed connections; there are none here. */
    retryOptions?: AnyObject
    config?: ICallConfig
  }

  /** Result of `uploadFile`. */
  export interface UploadFileResult extends IAPISuccessParam {
    /** `cloud://<env>.<bucket>/<cloudPath>`. */
    fileID: string
    /** Always -1, as the official client has it. */
    statusCode: number
  }

  /** Parameters of `uploadFile`. */
  export interface UploadFileParam {
    /** Path in the storage, without a leading slash. */
    cloudPath: string
    /** A `Buffer`, or what `fs.createReadStream` returns; no text. */
    fileContent: Buffer | ReadStream
    /** Ignored, as in the cloud. */
    header?: Record<string, any>
    config?: ICallConfig
  }

  /** Result of `downloadFile`. */
  export interface DownloadFileResult extends IAPISuccessParam {
    /** The whole file. */
    fileContent: Buffer
    /** Always 200. */
    statusCode: number
  }

  /** Parameters of `downloadFile`. */
  export interface DownloadFileParam {
    /** `cloud://..` */
    fileID: string
    config?: ICallConfig
  }

  /** Result of `getTempFileURL`. */
  export interface GetTempFileURLResult extends IAPISuccessParam {
    /** One item a file, in the same order. */
    fileList: GetTempFileURLResultItem[]
  }

  /** Address of one file. */
  export interface GetTempFileURLResultItem {
    fileID: string
    /** `''` when the file failed. */
    tempFileURL: string
    /** How long the address works, in seconds. */
    maxAge: number
    /** 0, or the number of the failure, e.g. -503003. */
    status: number
    /** `ok`, or the text of the failure. */
    errMsg: string
  }

  /** Parameters of `getTempFileURL`. */
  export interface GetTempFileURLParam {
    /** File ids; an object must have both members, `maxAge` in seconds. */
    fileList: (string | { fileID: string; maxAge?: number })[]
    config?: ICallConfig
  }

  /** Result of `deleteFile`. */
  export interface DeleteFileResult extends IAPISuccessParam {
    /** One item a file, in the same order. */
    fileList: DeleteFileResultItem[]
  }

  /** What became of one file. */
  export interface DeleteFileResultItem {
    fileID: string
    /** 0, or the number of the failure, e.g. -503003. */
    status: number
    /** `ok`, or the text of the failure. */
    errMsg: string
  }

  /** Parameters of `deleteFile`. */
  export interface DeleteFileParam {
    /** File ids. */
    fileList: string[]
    config?: ICallConfig
  }

  /** Exists on the mini program's side only: `ICloud.CloudID` is no value here. */
  export abstract class CloudID {
    constructor(cloudID: string)
  }

  /** Parameters of `signature`. */
  export interface SignatureOptions {
    type: 'midas' | (string & {})
    /** Names of the parameters to sign. */
    params: string[]
    secret: string
  }

  /** Result of `signature`. */
  export interface MidasSignature {
    type: string
    params: string[]
    secret: string
    /** Used by the open capability that gets it. */
    compute(...values: any[]): any
  }

  /** Parameters of `ai`. */
  export interface AIOptions {
    config?: ICallConfig
    [key: string]: any
  }

  /** Result of `ai`. */
  export interface AI {
    createModel(provider: string): any
    createImageModel(provider: string): any
    registerModel(name: string, model: any): any
    registerFunctionTool(tool: any): any
    handleResponseData(...values: any[]): any
    [member: string]: any
  }
}

/** Contexts of services; types only. */
export namespace Functions {
  export interface IFunctionsServiceContext extends IServiceContext {
    appConfig: { maxReqDataSize: number; maxPollRetry: number; maxStartRetryGap: number; clientPollTimeout: number }
  }
}

/** Contexts of services; types only. */
export namespace Storage {
  export interface IStorageServiceContext extends IServiceContext {
    appConfig: { uploadMaxFileSize: number; getTempFileURLMaxReq: number }
  }
}

/** Contexts of services; types only. */
export namespace Utils {
  export interface IUtilsServiceContext extends IServiceContext {}
}

/**
 * The database: collections, queries, commands, geometries and results.
 *
 * These are types. At runtime the classes are reached through `cloud.database()`.
 */
export namespace DB {
  /** Result of `cloud.database()`. */
  export class Database {
    /** @deprecated Declared by the official file, absent at runtime. */
    public readonly identifiers: IRuntimeIdentifiers
    /** @deprecated Declared by the official file, absent at runtime. */
    public readonly debug?: boolean
    /** What was given to `database()`. */
    public config: IDatabaseConfig
    /** Commands for queries and updates, `_` by custom. */
    public readonly command: DatabaseCommand
    /** Constructors of geometries. */
    public readonly Geo: IGeo
    /**
     * The time at which the service writes, optionally shifted.
     *
     * @example
     * ```js
     * await todos.add({ data: { due: db.serverDate({ offset: 60 * 60 * 1000 }) } })
     * ```
     */
    public readonly serverDate: IServerDateConstructor
    /** A regular expression for queries, from text. */
    public readonly RegExp: IRegExpConstructor
    private constructor(options: IDatabaseConstructorOptions)
    /**
     * A collection by name; it need not exist yet, but operations on a missing one reject with
     * `errCode: -502005`. Throws `Collection name is required` without a name.
     *
     * @example
     * ```ts
     * interface Todo { _id: string; title: string; isDone: boolean }
     * const todos = db.collection<Todo>('todos')
     * ```
     */
    collection<T = IDocumentData>(collectionName: string): CollectionReference<T>
    /** Creates a collection and resolves with `{ errMsg, requestId }`. Rejects when it exists. */
    createCollection(collectionName: string): Promise<any>
    /**
     * Runs `run` in a transaction, commits, and resolves with what `run` returned. Rejects with the
     * reason given to `rollback`, or with what `run` threw. A conflict at the commit runs it again,
     * `retry` times at most.
     *
     * @default retry 3
     */
    runTransaction<R = any>(run: (transaction: Transaction) => any, retry?: number): Promise<R>
    /** For work whose parameter is annotated with another type. */
    runTransaction<R = any>(run: any, retry?: number): Promise<R>
    /** Begins a transaction that is ended with `commit` or `rollback`. */
    startTransaction(): Promise<Transaction>
  }

  /** Reads see the database as it was when the transaction began, and its own writes. */
  export interface Transaction {
    /** Begins a new transaction on this object; `startTransaction` has done it. */
    init(): Promise<void>
    /**
     * A collection inside the transaction. `add`, `doc()` and `where().get()` take part;
     * `where().update()`, `where().remove()`, `count()` and `aggregate()` run outside of it, as in
     * the cloud.
     */
    collection<T = any>(collectionName: string): CollectionReference<T>
    /**
     * Makes the writes visible, all at once. Rejects with `code: 'DATABASE_TRANSACTION_CONFLICT'`
     * when another write came first; errors have neither `errCode` nor `errMsg`.
     */
    commit(): Promise<ITransactionResult>
    /** Drops the writes. `runTransaction` then rejects with `reason` itself. */
    rollback(reason?: any): Promise<ITransactionResult>
  }

  /** Types only. */
  export interface IDatabaseInstanceContext {
    database: Database
    serviceContext: IDatabaseServiceContext
  }

  /** A collection: documents, and a query of all of them. */
  export class CollectionReference<T = IDocumentData> extends Query<T> {
    public readonly collectionName: string
    /** @deprecated Collections come from `db.collection(name)`. */
    constructor(name: string)
    /** A document by its `_id`. Throws `docId必须为字符串或数字` for other types. */
    doc(docId: string | number): DocumentReference<T>
    /**
     * Adds one document, with an id made for it unless `data._id` is given.
     *
     * Rejects with `errCode: -502005` if there is no such collection, -502001 if the id exists or
     * the document cannot be stored.
     *
     * @example
     * ```js
     * const { _id } = await todos.add({ data: { title: 'Milk', isDone: false } })
     * ```
     */
    add(options: IAddOneOptions<T>): Promise<IAddResult>
    /** Adds many documents in one request. */
    add(options: IAddManyOptions<T>): Promise<IAddManyResult>
    /**
     * Begins a pipeline. Every stage changes this one pipeline: two branches of it see each other's
     * stages.
     */
    aggregate(): Aggregate
  }

  /** One document, whether it exists or not. */
  export class DocumentReference<T = IDocumentData> {
    /** @deprecated Documents come from `collection.doc(id)`. */
    constructor(collection: CollectionReference<any>, docId: string | number)
    _id: string | number
    /** The collection it is in. */
    collection: CollectionReference<T>
    /** Which fields `get` returns: `{ title: true }`, or `{ body: false }`. */
    field(object: object): this
    /**
     * Reads the document. Rejects with `document.get:fail document with _id .. does not exist`
     * (`errCode: -1`) unless `throwOnNotFound` is `false`: then `data` is `null`.
     */
    get(options?: IGetDocumentOptions): Promise<IQuerySingleResult<T>>
    /**
     * Replaces the whole document, or creates it. `data` must be a non-empty object without `_id`
     * and without update commands.
     */
    set(options?: ISetSingleDocumentOptions<T>): Promise<ISetResult>
    /**
     * Changes the given fields. Nested objects are merged, use `_.set` to replace one. Resolves
     * with `stats.updated: 0` when there is no such document.
     */
    update(options?: IUpdateSingleDocumentOptions<T>): Promise<IUpdateResult>
    /** Removes the document. */
    remove(options?: IRemoveSingleDocumentOptions): Promise<IRemoveResult>
  }

  /** Conditions, order and bounds. Each call returns a new query; the receiver stays as it was. */
  export class Query<T = IDocumentData> {
    /** @deprecated Queries come from `db.collection(name)`. */
    constructor(name: string)
    public readonly collectionName: string
    /**
     * Replaces the condition. Nested objects are read as paths: `{ a: { b: 1 } }` means `a.b = 1`.
     * Throws `查询参数必须为对象` for other than an object.
     *
     * @example
     * ```js
     * todos.where({ isDone: false, 'owner.age': _.gte(18) })
     * ```
     */
    where(condition: IQueryCondition): Query<T>
    /** Adds a sort key. Throws `排序字符不合法` for other orders than `asc` and `desc`. */
    orderBy(fieldPath: string, order: 'asc' | 'desc' | (string & {})): Query<T>
    /**
     * The most documents that `get` returns, 1000 at most.
     *
     * @default 100
     */
    limit(max: number): Query<T>
    /** How many documents `get` passes over first. */
    skip(offset: number): Query<T>
    /**
     * Which fields `get` returns: `{ title: true }`, `{ body: false }`, `{ tags: _.project.slice(3)
     * }`.
     */
    field<P = T>(object: object): Query<P>
    /** Reads what the query selects. */
    get(options?: IGetDocumentOptions & { explain?: false }): Promise<IQueryResult<T>>
    /** How the query would be carried out, and which index it would use. */
    get(options: IExplainOptions): Promise<IExplainResult>
    /**
     * Changes every document of the condition; order, bounds and fields do not matter. `multi:
     * false` changes one.
     */
    update(options?: IUpdateDocumentOptions<T> & { explain?: false }): Promise<IUpdateResult>
    /** How the documents would be found. Nothing is changed here; in the cloud they are. */
    update(options: IUpdateDocumentOptions<T> & IExplainOptions): Promise<IExplainResult>
    /** Removes every document of the condition, or all without one. `multi: false` removes one. */
    remove(options?: IRemoveDocumentOptions & { explain?: false }): Promise<IRemoveResult>
    /** How the documents would be found. Nothing is removed here; in the cloud they are. */
    remove(options: IRemoveDocumentOptions & IExplainOptions): Promise<IExplainResult>
    /** How many documents meet the condition. */
    count(options?: ICountDocumentOptions & { explain?: false }): Promise<ICountResult>
    /** How the documents would be counted. */
    count(options: IExplainOptions): Promise<IExplainResult>
  }

  /** The stages of a pipeline. Numbers, field names and expressions are those of MongoDB 4.0. */
  export class PipelineBase<T> {
    /** Adds computed fields: `{ total: $.sum('$scores') }`. */
    addFields(val: any): T
    /** Groups by given bounds: `{ groupBy, boundaries, default?, output? }`. */
    bucket(val: any): T
    /** Groups into even buckets: `{ groupBy, buckets, granularity?, output? }`. */
    bucketAuto(val: any): T
    /** Throws a TypeError, as the official client does; works with `WX_LOCAL_STRICT=0`. */
    collStats(val: any): T
    /** Replaces the documents by one with their number under this name. */
    count(val: any): T
    /** Throws a TypeError, as the official client does; works with `WX_LOCAL_STRICT=0`. */
    facet(val: any): T
    /** Documents by distance, first stage only: `{ near, distanceField, spherical?, .. }`. */
    geoNear(val: any): T
    /** Throws a TypeError, as the official client does; works with `WX_LOCAL_STRICT=0`. */
    graphLookup(val: any): T
    /** Groups by `_id`, with accumulators: `{ _id: '$city', n: $.sum(1) }`. */
    group(val: any): T
    /** Throws a TypeError, as the official client does; works with `WX_LOCAL_STRICT=0`. */
    indexStats(val?: any): T
    /** Passes on so many documents. */
    limit(val: any): T
    /**
     * Joins a collection: `{ from, localField, foreignField, as }` or `{ from, let, pipeline, as
     * }`.
     */
    lookup(val: any): T
    /** Passes on what meets a condition, written as for `where`. */
    match(val: any): T
    /** Throws a TypeError, as the official client does; works with `WX_LOCAL_STRICT=0`. */
    out(val: any): T
    /** Which fields go on, and computed ones. */
    project(val: any): T
    /** Throws a TypeError, as the official client does; works with `WX_LOCAL_STRICT=0`. */
    redact(val: any): T
    /** Puts `{ newRoot }` in the document's place. */
    replaceRoot(val: any): T
    /** Passes on `{ size }` documents at random. */
    sample(val: any): T
    /** Passes over so many documents. */
    skip(val: any): T
    /** Orders by `{ field: 1 | -1 }`. */
    sort(val: any): T
    /** Groups by an expression and orders by the number of members. */
    sortByCount(val: any): T
    /** One document for each element of an array: `'$tags'` or `{ path, .. }`. */
    unwind(val: any): T
    end(): void
  }

  /** A pipeline for `lookup`, from `_.aggregate.pipeline()`. */
  export class Pipeline extends PipelineBase<Pipeline> {
    /** The stages, for `lookup({ pipeline })`. */
    done(): AnyObject[]
    /** The stages as they are kept. */
    unwrap(): PipelineStep[]
    /** Rejects: such a pipeline cannot be sent by itself. */
    end(): Promise<never>
  }

  /** A stage as it is kept. */
  export interface PipelineStep {
    /** e.g. `$match` */
    stageKey: string
    /** Its argument as extended JSON. */
    stageValue: string
  }

  /** Types only. */
  export class PipelineStage {
    stage: string
    val: any
  }

  /**
   * A pipeline on a collection.
   *
   * @example
   * ```js
   * const { list } = await db.collection('orders').aggregate()
   *   .match({ paid: true })
   *   .group({ _id: '$city', total: $.sum('$price') })
   *   .end()
   * ```
   */
  export class Aggregate extends PipelineBase<Aggregate> {
    /** @deprecated Pipelines come from `collection.aggregate()`. */
    constructor(collection: CollectionReference, stages: PipelineStage[])
    /** @deprecated Declared by the official file, absent at runtime. */
    collection: CollectionReference
    readonly collectionName: string
    /** Adds a stage by name; the methods call it. */
    pushStage(stage: string, val?: any): Aggregate
    /** Runs the pipeline. Rejects with `errCode: -1`, the service's word in `code`. */
    end<R = any>(): Promise<IAggregateResult<R>>
    /** How the documents of the pipeline would be found. */
    end(options: IExplainOptions): Promise<IExplainResult>
  }

  /**
   * Commands for conditions and updates. None checks its arguments: mistakes show when the
   * operation is sent.
   */
  export interface DatabaseCommand {
    /** Equal, arrays and objects included; `_.eq(undefined)` matches everything. */
    eq(val: any): DatabaseQueryCommand
    /** Not equal, or no such field. */
    neq(val: any): DatabaseQueryCommand
    /** Greater, among values of the same type. */
    gt(val: any): DatabaseQueryCommand
    /** Greater or equal, among values of the same type. */
    gte(val: any): DatabaseQueryCommand
    /** Less, among values of the same type. */
    lt(val: any): DatabaseQueryCommand
    /** Less or equal, among values of the same type. */
    lte(val: any): DatabaseQueryCommand
    /** One of the values; regular expressions may stand among them. */
    in(val: readonly any[]): DatabaseQueryCommand
    /** None of the values, or no such field. */
    nin(val: readonly any[]): DatabaseQueryCommand
    /** Nearest first, distances in metres. Needs a geo index. */
    geoNear(options: IGeoNearCommandOptions): DatabaseQueryCommand
    /** Wholly inside a polygon or circle. */
    geoWithin(options: IGeoWithinCommandOptions | IGeoCenterSphereOptions): DatabaseQueryCommand
    /** Shares a point with a geometry. */
    geoIntersects(options: IGeoIntersectsCommandOptions): DatabaseQueryCommand
    /** All of them; for a field (`{ age: _.and(_.gt(1), _.lt(5)) }`) or for whole conditions. */
    and(...expressions: CommandOperand[] | [CommandOperand[]]): DatabaseLogicCommand
    /**
     * One of them at least.
     *
     * Two fields with `or` in one condition become one list, which is rarely meant: use
     * `_.and(_.or(..), _.or(..))`. Plain values are not bound to the field: write `_.or(_.eq(1),
     * _.eq(2))`.
     *
     * @example
     * ```js
     * todos.where(_.or([{ isDone: true }, { due: _.lt(new Date()) }]))
     * ```
     */
    or(...expressions: CommandOperand[] | [CommandOperand[]]): DatabaseLogicCommand
    /** None of them. */
    nor(...expressions: CommandOperand[] | [CommandOperand[]]): DatabaseLogicCommand
    /**
     * Not met, or no such field. Takes a single query command or a regular expression literal;
     * anything else matches everything.
     */
    not(expression: DatabaseLogicCommand | globalThis.RegExp): DatabaseLogicCommand
    /** Whether the field is there, `null` included. */
    exists(val: boolean): DatabaseQueryCommand
    /** Numbers with this remainder. */
    mod(divisor: number, remainder: number): DatabaseQueryCommand
    /** Numbers with this remainder. */
    mod(pair: [divisor: number, remainder: number]): DatabaseQueryCommand
    /** Arrays that have all the values. */
    all(val: readonly any[]): DatabaseQueryCommand
    /** Arrays with one element that meets a condition. Nested objects are not read as paths. */
    elemMatch(val: any): DatabaseQueryCommand
    /** Arrays of this length. */
    size(val: number): DatabaseQueryCommand
    /**
     * A condition of aggregation operators over the document's own fields.
     *
     * @example
     * ```js
     * stock.where(_.expr(_.aggregate.lt(['$left', '$wanted'])))
     * ```
     */
    expr(expression: any): AnyObject
    /** A condition: documents that meet a JSON schema (draft 4, MongoDB's `bsonType`). */
    jsonSchema(schema: AnyObject): AnyObject
    /** Argument of `$text`. Needs a text index. */
    text(options: { search: string; language?: string; caseSensitive?: boolean; diacriticSensitive?: boolean }): AnyObject
    /** Replaces the field, whole objects included. */
    set(val: any): DatabaseUpdateCommand
    /** Removes the field. */
    remove(): DatabaseUpdateCommand
    /** Adds; a missing field counts as 0. */
    inc(val: number): DatabaseUpdateCommand
    /** Multiplies; a missing field becomes 0. */
    mul(val: number): DatabaseUpdateCommand
    /** Sets the field if the value is less. */
    min(val: any): DatabaseUpdateCommand
    /** Sets the field if the value is greater. */
    max(val: any): DatabaseUpdateCommand
    /** Renames the field. */
    rename(val: string): DatabaseUpdateCommand
    /** Changes bits of an integer. */
    bit(val: number | { and?: number; or?: number; xor?: number }): DatabaseUpdateCommand
    /**
     * Appends: values, an array of values, or `{ each, position?, slice?, sort? }`.
     *
     * @example
     * ```js
     * log: _.push({ each: [entry], position: 0, slice: 100 })
     * ```
     */
    push(...values: any[]): DatabaseUpdateCommand
    /** Removes the last element. */
    pop(): DatabaseUpdateCommand
    /** Removes the first element. */
    shift(): DatabaseUpdateCommand
    /** Prepends: values, or an array of values. */
    unshift(...values: any[]): DatabaseUpdateCommand
    /** Appends a value that is not there yet; several with `{ $each: [..] }`. */
    addToSet(val: any): DatabaseUpdateCommand
    /** Removes elements that equal a value or meet a condition. */
    pull(val: any): DatabaseUpdateCommand
    /** Removes elements that equal one of the values. */
    pullAll(val: any): DatabaseUpdateCommand
    /** Commands for `field`. */
    project: DatabaseProjection
    /** Operators for pipelines and `_.expr`, `$` by custom. */
    aggregate: DatabaseAggregation
  }

  /** What `and`, `or` and `nor` join. */
  export type CommandOperand = DatabaseLogicCommand | IQueryCondition | globalThis.RegExp | RegExp

  /** Commands for `field`. */
  export interface DatabaseProjection {
    /** Part of an array: the first n, the last -n, or `[skip, n]`. */
    slice(val: number | [number, number]): DatabaseProjectionCommand
    /** The first element that meets a condition, as plain values. */
    elemMatch(val: any): DatabaseProjectionCommand
  }

  /** A condition that can be joined with others. */
  export class DatabaseLogicCommand {
    /** This and all of those. An array that is passed is changed. */
    and(...expressions: CommandOperand[] | [CommandOperand[]]): DatabaseLogicCommand
    /** This or one of those. An array that is passed is changed. */
    or(...expressions: CommandOperand[] | [CommandOperand[]]): DatabaseLogicCommand
    /** @deprecated Declared by the official file, absent at runtime: use `_.nor`. */
    nor(...expressions: (DatabaseLogicCommand | IQueryCondition)[]): DatabaseLogicCommand
    /** @deprecated Declared by the official file, absent at runtime: use `_.not`. */
    not(expression: DatabaseLogicCommand): DatabaseLogicCommand
  }

  /** A condition on one field. A further call joins another one with `and`. */
  export class DatabaseQueryCommand extends DatabaseLogicCommand {
    eq(val: any): DatabaseLogicCommand
    neq(val: any): DatabaseLogicCommand
    gt(val: any): DatabaseLogicCommand
    gte(val: any): DatabaseLogicCommand
    lt(val: any): DatabaseLogicCommand
    lte(val: any): DatabaseLogicCommand
    in(val: readonly any[]): DatabaseLogicCommand
    nin(val: readonly any[]): DatabaseLogicCommand
    /** @deprecated Declared by the official file, absent at runtime: use `.and(_.exists(..))`. */
    exists(val: boolean): DatabaseLogicCommand
    /** @deprecated Declared by the official file, absent at runtime: use `.and(_.mod(..))`. */
    mod(divisor: number, remainder: number): DatabaseLogicCommand
    /** @deprecated Declared by the official file, absent at runtime: use `.and(_.all(..))`. */
    all(val: readonly any[]): DatabaseLogicCommand
    /**
     * @deprecated Declared by the official file, absent at runtime: use `.and(_.elemMatch(..))`.
     */
    elemMatch(val: any): DatabaseLogicCommand
    /** @deprecated Declared by the official file, absent at runtime: use `.and(_.size(..))`. */
    size(val: number): DatabaseLogicCommand
    /** Checks its options at once, unlike `_.geoNear`. */
    geoNear(options: IGeoNearCommandOptions): DatabaseLogicCommand
    /** Checks its options at once, unlike `_.geoWithin`. */
    geoWithin(options: IGeoWithinCommandOptions | IGeoCenterSphereOptions): DatabaseLogicCommand
    /** Checks its options at once, unlike `_.geoIntersects`. */
    geoIntersects(options: IGeoIntersectsCommandOptions): DatabaseLogicCommand
    /** As MongoDB writes it, e.g. `{ $gt: 1 }`. */
    toJSON(): AnyObject
  }

  /** A change of one field. */
  export class DatabaseUpdateCommand {
    /** Name of the command, e.g. `inc`. */
    readonly operator: string
    /** Its arguments. */
    readonly operands: any
  }

  /** Types only. */
  export class DatabaseUpdateCommandModifier {}

  /** Part of a projection. */
  export class DatabaseProjectionCommand {}

  /** An expression or accumulator of a pipeline. */
  export class DatabaseAggregateCommand {}

  /** Types only: no such value at runtime. */
  export enum AGGREGATE_COMMANDS_LITERAL {
    AVG = 'avg',
    MULTIPLY = 'multiply',
    SUM = 'sum',
  }

  /** Types only: no such value at runtime. */
  export enum LOGIC_COMMANDS_LITERAL {
    AND = 'and',
    OR = 'or',
    NOT = 'not',
    NOR = 'nor',
  }

  /** Types only: no such value at runtime. */
  export enum QUERY_COMMANDS_LITERAL {
    EQ = 'eq',
    NEQ = 'neq',
    GT = 'gt',
    GTE = 'gte',
    LT = 'lt',
    LTE = 'lte',
    IN = 'in',
    NIN = 'nin',
    GEO_NEAR = 'geoNear',
    GEO_WITHIN = 'geoWithin',
    GEO_INTERSECTS = 'geoIntersects',
    EXISTS = 'exists',
    MOD = 'mod',
    ALL = 'all',
    ELEM_MATCH = 'elemMatch',
    SIZE = 'size',
  }

  /** Types only: no such value at runtime. */
  export enum PROJECTION_COMMANDS_LITERAL {
    SLICE = 'slice',
  }

  /** Types only: no such value at runtime. */
  export enum UPDATE_COMMANDS_LITERAL {
    SET = 'set',
    REMOVE = 'remove',
    INC = 'inc',
    MUL = 'mul',
    MIN = 'min',
    MAX = 'max',
    RENAME = 'rename',
    BIT = 'bit',
    PUSH = 'push',
    POP = 'pop',
    SHIFT = 'shift',
    UNSHIFT = 'unshift',
    ADD_TO_SET = 'addToSet',
    PULL = 'pull',
    PULL_ALL = 'pullAll',
  }

  /** Types only: no such value at runtime. */
  export enum UPDATE_COMMAND_MODIFIERS_LITERAL {
    EACH = 'each',
    POSITION = 'position',
    SLICE = 'slice',
    SORT = 'sort',
  }

  /**
   * MongoDB 4.0's operators. Each takes one argument: several operands go into an array,
   * `$.add(['$a', '$b'])`. Only `neq` has another name there (`$ne`).
   */
  export interface DatabaseAggregation {
    /** A pipeline for `lookup({ pipeline })`. */
    pipeline(): Pipeline
    /** Absolute value. */
    abs(val?: any): DatabaseAggregateCommand
    /** Sum of numbers: `[a, b]`; a date plus milliseconds gives a date. */
    add(val?: any): DatabaseAggregateCommand
    /** Rounds up. */
    ceil(val?: any): DatabaseAggregateCommand
    /** `[dividend, divisor]`. */
    divide(val?: any): DatabaseAggregateCommand
    /** e to this power. */
    exp(val?: any): DatabaseAggregateCommand
    /** Rounds down. */
    floor(val?: any): DatabaseAggregateCommand
    /** Natural logarithm. */
    ln(val?: any): DatabaseAggregateCommand
    /** `[number, base]`. */
    log(val?: any): DatabaseAggregateCommand
    /** Logarithm to base 10. */
    log10(val?: any): DatabaseAggregateCommand
    /** Remainder: `[dividend, divisor]`. */
    mod(val?: any): DatabaseAggregateCommand
    /** Product of numbers: `[a, b]`. */
    multiply(val?: any): DatabaseAggregateCommand
    /** `[base, exponent]`. */
    pow(val?: any): DatabaseAggregateCommand
    /** Square root. */
    sqrt(val?: any): DatabaseAggregateCommand
    /** Difference: `[a, b]`; of two dates, in ms. */
    subtract(val?: any): DatabaseAggregateCommand
    /** Cuts the fraction off. */
    trunc(val?: any): DatabaseAggregateCommand
    /** Element at an index, negative from the end: `[array, index]`. */
    arrayElemAt(val?: any): DatabaseAggregateCommand
    /** Object from `[{ k, v }]` or `[[k, v]]`. */
    arrayToObject(val?: any): DatabaseAggregateCommand
    /** Joins arrays: `[array, array]`. */
    concatArrays(val?: any): DatabaseAggregateCommand
    /** Elements that meet a condition: `{ input, as, cond }`. */
    filter(val?: any): DatabaseAggregateCommand
    /** Whether an array has a value: `[value, array]`. */
    in(val?: any): DatabaseAggregateCommand
    /** Index of a value, or -1: `[array, value, start?, end?]`. */
    indexOfArray(val?: any): DatabaseAggregateCommand
    /** Whether the value is an array. */
    isArray(val?: any): DatabaseAggregateCommand
    /** `{ input, as, in }`. */
    map(val?: any): DatabaseAggregateCommand
    /** Integers: `[start, end, step?]`. */
    range(val?: any): DatabaseAggregateCommand
    /** `{ input, initialValue, in }`. */
    reduce(val?: any): DatabaseAggregateCommand
    /** Elements in reverse. */
    reverseArray(val?: any): DatabaseAggregateCommand
    /** Length of an array. */
    size(val?: any): DatabaseAggregateCommand
    /** Part of an array: `[array, n]` or `[array, position, n]`. */
    slice(val?: any): DatabaseAggregateCommand
    /** Transposes arrays: `{ inputs, useLongestLength?, defaults? }`. */
    zip(val?: any): DatabaseAggregateCommand
    /** Whether all are true: `[a, b]`. */
    and(val?: any): DatabaseAggregateCommand
    /** Whether false: `[a]`. */
    not(val?: any): DatabaseAggregateCommand
    /** Whether one is true: `[a, b]`. */
    or(val?: any): DatabaseAggregateCommand
    /** -1, 0 or 1: `[a, b]`. */
    cmp(val?: any): DatabaseAggregateCommand
    /** Whether equal: `[a, b]`. */
    eq(val?: any): DatabaseAggregateCommand
    /** Whether greater: `[a, b]`. */
    gt(val?: any): DatabaseAggregateCommand
    /** Whether greater or equal: `[a, b]`. */
    gte(val?: any): DatabaseAggregateCommand
    /** Whether less: `[a, b]`. */
    lt(val?: any): DatabaseAggregateCommand
    /** Whether less or equal: `[a, b]`. */
    lte(val?: any): DatabaseAggregateCommand
    /** Whether not equal: `[a, b]`. */
    neq(val?: any): DatabaseAggregateCommand
    /** `{ if, then, else }` or `[if, then, else]`. */
    cond(val?: any): DatabaseAggregateCommand
    /** A value, or another if it is null or missing: `[value, other]`. */
    ifNull(val?: any): DatabaseAggregateCommand
    /** `{ branches: [{ case, then }], default }`. */
    switch(val?: any): DatabaseAggregateCommand
    /** Date from `{ year, month?, day?, hour?, minute?, second?, millisecond?, timezone? }`. */
    dateFromParts(val?: any): DatabaseAggregateCommand
    /** Date from text: `{ dateString, format?, timezone?, onError?, onNull? }`. */
    dateFromString(val?: any): DatabaseAggregateCommand
    /** 1 to 31. */
    dayOfMonth(val?: any): DatabaseAggregateCommand
    /** 1 (Sunday) to 7. */
    dayOfWeek(val?: any): DatabaseAggregateCommand
    /** 1 to 366. */
    dayOfYear(val?: any): DatabaseAggregateCommand
    /** 1 (Monday) to 7. */
    isoDayOfWeek(val?: any): DatabaseAggregateCommand
    /** 1 to 53. */
    isoWeek(val?: any): DatabaseAggregateCommand
    /** Year of the ISO week. */
    isoWeekYear(val?: any): DatabaseAggregateCommand
    /** 0 to 999. */
    millisecond(val?: any): DatabaseAggregateCommand
    /** 0 to 59. */
    minute(val?: any): DatabaseAggregateCommand
    /** 1 to 12. */
    month(val?: any): DatabaseAggregateCommand
    /** 0 to 60. */
    second(val?: any): DatabaseAggregateCommand
    /** 0 to 23. */
    hour(val?: any): DatabaseAggregateCommand
    /** 0 to 53. */
    week(val?: any): DatabaseAggregateCommand
    /** Year of a date. */
    year(val?: any): DatabaseAggregateCommand
    /** The value itself, not read as an expression. */
    literal(val?: any): DatabaseAggregateCommand
    /** Joins objects; an accumulator as well. */
    mergeObjects(val?: any): DatabaseAggregateCommand
    /** `[{ k, v }]` from an object. */
    objectToArray(val?: any): DatabaseAggregateCommand
    /** Whether no element of a set is false: `[array]`. */
    allElementsTrue(val?: any): DatabaseAggregateCommand
    /** Whether an element of a set is true: `[array]`. */
    anyElementTrue(val?: any): DatabaseAggregateCommand
    /** In the first and not in the second: `[a, b]`. */
    setDifference(val?: any): DatabaseAggregateCommand
    /** Whether the same elements: `[a, b]`. */
    setEquals(val?: any): DatabaseAggregateCommand
    /** In all: `[a, b]`. */
    setIntersection(val?: any): DatabaseAggregateCommand
    /** Whether the first is part of the second: `[a, b]`. */
    setIsSubset(val?: any): DatabaseAggregateCommand
    /** In any: `[a, b]`. */
    setUnion(val?: any): DatabaseAggregateCommand
    /** Joins texts: `[a, b]`. */
    concat(val?: any): DatabaseAggregateCommand
    /** Text from a date: `{ date, format, timezone?, onNull? }`. */
    dateToString(val?: any): DatabaseAggregateCommand
    /** Position in bytes, or -1: `[text, part, start?, end?]`. */
    indexOfBytes(val?: any): DatabaseAggregateCommand
    /** Position in characters, or -1: `[text, part, start?, end?]`. */
    indexOfCP(val?: any): DatabaseAggregateCommand
    /** Parts of a text: `[text, delimiter]`. */
    split(val?: any): DatabaseAggregateCommand
    /** Length in bytes of UTF-8. */
    strLenBytes(val?: any): DatabaseAggregateCommand
    /** Length in characters. */
    strLenCP(val?: any): DatabaseAggregateCommand
    /** -1, 0 or 1 without regard to case: `[a, b]`. */
    strcasecmp(val?: any): DatabaseAggregateCommand
    /** As `substrBytes`: `[text, start, length]`. */
    substr(val?: any): DatabaseAggregateCommand
    /** Part by bytes: `[text, start, length]`. */
    substrBytes(val?: any): DatabaseAggregateCommand
    /** Part by characters: `[text, start, length]`. */
    substrCP(val?: any): DatabaseAggregateCommand
    /** Lower case. */
    toLower(val?: any): DatabaseAggregateCommand
    /** Upper case. */
    toUpper(val?: any): DatabaseAggregateCommand
    /** `'textScore'`. */
    meta(val?: any): DatabaseAggregateCommand
    /** Accumulator: the distinct values. */
    addToSet(val?: any): DatabaseAggregateCommand
    /** Average; accumulator and expression. */
    avg(val?: any): DatabaseAggregateCommand
    /** Accumulator: the first value. */
    first(val?: any): DatabaseAggregateCommand
    /** Accumulator: the last value. */
    last(val?: any): DatabaseAggregateCommand
    /** Greatest value; accumulator and expression. */
    max(val?: any): DatabaseAggregateCommand
    /** Least value; accumulator and expression. */
    min(val?: any): DatabaseAggregateCommand
    /** Accumulator: all values. */
    push(val?: any): DatabaseAggregateCommand
    /** Standard deviation of all; accumulator and expression. */
    stdDevPop(val?: any): DatabaseAggregateCommand
    /** Standard deviation of a sample; accumulator and expression. */
    stdDevSamp(val?: any): DatabaseAggregateCommand
    /** Sum; accumulator and expression. `$.sum(1)` counts. */
    sum(val?: any): DatabaseAggregateCommand
    /** `{ vars, in }`. */
    let(val?: any): DatabaseAggregateCommand
    /**
     * @deprecated Declared by the official file, absent at runtime: the call throws a TypeError.
     */
    convert(val: any): DatabaseAggregateCommand
    /**
     * @deprecated Declared by the official file, absent at runtime: the call throws a TypeError.
     */
    dateToParts(val: any): DatabaseAggregateCommand
    /**
     * @deprecated Declared by the official file, absent at runtime: the call throws a TypeError.
     */
    ltrim(val: any): DatabaseAggregateCommand
    /**
     * @deprecated Declared by the official file, absent at runtime: the call throws a TypeError.
     */
    rtrim(val: any): DatabaseAggregateCommand
    /**
     * @deprecated Declared by the official file, absent at runtime: the call throws a TypeError.
     */
    toBool(val: any): DatabaseAggregateCommand
    /**
     * @deprecated Declared by the official file, absent at runtime: the call throws a TypeError.
     */
    toDate(val: any): DatabaseAggregateCommand
    /**
     * @deprecated Declared by the official file, absent at runtime: the call throws a TypeError.
     */
    toDecimal(val: any): DatabaseAggregateCommand
    /**
     * @deprecated Declared by the official file, absent at runtime: the call throws a TypeError.
     */
    toDouble(val: any): DatabaseAggregateCommand
    /**
     * @deprecated Declared by the official file, absent at runtime: the call throws a TypeError.
     */
    toInt(val: any): DatabaseAggregateCommand
    /**
     * @deprecated Declared by the official file, absent at runtime: the call throws a TypeError.
     */
    toLong(val: any): DatabaseAggregateCommand
    /**
     * @deprecated Declared by the official file, absent at runtime: the call throws a TypeError.
     */
    toObjectId(val: any): DatabaseAggregateCommand
    /**
     * @deprecated Declared by the official file, absent at runtime: the call throws a TypeError.
     */
    trim(val: any): DatabaseAggregateCommand
    /**
     * @deprecated Declared by the official file, absent at runtime: the call throws a TypeError.
     */
    type(val: any): DatabaseAggregateCommand
    /**
     * @deprecated Declared by the official file as an operator: at runtime it is that of every
     * object.
     */
    toString(val?: any): any
  }

  /** Constructors of geometries. `new` is optional, and `instanceof` does not work with them. */
  export interface IGeo {
    Point: IGeoPointConstructor
    MultiPoint: IGeoMultiPointConstructor
    LineString: IGeoLineStringConstructor
    MultiLineString: IGeoMultiLineStringConstructor
    Polygon: IGeoPolygonConstructor
    MultiPolygon: IGeoMultiPolygonConstructor
  }

  /**
   * A point. Longitude first: -180 to 180, then latitude: -90 to 90; other numbers throw. GeoJSON,
   * though declared, throws `Geo Point must be number type`.
   */
  export interface IGeoPointConstructor {
    new (longitude: number, latitude: number): GeoPoint
    /** @deprecated Throws at runtime. */
    new (geojson: IGeoJSONPoint): GeoPoint
    (longitude: number, latitude: number): GeoPoint
    /** @deprecated Throws at runtime. */
    (geojson: IGeoJSONPoint): GeoPoint
  }

  /** One point at least. GeoJSON, though declared, throws. */
  export interface IGeoMultiPointConstructor {
    new (points: GeoPoint[] | IGeoJSONMultiPoint): GeoMultiPoint
    (points: GeoPoint[] | IGeoJSONMultiPoint): GeoMultiPoint
  }

  /** Two points at least. GeoJSON, though declared, throws. */
  export interface IGeoLineStringConstructor {
    new (points: GeoPoint[] | IGeoJSONLineString): GeoLineString
    (points: GeoPoint[] | IGeoJSONLineString): GeoLineString
  }

  /** One line at least. GeoJSON, though declared, throws. */
  export interface IGeoMultiLineStringConstructor {
    new (lineStrings: GeoLineString[] | IGeoJSONMultiLineString): GeoMultiLineString
    (lineStrings: GeoLineString[] | IGeoJSONMultiLineString): GeoMultiLineString
  }

  /**
   * The outer ring, then holes; each must end where it begins. GeoJSON, though declared, throws.
   */
  export interface IGeoPolygonConstructor {
    new (lineStrings: GeoLineString[] | IGeoJSONPolygon): GeoPolygon
    (lineStrings: GeoLineString[] | IGeoJSONPolygon): GeoPolygon
  }

  /** One polygon at least. GeoJSON, though declared, throws. */
  export interface IGeoMultiPolygonConstructor {
    new (polygons: GeoPolygon[] | IGeoJSONMultiPolygon): GeoMultiPolygon
    (polygons: GeoPolygon[] | IGeoJSONMultiPolygon): GeoMultiPolygon
  }

  export interface IGeoJSONPoint {
    type: 'Point'
    coordinates: [number, number]
  }

  export interface IGeoJSONMultiPoint {
    type: 'MultiPoint'
    coordinates: [number, number][]
  }

  export interface IGeoJSONLineString {
    type: 'LineString'
    coordinates: [number, number][]
  }

  export interface IGeoJSONMultiLineString {
    type: 'MultiLineString'
    coordinates: [number, number][][]
  }

  export interface IGeoJSONPolygon {
    type: 'Polygon'
    coordinates: [number, number][][]
  }

  export interface IGeoJSONMultiPolygon {
    type: 'MultiPolygon'
    coordinates: [number, number][][][]
  }

  export type IGeoJSONObject = IGeoJSONPoint | IGeoJSONMultiPoint | IGeoJSONLineString | IGeoJSONMultiLineString | IGeoJSONPolygon | IGeoJSONMultiPolygon

  export abstract class GeoPoint {
    /** Degrees east. */
    public longitude: number
    /** Degrees north. */
    public latitude: number
    constructor(longitude: number, latitude: number)
    /** As GeoJSON. */
    toJSON(): IGeoJSONPoint
    /** `{ [key]: GeoJSON }`. */
    parse<K extends string>(key: K): { [name in K]: IGeoJSONPoint }
    /** `[longitude,latitude]`. */
    toReadableString(): string
    /** That of every object. */
    toString(): string
  }

  export abstract class GeoMultiPoint {
    public points: GeoPoint[]
    constructor(points: GeoPoint[])
    /** As GeoJSON. */
    toJSON(): IGeoJSONMultiPoint
    /** `{ [key]: GeoJSON }`. */
    parse<K extends string>(key: K): { [name in K]: IGeoJSONMultiPoint }
    /** That of every object. */
    toString(): string
  }

  export abstract class GeoLineString {
    public points: GeoPoint[]
    constructor(points: GeoPoint[])
    /** As GeoJSON. */
    toJSON(): IGeoJSONLineString
    /** `{ [key]: GeoJSON }`. */
    parse<K extends string>(key: K): { [name in K]: IGeoJSONLineString }
    /** That of every object. */
    toString(): string
  }

  export abstract class GeoMultiLineString {
    public lines: GeoLineString[]
    constructor(lines: GeoLineString[])
    /** As GeoJSON. */
    toJSON(): IGeoJSONMultiLineString
    /** `{ [key]: GeoJSON }`. */
    parse<K extends string>(key: K): { [name in K]: IGeoJSONMultiLineString }
    /** That of every object. */
    toString(): string
  }

  export abstract class GeoPolygon {
    /** The outer ring, then holes. */
    public lines: GeoLineString[]
    constructor(lines: GeoLineString[])
    /** As GeoJSON. */
    toJSON(): IGeoJSONPolygon
    /** `{ [key]: GeoJSON }`. */
    parse<K extends string>(key: K): { [name in K]: IGeoJSONPolygon }
    /** That of every object. */
    toString(): string
  }

  export abstract class GeoMultiPolygon {
    public polygons: GeoPolygon[]
    constructor(polygons: GeoPolygon[])
    /** As GeoJSON. */
    toJSON(): IGeoJSONMultiPolygon
    /** `{ [key]: GeoJSON }`. */
    parse<K extends string>(key: K): { [name in K]: IGeoJSONMultiPolygon }
    /** That of every object. */
    toString(): string
  }

  export type GeoInstance = GeoPoint | GeoMultiPoint | GeoLineString | GeoMultiLineString | GeoPolygon | GeoMultiPolygon

  /** Parameters of `_.geoNear`. */
  export interface IGeoNearCommandOptions {
    geometry: GeoPoint
    /** In metres. */
    maxDistance?: number
    /** In metres. */
    minDistance?: number
  }

  /** Parameters of `_.geoWithin`. */
  export interface IGeoWithinCommandOptions {
    geometry: GeoPolygon | GeoMultiPolygon
  }

  /** Parameters of `_.geoWithin` for a circle. */
  export interface IGeoCenterSphereOptions {
    /** Centre and radius, the radius in radians. */
    centerSphere: [GeoPoint | [number, number], number]
  }

  /** Parameters of `_.geoIntersects`. */
  export interface IGeoIntersectsCommandOptions {
    geometry: GeoPoint | GeoMultiPoint | GeoLineString | GeoMultiLineString | GeoPolygon | GeoMultiPolygon
  }

  /** Parameters of `db.serverDate`. */
  export interface IServerDateOptions {
    /** Shift in ms, negative for the past. */
    offset: number
  }

  /** `new` is optional. */
  export interface IServerDateConstructor {
    new (options?: IServerDateOptions): ServerDate
    (options?: IServerDateOptions): ServerDate
  }

  /** Stands for the service's time; a `Date` once stored. */
  export abstract class ServerDate {
    /** @deprecated Declared by the official file, absent at runtime: use `offset`. */
    public readonly options: IServerDateOptions
    /** Shift in ms. */
    public readonly offset: number
    constructor(options?: IServerDateOptions)
    /** As it is sent. */
    parse(): { $tcb_server_date: IServerDateOptions }
  }

  /** Parameters of `db.RegExp`. */
  export interface IRegExpOptions {
    /** The pattern, PCRE as MongoDB has it. Must not be empty. */
    regexp: string
    /**
     * `i` ignore case, `m` lines, `s` dot matches all, `x` extended.
     *
     * @default ''
     */
    options?: string
  }

  /** `new` is optional. Throws `regexp must be a string` without a pattern. */
  export interface IRegExpConstructor {
    new (options: IRegExpOptions): RegExp
    (options: IRegExpOptions): RegExp
  }

  /** A regular expression for queries; literals such as `/^a/i` work as well. */
  export abstract class RegExp {
    /** @deprecated Declared by the official file, absent at runtime. */
    public readonly regexp: string
    /** @deprecated Declared by the official file, absent at runtime. */
    public readonly options: string
    public readonly $regularExpression: { pattern: string; options: string }
    constructor(options: IRegExpOptions)
    /** As it is sent. */
    parse(): { $regularExpression: { pattern: string; options: string } }
  }

  /** Types only. */
  export class Batch {
    private readonly batch: never
  }

  /** What `db.config` holds. */
  export interface IDatabaseConfig {
    /** Environment of this database; that of `init` by default. */
    env?: string
    /**
     * Whether `doc(id).get()` rejects when there is no such document. Goes before that of `init`.
     *
     * @default true
     */
    throwOnNotFound?: boolean
  }

  /** What `database()` takes. */
  export interface IDatabaseOptions {
    /** Environment of this database, or `cloud.DYNAMIC_CURRENT_ENV`. */
    env?: string | symbol
    /**
     * Whether `doc(id).get()` rejects when there is no such document.
     *
     * @default true
     */
    throwOnNotFound?: boolean
  }

  /** Types only. */
  export interface IDatabaseConstructorOptions {
    config?: IDatabaseConfig
    context: IDatabaseServiceContext
  }

  /** Types only. */
  export interface IAppConfig {
    docSizeLimit: number
    realtimePingInterval: number
    realtimePongWaitTimeout: number
    realtimeMaxReconnect: number
    realtimeReconnectInterval: number
    realtimeTotalConnectionTimeout: number
    realtimeQueryEventCacheTimeout: number
  }

  /** Types only. */
  export interface IDatabaseServiceContext extends IServiceContext {
    appConfig: IAppConfig
    ws?: any
  }

  /** A document's `_id`. */
  export type DocumentId = string | number

  /** A document of any shape. */
  export interface IDocumentData {
    _id?: DocumentId
    [key: string]: any
  }

  /** A value to store: itself, or what the service makes of it. */
  export type ValueInput<V> = V | ServerDate | GeoInstance

  /** A document to store: ids may be left to the service. */
  export type DocumentInput<T> = { [K in keyof Omit<T, '_id' | '_openid'>]: ValueInput<T[K & keyof T]> } & { _id?: DocumentId }

  /** Fields to change: values, commands, parts of nested objects, dotted paths. */
  export type UpdateInput<T> = { [K in keyof T]?: ValueInput<T[K]> | DatabaseUpdateCommand | (T[K] extends Date | any[] ? never : T[K] extends object ? UpdateInput<T[K]> : never) } & { [path: `${string}.${string}`]: any }

  export interface IDBAPIParam {}

  /** Parameters of `add` for one document of any shape. */
  export interface IAddDocumentOptions extends IDBAPIParam {
    data: IDocumentData
  }

  /** Parameters of `add` for one document. */
  export interface IAddOneOptions<T = IDocumentData> {
    /** The document. Fields that are `undefined` are left out. */
    data: DocumentInput<T> & { [Symbol.iterator]?: never }
  }

  /** Parameters of `add` for many documents. */
  export interface IAddManyOptions<T = IDocumentData> {
    data: readonly DocumentInput<T>[]
  }

  /** Asks for the plan of a call instead of carrying it out. */
  export interface IExplainOptions extends IDBAPIParam {
    /**
     * An option of the developer tools, and of this package: in the cloud it is ignored and the
     * call is carried out.
     */
    explain: true
  }

  /** What a call with `explain: true` would look at. Nothing is written. */
  export interface IExplainResult extends IAPISuccessParam {
    /**
     * The plan: `winningPlan.stage` is `COLLSCAN` where every document is read, and an `IXSCAN`
     * below it names its index.
     */
    queryPlanner: AnyObject
    /** What it took: `nReturned`, `totalKeysExamined`, `totalDocsExamined`. */
    executionStats: AnyObject
    /** Of a pipeline: the search of its first stage, and the rest. */
    stages?: AnyObject[]
    /** What the service changed in the query: nothing here. */
    queryModifications: AnyObject[]
  }

  /** Ignored. */
  export interface IGetDocumentOptions extends IDBAPIParam {
    /** Ignored. */
    stringifyTest?: boolean
  }

  /** Ignored. */
  export interface ICountDocumentOptions extends IDBAPIParam {
    /** Ignored. */
    stringifyTest?: boolean
  }

  /** Parameters of `where().update()`. */
  export interface IUpdateDocumentOptions<T = any> extends IDBAPIParam {
    /** Fields to change, not empty and without `_id`. */
    data: UpdateInput<T>
    /**
     * `false` changes one document only.
     *
     * @default true
     */
    multi?: boolean
    /** Ignored. */
    stringifyTest?: boolean
  }

  /** Parameters of `doc().update()`. */
  export interface IUpdateSingleDocumentOptions<T = any> extends IDBAPIParam {
    /** Fields to change, not empty and without `_id`. */
    data: UpdateInput<T>
    /** Ignored. */
    stringifyTest?: boolean
  }

  /** Types only. */
  export interface ISetDocumentOptions extends IDBAPIParam {
    data: IUpdateCondition
    /** Ignored. */
    stringifyTest?: boolean
  }

  /** Parameters of `doc().set()`. */
  export interface ISetSingleDocumentOptions<T = any> extends IDBAPIParam {
    /** The whole new document, not empty and without `_id`. */
    data: DocumentInput<T>
    /** Ignored. */
    stringifyTest?: boolean
  }

  /** Parameters of `where().remove()`. */
  export interface IRemoveDocumentOptions extends IDBAPIParam {
    /** Ignored: the condition is that of `where`. */
    query?: IQueryCondition
    /**
     * `false` removes one document only.
     *
     * @default true
     */
    multi?: boolean
    /** Ignored. */
    stringifyTest?: boolean
  }

  /** Ignored. */
  export interface IRemoveSingleDocumentOptions extends IDBAPIParam {
    /** Ignored. */
    stringifyTest?: boolean
  }

  /** A condition: fields with values or commands, or a logic command over whole conditions. */
  export type IQueryCondition = Record<string, any> | DatabaseLogicCommand

  /** Types only. */
  export interface ConditionRecord {
    [key: string]: IQueryCondition
  }

  export type IStringQueryCondition = string

  /** Result of `get` of a query. */
  export interface IQueryResult<T = IDocumentData> extends IAPISuccessParam {
    /** The documents; dates are `Date`s, geometries instances of `db.Geo`'s classes. */
    data: T[]
  }

  /** Result of `get` of a document. */
  export interface IQuerySingleResult<T = IDocumentData> extends IAPISuccessParam {
    /** The document; `null` if there is none and `throwOnNotFound` is `false`. */
    data: T
  }

  /** Fields to change. */
  export interface IUpdateCondition {
    [key: string]: any
  }

  export type IStringUpdateCondition = string

  export interface ISetCondition {}

  /** Result of `add` of one document. */
  export interface IAddResult extends IAPISuccessParam {
    /** Id of the new document. */
    _id: DocumentId
  }

  /** Result of `add` of an array. */
  export interface IAddManyResult extends IAPISuccessParam {
    /** Ids of the new documents, in order. */
    _ids: DocumentId[]
  }

  /** Result of `update`. */
  export interface IUpdateResult extends IAPISuccessParam {
    /** How many documents changed. */
    stats: { updated: number }
  }

  /** Result of `set`. */
  export interface ISetResult extends IAPISuccessParam {
    _id: DocumentId
    /** `created` is 0 inside transactions. */
    stats: { updated: number; created: number }
  }

  /** Result of `remove`. */
  export interface IRemoveResult extends IAPISuccessParam {
    /** How many documents were removed. */
    stats: { removed: number }
  }

  /** Result of `count`. */
  export interface ICountResult extends IAPISuccessParam {
    total: number
  }

  /** Result of a pipeline. */
  export interface IAggregateResult<R = any> extends IAPISuccessParam {
    /** What the last stage gave; geometries are plain GeoJSON here. */
    list: R[]
  }

  /** The service's own answer to `commit` and `rollback`; it has no `errMsg`. */
  export interface ITransactionResult {
    requestId: string
    [key: string]: any
  }
}
