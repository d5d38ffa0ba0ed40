'use strict'
// The control API: every call as its documentation shows it, and what misuse is told.
process.env.WX_LOCAL_DATA_DIR = ':memory:'
process.env.WX_LOCAL_DIAGNOSTICS = 'on'
const { test, describe, beforeEach } = require('node:test')
const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const testing = require('../entry/testing.js')
const cloud = require('../entry/sdk.js')
require('../entry/register.js')

const {
  reset, seed, snapshot, restore, as, run, invoke, trigger, functions, clock, openapi, cloudPay, openData, faults,
  calls, diagnostics, invocations, dump, collections, indexes, createTest,
} = testing
cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
const db = cloud.database()
console.warn = () => {}

/** A world whose data no other test sees. */
const project = path.join(__dirname, 'runners/project/cloudfunctions')
const fails = (work, text) => assert.rejects(async () => work(), (error) => {
  assert.ok(error instanceof Error)
  assert.ok(error.message.includes(text), `${error.message}\n  does not say: ${text}`)
  return true
})

beforeEach(async () => {
  functions.use(project)
  await reset()
})

describe('data', () => {
  test('reset comes back to the last seed, and clears what a test did', async () => {
    const world = createTest()
    await world.reset()
    assert.deepEqual(await world.collections(), [])
    await world.seed({ todos: [{ _id: 'a', text: 'milk' }] })
    await world.run(() => db.collection('todos').add({ data: { text: 'eggs' } }))
    world.clock.set(0)
    world.openapi.mock('wxacode.get', {})
    world.faults.inject({ api: 'collection.get' })
    await world.reset()
    assert.deepEqual(await world.dump('todos'), [{ _id: 'a', text: 'milk' }])
    assert.ok(world.clock.now().getTime() > 1e12)
    assert.equal((await world.run(() => db.collection('todos').get())).data.length, 1)
    await world.seed({ users: [] })
    await world.reset()
    assert.deepEqual(await world.collections(), ['todos', 'users'])
  })

  test('seed stores documents as add does, and indexes', async () => {
    await seed({
      todos: { documents: [{ _id: 'a', at: new Date(5), by: db.serverDate() }], indexes: ['at', { keys: { at: 1, by: -1 }, unique: true }] },
    })
    const [todo] = await dump('todos')
    assert.deepEqual(todo.at, new Date(5))
    assert.ok(todo.by instanceof Date)
    assert.deepEqual((await indexes('todos')).map(({ name, unique }) => [name, unique]), [['_id_', undefined], ['at_1', undefined], ['at_1_by_-1', true]])
  })

  test('seed reads a directory of files, and names the line of an error', async () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'wx-seed-'))
    fs.writeFileSync(path.join(directory, 'todos.jsonl'), '{"_id":"a","at":{"$date":"2026-01-01T00:00:00Z"}}\n{"_id":"b"}\n')
    fs.writeFileSync(path.join(directory, 'users.csv'), '_id,name\nu1,Ann\n')
    fs.writeFileSync(path.join(directory, 'README.md'), 'not data')
    const world = createTest()
    await world.seed(directory)
    assert.deepEqual(await world.dump('todos'), [{ _id: 'a', at: new Date('2026-01-01') }, { _id: 'b' }])
    assert.deepEqual(await world.dump('users'), [{ _id: 'u1', name: 'Ann' }])
    fs.writeFileSync(path.join(directory, 'users.json'), '{"_id":"u2"}\n')
    await fails(() => world.seed(directory), "holds two files of 'users'")
    fs.rmSync(path.join(directory, 'users.json'))
    fs.appendFileSync(path.join(directory, 'todos.jsonl'), '{"_id":"a"}\n')
    const other = createTest()
    await fails(() => other.seed(directory), 'todos.jsonl: line 3: E11000')
    assert.deepEqual(await other.collections(), [], 'a seed that fails stores nothing')
    fs.rmSync(directory, { recursive: true })
  })

  test('a wrong seed says where it is wrong', async () => {
    const world = createTest()
    await fails(() => world.seed({ todos: [{ _id: 1 }, { _id: 1 }] }), 'todos[1]: E11000')
    await fails(() => world.seed({ todos: [1] }), 'todos[0]: a document must be an object, not number')
    await fails(() => world.seed({ todos: 1 }), 'todos must be a list of documents')
    await fails(() => world.seed({ todos: { docs: [] } }), 'todos has documents, indexes and permissions, not docs')
    await fails(() => world.seed({ todos: { documents: {} } }), 'todos.documents must be a list, not object')
    await fails(() => world.seed({ todos: { indexes: [1] } }), 'index 0 of todos')
    await fails(() => world.seed(7), 'the data must be an object')
    await fails(() => world.seed('no/such/directory'), 'cannot be read')
    await fails(() => world.seed(__dirname), 'holds no <collection>.jsonl')
    await fails(() => world.seed({ a: [] }, { environment: 'x' }), "no option 'environment'")
    assert.deepEqual(await world.collections(), [])
  })

  test('snapshot and restore, any number of times', async () => {
    const world = createTest()
    await world.seed({ todos: [] })
    const before = await world.snapshot()
    for (let round = 0; round < 3; round++) {
      await world.run(() => db.collection('todos').add({ data: { round } }))
      await world.restore(before)
      assert.deepEqual(await world.dump('todos'), [])
    }
    await fails(() => restore(before), 'the snapshot is of another world')
    for (const wrong of [undefined, null, {}, 'x']) await fails(() => world.restore(wrong), 'pass what snapshot() resolved with')
    assert.ok(Object.isFrozen(before))
  })

  test('dump can be compared with a stored snapshot', async () => {
    await seed({ todos: [] })
    const { _id } = await db.collection('todos').add({ data: { at: db.serverDate(), inner: [{ at: new Date() }] } })
    await db.collection('todos').add({ data: { parent: _id } })
    assert.deepEqual(await dump('todos', { normalise: true }), [
      { _id: '<id 1>', at: '<date>', inner: [{ at: '<date>' }] }, { _id: '<id 2>', parent: '<id 1>' },
    ])
    assert.equal((await dump('todos', { normalise: 'dates' }))[0]._id, _id)
    assert.ok((await dump('todos', { normalise: 'ids' }))[0].at instanceof Date)
    await fails(() => dump('todos', { normalise: 'all' }), "normalise must be true, false, 'ids' or 'dates'")
    await fails(() => dump('nowhere'), 'there is no such collection')
    await fails(() => dump(7), 'the collection must be a string')
  })

  test('collections, indexes and environments', async () => {
    await seed({ b: [], a: [] })
    await seed({ other: [] }, { env: 'prod' })
    assert.ok((await collections()).includes('a'))
    assert.deepEqual(await collections({ env: 'prod' }), ['other'])
    await indexes('a', [{ owner: 1, at: -1 }])
    assert.deepEqual((await indexes('a')).map(({ key }) => key), [{ _id: 1 }, { owner: 1, at: -1 }])
    await fails(() => indexes('a', {}), 'the indexes must be a list')
    // All of them, or none.
    const before = await indexes('a')
    for (let round = 0; round < 2; round++) await db.collection('a').add({ data: { twice: 1 } })
    for (const [wrong, text] of [
      [{ keys: { twice: 1 }, unique: true }, 'E11000'],
      [{ keys: { n: 1 }, sparse: true }, 'sparse'],
      [{ keys: { owner: 1, at: -1 }, unique: true }, 'owner_1_at_-1'],
    ]) {
      await fails(() => indexes('a', ['fine', wrong]), text)
      assert.deepEqual(await indexes('a'), before)
    }
    await fails(() => indexes('a', [{ keys: { a: 'sideways' } }]), 'testing.indexes')
    const world = createTest({ env: 'prod' })
    await world.seed({ mine: [] })
    assert.deepEqual(await world.collections({ env: 'prod' }), ['mine'])
    assert.deepEqual(await world.collections({ env: 'local' }), [])
  })

  test('export and import', async () => {
    await seed({ todos: [{ _id: 'a', n: 1, at: new Date(0), text: 'x,"y"' }] })
    const lines = await testing.export('todos', 'json')
    assert.equal(lines, '{"_id":"a","n":1,"at":{"$date":"1970-01-01T00:00:00Z"},"text":"x,\\"y\\""}\n')
    const csv = await testing.export('todos', 'csv')
    assert.equal(csv, '_id,n,at,text\r\na,1,1970-01-01T00:00:00.000Z,"x,""y"""\r\n')
    assert.equal(await testing.export('todos', 'csv', { fields: ['n'] }), 'n\r\n1\r\n')
    assert.deepEqual(await testing.import('copy', lines), { succeeded: 1, failed: 0, errors: [] })
    assert.deepEqual(await dump('copy'), await dump('todos'))
    await fails(() => testing.import('copy', lines), 'line 1: E11000')
    await fails(() => testing.import('torn', '{"_id":"a"}\n{"_id":"b"}\n{"_id":"a"}\n{"_id":"c"}\n'), '2 documents before it are stored')
    assert.deepEqual((await dump('torn')).map(({ _id }) => _id), ['a', 'b'])
    await testing.import('copy', '{"_id":"a","n":2}', { conflictMode: 'upsert' })
    assert.deepEqual(await dump('copy'), [{ _id: 'a', n: 2 }])
    const report = await testing.import('copy', '{"_id":"b"}\nnonsense\n{"_id":"c"}', { stopOnError: false })
    assert.deepEqual([report.succeeded, report.failed, report.errors[0].line], [2, 1, 2])
    assert.deepEqual(await testing.import('marked', '\ufeff{"_id":"a"}'), { succeeded: 1, failed: 0, errors: [] })
    const wrong = [
      ['[{"_id":"b"}]', 'line 1: an array: write one object a line'],
      ['{\n  "_id": "b"\n}', 'line 1: invalid JSON: the line ends inside the object; write one object a line'],
      ['_id,a\nb,1\nc,"2"3\n', 'line 3: text follows a closing quote'],
      ['_id,a\nb,1\n\nc,"2\n\n', 'line 4: a quoted cell is not closed'],
    ]
    for (const [text, message] of wrong) {
      await fails(() => testing.import('wrong', text, { format: text.startsWith('_id') ? 'csv' : 'json', conflictMode: 'upsert' }), message)
    }
    const file = path.join(os.tmpdir(), `wx-import-${process.pid}.csv`)
    fs.writeFileSync(file, '_id,name\nu1,Ann\n')
    await testing.import('people', file)
    assert.deepEqual(await dump('people'), [{ _id: 'u1', name: 'Ann' }])
    fs.rmSync(file)
    await fails(() => testing.import('people', file), 'there is no file')
    await fails(() => testing.import('people', '{}', { format: 'xml' }), "the format is 'json' or 'csv', not 'xml'")
    await fails(() => testing.import('people', '{}', { conflictMode: 'merge' }), "'insert' or 'upsert'")
    await fails(() => testing.export('todos', 'xml'), "the format is 'json' or 'csv'")
  })

  test('a write of a test that has ended is dropped and told of', async () => {
    const world = createTest()
    await world.seed({ todos: [] })
    let go
    const waits = new Promise((resolve) => { go = resolve })
    const late = world.run(async () => {
      await waits
      await db.collection('todos').get()
      return db.collection('todos').add({ data: { late: true } })
    })
    await world.reset()
    go()
    await fails(() => late, 'of a test that has ended was dropped')
    assert.deepEqual(await world.dump('todos'), [])
    assert.deepEqual(world.diagnostics().map(({ name }) => name), ['late-write'])
    // Code that resets its own world goes on.
    await world.run(async () => {
      await world.reset()
      await db.collection('todos').add({ data: {} })
    })
    assert.equal((await world.dump('todos')).length, 1)
  })

  test('a write under way when the data is set back is dropped, whoever sent it', async () => {
    const late = async (pending) => {
      const outcome = fails(() => pending, 'of a test that has ended was dropped')
      await reset()
      await outcome
    }
    await seed({ todos: [{ _id: 'a', n: 0 }], many: Array.from({ length: 50_000 }, (_, n) => ({ n })) })
    const transaction = await db.startTransaction()
    await transaction.collection('todos').doc('a').update({ data: { n: 1 } })
    await late(db.collection('todos').doc('a').update({ data: { n: 2 } })) // waited for the transaction's lock
    faults.inject({ api: 'collection.add', delay: 20 })
    await late(db.collection('todos').add({ data: {} })) // waited for a fault's delay
    assert.deepEqual(diagnostics().map(({ name }) => name), ['late-write'])
    // What another thread does may be done before the reset or come too late: nothing of it stays.
    const elsewhere = async (pending) => {
      const told = pending.catch((error) => assert.match(error.message, /of a test that has ended was dropped/))
      await reset()
      await told
    }
    await elsewhere(db.collection('many').where({ n: db.command.gte(0) }).update({ data: { n: 1 } }))
    assert.deepEqual(await dump('todos'), [{ _id: 'a', n: 0 }])
    assert.equal((await db.collection('many').where({ n: 49_999 }).get()).data.length, 1)
    const { fileID } = await cloud.uploadFile({ cloudPath: 'kept.txt', fileContent: Buffer.from('x') })
    await elsewhere(cloud.uploadFile({ cloudPath: 'late.txt', fileContent: Buffer.from('x') }))
    const missing = await cloud.getTempFileURL({ fileList: [fileID.replace('kept', 'late')] })
    assert.equal(missing.fileList[0].status, -503003)
  })

  test('functions that call functions end somewhere, whoever they ask', async () => {
    const page = testing.client('someone')
    page.init()
    const asks = { invoke: (name) => invoke(name), callFunction: (name) => cloud.callFunction({ name }), page: (name) => page.callFunction({ name }) }
    for (const first of Object.values(asks)) {
      for (const second of Object.values(asks)) {
        let rounds = 0
        functions.register('first', () => { rounds++; return second('second') })
        functions.register('second', () => { rounds++; return first('first') })
        await assert.rejects(async () => invoke('first'))
        assert.equal(rounds, 32)
      }
    }
  })

  test('a late write is told of once for its place, however many there are and in whichever world', async () => {
    const { warn } = console
    const lines = []
    console.warn = (line) => lines.push(line)
    try {
      for (let round = 0; round < 5; round++) {
        const world = createTest()
        for (const set of [{ reset, run: (work) => as('someone', work), diagnostics }, world]) {
          for (let time = 0; time < 3; time++) {
            let go
            const late = set.run(async () => {
              await new Promise((resolve) => { go = resolve })
              for (let n = 0; n < 3; n++) await db.collection('todos').add({ data: { late: n } }).catch(() => {})
            })
            await set.reset()
            go()
            await late
            // What is data is of the test.
            assert.deepEqual(set.diagnostics().map(({ name }) => name), ['late-write'])
          }
        }
      }
      assert.equal(lines.length, 1, lines.join('\n'))
      assert.match(lines[0], /late-write: collection\.add of a test that has ended[^]*testing\.spec\.cjs:\d+/)
    } finally { console.warn = warn }
    await reset()
  })

  test('reset ends transactions that a test left open', async () => {
    const world = createTest()
    await world.seed({ todos: [{ _id: 'a' }] })
    await world.run(async () => {
      const transaction = await db.startTransaction()
      await transaction.collection('todos').doc('a').update({ data: { x: 1 } })
    })
    await world.reset()
    // It would be refused if the lock were still held when its patience ends.
    await world.run(() => db.collection('todos').doc('a').update({ data: { y: 1 } }))
    assert.deepEqual(await world.dump('todos'), [{ _id: 'a', y: 1 }])
  })
})

