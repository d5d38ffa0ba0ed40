'use strict'
// Arguments are read in two ways: packed in one crossing, or value by value where they are large or
// in an object with a class. Whichever way it goes, a value must be read as the same.
const test = require('node:test')
const assert = require('node:assert/strict')
const vm = require('node:vm')
const cloud = require('../entry/sdk.js')
const { invoke, functions, seed, dump } = require('../entry/testing.js')

cloud.init({ env: 'reading' })
const db = cloud.database()
const _ = db.command

class Wrapped { constructor (v) { this.v = v } }
/** More numbers than one crossing takes. */
const PAD = Array(70_000).fill(0)

const proxied = (value) => new Proxy(value, {})
/** A proxy of a list that says another length. */
const long = (list, length) => new Proxy(list, {
  get: (target, key) => (key === 'length' ? (typeof length === 'function' ? length() : length) : target[key]),
})
const counting = () => {
  let asked = 0
  return { valueOf: () => ++asked }
}
const withPrototype = (value, prototype) => Object.setPrototypeOf(value, prototype)
class List extends Array {}
class Day extends Date {}
class Money { constructor (n) { this.n = n } toJSON () { return `¥${this.n}` } }

// Each makes its value anew. With `is`, what has to be stored.
const VALUES = {
  'a proxy of a list': { make: () => proxied(['a', 'b']), is: ['a', 'b'] },
  'a proxy of a proxy of a list': { make: () => proxied(proxied([1])), is: [1] },
  'a list of proxies': { make: () => [proxied([1]), proxied({ a: proxied([2]) })], is: [[1], { a: [2] }] },
  'a proxy of an empty list': { make: () => proxied([]), is: [] },
  'a list of another realm': { make: () => vm.runInNewContext('[1, [2]]'), is: [1, [2]] },
  'a proxy of a list of another realm': { make: () => proxied(vm.runInNewContext('[1]')), is: [1] },
  'a proxy of another realm of a list': { make: () => vm.runInNewContext('new Proxy([3], {})'), is: [3] },
  'a list with a class': { make: () => List.from([1, 2]), is: [1, 2] },
  'a list without a prototype': { make: () => withPrototype([1, 2], null), is: [1, 2] },
  'a list with the prototype of objects': { make: () => withPrototype([1, 2], Object.prototype), is: [1, 2] },
  'an object with the prototype of lists': { make: () => withPrototype({ 0: 1, length: 1 }, Array.prototype) },
  'arguments': { make: () => (function () { return arguments })(1, 2) },
  'a list that says half an element': { make: () => long(['a', 'b', 'c'], 1.5), is: ['a'] },
  'a list that says less than nothing': { make: () => long(['a'], -1), is: [] },
  'a list that says no number': { make: () => long(['a'], 'two'), is: [] },
  'a list that says its length as a text': { make: () => long(['a', 'b'], '2'), is: ['a', 'b'] },
  'a list that counts how often it is asked': { make: () => long(['a', 'b', 'c', 'd'], counting), is: ['a'] },
  'a list that says nothing': { make: () => long(['a'], undefined), is: [] },
  'a list of endless length': { make: () => long(['a'], Infinity), fails: /more than 2000000 values/ },
  'a String object of many letters': { make: () => new String('x'.repeat(5_000_000)), fails: /more than 65536 elements of a typed array or a String object/ },
  'a BigInt of many bits': { make: () => 1n << 100_000_000n, fails: /more than 8192 bits of a BigInt/ },
  'a typed array of many elements': { make: () => new Float64Array(65_537), fails: /more than 65536 elements/ },
  'a date': { make: () => new Date(6), is: new Date(6) },
  'a proxy of a date': { make: () => proxied(new Date(6)) },
  'a date with a class': { make: () => new Day(6), is: new Date(6) },
  'a date with the prototype of objects': { make: () => withPrototype(new Date(6), Object.prototype) },
  'an object with the prototype of dates': { make: () => Object.create(Date.prototype) },
  'a date of another realm': { make: () => vm.runInNewContext('new Date(6)'), is: new Date(6) },
  'a date that is none': { make: () => new Date(NaN) },
  'an object of another realm': { make: () => vm.runInNewContext('({ a: { b: [1] } })'), is: { a: { b: [1] } } },
  'an object without a prototype': { make: () => Object.assign(Object.create(null), { a: 1 }), is: { a: 1 } },
  'a proxy of an object': { make: () => proxied({ a: 1, b: [2] }), is: { a: 1, b: [2] } },
  'a proxy of an object with a class': { make: () => proxied(new Wrapped([1])) },
  'an object with a class': { make: () => new Wrapped([1]) },
  'an object with toJSON of its own': { make: () => ({ a: 1, toJSON: () => ({ b: 2 }) }) },
  'an object with an inherited toJSON': { make: () => new Money(5) },
  'a proxy of an object with an inherited toJSON': { make: () => proxied(new Money(5)) },
  'a list with toJSON': { make: () => Object.assign([1], { toJSON: () => 'x' }) },
  'a map': { make: () => new Map([['a', 1]]) },
  'a proxy of a map': { make: () => proxied(new Map([['a', 1]])) },
  'a set': { make: () => new Set([1]) },
  'a pattern': { make: () => /a+/gi },
  'a proxy of a pattern': { make: () => proxied(/a+/gi) },
  'a pattern of the database': { make: () => db.RegExp({ regexp: 'a+', options: 'i' }) },
  'a Buffer': { make: () => Buffer.from('abc') },
  'a proxy of a Buffer': { make: () => proxied(Buffer.from('abc')) },
  'bytes': { make: () => new Uint8Array([1, 2]) },
  'numbers': { make: () => new Float64Array([1.5]) },
  'memory': { make: () => new ArrayBuffer(4) },
  'an error': { make: () => Object.assign(new Error('no'), { code: 1, stack: '' }) },
  'a boxed text': { make: () => new String('ab') },
  'a boxed number': { make: () => new Number(7) },
  'a boxed boolean': { make: () => new Boolean(false) },
  'a big integer': { make: () => 12345678901234567890n },
  'a function': { make: () => function named () {} },
  'a symbol': { make: () => Symbol('s') },
  'a sparse list': { make: () => [1, , 3] }, // eslint-disable-line no-sparse-arrays
  'a lone surrogate': { make: () => 'a\ud800b' },
  'a promise': { make: () => Promise.resolve(1) },
  'a weak map': { make: () => new WeakMap() },
  'a serverDate': { make: () => ({ $date: 5 }), is: new Date(5) },
  'a point': { make: () => db.Geo.Point(1, 2) },
  'a proxy of a point': { make: () => proxied(db.Geo.Point(1, 2)) },
  'a line': { make: () => db.Geo.LineString([db.Geo.Point(1, 2), db.Geo.Point(3, 4)]) },
  'a command': { make: () => _.set([1]) },
  'a proxy of a command': { make: () => proxied(_.set([1])) },
  'a brand that is made': { make: () => ({ [Symbol.for('wx-server-sdk-local.kind')]: 'update', operator: 'inc', operands: [1] }) },
  'a brand of a class': { make: () => Object.assign(new Wrapped(1), { [Symbol.for('wx-server-sdk-local.kind')]: { toString: () => 'query' }, operator: 'eq' }) },
}

