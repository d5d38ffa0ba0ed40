'use strict'
// Whatever promise the package hands out, a loop that awaits it lets timers, sockets and signals through. Proven by
// order: what was armed before a loop comes before the loop has gone round so many times.
process.env.WX_LOCAL_DATA_DIR = ':memory:'
process.env.WX_LOCAL_DIAGNOSTICS = 'off'
const assert = require('node:assert/strict')
const { AsyncLocalStorage } = require('node:async_hooks')
const { execFileSync } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const net = require('node:net')
const os = require('node:os')
const path = require('node:path')
const { after, before, describe, mock, test } = require('node:test')
const vm = require('node:vm')
// The package takes this clock once: with one that stands still, the table proves that counting suffices.
const { now } = Date
Date.now = () => 0
const cloud = require('../entry/sdk.js')
Date.now = now
const { arm, goRound, goRoundInCallbacks } = require('./fairness/loop.cjs')
const { objects, furnish, members, SYNCHRONOUS, LIKE, THINGS } = require('./fairness/objects.cjs')
const { rows } = require('./fairness/rows.cjs')
const addon = require('../index.js')
const testing = require('../entry/testing.js')

console.warn = () => {}
cloud.init({ env: 'local' })
const db = cloud.database()
const directory = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'wx-fairness-'))
after(() => fs.rmSync(directory, { recursive: true, force: true }))
const turn = () => new Promise((resolve) => { setImmediate(resolve) })

const memberOf = ({ path }) => path.split(',')[0]
const isPromise = (call) => { try { return typeof call()?.then === 'function' } catch { return false } }

/** Each member of each object has rows, or is among those that return no promise. */
function checkTable(all, table) {
  const promising = new Set(table.map(memberOf))
  const synchronous = new Set(Object.entries(SYNCHRONOUS).flatMap(([at, names]) => names.map((name) => `${at}.${name}`)))
  const paths = new Map()
  const called = new Map()
  for (const [at, object] of Object.entries(all)) {
    const [like, ...own] = LIKE[at] ?? []
    if (like !== undefined) assert.deepEqual(Object.keys(object).sort(), Object.keys(all[like]).sort(), at)
    for (const [path, member, receiver] of members(object, at)) {
      if (like !== undefined && !own.includes(path)) continue
      // A class's member is met at several objects.
      paths.set(member, [...paths.get(member) ?? [], path])
      called.set(path, () => Reflect.apply(member, receiver, []))
    }
  }
  const unlisted = [...paths.values()].filter((known) => !known.some((path) => promising.has(path) || synchronous.has(path)))
  assert.deepEqual(unlisted, [], 'each needs a row, or to be listed as one that returns no promise')
  assert.deepEqual([...promising, ...synchronous].filter((path) => !called.has(path)), [], 'there is nothing of that name')
  assert.deepEqual([...synchronous].filter((path) => promising.has(path) || isPromise(called.get(path))), [], 'these return promises')
}

test('every promise that the package returns', async (t) => {
  const { disposed, ...all } = await objects(directory)
  const table = [...rows({ ...all, disposed, directory })]
  await t.test('the table is complete', () => checkTable(all, table))
  // It would hear of every write.
  await all.watcher.close()
  for (const row of table) {
    await t.test(`${row.path} is ${row.outcome}, with ${row.style}`, async () => {
      await testing.reset()
      for (const control of [testing, all.world]) {
        furnish(control)
        await control.seed(THINGS)
      }
      const made = await row.prepare?.()
      await turn()
      if (row.style === 'a promise') await goRound(() => row.call(made), row.outcome, arm(), row.rounds)
      else await goRoundInCallbacks((options) => row.call(made, options), row.outcome, arm(), row.rounds)
      await row.finish?.(made)
    })
  }
  console.log(`fairness: ${table.length} rows over ${new Set(table.map(memberOf)).size} members`)
})


/** The package as a test file of its own realm has it. */
function openRealm(first = '') {
  const context = vm.createContext({ process, console, Buffer, URL })
  vm.runInContext(first, context)
  const opened = addon.sdk(vm.runInContext('globalThis', context), require, (url) => import(url))
  opened.init({ env: 'local' })
  return opened
}