describe('callers and functions', () => {
  test('as: everything that is awaited runs as that caller', async () => {
    const openid = await as('user-1', async () => {
      await new Promise((resolve) => setTimeout(resolve, 1))
      return cloud.getWXContext().OPENID
    })
    assert.equal(openid, 'user-1')
    const context = await as({ OPENID: 'o', UNIONID: 'u', CLIENTIP: '1.2.3.4' }, () => as({ unionid: null }, () => cloud.getWXContext()))
    assert.deepEqual([context.OPENID, context.UNIONID, context.CLIENTIP], ['o', undefined, '1.2.3.4'])
    assert.equal((await as('user-1', () => cloud.getWXContext())).ENV, cloud.getWXContext().ENV)
    assert.equal((await as({ ENV: null }, () => cloud.getWXContext())).ENV, undefined)
    const world = createTest({ env: 'other' })
    assert.equal((await world.run(() => cloud.getWXContext())).ENV, 'other')
    await world.seed({ things: [{ _id: 'a' }] })
    assert.equal((await world.run(() => db.collection('things').get())).data.length, 1)
    await fails(() => as({ OPENIDD: 'x' }, () => {}), "no field 'OPENIDD'")
    await fails(() => as('x'), 'what to run must be a function')
    await fails(() => as(7, () => {}), 'an OPENID or an object')
    await fails(() => as('x', () => { throw new Error('mine') }), 'mine')
  })

  test('invoke runs a function as the cloud does', async () => {
    functions.register('echo', async (event, context) => ({ event, keys: Object.keys(context).length > 0, date: new Date(0), none: undefined }))
    const answer = await invoke('echo', { a: 1, at: new Date(5) }, { as: 'user-1' })
    assert.deepEqual(answer.event.a, 1)
    assert.equal(answer.event.userInfo.openId, 'user-1')
    assert.equal(answer.event.at, '1970-01-01T00:00:00.005Z')
    assert.equal(answer.date, '1970-01-01T00:00:00.000Z')
    assert.ok(!('none' in answer) && answer.keys)
    assert.equal((await as('user-2', () => invoke('echo'))).event.userInfo.openId, 'user-2')
    const error = await invoke('nowhere').catch((thrown) => thrown)
    assert.equal(error.errCode, -1)
    assert.match(error.cause.message, /there is no function 'nowhere' in .*cloudfunctions.?; there is .*\becho\b/)
    assert.deepEqual(Object.keys(error).includes('cause'), false)
    functions.register('throws', () => { throw new TypeError('inside') })
    const thrown = await invoke('throws').catch((found) => found)
    assert.ok(thrown instanceof Error && thrown.cause instanceof TypeError)
    functions.register('slow', () => new Promise(() => {}))
    await fails(() => invoke('slow', {}, { timeout: 20 }), 'timeout')
    await fails(() => invoke('echo', {}, { user: 'x' }), "no option 'user'; there is as, timeout, env")
    await fails(() => invoke(), "the function's name must be a string")
    await fails(() => invoke('echo', 7), 'the event must be an object, not number')
  })

  test('functions come from a directory, with a loader of the test\'s', async () => {
    await seed({ counters: [] })
    assert.deepEqual(await invoke('counter', {}, { as: 'ann' }), { _id: 'ann', count: 1 })
    const asked = []
    functions.use(project, { require: (file) => { asked.push(path.basename(path.dirname(file))); return { main: () => 'mocked' } } })
    assert.equal(await invoke('counter'), 'mocked')
    assert.deepEqual(asked, ['counter'])
    functions.use(require('node:url').pathToFileURL(project))
    await fails(() => functions.use('no/such/place'), 'is not a directory of functions')
    await fails(() => functions.use(), 'the directory of the functions must be a string')
    await fails(() => functions.use(project, { require: 7 }), 'require must be a function')
    await fails(() => functions.register('1x', () => {}), "'1x' is no name of a function")
    await fails(() => functions.register('x', 7), 'the function itself must be a function')
  })

  test('trigger runs a function as its timer does', async () => {
    await seed({ users: [{ _id: 'ann', name: 'Ann' }], sent: [] })
    assert.deepEqual(await trigger('morning'), { sent: 1 })
    assert.deepEqual(await trigger('notify'), { sent: 1 })
    const { event, source, openid } = invocations().at(-1)
    assert.deepEqual([event.TriggerName, event.Type, source, openid], ['morning', 'Timer', 'wx_trigger', undefined])
    await fails(() => trigger('evening'), "no function and no trigger is called 'evening'; the triggers are: morning")
  })

  test('what happened: invocations with logs, calls, diagnostics', async () => {
    functions.register('logs', () => { console.log('hello', { a: 1 }); return 7 })
    functions.register('calls', () => cloud.callFunction({ name: 'logs', data: { x: 1 } }))
    await invoke('calls')
    const [inner, outer] = invocations()
    assert.deepEqual([inner.function, inner.depth, inner.result, outer.function, outer.depth], ['logs', 2, 7, 'calls', 1])
    assert.deepEqual(calls('callFunction').map(({ arguments: { name, data }, result }) => [name, data, result.result ?? result]), [
      ['logs', { x: 1 }, 7], ['calls', {}, 7],
    ])
    assert.deepEqual(inner.log, [{ level: 'log', text: 'hello { a: 1 }' }])
    await cloud.openapi.security.msgSecCheck({ content: 'x' })
    const [call] = calls('openapi.security')
    assert.equal(call.api, 'openapi.security.msgSecCheck')
    assert.ok(call.at instanceof Date)
    assert.deepEqual(calls('nothing'), [])
    assert.ok(diagnostics().some(({ name }) => name === 'open-api-not-mocked'))
    await fails(() => calls(7), 'the name of a call must be a string')
  })
})

