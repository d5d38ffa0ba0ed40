'use strict'
// The same client-side calls on both packages: results' keys and types, and errors to the last
// member: class, message, numbers, own keys, JSON, thrown or rejected.
const { test, before, after } = require('node:test')
const assert = require('node:assert')
const { startStub } = require('./stub.cjs')
const { quietly } = require('./quietly.cjs')

/** Evaluated with `(cloud, db, _, $)`; `fresh` is an export object that was not initialised. */
const CALLS = [
  // init and instances
  'fresh.init()', 'fresh.init({})', "fresh.init('text')", 'fresh.init(null)', 'fresh.init(5)', "fresh.init({ env: 'e' })",
  "fresh.init({ secretId: 'a' })", "fresh.init({ secretKey: 'a' })", "fresh.init({ secretId: 'a', secretKey: undefined })",
  'fresh.init({ env: cloud.DYNAMIC_CURRENT_ENV })', 'fresh.init({}), fresh.init({})', 'fresh.updateConfig()', 'fresh.updateConfig({})',
  'fresh.updateConfig(null)', "fresh.updateConfig({ secretId: 'a' })", "fresh.updateConfig({ env: 'e' }), fresh.database()",
  "(() => { try { fresh.init({ secretId: 'a' }) } catch {} return fresh.database() })()",
  'cloud.createNewInstance().database().config', 'cloud.createNewInstance({ env: "x" })', 'cloud.createNewInstance(null)',
  'new cloud.Cloud({})', 'cloud.Cloud({ resourceAppid: "a" })', 'new cloud.Cloud({ resourceEnv: "e" }).database()',
  'new cloud.Cloud({ resourceEnv: "e" }).init()', 'new cloud.Cloud().init()', 'new cloud.Cloud(null).database()',
  'fresh.logger', 'fresh.logger()', 'fresh.getWXContext()', "fresh.signature({ type: 'other' })", 'fresh.version', 'typeof fresh.openapi',
  // not initialised
  ...['database()', 'uploadFile()', 'downloadFile()', 'getTempFileURL()', 'deleteFile()', "callFunction({ name: 'f' })", 'callOpenAPI()',
    'getOpenData()', 'getVoIPSign()', 'getCloudCallSign()', 'openapi.a.b()', 'cloudPay.a()', 'ai()'].map((call) => `fresh.${call}`),
  // services of one's own
  'cloud.registerService()', 'cloud.registerService({})', 'cloud.registerService({ createService: 5 })', 'cloud.registerService({ createService: () => ({}) })',
  'cloud.registerService({ createService: () => null })',
  "(cloud.registerService({ createService: () => ({ name: 'n', getAPIs: () => ({ hello: () => 'x' }) }) }), cloud.hello())",
  "(fresh.registerService({ createService: () => ({ name: 'n', getAPIs: () => ({ hello: () => 'x' }) }) }), fresh.hello())",
  "(fresh.registerService({ createService: () => ({ name: 'n', initRequired: false, getAPIs: () => ({ hello: () => 'x' }) }) }), fresh.hello())",
  "(cloud.registerService({ createService: () => ({ name: 'n', getNamespace: () => ({ namespace: 'mine', apis: { a: 1 } }) }) }), cloud.mine)",
  // databases and collections
  'cloud.database()', 'cloud.database(null)', "cloud.database('text').config", 'cloud.database({ a: 1 }).config', 'cloud.database(undefined).config',
  'db.collection()', "db.collection('')", 'db.collection(null)', 'db.collection(0)', "db.collection('c').collectionName", 'db.collection(5).collectionName',
  "db.createCollection('fresh-' + side)", "db.collection('c').doc()", "db.collection('c').doc(null)", "db.collection('c').doc({})",
  "db.collection('c').doc('')._id", "db.collection('c').doc(0)._id", "db.collection('c').doc(NaN)._id", "db.collection('c').doc(true)",
  ...['()', '(null)', "('x')", '(5)', '([])', '(() => 1)', '(new Date(0))', '(/a/)', '({ a: undefined })', '({ a: undefined, b: undefined })', '({ a: 1n })',
    '({ a: circular })', '(_.gt(1))', '({ a: _.geoNear() })', '({ a: _.not() })', "(Symbol('s'))", '(new Map())', '({ a: throwing })', '({ get a() { throw new Error("mine") } })',
    '(new Proxy({}, { ownKeys() { throw new RangeError("mine") } }))', '({ a: { toJSON() { throw new Error("mine") } } })'].map((argument) => `db.collection('c').where${argument}`),
  ...['()', "('a')", "('a', 'ASC')", "('a', 1)", "('$a', 'asc')", "('名', 'asc')", "('', 'asc')", "(undefined, 'asc')", "(null, 'asc')", "({}, 'asc')", "('a.b', 'desc')",
    "('_a', 'asc')", "('-a', 'asc')", "(5, 'asc')"].map((argument) => `db.collection('c').orderBy${argument}`),
  ...['()', "('5')", '(1.5)', '(NaN)', '(null)', '(Infinity)', '([])', '(0)', '(1001)', '(5n)'].flatMap((argument) =>
    [`db.collection('c').limit${argument}`, `db.collection('c').skip${argument}`]),
  ...['()', '(null)', "('a')", '(5)', '([])', '({})', '({ a: true, b: 0, c: "x" })', '({ a: 1n })', '({ a: throwing })'].flatMap((argument) =>
    [`db.collection('c').field${argument}`, `db.collection('c').doc('i').field${argument}`]),
  // reads
  "db.collection('c').get()", "db.collection('c').where({ _id: 'i' }).get('ignored')", "db.collection('c').count()", "db.collection('c').doc('i').get()",
  "db.collection('c').get(throwing)", "db.collection('c').limit(2).orderBy('a', 'asc').field({ a: true, _id: true }).get()",
  "cloud.database({ throwOnNotFound: false }).collection('c').doc('i').get()",
  // writes
  ...['()', '(null)', '({})', "('x')", '(5)', '({ data: null })', '({ data: { a: circular } })', '({ data: { a: 1n } })', '({ data: { a: throwing } })',
    '({ get data() { throw new Error("mine") } })', '({ data: [] })', "({ data: { a: { toJSON() { throw new Error('mine') } } } })",
    "({ data: new Proxy({ a: 1 }, { get() { throw new TypeError('mine') } }) })"].map((argument) => `db.collection('c').add${argument}`),
  "db.collection('c').add({ data: { a: 1 } })", "db.collection('c').add({ data: [{ a: 1 }] })", "db.collection('c').add({ data: { a: 1, b: new Date(0), c: [1, { d: null }] } })",
  ...["doc('i').update", "doc('i').set", "where({ a: 1 }).update"].flatMap((target) =>
    ['()', '(null)', '(undefined)', "('x')", '(5)', '([])', '({})', '({ data: undefined })', '({ data: null })', "({ data: 'x' })", '({ data: 5 })', '({ data: [] })', '({ data: {} })',
      '({ data: new Date(0) })', '({ data: /a/ })', '({ data: () => 1 })', '({ data: new Map() })', "({ data: { _id: 'x' } })", "({ data: { _id: 'x', a: 1 } })", '({ data: { a: circular } })',
      '({ data: { a: 1n } })', '({ data: { a: throwing } })', '({ data: _.inc(1) })', '({ get data() { throw new Error("mine") } })', '({ data: { a: 1 } })', '({ data: { a: undefined } })',
      '({ data: { z: { b: [_.inc(1)] } } })', '({ data: { a: _.inc(1) } })'].map((argument) => `db.collection('c').${target}${argument}`)),
  "db.collection('c').doc('').set({ data: { a: 1 } })", "db.collection('c').doc(0).set({ data: { a: 1 } })", "db.collection('c').doc('n').set({ data: { a: 1 } })",
  "db.collection('c').doc('i').remove()", "db.collection('c').doc('i').remove('ignored')", "db.collection('c').where({ a: 9 }).remove()", "db.collection('c').where({ a: 9 }).remove({ multi: false })",
  "db.collection('c').where({ a: 9 }).remove(null)", "db.collection('c').where({ a: 9 }).remove('x')", "db.collection('c').where({ a: 9 }).remove(5)",
  // commands and geometries
  ...['Point', 'LineString', 'Polygon', 'MultiPoint', 'MultiLineString', 'MultiPolygon'].flatMap((name) =>
    ['()', '(null)', '(1)', "('1', '2')", '(1, 2)', '(181, 0)', '(0, 91)', '(NaN, NaN)', '([])', '([1])', '([db.Geo.Point(1, 2)])', '([null])', '([db.Geo.Point(1, 2), 5])',
      "({ type: 'Point', coordinates: [1, 2] })", '(new Number(1), 2)'].map((argument) => `db.Geo.${name}${argument}`)),
  'db.Geo.Polygon([db.Geo.LineString([db.Geo.Point(0, 0), db.Geo.Point(1, 1)])])', 'db.RegExp()', 'db.RegExp({})', 'db.RegExp(null)', "db.RegExp('a')", "db.RegExp({ regexp: '' })", 'db.RegExp({ regexp: /a/ })',
  'db.serverDate()', 'db.serverDate(null)', 'db.serverDate(5)', "db.serverDate({ offset: 'x' })", '_.text()', "_.text('x')", '_.gt(1).lt(5).neq(3)', '_.gt(1).exists(true)', '_.and().not(1)',
  '_.push()', '_.push(null)', '_.push({ each: 5 })', '_.push(Object.create(null))', '_.in()', '_.mod()', '_.exists(true).geoNear()', '_.exists(true).geoNear({})', '_.exists(true).geoNear({ geometry: 1 })',
  "_.exists(true).geoNear({ geometry: db.Geo.Point(1, 2), maxDistance: 'x' })", '_.exists(true).geoWithin({})', '_.exists(true).geoIntersects({ geometry: 5 })', '$.add()', '$.pipeline().end()', '$.pipeline().match({ a: 1n })',
  '$.pipeline().facet({})',
  // pipelines
  "db.collection('c').aggregate().match({ _id: 'k' }).end()", "db.collection('c').aggregate().match({ a: 1 }).limit(1).end()", "db.collection('c').aggregate().match({ a: 1n })", "db.collection('c').aggregate().match({ a: throwing })",
  "db.collection('c').aggregate().geoNear()", "db.collection('c').aggregate().geoNear({})", "db.collection('c').aggregate().geoNear({ near: { type: 'Point', coordinates: [1, 2] } })", "db.collection('c').aggregate().geoNear({ near: 5 })",
  ...['collStats', 'facet', 'graphLookup', 'indexStats', 'out', 'redact'].map((stage) => `db.collection('c').aggregate().${stage}({})`),
  "db.collection('c').aggregate().project({ a: circular })", "db.collection('c').aggregate().limit(5n)", "db.collection('c').aggregate().sort(circular)",
  // transactions
  'db.startTransaction()', 'db.startTransaction().then((t) => t.collection())', 'db.runTransaction(async () => 5)', 'db.runTransaction(() => undefined)',
  'db.runTransaction(async () => { throw new Error("mine") })', 'db.runTransaction(async () => { throw undefined })', "db.runTransaction(async () => { throw 'text' })",
  "db.runTransaction(async (t) => { await t.rollback('reason') })", 'db.runTransaction(async (t) => { await t.rollback() })', 'db.runTransaction()', 'db.runTransaction(5)',
  "db.runTransaction(async (t) => { await t.rollback({ a: 1 }); return 7 })", "db.runTransaction(async (t) => { await t.rollback('reason'); throw new Error('late') })",
  "db.runTransaction(async () => { throw { code: 'DATABASE_TRANSACTION_CONFLICT' } }, 0)",
  // functions
  ...['()', '(null)', "('x')", '(5)', '(0)', '([])', '({})', '({ name: 5 })', "({ name: '' })", "({ name: 'f', data: null })", "({ name: 'f', data: undefined })", "({ name: 'f', data: [] })",
    "({ name: 'f', data: 'x' })", "({ name: 'f', data: circular })", "({ name: 'f', data: { a: 1n } })", "({ name: 'f', data: throwing })", "({ get name() { throw new Error('mine') } })",
    "({ name: 'f', data: new Date(0) })", "({ name: 'f', data: () => 1 })"].map((argument) => `cloud.callFunction${argument}`),
  // files
  ...['()', '(null)', "('x')", '(5)', '([])', '({})', '({ cloudPath: 5 })', "({ cloudPath: 'a' })", "({ cloudPath: 'a', fileContent: 'text' })", "({ cloudPath: 'a', fileContent: '' })", "({ cloudPath: 'a', fileContent: null })",
    "({ cloudPath: 'a', fileContent: new Uint8Array(1) })", "({ cloudPath: 'a', fileContent: {} })", "({ cloudPath: 'a', fileContent: [] })", "({ cloudPath: 'a', fileContent: 5 })", "({ fileContent: Buffer.from('x') })",
    "({ cloudPath: null, fileContent: Buffer.from('x') })"].map((argument) => `cloud.uploadFile${argument}`),
  ...['()', '(null)', "('x')", '(5)', '([])', '({})', '({ fileID: 5 })', '({ fileID: null })', '({ fileID: ["a"] })', '({ fileID: undefined })'].map((argument) => `cloud.downloadFile${argument}`),
  ...['getTempFileURL', 'deleteFile'].flatMap((name) => ['()', '(null)', "('x')", '(5)', '([])', '({})', "({ fileList: 'x' })", '({ fileList: null })', '({ fileList: {} })', '({ fileList: [5] })', '({ fileList: [null] })',
    "({ fileList: [''] })", "({ fileList: [{ fileID: 'x' }] })", '({ fileList: [{ maxAge: 1 }] })', '({ fileList: [{}] })', '({ fileList: [undefined] })', '({ fileList: [true] })', '({ fileList: [[]] })'].map((argument) => `cloud.${name}${argument}`)),
  // open capabilities
  'cloud.openapi()', 'cloud.openapi(null)', 'cloud.openapi(5)', "cloud.openapi('x')", 'cloud.cloudPay()', 'cloud.getCloudCallSign()', 'cloud.getCloudCallSign(null)', ...['getOpenData', 'callOpenAPI', 'getVoIPSign'].flatMap((name) =>
    ['()', '(null)', "('x')", '(5)', '([])', '({})', '({ api: 5 })', "({ api: 'a', data: 5 })", "({ groupId: 5 })", "({ groupId: 'g', nonce: 5 })", "({ groupId: 'g', nonce: 'n', timestamp: 'x' })"].map((argument) => `cloud.${name}${argument}`)),
  'cloud.signature()', 'cloud.signature({})', "cloud.signature({ type: 'midas' })", "cloud.signature({ type: 'midas', params: 'x' })", "cloud.signature({ type: 'midas', params: [5] })", "cloud.signature({ type: 'midas', params: [] })",
  "cloud.signature({ type: 'midas', params: ['a'], secret: '' })", "cloud.signature({ type: 'midas', params: ['a'], secret: 's' })", 'cloud.signature(null)',
  // the log
  'cloud.logger()', 'cloud.logger().log()', "cloud.logger().log('x')", 'cloud.logger().info(5)', 'cloud.logger().warn(null)', 'cloud.logger().error([])', 'cloud.logger().log({ a: 1 })', 'cloud.logger() === cloud.logger()',
]

