'use strict'
// The full SDK path (builder chain, encoding, validation, promise, results as objects) next to its peers, in one run.
// Usage: npm install --prefix benches && node benches/database.cjs [documents] [memory|full]
const { mkdtempSync, rmSync } = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { openings } = require('./opening.cjs')

const COUNT = Number(process.argv[2] ?? 100_000)
const MODE = process.argv[3] ?? 'memory'
const folder = mkdtempSync(path.join(os.tmpdir(), 'wx-bench-'))

let seed = 42
const random = (below) => {
  seed = (seed * 1103515245 + 12345) & 0x7fffffff
  return seed % below
}
const documents = Array.from({ length: COUNT }, (_, i) => ({
  _id: `id-${i}`, name: `用户${i}`, age: random(80), city: `city-${random(100)}`, group: i % Math.ceil(COUNT / 10),
  hundred: i % Math.ceil(COUNT / 100), unique: i, score: random(10_000) / 7, active: i % 3 === 0,
  tags: ['a', `t${random(50)}`], createdAt: new Date(1.6e12 + i * 1000), address: { street: `street ${i}`, zip: `${10_000 + i}` },
  note: 'x'.repeat(60), visits: 0, level: random(5),
}))
const copy = (document) => ({ ...document, tags: [...document.tags], address: { ...document.address } })

/** Operations a second: `work(i)` until the time is up. */
async function rate(work, ms = 700, warmup = 50) {
  let next = 0
  while (next < warmup) await work(next++)
  const first = next
  const start = performance.now()
  while (performance.now() - start < ms) {
    for (let i = 0; i < 20 && performance.now() - start < ms * 2; i++) await work(next++)
  }
  return (next - first) / ((performance.now() - start) / 1000)
}
const slow = (work) => rate(work, 1500, 1)
const pick = () => random(COUNT)

