// Generated from src/node/surface/testing.rs: do not edit.

/** Documents by collection; an object adds indexes to them. */
export type Seed = Record<string, object[] | { documents?: object[]; indexes?: IndexSpec[]; permissions?: Permission }>
/** What pages may do: a setting of the console, or security rules. */
export type Permission = 'READONLY' | 'PRIVATE' | 'ADMINWRITE' | 'ADMINONLY'
  | Partial<Record<'read' | 'write' | 'create' | 'update' | 'delete', boolean | string>>
/** The environment whose data is meant; by default that of `DYNAMIC_CURRENT_ENV`. */
export interface EnvOption { env?: string }
/** An OPENID, or the fields of `getWXContext()` to change; `null` takes one away. */
export type Caller = string | Record<string, string | number | null>
/** What a page passes for the open data of a user: an id that WeChat resolves. */
export interface CloudID { readonly cloudID: string; toJSON(): string }
/** What a service of cloud hosting is sent; names of headers are in small letters. */
export interface ContainerRequest { method: string; path: string; header: Record<string, string>; data?: any }
export interface ContainerAnswer { data?: any; statusCode?: number; header?: Record<string, string> }
export interface InvokeOptions {
  as?: Caller
  /** Milliseconds after which the caller gives up, as that of `callFunction`; the function keeps its own limit. What never yields is ended by neither: it has the test's own thread */
  timeout?: number
  env?: string
}
/** A field's name, its keys, or a whole definition. */
export type IndexSpec = string | Record<string, 1 | -1 | '2dsphere'> | { keys: Record<string, 1 | -1 | '2dsphere'>; unique?: boolean; name?: string }
export interface IndexInfo { v: number; key: Record<string, 1 | -1 | '2dsphere'>; name: string; ns: string; unique?: boolean }
export interface Duration { days?: number; hours?: number; minutes?: number; seconds?: number; milliseconds?: number }
export interface TimerRun { function: string; trigger: string; at: Date; result?: any; error?: Error }
export type MockAnswer = object | ((request: any) => object | Promise<object>)
export interface Fault {
  /** A call (`collection.get`, `callFunction`, `openapi.security.msgSecCheck`) or a group of them; everything if absent. */
  api?: string
  /** How often it happens; always if absent. */
  times?: number
  /** An error number of the service, or a number with the text after it. @default -501001, unless there is a delay */
  error?: number | { errCode: number; errMsg?: string }
  /** Milliseconds to wait first. */
  delay?: number
}
export interface RecordedCall { api: string; arguments: any; result?: any; error?: string; at: Date }
export interface Diagnostic { name: string; text: string; site: string }
export interface Invocation {
  function: string; requestId: string; source?: string; openid?: string; depth: number; event: any
  durationMs: number; log: { level: string; text: string }[]; result?: any; error?: string
}
export interface DumpOptions extends EnvOption { normalise?: boolean | 'ids' | 'dates' }
export interface ExportOptions extends EnvOption { fields?: string[] }
export interface ImportOptions extends EnvOption {
  /** By default what the file's name says, else JSON Lines. */
  format?: 'json' | 'csv'
  conflictMode?: 'insert' | 'upsert'
  stopOnError?: boolean
}
export interface ImportReport { succeeded: number; failed: number; errors: { line: number; message: string }[] }
export interface TestOptions {
  /** The caller of code that runs outside any function. */
  as?: Caller
  /** The environment that the calls of this object mean. */
  env?: string
  /** Where the functions are; by default where those of the module are. */
  functions?: string
  strict?: boolean
  diagnostics?: boolean
}
/** A point in time: see `snapshot`. */
export interface Snapshot { readonly [opaque: symbol]: never }