const values = db.collection('values')
const stored = async (document) => {
  try {
    await values.add({ data: { _id: '1', ...document } })
  } catch (error) { return { fails: error.message } }
  const { data } = await values.doc('1').get()
  await values.doc('1').remove()
  return { v: data.v }
}
test.before(async () => { for (const name of ['values', 'numbers']) await db.createCollection(name) })

for (const [name, { make, ...expected }] of Object.entries(VALUES)) {
  test(`${name} is read as the same, however it is read`, async () => {
    const packed = await stored({ v: make() })
    assert.deepEqual(await stored({ v: make(), pad: PAD }), packed, 'in a large argument')
    // An object around it, plain or with a class, changes nothing of the value itself.
    const within = async (document) => {
      const { v, fails } = await stored(document)
      return fails === undefined ? { v: v?.v } : { fails: fails.replace('v.v', 'v') }
    }
    assert.deepEqual(await within({ v: new Wrapped(make()) }), await within({ v: { v: make() } }), 'in an object with a class')
    if ('is' in expected) assert.deepEqual(packed, { v: expected.is })
    if ('fails' in expected) assert.match(packed.fails, expected.fails)
  })
}

test('a proxy of a list is a list wherever a value is taken', async () => {
  const list = () => proxied(['a', proxied(['b'])])
  functions.register('echo', (event) => event.v)
  assert.deepEqual(await invoke('echo', { v: new Wrapped(list()) }), { v: ['a', ['b']] })
  await seed({ seeded: [{ _id: '1', v: new Wrapped(list()) }] })
  assert.deepEqual((await dump('seeded'))[0].v, { v: ['a', ['b']] })
  const c = values
  await c.add({ data: { _id: '1', v: { v: list() }, n: 1 } })
  const where = async (query) => (await c.where(query).get()).data.length
  assert.equal(await where({ v: new Wrapped(list()) }), 1)
  assert.equal(await where({ n: _.in(proxied([1, 2])) }), 1)
  assert.equal(await where(_.and(proxied([{ n: 1 }, { n: _.gt(0) }]))), 1)
  await c.doc('1').update({ data: { w: _.push(proxied(['x'])), p: new Wrapped(list()) } })
  const { data } = await c.doc('1').get()
  assert.deepEqual([data.w, data.p], [['x'], { v: ['a', ['b']] }])
  const line = db.Geo.LineString(proxied([db.Geo.Point(1, 2), db.Geo.Point(3, 4)]))
  await c.doc('1').update({ data: { line } })
  assert.equal((await c.doc('1').get()).data.line.points.length, 2)
})

test('a number arrives as the one that was given, by whichever way it goes', async () => {
  let seed = 20261201
  const random = () => { seed = (seed * 1103515245 + 12345) & 0x7fffffff; return seed / 7.3e6 }
  const numbers = [10.470791114791433, 5e-324, 1.7976931348623157e308, 0.1, ...Array.from({ length: 2000 }, random)]
  functions.register('echo', (event) => event.numbers)
  assert.deepEqual(await invoke('echo', { numbers }), numbers)
  assert.deepEqual((await cloud.callFunction({ name: 'echo', data: { numbers } })).result, numbers)
  await db.collection('numbers').add({ data: { _id: '1', plain: numbers, printed: { toJSON: () => numbers } } })
  const { data } = await db.collection('numbers').doc('1').get()
  assert.deepEqual([data.plain, data.printed], [numbers, numbers])
})
