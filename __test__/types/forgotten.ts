// What the official typings forget or get wrong (section 12 of the contract), as the runtime has it.
import * as cloud from 'wx-server-sdk'
import { DB, ICloud } from 'wx-server-sdk'

type Equals<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false
const holds = <T extends true>(): T => true as T

// ---- the export object
const version: string = cloud.version
cloud.init({
  env: cloud.DYNAMIC_CURRENT_ENV, throwOnNotFound: false, timeout: 5000, secretId: 'a', secretKey: 'b', sessionToken: 'c',
  serviceUrl: 'http://127.0.0.1', region: 'ap-shanghai', headers: { a: 'b' }, retries: 1, debug: true,
})
cloud.init({ env: { default: 'a', database: 'b' } })
cloud.updateConfig({ env: 'other' })
cloud.updateConfig()
cloud.registerService({ createService: () => ({ name: 'extra', initRequired: false, getAPIs: () => ({ hello: () => 1 }) }) })
const instance: ICloud.Instance = cloud.createNewInstance({ env: 'x' })
const second = instance.createNewInstance()
const other = new cloud.Cloud({ resourceEnv: 'e', resourceAppid: 'wx1' })
const same = cloud.Cloud({ resourceEnv: 'e' })
const plain = new cloud.Cloud()
plain.init({ env: 'x' })

async function exported() {
  await other.init()
  await same.init()
  const read = await other.database().collection('a').get()
  holds<Equals<typeof read, DB.IQueryResult>>()
  const result: any = (await cloud.callOpenAPI({ api: 'wxacode.get', data: { path: '/' }, version: 'v1', config: { env: 'e' } })).result
  const voip: string = (await cloud.getVoIPSign({ groupId: 'g', nonce: 'n', timestamp: 1 })).signature
  const callSign: string = (await cloud.getCloudCallSign({})).signature
  const data = await cloud.getOpenData({ list: ['id'] })
  holds<Equals<typeof data, ICloud.GetOpenDataResult>>()
  cloud.getOpenData({ list: [] }).then(({ list }) => list, () => []).finally(() => {})
  const sign = cloud.signature({ type: 'midas', params: ['openid'], secret: 's' })
  const paid = await cloud.cloudPay.unifiedOrder({ body: 'x', outTradeNo: '1', totalFee: 1 })
  const raw = await cloud.openapi({ convertCase: false, appid: 'wx' }).wxacode.get({ path: '/' })
  const model = cloud.ai().createModel('hunyuan')
  return [version, second, result, voip, callSign, sign?.params, paid, raw, model]
}

// ---- calls always give promises
async function promises() {
  const list = [
    cloud.callFunction({ name: 'x' }), cloud.getTempFileURL({ fileList: [] }), cloud.deleteFile({ fileList: [] }),
  ]
  await Promise.all(list.map((promise) => promise.catch((error: cloud.ICloudError) => error.errCode.toFixed())))
  const called = await cloud.callFunction<{ ok: boolean }>({ name: 'x', timeout: 100, config: { env: cloud.DYNAMIC_CURRENT_ENV } })
  const ok: boolean = called.result.ok
  const url: string = (await cloud.getTempFileURL({ fileList: ['a'], config: { env: 'x' } })).fileList[0].tempFileURL
  await cloud.uploadFile({ cloudPath: 'a', fileContent: Buffer.from(''), config: { env: 'x' } })
  await cloud.downloadFile({ fileID: 'a', config: { env: 'x' } })
  const status: number = (await cloud.deleteFile({ fileList: ['a'], config: { env: 'x' } })).fileList[0].status
  return [ok, url, status]
}

// ---- database
interface Todo { _id: string, title: string, tags: string[], at: Date, owner: { name: string, age: number }, place?: DB.GeoPoint }
const db = cloud.database({ env: cloud.DYNAMIC_CURRENT_ENV, throwOnNotFound: false })
const throws: boolean | undefined = db.config.throwOnNotFound
const _ = db.command
const $ = _.aggregate
const todos = db.collection<Todo>('todos')