describe('time', () => {
  test('set, now, reset', async () => {
    clock.set('2026-01-01T00:00:00Z')
    assert.deepEqual(clock.now(), new Date('2026-01-01'))
    await seed({ todos: [] })
    await db.collection('todos').add({ data: { at: db.serverDate({ offset: 1000 }) } })
    assert.deepEqual((await dump('todos'))[0].at, new Date('2026-01-01T00:00:01Z'))
    clock.reset()
    const [before, now, after] = [Date.now(), clock.now().getTime(), Date.now()]
    assert.ok(before <= now && now <= after)
    for (const wrong of ['yesterday', NaN, undefined, null, true, {}, Symbol('x')]) await fails(() => clock.set(wrong), 'the time must be a Date')
  })

  test('advance runs the timers that become due, in order', async () => {
    await seed({ users: [], sent: [] })
    clock.set('2026-03-01T07:00:00+08:00')
    const runs = await clock.advance({ days: 2 })
    assert.deepEqual(runs.map(({ function: name, trigger: timer, at }) => [name, timer, at.toISOString()]), [
      ['notify', 'morning', '2026-03-01T00:00:00.000Z'], ['notify', 'morning', '2026-03-02T00:00:00.000Z'],
    ])
    assert.deepEqual(clock.now(), new Date('2026-03-03T07:00:00+08:00'))
    assert.deepEqual(await clock.advance(1000), [])
    await fails(() => clock.advance(-1), 'time does not run backwards: clock.set()')
    await fails(() => clock.advance('1h'), 'pass milliseconds or { days')
    await fails(() => clock.advance({ weeks: 1 }), "no option 'weeks'")
    await fails(() => clock.advance({ days: 365 * 100 }), 'advance in smaller steps')
  })

  test('a timer that fails does not stop the clock', async () => {
    clock.set('2026-03-01T07:59:59+08:00')
    const [run_] = await createAt()
    assert.ok(run_.error instanceof Error)
    async function createAt() {
      faults.inject({ api: 'collection.get', times: 1, error: -501001 })
      return clock.advance({ seconds: 2 })
    }
  })
})

