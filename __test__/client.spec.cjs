'use strict'
// `wx.cloud` of a page: what each call answers, to whom, and what it is not permitted to do.
process.env.WX_LOCAL_DATA_DIR = ':memory:'
process.env.WX_LOCAL_DIAGNOSTICS = 'on'
const { test, describe, before, after } = require('node:test')
const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const http = require('node:http')
const os = require('node:os')
const path = require('node:path')
const { createClient } = require('../entry/client.js')
const testing = require('../entry/testing.js')
const sdk = require('../entry/sdk.js')

sdk.init({ env: sdk.DYNAMIC_CURRENT_ENV })
console.warn = () => {}
const directory = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'wx-client-spec-'))
after(() => fs.rmSync(directory, { recursive: true, force: true }))

/** A world with the given data, and pages of it. */
async function open(data = {}, options) {
  const world = testing.createTest(options)
  await world.seed(data)
  const page = (identity) => {
    const cloud = world.client(identity)
    cloud.init()
    return cloud
  }
  return { world, page, me: page('me'), you: page('you') }
}
/** What a call fails with: its number and its text. */
const failure = (promise) => promise.then((value) => assert.fail(`it answered ${JSON.stringify(value)}`), (error) => {
  assert.ok(error instanceof Error)
  assert.equal(typeof error.errMsg, 'string')
  return { errCode: error.errCode, errMsg: error.errMsg }
})
const callbacks = (call, options) => new Promise((resolve) => {
  const told = []
  const note = (name) => (value) => {
    told.push([name, value instanceof Error ? value.errCode : value.errMsg])
    if (name === 'complete') setImmediate(resolve, { told, returned })
  }
  const returned = call({ ...options, success: note('success'), fail: note('fail'), complete: note('complete') })
})

test('a callback that is no function is one all the same: no promise is left to reject', async () => {
  const { me } = await open()
  const unhandled = []
  const listen = (error) => unhandled.push(error)
  process.on('unhandledRejection', listen)
  me.init({})
  for (const bad of [1, 'x', {}, true, []]) {
    for (const name of ['success', 'fail', 'complete']) {
      assert.equal(me.callFunction({ name: 'missing', [name]: bad }), undefined)
      assert.equal(me.database().collection('missing').get({ [name]: bad }), undefined)
    }
  }
  for (const none of [undefined, null, false, 0, '']) {
    assert.match((await failure(me.callFunction({ name: 'missing', success: none }))).errMsg, /callFunction:fail/)
  }
  await new Promise(setImmediate)
  process.off('unhandledRejection', listen)
  assert.deepEqual(unhandled, [])
})

describe('init', () => {
  const NOT_YET = /Cloud API isn't enabled, please call wx\.cloud\.init first\n请先调用 wx\.cloud\.init\(\) 完成初始化/
  for (const name of ['callFunction', 'callContainer', 'database', 'uploadFile', 'downloadFile', 'getTempFileURL', 'deleteFile']) {
    test(`${name} before it throws`, () => assert.throws(() => createClient()[name]({}), (error) => NOT_YET.test(error.errMsg) && error.errCode === -1))
  }

  test('answers nothing, and the first call counts', async () => {
    const { world } = await open()
    await world.seed({ todos: [{ _id: 'a' }] }, { env: 'first' })
    await world.permissions.collection('todos', 'READONLY', { env: 'first' })
    const cloud = world.client('me')
    assert.equal(cloud.init({ env: 'first', traceUser: true }), undefined)
    cloud.init({ env: 'second' })
    assert.equal((await cloud.database().collection('todos').get()).data.length, 1)
    assert.match((await failure(cloud.database({ env: 'second' }).collection('todos').get())).errMsg, /not exist/)
  })

  test('an env object gives each service its own', async () => {
    const { world } = await open()
    await world.seed({ todos: [] }, { env: 'data' })
    world.functions.register('env', () => sdk.getWXContext().ENV)
    const cloud = world.client('me')
    cloud.init({ env: { database: 'data', functions: 'code' } })
    assert.equal((await cloud.database().collection('todos').count()).total, 0)
    assert.equal((await cloud.callFunction({ name: 'env' })).result, 'code')
  })

  test('a user that cannot be meant is told of', () => {
    assert.throws(() => createClient({ OPENIDD: 'x' }), /createClient: an identity has no field 'OPENIDD'/)
    assert.throws(() => createClient(7), /createClient: an identity is an OPENID or an object/)
  })

  test('the shared environment of another account', async () => {
    const { world, me } = await open()
    world.functions.register('who', () => sdk.getWXContext())
    const shared = new me.Cloud({ resourceAppid: 'wx-other', resourceEnv: 'theirs' })
    assert.throws(() => shared.database(), NOT_YET)
    await shared.init()
    const { ENV, FROM_OPENID } = (await shared.callFunction({ name: 'who' })).result
    assert.deepEqual([ENV, FROM_OPENID], ['theirs', 'me'])
    assert.throws(() => new me.Cloud({}), /missing resourceEnv/)
  })
})

