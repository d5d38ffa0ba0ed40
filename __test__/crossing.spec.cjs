'use strict'
// Values on their way into native code and back: whatever is stored comes back as it was.
const test = require('node:test')
const assert = require('node:assert/strict')
const cloud = require('../entry/sdk.js')

cloud.init({ env: 'crossing' })
const db = cloud.database()

let seed = 7
const random = (below) => {
  seed = (seed * 1103515245 + 12345) & 0x7fffffff
  return seed % below
}
const pick = (list) => list[random(list.length)]
const TEXTS = ['', 'a', 'plain text', '文字', '😀 mixed ü', 'x'.repeat(40), '字'.repeat(600), '\u2028\u2029', '"quotes" \\ \n', 'a\u0000b']
const KEYS = ['a', 'b', 'name', 'z9', '键', 'with space', 'quote"', 'back\\slash', '1', '0', '\u2028']
const NUMBERS = [0, -0, 1, -1, 2 ** 31, -(2 ** 31), 2 ** 53, 0.1, 1e300, 5e-324]

const value = (depth) => {
  switch (random(depth > 3 ? 6 : 9)) {
    case 0: return pick(NUMBERS)
    case 1: return pick(TEXTS)
    case 2: return true
    case 3: return false
    case 4: return null
    case 5: return new Date(random(2 ** 31) * 1000)
    case 6: return Array.from({ length: random(5) }, () => value(depth + 1))
    case 7: return []
    default: return object(depth + 1)
  }
}
const object = (depth) => Object.fromEntries(Array.from({ length: random(6) }, () => [pick(KEYS), value(depth)]))

let made = 0
const fresh = async () => {
  const name = `c${made++}`
  await db.createCollection(name)
  return db.collection(name)
}

test('random documents come back as they were, alone and in lists', async () => {
  const c = await fresh()
  const sent = Array.from({ length: 400 }, (_, i) => ({ _id: `id${i}`, ...object(0) }))
  for (let i = 0; i < sent.length; i += 100) await c.add({ data: sent.slice(i, i + 100) })
  const all = []
  for (let i = 0; i < sent.length; i += 100) all.push(...(await c.skip(i).limit(100).get()).data)
  // The client's encoding has no negative zero.
  const plain = (document) => JSON.parse(JSON.stringify(document))
  assert.deepEqual(all.map(plain), sent.map(plain))
  for (const [i, document] of all.entries()) {
    const { data } = await c.doc(`id${i}`).get()
    assert.deepStrictEqual(data, document)
    assert.deepEqual(Object.keys(data), Object.keys(document))
  }
  const { list } = await c.aggregate().match({ _id: 'id7' }).end()
  assert.deepStrictEqual(list, [all[7]])
})

test('one shape many times, then another, and too many to remember', async () => {
  const c = await fresh()
  for (let i = 0; i < 40; i++) await c.add({ data: { _id: i, n: i, s: `s${i}`, d: new Date(i), o: { x: [i] }, b: i % 2 === 0 } })
  for (let i = 0; i < 40; i++) {
    assert.deepStrictEqual((await c.doc(i).get()).data, { _id: i, n: i, s: `s${i}`, d: new Date(i), o: { x: [i] }, b: i % 2 === 0 })
  }
  for (let i = 0; i < 2500; i++) {
    await c.doc('shape').set({ data: { [`k${i}`]: i } })
    assert.deepStrictEqual((await c.doc('shape').get()).data, { _id: 'shape', [`k${i}`]: i })
  }
  assert.deepStrictEqual((await c.doc(3).get()).data.o, { x: [3] })
})