describe('WeChat and failures', () => {
  test('openapi.mock: values, functions, refusals, unknown paths', async () => {
    openapi.mock('security.msgSecCheck', ({ content }) => (content === 'bad' ? { errCode: 87014, errMsg: 'risky' } : { label: 100 }))
    assert.equal((await cloud.openapi.security.msgSecCheck({ content: 'ok' })).label, 100)
    const refused = await cloud.openapi.security.msgSecCheck({ content: 'bad' }).catch((thrown) => thrown)
    assert.equal(refused.errCode, 87014)
    openapi.mock('openapi.wxacode.get', { buffer: 'x' })
    assert.equal((await cloud.openapi.wxacode.get({})).buffer, 'x')
    assert.equal((await cloud.callOpenAPI({ openapi: 'wxacode.get', action: 'wxacode.get', data: {} }).catch((e) => e)) !== undefined, true)
    openapi.unmock('wxacode.get')
    assert.notEqual((await cloud.openapi.wxacode.get({ path: 'a' })).buffer, 'x')
    await fails(() => openapi.mock('msgSecCheck', {}), "did you mean 'security.msgSecCheck'?")
    await fails(() => openapi.mock('my.own', {}), '{ undocumented: true }')
    openapi.mock('my.own', { fine: true }, { undocumented: true })
    assert.equal((await cloud.openapi.my.own({})).fine, true)
    openapi.unmock()
    await fails(() => cloud.openapi.my.own({}), "openapi.mock('my.own', value, { undocumented: true })")
    openapi.mock('security.msgSecCheck', () => 87014)
    await fails(() => cloud.openapi.security.msgSecCheck({}), 'testing.openapi.mock: the function given for security.msgSecCheck must return an object')
    openapi.mock('security.msgSecCheck', () => {})
    assert.equal((await cloud.openapi.security.msgSecCheck({})).errCode, 0)
    await fails(() => openapi.mock('wxacode.get'), 'must be an object or a function')
    await fails(() => openapi.mock(), 'the path must be a string')
  })

  test('cloudPay: an order is paid and its function called', async () => {
    functions.register('paid', (event) => ({ errcode: 0, order: event.outTradeNo, source: cloud.getWXContext().SOURCE }))
    const order = { body: 'tea', outTradeNo: 'order-1', spbillCreateIp: '127.0.0.1', subMchId: '1', totalFee: 100, envId: 'local', functionName: 'paid' }
    await cloud.cloudPay.unifiedOrder(order)
    const answer = await cloudPay.pay('order-1')
    assert.deepEqual([answer.errcode, answer.order], [0, 'order-1'])
    assert.ok(answer.source.startsWith('wx_paycallback'))
    await fails(() => cloudPay.pay('order-1'), "no order 'order-1' waits for payment")
    await cloud.cloudPay.unifiedOrder({ ...order, outTradeNo: 'order-2', functionName: '' })
    assert.equal(await cloudPay.pay('order-2'), undefined)
    cloudPay.mock('refund', { returnCode: 'FAIL' })
    assert.equal((await cloud.cloudPay.refund({})).returnCode, 'FAIL')
    cloudPay.unmock('refund')
    await fails(() => cloudPay.mock('refnd', {}), '{ undocumented: true }')
    await cloud.cloudPay.refund({ outTradeNo: 'order-1', outRefundNo: 'back-1', totalFee: 100, refundFee: 40, envId: 'local', functionName: 'refunded' })
    functions.register('refunded', ({ outRefundNo, refundFee, refundStatus }) => [outRefundNo, refundFee, refundStatus, cloud.getWXContext().SOURCE])
    assert.deepEqual(await cloudPay.settleRefund('back-1'), ['back-1', 40, 'SUCCESS', 'wx_paycallback'])
    await fails(() => cloudPay.settleRefund('back-1'), "no refund 'back-1' waits for its money")
    assert.ok(diagnostics().some(({ name, text }) => name === 'open-api-not-mocked' && text.startsWith('cloudPay.unifiedOrder answered')))
  })

  test('openData.set is what a CloudID stands for', async () => {
    openData.set('id-1', { phoneNumber: '138' })
    const { list } = await cloud.getOpenData({ list: ['id-1'] })
    assert.equal(list[0].data.phoneNumber, '138')
    functions.register('phone', (event) => ({ ...event, vouched: cloud.getWXContext().OPEN_DATA_INFO }))
    const event = await invoke('phone', { mine: openData.cloudID('id-1'), inner: { id: openData.cloudID('id-1') }, none: openData.cloudID('x'), text: 'id-1' })
    assert.equal(event.mine.cloudID, 'id-1')
    assert.equal(event.mine.data.phoneNumber, '138')
    assert.equal(typeof event.mine.data.watermark.timestamp, 'number')
    assert.deepEqual([event.inner, event.text, event.vouched], [{ id: 'id-1' }, 'id-1', '{"keys":["mine"]}'])
    assert.deepEqual(event.none, { cloudID: 'x', errCode: -601005, errMsg: 'invalid cloudID.' })
    await clock.advance({ minutes: 5 })
    assert.equal((await invoke('phone', { mine: openData.cloudID('id-1') })).mine.errCode, -601006)
    const six = Object.fromEntries(Array.from({ length: 6 }, (_, n) => [`f${n}`, openData.cloudID('id-1')]))
    await fails(() => invoke('phone', six), '6 CloudID fields')
    await fails(() => openData.cloudID(), 'the cloudID must be a string')
    await fails(() => openData.set('id-1'), 'the data is missing')
    await fails(() => openData.set(7, {}), 'the cloudID must be a string')
  })

  test('faults: numbers, times, groups, delays', async () => {
    await seed({ todos: [] })
    faults.inject({ api: 'collection.add', times: 1, error: -501001 })
    const add = () => db.collection('todos').add({ data: {} })
    const error = await add().catch((thrown) => thrown)
    assert.equal(error.errCode, -501001)
    assert.match(error.errMsg, /^collection\.add:fail -501001 resource system error/)
    await add()
    faults.inject({ api: 'collection', error: { errCode: -502003, errMsg: 'mine' } })
    await fails(() => db.collection('todos').get(), 'mine')
    await fails(() => db.collection('todos').count(), 'collection.count:fail -502003')
    faults.clear()
    faults.inject({ delay: 30, times: 1 })
    const order = []
    const note = (what) => () => order.push(what)
    await Promise.all([add().then(note('add')), new Promise((resolve) => { setTimeout(resolve, 1) }).then(note('timer'))])
    assert.deepEqual(order, ['timer', 'add'])
    for (const [api, call] of Object.entries({
      uploadFile: () => cloud.uploadFile({ cloudPath: 'a', fileContent: Buffer.from('a') }),
      downloadFile: () => cloud.downloadFile({ fileID: 'cloud://local.x/a' }),
      getTempFileURL: () => cloud.getTempFileURL({ fileList: [] }), deleteFile: () => cloud.deleteFile({ fileList: [] }),
    })) {
      faults.inject({ api, times: 1, delay: 1, error: -503001 })
      const refused = await call().catch((thrown) => thrown)
      assert.deepEqual([refused.errCode, refused.errMsg], [-503001, `${api}:fail -503001 storage request fail`])
      assert.notEqual((await call().catch((thrown) => thrown)).errCode, -503001)
    }
    faults.inject({ api: 'callFunction', times: 1, delay: 10, error: -504002 })
    functions.register('fine', () => 1)
    assert.equal((await invoke('fine').catch((thrown) => thrown)).errCode, -504002)
    assert.equal(await invoke('fine'), 1)
    faults.inject({ api: 'openapi.wxacode', times: 1, error: -604101 })
    assert.equal((await cloud.openapi.wxacode.get({ path: 'a' }).catch((thrown) => thrown)).errCode, -604101)
    await fails(() => faults.inject({ api: 'colection.add' }), "there is no call 'colection.add'; there is collection.get, ")
    await fails(() => faults.inject(), 'say what is to fail')
    await fails(() => faults.inject({ api: 'x', times: 0 }), 'times must be 1 or more')
    await fails(() => faults.inject({ error: 'no' }), 'error must be an errCode')
    await fails(() => faults.inject({ error: {} }), 'error.errCode must be a number')
    await fails(() => faults.inject({ delay: -1 }), 'delay must be a whole number')
  })
})

