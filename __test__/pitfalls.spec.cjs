'use strict'
// Every pitfall of docs/pitfalls.md that is told: what sets it off, and that it is told once for its place.
const { test, describe, before } = require('node:test')
const assert = require('node:assert')
const testing = require('../entry/testing.js')
const { local, quietly } = require('./support.cjs')

const cloud = local.createNewInstance({ env: local.DYNAMIC_CURRENT_ENV })
const db = cloud.database()
const _ = db.command

describe('pitfalls', () => {
  before(() => testing.seed({ things: Array.from({ length: 120 }, (_value, n) => ({ _id: n, n, nothing: null, list: [1] })) }))
  const things = db.collection('things')
  const cases = {
    'query-truncated': () => things.get(),
    'limit-clamped': () => things.limit(2000).get(),
    'filter-vanished': () => things.where({ a: {} }).limit(1).get(),
    'merged-or': () => things.where({ a: _.or(_.eq(1), _.eq(2)), b: _.or(_.eq(1), _.eq(2)) }).get(),
    'not-degraded': () => things.where({ n: _.not(5) }).limit(1).get(),
    'comparison-with-undefined': () => things.where({ n: _.eq(undefined) }).limit(1).get(),
    'nested-all': () => assert.rejects(things.where({ list: _.elemMatch({ x: _.all([1, 2]) }) }).get(), /\$all needs an array/),
    'add-to-set-each': () => things.doc(1).update({ data: { list: _.addToSet({ each: [1] }) } }),
    'special-stored': () => things.doc(1).update({ data: { place: _.set(db.Geo.Point(1, 2)) } }),
    'command-stored': () => things.add({ data: { n: _.inc(1) } }),
    'empty-update': () => things.doc(1).update({ data: { a: { b: undefined } } }),
    'outside-transaction': async () => {
      const transaction = await db.startTransaction()
      await transaction.collection('things').where({ n: 1 }).update({ data: { seen: true } })
      await transaction.rollback()
    },
    'env-object': () => cloud.createNewInstance({ env: { database: 'pitfalls' } }).database(),
    'shared-aggregate': async () => {
      const base = things.aggregate().match({ n: 1 })
      await base.end()
      await base.limit(1).end()
    },
    'path-through-null': () => assert.rejects(things.doc(1).update({ data: { nothing: { inside: 1 } } }), /Cannot create field 'inside'/),
    'explain-ignored': () => things.where({ n: 1 }).update({ data: { n: 2 }, explain: true }),
    'remove-ignores-options': () => things.where({ n: -1 }).limit(1).remove(),
    'open-api-not-mocked': () => cloud.openapi.security.msgSecCheck({ content: 'x' }),
  }
  for (const [name, trigger] of Object.entries(cases)) {
    test(name, async () => {
      const told = () => testing.diagnostics().filter((diagnostic) => diagnostic.name === name).length
      const earlier = told()
      for (let round = 0; round < 2; round++) await quietly(async () => trigger())
      assert.strictEqual(told() - earlier, 1, `told ${told() - earlier} times: ${JSON.stringify(testing.diagnostics().map((diagnostic) => diagnostic.name))}`)
    })
  }

  const told = (name) => testing.diagnostics().filter((diagnostic) => diagnostic.name === name).map(({ text }) => text)

  test('unindexed-scan: once for a collection and the fields that an index needs', async () => {
    await testing.seed({
      many: Array.from({ length: 12_000 }, (_value, n) => ({ n, city: `c${n % 4000}`, note: 'x' })),
      few: Array.from({ length: 9_000 }, (_value, n) => ({ n })),
    })
    const many = db.collection('many')
    const quiet = [
      () => many.where({ note: 'x' }).limit(1000).get(),
      () => many.where({ note: 'x' }).count(),
      () => many.limit(5).get(),
      () => many.skip(11_990).get(),
      () => many.where({ n: _.neq(1) }).count(),
      () => many.aggregate().group({ _id: '$city' }).count('n').end(),
      () => db.collection('few').where({ n: 1 }).get(),
    ]
    const before = told('unindexed-scan').length
    for (const query of quiet) await quietly(async () => query())
    assert.deepStrictEqual(told('unindexed-scan').slice(before), [])
    const loud = [
      () => many.where({ city: 'c1' }).get(),
      () => many.where({ city: 'c2' }).count(),
      () => many.where({ n: _.gt(11_990), city: 'c1' }).orderBy('note', 'asc').get(),
      () => many.aggregate().match({ n: 5 }).end(),
    ]
    for (const query of loud) await quietly(async () => query())
    const fix = 'add the index in the cloud console, and here to the collection\'s indexes in wx-local.config.json'
    assert.deepStrictEqual(told('unindexed-scan').slice(before), [
      `a query of 'many' read 12000 documents to find 3: it needs an index on city; ${fix}`,
      `a query of 'many' read 12000 documents to find 0: it needs an index on city, note, n; ${fix}`,
      `a query of 'many' read 12000 documents to find 1: it needs an index on n; ${fix}`,
    ])
    await testing.indexes('many', [{ keys: { score: 1 } }])
    await quietly(async () => many.where({ score: 1 }).get())
    assert.strictEqual(told('unindexed-scan').length - before, 3)
  })

  test('env-missing: once, when a program names an env for one database and none for another', async () => {
    for (const [envs, expected] of [
      [[null, null], 0], [['a', 'b', local.DYNAMIC_CURRENT_ENV], 0], [[null, local.DYNAMIC_CURRENT_ENV], 0],
      [[null, 'a', null, 'b'], 1], [['a', null, null], 1],
    ]) {
      const t = testing.createTest()
      const open = (env) => quietly(async () => t.run(() => local.createNewInstance(env === null ? {} : { env }).database()))
      for (const env of envs) await open(env)
      const names = t.diagnostics().map(({ name }) => name)
      assert.strictEqual(names.filter((name) => name === 'env-missing').length, expected, JSON.stringify(envs))
    }
  })
})
