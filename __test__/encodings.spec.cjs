'use strict'
// The same expression given to both packages in one process: what the official client sends and
// what our engine is asked must be the same filter, update, sort, projection, documents and stages.
const { test, before, after } = require('node:test')
const assert = require('node:assert')
const { startStub } = require('./stub.cjs')
const { quietly } = require('./quietly.cjs')

/** Differences that are meant, with the reason; each stands in COMPAT.md. */
const KNOWN = new Map([
  ["db.collection('c').doc('i').set({data:Object.assign(Object.create(null),{a:1})})",
    'the official client trips over objects without prototype; here they are data'],
  ["db.collection('c').limit(-5).get()", 'MongoDB reads a negative limit as its absolute value, which is what the engine gets'],
  ["db.collection('c').skip(-3).get()", 'refused here with the text of the database, which refuses it there'],
])

/** Whether the official client sends what the service refuses: ours refuses without asking the engine. */
function isRefusedThere({ command, documents, update, stages }) {
  const roots = command === 'insert' ? documents : command === 'replace' ? [update] : []
  const isDocument = (root) => root !== null && typeof root === 'object' && !Array.isArray(root) && !TYPED.has(Object.keys(root)[0])
  // Extended JSON that stands for no value: an invalid date, a pattern that is no text.
  return !roots.every(isDocument) || /"\$numberLong":"NaN"|"pattern":\{/.test(JSON.stringify(stages ?? []))
}
const TYPED = new Set(['$numberInt', '$numberLong', '$numberDouble', '$numberDecimal', '$date', '$regularExpression', '$oid'])

const parse = (text) => (text ? JSON.parse(text) : undefined)

/** Extended JSON in one spelling, for what the two printers write differently. */
function normal(value) {
  if (Array.isArray(value)) return value.map(normal)
  // What went through `toJSON` are plain numbers, which the service types by value.
  if (typeof value === 'number') return typed(value)
  if (value === null || typeof value !== 'object') return value
  const [[key, inner] = []] = Object.entries(value)
  if (key === '$numberDouble' || (key === '$numberLong' && isNotLong(inner))) return { $numberDouble: String(Number(inner)) }
  // A user's Extended JSON is printed again from the value it stands for.
  if (key === '$date' && typeof inner === 'string') return { $date: { $numberLong: String(Date.parse(inner)) } }
  if (key === '$regularExpression' && typeof inner.options === 'string') {
    return { $regularExpression: { ...normalFields(inner), options: [...inner.options].sort().join('') } }
  }
  return normalFields(value)
}
const normalFields = (value) => Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, normal(inner)]))
const isNotLong = (digits) => digits !== 'NaN' && BigInt.asIntN(64, BigInt(digits)) !== BigInt(digits)
const typed = (number) => {
  if (!Number.isInteger(number) || Math.abs(number) >= 2 ** 63) return { $numberDouble: String(number) }
  return number === (number | 0) ? { $numberInt: String(number) } : { $numberLong: String(number) }
}

/** What the official client sent, in the engine's words. */
function sentByOfficial(body) {
  const query = parse(body.query)
  switch (body.action) {
    case 'database.insertDocument': return { command: 'insert', documents: body.data.map(parse) }
    case 'database.countDocument': return { command: 'count', filter: query ?? {} }
    case 'database.getDocument': return {
      command: 'find', filter: query ?? {}, sort: parse(body.order) ?? {}, skip: body.offset ?? 0,
      limit: body.queryType === 'DOC' ? 1 : body.limit, projection: parse(body.projection) ?? null,
    }
    case 'database.modifyDocument': return body.merge === false
      ? { command: 'replace', filter: query, update: parse(body.data), upsert: body.upsert }
      : { command: 'update', filter: query ?? {}, update: parse(body.data), multi: body.multi }
    case 'database.deleteDocument': return { command: 'delete', filter: query ?? {}, multi: body.multi }
    case 'database.aggregateDocuments': return {
      command: 'aggregate', stages: body.stages.map(({ stageKey, stageValue }) => ({ [stageKey]: parse(stageValue) ?? null })),
    }
    default: return undefined
  }
}
let stub, official, local, testing, expressions
before(async () => {
  stub = await startStub()
  official = require('wx-server-sdk')
  local = require('../entry/sdk.js')
  testing = require('../entry/testing.js')
  for (const cloud of [official, local]) cloud.init({ env: 'e', secretId: 'a', secretKey: 'b' })
  await testing.seed({ c: [] })
  testing._requests()
  ;({ expressions } = await import('./oracle/expressions.mjs'))
})
after(() => stub.stop())

/** Part by part as text: the order of keys counts. */
const texts = (request) => Object.fromEntries(Object.entries(request).map(([name, part]) =>
  [name, typeof part === 'object' && part !== null ? JSON.stringify(normal(part)) : part]))

/** Evaluates the expression; outcomes and errors do not matter here. */
async function evaluate(cloud, source) {
  const db = cloud.database()
  const run = new Function('db', '_', '$', 'cloud', `return ${source}`)
  try { await run(db, db.command, db.command.aggregate, cloud) } catch { /* compared by differential.spec.cjs */ }
}

const isDatabase = (source) => source.startsWith('db.') || /^\(?.*db\.collection/.test(source)

test('every expression asks the engine what the official client would send', async (context) => {
  const sources = expressions.filter(isDatabase)
  const failures = []
  let compared = 0
  for (const source of sources) {
    stub.take()
    await quietly(() => evaluate(official, source))
    const body = stub.take()
    await quietly(() => evaluate(local, source))
    const [asked] = testing._requests()
    const expected = body && sentByOfficial(body)
    if (expected === undefined && asked === undefined) { compared++; continue }
    if (expected === undefined && body) continue
    if (asked === undefined && expected && isRefusedThere(expected)) { compared++; continue }
    const { env, transaction, collection, ...ours } = asked ?? {}
    if (expected?.limit === 100 && ours.limit === 101) ours.limit = 100
    try {
      assert.deepStrictEqual(texts(ours), texts(expected ?? {}))
      compared++
      if (KNOWN.has(source)) failures.push({ source, ours: 'differs no longer: take it from the list' })
    } catch {
      if (!KNOWN.has(source)) failures.push({ source, official: expected, ours: asked && ours })
    }
  }
  context.diagnostic(`${compared} of ${sources.length} expressions compared`)
  if (process.env.SHOW) console.error(JSON.stringify(failures, null, 1))
  assert.deepStrictEqual(failures.slice(0, 10), [])
  assert.ok(compared >= 500, `only ${compared} were compared`)
})
