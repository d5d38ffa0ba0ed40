//! Types of the control API that its calls' signatures name.

/// The beginning of `testing.d.ts`.
pub const TYPES: &str = r"/** Documents by collection; an object adds indexes to them. */
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
";