describe('callFunction', () => {
  let world, me, page
  before(async () => {
    ({ world, me, page } = await open({ todos: [] }))
    world.functions.register('echo', (event) => event)
    world.functions.register('who', () => sdk.getWXContext())
    world.functions.register('chain', async () => (await sdk.callFunction({ name: 'who' })).result)
    world.functions.register('nothing', () => undefined)
    world.functions.register('boom', () => { throw new Error('boom') })
    world.functions.register('slow', () => new Promise(() => {}))
    world.functions.register('large', () => 'x'.repeat(1024 * 1024))
  })

  test('the event has the user, and nobody can pretend', async () => {
    const answer = await me.callFunction({ name: 'echo', data: { a: 1, userInfo: 'forged' } })
    const { APPID } = (await me.callFunction({ name: 'who' })).result
    assert.deepEqual(Object.keys(answer).sort(), ['errMsg', 'requestID', 'result'])
    assert.equal(answer.errMsg, 'cloud.callFunction:ok')
    assert.match(answer.requestID, /^[0-9a-f-]{36}$/)
    assert.deepEqual(answer.result, { a: 1, userInfo: { appId: APPID, openId: 'me' } })
    assert.deepEqual((await me.callFunction({ name: 'echo' })).result, { userInfo: { appId: APPID, openId: 'me' } })
  })

  test('the caller is the page', async () => {
    const { OPENID, SOURCE, CLIENTIP, UNIONID } = (await page({ OPENID: 'x', UNIONID: 'u' }).callFunction({ name: 'who' })).result
    assert.deepEqual([OPENID, SOURCE, CLIENTIP, UNIONID], ['x', 'wx_client', '127.0.0.1', 'u'])
    assert.equal((await me.callFunction({ name: 'chain' })).result.SOURCE, 'wx_client,scf')
    // Whoever the test works as: a page has its own user.
    const { result } = await world.as('somebody', () => me.callFunction({ name: 'who' }))
    assert.equal(result.OPENID, 'me')
    assert.equal(await world.as('somebody', async () => {
      await me.callFunction({ name: 'who' })
      return sdk.getWXContext().OPENID
    }), 'somebody')
  })

  test('an answer of nothing is null', async () => assert.equal((await me.callFunction({ name: 'nothing' })).result, null))

  test('CloudIDs at the top become what they stand for', async () => {
    world.openData.set('id-1', { phoneNumber: '138' })
    const data = { phone: me.CloudID('id-1'), gone: new me.CloudID('id-2'), inner: { id: me.CloudID('id-1') } }
    const { result } = await me.callFunction({ name: 'echo', data })
    assert.equal(result.phone.data.phoneNumber, '138')
    assert.deepEqual(result.gone, { cloudID: 'id-2', errCode: -601005, errMsg: 'invalid cloudID.' })
    assert.deepEqual(result.inner, { id: 'id-1' })
    assert.throws(() => me.CloudID(), /CloudID should be string instead of undefined;/)
  })

  const more = '更多错误信息请访问：https://docs.cloudbase.net/error-code/basic/'
  const failures = {
    'a function that throws': [() => me.callFunction({ name: 'boom' }), -504002, /^cloud\.callFunction:fail Error: errCode: -504002 functions execute fail \| errMsg: Error: boom\n.* \(callId: [0-9a-f-]{36}\)$/s],
    'no such function': [() => me.callFunction({ name: 'none' }), -501000, new RegExp(`^cloud\\.callFunction:fail Error: errCode: -501000  \\| errMsg: FunctionName parameter could not be found\\. ${more}FUNCTION_NOT_FOUND \\(callId: `)],
    'an answer that is too large': [() => me.callFunction({ name: 'large' }), -604001, /cloudfunction result size exceed limit \(1MB\)/],
    'no name': [() => me.callFunction({}), -1, /^parameter\.name should be string instead of undefined;$/],
    'no options': [() => me.callFunction(), -1, /cloud\.callFunction/],
    'data that is no object': [() => me.callFunction({ name: 'echo', data: 'x' }), -1, /^parameter\.data should be object instead of string;$/],
    'six CloudIDs': [() => me.callFunction({ name: 'echo', data: Object.fromEntries([...'abcdef'].map((key) => [key, me.CloudID(key)])) }), -501007, /the most is 5/],
  }
  for (const [what, [call, errCode, text]] of Object.entries(failures)) {
    test(`${what} fails with ${errCode}`, async () => {
      const failed = await failure(call())
      assert.equal(failed.errCode, errCode)
      assert.match(failed.errMsg, text)
    })
  }

  test('a timeout', async () => {
    const called = failure(me.callFunction({ name: 'slow' }))
    await new Promise(setImmediate)
    await world.clock.advance({ seconds: 4 })
    const { errCode, errMsg } = await called
    assert.equal(errCode, -504003)
    assert.ok(errMsg.includes(`Invoking task timed out after 3 seconds ${more}FUNCTIONS_TIME_LIMIT_EXCEEDED (callId: `), errMsg)
    world.clock.reset()
  })

  test('what was thrown is the cause', async () => {
    await assert.rejects(me.callFunction({ name: 'boom' }), (error) => error.cause.message === 'boom')
  })

  test('callbacks in place of a promise', async () => {
    assert.deepEqual(await callbacks(me.callFunction, { name: 'echo' }), {
      told: [['success', 'cloud.callFunction:ok'], ['complete', 'cloud.callFunction:ok']], returned: undefined,
    })
    assert.deepEqual((await callbacks(me.callFunction, { name: 'none' })).told, [['fail', -501000], ['complete', -501000]])
    assert.deepEqual((await callbacks(me.callFunction, {})).told, [['fail', -1], ['complete', -1]])
  })

  test('rules say who may call what', async () => {
    const { world, me, page } = await open()
    for (const name of ['open', 'shut', 'other']) world.functions.register(name, () => name)
    const nobody = page({ OPENID: null })
    const may = async (cloud, name) => cloud.callFunction({ name }).then(() => true, ({ errCode, errMsg }) => {
      assert.equal(errCode, -501023)
      assert.match(errMsg, /PERMISSION_DENIED/)
      return false
    })
    const answers = async () => Promise.all([me, nobody].flatMap((cloud) => ['open', 'shut', 'other'].map((name) => may(cloud, name))))
    assert.deepEqual(await answers(), [true, true, true, false, false, false])
    await world.permissions.functions({ open: { invoke: true }, shut: { invoke: false } })
    assert.deepEqual(await answers(), [true, false, true, true, false, false])
    await world.permissions.functions({ '*': { invoke: 'auth.openid == "you"' } })
    assert.deepEqual(await answers(), [false, false, false, false, false, false])
    await assert.rejects(world.permissions.functions({ open: true }), /rules of functions: 'open'/)
    // Server code is not asked.
    assert.equal(await world.invoke('open'), 'open')
  })

  test('more than 100 KB is told of', async () => {
    const { world, me } = await open()
    world.functions.register('echo', () => 1)
    await me.callFunction({ name: 'echo', data: { text: 'x'.repeat(100 * 1024 - 11) } })
    assert.deepEqual(world.diagnostics(), [])
    await me.callFunction({ name: 'echo', data: { text: 'x'.repeat(100 * 1024) } })
    assert.deepEqual(world.diagnostics().map(({ name }) => name), ['client-event-large'])
  })

  test('faults of pages are their own', async () => {
    world.faults.inject({ api: 'cloud.callFunction', times: 1, error: -501001 })
    assert.equal((await me.callFunction({ name: 'chain' }).catch((error) => error)).errCode, -501001)
    assert.equal(await world.invoke('chain').then(({ SOURCE }) => SOURCE), 'wx_client,scf')
  })
})

