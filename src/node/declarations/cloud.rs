//! The export object: functions, constants, and the namespace `ICloud`.

use crate::node::declarations::{Block, block, line};

pub const BLOCKS: &[Block] = &[
    line(
        "export const version: string",
        "Version of the official package whose behaviour this is, e.g. `4.0.2`.",
    ),
    line(
        "export const DYNAMIC_CURRENT_ENV: symbol",
        "Stands for the environment that the running function belongs to.\n\n\
         @example\n```js\ncloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })\n```",
    ),
    line(
        "export function init(config?: ICloudInitOptions | IInitConfig): void",
        "Switches the calls on. The first call counts, later ones are ignored. Calls made before it throw \
         `Cloud API isn't enabled, please call init first`.\n\n\
         @example\n```js\nconst cloud = require('wx-server-sdk')\ncloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })\n```",
    ),
    line(
        "export function updateConfig(config?: ICloudInitOptions | IInitConfig): void",
        "Replaces the whole configuration for functions, storage and `database({ env })`. Databases made \
         earlier keep theirs, and so does `database()` without `env`. Does not initialise.",
    ),
    line(
        "export function registerService(service: IServiceProvider): void",
        "Adds functions or one namespace to the export object.",
    ),
    line(
        "export function createNewInstance(config?: ICloudInitOptions | IInitConfig): ICloud.Instance",
        "An export object of its own, already initialised with `config`.",
    ),
    line(
        "export const Cloud: ICloud.CloudConstructor",
        "Makes an instance for another account's shared resources; works with and without `new`. Without \
         options the instance is an ordinary one to be initialised.\n\n\
         @example\n```js\nconst other = new cloud.Cloud({ resourceAppid: 'wx..', resourceEnv: 'prod' })\nawait other.init()\n```",
    ),
    line(
        "export function callFunction<R = AnyObject | string | undefined>(param: ICloud.CallFunctionParam): Promise<ICloud.CallFunctionResult<R>>",
        "Runs another cloud function of the project and resolves with what it returns, as JSON brings it \
         (a `Date` arrives as text).\n\n\
         Rejects with `callFunction:fail ..`: no such function, the function threw, its time ran out, or \
         `data` cannot be made JSON.\n\n\
         @example\n```js\nconst { result } = await cloud.callFunction({ name: 'todo', data: { action: 'list' } })\n```",
    ),
    line(
        "export function uploadFile(param: ICloud.UploadFileParam): Promise<ICloud.UploadFileResult>",
        "Stores a file under `cloudPath`; an existing one is replaced.\n\n\
         @example\n```js\nconst { fileID } = await cloud.uploadFile({ cloudPath: 'a.csv', fileContent: Buffer.from('a,b') })\n```",
    ),
    line(
        "export function downloadFile(param: ICloud.DownloadFileParam): Promise<ICloud.DownloadFileResult>",
        "Reads a whole file into a `Buffer`. Rejects with `downloadFile:fail ..` when there is none.",
    ),
    line(
        "export function getTempFileURL(param: ICloud.GetTempFileURLParam): Promise<ICloud.GetTempFileURLResult>",
        "Temporary addresses of files. Resolves even if single files fail: look at `status` of each item.",
    ),
    line(
        "export function deleteFile(param: ICloud.DeleteFileParam): Promise<ICloud.DeleteFileResult>",
        "Deletes files. Resolves even if single files fail: look at `status` of each item.",
    ),
    line(
        "export function database(config?: DB.IDatabaseConfig | DB.IDatabaseOptions): DB.Database",
        "The database of an environment; a new object each time.\n\n\
         @example\n```js\nconst db = cloud.database()\nconst _ = db.command\n```",
    ),
    line(
        "export const openapi: ICloud.OpenApi",
        "WeChat's open capabilities: any path below it is a call. Offline, documented capabilities answer \
         with sample values; tests replace them with mocks of `wx-server-sdk-local/testing`.\n\n\
         @example\n```js\nawait cloud.openapi.subscribeMessage.send({ touser: OPENID, templateId, data })\n```",
    ),
    line(
        "export const cloudPay: ICloud.OpenApi",
        "WeChat Pay's calls: `cloudPay.unifiedOrder(..)`, `cloudPay.queryOrder(..)` and the like.",
    ),
    line(
        "export function callOpenAPI(param: ICloud.CallOpenAPIParam): Promise<ICloud.CallOpenAPIResult>",
        "An open capability by name, with JSON in and out. `result` is not checked for `errcode`.",
    ),
    line(
        "export function getOpenData(param: ICloud.GetOpenDataParam): ICloud.OpenDataPromise",
        "The open data behind `cloudID`s that a page sent.",
    ),
    line(
        "export function getVoIPSign(param: ICloud.GetVoIPSignParam): Promise<ICloud.GetVoIPSignResult>",
        "Signature for joining a voice call.",
    ),
    line(
        "export function getCloudCallSign(param?: ICloud.GetCloudCallSignParam): Promise<ICloud.GetCloudCallSignResult>",
        "Signature for calling the cloud from other places.",
    ),
    line(
        "export function getWXContext(): ICloud.WXContext",
        "Who calls the running function. Needs no `init`. Outside a function it is what the environment \
         variables say, or `{}`.",
    ),
    line(
        "export function logger(): ICloud.Logger",
        "The structured log, one object a line. The member exists once `init` has run.",
    ),
    line(
        "export function signature(options: ICloud.SignatureOptions): ICloud.MidasSignature | undefined",
        "A parameter for `openapi.midas.*` whose value is computed when the call is made. Types other than \
         `midas` give `undefined`.",
    ),
    line(
        "export function ai(options?: ICloud.AIOptions): ICloud.AI",
        "WeChat's models. They are not reachable offline: the calls reject and say so; mock them in tests.",
    ),
];