describe('several realms', () => {
  const realms = [cloud, openRealm(), openRealm(), openRealm()].map((realm) => realm.database())
  test('a loop that asks each of them in turn', () => goRound((round) => realms[round % 4].collection('none').get(), 'rejected'))
  test('a loop of which one is asked while another waits', async () => {
    await db.createCollection('asked')
    await Promise.all([
      goRound((round) => realms[1 + round % 3].collection('none').count(), 'rejected'),
      goRound(() => db.collection('asked').count(), 'fulfilled'),
    ])
  })
})

/** What faking libraries replace, by what never calls back and stands still. */
function replaceAll() {
  const names = ['setImmediate', 'setTimeout', 'setInterval', 'queueMicrotask', 'Date']
  const kept = [[globalThis, names], [require('node:timers'), ['setImmediate', 'setTimeout']], [performance, ['now']]].map(
    ([object, names]) => [object, names.map((name) => [name, Object.getOwnPropertyDescriptor(object, name)])])
  const never = () => ({ unref() {}, ref() {} })
  for (const object of [globalThis, require('node:timers')]) Object.assign(object, { setImmediate: never, setTimeout: never })
  Object.assign(globalThis, { setInterval: never, queueMicrotask: never })
  performance.now = () => 0
  globalThis.Date = class extends Date { static now() { return 0 } }
  return () => {
    for (const [object, descriptors] of kept) {
      for (const [name, descriptor] of descriptors) {
        if (descriptor === undefined) delete object[name]
        else Object.defineProperty(object, name, descriptor)
      }
    }
  }
}
const fakes = {
  'those of node:test': () => { mock.timers.enable(); return () => mock.timers.reset() },
  'those of a library': replaceAll,
}
for (const [name, install] of Object.entries(fakes)) {
  describe(`fake timers, ${name}`, () => {
    const realms = { 'put in place later': () => cloud, 'there before the package': () => openRealm('Date.now = () => 0') }
    for (const [when, open] of Object.entries(realms)) {
      test(when, async () => {
        const remove = install()
        try {
          const opened = open()
          await opened.database().createCollection('faked').catch(() => {})
          const faked = opened.database().collection('faked')
          await goRound(() => faked.add({ data: { n: 1 } }), 'fulfilled')
          await goRound(() => opened.database().collection('none').get(), 'rejected')
          await goRound(() => opened.callFunction({ name: 'none' }), 'rejected')
          await goRound(() => opened.getOpenData({ list: [] }), 'fulfilled')
        } finally { remove() }
      })
    }
  })
}

test('calls that take their time do so by the clock as well', async () => {
  const none = openRealm().database().collection('none')
  await goRound(() => {
    const began = process.hrtime.bigint()
    while (process.hrtime.bigint() - began < 1_000_000n);
    return none.get()
  }, 'rejected', arm(), 100)
})