/** Calls whose difference is meant, with the reason; each stands in COMPAT.md. */
const EAGER = 'values are read when they are given, not when they are sent'
const NO_DOCUMENT = 'the client sends what is no document and the service refuses it: here it is refused at once'
const KNOWN = new Map([
  ['fresh.getWXContext()', 'outside a function the caller is the default one of the project'],
  ["db.collection('c').where({ a: { toJSON() { throw new Error(\"mine\") } } })", EAGER],
  ["db.collection('c').field({ a: throwing })", EAGER],
  ["db.collection('c').doc('i').field({ a: throwing })", EAGER],
  ["db.collection('c').add({})", NO_DOCUMENT],
  ["db.collection('c').add('x')", NO_DOCUMENT],
  ["db.collection('c').add(5)", NO_DOCUMENT],
  ["db.collection('c').add({ data: null })", NO_DOCUMENT],
  ["db.collection('c').add({ data: [] })", 'the stub answers with an id for nothing'],
  ['_.mod()', 'the operands of a mistaken `mod` are a list, not an arguments object; what is sent is the same'],
  ["cloud.callFunction({ name: 'f', data: throwing })", 'the official text speaks of a circle that is not there; here the error of the getter is told'],
  ["cloud.getTempFileURL({ fileList: [''] })", 'the stub has no files: here each one asked for is answered as missing'],
])