describe('database: the settings of the console', () => {
  const documents = () => [{ _id: 'mine', _openid: 'me', n: 1 }, { _id: 'yours', _openid: 'you', n: 2 }, { _id: 'nobodys', n: 3 }]
  const denied = 'denied'
  // Reading and counting all, updating and removing mine and yours, adding.
  const cases = {
    READONLY: { read: ['mine', 'yours', 'nobodys'], updated: 1, removed: 1, add: true },
    PRIVATE: { read: ['mine'], updated: 1, removed: 1, add: true },
    ADMINWRITE: { read: ['mine', 'yours', 'nobodys'], updated: denied, removed: denied, add: denied },
    ADMINONLY: { read: denied, updated: denied, removed: denied, add: denied },
    undefined: { read: ['mine'], updated: 1, removed: 1, add: true },
  }
  const or = (promise) => promise.catch((error) => {
    assert.equal(error.errCode, -502003)
    assert.match(error.errMsg, /:fail -502003 database permission denied\. Permission denied$/)
    return denied
  })
  for (const [setting, expected] of Object.entries(cases)) {
    test(setting === 'undefined' ? 'what a new collection has' : setting, async () => {
      const permissions = setting === 'undefined' ? undefined : setting
      const { world, me } = await open({ c: { documents: documents(), permissions } })
      const c = me.database().collection('c')
      const ids = (found) => found.map(({ _id }) => _id)
      assert.deepEqual(await or(c.get().then(({ data }) => ids(data))), expected.read)
      assert.deepEqual(await or(c.count().then(({ total }) => total)), expected.read.length === 6 ? denied : expected.read.length)
      assert.deepEqual(await or(c.aggregate().sort({ n: 1 }).end().then(({ list }) => ids(list))), expected.read)
      const sees = (id) => or(c.doc(id).get().then(({ data }) => data._id, (error) => (error.errCode === -1 ? undefined : Promise.reject(error))))
      for (const id of ['mine', 'yours']) assert.equal(await sees(id), expected.read === denied ? denied : expected.read.find((seen) => seen === id))
      assert.equal(await or(c.where({}).update({ data: { n: 9 } }).then(({ stats }) => stats.updated)), expected.updated)
      assert.equal(await or(c.doc('yours').update({ data: { n: 9 } }).then(({ stats }) => stats.updated)), expected.updated === denied ? denied : 0)
      assert.equal(await or(c.doc('yours').remove().then(({ stats }) => stats.removed)), expected.removed === denied ? denied : 0)
      assert.equal(await or(c.where({}).remove().then(({ stats }) => stats.removed)), expected.removed)
      assert.equal(await or(c.add({ data: { _id: 'new' } }).then(() => true)), expected.add)
      const left = await world.dump('c')
      assert.deepEqual(left.find(({ _id }) => _id === 'yours'), documents()[1])
      assert.deepEqual(left.find(({ _id }) => _id === 'new'), expected.add === denied ? undefined : { _id: 'new', _openid: 'me' })
      // Server code is never asked.
      assert.equal((await world.as('you', () => sdk.database().collection('c').get())).data.length, left.length)
    })
  }

  test('doc.set takes over nothing', async () => {
    const { world, me } = await open({ c: { documents: documents(), permissions: 'READONLY' } })
    const c = me.database().collection('c')
    assert.deepEqual((await c.doc('mine').set({ data: { n: 5 } })).stats, { updated: 1, created: 0 })
    assert.deepEqual((await c.doc('new').set({ data: { n: 6 } })).stats, { updated: 0, created: 1 })
    assert.match((await failure(c.doc('yours').set({ data: { n: 7 } }))).errMsg, /E11000 duplicate key error/)
    assert.deepEqual((await world.dump('c')).map(({ _id, _openid, n }) => [_id, _openid, n]), [
      ['mine', 'me', 5], ['yours', 'you', 2], ['nobodys', undefined, 3], ['new', 'me', 6],
    ])
  })

  test('nobody who is logged in owns nothing', async () => {
    const { page } = await open({ c: { documents: documents(), permissions: 'READONLY' } })
    const c = page({ OPENID: null }).database().collection('c')
    assert.equal((await c.get()).data.length, 3)
    assert.equal((await failure(c.add({ data: {} }))).errCode, -502003)
    assert.equal((await failure(c.doc('mine').remove())).errCode, -502003)
  })

  test('settings go back with the data', async () => {
    const { world, me } = await open({ c: { documents: documents(), permissions: 'ADMINONLY' } })
    const c = me.database().collection('c')
    await world.permissions.collection('c', 'READONLY')
    assert.equal((await c.get()).data.length, 3)
    await world.reset()
    assert.equal((await failure(c.get())).errCode, -502003)
    await world.permissions.collection('c', null)
    assert.equal((await c.get()).data.length, 1)
    // Seeding again leaves what pages may do as it is.
    await world.permissions.collection('c', 'READONLY')
    await world.seed({ c: documents() })
    assert.equal((await c.get()).data.length, 3)
    for (const [setting, text] of [['PUBLIC', 'none of READONLY'], [7, 'a permission is'], [{ reed: true }, "no key 'reed'"]]) {
      await assert.rejects(async () => world.permissions.collection('c', setting), (error) => error.message.includes(text))
    }
  })

  test('a seed with a setting that is none changes nothing', async () => {
    const { world } = await open({ c: [{ _id: 'kept' }] })
    const seed = { c: [], d: { documents: [{ _id: 'new' }], permissions: { read: 'doc. ==' } } }
    await assert.rejects(async () => world.seed(seed), /d: /)
    assert.deepEqual(await world.dump('c'), [{ _id: 'kept' }])
    assert.deepEqual(await world.collections(), ['c'])
  })

  test('wx-local.config.json sets them', () => {
    const project = fs.mkdtempSync(path.join(directory, 'project-'))
    const config = { collections: { posts: { permissions: 'ADMINONLY' }, mine: {} }, permissions: { files: 'ADMINONLY', functions: { '*': { invoke: false } } } }
    fs.writeFileSync(path.join(project, 'wx-local.config.json'), JSON.stringify(config))
    fs.writeFileSync(path.join(project, 'page.cjs'), `
      const cloud = require(${JSON.stringify(path.resolve(__dirname, '../entry/client.js'))}).createClient('me')
      cloud.init()
      const number = (promise) => promise.then(() => 0, ({ errCode }) => errCode)
      const c = (name) => cloud.database().collection(name)
      const calls = [c('posts').get(), c('mine').get(), cloud.uploadFile({ cloudPath: 'a', filePath: __filename }), cloud.callFunction({ name: 'f' })]
      Promise.all(calls.map(number)).then((numbers) => console.log(JSON.stringify(numbers)))
    `)
    const env = { ...process.env, WX_LOCAL_DATA_DIR: ':memory:' }
    const { stdout, stderr } = spawnSync(process.execPath, ['page.cjs'], { cwd: project, encoding: 'utf8', env })
    assert.equal(stdout, '[-502003,0,-503002,-501023]\n', stderr)
  })
})