test('results of calls are whole after too many shapes to remember', async () => {
  const c = await fresh()
  await c.add({ data: Array.from({ length: 100 }, (_, i) => ({ _id: `d${i}` })) })
  for (let i = 0; i < 2100; i++) {
    await c.doc(`d${i % 100}`).set({ data: { [`other${i}`]: i } })
    await c.doc(`d${i % 100}`).get()
  }
  assert.deepStrictEqual(await c.count(), { total: 100, errMsg: 'collection.count:ok' })
  assert.deepStrictEqual(await c.doc(`d1`).remove(), { stats: { removed: 1 }, errMsg: 'document.remove:ok' })
  assert.deepStrictEqual(await db.createCollection('late').then(({ errMsg }) => errMsg), 'createCollection:ok')
  assert.deepStrictEqual(await cloud.deleteFile({ fileList: [] }).catch(({ errMsg }) => typeof errMsg), { fileList: [], errMsg: 'deleteFile:ok' })
  const keys = Array.from({ length: 100 }, (_, i) => `WX_KEY${i}`)
  for (const key of keys) process.env[key] = 'v'
  process.env.WX_CONTEXT_KEYS = keys.join()
  assert.equal(cloud.getWXContext().KEY99, 'v')
  for (const key of [...keys, 'WX_CONTEXT_KEYS']) delete process.env[key]
})

test('many keys, long texts, long lists and deep objects', async () => {
  const c = await fresh()
  const keys = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`key${i}`, i % 3 ? `v${i}` : i]))
  const texts = Array.from({ length: 40 }, (_, i) => (i % 2 ? '长' : 'l').repeat(3000) + i)
  const numbers = Array.from({ length: 70_000 }, (_, i) => i)
  let deep = { end: true }
  for (let i = 0; i < 60; i++) deep = i % 2 ? { deep } : { list: [deep] }
  const long = 'y'.repeat(200_000)
  const document = { _id: 'x', keys, texts, numbers, deep, long }
  await c.add({ data: document })
  assert.deepStrictEqual((await c.doc('x').get()).data, document)
  assert.deepStrictEqual((await c.where({ long }).get()).data, [document])
})

test('a key named __proto__ is data', async () => {
  const c = await fresh()
  const hostile = JSON.parse('{"_id":"p","__proto__":{"polluted":true},"o":{"__proto__":1}}')
  await c.add({ data: hostile })
  for (let i = 0; i < 40; i++) {
    const { data } = await c.doc('p').get()
    assert.equal(Object.getPrototypeOf(data), Object.prototype)
    assert.equal(data.polluted, undefined)
    assert.equal(Object.getPrototypeOf(data.o), Object.prototype)
  }
})

test('a getter that calls the SDK while its object is read disturbs neither', async () => {
  const c = await fresh()
  let inner
  const outer = { _id: 'outer', a: 1, get b() { inner = c.add({ data: { _id: 'inner', t: ['文', { x: 'y' }] } }); return c.where({ t: 1 }) && 'b' }, c: 'last' }
  await c.add({ data: outer })
  await inner
  assert.deepStrictEqual((await c.doc('outer').get()).data, { _id: 'outer', a: 1, b: 'b', c: 'last' })
  assert.deepStrictEqual((await c.doc('inner').get()).data, { _id: 'inner', t: ['文', { x: 'y' }] })
})

// What runs while a value is read: each calls the package, which packs and reads another value.
const busy = (c) => { c.where({ currency: 'CNY', k: [1, 2, 3], d: new Date(6) }); c.where({ a: { b: [new (class { toJSON() { return 1 } })()] } }) }
const many = Array.from({ length: 32_000 }, () => new Date(6))
const money = (hook) => class Money { constructor(n) { this.n = n } toJSON() { hook(); return this.n } }

