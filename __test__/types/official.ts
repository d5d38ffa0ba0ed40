// A program written against the official typings. It must compile with those and with ours.
import * as cloud from 'wx-server-sdk'
import defaultCloud, { DB, ICloud, init as start, Functions, Storage, Utils } from 'wx-server-sdk'
import required = require('wx-server-sdk')
import type { AnyArray, AnyFunction, AnyObject, IAPICompleteParam, IAPIError, IAPIFunction, IAPISuccessParam,
  ICloudClass, ICloudConfig, ICloudInitOptions, ICloudMetaData, ICloudService, ICloudServices, ICommonAPIConfig,
  IICloudAPI, IRuntimeIdentifiers, IServiceContext } from 'wx-server-sdk'
import { createReadStream } from 'fs'

start()
cloud.init({ env: 'prod-1', traceUser: true })
cloud.init({ env: { database: 'a', functions: 'b', storage: 'c' } })
required.init({})
defaultCloud.init({ env: cloud.DYNAMIC_CURRENT_ENV as any })
const partial: ICloudInitOptions = { env: 'x' }
cloud.init(partial)
const config: ICloudConfig = {
  env: 'x',
  database: { realtime: { maxReconnect: 1, reconnectInterval: 1, totalConnectionTimeout: 1 } },
}
const envName: string | { database?: string, functions?: string, storage?: string } | undefined = config.env
cloud.init(config)
const symbol: symbol = cloud.DYNAMIC_CURRENT_ENV

// ---- context, log, open capabilities
const context = cloud.getWXContext()
const openid: string | undefined = context.OPENID
const other: any = context.SOMETHING
const { APPID, UNIONID, ENV, SOURCE, CLIENTIP, CLIENTIPV6 } = context
const typed: ICloud.WXContext = context
const base: ICloud.BaseWXContext = typed
const log: ICloud.Logger = cloud.logger()
log.log({ a: 1 }); log.info({ a: 1 }); log.warn({ a: 1 }); log.error({ a: 1 })
const openapi: Record<string, any> = cloud.openapi
async function capabilities() {
  const sent = await cloud.openapi.subscribeMessage.send({ touser: openid, data: {} })
  const code: number = sent.errCode
  await openapi.wxacode.getUnlimited({ scene: 'a' })
  const direct: ICloud.GetOpenDataResult = cloud.getOpenData({ list: ['id'] })
  const list: Record<string, any>[] = cloud.getOpenData({ list: [] }).list
  const awaited = await cloud.getOpenData({ list: [] })
  const text: string = awaited.errMsg
  return { code, direct, list, text }
}

// ---- functions and files
interface Answer { ok: boolean }
async function services() {
  const answer = await cloud.callFunction({ name: 'todo', data: { action: 'list' }, slow: true, version: 1, config: { env: 'e' } })
  if (answer) {
    const id: string | undefined = answer.requestID
    const result: AnyObject | string | undefined = answer.result
    const cast = answer.result as Answer
    if (typeof answer.result === 'object') answer.result.anything.goes
    console.log(id, result, cast.ok, answer.errMsg)
  }
  const called = cloud.callFunction({ name: 'todo' }) as Promise<ICloud.CallFunctionResult>
  called.then((value) => value.errMsg, (error: IAPIError) => error.errMsg)
  const parameter: ICloud.CallFunctionParam = { name: 'x', data: {} as ICloud.CallFunctionData }
  await cloud.callFunction(parameter)

  const uploaded: ICloud.UploadFileResult = await cloud.uploadFile({ cloudPath: 'a/b.txt', fileContent: Buffer.from('x') })
  await cloud.uploadFile({ cloudPath: 'c', fileContent: createReadStream('/dev/null') })
  const status: number = uploaded.statusCode
  const downloaded = await cloud.downloadFile({ fileID: uploaded.fileID })
  const content: string = downloaded.fileContent.toString('utf8')
  const urls = await cloud.getTempFileURL({ fileList: [uploaded.fileID, { fileID: 'x', maxAge: 60 }, { fileID: 'y' }] })
  for (const item of (urls as ICloud.GetTempFileURLResult).fileList) {
    const { fileID, tempFileURL, maxAge, status, errMsg }: ICloud.GetTempFileURLResultItem = item
    console.log(fileID, tempFileURL, maxAge.toFixed(), status.toFixed(), errMsg)
  }
  const deleted = (await cloud.deleteFile({ fileList: [uploaded.fileID] })) as ICloud.DeleteFileResult
  const first: ICloud.DeleteFileResultItem = deleted.fileList[0]
  const uploadParam: ICloud.UploadFileParam = { cloudPath: '', fileContent: Buffer.alloc(0) }
  const downloadParam: ICloud.DownloadFileParam = { fileID: '' }
  const voip: ICloud.GetVoIPSignParam = { groupId: '', nonce: '', timestamp: 1 }
  const sign: ICloud.GetVoIPSignResult = { errMsg: '', signature: '' }
  return { status, content, first, uploadParam, downloadParam, voip, sign }
}
const maybe: Promise<ICloud.CallFunctionResult> | void = cloud.callFunction({ name: 'x' })