let stub, official, local
before(async () => {
  stub = await startStub()
  official = require('wx-server-sdk')
  local = require('../entry/sdk.js')
  for (const cloud of [official, local]) cloud.init({ env: 'e', secretId: 'a', secretKey: 'b' })
  await require('../entry/testing.js').seed({ c: [{ _id: 'i', a: 1 }, { _id: 'j', a: 1 }, { _id: 'k', a: 5 }] }, { env: 'e' })
})
after(() => stub.stop())

/** Kind of a value and of its members, not what they are. */
function shape(value, depth = 0) {
  if (value === null || typeof value !== 'object') return typeof value === 'function' ? 'function' : typeof value
  const name = value.constructor?.name ?? 'null'
  if (depth > 2 || value instanceof Date || Buffer.isBuffer(value)) return name
  // How many there are is the data's business: the kinds of elements, each once.
  if (Array.isArray(value)) {
    return [...new Set(value.map((item) => JSON.stringify(shape(item, depth + 1))))]
  }
  const keys = Object.keys(value).filter((key) => !key.startsWith('_') || key === '_id' || key === '_ids')
  // The client's own objects lead to the whole client.
  const inner = (key) => (['database', 'cloud', 'collection'].includes(key) ? 'client' : shape(value[key], depth + 1))
  return { [name]: Object.fromEntries(keys.map((key) => [key, inner(key)])) }
}