describe('database: security rules', () => {
  const posts = () => [
    { _id: 'a', _openid: 'me', state: 'draft' }, { _id: 'b', _openid: 'you', state: 'posted' }, { _id: 'c', _openid: 'you', state: 'draft' },
  ]
  const rules = {
    read: "doc._openid == auth.openid || doc.state == 'posted'",
    create: "request.data.state in ['draft', 'posted']",
    update: 'doc._openid == auth.openid',
    delete: 'get(`database.users.${auth.openid}`).admin == true',
  }
  const seed = () => ({ posts: { documents: posts(), permissions: rules }, users: [{ _id: 'you', admin: true }] })
  const attempts = {
    "the owner's condition": [(c) => c.where({ _openid: '{openid}' }).get(), 1],
    "the owner's condition, in words": [(c) => c.where({ _openid: 'me' }).count(), 1],
    'a condition that the rule names': [(c) => c.where({ state: 'posted' }).get(), 1],
    'either': [(c, _) => c.where(_.or([{ _openid: '{openid}' }, { state: 'posted' }])).get(), 2],
    'no condition': [(c) => c.get(), -502003],
    'a document by its id': [(c) => c.doc('a').get(), -502003],
    'a wider condition': [(c, _) => c.where({ state: _.in(['posted', 'draft']) }).get(), -502003],
    "another's condition": [(c) => c.where({ _openid: 'you' }).get(), -502003],
    'a pipeline that begins with it': [(c) => c.aggregate().match({ _openid: '{openid}' }).end(), 1],
    'a pipeline that does not': [(c) => c.aggregate().sort({ _id: 1 }).match({ _openid: '{openid}' }).end(), -502003],
    'data that the rule allows': [(c) => c.add({ data: { state: 'draft' } }), 1],
    'data that it does not': [(c) => c.add({ data: { state: 'hidden' } }), -502003],
    'an update of mine': [(c) => c.where({ _openid: '{openid}' }).update({ data: { state: 'posted' } }), 1],
    'an update of any': [(c) => c.where({ state: 'draft' }).update({ data: { state: 'posted' } }), -502003],
    'doc.set': [(c) => c.doc('a').set({ data: { state: 'posted' } }), -502003],
    'a removal by somebody else': [(c) => c.where({ state: 'draft' }).remove(), -502003],
  }
  for (const [what, [attempt, expected]] of Object.entries(attempts)) {
    test(`${what}: ${expected < 0 ? 'refused' : 'permitted'}`, async () => {
      const { me } = await open(seed())
      const db = me.database()
      const call = attempt(db.collection('posts'), db.command)
      if (expected < 0) return assert.equal((await failure(call)).errCode, expected)
      const { data, total, list, stats, _id } = await call
      assert.equal(data?.length ?? total ?? list?.length ?? stats?.updated ?? (_id && 1), expected)
    })
  }

  test('what a rule reads of the database decides', async () => {
    const { you, world } = await open(seed())
    assert.deepEqual((await you.database().collection('posts').where({ state: 'draft' }).remove()).stats, { removed: 2 })
    assert.deepEqual((await world.dump('posts')).map(({ _id }) => _id), ['b'])
  })
})

describe('database: calls', () => {
  let world, me, db, c, _
  before(async () => {
    ({ world, me } = await open({ c: { permissions: 'READONLY', documents: Array.from({ length: 45 }, (_unused, n) => ({ _id: `${n}`, _openid: 'me', n })) }, mine: [] }))
    db = me.database()
    c = db.collection('c')
    _ = db.command
  })

  test('what a database has', () => {
    assert.deepEqual(Object.keys(db), ['command', 'Geo', 'serverDate', 'RegExp'])
    for (const name of ['runTransaction', 'startTransaction', 'createCollection']) assert.equal(db[name], undefined, name)
    for (const name of ['lookup', 'out', 'facet', 'graphLookup', 'redact']) assert.equal(c.aggregate()[name], undefined, name)
  })

  test('at most 20 rows', async () => {
    const found = async (query) => (await query.get()).data.map(({ n }) => n)
    assert.equal((await found(c)).length, 20)
    assert.deepEqual(await found(c.limit(3).skip(1).orderBy('n', 'desc')), [43, 42, 41])
    assert.equal((await found(c.limit(100))).length, 20)
    assert.deepEqual(world.diagnostics().map(({ name, text }) => [name, /20/.test(text)]), [['query-truncated', true], ['limit-clamped', true]])
    assert.deepEqual(await found(c.where({ n: _.lt(2) })), [0, 1])
    assert.equal((await c.where({ n: _.gte(5) }).count()).total, 40)
  })

  test('results have the same shapes as those of server code', async () => {
    const mine = db.collection('mine')
    const point = db.Geo.Point(1, 2)
    assert.deepEqual(await mine.add({ data: { _id: 'a', by: '{openid}', place: point, at: new Date(5), now: db.serverDate() } }), { _id: 'a', errMsg: 'collection.add:ok' })
    const { data, errMsg } = await mine.doc('a').get()
    assert.equal(errMsg, 'document.get:ok')
    assert.ok(data.place instanceof point.constructor && data.now instanceof Date)
    assert.deepEqual([data._openid, data.by, data.at], ['me', 'me', new Date(5)])
    assert.deepEqual(await mine.doc('a').update({ data: { n: _.inc(1), 'deep.er': 1 } }), { stats: { updated: 1 }, errMsg: 'document.update:ok' })
    assert.deepEqual((await mine.where({ by: db.RegExp({ regexp: '^M', options: 'i' }) }).field({ _id: false, n: true, deep: true }).get()).data, [{ n: 1, deep: { er: 1 } }])
    assert.deepEqual((await mine.doc('a').field({ n: true }).get()).data, { _id: 'a', n: 1 })
    assert.deepEqual(await mine.aggregate().group({ _id: null, n: _.aggregate.sum('$n') }).end(), { list: [{ _id: null, n: 1 }], errMsg: 'collection.aggregate:ok' })
    assert.deepEqual(await mine.doc('a').remove(), { stats: { removed: 1 }, errMsg: 'document.remove:ok' })
  })

  const failures = {
    'a document that is not there': [() => c.doc('x').get(), -1, /^document\.get:fail cannot find document with _id x, please make sure that the document exists and you have the corresponding access permission$/],
    'a collection that is not there': [() => db.collection('x').get(), -502005, /^collection\.get:fail -502005 database collection not exists\. \[ResourceNotFound\]/],
    'a pipeline over one': [() => db.collection('x').aggregate().end(), -502005, /^collection\.aggregate:fail -502005 database collection not exists\./],
    'an owner that is given': [() => c.add({ data: { _openid: 'you' } }), -501007, /Invalid Key Name: _openid/],
    'an owner that is changed': [() => c.doc('1').update({ data: { _openid: 'you' } }), -501007, /Invalid Key Name: _openid/],
    'several documents at once': [() => c.add({ data: [{}, {}] }), -1, /^parameter\.data should be object instead of array;$/],
    'a stage that pages lack': [() => { const chain = c.aggregate(); chain._aggregate._stages.push({ stageKey: '$lookup', stageValue: '{}' }); return chain.end() }, -501007, /\$lookup is not available/],
  }
  for (const [what, [call, errCode, text]] of Object.entries(failures)) {
    test(`${what} fails with ${errCode}`, async () => {
      const failed = await failure(call())
      assert.equal(failed.errCode, errCode)
      assert.match(failed.errMsg, text)
    })
  }

  test('every call answers to callbacks', async () => {
    const mine = db.collection('mine')
    const calls = {
      'collection.add': [(options) => mine.add(options), { data: { _id: 'k' } }],
      'collection.get': [(options) => mine.get(options)],
      'collection.count': [(options) => mine.where({}).count(options)],
      'document.get': [(options) => mine.doc('k').get(options)],
      'document.update': [(options) => mine.doc('k').update(options), { data: { a: 1 } }],
      'document.set': [(options) => mine.doc('k').set(options), { data: { a: 1 } }],
      'collection.update': [(options) => mine.where({}).update(options), { data: { a: 2 } }],
      'collection.aggregate': [(options) => mine.aggregate().end(options)],
      'document.remove': [(options) => mine.doc('k').remove(options)],
      'collection.remove': [(options) => mine.where({}).remove(options)],
    }
    for (const [name, [call, options]] of Object.entries(calls)) {
      assert.deepEqual(await callbacks(call, options), { told: [['success', `${name}:ok`], ['complete', `${name}:ok`]], returned: undefined })
    }
    assert.deepEqual((await callbacks((options) => mine.doc('k').get(options))).told, [['fail', -1], ['complete', -1]])
  })
})