// ---- database
const db = cloud.database()
const named: DB.Database = cloud.database({ env: 'other' })
const databaseConfig: DB.IDatabaseConfig = db.config
const databaseEnv: string | undefined = databaseConfig.env
const _ = db.command
const command: DB.DatabaseCommand = _
const $ = _.aggregate
const todos: DB.CollectionReference = db.collection('todos')
const name: string = todos.collectionName
function isDocument(value: DB.IDocumentData): boolean { return value._id !== undefined && value.any.thing }

class Repository {
  private readonly collection: DB.CollectionReference
  constructor(database: DB.Database, name: string) { this.collection = database.collection(name) }
  find(condition: DB.IQueryCondition): DB.Query { return this.collection.where(condition) }
  one(id: DB.DocumentId): DB.DocumentReference { return this.collection.doc(id) }
  async all(): Promise<DB.IDocumentData[]> { return ((await this.collection.get()) as DB.IQueryResult).data }
}

async function crud() {
  const added = (await todos.add({ data: { title: 'x', done: false, at: new Date(), due: db.serverDate() } })) as DB.IAddResult
  const id: string | number = added._id
  const loose: any = { a: 1 }
  const single = await todos.add({ data: loose })
  console.log((single as DB.IAddResult)._id)
  const options: DB.IAddDocumentOptions = { data: { _id: 'a', x: 1 } }
  await todos.add(options)
  interface Row { title: string, tags: string[] }
  const row: Row = { title: '', tags: [] }
  await todos.add({ data: row })
  await todos.add({ data: { ...row, _id: 5 } })

  const page = (await todos.where({ done: false, 'owner.name': 'x', n: _.gte(1).and(_.lt(5)) })
    .orderBy('due', 'desc').orderBy('title', 'asc').skip(20).limit(20).field({ title: true }).get()) as DB.IQueryResult
  page.data.forEach((document) => console.log(document._id, document.title.length, isDocument(document)))
  const order: string = Math.random() > 0.5 ? 'asc' : 'desc'
  let query: DB.Query = todos
  query = query.where(_.or([{ a: 1 }, { b: _.in([1, 2]) }])).orderBy('a', order)
  query = query.limit(1).skip(1).field({ a: 1 })
  const counted = (await query.count()) as DB.ICountResult
  const total: number = counted.total
  const updated = (await todos.where({ done: true }).update({ data: { n: _.inc(1), 'a.b': 2, tags: _.push(['x']) } })) as DB.IUpdateResult
  const n: number = updated.stats.updated
  const removed = (await todos.where({ done: true }).remove({ query: {} })) as DB.IRemoveResult
  await query.remove()
  await query.update()
  const doc = todos.doc(id)
  const got = (await doc.field({ title: true }).get({ stringifyTest: true })) as DB.IQuerySingleResult
  const title: string = got.data.title
  const set = (await doc.set({ data: { title, nested: { a: [1] } } })) as DB.ISetResult
  const created: number = set.stats.created + set.stats.updated
  const setId: DB.DocumentId = set._id
  const change: DB.IUpdateCondition = { title: _.set('y'), old: _.remove() }
  await doc.update({ data: change })
  await doc.update({ data: { [`list.${n}`]: 1 } })
  const updateOptions: DB.IUpdateSingleDocumentOptions = { data: { a: 1 } }
  const updateMany: DB.IUpdateDocumentOptions = { data: { a: 1 }, stringifyTest: false }
  const setOptions: DB.ISetSingleDocumentOptions = { data: { a: 1 } }
  const removeOptions: DB.IRemoveDocumentOptions = { query: { a: 1 } }
  await doc.update(updateOptions)
  await query.update(updateMany)
  await doc.set(setOptions)
  await query.remove(removeOptions)
  await doc.remove()
  await doc.set(); await doc.update()
  const parent: DB.CollectionReference = doc.collection
  const docId: string | number = doc._id
  const thenable = todos.get() as Promise<DB.IQueryResult>
  thenable.then((result) => result.data.length).catch(() => 0)
  const either: Promise<DB.IQueryResult> | void | string = todos.get()
  const created2 = await db.createCollection('x')
  console.log(created2.anything, removed.stats.removed, total, created, setId, parent, docId, either)
  await Promise.all([todos.count(), todos.get(), doc.get()])
  const chunks = await Promise.all([0, 1].map((i) => todos.skip(i * 100).limit(100).get())) as DB.IQueryResult[]
  return chunks.reduce((all, chunk) => all.concat(chunk.data), [] as DB.IDocumentData[])
}