function describeError(error) {
  if (!(error instanceof Error)) return { value: error }
  return {
    class: error.constructor.name, name: error.name, message: error.message, keys: Object.keys(error),
    own: Object.getOwnPropertyNames(error).filter((key) => key !== 'stack').sort(),
    json: JSON.stringify(error), errCode: error.errCode, errMsg: error.errMsg, code: error.code, requestId: error.requestId,
  }
}

async function outcomeOf(cloud, source, side) {
  const circular = {}
  circular.self = circular
  const throwing = { get value() { throw new Error('from a getter') } }
  const names = ['cloud', 'db', '_', '$', 'fresh', 'circular', 'throwing', 'side']
  const db = cloud.database()
  const run = new Function(...names, `return (${source})`)
  let outcome
  try {
    outcome = run(cloud, db, db.command, db.command.aggregate, new cloud.Cloud(), circular, throwing, side)
  } catch (error) {
    return { thrown: describeError(error) }
  }
  if (typeof outcome?.then !== 'function') return { returned: shape(outcome) }
  try {
    return { resolved: shape(await outcome) }
  } catch (error) {
    return { rejected: describeError(error) }
  }
}

/** What a program can only tell by the engine: V8's texts of circles name the path to them. */
const normal = (outcome) => JSON.parse(JSON.stringify(outcome, (key, value) => (value === undefined ? '<undefined>' : value))
  .replaceAll(/Converting circular structure to JSON[^"]*?(?=\\?")/g, 'Converting circular structure to JSON'))

test('every call ends as it does in the official package', async (context) => {
  const failures = []
  for (const source of CALLS) {
    const [theirs, ours] = [normal(await quietly(() => outcomeOf(official, source, 'a'))), normal(await quietly(() => outcomeOf(local, source, 'b')))]
    let isSame = true
    try { assert.deepStrictEqual(ours, theirs) } catch { isSame = false }
    if (isSame === KNOWN.has(source)) failures.push({ source, theirs, ours })
  }
  context.diagnostic(`${CALLS.length} calls, ${KNOWN.size} known differences`)
  if (process.env.SHOW) require('node:fs').writeFileSync(process.env.SHOW, JSON.stringify(failures, null, 1))
  assert.deepStrictEqual(failures.slice(0, 10), [])
  assert.ok(CALLS.length >= 100)
})
