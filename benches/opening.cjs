'use strict'
// Opening a store that exists, each in a fresh process: milliseconds until the first document is there, and the megabytes
// resident once every document was read. Usage: node benches/opening.cjs [documents], or as part of database.cjs.
const { spawnSync } = require('node:child_process')
const { mkdtempSync, rmSync } = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const ROUNDS = 5
const BATCH = 1000

const document = (i) => ({
  _id: `id-${i}`, name: `用户${i}`, age: i % 80, city: `city-${i % 100}`, group: i % 1000, hundred: i % 100, unique: i, score: i / 7,
  active: i % 3 === 0, tags: ['a', `t${i % 50}`], createdAt: new Date(1.6e12 + i * 1000),
  address: { street: `street ${i}`, zip: `${10_000 + i}` }, note: 'x'.repeat(60), visits: 0, level: i % 5,
})

/** By name: opens the store in a directory; `fill` adds documents, `get` one by id, `scan` counts all by reading them. */
const stores = {
  'wx-server-sdk-local': async () => {
    const cloud = require('../entry/sdk.js')
    cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
    const db = cloud.database()
    const docs = db.collection('docs')
    return {
      async fill(documents) {
        await db.createCollection('docs').catch(() => {})
        await docs.add({ data: documents })
      },
      get: async (id) => (await docs.doc(id).get()).data,
      scan: async () => (await docs.where({ score: db.command.gte(0) }).count()).total,
    }
  },
  'nedb (file)': async (directory) => {
    const Datastore = require('@seald-io/nedb')
    const db = new Datastore({ filename: path.join(directory, 'docs.db') })
    await db.loadDatabaseAsync()
    return {
      fill: (documents) => db.insertAsync(documents),
      get: (id) => db.findOneAsync({ _id: id }),
      scan: () => db.countAsync({ score: { $gte: 0 } }),
    }
  },
  'better-sqlite3': async (directory) => {
    const Database = require('better-sqlite3')
    const db = new Database(path.join(directory, 'docs.sqlite'))
    db.pragma('journal_mode = WAL')
    db.exec('create table if not exists docs (id text primary key, doc text)')
    const insert = db.prepare('insert into docs values (?, ?)')
    return {
      fill: async (documents) => db.transaction(() => documents.forEach((document) => insert.run(document._id, JSON.stringify(document))))(),
      get: async (id) => JSON.parse(db.prepare('select doc from docs where id = ?').get(id).doc),
      scan: async () => db.prepare(`select count(*) as total from docs where json_extract(doc, '$.score') >= 0`).get().total,
    }
  },
  lmdb: async (directory) => {
    const db = require('lmdb').open({ path: path.join(directory, 'lmdb') })
    return {
      async fill(documents) {
        for (const document of documents) db.put(document._id, document)
        await db.flushed
      },
      get: async (id) => db.get(id),
      scan: async () => {
        let total = 0
        for (const { value } of db.getRange()) total += value.score >= 0 ? 1 : 0
        return total
      },
    }
  },
}

async function child(name, task, count, directory) {
  // Loading a package is measured elsewhere.
  if (name === 'wx-server-sdk-local') require('../entry/sdk.js')
  else require(name === 'nedb (file)' ? '@seald-io/nedb' : name)
  const start = performance.now()
  const store = await stores[name](directory)
  if (task === 'fill') {
    for (let first = 0; first < count; first += BATCH) {
      await store.fill(Array.from({ length: Math.min(BATCH, count - first) }, (_, i) => document(first + i)))
    }
    return process.stdout.write('{}')
  }
  const { unique } = await store.get(`id-${count >> 1}`)
  const ms = performance.now() - start
  const total = await store.scan()
  if (unique !== count >> 1 || total !== count) throw new Error('the answer is wrong')
  process.stdout.write(JSON.stringify({ ms, megabytes: process.memoryUsage().rss / 1e6 }))
}

function run(name, task, count, directory) {
  const env = { ...process.env, WX_LOCAL_DATA_DIR: directory, WX_LOCAL_DURABILITY: 'full', WX_LOCAL_DIAGNOSTICS: 'off' }
  const parameters = [__filename, '--child', name, task, String(count), directory]
  const { stdout, stderr } = spawnSync(process.execPath, parameters, { encoding: 'utf8', env })
  if (!stdout) throw new Error(stderr)
  return JSON.parse(stdout)
}

/** By name: `open ms`, the best of some rounds, and `RSS MB`. */
function openings(count) {
  const found = {}
  for (const name of Object.keys(stores)) {
    const directory = mkdtempSync(path.join(os.tmpdir(), 'wx-opening-'))
    try {
      run(name, 'fill', count, directory)
      const rounds = Array.from({ length: ROUNDS }, () => run(name, 'open', count, directory))
      found[name] = { 'open ms': Math.min(...rounds.map(({ ms }) => ms)), 'RSS MB': Math.min(...rounds.map(({ megabytes }) => megabytes)) }
    } catch (error) {
      console.error(`${name}: left out: ${error.message}`)
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  }
  return found
}

module.exports = { openings }

if (require.main === module) {
  if (process.argv[2] === '--child') child(process.argv[3], process.argv[4], Number(process.argv[5]), process.argv[6])
  else console.table(openings(Number(process.argv[2] ?? 100_000)))
}