// ---- commands
const conditions: DB.DatabaseQueryCommand[] = [
  _.eq(1), _.neq(null), _.gt(new Date()), _.gte('a'), _.lt(1), _.lte(1), _.in([1]), _.nin(['x']), _.exists(true), _.mod(3, 1),
  _.all([1]), _.elemMatch({ a: _.gt(1) }), _.size(2),
]
const joined: DB.DatabaseLogicCommand[] = [
  _.and(_.gt(1), _.lt(5)), _.and({ a: 1 }, _.or({ b: 1 }, { c: 1 })), _.or([{ a: 1 }]), _.nor(_.eq(1)), _.not(_.eq(1)),
  _.gt(1).lt(5), _.gt(1).or(_.lt(0)).and(_.neq(3)), _.exists(true).and(_.size(1)), _.gt(1).eq(2), _.gt(1).exists(true),
  _.gt(1).mod(1, 2), _.gt(1).all([1]), _.gt(1).elemMatch({}), _.gt(1).size(1), _.and().nor(_.eq(1)).not(_.eq(1)), _.gt(1).in([1]).or({ a: 1 }),
]
const changes: DB.DatabaseUpdateCommand[] = [
  _.set({ a: 1 }), _.remove(), _.inc(1), _.mul(2), _.min(1), _.max(1), _.rename('b'), _.bit(1), _.push(1, 2), _.push([1]),
  _.push({ each: [1], position: 0 }), _.pop(), _.shift(), _.unshift(1), _.addToSet(1), _.pull({ a: 1 }), _.pullAll([1]),
]
const projected: DB.DatabaseProjectionCommand[] = [_.project.slice(1), _.project.slice([1, 2])]
const expressions: DB.DatabaseAggregateCommand[] = [
  $.sum(1), $.avg('$a'), $.cond({ if: $.gt(['$a', 1]), then: 1, else: 0 }), $.dateToString({ date: '$d', format: '%Y' }), $.convert({}),
  $.toString('$a'), $.trim({ input: '$a' }), $.type('$a'), $.let({ vars: {}, in: 1 }), $.in(['$a', []]), $.switch({}), $.toObjectId(''),
]
const spread = (list: DB.IQueryCondition[]) => _.or(...list)

// ---- aggregation
async function aggregation() {
  const result = (await db.collection('orders').aggregate().match({ paid: true }).addFields({ a: 1 }).bucket({}).bucketAuto({})
    .geoNear({ near: db.Geo.Point(1, 2), distanceField: 'd' }).group({ _id: '$city', total: $.sum('$price') }).project({ a: 1 })
    .replaceRoot({ newRoot: '$a' }).sample({ size: 1 }).sort({ a: -1 }).sortByCount('$a').unwind('$tags').lookup({ from: 'x' })
    .skip(1).limit(5).count('n').end()) as DB.IAggregateResult
  const list: any[] = result.list
  const built: DB.Aggregate = db.collection('a').aggregate()
  const stages: DB.PipelineBase<DB.Aggregate> = built
  built.facet({}); built.redact({}); built.out(''); built.indexStats({}); built.collStats({}); built.graphLookup({})
  return [list, stages, list[0].any.thing]
}

// ---- transactions
async function transactions() {
  const result = await db.runTransaction(async (transaction: any) => {
    const read = await transaction.collection('a').doc('b').get()
    await transaction.collection('a').doc('b').update({ data: { n: _.inc(-read.data.n) } })
    if (read.data.n < 0) await transaction.rollback({ reason: 'empty' })
    return { left: read.data.n }
  }, 5)
  const left: number = result.left
  const shaped: { whatever: string } = await db.runTransaction(async (transaction: DB.Database) => transaction.collection('a').get())
  const transaction = await db.startTransaction()
  const document: { title: string } = (await transaction.collection('a').doc('b').get()).data
  await transaction.collection('a').add({ data: { a: 1 } })
  await transaction.commit()
  await transaction.rollback()
  return [left, shaped, document]
}