async function documents() {
  const { data } = await todos.where({ 'owner.name': 'x' }).orderBy('at', 'desc').get()
  holds<Equals<typeof data, Todo[]>>()
  const one = await todos.doc('a').get()
  holds<Equals<typeof one.data, Todo>>()
  const some = await todos.field<Pick<Todo, 'title'>>({ title: true }).get()
  holds<Equals<typeof some.data, Pick<Todo, 'title'>[]>>()
  const todo = { title: '', tags: [], at: db.serverDate({ offset: -1000 }), owner: { name: '', age: 1 } }
  const id: string | number = (await todos.add({ data: todo }))._id
  const ids: (string | number)[] = (await todos.add({ data: [todo, { ...todo, at: new Date(), place: db.Geo.Point(1, 2) }] }))._ids
  const loose = await db.collection('any').add({ data: [{ a: 1 }, { b: 2 }] })
  holds<Equals<typeof loose, DB.IAddManyResult>>()
  const anything: any = null
  const single = await db.collection('any').add({ data: anything })
  holds<Equals<typeof single, DB.IAddResult>>()
  const updated: number = (await todos.where({}).update({ data: { title: 'x', tags: _.push('y'), 'owner.age': _.inc(1) }, multi: false })).stats.updated
  await todos.doc('a').update({ data: { owner: { age: 3 }, at: db.serverDate() } })
  await todos.doc('a').set({ data: todo })
  const removed: number = (await todos.where({ a: 1 }).remove({ multi: false })).stats.removed
  await todos.remove()
  const total: number = (await todos.count()).total
  return [id, ids, updated, removed, total, throws]
}

// ---- commands
const conditions = [
  _.expr($.gt(['$a', '$b'])), _.jsonSchema({ required: ['a'] }), _.text({ search: 'x', language: 'en' }), _.mod([3, 1]),
  _.not(/x/), _.or(/a/, /b/), _.and([_.gt(1), _.lt(2)]), _.in([1, 2] as const), _.min(new Date()), _.max(db.serverDate()),
  _.bit({ and: 5 }), _.geoWithin({ centerSphere: [[20, 1], 1] }), _.geoWithin({ centerSphere: [db.Geo.Point(1, 2), 1] }),
  _.exists(true).geoWithin({ centerSphere: [[20, 1], 1] }), _.project.elemMatch({ a: 1 }), _.gt(1).toJSON().$gt, _.nor([{ a: 1 }]),
  _.gt(1).or([_.lt(0), _.eq(5)]),
]
const operators = [$.sum(), $.dateFromParts({ year: 2020 }), $.neq(['$a', 1]), $.mergeObjects('$a'), $.meta('textScore')]
const offset: number = db.serverDate({ offset: 5 }).offset
const pattern: string = db.RegExp({ regexp: 'a' }).$regularExpression.pattern + new db.RegExp({ regexp: 'a' }).parse().$regularExpression.options
const geoJson: DB.IGeoJSONPoint = db.Geo.Point(1, 2).parse('$geometry').$geometry
const readable: string = db.Geo.Point(1, 2).toReadableString()
const sent: number = db.serverDate().parse().$tcb_server_date.offset

// ---- pipelines
async function pipelines() {
  const stages = $.pipeline().match(_.expr($.eq(['$a', '$$b']))).project({ a: 1 }).done()
  const aggregate = todos.aggregate().lookup({ from: 'x', let: { b: '$b' }, pipeline: stages, as: 'x' }).pushStage('limit', 1)
  const { list } = await aggregate.end<{ total: number }>()
  holds<Equals<typeof list, { total: number }[]>>()
  $.pipeline().end().catch((error) => error)
  todos.aggregate().indexStats()
  return list[0].total + $.pipeline().unwrap()[0].stageKey.length
}

// ---- transactions
async function transactions() {
  const left = await db.runTransaction<number>(async (transaction) => {
    const account = await transaction.collection<{ n: number }>('accounts').doc('a').get()
    if (account.data.n < 1) await transaction.rollback('empty')
    await transaction.collection('accounts').doc('a').update({ data: { n: _.inc(-1) } })
    return account.data.n - 1
  }, 2)
  holds<Equals<typeof left, number>>()
  const transaction: DB.Transaction = await db.startTransaction()
  const requestId: string = (await transaction.commit()).requestId
  await transaction.init()
  await transaction.rollback(new Error('no'))
  return [left, requestId]
}

export { conditions, documents, exported, geoJson, offset, operators, pattern, pipelines, plain, promises, readable, sent, transactions }