describe('what comes from outside', () => {
  const program = (body, env) => execFileSync(process.execPath, ['-e', `
    const cloud = require('./entry/sdk.js')
    const { arm, goRound } = require('./__test__/fairness/loop.cjs')
    cloud.init({ env: 'local' })
    const db = cloud.database()
    const none = db.collection('none')
    ;(async () => { ${body} })()`], {
    cwd: path.join(__dirname, '..'), encoding: 'utf8', timeout: 60_000, env: { ...process.env, ...env },
  })

  test('sockets', async () => {
    const server = net.createServer((socket) => socket.end('x')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    for (const [outcome, call] of [['rejected', () => db.collection('none').get()], ['fulfilled', () => testing.as('you', () => 1)]]) {
      const waits = new Set(['data'])
      net.connect(server.address().port, '127.0.0.1').on('data', () => waits.delete('data'))
      await goRound(call, outcome, waits)
    }
    server.close()
  })

  test('signals', { skip: process.platform === 'win32' }, () => {
    assert.equal(program(`
      const waits = new Set(['SIGINT'])
      process.on('SIGINT', () => waits.delete('SIGINT'))
      process.kill(process.pid, 'SIGINT')
      await goRound(() => none.get(), 'rejected', waits)
      process.stdout.write('interrupted')`), 'interrupted')
  })

  test('data on disk', () => {
    assert.equal(program(`
      await db.createCollection('kept')
      const kept = db.collection('kept')
      await goRound(() => kept.add({ data: { n: 1 } }), 'fulfilled')
      await goRound(() => kept.doc('a').set({ data: { n: 1 } }), 'fulfilled')
      await goRound(() => kept.doc('a').get(), 'fulfilled')
      await goRound(() => kept.doc('b').get(), 'rejected')
      await goRound(() => kept.doc('a').update({ data: {} }), 'rejected')
      await goRound(() => db.createCollection('kept'), 'rejected')
      process.stdout.write('stored')`, { WX_LOCAL_DATA_DIR: path.join(directory, 'disk') }), 'stored')
  })

  test('a rejection that nobody handles is reported, each once, and one that is handled is not', () => {
    assert.equal(program(`
      let reported = 0
      process.on('unhandledRejection', () => { reported += 1 })
      process.on('rejectionHandled', () => { reported += 1000 })
      for (let n = 0; n < 1200; n++) void none.get()
      for (let n = 0; n < 1200; n++) none.get().catch(() => {})
      for (let n = 0; n < 3; n++) await new Promise((resolve) => { setTimeout(resolve, 1) })
      process.stdout.write(String(reported))`), '1200')
  })
})

describe('a promise that waits for the next turn', () => {
  before(async () => { await testing.seed(THINGS) })
  const things = db.collection('things')

  test('settles in its turn among the others', async () => {
    const settled = []
    const calls = Array.from({ length: 1300 }, (_, n) => (n % 3 === 0 ? db.collection('none') : things).doc('a').get())
    await Promise.allSettled(calls.map((call, n) => call.catch(() => {}).then(() => settled.push(n))))
    assert.deepEqual(settled, Array.from(calls, (_, n) => n))
  })

  test('goes on in the context of whoever awaits it, as the same caller', async () => {
    const storage = new AsyncLocalStorage()
    const loop = (name) => testing.as(name, () => storage.run(name, async () => {
      for (let round = 0; round < 1300; round++) {
        await things.doc(round % 2 ? 'a' : 'gone').get().catch(() => {})
        if (storage.getStore() !== name || cloud.getWXContext().OPENID !== name) return `${storage.getStore()} in ${round}`
      }
      return name
    }))
    const names = ['one', 'two', 'three']
    assert.deepEqual(await Promise.all(names.map(loop)), names)
  })
})

test('a listener that writes to the many documents that it watches', async () => {
  const world = testing.createTest()
  await world.seed({ many: { documents: Array.from({ length: 4000 }, (_, n) => ({ _id: `d${n}`, n })), permissions: 'READONLY' } })
  const page = world.client('me')
  page.init()
  const many = page.database().collection('many')
  const waits = arm()
  let rounds = 0
  const { watcher } = await new Promise((resolve, reject) => {
    const watcher = many.watch({
      onError: reject,
      onChange() {
        rounds += 1
        if (waits.size === 0 || rounds > 40) resolve({ watcher })
        else world.run(() => db.collection('many').doc('d1').update({ data: { n: db.command.inc(1) } }))
      },
    })
  })
  await watcher.close()
  assert.deepEqual([...waits], [], `after ${rounds} rounds`)
})

test('the timers that an advance of the clock runs let others through before it has ended', async () => {
  const world = testing.createTest()
  const folder = path.join(directory, 'functions', 'ticks')
  fs.mkdirSync(folder, { recursive: true })
  fs.writeFileSync(path.join(folder, 'index.js'), 'exports.main = () => 1')
  fs.writeFileSync(path.join(folder, 'config.json'), JSON.stringify({ triggers: [{ name: 'tick', type: 'timer', config: '* * * * * * *' }] }))
  world.functions.use(path.dirname(folder))
  world.clock.set('2026-01-01')
  const waits = arm()
  assert.equal((await world.clock.advance({ hours: 1 })).length, 3600)
  assert.deepEqual([...waits], [])
})