/** One set of data with its functions, clock and mocks. The module itself is the default one. */
export interface TestWorld extends AsyncDisposable {
  /**
   * Back to the state after the last `seed`, or to no data at all. Takes constant time, whatever the size. Mocks, faults, orders, open data, the clock and everything recorded are cleared as well; the functions of `functions.use` and `functions.register` stay.
   *
   * @example
   * beforeEach(() => reset())
   */
  reset(): Promise<void>
  /**
   * Creates the collections, documents and indexes given, or those of a directory of `<collection>.jsonl`, `.json` and `.csv` files. A collection that exists is made anew, others stay. From then on `reset` comes back to this state. If anything fails, nothing is stored and the error names the document or the line.
   *
   * @example
   * await seed({ todos: [{ _id: 'a', text: 'milk' }] })
   */
  seed(what: Seed | string, options?: EnvOption): Promise<void>
  /**
   * A point in time to `restore`. Takes constant time.
   *
   * @example
   * const before = await snapshot()
   */
  snapshot(): Promise<Snapshot>
  /**
   * The data as it was when the snapshot was taken. Takes constant time; a snapshot can be restored any number of times.
   *
   * @example
   * await restore(before)
   */
  restore(snapshot: Snapshot): Promise<void>
  /**
   * Runs code, and everything it awaits, as that caller: an OPENID, or the fields of `getWXContext()` to change.
   *
   * @example
   * await as('user-1', () => invoke('todo', {}))
   */
  as<T>(identity: Caller, run: () => T | Promise<T>): Promise<T>
  /**
   * Runs code, and everything it awaits, in this world: what `createTest` is for.
   *
   * @example
   * await world.run(() => cloud.database().collection('todos').get())
   */
  run<T>(run: () => T | Promise<T>): Promise<T>
  /**
   * Runs a cloud function as the cloud would: `event.userInfo`, context, timeout, log, and a JSON round trip both ways. Resolves with what the function returned; rejects with the error that a caller in the cloud gets, whose `cause` is what was thrown, or says which functions there are if there is none of that name.
   *
   * @example
   * const list = await invoke('todo', { action: 'list' }, { as: 'user-1' })
   */
  invoke(name: string, event?: object, options?: InvokeOptions): Promise<any>
  /**
   * Runs a function as its timer would. The name is a function's or a trigger's.
   *
   * @example
   * await trigger('nightly')
   */
  trigger(name: string): Promise<any>
  readonly functions: {
    /**
     * Functions come from this directory, one folder each. With the test file's `require` (or `(path) => import(path)`) they are loaded as the test's own modules are: mocks, transforms and coverage apply.
     *
     * @example
     * functions.use('cloudfunctions', { require })
     */
    use(directory: string | URL, options?: { require?: (path: string) => unknown }): void
    /**
     * A function without a file.
     *
     * @example
     * functions.register('sum', async ({ a, b }) => a + b)
     */
    register(name: string, main: (event: any, context: any) => unknown): void
  }
  readonly clock: {
    /**
     * Stops the clock of `serverDate`, ids, timers and expiry at a time. Timers do not run: see `advance`.
     *
     * @example
     * clock.set('2026-01-01T00:00:00Z')
     */
    set(to: Date | number | string): void
    /**
     * Moves the clock forwards and runs the timers of the project's functions that become due, in order, each at its time. Functions under way whose time limit passes end with the service's timeout. Resolves with the timers' runs.
     *
     * @example
     * await clock.advance({ hours: 24 })
     */
    advance(by: number | Duration): Promise<TimerRun[]>
    /**
     * Follows the system's clock again.
     *
     * @example
     * clock.reset()
     */
    reset(): void
    /**
     * The time as functions see it.
     *
     * @example
     * clock.now().toISOString()
     */
    now(): Date
  }
  readonly openapi: {
    /**
     * What `cloud.openapi.<path>` answers: a value, or a function of the request. A value with an `errCode` other than 0 makes the call fail with it. A path that WeChat does not document needs `{ undocumented: true }`.
     *
     * @example
     * openapi.mock('security.msgSecCheck', ({ content }) => ({ errCode: content === 'bad' ? 87014 : 0 }))
     */
    mock(path: string, answer: MockAnswer, options?: { undocumented?: boolean }): void
    /**
     * Takes back the mock of a path, or all of them.
     *
     * @example
     * openapi.unmock('security.msgSecCheck')
     */
    unmock(path?: string): void
  }
  readonly cloudPay: {
    /**
     * What `cloud.cloudPay.<method>` answers, as `openapi.mock`.
     *
     * @example
     * cloudPay.mock('refund', { returnCode: 'FAIL', returnMsg: 'no money' })
     */
    mock(method: string, answer: MockAnswer, options?: { undocumented?: boolean }): void
    /**
     * Takes back the mock of a method, or all of them.
     *
     * @example
     * cloudPay.unmock('refund')
     */
    unmock(method?: string): void
    /**
     * The user pays an order of `cloudPay.unifiedOrder`; the function that the order names is called with the notification. Resolves with what it returned, with `undefined` if the order names none.
     *
     * @example
     * await cloudPay.pay('order-1')
     */
    pay(outTradeNo: string): Promise<any>
    /**
     * The user has the money of a `cloudPay.refund` back; the function that the refund names is called with the notification. Resolves with what it returned, with `undefined` if the refund names none.
     *
     * @example
     * await cloudPay.settleRefund('refund-1')
     */
    settleRefund(outRefundNo: string): Promise<any>
  }
  readonly openData: {
    /**
     * What WeChat answers for a CloudID, for five minutes.
     *
     * @example
     * openData.set('id-1', { phoneNumber: '13800000000' })
     */
    set(cloudID: string, data: unknown): void
    /**
     * What a page passes as `wx.cloud.CloudID(id)`: a field of an event whose value it is becomes what the CloudID stands for. In a nested field it is the plain id, as in the cloud.
     *
     * @example
     * await invoke('login', { phone: openData.cloudID('id-1') })
     */
    cloudID(cloudID: string): CloudID
  }
  readonly container: {
    /**
     * Where `callContainer` of pages reaches a service of cloud hosting: a server of this machine, by its URL, or a function of the request. Like functions it stays when data is reset.
     *
     * @example
     * container.route('api', ({ header }) => ({ data: { you: header['x-wx-openid'] } }))
     */
    route(service: string, target: string | ((request: ContainerRequest) => ContainerAnswer | Promise<ContainerAnswer>)): void
    /**
     * The service is gone again.
     *
     * @example
     * container.unroute('api')
     */
    unroute(service: string): void
  }
  readonly permissions: {
    /**
     * What pages may do with a collection, as in the console: `null` is what a new one has, `'PRIVATE'`. Server code is never asked. Part of the data: `reset` comes back to what the last `seed` found.
     *
     * @example
     * await permissions.collection('posts', 'READONLY')
     */
    collection(collection: string, permission: Permission | null, options?: EnvOption): Promise<void>
    /**
     * What pages may do with files; `null` is `'READONLY'`: everybody reads, the creator writes.
     *
     * @example
     * await permissions.files('PRIVATE')
     */
    files(permission: Permission | null, options?: EnvOption): Promise<void>
    /**
     * Which functions pages may call, by name and `'*'` for the others; `null` is whoever is logged in.
     *
     * @example
     * await permissions.functions({ '*': { invoke: true }, admin: { invoke: false } })
     */
    functions(rules: Record<string, { invoke: boolean | string }> | null, options?: EnvOption): Promise<void>
  }
  /**
   * `wx.cloud` of a page of that user, in this world: see `wx-server-sdk-local/client`.
   *
   * @example
   * const wx = { cloud: client('user-1') }
   */
  client(identity?: Caller): import('./client').WxCloud
  readonly faults: {
    /**
     * The service's failures on demand: the next `times` calls of `api` wait `delay` milliseconds and fail with `error`.
     *
     * @example
     * faults.inject({ api: 'collection.add', times: 1, error: -501001 })
     */
    inject(fault: Fault): void
    /**
     * Takes back every fault.
     *
     * @example
     * faults.clear()
     */
    clear(): void
  }
  /**
   * The calls of functions and open capabilities, oldest first: of everything, of one call, or of a group like `openapi.security`. The latest are kept: 10 000, and 16 MB of arguments and results.
   *
   * @example
   * assert.equal(calls('openapi.subscribeMessage.send').length, 1)
   */
  calls(api?: string): RecordedCall[]
  /**
   * The pitfalls that were met, each once for each place in the program.
   *
   * @example
   * assert.deepEqual(diagnostics(), [])
   */
  diagnostics(): Diagnostic[]
  /**
   * The runs of functions that have ended, oldest first, with their logs. The latest are kept: 10 000, and 16 MB of events, logs and answers.
   *
   * @example
   * invocations().at(-1).log
   */
  invocations(): Invocation[]
  /**
   * Every document of a collection, in the order in which they were added. With `normalise` generated ids become `<id 1>`, `<id 2>` .. and dates `<date>`, so that it can be compared with a stored snapshot.
   *
   * @example
   * expect(await dump('todos', { normalise: true })).toMatchSnapshot()
   */
  dump(collection: string, options?: DumpOptions): Promise<any[]>
  /**
   * The names of the collections.
   *
   * @example
   * await collections()
   */
  collections(options?: EnvOption): Promise<string[]>
  /**
   * Makes the indexes given, as in the console, and resolves with those there are.
   *
   * @example
   * await indexes('todos', [{ keys: { owner: 1, at: -1 }, unique: true }])
   */
  indexes(collection: string, indexes?: IndexSpec[], options?: EnvOption): Promise<IndexInfo[]>
  /**
   * The documents of a collection as the console exports them.
   *
   * @example
   * const lines = await testing.export('todos', 'json')
   */
  export(collection: string, format?: 'json' | 'csv', options?: ExportOptions): Promise<string>
  /**
   * Reads documents as the console exports them: from a text (it has a line break or begins with a brace) or from a file. A line that cannot be stored rejects with its number, unless `stopOnError` is false: then the report lists it.
   *
   * @example
   * await testing.import('todos', 'fixtures/todos.csv', { conflictMode: 'upsert' })
   */
  import(collection: string, textOrFile: string, options?: ImportOptions): Promise<ImportReport>
  /**
   * Gives up a world of `createTest`; `await using` (TypeScript, Node 24) does so by itself.
   *
   * @example
   * await world.dispose()
   */
  dispose(): Promise<void>
}

