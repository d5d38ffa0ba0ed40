'use strict'
// Many invocations at once, each with a caller of its own that no step of another may see.
process.env.WX_LOCAL_DATA_DIR = ':memory:'
const assert = require('node:assert/strict')
const { EventEmitter, once } = require('node:events')
const { beforeEach, test } = require('node:test')
const { Worker } = require('node:worker_threads')
const cloud = require('../entry/sdk.js')
const { as, calls, createTest, functions, invocations, invoke, reset, seed } = require('../entry/testing.js')

cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
const db = cloud.database()
const COUNT = 500
const all = (work) => Promise.all(Array.from({ length: COUNT }, (_, n) => work(n)))
console.log = () => {}
console.warn = () => {}

/** Who is asking, as every source of it says here; one text if they agree. */
function caller(event) {
  const { OPENID, SOURCE, UNIONID } = cloud.getWXContext()
  return [OPENID, UNIONID, SOURCE, event.userInfo.openId].join(' ')
}

// One emitter for all: its listeners run in the context of whoever emits.
const bell = new EventEmitter().setMaxListeners(0)

functions.register('outer', async (event, context) => {
  const seen = []
  const look = () => seen.push(caller(event))
  look()
  const { _id } = await db.collection('rooms').add({ data: { n: event.n, by: cloud.getWXContext().OPENID } })
  look()
  await new Promise((resolve) => { setTimeout(resolve, (event.n * 13) % 7) })
  look()
  console.log('step', event.n, cloud.getWXContext().OPENID)
  await Promise.all([
    db.collection('rooms').doc(_id).update({ data: { seen: db.command.inc(1) } }).then(look),
    new Promise((resolve) => { setImmediate(() => { look(); resolve() }) }),
    new Promise((resolve) => { process.nextTick(() => { look(); resolve() }) }),
    new Promise((resolve) => { queueMicrotask(() => { look(); resolve() }) }),
  ])
  const inner = (await cloud.callFunction({ name: 'inner', data: { n: event.n, userInfo: { openId: 'forged' } } })).result
  look()
  await db.runTransaction(async (transaction) => {
    const { data } = await transaction.collection('rooms').doc(_id).get()
    look()
    await transaction.collection('rooms').doc(_id).update({ data: { total: data.n + 1 } })
  })
  const { total } = await db.collection('rooms').where({ by: cloud.getWXContext().OPENID }).count()
  look()
  for await (const chunk of require('node:stream').Readable.from(['a', 'b'])) if (chunk) look()
  const { data } = await db.collection('rooms').doc(_id).get()
  if (event.n % 50 === 7) throw new Error(`fails for ${cloud.getWXContext().OPENID}`)
  return { seen: [...new Set(seen)], steps: seen.length, inner, total, data, requestId: context.request_id }
})
functions.register('inner', async (event) => {
  const first = caller(event)
  await new Promise((resolve) => { setTimeout(resolve, (event.n * 7) % 5) })
  console.warn('inner', cloud.getWXContext().OPENID)
  await db.collection('rooms').where({ n: event.n }).get()
  const second = caller(event)
  return { seen: [...new Set([first, second])] }
})

beforeEach(async () => {
  await reset()
  await seed({ rooms: { indexes: ['by', 'n'] } })
})

const isFailing = (n) => n % 50 === 7

/** What invocation `n` must have answered. */
function check(n, outcome) {
  const who = `user-${n}`
  if (isFailing(n)) {
    assert.match(outcome.reason.errMsg, new RegExp(`Error: fails for ${who}\\b`))
    return outcome.reason.requestId
  }
  const { seen, steps, inner, total, data } = outcome.value
  assert.deepEqual(seen, [`${who} union-${n} wx_client ${who}`])
  assert.equal(steps, 12)
  assert.deepEqual(inner.seen, [`${who} union-${n} wx_client,scf ${who}`])
  assert.equal(total, 1)
  assert.deepEqual([data.n, data.by, data.seen, data.total], [n, who, 1, n + 1])
  return outcome.value.requestId
}