describe('worlds', () => {
  test("a client of the module acts where the code acts, a test's in its world", async () => {
    const [one, two] = [await open({ c: [] }), await open({ c: [] })]
    const cloud = createClient('me')
    cloud.init()
    const add = (where) => where.database().collection('c').add({ data: {} })
    await one.world.run(() => add(cloud))
    await two.world.run(() => Promise.all([add(one.me), add(one.you)]))
    assert.equal((await one.world.dump('c')).length, 3)
    assert.equal((await two.world.dump('c')).length, 0)
    assert.equal((await failure(add(cloud))).errCode, -502005)
  })

  test('pages and functions share their data', async () => {
    const { world, me } = await open({ c: [] })
    world.functions.register('add', async ({ text }) => (await sdk.database().collection('c').add({ data: { text, _openid: sdk.getWXContext().OPENID } }))._id)
    const { result } = await me.callFunction({ name: 'add', data: { text: 'x' } })
    assert.equal((await me.database().collection('c').doc(result).get()).data.text, 'x')
    assert.equal((await me.callFunction({ name: 'add' }).catch((error) => error)).errMsg, 'cloud.callFunction:ok')
  })
})

describe('files', () => {
  const file = path.join(directory, 'a.txt')
  fs.writeFileSync(file, 'content')
  let world, me, you
  before(async () => { ({ world, me, you } = await open()) })

  test('up and down', async () => {
    const uploaded = await me.uploadFile({ cloudPath: 'up/a.txt', filePath: file })
    assert.deepEqual({ ...uploaded, fileID: undefined }, { fileID: undefined, statusCode: 200, errMsg: 'cloud.uploadFile:ok' })
    assert.match(uploaded.fileID, /^cloud:\/\/local\..*\/up\/a\.txt$/)
    const { tempFilePath, ...rest } = await you.downloadFile({ fileID: uploaded.fileID })
    assert.deepEqual(rest, { statusCode: 200, errMsg: 'cloud.downloadFile:ok' })
    assert.equal(path.extname(tempFilePath), '.txt')
    assert.equal(fs.readFileSync(tempFilePath, 'utf8'), 'content')
    const { fileList, errMsg } = await you.getTempFileURL({ fileList: [uploaded.fileID] })
    assert.deepEqual([errMsg, fileList[0].status, fileList[0].errMsg], ['cloud.getTempFileURL:ok', 0, 'ok'])
  })

  test('what is downloaded goes with the process', () => {
    const page = `
      const cloud = require(${JSON.stringify(path.resolve(__dirname, '../entry/client.js'))}).createClient('me')
      cloud.init()
      cloud.uploadFile({ cloudPath: 'a', filePath: ${JSON.stringify(file)} })
        .then(({ fileID }) => cloud.downloadFile({ fileID }))
        .then(({ tempFilePath }) => console.log(require('fs').existsSync(tempFilePath), tempFilePath))`
    const { stdout } = spawnSync(process.execPath, ['-e', page], { encoding: 'utf8', cwd: directory })
    const [existed, left] = stdout.trim().split(' ')
    assert.equal(existed, 'true')
    assert.equal(fs.existsSync(left), false)
  })

  // What somebody else may do with a file of mine: read it, overwrite it, delete it; upload another.
  const settings = {
    READONLY: [0, -503002, -503002, 0],
    PRIVATE: [-503002, -503002, -503002, 0],
    ADMINWRITE: [0, -503002, -503002, -503002],
    ADMINONLY: [-503002, -503002, -503002, -503002],
  }
  for (const [setting, expected] of Object.entries(settings)) {
    test(setting, async () => {
      const { world, me, you } = await open()
      const { fileID } = await me.uploadFile({ cloudPath: 'a', filePath: file })
      await world.permissions.files(setting)
      const number = (call) => call.then(() => 0, ({ errCode }) => errCode)
      const item = async (call) => (await call).fileList[0].status
      const put = (cloudPath) => number(you.uploadFile({ cloudPath, filePath: file }))
      assert.deepEqual([
        await number(you.downloadFile({ fileID })), await put('a'), await item(you.deleteFile({ fileList: [fileID] })), await put('b'),
      ], expected)
      assert.equal(await item(you.getTempFileURL({ fileList: [fileID] })), expected[0])
      // What server code stores is nobody's, and server code is never asked.
      const byServer = await world.as('you', () => sdk.uploadFile({ cloudPath: 's', fileContent: Buffer.from('s') }))
      assert.equal(await item(you.deleteFile({ fileList: [byServer.fileID] })), -503002)
      assert.equal((await world.run(() => sdk.deleteFile({ fileList: [fileID] }))).fileList[0].status, 0)
    })
  }

  const failures = {
    'a file that is not on this machine': [() => me.uploadFile({ cloudPath: 'a', filePath: path.join(directory, 'none') }), -1, /^cloud\.uploadFile:fail file not found: /],
    'a path that is missing': [() => me.uploadFile({ cloudPath: 'a' }), -1, /^parameter\.filePath should be string instead of undefined;$/],
    'a cloud path that cannot be': [() => me.uploadFile({ cloudPath: '/a', filePath: file }), -501007, /^cloud\.uploadFile:fail /],
    'a file that is not in the cloud': [() => me.downloadFile({ fileID: 'cloud://local.x/none' }), -503003, /^cloud\.downloadFile:fail Error: errCode: -503003 storage file not exists \| errMsg: /],
    'an id that is missing': [() => me.downloadFile({}), -1, /^parameter\.fileID should be string instead of undefined;$/],
  }
  for (const [what, [call, errCode, text]] of Object.entries(failures)) {
    test(`${what} fails with ${errCode}`, async () => {
      const failed = await failure(call())
      assert.equal(failed.errCode, errCode)
      assert.match(failed.errMsg, text)
    })
  }

  test('a missing file of a list is an item', async () => {
    const items = [await me.getTempFileURL({ fileList: ['cloud://local.x/none'] }), await me.deleteFile({ fileList: ['cloud://local.x/none'] })]
    for (const { fileList } of items) assert.deepEqual([fileList[0].status, fileList[0].errMsg], [-503003, 'storage file not exists'])
  })

  test('progress is told whatever the program has put in the place of Math', async (context) => {
    const { Math } = globalThis
    context.after(() => { globalThis.Math = Math })
    const told = []
    await new Promise((success, fail) => {
      // Node reads the file with its own.
      me.uploadFile({ cloudPath: 'patched', filePath: file, success, fail }).onProgressUpdate(({ progress }) => told.push(progress))
      globalThis.Math = { __proto__: Math, floor: undefined }
    })
    assert.deepEqual(told, [100])
  })

  test('with callbacks there is a task', async () => {
    const progress = []
    const uploaded = await new Promise((resolve, reject) => {
      const task = me.uploadFile({ cloudPath: 'task', filePath: file, success: resolve, fail: reject })
      const never = () => assert.fail('taken back')
      task.onProgressUpdate((told) => progress.push(told))
      task.onProgressUpdate(never)
      task.offProgressUpdate(never)
    })
    assert.deepEqual(progress, [{ progress: 100, totalBytesSent: 7, totalBytesExpectedToSend: 7 }])
    for (const begin of [
      (fail) => me.uploadFile({ cloudPath: 'aborted', filePath: file, fail }),
      (fail) => me.downloadFile({ fileID: uploaded.fileID, fail }),
    ]) {
      const { errCode, errMsg } = await new Promise((resolve) => begin(resolve).abort())
      assert.deepEqual([errCode, errMsg.endsWith(':fail abort')], [-1, true])
    }
    assert.equal((await world.run(() => sdk.getTempFileURL({ fileList: [uploaded.fileID.replace(/task$/, 'aborted')] }))).fileList[0].status, -503003)
  })

  test('faults of pages', async () => {
    world.faults.inject({ api: 'cloud.deleteFile', times: 1, error: -501001 })
    assert.match((await failure(me.deleteFile({ fileList: [] }))).errMsg, /^cloud\.deleteFile:fail -501001/)
    assert.deepEqual((await me.deleteFile({ fileList: [] })).fileList, [])
  })
})