declare const default_reset: TestWorld['reset']
export { default_reset as reset }
declare const default_seed: TestWorld['seed']
export { default_seed as seed }
declare const default_snapshot: TestWorld['snapshot']
export { default_snapshot as snapshot }
declare const default_restore: TestWorld['restore']
export { default_restore as restore }
declare const default_as: TestWorld['as']
export { default_as as as }
declare const default_run: TestWorld['run']
export { default_run as run }
declare const default_invoke: TestWorld['invoke']
export { default_invoke as invoke }
declare const default_trigger: TestWorld['trigger']
export { default_trigger as trigger }
declare const default_functions: TestWorld['functions']
export { default_functions as functions }
declare const default_clock: TestWorld['clock']
export { default_clock as clock }
declare const default_openapi: TestWorld['openapi']
export { default_openapi as openapi }
declare const default_cloudPay: TestWorld['cloudPay']
export { default_cloudPay as cloudPay }
declare const default_openData: TestWorld['openData']
export { default_openData as openData }
declare const default_container: TestWorld['container']
export { default_container as container }
declare const default_permissions: TestWorld['permissions']
export { default_permissions as permissions }
declare const default_client: TestWorld['client']
export { default_client as client }
declare const default_faults: TestWorld['faults']
export { default_faults as faults }
declare const default_calls: TestWorld['calls']
export { default_calls as calls }
declare const default_diagnostics: TestWorld['diagnostics']
export { default_diagnostics as diagnostics }
declare const default_invocations: TestWorld['invocations']
export { default_invocations as invocations }
declare const default_dump: TestWorld['dump']
export { default_dump as dump }
declare const default_collections: TestWorld['collections']
export { default_collections as collections }
declare const default_indexes: TestWorld['indexes']
export { default_indexes as indexes }
declare const default_export: TestWorld['export']
export { default_export as export }
declare const default_import: TestWorld['import']
export { default_import as import }
/**
 * A world of its own in memory, with the functions of the default one.
 *
 * @example
 * await using world = createTest({ as: 'user-1' })
 */
export declare function createTest(options?: TestOptions): TestWorld
