// Runs every expression of `expressions.mjs` through the official package against a stub server
// and prints one JSON line each: `{source, calls, action, sent}` or `{source, calls, error}`.
//
//   OFFICIAL_SDK=<directory of wx-server-sdk> node __test__/oracle/encodings.mjs > encodings.jsonl
//
// `calls` describes the arguments of every call of the chain, so that the encoders can be tested
// without a JavaScript engine: see `describe`.

import { createRequire } from 'node:module'
import { createServer } from 'node:http'
import { expressions } from './expressions.mjs'

const require = createRequire(import.meta.url)
const SENT = ['query', 'data', 'stages', 'order', 'offset', 'limit', 'projection', 'multi',
  'merge', 'upsert', 'queryType', 'function_name', 'request_data']

let received
const server = createServer((request, response) => {
  const chunks = []
  request.on('data', (chunk) => chunks.push(chunk))
  request.on('end', () => {
    received ??= JSON.parse(Buffer.concat(chunks).toString())
    const data = { list: ['{"_id":"i"}'], insertedIds: ['i'], updated: 1, deleted: 1, total: 1, response_data: '1' }
    response.end(JSON.stringify({ requestId: 'r', data }))
  })
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
Object.assign(process.env, {
  TCB_CONTEXT_CNFG: JSON.stringify({ URL: `http://127.0.0.1:${server.address().port}/admin` }),
  TENCENTCLOUD: 'true',
  SILENCE: 'true',
})
console.warn = () => {}
console.info = () => {}

const cloud = require(process.env.OFFICIAL_SDK ?? 'wx-server-sdk')
cloud.init({ env: 'e', secretId: 'a', secretKey: 'b' })
const db = cloud.database()
const _ = db.command
const $ = _.aggregate

const samples = { Query: _.gt(1), Logic: _.and(), Update: _.inc(1) }
const tagOf = (value) => Object.prototype.toString.call(value).slice(8, -1)

// A value as the encoders' input: scalars of JSON stand for themselves, the rest is an object
// with one letter naming its kind.
function describe(value, parents = []) {
  if (value === undefined) return { u: 1 }
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value
  if (typeof value === 'number') return { n: Object.is(value, -0) ? '-0' : String(value) }
  if (typeof value === 'bigint') return { b: String(value) }
  if (typeof value === 'function') return { f: 1 }
  if (typeof value === 'symbol') return { y: 1 }
  if (parents.includes(value)) return { z: 1 }
  const inner = [...parents, value]
  const into = (item) => describe(item, inner)
  if (Array.isArray(value)) return Array.from(value, into)
  for (const [kind, sample] of Object.entries(samples)) {
    if (value.constructor === sample.constructor) {
      const field = typeof value.fieldName === 'string' ? value.fieldName : null
      return { c: [kind, value.operator, into(value.operands), field] }
    }
  }
  const name = value.constructor?.name
  if (name === 'Point' && 'longitude' in value) {
    return { g: ['Point', into(value.longitude), into(value.latitude)] }
  }
  for (const key of ['points', 'lines', 'polygons']) {
    if (value._internalType && value[key]) return { g: [name, value[key].map(into)] }
  }
  if (name === 'ServerDate') return { s: into(value.offset) }
  if (name === 'RegExp' && value._internalType) {
    const { pattern, options } = value.$regularExpression
    return { x: [into(pattern), into(options)] }
  }
  const tag = tagOf(value)
  if (tag === 'Date') return { d: Number.isNaN(value.getTime()) ? null : value.getTime() }
  if (tag === 'RegExp') return { r: [value.source, value.flags] }
  const described = { o: Object.keys(value).map((key) => [key, into(value[key])]) }
  if (tag !== 'Object') described.tag = tag
  if (typeof value.toJSON === 'function') described.j = into(value.toJSON())
  else if (['Number', 'String', 'Boolean'].includes(tag)) described.j = into(value.valueOf())
  return described
}

let calls = []
function record(prototype, methods) {
  for (const method of methods) {
    const original = prototype[method]
    prototype[method] = function (...args) {
      calls.push([method, ...args.map((argument) => describe(argument))])
      return original.apply(this, args)
    }
  }
}
const query = db.collection('c').where({})
record(Object.getPrototypeOf(query), ['where', 'orderBy', 'limit', 'skip', 'field', 'get', 'count',
  'update', 'remove'])
record(Object.getPrototypeOf(db.collection('c')), ['doc', 'add', 'aggregate'])
record(Object.getPrototypeOf(db.collection('c').doc('i')), ['field', 'get', 'set', 'update', 'remove'])
record(Object.getPrototypeOf(db.collection('c').aggregate()), ['addFields', 'bucket', 'bucketAuto',
  'collStats', 'count', 'facet', 'geoNear', 'graphLookup', 'group', 'indexStats', 'limit', 'lookup',
  'match', 'out', 'project', 'redact', 'replaceRoot', 'sample', 'skip', 'sort', 'sortByCount',
  'unwind', 'end'])
record(Object.getPrototypeOf(db), ['collection'])
for (const name of Object.keys(db.Geo)) record(db.Geo, [name])
for (const name of ['callFunction', 'uploadFile', 'downloadFile', 'getTempFileURL', 'deleteFile',
  'getOpenData', 'getVoIPSign', 'getCloudCallSign', 'callOpenAPI', 'signature']) record(cloud, [name])

const classOf = (error) => error.constructor?.name ?? typeof error
for (const source of expressions) {
  const run = new Function('db', '_', '$', 'cloud', `return ${source}`)
  received = undefined
  calls = []
  const line = { source }
  let isThrown = true
  try {
    const outcome = run(db, _, $, cloud)
    isThrown = false
    await outcome
  } catch (error) {
    line.error = {
      isThrown,
      class: classOf(error),
      message: error.message,
      errCode: error.errCode,
      errMsg: error.errMsg,
      code: error.code,
      requestId: error.requestId,
      keys: Object.getOwnPropertyNames(error).filter((key) => key !== 'stack').sort(),
    }
  }
  line.calls = calls
  if (received) {
    line.action = received.action
    line.sent = Object.fromEntries(SENT.filter((key) => key in received).map((key) => [key, received[key]]))
  }
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
server.closeAllConnections()
server.close()