describe('callContainer', () => {
  const header = { 'X-WX-SERVICE': 'api' }
  let world, me, page, server, url
  before(async () => {
    ({ world, me, page } = await open())
    world.container.route('api', ({ method, path, header, data }) => ({ statusCode: 201, header: { 'set-cookie': ['a=1'] }, data: { method, path, header, data } }))
    server = http.createServer((request, response) => {
      const chunks = []
      request.on('data', (chunk) => chunks.push(chunk)).on('end', () => {
        if (request.url.startsWith('/never')) return
        const body = Buffer.concat(chunks)
        const answers = { '/base/large': Buffer.alloc(1024 * 1024 + 1), '/base/most': Buffer.alloc(1024 * 1024), '/base/bytes': body, '/base/text': 'no json' }
        response.writeHead(request.url === '/base/missing' ? 404 : 200, { 'content-type': 'x/y' })
        response.end(answers[request.url] ?? JSON.stringify({ url: request.url, headers: request.headers, body: body.toString() }))
      })
    })
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${server.address().port}`
  })
  after(() => { server.closeAllConnections(); server.close() })

  test('a function of the test answers', async () => {
    const answer = await page({ OPENID: 'x', UNIONID: 'u' }).callContainer({ path: '/a?b=1', method: 'POST', header: { ...header, 'X-WX-SOURCE': 'forged', A: 1 }, data: { n: 1 } })
    assert.deepEqual(Object.keys(answer), ['data', 'header', 'statusCode', 'cookies', 'callID', 'errMsg'])
    assert.deepEqual([answer.statusCode, answer.cookies, answer.errMsg], [201, ['a=1'], 'cloud.callContainer:ok'])
    const { method, path, data, header: got } = answer.data
    assert.deepEqual([method, path, data], ['POST', '/a?b=1', { n: 1 }])
    assert.equal(got['x-wx-call-id'], answer.callID)
    const { 'x-wx-appid': appid, 'x-wx-call-id': id, ...rest } = got
    assert.ok(appid && id)
    assert.deepEqual(rest, {
      a: '1', 'content-type': 'application/json', 'x-wx-openid': 'x', 'x-wx-unionid': 'u', 'x-wx-env': 'local', 'x-wx-source': 'wx_client',
      'x-wx-service': 'api', 'x-original-forwarded-for': '127.0.0.1',
    })
    const [call] = world.calls('cloud.callContainer').slice(-1)
    assert.deepEqual(call.arguments, { service: 'api', method: 'POST', path: '/a?b=1', data: { n: 1 } })
    assert.equal(call.result.statusCode, 201)
  })

  test('a server of this machine answers', async () => {
    world.container.route('server', `${url}/base/`)
    const call = (options) => me.callContainer({ header: { 'X-WX-SERVICE': 'server' }, ...options })
    const { data } = await call({ path: '/a', data: { q: '茶', n: 1 } })
    assert.equal(data.url, '/base/a?q=%E8%8C%B6&n=1')
    assert.equal(data.headers['x-wx-openid'], 'me')
    assert.equal((await call({ path: '/a', method: 'PUT', data: 'text' })).data.body, 'text')
    const missing = await call({ path: '/missing' })
    assert.deepEqual([missing.statusCode, missing.header['content-type']], [404, 'x/y'])
    assert.equal((await call({ path: '/text' })).data, 'no json')
    const bytes = Uint8Array.of(0, 255, 128)
    const back = await call({ path: '/bytes', method: 'POST', data: bytes.buffer, responseType: 'arraybuffer' })
    assert.deepEqual(back.data, bytes.buffer)
    assert.equal((await call({ path: '/most', responseType: 'arraybuffer' })).data.byteLength, 1024 * 1024)
    const large = await failure(call({ path: '/large' }))
    assert.equal(large.errCode, -606002)
    assert.deepEqual((await callbacks(call, { path: '/a' })).told, [['success', 'cloud.callContainer:ok'], ['complete', 'cloud.callContainer:ok']])
  })

  const failures = {
    'no such service': [() => me.callContainer({ path: '/', header: { 'X-WX-SERVICE': 'none' } }), -601031, /EnvDbId \[local\], ServiceName \[none\] not exist\.$/],
    'no service': [() => me.callContainer({ path: '/' }), -601031, /ServiceName \[\] not exist\.$/],
    'a path without its slash': [() => me.callContainer({ path: 'a', header }), -501000, /Path access permission error$/],
    'no path': [() => me.callContainer({ header }), -1, /^parameter\.path should be string instead of undefined;$/],
    'a method that is not accepted': [() => me.callContainer({ path: '/', method: 'PATCH', header }), 102005, /PATCH/],
    'a request that is too large': [() => me.callContainer({ path: '/', method: 'POST', data: 'x'.repeat(100 * 1024 + 1), header }), -606001, /100 KB/],
    'a server that takes its time': [() => { world.container.route('slow', url); return me.callContainer({ path: '/never', timeout: 20, header: { 'X-WX-SERVICE': 'slow' } }) }, 102002, /no answer within 20 ms \(callId: /],
    'a function that throws': [() => { world.container.route('bad', () => { throw new Error('boom') }); return me.callContainer({ path: '/', header: { 'X-WX-SERVICE': 'bad' } }) }, -1, /errMsg: boom \(callId: /],
    'a function that answers nothing': [() => { world.container.route('bad', () => {}); return me.callContainer({ path: '/', header: { 'X-WX-SERVICE': 'bad' } }) }, -1, /the function of 'bad' must return \{ data, statusCode\?, header\? \}/],
  }
  for (const [what, [call, errCode, text]] of Object.entries(failures)) {
    test(`${what} fails with ${errCode}`, async () => {
      const failed = await failure(call())
      assert.equal(failed.errCode, errCode, failed.errMsg)
      assert.match(failed.errMsg, text)
    })
  }

  test('a route is checked, stays when data is reset, and can be taken back', async () => {
    for (const target of ['https://example.com', 'http://10.0.0.1', 'http://localhost.example.com', 7, undefined]) {
      assert.throws(() => world.container.route('x', target), /testing\.container\.route: /, String(target))
    }
    await world.reset()
    assert.equal((await me.callContainer({ path: '/', header })).statusCode, 201)
    const other = await open()
    assert.equal((await failure(other.me.callContainer({ path: '/', header }))).errCode, -601031)
    world.faults.inject({ api: 'cloud.callContainer', times: 1, error: -501001 })
    assert.equal((await failure(me.callContainer({ path: '/', header }))).errCode, -501001)
    world.container.unroute('api')
    assert.equal((await failure(me.callContainer({ path: '/', header }))).errCode, -601031)
  })
})

describe('watch', () => {
  const listen = (query) => {
    const heard = []
    const errors = []
    const watcher = query.watch({ onChange: (snapshot) => heard.push(snapshot), onError: (error) => errors.push(error) })
    const take = () => heard.splice(0).flatMap(({ docChanges }) => docChanges.map(({ dataType, queueType, docId }) => `${dataType}/${queueType} ${docId}`))
    return { watcher, heard, errors, take }
  }
  const documents = () => [{ _id: 'a', _openid: 'me', n: 1 }, { _id: 'b', _openid: 'me', n: 2 }, { _id: 'y', _openid: 'you', n: 0 }]

  test('the first snapshot has what the user sees, later ones what has changed', async () => {
    const { me } = await open({ c: documents() })
    const c = me.database().collection('c')
    const { heard } = listen(c)
    assert.deepEqual(heard, [])
    await null
    const [a, b] = documents()
    const change = (id, doc) => ({ id, queueType: 'init', dataType: 'init', docId: doc._id, doc })
    assert.deepEqual(heard.splice(0), [{ id: 1, docChanges: [change(1, b), change(2, a)], docs: [b, a], type: 'init' }])
    await c.doc('a').update({ data: { n: 5, 'deep.er': new Date(7) } })
    const doc = { ...a, n: 5, deep: { er: new Date(7) } }
    assert.deepEqual(heard, [{
      id: 2, docs: [b, doc],
      docChanges: [{ id: 3, queueType: 'update', dataType: 'update', docId: 'a', doc, updatedFields: { n: 5, deep: { er: new Date(7) } }, removedFields: [] }],
    }])
  })

  test('whoever writes', async () => {
    const { world, me, you } = await open({ c: { documents: documents(), permissions: 'READONLY' } })
    world.functions.register('write', () => sdk.database().collection('c').doc('y').update({ data: { n: 7 } }))
    const { take } = listen(me.database().collection('c').where({ n: me.database().command.gt(0) }).orderBy('n', 'asc'))
    const c = you.database().collection('c')
    await null
    assert.deepEqual(take(), ['init/init a', 'init/init b'])
    const steps = [
      [() => c.add({ data: { _id: 'z', n: 9 } }), ['add/enqueue z']],
      [() => c.add({ data: { _id: '-', n: -1 } }), []],
      [() => me.callFunction({ name: 'write' }), ['update/enqueue y']],
      [() => c.doc('z').set({ data: { n: 8 } }), ['replace/update z']],
      [() => c.doc('z').update({ data: { n: 0 } }), ['update/dequeue z']],
      [() => c.doc('y').remove(), ['remove/dequeue y']],
      [() => c.doc('new').set({ data: { n: 3 } }), ['add/enqueue new']],
      [() => world.run(() => sdk.database().runTransaction((transaction) => transaction.collection('c').doc('a').update({ data: { n: 4 } }))), ['update/update a']],
      [() => world.run(() => sdk.database().collection('c').add({ data: [{ _id: 'x1', n: 5 }, { _id: 'x2', n: 6 }] })), ['add/enqueue x1', 'add/enqueue x2']],
      [() => world.reset(), ['remove/dequeue new', 'remove/dequeue x1', 'remove/dequeue x2', 'update/update a']],
    ]
    for (const [step, expected] of steps) {
      await step()
      assert.deepEqual(take().sort(), [...expected].sort(), String(step))
    }
  })

  test('a limit, one document, and no more after close', async () => {
    const { world, me } = await open({ c: { documents: documents(), permissions: 'READONLY' }, other: [] })
    const c = me.database().collection('c')
    const two = listen(c.orderBy('n', 'asc').limit(2))
    const one = listen(c.doc('b'))
    await null
    assert.deepEqual([two.take(), one.take()], [['init/init y', 'init/init a'], ['init/init b']])
    await c.doc('b').update({ data: { n: -1 } })
    assert.deepEqual([two.take(), one.take()], [['limit/dequeue a', 'update/enqueue b'], ['update/update b']])
    await me.database().collection('other').add({ data: {} })
    await c.where({ n: 100 }).update({ data: { n: 1 } })
    assert.deepEqual([two.take(), one.take()], [[], []])
    assert.equal(await one.watcher.close(), undefined)
    await world.run(() => sdk.database().collection('c').doc('b').remove())
    assert.deepEqual([two.take(), one.take()], [['remove/dequeue b', 'limit/enqueue a'], []])
    await two.watcher.close()
  })

  test('listeners hear of changes whatever built-ins became meanwhile', async () => {
    const { me } = await open({ c: [] })
    const kept = { Reflect, map: Array.prototype.map }
    const patched = async (work) => {
      globalThis.Reflect = 6
      Array.prototype.map = () => 't' // eslint-disable-line no-extend-native
      try { return await work() } finally { globalThis.Reflect = kept.Reflect; Array.prototype.map = kept.map } // eslint-disable-line no-extend-native
    }
    const { heard, errors, watcher } = await patched(() => listen(me.database().collection('c')))
    await patched(() => me.database().collection('c').add({ data: {} }))
    assert.deepEqual([heard.length, errors], [2, []])
    await watcher.close()
  })

  test('worlds and contexts are kept apart', async () => {
    const [{ me, you }, other] = [await open({ c: [] }), await open({ c: [] })]
    const { AsyncLocalStorage } = require('node:async_hooks')
    const storage = new AsyncLocalStorage()
    const heard = []
    storage.run('listener', () => me.database().collection('c').watch({ onChange: () => heard.push(storage.getStore()), onError: assert.fail }))
    await storage.run('writer', () => me.database().collection('c').add({ data: {} }))
    await other.me.database().collection('c').add({ data: {} })
    await you.database().collection('c').add({ data: {} })
    assert.deepEqual(heard, ['listener', 'listener'])
  })

  const failures = {
    'what the user may not read': [(db) => db.collection('shut'), -402002, /^errCode: -402002 realtime listener init watch fail \| errMsg: Permission denied$/],
    'a collection that is not there': [(db) => db.collection('none'), -402002, /none/],
  }
  for (const [what, [query, errCode, text]] of Object.entries(failures)) {
    test(`${what} is an error, once`, async () => {
      const { me, world } = await open({ shut: { permissions: 'ADMINONLY' } })
      const { heard, errors, watcher } = listen(query(me.database()))
      await null
      assert.deepEqual([heard.length, errors.map((error) => error.errCode)], [0, [errCode]])
      assert.match(errors[0].errMsg, text)
      await world.seed({ none: [] })
      assert.deepEqual([heard.length, errors.length], [0, 1])
      await watcher.close()
    })
  }

  test('more than 5000 documents', async () => {
    const { me, world } = await open({ c: { documents: Array.from({ length: 4999 }, (_, n) => ({ _id: n })), permissions: 'READONLY' } })
    const { heard, errors, watcher } = listen(me.database().collection('c'))
    const add = () => world.run(() => sdk.database().collection('c').add({ data: {} }))
    await add()
    assert.deepEqual([heard.map(({ docs }) => docs.length), errors.length], [[4999, 5000], 0])
    await add()
    await add()
    assert.deepEqual([heard.length, errors.map(({ errCode }) => errCode)], [2, [-402006]])
    await watcher.close()
  })

  const refusals = {
    'no options': [(c) => c.watch(), /parameter\.onChange should be function instead of undefined;/],
    'no onError': [(c) => c.watch({ onChange() {} }), /parameter\.onError should be function instead of undefined;/],
    'fields': [(c) => listen(c.field({ a: 1 })), /neither field nor skip/],
    'a large limit': [(c) => listen(c.limit(201)), /a limit from 1 to 200, not 201/],
    'six orders': [(c) => listen([...'abcdef'].reduce((query, key) => query.orderBy(key, 'asc'), c)), /5 fields at most, not 6/],
  }
  for (const [what, [call, text]] of Object.entries(refusals)) {
    test(`${what}: refused at once`, async () => {
      const { me } = await open({ c: [] })
      assert.throws(() => call(me.database().collection('c')), (error) => text.test(error.errMsg) && error.errCode === -1)
    })
  }
})