const peers = {
  async 'wx-server-sdk-local'() {
    process.env.WX_LOCAL_DATA_DIR = MODE === 'memory' ? ':memory:' : path.join(folder, 'local')
    process.env.WX_LOCAL_DIAGNOSTICS = 'off'
    const cloud = require('../entry/sdk.js')
    const testing = require('../entry/testing.js')
    cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
    const db = cloud.database()
    const _ = db.command
    const $ = _.aggregate
    await db.createCollection('docs')
    await db.createCollection('added')
    for (let i = 0; i < COUNT; i += 1000) await db.collection('docs').add({ data: documents.slice(i, i + 1000) })
    await testing.indexes('docs', ['unique', 'group', 'hundred'].map((name) => ({ name, keys: [{ name, direction: '1' }] })))
    const docs = db.collection('docs')
    const added = db.collection('added')
    return {
      add: (i) => added.add({ data: { ...copy(documents[i % COUNT]), _id: `n${i}` } }),
      addMany: async () => { await Promise.all(documents.slice(0, 10_000).map((document, i) => added.add({ data: { ...document, _id: `m${i}` } }))) },
      get: () => docs.doc(`id-${pick()}`).get(),
      eq1: () => docs.where({ unique: pick() }).get(),
      eq10: () => docs.where({ group: random(Math.ceil(COUNT / 10)) }).get(),
      eq100: () => docs.where({ hundred: random(Math.ceil(COUNT / 100)) }).get(),
      filter: () => docs.where({ score: _.gt(1428), level: 3 }).limit(1000).count(),
      sort: () => docs.orderBy('score', 'desc').limit(20).get(),
      inc: () => docs.doc(`id-${pick()}`).update({ data: { visits: _.inc(1) } }),
      aggregate: () => docs.aggregate().match({ active: true }).group({ _id: '$city', total: $.sum('$age') }).sort({ total: -1 }).limit(1000).end(),
    }
  },
  async 'nedb (memory)'() {
    const Datastore = require('@seald-io/nedb')
    const db = new Datastore()
    await db.insertAsync(documents.map(copy))
    for (const fieldName of ['unique', 'group', 'hundred']) await db.ensureIndexAsync({ fieldName })
    const added = new Datastore()
    return {
      add: (i) => added.insertAsync({ ...copy(documents[i % COUNT]), _id: `n${i}` }),
      addMany: () => Promise.all(documents.slice(0, 10_000).map((document, i) => added.insertAsync({ ...document, _id: `m${i}` }))),
      get: () => db.findOneAsync({ _id: `id-${pick()}` }),
      eq1: () => db.findAsync({ unique: pick() }),
      eq10: () => db.findAsync({ group: random(Math.ceil(COUNT / 10)) }),
      eq100: () => db.findAsync({ hundred: random(Math.ceil(COUNT / 100)) }),
      filter: () => db.countAsync({ score: { $gt: 1428 }, level: 3 }),
      sort: () => db.findAsync({}).sort({ score: -1 }).limit(20),
      inc: () => db.updateAsync({ _id: `id-${pick()}` }, { $inc: { visits: 1 } }),
    }
  },
  async 'lokijs (clone)'() {
    const Loki = require('lokijs')
    const db = new Loki('bench.db', { adapter: new Loki.LokiMemoryAdapter() })
    const docs = db.addCollection('docs', { clone: true, unique: ['_id'], indices: ['unique', 'group', 'hundred'] })
    docs.insert(documents.map(copy))
    const added = db.addCollection('added', { clone: true, unique: ['_id'] })
    return {
      add: async (i) => added.insert({ ...copy(documents[i % COUNT]), _id: `n${i}` }),
      addMany: async () => documents.slice(0, 10_000).map((document, i) => added.insert({ ...document, _id: `m${i}` })),
      get: async () => docs.by('_id', `id-${pick()}`),
      eq1: async () => docs.find({ unique: pick() }),
      eq10: async () => docs.find({ group: random(Math.ceil(COUNT / 10)) }),
      eq100: async () => docs.find({ hundred: random(Math.ceil(COUNT / 100)) }),
      filter: async () => docs.chain().find({ $and: [{ score: { $gt: 1428 } }, { level: 3 }] }).count(),
      sort: async () => docs.chain().simplesort('score', true).limit(20).data(),
      inc: async () => {
        const document = docs.by('_id', `id-${pick()}`)
        document.visits += 1
        docs.update(document)
      },
    }
  },
  async 'mingo (live arrays)'() {
    const { Query, Aggregator } = await import('mingo')
    const live = documents.map(copy)
    const query = (filter) => new Query(filter)
    return {
      filter: async () => query({ score: { $gt: 1428 }, level: 3 }).find(live).all().length,
      sort: async () => query({}).find(live).sort({ score: -1 }).limit(20).all(),
      aggregate: async () => new Aggregator([
        { $match: { active: true } }, { $group: { _id: '$city', total: { $sum: '$age' } } }, { $sort: { total: -1 } },
      ]).run(live),
    }
  },
  async 'better-sqlite3'() {
    const Database = require('better-sqlite3')
    const db = new Database(MODE === 'memory' ? ':memory:' : path.join(folder, 'bench.sqlite'))
    if (MODE !== 'memory') db.pragma('journal_mode = WAL')
    db.pragma(`synchronous = ${MODE === 'memory' ? 'off' : 'full'}`)
    db.exec('create table docs (id text primary key, doc text); create table added (id text primary key, doc text)')
    const insert = db.prepare('insert into docs values (?, ?)')
    db.transaction(() => documents.forEach((document) => insert.run(document._id, JSON.stringify(document))))()
    for (const name of ['unique', 'group', 'hundred']) db.exec(`create index i_${name} on docs (json_extract(doc, '$.${name}'))`)
    const add = db.prepare('insert or replace into added values (?, ?)')
    const get = db.prepare('select doc from docs where id = ?')
    const by = Object.fromEntries(['unique', 'group', 'hundred'].map((name) => [name, db.prepare(`select doc from docs where json_extract(doc, '$.${name}') = ?`)]))
    const filter = db.prepare(`select count(*) from docs where json_extract(doc, '$.score') > 1428 and json_extract(doc, '$.level') = 3`)
    const sort = db.prepare(`select doc from docs order by json_extract(doc, '$.score') desc limit 20`)
    const inc = db.prepare(`update docs set doc = json_set(doc, '$.visits', json_extract(doc, '$.visits') + 1) where id = ?`)
    const rows = (statement, value) => statement.all(value).map(({ doc }) => JSON.parse(doc))
    return {
      add: async (i) => add.run(`n${i}`, JSON.stringify(documents[i % COUNT])),
      addMany: async () => documents.slice(0, 10_000).forEach((document, i) => add.run(`m${i}`, JSON.stringify(document))),
      get: async () => JSON.parse(get.get(`id-${pick()}`).doc),
      eq1: async () => rows(by.unique, pick()),
      eq10: async () => rows(by.group, random(Math.ceil(COUNT / 10))),
      eq100: async () => rows(by.hundred, random(Math.ceil(COUNT / 100))),
      filter: async () => filter.get(),
      sort: async () => sort.all().map(({ doc }) => JSON.parse(doc)),
      inc: async () => inc.run(`id-${pick()}`),
    }
  },
  async lmdb() {
    const { open } = require('lmdb')
    const db = open({ path: path.join(folder, 'lmdb'), noSync: MODE === 'memory', overlappingSync: false })
    for (const document of documents) db.put(document._id, document)
    await db.flushed
    return {
      add: (i) => db.put(`n${i}`, documents[i % COUNT]),
      addMany: () => Promise.all(documents.slice(0, 10_000).map((document, i) => db.put(`m${i}`, document))),
      get: async () => db.get(`id-${pick()}`),
      inc: () => {
        const document = db.get(`id-${pick()}`)
        return db.put(document._id, { ...document, visits: document.visits + 1 })
      },
    }
  },
}

