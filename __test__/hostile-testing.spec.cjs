'use strict'
// The control API called with everything that it does not expect, in every position of every call: a clear
// error or a right answer, and the world stays as it was.
process.env.WX_LOCAL_DATA_DIR = ':memory:'
process.env.WX_LOCAL_DIAGNOSTICS = 'off'
const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const vm = require('node:vm')
const { after, describe, test } = require('node:test')
const cloud = require('../entry/sdk.js')
const testing = require('../entry/testing.js')

cloud.init({ env: cloud.DYNAMIC_CURRENT_ENV })
console.warn = () => {}
const db = cloud.database()
const directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'wx-hostile-testing-')))
fs.mkdirSync(path.join(directory, 'nightly'))
fs.writeFileSync(path.join(directory, 'nightly/index.js'), "exports.main = () => 'nightly'")
after(() => fs.rmSync(directory, { recursive: true }))

const unhandled = []
process.on('unhandledRejection', (reason) => unhandled.push(reason))

/** What the hostile values throw themselves: it comes through as it is. */
const own = new Error("the caller's own")
const trap = () => { throw own }
const traps = Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((name) => [name, trap]))
const nest = (levels, wrap, leaf) => { let value = leaf; for (let level = 0; level < levels; level++) value = wrap(value); return value }
const foreign = (source) => vm.runInNewContext(`(${source})`)

const many = Object.fromEntries(Array.from({ length: 1e5 }, (_, n) => [`k${n}`, n]))