/** Logs, records and data of all, whoever ran between whose steps. */
async function checkRecords(ids) {
  assert.equal(new Set(ids).size, COUNT, 'each has a request id of its own')
  const ended = invocations()
  assert.equal(ended.length, 2 * COUNT)
  for (const { function: name, event, openid, source, depth, log } of ended) {
    const who = `user-${event.n}`
    assert.equal(openid, who)
    assert.deepEqual([source, depth], name === 'inner' ? ['wx_client,scf', 2] : ['wx_client', 1])
    const text = name === 'inner' ? `inner ${who}` : `step ${event.n} ${who}`
    assert.deepEqual(log, [{ level: name === 'inner' ? 'warn' : 'log', text }])
  }
  assert.equal(calls('callFunction').length, 2 * COUNT)
  assert.equal((await db.collection('rooms').count()).total, COUNT)
}

const identity = (n) => ({ OPENID: `user-${n}`, UNIONID: `union-${n}` })

test(`${COUNT} at once by invoke, each as its own caller`, async () => {
  const ids = await all(async (n) => check(n, (await Promise.allSettled([invoke('outer', { n }, { as: identity(n) })]))[0]))
  await checkRecords(ids)
})

test(`${COUNT} at once by callFunction within as`, async () => {
  const ids = await all((n) => as(identity(n), async () => {
    const [outcome] = await Promise.allSettled([cloud.callFunction({ name: 'outer', data: { n } })])
    if (outcome.status === 'fulfilled') assert.equal(outcome.value.result.requestId, outcome.value.requestID)
    // The caller's own context is what it was.
    assert.equal(cloud.getWXContext().OPENID, `user-${n}`)
    return check(n, { ...outcome, value: outcome.value?.result })
  }))
  await checkRecords(ids)
})

test('worlds do not mix either', async () => {
  const worlds = await Promise.all(Array.from({ length: 20 }, async (_, n) => {
    const world = createTest({ as: `owner-${n}` })
    await world.seed({ rooms: [] })
    return world
  }))
  await all((n) => {
    const world = worlds[n % worlds.length]
    const run = () => world.invoke('outer', { n }, { as: identity(n) })
    return isFailing(n) ? assert.rejects(run, /fails for/) : run()
  })
  for (const [at, world] of worlds.entries()) {
    const rooms = await world.dump('rooms')
    assert.equal(rooms.length, COUNT / worlds.length)
    for (const { n, by } of rooms) assert.deepEqual([n % worlds.length, by], [at, `user-${n}`])
    assert.equal(await world.run(() => cloud.getWXContext().OPENID), `owner-${at}`)
  }
  assert.deepEqual(await db.collection('rooms').get().then(({ data }) => data), [])
})

test('a listener runs as who emits, and can be bound to who listens', async () => {
  const { AsyncResource } = require('node:async_hooks')
  functions.register('listens', () => new Promise((resolve) => {
    const me = cloud.getWXContext().OPENID
    bell.once('ring', AsyncResource.bind(() => resolve({ me, then: cloud.getWXContext().OPENID })))
  }))
  const waiting = all((n) => invoke('listens', {}, { as: `user-${n}` }))
  bell.emit('ring')
  for (const [n, { me, then }] of (await waiting).entries()) assert.deepEqual([me, then], [`user-${n}`, `user-${n}`])
})

test('what comes back from another thread comes in nobody\'s frame', async () => {
  // In a realm of its own, where the first answer of another thread is one that a world asked for.
  const program = `
    process.env.WX_LOCAL_DIAGNOSTICS = 'on'
    console.warn = () => {}
    const cloud = require(${JSON.stringify(require.resolve('../entry/sdk.js'))})
    const { createTest, diagnostics, seed } = require(${JSON.stringify(require.resolve('../entry/testing.js'))})
    cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
    const work = async () => {
      await seed({ many: Array.from({ length: 30_000 }, (_, n) => ({ n })) })
      const world = createTest()
      await world.run(() => cloud.uploadFile({ cloudPath: 'x', fileContent: Buffer.alloc(9) }))
      await cloud.database().collection('many').where({ n: 7 }).get()
      const names = (of) => of.map(({ name }) => name)
      require('node:worker_threads').parentPort.postMessage([names(diagnostics()), names(world.diagnostics())])
    }
    work()`
  const worker = new Worker(program, { eval: true, env: { ...process.env, WX_LOCAL_DATA_DIR: ':memory:' } })
  const [told] = await once(worker, 'message')
  await worker.terminate()
  assert.deepEqual(told, [['unindexed-scan'], []])
})
