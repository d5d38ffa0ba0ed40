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
    'comparison-with-undefined': () => things.where({ n: _.eq(undefined) }).limit(1).get().catch(() => {}),
    'nested-all': () => things.where({ list: _.elemMatch({ x: _.all([1, 2]) }) }).get().catch(() => {}),
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
    'path-through-null': () => things.doc(1).update({ data: { nothing: { inside: 1 } } }).catch(() => {}),
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
})