/** What an acknowledged write survives; of the others nothing does. */
const DURABLE = { 'wx-server-sdk-local': 'power cut', 'better-sqlite3': 'power cut', lmdb: 'power cut', 'nedb (file)': 'kill -9' }
const durability = (name) => (MODE !== 'memory' && DURABLE[name]) || 'nothing'
const slowRows = new Set(['filter', 'sort', 'aggregate'])
async function main() {
  console.log(`${COUNT} documents of 15 fields; operations a second`)
  const table = {}
  for (const [name, open] of Object.entries(peers)) {
    let operations
    try { operations = await open() } catch (error) {
      console.error(`${name}: left out: ${error.message}`)
      continue
    }
    const row = {}
    for (const [operation, work] of Object.entries(operations)) {
      if (operation === 'addMany') {
        const start = performance.now()
        await work()
        row['add 10k at once'] = 10_000 / ((performance.now() - start) / 1000)
      } else row[operation] = await (slowRows.has(operation) ? slow(work) : rate(work))
    }
    if (MODE === 'memory') row['RSS MB'] = process.memoryUsage().rss / 1e6
    table[name] = row
    globalThis.gc?.()
  }
  if (MODE !== 'memory') {
    for (const [name, row] of Object.entries(openings(COUNT))) table[name] = { ...table[name], ...row }
  }
  const ours = table['wx-server-sdk-local']
  console.table(Object.fromEntries(Object.entries(table).map(([name, row]) =>
    [name, { survives: durability(name), ...Object.fromEntries(Object.entries(row).map(([key, value]) => [key, Math.round(value)])) }])))
  console.log('ratios: how many times as fast ours is')
  console.table(Object.fromEntries(Object.entries(table).filter(([name]) => name !== 'wx-server-sdk-local').map(([name, row]) =>
    [name, Object.fromEntries(Object.entries(row).filter(([key]) => key !== 'RSS MB' && key in ours).map(([key, value]) => [key, Number((key === 'open ms' ? value / ours[key] : ours[key] / value).toFixed(2))]))])))
}
main().finally(() => rmSync(folder, { recursive: true, force: true }))
