'use strict'
// The surface is the official package's: same members, kinds and arities, compared with the package itself.
const { test, describe } = require('node:test')
const assert = require('node:assert')
const { official, local } = require('./support.cjs')

/** Own and inherited members with their kind and arity, class by class. */
function shape(value) {
  const levels = []
  for (let level = value; level && level !== Object.prototype && level !== Function.prototype; level = Object.getPrototypeOf(level)) {
    const members = Object.entries(Object.getOwnPropertyDescriptors(level))
      .filter(([name]) => name !== 'constructor' && !name.startsWith('_'))
      .map(([name, { get, value: member, enumerable }]) => {
        const kind = get ? 'getter' : typeof member === 'function' ? `function/${member.length}` : typeof member
        return `${name}: ${kind}${enumerable ? '' : ' (hidden)'}`
      })
    levels.push({ class: level.constructor?.name, members: members.sort() })
  }
  return levels
}

describe('the surface of the official package', () => {
  const objects = {
    'database()': (cloud) => cloud.database(),
    'collection()': (cloud) => cloud.database().collection('a'),
    'query': (cloud) => cloud.database().collection('a').where({ a: 1 }),
    'doc()': (cloud) => cloud.database().collection('a').doc('x'),
    'doc().field()': (cloud) => cloud.database().collection('a').doc('x').field({ a: 1 }),
    'aggregate()': (cloud) => cloud.database().collection('a').aggregate(),
    'command': (cloud) => cloud.database().command,
    'command.aggregate': (cloud) => cloud.database().command.aggregate,
    'command.project': (cloud) => cloud.database().command.project,
    'query command': (cloud) => cloud.database().command.gt(1),
    'logic command': (cloud) => cloud.database().command.and(1),
    'update command': (cloud) => cloud.database().command.inc(1),
    'aggregation operator': (cloud) => cloud.database().command.aggregate.sum('$a'),
    'projection operator': (cloud) => cloud.database().command.project.slice(1),
    'pipeline': (cloud) => cloud.database().command.aggregate.pipeline(),
    'Geo': (cloud) => cloud.database().Geo,
    'Point': (cloud) => cloud.database().Geo.Point(1, 2),
    'LineString': ({ database }) => {
      const { Geo } = database()
      return Geo.LineString([Geo.Point(0, 0), Geo.Point(1, 1)])
    },
    'serverDate': (cloud) => cloud.database().serverDate({ offset: 5 }),
    'RegExp': (cloud) => cloud.database().RegExp({ regexp: 'a', options: 'i' }),
    'logger': (cloud) => cloud.logger(),
  }
  for (const [name, make] of Object.entries(objects)) {
    test(name, () => assert.deepStrictEqual(shape(make(local)), shape(make(official))))
  }

  test('the export object', () => {
    const describeExports = (cloud) =>
      Object.entries(Object.getOwnPropertyDescriptors(cloud)).map(([name, { get, value, enumerable, configurable }]) =>
        [name, get ? 'getter' : typeof value, isPlainFunction(name, value) ? value.length : '', enumerable, configurable].join(' '))
    // The two proxies answer every name, `length` too.
    const isPlainFunction = (name, value) => typeof value === 'function' && !['openapi', 'cloudPay'].includes(name)
    assert.deepStrictEqual(describeExports(local), describeExports(official))
    assert.strictEqual(local.version, official.version)
  })

  test('members that appear with init', () => {
    for (const { createNewInstance, Cloud } of [official, local]) {
      const fresh = new Cloud()
      assert.strictEqual('logger' in fresh, false)
      fresh.init()
      assert.strictEqual(typeof fresh.logger, 'function')
      assert.strictEqual(fresh instanceof Cloud, false)
      assert.deepStrictEqual(Object.keys(Cloud()), Object.keys(new Cloud()))
      assert.strictEqual(typeof createNewInstance({ env: 'e' }).logger, 'function')
    }
  })

  test('DYNAMIC_CURRENT_ENV is the official symbol', () => {
    assert.strictEqual(local.DYNAMIC_CURRENT_ENV, official.DYNAMIC_CURRENT_ENV)
    assert.strictEqual(local.DYNAMIC_CURRENT_ENV, Symbol.for('SYMBOL_CURRENT_ENV'))
  })

  test('text forms of commands and geometries', () => {
    const texts = ({ database }) => {
      const { command: _, Geo, serverDate, RegExp } = database()
      const inspect = (value) => require('node:util').inspect(value, { depth: 6 })
      return [
        _.gt(1), _.in([1, 2]), _.in(5), _.all([1]), _.mod(4, 0), _.mod([4, 0]), _.exists(true), _.size(2),
        _.gt(1).lt(5), _.gt(1).and(_.lt(5)).or(_.eq(9)), _.and(1, 2), _.or([{ a: 1 }]), _.nor(1), _.not(_.gt(1)),
        _.set({ a: 1 }), _.remove(), _.inc(1), _.push(1, 2), _.push([1, 2], 3), _.push({ each: [1], position: 0, slice: 2 }),
        _.unshift(1), _.unshift([1, 2]), _.pop(), _.shift(), _.pull({ a: 1 }), _.pullAll([1]), _.addToSet(1), _.rename('b'),
        _.expr({ $gt: [1, 2] }), _.jsonSchema({ required: ['a'] }), _.text({ search: 'x' }),
        _.aggregate.sum('$a'), _.aggregate.neq([1, 2]), _.project.slice(2), _.project.elemMatch({ a: 1 }),
        Geo.Point(1, 2), new Geo.Point(1, 2), serverDate(), serverDate({ offset: 60 }), RegExp({ regexp: 'a', options: 'im' }),
        Geo.Polygon([Geo.LineString([Geo.Point(0, 0), Geo.Point(3, 0), Geo.Point(3, 3), Geo.Point(0, 0)])]),
        _.aggregate.pipeline().match({ a: _.gt(1) }).project({ b: 1 }).done(),
        _.aggregate.pipeline().limit(3).unwrap(),
      ].map((value) => `${inspect(value)} ${JSON.stringify(value)}`)
    }
    assert.deepStrictEqual(texts(local), texts(official))
  })
})