pub const TYPES: &[Block] = &[
    line(
        "export type Instance = typeof import('.')",
        "An export object: that of the package, of `createNewInstance`, or of `Cloud()`.",
    ),
    line(
        "export type CrossAccountInstance = Omit<Instance, 'init'> & { init(): Promise<void> }",
        "An export object for shared resources; its calls throw until `await init()` is through.",
    ),
    block(
        "export interface CloudConstructor",
        "`cloud.Cloud`. What it returns is an export object: `instanceof` is false.",
        &[
            ("new (options: ICrossAccountOptions): CrossAccountInstance", ""),
            ("new (): Instance", ""),
            ("(options: ICrossAccountOptions): CrossAccountInstance", ""),
            ("(): Instance", ""),
        ],
    ),
    block(
        "export interface BaseWXContext",
        "What is known about a caller.",
        &[
            ("OPENID?: string", "The caller in this mini program. Absent for timers and servers."),
            ("APPID?: string", "The caller's mini program."),
            ("UNIONID?: string", "The caller across all mini programs of an account, if bound."),
            ("ENV?: string", "Id of the environment that runs the function."),
            (
                "SOURCE?: string",
                "How the call came, e.g. `wx_client`, `wx_devtools`, `scf`; a chain is joined by commas.",
            ),
            ("CLIENTIP?: string", ""),
            ("CLIENTIPV6?: string", ""),
        ],
    ),
    line(
        "export type WXContext = BaseWXContext & Record<string, any>",
        "Result of `getWXContext`.",
    ),
    block(
        "export class Logger",
        "Result of `logger`. Anything but an object throws `log msg must be an object`.",
        &[
            ("log(object: Record<string, any>): void", ""),
            ("info(object: Record<string, any>): void", ""),
            ("warn(object: Record<string, any>): void", ""),
            ("error(object: Record<string, any>): void", ""),
        ],
    ),
    block(
        "export interface OpenApi",
        "Every path is a call; calling the object itself sets options for the calls below it.",
        &[
            (
                "(options: { appid?: string; convertCase?: boolean; version?: string }): OpenApi",
                "`convertCase: false` sends and returns names as they are, instead of camelCase here and \
                 snake_case there.",
            ),
            ("[path: string]: any", "A call, or the start of a longer path."),
        ],
    ),
    block(
        "export interface CallOpenAPIParam",
        "Parameters of `callOpenAPI`.",
        &[
            ("api: string", "Name of the capability, e.g. `wxacode.get`."),
            ("data?: AnyObject", ""),
            ("version?: string", ""),
            ("config?: ICallConfig", ""),
        ],
    ),
    block(
        "export interface CallOpenAPIResult extends IAPISuccessParam",
        "Result of `callOpenAPI`.",
        &[("result: any", "The capability's answer as it came.")],
    ),
    block(
        "export interface GetOpenDataParam",
        "Parameters of `getOpenData`.",
        &[("list: string[]", "The `cloudID`s.")],
    ),
    block(
        "export interface GetOpenDataResult extends IAPISuccessParam",
        "Result of `getOpenData`.",
        &[("list: Record<string, any>[]", "One item a `cloudID`, in the same order.")],
    ),
    line(
        "export interface OpenDataPromise extends Promise<GetOpenDataResult>, GetOpenDataResult {}",
        "A promise: await it. The official file declares the result itself here, so its members are \
         declared too; they exist only on the awaited value.",
    ),
    block(
        "export interface GetVoIPSignParam",
        "Parameters of `getVoIPSign`.",
        &[("groupId: string", ""), ("nonce: string", ""), ("timestamp: number", "In seconds.")],
    ),
    block(
        "export interface GetVoIPSignResult extends IAPISuccessParam",
        "Result of `getVoIPSign`.",
        &[("signature: string", "")],
    ),
    block(
        "export interface GetCloudCallSignParam",
        "Parameters of `getCloudCallSign`.",
        &[("[key: string]: any", "")],
    ),
    block(
        "export interface GetCloudCallSignResult extends IAPISuccessParam",
        "Result of `getCloudCallSign`.",
        &[("signature: string", ""), ("errCode?: number", "")],
    ),
    line("export type CallFunctionData = AnyObject", "What a function receives as `event`."),
    block(
        "export interface CallFunctionResult<R = AnyObject | string | undefined> extends IAPISuccessParam",
        "Result of `callFunction`.",
        &[
            ("result: R", "What the function returned. Text that is JSON is parsed once more."),
            ("requestID?: string", "Spelt so, unlike elsewhere."),
        ],
    ),
    block(
        "export interface CallFunctionParam",
        "Parameters of `callFunction`.",
        &[
            ("name: string", "Name of the function: its directory below `cloudfunctions`."),
            ("data?: CallFunctionData", "The `event` of the called function.\n\n@default {}"),
            ("slow?: boolean", "Ignored, as in the cloud."),
            ("version?: number", "Ignored, as in the cloud."),
            (
                "timeout?: number",
                "Longest time to wait in ms. Rejects with `callFunction:fail request timeout`.",
            ),
            ("retryOptions?: AnyObject", "Retries of failed connections; there are none here."),
            ("config?: ICallConfig", ""),
        ],
    ),
    block(
        "export interface UploadFileResult extends IAPISuccessParam",
        "Result of `uploadFile`.",
        &[
            ("fileID: string", "`cloud://<env>.<bucket>/<cloudPath>`."),
            ("statusCode: number", "Always -1, as the official client has it."),
        ],
    ),
    block(
        "export interface UploadFileParam",
        "Parameters of `uploadFile`.",
        &[
            ("cloudPath: string", "Path in the storage, without a leading slash."),
            (
                "fileContent: Buffer | ReadStream",
                "A `Buffer`, or what `fs.createReadStream` returns; no text.",
            ),
            ("header?: Record<string, any>", "Ignored, as in the cloud."),
            ("config?: ICallConfig", ""),
        ],
    ),
    block(
        "export interface DownloadFileResult extends IAPISuccessParam",
        "Result of `downloadFile`.",
        &[("fileContent: Buffer", "The whole file."), ("statusCode: number", "Always 200.")],
    ),
    block(
        "export interface DownloadFileParam",
        "Parameters of `downloadFile`.",
        &[("fileID: string", "`cloud://..`"), ("config?: ICallConfig", "")],
    ),
    block(
        "export interface GetTempFileURLResult extends IAPISuccessParam",
        "Result of `getTempFileURL`.",
        &[("fileList: GetTempFileURLResultItem[]", "One item a file, in the same order.")],
    ),
    block(
        "export interface GetTempFileURLResultItem",
        "Address of one file.",
        &[
            ("fileID: string", ""),
            ("tempFileURL: string", "`''` when the file failed."),
            ("maxAge: number", "How long the address works, in seconds."),
            ("status: number", "0, or the number of the failure, e.g. -503003."),
            ("errMsg: string", "`ok`, or the text of the failure."),
        ],
    ),
    block(
        "export interface GetTempFileURLParam",
        "Parameters of `getTempFileURL`.",
        &[
            (
                "fileList: (string | { fileID: string; maxAge?: number })[]",
                "File ids; an object must have both members, `maxAge` in seconds.",
            ),
            ("config?: ICallConfig", ""),
        ],
    ),
    block(
        "export interface DeleteFileResult extends IAPISuccessParam",
        "Result of `deleteFile`.",
        &[("fileList: DeleteFileResultItem[]", "One item a file, in the same order.")],
    ),
    block(
        "export interface DeleteFileResultItem",
        "What became of one file.",
        &[
            ("fileID: string", ""),
            ("status: number", "0, or the number of the failure, e.g. -503003."),
            ("errMsg: string", "`ok`, or the text of the failure."),
        ],
    ),
    block(
        "export interface DeleteFileParam",
        "Parameters of `deleteFile`.",
        &[("fileList: string[]", "File ids."), ("config?: ICallConfig", "")],
    ),
    block(
        "export abstract class CloudID",
        "Exists on the mini program's side only: `ICloud.CloudID` is no value here.",
        &[("constructor(cloudID: string)", "")],
    ),
    block(
        "export interface SignatureOptions",
        "Parameters of `signature`.",
        &[
            ("type: 'midas' | (string & {})", ""),
            ("params: string[]", "Names of the parameters to sign."),
            ("secret: string", ""),
        ],
    ),
    block(
        "export interface MidasSignature",
        "Result of `signature`.",
        &[
            ("type: string", ""),
            ("params: string[]", ""),
            ("secret: string", ""),
            ("compute(...values: any[]): any", "Used by the open capability that gets it."),
        ],
    ),
    block(
        "export interface AIOptions",
        "Parameters of `ai`.",
        &[("config?: ICallConfig", ""), ("[key: string]: any", "")],
    ),
    block(
        "export interface AI",
        "Result of `ai`.",
        &[
            ("createModel(provider: string): any", ""),
            ("createImageModel(provider: string): any", ""),
            ("registerModel(name: string, model: any): any", ""),
            ("registerFunctionTool(tool: any): any", ""),
            ("handleResponseData(...values: any[]): any", ""),
            ("[member: string]: any", ""),
        ],
    ),
];
