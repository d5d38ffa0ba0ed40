'use strict'
// What a worker does: one task, for some rounds or without end. It tells of its first round and of its end.
const assert = require('node:assert/strict')
const vm = require('node:vm')
const { Worker, parentPort, workerData } = require('node:worker_threads')

const DOCUMENTS = 3_000

async function load() {
  const cloud = require('../../entry/sdk.js')
  const testing = require('../../entry/testing.js')
  cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
  return { cloud, testing, db: cloud.database() }
}

/** The package with something to work on. */
async function filled() {
  const loaded = await load()
  const items = Array.from({ length: DOCUMENTS }, (_, n) => ({
    _id: `d${n}`, n, group: n % 7, at: new Date(n), tags: ['a', `t${n % 9}`], inner: { text: `text ${n}`, 文: '汉字'.repeat(n % 5) },
  }))
  await loaded.testing.seed({ items, log: [] })
  return { ...loaded, items: loaded.db.collection('items'), log: loaded.db.collection('log') }
}

/** By name: prepares, and answers one round of the work. */
const tasks = {
  /** The baseline of what loading costs. */
  async nothing() {
    return async () => {}
  },
  async loads() {
    const { db } = await load()
    return async () => { assert.equal(typeof db.collection('x').where, 'function') }
  },
  /** Realms of their own, as a runner's test files have them. */
  async realms() {
    const addon = require('../../index.js')
    const load = '(addon, require, load) => addon.sdk(globalThis, require, load)'
    return async () => {
      for (let n = 0; n < 40; n++) vm.runInContext(load, vm.createContext({ process, console }))(addon, require, (url) => import(url))
    }
  },
  /** A little of everything. */
  async tries() {
    const { cloud, db, testing } = await load()
    testing.functions.register('counts', async () => (await db.collection('log').count()).total)
    return async () => {
      await testing.reset()
      await testing.seed({ log: [] })
      for (let n = 0; n < 50; n++) await db.collection('log').add({ data: { n, at: new Date(), text: 'x'.repeat(1000) } })
      assert.equal((await db.collection('log').aggregate().group({ _id: '$n' }).limit(100).end()).list.length, 50)
      assert.equal(await testing.invoke('counts'), 50)
      const { fileID } = await cloud.uploadFile({ cloudPath: 'f', fileContent: Buffer.alloc(10_000) })
      assert.equal((await cloud.downloadFile({ fileID })).fileContent.length, 10_000)
    }
  },
  async reads() {
    const { items } = await filled()
    return async (round) => {
      const { data } = await items.where({ group: round % 7 }).limit(1000).get()
      assert.ok(data.every(({ group, at, n }) => group === round % 7 && at.getTime() === n))
    }
  },
  async writes() {
    const { db, log } = await filled()
    return async (round) => {
      await log.add({ data: Array.from({ length: 20 }, (_, n) => ({ _id: `${round} ${n}`, at: new Date(), text: 'x'.repeat(500) })) })
      await log.doc(`${round} 0`).update({ data: { text: db.command.remove(), n: db.command.inc(1) } })
    }
  },
  /** Long enough for the engine's own threads. */
  async aggregations() {
    const { db, items } = await filled()
    const $ = db.command.aggregate
    return async () => {
      const group = () => items.aggregate().unwind('$tags').group({ _id: '$tags', sum: $.sum('$n'), all: $.push('$inner') }).sort({ _id: 1 }).end()
      for (const { list } of await Promise.all([group(), group(), group()])) assert.equal(list.length, 10)
    }
  },
  async uploads() {
    const { cloud } = await load()
    const body = Buffer.alloc(200_000, 'body')
    return async (round) => {
      const { fileID } = await cloud.uploadFile({ cloudPath: `f${round % 5}`, fileContent: body })
      const [{ fileContent }] = await Promise.all([cloud.downloadFile({ fileID }), cloud.getTempFileURL({ fileList: [fileID] })])
      assert.equal(fileContent.length, body.length)
    }
  },
  async functions() {
    const { cloud, db, testing } = await filled()
    console.log = () => {}
    testing.functions.register('adds', async ({ n }) => {
      console.log('adds', n)
      await db.collection('log').add({ data: { n } })
      return cloud.getWXContext().OPENID
    })
    return async (round) => {
      const callers = await Promise.all(['a', 'b', 'c'].map((as) => testing.invoke('adds', { n: round }, { as })))
      assert.deepEqual(callers, ['a', 'b', 'c'])
    }
  },
  async transactions() {
    const { db } = await filled()
    return (round) => db.runTransaction(async (transaction) => {
      const item = transaction.collection('items').doc(`d${round % DOCUMENTS}`)
      const { data } = await item.get()
      await item.update({ data: { n: data.n + 1 } })
    })
  },
  async listeners() {
    const { testing, log } = await filled()
    await testing.permissions.collection('log', 'READONLY')
    const page = require('../../entry/client.js').createClient('user')
    page.init()
    const watched = page.database().collection('log')
    return async (round) => {
      let listener
      await new Promise((resolve, reject) => { listener = watched.where({ round }).watch({ onChange: resolve, onError: reject }) })
      await log.add({ data: { round } })
      await listener.close()
    }
  },
  /** Values whose reading runs code: getters, `toJSON`, proxies. */
  async values() {
    const { log } = await filled()
    const proxy = new Proxy({ a: 1 }, { get: (target, key) => target[key], ownKeys: (target) => Reflect.ownKeys(target) })
    const wide = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`k${n}`, n]))
    return () => log.add({ data: { proxy, wide, made: { toJSON: () => 1 }, get got() { return new Date() }, list: Array(500).fill([1, { a: [null] }]) } })
  },
  async everything() {
    const names = ['reads', 'writes', 'aggregations', 'uploads', 'functions', 'transactions', 'listeners', 'values']
    const works = []
    for (const name of names) works.push(await tasks[name]())
    return (round) => Promise.all(works.map((work) => work(round)))
  },
  /** Has workers of its own, which are at work when it ends. */
  async nests() {
    await Promise.all(['reads', 'aggregations'].map((task) => new Promise((resolve, reject) => {
      new Worker(__filename, { workerData: { task, rounds: Infinity } }).once('message', resolve).once('error', reject)
    })))
    return tasks.uploads()
  },
  /** Writes down which of its documents are stored as soon as it is told so. */
  async acknowledges() {
    const cloud = require('../../entry/sdk.js')
    cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
    const log = cloud.database().collection('log')
    const { acknowledged, from } = workerData
    let next = from
    const add = async () => {
      const n = next++
      if (n >= acknowledged.length) return new Promise(() => {})
      await log.add({ data: { _id: `n${n}`, n, text: 'x'.repeat(n % 3000) } })
      Atomics.store(acknowledged, n, 1)
    }
    return (round) => Promise.all(Array.from({ length: 1 + round % 5 }, add))
  },
}