// ---- geometries, dates, patterns
const point: DB.GeoPoint = db.Geo.Point(1, 2)
const again: DB.GeoPoint = new db.Geo.Point(1, 2)
const fromJson: DB.GeoPoint = db.Geo.Point({ type: 'Point', coordinates: [1, 2] })
const lineString: DB.GeoLineString = db.Geo.LineString([point, again])
const polygon: DB.GeoPolygon = new db.Geo.Polygon([lineString])
const geometries: DB.GeoInstance[] = [
  point, fromJson, lineString, polygon, db.Geo.MultiPoint([point]), db.Geo.MultiLineString([lineString]), db.Geo.MultiPolygon([polygon]),
  db.Geo.MultiPolygon({ type: 'MultiPolygon', coordinates: [] }),
]
const coordinates: [number, number] = point.toJSON().coordinates
const degrees: number = point.longitude + point.latitude + lineString.points[0].latitude + polygon.lines.length
const geoJson: DB.IGeoJSONObject[] = geometries.map((geometry) => geometry.toJSON())
const near = [
  _.geoNear({ geometry: point, maxDistance: 1, minDistance: 0 }), _.geoWithin({ geometry: polygon }),
  _.geoIntersects({ geometry: lineString }), _.exists(true).geoNear({ geometry: point }),
]
const date: DB.ServerDate = db.serverDate()
const makeDate: () => DB.ServerDate = db.serverDate
const pattern: DB.RegExp = db.RegExp({ regexp: '^a', options: 'i' })
const pattern2: DB.RegExp = new db.RegExp({ regexp: '^a' })
const source: string = pattern.regexp + pattern.options
const geo: DB.IGeo = db.Geo

// ---- names that only exist as types
const sum: DB.AGGREGATE_COMMANDS_LITERAL = DB.AGGREGATE_COMMANDS_LITERAL.SUM
const operators = [DB.QUERY_COMMANDS_LITERAL.GEO_NEAR, DB.LOGIC_COMMANDS_LITERAL.NOR, DB.UPDATE_COMMANDS_LITERAL.PULL_ALL,
  DB.PROJECTION_COMMANDS_LITERAL.SLICE, DB.UPDATE_COMMAND_MODIFIERS_LITERAL.EACH]
declare const service: ICloudService
declare const api: IICloudAPI
declare const contexts: [IServiceContext, Functions.IFunctionsServiceContext, Storage.IStorageServiceContext, Utils.IUtilsServiceContext,
  DB.IDatabaseServiceContext, DB.IDatabaseInstanceContext]
const limits: number = contexts[1].appConfig.maxReqDataSize + contexts[2].appConfig.uploadMaxFileSize + contexts[4].appConfig.docSizeLimit
export type Everything = [AnyArray, AnyFunction, AnyObject, IAPICompleteParam, IAPIFunction<any, any>, IAPISuccessParam, ICloudClass,
  ICloudMetaData, ICloudServices, ICommonAPIConfig, IRuntimeIdentifiers, DB.Batch, DB.PipelineStage, DB.Pipeline, DB.ConditionRecord,
  DB.IStringQueryCondition, DB.IStringUpdateCondition, DB.ISetCondition, DB.IDBAPIParam, DB.IGetDocumentOptions, DB.ICountDocumentOptions,
  DB.ISetDocumentOptions, DB.IRemoveSingleDocumentOptions, DB.IAppConfig, DB.IServerDateOptions, DB.IRegExpOptions,
  DB.IRegExpConstructor, DB.IGeoPointConstructor, DB.IGeoNearCommandOptions, DB.IGeoWithinCommandOptions, DB.IGeoIntersectsCommandOptions,
  DB.IDatabaseConstructorOptions, DB.DatabaseUpdateCommandModifier, ICloud.CloudID, ICloud.GetOpenDataParam, ICloud.DeleteFileParam,
  cloud.OQ<{ success?: AnyFunction }>, cloud.RQ<{ a: 1, fail?: AnyFunction }>, cloud.Optional<{ a: 1 }>]

export async function main(event: AnyObject, context: any) { return { event, context } }
export {
  APPID, UNIONID, ENV, SOURCE, CLIENTIP, CLIENTIPV6, Repository, aggregation, api, base, capabilities, changes, command, conditions,
  coordinates, crud, databaseEnv, date, degrees, envName, expressions, geo, geoJson, joined, limits, makeDate, maybe, name, named, near, operators,
  other, pattern2, projected, service, services, source, spread, sum, symbol, transactions,
}