for (const [name, make, stored] of [
  ['toJSON of an instance', (hook) => new (money(hook))(5), { n: 5 }],
  ['a getter of an instance', (hook) => Object.create({ get toJSON() { hook() } }, { n: { enumerable: true, get() { hook(); return 5 } } }), { n: 5 }],
  ['traps of a proxy', (hook) => new Proxy(new (money(hook))(5), { ownKeys: (target) => { hook(); return Reflect.ownKeys(target) }, get: (target, key) => { hook(); return target[key] } }), { n: 5 }],
  ['getPrototypeOf of a proxy', (hook) => new Proxy({ n: 5 }, { getPrototypeOf: () => { hook(); return null } }), { n: 5 }],
  ['Symbol.toStringTag', (hook) => new (class { constructor() { this.n = 5 } get [Symbol.toStringTag]() { hook(); return 'Object' } })(), { n: 5 }],
  ['the parts of a point', (hook) => Object.defineProperties(db.Geo.Point(1, 2), { longitude: { get() { hook(); return 1 } } }), db.Geo.Point(1, 2)],
]) {
  test(`${name} that calls the package changes nothing of what is read`, async () => {
    const c = await fresh()
    for (const hook of [() => busy(c), () => { try { c.where(many) } catch { /* it is no condition */ } }]) {
      const document = (odd) => ({ _id: 'x', before: [1, 'a', { b: new Date(7) }], odd, qty: 2, note: 'hello', tags: ['a', '文'] })
      await c.doc('x').remove().catch(() => {})
      await c.add({ data: document(make(hook)) })
      assert.deepEqual((await c.doc('x').get()).data, document(stored))
      await assert.rejects(c.add({ data: [true, make(hook), 1] }), /must be an object/)
    }
  })
}

test('a setter on a patched prototype that calls the package leaves the answer whole', async () => {
  const c = await fresh()
  const documents = Array.from({ length: 3 }, (_, i) => ({ _id: `${i}`, hooked: [1, { b: 2 }], t: `text ${i}` }))
  await c.add({ data: documents })
  let depth = 0
  const set = function set(value) {
    Object.defineProperty(this, 'hooked', { value, writable: true, enumerable: true, configurable: true })
    if (depth++ < 3) c.get()
    depth--
  }
  Object.defineProperty(Object.prototype, 'hooked', { configurable: true, get() {}, set })
  try {
    for (let i = 0; i < 40; i++) assert.deepEqual((await c.get()).data, documents)
  } finally {
    delete Object.prototype.hooked
  }
})

test('a getter that throws leaves the next call whole', async () => {
  const c = await fresh()
  for (let i = 0; i < 3; i++) {
    await assert.rejects(c.add({ data: { a: 'text', get b() { throw new Error('mine') } } }), /mine/)
    await c.add({ data: { _id: i, a: 'text' } })
  }
  assert.deepStrictEqual((await c.get()).data, [0, 1, 2].map((_id) => ({ _id, a: 'text' })))
})

test('a brand that is no command is an object like any other', async () => {
  const c = await fresh()
  class Plain { constructor() { this.x = 1; this.inner = [{ y: 'text' }] } }
  await c.doc('plain').set({ data: { odd: new Plain(), list: [new Plain()] } })
  const { data: { _id, ...plain } } = await c.doc('plain').get()
  assert.deepStrictEqual(plain, { odd: { x: 1, inner: [{ y: 'text' }] }, list: [{ x: 1, inner: [{ y: 'text' }] }] })
  for (const brand of ['', 'toString', '__proto__', 'constructor', 'Query', 'polygon', 7, null, {}]) {
    class Odd extends Plain {}
    Object.defineProperty(Odd.prototype, Symbol.for('wx-server-sdk-local.kind'), { value: brand })
    await c.doc('odd').set({ data: { odd: new Odd(), list: [new Odd()] } })
    const { data: { _id: id, ...stored } } = await c.doc('odd').get()
    assert.deepStrictEqual(stored, plain, String(brand))
  }
})

test('an answer of many strings comes back whole', async () => {
  const c = await fresh()
  await c.add({ data: Array.from({ length: 200 }, (_, i) => ({ _id: i, text: `${i} `.padEnd(2000, 'z') })) })
  const kept = []
  for (let i = 0; i < 200; i++) kept.push((await c.where({}).limit(200).get()).data[i].text.slice(0, 40))
  assert.deepEqual(kept.map((text) => parseInt(text, 10)), kept.map((_, i) => i))
})