/** Values by the kind that `typeof` gives them, `null` apart. Each is made anew for each call. */
const hostile = {
  undefined: { 'undefined': () => undefined },
  null: { 'null': () => null },
  boolean: { 'true': () => true, 'false': () => false },
  number: {
    'NaN': () => NaN, 'infinity': () => Infinity, 'minus infinity': () => -Infinity, 'minus zero': () => -0, 'minus one': () => -1,
    'a fraction': () => 0.5, 'more than 2^53': () => 2 ** 60, 'the largest number': () => Number.MAX_VALUE, 'the smallest one': () => 5e-324,
  },
  string: {
    'an empty text': () => '', 'a text with a zero': () => 'a\0b', 'a lone surrogate': () => '\ud800', 'a million characters': () => 'x'.repeat(1e6),
    'a million Chinese ones': () => '长'.repeat(1e6), '__proto__': () => '__proto__', 'a dollar': () => '$where', 'a path': () => '../../../etc/passwd',
    'a date that is none': () => '2026-13-45', 'a URL of no file': () => 'file:///no/such', 'a broken URL': () => 'file://%zz', 'spaces': () => ' \n ',
  },
  symbol: { 'a symbol': () => Symbol('s'), 'a known symbol': () => Symbol.iterator },
  bigint: { 'a bigint': () => 10n, 'a bigint of a thousand digits': () => 10n ** 1000n },
  function: {
    'a function that throws': () => trap, 'an async function that rejects': () => async () => trap(), 'a class': () => class Odd {},
    'a proxy of a function': () => new Proxy(() => 1, traps), 'a generator function': () => function* odd() { yield own },
    'a foreign function': () => foreign('() => 1'), 'a bound native function': () => Object.prototype.toString.bind(null),
  },
  object: {
    'an empty object': () => ({}), 'an object without prototype': () => Object.create(null), 'an unknown option': () => ({ nonsense: 1 }),
    'options of wrong kinds': () => ({ env: 7, as: [], timeout: -1, require: 1, undocumented: 'x', normalise: 1, fields: {}, format: 1, strict: 1 }),
    'a list': () => [], 'a list with holes': () => [1, , 3], 'a list of lists': () => [[[[]]]], 'a sparse list of four billion': () => { const list = []; list.length = 2 ** 32 - 1; return list }, // eslint-disable-line no-sparse-arrays
    'a list that changes': () => { const list = [0, 1, 2]; Object.defineProperty(list, 0, { get() { list.length = 0; return 1 } }); return list },
    'a circle': () => { const circle = {}; circle.circle = circle; return circle }, 'a circle of lists': () => { const list = []; list.push(list); return list },
    '10 000 levels': () => nest(10_000, (a) => ({ a }), 1), '10 000 levels of lists': () => nest(10_000, (a) => [a], 1),
    'a hundred thousand keys': () => many,
    'a proxy full of traps': () => new Proxy({}, traps), 'a quiet proxy': () => new Proxy({}, {}), 'a proxy of a list': () => new Proxy([], traps),
    'a revoked proxy': () => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy },
    'a getter that throws': () => ({ get a() { return trap() } }), 'known options that throw': () => ({ get env() { return trap() }, get as() { return trap() } }),
    'a toJSON that throws': () => ({ toJSON: trap }), 'a toJSON that returns itself': () => { const value = { toJSON: () => value }; return value },
    'conversions that throw': () => ({ toString: trap, valueOf: trap, [Symbol.toPrimitive]: trap }), 'a tag that throws': () => new (class { get [Symbol.toStringTag]() { return trap() } })(),
    'an iterator that throws': () => ({ [Symbol.iterator]: trap, length: 3 }), 'a then that throws': () => ({ get then() { return trap() } }),
    'a thenable that rejects': () => ({ then(_, reject) { reject(own) } }), 'a promise': () => Promise.resolve(1),
    'an own __proto__': () => JSON.parse('{"__proto__":{"polluted":true}}'), 'a constructor': () => ({ constructor: 1, prototype: 2, hasOwnProperty: 3 }),
    'a date': () => new Date(5), 'an invalid date': () => new Date(NaN), 'a date with a toPrimitive that throws': () => Object.defineProperty(new Date(5), Symbol.toPrimitive, { value: trap }),
    'a regular expression': () => /x/g, 'a map': () => new Map([[1, 2]]), 'a weak set': () => new WeakSet(), 'an error': () => new Error('x'),
    'a Buffer': () => Buffer.from('x'), 'a large typed array': () => new Float64Array(1e5), 'a detached buffer': () => { const view = new Uint8Array(8); structuredClone(view.buffer, { transfer: [view.buffer] }); return view },
    'a boxed text': () => new String('kept'), 'a boxed number': () => new Number(NaN), 'arguments': () => (function odd() { return arguments })(1), // eslint-disable-line prefer-rest-params
    'a foreign object': () => foreign('{ a: 1 }'), 'a foreign list': () => foreign('[1, 2]'), 'a foreign date': () => foreign('new Date(5)'), 'a foreign error': () => foreign('new Error("x")'),
    'the global object': () => globalThis, 'a command': () => db.command.gt(1), 'a geometry': () => db.Geo.Point(1, 2), 'a collection': () => db.collection('kept'),
    'a URL': () => new URL('http://127.0.0.1/x'), 'a world': () => testing.createTest(), 'a snapshot of nothing': () => Object.create(null),
    ...Object.fromEntries(['query', 'update', 'pattern', 'serverDate', 'pipeline', 'Point', 'Polygon', 'nonsense', 7].map((brand) => [
      `a forged ${brand}`, () => new (class { get [Symbol.for('wx-server-sdk-local.kind')]() { return brand } })(),
    ])),
    ...Object.fromEntries(['RegExp', 'Date', 'Array', 'Uint8Array', 'Number', 'Error', 7].map((tag) => [
      `a forged tag ${tag}`, () => new (class { get [Symbol.toStringTag]() { return tag } })(),
    ])),
    'a getter that calls back': () => ({ get a() { void testing.createTest().seed({ other: [{ text: 'x', at: new Date(5), list: [1, 2] }] }); return 1 }, b: 'b' }),
    'a toJSON that calls back': () => ({ a: [1, new (class { toJSON() { void testing.createTest().seed({ other: [{ text: 'x', list: [1, 2] }] }); return 2 } })(), 'c'] }),
  },
}
const kinds = Object.keys(hostile)

