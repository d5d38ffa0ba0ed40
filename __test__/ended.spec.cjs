'use strict'
// Runs in a test that were ended, by their time or by `process.exit`: what they still ask for.
const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, beforeEach, describe, test } = require('node:test')
const cloud = require('../entry/sdk.js')
const testing = require('../entry/testing.js')

describe('what a run that was ended still asks for', () => {
  cloud.init()
  const db = cloud.database()
  const todos = db.collection('todos')
  const page = testing.client('ann')
  page.init()
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'wx-runs-'))
  const upload = path.join(directory, 'file.txt')
  fs.writeFileSync(upload, 'content')
  after(() => fs.rmSync(directory, { recursive: true, force: true }))
  const { functions, invoke, clock, reset, seed, openapi } = testing
  /** What must not happen: callbacks, mocks, functions, listeners. */
  let happened
  const happens = (what) => () => { happened.push(what); return { errCode: 0 } }
  const calls = {
    add: () => todos.add({ data: { _id: 'late' } }),
    'add of a value with a toJSON': () => todos.add({ data: { a: { toJSON: happens('toJSON') } } }),
    get: () => todos.get(), count: () => todos.count(), 'doc.get': () => todos.doc('a').get(),
    'a get that is refused': () => todos.where({ a: { $no: 1 } }).get(),
    set: () => todos.doc('late').set({ data: {} }), update: () => todos.where({}).update({ data: { a: 1 } }), 'doc.update': () => todos.doc('a').update({ data: { a: 1 } }),
    remove: () => todos.where({}).remove(), 'doc.remove': () => todos.doc('a').remove(),
    aggregate: () => todos.aggregate().match({}).end(), createCollection: () => db.createCollection('late'),
    startTransaction: () => db.startTransaction(), runTransaction: () => db.runTransaction(happens('transaction')),
    uploadFile: () => cloud.uploadFile({ cloudPath: 'late.txt', fileContent: Buffer.from('x') }),
    'uploadFile of a stream': () => cloud.uploadFile({ cloudPath: 'late.txt', fileContent: fs.createReadStream(upload) }),
    downloadFile: () => cloud.downloadFile({ fileID: 'cloud://x/y' }), getTempFileURL: () => cloud.getTempFileURL({ fileList: [] }), deleteFile: () => cloud.deleteFile({ fileList: [] }),
    callFunction: () => cloud.callFunction({ name: 'called' }), 'callFunction of nothing': () => cloud.callFunction({ name: 'nothing' }),
    openapi: () => cloud.openapi.security.msgSecCheck({ content: 'x' }), cloudPay: () => cloud.cloudPay.refund({}), callOpenAPI: () => cloud.callOpenAPI({ api: 'security.msgSecCheck', data: {} }),
    getOpenData: () => cloud.getOpenData({ list: ['x'] }), getVoIPSign: () => cloud.getVoIPSign({ groupId: 'a', timestamp: 1, nonce: 'n' }), ai: () => cloud.ai().bot.list(),
    invoke: () => invoke('called'), 'another user': () => testing.as('bob', happens('as')), run: () => testing.run(happens('run')), reset: () => reset(), seed: () => seed({ late: [] }),
    advance: () => clock.advance(1), dump: () => testing.dump('todos'), restore: () => testing.snapshot(),
    'a function of a page': () => page.callFunction({ name: 'called' }), 'a query of a page': () => page.database().collection('todos').get(),
    'an upload of a page': () => page.uploadFile({ cloudPath: 'late.txt', filePath: upload }),
    'the end of a watch from before': () => watcher.close(), 'the end of a world': () => other.dispose(),
    'the end of a watch': () => page.database().collection('todos').watch({ onChange: happens('onChange'), onError: happens('onError') }).close(),
  }
  /** Begun by the run itself, while it may. */
  let watcher
  const other = testing.createTest()
  const answers = { success: happens('success'), fail: happens('fail'), complete: happens('complete') }
  const withCallbacks = [
    () => page.callFunction({ name: 'called', ...answers }), () => page.database().collection('todos').add({ data: { _id: 'late' }, ...answers }),
    () => page.uploadFile({ cloudPath: 'late.txt', filePath: upload, ...answers }).abort(), () => page.getTempFileURL({ fileList: [], ...answers }),
  ]
  /** Everything else gets its turn, and more than once. */
  const turns = async () => {
    for (let n = 0; n < 50; n++) {
      await todos.count()
      await new Promise(setImmediate)
    }
  }

  beforeEach(async () => {
    happened = []
    await reset()
    await seed({ todos: [{ _id: 'a' }] })
    await testing.permissions.collection('todos', 'READONLY')
    functions.register('called', happens('called'))
    for (const name of ['security.msgSecCheck']) openapi.mock(name, happens('openapi'))
    testing.cloudPay.mock('refund', happens('cloudPay'))
  })

  const ends = {
    'its time': async (running) => { await clock.advance({ seconds: 3 }); assert.match((await running).message, /timed out after 3 seconds/) },
    'process.exit': async (running, release) => { release(() => process.exit(5)); assert.match((await running).message, /5 code exit unexpected/) },
  }
  for (const [end, happen] of Object.entries(ends)) {
    test(`after ${end}: is neither done nor answered`, async () => {
      clock.set('2026-01-01')
      let release
      const released = () => new Promise((resolve) => { release = resolve })
      const settled = []
      functions.register('asks', async () => {
        watcher = page.database().collection('todos').watch({ onChange: () => {}, onError: () => {} })
        const first = await released()
        try { first?.() } catch { /* it goes on */ }
        await released()
        for (const [name, call] of Object.entries(calls)) call().then(() => settled.push(name), (error) => settled.push(`${name}: ${error}`))
        for (const call of withCallbacks) call()
        // What only builds or looks goes on.
        settled.push(todos.where({ a: 1 }).limit(1).constructor.name, typeof cloud.getWXContext().OPENID, await null)
      })
      const running = invoke('asks').catch((error) => error)
      await new Promise(setImmediate)
      await happen(running, release)
      if (end === 'its time') release()
      await new Promise(setImmediate)
      release()
      await turns()
      assert.deepEqual(settled, ['Query', 'string', null])
      assert.deepEqual(happened, [])
      assert.deepEqual(await testing.dump('todos'), [{ _id: 'a' }])
      assert.deepEqual(await testing.collections(), ['todos'])
      assert.deepEqual(testing.calls().map(({ api }) => api), ['callFunction'])
    })
  }

  const late = () => 'late'
  const own = path.join(directory, 'functions')
  fs.mkdirSync(path.join(own, 'own'), { recursive: true })
  fs.writeFileSync(path.join(own, 'own/index.js'), 'exports.main = () => 1')
  /** Each would change what `look` sees. */
  const controls = {
    'functions.use': () => functions.use(own), 'functions.register': () => functions.register('called', late),
    'clock.set': () => clock.set('2030-01-01'), 'clock.reset': () => clock.reset(),
    'openapi.mock': () => openapi.mock('security.msgSecCheck', late), 'openapi.unmock': () => openapi.unmock(),
    'cloudPay.mock': () => testing.cloudPay.mock('refund', late), 'cloudPay.unmock': () => testing.cloudPay.unmock(),
    'openData.set': () => testing.openData.set('id', { late: true }),
    'container.route': () => testing.container.route('shop', () => ({ statusCode: 200, data: 'late' })), 'container.unroute': () => testing.container.unroute('shop'),
    'faults.inject': () => testing.faults.inject({ api: 'collection.count' }), 'faults.clear': () => testing.faults.clear(),
  }

  test('a control that answers nothing changes nothing', async () => {
    const outcome = (call) => call().then(JSON.stringify, (error) => error.message)
    const look = async () => [
      clock.now().getTime(), await outcome(() => invoke('called')), await outcome(() => invoke('own')), await outcome(() => cloud.openapi.security.msgSecCheck({ content: 'x' })),
      await outcome(() => cloud.cloudPay.refund({})), await outcome(() => cloud.getOpenData({ list: ['id'] })),
      await outcome(async () => (await page.callContainer({ path: '/', header: { 'X-WX-SERVICE': 'shop' } })).data), await outcome(() => todos.get()), await outcome(() => todos.count()),
    ]
    const names = fs.readFileSync(path.join(__dirname, '../testing.d.ts'), 'utf8').match(/\): void$/gm)
    assert.equal(Object.keys(controls).length, names.length)
    for (const [name, change] of Object.entries(controls)) {
      await reset()
      functions.register('called', () => 'called')
      clock.set('2026-01-01')
      testing.openData.set('id', { a: 1 })
      testing.container.route('shop', () => ({ statusCode: 200, data: 'shop' }))
      testing.faults.inject({ api: 'collection.get', error: { errCode: -1, errMsg: 'injected' } })
      openapi.mock('security.msgSecCheck', () => ({ errCode: 0, mocked: true }))
      testing.cloudPay.mock('refund', () => ({ errCode: 0, mocked: true }))
      let release
      const answers = []
      functions.register('changes', async () => { await new Promise((resolve) => { release = resolve }); answers.push(change()) })
      const running = invoke('changes').catch((error) => error)
      await new Promise(setImmediate)
      await clock.advance({ seconds: 3 })
      assert.match((await running).message, /timed out/)
      const before = await look()
      release()
      await turns()
      assert.deepEqual(answers, [undefined], name)
      assert.deepEqual(await look(), before, name)
      change()
      assert.notDeepEqual(await look(), before, `${name} is seen where the run has not ended`)
    }
  })

  test('a loop of awaits stops at its next call', async () => {
    clock.set('2026-01-01')
    let rounds = 0
    functions.register('loops', async () => { for (;;) { await todos.add({ data: {} }); rounds++; await new Promise(setImmediate) } })
    const running = invoke('loops').catch((error) => error)
    while (rounds < 3) await new Promise(setImmediate)
    await clock.advance({ seconds: 3 })
    assert.match((await running).message, /timed out/)
    await turns()
    const [{ total }, seen] = [await todos.count(), rounds]
    await turns()
    assert.deepEqual([(await todos.count()).total, rounds], [total, seen])
    assert.ok(total - 1 - seen <= 1)
  })

  test('one that did not yield in its time is over when it does, and what it answers then is late', async (context) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'wx-ended-'))
    context.after(() => fs.rmSync(folder, { recursive: true, force: true }))
    fs.mkdirSync(path.join(folder, 'spins'))
    fs.writeFileSync(path.join(folder, 'spins', 'config.json'), '{"timeout":1}')
    fs.writeFileSync(path.join(folder, 'spins', 'index.js'), `
      exports.main = async ({ adds }) => {
        for (const began = Date.now(); Date.now() - began < 1010;);
        if (adds) await globalThis.addLate()
        return 'late'
      }`)
    const world = testing.createTest()
    await world.seed({ todos: [] })
    world.functions.use(folder)
    globalThis.addLate = () => todos.add({ data: { _id: 'late' } }).then(happens('add'))
    for (const adds of [true, false]) {
      const error = await world.invoke('spins', { adds }).catch((reason) => reason)
      assert.match(error.message ?? error, /timed out after 1 seconds/, String(adds))
    }
    await turns()
    assert.deepEqual([happened, await world.dump('todos')], [[], []])
  })

  test('it ends once, whatever built-ins a program has put in their place', async () => {
    clock.set('2026-01-01')
    functions.register('waits', () => new Promise(() => {}))
    const running = invoke('waits').catch(({ message }) => message)
    await new Promise(setImmediate)
    const kept = Object.getOwnPropertyDescriptors(Map.prototype)
    Object.assign(Map.prototype, { has: () => true, delete: () => false })
    let advanced
    try { advanced = clock.advance({ seconds: 3 }) } finally { Object.defineProperties(Map.prototype, kept) }
    await advanced
    assert.match(await running, /timed out after 3 seconds/)
  })

  test('one that returned or threw goes on, as an instance that is used again does', async () => {
    for (const ending of [() => 'returned', () => { throw new Error('thrown') }]) {
      let done
      const later = new Promise((resolve) => { done = resolve })
      functions.register('ends', () => { setImmediate(() => todos.add({ data: {} }).then(done)); return ending() })
      await invoke('ends').catch(() => {})
      assert.match((await later).errMsg, /ok/)
    }
    assert.equal((await todos.count()).total, 3)
  })

  test('a caller that gives up first leaves the function its own time', async () => {
    clock.set('2026-01-01')
    let release
    functions.register('slow', async () => { await new Promise((resolve) => { release = resolve }); await todos.add({ data: {} }) })
    functions.register('calls', () => cloud.callFunction({ name: 'slow', timeout: 1000 }).catch(({ message }) => message))
    for (const [seconds, added] of [[1, 1], [3, 0]]) {
      await seed({ todos: [] })
      const running = invoke('calls').catch(({ message }) => message)
      await new Promise(setImmediate)
      await clock.advance({ seconds: 1 })
      assert.equal(await running, 'callFunction:fail request timeout')
      await clock.advance({ seconds: seconds - 1 })
      release()
      await turns()
      assert.equal((await todos.count()).total, added)
    }
  })
})
