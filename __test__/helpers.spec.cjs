'use strict'
// Functions that use the packages which most cloud functions use, unchanged and from npm.
process.env.WX_LOCAL_DATA_DIR = ':memory:'
const assert = require('node:assert/strict')
const { createServer } = require('node:http')
const path = require('node:path')
const { after, before, beforeEach, describe, test } = require('node:test')
require('../entry/register.js')
const cloud = require('../entry/sdk.js')
const { as, calls, clock, functions, invocations, invoke, reset, seed } = require('../entry/testing.js')

cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
const ROOT = path.join(__dirname, 'helpers/cloudfunctions')
console.log = () => {}

beforeEach(async () => {
  functions.use(ROOT)
  await reset()
})

describe('tcb-router', () => {
  beforeEach(() => seed({ orders: [] }))
  const { main } = require(path.join(ROOT, 'shop/index.js'))
  const ways = {
    'callFunction': (openid, event) => as(openid, async () => (await cloud.callFunction({ name: 'shop', data: event })).result),
    'invoke': (openid, event) => invoke('shop', event, { as: openid }),
    'a direct call': (openid, event) => as(openid, () => main(event, {})),
  }
  for (const [name, ask] of Object.entries(ways)) {
    test(`routes, middleware and ctx.body, by ${name}`, async () => {
      const { code, _id } = await ask('ann', { $url: 'order/add', item: 'tea' })
      assert.equal(code, 0)
      await ask('ann', { $url: 'order/add', item: 'milk' })
      await ask('bob', { $url: 'order/add', item: 'rice' })
      assert.deepEqual(await ask('ann', { $url: 'order/list' }), { code: 0, items: ['milk', 'tea'], trail: ['all', 'list'] })
      assert.deepEqual(await ask('bob', { $url: 'order/mine' }), { code: 0, items: ['rice'], trail: ['all', 'list'] })
      assert.deepEqual(await ask('ann', { $url: 'order/get', id: _id }), { code: 0, item: 'tea', trail: ['all', 'owner'] })
      assert.deepEqual(await ask('bob', { $url: 'order/cancel', id: _id }), { code: 403 })
      assert.deepEqual(await ask('ann', { $url: 'order/cancel', id: _id }), { code: 0, removed: 1 })
    })

    test(`errors of a route, by ${name}`, async () => {
      const missing = await ask('ann', { $url: 'order/get', id: 'none' }).catch((error) => error)
      assert.ok(missing instanceof Error)
      assert.match(missing.message, /document with _id none does not exist/)
      const twice = await ask('ann', { $url: 'order/twice' }).catch((error) => error)
      assert.match(twice.message, /next\(\) called multiple times/)
      if (name !== 'a direct call') {
        assert.equal(twice.errCode, -1)
        assert.match(twice.errMsg, /^callFunction:fail /)
        assert.match(twice.cause.message, /^next\(\) called multiple times$/)
      }
    })

    test(`a route that nobody has, and none, by ${name}`, async () => {
      // A `*` middleware runs for any route: without a body the answer is nothing, which JSON makes null.
      const nothing = name === 'a direct call' ? undefined : null
      assert.equal(await ask('ann', { $url: 'order/nowhere' }), nothing)
      assert.equal(await ask('ann', {}), nothing)
    })
  }

  test('a route that calls its own function: the user and the source go along', async () => {
    await ways.invoke('ann', { $url: 'order/add', item: 'tea' })
    const answer = await ways.invoke('ann', { $url: 'order/forward' })
    assert.deepEqual([answer.items, answer.source], [['tea'], 'wx_client'])
    const [inner, outer] = invocations().slice(-2)
    assert.deepEqual([inner.source, inner.depth, inner.openid, outer.depth], ['wx_client,scf', 2, 'ann', 1])
    assert.deepEqual(inner.log, [{ level: 'log', text: 'answered order/mine' }])
    assert.equal(calls('callFunction').length, 3)
  })
})

describe('dayjs, lodash, date-utils', () => {
  test('dates and documents of the database are theirs too', async () => {
    const at = (text) => new Date(text)
    await seed({ reports: [], sales: [
      { price: 5, at: at('2026-03-01T15:59:59.999Z') }, { price: 7, at: at('2026-03-01T16:00:00Z') },
      { price: 1.5, at: at('2026-03-02T10:00:00Z') }, { price: 100, at: at('2026-02-01T00:00:00Z') },
    ] })
    const { rows, saved } = await invoke('report', { until: '2026-03-02T08:00:00Z' })
    assert.deepEqual(rows, [{ day: '2026-03-01', total: 5, dates: true }, { day: '2026-03-02', total: 8.5, dates: true }])
    assert.deepEqual(saved, { _id: '202603', rows, meta: { by: 'report', next: '2026-03-02T15:59:59.999Z' } })
  })
})

describe('jsonwebtoken', () => {
  test('tokens carry the caller, and its callbacks know him', async () => {
    const { token } = await invoke('session', { action: 'login' }, { as: 'ann' })
    assert.deepEqual(await invoke('session', { action: 'check', token }, { as: 'bob' }), { openid: 'ann', same: false })
    assert.deepEqual(await invoke('session', { action: 'later', token: 'x' }, { as: 'bob' }), { error: 'JsonWebTokenError', openid: 'bob' })
    const error = await invoke('session', { action: 'check', token: `${token}x` }).catch((thrown) => thrown)
    assert.match(error.errMsg, /^callFunction:fail .*JsonWebTokenError: invalid signature/)
    assert.equal(error.cause.name, 'JsonWebTokenError')
  })
})

describe('request and request-promise', () => {
  let server
  let url
  before(async () => {
    // Answers come out of order.
    server = createServer((asked, response) => {
      const n = Number(new URL(asked.url, 'http://x').searchParams.get('n'))
      setTimeout(() => response.end(JSON.stringify({ n })), (n * 7) % 20)
    })
    await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve) })
    url = `http://127.0.0.1:${server.address().port}/`
  })
  after(() => { server.closeAllConnections(); server.close() })

  for (const style of ['promise', 'callback']) {
    test(`${style}: fifty at once, each its own caller at every step`, async () => {
      await seed({ visits: [] })
      const asked = Array.from({ length: 50 }, (_, n) => invoke('relay', { url, style, n }, { as: `user-${n}` }))
      for (const [n, answer] of (await Promise.all(asked)).entries()) {
        assert.equal(answer.n, n)
        assert.deepEqual(new Set(answer.seen), new Set([`user-${n}`]))
      }
      const { data } = await cloud.database().collection('visits').limit(1000).get()
      assert.equal(data.length, 50)
      for (const { n, by } of data) assert.equal(by, `user-${n}`)
    })
  }

  test('a server that is not there is an error of the function', async () => {
    const error = await invoke('relay', { url: 'http://127.0.0.1:1/', n: 1 }).catch((thrown) => thrown)
    assert.match(error.errMsg, /^callFunction:fail .*ECONNREFUSED/)
    assert.equal(error.cause.name, 'RequestError')
  })
})

void clock