/** The mutually independent parts of a world that a failed call must leave alone. */
const NOW = Date.UTC(2026, 0, 1)
const KEPT = [{ _id: 1, n: 1 }]
async function prepare(world) {
  await world.seed({ kept: KEPT })
  for (const name of await world.collections()) if (name !== 'kept') await world.run(() => db.collection(name).where({ _id: db.command.exists(true) }).remove())
  world.functions.use(directory)
  world.functions.register('kept', (event) => ({ event }))
  world.container.route('kept', () => ({ data: 1 }))
  world.openapi.mock('wxacode.get', { contentType: 'kept' })
  world.cloudPay.mock('closeOrder', { returnMsg: 'kept' })
  world.openData.set('kept', { phoneNumber: '1' })
  world.clock.set(NOW)
}
const pages = new WeakMap()
const pageOf = (world) => {
  if (!pages.has(world)) {
    pages.set(world, world.client('kept-user'))
    pages.get(world).init()
  }
  return pages.get(world)
}
async function isIntact(world, place, { makes = [] } = {}) {
  const page = pageOf(world)
  const seen = {
    documents: await world.dump('kept'),
    collections: (await world.collections()).filter((name) => !makes.includes(name)),
    now: world.clock.now().getTime(),
    invoked: await world.invoke('kept', { a: 1, id: world.openData.cloudID('kept') }),
    loaded: await world.invoke('nightly'),
    mocked: await world.run(() => cloud.openapi.wxacode.get({ path: 'x' })),
    paid: (await world.run(() => cloud.cloudPay.closeOrder({}))).returnMsg,
    routed: (await page.callContainer({ config: { env: 'local' }, path: '/', header: { 'X-WX-SERVICE': 'kept' } })).data,
    written: (await world.run(() => db.collection('kept').count())).total,
  }
  const { event: { userInfo, id, ...event } } = seen.invoked
  assert.equal(id.data.phoneNumber, '1', place)
  assert.equal(typeof userInfo.openId, 'string', place)
  assert.deepEqual({ ...seen, invoked: event }, {
    documents: KEPT, collections: ['kept'], now: NOW, invoked: { a: 1 }, loaded: 'nightly',
    mocked: { contentType: 'kept', errMsg: 'openapi.wxacode.get:ok', errCode: 0 }, paid: 'kept', routed: 1, written: 1,
  }, place)
  assert.equal({}.polluted, undefined, place)
}

const TEXT = ['string']
const TEXT_OR_NONE = ['undefined', 'string']
const OPTIONS = ['undefined', 'object']
const FUNCTION = ['function']
const IDENTITY = ['undefined', 'string', 'object']
/** Arguments that are right, and the kinds that each position takes; of the other kinds it takes nothing. */
const rows = {
  'reset': { takes: [] },
  'seed': { right: () => [{ kept: KEPT }, {}], takes: [['string', 'object'], OPTIONS] },
  'snapshot': { takes: [] },
  'restore': { right: async (world) => [await world.snapshot()], takes: [[]] },
  'as': { right: () => ['user-1', () => 1], takes: [['string', 'object'], FUNCTION] },
  'run': { right: () => [() => 1], takes: [FUNCTION] },
  'invoke': { right: () => ['kept', {}, {}], takes: [TEXT, ['undefined', 'null', 'object'], OPTIONS] },
  'trigger': { right: () => ['kept'], takes: [TEXT] },
  'functions.use': { right: () => [directory, {}], takes: [['string', 'object'], OPTIONS] },
  'functions.register': { right: () => ['other', () => 1], takes: [TEXT, FUNCTION] },
  'clock.set': { right: () => [NOW], takes: [['number', 'string', 'object']] },
  'clock.advance': { right: () => [1], takes: [['number', 'object']] },
  'clock.reset': { takes: [] },
  'clock.now': { takes: [] },
  'openapi.mock': { right: () => ['wxacode.getUnlimited', {}, {}], takes: [TEXT, ['object', 'function'], OPTIONS] },
  'openapi.unmock': { right: () => ['wxacode.getUnlimited'], takes: [TEXT_OR_NONE] },
  'cloudPay.mock': { right: () => ['refund', {}, {}], takes: [TEXT, ['object', 'function'], OPTIONS] },
  'cloudPay.unmock': { right: () => ['refund'], takes: [TEXT_OR_NONE] },
  'cloudPay.pay': { right: (world) => [order(world)], takes: [TEXT] },
  'cloudPay.settleRefund': { right: (world) => [refund(world)], takes: [TEXT] },
  'openData.set': { right: () => ['id', {}], takes: [TEXT, kinds.filter((kind) => kind !== 'undefined')] },
  'openData.cloudID': { right: () => ['id'], takes: [TEXT] },
  'container.route': { right: () => ['other', () => ({})], takes: [TEXT, ['string', 'function']] },
  'container.unroute': { right: () => ['other'], takes: [TEXT] },
  'permissions.collection': { right: () => ['kept', null, {}], takes: [TEXT, ['null', 'string', 'object'], OPTIONS] },
  'permissions.files': { right: () => [null, {}], takes: [['null', 'string', 'object'], OPTIONS] },
  'permissions.functions': { right: () => [null, {}], takes: [['null', 'object'], OPTIONS] },
  'client': { right: () => ['user-1'], takes: [IDENTITY] },
  'faults.inject': { right: () => [{ api: 'document.remove', times: 1 }], takes: [['object']] },
  'faults.clear': { takes: [] },
  'calls': { right: () => ['callFunction'], takes: [TEXT_OR_NONE] },
  'diagnostics': { takes: [] },
  'invocations': { takes: [] },
  'dump': { right: () => ['kept', {}], takes: [TEXT, OPTIONS] },
  'collections': { right: () => [{}], takes: [OPTIONS] },
  'indexes': { right: () => ['kept', [], {}], takes: [TEXT, OPTIONS, OPTIONS] },
  'export': { right: () => ['kept', 'json', {}], takes: [TEXT, TEXT_OR_NONE, OPTIONS] },
  // What came before the line that fails is stored, so its collection is there.
  'import': { right: () => ['other', '{}', {}], takes: [TEXT, TEXT, OPTIONS], makes: ['other'] },
  'createTest': { right: () => [{}], takes: [OPTIONS], isOfModule: true },
  'dispose': { takes: [], ends: true },
}
let orders = 0
async function order(world) {
  const outTradeNo = `order-${++orders}`
  await world.run(() => cloud.cloudPay.unifiedOrder({
    body: 'tea', outTradeNo, totalFee: 2, spbillCreateIp: '127.0.0.1', subMchId: '1', envId: 'local', functionName: 'kept',
  }))
  return outTradeNo
}
async function refund(world) {
  const outTradeNo = await order(world)
  await world.cloudPay.pay(outTradeNo)
  await world.run(() => cloud.cloudPay.refund({ outTradeNo, outRefundNo: `refund-${orders}`, totalFee: 2, refundFee: 1, envId: 'local', functionName: 'kept' }))
  return `refund-${orders}`
}
const rightFor = async ({ right = () => [] }, world) => Promise.all(await right(world))
const callsOf = (object) => Object.entries(object)
  .flatMap(([name, value]) => (typeof value === 'function' ? [name] : Object.keys(value).map((key) => `${name}.${key}`)))