describe('worlds', () => {
  test('createTest: data, callers, functions and mocks apart', async () => {
    functions.register('shared', () => cloud.getWXContext().OPENID)
    const world = createTest({ as: 'default-user', strict: false })
    assert.equal(await world.invoke('shared'), 'default-user')
    await world.run(() => db.collection('made').add({ data: {} }))
    assert.deepEqual(await world.collections(), ['made'])
    assert.ok(!(await collections()).includes('made'))
    world.functions.register('shared', () => 'other')
    assert.notEqual(await invoke('shared'), 'other')
    await fails(() => createTest({ openid: 'x' }), "no option 'openid'; there is as, env, functions, strict, diagnostics")
    await fails(() => createTest(7), 'options must be an object')
    await fails(() => createTest({ strict: 1 }), 'strict must be true or false')
    await world[Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]()
    await fails(() => world.collections(), 'this world was disposed')
    assert.equal(testing.dispose, undefined)
  })

  test('run: code of the test works in the world', async () => {
    const world = createTest()
    await world.seed({ todos: [{ _id: 'a' }] })
    assert.deepEqual((await world.run(() => db.collection('todos').get())).data, [{ _id: 'a' }])
    await fails(() => run(), 'what to run must be a function')
    assert.equal(await run(() => 5), 5)
  })

  test('logger: the official warning once, and the log of the run', async () => {
    const warned = []
    const { warn } = console
    console.warn = (...values) => { warned.push(values.join(' ')) }
    functions.register('logs-more', () => { cloud.logger().info({ a: 1 }); cloud.logger().error({ b: 2 }) })
    try { await invoke('logs-more') } finally { console.warn = warn }
    const { log } = invocations().at(-1)
    assert.deepEqual(log.filter(({ level }) => level !== 'warn'), [{ level: 'info', text: '{ a: 1 }' }, { level: 'error', text: '{ b: 2 }' }])
    assert.equal([...warned, ...log.filter(({ level }) => level === 'warn').map(({ text }) => text)].filter((text) => text.includes('无法上报cls日志')).length > 0, true)
    assert.throws(() => cloud.logger().info('text'), /log msg must be an object/)
  })

  test('undeclared capabilities are refused when that is asked for', () => {
    const { execFileSync } = require('node:child_process')
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'wx-permissions-'))
    fs.mkdirSync(path.join(directory, 'send'))
    fs.writeFileSync(path.join(directory, 'send/config.json'), '{"permissions": {"openapi": ["wxacode.get"]}}')
    fs.writeFileSync(path.join(directory, 'send/index.js'), `const cloud = require('wx-server-sdk'); cloud.init()
      exports.main = async () => {
        const code = async (work) => { try { return (await work()).errCode } catch (error) { return error.errCode } }
        return [await code(() => cloud.openapi.wxacode.get({ path: 'a' })), await code(() => cloud.openapi.security.msgSecCheck({ content: 'a' })), await code(() => cloud.openapi.no.such({}))]
      }`)
    const program = `const { functions, invoke } = require(${JSON.stringify(path.join(__dirname, '../entry/testing.js'))})
      functions.use(${JSON.stringify(directory)})
      invoke('send').then((codes) => process.stdout.write(JSON.stringify(codes)))`
    const codes = (env) => JSON.parse(execFileSync(process.execPath, ['--require', path.join(__dirname, '../entry/register.js'), '-e', program], {
      encoding: 'utf8', env: { ...process.env, WX_LOCAL_DATA_DIR: ':memory:', WX_LOCAL_DIAGNOSTICS: 'off', ...env },
    }))
    try {
      assert.deepEqual(codes({ WX_LOCAL_PERMISSIONS: 'enforce' }), [0, -604101, -604101])
      assert.deepEqual(codes({}), [0, 0, -604100])
    } finally {
      fs.rmSync(directory, { recursive: true })
    }
  })

  test('named imports see every call', async () => {
    const module_ = await import('../entry/testing.js')
    for (const name of Object.keys(testing)) assert.ok(name in module_, name)
  })
})