/** Where a worker calls `process.exit(7)`. */
const exits = {
  'after a write has begun': ({ log }) => { void log.add({ data: Array(1000).fill({ a: 1 }) }); process.exit(7) },
  'while a value of its is read': ({ log }) => log.add({ data: { a: 1, b: { toJSON() { process.exit(7) } }, c: 1 } }),
  'while a file is stored': ({ cloud }) => { void cloud.uploadFile({ cloudPath: 'x', fileContent: Buffer.alloc(1e6) }); process.exit(7) },
  'when an answer comes from another thread': ({ cloud }) => cloud.uploadFile({ cloudPath: 'x', fileContent: Buffer.alloc(9) }).then(() => process.exit(7)),
  'in a transaction': ({ db }) => db.runTransaction(async (transaction) => {
    await transaction.collection('items').doc('d1').update({ data: { n: 0 } })
    process.exit(7)
  }),
  'as a caller': ({ testing }) => testing.as('user', () => process.exit(7)),
}

async function work() {
  const { task, rounds, exit } = workerData
  if (exit !== undefined) return exits[exit](await filled())
  const round = await tasks[task]()
  for (let n = 0; n < rounds; n++) {
    await round(n)
    if (n === 0) parentPort.postMessage('begun')
    if (n % 16 === 0) await new Promise(setImmediate)
  }
}

module.exports = { tasks: Object.keys(tasks), exits: Object.keys(exits) }
if (parentPort !== null) work()