const at = (object, name) => name.split('.').reduce((value, key) => value[key], object)

/** What a call gave, thrown at once or settled later. */
async function outcomeOf(call) {
  let returned
  try {
    returned = call()
  } catch (error) {
    return { error, isThrown: true }
  }
  // A page's `wx.cloud`, a world and a date are no promises.
  if (!(returned instanceof Promise)) return { value: returned }
  try {
    return { value: await returned, isPromise: true }
  } catch (error) {
    return { error, isPromise: true }
  }
}
const isClear = (name, error, value) => {
  if (error === own) return true
  if (!(error instanceof Error)) return false
  const text = String(error.message)
  if (/internal error|Node-API|\bnapi|status \d|undefined is not|Cannot read prop|panicked/.test(text)) return false
  if (text.startsWith(`testing.${name}: `) && text.length > `testing.${name}: `.length) return true
  // What calls a function of the project answers in the service's words.
  return ['invoke', 'trigger'].includes(name) && text.startsWith('callFunction:fail ')
    // JavaScript's own word for a value that nobody can look at any more, or call.
    || value === 'a revoked proxy' && /revoked/.test(text)
    || value === 'a class' && /^Class constructor Odd cannot be invoked/.test(text)
}

test('every call of the control API has a row here', () => {
  const world = testing.createTest()
  assert.deepEqual([...new Set([...callsOf(testing), ...callsOf(world)])].sort(), Object.keys(rows).sort())
})