describe('on disk', () => {
  const { execFileSync } = require('node:child_process')
  const entry = (name) => JSON.stringify(path.join(__dirname, '../entry', name))
  const run_ = (env, program) => {
    const cwd = fs.mkdtempSync(path.join(os.tmpdir(), 'wx-kit-'))
    const bare = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(WX_LOCAL_|NODE_TEST|VITEST|JEST)/.test(name)))
    try {
      return execFileSync(process.execPath, ['-e', program], { cwd, encoding: 'utf8', env: { ...bare, ...env(cwd) } })
    } finally {
      fs.rmSync(cwd, { recursive: true })
    }
  }

  test('a directory that a test was given is reset, seeded and restored like memory', () => {
    assert.match(run_((cwd) => ({ WX_LOCAL_DATA_DIR: path.join(cwd, 'data') }), `
      const assert = require('node:assert')
      const { reset, seed, snapshot, restore, dump, collections, run } = require(${entry('testing.js')})
      const cloud = require(${entry('sdk.js')})
      cloud.init({ env: 'local' })
      const todos = cloud.database().collection('todos')
      ;(async () => {
        await reset()
        await seed({ todos: [{ _id: 'a' }] })
        await todos.add({ data: { _id: 'b' } })
        const both = await snapshot()
        await reset()
        assert.deepEqual(await dump('todos'), [{ _id: 'a' }])
        await todos.add({ data: { _id: 'c' } })
        await reset()
        assert.deepEqual(await dump('todos'), [{ _id: 'a' }])
        console.log('fine')
      })()`), /fine/)
  })

  test('without a runner the data is in memory once the control API is loaded', () => {
    assert.match(run_(() => ({}), `
      const { seed, dump } = require(${entry('testing.js')})
      seed({ todos: [{ _id: 'a' }] }).then(() => dump('todos')).then((todos) => {
        console.log(todos.length, require('node:fs').existsSync('.wx-server-sdk-local'))
      })`), /^1 false/)
  })

  test('data of the program itself is never set back', () => {
    assert.match(run_(() => ({}), `
      const cloud = require(${entry('sdk.js')})
      cloud.init({ env: 'local' })
      cloud.database().createCollection('mine').then(async () => {
        const { reset, seed, collections } = require(${entry('testing.js')})
        for (const call of [reset, () => seed({ mine: [] })]) console.log(await call().catch((error) => error.message))
        console.log(await collections())
      })`), /^testing\.reset: the data in .* would be lost[^]*testing\.seed: [^]*\[ 'mine' \]/)
  })
})

describe('register', () => {
  const { execFileSync } = require('node:child_process')
  const register = path.join(__dirname, '../entry/register.js')
  const program = `
    const assert = require('node:assert')
    const local = require(${JSON.stringify(path.join(__dirname, '../entry/sdk.js'))})
    assert.equal(require('wx-server-sdk'), local)
    assert.equal(require.resolve('wx-server-sdk'), ${JSON.stringify(path.join(__dirname, '../entry/sdk.js'))})
    assert.throws(() => require('wx-server-sdk-that-is-not-there'), { code: 'MODULE_NOT_FOUND' })
    import('wx-server-sdk').then((module_) => { assert.equal(module_.default, local); console.log('fine') })`
  for (const [name, cwd] of [['with the official package installed', __dirname], ['without it', os.tmpdir()]]) {
    for (const flag of ['--require', '--import']) {
      test(`${flag}, ${name}`, () => {
        const file = path.join(cwd, `.register-${process.pid}${flag}.cjs`)
        fs.writeFileSync(file, program)
        try {
          assert.equal(execFileSync(process.execPath, [flag, register, file], { encoding: 'utf8' }), 'fine\n')
        } finally {
          fs.rmSync(file)
        }
      })
    }
  }
})

