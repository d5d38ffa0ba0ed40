//! Types of the official file that describe how its services are put together.

use crate::node::declarations::{Block, block, line};

pub const BLOCKS: &[Block] = &[
    block(
        "export interface IAPIError",
        "The least that every failure has.",
        &[("errMsg: string", "`<api>:fail <reason>`.")],
    ),
    block(
        "export interface IAPISuccessParam",
        "The least that every result has.",
        &[("errMsg: string", "`<api>:ok`.")],
    ),
    line(
        "export type IAPICompleteParam = IAPISuccessParam | IAPIError",
        "Either outcome of a call.",
    ),
    line(
        "export type IAPIFunction<T, P> = (param: P) => Promise<T> | any",
        "A function that a service adds.",
    ),
    block(
        "export interface ICloudError extends Error",
        "What a failed call rejects with.\n\nWhich members are there depends on the call: failures of \
         `collection.get/add/update/remove/count` and of documents carry the service's number in `errCode`; \
         `collection.aggregate`, `createCollection`, `callFunction` and the storage calls have `-1` \
         there and the service's word in `code`. Transactions reject with `code` and `requestId` alone.",
        &[
            (
                "errCode: number",
                "Number of the failure, `-1` where the client has none, e.g. `-502005`.",
            ),
            ("errMsg: string", "`<api>:fail <reason>`; the same as `message` for most failures."),
            ("code?: string | number", "The service's word, e.g. `DATABASE_COLLECTION_NOT_EXIST`."),
            ("requestId?: string", "Id of the failed request, where it is kept."),
        ],
    ),
    block(
        "export interface ICloudConfig",
        "Configuration as the official types have it; `IInitConfig` lists what works.",
        &[
            (
                "env?: string | { database?: string; functions?: string; storage?: string }",
                "Environment of all services, or one for each service. With an object, name the database's \
                 again in `database({ env })`: the database does not read it here.",
            ),
            ("traceUser?: boolean", "Without effect in cloud functions."),
            (
                "database: { realtime: { maxReconnect: number; reconnectInterval: number; totalConnectionTimeout: number } }",
                "Settings of watchers; without effect in cloud functions.",
            ),
        ],
    ),
    line(
        "export type ICloudInitOptions = Partial<ICloudConfig>",
        "What `init` takes by the official types.",
    ),
    block(
        "export interface IInitConfig",
        "What `init`, `updateConfig` and `createNewInstance` take.",
        &[
            (
                "env?: string | symbol | { default?: string; database?: string; functions?: string; storage?: string }",
                "Environment of calls that name none: its id, `cloud.DYNAMIC_CURRENT_ENV`, or one for each \
                 service. With an object, name the database's again in `database({ env })`.",
            ),
            (
                "throwOnNotFound?: boolean",
                "Whether `doc(id).get()` rejects when there is no such document; otherwise `data` is `null`.\n\n\
                 @default true",
            ),
            (
                "timeout?: number",
                "Longest time of a request in ms; kept for compatibility.\n\n@default 15000",
            ),
            ("secretId?: string", "Must come with `secretKey`. Not needed here."),
            ("secretKey?: string", "Must come with `secretId`. Not needed here."),
            ("sessionToken?: string", "Not needed here."),
            ("serviceUrl?: string", "Not used here: nothing leaves the machine."),
            ("region?: string", "Not used here."),
            ("proxy?: string", "Not used here."),
            ("headers?: Record<string, string>", "Not used here."),
            ("retries?: number", "Not used here."),
            ("debug?: boolean", "Not used here."),
            ("traceUser?: boolean", "Without effect, as in the cloud."),
            ("[key: string]: any", ""),
        ],
    ),
    block(
        "export interface ICrossAccountOptions",
        "Whose resources an instance made with `new cloud.Cloud(options)` uses.",
        &[
            ("resourceEnv: string", "Environment of the shared resources. Required."),
            (
                "resourceAppid?: string",
                "The mini program that shares them. Without it `resourceEnv` is ignored.",
            ),
            ("env?: string", "Environment of the instance when `resourceAppid` is not given."),
            ("[key: string]: any", ""),
        ],
    ),
    block(
        "export interface ICommonAPIConfig",
        "Settings of one call.",
        &[("env?: string", "Environment of this call alone.")],
    ),
    block(
        "export interface ICallConfig",
        "Settings of one call, `DYNAMIC_CURRENT_ENV` included.",
        &[("env?: string | symbol", "Environment of this call alone.")],
    ),
    block(
        "export interface IICloudAPI",
        "The export object by name.",
        &[
            ("init: (config?: ICloudConfig) => void", ""),
            ("[api: string]: AnyFunction | IAPIFunction<any, any>", ""),
        ],
    ),
    block(
        "export interface ICloudService",
        "What `createService` of a provider may return.",
        &[
            ("name: string", ""),
            ("context: IServiceContext", ""),
            (
                "getAPIs: () => { [name: string]: IAPIFunction<any, any> }",
                "Functions to add to the export object.",
            ),
        ],
    ),
    block(
        "export interface IServiceProvider",
        "What `registerService` takes.",
        &[(
            "createService(cloud: any): { name?: string; initRequired?: boolean; getAPIs?(): Record<string, AnyFunction>; \
             getNamespace?(): { namespace: string; apis: any } }",
            "Called at once. `getAPIs` adds functions, guarded by `init` unless `initRequired` is `false`; \
             `getNamespace` adds one object.",
        )],
    ),
    block(
        "export interface IServiceContext",
        "Context of a service; types only.",
        &[
            ("name: string", ""),
            ("identifiers: IRuntimeIdentifiers", ""),
            ("request: any", ""),
            ("debug: boolean", ""),
            ("env?: string", ""),
        ],
    ),
    block(
        "export interface ICloudServices",
        "Services by name; types only.",
        &[("[serviceName: string]: ICloudService", "")],
    ),
    block(
        "export interface ICloudMetaData",
        "Types only.",
        &[("session_id: string", ""), ("sdk_version?: string", "")],
    ),
    block(
        "export interface ICloudClass",
        "Types only.",
        &[
            ("apiPermissions: object", ""),
            ("config: ICloudConfig", ""),
            ("registerService(service: ICloudService): void", ""),
        ],
    ),
    block(
        "export interface IRuntimeIdentifiers",
        "Types only.",
        &[("pluginId?: string", ""), ("[key: string]: any", "")],
    ),
    line("export type AnyObject = { [x: string]: any }", ""),
    line("export type AnyArray = any[]", ""),
    line("export type AnyFunction = (...args: any[]) => any", ""),
    line("export type Optional<T> = { [K in keyof T]+?: T[K] }", ""),
    line(
        "export type RQ<T extends Optional<Record<'complete' | 'success' | 'fail', AnyFunction>>> = \
         Pick<T, Exclude<keyof T, 'complete' | 'success' | 'fail'>>",
        "Parameters without the callbacks of the mini program's side, which do not exist here.",
    ),
    line(
        "export type OQ<T extends Optional<Record<'complete' | 'success' | 'fail', AnyFunction>>> = RQ<T> & (\
         Required<Pick<T, 'success'>> | Required<Pick<T, 'fail'>> | Required<Pick<T, 'complete'>>)",
        "Parameters with at least one callback; callbacks do not exist here.",
    ),
];

pub const NAMESPACES: &[(&str, &[Block])] = &[
    (
        "Functions",
        &[block(
            "export interface IFunctionsServiceContext extends IServiceContext",
            "",
            &[(
                "appConfig: { maxReqDataSize: number; maxPollRetry: number; maxStartRetryGap: number; clientPollTimeout: number }",
                "",
            )],
        )],
    ),
    (
        "Storage",
        &[block(
            "export interface IStorageServiceContext extends IServiceContext",
            "",
            &[("appConfig: { uploadMaxFileSize: number; getTempFileURLMaxReq: number }", "")],
        )],
    ),
    ("Utils", &[line("export interface IUtilsServiceContext extends IServiceContext {}", "")]),
];