for (const [name, row] of Object.entries(rows)) {
  describe(name, () => {
    const make = async () => {
      const world = testing.createTest()
      await prepare(world)
      return [world, at(row.isOfModule ? testing : world, name)]
    }

    for (const [position, takes] of row.takes.entries()) {
      test(`argument ${position + 1} of everything`, async () => {
        let [world, call] = await make()
        const isAsync = (await outcomeOf(() => call())).isPromise
        for (const kind of kinds) {
          for (const [what, value] of Object.entries(hostile[kind])) {
            const place = `${name}, argument ${position + 1}: ${what}`
            const values = await rightFor(row, world)
            values[position] = value()
            const outcome = await outcomeOf(() => call(...values))
            if (isAsync) assert.ok(!outcome.isThrown, `${place}: thrown instead of rejected`)
            if ('error' in outcome) {
              assert.ok(isClear(name, outcome.error, what), `${place}: ${outcome.error?.stack ?? String(outcome.error)}`)
              await isIntact(world, place, row)
            } else {
              assert.ok(takes.includes(kind), `${place}: taken`);
              [world, call] = await make()
            }
          }
        }
        assert.ok(world.invocations().every(({ error }) => error === undefined || name === 'invoke'))
        assert.ok(Array.isArray(world.calls()) && Array.isArray(world.diagnostics()))
        await new Promise(setImmediate)
        assert.deepEqual(unhandled, [])
      })
    }

    test('nothing, everything at once, and more than it takes', async () => {
      for (const values of [[], ...kinds.map((kind) => Array(5).fill(Object.values(hostile[kind])[0]()))]) {
        const [world, call] = await make()
        const place = `${name}(${values.map((value) => typeof value)})`
        const { error } = await outcomeOf(() => call(...values))
        if (error === undefined) continue
        assert.ok(isClear(name, error), `${place}: ${error?.stack ?? String(error)}`)
        await isIntact(world, place, row)
      }
      const [world, call] = await make()
      const { error } = await outcomeOf(async () => call(...await rightFor(row, world), trap, Symbol('more'), 1n))
      assert.equal(error, undefined)
    })

    test('as a method of something else, and not as a constructor', async () => {
      for (const self of [undefined, null, {}, new Proxy({}, traps), globalThis]) {
        const [world, call] = await make()
        const values = await rightFor(row, world)
        const { error } = await outcomeOf(() => Reflect.apply(call, self, values))
        assert.equal(error, undefined)
      }
      const [world, call] = await make()
      const values = await rightFor(row, world)
      assert.throws(() => new call(...values), /is not a constructor/) // eslint-disable-line new-cap
      await isIntact(world, name, row)
    })

    if (!row.isOfModule) {
      test('in a world that was disposed', async () => {
        const [world, call] = await make()
        const values = await rightFor(row, world)
        await world.dispose()
        const { error } = await outcomeOf(() => call(...values))
        if (row.ends) assert.equal(error, undefined)
        else assert.equal(error.message, `testing.${name}: this world was disposed: make another with createTest()`)
      })
    }
  })
}

/** What a call that was given `work` makes of what it returns. */
const callbacks = {
  'run': (world, work) => world.run(work),
  'as': (world, work) => world.as('user-1', work),
  'functions.register': (world, work) => { world.functions.register('other', work); return world.invoke('other') },
  'openapi.mock': (world, work) => { world.openapi.mock('wxacode.getUnlimited', work); return world.run(() => cloud.openapi.wxacode.getUnlimited({})) },
  'cloudPay.mock': (world, work) => { world.cloudPay.mock('refund', work); return world.run(() => cloud.cloudPay.refund({})) },
  'container.route': (world, work) => {
    world.container.route('other', work)
    return pageOf(world).callContainer({ config: { env: 'local' }, path: '/', header: { 'X-WX-SERVICE': 'other' } })
  },
}
for (const [name, give] of Object.entries(callbacks)) {
  test(`what a callback of ${name} returns`, async () => {
    const world = testing.createTest()
    await prepare(world)
    for (const kind of kinds) {
      for (const [what, value] of Object.entries(hostile[kind])) {
        const place = `${name}: ${what}`
        const returned = value()
        const { error, value: answer } = await outcomeOf(() => give(world, () => returned))
        if (error === undefined) {
          if (['run', 'as'].includes(name)) assert.ok(Object.is(answer, typeof returned?.then === 'function' ? await returned : returned), place)
        } else if (error !== own) {
          assert.ok(error instanceof Error, place)
          assert.doesNotMatch(String(error.message), /internal error|Node-API|Cannot read prop|undefined is not/, place)
        }
        await isIntact(world, place)
      }
    }
    await new Promise(setImmediate)
    assert.deepEqual(unhandled, [])
  })
}
